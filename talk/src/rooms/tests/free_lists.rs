//! Owners, admins, members and outcasts of a free room; registration; moderation; guests from other servers.

use super::free_rooms::{configure, make, order};
use super::*;
use crate::rooms::free::{self, lists, register};
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;

fn item_for(who: &str, affiliation: &str) -> Element {
    el("query", ns::MUC_ADMIN)
        .child(
            el("item", ns::MUC_ADMIN)
                .attr("affiliation", affiliation)
                .attr("jid", format!("{who}@verona.example"))
                .child(el("reason", ns::MUC_ADMIN).text("because")),
        )
        .build()
}

#[test]
fn a_ban_shows_out_with_301_and_keeps_out() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, juliet, nurse) =
            (scene.session("Romeo"), scene.session("Juliet"), scene.session("Nurse"));
        let room = make(scene, &mut occupants, &romeo, "garten", &[]);
        for (session, nick) in [(&juliet, "J"), (&nurse, "N")] {
            join_as(scene, &mut occupants, &Caller::from(session), "garten", nick, "").unwrap();
        }
        let ban = item_for("juliet.capulet", "outcast");
        let refused = order(scene, &mut occupants, &nurse, "garten", &ban).unwrap_err();
        assert_eq!(refused, ONLY_ADMINS);
        let out = order(scene, &mut occupants, &romeo, "garten", &ban).unwrap();
        let posts: Vec<_> = out.into_posts();
        let gone: Vec<&Stanza> = posts
            .iter()
            .filter_map(|post| match post {
                Post::Session { stanza, .. } if stanza.is_kind("unavailable") => Some(stanza),
                _ => None,
            })
            .collect();
        assert_eq!(gone.len(), 3, "herself and both others");
        for presence in gone {
            assert!(statuses(presence).contains(&"301".to_owned()));
            assert_eq!(item(presence).attr("affiliation"), Some("outcast"));
            let reason = item(presence).get_child("reason", ns::MUC_USER).unwrap().text();
            assert_eq!(reason, "because");
        }
        assert!(!occupants.is_inside(room.id, &at(&juliet)));
        let again = join_with(scene, &mut occupants, &juliet, "garten", "").unwrap_err();
        assert_eq!(again, BANNED);
        let own = item_for("romeo.montague", "outcast");
        let refused = order(scene, &mut occupants, &romeo, "garten", &own).unwrap_err();
        assert_eq!(refused, lists::NOT_ONESELF);
        let last = item_for("romeo.montague", "member");
        let refused = order(scene, &mut occupants, &romeo, "garten", &last).unwrap_err();
        assert_eq!(refused, lists::LAST_OWNER);
        let nobody = item_for("tybalt", "member");
        let refused = order(scene, &mut occupants, &romeo, "garten", &nobody).unwrap_err();
        assert_eq!(refused, lists::NO_SUCH_ACCOUNT);
        order(scene, &mut occupants, &romeo, "garten", &item_for("juliet.capulet", "none"))
            .unwrap();
        join(scene, &mut occupants, &juliet, "garten");
    });
}

#[test]
fn a_room_for_members_shows_out_whoever_is_none() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, juliet, nurse) =
            (scene.session("Romeo"), scene.session("Juliet"), scene.session("Nurse"));
        let room = make(scene, &mut occupants, &romeo, "kreis", &[]);
        for (session, nick) in [(&juliet, "J"), (&nurse, "N")] {
            join_as(scene, &mut occupants, &Caller::from(session), "kreis", nick, "").unwrap();
        }
        let out =
            order(scene, &mut occupants, &romeo, "kreis", &item_for("juliet.capulet", "member"))
                .unwrap();
        let seen = for_session(out, nurse.id);
        assert_eq!(item(&seen[0]).attr("affiliation"), Some("member"));
        let closed = [("membersonly", "1")];
        let out = configure(scene, &mut occupants, &romeo, "kreis", &closed).unwrap();
        let seen = for_session(out, nurse.id);
        assert!(
            seen.iter().any(|one| one.is_kind("unavailable") && statuses(one) == ["322", "110"])
        );
        assert!(occupants.is_inside(room.id, &at(&juliet)));
        assert_eq!(
            join_with(scene, &mut occupants, &nurse, "kreis", "").unwrap_err(),
            NOT_A_MEMBER
        );
        let out =
            order(scene, &mut occupants, &romeo, "kreis", &item_for("juliet.capulet", "none"))
                .unwrap();
        let seen = for_session(out, juliet.id);
        assert!(
            seen.iter().any(|one| one.is_kind("unavailable") && statuses(one) == ["321", "110"])
        );
    });
}

