//! Whoever is measured, ours or a peer, seen alike: doors, CPU seconds, memory, the name of a room.

use std::net::SocketAddr;
use std::time::Duration;

use konvent_wire::client::Road;
use konvent_wire::jid::BareJid;
use tokio::time::timeout;

use super::table::Table;
use super::{Stage, Wishes};
use crate::device::{self, Target};
use crate::house::Server;
use crate::peers::{self, Brand, Furniture, Peer};
use crate::{Done, process, sentence};

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Konvent.
    Ours,
    /// A server of others.
    Peer(Brand),
}

impl Who {
    /// As the table calls them.
    const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Peer(Brand::Prosody) => "Prosody",
            Self::Peer(Brand::Ejabberd) => "ejabberd",
        }
    }
}

/// One value for each: ours, Prosody's, ejabberd's, where there is one.
pub type Three<T> = [Option<T>; 3];

/// Everybody, in the order of the table's columns.
const ALL: [Who; 3] = [Who::Ours, Who::Peer(Brand::Prosody), Who::Peer(Brand::Ejabberd)];

/// How long one measure of a peer may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// Measures everybody who is wished for, one after the other. A peer that does not come through is left out of the rows of that
/// name, and the table says why; our own server has to.
pub async fn everybody<T>(
    wishes: Wishes,
    (table, name): (&mut Table, &str),
    mut measure: impl AsyncFnMut(Who) -> Done<T>,
) -> Done<Three<T>> {
    let mut three = [None, None, None];
    for (place, who) in three.iter_mut().zip(ALL) {
        if who != Who::Ours && wishes.alone {
            continue;
        }
        let patience = if who == Who::Ours { PATIENCE * 4 } else { PATIENCE };
        let measured = timeout(patience, measure(who)).await;
        match measured.unwrap_or_else(|_| Err(format!("not done after {patience:?}"))) {
            Ok(value) => *place = Some(value),
            Err(why) if who == Who::Ours => return Err(why),
            Err(why) => table.is_missing(who.name(), name, &why),
        }
    }
    Ok(three)
}

/// Our own server or a peer, running.
pub struct Host {
    process: Process,
}

enum Process {
    Ours(Server),
    Peer(Peer),
}

impl Host {
    /// Starts one on the people of a stage; `name` is the folder's.
    pub fn start(stage: &Stage<'_>, who: Who, name: &str, furniture: Furniture) -> Done<Self> {
        let process = match who {
            Who::Ours => Process::Ours(stage.template.copy_to(&stage.folder.join(name))?.serve()?),
            Who::Peer(brand) => {
                let folder = stage.folder.join(format!("{brand:?}-{name}"));
                let everybody = stage.everybody();
                Process::Peer(Peer::start(brand, &folder, furniture, &everybody)?)
            }
        };
        Ok(Self { process })
    }

    /// Where its doors are, and by which road one comes in: the peers do not know SASL2.
    pub fn target(&self, is_tls: bool) -> Done<Target> {
        let (plain, tls, road) = match &self.process {
            Process::Ours(server) => (server.xmpp, server.xmpps, Road::Sasl2),
            Process::Peer(peer) => (peer.plain, peer.tls, Road::Classic),
        };
        let tls: Option<SocketAddr> = is_tls.then_some(tls);
        Ok(Target {
            address: tls.unwrap_or(plain),
            tls: tls.map(|_| device::trusting()).transpose()?,
            road,
        })
    }

    fn pid(&self) -> u32 {
        match &self.process {
            Process::Ours(server) => server.pid(),
            Process::Peer(peer) => peer.pid(),
        }
    }

    /// CPU seconds of all its processes so far.
    pub fn cpu_secs(&self) -> Done<f64> {
        process::tree_cpu_secs(self.pid())
    }

    /// Resident memory of all its processes, in KiB.
    pub fn rss_kib(&self) -> Done<f64> {
        process::tree_rss_kib(self.pid())
    }

    /// A room for everybody: ours is given by the directory, at the peers whoever comes first makes one.
    pub fn room(&self, ours: &BareJid) -> Done<BareJid> {
        match &self.process {
            Process::Ours(_) => Ok(ours.clone()),
            Process::Peer(_) => {
                BareJid::new(&format!("hall@{}", peers::rooms())).map_err(sentence("no room"))
            }
        }
    }

    /// The peer, if it is one.
    pub fn peer(&mut self) -> Option<&mut Peer> {
        match &mut self.process {
            Process::Ours(_) => None,
            Process::Peer(peer) => Some(peer),
        }
    }

    /// Shows what our server complained about.
    pub fn show_complaints(&self) {
        if let Process::Ours(server) = &self.process {
            for line in server.complaints().iter().take(3) {
                println!("    ! {line}");
            }
        }
    }
}
