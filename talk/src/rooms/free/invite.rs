//! Invitations through a room (XEP-0045 §7.8.2): the room passes them on, and what the invited one answers.
//!
//! Direct invitations (XEP-0249) are ordinary messages between two people and need nothing of the room.

use konvent_core::{AccountId, Answer, Kind, Outbox, PersonId, Reach, Refusal, Tx};
use konvent_people::accounts;
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

use super::{Kept, lists};
use crate::rooms::occupants::{Deed, Voice};
use crate::rooms::{Affiliation, BAD_REQUEST, Caller, NO_SUCH_OCCUPANT, NOT_INSIDE, Role};
use crate::{Domain, archive, blocking, ns};

/// One message invites so many: it is for a handful of friends, not for a mailing list.
const INVITED_MAX: usize = 20;

/// So many of those whom an admin puts on the list of a room for members with one request are invited by it, too.
pub(super) const WELCOMED_MAX: usize = 20;

/// Who may invite into a room for members is its owners' affair; nobody brings somebody back whom they have banned.
pub const MAY_NOT_INVITE: Refusal = Refusal::new(Kind::NotAllowed, "rooms.may-not-invite");

/// Whether a message invites, or answers an invitation.
pub fn is_one(message: &Stanza) -> bool {
    let x = message.child("x", ns::MUC_USER).and_then(konvent_wire::ChildRef::element);
    x.is_some_and(|x| x.has_child("invite", ns::MUC_USER) || x.has_child("decline", ns::MUC_USER))
}

/// Who is inside, for the answers to invitations: the bare address of the one with this nickname or address.
pub type Inside<'a> = &'a dyn Fn(&Jid) -> Option<BareJid>;

