//! Contacts, on both engines.

mod following;
mod lists;
mod states;
mod subscriptions;

use super::*;
use crate::Session;
use crate::scene::Scene;
use konvent_core::{Answer, Outbox, Post, Tx};
use konvent_wire::{Jid, Stanza};

/// Somebody of the scene.
pub(super) fn member(scene: &Scene<'_>, who: &str) -> Member {
    let account = scene.account(who);
    Member {
        account: account.id,
        person: account.person,
        address: scene.domain.account(&account.localpart).unwrap(),
    }
}

/// What stands in a list about an address: subscription, `ask`, `approved`.
pub(super) fn stands(scene: &Scene<'_>, who: &str, address: &str) -> Option<(String, bool, bool)> {
    let member = member(scene, who);
    let address = BareJid::new(address).unwrap();
    let now = scene.clock.now();
    let contact = scene
        .read(|reader| contact(reader, &scene.domain, &member, &address, now))
        .map(|one| (one.subscription().to_owned(), one.asks, one.is_approved));
    // The whole list says the same as the look at one.
    let all = scene.read(|reader| list(reader, &scene.domain, &member, now));
    let in_list = all.iter().find(|one| one.address == address);
    assert_eq!(in_list.map(|one| one.subscription().to_owned()), contact.clone().map(|one| one.0));
    contact
}

#[expect(clippy::unnecessary_wraps, reason = "what `stands` must be equal to")]
pub(super) fn is(subscription: &str) -> Option<(String, bool, bool)> {
    Some((subscription.to_owned(), false, false))
}

/// A member sends a presence of this type.
pub(super) fn say(scene: &Scene<'_>, session: &Session, kind: &str, to: &str) -> Answer<Sequel> {
    let presence = Stanza::presence(kind).with_to(Jid::new(to).unwrap()).with_id("s1");
    let (domain, session) = (scene.domain.clone(), session.clone());
    let act = super::states::Act::of(Some(kind)).unwrap();
    scene.try_write(move |tx| send(tx, &domain, &session, act, &presence))
}

/// Somebody elsewhere sends one to a member.
pub(super) fn from_abroad(scene: &Scene<'_>, kind: &str, from: &str, to: &str) -> Sequel {
    let presence = Stanza::presence(kind).with_from(Jid::new(from).unwrap());
    let (domain, member) = (scene.domain.clone(), member(scene, to));
    scene.write(move |tx| receive_from_abroad(tx, &domain, &member, &presence))
}

/// A change of the list.
pub(super) fn set(scene: &Scene<'_>, who: &str, item: &str) -> Answer<Sequel> {
    let iq = crate::scene::stanza(&format!(
        "<iq type='set' id='r'><query xmlns='jabber:iq:roster'>{item}</query></iq>"
    ));
    let (domain, member) = (scene.domain.clone(), member(scene, who));
    scene.try_write(move |tx: &mut Tx<'_>| change(tx, &domain, &member, &iq))
}

/// The posts in short: whom, type, from.
pub(super) fn posts(out: Outbox) -> Vec<String> {
    out.into_posts()
        .into_iter()
        .map(|post| match post {
            Post::Account { account, reach, stanza, .. } => format!(
                "{reach:?} of {}: {} from {}",
                account.0,
                stanza.kind.as_deref().unwrap_or("here"),
                stanza.from.map(|from| from.to_string()).unwrap_or_default()
            ),
            Post::Abroad { stanza, .. } => format!(
                "abroad: {} from {} to {}",
                stanza.kind.as_deref().unwrap_or("here"),
                stanza.from.map(|from| from.to_string()).unwrap_or_default(),
                stanza.to.map(|to| to.to_string()).unwrap_or_default()
            ),
            Post::Session { stanza, .. } => format!(
                "session: {} from {}",
                stanza.kind.as_deref().unwrap_or("here"),
                stanza.from.map(|from| from.to_string()).unwrap_or_default()
            ),
            other @ Post::Occupants { .. } => panic!("{other:?}"),
        })
        .collect()
}
