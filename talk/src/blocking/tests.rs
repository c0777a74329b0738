//! Who is covered by a block list, and how it is changed, on both engines.

use super::report as report_of;
use super::*;
use crate::Session;
use crate::scene::{Scene, for_session, play, stanza};
use konvent_core::{Millis, Outbox, Post, Reach, audit};
use konvent_wire::Stanza;

fn list(items: &[&str]) -> Blocklist {
    Blocklist::new(items.iter().map(|item| (*item).to_owned()).collect())
}

/// XEP-0191 §6, row by row.
#[test]
fn addresses_are_matched_by_the_four_rules() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("a@b.c/r", &["a@b.c/r"], &["a@b.c", "a@b.c/s", "b.c", "b.c/r", "x@b.c/r"]),
        ("a@b.c", &["a@b.c", "a@b.c/r", "a@b.c/s"], &["x@b.c", "b.c", "a@x.b.c"]),
        ("b.c/r", &["b.c/r", "a@b.c/r"], &["b.c", "b.c/s", "a@b.c/s", "a@b.c"]),
        (
            "b.c",
            &["b.c", "b.c/r", "a@b.c", "a@b.c/r", "x.b.c", "a@x.b.c", "a@x.b.c/r", "a@y.x.b.c"],
            &["c", "xb.c", "a@xb.c", "a@b.c.d"],
        ),
    ];
    for (blocked, covered, free) in cases {
        let list = list(&[blocked]);
        for address in *covered {
            assert!(list.covers(&Jid::new(address).unwrap()), "{blocked} covers {address}");
        }
        for address in *free {
            assert!(!list.covers(&Jid::new(address).unwrap()), "{blocked} leaves {address}");
        }
    }
    assert!(!list(&[]).covers(&Jid::new("a@b.c/r").unwrap()));
}

fn request(scene: &Scene<'_>, session: &Session, xml: &str) -> Answer<Changed> {
    let (domain, session) = (scene.domain.clone(), session.clone());
    let iq = stanza(&format!("<iq type='set' id='b1'>{xml}</iq>"));
    scene.try_write(move |tx| {
        let behind = |address: &Jid| {
            let is_tybalt = address.as_str() == "ov@gruppen.verona.example/Tybalt";
            is_tybalt.then(|| Jid::new("juliet.capulet@verona.example").unwrap().to_bare())
        };
        change(tx, &domain, &session, &iq, &behind)
    })
}

fn block(scene: &Scene<'_>, session: &Session, address: &str) -> Answer<Changed> {
    let item = format!("<block xmlns='urn:xmpp:blocking'><item jid='{address}'/></block>");
    request(scene, session, &item)
}

fn pushes(out: Outbox) -> Vec<Stanza> {
    out.into_posts()
        .into_iter()
        .filter_map(|post| match post {
            Post::Account { reach: Reach::Blocklist, stanza, .. } => Some(stanza),
            _ => None,
        })
        .collect()
}

#[test]
fn a_list_is_kept_asked_for_and_emptied() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let get = stanza("<iq type='get' id='b'><blocklist xmlns='urn:xmpp:blocking'/></iq>");
        assert!(is_about(&get));
        let items = || {
            let list = scene.read(|reader| blocklist(reader, romeo.account));
            let reply = answer(&get, &list).unwrap().payload().unwrap();
            reply.children().map(|item| item.attr("jid").unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert!(items().is_empty());
        let changed = block(scene, &romeo, "Tybalt@Verona.example").unwrap();
        assert_eq!(changed.list.items(), ["tybalt@verona.example"]);
        block(scene, &romeo, "spam.example").unwrap();
        block(scene, &romeo, "spam.example").unwrap();
        assert_eq!(items(), ["spam.example", "tybalt@verona.example"]);
        let covered = Jid::new("x@spam.example/y").unwrap();
        assert!(scene.read(|reader| blocks(reader, romeo.account, &covered)));
        let juliet = scene.account("Juliet").id;
        assert!(!scene.read(|reader| blocks(reader, juliet, &covered)));
        let one = "<unblock xmlns='urn:xmpp:blocking'><item jid='spam.example'/></unblock>";
        request(scene, &romeo, one).unwrap();
        assert_eq!(items(), ["tybalt@verona.example"]);
        let all = request(scene, &romeo, "<unblock xmlns='urn:xmpp:blocking'/>").unwrap();
        assert!(items().is_empty() && all.list.is_empty());
        let push = pushes(all.out).remove(0).payload().unwrap();
        assert!(push.is("unblock", "urn:xmpp:blocking") && push.children().count() == 0);
    });
}