#[test]
fn who_registers_is_a_member_under_a_name_of_his_own() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, juliet, nurse) =
            (scene.session("Romeo"), scene.session("Juliet"), scene.session("Nurse"));
        let room = make(scene, &mut occupants, &romeo, "verein", &[]);
        let ask = |nick: &str| {
            let field = el("field", ns::FORM)
                .attr("var", "muc#register_roomnick")
                .child(el("value", ns::FORM).text(nick));
            let form = el("x", ns::FORM).attr("type", "submit").child(field);
            el("query", ns::REGISTER).child(form).build()
        };
        order(scene, &mut occupants, &juliet, "verein", &ask("Rose")).unwrap();
        let (person, now) = (scene.person("Juliet"), scene.clock.now());
        let rooms = scene.read(|reader| rooms_of(reader, person, now));
        assert!(rooms.iter().any(|(own, _)| own.id == room.id), "a member, though not inside");
        let nurse_calls = Caller::from(&nurse);
        let refused =
            join_as(scene, &mut occupants, &nurse_calls, "verein", "rose", "").unwrap_err();
        assert_eq!(refused, NICK_TAKEN, "reserved");
        let refused = order(scene, &mut occupants, &nurse, "verein", &ask("Rose")).unwrap_err();
        assert_eq!(refused, NICK_TAKEN);
        let own = juliet.bare();
        let nick = scene.read(|reader| free::reserved_nick(reader, &room, &own));
        assert_eq!(nick.as_deref(), Some("Rose"));
        configure(scene, &mut occupants, &romeo, "verein", &[("membersonly", "1")]).unwrap();
        let refused = order(scene, &mut occupants, &nurse, "verein", &ask("N")).unwrap_err();
        assert_eq!(refused, register::NOT_BY_ONESELF);
        let remove = el("query", ns::REGISTER).child(el("remove", ns::REGISTER)).build();
        order(scene, &mut occupants, &juliet, "verein", &remove).unwrap();
        let rooms = scene.read(|reader| rooms_of(reader, person, now));
        assert!(!rooms.iter().any(|(own, _)| own.id == room.id));
    });
}

#[test]
fn guests_of_other_servers_come_into_open_free_rooms_only() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        let room = make(scene, &mut occupants, &romeo, "hafen", &[]);
        let tybalt = Caller::abroad(Jid::new("tybalt@mantua.example/horse").unwrap());
        let out = join_as(scene, &mut occupants, &tybalt, "hafen", "T", "").unwrap();
        let told =
            out.into_posts().into_iter().filter(|post| matches!(post, Post::Abroad { .. })).count();
        assert_eq!(told, 3, "Romeo, himself, the subject");
        assert_eq!(occupants.abroad(room.id).count(), 1);
        assert_eq!(occupants.sessions(room.id).count(), 1);
        let refused = join_as(scene, &mut occupants, &tybalt, "ov-capulet", "T", "").unwrap_err();
        assert_eq!(refused, free::found::MAY_NOT, "as for a room that is not there");
        let refused = join_as(scene, &mut occupants, &tybalt, "eigener", "T", "").unwrap_err();
        assert_eq!(refused, free::found::MAY_NOT);
        // He comes with as many devices as his server likes to name, and with that many only.
        let device = |name: &str| {
            Caller::abroad(Jid::new(&format!("tybalt@mantua.example/{name}")).unwrap())
        };
        for number in 1..20 {
            let another = device(&number.to_string());
            join_as(scene, &mut occupants, &another, "hafen", "T", "").unwrap();
        }
        let refused = join_as(scene, &mut occupants, &device("20"), "hafen", "T", "").unwrap_err();
        assert_eq!(refused, ROOM_FULL);
        join_as(scene, &mut occupants, &tybalt, "hafen", "T", "").unwrap();
        // His whole server is banned.
        let ban = el("query", ns::MUC_ADMIN)
            .child(
                el("item", ns::MUC_ADMIN)
                    .attr("affiliation", "outcast")
                    .attr("jid", "mantua.example"),
            )
            .build();
        order(scene, &mut occupants, &romeo, "hafen", &ban).unwrap();
        assert_eq!(occupants.abroad(room.id).count(), 0);
        let refused = join_as(scene, &mut occupants, &tybalt, "hafen", "T", "").unwrap_err();
        assert_eq!(refused, BANNED);
    });
}

