//! Inviting (XEP-0401 §5): a link that makes somebody a contact, or lets somebody register.

use std::sync::Arc;

use konvent_core::config::WhoMay;
use konvent_core::{AccountId, Answer, Millis};
use konvent_people::accounts;
use konvent_people::invitations::{self, Invitation, Wish};
use konvent_talk::commands::{Command, Done};
use konvent_wire::form::{Field, Form};

use super::result;
use crate::flows::{admins, registration};
use crate::hall::Seat;
use crate::house::House;

/// Does it.
pub(super) async fn run(
    house: &Arc<House>,
    seat: &Arc<Seat>,
    command: Command,
    form: &Form,
) -> Answer<Done> {
    let username = form.value("username").filter(|name| !name.is_empty());
    let username = username.map(registration::localpart).transpose()?;
    let wants_contact =
        command == Command::Invite || form.is_true("roster-subscription") == Some(true);
    let (this, account, person, now) =
        (Arc::clone(house), seat.session.account, seat.session.person, house.clock().now());
    let administers =
        house.db().read(move |reader| admins::may_administer(&this, reader, person, now)).await?;
    // An admin's guests may register in any case; those of others where registration by invitation is open.
    let may_register = administers || house.config().accounts.registration != WhoMay::Nobody;
    if command == Command::CreateAccount && !may_register {
        return Err(invitations::NOT_YOURS);
    }
    let (made, token) =
        invitation(house, Some(account), username, wants_contact, may_register).await?;
    let inviter = seat.session.bare().to_string();
    let uri = uri(&house.domain().name, Some(&inviter), &made, &token, command == Command::Invite);
    let form = result(command)
        .with(typed("uri", uri))
        .with(typed("landing-url", format!("{}/einladung/{token}", house.public_url())))
        .with(typed("expire", Millis::to_xep_0082(made.expires_at)));
    Ok(Done { form: Some(form), ..Done::default() })
}

fn typed(var: &str, value: String) -> Field {
    Field { kind: "text-single".into(), ..Field::new(var, value) }
}

/// Makes an invitation by the organisation's rules.
pub async fn invitation(
    house: &Arc<House>,
    inviter: Option<AccountId>,
    localpart: Option<String>,
    makes_contact: bool,
    makes_account: bool,
) -> Answer<(Invitation, String)> {
    let (key, random) = (house.key().clone(), house.random().clone());
    let settings = &house.config().accounts;
    let (valid_days, open_max) = (settings.invitation_days, settings.invitations_max);
    let is_given = localpart.as_ref().is_some_and(|name| settings.admins.contains(name));
    if is_given && inviter.is_some() {
        return Err(accounts::NAME_TAKEN); // only whoever runs the server makes admins
    }
    house
        .db()
        .write(move |tx| {
            let localpart = localpart.as_deref();
            let wish = Wish { localpart, makes_contact, makes_account, valid_days, open_max };
            invitations::invite(tx, &key, &random, inviter, &wish)
        })
        .await
}

/// The address of an invitation (XEP-0401 §5.1, XEP-0445 §2): for a contact, or for an account.
pub fn uri(
    domain: &str,
    inviter: Option<&str>,
    invitation: &Invitation,
    token: &str,
    is_for_contact: bool,
) -> String {
    match (is_for_contact, inviter, &invitation.localpart) {
        (true, Some(inviter), _) => {
            let ibr = if invitation.makes_account { ";ibr=y" } else { "" };
            format!("xmpp:{inviter}?roster;preauth={token}{ibr}")
        }
        (_, _, Some(localpart)) => format!("xmpp:{localpart}@{domain}?register;preauth={token}"),
        _ => format!("xmpp:{domain}?register;preauth={token}"),
    }
}
