//! What the commands of administration do (XEP-0133 §4). Accounts of the directory can be locked and their sessions ended;
//! they are given, closed and provided with passwords by the directory alone. Whatever an admin reads about members, and
//! whatever he does to them, is noted before he is answered.

use std::sync::Arc;

use konvent_core::audit::{self, Actor, Note};
use konvent_core::{Answer, Kind, Outbox, PersonId, Reach, Reader, Refusal, Tx};
use konvent_people::accounts::{self, Account, Which};
use konvent_talk::commands::{Command, Done};
use konvent_wire::form::{Field, Form};
use konvent_wire::{Jid, Stanza};

use super::{reason, result};
use crate::flows::{admins, registration};
use crate::hall::Seat;
use crate::house::House;
use crate::words::Language;

/// The two passwords of a form differ.
const NOT_THE_SAME: Refusal = Refusal::new(Kind::BadRequest, "commands.passwords-differ");
/// The address is none of ours.
const NOT_OURS: Refusal = Refusal::new(Kind::BadRequest, "commands.not-our-address");

/// Technical admins are helped by their like alone: whoever could set their password would be one.
const OF_AN_ADMIN: Refusal = Refusal::new(Kind::NotAllowed, "commands.of-an-admin");

/// The longest list that one answer holds, whatever is asked for.
const LIST_MAX: i64 = 5_000;

/// Does it.
pub(super) async fn run(
    house: &Arc<House>,
    seat: &Arc<Seat>,
    command: Command,
    form: &Form,
    language: Language,
) -> Answer<Done> {
    let by = seat.session.person;
    let actor = Actor::Person(by.0);
    match command {
        Command::AddUser => add(house, by, form).await,
        Command::ChangePassword => change_password(house, by, form).await,
        Command::DeleteUser
        | Command::DisableUser
        | Command::ReenableUser
        | Command::EndSession => each(house, by, command, form, language).await,
        Command::LastLogin => last_logins(house, actor, form).await,
        Command::UserStats => stats(house, actor, form).await,
        Command::RegisteredCount => count(house, command, "registeredusersnum", Which::Open).await,
        Command::DisabledCount => count(house, command, "disabledusersnum", Which::Locked).await,
        Command::RegisteredList => {
            list(house, actor, command, ("registereduserjids", Which::Open), form).await
        }
        Command::DisabledList => {
            list(house, actor, command, ("disableduserjids", Which::Locked), form).await
        }
        Command::OnlineCount => Ok(told(command, "onlineusersnum", looks(house).len())),
        Command::ActiveCount => {
            let active = looks(house).into_iter().filter(|looks| *looks).count();
            Ok(told(command, "activeusersnum", active))
        }
        Command::IdleCount => {
            let idle = looks(house).into_iter().filter(|looks| !looks).count();
            Ok(told(command, "idleusersnum", idle))
        }
        Command::OnlineList => {
            let mut online: Vec<String> = house
                .hall()
                .one_session_each()
                .iter()
                .map(|session| session.bare().to_string())
                .collect();
            online.sort();
            online.truncate(usize::try_from(most(form)).unwrap_or_default());
            let detail = format!("online {}", online.len());
            house.db().write(move |tx| note(tx, actor, "accounts.listed", 0, &detail)).await?;
            let field = Field { var: "onlineuserjids".into(), values: online, ..Field::default() };
            Ok(Done { form: Some(result(command).with(field)), ..Done::default() })
        }
        Command::Announce => announce(house, actor, form).await,
        Command::Invite | Command::CreateAccount => Ok(Done::default()), // done elsewhere
    }
}

/// A number.
fn told(command: Command, var: &str, number: usize) -> Done {
    let form = result(command).with(Field::new(var, number.to_string()));
    Done { form: Some(form), ..Done::default() }
}

/// Of each account that is connected, whether somebody looks at one of its devices (XEP-0352 §4.2).
fn looks(house: &House) -> Vec<bool> {
    let hall = house.hall();
    let online = hall.one_session_each();
    online.iter().map(|session| hall.is_looking(session.account)).collect()
}

/// The localpart of an address of ours.
fn ours(house: &House, text: &str) -> Answer<(String, Option<String>)> {
    let jid = Jid::new(text).map_err(|_| NOT_OURS)?;
    match jid.node() {
        Some(node) if jid.domain().as_str() == house.domain().name => Ok((
            node.as_str().to_owned(),
            jid.resource().map(|resource| resource.as_str().to_owned()),
        )),
        _ => Err(NOT_OURS),
    }
}

async fn account(house: &Arc<House>, text: &str) -> Answer<Account> {
    let (localpart, _) = ours(house, text)?;
    house.db().read(move |reader| open_account(reader, &localpart)).await
}