#[test]
fn words_are_taken_back_by_moderators_and_by_their_author() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, juliet, nurse) =
            (scene.session("Romeo"), scene.session("Juliet"), scene.session("Nurse"));
        let room = make(scene, &mut occupants, &romeo, "wort", &[]);
        for (session, nick) in [(&juliet, "J"), (&nurse, "N")] {
            join_as(scene, &mut occupants, &Caller::from(session), "wort", nick, "").unwrap();
        }
        let mut said = |who: &Session, id: &str, xml: &str| {
            let xml = format!("<message type='groupchat' id='{id}'>{xml}</message>");
            match speak(scene, &mut occupants, who, "wort", &xml).unwrap().0 {
                Kept::New { mine, .. } => mine,
                other => panic!("{other:?}"),
            }
        };
        let foul = said(&juliet, "a", "<body>foul</body>");
        let hasty = said(&nurse, "b", "<body>hasty</body>");
        // Nobody takes back what others said, whatever he writes.
        said(&nurse, "c", &format!("<retract id='{foul}' xmlns='{}'/><body>x</body>", ns::RETRACT));
        said(
            &nurse,
            "d",
            &format!("<retract id='{hasty}' xmlns='{}'/><body>x</body>", ns::RETRACT),
        );
        let moderate = |by: &Session, id: i64| {
            let iq = stanza(&format!(
                "<iq type='set' id='m'><moderate xmlns='{}' id='{id}'><retract xmlns='{}'/><reason>no</reason></moderate></iq>",
                ns::MODERATE,
                ns::RETRACT
            ));
            let (domain, room, caller) = (scene.domain.clone(), room.clone(), Caller::from(by));
            let voice = occupants.voice(room.id, &caller.place);
            scene.try_write(move |tx| {
                moderation::moderate(tx, &domain, &room, &caller, voice.as_ref(), &iq)
            })
        };
        let text = || {
            let page =
                scene.read(|reader| archive::page(reader, Owner::Room(room.id), &Query::default()));
            page.entries
                .iter()
                .map(|entry| String::from_utf8(entry.stanza.clone()).unwrap())
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert!(text().contains("foul") && !text().contains("hasty"), "{}", text());
        assert_eq!(moderate(&nurse, foul).unwrap_err(), ONLY_MODERATORS);
        moderate(&romeo, foul).unwrap();
        assert!(!text().contains("foul") && text().contains("retracted"));
        assert_eq!(moderate(&romeo, foul).unwrap_err(), moderation::NO_SUCH_MESSAGE);
        assert_eq!(moderate(&romeo, 1).unwrap_err(), moderation::NO_SUCH_MESSAGE);
    });
}

