//! Hashes of the standard's own examples, and clients that lie.

use super::*;
use crate::scene::stanza;
use konvent_core::{AccountId, PersonId};

/// XEP-0115 §5.2.
const SIMPLE: &str = "<query xmlns='http://jabber.org/protocol/disco#info'>\
    <identity category='client' type='pc' name='Exodus 0.9.1'/>\
    <feature var='http://jabber.org/protocol/muc'/>\
    <feature var='http://jabber.org/protocol/caps'/>\
    <feature var='http://jabber.org/protocol/disco#items'/>\
    <feature var='http://jabber.org/protocol/disco#info'/></query>";

/// XEP-0115 §5.3.
const COMPLEX: &str = "<query xmlns='http://jabber.org/protocol/disco#info'>\
    <identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>\
    <identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>\
    <feature var='http://jabber.org/protocol/caps'/>\
    <feature var='http://jabber.org/protocol/disco#info'/>\
    <feature var='http://jabber.org/protocol/disco#items'/>\
    <feature var='http://jabber.org/protocol/muc'/>\
    <x xmlns='jabber:x:data' type='result'>\
    <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>\
    <field var='ip_version' type='text-multi'><value>ipv4</value><value>ipv6</value></field>\
    <field var='os'><value>Mac</value></field><field var='os_version'><value>10.5.1</value></field>\
    <field var='software'><value>Psi</value></field>\
    <field var='software_version'><value>0.11</value></field></x></query>";

pub(super) fn query(xml: &str) -> Element {
    stanza(&format!("<iq type='result' id='x'>{xml}</iq>")).payload().unwrap()
}

fn session(id: i64) -> Session {
    Session {
        id: SessionId(id),
        account: AccountId(id),
        person: PersonId(id),
        address: Jid::new(&format!("a{id}@verona.example/x")).unwrap(),
        name: "A".into(),
    }
}

fn server() -> Jid {
    Jid::new("verona.example").unwrap()
}

fn presence(ver: &str) -> Stanza {
    stanza(&format!(
        "<presence><c xmlns='{}' hash='sha-1' node='n' ver='{ver}'/></presence>",
        ns::CAPS
    ))
}

/// What a client with one wish says.
pub(super) fn wishing(node: &str) -> (String, String) {
    let xml = format!(
        "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='{node}+notify'/></query>"
    );
    let ver = verification(&query(&xml), Algorithm::Sha1).unwrap();
    (xml, ver)
}

pub(super) fn reply(id: &str, xml: &str) -> Stanza {
    stanza(&format!("<iq type='result' id='{id}' to='verona.example'>{xml}</iq>"))
}

#[test]
fn the_examples_of_the_standard() {
    let sha1 = |xml| verification(&query(xml), Algorithm::Sha1).unwrap();
    assert_eq!(sha1(SIMPLE), "QgayPKawpkPSDYmwT/WM94uAlu0=");
    assert_eq!(sha1(COMPLEX), "q07IKJEyjvHSyhy//CH0CxmKi8w=");
}

#[test]
fn ill_formed_descriptions_have_no_hash() {
    for (from, to) in [
        ("<feature var='http://jabber.org/protocol/muc'/>", "<feature var='a'/><feature var='a'/>"),
        (
            "<identity category",
            "<identity category='client' type='pc' name='Exodus 0.9.1'/><identity category",
        ),
        ("var='http://jabber.org/protocol/muc'", "var='a&lt;b'"),
    ] {
        let broken = SIMPLE.replacen(from, to, 1);
        assert_ne!(broken, SIMPLE);
        assert_eq!(verification(&query(&broken), Algorithm::Sha1), None, "{broken}");
    }
    let form = &COMPLEX[COMPLEX.find("<x ").unwrap()..COMPLEX.find("</query>").unwrap()];
    let twice = COMPLEX.replace("</query>", &format!("{form}</query>"));
    assert_eq!(verification(&query(&twice), Algorithm::Sha1), None);
    let open = COMPLEX.replace(" type='hidden'", "");
    let without = COMPLEX.replace(form, "");
    let sha = |xml: &str| verification(&query(xml), Algorithm::Sha256).unwrap();
    assert_eq!(sha(&open), sha(&without), "a form without purpose is passed over");
}

#[test]
fn a_hash_that_is_known_serves_all_who_say_it() {
    let (mut caps, (xml, ver)) = (Caps::of_server(server()), wishing("urn:tune"));
    let first = caps.hear(&session(1), &presence(&ver));
    assert_eq!(first.ask.len(), 1);
    let question = &first.ask[0].1;
    assert_eq!(question.to, Some(session(1).address));
    assert_eq!(question.payload().unwrap().attr("node"), Some(format!("n#{ver}").as_str()));
    assert_eq!(caps.hear(&session(2), &presence(&ver)).ask.len(), 1, "the first may never answer");
    assert_eq!(caps.hear(&session(1), &presence(&ver)), Learnt::default(), "said already");
    assert!(!caps.wants(SessionId(1), "urn:tune"), "nothing is known yet");
    let id = question.id.clone().unwrap();
    assert_eq!(caps.answer(&session(2), &reply(&id, &xml)), None, "not asked");
    let learnt = caps.answer(&session(1), &reply(&id, &xml)).unwrap();
    let mut told: Vec<_> = learnt.wants.iter().map(|(id, nodes)| (id.0, nodes.join(" "))).collect();
    told.sort();
    assert_eq!(told, [(1, "urn:tune".to_owned()), (2, "urn:tune".to_owned())]);
    assert!(caps.wants(SessionId(2), "urn:tune") && !caps.wants(SessionId(2), "urn:mood"));
    assert_eq!(caps.answer(&session(1), &reply(&id, &xml)), None, "an answer counts once");
    let third = caps.hear(&session(3), &presence(&ver));
    assert!(third.ask.is_empty() && third.wants.len() == 1, "known without asking");
}

