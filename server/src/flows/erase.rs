//! What is kept of an account goes along with its owner (Art. 15, 20 GDPR) and goes (Art. 17), feature by feature.
//!
//! Every visiting card that keeps something stands in [`DUTIES`] or in [`STAYS`]; a test walks the cards, so that a new
//! feature is not forgotten.

use std::sync::Arc;

use konvent_core::{AccountId, Answer, Reader, Tx};
use konvent_files::upload;
use konvent_people::invitations;
use konvent_talk::contacts::{self, Member, Sequel};
use konvent_talk::{
    Domain, abroad, archive, blocking, bookmarks, offline, private, pubsub, push, reading, rooms,
    vcard,
};
use serde_json::{Map, Value};

use crate::house::House;

/// What one feature owes to a member: what it keeps of him, and that it lets go of it.
#[derive(Debug, Clone, Copy)]
pub struct Duty {
    /// The name on the feature's visiting card.
    pub feature: &'static str,
    /// What it keeps; nothing, or nothing but empty lists, when it keeps nothing.
    export: fn(&mut Reader<'_>, &Member) -> Answer<Value>,
    /// Strikes it, and says what others are told.
    erase: fn(&mut Tx<'_>, &Domain, &Member) -> Answer<Sequel>,
}

impl Duty {
    /// What the feature keeps of a member; `None` when that is nothing.
    pub fn kept(&self, reader: &mut Reader<'_>, member: &Member) -> Answer<Option<Value>> {
        Ok(Some((self.export)(reader, member)?).filter(|kept| !is_empty(kept)))
    }
}

/// From the last feature to the first, as the tables lean on each other.
pub const DUTIES: &[Duty] = &[
    Duty {
        feature: upload::ABOUT.name,
        export: |reader, of| upload::privacy::export(reader, of.account),
        erase: |tx, _, of| silently(upload::privacy::erase(tx, of.account)),
    },
    Duty {
        feature: push::ABOUT.name,
        export: |reader, of| push::privacy::export(reader, of.account),
        erase: |tx, _, of| silently(push::privacy::erase(tx, of.account)),
    },
    Duty {
        feature: private::ABOUT.name,
        export: |reader, of| private::privacy::export(reader, of.account),
        erase: |tx, _, of| silently(private::privacy::erase(tx, of.account)),
    },
    Duty {
        feature: reading::ABOUT.name,
        export: |reader, of| reading::privacy::export(reader, of.account),
        erase: |tx, _, of| silently(reading::privacy::erase(tx, of.account)),
    },
    Duty {
        feature: bookmarks::ABOUT.name,
        export: |reader, of| bookmarks::privacy::export(reader, of.account),
        erase: |tx, _, of| silently(bookmarks::privacy::erase(tx, of.account)),
    },
    Duty {
        feature: vcard::ABOUT.name,
        export: |reader, of| vcard::privacy::export(reader, of.account),
        erase: |tx, _, of| silently(vcard::privacy::erase(tx, of.account)),
    },
    Duty {
        feature: pubsub::ABOUT.name,
        export: |reader, of| pubsub::privacy::export(reader, of.account, of.address.as_str()),
        erase: |tx, _, of| silently(pubsub::privacy::erase(tx, of.account, of.address.as_str())),
    },
    Duty {
        feature: rooms::ABOUT.name,
        export: |reader, of| rooms::privacy::export(reader, of.person, &of.address),
        erase: |tx, _, of| silently(rooms::privacy::erase(tx, of.person, &of.address)),
    },
    Duty {
        feature: offline::ABOUT.name,
        export: |reader, of| offline::privacy::export(reader, of.account),
        erase: |tx, _, of| silently(offline::privacy::erase(tx, of.account)),
    },
    Duty {
        feature: abroad::ABOUT.name,
        export: |reader, of| abroad::privacy::export(reader, of.account),
        erase: |tx, _, of| silently(abroad::privacy::erase(tx, of.account)),
    },
    Duty {
        feature: archive::ABOUT.name,
        export: |reader, of| archive::privacy::export(reader, of.account),
        erase: |tx, _, of| silently(archive::privacy::erase(tx, of.account)),
    },
    Duty {
        feature: contacts::ABOUT.name,
        export: |reader, of| contacts::privacy::export(reader, of.account),
        // Those who saw him must not wait for him for ever.
        erase: contacts::part_from_all,
    },
    Duty {
        feature: blocking::ABOUT.name,
        export: |reader, of| blocking::privacy::export(reader, of.account),
        erase: |tx, _, of| silently(blocking::privacy::erase(tx, of.account)),
    },
    Duty {
        feature: invitations::ABOUT.name,
        export: |reader, of| invitations::export(reader, of.account),
        erase: |tx, _, of| silently(invitations::erase(tx, of.account)),
    },
];

/// What stays when an account goes, and why.
pub const STAYS: &[(&str, &str)] = &[
    ("audit", "numbers only; who changed what must be answerable (Art. 5(2) GDPR)"),
    ("people", "closing the account empties the person; members are erased by the member file"),
    ("offices", "who held which office when is the organisation's record; guests hold none"),
    ("accounts", "closing strikes devices and passwords; a name that was used is given to nobody"),
    ("registration", "keyed hashes of network addresses, not of accounts; they go after an hour"),
];

fn silently(done: Answer<()>) -> Answer<Sequel> {
    done.map(|()| Sequel::default())
}

/// Strikes the archive of an account ahead of everything else, a little at a time, as long as it may be struck: a member of
/// many years has a million rows, and others write in between.
pub async fn ahead(
    house: &Arc<House>,
    account: AccountId,
    may: impl Fn(&mut Tx<'_>) -> Answer<bool> + Copy + Send + 'static,
) -> Answer<()> {
    let slice = move |tx: &mut Tx<'_>| {
        if may(tx)? { archive::privacy::erase_some(tx, account) } else { Ok(0) }
    };
    while house.db().write(slice).await? > 0 {}
    Ok(())
}

/// Erases what an account has said, kept and set, and returns what those hear who had it as a contact. The account is still
/// open: its name is needed to say goodbye. Account and person stay to their own features, see [`STAYS`].
pub fn contents(tx: &mut Tx<'_>, domain: &Domain, member: &Member) -> Answer<Sequel> {
    let mut sequel = Sequel::default();
    for duty in DUTIES {
        sequel.append((duty.erase)(tx, domain, member)?);
    }
    Ok(sequel)
}

/// What is kept of a member, by feature; features that keep nothing of him are left out.
pub fn export(reader: &mut Reader<'_>, member: &Member) -> Answer<Map<String, Value>> {
    let mut all = Map::new();
    for duty in DUTIES {
        if let Some(kept) = duty.kept(reader, member)? {
            all.insert(duty.feature.to_owned(), kept);
        }
    }
    Ok(all)
}

/// Whether an export says nothing: no value, or lists of nothing.
fn is_empty(kept: &Value) -> bool {
    match kept {
        Value::Null => true,
        Value::Array(all) => all.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
