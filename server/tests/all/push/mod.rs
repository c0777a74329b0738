//! Those who are away are told: by the server of their app (a program that speaks as a host of ours), and by their browser (a
//! push service on a loopback socket that decrypts what it gets).

mod apps;
mod browsers;
mod service;

use std::sync::Arc;
use std::time::Duration;

use konvent_core::testing::START;
use konvent_core::{AccountId, Clock, Millis};
use konvent_people::{accounts, units};
use konvent_talk::push::due::{Due, due};
use konvent_wire::xml::el;
use konvent_wire::{Jid, Stanza};

use crate::federation::town::{DEADLINE, Member, Program, Site, Town};

/// The server of an app.
pub const APP: &str = "push.verona.example";

/// A town with a clock of its own, and the server of an app in it.
pub async fn town(settings: &str) -> (Town, Program) {
    let text = format!(
        "[components]\nlisten = '127.0.0.1:0'\n[components.hosts.\"{APP}\"]\nsecret = 's3cret'\n{settings}"
    );
    let site = Site::new("verona.example", "verona.example", &text).await;
    let door = site.components.unwrap();
    let town = site.open_at(Clock::manual(START)).await;
    (town, Program::enter(door, APP, "s3cret").await)
}

/// A member's phone that wants to be told.
pub async fn phone(town: &Town, number: &str) -> Member {
    let mut phone = town.member(number).await;
    wants_to_be_told(&mut phone, &format!("node-{number}")).await;
    phone
}

/// A device asks to be told under this name.
pub async fn wants_to_be_told(phone: &mut Member, node: &str) {
    let field = |var: &str, value: &str| {
        el("field", "jabber:x:data")
            .attr("var", var)
            .child(el("value", "jabber:x:data").text(value))
    };
    let options = el("x", "jabber:x:data")
        .attr("type", "submit")
        .child(field("FORM_TYPE", "http://jabber.org/protocol/pubsub#publish-options"))
        .child(field("secret", "eruio"));
    let enable = el("enable", "urn:xmpp:push:0").attr("jid", APP).attr("node", node).child(options);
    phone.say(Stanza::iq("set", "enable").with_child(&enable.build())).await;
    let answer = phone.hear("an answer", |stanza| stanza.id.as_deref() == Some("enable")).await;
    assert!(answer.is_kind("result"), "{answer:?}");
}

pub async fn account(town: &Town, member: &Member) -> AccountId {
    let name = member.jid().node().unwrap().as_str().to_owned();
    let found = town.house.db().read(move |reader| accounts::id_of(reader, &name)).await;
    found.unwrap().unwrap()
}

/// The phone's connection breaks; the house has noticed when this returns.
pub async fn lose(town: &Town, phone: Member) {
    let who = account(town, &phone).await;
    drop(phone);
    town.until("the connection is lost", |house| !house.hall().is_looking(who)).await;
}

impl Town {
    /// Waits until something is the case in the house.
    pub async fn until(&self, what: &str, is: impl Fn(&Arc<konvent_server::House>) -> bool) {
        let deadline = tokio::time::Instant::now() + DEADLINE;
        while !is(&self.house) {
            assert!(tokio::time::Instant::now() < deadline, "{what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until what came of all notifications is noted.
    pub async fn settled(&self) {
        self.until_due("noted", |due, now| {
            due.iter().all(|one| one.failures > 0 || one.next_at.0 - now.0 <= 60_000)
        })
        .await;
    }

    async fn until_due(&self, what: &str, is: impl Fn(&[Due], Millis) -> bool) {
        let deadline = tokio::time::Instant::now() + DEADLINE;
        loop {
            let all = self.house.db().read(|reader| due(reader, Millis(i64::MAX), 100)).await;
            let all = all.unwrap();
            if is(&all, self.clock.now()) {
                return;
            }
            assert!(tokio::time::Instant::now() < deadline, "{what}: {all:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until no device of this member is told any more.
    pub async fn until_told_nothing(&self, who: &Jid) {
        let deadline = tokio::time::Instant::now() + DEADLINE;
        let name = who.node().unwrap().as_str().to_owned();
        loop {
            let name = name.clone();
            let kept = self.house.db().read(move |reader| {
                let account = accounts::id_of(reader, &name)?.unwrap();
                konvent_talk::push::privacy::export(reader, account)
            });
            let kept = kept.await.unwrap();
            if kept["devices"].as_array().unwrap().is_empty() {
                return;
            }
            assert!(tokio::time::Instant::now() < deadline, "{kept}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The address of the room of the members' unit.
    pub async fn room(&self) -> String {
        let unit = self.house.db().read(|reader| units::by_key(reader, "03-01")).await;
        self.house.domain().room(&unit.unwrap().unwrap().address).unwrap().to_string()
    }

    /// So many seconds later.
    pub async fn later(&self, secs: i64) {
        self.clock.advance(secs * 1000);
        self.house.tick().await;
    }
}

impl Program {
    /// Waits for a notification: its question, and how many words it says wait.
    pub async fn told(&mut self) -> (Stanza, i64) {
        loop {
            let iq = self.stanza().await;
            let Some(pubsub) = iq.payload().filter(|payload| payload.name() == "pubsub") else {
                continue;
            };
            let text = String::from(&pubsub);
            let count = text.split("message-count").nth(1).unwrap();
            let count = count.split("<value>").nth(1).unwrap().split('<').next().unwrap();
            let count = count.parse().unwrap();
            return (iq, count);
        }
    }

    /// Takes a notification.
    pub async fn take(&mut self) -> (Stanza, i64) {
        let (iq, count) = self.told().await;
        self.say(&iq.result(None)).await;
        (iq, count)
    }
}

/// A word to somebody.
pub async fn tell(from: &mut Member, to: &Jid, words: &str) {
    from.tell(to, words).await;
    from.ask_server("verona.example").await;
}
