//! Rooms that follow from the directory, without a server around them.

use super::*;
use crate::archive::{self, Kept, Owner, Query};
use crate::scene::{Scene, for_session, play, stanza};
use crate::{Session, Who, conditions, ns, who_is};
use konvent_core::{Answer, Outbox, Post, SessionId};
use konvent_people::{offices, people};
use konvent_wire::{Condition, Element, Jid, Stanza};
use std::sync::Arc;

fn occupants() -> Occupants {
    Occupants::new([7; 32])
}

fn join_with(
    scene: &Scene<'_>,
    occupants: &mut Occupants,
    session: &Session,
    room: &str,
    x: &str,
) -> Answer<Outbox> {
    let presence = stanza(&format!(
        "<presence to='{room}@gruppen.verona.example/{}'><x xmlns='{}'>{x}</x><show>away</show></presence>",
        session.name,
        ns::MUC,
    ));
    let joining = scene.db.read_blocking(|reader| {
        ask_to_join(reader, &scene.domain, occupants, session, &presence, scene.clock.now())
    })?;
    occupants.enter(joining)
}

fn join(scene: &Scene<'_>, occupants: &mut Occupants, session: &Session, room: &str) -> Outbox {
    join_with(scene, occupants, session, room, "").unwrap()
}

fn speak(
    scene: &Scene<'_>,
    occupants: &mut Occupants,
    session: &Session,
    room: &str,
    xml: &str,
) -> Answer<(Kept, Outbox)> {
    let room = scene.room(room);
    let message = stanza(xml).addressed(
        Some(session.address.clone()),
        Some(scene.domain.room(&room.address).unwrap().into()),
    );
    let (domain, session) = (scene.domain.clone(), session.clone());
    // A job is handed over to the writer, so the occupants go along for a moment.
    let lent = Arc::new(std::mem::replace(occupants, self::occupants()));
    let along = Arc::clone(&lent);
    let said = scene.try_write(move |tx| {
        let mut out = Outbox::default();
        let kept = say::say(tx, &domain, &along, &room, &session, &message, &mut out)?;
        Ok((kept, out))
    });
    *occupants = Arc::try_unwrap(lent).ok().unwrap();
    said
}

fn item(presence: &Stanza) -> Element {
    let x = presence.child("x", ns::MUC_USER).unwrap().element().unwrap();
    x.get_child("item", ns::MUC_USER).unwrap().clone()
}

fn statuses(presence: &Stanza) -> Vec<String> {
    let x = presence.child("x", ns::MUC_USER).unwrap().element().unwrap();
    x.children().filter_map(|child| child.attr("code").map(ToOwned::to_owned)).collect()
}

