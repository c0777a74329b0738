//! `konvent move-in` and `konvent move-out`: accounts from other servers and to them (XEP-0227), through the running server if
//! there is one.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use konvent_core::config::Config;
use konvent_core::{Answer, Clock, Random};
use konvent_people::accounts;
use serde::{Deserialize, Serialize};

use crate::command::{NO_FILE, runtime, say};
use crate::control::{self, Order};
use crate::flows::moving;
use crate::flows::registration::localpart;
use crate::house::House;

/// `konvent move-in`
#[derive(Debug, Args)]
pub struct MoveIn {
    /// The settings of the installation.
    #[arg(long, default_value = "konvent.toml")]
    config: PathBuf,
    /// A file, or a folder of files, as XEP-0227 describes them: Prosody and ejabberd write such.
    path: PathBuf,
}

/// `konvent move-out`
#[derive(Debug, Args)]
pub struct MoveOut {
    /// The settings of the installation.
    #[arg(long, default_value = "konvent.toml")]
    config: PathBuf,
    /// Only this account, by the part of the address before the `@`.
    #[arg(long)]
    account: Option<String>,
    /// Where to: a file, or a folder (one that exists, or a name that ends with a slash) with a file for each account.
    path: PathBuf,
}

/// What is to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// Takes accounts in.
    In {
        /// The file or folder, by its full path.
        path: PathBuf,
    },
    /// Writes accounts down.
    Out {
        /// The file or folder, by its full path.
        path: PathBuf,
        /// Only this one.
        account: Option<String>,
    },
}

/// Takes accounts in.
pub fn move_in(order: &MoveIn) -> Answer<()> {
    let path = order.path.canonicalize();
    let path =
        path.map_err(|error| NO_FILE.because(format!("{}: {error}", order.path.display())))?;
    run(&order.config, Wish::In { path })
}

/// Writes accounts down.
pub fn move_out(order: &MoveOut) -> Answer<()> {
    let path = std::path::absolute(&order.path);
    let path =
        path.map_err(|error| NO_FILE.because(format!("{}: {error}", order.path.display())))?;
    run(&order.config, Wish::Out { path, account: order.account.clone() })
}

fn run(config: &std::path::Path, wish: Wish) -> Answer<()> {
    let config = Config::read(config)?;
    if let Some(done) = control::give(&config.data, &Order::Move(wish.clone())) {
        return done;
    }
    let house = House::open(config, Clock::System, Random::system())?;
    say(runtime()?.block_on(obey(&house, wish))?.trim_end());
    Ok(())
}

/// Does it, and says in German what came of it.
pub(crate) async fn obey(house: &Arc<House>, wish: Wish) -> Answer<String> {
    match wish {
        Wish::In { path } => Ok(moving::move_in(house, path).await?.in_words()),
        Wish::Out { path, account } => {
            let only = match account {
                Some(name) => {
                    let name = localpart(&name)?;
                    let id = house.db().read(move |reader| accounts::id_of(reader, &name)).await?;
                    Some(id.ok_or(accounts::UNKNOWN)?)
                }
                None => None,
            };
            let done = moving::move_out(house, path.clone(), only).await?;
            Ok(format!(
                "{} Konten mit {} Nachrichten stehen in {}. Darin sind Schlüssel von Kennwörtern und private Nachrichten: \
                 nur dem neuen Server geben und danach löschen.\n",
                done.accounts,
                done.messages,
                path.display()
            ))
        }
    }
}
