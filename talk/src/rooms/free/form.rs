//! The form in which an owner sets the terms (XEP-0045 §10.1.3, §10.2, registered fields of §16.5.3).

use std::collections::BTreeSet;
use std::sync::Arc;

use konvent_core::config::FreeRooms;
use konvent_core::{Answer, Kind, Refusal};
use konvent_wire::Element;
use konvent_wire::form::{Field, Form};
use konvent_wire::xml::el;

use crate::ns;
use crate::rooms::names::is_fit;
use crate::rooms::terms::From;
use crate::rooms::{BAD_REQUEST, Role, RoomInfo, Terms};

/// The terms contradict themselves or the house's limits (XEP-0045 §10.1.3).
pub const UNACCEPTABLE: Refusal = Refusal::new(Kind::BadRequest, "rooms.terms-unacceptable");

/// A description is a few sentences, not a book.
const DESCRIPTION_BYTES_MAX: usize = 2_000;
/// Passwords are typed.
const PASSWORD_BYTES_MAX: usize = 200;
/// Between two messages lies at most a day (XEP-0500 §5.1).
const SLOW_SECS_MAX: u32 = 86_400;
/// A newcomer is shown at most so much; the archive has the rest.
const HISTORY_MAX: usize = 50;

/// Sizes of a room to choose from, beside the present one and the largest.
const SIZES: [usize; 5] = [10, 20, 50, 100, 500];

const PREFIX: &str = "muc#roomconfig_";

/// Those that an occupant may have, in the order in which they are offered.
const ROLES: [Role; 3] = [Role::Moderator, Role::Participant, Role::Visitor];

/// As the table keeps it.
pub(super) fn as_json(terms: &Terms) -> Answer<String> {
    serde_json::to_string(terms).map_err(|error| Refusal::broken("rooms.terms-unwritable", error))
}

/// The form, filled with what holds now.
pub fn filled(room: &RoomInfo, rules: &FreeRooms) -> Element {
    let terms = &room.terms;
    let flag = |var: &str, label: &str, value: bool| {
        let value = if value { "1" } else { "0" };
        Field::asked(&named(var), "boolean", label, Some(value.to_owned()))
    };
    let text = |var: &str, kind: &str, label: &str, value: &str| {
        Field::asked(&named(var), kind, label, Some(value.to_owned()))
    };
    let choice = |var: &str, label: &str, value: &str, options: &[(&str, &str)]| {
        let mut field = Field::asked(&named(var), "list-single", label, Some(value.to_owned()));
        field.options = options
            .iter()
            .map(|(label, value)| (Some((*label).to_owned()), (*value).to_owned()))
            .collect();
        field
    };
    let seen = some_roles("presencebroadcast", "Wessen Kommen und Gehen alle sehen", &terms.seen);
    let lists_for: Vec<_> =
        ROLES.into_iter().filter(|role| terms.lists_for.allows(*role)).collect();
    let lists = some_roles("getmemberlist", "Wer die Mitgliederliste sieht", &lists_for);
    let now = terms.occupants_max;
    let sizes: BTreeSet<usize> = SIZES.into_iter().chain([now, rules.occupants_max]).collect();
    let sizes: Vec<String> = sizes.into_iter().map(|size| size.to_string()).collect();
    let sizes: Vec<(&str, &str)> =
        sizes.iter().map(|size| (size.as_str(), size.as_str())).collect();
    let pm = match terms.private_by {
        From::Visitor => "anyone",
        From::Participant => "participants",
        From::Moderator => "moderators",
        From::Nobody => "none",
    };
    let mut form = Form::new("form", ns::MUC_ROOMCONFIG)
        .with(text("roomname", "text-single", "Name", &room.name))
        .with(text("roomdesc", "text-single", "Beschreibung", &terms.description))
        .with(text("lang", "text-single", "Sprache", &terms.language))
        .with(flag("publicroom", "Im Verzeichnis der Räume zeigen", terms.is_public))
        .with(flag("persistentroom", "Bleibt, wenn niemand darin ist", terms.is_persistent))
        .with(flag("membersonly", "Nur für Mitglieder des Raums", terms.is_members_only))
        .with(flag("moderatedroom", "Neue hören zunächst nur zu", terms.is_moderated))
        .with(flag("passwordprotectedroom", "Passwort nötig", terms.password.is_some()))
        .with(text(
            "roomsecret",
            "text-private",
            "Passwort",
            terms.password.as_deref().unwrap_or_default(),
        ))
        .with(choice(
            "whois",
            "Wer Adressen sieht",
            if terms.shows_addresses { "anyone" } else { "moderators" },
            &[("Nur die Moderation", "moderators"), ("Alle im Raum", "anyone")],
        ))
        .with(flag(
            "changesubject",
            "Alle mit Stimme dürfen das Thema setzen",
            terms.subject_by == From::Participant,
        ))
        .with(flag("allowinvites", "Mitglieder dürfen einladen", terms.members_invite))
        .with(choice(
            "allowpm",
            "Wer einzelnen schreiben darf",
            pm,
            &[
                ("Alle", "anyone"),
                ("Wer sprechen darf", "participants"),
                ("Die Moderation", "moderators"),
                ("Niemand", "none"),
            ],
        ))
        .with(choice("maxusers", "Höchstens so viele darin", &now.to_string(), &sizes))
        .with(
            text(
                "historyfetch",
                "text-single",
                "So viele Nachrichten sehen Neue",
                &terms.history_max.to_string(),
            )
            .renamed("muc#maxhistoryfetch"),
        )
        .with(seen)
        .with(lists);
    form.title = Some(format!("Einstellungen von „{}“", room.name));
    let mut written = form.element();
    written.append_child(slow_mode(terms.slow_secs));
    written
}

