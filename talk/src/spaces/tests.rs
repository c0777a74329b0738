//! Whose spaces are whose, what is in them, and that nobody changes them.

use konvent_wire::form::Form;
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

use super::*;
use crate::disco::Question;
use crate::pubsub::request::read;
use crate::pubsub::{
    Asker, Ctx, LOCKED_DOWN, NO_SUBSCRIPTIONS, NO_SUCH_NODE, NODE_EXISTS, NOT_YOURS, Nobody, Place,
};
use crate::scene::{Scene, about_nodes, play};
use crate::{Session, ns};

fn of_person(scene: &Scene<'_>, who: &str) -> Vec<Space> {
    let (person, now) = (scene.person(who), scene.clock.now());
    scene.read(|reader| of(reader, person, now))
}

/// Nodes and the rooms in each, as a text.
fn told(spaces: &[Space]) -> Vec<String> {
    let rooms = |space: &Space| {
        space.rooms.iter().map(|room| room.address.clone()).collect::<Vec<_>>().join(" ")
    };
    spaces.iter().map(|space| format!("{}: {}", space.node, rooms(space))).collect()
}

fn place(scene: &Scene<'_>) -> Place {
    let address = scene.domain.pubsub_service().unwrap();
    Place::Service { address, for_everybody: true }
}

fn ask(scene: &Scene<'_>, who: &Asker, inner: &str, namespace: &str) -> Answer<Element> {
    let iq = about_nodes("get", namespace, inner);
    let request = read(&iq)?.unwrap();
    let ctx = Ctx { domain: &scene.domain, now: scene.clock.now(), here: &Nobody };
    let place = place(scene);
    scene
        .read(|reader| Ok(answer(reader, ctx, &place, who, &request, &iq)))
        .map(|reply| reply.payload().unwrap())
}

fn here(session: &Session) -> Asker {
    Asker::Here(session.clone())
}

#[test]
fn a_member_sees_his_units_from_the_top_down_with_his_rooms() {
    play(|scene| {
        let romeo = told(&of_person(scene, "Romeo"));
        assert_eq!(
            romeo,
            [
                "space.lv-verona: lv-verona",
                "space.kv-nord: kv-nord",
                "space.ov-montague: ov-montague"
            ]
        );
        // She chairs the board of her own unit: its room stands behind that of the unit.
        let nurse = of_person(scene, "Nurse");
        let last = nurse.last().unwrap();
        assert_eq!(last.node, "space.ov-capulet");
        assert_eq!(last.rooms.len(), 2);
        assert!(matches!(last.rooms[0].kind, RoomKind::Unit(_)));
        assert!(matches!(last.rooms[1].kind, RoomKind::Body(_)));
        scene.transfer("Romeo", "Capulet");
        assert_eq!(
            told(&of_person(scene, "Romeo")).last().unwrap(),
            "space.ov-capulet: ov-capulet"
        );
    });
}

#[test]
fn a_space_holds_rooms_and_the_spaces_below_it() {
    play(|scene| {
        let romeo = here(&scene.session("Romeo"));
        let items = ask(scene, &romeo, "<items node='space.kv-nord'/>", ns::PUBSUB).unwrap();
        let items: Vec<Element> =
            items.get_child("items", ns::PUBSUB).unwrap().children().cloned().collect();
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].attr("id"), Some("kv-nord@gruppen.verona.example"));
        let conference = items[0].get_child("conference", ns::BOOKMARKS).unwrap();
        assert_eq!(conference.attr("name"), Some("Kreisverband Nord"));
        let below = items[1].get_child("subscription", "urn:xmpp:pubsub:subscription:0").unwrap();
        assert_eq!(below.attr("node"), Some("space.ov-montague"), "and not that of the Capulets");
        assert_eq!(below.attr("server"), Some("pubsub.verona.example"));
        assert_eq!(items[1].attr("id").unwrap().len(), 40);
        let one = ask(scene, &romeo, "<items node='space.kv-nord' max_items='1'/>", ns::PUBSUB);
        assert_eq!(one.unwrap().children().next().unwrap().children().count(), 1);
    });
}

