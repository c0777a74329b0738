//! RFC 6121 Appendix A, cell by cell: nine states, four stanzas, two directions.

use super::super::states::{Act, Inbound, Outbound, State, inbound, outbound};
use Act::{Subscribe, Subscribed, Unsubscribe, Unsubscribed};

#[expect(clippy::fn_params_excessive_bools, reason = "in the order of the fields, for a table")]
const fn state(sees: bool, is_seen: bool, asks: bool, is_asked: bool) -> State {
    State { sees, is_seen, asks, is_asked }
}

const NONE: State = State::NONE;
const NONE_OUT: State = state(false, false, true, false);
const NONE_IN: State = state(false, false, false, true);
const NONE_OUT_IN: State = state(false, false, true, true);
const TO: State = state(true, false, false, false);
const TO_IN: State = state(true, false, false, true);
const FROM: State = state(false, true, false, false);
const FROM_OUT: State = state(false, true, true, false);
const BOTH: State = State::BOTH;

const STATES: [State; 9] = [NONE, NONE_OUT, NONE_IN, NONE_OUT_IN, TO, TO_IN, FROM, FROM_OUT, BOTH];

/// A.2: for each state in the order above whether the stanza is routed, and the new state.
const OUTBOUND: [(Act, [(bool, State); 9]); 4] = [
    (
        Subscribe,
        [
            (true, NONE_OUT),
            (true, NONE_OUT),
            (true, NONE_OUT_IN),
            (true, NONE_OUT_IN),
            (true, TO),
            (true, TO_IN),
            (true, FROM_OUT),
            (true, FROM_OUT),
            (true, BOTH),
        ],
    ),
    (
        Unsubscribe,
        [
            (true, NONE),
            (true, NONE),
            (true, NONE_IN),
            (true, NONE_IN),
            (true, NONE),
            (true, NONE_IN),
            (true, FROM),
            (true, FROM),
            (true, FROM),
        ],
    ),
    (
        Subscribed,
        [
            (false, NONE),
            (false, NONE_OUT),
            (true, FROM),
            (true, FROM_OUT),
            (false, TO),
            (true, BOTH),
            (false, FROM),
            (false, FROM_OUT),
            (false, BOTH),
        ],
    ),
    (
        Unsubscribed,
        [
            (false, NONE),
            (false, NONE_OUT),
            (true, NONE),
            (true, NONE_OUT),
            (false, TO),
            (true, TO),
            (true, NONE),
            (true, NONE_OUT),
            (true, TO),
        ],
    ),
];

/// A.3: whether the member is shown the stanza, and the new state.
const INBOUND: [(Act, [(bool, State); 9]); 4] = [
    (
        Subscribe,
        [
            (true, NONE_IN),
            (true, NONE_OUT_IN),
            (false, NONE_IN),
            (false, NONE_OUT_IN),
            (true, TO_IN),
            (false, TO_IN),
            (false, FROM),
            (false, FROM_OUT),
            (false, BOTH),
        ],
    ),
    (
        Unsubscribe,
        [
            (false, NONE),
            (false, NONE_OUT),
            (true, NONE),
            (true, NONE_OUT),
            (false, TO),
            (true, TO),
            (true, NONE),
            (true, NONE_OUT),
            (true, TO),
        ],
    ),
    (
        Subscribed,
        [
            (false, NONE),
            (true, TO),
            (false, NONE_IN),
            (true, TO_IN),
            (false, TO),
            (false, TO_IN),
            (false, FROM),
            (true, BOTH),
            (false, BOTH),
        ],
    ),
    (
        Unsubscribed,
        [
            (false, NONE),
            (true, NONE),
            (false, NONE_IN),
            (true, NONE_IN),
            (true, NONE),
            (true, NONE_IN),
            (false, FROM),
            (true, FROM),
            (true, FROM),
        ],
    ),
];

#[test]
fn every_cell_of_the_outbound_tables() {
    for (act, cells) in OUTBOUND {
        for (before, (is_routed, after)) in STATES.into_iter().zip(cells) {
            // Tables 5 and 6: what cannot be granted now is granted ahead, and taking back takes that back, too.
            let approves = act == Subscribed && !is_routed && !before.is_seen;
            for was_approved in [false, true] {
                let is_approved = (was_approved || approves) && act != Unsubscribed;
                assert_eq!(
                    outbound(before, was_approved, act),
                    Outbound { state: after, is_routed, is_approved },
                    "{act:?} in {before:?}"
                );
            }
        }
    }
}

#[test]
fn every_cell_of_the_inbound_tables() {
    for (act, cells) in INBOUND {
        for (before, (is_shown, after)) in STATES.into_iter().zip(cells) {
            let reply = (act == Subscribe && before.is_seen).then_some(Subscribed);
            assert_eq!(
                inbound(before, false, act),
                Inbound { state: after, is_shown, reply, is_approved: false },
                "{act:?} in {before:?}"
            );
        }
    }
}

/// RFC 6121 §3.4.2: a request that was granted ahead is answered by the server, and the member is not asked.
#[test]
fn a_request_that_was_granted_ahead() {
    for before in STATES {
        let done = inbound(before, true, Subscribe);
        let after = State { is_seen: true, is_asked: false, ..before };
        let expected =
            Inbound { state: after, is_shown: false, reply: Some(Subscribed), is_approved: true };
        assert_eq!(done, expected, "{before:?}");
    }
}

/// No stanza leads out of the nine states: nobody waits for what he has.
#[test]
fn there_are_nine_states_and_no_more() {
    for before in STATES {
        for act in [Subscribe, Subscribed, Unsubscribe, Unsubscribed] {
            for is_approved in [false, true] {
                assert!(STATES.contains(&outbound(before, is_approved, act).state));
                assert!(STATES.contains(&inbound(before, is_approved, act).state));
            }
        }
    }
}

#[test]
fn the_four_stanzas_are_found_by_their_types() {
    for act in [Subscribe, Subscribed, Unsubscribe, Unsubscribed] {
        assert_eq!(Act::of(Some(act.kind())), Some(act));
    }
    for other in [None, Some("probe"), Some("unavailable"), Some("error"), Some("")] {
        assert_eq!(Act::of(other), None);
    }
}
