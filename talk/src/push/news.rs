//! What a browser asks for itself when it was told that something waits: with its member's cookie, from us, so that the push
//! service learns nothing of it.

use super::{By, Through, store};
use crate::archive::{self, Owner};
use crate::{Domain, rooms};
use konvent_core::{AccountId, Answer, Reader, RoomId};
use konvent_people::accounts;
use konvent_wire::Jid;

/// What waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// How many words.
    pub count: i64,
    /// In which conversation the newest stands: where a tap leads.
    pub with: Option<String>,
    /// What that conversation is called, where the organisation lets it be read on a locked screen.
    pub name: Option<String>,
}

/// What waits for the browser that was signed in as this device.
pub fn news(
    reader: &mut Reader<'_>,
    domain: &Domain,
    account: AccountId,
    device: i64,
    with_content: bool,
) -> Answer<News> {
    let all = store::of_account(reader, account)?;
    let own =
        all.into_iter().find(|one| one.through == Through::Browser && one.by == By::Device(device));
    let Some(own) = own else { return Ok(News::default()) };
    let mut news = News { count: own.waiting, ..News::default() };
    let Some((owner, id)) = own.newest.filter(|_| own.waiting > 0) else { return Ok(news) };
    let name = if owner == account.0 {
        let entry = archive::entry(reader, Owner::Account(account), id)?;
        let Some(peer) = entry.map(|entry| entry.peer) else { return Ok(news) };
        let name = name_of(reader, domain, &peer)?;
        news.with = Some(peer);
        name
    } else {
        let Some(room) = rooms::access::room(reader, RoomId(owner))? else { return Ok(news) };
        news.with = Some(domain.room(&room.address)?.to_string());
        Some(room.name)
    };
    news.name = name.filter(|_| with_content);
    Ok(news)
}

/// The name of a member; people elsewhere have none that we know.
fn name_of(reader: &mut Reader<'_>, domain: &Domain, peer: &str) -> Answer<Option<String>> {
    let Ok(peer) = Jid::new(peer) else { return Ok(None) };
    let Some(localpart) = peer.node().filter(|_| peer.domain().as_str() == domain.name) else {
        return Ok(None);
    };
    let account = accounts::by_localpart(reader, localpart.as_str())?;
    Ok(account.map(|account| account.name).filter(|name| !name.is_empty()))
}
