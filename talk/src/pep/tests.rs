//! Who learns what of a member's nodes, and what a device that comes is sent.

use super::*;
use crate::Session;
use crate::pubsub::Nobody;
use crate::pubsub::request::read;
use crate::scene::{Scene, about_nodes, for_session, play};
use konvent_wire::Jid;

fn ask(scene: &Scene<'_>, whose: &Session, who: &Asker, kind: &str, inner: &str) -> Answer<()> {
    let iq = about_nodes(kind, ns::PUBSUB, inner);
    let request = read(&iq)?.unwrap();
    let (domain, place, who) = (scene.domain.clone(), Place::of_session(whose), who.clone());
    scene.try_write(move |tx| {
        let ctx = Ctx { domain: &domain, now: tx.now(), here: &Nobody };
        if request.is_question() {
            answer(tx, ctx, &place, &who, &request, &iq).map(drop)
        } else {
            change(tx, ctx, &place, &who, &request, &iq).map(drop)
        }
    })
}

const PUBLISH: &str = "<publish node='urn:tune'><item id='a'><x xmlns='u'/></item></publish>";

#[test]
fn to_strangers_an_account_looks_like_none() {
    play(|scene| {
        let (romeo, juliet, escalus) =
            (scene.session("Romeo"), scene.session("Juliet"), scene.session("Escalus"));
        let me = Asker::Here(romeo.clone());
        ask(scene, &romeo, &me, "set", PUBLISH).unwrap();
        let open = "<publish node='keys'><item id='k'><x xmlns='u'/></item></publish><publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field><field var='pubsub#access_model'><value>open</value></field></x></publish-options>";
        ask(scene, &romeo, &me, "set", open).unwrap();
        let abroad = Asker::Abroad(Jid::new("tybalt@mantua.example").unwrap());
        for stranger in [Asker::Here(juliet), abroad] {
            for (kind, inner) in [
                ("get", "<items node='urn:tune'/>"),
                ("get", "<items node='nothing'/>"),
                ("get", "<subscriptions/>"),
                ("get", "<affiliations/>"),
                ("set", PUBLISH),
                ("set", "<create node='mine'/>"),
                ("set", "<retract node='urn:tune'><item id='a'/></retract>"),
            ] {
                assert_eq!(
                    ask(scene, &romeo, &stranger, kind, inner).unwrap_err(),
                    HIDDEN,
                    "{inner}"
                );
            }
            // What he has opened to everybody is there for everybody: keys for encryption, for instance (XEP-0384 §5.3).
            ask(scene, &romeo, &stranger, "get", "<items node='keys'/>").unwrap();
            let iq = Stanza::iq("get", "d").with_child(&el("query", ns::DISCO_ITEMS).build());
            let ctx = Ctx { domain: &scene.domain, now: scene.clock.now(), here: &Nobody };
            let place = Place::of_session(&romeo);
            let listed = scene.read(|reader| {
                Ok(describe(reader, ctx, &place, &stranger, (Question::Items, None, &[]), &iq))
            });
            assert_eq!(listed.unwrap_err(), HIDDEN);
        }
        // The chair above stands in Romeo's list without seeing his presence: he may know that there is somebody.
        let above = Asker::Here(escalus);
        assert_eq!(
            ask(scene, &romeo, &above, "get", "<items node='urn:tune'/>").unwrap_err(),
            pubsub::PRESENCE_REQUIRED
        );
    });
}

#[test]
fn a_device_that_comes_is_sent_the_last_items_it_wants() {
    play(|scene| {
        let (romeo, benvolio, juliet) =
            (scene.session("Romeo"), scene.session("Benvolio"), scene.session("Juliet"));
        for who in [&romeo, &benvolio, &juliet] {
            ask(scene, who, &Asker::Here(who.clone()), "set", PUBLISH).unwrap();
        }
        let ctx = Ctx { domain: &scene.domain, now: scene.clock.now(), here: &Nobody };
        let greet = |wanted: &[&str]| {
            let wanted: Vec<String> = wanted.iter().map(|node| (*node).to_owned()).collect();
            let out = scene.read(|reader| greet::greet(reader, ctx, &romeo, &wanted));
            for_session(out, romeo.id)
        };
        let sent = greet(&["urn:mood", "urn:tune"]);
        let from: Vec<_> = sent.iter().map(|m| m.from.as_ref().unwrap().to_string()).collect();
        assert_eq!(from, [romeo.bare().to_string(), benvolio.bare().to_string()]);
        assert!(sent.iter().all(|message| message.has("delay", ns::DELAY)));
        assert!(greet(&["urn:mood"]).is_empty() && greet(&[]).is_empty());
    });
}

#[test]
fn a_derived_node_is_private_storage_that_nobody_changes() {
    let change = |namespace: &str, inner: &str| {
        Derived::change(&read(&about_nodes("set", namespace, inner)).unwrap().unwrap())
    };
    let options = |model: &str| {
        format!(
            "<publish node='d'><item id='a'><x xmlns='u'/></item></publish><publish-options><x xmlns='jabber:x:data' type='submit'><field var='pubsub#access_model'><value>{model}</value></field><field var='pubsub#persist_items'><value>true</value></field><field var='pubsub#max_items'><value>10000</value></field></x></publish-options>"
        )
    };
    assert!(
        matches!(change(ns::PUBSUB, &options("whitelist")), Ok(Change::Put(id, Some(_))) if id == "a")
    );
    assert_eq!(change(ns::PUBSUB, &options("open")).unwrap_err(), pubsub::PRECONDITION);
    assert_eq!(change(ns::PUBSUB_OWNER, "<delete node='d'/>").unwrap_err(), pubsub::LOCKED_DOWN);
    assert_eq!(change(ns::PUBSUB, "<create node='d'/>").unwrap_err(), pubsub::NODE_EXISTS);
    let set_up = |model: &str| {
        change(
            ns::PUBSUB_OWNER,
            &format!(
                "<configure node='d'><x xmlns='jabber:x:data' type='submit'><field var='pubsub#access_model'><value>{model}</value></field></x></configure>"
            ),
        )
    };
    assert_eq!(set_up("whitelist").unwrap(), Change::Nothing);
    assert_eq!(set_up("presence").unwrap_err(), pubsub::LOCKED_DOWN);
}
