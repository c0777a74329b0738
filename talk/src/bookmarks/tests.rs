//! Derived bookmarks and the little a member may choose.

use super::*;
use crate::pubsub::request::read;
use crate::pubsub::{BAD_REQUEST, Ctx, INVALID_PAYLOAD, NO_SUCH_ITEM, Request, Selection};
use crate::scene::{Scene, Wishes, play, stanza};
use konvent_core::config::FreeRooms;
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
    do_it(scene, who, iq)
}

fn do_it(scene: &Scene<'_>, who: &Session, iq: Stanza) -> Answer<Outbox> {
    let request = read(&iq)?.unwrap();
    let (domain, session) = (scene.domain.clone(), who.clone());
    let here = Wishes(vec![(who.clone(), vec![ns::BOOKMARKS])]);
    scene.try_write(move |tx| {
        let ctx = Ctx { domain: &domain, now: tx.now(), here: &here };
        change(tx, ctx, &session, &request, &iq)
    })
}

fn retract(scene: &Scene<'_>, who: &Session, id: &str) -> Answer<Outbox> {
    let inner = format!("<retract node='{}' notify='1'><item id='{id}'/></retract>", ns::BOOKMARKS);
    do_it(scene, who, crate::scene::about_nodes("set", ns::PUBSUB, &inner))
}

#[test]
fn rooms_elsewhere_are_marked_and_struck_by_hand() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let mark = |room: &str| {
            let inner = format!(
                "<publish node='{0}'><item id='{room}'><conference xmlns='{0}' name='Mine' autojoin='1'><nick>R</nick></conference></item></publish>",
                ns::BOOKMARKS
            );
            do_it(scene, &romeo, crate::scene::about_nodes("set", ns::PUBSUB, &inner))
        };
        assert_eq!(mark("coven@chat.example").unwrap().into_posts().len(), 2, "answer and event");
        let all = items(scene, &romeo);
        let last = all.last().unwrap();
        assert_eq!(last.attr("id"), Some("coven@chat.example"));
        let conference = last.get_child("conference", ns::BOOKMARKS).unwrap();
        assert_eq!(conference.attr("name"), Some("Mine"));
        assert_eq!(mark("@").unwrap_err(), BAD_REQUEST);
        retract(scene, &romeo, "coven@chat.example").unwrap();
        assert_eq!(items(scene, &romeo).len(), all.len() - 1);
        let again = retract(scene, &romeo, "coven@chat.example");
        assert_eq!(again.unwrap_err(), NO_SUCH_ITEM);
    });
}

fn items(scene: &Scene<'_>, who: &Session) -> Vec<Element> {
    let iq = Stanza::iq("get", "i");
    let request =
        Request::Items(Selection { node: ns::BOOKMARKS.to_owned(), ..Selection::default() });
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
        assert!(matches!(posts.as_slice(), [Post::Session { .. }, Post::Session { .. }]));
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
            INVALID_PAYLOAD
        );
        let long = wish.replace("minimized='true'", &format!("m='{}'", "x".repeat(5000)));
        assert_eq!(publish(scene, &romeo, "ov-montague", &long).unwrap_err(), BAD_REQUEST);
        let refused = retract(scene, &romeo, "ov-montague@gruppen.verona.example");
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
        let here = Wishes(vec![(romeo.clone(), vec![ns::BOOKMARKS])]);
        let ctx = Ctx { domain: &scene.domain, now: scene.clock.now(), here: &here };
        let whose = (romeo.account, &romeo.bare());
        changes(ctx, whose, &before, &after, &mut out);
        let told: Vec<_> = out
            .into_posts()
            .into_iter()
            .map(|post| {
                let Post::Session { stanza, .. } = post else { panic!("{post:?}") };
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
        changes(ctx, whose, &after, &after, &mut none);
        assert!(none.is_empty());
    });
}

