//! A stanza within a stanza (XEP-0297), built from bytes: what was kept is not turned into a tree again.

use konvent_core::Millis;
use konvent_wire::xml::{el, escape_attr, write_element};
use konvent_wire::{Element, Jid, Stanza};

use crate::ns;

/// `<delay/>` (XEP-0203): when it was said, and who says so.
pub(crate) fn delay(at: Millis, by: Option<&Jid>) -> Element {
    el("delay", ns::DELAY).maybe("from", by).attr("stamp", at.to_xep_0082()).build()
}

/// A message that was kept, as its bytes ([`Stanza::to_bytes`]). It is passed on without being read: what is in it was read
/// when it came, and its checksum says that it is the same.
#[derive(Clone, Copy)]
pub(crate) struct Kept<'a>(&'a [u8]);

impl<'a> Kept<'a> {
    /// None: these are no bytes of a message.
    pub(crate) fn new(bytes: &'a [u8]) -> Option<Self> {
        let is_message = bytes.starts_with(b"<message xmlns=\"jabber:client\"")
            && (bytes.ends_with(b"</message>") || bytes.ends_with(b"/>"));
        is_message.then_some(Self(bytes))
    }

    /// Writes it, with one child more if there is one.
    fn write(self, more: Option<&Element>, out: &mut Vec<u8>) {
        let Some(more) = more else { return out.extend_from_slice(self.0) };
        if let Some(open) = self.0.strip_suffix(b"</message>") {
            out.extend_from_slice(open);
        } else {
            out.extend_from_slice(self.0.strip_suffix(b"/>").unwrap_or(self.0));
            out.push(b'>');
        }
        write_element(more, ns::CLIENT, out);
        out.extend_from_slice(b"</message>");
    }
}

/// A message with one child `<name …><forwarded>…</forwarded></name>` around one that was kept, and `more` in that one.
pub(crate) fn wrap(
    message: &Stanza,
    name: &str,
    namespace: &str,
    attrs: &[(&str, &str)],
    at: Millis,
    (kept, more): (Kept<'_>, Option<&Element>),
) -> Stanza {
    let mut bytes = Vec::with_capacity(kept.0.len() + 400);
    bytes.push(b'<');
    bytes.extend_from_slice(name.as_bytes());
    for (attr, value) in [("xmlns", namespace)].iter().chain(attrs) {
        write_attr(attr, value, &mut bytes);
    }
    bytes.extend_from_slice(b"><forwarded xmlns=\"urn:xmpp:forward:0\"><delay");
    for (attr, value) in [("xmlns", ns::DELAY), ("stamp", &at.to_xep_0082())] {
        write_attr(attr, value, &mut bytes);
    }
    bytes.extend_from_slice(b"/>");
    kept.write(more, &mut bytes);
    bytes.extend_from_slice(b"</forwarded></");
    bytes.extend_from_slice(name.as_bytes());
    bytes.push(b'>');
    message.clone().with_canonical(&bytes)
}

fn write_attr(name: &str, value: &str, out: &mut Vec<u8>) {
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    escape_attr(value, out);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use konvent_wire::jid::BareJid;

    fn shown(kept: &Stanza, more: Option<&Element>) -> Stanza {
        let archive = BareJid::new("juliet@verona.example").unwrap();
        let envelope = Stanza::message("").with_from(Jid::from(archive));
        let bytes = kept.to_bytes();
        let kept = Kept::new(&bytes).unwrap();
        let attrs = [("id", "7"), ("queryid", "a\"<b")];
        wrap(&envelope, "result", ns::MAM, &attrs, Millis(1_000), (kept, more))
    }

    #[test]
    fn what_is_wrapped_unread_is_what_reading_gives() {
        let words =
            Stanza::message("chat").with_id("1").with_body("Wherefore <art> thou & \"who\"?");
        let item = el("x", ns::MUC_USER).child(el("item", ns::MUC_USER).attr("jid", "a@b")).build();
        for kept in [words, Stanza::message("")] {
            for more in [None, Some(&item)] {
                let shown = shown(&kept, more);
                assert_eq!(Stanza::parse(&shown.to_bytes()).unwrap(), shown, "canonical already");
                let result = shown.payload().unwrap();
                assert_eq!(result.attr("queryid"), Some("a\"<b"));
                let forwarded = result.get_child("forwarded", ns::FORWARD).unwrap();
                assert_eq!(
                    forwarded.get_child("delay", ns::DELAY).unwrap().attr("stamp"),
                    Some("1970-01-01T00:00:01.000Z")
                );
                let inner = forwarded.get_child("message", ns::CLIENT).unwrap();
                let expected = match more {
                    Some(more) => kept.and_child(more),
                    None => kept.clone(),
                };
                assert_eq!(Stanza::from_element(inner), Some(expected));
            }
        }
    }

    #[test]
    fn what_is_no_message_is_not_shown() {
        for bytes in [
            &b""[..],
            b"<message/>",
            b"<iq xmlns=\"jabber:client\"/>",
            b"<message xmlns=\"jabber:client\">",
        ] {
            assert!(Kept::new(bytes).is_none());
        }
    }
}
