//! The archive on both engines: kept once, found again page by page, never served damaged.

mod asking;
mod erasing;
mod keeping;
mod paging;
mod searching;

use super::query::From;
use super::*;
use crate::scene::{Scene, for_session, play, stanza};
use konvent_core::Answer;
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

fn keep(scene: &Scene<'_>, from: &str, to: &str, xml: &str) -> Kept {
    let (sender, receiver) = (scene.session(from), scene.session(to));
    let message = stanza(xml).addressed(Some(sender.address.clone()), Some(receiver.bare().into()));
    scene.write(move |tx| {
        let (own, theirs) = (sender.bare(), receiver.bare());
        keep_between(
            tx,
            Party { account: sender.account, address: &own },
            Party { account: receiver.account, address: &theirs },
            &message,
        )
    })
}

fn owner(scene: &Scene<'_>, who: &str) -> Owner {
    Owner::Account(scene.account(who).id)
}

fn look(scene: &Scene<'_>, who: &str, query: &Query) -> Page {
    let owner = owner(scene, who);
    scene.read(|reader| page(reader, owner, query))
}

fn bodies(page: &Page) -> Vec<String> {
    page.entries
        .iter()
        .map(|entry| Stanza::parse(&entry.stanza).unwrap().text_of("body", ns::CLIENT).unwrap())
        .collect()
}

/// Ten messages between Romeo and Juliet, one a second, with one of Benvolio's in the middle.
fn dialogue(scene: &Scene<'_>) {
    for n in 0..10 {
        scene.clock.advance(1000);
        let xml = format!("<message type='chat' id='d{n}'><body>{n}</body></message>");
        keep(
            scene,
            if n % 2 == 0 { "Romeo" } else { "Juliet" },
            if n % 2 == 0 { "Juliet" } else { "Romeo" },
            &xml,
        );
        if n == 5 {
            keep(
                scene,
                "Benvolio",
                "Romeo",
                "<message type='chat' id='b'><body>b</body></message>",
            );
        }
    }
}
