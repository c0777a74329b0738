//! A private door for the command line: while a server runs, `konvent import` works through it instead of beside it.
//!
//! A socket file in the data folder, readable by the server's user only. One line of JSON in, lines of text out; the last
//! line is `ok` or `refused CODE`. Two processes never write to the same storage.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use konvent_core::audit::Actor;
use konvent_core::{Answer, Kind, Refusal};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::command::Files;
use crate::flows;
use crate::house::House;

/// The longest order: a few file names.
const ORDER_MAX: u64 = 64 * 1024;

/// The running server did not answer as it should.
pub const NO_ANSWER: Refusal = Refusal::new(Kind::Broken, "control.no-answer");
/// The running server refused; its words were printed before.
pub const REFUSED: Refusal = Refusal::new(Kind::BadRequest, "control.refused");

/// What the command line wants of a running server.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Shows what member files would change, and changes it when told to.
    Import {
        /// The files, by their full paths.
        files: Files,
        /// Change it.
        apply: bool,
        /// Also when many would leave.
        despite_brake: bool,
    },
    /// Looks at everything that commonly goes wrong.
    Doctor {
        /// For programs.
        json: bool,
    },
    /// Gives, locks, closes accounts, and invites.
    Account(crate::account::Wish),
    /// Takes accounts in from other servers, or writes them down for others.
    Move(crate::moving::Wish),
    /// Reads every file and compares it with what was noted when it came.
    CheckFiles,
    /// Makes a sign-in code for one member: the way in for the first admin.
    Letter {
        /// The member number.
        number: String,
    },
}

/// Where the door is.
pub fn door(data: &Path) -> PathBuf {
    data.join("konvent.sock")
}

/// Opens the door and serves it until aborted.
pub async fn serve(house: Arc<House>) -> Answer<()> {
    let path = door(&house.config().data);
    let _ = std::fs::remove_file(&path); // left behind by a server that was killed; the lock says it is gone
    let listener = UnixListener::bind(&path)
        .map_err(|error| NO_ANSWER.because(format!("{}: {error}", path.display())))?;
    restrict(&path)?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let house = Arc::clone(&house);
                tokio::spawn(async move {
                    if let Err(error) = serve_one(&house, stream).await {
                        tracing::warn!(target: "control", %error, "an order was cut off");
                    }
                });
            }
            Err(error) => return Err(NO_ANSWER.because(error)),
        }
    }
}

fn restrict(path: &Path) -> Answer<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .map_err(|error| NO_ANSWER.because(error))
}

async fn serve_one(house: &Arc<House>, mut stream: UnixStream) -> std::io::Result<()> {
    let (read, mut write) = stream.split();
    let mut line = String::new();
    BufReader::new(read.take(ORDER_MAX)).read_line(&mut line).await?;
    let mut said = String::new();
    let done = match serde_json::from_str(&line) {
        Ok(order) => obey(house, order, &mut said).await,
        Err(error) => Err(REFUSED.because(error)),
    };
    match done {
        Ok(()) => said.push_str("ok\n"),
        Err(refusal) => {
            said.push_str(&refusal.chain());
            said.push_str("\nrefused ");
            said.push_str(refusal.code);
            said.push('\n');
        }
    }
    write.write_all(said.as_bytes()).await?;
    write.shutdown().await
}

async fn obey(house: &Arc<House>, order: Order, said: &mut String) -> Answer<()> {
    match order {
        Order::Import { files, apply, despite_brake } => {
            let plan = flows::member::plan(house, files.read()?).await?;
            said.push_str(&crate::command::shown(&plan));
            if apply {
                flows::member::apply(house, plan, Actor::Operator, despite_brake).await?;
                said.push_str("Übernommen.\n");
            }
            Ok(())
        }
        Order::Doctor { json } => {
            let (text, is_well) = crate::doctor::examine(house, true, json).await?;
            said.push_str(text.trim_end());
            said.push('\n');
            if is_well { Ok(()) } else { Err(crate::doctor::UNWELL) }
        }
        Order::Account(wish) => {
            said.push_str(&crate::account::obey(house, wish).await?);
            Ok(())
        }
        Order::Move(wish) => {
            said.push_str(&crate::moving::obey(house, wish).await?);
            Ok(())
        }
        Order::CheckFiles => {
            let tally = crate::files::check(house.db(), &house.arrivals().blobs).await?;
            said.push_str(&tally.in_words());
            tally.outcome()
        }
        Order::Letter { number } => {
            said.push_str(&flows::member::letter(house, number).await?);
            Ok(())
        }
    }
}

/// Gives an order to the server that runs on this data folder. `None`: none runs.
pub fn give(data: &Path, order: &Order) -> Option<Answer<()>> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::os::unix::net::UnixStream::connect(door(data)).ok()?;
    let mut ask = || -> std::io::Result<String> {
        let mut line = serde_json::to_string(order).map_err(std::io::Error::other)?;
        line.push('\n');
        stream.write_all(line.as_bytes())?;
        let mut said = String::new();
        stream.read_to_string(&mut said)?;
        Ok(said)
    };
    Some(match ask() {
        Err(error) => Err(NO_ANSWER.because(error)),
        Ok(said) => {
            crate::command::say(said.trim_end().trim_end_matches("\nok"));
            if said.ends_with("ok\n") { Ok(()) } else { Err(REFUSED) }
        }
    })
}
