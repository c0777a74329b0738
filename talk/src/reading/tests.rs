//! Positions that only move forward.

use super::*;
use crate::Session;
use crate::pubsub::request::read;
use crate::pubsub::{BAD_REQUEST, Ctx, INVALID_PAYLOAD, NO_SUCH_ITEM, Request, Selection};
use crate::scene::{Scene, Wishes, play, stanza};
use konvent_core::{Outbox, Post};
use konvent_wire::Stanza;

fn publish(scene: &Scene<'_>, who: &Session, peer: &str, payload: &str) -> Answer<Outbox> {
    let iq = stanza(&format!(
        "<iq type='set' id='d'><pubsub xmlns='{}'><publish node='{}'><item id='{peer}'>{payload}</item></publish></pubsub></iq>",
        ns::PUBSUB,
        ns::DISPLAYED,
    ));
    do_it(scene, who, iq)
}

fn do_it(scene: &Scene<'_>, who: &Session, iq: Stanza) -> Answer<Outbox> {
    let request = read(&iq)?.unwrap();
    let (domain, session) = (scene.domain.clone(), who.clone());
    let here = Wishes(vec![(who.clone(), vec![ns::DISPLAYED])]);
    scene.try_write(move |tx| {
        let ctx = Ctx { domain: &domain, now: tx.now(), here: &here };
        change(tx, ctx, &session, &request, &iq)
    })
}

fn displayed(id: &str) -> String {
    format!(
        "<displayed xmlns='{}'><stanza-id xmlns='{}' by='{ROOM}' id='{id}'/></displayed>",
        ns::DISPLAYED,
        ns::STANZA_ID
    )
}

const ROOM: &str = "ov-montague@gruppen.verona.example";

#[test]
fn a_position_moves_forward_and_the_other_devices_hear_of_it() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let posts = publish(scene, &romeo, ROOM, &displayed("50")).unwrap().into_posts();
        let [Post::Session { .. }, Post::Session { stanza, .. }] = posts.as_slice() else {
            panic!("{posts:?}")
        };
        assert!(String::from_utf8_lossy(stanza.inner()).contains("id=\"50\""));
        let late = publish(scene, &romeo, ROOM, &displayed("40")).unwrap();
        assert_eq!(late.into_posts().len(), 1, "answered, but nothing has moved");
        let account = romeo.account;
        let known = scene.read(|reader| positions(reader, account));
        assert_eq!(known.get(ROOM), Some(&50));
    });
}

#[test]
fn positions_are_listed_with_whose_ids_they_are() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        publish(scene, &romeo, ROOM, &displayed("50")).unwrap();
        publish(scene, &romeo, "juliet.capulet@verona.example/phone", &displayed("60")).unwrap();
        let iq = Stanza::iq("get", "i");
        let ask = |ids: Vec<String>| {
            let node = ns::DISPLAYED.into();
            let request = Request::Items(Selection { node, ids, ..Selection::default() });
            let list =
                scene.read(|reader| answer(reader, &romeo, &request, &iq)).payload().unwrap();
            let items: Vec<(String, String)> = list
                .get_child("items", ns::PUBSUB)
                .unwrap()
                .children()
                .map(|item| {
                    let shown = item.get_child("displayed", ns::DISPLAYED).unwrap();
                    let id = shown.get_child("stanza-id", ns::STANZA_ID).unwrap();
                    (item.attr("id").unwrap().to_owned(), id.attr("by").unwrap().to_owned())
                })
                .collect();
            items
        };
        let mut all = ask(vec![]);
        all.sort();
        assert_eq!(
            all,
            [
                (
                    "juliet.capulet@verona.example".to_owned(),
                    "romeo.montague@verona.example".to_owned()
                ),
                (ROOM.to_owned(), ROOM.to_owned()),
            ]
        );
        assert_eq!(ask(vec![ROOM.to_owned()]).len(), 1);
    });
}

#[test]
fn positions_in_rooms_elsewhere_are_kept_as_they_are_called_there() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let there = "coven@chat.example";
        let shown = |id: &str| displayed(id).replace(ROOM, there);
        for id in ["b7f2-q", "a001-q"] {
            assert_eq!(publish(scene, &romeo, there, &shown(id)).unwrap().into_posts().len(), 2);
        }
        let request =
            Request::Items(Selection { node: ns::DISPLAYED.into(), ..Selection::default() });
        let iq = Stanza::iq("get", "i");
        let list = scene.read(|reader| answer(reader, &romeo, &request, &iq)).payload().unwrap();
        let mut written = Vec::new();
        konvent_wire::xml::write_element(&list, "", &mut written);
        let written = String::from_utf8(written).unwrap();
        assert!(written.contains("a001-q") && !written.contains("b7f2-q"), "{written}");
    });
}

#[test]
fn nonsense_is_refused_and_forgetting_works_once() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        for (peer, payload, why) in [
            (ROOM, displayed("soon"), INVALID_PAYLOAD),
            (ROOM, displayed("-1"), INVALID_PAYLOAD),
            (ROOM, "<x xmlns='u'/>".to_owned(), INVALID_PAYLOAD),
            ("@@", displayed("1"), BAD_REQUEST),
        ] {
            assert_eq!(publish(scene, &romeo, peer, &payload).unwrap_err(), why, "{payload}");
        }
        publish(scene, &romeo, ROOM, &displayed("50")).unwrap();
        let forget = || {
            let inner = format!("<retract node='{}'><item id='{ROOM}'/></retract>", ns::DISPLAYED);
            do_it(scene, &romeo, crate::scene::about_nodes("set", ns::PUBSUB, &inner))
        };
        assert!(forget().is_ok());
        assert_eq!(forget().unwrap_err(), NO_SUCH_ITEM);
        publish(scene, &romeo, ROOM, &displayed("50")).unwrap();
        let account = romeo.account;
        assert_eq!(
            scene.read(|reader| privacy::export(reader, account)).as_array().unwrap().len(),
            1
        );
        scene.write(move |tx| privacy::erase(tx, account));
        assert!(scene.read(|reader| positions(reader, account)).is_empty());
    });
}
