//! Rooms that follow from the directory, without a server around them.

mod describing;
mod following;
mod free_lists;
mod free_rooms;
mod free_together;
mod joining;
mod members;
mod speaking;

use super::*;
use crate::archive::{self, Kept, Owner, Query};
use crate::scene::{Scene, for_session, play, stanza};
use crate::{Session, Who, conditions, ns, who_is};
use konvent_core::config::FreeRooms;
use konvent_core::{Answer, Outbox, PersonId, Post, SessionId};
use konvent_people::{offices, people};
use konvent_wire::{Condition, Element, Jid, Stanza};

fn occupants() -> Occupants {
    Occupants::new([7; 32])
}

fn rules() -> FreeRooms {
    FreeRooms::default()
}

/// Reads what is needed to come in.
fn ask_in(
    scene: &Scene<'_>,
    occupants: &Occupants,
    caller: &Caller,
    presence: &Stanza,
) -> Answer<Joining> {
    let (domain, caller, presence) = (scene.domain.clone(), caller.clone(), presence.clone());
    let followed = occupants.followed();
    scene.try_write(move |tx| {
        let sight = Sight { followed, known_size: &|_| None };
        ask_to_join(tx, &domain, &rules(), &sight, &caller, &presence)
    })
}

fn join_with(
    scene: &Scene<'_>,
    occupants: &mut Occupants,
    session: &Session,
    room: &str,
    x: &str,
) -> Answer<Outbox> {
    let nick = session.name.clone();
    join_as(scene, occupants, &Caller::from(session), room, &nick, x)
}

fn join_as(
    scene: &Scene<'_>,
    occupants: &mut Occupants,
    caller: &Caller,
    room: &str,
    nick: &str,
    x: &str,
) -> Answer<Outbox> {
    let presence = stanza(&format!(
        "<presence to='{room}@gruppen.verona.example/{nick}'><x xmlns='{}'>{x}</x><show>away</show></presence>",
        ns::MUC,
    ));
    let joining = ask_in(scene, occupants, caller, &presence)?;
    occupants.enter(&joining)
}

fn join(scene: &Scene<'_>, occupants: &mut Occupants, session: &Session, room: &str) -> Outbox {
    join_with(scene, occupants, session, room, "").unwrap()
}

fn at(session: &Session) -> Place {
    Place::Here(session.id)
}

fn speak(
    scene: &Scene<'_>,
    occupants: &mut Occupants,
    session: &Session,
    room: &str,
    xml: &str,
) -> Answer<(Kept, Outbox)> {
    let room = scene.room(room);
    let id = room.id;
    let message = stanza(xml).addressed(
        Some(session.address.clone()),
        Some(scene.domain.room(&room.address).unwrap().into()),
    );
    let (domain, caller) = (scene.domain.clone(), Caller::from(session));
    let voice = occupants.voice(room.id, &caller.place);
    let said = scene.try_write(move |tx| {
        let mut out = Outbox::default();
        let kept = say::say(tx, &domain, &room, &caller, voice.as_ref(), &message, &mut out)?;
        Ok((kept, out))
    });
    if said.is_ok() {
        occupants.spoke(id, &at(session), scene.clock.now());
    }
    said
}

/// What has become of those inside, and the showing of it.
fn follow(scene: &Scene<'_>, occupants: &mut Occupants, persons: Option<&[PersonId]>) -> Outbox {
    occupants.has_followed();
    let seen = occupants.look(persons);
    let now = scene.clock.now();
    let turns = scene.read(|reader| follow::turns(reader, &seen, now));
    occupants.follow(turns).unwrap()
}

fn item(presence: &Stanza) -> Element {
    let x = presence.child("x", ns::MUC_USER).unwrap().element().unwrap();
    x.get_child("item", ns::MUC_USER).unwrap().clone()
}

fn statuses(presence: &Stanza) -> Vec<String> {
    let x = presence.child("x", ns::MUC_USER).unwrap().element().unwrap();
    x.children().filter_map(|child| child.attr("code").map(ToOwned::to_owned)).collect()
}
