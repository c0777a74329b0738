//! One account as a document has it (XEP-0227 §4.2): what is written for those who go, and for those who want a copy.

use std::io::Write;

use konvent_core::{Answer, Refusal};
use konvent_people::accounts::{self, Account};
use konvent_talk::pubsub::{Ctx, Nobody};
use konvent_talk::session::Session;
use konvent_talk::{archive, blocking, bookmarks, contacts, ns, private, pubsub, reading, vcard};
use konvent_wire::portable::{Credentials, PIE, write};
use konvent_wire::xml::{el, write_element};
use konvent_wire::{Element, Jid};

use super::UNWRITABLE;
use crate::house::House;

/// Messages that are read at once: with the largest stanza they take a few megabytes.
const PAGE: i64 = 32;

/// Nodes that follow from what other features keep: they have no row, or none that counts.
const DERIVED: [&str; 2] = [ns::BOOKMARKS, ns::DISPLAYED];

/// Whether the node of this name is one of those.
pub(super) fn is_derived(name: &str) -> bool {
    DERIVED.contains(&name)
}

/// Whether the keys of the password come along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// To another server, so that the password stays the same.
    With,
    /// For the member himself, who knows his password: a copy that lies about opens nothing.
    Without,
}

/// Writes one account; returns how many messages it had. What is written is read in small portions, so that a long archive
/// needs no memory.
pub fn write_user(
    house: &House,
    account: &Account,
    keys: Keys,
    into: &mut dyn Write,
) -> Answer<u64> {
    let mut out = Vec::new();
    write::user(&account.localpart, &mut out);
    let elements = house.db().read_blocking(|reader| {
        let credentials = match keys {
            Keys::With => accounts::credentials(reader, account.id)?,
            Keys::Without => Vec::new(),
        };
        let mut plain: Vec<Element> = credentials.iter().map(Credentials::element).collect();
        let (listed, waiting) = contacts::moving::give_out(reader, account.id)?;
        plain.push(el("query", ns::ROSTER).children(listed).build());
        plain.extend(waiting);
        let kept = private::moving::give_out(reader, account.id)?;
        if !kept.is_empty() {
            plain.push(el("query", ns::PRIVATE).children(kept).build());
        }
        plain.extend(blocking::moving::give_out(reader, account.id)?);
        Ok(plain)
    })?;
    put(&elements, &mut out, into)?;
    write_nodes(house, account, &mut out, into)?;
    let session = session(house, account)?;
    let card = house.db().read_blocking(|reader| {
        let ctx = Ctx { domain: house.domain(), now: house.clock().now(), here: &Nobody };
        vcard::moving::give_out(reader, ctx, &session)
    })?;
    put(card.as_slice(), &mut out, into)?;
    let messages = write_archive(house, account, &mut out, into)?;
    write::end("user", &mut out);
    flush(&mut out, into)?;
    Ok(messages)
}

fn write_nodes(
    house: &House,
    account: &Account,
    out: &mut Vec<u8>,
    into: &mut dyn Write,
) -> Answer<()> {
    let names = house.db().read_blocking(|reader| pubsub::moving::names(reader, account.id))?;
    let stored: Vec<&String> = names.iter().filter(|name| !is_derived(name)).collect();
    write::begin("pubsub", &[("xmlns", ns::PUBSUB_OWNER)], out);
    for name in &stored {
        let read = |reader: &mut konvent_core::Reader<'_>| {
            pubsub::moving::give_out_terms(reader, account.id, name)
        };
        for terms in house.db().read_blocking(read)? {
            write_element(&terms, ns::PUBSUB_OWNER, out);
        }
        flush(out, into)?;
    }
    for name in DERIVED {
        write_element(&pubsub::moving::derived_terms(name), ns::PUBSUB_OWNER, out);
    }
    write::end("pubsub", out);
    write::begin("pubsub", &[("xmlns", ns::PUBSUB)], out);
    for name in stored.into_iter().map(String::as_str).chain(DERIVED) {
        let items = house.db().read_blocking(|reader| match name {
            ns::BOOKMARKS => {
                let items = bookmarks::all(
                    reader,
                    house.domain(),
                    &session(house, account)?,
                    house.clock().now(),
                )?;
                let item = |(id, payload): (String, Element)| {
                    el("item", ns::PUBSUB).attr("id", id).child(payload).build()
                };
                Ok(items.into_iter().map(item).collect())
            }
            ns::DISPLAYED => {
                let own = house.domain().account(&account.localpart)?;
                let mut items = reading::moving::give_out(reader, account.id, &own)?;
                items.extend(pubsub::moving::give_out_items(reader, account.id, name)?);
                Ok::<Vec<Element>, Refusal>(items)
            }
            name => pubsub::moving::give_out_items(reader, account.id, name),
        })?;
        // COMPAT: the migrator of Prosody (0.12.3) ends with an error at a node that has terms and no such list.
        write::begin("items", &[("node", name)], out);
        for item in items {
            write_element(&item, ns::PUBSUB, out);
            out.push(b'\n');
            flush(out, into)?;
        }
        write::end("items", out);
    }
    write::end("pubsub", out);
    flush(out, into)
}

fn write_archive(
    house: &House,
    account: &Account,
    out: &mut Vec<u8>,
    into: &mut dyn Write,
) -> Answer<u64> {
    write::archive(out);
    let (mut after, mut written) = (0, 0);
    loop {
        let page = house
            .db()
            .read_blocking(|reader| archive::moving::give_out(reader, account.id, after, PAGE))?;
        let Some((entries, last)) = page else { break };
        for entry in &entries {
            archive::moving::write(entry, out);
            written += 1;
            flush(out, into)?;
        }
        after = last;
    }
    write::end("archive", out);
    Ok(written)
}

/// Somebody who is not connected, for features that want to know who asks.
pub(super) fn session(house: &House, account: &Account) -> Answer<Session> {
    Ok(Session {
        id: konvent_core::SessionId(0),
        account: account.id,
        person: account.person,
        address: Jid::from(house.domain().account(&account.localpart)?),
        name: account.name.clone(),
    })
}

fn put(elements: &[Element], out: &mut Vec<u8>, into: &mut dyn Write) -> Answer<()> {
    for element in elements {
        write_element(element, PIE, out);
        out.push(b'\n');
        flush(out, into)?;
    }
    Ok(())
}

/// Hands over what was written so far.
pub(super) fn flush(out: &mut Vec<u8>, into: &mut dyn Write) -> Answer<()> {
    into.write_all(out).map_err(|error| UNWRITABLE.because(error))?;
    out.clear();
    Ok(())
}
