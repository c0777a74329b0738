//! Accounts move in from other servers, and out to them (XEP-0227): passwords as keys, contacts, nodes, private storage, block
//! lists, archives. Told in four parts: [`files`] (what stands where on the disk), [`arrive`] (accounts), [`pieces`] (what
//! becomes of each thing), [`depart`] (what is written).
//!
//! * Whatever is here already stays as it is: reading the same file twice changes nothing.
//! * What the directory owns is not overwritten: names, memberships, sign-in of members.
//! * A file of any length is read piece by piece; each account is told of in the [`report`].
//!
//! Left out: rooms (the format has none), and addresses of another domain (whoever moves keeps his address).

mod arrive;
mod depart;
pub mod files;
mod pieces;
pub mod report;
mod user;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use konvent_core::{AccountId, Answer, Kind, Refusal};

pub use depart::Departed;
pub use report::Report;
pub use user::{Keys, write_user};

use crate::flows::member::aside;
use crate::house::House;

/// The file is no document of accounts, or is broken; the cause names the place.
pub const UNREADABLE: Refusal = Refusal::new(Kind::BadRequest, "moving.unreadable");
/// The file cannot be written; the cause names it.
pub const UNWRITABLE: Refusal = Refusal::new(Kind::BadRequest, "moving.unwritable");

/// Takes in everything that stands in a file, or in all documents of a folder. Runs for as long as that takes, beside the
/// threads that serve.
pub async fn move_in(house: &Arc<House>, path: PathBuf) -> Answer<Report> {
    let house = Arc::clone(house);
    aside(move || {
        let mut arriving = arrive::Arriving::new(&house);
        files::walk(&path, &mut |piece| arriving.take(piece))?;
        arriving.finish()
    })
    .await
}

/// Writes one account, or all, to a file; to a folder when the path is one or ends with a slash, with a file for each account.
pub async fn move_out(
    house: &Arc<House>,
    path: PathBuf,
    only: Option<AccountId>,
) -> Answer<Departed> {
    let house = Arc::clone(house);
    aside(move || depart::write_all(&house, &path, only)).await
}

/// A refusal that names the file.
fn about(refusal: Refusal, path: &Path, why: impl std::fmt::Display) -> Refusal {
    refusal.because(format!("{}: {why}", path.display()))
}
