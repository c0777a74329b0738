//! What signs a device in again: cookies, app passwords, tokens; and that nothing stored does.

use super::*;

#[test]
fn a_cookie_counts_until_it_is_rotated_revoked_or_too_old() {
    twins(WITH_NOTES, |db, clock| {
        let (account, device) = db
            .write_blocking(|tx| {
                let person = member(tx, "1", "Romeo", "Montague")?;
                let account = open(tx, &KEY, person)?.0.id;
                Ok((account, new_device(tx, account, "Firefox", DeviceKind::Browser, None)?))
            })
            .unwrap();
        let cookie = device_token(&KEY, device.id, device.generation, "cookie");
        let knows = |cookie: &str, now: Millis| {
            db.read_blocking(|reader| device_by_cookie(reader, &KEY, cookie, now))
                .unwrap()
                .is_some()
        };
        let now = clock.now();
        assert!(knows(&cookie, now));
        assert!(!knows(&device_token(&KEY, device.id, 1, "fast"), now), "a token has one use");
        assert!(
            !knows(&format!("{}.AAAA", device.id), now) && !knows("", now) && !knows("x.y", now)
        );
        assert!(!knows(&cookie, now.plus_days(TOKEN_DAYS)));
        let generation = db.write_blocking(move |tx| rotate(tx, device.id)).unwrap();
        assert!(!knows(&cookie, now));
        let fresh = device_token(&KEY, device.id, generation, "cookie");
        assert!(knows(&fresh, now));
        let stranger = AccountId(1);
        assert_eq!(
            db.write_blocking(move |tx| revoke_device(tx, stranger, device.id)),
            Err(UNKNOWN)
        );
        db.write_blocking(move |tx| revoke_device(tx, account, device.id)).unwrap();
        assert!(!knows(&fresh, now));
    });
}

#[test]
fn app_passwords_are_scram_keys_with_one_salt() {
    twins(WITH_NOTES, |db, _| {
        let (account, plain) = db
            .write_blocking(|tx| {
                let person = member(tx, "1", "Romeo", "Montague")?;
                let account = open(tx, &KEY, person)?.0.id;
                make_app_password(tx, &Random::system(), account, "Telefon")?;
                Ok((account, make_app_password(tx, &Random::system(), account, "Rechner")?.1))
            })
            .unwrap();
        assert_eq!(plain.len(), 29);
        for hash in [ScramHash::Sha1, ScramHash::Sha256] {
            let offer =
                db.read_blocking(|reader| scram(reader, &KEY, "romeo.montague", hash)).unwrap();
            let expected = match hash {
                ScramHash::Sha1 => app_passwords::keys_sha1(&plain, &offer.salt, offer.iterations),
                ScramHash::Sha256 => {
                    app_passwords::keys_sha256(&plain, &offer.salt, offer.iterations)
                }
            };
            assert_eq!(offer.candidates.len(), 2);
            let last = offer.candidates.last().unwrap();
            assert_eq!((last.stored_key.clone(), last.server_key.clone()), expected);
        }
        let list = db.read_blocking(|reader| app_passwords(reader, account)).unwrap();
        assert_eq!(
            list.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(),
            ["Rechner", "Telefon"]
        );
        let gone = list[0].id;
        db.write_blocking(move |tx| revoke_app_password(tx, account, gone)).unwrap();
        assert_eq!(
            db.write_blocking(move |tx| revoke_app_password(tx, account, gone)),
            Err(UNKNOWN)
        );
    });
}

/// RFC 5802 §5 and RFC 7677 §3 name password, salt and the server's signature; from them follow our keys.
#[test]
fn the_keys_are_those_of_the_standards() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use hmac::{Hmac, KeyInit, Mac};
    let salt = STANDARD.decode("QSXCR+Q6sek8bf92").unwrap();
    let (_, server_key) = app_passwords::keys_sha1("pencil", &salt, 4096);
    let auth = "n=user,r=fyko+d2lbbFgONRv9qkxdawL,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096,c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j";
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&server_key).unwrap();
    mac.update(auth.as_bytes());
    assert_eq!(STANDARD.encode(mac.finalize().into_bytes()), "rmF9pqV8S7suAoZWja4dJRkFsKQ=");

    let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
    let (_, server_key) = app_passwords::keys_sha256("pencil", &salt, 4096);
    let auth = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&server_key).unwrap();
    mac.update(auth.as_bytes());
    assert_eq!(
        STANDARD.encode(mac.finalize().into_bytes()),
        "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    );
}

