//! The promises of the storage, on both engines.

use crate::testing::twins;
use crate::{About, Answer, Kind, Migration, Refusal, Tx};

const NOTES: About = About {
    name: "scene",
    sentence: "A table to play with.",
    speaks: &[],
    leaves_out: &[],
    announces: &[],
    migrations: &[Migration::common(
        "0001_scene",
        "create table scene_line (id bigint primary key, who text not null unique, said bytea, cue bigint);",
    )],
    keeps: None,
};

const TOO_LATE: Refusal = Refusal::new(Kind::Conflict, "scene.too-late");

fn say(tx: &mut Tx<'_>, who: &str) -> Answer<i64> {
    let id = tx.fresh_id();
    tx.run(
        "insert into scene_line (cue, said, who, id) values ($4, $3, $2, $1)",
        &[id.into(), who.into(), (&b"hark"[..]).into(), None::<i64>.into()],
    )?;
    Ok(id)
}

#[test]
fn a_job_that_refuses_takes_only_itself_back() {
    twins(&[&NOTES], |db, _| {
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        let answers: Vec<Answer<i64>> = runtime.block_on(async {
            let jobs = (0..50).map(|n| {
                let db = db.clone();
                tokio::spawn(async move {
                    db.write(move |tx| {
                        let id = say(tx, &format!("Romeo {n}"))?;
                        if n % 5 == 0 { Err(TOO_LATE) } else { Ok(id) }
                    })
                    .await
                })
            });
            let mut answers = Vec::new();
            for job in jobs.collect::<Vec<_>>() {
                answers.push(job.await.unwrap());
            }
            answers
        });
        assert_eq!(answers.iter().filter(|answer| **answer == Err(TOO_LATE)).count(), 10);
        let kept = db
            .read_blocking(|r| {
                r.one("select count(*) from scene_line", &[], |row| row.get::<i64>(0))
            })
            .unwrap();
        assert_eq!(kept, Some(40));
    });
}

#[test]
fn jobs_that_can_be_repeated_are_done_once_whatever_the_others_do() {
    twins(&[&NOTES], |db, _| {
        let (seen, told) = std::sync::mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for n in 0..200 {
                let seen = seen.clone();
                let job = move |tx: &mut Tx<'_>| {
                    if n % 7 == 0 {
                        return Err(TOO_LATE); // before it has touched anything
                    }
                    let id = say(tx, &format!("Romeo {n}"))?;
                    assert_ne!(n, 100, "a job that panics after it has spoken");
                    if n % 50 == 1 { Err(TOO_LATE) } else { Ok(id) }
                };
                db.submit_repeatable(job, move |answer| seen.send((n, answer)).unwrap()).await;
            }
        });
        let answers: Vec<(i32, Answer<i64>)> = (0..200).map(|_| told.recv().unwrap()).collect();
        assert!(answers.iter().map(|(n, _)| n).is_sorted());
        let kept = answers.iter().filter(|(_, answer)| answer.is_ok()).count();
        let rows = db
            .read_blocking(|r| {
                r.one("select count(*) from scene_line", &[], |row| row.get::<i64>(0))
            })
            .unwrap();
        assert_eq!(rows, Some(i64::try_from(kept).unwrap()));
        assert_eq!(kept, 200 - 29 - 4 - 1);
    });
}

#[test]
fn a_job_that_panics_or_violates_a_constraint_disturbs_nobody() {
    twins(&[&NOTES], |db, _| {
        db.write_blocking(|tx| say(tx, "Juliet")).unwrap();
        let twice = db.write_blocking(|tx| say(tx, "Juliet")).unwrap_err();
        assert_eq!((twice.kind, twice.code), (Kind::Conflict, "storage.constraint"));
        let panicked = db.write_blocking(|tx| -> Answer<()> {
            say(tx, "Tybalt")?;
            panic!("a plague on both your houses")
        });
        assert_eq!(panicked.unwrap_err().code, "storage.job-panicked");
        db.write_blocking(|tx| say(tx, "Nurse")).unwrap();
        let who = db
            .read_blocking(|r| {
                r.rows("select who from scene_line order by id", &[], |row| row.get::<String>(0))
            })
            .unwrap();
        assert_eq!(who, ["Juliet", "Nurse"]);
    });
}

#[test]
fn values_come_back_as_they_went_in() {
    twins(&[&NOTES], |db, _| {
        let id = db.write_blocking(|tx| say(tx, "Grüße, 🦉 „Lerche“")).unwrap();
        let row = db
            .read_blocking(|r| {
                r.one(
                    "select who, said, cue, id from scene_line where who = $1",
                    &["Grüße, 🦉 „Lerche“".into()],
                    |row| {
                        Ok((
                            row.get::<String>(0)?,
                            row.get::<Vec<u8>>(1)?,
                            row.get::<Option<i64>>(2)?,
                            row.get::<i64>(3)?,
                        ))
                    },
                )
            })
            .unwrap();
        assert_eq!(row, Some(("Grüße, 🦉 „Lerche“".to_owned(), b"hark".to_vec(), None, id)));
    });
}