#[test]
fn a_member_is_in_the_room_of_his_unit_and_of_each_unit_above() {
    play(|scene| {
        let rooms = |who: &str| {
            let person = scene.person(who);
            let rooms = scene.read(|reader| rooms_of(reader, person, scene.clock.now()));
            rooms
                .into_iter()
                .map(|(room, standing)| (room.address, standing.role.as_str()))
                .collect::<Vec<_>>()
        };
        let owned = |list: &[(&str, &'static str)]| {
            list.iter().map(|(room, role)| ((*room).to_owned(), *role)).collect::<Vec<_>>()
        };
        assert_eq!(
            rooms("Romeo"),
            owned(&[
                ("ov-montague", "participant"),
                ("kv-nord", "visitor"),
                ("lv-verona", "visitor")
            ])
        );
        assert_eq!(
            rooms("Escalus"),
            owned(&[
                ("lv-verona-vorstand", "participant"),
                ("ov-capulet", "participant"),
                ("kv-nord", "visitor"),
                ("lv-verona", "participant"),
            ])
        );
        scene.transfer("Romeo", "Capulet");
        assert_eq!(rooms("Romeo").first().unwrap().0, "ov-capulet");
    });
}

#[test]
fn standing_and_the_list_of_rooms_never_disagree() {
    play(|scene| {
        let all = [
            "ov-montague",
            "ov-capulet",
            "kv-nord",
            "lv-verona",
            "ov-capulet-vorstand",
            "lv-verona-vorstand",
        ];
        for who in ["Romeo", "Juliet", "Nurse", "Escalus"] {
            let (person, now) = (scene.person(who), scene.clock.now());
            let listed = scene.read(|reader| rooms_of(reader, person, now));
            for address in all {
                let room = scene.room(address);
                let stands = scene.read(|reader| standing(reader, &room, person, now));
                let found = listed.iter().find(|(listed, _)| listed.id == room.id);
                assert_eq!(
                    found.map(|(_, standing)| standing),
                    stands.as_ref(),
                    "{who} in {address}"
                );
                assert_eq!(found.map_or(&room, |(found, _)| found), &room);
            }
        }
    });
}

#[test]
fn addresses_are_told_apart() {
    play(|scene| {
        let who = |address: &str| {
            let address = Jid::new(address).unwrap();
            scene.read(|reader| who_is(reader, &scene.domain, &address))
        };
        let romeo = scene.read(|reader| konvent_people::accounts::id_of(reader, "romeo.montague"));
        assert_eq!(Some(who("romeo.montague@verona.example/x")), romeo.map(Who::Account));
        assert!(
            matches!(who("ov-capulet@gruppen.verona.example/Juliet"), Who::Room(room, Some(nick))
            if room.address == "ov-capulet" && nick == "Juliet")
        );
        assert_eq!(who("verona.example"), Who::Server);
        assert_eq!(who("gruppen.verona.example"), Who::RoomService);
        assert_eq!(who("tybalt@verona.example"), Who::Nobody);
        assert_eq!(who("ov-mantua@gruppen.verona.example"), Who::Nobody);
        assert_eq!(who("romeo@mantua.example"), Who::Elsewhere);
    });
}

#[test]
fn joining_tells_who_is_there_then_yourself_then_history_then_the_subject() {
    play(|scene| {
        let mut occupants = occupants();
        let juliet = scene.session("Juliet");
        join(scene, &mut occupants, &juliet, "ov-capulet");
        speak(
            scene,
            &mut occupants,
            &juliet,
            "ov-capulet",
            "<message type='groupchat' id='a'><body>O</body></message>",
        )
        .unwrap();
        let nurse = scene.session("Nurse");
        let out = join(scene, &mut occupants, &nurse, "ov-capulet");
        let seen = for_session(out, nurse.id);
        let [other, own, history, subject] = seen.as_slice() else { panic!("{seen:?}") };
        assert_eq!(
            other.from.as_ref().unwrap().as_str(),
            "ov-capulet@gruppen.verona.example/Juliet Capulet"
        );
        assert_eq!(item(other).attr("jid"), Some("juliet.capulet@verona.example"));
        assert_eq!(other.text_of("show", ns::CLIENT).as_deref(), Some("away"));
        assert!(!other.has("x", ns::MUC), "what the client wrote for the room stays with the room");
        assert_eq!(statuses(own), ["100", "110"]);
        assert_eq!(item(own).attr("role"), Some("participant"));
        let hats = own.child("hats", ns::HATS).unwrap().element().unwrap();
        assert_eq!(hats.children().next().unwrap().attr("title"), Some("Vorsitz"));
        assert!(other.has("occupant-id", ns::OCCUPANT_ID));
        assert_eq!(history.text_of("body", ns::CLIENT).as_deref(), Some("O"));
        assert!(history.has("delay", ns::DELAY) && history.has("stanza-id", ns::STANZA_ID));
        assert_eq!(subject.text_of("subject", ns::CLIENT).as_deref(), Some(""));
        assert!(!subject.has("body", ns::CLIENT));
        assert!(seen.iter().all(|stanza| stanza.to.as_ref() == Some(&nurse.address)));
    });
}

#[test]
fn the_directory_chooses_the_nickname_and_says_so() {
    play(|scene| {
        let mut occupants = occupants();
        let mut romeo = scene.session("Romeo");
        romeo.name = "Paris".into(); // what he asks for …
        let presence = stanza("<presence to='ov-montague@gruppen.verona.example/Chair'/>");
        let ask = |occupants: &Occupants, session: &Session| {
            scene.read(|reader| {
                ask_to_join(reader, &scene.domain, occupants, session, &presence, scene.clock.now())
            })
        };
        let joining = ask(&occupants, &romeo);
        let out = occupants.enter(joining).unwrap();
        let own = for_session(out, romeo.id).remove(0);
        assert_eq!(own.from.as_ref().unwrap().resource().unwrap().as_str(), "Paris");
        assert_eq!(statuses(&own), ["100", "110", "210"]);
        // Somebody else of the same name gets his localpart behind it.
        let mut benvolio = scene.session("Benvolio");
        benvolio.name = "Paris".into();
        let joining = ask(&occupants, &benvolio);
        let out = occupants.enter(joining).unwrap();
        let own = for_session(out, benvolio.id).remove(1);
        assert_eq!(
            own.from.as_ref().unwrap().resource().unwrap().as_str(),
            "Paris (benvolio.montague)"
        );
    });
}

#[test]
fn strangers_and_fools_are_refused_as_the_standard_says() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        let refusal = join_with(scene, &mut occupants, &romeo, "ov-capulet", "").unwrap_err();
        assert_eq!(refusal, NOT_A_MEMBER);
        assert_eq!(
            conditions::of_code(refusal.code).unwrap().condition,
            Condition::RegistrationRequired
        );
        assert_eq!(
            join_with(scene, &mut occupants, &romeo, "ov-mantua", "").unwrap_err(),
            NO_SUCH_ROOM
        );
        let bare = stanza("<presence to='ov-montague@gruppen.verona.example'/>");
        let refused = scene.db.read_blocking(|reader| {
            ask_to_join(reader, &scene.domain, &occupants, &romeo, &bare, scene.clock.now())
        });
        assert_eq!(refused.unwrap_err(), NO_NICK);
        assert!(!occupants.is_inside(scene.room("ov-capulet").id, romeo.id));
    });
}

