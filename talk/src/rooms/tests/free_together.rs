//! What happens among those inside a free room: questions that are passed on, versions of the lists, the end of the service.

use super::free_rooms::{configure, make, order};
use super::*;
use crate::rooms::free;
use konvent_wire::xml::el;

fn listed(who: &str, affiliation: &str) -> Element {
    let address = format!("{who}@verona.example");
    let item = el("item", ns::MUC_ADMIN).attr("affiliation", affiliation).attr("jid", address);
    el("query", ns::MUC_ADMIN).child(item).build()
}

#[test]
fn only_who_was_asked_answers_and_only_who_asked_hears() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, juliet, nurse) =
            (scene.session("Romeo"), scene.session("Juliet"), scene.session("Nurse"));
        let room = make(scene, &mut occupants, &romeo, "frage", &[]).id;
        for (session, nick) in [(&juliet, "J"), (&nurse, "N")] {
            join_as(scene, &mut occupants, &Caller::from(session), "frage", nick, "").unwrap();
        }
        let question = stanza("<iq type='get' id='q1'><query xmlns='jabber:iq:version'/></iq>");
        let asked = occupants.ask_one(room, &at(&juliet), "N", &question).unwrap();
        let heard = for_session(asked, nurse.id).remove(0);
        assert_eq!(heard.from.as_ref().unwrap().resource().unwrap().as_str(), "J");
        let text = String::from_utf8(heard.to_bytes()).unwrap();
        assert!(!text.contains("juliet"), "{text}");
        let answer = heard.result(None);
        // Neither somebody else nor under another id.
        assert!(occupants.answer_one(room, &at(&romeo), "J", &answer).unwrap().posts().is_empty());
        let mut forged = answer.clone();
        forged.id = Some("q1".into());
        assert!(occupants.answer_one(room, &at(&nurse), "J", &forged).unwrap().posts().is_empty());
        forged.id = Some(format!("{}x", heard.id.as_ref().unwrap()).into());
        assert!(occupants.answer_one(room, &at(&nurse), "J", &forged).unwrap().posts().is_empty());
        let told = occupants.answer_one(room, &at(&nurse), "J", &answer).unwrap();
        let told = for_session(told, juliet.id).remove(0);
        assert_eq!(told.id.as_deref(), Some("q1"));
        assert_eq!(told.from.as_ref().unwrap().resource().unwrap().as_str(), "N");
        // Who may not write to one alone may ask, but want nothing of him.
        configure(scene, &mut occupants, &romeo, "frage", &[("allowpm", "moderators")]).unwrap();
        let wish = stanza("<iq type='set' id='q2'><query xmlns='x'/></iq>");
        let refused = occupants.ask_one(room, &at(&juliet), "N", &wish).unwrap_err();
        assert_eq!(refused, NO_PRIVATE_MESSAGES);
        occupants.ask_one(room, &at(&juliet), "N", &question).unwrap();
        occupants.ask_one(room, &at(&romeo), "N", &wish).unwrap();
    });
}

#[test]
fn the_end_of_the_service_is_told_to_each_once() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
        make(scene, &mut occupants, &romeo, "ende", &[("persistentroom", "0")]);
        join_as(scene, &mut occupants, &Caller::from(&juliet), "ende", "J", "").unwrap();
        let posts = occupants.close().unwrap().into_posts();
        assert_eq!(posts.len(), 2, "nobody hears of the other");
        for post in posts {
            let Post::Session { stanza, .. } = post else { panic!("{post:?}") };
            assert!(stanza.is_kind("unavailable"));
            assert_eq!(statuses(&stanza), ["332", "110"]);
        }
        assert!(!occupants.has_emptied(), "the room stays what it is");
        assert!(occupants.rooms_at(&at(&romeo)).is_empty());
    });
}

