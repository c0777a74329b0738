//! How much of a conversation between two a member wants to be told, in the words of XEP-0492. The standard has no place for it:
//! a conversation between two has no bookmark. So it is kept here and set by our own client.

use konvent_core::{AccountId, Answer, Kind, Reader, Refusal, Tx};
use konvent_people::accounts;
use konvent_wire::Stanza;
use konvent_wire::jid::BareJid;

use super::level::{Level, means, of};
use super::store;
use crate::Domain;

/// So many conversations of one member may have a level of their own: it bounds the storage.
pub const LEVELS_MAX: i64 = 1_000;

/// See [`LEVELS_MAX`].
pub const TOO_MANY_LEVELS: Refusal = Refusal::new(Kind::NotNow, "push.too-many-levels");

impl Level {
    /// The element of XEP-0492 §3 that says so.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::OnMention => "on-mention",
            Self::Never => "never",
        }
    }

    /// What an element of that name says.
    pub fn named(name: &str) -> Option<Self> {
        of(name)
    }
}

/// All conversations between two with a level of their own.
pub fn levels(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<(String, Level)>> {
    let kept = store::levels(reader, account)?.into_iter();
    Ok(kept.filter_map(|(peer, level)| Some((peer, of(&level)?))).collect())
}

/// From now on a member is told so much of what `peer` writes to him.
///
/// # Errors
/// [`TOO_MANY_LEVELS`].
pub fn set_level(tx: &mut Tx<'_>, account: AccountId, peer: &BareJid, level: Level) -> Answer<()> {
    store::drop_level(tx, account, peer.as_str())?;
    if level == Level::Always {
        return Ok(()); // XEP-0492 §3: as if there were none
    }
    if store::count_levels(tx, account)? >= LEVELS_MAX {
        return Err(TOO_MANY_LEVELS);
    }
    store::put_level(tx, account, peer.as_str(), level.name()).map(drop)
}

/// Whether the member it is for wants to be told of a message between two.
pub fn concerns_between(
    reader: &mut Reader<'_>,
    domain: &Domain,
    receiver: AccountId,
    said: &Stanza,
) -> Answer<bool> {
    let Some(from) = &said.from else { return Ok(true) };
    let level = store::level(reader, receiver, from.to_bare().as_str())?;
    match level.as_deref().and_then(of) {
        None | Some(Level::Always) => Ok(true),
        Some(Level::Never) => Ok(false),
        Some(Level::OnMention) => {
            let Some(member) = accounts::get(reader, receiver)? else { return Ok(false) };
            let own = domain.account(&member.localpart)?;
            Ok(means(said, &own, &own, &member.name))
        }
    }
}
