//! Nodes on both storages: whoever asks, whatever he sends.

mod anything;
mod asking;
mod corners;
mod leafing;
mod letting_in;
mod offices;
mod publishing;
mod setting_up;

use konvent_core::{Answer, Outbox, Post};
use konvent_wire::{Element, Jid, Stanza};

use super::request::read;
use super::*;
use crate::scene::{Scene, Wishes, about_nodes};
use crate::{Session, ns};

/// A stage with nodes on it: who is there, and whose nodes are meant.
struct Nodes<'a, 's> {
    scene: &'a Scene<'s>,
    place: Place,
    here: Wishes,
}

impl<'a, 's> Nodes<'a, 's> {
    /// The own nodes of somebody.
    fn of(scene: &'a Scene<'s>, who: &Session) -> Self {
        Self { scene, place: Place::of_session(who), here: Wishes::default() }
    }

    /// The organisation's.
    fn service(scene: &'a Scene<'s>) -> Self {
        let address = scene.domain.pubsub_service().unwrap();
        let place = Place::Service { address, for_everybody: false };
        Self { scene, place, here: Wishes::default() }
    }

    fn set(&self, who: &Asker, inner: &str) -> Answer<Outbox> {
        self.change(who, about_nodes("set", ns::PUBSUB, inner))
    }

    fn own(&self, who: &Asker, inner: &str) -> Answer<Outbox> {
        self.change(who, about_nodes("set", ns::PUBSUB_OWNER, inner))
    }

    fn change(&self, who: &Asker, iq: Stanza) -> Answer<Outbox> {
        let request = read(&iq)?.unwrap();
        let (domain, here) = (self.scene.domain.clone(), self.here.clone());
        let (place, who) = (self.place.clone(), who.clone());
        self.scene.try_write(move |tx| {
            let ctx = Ctx { domain: &domain, now: tx.now(), here: &here };
            change::change(tx, ctx, &place, &who, &request, &iq)
        })
    }

    fn get(&self, who: &Asker, inner: &str) -> Answer<Element> {
        self.ask(who, &about_nodes("get", ns::PUBSUB, inner))
    }

    fn get_own(&self, who: &Asker, inner: &str) -> Answer<Element> {
        self.ask(who, &about_nodes("get", ns::PUBSUB_OWNER, inner))
    }

    fn ask(&self, who: &Asker, iq: &Stanza) -> Answer<Element> {
        let request = read(iq)?.unwrap();
        let now = self.scene.clock.now();
        let ctx = Ctx { domain: &self.scene.domain, now, here: &self.here };
        let answered = self
            .scene
            .read(|reader| Ok(answer::answer(reader, ctx, &self.place, who, &request, iq)));
        answered.map(|reply| reply.payload().unwrap())
    }

    /// Publishes `<x xmlns='u'>text</x>` under an id.
    fn put(&self, who: &Asker, node: &str, id: &str, text: &str) -> Answer<Outbox> {
        self.set(
            who,
            &format!(
                "<publish node='{node}'><item id='{id}'><x xmlns='u'>{text}</x></item></publish>"
            ),
        )
    }

    /// The ids of the items that somebody gets, or why he gets none.
    fn ids(&self, who: &Asker, node: &str) -> Answer<Vec<String>> {
        self.get(who, &format!("<items node='{node}'/>")).map(|pubsub| ids_in(&pubsub))
    }

    /// Creates a node with a set-up.
    fn create(&self, who: &Asker, node: &str, fields: &[(&str, &str)]) -> Answer<Outbox> {
        let form = form("node_config", fields);
        self.set(who, &format!("<create node='{node}'/><configure>{form}</configure>"))
    }
}

fn here(session: &Session) -> Asker {
    Asker::Here(session.clone())
}

fn abroad() -> Asker {
    Asker::Abroad(Jid::new("mercutio@mantua.example/cell").unwrap())
}

fn rsm(inner: &str) -> String {
    format!("<set xmlns='{}'>{inner}</set>", ns::RSM)
}

fn ids_in(pubsub: &Element) -> Vec<String> {
    let items = pubsub.get_child("items", ns::PUBSUB).unwrap();
    items.children().map(|item| item.attr("id").unwrap().to_owned()).collect()
}

fn form(purpose: &str, fields: &[(&str, &str)]) -> String {
    let field = |(var, value): &(&str, &str)| {
        format!("<field var='pubsub#{var}'><value>{value}</value></field>")
    };
    let fields: String = fields.iter().map(field).collect();
    format!(
        "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#{purpose}</value></field>{fields}</x>"
    )
}

/// What each connection or address gets: address, name of the first child of the event, id of its first entry.
fn told(out: Outbox) -> Vec<(String, String, String)> {
    let stanzas = out.into_posts().into_iter().filter_map(|post| match post {
        Post::Session { stanza, .. }
        | Post::Account { stanza, .. }
        | Post::Abroad { stanza, .. } => Some(stanza),
        Post::Occupants { .. } => None,
    });
    let mut told: Vec<_> = stanzas
        .filter_map(|message| {
            let event = message.child("event", ns::PUBSUB_EVENT)?.element()?;
            let verb = event.children().next().unwrap();
            let entry = verb.children().next();
            let what = entry.map_or(verb.name(), Element::name).to_owned();
            let id = entry.and_then(|entry| entry.attr("id")).unwrap_or_default().to_owned();
            Some((message.to.unwrap().to_string(), what, id))
        })
        .collect();
    told.sort();
    told
}