/// Passes on what the message holds: invitations of one who is inside, or the answer of one who was invited.
///
/// # Errors
/// `rooms.not-inside`, [`MAY_NOT_INVITE`], `rooms.bad-request`, `rooms.no-such-account`, `rooms.no-such-occupant`.
pub fn pass_on(
    tx: &mut Tx<'_>,
    domain: &Domain,
    kept: &Kept,
    caller: &Caller,
    (voice, inside): (Option<&Voice>, Inside<'_>),
    message: &Stanza,
) -> Answer<(Deed, Vec<PersonId>)> {
    let x = message.child("x", ns::MUC_USER).and_then(konvent_wire::ChildRef::element);
    let x = x.ok_or(BAD_REQUEST)?;
    let address = domain.room(&kept.info.address)?;
    if let Some(decline) = x.get_child("decline", ns::MUC_USER) {
        let out = declined(tx, domain, kept, (caller, inside), decline)?;
        return Ok((Deed::of(kept.info.id, out), Vec::new()));
    }
    let voice = voice.ok_or(NOT_INSIDE)?;
    let own = super::affiliation(tx, kept.info.id, &caller.bare())?;
    let terms = &kept.info.terms;
    // XEP-0045 §9.5: into a room for members invite its admins, and its members where the terms say so.
    let may = if terms.is_members_only {
        own >= Affiliation::Admin || (terms.members_invite && own >= Affiliation::Member)
    } else {
        voice.role >= Role::Participant
    };
    if !may {
        return Err(MAY_NOT_INVITE);
    }
    let invites: Vec<&Element> =
        x.children().filter(|child| child.is("invite", ns::MUC_USER)).collect();
    if invites.is_empty() || invites.len() > INVITED_MAX {
        return Err(BAD_REQUEST);
    }
    let mut deed = Deed::of(kept.info.id, Outbox::default());
    let mut persons = Vec::new();
    for invite in invites {
        let to = invite.attr("to").and_then(|to| Jid::new(to).ok()).ok_or(BAD_REQUEST)?;
        if is_a_service(domain, &to) {
            return Err(BAD_REQUEST);
        }
        if super::affiliation(tx, kept.info.id, &to.to_bare())? == Affiliation::Outcast {
            return Err(MAY_NOT_INVITE); // XEP-0045 §9.1: a ban is lifted by admins, not by the way
        }
        if terms.is_members_only {
            // XEP-0045 §7.8.2: whoever is invited is on the list; he could not come in otherwise.
            let enlisted = lists::enlist(tx, domain, kept, caller, (&to, None))?;
            deed.turns.extend(enlisted.deed.turns);
            persons.extend(enlisted.persons);
        }
        let words = invite.get_child("reason", ns::MUC_USER).map(Element::text);
        let thread = invite.get_child("continue", ns::MUC_USER).cloned();
        let from = from_of(kept, caller, &address, Some(&voice.nick));
        let said = invitation(kept, &address, &from, words.as_deref(), thread);
        deliver(tx, domain, (&address, caller), &to, &said, &mut deed.first)?;
    }
    Ok((deed, persons))
}

/// XEP-0045 §9.5: who is put on the list of a room for members is invited. Whoever has blocked the room, or the one who does
/// it, is a member all the same and hears nothing.
pub(super) fn welcome(
    tx: &mut Tx<'_>,
    domain: &Domain,
    kept: &Kept,
    (caller, as_nick): (&Caller, Option<&str>),
    wish: &lists::Wish,
    out: &mut Outbox,
) -> Answer<()> {
    let address = domain.room(&kept.info.address)?;
    let from = from_of(kept, caller, &address, as_nick);
    let said = invitation(kept, &address, &from, wish.reason.as_deref(), None);
    match deliver(tx, domain, (&address, caller), &wish.address, &said, out) {
        Err(refusal) if refusal == lists::NO_SUCH_ACCOUNT => Ok(()),
        done => done,
    }
}

/// What the invited one is shown (XEP-0045 §7.8.2), with the password, should the room ask for one.
fn invitation(
    kept: &Kept,
    room: &BareJid,
    from: &str,
    words: Option<&str>,
    thread: Option<Element>,
) -> Stanza {
    let passed = el("invite", ns::MUC_USER)
        .attr("from", from)
        .children(words.map(|words| el("reason", ns::MUC_USER).text(words)))
        .children(thread);
    let password = kept.info.terms.password.as_deref();
    let x = el("x", ns::MUC_USER)
        .child(passed)
        .children(password.map(|secret| el("password", ns::MUC_USER).text(secret)))
        .build();
    Stanza::message("").with_from(Jid::from(room.clone())).with_child(&x)
}

/// Under which address the invited one sees who invites: by the nickname where addresses are hidden, or as the room itself.
fn from_of(kept: &Kept, caller: &Caller, room: &BareJid, nick: Option<&str>) -> String {
    match nick {
        _ if kept.info.terms.shows_addresses => caller.bare().to_string(),
        Some(nick) => format!("{room}/{nick}"),
        None => room.to_string(),
    }
}

/// Whether an address is that of a room or of another service of ours: nobody who could be invited.
fn is_a_service(domain: &Domain, address: &Jid) -> bool {
    let host = address.domain().as_str();
    host == domain.rooms || domain.services.iter().any(|service| service.host == host)
}

/// To a member: kept in his archive, so that he finds it when he comes; or to somebody abroad. `room` says it, because of
/// somebody.
fn deliver(
    tx: &mut Tx<'_>,
    domain: &Domain,
    (room, because_of): (&BareJid, &Caller),
    to: &Jid,
    said: &Stanza,
    out: &mut Outbox,
) -> Answer<()> {
    let bare = to.to_bare();
    let said = said.addressed(said.from.clone(), Some(bare.clone().into()));
    if bare.domain().as_str() != domain.name {
        out.abroad(said);
        return Ok(());
    }
    let mut invited = local(tx, &bare)?;
    // XEP-0191 §3.3: nothing comes from whom the member has blocked, through a room neither; as for an address that
    // nobody has.
    for from in [because_of.bare(), room.clone()] {
        if let Some(account) = invited
            && blocking::blocks(tx, account, &from.into())?
        {
            invited = None;
        }
    }
    let Some(account) = invited else {
        // Nobody asks from abroad in this way who is a member.
        return if because_of.account().is_some() { Err(lists::NO_SUCH_ACCOUNT) } else { Ok(()) };
    };
    let id = archive::keep_for(tx, account, room, &said)?;
    out.to_account(account, Reach::Available, None, archive::marked(&said, &bare, id));
    Ok(())
}

fn local(tx: &mut Tx<'_>, address: &BareJid) -> Answer<Option<AccountId>> {
    let Some(localpart) = address.node() else { return Ok(None) };
    let account = accounts::by_localpart(tx, localpart.as_str())?;
    Ok(account.filter(|account| !account.is_closed).map(|account| account.id))
}

/// XEP-0045 §7.8.2: the one who invited learns that the other does not come. He who declines need not be inside; who is told
/// so is, or stands on a list: through a room nobody writes to strangers.
fn declined(
    tx: &mut Tx<'_>,
    domain: &Domain,
    kept: &Kept,
    (caller, inside): (&Caller, Inside<'_>),
    decline: &Element,
) -> Answer<Outbox> {
    let room = &domain.room(&kept.info.address)?;
    let to = decline.attr("to").and_then(|to| Jid::new(to).ok()).ok_or(BAD_REQUEST)?;
    let to: Jid = match inside(&to) {
        Some(address) => address.into(),
        None if is_a_service(domain, &to) => return Err(NO_SUCH_OCCUPANT),
        None => match super::affiliation(tx, kept.info.id, &to.to_bare())? {
            Affiliation::Outcast | Affiliation::None => return Err(NO_SUCH_OCCUPANT),
            _ => to,
        },
    };
    let words = decline.get_child("reason", ns::MUC_USER).map(Element::text);
    let x = el("x", ns::MUC_USER).child(
        el("decline", ns::MUC_USER)
            .attr("from", caller.bare())
            .children(words.map(|words| el("reason", ns::MUC_USER).text(words))),
    );
    let said = Stanza::message("").with_from(Jid::from(room.clone())).with_child(&x.build());
    let mut out = Outbox::default();
    deliver(tx, domain, (room, caller), &to, &said, &mut out)?;
    Ok(out)
}