/// A question for some of the roles.
fn some_roles(var: &str, label: &str, chosen: &[Role]) -> Field {
    let mut field = Field::asked(&named(var), "list-multi", label, None);
    field.values = chosen.iter().map(|role| role.as_str().to_owned()).collect();
    field.options = ROLES.map(|role| (None, role.as_str().to_owned())).to_vec();
    field
}

/// XEP-0500 §5.1: with the validation of XEP-0122 §3, which forms of ours have nowhere else.
fn slow_mode(secs: u32) -> Element {
    let validate = el("validate", ns::VALIDATE)
        .attr("datatype", "xs:integer")
        .child(el("range", ns::VALIDATE).attr("min", "0").attr("max", SLOW_SECS_MAX));
    el("field", ns::FORM)
        .attr("var", named("slow_mode_duration"))
        .attr("type", "text-single")
        .attr("label", "Sekunden zwischen zwei Nachrichten (0: keine Pause)")
        .child(validate)
        .child(el("value", ns::FORM).text(secs.to_string()))
        .build()
}

fn named(var: &str) -> String {
    format!("{PREFIX}{var}")
}

trait Renamed {
    fn renamed(self, var: &str) -> Self;
}

impl Renamed for Field {
    fn renamed(mut self, var: &str) -> Self {
        self.var = var.into();
        self
    }
}

