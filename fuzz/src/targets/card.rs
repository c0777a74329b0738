//! Business cards (XEP-0054) that anybody writes: kept within their bound, and read again as they were.

use konvent_talk::picture::Picture;
use konvent_talk::pubsub::items;
use konvent_talk::vcard::as_kept;
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza};

const NS: &str = "vcard-temp";

/// One input: the inside of a card.
pub fn run(bytes: &[u8]) {
    let iq = [&b"<iq type='set' id='f'><vCard xmlns='vcard-temp'>"[..], bytes, b"</vCard></iq>"];
    let Ok(iq) = Stanza::parse(&iq.concat()) else { return };
    let Some(card) = iq.payload() else { return };
    if let Some(photo) = card.get_child("PHOTO", NS).and_then(|photo| photo.get_child("BINVAL", NS))
    {
        let _ = Picture::of_base64(&photo.text());
    }
    let lines: Vec<Element> = card.children().cloned().collect();
    let Ok(kept) = as_kept(lines.clone()) else { return };
    assert!(kept.len() <= 32 * 1024);
    assert_eq!(items::payload(&kept), Some(el("vCard", NS).children(lines).build()));
}
