//! The archive on both engines: kept once, found again page by page, never served damaged.

use super::query::From;
use super::*;
use crate::scene::{Scene, for_session, play, stanza};
use konvent_core::Answer;
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

fn keep(scene: &Scene<'_>, from: &str, to: &str, xml: &str) -> Kept {
    let (sender, receiver) = (scene.session(from), scene.session(to));
    let message = stanza(xml).addressed(Some(sender.address.clone()), Some(receiver.bare().into()));
    scene.write(move |tx| {
        let (own, theirs) = (sender.bare(), receiver.bare());
        keep_between(
            tx,
            Party { account: sender.account, address: &own },
            Party { account: receiver.account, address: &theirs },
            &message,
        )
    })
}

fn owner(scene: &Scene<'_>, who: &str) -> Owner {
    Owner::Account(scene.account(who).id)
}

fn look(scene: &Scene<'_>, who: &str, query: &Query) -> Page {
    let owner = owner(scene, who);
    scene.read(|reader| page(reader, owner, query))
}

fn bodies(page: &Page) -> Vec<String> {
    page.entries
        .iter()
        .map(|entry| Stanza::parse(&entry.stanza).unwrap().text_of("body", ns::CLIENT).unwrap())
        .collect()
}

/// Ten messages between Romeo and Juliet, one a second, with one of Benvolio's in the middle.
fn dialogue(scene: &Scene<'_>) {
    for n in 0..10 {
        scene.clock.advance(1000);
        let xml = format!("<message type='chat' id='d{n}'><body>{n}</body></message>");
        keep(
            scene,
            if n % 2 == 0 { "Romeo" } else { "Juliet" },
            if n % 2 == 0 { "Juliet" } else { "Romeo" },
            &xml,
        );
        if n == 5 {
            keep(
                scene,
                "Benvolio",
                "Romeo",
                "<message type='chat' id='b'><body>b</body></message>",
            );
        }
    }
}

#[test]
fn a_message_is_in_both_archives_and_a_repetition_in_neither() {
    play(|scene| {
        let xml = "<message type='chat' id='m'><body>hark</body><origin-id xmlns='urn:xmpp:sid:0' id='o'/></message>";
        let Kept::New { mine, theirs } = keep(scene, "Romeo", "Juliet", xml) else { panic!() };
        assert_ne!(mine, theirs);
        assert_eq!(keep(scene, "Romeo", "Juliet", xml), Kept::Again(mine));
        let romeo = look(scene, "Romeo", &Query::default());
        let juliet = look(scene, "Juliet", &Query::default());
        assert_eq!((romeo.entries.len(), juliet.entries.len()), (1, 1));
        assert_eq!((romeo.entries[0].id, juliet.entries[0].id), (mine, theirs));
        assert!(romeo.entries[0].outgoing && !juliet.entries[0].outgoing);
        assert_eq!(romeo.entries[0].peer, "juliet.capulet@verona.example");
        assert_eq!(romeo.entries[0].stanza, juliet.entries[0].stanza);
        // The same mark to somebody else, or from somebody else, is another message.
        assert!(matches!(keep(scene, "Romeo", "Benvolio", xml), Kept::New { .. }));
        assert!(matches!(keep(scene, "Juliet", "Romeo", xml), Kept::New { .. }));
    });
}

#[test]
fn without_an_origin_id_the_stanza_id_counts_for_a_week_and_with_the_words() {
    play(|scene| {
        let said =
            |words: &str| format!("<message type='chat' id='1'><body>{words}</body></message>");
        let Kept::New { mine, .. } = keep(scene, "Romeo", "Juliet", &said("a")) else { panic!() };
        assert_eq!(keep(scene, "Romeo", "Juliet", &said("a")), Kept::Again(mine));
        assert!(matches!(keep(scene, "Romeo", "Juliet", &said("b")), Kept::New { .. }));
        scene.clock.advance(8 * 86_400_000);
        assert!(matches!(keep(scene, "Romeo", "Juliet", &said("a")), Kept::New { .. }));
        let nameless = "<message type='chat'><body>x</body></message>";
        assert!(matches!(keep(scene, "Romeo", "Juliet", nameless), Kept::New { .. }));
        assert!(matches!(keep(scene, "Romeo", "Juliet", nameless), Kept::New { .. }));
    });
}