#[test]
fn what_follows_runs_in_the_order_of_the_commits() {
    twins(&[&NOTES], |db, _| {
        let (seen, order) = std::sync::mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for n in 0..200 {
                let seen = seen.clone();
                db.submit(
                    move |tx| say(tx, &format!("line {n}")),
                    move |id| seen.send(id.unwrap()).unwrap(),
                )
                .await;
            }
        });
        let ids: Vec<i64> = (0..200).map(|_| order.recv().unwrap()).collect();
        assert!(ids.is_sorted());
    });
}

#[test]
fn a_reader_cannot_write_and_bad_statements_are_found() {
    twins(&[&NOTES], |db, _| {
        db.check_statement("select who from scene_line where id = $1").unwrap();
        assert!(db.check_statement("select whom from scene_line").is_err());
        let tried = db.read_blocking(|r| {
            r.one("insert into scene_line (id, who) values (1, 'x') returning id", &[], |row| {
                row.get::<i64>(0)
            })
        });
        assert!(tried.is_err());
    });
}

#[test]
fn sqlite_syncs_every_commit() {
    let scratch = crate::testing::sqlite();
    let mut connection = super::engine::Connection::open_writing(&scratch.0).unwrap();
    let mut level = None;
    connection
        .each("pragma synchronous", &[], &mut |row| {
            level = Some(row.get::<i64>(0)?);
            Ok(())
        })
        .unwrap();
    assert_eq!(level, Some(2), "2 is FULL; NORMAL loses acknowledged commits in a power cut");
}

#[test]
fn audit_notes_form_a_chain_that_shows_tampering() {
    use crate::audit::{self, Actor, Note};
    twins(&[&audit::ABOUT], |db, _| {
        for subject in 1..=3 {
            db.write_blocking(move |tx| {
                audit::note(
                    tx,
                    Note {
                        actor: Actor::Operator,
                        act: "scene.entered",
                        subject,
                        detail: "Verona",
                    },
                )
            })
            .unwrap();
        }
        assert_eq!(db.read_blocking(audit::verify).unwrap(), None);
        db.write_blocking(|tx| {
            tx.run("update audit_note set detail = 'Mantua' where subject = 2", &[])
        })
        .unwrap();
        assert!(db.read_blocking(audit::verify).unwrap().is_some());
    });
}

#[test]
fn a_connection_that_died_while_idle_is_replaced_before_anything_runs_on_it() {
    let scratch = crate::testing::postgres();
    let db =
        crate::db::Db::open(&scratch.0, &[&NOTES], &crate::Clock::manual(crate::testing::START))
            .unwrap();
    let own = || {
        db.read_blocking(|r| r.one("select pg_backend_pid()::bigint", &[], |row| row.get::<i64>(0)))
            .unwrap()
    };
    let first = own();
    assert_eq!(own(), first, "it is kept for the next job");
    let ended = db.write_blocking(move |tx| {
        tx.one(
            "select cast(pg_terminate_backend($1::bigint::int, 5000) as int)::bigint",
            &[first.unwrap_or_default().into()],
            |row| row.get::<i64>(0),
        )
    });
    assert_eq!(ended, Ok(Some(1)), "as at a restart of the database server");
    assert_ne!(own(), first);
}

#[test]
fn each_attempt_at_a_commit_has_a_number_of_its_own() {
    twins(&[&NOTES], |db, _| {
        let (seen, shown) = std::sync::mpsc::channel();
        let (begins, begun) = std::sync::mpsc::channel();
        let (opens, gate) = std::sync::mpsc::channel::<()>();
        let (finishes, answers) = std::sync::mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let holds = move |_: &mut Tx<'_>| {
                begins.send(()).unwrap();
                gate.recv().unwrap();
                Ok(())
            };
            db.submit(holds, drop).await;
            begun.recv().unwrap(); // those that follow wait together
            for n in 0..3 {
                let (seen, finishes) = (seen.clone(), finishes.clone());
                let job = move |tx: &mut Tx<'_>| {
                    seen.send((n, tx.attempt())).unwrap();
                    say(tx, &format!("Romeo {n}"))?;
                    if n == 1 { Err(TOO_LATE) } else { Ok(()) }
                };
                db.submit_repeatable(job, move |done| finishes.send(done).unwrap()).await;
            }
        });
        opens.send(()).unwrap();
        let done: Vec<_> = answers.iter().take(3).collect();
        assert_eq!(done, [Ok(()), Err(TOO_LATE), Ok(())]);
        drop(seen);
        let shown: Vec<(i32, u64)> = shown.iter().collect();
        let (first, second) = (shown[0].1, shown[2].1);
        assert_ne!(first, second);
        let expected = [(0, first), (1, first), (0, second), (1, second), (2, second)];
        assert_eq!(shown, expected, "what refused after a change made all run again");
    });
}
