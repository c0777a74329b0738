//! Addresses as RFC 7622 §3.5 has them, those it refuses, and properties that hold for any text.

use proptest::prelude::*;

use super::*;

fn parts(text: &str) -> (Option<String>, String, Option<String>) {
    let jid = Jid::new(text).unwrap();
    let owned = |part: Part<'_>| part.to_string();
    (jid.node().map(owned), owned(jid.domain()), jid.resource().map(owned))
}

#[test]
fn the_examples_of_the_standard_are_addresses() {
    for text in [
        "juliet@example.com",
        "juliet@example.com/foo",
        "juliet@example.com/foo bar",
        "juliet@example.com/foo@bar",
        "foo\\20bar@example.com",
        "fussball@example.com",
        "fußball@example.com",
        "π@example.com",
        "king@example.com/♚",
        "example.com",
        "example.com/foobar",
        "a.example.com/b@example.net",
    ] {
        assert_eq!(Jid::new(text).unwrap().as_str(), text);
    }
    assert_eq!(Jid::new("Σ@example.com/foo").unwrap().as_str(), "σ@example.com/foo");
    assert_eq!(
        parts("a.example.com/b@example.net"),
        (None, "a.example.com".into(), Some("b@example.net".into()))
    );
}

#[test]
fn what_the_standard_refuses_is_refused() {
    use Error::{Domainpart, Localpart, Resourcepart};
    for (text, error) in [
        ("\"juliet\"@example.com", Localpart),
        ("foo bar@example.com", Localpart),
        ("juliet@example.com/", Resourcepart),
        ("@example.com", Localpart),
        ("henryⅳ@example.com", Localpart),
        ("♚@example.com", Localpart),
        ("juliet@", Domainpart),
        ("/foobar", Domainpart),
        ("", Domainpart),
        ("juliet@@example.com", Domainpart),
        ("juliet@exa mple.com", Domainpart),
        ("juliet@-example.com", Domainpart),
        ("juliet@example..com", Domainpart),
        ("juliet@[::zz]", Domainpart),
        ("juliet@example.com/a\u{0}b", Resourcepart),
        ("juliet@example.com/a\u{202e}b", Resourcepart), // turns around what follows
        ("juliet@example.com/\u{e0041}", Resourcepart),
        ("\u{6f0}\u{661}@example.com", Localpart),
    ] {
        assert_eq!(Jid::new(text).unwrap_err(), error, "{text}");
    }
}

#[test]
fn equal_addresses_are_equal_as_text() {
    for (text, prepared) in [
        ("Juliet@EXAMPLE.com./Balcony", "juliet@example.com/Balcony"),
        ("JÜRGEN@Müller.example", "jürgen@müller.example"),
        // One character, or a letter and a mark.
        ("ju\u{308}rgen@example.com/ju\u{308}rgen", "jürgen@example.com/jürgen"),
        // Fullwidth letters, in names only.
        ("Ｊｕｌｉｅｔ@example.com/Ｊ", "juliet@example.com/Ｊ"),
        // A soft hyphen and joiners: RFC 6122 took them out.
        ("ju\u{ad}liet@example.com/👩\u{200d}🚀", "juliet@example.com/👩🚀"),
        ("juliet@example.com/a\u{a0}b", "juliet@example.com/a b"),
        ("juliet@[2001:DB8:0:0::1]", "juliet@[2001:db8::1]"),
        ("juliet@127.0.0.1", "juliet@127.0.0.1"),
    ] {
        assert_eq!(Jid::new(text).unwrap().as_str(), prepared, "{text}");
    }
}

#[test]
fn characters_younger_than_unicode_3_2_are_as_good_as_others() {
    for resource in ["🙂", "❤\u{fe0f}", "🤷🏽", "🇩🇪", "ẞ"] {
        let jid = BareJid::new("room@example.com").unwrap().with_resource_str(resource).unwrap();
        assert_eq!(jid.resource().as_str(), resource.replace('\u{fe0f}', ""));
    }
}

#[test]
fn names_from_right_to_left_keep_the_rule() {
    for (local, is_sound) in [
        ("שלום", true),
        ("سلام", true),
        ("שלום1", true),
        ("1שלום", false),
        ("aשלום", false),
        ("שלוםa", false),
        ("שלום-", false),
    ] {
        assert_eq!(Jid::new(&format!("{local}@example.com")).is_ok(), is_sound, "{local}");
    }
}

#[test]
fn parts_are_bounded() {
    let long = "a".repeat(PART_MAX);
    assert!(Jid::new(&format!("{long}@example.com/{long}")).is_ok());
    assert_eq!(Jid::new(&format!("{long}a@example.com")).unwrap_err(), Error::Localpart);
    assert_eq!(Jid::new(&format!("example.com/{long}a")).unwrap_err(), Error::Resourcepart);
    let longest = format!("{l}.{l}.{l}.{}", "b".repeat(61), l = "a".repeat(63));
    assert!(Jid::new(&longest).is_ok());
    assert_eq!(Jid::new(&format!("{longest}b")).unwrap_err(), Error::Domainpart);
}

#[test]
fn kinds_are_told_apart() {
    assert_eq!(BareJid::new("a@b/c").unwrap_err(), Error::NotBare);
    assert_eq!(FullJid::new("a@b").unwrap_err(), Error::NotFull);
    let full = FullJid::new("a@b/c").unwrap();
    assert_eq!(full.resource().as_str(), "c");
    assert_eq!(full.to_bare().with_resource_str("c").unwrap(), full);
    assert_eq!(full.clone().into_bare().as_str(), "a@b");
    let json = serde_json::to_string(&full).unwrap();
    assert_eq!(json, "\"a@b/c\"");
    assert_eq!(serde_json::from_str::<FullJid>(&json).unwrap(), full);
    assert!(serde_json::from_str::<BareJid>(&json).is_err());
}

proptest! {
    /// No panic; what was prepared stays as it is, and its parts make the whole.
    #[test]
    fn preparing_ends_and_is_done_once(text in "\\PC{0,12}@?[a-zA-Z.ü\\[\\]:0-9-]{1,12}/?\\PC{0,12}") {
        if let Ok(jid) = Jid::new(&text) {
            prop_assert_eq!(&Jid::new(jid.as_str()).unwrap(), &jid);
            let whole = written(
                jid.node().map(Part::as_str),
                jid.domain().as_str(),
                jid.resource().map(Part::as_str),
            );
            prop_assert_eq!(whole.as_str(), jid.as_str());
            let bare = jid.to_bare();
            prop_assert_eq!(bare.as_str(), &written(jid.node().map(Part::as_str), &jid.domain(), None));
            if let Some(resource) = jid.resource() {
                let again = bare.with_resource_str(&resource).unwrap();
                prop_assert_eq!(&again, &jid);
            }
        }
    }
}