fn open_account(reader: &mut Reader<'_>, localpart: &str) -> Answer<Account> {
    let found = accounts::by_localpart(reader, localpart)?;
    found.filter(|account| !account.is_closed).ok_or(accounts::UNKNOWN)
}

/// As [`account`], for whoever wants to do something to it.
async fn in_reach(house: &Arc<House>, by: PersonId, text: &str) -> Answer<Account> {
    let found = account(house, text).await?;
    let (this, target) = (Arc::clone(house), found.clone());
    let is_beyond = house.db().read(move |reader| {
        Ok(admins::is_admin(&this, reader, &target)?
            && !admins::is_admin_person(&this, reader, by)?)
    });
    if is_beyond.await? { Err(OF_AN_ADMIN) } else { Ok(found) }
}

/// That an admin has read or done something, in the job that reads or before it is done.
fn note(
    tx: &mut Tx<'_>,
    actor: Actor,
    act: &'static str,
    subject: i64,
    detail: &str,
) -> Answer<()> {
    audit::note(tx, Note { actor, act, subject, detail })
}

async fn add(house: &Arc<House>, by: PersonId, form: &Form) -> Answer<Done> {
    let (localpart, _) = ours(house, form.value("accountjid").unwrap_or_default())?;
    let password = form.value("password").unwrap_or_default();
    if form.value("password-verify") != Some(password) {
        return Err(NOT_THE_SAME);
    }
    let password = registration::stretch(house, localpart.clone(), password.to_owned()).await?;
    let this = Arc::clone(house);
    house
        .db()
        .write(move |tx| {
            // A member has an account by membership.
            if let Some(known) = accounts::by_localpart(tx, &localpart)?
                && !accounts::is_outside(tx, &known)?
            {
                return Err(accounts::DIRECTORY_OWNS_IT);
            }
            // Whoever has a name that the settings give to an admin is one.
            if this.config().accounts.admins.contains(&localpart)
                && !admins::is_admin_person(&this, tx, by)?
            {
                return Err(OF_AN_ADMIN);
            }
            accounts::open_outside(tx, this.key(), Actor::Person(by.0), &localpart, &password)
        })
        .await?;
    Ok(Done { info: Some("Das Konto ist da.".to_owned()), ..Done::default() })
}

async fn change_password(house: &Arc<House>, by: PersonId, form: &Form) -> Answer<Done> {
    let found = in_reach(house, by, form.value("accountjid").unwrap_or_default()).await?;
    let id = found.id;
    house.db().read(move |reader| accounts::outside(reader, id)).await?;
    let password = form.value("password").unwrap_or_default().to_owned();
    let password = registration::stretch(house, found.localpart, password).await?;
    let actor = Actor::Person(by.0);
    house.db().write(move |tx| accounts::set_password(tx, actor, id, &password)).await?;
    // Whoever came in with the old password is out.
    house.end_sessions(id, None);
    Ok(Done {
        info: Some("Das Kennwort gilt; alle Sitzungen sind beendet.".to_owned()),
        ..Done::default()
    })
}

/// One account after the other; what is refused is named, the others are done.
async fn each(
    house: &Arc<House>,
    by: PersonId,
    command: Command,
    form: &Form,
    language: Language,
) -> Answer<Done> {
    let mut done = Done::default();
    let mut count = 0;
    let addresses = form.values("accountjids");
    for address in addresses {
        match one(house, by, command, address).await {
            Ok(()) => count += 1,
            Err(refusal) if refusal.kind == Kind::Broken || addresses.len() == 1 => {
                return Err(refusal);
            }
            Err(refusal) => done.errors.push(format!("{address}: {}", reason(&refusal, language))),
        }
    }
    if count > 0 {
        done.info = Some(format!("{count} erledigt."));
    }
    Ok(done)
}

async fn one(house: &Arc<House>, by: PersonId, command: Command, address: &str) -> Answer<()> {
    let (id, by) = (in_reach(house, by, address).await?.id, Actor::Person(by.0));
    match command {
        Command::DeleteUser => {
            registration::close_account(house, by, id).await?;
            house.end_sessions(id, None);
        }
        Command::DisableUser => {
            house.db().write(move |tx| accounts::lock(tx, by, id, true)).await?;
            house.end_sessions(id, None);
        }
        Command::ReenableUser => {
            house.db().write(move |tx| accounts::lock(tx, by, id, false)).await?;
        }
        _ => {
            let (_, resource) = ours(house, address)?;
            let detail = if resource.is_some() { "one" } else { "all" };
            let act = "accounts.sessions-ended";
            house.db().write(move |tx| note(tx, by, act, id.0, detail)).await?;
            match resource {
                None => house.end_sessions(id, None),
                Some(resource) => house.end_session_at(id, &resource),
            }
        }
    }
    Ok(())
}

