//! Which programs may use a member's account, and how that ends, asked from any of them (XEP-0494). The account's page in the
//! browser shows and does the same.
//!
//! Everything here is read from the accounts: devices with a token, app passwords, the password of an account outside the
//! directory. Left out: what an admin would do with other people's programs.

mod stanzas;
#[cfg(test)]
mod tests;

use konvent_core::{About, AccountId, Answer, Kind, Millis, Reader, Refusal};
use konvent_people::accounts::{self, DeviceKind};

use crate::ns;

pub use stanzas::{Wish, list, wish};

/// The visiting card of the clients.
pub const ABOUT: About = About {
    name: "clients",
    sentence: "Which programs may use a member's account, and how that ends.",
    speaks: &["XEP-0494"],
    leaves_out: &[
        (
            "XEP-0493 §3",
            "the server is no OAuth provider: a program gets a password of its own on the member's page, which lists it and takes it back (XEP-0494)",
        ),
        (
            "XEP-0494 §3.1",
            "the home page of a program is told by nobody, so it is not shown; OAuth grants there are none",
        ),
        (
            "XEP-0494 §6",
            "there is nothing to choose: only a name, the first day and the hour of the last use are kept, and a device that was away for 90 days is forgotten",
        ),
    ],
    announces: &[ns::CLIENTS],
    migrations: &[],
    keeps: None,
};

/// Whoever knows the password of an account outside the directory gets in: it must be changed (XEP-0494 §3.2).
pub const PASSWORD_RESET_REQUIRED: Refusal =
    Refusal::new(Kind::Conflict, "clients.password-reset-required");

/// With what a program gets in. Its text is the id that others hear (XEP-0494 §3.1): opaque to them, known to nobody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// The token of this device.
    Device(i64),
    /// This app password, or the account's own password.
    Password(i64),
}

impl Access {
    /// Reads an id; none of ours is `None`.
    pub fn parse(id: &str) -> Option<Self> {
        let (kind, number) = id.split_once('-')?;
        let number = number.parse().ok()?;
        match kind {
            "device" => Some(Self::Device(number)),
            "password" => Some(Self::Password(number)),
            _ => None,
        }
    }

    /// The id.
    pub fn id(self) -> String {
        match self {
            Self::Device(number) => format!("device-{number}"),
            Self::Password(number) => format!("password-{number}"),
        }
    }
}

/// One program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// With what it gets in.
    pub access: Access,
    /// What it, or its owner, calls it; may be empty.
    pub name: String,
    /// When it was let in.
    pub first_seen: Millis,
    /// When it was last here, to the hour; `None` if it never was.
    pub last_seen: Option<Millis>,
    /// Whether it is a browser of our own: it may also make app passwords, which the others may not.
    pub may_manage: bool,
}

/// The programs that may use an account at `now`.
pub fn of(reader: &mut Reader<'_>, account: AccountId, now: Millis) -> Answer<Vec<Client>> {
    let mut all = Vec::new();
    for device in accounts::devices(reader, account, now)? {
        all.push(Client {
            access: Access::Device(device.id),
            name: device.name,
            first_seen: device.created_at,
            last_seen: Some(device.last_seen_at),
            may_manage: device.kind == DeviceKind::Browser,
        });
    }
    let passwords = accounts::app_passwords(reader, account)?;
    for password in passwords.into_iter().chain(accounts::own_password(reader, account)?) {
        all.push(Client {
            access: Access::Password(password.id),
            name: password.name,
            first_seen: password.created_at,
            last_seen: password.last_used_at,
            may_manage: false,
        });
    }
    Ok(all)
}

/// Whether this is taken away by striking it.
///
/// # Errors
/// [`PASSWORD_RESET_REQUIRED`].
pub fn may_be_revoked(reader: &mut Reader<'_>, account: AccountId, access: Access) -> Answer<()> {
    let own = accounts::own_password(reader, account)?.map(|own| Access::Password(own.id));
    if own == Some(access) { Err(PASSWORD_RESET_REQUIRED) } else { Ok(()) }
}
