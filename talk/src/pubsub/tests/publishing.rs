//! Publishing and taking back, and who hears of it.

use super::*;
use crate::scene::play;

#[test]
fn a_member_publishes_and_those_who_see_him_and_want_it_hear() {
    play(|scene| {
        let (romeo, phone) = (scene.session("Romeo"), scene.session("Romeo"));
        let (benvolio, juliet) = (scene.session("Benvolio"), scene.session("Juliet"));
        let mut nodes = Nodes::of(scene, &romeo);
        nodes.here = Wishes(vec![
            (romeo.clone(), vec![]),
            (phone.clone(), vec!["urn:tune"]),
            (benvolio.clone(), vec!["urn:tune"]),
            (juliet.clone(), vec!["urn:tune"]),
        ]);
        let out = nodes.put(&here(&romeo), "urn:tune", "a", "la").unwrap();
        let news =
            |session: &Session| (session.address.to_string(), "item".to_owned(), "a".to_owned());
        let mut expected = vec![news(&phone), news(&benvolio)];
        expected.sort();
        assert_eq!(
            told(out),
            expected,
            "not the device that does not ask, not Juliet, who is no neighbour"
        );
        assert_eq!(nodes.ids(&here(&benvolio), "urn:tune").unwrap(), ["a"]);
        assert_eq!(nodes.ids(&here(&juliet), "urn:tune").unwrap_err(), PRESENCE_REQUIRED);
        assert_eq!(nodes.ids(&abroad(), "urn:tune").unwrap_err(), PRESENCE_REQUIRED);
        assert_eq!(nodes.put(&here(&benvolio), "urn:tune", "b", "no").unwrap_err(), NOT_YOURS);
        assert_eq!(nodes.put(&here(&benvolio), "urn:new", "b", "no").unwrap_err(), NOT_YOURS);
        // A node holds one item by itself; the new one takes the place of the old one without a word about it.
        let out = nodes.put(&here(&romeo), "urn:tune", "b", "so").unwrap();
        assert_eq!(told(out).len(), 2);
        assert_eq!(nodes.ids(&here(&romeo), "urn:tune").unwrap(), ["b"]);
    });
}

#[test]
fn an_event_says_which_device_published_and_comes_from_the_account() {
    play(|scene| {
        let (romeo, benvolio) = (scene.session("Romeo"), scene.session("Benvolio"));
        let mut nodes = Nodes::of(scene, &romeo);
        nodes.here = Wishes(vec![(benvolio.clone(), vec!["urn:tune"])]);
        let forged = "<publish node='urn:tune'><item id='a' publisher='juliet@x'><x xmlns='u'/></item></publish>";
        let out = nodes.set(&here(&romeo), forged).unwrap();
        let event = crate::scene::for_session(out, benvolio.id).remove(0);
        assert_eq!(event.from.as_ref().unwrap().to_string(), romeo.bare().to_string());
        assert!(event.is_kind("headline") && event.id.is_some());
        let addresses = event.child("addresses", ns::ADDRESSES).unwrap().element().unwrap();
        let address = addresses.children().next().unwrap();
        assert_eq!(address.attr("jid"), Some(romeo.address.as_str()));
        assert!(
            !String::from_utf8_lossy(event.inner()).contains("juliet@x"),
            "the publisher is stamped"
        );
    });
}

