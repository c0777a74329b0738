//! Rooms (XEP-0045): entering, who is inside, who may speak, being shown out; and how a client finds its rooms
//! (bookmarks of XEP-0402, items of XEP-0030).

use konvent_wire::xml::el;
use konvent_wire::{Element, ns};

use super::{Said, Verb};
use crate::failure::Wrong;
use crate::pattern::show;
use crate::stage::Stage;
use crate::stage::device::attr;

const MUC: &str = "http://jabber.org/protocol/muc";
const MUC_USER: &str = "http://jabber.org/protocol/muc#user";
const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
const BOOKMARKS: &str = "urn:xmpp:bookmarks:1";
const ITEMS: &str = "http://jabber.org/protocol/disco#items";

pub(super) const VERBS: &[Verb] = &[
    ("{who} enters {room} without history", enters_without_history),
    ("{who} enters {room}", enters),
    ("{who} leaves {room}", leaves),
    ("{who} is in {room} with {n} others", is_in_with),
    ("{who} is in {room} with 1 other", is_in_with_one),
    ("{who} is alone in {room}", is_alone_in),
    ("{who} is not in {room}", is_not_in),
    ("{who} is shown out of {room}", is_shown_out),
    ("{who} may speak in {room}", may_speak),
    ("{who} may only listen in {room}", may_only_listen),
    ("{who} sees {other} in {room}", sees),
    ("{who} does not see {other} in {room}", does_not_see),
    ("{who} has these bookmarks: {text}", bookmarks),
    ("{who} finds these rooms: {text}", finds),
];

fn enters(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    enter(stage, said, el("x", MUC))
}

fn enters_without_history(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    enter(stage, said, el("x", MUC).child(el("history", MUC).attr("maxstanzas", "0")))
}

fn enter(stage: &mut Stage, said: &Said, x: konvent_wire::xml::Build) -> Result<(), Wrong> {
    let to = format!("{}/{}", stage.address(said.get("room")), stage.full_name(said.get("who"))?);
    let presence = el("presence", ns::CLIENT).attr("to", to).child(x);
    super::words::speak(stage, said, &presence.build())
}

fn leaves(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let to = format!("{}/{}", stage.address(said.get("room")), stage.full_name(said.get("who"))?);
    let presence = el("presence", ns::CLIENT).attr("to", to).attr("type", "unavailable");
    super::words::speak(stage, said, &presence.build())
}

fn is_in_with(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    is_inside(stage, said, said.number("n")?)
}

fn is_in_with_one(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    is_inside(stage, said, 1)
}

fn is_alone_in(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    is_inside(stage, said, 0)
}

fn is_inside(stage: &mut Stage, said: &Said, wanted: i64) -> Result<(), Wrong> {
    let room = stage.address(said.get("room"));
    let device = stage.settled(said.get("who"))?;
    let inside = device.rooms.get(&room).filter(|room| room.me.is_some());
    let Some(inside) = inside else { return Err(Wrong::new("to be inside", device.left())) };
    let others: Vec<&str> = inside
        .occupants
        .keys()
        .filter(|nick| Some(nick.as_str()) != inside.me.as_deref())
        .map(String::as_str)
        .collect();
    if i64::try_from(others.len()) == Ok(wanted) {
        Ok(())
    } else {
        Err(Wrong::new(
            format!("{wanted} others"),
            format!("{}: {}", others.len(), others.join(", ")),
        ))
    }
}

fn is_not_in(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let room = stage.address(said.get("room"));
    let device = stage.settled(said.get("who"))?;
    match device.rooms.get(&room).and_then(|room| room.me.as_ref()) {
        None => Ok(()),
        Some(nick) => Err(Wrong::new("to be outside", format!("inside as {nick}"))),
    }
}