async fn last_logins(house: &Arc<House>, by: Actor, form: &Form) -> Answer<Done> {
    let addresses: Vec<String> = form.values("accountjids").to_vec();
    let named =
        addresses.iter().map(|address| ours(house, address).map(|(localpart, _)| localpart));
    let named: Vec<String> = named.collect::<Answer<_>>()?;
    let times = house
        .db()
        .write(move |tx| {
            let mut times = Vec::with_capacity(named.len());
            for localpart in &named {
                let id = open_account(tx, localpart)?.id;
                let seen = accounts::last_seen(tx, id)?;
                note(tx, by, "accounts.last-login-read", id.0, "")?;
                times.push(seen.map(konvent_core::Millis::to_xep_0082).unwrap_or_default());
            }
            Ok(times)
        })
        .await?;
    let field = |var: &str, values| Field { var: var.into(), values, ..Field::default() };
    let form = result(Command::LastLogin)
        .with(field("accountjids", addresses))
        .with(field("lastlogin", times));
    Ok(Done { form: Some(form), ..Done::default() })
}

/// What an admin needs to help somebody: no addresses of the network, no contacts.
async fn stats(house: &Arc<House>, by: Actor, form: &Form) -> Answer<Done> {
    let address = form.value("accountjid").unwrap_or_default().to_owned();
    let (localpart, _) = ours(house, &address)?;
    let (found, seen, is_outside) = house
        .db()
        .write(move |tx| {
            let found = open_account(tx, &localpart)?;
            note(tx, by, "accounts.stats-read", found.id.0, "")?;
            let is_outside = accounts::is_outside(tx, &found)?;
            Ok((found.clone(), accounts::last_seen(tx, found.id)?, is_outside))
        })
        .await?;
    let resources: Vec<String> = house
        .hall()
        .seats_of(found.id)
        .iter()
        .map(|seat| seat.jid.resource().as_str().to_owned())
        .collect();
    let form = result(Command::UserStats)
        .with(Field::new("accountjid", address))
        .with(Field { var: "onlineresources".into(), values: resources, ..Field::default() })
        .with(Field::new(
            "lastlogin",
            seen.map(konvent_core::Millis::to_xep_0082).unwrap_or_default(),
        ))
        .with(Field::new("konvent#locked", if found.is_locked { "1" } else { "0" }))
        .with(Field::new("konvent#directory", if is_outside { "0" } else { "1" }));
    Ok(Done { form: Some(form), ..Done::default() })
}

async fn count(house: &Arc<House>, command: Command, var: &str, which: Which) -> Answer<Done> {
    let count = house.db().read(move |reader| accounts::count(reader, which)).await?;
    Ok(told(command, var, usize::try_from(count).unwrap_or_default()))
}

fn most(form: &Form) -> i64 {
    let wanted = form.value("max_items").and_then(|number| number.parse().ok());
    wanted.unwrap_or(LIST_MAX).clamp(0, LIST_MAX)
}

async fn list(
    house: &Arc<House>,
    by: Actor,
    command: Command,
    (var, which): (&str, Which),
    form: &Form,
) -> Answer<Done> {
    let max = most(form);
    let found = house
        .db()
        .write(move |tx| {
            let found = accounts::localparts(tx, which, max)?;
            let kind = if which == Which::Open { "open" } else { "locked" };
            note(tx, by, "accounts.listed", 0, &format!("{kind} {}", found.len()))?;
            Ok(found)
        })
        .await?;
    let domain = &house.domain().name;
    let values = found.into_iter().map(|localpart| format!("{localpart}@{domain}")).collect();
    let field = Field { var: var.into(), values, ..Field::default() };
    Ok(Done { form: Some(result(command).with(field)), ..Done::default() })
}

/// A headline of the server to everybody who is there (XEP-0133 §4.23). It is not kept: it is about the moment.
async fn announce(house: &Arc<House>, by: Actor, form: &Form) -> Answer<Done> {
    let text = form.values("announcement").join("\n");
    let subject = form.value("subject").filter(|subject| !subject.is_empty());
    let mut message = Stanza::message("headline").with_from(house.domain().server()?);
    if let Some(subject) = subject {
        let subject = konvent_wire::xml::el("subject", konvent_wire::ns::CLIENT).text(subject);
        message = message.with_child(&subject.build());
    }
    let message = message.with_body(&text);
    let mut out = Outbox::default();
    let sessions = house.hall().one_session_each();
    let detail = format!("to {}", sessions.len());
    house.db().write(move |tx| note(tx, by, "commands.announced", 0, &detail)).await?;
    for session in &sessions {
        out.to_account(session.account, Reach::Available, None, message.clone());
    }
    house.hall().post(out);
    Ok(Done { info: Some(format!("An {} Konten gesagt.", sessions.len())), ..Done::default() })
}
