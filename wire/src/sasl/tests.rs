//! SCRAM against the examples of its standards, and against those who cheat.

use super::scram::{Scram, offer_hash};
use super::*;
use crate::client::scram::ScramClient;

/// The exchange of RFC 5802 §5 and RFC 7677 §3: same user, password `pencil`, fixed nonces.
fn example(hash: Hash, client: &str, server: &str, salt: &str) -> (String, String, String) {
    let none = ChannelBinding::default();
    let salt = decode(salt).unwrap();
    let keys = Keys::derive(hash, "pencil", &salt, 4096).unwrap();
    let mut ours = ScramClient::new(hash, false, "user", "pencil", client, &none).unwrap();
    let mut theirs = Scram::begin(hash, false, ours.first().as_bytes(), &none).unwrap();
    assert_eq!(theirs.username, "user");
    let challenge = theirs.challenge(keys, server, None);
    let last = ours.last(challenge.as_bytes()).unwrap();
    let (verifier, _) = theirs.finish(last.as_bytes()).unwrap();
    assert!(ours.is_proven(verifier.as_bytes()));
    assert!(!ours.is_proven(b"v=rmF9pqV8S7suAoZWja4dJRkFsKR="));
    (challenge, last, verifier)
}

#[test]
fn rfc_5802_section_5() {
    let (challenge, last, verifier) =
        example(Hash::Sha1, "fyko+d2lbbFgONRv9qkxdawL", "3rfcNHYJY1ZVvWVs7j", "QSXCR+Q6sek8bf92");
    assert_eq!(challenge, "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096");
    assert_eq!(
        last,
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
    );
    assert_eq!(verifier, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=");
}

#[test]
fn rfc_7677_section_3() {
    let (challenge, last, verifier) = example(
        Hash::Sha256,
        "rOprNGfwEbeRWgbNEkqO",
        "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        "W22ZaJ0SNY7soEsUEjb6gQ==",
    );
    assert_eq!(
        challenge,
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    );
    assert_eq!(
        last,
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
         p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    );
    assert_eq!(verifier, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

#[test]
fn xep_0474_section_5_3() {
    let offered = ["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"];
    let bindings = ["tls-server-end-point", "tls-exporter"];
    assert_eq!(offer_hash(Hash::Sha1, &offered, &bindings), "G6k/rBLDqgOhRRaCuuatSDFkJ08=");
}

fn bound() -> ChannelBinding {
    ChannelBinding { exporter: Some(vec![7; 32]), end_point: Some(vec![9; 32]) }
}

fn begin(is_plus: bool, message: &str, binding: &ChannelBinding) -> Option<SaslCondition> {
    Scram::begin(Hash::Sha256, is_plus, message.as_bytes(), binding).err()
}

#[test]
fn first_messages_are_read_strictly() {
    use SaslCondition::{MalformedRequest, NotAuthorized};
    let none = ChannelBinding::default();
    assert_eq!(begin(false, "n,,n=user,r=abc", &none), None);
    assert_eq!(begin(false, "y,,n=user,r=abc", &none), None);
    assert_eq!(begin(false, "n,a=u@h,n=user,r=abc", &none), None);
    // The client can bind and thinks we cannot, but we offered it: somebody removed it on the way.
    assert_eq!(begin(false, "y,,n=user,r=abc", &bound()), Some(NotAuthorized));
    assert_eq!(begin(true, "p=tls-unique,,n=user,r=abc", &bound()), Some(NotAuthorized));
    assert_eq!(begin(true, "p=tls-exporter,,n=user,r=abc", &none), Some(NotAuthorized));
    for (is_plus, message) in [
        (true, "n,,n=user,r=abc"),
        (false, "p=tls-exporter,,n=user,r=abc"),
        (false, "n,,m=x,n=user,r=abc"),
        (false, "n,,n=,r=abc"),
        (false, "n,,n=us=er,r=abc"),
        (false, "n,,n=us=2,r=abc"),
        (false, "n,,n=user,r="),
        (false, "n,,n=user,r=a\u{7f}"),
        (false, "n,b=x,n=user,r=abc"),
        (false, "n,,n=user"),
        (false, "n,"),
        (false, ""),
    ] {
        assert_eq!(begin(is_plus, message, &bound()), Some(MalformedRequest), "{message}");
    }
    let scram = Scram::begin(Hash::Sha1, false, b"n,,n=a=2Cb=3Dc,r=x", &none).unwrap();
    assert_eq!(scram.username, "a,b=c");
}

#[test]
fn the_binding_must_be_the_same_on_both_sides() {
    for (theirs, is_right) in
        [(bound(), true), (ChannelBinding { exporter: Some(vec![8; 32]), end_point: None }, false)]
    {
        let keys = Keys::derive(Hash::Sha256, "pencil", b"0123456789abcdef", 1).unwrap();
        let mut client =
            ScramClient::new(Hash::Sha256, true, "user", "pencil", "n", &theirs).unwrap();
        let first = client.first();
        let mut server = Scram::begin(Hash::Sha256, true, first.as_bytes(), &bound()).unwrap();
        let last = client.last(server.challenge(keys, "s", None).as_bytes()).unwrap();
        assert_eq!(server.finish(last.as_bytes()).is_ok(), is_right);
    }
}

#[test]
fn wrong_proofs_and_nonces_are_refused() {
    let none = ChannelBinding::default();
    let keys = Keys::derive(Hash::Sha1, "pencil", b"0123456789abcdef", 1).unwrap();
    let refused = |change: fn(String) -> String, password: &str| {
        let mut client = ScramClient::new(Hash::Sha1, false, "user", password, "n", &none).unwrap();
        let mut server = Scram::begin(Hash::Sha1, false, client.first().as_bytes(), &none).unwrap();
        let challenge = server.challenge(keys.clone(), "s", None);
        let last = change(client.last(challenge.as_bytes()).unwrap());
        server.finish(last.as_bytes()).err()
    };
    assert_eq!(refused(|last| last, "pencil"), None);
    assert_eq!(refused(|last| last, "Pencil"), Some(SaslCondition::NotAuthorized));
    let other_nonce = |last: String| last.replace("r=ns", "r=nt");
    assert_eq!(refused(other_nonce, "pencil"), Some(SaslCondition::NotAuthorized));
    let no_proof = |_| "c=biws,r=ns,p=".to_owned();
    assert_eq!(refused(no_proof, "pencil"), Some(SaslCondition::NotAuthorized));
    let nothing = |_| String::new();
    assert_eq!(refused(nothing, "pencil"), Some(SaslCondition::MalformedRequest));
}

#[test]
fn one_account_has_several_passwords() {
    let none = ChannelBinding::default();
    let salt = b"0123456789abcdef";
    let verifier =
        |id: &str, password| Verifier::derive(Hash::Sha256, id, password, salt, 1).unwrap();
    let verifiers = vec![verifier("phone", "pencil"), verifier("laptop", "pen")];
    let keys = Keys { salt: salt.to_vec(), iterations: 1, verifiers };
    let fitting = |password| {
        let mut client =
            ScramClient::new(Hash::Sha256, false, "user", password, "n", &none).unwrap();
        let first = client.first();
        let mut server = Scram::begin(Hash::Sha256, false, first.as_bytes(), &none).unwrap();
        let challenge = server.challenge(keys.clone(), "s", None);
        let last = client.last(challenge.as_bytes()).unwrap();
        let (answer, id) = server.finish(last.as_bytes()).ok()?;
        assert!(client.is_proven(answer.as_bytes()));
        Some(id)
    };
    assert_eq!(fitting("pen").as_deref(), Some("laptop"));
    assert_eq!(fitting("pencil").as_deref(), Some("phone"));
    assert_eq!(fitting("chalk"), None);
}

#[test]
fn clients_notice_a_server_that_cheats() {
    let none = ChannelBinding::default();
    let client = || ScramClient::new(Hash::Sha256, false, "user", "pencil", "n", &none).unwrap();
    assert!(client().last(b"r=other,s=AAAA,i=1").is_err());
    assert!(client().last(b"r=n,s=AAAA,i=1").is_err());
    assert!(client().last(b"r=nx,s=AAAA,i=0").is_err());
    assert!(client().last(b"r=nx,s=AAAA,i=4000000000").is_err());
    let mut warned = client().expecting("right".to_owned());
    assert!(warned.last(b"r=nx,s=AAAA,i=1,h=wrong").is_err());
    assert!(!client().is_proven(b"v="), "nothing was exchanged yet");
}

#[test]
fn nobody_has_stable_salts_and_no_password() {
    let keys = Keys::nobodys(Hash::Sha256, "tybalt", &[1; 32], 4096);
    assert_eq!(keys, Keys::nobodys(Hash::Sha256, "tybalt", &[1; 32], 4096));
    assert_ne!(keys.salt, Keys::nobodys(Hash::Sha1, "tybalt", &[1; 32], 4096).salt);
    assert_ne!(keys.salt, Keys::nobodys(Hash::Sha256, "paris", &[1; 32], 4096).salt);
    assert_eq!(keys.salt.len(), 16);
}

#[test]
fn passwords_are_prepared() {
    // RFC 4013 §3: the soft hyphen vanishes, the ordinal becomes a letter.
    let derive = |password| Keys::derive(Hash::Sha1, password, b"salt", 1);
    assert_eq!(derive("I\u{ad}X"), derive("IX"));
    assert_eq!(derive("\u{aa}"), derive("a"));
    assert_eq!(derive("\u{7}"), None);
}

#[test]
fn names_of_mechanisms_are_found_again() {
    for name in ["SCRAM-SHA-1", "SCRAM-SHA-256-PLUS", "HT-SHA-256-NONE", "HT-SHA-256-EXPR"] {
        assert_eq!(Mechanism::from_name(name).unwrap().as_str(), name);
    }
    assert_eq!(Mechanism::from_name("PLAIN"), None);
}
