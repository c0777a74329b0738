//! Positions that only move forward.

use super::*;
use crate::Session;
use crate::pep::{self, Request};
use crate::scene::{Scene, play, stanza};
use konvent_core::{Outbox, Post};
use konvent_wire::Stanza;

fn publish(scene: &Scene<'_>, who: &Session, peer: &str, payload: &str) -> Answer<Outbox> {
    let iq = stanza(&format!(
        "<iq type='set' id='d'><pubsub xmlns='{}'><publish node='{}'><item id='{peer}'>{payload}</item></publish></pubsub></iq>",
        ns::PUBSUB,
        ns::DISPLAYED,
    ));
    let request = pep::request(&iq).unwrap().unwrap();
    let session = who.clone();
    scene.try_write(move |tx| change(tx, &session, &request, &iq))
}

fn displayed(id: &str) -> String {
    format!(
        "<displayed xmlns='{}'><stanza-id xmlns='{}' by='x@y' id='{id}'/></displayed>",
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
        let [Post::Session { .. }, Post::Account { stanza, except, .. }] = posts.as_slice() else {
            panic!("{posts:?}")
        };
        assert_eq!(*except, Some(romeo.id));
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
            let request = Request::Items { node: ns::DISPLAYED.into(), ids, max: None };
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
fn nonsense_is_refused_and_forgetting_works_once() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        for (peer, payload) in [
            (ROOM, displayed("soon")),
            (ROOM, displayed("-1")),
            (ROOM, "<x xmlns='u'/>".to_owned()),
            ("@@", displayed("1")),
        ] {
            assert_eq!(
                publish(scene, &romeo, peer, &payload).unwrap_err(),
                pep::BAD_REQUEST,
                "{payload}"
            );
        }
        publish(scene, &romeo, ROOM, &displayed("50")).unwrap();
        let forget = || {
            let request = Request::Retract { node: ns::DISPLAYED.into(), id: ROOM.into() };
            let session = romeo.clone();
            scene.try_write(move |tx| change(tx, &session, &request, &Stanza::iq("set", "f")))
        };
        assert!(forget().is_ok());
        assert_eq!(forget().unwrap_err(), pep::NO_SUCH_ITEM);
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
