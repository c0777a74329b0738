//! Rooms that follow from the directory, without a server around them.

mod describing;
mod following;
mod joining;
mod members;
mod speaking;

use super::*;
use crate::archive::{self, Kept, Owner, Query};
use crate::scene::{Scene, for_session, play, stanza};
use crate::{Session, Who, conditions, ns, who_is};
use konvent_core::{Answer, Outbox, Post, SessionId};
use konvent_people::{offices, people};
use konvent_wire::{Condition, Element, Jid, Stanza};
use std::sync::Arc;

fn occupants() -> Occupants {
    Occupants::new([7; 32])
}

fn join_with(
    scene: &Scene<'_>,
    occupants: &mut Occupants,
    session: &Session,
    room: &str,
    x: &str,
) -> Answer<Outbox> {
    let presence = stanza(&format!(
        "<presence to='{room}@gruppen.verona.example/{}'><x xmlns='{}'>{x}</x><show>away</show></presence>",
        session.name,
        ns::MUC,
    ));
    let joining = scene.db.read_blocking(|reader| {
        ask_to_join(reader, &scene.domain, occupants, session, &presence, scene.clock.now())
    })?;
    occupants.enter(joining)
}

fn join(scene: &Scene<'_>, occupants: &mut Occupants, session: &Session, room: &str) -> Outbox {
    join_with(scene, occupants, session, room, "").unwrap()
}

fn speak(
    scene: &Scene<'_>,
    occupants: &mut Occupants,
    session: &Session,
    room: &str,
    xml: &str,
) -> Answer<(Kept, Outbox)> {
    let room = scene.room(room);
    let message = stanza(xml).addressed(
        Some(session.address.clone()),
        Some(scene.domain.room(&room.address).unwrap().into()),
    );
    let (domain, session) = (scene.domain.clone(), session.clone());
    // A job is handed over to the writer, so the occupants go along for a moment.
    let lent = Arc::new(std::mem::replace(occupants, self::occupants()));
    let along = Arc::clone(&lent);
    let said = scene.try_write(move |tx| {
        let mut out = Outbox::default();
        let kept = say::say(tx, &domain, &along, &room, &session, &message, &mut out)?;
        Ok((kept, out))
    });
    *occupants = Arc::try_unwrap(lent).ok().unwrap();
    said
}

fn item(presence: &Stanza) -> Element {
    let x = presence.child("x", ns::MUC_USER).unwrap().element().unwrap();
    x.get_child("item", ns::MUC_USER).unwrap().clone()
}

fn statuses(presence: &Stanza) -> Vec<String> {
    let x = presence.child("x", ns::MUC_USER).unwrap().element().unwrap();
    x.children().filter_map(|child| child.attr("code").map(ToOwned::to_owned)).collect()
}