#[test]
fn what_is_said_is_kept_once_and_reflected_with_the_rooms_mark() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        join(scene, &mut occupants, &romeo, "ov-montague");
        let xml = "<message type='groupchat' id='m1'><body>Hark</body>\
            <origin-id xmlns='urn:xmpp:sid:0' id='o1'/>\
            <stanza-id xmlns='urn:xmpp:sid:0' id='forged' by='ov-montague@gruppen.verona.example'/>\
            <delay xmlns='urn:xmpp:delay' stamp='1999-01-01T00:00:00Z'/></message>";
        let (kept, out) = speak(scene, &mut occupants, &romeo, "ov-montague", xml).unwrap();
        let Kept::New { mine: id, .. } = kept else { panic!("{kept:?}") };
        let posts = out.into_posts();
        let [Post::Occupants { room, stanza: said }] = posts.as_slice() else {
            panic!("{posts:?}")
        };
        assert_eq!(*room, scene.room("ov-montague").id);
        assert_eq!(
            said.from.as_ref().unwrap().as_str(),
            "ov-montague@gruppen.verona.example/Romeo Montague"
        );
        assert_eq!(said.id.as_deref(), Some("m1"));
        let marks: Vec<_> = said.children().filter(|child| child.name() == "stanza-id").collect();
        let [mark] = marks.as_slice() else { panic!("{} marks", marks.len()) };
        assert_eq!(mark.element().unwrap().attr("id"), Some(id.to_string().as_str()));
        assert!(said.has("origin-id", ns::STANZA_ID) && !said.has("delay", ns::DELAY));

        let (again, out) = speak(scene, &mut occupants, &romeo, "ov-montague", xml).unwrap();
        assert_eq!(again, Kept::Again(id));
        let posts = out.into_posts();
        assert!(
            matches!(posts.as_slice(), [Post::Session { session, .. }] if *session == romeo.id)
        );
        let page = scene.read(|reader| {
            archive::page(reader, Owner::Room(scene.room("ov-montague").id), &Query::default())
        });
        assert_eq!(page.entries.len(), 1);
    });
}

#[test]
fn who_may_not_speak_is_told_why() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        let hark = "<message type='groupchat'><body>Hark</body></message>";
        assert_eq!(
            speak(scene, &mut occupants, &romeo, "ov-montague", hark).unwrap_err(),
            NOT_INSIDE
        );
        join(scene, &mut occupants, &romeo, "lv-verona");
        let refused = speak(scene, &mut occupants, &romeo, "lv-verona", hark).unwrap_err();
        assert_eq!(refused, ONLY_OFFICES_SPEAK);
        assert_eq!(conditions::of_code(refused.code).unwrap().condition, Condition::Forbidden);
        join(scene, &mut occupants, &romeo, "ov-montague");
        for (xml, expected) in [
            ("<message type='groupchat'><subject>Mine</subject></message>", DIRECTORY_DECIDES),
            (
                "<message><x xmlns='http://jabber.org/protocol/muc#user'><invite to='t@x'/></x></message>",
                DIRECTORY_DECIDES,
            ),
        ] {
            assert_eq!(
                speak(scene, &mut occupants, &romeo, "ov-montague", xml).unwrap_err(),
                expected
            );
        }
        let escalus = scene.session("Escalus");
        join(scene, &mut occupants, &escalus, "lv-verona");
        speak(scene, &mut occupants, &escalus, "lv-verona", hark).unwrap();
    });
}

