//! The waiting room without a server, on both engines.

use konvent_wire::{Jid, Stanza};

use super::*;
use crate::scene::play;

fn words(from: &Jid, to: &str) -> Stanza {
    Stanza::message("chat")
        .with_from(from.clone())
        .with_to(Jid::new(to).unwrap())
        .with_body("Farewell!")
}

#[test]
fn words_wait_until_they_are_struck() {
    play(|scene| {
        let romeo = scene.account("Romeo").id;
        let address = Jid::from(scene.domain.account(&scene.account("Romeo").localpart).unwrap());
        let (domain, from) = (scene.domain.clone(), address.clone());
        let ids = scene.write(move |tx| {
            let first = keep(tx, &domain, &words(&from, "a@mantua.example"))?;
            let typing = Stanza::message("chat")
                .with_from(from.clone())
                .with_to(Jid::new("a@mantua.example").unwrap());
            assert_eq!(keep(tx, &domain, &typing)?, None, "nothing is said");
            let asks = Stanza::presence("subscribe")
                .with_from(from.clone())
                .with_to(Jid::new("a@mantua.example").unwrap());
            let second = keep(tx, &domain, &asks)?;
            Ok([first.unwrap(), second.unwrap()])
        });
        let found = scene.read(waiting);
        assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), ids);
        assert_eq!(found[0].stanza, words(&address, "a@mantua.example"));
        assert_eq!(
            scene.read(|reader| privacy::export(reader, romeo)).as_array().unwrap().len(),
            2
        );
        scene.write(move |tx| strike(tx, &ids[..1]));
        assert_eq!(scene.read(waiting).len(), 1);
        scene.write(move |tx| privacy::erase(tx, romeo));
        assert!(scene.read(waiting).is_empty());
    });
}

#[test]
fn nobody_fills_the_waiting_room() {
    play(|scene| {
        let address = Jid::from(scene.domain.account(&scene.account("Romeo").localpart).unwrap());
        let (domain, from) = (scene.domain.clone(), address);
        let refused = scene.write(move |tx| {
            for count in 0..WAITING_OF_ACCOUNT_MAX {
                keep(tx, &domain, &words(&from, &format!("a@d{count}.example")))?;
            }
            let refused = keep(tx, &domain, &words(&from, "a@mantua.example")).err();
            // A room of ours is no account; what one domain takes is bounded all the same.
            let room = Jid::new("ov@gruppen.verona.example/Romeo").unwrap();
            for _ in 0..WAITING_FOR_DOMAIN_MAX {
                keep(tx, &domain, &words(&room, "a@padua.example"))?;
            }
            Ok((refused, keep(tx, &domain, &words(&room, "a@padua.example")).err()))
        });
        assert_eq!(refused, (Some(FULL), Some(FULL)));
    });
}
