//! "Are you there?" (XEP-0199), asked of the server and of one's own account. What time it is there (XEP-0202).
//!
//! Left out: pings by the server, which stream management replaces.

use konvent_core::{About, Millis};
use konvent_wire::Stanza;
use konvent_wire::xml::el;

use crate::ns;

/// The visiting card of the ping.
pub const ABOUT: About = About {
    name: "ping",
    sentence: "Answers whether somebody is there, and what time it is.",
    speaks: &["XEP-0199", "XEP-0202"],
    leaves_out: &[(
        "XEP-0092 §3",
        "neither answered nor announced: which version runs here helps nobody but attackers",
    )],
    announces: &[ns::PING, ns::TIME],
    migrations: &[],
    keeps: None,
};

/// The answer to an iq of this feature; `None` when it is another's.
pub fn answer(iq: &Stanza, now: Millis) -> Option<Stanza> {
    if !iq.is_kind("get") {
        return None;
    }
    if iq.has("ping", ns::PING) {
        return Some(iq.result(None)); // XEP-0199 §4.1
    }
    iq.has("time", ns::TIME).then(|| {
        // XEP-0202 §3, in UTC: where the server stands is nobody's business.
        let time = el("time", ns::TIME)
            .child(el("tzo", ns::TIME).text("+00:00"))
            .child(el("utc", ns::TIME).text(now.to_xep_0082()));
        iq.result(Some(&time.build()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ping_comes_back_with_addresses_swapped() {
        let iq = Stanza::parse(
            b"<iq to='verona.example' from='romeo@verona.example/orchard' id='p1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
        )
        .unwrap();
        let answer = answer(&iq, Millis(0)).unwrap();
        assert!(answer.is_kind("result") && answer.inner().is_empty());
        assert_eq!(answer.to, iq.from);
        assert_eq!(answer.from, iq.to);
    }

    #[test]
    fn the_time_is_in_utc_and_sets_are_not_answered() {
        let iq = Stanza::iq("get", "t").with_child(&el("time", ns::TIME).build());
        let time = answer(&iq, Millis(1000)).unwrap().payload().unwrap();
        assert_eq!(time.get_child("utc", ns::TIME).unwrap().text(), "1970-01-01T00:00:01.000Z");
        let mut set = iq.clone();
        set.kind = Some("set".into());
        assert_eq!(answer(&set, Millis(0)), None);
    }
}