#[test]
fn items_are_counted_retracted_purged_and_the_node_deleted() {
    play(|scene| {
        let (romeo, benvolio) = (scene.session("Romeo"), scene.session("Benvolio"));
        let mut nodes = Nodes::of(scene, &romeo);
        let me = here(&romeo);
        nodes.here = Wishes(vec![(benvolio.clone(), vec!["n"])]);
        nodes.create(&me, "n", &[("max_items", "3"), ("persist_items", "1")]).unwrap();
        for id in ["a", "b", "c", "a", "d"] {
            nodes.put(&me, "n", id, id).unwrap();
        }
        assert_eq!(nodes.ids(&me, "n").unwrap(), ["c", "a", "d"], "the oldest goes; again is new");
        let out = nodes.put(&me, "n", "e", "e").unwrap();
        let events: Vec<_> = told(out).into_iter().map(|(_, what, id)| (what, id)).collect();
        assert_eq!(events, [("item".into(), "e".into()), ("retract".into(), "c".into())]);
        let out = nodes.set(&me, "<retract node='n' notify='1'><item id='a'/></retract>").unwrap();
        assert_eq!(told(out)[0].1, "retract");
        let gone = nodes.set(&me, "<retract node='n'><item id='a'/></retract>");
        assert_eq!(gone.unwrap_err(), NO_SUCH_ITEM);
        assert_eq!(
            nodes.set(&here(&benvolio), "<retract node='n'><item id='d'/></retract>").unwrap_err(),
            NOT_YOURS
        );
        assert_eq!(nodes.own(&here(&benvolio), "<purge node='n'/>").unwrap_err(), NOT_YOURS);
        assert_eq!(told(nodes.own(&me, "<purge node='n'/>").unwrap())[0].1, "purge");
        assert_eq!(nodes.ids(&me, "n").unwrap(), [""; 0]);
        let usage = scene.read(|reader| store::usage(reader, romeo.account.0));
        assert_eq!(usage, (1, 0), "counted along to the last byte");
        assert_eq!(nodes.own(&here(&benvolio), "<delete node='n'/>").unwrap_err(), NOT_YOURS);
        assert_eq!(told(nodes.own(&me, "<delete node='n'/>").unwrap())[0].1, "delete");
        assert_eq!(nodes.ids(&me, "n").unwrap_err(), NO_SUCH_NODE);
    });
}

#[test]
fn publish_options_make_a_node_or_must_be_true_of_it() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        let publish = |fields: &[(&str, &str)]| {
            let form = form("publish-options", fields);
            nodes.set(
                &me,
                &format!("<publish node='n'><item id='a'><x xmlns='u'/></item></publish><publish-options>{form}</publish-options>"),
            )
        };
        publish(&[("access_model", "open"), ("max_items", "max")]).unwrap();
        assert_eq!(nodes.ids(&abroad(), "n").unwrap(), ["a"]);
        publish(&[("access_model", "open"), ("persist_items", "true")]).unwrap();
        for (field, value) in [
            ("access_model", "whitelist"),
            ("max_items", "1"),
            ("nonsense", "1"),
            ("access_model", "?"),
        ] {
            assert_eq!(publish(&[(field, value)]).unwrap_err(), PRECONDITION, "{field} {value}");
        }
        let unknown = form("publish-options", &[("nonsense", "1")]);
        let refused = nodes.set(
            &me,
            &format!("<publish node='fresh'><item id='a'><x xmlns='u'/></item></publish><publish-options>{unknown}</publish-options>"),
        );
        assert_eq!(refused.unwrap_err(), PRECONDITION);
    });
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        nodes.create(&me, "typed", &[("type", "urn:t"), ("max_payload_size", "100")]).unwrap();
        nodes.create(&me, "note", &[("persist_items", "0"), ("deliver_payloads", "0")]).unwrap();
        nodes.create(&me, "full", &[("max_items", "1"), ("publish_node_full", "reject")]).unwrap();
        nodes.put(&me, "full", "a", "1").unwrap();
        nodes.put(&me, "full", "a", "again is no more").unwrap();
        let long = format!(
            "<publish node='typed'><item><y xmlns='urn:t'>{}</y></item></publish>",
            "x".repeat(200)
        );
        for (inner, why) in [
            (
                "<publish node='typed'><item><y xmlns='urn:other'/></item></publish>",
                INVALID_PAYLOAD,
            ),
            (
                "<publish node='typed'><item><y xmlns='urn:t'/><y xmlns='urn:t'/></item></publish>",
                INVALID_PAYLOAD,
            ),
            (long.as_str(), PAYLOAD_TOO_BIG),
            ("<publish node='typed'><item id='a'/></publish>", PAYLOAD_REQUIRED),
            ("<publish node='typed'/>", ITEM_REQUIRED),
            ("<publish><item/></publish>", NODE_ID_REQUIRED),
            ("<publish node='note'><item/></publish>", ITEM_FORBIDDEN),
            ("<publish node='full'><item id='b'><x xmlns='u'/></item></publish>", NODE_FULL),
            ("<publish node='typed'><item/><item/></publish>", BAD_REQUEST),
            ("<retract node='full'/>", ITEM_REQUIRED),
            ("<retract node='full'><item/></retract>", ITEM_REQUIRED),
            ("<retract node='note'><item id='a'/></retract>", NOT_PERSISTENT),
            ("<retract node='none'><item id='a'/></retract>", NO_SUCH_NODE),
            ("<options node='full' jid='a@b'/>", NO_OPTIONS),
            ("<create node='full'/>", NODE_EXISTS),
            ("<create node='c' type='collection'/>", NO_COLLECTIONS),
            ("<dance/>", NOT_IMPLEMENTED),
            ("", BAD_REQUEST),
        ] {
            assert_eq!(nodes.set(&me, inner).unwrap_err(), why, "{inner}");
        }
        let long = format!("<create node='{}'/>", "n".repeat(NAME_MAX_BYTES + 1));
        assert_eq!(nodes.set(&me, &long).unwrap_err(), BAD_REQUEST);
        // A node that keeps nothing tells of it all the same, and an item without a name gets one.
        nodes.set(&me, "<publish node='note'/>").unwrap();
        nodes.set(&me, "<publish node='typed'><item><y xmlns='urn:t'/></item></publish>").unwrap();
        assert_eq!(nodes.ids(&me, "typed").unwrap().len(), 1);
    });
}

