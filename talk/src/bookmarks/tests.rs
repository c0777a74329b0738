//! Derived bookmarks and the little a member may choose.

use super::*;
use crate::pep::{self, Request};
use crate::scene::{Scene, play, stanza};
use konvent_core::{Outbox, Post};
use konvent_wire::{Element, Stanza};

fn of(scene: &Scene<'_>, who: &Session) -> Vec<Bookmark> {
    scene.read(|reader| bookmarks_of(reader, &scene.domain, who, scene.clock.now()))
}

fn opened(bookmarks: &[Bookmark]) -> Vec<(&str, bool)> {
    bookmarks.iter().map(|b| (b.address.node().unwrap().as_str(), b.autojoin)).collect()
}

fn publish(scene: &Scene<'_>, who: &Session, room: &str, conference: &str) -> Answer<Outbox> {
    let iq = stanza(&format!(
        "<iq type='set' id='b'><pubsub xmlns='{}'><publish node='{}'><item id='{room}@gruppen.verona.example'>{conference}</item></publish></pubsub></iq>",
        ns::PUBSUB,
        ns::BOOKMARKS,
    ));
    let request = pep::request(&iq).unwrap().unwrap();
    let (domain, session) = (scene.domain.clone(), who.clone());
    scene.try_write(move |tx| change(tx, &domain, &session, &request, &iq))
}

fn items(scene: &Scene<'_>, who: &Session) -> Vec<Element> {
    let iq = Stanza::iq("get", "i");
    let request = Request::Items { node: ns::BOOKMARKS.to_owned(), ids: vec![], max: None };
    let now = scene.clock.now();
    let list = scene.read(|reader| answer(reader, &scene.domain, who, &request, &iq, now));
    let pubsub = list.payload().unwrap();
    pubsub.get_child("items", ns::PUBSUB).unwrap().children().cloned().collect()
}

#[test]
fn home_and_bodies_open_by_themselves() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        assert_eq!(
            opened(&of(scene, &romeo)),
            [("ov-montague", true), ("kv-nord", false), ("lv-verona", false)]
        );
        let nurse = scene.session("Nurse");
        assert_eq!(
            opened(&of(scene, &nurse))[..2],
            [("ov-capulet-vorstand", true), ("ov-capulet", true)]
        );
        let item = items(scene, &romeo).remove(0);
        assert_eq!(item.attr("id"), Some("ov-montague@gruppen.verona.example"));
        let conference = item.get_child("conference", ns::BOOKMARKS).unwrap();
        assert_eq!(conference.attr("autojoin"), Some("true"));
        assert_eq!(conference.attr("name"), Some("Ortsverband Montague"));
        assert_eq!(conference.get_child("nick", ns::BOOKMARKS).unwrap().text(), "Romeo Montague");
    });
}

#[test]
fn autojoin_and_notes_are_the_members_and_nothing_else() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let wish = format!(
            "<conference xmlns='{}' name='Mine' autojoin='false'><nick>Rosaline</nick><extensions><state xmlns='http://myclient.example/bookmark/state' minimized='true'/></extensions></conference>",
            ns::BOOKMARKS
        );
        let posts = publish(scene, &romeo, "ov-montague", &wish).unwrap().into_posts();
        assert!(matches!(posts.as_slice(), [Post::Session { .. }, Post::Account { .. }]));
        let item = items(scene, &romeo).remove(0);
        let conference = item.get_child("conference", ns::BOOKMARKS).unwrap();
        assert_eq!(conference.attr("autojoin"), None);
        assert_eq!(conference.attr("name"), Some("Ortsverband Montague"));
        assert_eq!(conference.get_child("nick", ns::BOOKMARKS).unwrap().text(), "Romeo Montague");
        let noted = conference.get_child("extensions", ns::BOOKMARKS).unwrap();
        assert_eq!(noted.children().next().unwrap().attr("minimized"), Some("true"));
        assert_eq!(publish(scene, &romeo, "ov-capulet", &wish).unwrap_err(), DIRECTORY_OWNS_THEM);
        assert_eq!(
            publish(scene, &romeo, "ov-montague", "<x xmlns='u'/>").unwrap_err(),
            pep::BAD_REQUEST
        );
        let long = wish.replace("minimized='true'", &format!("m='{}'", "x".repeat(5000)));
        assert_eq!(publish(scene, &romeo, "ov-montague", &long).unwrap_err(), pep::BAD_REQUEST);
        let iq = Stanza::iq("set", "r");
        let gone = Request::Retract {
            node: ns::BOOKMARKS.into(),
            id: "ov-montague@gruppen.verona.example".into(),
        };
        let (domain, session) = (scene.domain.clone(), romeo.clone());
        let refused = scene.try_write(move |tx| change(tx, &domain, &session, &gone, &iq));
        assert_eq!(refused.unwrap_err(), DIRECTORY_OWNS_THEM);
        let account = romeo.account;
        assert_eq!(
            scene.read(|reader| privacy::export(reader, account)).as_array().unwrap().len(),
            1
        );
        scene.write(move |tx| privacy::erase(tx, account));
        assert!(of(scene, &romeo)[0].autojoin, "the rule again");
    });
}

#[test]
fn a_transfer_tells_the_devices_which_room_is_gone_and_which_is_new() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let before = of(scene, &romeo);
        scene.transfer("Romeo", "Capulet");
        let after = of(scene, &romeo);
        let mut out = Outbox::default();
        changes(romeo.account, &romeo.bare(), &before, &after, &mut out);
        let told: Vec<_> = out
            .into_posts()
            .into_iter()
            .map(|post| {
                let Post::Account { stanza, .. } = post else { panic!("{post:?}") };
                let event = stanza.payload().unwrap();
                let entry = event.children().next().unwrap().children().next().unwrap().clone();
                (entry.name().to_owned(), entry.attr("id").unwrap().to_owned())
            })
            .collect();
        assert_eq!(
            told,
            [
                ("retract".to_owned(), "ov-montague@gruppen.verona.example".to_owned()),
                ("item".to_owned(), "ov-capulet@gruppen.verona.example".to_owned()),
            ]
        );
        let mut none = Outbox::default();
        changes(romeo.account, &romeo.bare(), &after, &after, &mut none);
        assert!(none.is_empty());
    });
}