#[test]
fn what_makes_no_sense_or_reaches_everybody_is_refused_whole() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let long = "<block xmlns='urn:xmpp:blocking'><item jid='a@b.example'/><item/></block>";
        for (xml, refusal) in [
            ("<block xmlns='urn:xmpp:blocking'/>", BAD_REQUEST),
            (long, BAD_REQUEST),
            ("<block xmlns='urn:xmpp:blocking'><item jid='@'/></block>", BAD_REQUEST),
            ("<blocklist xmlns='urn:xmpp:blocking'/>", BAD_REQUEST),
        ] {
            assert_eq!(request(scene, &romeo, xml).unwrap_err(), refusal, "{xml}");
        }
        assert_eq!(block(scene, &romeo, romeo.bare().as_str()).unwrap_err(), BAD_REQUEST);
        for house in ["verona.example", "gruppen.verona.example", "verona.example/x", "example"] {
            assert_eq!(block(scene, &romeo, house).unwrap_err(), REACHES_EVERYBODY, "{house}");
        }
        for fine in [
            "juliet.capulet@verona.example",
            "ov@gruppen.verona.example",
            "ov@gruppen.verona.example/Tybalt",
            "other.verona.example",
            "xverona.example",
        ] {
            block(scene, &romeo, fine).unwrap();
        }
        assert_eq!(scene.read(|reader| blocklist(reader, romeo.account)).items().len(), 5);
    });
}

#[test]
fn a_list_has_an_end() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let items: Vec<_> =
            (0..BLOCKED_MAX).map(|n| format!("<item jid='a{n}@b.example'/>")).collect();
        let items = items.concat();
        let all = format!("<block xmlns='urn:xmpp:blocking'>{items}</block>");
        request(scene, &romeo, &all).unwrap();
        assert_eq!(block(scene, &romeo, "x@b.example").unwrap_err(), TOO_MANY);
        block(scene, &romeo, "a1@b.example").unwrap();
    });
}

#[test]
fn a_report_goes_to_the_moderators_and_to_nobody_else() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let report = "<block xmlns='urn:xmpp:blocking'><item jid='juliet.capulet@verona.example'>
            <report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'>
            <text xml:lang='de'> Sie verkauft Balkone. </text>
            <stanza-id xmlns='urn:xmpp:sid:0' by='romeo.montague@verona.example' id='17'/></report>
            </item></block>"
            .replace("\n            ", "");
        let changed = request(scene, &romeo, &report).unwrap();
        let push = pushes(changed.out).remove(0).payload().unwrap();
        let item = push.children().next().unwrap();
        assert_eq!(item.children().count(), 0, "the other devices learn whom, not why");
        let kept = scene.read(|reader| waiting(reader, 10));
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].by, romeo.account);
        assert_eq!(kept[0].words.as_deref(), Some("Sie verkauft Balkone."));
        assert_eq!(
            (kept[0].stanzas[0].id.as_str(), kept[0].reason.as_str()),
            ("17", "urn:xmpp:reporting:spam")
        );
        assert_eq!(scene.read(audit::verify), None);
        // Without a reason the address is blocked all the same.
        let bad = "<block xmlns='urn:xmpp:blocking'><item jid='x@b.example'><report xmlns='urn:xmpp:reporting:1'/></item></block>";
        request(scene, &romeo, bad).unwrap();
        assert_eq!(scene.read(|reader| waiting(reader, 10)).len(), 1);
        // Behind a nickname is somebody (XEP-0377): the moderators learn who, the one who reports does not.
        let masked =
            report.replace("juliet.capulet@verona.example", "ov@gruppen.verona.example/Tybalt");
        request(scene, &romeo, &masked).unwrap();
        let behind = scene.read(|reader| waiting(reader, 10)).remove(1).behind;
        assert_eq!(behind.as_deref(), Some("juliet.capulet@verona.example"));
        let own = scene.read(|reader| privacy::export(reader, romeo.account));
        assert_eq!(own["reported"][1]["address"], "juliet.capulet@verona.example");
        assert_eq!(own["reported"][0]["address"], "ov@gruppen.verona.example/Tybalt");
        assert!(!own["reported"][0].to_string().contains("juliet"));
        let account = romeo.account;
        scene.write(move |tx| privacy::erase(tx, account));
        assert!(scene.read(|reader| waiting(reader, 10)).is_empty());
        assert!(scene.read(|reader| blocklist(reader, account)).is_empty());
    });
}

