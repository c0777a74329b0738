//! The rules of invitations, on both engines.

use konvent_core::testing::twins;

use super::*;
use crate::accounts::{NewPassword, open_outside};
use crate::tests::WITH_NOTES;

const KEY: ServerKey = ServerKey::new([9; 32]);
const WISH: Wish<'_> =
    Wish { localpart: None, makes_contact: true, makes_account: true, valid_days: 7, open_max: 2 };

fn someone(tx: &mut Tx<'_>, name: &str) -> Answer<AccountId> {
    let password = NewPassword::derive(&KEY, name, "a long password", 10)?;
    Ok(open_outside(tx, &KEY, Actor::Operator, name, &password)?.id)
}

#[test]
fn a_link_is_used_once_and_within_its_days() {
    twins(WITH_NOTES, |db, clock| {
        let (inviter, token) = db
            .write_blocking(|tx| {
                let inviter = someone(tx, "alice")?;
                Ok((inviter, invite(tx, &KEY, &Random::seeded(1), Some(inviter), &WISH)?.1))
            })
            .unwrap();
        let now = clock.now();
        let look = |token: String| db.read_blocking(move |r| by_token(r, &KEY, &token, now));
        assert_eq!(look(token.clone()).unwrap().inviter, Some(inviter));
        assert_eq!(look(token.to_uppercase()).unwrap().inviter, Some(inviter));
        assert_eq!(look("guessed".to_owned()).unwrap_err(), UNKNOWN);
        let late = now.plus_days(7);
        let asked = token.clone();
        assert_eq!(
            db.read_blocking(move |r| by_token(r, &KEY, &asked, late)).unwrap_err(),
            UNKNOWN
        );
        let asked = token.clone();
        let (first, second) = db
            .write_blocking(move |tx| {
                let now = tx.now();
                let found = by_token(tx, &KEY, &asked, now)?;
                Ok((spend(tx, found.id, Some(inviter)).is_ok(), spend(tx, found.id, None).is_ok()))
            })
            .unwrap();
        assert!(first && !second);
        assert_eq!(look(token).unwrap_err(), UNKNOWN);
    });
}

#[test]
fn a_name_is_kept_and_nobody_invites_without_end() {
    twins(WITH_NOTES, |db, clock| {
        db.write_blocking(|tx| {
            let inviter = someone(tx, "alice")?;
            let random = Random::seeded(2);
            let named = Wish { localpart: Some("bob"), ..WISH };
            invite(tx, &KEY, &random, Some(inviter), &named)?;
            assert_eq!(
                invite(tx, &KEY, &random, Some(inviter), &named).unwrap_err(),
                accounts::NAME_TAKEN
            );
            let taken = Wish { localpart: Some("alice"), ..WISH };
            assert_eq!(
                invite(tx, &KEY, &random, Some(inviter), &taken).unwrap_err(),
                accounts::NAME_TAKEN
            );
            invite(tx, &KEY, &random, Some(inviter), &WISH)?;
            assert_eq!(invite(tx, &KEY, &random, Some(inviter), &WISH).unwrap_err(), TOO_MANY);
            // Whoever runs the server is not bounded.
            invite(tx, &KEY, &random, None, &WISH)?;
            Ok(())
        })
        .unwrap();
        let later = clock.now().plus_days(8);
        let is_kept_now = |at| db.read_blocking(move |r| is_kept(r, "bob", at)).unwrap();
        assert!(is_kept_now(clock.now()) && !is_kept_now(later));
    });
}

#[test]
fn who_is_erased_invites_nobody() {
    twins(WITH_NOTES, |db, clock| {
        let (inviter, token) = db
            .write_blocking(|tx| {
                let inviter = someone(tx, "alice")?;
                Ok((inviter, invite(tx, &KEY, &Random::seeded(1), Some(inviter), &WISH)?.1))
            })
            .unwrap();
        let handed_out = db.read_blocking(move |r| export(r, inviter)).unwrap();
        assert_eq!(handed_out.as_array().map(Vec::len), Some(1));
        assert!(!handed_out.to_string().contains(&token));
        db.write_blocking(move |tx| erase(tx, inviter)).unwrap();
        let now = clock.now();
        assert_eq!(db.read_blocking(move |r| by_token(r, &KEY, &token, now)).unwrap_err(), UNKNOWN);
    });
}