#[test]
fn nobody_else_learns_that_a_space_is_there() {
    play(|scene| {
        let abroad = Asker::Abroad(Jid::new("mercutio@mantua.example/cell").unwrap());
        let romeo = here(&scene.session("Romeo"));
        for (who, node) in
            [(&romeo, "space.ov-capulet"), (&romeo, "space.nothing"), (&abroad, "space.lv-verona")]
        {
            let items = format!("<items node='{node}'/>");
            assert_eq!(ask(scene, who, &items, ns::PUBSUB).unwrap_err(), NO_SUCH_NODE, "{node}");
            let ctx = Ctx { domain: &scene.domain, now: scene.clock.now(), here: &Nobody };
            let iq = Stanza::iq("get", "d")
                .with_child(&el("query", ns::DISCO_INFO).attr("node", node).build());
            let about =
                scene.read(|reader| Ok(describe(reader, ctx, who, (Question::Info, node), &iq)));
            assert_eq!(about.unwrap_err(), NO_SUCH_NODE, "{node}");
        }
        let ctx = Ctx { domain: &scene.domain, now: scene.clock.now(), here: &Nobody };
        let place = place(scene);
        assert!(scene.read(|reader| listed(reader, ctx, &place, &abroad)).is_empty());
        assert_eq!(scene.read(|reader| listed(reader, ctx, &place, &romeo)).len(), 3);
    });
}

#[test]
fn a_space_says_what_it_is_and_its_rooms_say_where_they_belong() {
    play(|scene| {
        let session = scene.session("Romeo");
        let (romeo, now) = (here(&session), scene.clock.now());
        let ctx = Ctx { domain: &scene.domain, now, here: &Nobody };
        let iq = Stanza::iq("get", "d")
            .with_child(&el("query", ns::DISCO_INFO).attr("node", "space.kv-nord").build());
        let asked = (Question::Info, "space.kv-nord");
        let about =
            scene.read(|reader| describe(reader, ctx, &romeo, asked, &iq)).payload().unwrap();
        let form = Form::of(&about).unwrap();
        for (field, value) in [
            ("pubsub#type", "urn:xmpp:spaces:0"),
            ("pubsub#title", "Kreisverband Nord"),
            ("pubsub#access_model", "whitelist"),
            ("pubsub#notify_retract", "1"),
            ("pubsub#persist_items", "1"),
            ("pubsub#purge_offline", "0"),
            ("pubsub#publish_model", "publishers"),
        ] {
            assert_eq!(form.value(field), Some(value), "{field}");
        }
        let room = scene.room("kv-nord");
        let iq = Stanza::iq("get", "r").with_child(&el("query", ns::DISCO_INFO).build());
        let plain = rooms::disco::room_info(&iq, &room, &rooms::disco::Told::default());
        let domain = scene.domain.clone();
        let said = scene
            .read(|reader| with_parent(reader, &domain, (&room, session.person), plain, now))
            .payload()
            .unwrap();
        let forms: Vec<Form> =
            said.children().filter(|x| x.is("x", ns::FORM)).map(Form::from_element).collect();
        let address = Some("xmpp:pubsub.verona.example?;node=space.kv-nord");
        assert_eq!(forms[0].value("muc#roomconfig_pubsub"), address);
        assert_eq!(forms[1].value("parent"), address);
        let features = said.children().filter(|feature| feature.attr("var").is_some());
        assert!(features.map(|f| f.attr("var").unwrap()).any(|var| var == "urn:xmpp:spaces:0"));
    });
}

#[test]
fn the_directory_alone_changes_a_space() {
    let wish = |namespace: &str, inner: &str| {
        change(&read(&about_nodes("set", namespace, inner)).unwrap().unwrap()).unwrap_err()
    };
    for (namespace, inner, why) in [
        (ns::PUBSUB, "<create node='space.mine'/>", NODE_EXISTS),
        (ns::PUBSUB, "<publish node='space.mine'><item id='a'/></publish>", LOCKED_DOWN),
        (ns::PUBSUB, "<retract node='space.mine'><item id='a'/></retract>", LOCKED_DOWN),
        (ns::PUBSUB, "<subscribe node='space.mine' jid='a@b'/>", NO_SUBSCRIPTIONS),
        (ns::PUBSUB_OWNER, "<delete node='space.mine'/>", NOT_YOURS),
        (ns::PUBSUB_OWNER, "<purge node='space.mine'/>", LOCKED_DOWN),
        (ns::PUBSUB_OWNER, "<affiliations node='space.mine'/>", NOT_YOURS),
    ] {
        assert_eq!(wish(namespace, inner), why, "{inner}");
    }
    play(|scene| {
        let romeo = here(&scene.session("Romeo"));
        for inner in ["<configure node='space.kv-nord'/>", "<affiliations node='space.kv-nord'/>"] {
            assert_eq!(ask(scene, &romeo, inner, ns::PUBSUB_OWNER).unwrap_err(), NOT_YOURS);
        }
    });
}
