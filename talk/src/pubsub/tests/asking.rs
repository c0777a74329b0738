//! Items by number, by name, by page; and what a page request cannot do.

use super::*;
use crate::scene::play;

/// A node with items a to j, of which c has been published again at last.
fn ten<'a, 's>(scene: &'a Scene<'s>, who: &Session) -> Nodes<'a, 's> {
    let nodes = Nodes::of(scene, who);
    nodes.create(&here(who), "n", &[("max_items", "max")]).unwrap();
    for id in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "c"] {
        nodes.put(&here(who), "n", id, id).unwrap();
    }
    nodes
}

#[test]
fn items_come_in_the_order_that_is_asked_for() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (nodes, me) = (ten(scene, &romeo), here(&romeo));
        let order = |by: &str, desc: &str| {
            format!("<order xmlns='{}' by='{by}' desc='{desc}'/>", ns::ORDER_BY)
        };
        for (attrs, more, expected) in [
            ("", String::new(), "a b d e f g h i j c"),
            ("max_items='3'", String::new(), "i j c"),
            ("", rsm("<max>3</max>"), "a b d"),
            ("", rsm("<max>3</max><after>d</after>"), "e f g"),
            ("", rsm("<max>2</max><before>d</before>"), "a b"),
            ("", rsm("<max>2</max><before/>"), "j c"),
            ("", rsm("<max>2</max><index>4</index>"), "f g"),
            ("", rsm("<max>0</max>"), ""),
            ("", rsm("<max>3</max>") + &order("creation", "0"), "a b c"),
            ("", rsm("<max>3</max>") + &order("creation", "1"), "j i h"),
            ("", rsm("<max>3</max><after>h</after>") + &order("creation", "true"), "g f e"),
            ("", rsm("<max>2</max><before>f</before>") + &order("creation", "1"), "h g"),
            ("", rsm("<max>2</max><before/>") + &order("creation", "1"), "b a"),
            ("max_items='2'", order("modification", "1"), "c j"),
        ] {
            let pubsub = nodes.get(&me, &format!("<items node='n' {attrs}/>{more}")).unwrap();
            assert_eq!(ids_in(&pubsub).join(" "), expected, "{attrs} {more}");
        }
        let some =
            nodes.get(&me, "<items node='n'><item id='d'/><item id='zz'/><item id='a'/></items>");
        assert_eq!(ids_in(&some.unwrap()), ["d", "a"]);
        let page = nodes
            .get(&me, &format!("<items node='n'/>{}", rsm("<max>2</max><after>d</after>")))
            .unwrap();
        let page = konvent_wire::rsm::Page::from_element(page.get_child("set", ns::RSM).unwrap());
        assert_eq!(
            (page.first, page.last, page.count),
            (Some(("e".into(), Some(3))), Some("f".into()), Some(10))
        );
    });
}

#[test]
fn pages_are_data_and_never_statements() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (nodes, me) = (ten(scene, &romeo), here(&romeo));
        for evil in [
            "' or 1=1 --",
            "'; drop table pubsub_item; --",
            "0) union select 1,2,3,4,5,6 --",
            "\u{FFFD}",
        ] {
            let evil = evil.replace('\'', "&apos;");
            for place in ["after", "before"] {
                let wanted =
                    format!("<items node='n'/>{}", rsm(&format!("<{place}>{evil}</{place}>")));
                assert_eq!(nodes.get(&me, &wanted).unwrap_err(), NO_SUCH_ITEM, "{wanted}");
            }
            let by = format!("<items node='n'/><order xmlns='{}' by='{evil}'/>", ns::ORDER_BY);
            assert_eq!(nodes.get(&me, &by).unwrap_err(), NOT_IMPLEMENTED);
            assert_eq!(
                nodes.get(&me, &format!("<items node='{evil}'/>")).unwrap_err(),
                NO_SUCH_NODE
            );
            let many = format!("<items node='n' max_items='{evil}'/>");
            assert_eq!(nodes.get(&me, &many).unwrap_err(), BAD_REQUEST);
            let index = format!("<items node='n'/>{}", rsm(&format!("<index>{evil}</index>")));
            assert_eq!(nodes.get(&me, &index).unwrap_err(), BAD_REQUEST);
            nodes.put(&me, "n", &evil, "x").unwrap();
        }
        assert_eq!(nodes.ids(&me, "n").unwrap().len(), 14, "all is there, and the odd names, too");
    });
}

#[test]
fn an_answer_is_bounded_and_says_that_there_is_more() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        nodes.create(&me, "n", &[("max_items", "max")]).unwrap();
        for id in 0..6 {
            nodes.put(&me, "n", &id.to_string(), &"x".repeat(240_000)).unwrap();
        }
        let all = nodes.get(&me, "<items node='n'/>").unwrap();
        assert_eq!(ids_in(&all), ["2", "3", "4", "5"], "the newest that fit");
        let page = konvent_wire::rsm::Page::from_element(all.get_child("set", ns::RSM).unwrap());
        assert_eq!(page.count, Some(6));
        let rest =
            nodes.get(&me, &format!("<items node='n'/>{}", rsm("<before>2</before>"))).unwrap();
        assert_eq!(ids_in(&rest), ["0", "1"]);
    });
}

#[test]
fn items_expire() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        nodes.create(&me, "n", &[("max_items", "max"), ("item_expire", "3600")]).unwrap();
        nodes.put(&me, "n", "old", "x").unwrap();
        scene.clock.advance(3_000_000);
        nodes.put(&me, "n", "new", "x").unwrap();
        scene.clock.advance(1_000_000);
        assert_eq!(nodes.ids(&me, "n").unwrap(), ["new"]);
        nodes.put(&me, "n", "newest", "x").unwrap();
        let count = scene.read(|reader| store::node(reader, romeo.account.0, "n")).unwrap().items;
        assert_eq!(count, 2, "struck for good by the next publication");
    });
}
