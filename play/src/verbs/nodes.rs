//! Capabilities: a client says which nodes it wants to hear of, and answers the server's question (XEP-0115, XEP-0163).

use konvent_talk::caps::{Algorithm, verification};
use konvent_wire::xml::el;
use konvent_wire::{Element, ns};

use super::{Said, Verb};
use crate::failure::Wrong;
use crate::stage::Stage;
use crate::stage::device::attr;

const CAPS: &str = "http://jabber.org/protocol/caps";
const DISCO: &str = "http://jabber.org/protocol/disco#info";

pub(super) const VERBS: &[Verb] = &[("{who} wants news of {text}", wants_news)];

/// Node names stand one after the other, with ` and ` between them.
fn wants_news(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let mut features = vec![CAPS.to_owned(), DISCO.to_owned()];
    features.extend(said.get("text").split(" and ").map(|node| format!("{}+notify", node.trim())));
    let description = |node: Option<&str>| -> Element {
        el("query", DISCO)
            .maybe("node", node)
            .child(el("identity", DISCO).attr("category", "client").attr("type", "bot"))
            .children(features.iter().map(|var| el("feature", DISCO).attr("var", var)))
            .build()
    };
    let ver = verification(&description(None), Algorithm::Sha1).unwrap_or_default();
    let c = el("c", CAPS).attr("hash", "sha-1").attr("node", "urn:play").attr("ver", ver);
    stage.device(said.get("who"))?.send(&el("presence", ns::CLIENT).child(c).build())?;
    stage.settle()?;
    let device = stage.device(said.get("who"))?;
    let is_question = |element: &Element| {
        element.name() == "iq"
            && attr(element, "type") == Some("get")
            && element.has_child("query", DISCO)
    };
    // Nothing is asked when the server knows this kind of client already.
    let Some(at) = device.unread.iter().position(is_question) else { return Ok(()) };
    let Some(question) = device.unread.remove(at) else { return Ok(()) };
    let node = question.get_child("query", DISCO).and_then(|query| attr(query, "node"));
    let answer = el("iq", ns::CLIENT)
        .attr("type", "result")
        .maybe("id", attr(&question, "id"))
        .maybe("to", attr(&question, "from"))
        .child(description(node));
    device.send(&answer.build())?;
    stage.settle()
}