#[test]
fn an_account_has_room_for_so_much_and_no_more() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        nodes.create(&me, "n", &[("max_items", "max")]).unwrap();
        let account = romeo.account.0;
        scene.write(move |tx| {
            let node = store::node(tx, account, "n")?.unwrap();
            store::count(tx, node.id, 0, ACCOUNT_MAX_BYTES - 100)
        });
        nodes.put(&me, "n", "a", "small").unwrap();
        assert_eq!(nodes.put(&me, "n", "b", &"x".repeat(200)).unwrap_err(), QUOTA);
        for number in 1..NODES_MAX {
            let name = format!("m{number}");
            scene.write(move |tx| {
                store::make(tx, account, &name, &NodeConfig::private(), "x")?;
                Ok(())
            });
        }
        assert_eq!(nodes.create(&me, "one more", &[]).unwrap_err(), QUOTA);
    });
}

#[test]
fn where_everybody_publishes_nobody_writes_over_anothers_item() {
    play(|scene| {
        let (romeo, juliet, nurse) =
            (scene.session("Romeo"), scene.session("Juliet"), scene.session("Nurse"));
        let nodes = Nodes::of(scene, &romeo);
        let me = here(&romeo);
        let open = [
            ("access_model", "open"),
            ("publish_model", "open"),
            ("max_items", "9"),
            ("item_expire", "60"),
        ];
        nodes.create(&me, "comments", &open).unwrap();
        nodes.put(&here(&juliet), "comments", "c1", "Ay me!").unwrap();
        for stranger in [here(&nurse), abroad()] {
            assert_eq!(nodes.put(&stranger, "comments", "c1", "Fie!").unwrap_err(), NOT_YOURS);
        }
        nodes.put(&here(&juliet), "comments", "c1", "O Romeo!").unwrap();
        nodes.put(&abroad(), "comments", "c2", "A plague!").unwrap();
        assert_eq!(nodes.ids(&me, "comments").unwrap(), ["c1", "c2"]);
        // Owners and publishers of the node keep order in it.
        nodes.put(&me, "comments", "c2", "Gone.").unwrap();
        let publisher = format!(
            "<affiliations node='comments'><affiliation jid='{}' affiliation='publisher'/></affiliations>",
            nurse.bare()
        );
        nodes.own(&me, &publisher).unwrap();
        nodes.put(&here(&nurse), "comments", "c1", "Peace!").unwrap();
        // What has expired is nobody's.
        scene.clock.advance(61_000);
        nodes.put(&abroad(), "comments", "c1", "Mine now").unwrap();
    });
}
