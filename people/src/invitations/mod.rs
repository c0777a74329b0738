//! Invitations: a link that lets somebody register an account, or become a contact without asking (XEP-0401, XEP-0379).
//!
//! * A token is drawn with 118 random bits and kept as a keyed hash only: it can be checked but not read back.
//! * It is used once, and a name that was chosen with it is kept until it expires.
//! * Who may invite is the organisation's rule and the caller's business; what stands here bounds how many.

mod privacy;
mod store;
#[cfg(test)]
mod tests;

use konvent_core::audit::{self, Actor, Note};
use konvent_core::{
    About, AccountId, Answer, Kind, Migration, Millis, Random, Reader, Refusal, Tx,
};

pub use privacy::{erase, export};

use crate::accounts::{self, ServerKey};

/// The visiting card of the invitations.
pub const ABOUT: About = About {
    name: "invitations",
    sentence: "Links that let somebody register an account or become a contact.",
    speaks: &["XEP-0379", "XEP-0401", "XEP-0445"],
    leaves_out: &[],
    announces: &[],
    migrations: &[Migration::common(
        "0001_invitations",
        include_str!("migrations/0001_invitations.sql"),
    )],
    keeps: Some("who invited whom, until 30 days after the invitation has expired"),
};

/// Characters of a token: 24 of 31 are 118 bits; XEP-0379 §6.1 suggests 80.
const TOKEN_LENGTH: usize = 24;

/// How long an expired invitation is remembered, in days: so long an admin can see who let whom in.
const REMEMBERED_DAYS: i64 = 30;

/// The link is unknown, used or expired. The answer does not say which.
pub const UNKNOWN: Refusal = Refusal::new(Kind::NotFound, "invitations.unknown");
/// The inviter has as many open invitations as one may have.
pub const TOO_MANY: Refusal = Refusal::new(Kind::NotNow, "invitations.too-many");
/// This person may not invite.
pub const NOT_YOURS: Refusal = Refusal::new(Kind::NotAllowed, "invitations.not-yours-to-give");

/// What an invitation is to bring about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish<'a> {
    /// The name of the account to be, kept for it.
    pub localpart: Option<&'a str>,
    /// Inviter and invited become contacts.
    pub makes_contact: bool,
    /// The invited person may register an account.
    pub makes_account: bool,
    /// How long it is good.
    pub valid_days: i64,
    /// Open invitations of one inviter at once.
    pub open_max: i64,
}

/// An invitation as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its number.
    pub id: i64,
    /// Who made it; none: whoever runs the server.
    pub inviter: Option<AccountId>,
    /// The name that is kept for it.
    pub localpart: Option<String>,
    /// Inviter and invited become contacts.
    pub makes_contact: bool,
    /// The invited person may register an account.
    pub makes_account: bool,
    /// Until when it is good.
    pub expires_at: Millis,
    /// Whether somebody came by it.
    pub is_used: bool,
}

/// Makes an invitation. The token is shown once and then known to nobody here.
///
/// # Errors
/// [`TOO_MANY`], [`accounts::BAD_NAME`], [`accounts::NAME_TAKEN`].
pub fn invite(
    tx: &mut Tx<'_>,
    key: &ServerKey,
    random: &Random,
    inviter: Option<AccountId>,
    wish: &Wish<'_>,
) -> Answer<(Invitation, String)> {
    let now = tx.now();
    store::forget(tx, now.plus_days(-REMEMBERED_DAYS))?;
    if let Some(inviter) = inviter
        && store::count_open(tx, inviter, now)? >= wish.open_max
    {
        return Err(TOO_MANY);
    }
    if let Some(localpart) = wish.localpart {
        accounts::may_have(tx, localpart, true)?;
        if is_kept(tx, localpart, now)? {
            return Err(accounts::NAME_TAKEN);
        }
    }
    let token = accounts::draw(random, TOKEN_LENGTH).to_ascii_lowercase();
    let expires_at = now.plus_days(wish.valid_days.max(1));
    let id = store::insert(tx, inviter, &mac(key, &token), wish, expires_at)?;
    let actor = match inviter {
        Some(inviter) => {
            Actor::Person(accounts::get(tx, inviter)?.ok_or(accounts::UNKNOWN)?.person.0)
        }
        None => Actor::Operator,
    };
    audit::note(tx, Note { actor, act: "invitations.made", subject: id, detail: "" })?;
    let made = Invitation {
        id,
        inviter,
        localpart: wish.localpart.map(str::to_owned),
        makes_contact: wish.makes_contact,
        makes_account: wish.makes_account,
        expires_at,
        is_used: false,
    };
    Ok((made, token))
}

/// The invitation behind a token, unused and in time (XEP-0445 §4: expiry is looked at here and not again).
///
/// # Errors
/// [`UNKNOWN`].
pub fn by_token(
    reader: &mut Reader<'_>,
    key: &ServerKey,
    token: &str,
    now: Millis,
) -> Answer<Invitation> {
    let found = store::by_mac(reader, &mac(key, &token.to_ascii_lowercase()))?.ok_or(UNKNOWN)?;
    if found.is_used || found.expires_at <= now { Err(UNKNOWN) } else { Ok(found) }
}

/// Uses an invitation up. Of many at the same moment exactly one wins. `by` is the account here that came by it; none when
/// it came from another server.
///
/// # Errors
/// [`UNKNOWN`].
pub fn spend(tx: &mut Tx<'_>, id: i64, by: Option<AccountId>) -> Answer<()> {
    if !store::spend(tx, id, by)? {
        return Err(UNKNOWN);
    }
    let detail = by.map_or_else(|| "abroad".to_owned(), |by| by.to_string());
    let (actor, act) = (Actor::Server, "invitations.used");
    audit::note(tx, Note { actor, act, subject: id, detail: &detail })
}

/// Whether this name is kept for somebody who was invited (XEP-0445 §5).
pub fn is_kept(reader: &mut Reader<'_>, localpart: &str, now: Millis) -> Answer<bool> {
    Ok(store::keeping(reader, localpart, now)?.is_some())
}

fn mac(key: &ServerKey, token: &str) -> [u8; 32] {
    key.mac("invitations.token", &[token.as_bytes()])
}
