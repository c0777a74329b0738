//! What waits, what is thrown away, and what does not wake a phone.

use super::*;
use konvent_wire::Name;

#[test]
fn a_slow_reader_is_let_go_instead_of_filling_memory() {
    let mailbox = Mailbox::default();
    for _ in 0..=WAITING_MAX {
        mailbox.post(Delivery::Stanza(Stanza::message("chat")));
    }
    let taken = mailbox.take_up_to(usize::MAX, usize::MAX);
    assert!(taken.deliveries.is_empty());
    assert_eq!(taken.ending, Some(Ending::Stream(StreamCondition::ResourceConstraint)));
}

#[test]
fn large_stanzas_fill_a_mailbox_by_their_size() {
    let mailbox = Mailbox::default();
    let large = Stanza::message("chat").with_body(&"x".repeat(250_000));
    for _ in 0..=WAITING_BYTES_MAX / 250_000 {
        mailbox.post(Delivery::Stanza(large.clone()));
    }
    assert!(mailbox.is_over());
}

#[test]
fn a_client_gets_only_what_it_can_acknowledge_and_the_rest_later() {
    let mailbox = Mailbox::default();
    for _ in 0..5 {
        mailbox.post(Delivery::Stanza(Stanza::message("chat").with_body("O Romeo, Romeo!")));
    }
    mailbox.end(Ending::HandOver);
    let first = mailbox.take_up_to(3, usize::MAX);
    assert_eq!((first.deliveries.len(), first.ending), (3, Some(Ending::HandOver)));
    mailbox.post(Delivery::Stanza(Stanza::message("chat").with_body("wherefore art thou Romeo?")));
    assert_eq!(mailbox.take_up_to(usize::MAX, 1).deliveries.len(), 1, "one at least");
    let rest = mailbox.take_up_to(usize::MAX, usize::MAX);
    assert_eq!((rest.deliveries.len(), rest.ending), (2, None));
    assert!(mailbox.take_up_to(0, 0).deliveries.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_connection_hears_of_settled_stanzas_when_it_waits_for_them() {
    let rings = async |mailbox: &Mailbox| {
        let patience = std::time::Duration::from_secs(1);
        tokio::time::timeout(patience, mailbox.rung()).await.is_ok()
    };
    let mailbox = Mailbox::default();
    mailbox.settle(1);
    assert!(!rings(&mailbox).await, "nobody waits for it");
    mailbox.await_settled(Some(2));
    assert!(!rings(&mailbox).await, "it is one, and two are waited for");
    mailbox.settle(1);
    assert!(rings(&mailbox).await);
    mailbox.await_settled(Some(2));
    assert!(rings(&mailbox).await, "it was so already");
    assert_eq!((mailbox.take_settled(), mailbox.take_settled()), (2, 0));
}

#[test]
fn a_refusal_goes_before_the_news_that_it_was_handled() {
    let mailbox = Mailbox::default();
    mailbox.post(here("romeo@verona.example/orchard"));
    mailbox.settle(1);
    assert_eq!(mailbox.take_settled(), 0);
    mailbox.post(here("romeo@verona.example/orchard"));
    mailbox.settle(1);
    let (first, second) = (mailbox.take_up_to(1, usize::MAX), mailbox.take_up_to(1, usize::MAX));
    assert_eq!((first.deliveries.len(), first.settled), (1, 0));
    assert_eq!((second.deliveries.len(), second.settled), (1, 2));
    mailbox.post(here("romeo@verona.example/orchard"));
    mailbox.settle(1);
    assert_eq!(mailbox.take_up_to(0, 0).settled, 1, "a client that takes nothing may still write");
}

fn here(from: &str) -> Delivery {
    Delivery::Stanza(Stanza::presence("").with_from(Jid::new(from).unwrap()))
}

#[test]
fn while_nobody_looks_only_the_newest_presence_waits_and_words_bring_it_along() {
    let mailbox = Mailbox::default();
    mailbox.set_inactive(true);
    for from in ["juliet@verona.example/a", "nurse@verona.example/b", "juliet@verona.example/a"] {
        mailbox.post(here(from));
    }
    assert!(mailbox.take_up_to(9, usize::MAX).deliveries.is_empty());
    let juliet = Jid::new("juliet@verona.example/a").unwrap();
    let words = Stanza::message("chat").with_from(juliet).with_body("Ay me!");
    mailbox.post(Delivery::Stanza(words));
    let taken = mailbox.take_up_to(9, usize::MAX).deliveries;
    let senders: Vec<_> = taken
        .iter()
        .map(|one| {
            (one.stanza().name, one.stanza().from.as_ref().unwrap().node().unwrap().to_string())
        })
        .collect();
    let expected =
        [(Name::Presence, "nurse"), (Name::Presence, "juliet"), (Name::Message, "juliet")];
    assert_eq!(senders, expected.map(|(name, who)| (name, who.to_owned())));
    assert_eq!(mailbox.lock().bytes, 0, "what was replaced is not counted");
}

#[test]
fn what_is_held_back_is_bounded_and_comes_out_when_somebody_looks() {
    let mailbox = Mailbox::default();
    mailbox.set_inactive(true);
    for number in 0..=csi::WAITING_MAX {
        mailbox.post(here(&format!("member{number}@verona.example/x")));
    }
    assert_eq!(mailbox.take_up_to(9999, usize::MAX).deliveries.len(), csi::WAITING_MAX + 1);
    mailbox.post(here("juliet@verona.example/a"));
    mailbox.set_inactive(false);
    assert_eq!(mailbox.take_up_to(9999, usize::MAX).deliveries.len(), 1);
    mailbox.post(here("juliet@verona.example/a"));
    assert!(mailbox.is_waiting(), "nothing is held back any more");
}
