//! One picture with several faces.

use super::*;
use crate::picture::tests::PNG;
use crate::pubsub::{Nobody, request};
use crate::scene::{Scene, about_nodes, play, stanza};

fn try_publish(
    scene: &Scene<'_>,
    who: &Session,
    node: &str,
    id: &str,
    payload: &str,
) -> Answer<()> {
    let inner = format!("<publish node='{node}'><item id='{id}'>{payload}</item></publish>");
    let iq = about_nodes("set", ns::PUBSUB, &inner);
    let request = request::read(&iq)?.unwrap();
    check(&request)?;
    let (domain, session) = (scene.domain.clone(), who.clone());
    scene.try_write(move |tx| {
        let ctx = Ctx { domain: &domain, now: tx.now(), here: &Nobody };
        let place = Place::of_session(&session);
        pubsub::change::change(tx, ctx, &place, &Asker::Here(session), &request, &iq).map(drop)
    })
}

fn data(base64: &str) -> String {
    format!("<data xmlns='{}'>{base64}</data>", ns::AVATAR_DATA)
}

#[test]
fn a_picture_that_is_published_is_seen_by_its_hash_by_those_who_may() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let picture = Picture::of_base64(PNG).unwrap();
        let id = picture.hash();
        let ctx = Ctx { domain: &scene.domain, now: scene.clock.now(), here: &Nobody };
        let place = Place::of_session(&romeo);
        let seen = |name: &str| {
            let asker = Asker::Here(scene.session(name));
            scene.read(|reader| seen_by(reader, ctx, &place, &asker))
        };
        let hash = || scene.read(|reader| hash(reader, romeo.account));
        assert_eq!((seen("Benvolio"), hash()), (None, None));
        let broken = format!("{}\n {}", &PNG[..20], &PNG[20..]); // white space is no part of it
        try_publish(scene, &romeo, ns::AVATAR_DATA, &id, &data(&broken)).unwrap();
        let metadata = |id: &str| {
            format!(
                "<metadata xmlns='{}'><info bytes='9' id='x' type='image/gif' url='https://x/'/><info bytes='5' id='{id}' type='image/png'/></metadata>",
                ns::AVATAR_METADATA
            )
        };
        try_publish(scene, &romeo, ns::AVATAR_METADATA, &id, &metadata(&id)).unwrap();
        assert_eq!((seen("Benvolio"), hash()), (Some(picture), Some(id.clone())));
        assert_eq!(seen("Juliet"), None, "she does not see his presence");
        // Metadata that name what is not there, or nothing that could be a hash, show nothing.
        let other = "0".repeat(40);
        try_publish(scene, &romeo, ns::AVATAR_METADATA, &other, &metadata(&other)).unwrap();
        assert_eq!((seen("Benvolio"), hash()), (None, Some(other)));
        try_publish(scene, &romeo, ns::AVATAR_METADATA, "n", &metadata("nonsense")).unwrap();
        assert_eq!((seen("Benvolio"), hash()), (None, Some(String::new())));
    });
}

#[test]
fn what_is_no_picture_or_bears_another_name_is_not_published() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let id = Picture::of_base64(PNG).unwrap().hash();
        let svg = "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=";
        let huge = {
            use base64::Engine as _;
            let mut bytes = b"GIF89a\x20\0\x20\0".to_vec();
            bytes.resize(PICTURE_MAX_BYTES + 1, 0);
            base64::engine::general_purpose::STANDARD.encode(bytes)
        };
        for (id, payload) in [
            (id.as_str(), data(svg)),
            (id.as_str(), data("")),
            (id.as_str(), "<other xmlns='u'/>".to_owned()),
            ("current", data(PNG)),
            (id.as_str(), data(&huge)),
        ] {
            let refused = try_publish(scene, &romeo, ns::AVATAR_DATA, id, &payload);
            assert_eq!(refused.unwrap_err(), UNFIT, "{id} {}", &payload[..payload.len().min(80)]);
        }
        try_publish(scene, &romeo, ns::AVATAR_DATA, &id.to_uppercase(), &data(PNG)).unwrap();
        try_publish(scene, &romeo, "urn:tune", "current", "<other xmlns='u'/>").unwrap();
    });
}

#[test]
fn a_presence_carries_the_hash_unless_its_client_shows_none() {
    let of = |inner: &str, kind: &str, hash: Option<&str>| {
        let said = stanza(&format!("<presence{kind}>{inner}</presence>"));
        let stamped = stamp(&said, hash);
        let found = stamped.child("x", ns::VCARD_UPDATE).and_then(ChildRef::element);
        found.map(|x| x.get_child("photo", ns::VCARD_UPDATE).map(Element::text))
    };
    let photo = |text: &str| format!("<x xmlns='vcard-temp:x:update'>{text}</x>");
    let said = |text: &str| Some(Some(text.to_owned()));
    assert_eq!(of("<show>away</show>", "", Some("h")), said("h"));
    assert_eq!(of(&photo(""), "", Some("h")), said("h"));
    assert_eq!(of(&photo("<photo>other</photo>"), "", Some("h")), said("h"));
    assert_eq!(of(&photo("<photo/>"), "", Some("h")), said(""));
    assert_eq!(of("", " type='unavailable'", Some("h")), None);
    // Taken away, and never there.
    assert_eq!(of("", "", Some("")), said(""));
    assert_eq!(of("", "", None), None);
    assert_eq!(of(&photo(""), "", None), said(""));
    assert_eq!(of(&photo("<photo>mine</photo>"), "", None), said("mine"));
}