#[test]
fn in_a_units_room_its_board_may_take_words_back() {
    play(|scene| {
        let mut occupants = occupants();
        let (juliet, nurse) = (scene.session("Juliet"), scene.session("Nurse"));
        for session in [&juliet, &nurse] {
            join(scene, &mut occupants, session, "ov-capulet");
        }
        let xml = "<message type='groupchat' id='a'><body>foul</body></message>";
        let (kept, _) = speak(scene, &mut occupants, &juliet, "ov-capulet", xml).unwrap();
        let Kept::New { mine: id, .. } = kept else { panic!("{kept:?}") };
        let room = scene.room("ov-capulet");
        let moderate = |by: &Session| {
            let iq = stanza(&format!(
                "<iq type='set' id='m'><moderate xmlns='{}' id='{id}'><retract xmlns='{}'/></moderate></iq>",
                ns::MODERATE,
                ns::RETRACT
            ));
            let (domain, room, caller) = (scene.domain.clone(), room.clone(), Caller::from(by));
            let voice = occupants.voice(room.id, &caller.place);
            scene.try_write(move |tx| {
                moderation::moderate(tx, &domain, &room, &caller, voice.as_ref(), &iq)
            })
        };
        assert_eq!(moderate(&juliet).unwrap_err(), ONLY_MODERATORS, "not even her own");
        moderate(&nurse).unwrap();
    });
}

#[test]
fn an_owner_on_another_server_does_not_learn_who_has_an_account_here() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        let room = make(scene, &mut occupants, &romeo, "bund", &[("membersonly", "1")]);
        let tybalt = Caller::abroad(Jid::new("tybalt@mantua.example/cell").unwrap());
        let owner = el("query", ns::MUC_ADMIN)
            .child(
                el("item", ns::MUC_ADMIN)
                    .attr("affiliation", "owner")
                    .attr("jid", "tybalt@mantua.example"),
            )
            .build();
        order(scene, &mut occupants, &romeo, "bund", &owner).unwrap();
        let put = |who: &str, affiliation: &str| {
            let iq = Stanza::iq("set", "s").with_child(&item_for(who, affiliation));
            let (caller, domain, id) = (tybalt.clone(), scene.domain.clone(), room.id);
            let wishes = match free::admin::order(&iq, &room, &occupants).unwrap() {
                free::admin::Order::Lists(wishes) => wishes,
                roles @ free::admin::Order::Roles(_) => panic!("{roles:?}"),
            };
            let deed = scene.try_write(move |tx| {
                let kept = free::get(tx, id)?.unwrap();
                free::admin::change_lists(tx, &domain, &kept, &caller, None, &wishes, &iq)
            });
            let (mut deed, persons) = deed.unwrap();
            // What goes to him is all he sees; the member here is invited.
            let first = deed.take_first().into_posts().into_iter();
            let to_him = first.filter(|post| matches!(post, Post::Abroad { .. })).count();
            (to_him, persons.len())
        };
        assert_eq!(put("juliet.capulet", "member").0, put("nobody", "member").0);
        assert_eq!(put("angelica.amme", "outcast").0, put("nowhere", "outcast").0);
        let listed = |affiliation| {
            let kept = scene.read(|reader| free::get(reader, room.id)).unwrap();
            let all = scene
                .read(|reader| lists::list(reader, &kept, Affiliation::Owner, None, affiliation));
            all.into_iter().map(|one| one.address).collect::<Vec<_>>()
        };
        assert_eq!(
            listed(Affiliation::Member),
            ["juliet.capulet@verona.example", "nobody@verona.example"]
        );
        // Whoever gets that address later takes the entry along when he goes.
        let (person, own) =
            (scene.person("Benvolio"), BareJid::new("nobody@verona.example").unwrap());
        let his = own.clone();
        let kept = scene.read(|reader| privacy::export(reader, person, &own));
        assert_eq!(kept["lists"][0]["is"], "member");
        scene.write(move |tx| free::hand_over(tx, person, &his));
        assert_eq!(listed(Affiliation::Member), ["juliet.capulet@verona.example"]);
        // Who is of this house himself is told of his mistake.
        let nobody = item_for("tybalt", "member");
        let refused = order(scene, &mut occupants, &romeo, "bund", &nobody).unwrap_err();
        assert_eq!(refused, lists::NO_SUCH_ACCOUNT);
    });
}
