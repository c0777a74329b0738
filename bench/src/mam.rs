//! Reading an archive to its end, page by page (XEP-0313 §4, XEP-0059 §2.2), and counting what stands in it.

use std::collections::HashMap;

use konvent_wire::jid::BareJid;
use konvent_wire::rsm;
use konvent_wire::xml::el;
use konvent_wire::{Stanza, ns};

use crate::Done;
use crate::device::Device;

/// XEP-0313 §2.
pub const MAM: &str = "urn:xmpp:mam:2";

/// Messages asked for at once.
const PAGE: u32 = 100;

/// How often each message stands in an archive, by the first word of its body.
pub type Counts = HashMap<String, u32>;

/// Counts what stands in the archive of a room, or in one's own.
pub async fn read(device: &mut Device, room: Option<&BareJid>) -> Done<Counts> {
    let mut counts = Counts::new();
    for word in words(device, room).await? {
        *counts.entry(word).or_default() += 1;
    }
    Ok(counts)
}

/// The first words of all messages in the archive of a room, or in one's own, in its order.
pub async fn words(device: &mut Device, room: Option<&BareJid>) -> Done<Vec<String>> {
    let mut words = Vec::new();
    let mut after: Option<String> = None;
    for page in 0_u32.. {
        let id = format!("page-{page}");
        let set = el("set", ns::RSM)
            .child(el("max", ns::RSM).text(PAGE.to_string()))
            .children(after.as_ref().map(|after| el("after", ns::RSM).text(after.as_str())));
        let query = el("query", MAM).attr("queryid", &id).child(set).build();
        let mut iq = Stanza::iq("set", &id).with_child(&query);
        if let Some(room) = room {
            iq = iq.with_to(room.clone());
        }
        let note = |stanza: &Stanza| words.extend(kept(stanza));
        let fin = device.ask(&iq, note).await?.filter(|fin| fin.is("fin", MAM));
        let fin = fin.ok_or("the archive answers with something else")?;
        let last = fin.get_child("set", ns::RSM).and_then(|set| rsm::Page::from_element(set).last);
        if fin.attr("complete") == Some("true") || last.is_none() {
            break;
        }
        after = last;
    }
    Ok(words)
}

/// The first word of an archived message.
fn kept(stanza: &Stanza) -> Option<String> {
    let result = stanza.child("result", MAM)?.element()?;
    let message = result.get_child("forwarded", ns::FORWARD)?.get_child("message", ns::CLIENT)?;
    first_word(&message.get_child("body", ns::CLIENT)?.text())
}

/// What tells one message from another here: the first word of its body. Not its ids, for those are what is on trial.
pub fn first_word(body: &str) -> Option<String> {
    body.split_whitespace().next().map(str::to_owned)
}