#[test]
fn the_end_of_a_term_takes_the_voice_at_that_moment() {
    play(|scene| {
        let mut occupants = occupants();
        let (escalus, romeo) = (scene.session("Escalus"), scene.session("Romeo"));
        join(scene, &mut occupants, &escalus, "lv-verona");
        join(scene, &mut occupants, &romeo, "lv-verona");
        join(scene, &mut occupants, &escalus, "lv-verona-vorstand");
        let (term, ends) = (scene.term("Escalus"), scene.clock.now().plus_secs(60));
        scene.write(move |tx| offices::end(tx, term, Some(ends)));
        scene.clock.advance(60_000);
        // The word is gone even before anybody has told the rooms.
        let hark = "<message type='groupchat'><body>Hark</body></message>";
        assert_eq!(
            speak(scene, &mut occupants, &escalus, "lv-verona", hark).unwrap_err(),
            ONLY_OFFICES_SPEAK
        );
        let person = [scene.person("Escalus")];
        let out = scene.read(|reader| {
            follow::follow_directory(reader, &mut occupants, Some(&person), scene.clock.now())
        });
        let posts: Vec<(SessionId, Stanza)> = out
            .into_posts()
            .into_iter()
            .filter_map(|post| match post {
                Post::Session { session, stanza } => Some((session, stanza)),
                _ => None,
            })
            .collect();
        let in_land: Vec<_> = posts
            .iter()
            .filter(|(_, said)| said.from.as_ref().unwrap().as_str().starts_with("lv-verona@"))
            .collect();
        assert_eq!(in_land.len(), 2);
        for (session, said) in &in_land {
            assert_eq!(item(said).attr("role"), Some("visitor"));
            assert!(!said.has("hats", ns::HATS));
            assert_eq!(statuses(said).contains(&"110".to_owned()), *session == escalus.id);
        }
        let board: Vec<_> = posts
            .iter()
            .filter(|(_, said)| {
                said.from.as_ref().unwrap().as_str().starts_with("lv-verona-vorstand@")
            })
            .collect();
        let [(session, gone)] = board.as_slice() else { panic!("{board:?}") };
        assert_eq!(*session, escalus.id);
        assert!(gone.is_kind("unavailable"));
        assert_eq!(statuses(gone), ["321", "110"]);
        assert_eq!(item(gone).attr("affiliation"), Some("none"));
    });
}

#[test]
fn a_transfer_shows_the_member_out_and_the_others_see_it() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, benvolio) = (scene.session("Romeo"), scene.session("Benvolio"));
        for session in [&romeo, &benvolio] {
            join(scene, &mut occupants, session, "ov-montague");
            join(scene, &mut occupants, session, "kv-nord");
        }
        scene.transfer("Romeo", "Capulet");
        let mut follow = || {
            scene.read(|reader| {
                follow::follow_directory(reader, &mut occupants, None, scene.clock.now())
            })
        };
        let out = follow();
        let seen = for_session(out, benvolio.id);
        let [gone] = seen.as_slice() else { panic!("{seen:?}") };
        assert_eq!(
            gone.from.as_ref().unwrap().as_str(),
            "ov-montague@gruppen.verona.example/Romeo Montague"
        );
        assert_eq!(statuses(gone), ["321"]);
        assert!(follow().is_empty(), "the second look finds nothing to do");
        assert!(
            occupants.is_inside(scene.room("kv-nord").id, romeo.id),
            "what both chains share is untouched"
        );
        assert!(!occupants.is_inside(scene.room("ov-montague").id, romeo.id));
    });
}

