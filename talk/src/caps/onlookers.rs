//! Devices of contacts on other servers: which news of the members they see they want (XEP-0060 §9.2, XEP-0163 §4.2).
//!
//! A device says it by its capabilities in the presence that it sends a member. It is asked in his name, because to a server
//! alone it need not answer. Who may hear of what is looked at for each event, never here. Left out: those who show themselves
//! to a member without being his contacts.

use std::collections::BTreeMap;
use std::sync::Arc;

use konvent_core::AccountId;
use konvent_wire::jid::BareJid;
use konvent_wire::{ChildRef, Jid, Stanza};
use serde::{Deserialize, Serialize};

use super::{
    Algorithm, Caps, Features, KEY_MAX_BYTES, Key, NODE_MAX_BYTES, features_of, new_wishes,
    question, verification,
};
use crate::ns;

/// Devices from elsewhere that are remembered: bounds the memory that other servers can fill.
const ONLOOKERS_MAX: usize = 50_000;
/// Devices of one person elsewhere: a client that invents resources fills nothing.
const DEVICES_MAX: usize = 20;
/// Members for whom one device is remembered: more contacts than anybody has in one house.
const MEMBERS_MAX: usize = 2_000;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Onlooker {
    said: Option<(String, String)>,
    key: Option<Key>,
    features: Option<Features>,
    asked: Option<Arc<str>>,
    /// The members to whom it has shown itself, and what it could when it was last sent items of theirs.
    of: BTreeMap<AccountId, Option<Features>>,
}

/// All of them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Onlookers {
    /// By their full addresses.
    all: BTreeMap<String, Onlooker>,
}

impl Onlookers {
    /// The devices of one person.
    fn of_one(&self, bare: &BareJid) -> impl Iterator<Item = (&String, &Onlooker)> {
        let front = format!("{bare}/");
        self.all.range(front.clone()..).take_while(move |(address, _)| address.starts_with(&front))
    }
}

/// What follows from something a device elsewhere said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LearntOfOnlookers {
    /// Questions to devices.
    pub ask: Vec<Stanza>,
    /// Whose nodes which device wants to hear of, and which of them are new to it.
    pub wants: Vec<(AccountId, Jid, Vec<String>)>,
}

/// Algorithm and hash as a presence names them, and under which node they can be asked for.
fn said_in(presence: &Stanza) -> Option<((String, String), Option<String>)> {
    let c = presence.child("c", ns::CAPS).and_then(ChildRef::element)?;
    let text = |name: &str| c.attr(name).unwrap_or_default().to_owned();
    let said = (text("hash"), text("ver"));
    let fits = !said.1.is_empty() && said.0.len() <= KEY_MAX_BYTES && said.1.len() <= KEY_MAX_BYTES;
    let node = text("node");
    let node = (node.len() <= NODE_MAX_BYTES).then(|| format!("{node}#{}", said.1));
    fits.then_some((said, node))
}

impl Caps {
    /// Whether a device from elsewhere says something to a member that it has not said to him before.
    pub fn is_news_of_onlooker(&self, account: AccountId, from: &Jid, presence: &Stanza) -> bool {
        let Some((said, _)) = said_in(presence) else { return false };
        let known = self.onlookers.all.get(from.as_str());
        known.is_none_or(|onlooker| {
            onlooker.said.as_ref() != Some(&said) || !onlooker.of.contains_key(&account)
        })
    }

    /// A device from elsewhere shows itself to a member who lets it see him; `own` is his address.
    pub fn hear_onlooker(
        &mut self,
        (account, own): (AccountId, &BareJid),
        from: &Jid,
        presence: &Stanza,
    ) -> LearntOfOnlookers {
        let mut learnt = LearntOfOnlookers::default();
        let Some((said, node)) = said_in(presence).filter(|_| from.is_full()) else {
            return learnt;
        };
        if !self.onlookers.all.contains_key(from.as_str()) && !self.has_room_for(from) {
            return learnt;
        }
        let onlooker = self.onlookers.all.entry(from.to_string()).or_default();
        if onlooker.of.len() >= MEMBERS_MAX && !onlooker.of.contains_key(&account) {
            return learnt;
        }
        onlooker.of.entry(account).or_default();
        if onlooker.said.as_ref() != Some(&said) {
            onlooker.key =
                Algorithm::from_name(&said.0).map(|algorithm| (algorithm, said.1.as_str().into()));
            onlooker.features = None;
            onlooker.asked = None;
            onlooker.said = Some(said);
        }
        let known = onlooker.key.as_ref().and_then(|key| self.known.get(key)).cloned();
        if let Some(features) = onlooker.features.clone().or(known) {
            self.learn_of_onlooker(from, features, &mut learnt);
        } else if onlooker.asked.is_none() {
            self.questions += 1;
            let id: Arc<str> = format!("onlooker{}", self.questions).into();
            onlooker.asked = Some(Arc::clone(&id));
            let own = Jid::from(own.clone());
            learnt.ask.push(question(&id, Some(own), from.clone(), node));
        }
        learnt
    }

