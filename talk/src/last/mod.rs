//! How long somebody has been away, for those who may see whether he is there, and how long the server runs (XEP-0012).
//!
//! Nothing is kept for it: when an account was last used is noted anyway, to the hour, for its owner's list of devices.

use konvent_core::{About, AccountId, Answer, Kind, Millis, Reader, Refusal};
use konvent_people::accounts;
use konvent_wire::Stanza;
use konvent_wire::xml::el;

use crate::ns;

/// The visiting card of the last activity.
pub const ABOUT: About = About {
    name: "last",
    sentence: "How long somebody has been away, for those who may see him.",
    speaks: &["XEP-0012"],
    leaves_out: &[
        (
            "XEP-0012 §3",
            "the words of the last presence are not kept, and the time is right to the hour: when somebody puts his phone away to the second is nobody's business",
        ),
        (
            "XEP-0012 §4",
            "a device that does not show itself to whoever asks is there for him as little as any other (service-unavailable instead of forbidden)",
        ),
    ],
    announces: &[ns::LAST],
    migrations: &[],
    keeps: None,
};

/// XEP-0012 §3: whoever may not see a member learns nothing, and the same of an address that nobody has.
pub const FORBIDDEN: Refusal = Refusal::new(Kind::NotAllowed, "last.may-not-see");

/// Whether an iq asks for it.
pub fn asks(iq: &Stanza) -> bool {
    iq.is_kind("get") && iq.has("query", ns::LAST)
}

/// The answer of a server that runs `since` then (XEP-0012 §5).
pub fn of_server(iq: &Stanza, since: Millis, now: Millis) -> Stanza {
    told(iq, since, now)
}

/// The answer for an account whose asker may see it: nothing at all while it is there, else since when it is gone (XEP-0012
/// §3).
pub fn of_account(
    reader: &mut Reader<'_>,
    iq: &Stanza,
    account: AccountId,
    is_there: bool,
    now: Millis,
) -> Answer<Stanza> {
    let seen = if is_there { None } else { accounts::last_seen(reader, account)? };
    Ok(told(iq, seen.unwrap_or(now), now))
}

fn told(iq: &Stanza, since: Millis, now: Millis) -> Stanza {
    let seconds = (now.0 - since.0).max(0) / 1_000;
    iq.result(Some(&el("query", ns::LAST).attr("seconds", seconds).build()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(answer: &Stanza) -> Option<String> {
        Some(answer.payload()?.attr("seconds")?.to_owned())
    }

    #[test]
    fn seconds_are_counted_down_and_never_below_nothing() {
        let iq = Stanza::iq("get", "l").with_child(&el("query", ns::LAST).build());
        assert!(asks(&iq));
        let told = |since, now| seconds(&of_server(&iq, Millis(since), Millis(now)));
        assert_eq!(told(0, 123_456_999).as_deref(), Some("123456"));
        assert_eq!(told(5_000, 0).as_deref(), Some("0"), "a clock that went back");
        let set = Stanza::iq("set", "l").with_child(&el("query", ns::LAST).build());
        assert!(!asks(&set));
    }
}