#[test]
fn fifty_repetitions_in_one_moment_are_one_message() {
    play(|scene| {
        let (sender, receiver) = (scene.session("Romeo"), scene.session("Juliet"));
        let message = stanza(
            "<message type='chat' id='m'><body>x</body><origin-id xmlns='urn:xmpp:sid:0' id='o'/></message>",
        );
        let (heard, results) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..50 {
                let (db, sender, receiver, message, heard) =
                    (scene.db, sender.clone(), receiver.clone(), message.clone(), heard.clone());
                scope.spawn(move || {
                    let kept = db.write_blocking(move |tx| {
                        let (own, theirs) = (sender.bare(), receiver.bare());
                        let from = Party { account: sender.account, address: &own };
                        keep_between(
                            tx,
                            from,
                            Party { account: receiver.account, address: &theirs },
                            &message,
                        )
                    });
                    heard.send(kept.unwrap()).unwrap();
                });
            }
        });
        drop(heard);
        let kept: Vec<Kept> = results.into_iter().collect();
        assert_eq!(kept.len(), 50);
        assert_eq!(kept.iter().filter(|kept| matches!(kept, Kept::New { .. })).count(), 1);
        assert_eq!(look(scene, "Juliet", &Query::default()).entries.len(), 1);
    });
}

#[test]
fn a_note_to_oneself_is_one_message() {
    play(|scene| {
        let kept = keep(
            scene,
            "Romeo",
            "Romeo",
            "<message type='chat' id='n'><body>milk</body></message>",
        );
        let Kept::New { mine, theirs } = kept else { panic!("{kept:?}") };
        assert_eq!(mine, theirs);
        assert_eq!(look(scene, "Romeo", &Query::default()).entries.len(), 1);
    });
}

#[test]
fn pages_go_forwards_and_backwards_and_end() {
    play(|scene| {
        dialogue(scene);
        let with = Some(scene.session("Juliet").bare());
        let all = Query { with: with.clone(), ..Query::default() };
        let whole = look(scene, "Romeo", &all);
        assert!(whole.complete);
        assert_eq!(bodies(&whole).concat(), "0123456789");
        assert_eq!(look(scene, "Romeo", &Query::default()).entries.len(), 11);

        let (mut from, mut seen) = (From::Oldest, String::new());
        loop {
            let part = look(scene, "Romeo", &Query { max: 3, from, ..all.clone() });
            seen.push_str(&bodies(&part).concat());
            if part.complete {
                break;
            }
            from = From::After(part.entries.last().unwrap().id);
        }
        assert_eq!(seen, "0123456789");

        let (mut from, mut seen) = (From::Newest, Vec::new());
        loop {
            let part = look(scene, "Romeo", &Query { max: 4, from, ..all.clone() });
            seen.insert(0, bodies(&part).concat());
            if part.complete {
                break;
            }
            from = From::Before(part.entries.first().unwrap().id);
        }
        assert_eq!(seen, ["01", "2345", "6789"]);

        let flipped =
            look(scene, "Romeo", &Query { max: 3, from: From::Newest, flip: true, ..all.clone() });
        assert_eq!(bodies(&flipped).concat(), "987");
        let flipped = look(scene, "Romeo", &Query { max: 3, flip: true, ..all.clone() });
        assert_eq!(bodies(&flipped).concat(), "210");
        let counted = look(scene, "Romeo", &Query { max: 0, ..all });
        assert_eq!((counted.count, counted.entries.len()), (Some(10), 0));
    });
}

#[test]
fn time_ids_and_single_messages_narrow_the_view() {
    play(|scene| {
        let begin = scene.clock.now();
        dialogue(scene);
        let all = look(
            scene,
            "Romeo",
            &Query { with: Some(scene.session("Juliet").bare()), ..Query::default() },
        );
        let (third, sixth) = (&all.entries[2], &all.entries[5]);
        let between = Query { with: Some(scene.session("Juliet").bare()), ..Query::default() };
        let by_time = Query { start: Some(third.at), end: Some(sixth.at), ..between.clone() };
        assert_eq!(bodies(&look(scene, "Romeo", &by_time)).concat(), "2345");
        let backwards = Query { from: From::Newest, max: 2, ..by_time };
        assert_eq!(bodies(&look(scene, "Romeo", &backwards)).concat(), "45");
        let by_id =
            Query { after_id: Some(third.id), before_id: Some(sixth.id), ..between.clone() };
        assert_eq!(bodies(&look(scene, "Romeo", &by_id)).concat(), "34");
        let early = Query { end: Some(begin), ..between.clone() };
        assert!(look(scene, "Romeo", &early).entries.is_empty());
        let late = Query { start: Some(begin.plus_days(1)), ..between };
        assert!(look(scene, "Romeo", &late).entries.is_empty());
        let picked = Query { ids: vec![sixth.id, third.id, third.id], ..Query::default() };
        assert_eq!(bodies(&look(scene, "Romeo", &picked)).concat(), "25");
    });
}

