//! Who may register, how often, and under which names; on both engines.

use konvent_core::Random;
use konvent_core::testing::twins;
use konvent_wire::Stanza;

use super::*;
use crate::invitations::{Wish, invite};
use crate::tests::WITH_NOTES;
use crate::units::{NewUnit, UnitKind, found};

const KEY: ServerKey = ServerKey::new([5; 32]);

fn password() -> NewPassword {
    NewPassword::derive(&KEY, "romeo", "correct horse battery", 10).unwrap()
}

fn try_as(
    tx: &mut Tx<'_>,
    settings: &Accounts,
    localpart: &str,
    source: &str,
    invitation: Option<&Invitation>,
) -> Answer<Account> {
    register(tx, &KEY, settings, &Attempt { localpart, invitation, source }, &password())
}

fn open() -> Accounts {
    Accounts { registration: WhoMay::Anybody, ..Accounts::default() }
}

#[test]
fn by_default_nobody_registers_and_a_link_opens_the_door_once() {
    twins(WITH_NOTES, |db, _| {
        db.write_blocking(|tx| {
            let closed = Accounts::default();
            assert_eq!(try_as(tx, &closed, "romeo", "a", None).unwrap_err(), CLOSED);
            let wish = Wish {
                localpart: Some("romeo"),
                makes_contact: false,
                makes_account: true,
                valid_days: 7,
                open_max: 1,
            };
            let (link, _) = invite(tx, &KEY, &Random::seeded(2), None, &wish)?;
            let other = try_as(tx, &closed, "tybalt", "a", Some(&link)).unwrap_err();
            assert_eq!(other, accounts::NAME_TAKEN);
            let stranger = try_as(tx, &open(), "romeo", "b", None).unwrap_err();
            assert_eq!(stranger, accounts::NAME_TAKEN);
            let account = try_as(tx, &closed, "romeo", "a", Some(&link))?;
            assert!(accounts::is_outside(tx, &account)?);
            assert_eq!(
                try_as(tx, &closed, "romeo", "a", Some(&link)).unwrap_err(),
                accounts::NAME_TAKEN
            );
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn one_address_registers_three_times_an_hour_and_zero_means_no_limit() {
    twins(WITH_NOTES, |db, clock| {
        let name = |number: i32| format!("guest{number}");
        db.write_blocking(move |tx| {
            for number in 0..3 {
                try_as(tx, &open(), &name(number), "a", None)?;
            }
            assert_eq!(try_as(tx, &open(), &name(3), "a", None).unwrap_err(), TOO_MANY);
            try_as(tx, &open(), &name(3), "b", None)?;
            let unlimited = Accounts { per_source_hour: 0, per_hour: 0, ..open() };
            try_as(tx, &unlimited, &name(4), "a", None)?;
            let few = Accounts { per_hour: 5, ..open() };
            assert_eq!(try_as(tx, &few, &name(5), "c", None).unwrap_err(), TOO_MANY);
            Ok(())
        })
        .unwrap();
        clock.advance(3_600_000);
        db.write_blocking(move |tx| try_as(tx, &open(), &name(6), "a", None)).unwrap();
    });
}

#[test]
fn a_try_counts_whatever_comes_of_it() {
    twins(WITH_NOTES, |db, clock| {
        let attempt = |source: &'static str, localpart: &'static str| {
            let attempt = Attempt { localpart, invitation: None, source };
            db.write_blocking(move |tx| begin(tx, &KEY, &open(), &attempt)).unwrap()
        };
        db.write_blocking(|tx| try_as(tx, &open(), "romeo", "b", None)).unwrap();
        let names = ["romeo", "admin", "Romeo", "mercutio"];
        let answers: Vec<_> = (0..25).map(|at| attempt("a", names[at % names.len()])).collect();
        let expected =
            [Err(accounts::NAME_TAKEN), Err(accounts::NAME_TAKEN), Err(accounts::BAD_NAME), Ok(())];
        for (at, answer) in answers.iter().take(24).enumerate() {
            assert_eq!(*answer, expected[at % names.len()], "{at}");
        }
        assert_eq!(answers[24], Err(TOO_MANY), "the address has learnt enough");
        let now = clock.now();
        let looked = db.read_blocking(move |reader| may_try(reader, &KEY, &open(), "a", now));
        assert_eq!(looked.unwrap_err(), TOO_MANY, "and is told so without writing anything");
        assert_eq!(attempt("c", "mercutio"), Ok(()), "others try on");
        clock.advance(3_600_000);
        assert_eq!(attempt("a", "mercutio"), Ok(()));
    });
}

#[test]
fn nobody_takes_a_name_of_the_house_or_one_that_looks_like_a_members() {
    twins(WITH_NOTES, |db, _| {
        db.write_blocking(|tx| {
            let settings =
                Accounts { admins: vec!["prince".to_owned()], per_source_hour: 0, ..open() };
            for name in ["admin", "postmaster", "prince"] {
                let refusal = try_as(tx, &settings, name, "a", None).unwrap_err();
                assert_eq!(refusal, accounts::NAME_TAKEN, "{name}");
            }
            for name in ["Romeo", "romeо", "a b", "-x", "", "a/b", &"x".repeat(49)] {
                let refusal = try_as(tx, &settings, name, "a", None).unwrap_err();
                assert_eq!(refusal, accounts::BAD_NAME, "{name}");
            }
            // A provider has no directory whose names could be aped.
            try_as(tx, &settings, "romeo.montague", "a", None)?;
            found(
                tx,
                NewUnit {
                    key: "1",
                    parent: None,
                    name: "Verona",
                    level: "Land",
                    kind: UnitKind::Territorial,
                },
            )?;
            let refusal = try_as(tx, &settings, "juliet.capulet", "a", None).unwrap_err();
            assert_eq!(refusal, accounts::BAD_NAME);
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn a_closed_account_leaves_its_name_to_nobody() {
    twins(WITH_NOTES, |db, _| {
        db.write_blocking(|tx| {
            let account = try_as(tx, &open(), "romeo", "a", None)?;
            accounts::close_outside(tx, Actor::Server, account.id)?;
            assert_eq!(try_as(tx, &open(), "romeo", "b", None).unwrap_err(), accounts::NAME_TAKEN);
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn requests_are_read_as_the_standard_writes_them() {
    let iq = |kind: &str, inner: &str| {
        let xml = format!("<iq type='{kind}' id='r'><query xmlns='{NS}'>{inner}</query></iq>");
        request(&Stanza::parse(xml.as_bytes()).unwrap())
    };
    assert_eq!(iq("get", ""), Ok(Some(Request::Form)));
    assert_eq!(iq("set", "<remove/>"), Ok(Some(Request::Remove)));
    assert_eq!(iq("set", "<remove/><username>x</username>"), Err(BAD_REQUEST));
    assert_eq!(iq("set", "<username>x</username>"), Err(INCOMPLETE));
    assert_eq!(iq("set", "<username/><password>y</password>"), Err(INCOMPLETE));
    let filled = Request::Fill { username: "x".into(), password: "y".into() };
    assert_eq!(iq("set", "<username>x</username><password>y</password>"), Ok(Some(filled.clone())));
    let form = "<x xmlns='jabber:x:data' type='submit'><field var='username'><value>x</value></field>\
                <field var='password'><value>y</value></field></x>";
    assert_eq!(iq("set", form), Ok(Some(filled)));
    let other = Stanza::parse(b"<iq type='get' id='r'><ping xmlns='urn:xmpp:ping'/></iq>").unwrap();
    assert_eq!(request(&other), Ok(None));
}
