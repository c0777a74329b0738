//! The tables of RFC 6121 §8.5, row by row.

use super::*;
use Road::{Nowhere, Refused, ToAvailable, ToSession, Waits};

fn device(session: i64, priority: i8) -> Online {
    Online {
        session: SessionId(session),
        address: Jid::new(&format!("juliet@verona.example/{session}")).unwrap(),
        priority,
        presence: Stanza::presence(""),
    }
}

type Case<'a> = (&'a Jid, &'a str, bool, &'a [Online], Option<SessionId>, Road);

#[test]
fn messages_take_the_roads_of_rfc_6121() {
    let bare = Jid::new("juliet@verona.example").unwrap();
    let full = Jid::new("juliet@verona.example/balcony").unwrap();
    let here = [device(1, 0)];
    let shy = [device(1, -1)];
    let bound = Some(SessionId(9));
    let cases: &[Case<'_>] = &[
        // to the account, somebody is there
        (&bare, "chat", true, &here, None, ToAvailable),
        (&bare, "", true, &here, None, ToAvailable),
        (&bare, "headline", false, &here, None, ToAvailable),
        (&bare, "groupchat", false, &here, None, Refused),
        (&bare, "error", false, &here, None, Nowhere),
        // to the account, nobody is there, or only devices that do not want it
        (&bare, "chat", true, &[], None, Waits),
        (&bare, "chat", false, &[], None, Refused),
        (&bare, "chat", true, &shy, None, Waits),
        (&bare, "headline", false, &[], None, Nowhere),
        (&bare, "error", false, &[], None, Nowhere),
        // to a device that is bound
        (&full, "chat", true, &here, bound, ToSession(SessionId(9))),
        (&full, "headline", false, &[], bound, ToSession(SessionId(9))),
        (&full, "groupchat", false, &here, bound, ToSession(SessionId(9))),
        (&full, "error", false, &here, bound, ToSession(SessionId(9))),
        // to a device that is gone
        (&full, "chat", true, &here, None, ToAvailable),
        (&full, "chat", true, &[], None, Waits),
        (&full, "", false, &here, None, Refused),
        (&full, "headline", false, &here, None, Nowhere),
        (&full, "groupchat", false, &here, None, Refused),
        (&full, "error", false, &here, None, Nowhere),
    ];
    for (to, kind, kept, online, bound, road) in cases {
        let message = Stanza::message(kind);
        assert_eq!(for_account(to, &message, *kept, online, *bound), *road, "{to} {kind} {kept}");
    }
}
