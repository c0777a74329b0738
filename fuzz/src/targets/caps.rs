//! What clients say they can (XEP-0115): a description has one hash in whatever order it stands, and what a liar answers holds
//! for himself alone.

use konvent_core::{AccountId, PersonId, SessionId};
use konvent_talk::Session;
use konvent_talk::caps::{Algorithm, Caps, verification};
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

const DISCO: &str = "http://jabber.org/protocol/disco#info";

fn session(id: i64) -> Session {
    Session {
        id: SessionId(id),
        account: AccountId(id),
        person: PersonId(id),
        address: Jid::new(&format!("a{id}@h/x")).expect("an address"),
        name: "A".to_owned(),
    }
}

/// One input: the inside of an answer to service discovery.
pub fn run(bytes: &[u8]) {
    let open = format!("<iq type='result' id='caps1'><query xmlns='{DISCO}'>");
    let Ok(answer) = Stanza::parse(&[open.as_bytes(), bytes, b"</query></iq>"].concat()) else {
        return;
    };
    let Some(query) = answer.payload() else { return };
    let turned: Vec<Element> = query.children().cloned().collect();
    let turned = el("query", DISCO).children(turned.into_iter().rev()).build();
    let hash = verification(&query, Algorithm::Sha1);
    assert_eq!(verification(&turned, Algorithm::Sha1), hash);
    // Two who say the same hash, and one who says another: the first one's answer is theirs if it fits.
    let mut caps = Caps::of_server(Jid::new("h").expect("an address"));
    let ver = hash.clone().unwrap_or_else(|| "wrong".to_owned());
    let says = |ver: &str| {
        let c = el("c", "http://jabber.org/protocol/caps").attr("hash", "sha-1").attr("node", "n");
        let presence = Stanza::parse(b"<presence/>").expect("a presence");
        presence.with_child(&c.attr("ver", ver).build())
    };
    for (id, ver) in [(1, ver.as_str()), (2, ver.as_str()), (3, "another")] {
        let _ = caps.hear(&session(id), &says(ver));
    }
    let features = || query.children().filter(|child| child.is("feature", DISCO));
    let wished = features().filter_map(|child| child.attr("var")?.strip_suffix("+notify"));
    let wished: Vec<&str> = wished.collect();
    let learnt = caps.answer(&session(1), &answer);
    for (who, nodes) in learnt.into_iter().flat_map(|learnt| learnt.wants) {
        assert!(who == SessionId(1) || (who == SessionId(2) && hash.is_some()), "{who:?}");
        assert!(nodes.iter().all(|node| wished.contains(&node.as_str())), "{nodes:?}");
    }
}