    fn has_room_for(&self, from: &Jid) -> bool {
        let own = self.onlookers.of_one(&from.to_bare()).count();
        self.onlookers.all.len() < ONLOOKERS_MAX && own < DEVICES_MAX
    }

    /// Whether an answer from elsewhere is one to a question of ours.
    pub fn has_asked_onlooker(&self, from: &Jid, iq: &Stanza) -> bool {
        let onlooker = self.onlookers.all.get(from.as_str());
        onlooker.is_some_and(|onlooker| onlooker.asked.is_some() && onlooker.asked == iq.id)
    }

    /// Its answer; `None` when it is none. Only what fits the hash is kept for others (XEP-0115 §5.4).
    pub fn answer_onlooker(&mut self, from: &Jid, iq: &Stanza) -> Option<LearntOfOnlookers> {
        if !self.has_asked_onlooker(from, iq) {
            return None;
        }
        let onlooker = self.onlookers.all.get_mut(from.as_str())?;
        onlooker.asked = None;
        let query =
            iq.payload().filter(|query| iq.is_kind("result") && query.is("query", ns::DISCO_INFO));
        let mut features = query.as_ref().map(features_of).unwrap_or_default();
        let fits = onlooker.key.clone().filter(|(algorithm, ver)| {
            let found = query.as_ref().and_then(|query| verification(query, *algorithm));
            found.is_some_and(|found| *found == **ver)
        });
        if let Some(key) = fits {
            features = self.keep(key, features);
        }
        let mut learnt = LearntOfOnlookers::default();
        self.learn_of_onlooker(from, features, &mut learnt);
        Some(learnt)
    }

    fn learn_of_onlooker(
        &mut self,
        from: &Jid,
        features: Features,
        learnt: &mut LearntOfOnlookers,
    ) {
        let Some(onlooker) = self.onlookers.all.get_mut(from.as_str()) else { return };
        for (account, greeted) in &mut onlooker.of {
            let new = new_wishes(&features, greeted.as_ref());
            *greeted = Some(Arc::clone(&features));
            if !new.is_empty() {
                learnt.wants.push((*account, from.clone(), new));
            }
        }
        onlooker.features = Some(features);
    }

    /// A device from elsewhere is no longer there for a member; without a resource all of that person.
    pub fn onlooker_leaves(&mut self, account: AccountId, from: &Jid) {
        let leaving: Vec<String> = if from.is_full() {
            vec![from.to_string()]
        } else {
            self.onlookers.of_one(&from.to_bare()).map(|(address, _)| address.clone()).collect()
        };
        for address in leaving {
            let Some(onlooker) = self.onlookers.all.get_mut(&address) else { continue };
            onlooker.of.remove(&account);
            if onlooker.of.is_empty() {
                self.onlookers.all.remove(&address);
            }
        }
    }

    /// Whether a device of a person from elsewhere is remembered for a member.
    pub fn has_onlooker(&self, account: AccountId, from: &Jid) -> bool {
        self.onlookers
            .of_one(&from.to_bare())
            .any(|(_, onlooker)| onlooker.of.contains_key(&account))
    }

    /// The devices from elsewhere that have shown themselves to a member and want to hear of a node of his.
    pub fn onlookers_wanting(&self, account: AccountId, node: &str) -> Vec<Jid> {
        let wants = |features: &Features| {
            features.iter().any(|feature| feature.strip_suffix("+notify") == Some(node))
        };
        let onlookers =
            self.onlookers.all.iter().filter(|(_, onlooker)| onlooker.of.contains_key(&account));
        onlookers
            .filter(|(_, onlooker)| onlooker.features.as_ref().is_some_and(wants))
            .filter_map(|(address, _)| Jid::new(address).ok())
            .collect()
    }
}
