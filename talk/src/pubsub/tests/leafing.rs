//! The archive of a node (XEP-0442): the same items by the questions of an archive of words.

use super::*;
use crate::scene::play;

/// Ids of the items in the order in which they come, archive ids, and the closing element.
type Heard = (Vec<String>, Vec<String>, Element);

fn ask(nodes: &Nodes<'_, '_>, who: &Asker, kind: &str, node: &str, inner: &str) -> Answer<Outbox> {
    let iq = crate::scene::stanza(&format!(
        "<iq type='{kind}' id='h'><query xmlns='urn:xmpp:mam:2' queryid='q' node='{node}'>{inner}</query></iq>"
    ));
    assert!(history::is_asked(&iq));
    let ctx = Ctx { domain: &nodes.scene.domain, now: nodes.scene.clock.now(), here: &nodes.here };
    nodes.scene.read(|reader| Ok(history::answer(reader, ctx, &nodes.place, who, &iq)))
}

fn heard(out: Outbox) -> Heard {
    let mut stanzas: Vec<Stanza> = out
        .into_posts()
        .into_iter()
        .filter_map(|post| match post {
            Post::Session { stanza, .. } | Post::Abroad { stanza, .. } => Some(stanza),
            _ => None,
        })
        .collect();
    let fin = stanzas.pop().unwrap().payload().unwrap();
    let (mut ids, mut marks) = (Vec::new(), Vec::new());
    for message in stanzas {
        let result = message.payload().unwrap();
        assert_eq!(result.attr("queryid"), Some("q"));
        marks.push(result.attr("id").unwrap().to_owned());
        let forwarded = result.children().next().unwrap();
        assert!(forwarded.has_child("delay", ns::DELAY));
        let event = forwarded.children().find(|child| child.name() == "message").unwrap();
        let items = event.children().next().unwrap().children().next().unwrap();
        assert_eq!(items.children().count(), 1, "one item in each");
        ids.push(items.children().next().unwrap().attr("id").unwrap().to_owned());
    }
    (ids, marks, fin)
}

fn fields(pairs: &[(&str, &str)]) -> String {
    let field =
        |(var, value): &(&str, &str)| format!("<field var='{var}'><value>{value}</value></field>");
    format!(
        "<x xmlns='jabber:x:data' type='submit'>{}</x>",
        pairs.iter().map(field).collect::<String>()
    )
}

#[test]
fn a_node_is_leafed_through_like_any_archive() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        nodes.create(&me, "n", &[("max_items", "max")]).unwrap();
        for id in ["a", "b", "c", "d", "e"] {
            nodes.put(&me, "n", id, id).unwrap();
            scene.clock.advance(60_000);
        }
        let look = |inner: &str| heard(ask(&nodes, &me, "set", "n", inner).unwrap());
        let (all, marks, fin) = look("");
        assert_eq!((all.join(""), fin.attr("complete")), ("abcde".to_owned(), Some("true")));
        let at = |place: &str, mark: usize| {
            rsm(&format!("<max>2</max><{place}>{}</{place}>", marks[mark]))
        };
        for (inner, expected, complete) in [
            (rsm("<max>2</max>"), "ab", None),
            (at("after", 1), "cd", None),
            (at("after", 2), "de", Some("true")),
            (at("before", 2), "ab", Some("true")),
            (rsm("<max>2</max><before/>"), "de", None),
            (rsm("<max>2</max><before/>") + "<flip-page/>", "ed", None),
            (rsm("<max>0</max>"), "", None),
            (fields(&[("after-id", &marks[3])]), "e", Some("true")),
            (fields(&[("before-id", &marks[1])]), "a", Some("true")),
            (fields(&[("ids", &marks[3])]), "d", Some("true")),
            (fields(&[("with", "benvolio@verona.example")]), "", Some("true")),
            (fields(&[("with", romeo.bare().as_str())]), "abcde", Some("true")),
        ] {
            let (ids, _, fin) = look(&inner);
            assert_eq!(
                (ids.join("").as_str(), fin.attr("complete")),
                (expected, complete),
                "{inner}"
            );
            assert!(fin.get_child("set", ns::RSM).is_some());
        }
        let start = scene.clock.now().plus_secs(-130).to_xep_0082();
        assert_eq!(look(&fields(&[("start", &start)])).0.join(""), "de");
        assert_eq!(look(&fields(&[("end", &start)])).0.join(""), "abc");
        // What is published again moves to the end, what is taken back is gone.
        nodes.put(&me, "n", "b", "again").unwrap();
        nodes.set(&me, "<retract node='n'><item id='c'/></retract>").unwrap();
        assert_eq!(look("").0.join(""), "adeb");
        for inner in [
            at("after", 2),
            at("before", 1),
            fields(&[("ids", &marks[2])]),
            rsm("<after>x</after>"),
        ] {
            let gone = ask(&nodes, &me, "set", "n", &inner).unwrap_err();
            assert_eq!(gone, crate::archive::NO_SUCH_ENTRY, "{inner}");
        }
        let form = ask(&nodes, &me, "get", "n", "").unwrap().into_posts();
        assert_eq!(form.len(), 1, "which fields there are");
    });
}