#[test]
fn an_unknown_id_is_said_to_be_unknown_whoever_has_it() {
    play(|scene| {
        dialogue(scene);
        let theirs = look(scene, "Juliet", &Query::default()).entries[0].id;
        for query in [
            Query { from: From::After(theirs), ..Query::default() },
            Query { from: From::Before(-1), ..Query::default() },
            Query { after_id: Some(12), ..Query::default() },
            Query { ids: vec![theirs], ..Query::default() },
        ] {
            let owner = owner(scene, "Romeo");
            let refused = scene.db.read_blocking(|reader| page(reader, owner, &query));
            assert_eq!(refused.unwrap_err(), NO_SUCH_ENTRY, "{query:?}");
        }
    });
}

#[test]
fn a_damaged_row_is_not_shown() {
    play(|scene| {
        dialogue(scene);
        let victim = look(scene, "Romeo", &Query::default()).entries[3].id;
        scene.write(move |tx| {
            tx.run(
                "update archive_entry set stanza = $1 where id = $2",
                &[
                    (&b"<message xmlns=\"jabber:client\"><body>I hate you</body></message>"[..])
                        .into(),
                    victim.into(),
                ],
            )
        });
        let page = look(scene, "Romeo", &Query::default());
        assert_eq!(page.entries.len(), 10);
        assert!(page.entries.iter().all(|entry| entry.id != victim));
        assert!(page.complete);
    });
}

#[test]
fn what_is_worth_keeping() {
    for (xml, expected) in [
        ("<message type='chat'><body>x</body></message>", true),
        ("<message><body>x</body></message>", true),
        ("<message type='groupchat'><body>x</body></message>", true),
        ("<message type='headline'><body>x</body></message>", false),
        ("<message type='error'><body>x</body></message>", false),
        (
            "<message type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
            false,
        ),
        ("<message type='chat'><received xmlns='urn:xmpp:receipts' id='1'/></message>", true),
        (
            "<message type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/></message>",
            true,
        ),
        ("<message type='chat'><reactions xmlns='urn:xmpp:reactions:0' id='1'/></message>", true),
        (
            "<message type='chat'><encrypted xmlns='eu.siacs.conversations.axolotl'/></message>",
            true,
        ),
        ("<message type='chat'><body>x</body><no-store xmlns='urn:xmpp:hints'/></message>", false),
        (
            "<message type='chat'><body>x</body><no-permanent-store xmlns='urn:xmpp:hints'/></message>",
            false,
        ),
        (
            "<message type='chat'><x xmlns='urn:example'/><store xmlns='urn:xmpp:hints'/></message>",
            true,
        ),
        ("<message type='chat'><subject>x</subject></message>", false),
        ("<presence/>", false),
    ] {
        assert_eq!(is_worth_keeping(&stanza(xml)), expected, "{xml}");
    }
}

fn ask(xml: &str) -> Stanza {
    stanza(&format!(
        "<iq type='set' id='q' from='romeo.montague@verona.example/d'><query xmlns='urn:xmpp:mam:2' queryid='f27'>{xml}</query></iq>"
    ))
}

fn field(var: &str, value: &str) -> String {
    format!(
        "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field><field var='{var}'><value>{value}</value></field></x>"
    )
}

fn answered(scene: &Scene<'_>, iq: &Stanza) -> Answer<Vec<Stanza>> {
    let romeo = scene.session("Romeo");
    let owner = owner(scene, "Romeo");
    let out = scene.db.read_blocking(|reader| query(reader, owner, &romeo.bare(), romeo.id, iq))?;
    Ok(for_session(out, romeo.id))
}

