//! Whatever is asked of nodes, reading it ends with a request within its bounds, or with a refusal: never otherwise.

use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza};
use proptest::prelude::*;

use crate::ns;
use crate::pubsub::NAME_MAX_BYTES;
use crate::pubsub::request::{Request, read};

const NAMES: [&str; 20] = [
    "items",
    "item",
    "publish",
    "retract",
    "create",
    "configure",
    "delete",
    "purge",
    "subscribe",
    "unsubscribe",
    "subscriptions",
    "subscription",
    "affiliations",
    "affiliation",
    "default",
    "options",
    "publish-options",
    "order",
    "set",
    "x",
];
const NAMESPACES: [&str; 5] =
    [ns::PUBSUB, ns::PUBSUB_OWNER, "http://jabber.org/protocol/rsm", "jabber:x:data", ns::ORDER_BY];
const ATTRIBUTES: [&str; 10] = [
    "node",
    "id",
    "jid",
    "max_items",
    "affiliation",
    "subscription",
    "by",
    "desc",
    "type",
    "subid",
];

/// Values that mean something somewhere, any text, and text that is too long.
fn value() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        prop::sample::select(vec![
            "",
            "1",
            "-1",
            "99999999999",
            "true",
            "creation",
            "owner",
            "none",
            "a@b.example/c",
            "@/"
        ])
        .prop_map(str::to_owned),
        "[^\\p{C}]{0,20}",
        (0..2 * NAME_MAX_BYTES).prop_map(|length| "ä".repeat(length)),
    ]
}

fn tree() -> impl Strategy<Value = Element> {
    let head = (
        prop::sample::select(NAMES.to_vec()),
        prop::sample::select(NAMESPACES.to_vec()),
        prop::collection::vec((prop::sample::select(ATTRIBUTES.to_vec()), value()), 0..4),
    );
    let grow = |(name, namespace, attributes): (&str, &str, Vec<(&str, String)>),
                children: Vec<Element>| {
        let begun = el(name, namespace);
        let named =
            attributes.into_iter().fold(begun, |begun, (name, value)| begun.attr(name, value));
        named.children(children).build()
    };
    let leaf = head.clone().prop_map(move |head| grow(head, Vec::new()));
    leaf.prop_recursive(3, 24, 5, move |inner| {
        (head.clone(), prop::collection::vec(inner, 0..5))
            .prop_map(move |(head, children)| grow(head, children))
    })
}

/// Whether no name in a request is longer than it may be.
fn is_bounded(request: &Request) -> bool {
    let short = |name: &str| name.len() <= NAME_MAX_BYTES;
    let ids = match request {
        Request::Items(selection) => {
            selection.ids.iter().all(|id| short(id)) && selection.ids.len() <= 500
        }
        Request::Publish { item: Some((Some(id), _)), .. } | Request::Retract { id, .. } => {
            short(id)
        }
        Request::SetSubscriptions(_, all) | Request::SetAffiliations(_, all) => all.len() <= 500,
        _ => true,
    };
    ids && request.node().is_none_or(short)
}

proptest! {
    #[test]
    fn any_request_of_nodes_is_read_or_refused(
        is_set in any::<bool>(),
        is_owner in any::<bool>(),
        children in prop::collection::vec(tree(), 0..4),
    ) {
        let namespace = if is_owner { ns::PUBSUB_OWNER } else { ns::PUBSUB };
        let pubsub = el("pubsub", namespace).children(children);
        let iq = Stanza::iq(if is_set { "set" } else { "get" }, "any").with_child(&pubsub.build());
        // Over the wire, as it would come.
        let iq = Stanza::parse(&iq.to_bytes()).unwrap();
        if let Ok(request) = read(&iq) {
            let request = request.expect("it speaks of nodes");
            prop_assert!(is_bounded(&request), "{request:?}");
            prop_assert_eq!(request.is_question(), !is_set, "{:?}", request);
        }
    }
}