#[test]
fn an_archive_is_as_open_as_its_node() {
    play(|scene| {
        let (escalus, romeo) = (scene.session("Escalus"), scene.session("Romeo"));
        let nodes = Nodes::service(scene);
        let chair = here(&escalus);
        nodes.create(&chair, "news", &[]).unwrap();
        nodes.create(&chair, "blog", &[("access_model", "open"), ("itemreply", "none")]).unwrap();
        nodes.create(&chair, "fleeting", &[("persist_items", "0")]).unwrap();
        for node in ["news", "blog"] {
            nodes.put(&chair, node, "a", "x").unwrap();
        }
        let look = |who: &Asker, node: &str, inner: &str| {
            ask(&nodes, who, "set", node, inner).map(|out| heard(out).0.join(""))
        };
        assert_eq!(look(&here(&romeo), "news", "").unwrap(), "a");
        assert_eq!(look(&abroad(), "news", "").unwrap_err(), NOT_IN_GROUP);
        assert_eq!(look(&abroad(), "blog", "").unwrap(), "a");
        let by = fields(&[("with", escalus.bare().as_str())]);
        assert_eq!(look(&here(&romeo), "news", &by).unwrap(), "a");
        assert_eq!(look(&here(&romeo), "blog", &by).unwrap(), "", "nobody guesses who wrote it");
        assert_eq!(look(&chair, "fleeting", "").unwrap_err(), NOT_PERSISTENT);
        assert_eq!(look(&chair, "nothing", "").unwrap_err(), NO_SUCH_NODE);
        for evil in ["' or 1=1 --", "0) union select 1,2,3,4,5,6 --"] {
            let evil = evil.replace('\'', "&apos;");
            let inner = rsm(&format!("<after>{evil}</after>"));
            assert_eq!(look(&chair, "news", &inner).unwrap_err(), crate::archive::NO_SUCH_ENTRY);
            assert_eq!(look(&chair, &evil, "").unwrap_err(), NO_SUCH_NODE);
        }
    });
}

#[test]
fn an_archive_page_is_bounded() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        nodes.create(&me, "n", &[("max_items", "max")]).unwrap();
        for id in 0..6 {
            nodes.put(&me, "n", &id.to_string(), &"x".repeat(240_000)).unwrap();
        }
        let (ids, marks, fin) = heard(ask(&nodes, &me, "set", "n", "").unwrap());
        assert_eq!((ids.join(""), fin.attr("complete")), ("0123".to_owned(), None));
        let rest = rsm(&format!("<after>{}</after>", marks[3]));
        assert_eq!(heard(ask(&nodes, &me, "set", "n", &rest).unwrap()).0.join(""), "45");
    });
}