/// What an owner has filled in: the terms as they were, with what he changed. Fields that we do not offer are passed over
/// (XEP-0004 §3.2).
///
/// # Errors
/// `rooms.bad-request` when it is no such form; [`UNACCEPTABLE`].
pub fn read(form: &Form, before: &RoomInfo, rules: &FreeRooms) -> Answer<RoomInfo> {
    if form.form_type().is_some_and(|purpose| purpose != ns::MUC_ROOMCONFIG) {
        return Err(BAD_REQUEST);
    }
    let mut terms = Terms::clone(&before.terms);
    let mut name = before.name.clone();
    let flag = |var: &str, to: &mut bool| match form.value(&named(var)) {
        None => Ok(()),
        Some(_) => form.is_true(&named(var)).map(|value| *to = value).ok_or(UNACCEPTABLE),
    };
    flag("publicroom", &mut terms.is_public)?;
    flag("persistentroom", &mut terms.is_persistent)?;
    flag("membersonly", &mut terms.is_members_only)?;
    flag("moderatedroom", &mut terms.is_moderated)?;
    flag("allowinvites", &mut terms.members_invite)?;
    let mut by_all = terms.subject_by == From::Participant;
    flag("changesubject", &mut by_all)?;
    terms.subject_by = if by_all { From::Participant } else { From::Moderator };
    if let Some(value) = form.value(&named("roomname")).filter(|value| !value.trim().is_empty()) {
        value.trim().clone_into(&mut name);
    }
    if let Some(value) = form.value(&named("roomdesc")) {
        value.clone_into(&mut terms.description);
    }
    if let Some(value) = form.value(&named("lang")) {
        value.clone_into(&mut terms.language);
    }
    if let Some(value) = form.value(&named("whois")) {
        terms.shows_addresses = match value {
            "anyone" => true,
            "moderators" => false,
            _ => return Err(UNACCEPTABLE),
        };
    }
    if let Some(value) = form.value(&named("allowpm")) {
        terms.private_by = match value {
            "anyone" => From::Visitor,
            "participants" => From::Participant,
            "moderators" => From::Moderator,
            "none" => From::Nobody,
            _ => return Err(UNACCEPTABLE),
        };
    }
    let has = |var: &str| form.fields.iter().any(|field| field.var == named(var));
    if has("presencebroadcast") {
        let chosen =
            form.values(&named("presencebroadcast")).iter().map(|role| Role::from_name(role));
        terms.seen = chosen.collect::<Option<_>>().ok_or(UNACCEPTABLE)?;
    }
    if has("getmemberlist") {
        let chosen = form.values(&named("getmemberlist"));
        let names = |role: Role| chosen.iter().any(|given| given == role.as_str());
        terms.lists_for = if names(Role::Visitor) {
            From::Visitor
        } else if names(Role::Participant) {
            From::Participant
        } else {
            From::Moderator
        };
    }
    number(form, &named("maxusers"), &mut terms.occupants_max, rules.occupants_max)?;
    number(form, "muc#maxhistoryfetch", &mut terms.history_max, HISTORY_MAX)?;
    if let Some(secs) = form.value(&named("slow_mode_duration")) {
        terms.slow_secs = secs.trim().parse().map_err(|_| UNACCEPTABLE)?;
    }
    read_password(form, &mut terms)?;
    let is_acceptable = is_fit(&name)
        && terms.description.len() <= DESCRIPTION_BYTES_MAX
        && terms.language.len() <= 35
        && terms.slow_secs <= SLOW_SECS_MAX
        && terms.occupants_max > 0;
    if !is_acceptable {
        return Err(UNACCEPTABLE);
    }
    Ok(RoomInfo { name, terms: Arc::new(terms), ..before.clone() })
}

/// A number up to `most`; "none" is the most.
fn number(form: &Form, var: &str, to: &mut usize, most: usize) -> Answer<()> {
    match form.value(var).map(str::trim) {
        None => {}
        Some("" | "none") => *to = most,
        Some(number) => *to = number.parse::<usize>().map_err(|_| UNACCEPTABLE)?.min(most),
    }
    Ok(())
}

/// XEP-0045 §10.1.3: a room that is protected by an empty password is refused.
fn read_password(form: &Form, terms: &mut Terms) -> Answer<()> {
    let is_protected = form.is_true(&named("passwordprotectedroom"));
    let secret = form.value(&named("roomsecret"));
    match is_protected {
        Some(false) => terms.password = None,
        Some(true) => {
            let secret = secret.map(ToOwned::to_owned).or_else(|| terms.password.clone());
            terms.password = secret.filter(|secret| !secret.is_empty());
            if terms.password.is_none() {
                return Err(UNACCEPTABLE);
            }
        }
        None => {
            if let Some(secret) = secret.filter(|_| terms.password.is_some()) {
                terms.password = Some(secret.to_owned()).filter(|secret| !secret.is_empty());
            }
        }
    }
    let is_short = terms.password.as_ref().is_none_or(|secret| secret.len() <= PASSWORD_BYTES_MAX);
    if is_short { Ok(()) } else { Err(UNACCEPTABLE) }
}