#[test]
fn a_query_is_answered_with_messages_and_an_end() {
    play(|scene| {
        dialogue(scene);
        let set = "<set xmlns='http://jabber.org/protocol/rsm'><max>2</max></set>";
        let iq = ask(&(field("with", "juliet.capulet@verona.example/any") + set));
        let answer = answered(scene, &iq).unwrap();
        let [first, second, end] = answer.as_slice() else { panic!("{answer:?}") };
        assert_eq!(first.to, iq.from);
        let result = first.payload().unwrap();
        assert_eq!(result.attr("queryid"), Some("f27"));
        let forwarded = result.get_child("forwarded", ns::FORWARD).unwrap();
        assert!(
            forwarded.get_child("delay", ns::DELAY).unwrap().attr("stamp").unwrap().ends_with('Z')
        );
        let message = forwarded.get_child("message", ns::CLIENT).unwrap();
        assert_eq!(message.get_child("body", ns::CLIENT).unwrap().text(), "0");
        assert!(second.has("result", ns::MAM));
        let fin = end.payload().unwrap();
        assert_eq!(fin.attr("complete"), None);
        let text = |name: &str| {
            fin.get_child("set", ns::RSM).unwrap().get_child(name, ns::RSM).map(Element::text)
        };
        assert_eq!(text("first").as_deref(), result.attr("id"));
        assert_eq!(text("count"), None);
        let more = ask(&format!(
            "<set xmlns='http://jabber.org/protocol/rsm'><max>500</max><after>{}</after></set>",
            text("last").unwrap()
        ));
        let rest = answered(scene, &more).unwrap();
        assert_eq!(rest.last().unwrap().payload().unwrap().attr("complete"), Some("true"));
        assert_eq!(rest.len(), 10);
    });
}

#[test]
fn broken_queries_are_refused_by_their_name() {
    play(|scene| {
        dialogue(scene);
        let set =
            |inner: &str| format!("<set xmlns='http://jabber.org/protocol/rsm'>{inner}</set>");
        for (xml, expected) in [
            (field("start", "yesterday"), BAD_QUERY),
            (field("with", "@@"), BAD_QUERY),
            (set("<max>many</max>"), BAD_QUERY),
            (set("<index>3</index>"), BAD_QUERY),
            (set("<after>28482-98726-73623</after>"), NO_SUCH_ENTRY),
            (field("after-id", "nonsense"), NO_SUCH_ENTRY),
        ] {
            assert_eq!(answered(scene, &ask(&xml)).unwrap_err(), expected, "{xml}");
        }
        let form = stanza("<iq type='get' id='f'><query xmlns='urn:xmpp:mam:2'/></iq>");
        let fields = answered(scene, &form).unwrap().remove(0).payload().unwrap();
        assert_eq!(fields.get_child("x", ns::FORM).unwrap().children().count(), 7);
        let empty = answered(scene, &ask(&field("with", "nobody@verona.example"))).unwrap();
        assert_eq!(empty.len(), 1);
        assert_eq!(empty[0].payload().unwrap().attr("complete"), Some("true"));
    });
}

#[test]
fn metadata_names_the_first_and_the_last() {
    play(|scene| {
        let iq = Stanza::iq("get", "m").with_child(&el("metadata", ns::MAM).build());
        let owner = owner(scene, "Romeo");
        let ask = || scene.read(|reader| metadata(reader, owner, &iq)).payload().unwrap();
        assert_eq!(ask().children().count(), 0);
        dialogue(scene);
        let all = look(scene, "Romeo", &Query::default());
        let told = ask();
        let id = |name: &str| {
            told.get_child(name, ns::MAM).unwrap().attr("id").unwrap().parse::<i64>().unwrap()
        };
        assert_eq!((id("start"), id("end")), (all.entries[0].id, all.entries[10].id));
    });
}

#[test]
fn a_member_takes_his_words_along_or_has_them_erased() {
    play(|scene| {
        dialogue(scene);
        let romeo = scene.account("Romeo").id;
        let exported = scene.read(|reader| privacy::export(reader, romeo));
        assert_eq!(exported.as_array().unwrap().len(), 11);
        scene.write(move |tx| privacy::erase(tx, romeo));
        assert_eq!(
            scene.read(|reader| privacy::export(reader, romeo)).as_array().unwrap().len(),
            0
        );
        assert_eq!(
            look(scene, "Juliet", &Query::default()).entries.len(),
            10,
            "letters belong to who got them"
        );
    });
}

#[test]
fn the_mark_names_the_archive() {
    let by = Jid::new("juliet@verona.example").unwrap().to_bare();
    let said = marked(&stanza("<message><body>x</body></message>"), &by, 42);
    let id = said.child("stanza-id", ns::STANZA_ID).unwrap().element().unwrap();
    assert_eq!((id.attr("id"), id.attr("by")), (Some("42"), Some("juliet@verona.example")));
}