#[test]
fn the_answer_reaches_the_one_who_asked() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let changed = block(scene, &romeo, "x@b.example").unwrap();
        let own = for_session(changed.out, romeo.id);
        assert!(own[0].is_kind("result") && own[0].id.as_deref() == Some("b1"));
    });
}

#[test]
fn a_report_is_dealt_with_once_and_goes_when_its_time_is_over() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let report = "<block xmlns='urn:xmpp:blocking'><item jid='x@b.example'><report \
            xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:abuse'/></item></block>";
        request(scene, &romeo, report).unwrap();
        assert_eq!(scene.read(count_waiting), 1);
        let kept = scene.read(|reader| waiting(reader, 10)).remove(0);
        assert_eq!(kept.dealt, None);
        let (id, nurse) = (kept.id, scene.person("Nurse"));
        let note = format!(" {}é", "x".repeat(reports::NOTE_BYTES_MAX - 1));
        let (decision, by) = (Decision::Unfounded, nurse);
        scene.write(move |tx| deal(tx, id, by, decision, &note));
        assert_eq!(scene.read(count_waiting), 0);
        assert!(scene.read(|reader| waiting(reader, 10)).is_empty());
        let dealt = scene.read(|reader| dealt(reader, 10)).remove(0).dealt.unwrap();
        assert_eq!((dealt.by, dealt.decision), (nurse, Decision::Unfounded));
        assert_eq!(dealt.note.len(), reports::NOTE_BYTES_MAX - 1, "cut between characters");
        let again = scene.try_write(move |tx| deal(tx, id, by, Decision::Acted, ""));
        assert_eq!(again.unwrap_err(), ALREADY_DEALT);
        let nothing = scene.try_write(move |tx| deal(tx, id + 1, by, Decision::Acted, ""));
        assert_eq!(nothing.unwrap_err(), NO_SUCH_REPORT);
        let own = scene.read(|reader| privacy::export(reader, romeo.account));
        assert!(
            own["reported"][0]["dealt_at"].is_string(),
            "the member learns that it was dealt with"
        );
        assert!(!own.to_string().contains("unfounded") && !own.to_string().contains("xxx"));

        let earlier = Millis(dealt.at.0 - 1);
        assert!(!scene.read(|reader| has_dealt_before(reader, earlier)));
        scene.write(move |tx| forget_dealt_before(tx, earlier));
        assert!(scene.read(|reader| report_of(reader, id)).is_some());
        assert!(scene.read(|reader| has_dealt_before(reader, dealt.at)));
        scene.write(move |tx| forget_dealt_before(tx, dealt.at));
        assert!(scene.read(|reader| report_of(reader, id)).is_none());
        assert_eq!(scene.read(audit::verify), None);
    });
}
