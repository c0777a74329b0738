//! Devices elsewhere: asked once, believed when they are right, bounded, and forgotten.

use super::tests::{query, reply, wishing};
use super::*;
use konvent_core::AccountId;
use konvent_wire::jid::BareJid;

const ROMEO: AccountId = AccountId(7);
const NURSE: AccountId = AccountId(8);

fn own() -> BareJid {
    BareJid::new("romeo@verona.example").unwrap()
}

fn juliet(device: &str) -> Jid {
    Jid::new(&format!("juliet@mantua.example/{device}")).unwrap()
}

fn presence(ver: &str) -> Stanza {
    crate::scene::stanza(&format!(
        "<presence><c xmlns='{}' hash='sha-1' node='n' ver='{ver}'/></presence>",
        ns::CAPS
    ))
}

#[test]
fn a_device_elsewhere_is_asked_once_and_remembered_for_each_member() {
    let mut caps = Caps::default();
    let ((xml, ver), phone) = (wishing("urn:tune"), juliet("phone"));
    let said = presence(&ver);
    assert!(caps.is_news_of_onlooker(ROMEO, &phone, &said));
    let asked = caps.hear_onlooker((ROMEO, &own()), &phone, &said);
    assert_eq!((asked.ask.len(), asked.wants.len()), (1, 0));
    assert_eq!(asked.ask[0].from, Some(own().into()), "in his name");
    assert!(!caps.is_news_of_onlooker(ROMEO, &phone, &said));
    let id = asked.ask[0].id.clone().unwrap();
    assert!(!caps.has_asked_onlooker(&juliet("other"), &reply(&id, &xml)), "of herself only");
    let learnt = caps.answer_onlooker(&phone, &reply(&id, &xml)).unwrap();
    assert_eq!(learnt.wants, [(ROMEO, phone.clone(), vec!["urn:tune".to_owned()])]);
    assert_eq!(caps.onlookers_wanting(ROMEO, "urn:tune"), std::slice::from_ref(&phone));
    assert!(caps.onlookers_wanting(ROMEO, "urn:mood").is_empty());
    assert!(caps.onlookers_wanting(NURSE, "urn:tune").is_empty());
    // Another device of the kind need not be asked, nor this one for another member.
    let tablet = juliet("tablet");
    let known = caps.hear_onlooker((ROMEO, &own()), &tablet, &said);
    assert_eq!((known.ask.len(), known.wants.len()), (0, 1));
    assert_eq!(caps.hear_onlooker((NURSE, &own()), &phone, &said).wants.len(), 1);
    // Gone for one, there for the other; without a resource all of her.
    caps.onlooker_leaves(ROMEO, &phone);
    assert_eq!(caps.onlookers_wanting(ROMEO, "urn:tune"), [tablet]);
    assert!(caps.has_onlooker(NURSE, &phone));
    caps.onlooker_leaves(ROMEO, &phone.to_bare().into());
    assert!(!caps.has_onlooker(ROMEO, &phone) && caps.has_onlooker(NURSE, &phone));
}

#[test]
fn a_lie_from_elsewhere_is_believed_of_the_liar_alone() {
    let mut caps = Caps::default();
    let ((_, ver), (wrong, _)) = (wishing("urn:tune"), wishing("urn:mood"));
    let asked = caps.hear_onlooker((ROMEO, &own()), &juliet("liar"), &presence(&ver));
    let id = asked.ask[0].id.clone().unwrap();
    caps.answer_onlooker(&juliet("liar"), &reply(&id, &wrong)).unwrap();
    assert_eq!(caps.onlookers_wanting(ROMEO, "urn:mood"), [juliet("liar")]);
    let next = caps.hear_onlooker((ROMEO, &own()), &juliet("honest"), &presence(&ver));
    assert_eq!(next.ask.len(), 1, "asked herself");
    assert!(verification(&query(&wrong), Algorithm::Sha1).unwrap() != ver);
}

#[test]
fn nobody_fills_the_memory_with_devices() {
    let mut caps = Caps::default();
    for number in 0..50 {
        caps.hear_onlooker((ROMEO, &own()), &juliet(&format!("d{number}")), &presence("v"));
    }
    let known = (0..50)
        .filter(|n| !caps.is_news_of_onlooker(ROMEO, &juliet(&format!("d{n}")), &presence("v")));
    assert_eq!(known.count(), 20);
    let bare: Jid = juliet("x").to_bare().into();
    assert_eq!(
        caps.hear_onlooker((ROMEO, &own()), &bare, &presence("v")),
        LearntOfOnlookers::default()
    );
    let again: Caps = serde_json::from_slice(&serde_json::to_vec(&caps).unwrap()).unwrap();
    assert!(again.has_onlooker(ROMEO, &bare), "a node that comes later knows them, too");
}
