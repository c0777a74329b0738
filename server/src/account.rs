//! `konvent account`: accounts from the command line, through the running server if there is one. The way in for the first
//! admin of an organisation without a directory.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use konvent_core::audit::Actor;
use konvent_core::config::Config;
use konvent_core::{AccountId, Answer, Clock, Random};
use konvent_people::accounts;
use serde::{Deserialize, Serialize};

use crate::command::{runtime, say};
use crate::control::{self, Order};
use crate::flows::{commands, registration};
use crate::house::House;

/// `konvent account`
#[derive(Debug, Args)]
pub struct Verb {
    /// The settings of the installation.
    #[arg(long, default_value = "konvent.toml")]
    config: PathBuf,
    #[command(subcommand)]
    wish: Wish,
}

/// What is to be done.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// Gives an account to somebody outside the directory and prints its password.
    Add {
        /// The part of the address before the `@`.
        name: String,
    },
    /// Sets a new password for an account outside the directory and prints it.
    Password {
        /// The part of the address before the `@`.
        name: String,
    },
    /// Locks an account: it keeps everything and signs in nowhere.
    Lock {
        /// The part of the address before the `@`.
        name: String,
    },
    /// Unlocks it.
    Unlock {
        /// The part of the address before the `@`.
        name: String,
    },
    /// Closes an account outside the directory for good.
    Close {
        /// The part of the address before the `@`.
        name: String,
    },
    /// Prints a link with which somebody can register.
    Invite {
        /// The name that the account will have; without it whoever is invited chooses.
        name: Option<String>,
    },
}

/// Does it.
pub fn run(verb: &Verb) -> Answer<()> {
    let config = Config::read(&verb.config)?;
    if let Some(done) = control::give(&config.data, &Order::Account(verb.wish.clone())) {
        return done;
    }
    let house = House::open(config, Clock::System, Random::system())?;
    say(runtime()?.block_on(obey(&house, verb.wish.clone()))?.trim_end());
    Ok(())
}

/// Does it, and says in German what came of it.
pub(crate) async fn obey(house: &Arc<House>, wish: Wish) -> Answer<String> {
    let by = Actor::Operator;
    let domain = &house.domain().name;
    match wish {
        Wish::Add { name } => {
            let name = registration::localpart(&name)?;
            let plain = password(house);
            let keys = registration::stretch(house, name.clone(), plain.clone()).await?;
            let (key, localpart) = (house.key().clone(), name.clone());
            house
                .db()
                .write(move |tx| accounts::open_outside(tx, &key, by, &localpart, &keys))
                .await?;
            Ok(format!("Adresse {name}@{domain}\nKennwort {plain}\n"))
        }
        Wish::Password { name } => {
            let id = find(house, name).await?;
            let known = house.db().read(move |reader| accounts::outside(reader, id)).await?;
            let plain = password(house);
            let keys = registration::stretch(house, known.localpart, plain.clone()).await?;
            house.db().write(move |tx| accounts::set_password(tx, by, id, &keys)).await?;
            house.end_sessions(id, None);
            Ok(format!("Kennwort {plain}\n"))
        }
        Wish::Lock { name } => {
            let id = find(house, name).await?;
            house.db().write(move |tx| accounts::lock(tx, by, id, true)).await?;
            house.end_sessions(id, None);
            Ok("Gesperrt.\n".to_owned())
        }
        Wish::Unlock { name } => {
            let id = find(house, name).await?;
            house.db().write(move |tx| accounts::lock(tx, by, id, false)).await?;
            Ok("Entsperrt.\n".to_owned())
        }
        Wish::Close { name } => {
            let id = find(house, name).await?;
            registration::close_account(house, by, id).await?;
            house.end_sessions(id, None);
            Ok("Geschlossen.\n".to_owned())
        }
        Wish::Invite { name } => {
            let name = name.as_deref().map(registration::localpart).transpose()?;
            let (made, token) = commands::invitation(house, None, name, false, true).await?;
            let uri = commands::uri(domain, None, &made, &token, false);
            Ok(format!("{}/einladung/{token}\n{uri}\n", house.public_url()))
        }
    }
}

async fn find(house: &Arc<House>, name: String) -> Answer<AccountId> {
    let localpart = registration::localpart(&name)?;
    let found = house.db().read(move |reader| accounts::id_of(reader, &localpart)).await?;
    found.ok_or(accounts::UNKNOWN)
}

/// Eighteen random bytes: nobody guesses them, and they fit on a slip of paper.
fn password(house: &House) -> String {
    house.random().hex::<18>()
}