#[test]
fn a_free_room_of_this_house_is_marked_by_hand() {
    play(|scene| {
        let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
        let caller = rooms::Caller::from(&juliet);
        scene.write(move |tx| {
            rooms::free::found(tx, &FreeRooms::default(), &caller, "balkon").map(drop)
        });
        let conference = format!("<conference xmlns='{}' autojoin='1'/>", ns::BOOKMARKS);
        publish(scene, &romeo, "balkon", &conference).unwrap();
        let found = items(scene, &romeo);
        assert_eq!(found.last().unwrap().attr("id"), Some("balkon@gruppen.verona.example"));
        let refused = publish(scene, &romeo, "ov-capulet", &conference);
        assert_eq!(refused.unwrap_err(), DIRECTORY_OWNS_THEM, "not hers, but the directory's");
        retract(scene, &romeo, "balkon@gruppen.verona.example").unwrap();
    });
}

/// Publishes the older list, with a device that follows it.
fn publish_list(scene: &Scene<'_>, who: &Session, conferences: &str) -> Answer<Outbox> {
    let inner = format!(
        "<publish node='{0}'><item id='current'><storage xmlns='{0}'>{conferences}</storage></item></publish>",
        ns::OLD_BOOKMARKS
    );
    let iq = crate::scene::about_nodes("set", ns::PUBSUB, &inner);
    let request = read(&iq)?.unwrap();
    let (domain, session) = (scene.domain.clone(), who.clone());
    let here = Wishes(vec![(who.clone(), vec![ns::BOOKMARKS, ns::OLD_BOOKMARKS])]);
    scene.try_write(move |tx| {
        let ctx = Ctx { domain: &domain, now: tx.now(), here: &here };
        older::change(tx, ctx, &session, &request, &iq)
    })
}

fn old_list(scene: &Scene<'_>, who: &Session) -> Vec<(String, bool)> {
    let now = scene.clock.now();
    let list = scene.read(|reader| older::list(reader, &scene.domain, who, now));
    let of = |conference: &Element, name| conference.attr(name).unwrap().to_owned();
    list.children().map(|c| (of(c, "jid"), of(c, "autojoin") == "true")).collect()
}

#[test]
fn the_older_list_shows_and_changes_the_same_bookmarks() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let derived = old_list(scene, &romeo);
        let singles: Vec<_> =
            items(scene, &romeo).iter().map(|i| i.attr("id").unwrap().to_owned()).collect();
        assert_eq!(derived.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>(), singles);
        assert!(
            derived.iter().any(|(_, opens)| *opens) && derived.iter().any(|(_, opens)| !*opens)
        );

        // A client that knows nothing of the directory writes its whole list: one room of its own.
        let coven = "<conference jid='coven@chat.example' name='Coven' autojoin='1'><nick>R</nick></conference>";
        let told = publish_list(scene, &romeo, coven).unwrap().into_posts();
        assert_eq!(told.len(), 3, "the answer, the new bookmark and the list: {told:?}");
        assert_eq!(old_list(scene, &romeo).len(), derived.len() + 1, "the directory's rooms stay");
        let conference = items(scene, &romeo).last().unwrap().children().next().unwrap().clone();
        assert_eq!(
            (conference.attr("name"), conference.attr("autojoin")),
            (Some("Coven"), Some("true"))
        );
        let nick = conference.get_child("nick", ns::BOOKMARKS).map(Element::text);
        assert_eq!(nick.as_deref(), Some("R"));
        // XEP-0402 §5.3.2: what is unchanged is told to nobody, except that there is a new list.
        assert_eq!(publish_list(scene, &romeo, coven).unwrap().into_posts().len(), 2);

        // It may choose what opens by itself in a room of the directory, and nothing else.
        let (room, opens) = &derived[0];
        let chosen =
            format!("{coven}<conference jid='{room}' name='Other' autojoin='{}'/>", !opens);
        publish_list(scene, &romeo, &chosen).unwrap();
        assert_eq!(old_list(scene, &romeo)[0], (room.clone(), !opens));
        // A room of the directory that is not his is passed over; what was made by hand and is left out goes.
        publish_list(scene, &romeo, "<conference jid='ov-capulet@gruppen.verona.example'/>")
            .unwrap();
        assert_eq!(old_list(scene, &romeo).len(), derived.len());

        for bad in ["<conference/>", "<conference jid='@'/>"] {
            assert_eq!(publish_list(scene, &romeo, bad).unwrap_err(), INVALID_PAYLOAD, "{bad}");
        }
        assert_eq!(old_list(scene, &romeo).len(), derived.len());
    });
}