#[test]
fn a_lie_holds_for_the_liar_only_and_the_others_answer_for_themselves() {
    let (mut caps, (xml, ver)) = (Caps::of_server(server()), wishing("urn:tune"));
    let asked = caps.hear(&session(1), &presence(&ver)).ask.remove(0).1;
    let other = caps.hear(&session(2), &presence(&ver)).ask.remove(0).1;
    let lie = wishing("urn:poison").0;
    let learnt = caps.answer(&session(1), &reply(asked.id.as_deref().unwrap(), &lie)).unwrap();
    assert_eq!(learnt.wants, [(SessionId(1), vec!["urn:poison".to_owned()])]);
    assert!(learnt.ask.is_empty() && !caps.wants(SessionId(2), "urn:poison"));
    caps.answer(&session(2), &reply(other.id.as_deref().unwrap(), &xml)).unwrap();
    assert!(caps.wants(SessionId(2), "urn:tune") && !caps.wants(SessionId(1), "urn:tune"));
    assert_eq!(caps.hear(&session(3), &presence(&ver)).wants.len(), 1, "known by now");
    // An unknown hash function: asked, believed for this one client, never kept.
    let odd = stanza(
        "<presence><c xmlns='http://jabber.org/protocol/caps' hash='crc' node='n' ver='x'/></presence>",
    );
    for id in [4, 5] {
        let asked = caps.hear(&session(id), &odd).ask.remove(0).1;
        let (xml, _) = wishing("urn:mood");
        caps.answer(&session(id), &reply(asked.id.as_deref().unwrap(), &xml)).unwrap();
        assert!(caps.wants(SessionId(id), "urn:mood"));
    }
}

#[test]
fn the_cache_is_bounded_and_those_who_come_back_are_greeted_again() {
    let mut caps = Caps::of_server(server());
    for number in 0..(KINDS_MAX + 50) {
        caps.keep((Algorithm::Sha1, format!("{number}").into()), Vec::new().into());
    }
    assert_eq!((caps.known.len(), caps.order.len()), (KINDS_MAX, KINDS_MAX));
    let (xml, ver) = wishing("urn:tune");
    let asked = caps.hear(&session(1), &presence(&ver)).ask.remove(0).1;
    caps.answer(&session(1), &reply(asked.id.as_deref().unwrap(), &xml)).unwrap();
    caps.leave(SessionId(1));
    assert_eq!(caps.hear(&session(1), &presence(&ver)).wants.len(), 1);
    caps.forget(SessionId(1));
    assert!(caps.clients.is_empty());
}

#[test]
fn who_names_a_hash_and_never_answers_silences_nobody() {
    let (mut caps, (xml, ver)) = (Caps::of_server(server()), wishing("urn:tune"));
    // One stays with what he claims, another goes on to something else.
    for id in [1, 2] {
        assert_eq!(caps.hear(&session(id), &presence(&ver)).ask.len(), 1);
    }
    caps.hear(&session(2), &presence("something else"));
    let honest = caps.hear(&session(3), &presence(&ver)).ask.remove(0).1;
    caps.answer(&session(3), &reply(honest.id.as_deref().unwrap(), &xml)).unwrap();
    assert!(caps.wants(SessionId(3), "urn:tune"));
    assert!(caps.wants(SessionId(1), "urn:tune") && !caps.wants(SessionId(2), "urn:tune"));
    // Gone before the answer came, and back: asked again.
    caps.hear(&session(4), &presence("slow"));
    caps.leave(SessionId(4));
    assert_eq!(caps.hear(&session(4), &presence("slow")).ask.len(), 1);
}

#[test]
fn a_client_that_says_something_else_all_the_time_fills_nothing() {
    let mut caps = Caps::of_server(server());
    let mut sizes = Vec::new();
    for turn in 100..200 {
        let asked = caps.hear(&session(1), &presence(&format!("v{turn}"))).ask.remove(0).1;
        let (xml, _) = wishing(&format!("urn:{turn}"));
        let learnt = caps.answer(&session(1), &reply(asked.id.as_deref().unwrap(), &xml)).unwrap();
        assert_eq!(learnt.wants.len(), 1);
        sizes.push(serde_json::to_vec(&caps).unwrap().len());
    }
    let (first, last) = (sizes[0], sizes[99]);
    assert!(last <= first + 4, "{first} bytes at first, {last} in the end"); // a longer number of the question
}

#[test]
fn what_a_client_can_is_bounded_in_bytes() {
    let long = format!("{}+notify", "a".repeat(FEATURE_MAX_BYTES));
    let names = (0..FEATURES_MAX).map(|number| format!("{number:03}{}", "b".repeat(200)));
    let names = std::iter::once(long).chain(names);
    let xml: Vec<String> = names.map(|name| format!("<feature var='{name}'/>")).collect();
    let xml = format!("<query xmlns='{}'>{}</query>", ns::DISCO_INFO, xml.concat());
    let features = features_of(&query(&xml));
    assert!(features.iter().all(|feature| feature.len() == 203), "the long one is passed over");
    assert_eq!(features.len(), FEATURES_MAX_BYTES / 203);
}
