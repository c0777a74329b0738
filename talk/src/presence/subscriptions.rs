//! Asking for somebody's presence (RFC 6121 §3): the directory has answered already.

use super::Presences;
use crate::Session;
use konvent_core::{AccountId, Outbox};
use konvent_wire::Stanza;

/// Answers `subscribe`, `unsubscribe`, `subscribed`, `unsubscribed` and `probe` to a member (`None`: nobody has the
/// address). A request is granted to whoever shares presence anyway and refused to all others, both at once; the other
/// side never sees it. `None` when the presence is of another type.
pub fn answer_subscription(
    presences: &Presences,
    session: &Session,
    to: Option<AccountId>,
    presence: &Stanza,
) -> Option<Outbox> {
    let shares = to.is_some_and(|to| presences.shares_with(session.account, to));
    let mut out = Outbox::default();
    let mut reply = |kind: &str| {
        let from = presence.to.as_ref().map(|to| to.to_bare().into());
        let mut reply = Stanza::presence(kind).addressed(from, Some(session.address.clone()));
        reply.id.clone_from(&presence.id);
        out.to_session(session.id, reply);
    };
    match presence.kind.as_deref()? {
        // RFC 6121 §3.1.3: an existing subscription is answered by the server itself.
        "subscribe" if shares => reply("subscribed"),
        // RFC 6121 §3.2.1: refused, the same for strangers and for addresses that nobody has.
        "subscribe" | "unsubscribe" => reply("unsubscribed"),
        "subscribed" | "unsubscribed" => {} // there is nothing that could be granted or taken back by hand
        "probe" => {
            for device in to.filter(|_| shares).map_or(&[][..], |to| presences.online(to)) {
                let shown = device
                    .presence
                    .addressed(device.presence.from.clone(), Some(session.address.clone()));
                out.to_session(session.id, shown);
            }
        }
        _ => return None,
    }
    Some(out)
}