#[test]
fn devices_share_a_nickname_and_the_last_one_takes_it_away() {
    play(|scene| {
        let mut occupants = occupants();
        let (desk, phone) = (scene.session("Romeo"), scene.session("Romeo"));
        let benvolio = scene.session("Benvolio");
        join(scene, &mut occupants, &benvolio, "ov-montague");
        let out = join(scene, &mut occupants, &desk, "ov-montague");
        assert_eq!(for_session(out, benvolio.id).len(), 1);
        let out = join(scene, &mut occupants, &phone, "ov-montague");
        assert_eq!(for_session(out, benvolio.id).len(), 0, "he is there already");
        let room = scene.room("ov-montague").id;
        assert_eq!(occupants.count(room), 2);
        assert_eq!(occupants.sessions(room).count(), 3);
        let out = occupants.leave(desk.id, room, None).unwrap();
        assert_eq!(for_session(out, benvolio.id).len(), 0, "he is still there");
        let out = occupants.leave_all(phone.id).unwrap();
        let seen = for_session(out, benvolio.id);
        assert!(seen[0].is_kind("unavailable"));
        assert_eq!(item(&seen[0]).attr("role"), Some("none"));
        assert_eq!(occupants.count(room), 1);
        assert!(occupants.leave_all(phone.id).unwrap().is_empty(), "twice is once");
    });
}

#[test]
fn joining_again_shows_everything_again_and_a_newcomer_asks_for_less() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, benvolio) = (scene.session("Romeo"), scene.session("Benvolio"));
        join(scene, &mut occupants, &romeo, "ov-montague");
        for n in 0..30 {
            let xml =
                format!("<message type='groupchat' id='n{n}'><body>line {n}</body></message>");
            speak(scene, &mut occupants, &romeo, "ov-montague", &xml).unwrap();
        }
        let count = |out: Outbox, session: &Session| {
            for_session(out, session.id)
                .iter()
                .filter(|stanza| stanza.has("body", ns::CLIENT))
                .count()
        };
        let out = join(scene, &mut occupants, &romeo, "ov-montague");
        assert_eq!(count(out, &romeo), 20);
        for (wish, expected) in [
            ("<history maxstanzas='3'/>", 3),
            ("<history maxstanzas='0'/>", 0),
            ("<history maxchars='0'/>", 0),
            ("<history maxchars='900'/>", 2),
            ("<history since='2999-01-01T00:00:00Z'/>", 0),
            ("<history seconds='60' maxstanzas='200'/>", 30),
            ("<history maxstanzas='nonsense'/><password>x</password>", 20),
        ] {
            let out = join_with(scene, &mut occupants, &benvolio, "ov-montague", wish).unwrap();
            let found = count(out, &benvolio);
            assert!(
                found == expected || (wish.contains("900") && found > 0 && found < 5),
                "{wish}: {found}"
            );
        }
    });
}

#[test]
fn who_may_speak_is_changed_by_the_office_only_and_noted() {
    play(|scene| {
        let room = scene.room("ov-capulet");
        let (juliet, nurse) = (scene.person("Juliet"), scene.person("Nurse"));
        let (asked, again) = (room.clone(), room.clone());
        let refused =
            scene.try_write(move |tx| set_posting(tx, &asked, Posting::OfficeHolders, juliet));
        assert_eq!(refused.unwrap_err(), DIRECTORY_DECIDES);
        scene.write(move |tx| set_posting(tx, &room, Posting::OfficeHolders, nurse));
        scene.write(move |tx| set_posting(tx, &again, Posting::OfficeHolders, nurse));
        let room = scene.room("ov-capulet");
        assert_eq!(room.posting, Posting::OfficeHolders);
        let now = scene.clock.now();
        let stands = scene.read(|reader| standing(reader, &room, juliet, now)).unwrap();
        assert_eq!(stands.role, Role::Visitor);
        let notes = scene.read(|reader| {
            reader.one(
                "select count(*) from audit_note where act = 'rooms.posting-changed'",
                &[],
                |row| row.get::<i64>(0),
            )
        });
        assert_eq!(notes, Some(1), "the second time nothing changed");
        let exported = scene.read(|reader| privacy::export(reader, nurse));
        assert_eq!(exported.as_array().unwrap().len(), 1);
        scene.write(move |tx| privacy::erase(tx, nurse));
        assert_eq!(
            scene.read(|reader| privacy::export(reader, nurse)).as_array().unwrap().len(),
            0
        );
        assert_eq!(scene.room("ov-capulet").posting, Posting::OfficeHolders, "the rule stays");
    });
}

