//! Cards for those who know each other.

use super::*;
use crate::picture::tests::PNG;
use crate::pubsub::Nobody;
use crate::scene::{Scene, play, stanza};

fn set(scene: &Scene<'_>, who: &Session, inner: &str) -> Answer<Outbox> {
    let iq =
        stanza(&format!("<iq type='set' id='v'><vCard xmlns='vcard-temp'>{inner}</vCard></iq>"));
    let (domain, session) = (scene.domain.clone(), who.clone());
    scene.try_write(move |tx| {
        let ctx = Ctx { domain: &domain, now: tx.now(), here: &Nobody };
        change(tx, ctx, &session, &iq)
    })
}

fn get(scene: &Scene<'_>, whose: &Session, asker: &Asker) -> Answer<String> {
    let iq = stanza("<iq type='get' id='v'><vCard xmlns='vcard-temp'/></iq>");
    let ctx = Ctx { domain: &scene.domain, now: scene.clock.now(), here: &Nobody };
    let place = Place::of_session(whose);
    let answered = scene.read(|reader| Ok(answer(reader, ctx, &place, asker, &iq)));
    answered.map(|reply| String::from_utf8_lossy(reply.inner()).into_owned())
}

fn here(session: &Session) -> Asker {
    Asker::Here(session.clone())
}

#[test]
fn a_card_is_written_by_oneself_and_read_by_those_who_know_one() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (neighbour, stranger) = (scene.session("Benvolio"), scene.session("Juliet"));
        let own = get(scene, &romeo, &here(&romeo)).unwrap();
        assert!(own.contains("<FN>Romeo Montague</FN>"), "{own}");
        assert!(own.contains("<ORGNAME>Landesverband Verona</ORGNAME>"), "{own}");
        assert!(own.contains("<ORGUNIT>Ortsverband Montague</ORGUNIT>"), "{own}");
        let photo = format!(
            "<PHOTO><TYPE>image/svg+xml</TYPE><BINVAL>{}\n{}</BINVAL></PHOTO>",
            &PNG[..20],
            &PNG[20..]
        );
        set(scene, &romeo, &format!("<NICKNAME>Romi</NICKNAME>{photo}")).unwrap();
        let seen = get(scene, &romeo, &here(&neighbour)).unwrap();
        assert!(seen.contains("Romi") && seen.contains("<FN>Romeo Montague</FN>"), "{seen}");
        // XEP-0153 §5: the type is that of the bytes.
        let shown = format!("<TYPE>image/png</TYPE><BINVAL>{PNG}</BINVAL>");
        assert!(seen.contains(&shown), "{seen}");
        assert_eq!(get(scene, &romeo, &here(&stranger)).unwrap_err(), pep::HIDDEN);
        // A card without a picture leaves it, one with an empty picture takes it away.
        set(scene, &romeo, "<NICKNAME>R</NICKNAME>").unwrap();
        assert!(get(scene, &romeo, &here(&neighbour)).unwrap().contains("BINVAL"));
        set(scene, &romeo, "<NICKNAME>R</NICKNAME><PHOTO/>").unwrap();
        assert!(!get(scene, &romeo, &here(&neighbour)).unwrap().contains("BINVAL"));
        let long = format!("<DESC>{}</DESC>", "x".repeat(CARD_MAX_BYTES));
        assert_eq!(set(scene, &romeo, &long).unwrap_err(), TOO_LONG);
        for base64 in ["?", "aGVsbG8=", "PHN2Zy8+"] {
            let photo = format!("<PHOTO><TYPE>image/png</TYPE><BINVAL>{base64}</BINVAL></PHOTO>");
            assert_eq!(set(scene, &romeo, &photo).unwrap_err(), avatars::UNFIT, "{base64}");
        }
        let account = romeo.account;
        assert!(scene.read(|reader| privacy::export(reader, account))["card"].is_string());
        scene.write(move |tx| privacy::erase(tx, account));
        assert!(scene.read(|reader| privacy::export(reader, account))["card"].is_null());
    });
}

#[test]
fn name_and_organisation_are_the_directorys() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        for (card, is_well) in [
            ("<FN>Romeo Montague</FN>", true),
            ("<FN/><N/><ORG/>", true),
            ("<N><FAMILY>Montague</FAMILY><GIVEN> Romeo </GIVEN><MIDDLE/></N>", true),
            ("<ORG><ORGNAME>Landesverband Verona</ORGNAME></ORG>", true),
            ("<FN>Der Vorsitzende</FN>", false),
            ("<N><FAMILY>Capulet</FAMILY></N>", false),
            (
                "<ORG><ORGNAME>Landesverband Verona</ORGNAME><ORGUNIT>Vorstand</ORGUNIT></ORG>",
                false,
            ),
        ] {
            let done = set(scene, &romeo, card).map(drop);
            assert_eq!(done, if is_well { Ok(()) } else { Err(DIRECTORY_OWNS_IT) }, "{card}");
        }
        // The card that was read can be written back as it is.
        let own = get(scene, &romeo, &here(&romeo)).unwrap();
        let inner = own.split_once('>').unwrap().1.rsplit_once("</").unwrap().0;
        set(scene, &romeo, inner).unwrap();
        assert_eq!(get(scene, &romeo, &here(&romeo)).unwrap(), own);
    });
}

/// Whoever is no member learns the name he knows anyway, and not where somebody lives.
#[test]
fn the_unit_is_shown_within_the_directory_only() {
    play(|scene| {
        let (romeo, benvolio) = (scene.session("Romeo"), scene.session("Benvolio"));
        let fixed = |asker: &Asker| {
            let shown = scene.read(|reader| directory::shown(reader, romeo.person, asker));
            shown.iter().map(|part| part.name().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(fixed(&here(&benvolio)), ["FN", "ORG"]);
        let abroad = Asker::Abroad(konvent_wire::Jid::new("paris@mantua.example").unwrap());
        assert_eq!(fixed(&abroad), ["FN"]);
    });
}
