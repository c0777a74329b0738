//! Acknowledged, resumed, and answered by those who cheat.

use super::*;

fn sm() -> Sm {
    let jid = FullJid::new("romeo@montague.example/orchard").unwrap();
    let limits = SmLimits { stanzas: 3, bytes: 10_000 };
    Sm::new(jid, "x".into(), true, limits, 0)
}

#[test]
fn acknowledged_stanzas_leave_the_queue() {
    let mut sm = sm();
    for _ in 0..3 {
        sm.push(Sent::Own(Stanza::message("chat").with_body("Soft!"))).unwrap();
    }
    assert_eq!(sm.push(Sent::Own(Stanza::message("chat"))), Err(Full));
    assert!(sm.ask());
    assert!(!sm.ask(), "one question at a time");
    assert_eq!(sm.acknowledge(2), Ok(2));
    assert_eq!(sm.unacked_count(), 1);
    assert_eq!(sm.acknowledge(4), Err(TooHigh { h: 4, sent: 3 }));
    assert_eq!(sm.acknowledge(1), Err(TooHigh { h: 1, sent: 3 }), "never backwards");
    assert_eq!(sm.acknowledge(3), Ok(1));
    assert_eq!(sm.queue_bytes, 0);
}

#[test]
fn bytes_are_bounded_too() {
    let mut sm = sm();
    sm.push(Sent::Own(Stanza::message("chat").with_body(&"x".repeat(9_000)))).unwrap();
    assert_eq!(sm.push(Sent::Own(Stanza::message("chat").with_body(&"x".repeat(900)))), Err(Full));
}

#[test]
fn counters_wrap() {
    let mut sm = sm();
    sm.acked = u32::MAX;
    sm.push(Sent::Own(Stanza::message("chat"))).unwrap();
    sm.push(Sent::Own(Stanza::message("chat"))).unwrap();
    assert_eq!(sm.sent(), 1);
    assert_eq!(sm.acknowledge(0), Ok(1));
    assert_eq!(sm.acknowledge(1), Ok(1));
    (sm.received, sm.handled) = (u32::MAX, u32::MAX);
    sm.receive();
    assert_eq!(sm.asked(), None);
    assert_eq!(sm.settle(1), Some(0));
}

#[test]
fn the_answer_waits_for_what_is_durable() {
    let mut sm = sm();
    sm.receive();
    sm.receive();
    assert_eq!(sm.asked(), None);
    assert_eq!(sm.settle(1), None);
    sm.receive();
    assert_eq!(sm.asked(), None, "asked again, later");
    assert_eq!(sm.settle(1), Some(2), "the first question is answered in time");
    assert_eq!(sm.settle(1), Some(3));
    assert_eq!(sm.settle(0), None);
    assert_eq!(sm.asked(), Some(3));
}

#[test]
fn it_is_known_when_an_answer_is_due() {
    let mut sm = sm();
    assert_eq!(sm.owes_after(), None);
    sm.receive();
    sm.receive_own();
    sm.receive();
    assert_eq!(sm.asked(), None);
    assert_eq!(sm.owes_after(), Some(2), "of three, one is our own");
    sm.receive();
    assert_eq!(sm.settle(1), None);
    assert_eq!(sm.owes_after(), Some(1));
    assert_eq!(sm.settle(1), Some(3));
    assert_eq!(sm.owes_after(), None);
}

#[test]
fn what_we_answer_ourselves_counts_in_its_turn() {
    let mut sm = sm();
    sm.receive();
    sm.receive_own();
    assert_eq!(sm.handled(), 0, "the one before is not durable yet");
    sm.settle(1);
    assert_eq!(sm.handled(), 2);
}

#[test]
fn our_own_answer_between_two_that_settle_together_counts() {
    let mut sm = sm();
    sm.receive();
    sm.receive_own();
    sm.receive();
    assert_eq!(sm.asked(), None);
    assert_eq!(sm.settle(2), Some(3), "before, it was two for ever");
}

#[test]
fn it_is_known_how_many_must_settle_to_get_somewhere() {
    let jid = FullJid::new("romeo@montague.example/orchard").unwrap();
    let mut sm = Sm::new(jid, "x".into(), true, SmLimits::default(), 1);
    sm.receive();
    sm.receive_own();
    sm.receive();
    for h in 1..=3 {
        let mut settled = sm.clone();
        settled.settle(sm.settles_to(h));
        assert!(is_at_least(settled.handled(), h), "{h}");
        assert_eq!(settled.settles_to(h), 0);
    }
    assert_eq!((sm.settles_to(0), sm.settles_to(1), sm.settles_to(3)), (0, 2, 3));
}

#[test]
fn a_stream_goes_on_from_its_counts() {
    let jid = FullJid::new("romeo@montague.example/orchard").unwrap();
    let mut sm = Sm::continued(jid, "x".into(), SmLimits::default(), 7, 5);
    sm.attach();
    assert_eq!(sm.acknowledge(7), Ok(0));
    assert_eq!((sm.sent(), sm.handled()), (7, 5));
    sm.push(Sent::Own(Stanza::message("chat"))).unwrap();
    sm.receive();
    assert_eq!((sm.sent(), sm.received()), (8, 6));
    assert_eq!(sm.acknowledge(9), Err(TooHigh { h: 9, sent: 8 }));
}

#[test]
fn work_under_way_is_counted_after_the_connection_is_lost() {
    let jid = FullJid::new("romeo@montague.example/orchard").unwrap();
    let mut sm = Sm::new(jid, "x".into(), true, SmLimits::default(), 1);
    sm.receive();
    sm.receive_own();
    sm.detach();
    assert_eq!(sm.settle(2), None);
    assert_eq!(sm.handled(), 2, "one from before, one counted, one of our own");
    sm.receive();
    sm.attach();
    assert_eq!(sm.asked(), Some(2), "what was lost on the way is not waited for");
}

#[test]
fn stanzas_from_before_do_not_count() {
    let jid = FullJid::new("romeo@montague.example/orchard").unwrap();
    let mut sm = Sm::new(jid, "x".into(), true, SmLimits::default(), 2);
    sm.receive();
    assert_eq!(sm.asked(), None);
    assert_eq!(sm.settle(2), None);
    assert_eq!(sm.settle(1), Some(1));
}
