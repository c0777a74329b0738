//! A stanza within a stanza (XEP-0297), built from bytes: what was kept is not turned into a tree again.

use konvent_core::Millis;
use konvent_wire::xml::{el, escape_attr, write_element};
use konvent_wire::{Element, Jid, Stanza};

use crate::ns;

/// `<delay/>` (XEP-0203): when it was said, and who says so.
pub(crate) fn delay(at: Millis, by: Option<&Jid>) -> Element {
    el("delay", ns::DELAY).maybe("from", by).attr("stamp", at.to_xep_0082()).build()
}

/// A message with one child `<name …><forwarded>…</forwarded></name>` around `inner`, which stands alone.
///
/// `None` when the wrapping is more than one stanza may be, for instance too deep.
pub(crate) fn wrap(
    message: &Stanza,
    name: &str,
    namespace: &str,
    attrs: &[(&str, &str)],
    at: Option<(Millis, Option<&Jid>)>,
    inner: &[u8],
) -> Option<Stanza> {
    let mut bytes = message.to_bytes();
    if !bytes.ends_with(b"/>") {
        return None;
    }
    bytes.truncate(bytes.len() - 2);
    bytes.reserve(inner.len() + 300);
    bytes.extend_from_slice(b"><");
    bytes.extend_from_slice(name.as_bytes());
    for (attr, value) in [("xmlns", namespace)].iter().chain(attrs) {
        bytes.push(b' ');
        bytes.extend_from_slice(attr.as_bytes());
        bytes.extend_from_slice(b"=\"");
        escape_attr(value, &mut bytes);
        bytes.push(b'"');
    }
    bytes.extend_from_slice(b"><forwarded xmlns=\"urn:xmpp:forward:0\">");
    if let Some((at, by)) = at {
        write_element(&delay(at, by), ns::FORWARD, &mut bytes);
    }
    bytes.extend_from_slice(inner);
    bytes.extend_from_slice(b"</forwarded></");
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(b"></message>");
    Stanza::parse(&bytes).ok()
}