#[test]
fn whoever_knows_a_version_hears_what_has_changed_since_if_he_was_there() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        let open = [("whois", "anyone"), ("membersonly", "1")];
        let room = make(scene, &mut occupants, &romeo, "stand", &open).id;
        let address = scene.domain.room("stand").unwrap();
        let told = |who: &Session, mav: &str| {
            let x: Element = format!("<x xmlns='{}'>{mav}</x>", ns::MUC).parse().unwrap();
            let caller = Caller::from(who);
            scene.read(|reader| {
                let kept = free::get(reader, room)?.ok_or(NO_SUCH_ROOM)?;
                let standing = access::standing_of(reader, &kept.info, &caller, scene.clock.now())?;
                let standing = standing.ok_or(NOT_A_MEMBER)?;
                let who = (&standing, &caller.bare());
                free::versions::told(reader, &kept, &address, who, Some(&x))
            })
        };
        let names = |told: &free::versions::Told| -> Vec<String> {
            let all = told.said.iter().flat_map(|said| {
                let x = said.child("x", ns::MUC_USER).unwrap().element().unwrap();
                let items = x.children().filter(|child| child.name() == "item");
                let items = items.map(|item| {
                    let local = item.attr("jid").unwrap().split(['.', '@']).next().unwrap();
                    format!("{local} {}", item.attr("affiliation").unwrap())
                });
                items.collect::<Vec<_>>()
            });
            all.collect()
        };
        let ask = format!("<mav xmlns='{}'/>", ns::AFFILIATIONS);
        let since =
            |version: &str| format!("<mav xmlns='{}' since='{version}'/>", ns::AFFILIATIONS);
        let first = told(&romeo, &ask);
        assert_eq!(names(&first), ["romeo owner"]);
        let first = first.until.unwrap();
        assert!(told(&romeo, &since(&first)).said.is_empty(), "nothing is new");
        for (who, is) in [("juliet.capulet", "member"), ("angelica.amme", "member")] {
            order(scene, &mut occupants, &romeo, "stand", &listed(who, is)).unwrap();
        }
        let second = told(&romeo, &since(&first));
        assert_eq!(names(&second), ["juliet member", "angelica member"]);
        let second = second.until.unwrap();
        order(scene, &mut occupants, &romeo, "stand", &listed("angelica.amme", "none")).unwrap();
        assert_eq!(names(&told(&romeo, &since(&second))), ["angelica none"]);
        // A version that she was not there for, or that nobody knows: what is, nothing of what was.
        let juliet = scene.session("Juliet");
        for version in [first.as_str(), "7-7", "", "-", "zz"] {
            assert_eq!(names(&told(&juliet, &since(version))), ["romeo owner", "juliet member"]);
        }
        assert_eq!(names(&told(&juliet, &since(&second))), ["angelica none"]);
        // A ban is no list of hers.
        order(scene, &mut occupants, &romeo, "stand", &listed("angelica.amme", "outcast")).unwrap();
        assert_eq!(names(&told(&juliet, &since(&second))), ["romeo owner", "juliet member"]);
        assert_eq!(names(&told(&romeo, &since(&second))), ["angelica outcast"]);
        // Who is erased leaves no trace, and nobody goes on from before.
        let third = told(&romeo, &ask).until.unwrap();
        let (person, own) = (scene.person("Nurse"), scene.session("Nurse").bare());
        scene.write(move |tx| free::hand_over(tx, person, &own));
        assert_eq!(names(&told(&romeo, &since(&third))), ["romeo owner", "juliet member"]);
    });
}

#[test]
fn many_entries_come_in_several_messages_that_join() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        let room = make(scene, &mut occupants, &romeo, "viele", &[]).id;
        for piece in 0..3 {
            let items = (0..400).map(|at| {
                el("item", ns::MUC_ADMIN)
                    .attr("affiliation", "member")
                    .attr("jid", format!("a{piece}-{at}@mantua.example"))
            });
            let query = el("query", ns::MUC_ADMIN).children(items).build();
            order(scene, &mut occupants, &romeo, "viele", &query).unwrap();
        }
        let address = scene.domain.room("viele").unwrap();
        let x: Element = format!("<x xmlns='{}'><mav xmlns='{}'/></x>", ns::MUC, ns::AFFILIATIONS)
            .parse()
            .unwrap();
        let caller = Caller::from(&romeo);
        let told = scene.read(|reader| {
            let kept = free::get(reader, room)?.ok_or(NO_SUCH_ROOM)?;
            let standing = access::standing_of(reader, &kept.info, &caller, scene.clock.now())?;
            let standing = standing.ok_or(NOT_A_MEMBER)?;
            free::versions::told(reader, &kept, &address, (&standing, &caller.bare()), Some(&x))
        });
        let mut until: Option<String> = None;
        let mut count = 0;
        for said in &told.said {
            let x = said.child("x", ns::MUC_USER).unwrap().element().unwrap();
            let mav = x.get_child("mav", ns::AFFILIATIONS).unwrap();
            assert_eq!(mav.attr("since"), until.as_deref(), "goes on from the one before");
            until = mav.attr("until").map(ToOwned::to_owned);
            count += x.children().filter(|child| child.name() == "item").count();
        }
        assert_eq!((told.said.len(), count), (3, 1_201));
        assert_eq!(until, told.until);
    });
}

#[test]
fn what_is_said_in_an_open_room_is_counted_by_the_hour() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        let terms = [("publicroom", "1"), ("persistentroom", "1")];
        make(scene, &mut occupants, &romeo, "markt", &terms);
        make(scene, &mut occupants, &romeo, "stube", &[("persistentroom", "1")]);
        let hourly = |address: &str| {
            let (room, now) = (scene.room(address), scene.clock.now());
            scene.read(|reader| free::activity::hourly(reader, &room, now))
        };
        assert_eq!(hourly("markt"), None, "not known yet");
        for at in 0..6 {
            for room in ["markt", "stube"] {
                let xml =
                    format!("<message type='groupchat' id='{at}'><body>{at}</body></message>");
                speak(scene, &mut occupants, &romeo, room, &xml).unwrap();
            }
        }
        let silent = [
            "<message type='groupchat' id='x'><subject>Obst</subject></message>",
            "<message type='groupchat' id='y'><body>7</body><replace id='1' xmlns='urn:xmpp:message-correct:0'/></message>",
            "<message type='groupchat' id='z'><active xmlns='http://jabber.org/protocol/chatstates'/></message>",
        ];
        for xml in silent {
            speak(scene, &mut occupants, &romeo, "markt", xml).unwrap();
        }
        scene.clock.advance(2 * 3_600_000);
        assert_eq!(hourly("markt"), Some(3.0));
        assert_eq!(hourly("stube"), None, "nobody's business");
        scene.clock.advance(22 * 3_600_000);
        assert_eq!(hourly("markt"), Some(0.25));
        scene.clock.advance(3_600_000);
        assert_eq!(hourly("markt"), Some(0.0));
        configure(scene, &mut occupants, &romeo, "markt", &[("membersonly", "1")]).unwrap();
        assert_eq!(hourly("markt"), None);
    });
}