#[test]
fn whoever_leaves_cannot_come_in_and_comes_back_under_the_old_address() {
    twins(WITH_NOTES, |db, clock| {
        let (person, cookie) = db
            .write_blocking(|tx| {
                let person = member(tx, "1", "Romeo", "Montague")?;
                let account = open(tx, &KEY, person)?.0.id;
                make_app_password(tx, &Random::system(), account, "Telefon")?;
                let device = new_device(tx, account, "Firefox", DeviceKind::Browser, None)?;
                Ok((person, device_token(&KEY, device.id, 1, "cookie")))
            })
            .unwrap();
        let code = db.write_blocking(move |tx| letter(tx, person)).unwrap().to_string();
        let leaving =
            Leaving { on: date(2026, 11, 21), status: Status::Left, reason: String::new() };
        db.write_blocking(move |tx| {
            people::leave(tx, person, &leaving)?;
            assert!(close(tx, person)?.is_some());
            assert_eq!(close(tx, person)?, None);
            Ok(())
        })
        .unwrap();
        let now = clock.now();
        let known =
            db.read_blocking(|reader| device_by_cookie(reader, &KEY, &cookie, now)).unwrap();
        assert_eq!(known, None);
        let asked =
            |reader: &mut Reader<'_>| scram(reader, &KEY, "romeo.montague", ScramHash::Sha1);
        assert_eq!(db.read_blocking(asked).unwrap().account, None);
        assert_eq!(try_code(db, &code, Some(1950), "a"), Outcome::Refused(WRONG_CODE));
        let reopened = db
            .write_blocking(move |tx| {
                let unit = crate::units::by_key(tx, "1")?.unwrap().id;
                let (kind, status) = (MembershipKind::Home, Status::Active);
                people::join(tx, &NewMembership { person, unit, kind, status, joined_on: None })?;
                open(tx, &KEY, person)
            })
            .unwrap();
        assert_eq!((reopened.0.localpart.as_str(), reopened.1), ("romeo.montague", true));
    });
}

#[test]
fn nothing_that_is_stored_signs_in() {
    twins(WITH_NOTES, |db, _| {
        let code = db
            .write_blocking(|tx| {
                let person = member(tx, "1", "Romeo", "Montague")?;
                letter(tx, person)
            })
            .unwrap();
        assert_eq!(format!("{code:?} {KEY:?}"), "Code(‹secret›) ServerKey(‹secret›)");
        let other = ServerKey::new([8; 32]);
        let text = code.to_string();
        let outcome = db
            .write_blocking(move |tx| {
                let attempt =
                    Attempt { code: &text, birth_year: Some(1950), source: "a", device_name: "" };
                sign_in(tx, &other, &attempt)
            })
            .unwrap();
        assert_eq!(outcome, Outcome::Refused(WRONG_CODE), "the database without the key is no use");
    });
}

