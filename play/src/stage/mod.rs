//! The stage: one real server with its own clock, the organisation of the play, and the devices of the actors.
//!
//! The stage itself is synchronous: a sentence is a plain function that blocks until it has come true. The server runs
//! on a small runtime beside it and is reached through pipes.

pub mod device;
mod directory;
mod house;
mod nodes;
mod rooms;
mod sign_in;

use std::collections::BTreeMap;

use konvent_core::{Clock, Random};
use konvent_wire::Element;

pub use device::Device;
pub use directory::{Directory, Entry};
pub use house::{Engine, fresh_database};
pub use sign_in::Outcome;

use crate::failure::Wrong;
use crate::pattern::Names;
use crate::script::Script;
use sign_in::SignIn;

/// The organisation's name on the network in all plays.
pub const DOMAIN: &str = "verona.example";
/// The device of whoever names none.
const USUAL_DEVICE: &str = "phone";

/// The stage of one play.
pub struct Stage {
    script: Script,
    clock: Clock,
    random: Random,
    ground: house::Ground,
    /// One, or several nodes of one service.
    houses: Vec<nodes::Standing>,
    nodes: usize,
    runtime: tokio::runtime::Runtime,
    /// What the member administration knows at the moment.
    pub directory: Directory,
    /// What names in braces stand for.
    pub names: Names,
    logins: BTreeMap<usize, Login>,
    devices: BTreeMap<(usize, String), Device>,
    /// A sign-in that was refused, until a sentence says so.
    pub last_refusal: Option<String>,
    ids: u32,
}

/// How somebody signs in.
#[derive(Debug, Clone)]
struct Login {
    localpart: String,
    password: String,
}

impl Stage {
    /// Whose name stands in a sentence, and which device: `Romeo`, `Romeo's laptop`.
    fn whose(&self, called: &str) -> Result<(usize, String), Wrong> {
        let (place, _) =
            self.script.role(called).ok_or_else(|| Wrong::new("somebody of the cast", called))?;
        let device = called.split_once("'s ").map_or(USUAL_DEVICE, |(_, device)| device);
        Ok((place, device.to_owned()))
    }

    /// The place of somebody in the cast.
    pub fn place(&self, called: &str) -> Result<usize, Wrong> {
        Ok(self.whose(called)?.0)
    }

    /// The name that others read for somebody of the cast.
    pub fn full_name(&self, called: &str) -> Result<String, Wrong> {
        let (_, role) =
            self.script.role(called).ok_or_else(|| Wrong::new("somebody of the cast", called))?;
        Ok(role.full_name())
    }

    /// A device, switched off when it was never used.
    pub fn device(&mut self, called: &str) -> Result<&mut Device, Wrong> {
        let whose = self.whose(called)?;
        let handle = self.runtime.handle().clone();
        Ok(self.devices.entry(whose).or_insert_with(|| Device::new(&handle)))
    }

    /// Waits until the server has settled everything that was sent by anybody, and everybody has what came of it.
    pub fn settle(&mut self) -> Result<(), Wrong> {
        for _ in 0..2 {
            // The first round settles what was sent, the second fetches what it led to.
            for device in self.devices.values_mut() {
                device.settle()?;
            }
            self.meet();
        }
        for device in self.devices.values_mut().filter(|_| self.nodes > 1) {
            device.settle()?;
        }
        Ok(())
    }

    /// As [`Self::settle`], then the device.
    pub fn settled(&mut self, called: &str) -> Result<&mut Device, Wrong> {
        self.settle()?;
        self.device(called)
    }

    /// The address that a play's words mean: a member, one of his devices, a room, or the address itself.
    pub fn address(&self, words: &str) -> String {
        self.names.get(words).unwrap_or(words).to_owned()
    }

    /// `A | B (remark)` as sorted addresses.
    pub fn listed(&self, words: &str) -> Vec<String> {
        let one = |words: &str| match words.split_once(" (") {
            Some((name, remark)) => format!("{} ({remark}", self.address(name)),
            None => self.address(words),
        };
        let mut all: Vec<String> = words.split(" | ").map(str::trim).map(one).collect();
        all.sort();
        all
    }

    /// An id that no stanza of this play has yet.
    pub fn fresh_id(&mut self) -> String {
        self.ids += 1;
        format!("play-{}", self.ids)
    }

    /// The indented lines below a sentence as elements, with known names filled in.
    pub fn elements(&mut self, block: &str) -> Result<Vec<Element>, Wrong> {
        self.tell_the_time();
        crate::pattern::read(&self.names.fill(block)).map_err(|error| Wrong::new(error, block))
    }

    fn tell_the_time(&mut self) {
        let now = self.clock.now().to_xep_0082();
        self.names.set("today", now.split('T').next().unwrap_or_default());
        self.names.set("now", now);
    }

    /// Plugs a device in: a new connection, the stream not yet opened.
    pub fn plug_in(&mut self, called: &str) -> Result<&mut Device, Wrong> {
        let pipe = self.connect(called)?;
        let device = self.device(called)?;
        device.plug_in(pipe);
        Ok(device)
    }

    /// Signs a device in by `road`, with `password` instead of the right one if there is one.
    pub fn sign_in(
        &mut self,
        called: &str,
        road: Road,
        password: Option<&str>,
    ) -> Result<Outcome, Wrong> {
        self.sign_in_as(called, road, password, None)
    }

    /// As [`Self::sign_in`], under the name of another device if there is one.
    pub fn sign_in_as(
        &mut self,
        called: &str,
        road: Road,
        password: Option<&str>,
        resource: Option<&str>,
    ) -> Result<Outcome, Wrong> {
        let (place, device_name) = self.whose(called)?;
        let login = self.logins.get(&place).cloned();
        let login = login.unwrap_or_else(|| Login {
            localpart: called.to_lowercase(),
            password: "no-such-password".to_owned(),
        });
        let sign_in = SignIn {
            domain: DOMAIN,
            localpart: &login.localpart,
            password: password.unwrap_or(&login.password),
            device: resource.unwrap_or(&device_name),
            wants_token: matches!(road, Road::AskingForToken | Road::ByTokenForAnother),
        };
        let device = self.plug_in(called)?;
        let (managed, token) = (device.managed.clone(), device.token.clone());
        if !matches!(road, Road::Resuming) {
            device.managed = None;
        }
        let outcome = match road {
            Road::Usual | Road::AskingForToken => sign_in::modern(device, &sign_in),
            Road::Classic => sign_in::classic(device, &sign_in),
            Road::ByToken | Road::ByTokenForAnother => {
                let token = token.ok_or_else(|| Wrong::new("a token", "never asked for one"))?;
                sign_in::by_token(device, &sign_in, &token)
            }
            Road::Resuming => {
                let managed = managed.ok_or_else(|| Wrong::new("a session to resume", "none"))?;
                sign_in::resuming(device, &sign_in, &managed.id, managed.received)
            }
        }?;
        if let Some(address) =
            device.address.clone().filter(|_| !matches!(outcome, Outcome::Refused(_)))
        {
            let role =
                self.script.cast.get(place).map(|role| role.name.clone()).unwrap_or_default();
            self.names.set(format!("{role}'s {device_name}"), address);
        }
        Ok(outcome)
    }
}

/// How to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Road {
    /// SASL2 and Bind 2.
    Usual,
    /// The same, and a token for the next time.
    AskingForToken,
    /// By such a token.
    ByToken,
    /// By such a token, and asking for one again.
    ByTokenForAnother,
    /// As RFC 6120 has it.
    Classic,
    /// SASL2 with resumption.
    Resuming,
}
