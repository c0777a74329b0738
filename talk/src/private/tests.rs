//! Pieces of XML that come back as they went.

use super::*;
use crate::scene::{Scene, Wishes, play, stanza};

fn query(kind: &str, inner: &str) -> Stanza {
    stanza(&format!("<iq type='{kind}' id='p'><query xmlns='{}'>{inner}</query></iq>", ns::PRIVATE))
}

fn set(scene: &Scene<'_>, who: &Session, inner: &str) -> Answer<Outbox> {
    let (iq, session, domain) = (query("set", inner), who.clone(), scene.domain.clone());
    let here = Wishes(Vec::new());
    scene.try_write(move |tx| {
        let ctx = Ctx { domain: &domain, now: tx.now(), here: &here };
        change(tx, ctx, &session, &iq)
    })
}

fn get(scene: &Scene<'_>, who: &Session, inner: &str) -> Answer<String> {
    let iq = query("get", inner);
    let now = scene.clock.now();
    let answered = scene.read(|reader| Ok(answer(reader, &scene.domain, who, &iq, now)));
    answered.map(|reply| String::from_utf8_lossy(reply.inner()).into_owned())
}

#[test]
fn what_was_stored_comes_back_to_its_owner_alone() {
    play(|scene| {
        let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
        let piece = "<exodus xmlns='exodus:prefs'><defaultnick>Hamlet</defaultnick></exodus>";
        set(scene, &romeo, &format!("{piece}<roster xmlns='storage:rosternotes'/>")).unwrap();
        let wanted = "<exodus xmlns='exodus:prefs'/>";
        assert!(get(scene, &romeo, wanted).unwrap().contains("Hamlet"));
        assert!(!get(scene, &juliet, wanted).unwrap().contains("Hamlet"));
        set(scene, &romeo, wanted).unwrap();
        assert!(
            !get(scene, &romeo, wanted).unwrap().contains("Hamlet"),
            "the new one over the old one"
        );
        for (inner, why) in [
            ("", BAD_FORMAT),
            ("<a xmlns='a'/><b xmlns='b'/>", BAD_FORMAT),
            ("<a xmlns='jabber:iq:roster'/>", NOT_ACCEPTABLE),
            ("<a xmlns='vcard-temp'/>", NOT_ACCEPTABLE),
        ] {
            assert_eq!(get(scene, &romeo, inner).unwrap_err(), why, "{inner}");
        }
        assert_eq!(set(scene, &romeo, "").unwrap_err(), NOT_ACCEPTABLE);
        let half = "<a xmlns='a'/><b xmlns='jabber:client'/>";
        assert_eq!(set(scene, &romeo, half).unwrap_err(), NOT_ACCEPTABLE, "all or nothing");
        let big = format!("<a xmlns='a'>{}</a>", "x".repeat(ENTRY_MAX_BYTES));
        assert_eq!(set(scene, &romeo, &big).unwrap_err(), FULL);
        let account = romeo.account;
        let export = || scene.read(|reader| privacy::export(reader, account));
        assert_eq!(export().as_array().unwrap().len(), 2);
        scene.write(move |tx| privacy::erase(tx, account));
        assert!(export().as_array().unwrap().is_empty());
    });
}