#[test]
fn an_account_brings_its_keys_and_the_house_offers_what_everybody_has() {
    use konvent_wire::portable::Credentials;
    use konvent_wire::sasl::{Hash, Keys};

    twins(WITH_NOTES, |db, _| {
        let keys = Keys::derive(Hash::Sha1, "wherefore art thou", b"from elsewhere", 4096).unwrap();
        let verifier = keys.verifiers.first().unwrap().clone();
        let brought = Credentials {
            hash: Hash::Sha1,
            salt: keys.salt.clone(),
            iterations: 4096,
            stored_key: verifier.stored_key.clone(),
            server_key: verifier.server_key,
        };
        let given = brought.clone();
        let account = db
            .write_blocking(move |tx| {
                assert_eq!(hashes(tx)?, [Hash::Sha256, Hash::Sha1]);
                let password = NewPassword::brought(&[given]);
                open_outside(tx, &KEY, Actor::Operator, "juliet", &password)
            })
            .unwrap();
        db.read_blocking(|reader| {
            assert_eq!(hashes(reader)?, [Hash::Sha1]);
            assert_eq!(credentials(reader, account.id)?, [brought]);
            let offer = scram(reader, &KEY, "juliet", ScramHash::Sha1)?;
            assert_eq!((offer.salt.as_slice(), offer.iterations), (&b"from elsewhere"[..], 4096));
            assert_eq!(offer.candidates[0].stored_key, verifier.stored_key);
            let other = scram(reader, &KEY, "juliet", ScramHash::Sha256)?;
            assert_eq!((other.candidates[0].app_password, other.salt.len()), (0, 16), "{other:?}");
            Ok(())
        })
        .unwrap();
        // A new password has keys for both.
        let new = NewPassword::derive(&KEY, "juliet", "a rose by any other name", 10).unwrap();
        db.write_blocking(move |tx| set_password(tx, Actor::Server, account.id, &new).map(drop))
            .unwrap();
        db.read_blocking(|reader| {
            assert_eq!(hashes(reader)?, [Hash::Sha256, Hash::Sha1]);
            assert_eq!(credentials(reader, account.id)?.len(), 2);
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn a_token_is_compared_as_often_whoever_it_is_said_to_be_of() {
    twins(WITH_NOTES, |db, clock| {
        let now = clock.now();
        let account = db
            .write_blocking(|tx| {
                let password = NewPassword::derive(&KEY, "romeo", "correct horse battery", 10)?;
                let account = open_outside(tx, &KEY, Actor::Server, "romeo", &password)?;
                for name in ["one", "two"] {
                    new_device(tx, account.id, name, DeviceKind::Xmpp, None)?;
                }
                Ok(account)
            })
            .unwrap();
        let compared_as = |name: &'static str| {
            db.read_blocking(move |reader| compared(reader, &KEY, name, "fast", now)).unwrap()
        };
        let (romeo, nobody) = (compared_as("romeo"), compared_as("nobody"));
        assert_eq!((romeo.tokens.len(), nobody.tokens.len()), (4, 4));
        let (known, devices) = romeo.known.unwrap();
        assert_eq!((known.id, known.name.as_str(), devices.len()), (account.id, "romeo", 2));
        let own: Vec<i64> = romeo.tokens.iter().map(|(id, _)| *id).filter(|id| *id > 0).collect();
        assert_eq!(own, devices.iter().map(|device| device.id).collect::<Vec<_>>());
        assert!(nobody.known.is_none() && nobody.tokens.iter().all(|(id, _)| *id == 0));
        // Who is locked out is as good as nobody.
        db.write_blocking(move |tx| lock(tx, Actor::Server, account.id, true)).unwrap();
        let locked = compared_as("romeo");
        assert!(locked.known.is_none() && locked.tokens == nobody.tokens);
        // Some have many devices, and so have some names that nobody has.
        db.write_blocking(move |tx| {
            lock(tx, Actor::Server, account.id, false)?;
            (2..20)
                .try_for_each(|_| new_device(tx, account.id, "x", DeviceKind::Xmpp, None).map(drop))
        })
        .unwrap();
        assert_eq!(compared_as("romeo").tokens.len(), 50);
        let mut counts = std::collections::BTreeMap::<usize, usize>::new();
        for number in 0..400 {
            let name: &'static str = format!("nobody{number}").leak();
            *counts.entry(compared_as(name).tokens.len()).or_default() += 1;
        }
        assert_eq!(counts.keys().copied().collect::<Vec<_>>(), [4, 16, 50]);
        assert!(counts[&4] > 300 && counts[&16] > counts[&50], "{counts:?}");
    });
}
