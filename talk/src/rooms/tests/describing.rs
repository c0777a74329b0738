//! What a room tells about itself, and what it does not let be changed.

use super::*;

#[test]
fn rooms_describe_themselves_and_list_only_what_is_yours() {
    play(|scene| {
        let romeo = Caller::from(&scene.session("Romeo"));
        let now = scene.clock.now();
        let iq = stanza(
            "<iq type='get' id='i'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
        );
        let items =
            scene.read(|reader| disco::service_items(reader, &scene.domain, &romeo, &iq, now));
        let items = items.payload().unwrap();
        assert_eq!(items.children().count(), 3);
        let info = disco::room_info(&iq, &scene.room("lv-verona"), &disco::Told::default())
            .payload()
            .unwrap();
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
        let caller = Caller::from(&romeo);
        let refused = disco::self_ping(&occupants, room, &caller, &own).unwrap_err();
        assert_eq!(refused, NOT_INSIDE);
        join(scene, &mut occupants, &romeo, "ov-montague");
        let answer = disco::self_ping(&occupants, room, &caller, &own).unwrap().unwrap();
        assert!(answer.is_kind("result"));
        let benvolio = ping("Benvolio Montague");
        assert_eq!(disco::self_ping(&occupants, room, &caller, &benvolio).unwrap(), None);
        let asked = |nick: &str| occupants.ask_one(room, &at(&romeo), nick, &benvolio);
        assert_eq!(asked("Benvolio Montague").unwrap_err(), NO_SUCH_OCCUPANT);
        assert_eq!(asked("Romeo Montague").unwrap_err(), disco::ASK_THE_MEMBER);
    });
}
