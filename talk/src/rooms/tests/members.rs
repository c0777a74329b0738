//! Who is in which room, and as what.

use super::*;

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
        let own = scene.session("Nurse").bare();
        let exported = scene.read(|reader| privacy::export(reader, nurse, &own));
        assert_eq!(exported["postingChanged"].as_array().unwrap().len(), 1);
        let his = own.clone();
        scene.write(move |tx| privacy::erase(tx, nurse, &his));
        assert_eq!(
            scene.read(|reader| privacy::export(reader, nurse, &own))["postingChanged"],
            serde_json::json!([])
        );
        assert_eq!(scene.room("ov-capulet").posting, Posting::OfficeHolders, "the rule stays");
    });
}
