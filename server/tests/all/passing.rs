//! Passing rooms that nobody came back to after a start: they end, also when the first look for them fails.

use konvent_core::SessionId;
use konvent_core::config::FreeRooms;
use konvent_talk::Session;
use konvent_talk::rooms::{Caller, free};
use konvent_wire::Jid;

use crate::files::stage::{Stage, play};

/// How long those who were inside have to come back.
const RETURN_SECS: i64 = 600;

/// Runs a statement that no feature would.
async fn meddle(stage: &Stage, sql: &'static str) {
    stage.house.db().write(move |tx| tx.run(sql, &[]).map(drop)).await.unwrap();
}

async fn passing(stage: &Stage) -> usize {
    stage.house.db().read(free::passing).await.unwrap().len()
}

#[test]
fn a_look_that_failed_is_taken_again() {
    play(|stage| async move {
        let romeo = Session {
            id: SessionId(1),
            account: stage.romeo.id,
            person: stage.romeo.person,
            address: Jid::new("romeo@verona.example/phone").unwrap(),
            name: stage.romeo.name.clone(),
        };
        let found = stage.house.db().write(move |tx| {
            let rules = FreeRooms::default();
            free::found(tx, &rules, &Caller::from(&romeo), "maskenball").map(drop)
        });
        found.await.unwrap();
        assert_eq!(passing(&stage).await, 1);
        meddle(&stage, "alter table rooms_free rename to rooms_unreadable").await;
        stage.clock.advance(RETURN_SECS * 1000);
        stage.house.tick().await;
        meddle(&stage, "alter table rooms_unreadable rename to rooms_free").await;
        assert_eq!(passing(&stage).await, 1);
        stage.house.tick().await;
        assert_eq!(passing(&stage).await, 0);
    });
}