/// XEP-0045 §9.4: who loses his membership is removed from a members-only room with code 321.
fn is_shown_out(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let room = stage.address(said.get("room"));
    let device = stage.settled(said.get("who"))?;
    let is_it = |element: &Element| {
        element.is("presence", ns::CLIENT)
            && attr(element, "type") == Some("unavailable")
            && attr(element, "from").is_some_and(|from| super::words::bare(from) == room)
            && codes(element).iter().any(|code| code == "321")
            && codes(element).iter().any(|code| code == "110")
    };
    let at = device.unread.iter().position(is_it);
    at.and_then(|at| device.unread.remove(at))
        .map(drop)
        .ok_or_else(|| Wrong::new("unavailable with 110 and 321", device.left()))
}

fn codes(presence: &Element) -> Vec<String> {
    let x = presence.get_child("x", MUC_USER);
    let statuses =
        x.into_iter().flat_map(Element::children).filter(|child| child.name() == "status");
    statuses.filter_map(|status| attr(status, "code").map(str::to_owned)).collect()
}

fn may_speak(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    has_role(stage, said, "participant")
}

fn may_only_listen(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    has_role(stage, said, "visitor")
}

fn has_role(stage: &mut Stage, said: &Said, wanted: &str) -> Result<(), Wrong> {
    let room = stage.address(said.get("room"));
    let device = stage.settled(said.get("who"))?;
    let role = device
        .rooms
        .get(&room)
        .and_then(|room| room.occupants.get(room.me.as_ref()?))
        .map_or("outside", String::as_str);
    if role == wanted { Ok(()) } else { Err(Wrong::new(wanted, role)) }
}

fn sees(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    if is_seen(stage, said)? { Ok(()) } else { Err(Wrong::new("to see him", "he is not there")) }
}

fn does_not_see(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    if is_seen(stage, said)? { Err(Wrong::new("not to see him", "he is there")) } else { Ok(()) }
}

fn is_seen(stage: &mut Stage, said: &Said) -> Result<bool, Wrong> {
    let (room, nick) = (stage.address(said.get("room")), stage.full_name(said.get("other"))?);
    let device = stage.settled(said.get("who"))?;
    Ok(device.rooms.get(&room).is_some_and(|room| room.occupants.contains_key(&nick)))
}

/// `OV Verona (autojoin) | LV Veneto`, in any order, and none besides.
fn bookmarks(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let wanted = stage.listed(said.get("text"));
    let payload = el("pubsub", PUBSUB).child(el("items", PUBSUB).attr("node", BOOKMARKS)).build();
    let answer = stage.settled(said.get("who"))?.ask("get", None, payload)?;
    let items =
        answer.get_child("pubsub", PUBSUB).and_then(|pubsub| pubsub.get_child("items", PUBSUB));
    let Some(items) = items else { return Err(Wrong::new(said.get("text"), show(&answer))) };
    let mut found: Vec<String> = items
        .children()
        .map(|item| {
            let is_autojoin = item
                .get_child("conference", BOOKMARKS)
                .and_then(|conference| attr(conference, "autojoin"))
                .is_some_and(|autojoin| autojoin == "true" || autojoin == "1");
            let id = attr(item, "id").unwrap_or_default();
            if is_autojoin { format!("{id} (autojoin)") } else { id.to_owned() }
        })
        .collect();
    found.sort();
    same(&wanted, &found)
}

fn finds(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let wanted = stage.listed(said.get("text"));
    let service = stage.address("rooms");
    let answer =
        stage.settled(said.get("who"))?.ask("get", Some(&service), el("query", ITEMS).build())?;
    let items = answer.get_child("query", ITEMS).into_iter().flat_map(Element::children);
    let mut found: Vec<String> =
        items.filter_map(|item| attr(item, "jid").map(str::to_owned)).collect();
    found.sort();
    same(&wanted, &found)
}

fn same(wanted: &[String], found: &[String]) -> Result<(), Wrong> {
    if wanted == found { Ok(()) } else { Err(Wrong::new(wanted.join("\n"), found.join("\n"))) }
}