#[test]
fn a_guest_and_a_chair_from_elsewhere_belong_to_the_unit() {
    play(|scene| {
        let (romeo, capulet) = (scene.person("Romeo"), scene.unit("Capulet"));
        let room = scene.room("ov-capulet");
        let now = scene.clock.now();
        assert_eq!(scene.read(|reader| standing(reader, &room, romeo, now)), None);
        scene.write(move |tx| {
            people::join(
                tx,
                &people::NewMembership {
                    person: romeo,
                    unit: capulet,
                    kind: people::MembershipKind::Guest,
                    status: people::Status::Active,
                    joined_on: None,
                },
            )
        });
        let stands = scene.read(|reader| standing(reader, &room, romeo, now)).unwrap();
        assert_eq!(stands.role, Role::Participant);
        let benvolio = scene.person("Benvolio");
        scene.write(move |tx| {
            let board = offices::establish(tx, capulet, "board", "Vorstand")?;
            let office = offices::office(tx, board, "Geschäftsführung")?;
            offices::begin(tx, benvolio, office, now, None, "appointed")
        });
        let stands = scene.read(|reader| standing(reader, &room, benvolio, now)).unwrap();
        assert_eq!(stands.hats, ["Geschäftsführung"]);
    });
}

#[test]
fn rooms_describe_themselves_and_list_only_what_is_yours() {
    play(|scene| {
        let occupants = occupants();
        let romeo = scene.session("Romeo");
        let now = scene.clock.now();
        let iq = Stanza::iq("get", "i");
        let items =
            scene.read(|reader| disco::service_items(reader, &scene.domain, &romeo, &iq, now));
        let items = items.payload().unwrap();
        assert_eq!(items.children().count(), 3);
        let info =
            disco::room_info(&iq, &scene.room("lv-verona"), None, &occupants).payload().unwrap();
        let vars: Vec<_> = info.children().filter_map(|child| child.attr("var")).collect();
        for var in [
            "muc_membersonly",
            "muc_nonanonymous",
            "muc_persistent",
            "muc_moderated",
            ns::MAM,
            ns::STANZA_ID,
        ] {
            assert!(vars.contains(&var), "{var}");
        }
        assert_eq!(info.children().next().unwrap().attr("name"), Some("Landesverband Verona"));
        let form = info.get_child("x", ns::FORM).unwrap();
        let has_count =
            form.children().any(|field| field.attr("var") == Some("muc#roominfo_occupants"));
        assert!(!has_count, "a stranger does not learn how many are inside");
    });
}

#[test]
fn changes_by_hand_are_refused_and_lists_are_for_neighbours() {
    play(|scene| {
        let now = scene.clock.now();
        let ask = |room: &str, kind: &str, xml: &str| {
            let room = scene.room(room);
            let iq = stanza(&format!("<iq type='{kind}' id='a'>{xml}</iq>"));
            let stands = Standing {
                affiliation: Affiliation::Member,
                role: Role::Participant,
                hats: vec![],
            };
            scene.db.read_blocking(|reader| {
                admin::answer(reader, &scene.domain, &room, &stands, &iq, now)
            })
        };
        let list = |affiliation: &str| {
            format!("<query xmlns='{}'><item affiliation='{affiliation}'/></query>", ns::MUC_ADMIN)
        };
        let members = ask("ov-montague", "get", &list("member")).unwrap().payload().unwrap();
        assert_eq!(members.children().count(), 2);
        assert_eq!(
            ask("ov-montague", "get", &list("owner"))
                .unwrap()
                .payload()
                .unwrap()
                .children()
                .count(),
            0
        );
        assert_eq!(ask("lv-verona", "get", &list("member")).unwrap_err(), admin::LIST_HIDDEN);
        assert_eq!(ask("ov-montague", "set", &list("outcast")).unwrap_err(), DIRECTORY_DECIDES);
        let owner = format!("<query xmlns='{}'/>", ns::MUC_OWNER);
        assert_eq!(ask("ov-montague", "get", &owner).unwrap_err(), DIRECTORY_DECIDES);
    });
}

#[test]
fn the_ping_to_oneself_tells_whether_one_is_still_inside() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        let room = scene.room("ov-montague").id;
        let ping = |nick: &str| {
            stanza(&format!(
                "<iq type='get' id='p' to='ov-montague@gruppen.verona.example/{nick}'><ping xmlns='urn:xmpp:ping'/></iq>"
            ))
        };
        let own = ping("Romeo Montague");
        assert_eq!(disco::to_occupant(&occupants, room, &romeo, &own).unwrap_err(), NOT_INSIDE);
        join(scene, &mut occupants, &romeo, "ov-montague");
        assert!(disco::to_occupant(&occupants, room, &romeo, &own).unwrap().is_kind("result"));
        let other = disco::to_occupant(&occupants, room, &romeo, &ping("Benvolio Montague"));
        assert_eq!(other.unwrap_err(), disco::ASK_THE_MEMBER);
    });
}
