//! Several nodes that form one service: where each stands, to which of them a device comes, and how one goes or is replaced.

use std::sync::Arc;

use konvent_core::config::Nodes;
use konvent_server::House;

use super::Stage;
use crate::failure::Wrong;

/// A house that stands, and what keeps it in touch with the others.
pub(super) struct Standing {
    pub(super) house: Arc<House>,
    company: tokio::task::JoinHandle<()>,
}

impl Stage {
    /// One node with its own folder; the only house, if there is only one.
    pub(super) fn open_node(&self, name: &str, folder: &str) -> Result<Standing, Wrong> {
        let mut config = self.ground.config.clone();
        if self.nodes > 1 {
            let own = config.data.join(folder);
            config.files.folder = Some(config.data.join("files"));
            share_keys(&config.data, &own)?;
            config.data = own;
            config.nodes = Some(Nodes {
                name: name.to_owned(),
                bus: vec![],
                bus_login: None,
                bus_roots: None,
                lease_secs: 30,
            });
        }
        let house = House::open(config, self.clock.clone(), self.random.clone())?;
        let company = self.runtime.spawn(Arc::clone(&house).keep_company());
        Ok(Standing { house, company })
    }

    /// All nodes know what all others have done.
    pub(super) fn meet(&self) {
        for Standing { house, .. } in self.houses.iter().filter(|_| self.nodes > 1) {
            self.runtime.block_on(house.hear_everything());
        }
    }

    /// The node to which somebody's device is connected goes; his devices come back to one of the others.
    pub fn let_node_go(&mut self, called: &str) -> Result<(), Wrong> {
        let (place, device) = self.whose(called)?;
        let at = self.node_of(place, &device);
        self.need_several()?;
        self.unplug_all_at(at);
        let standing = self.houses.remove(at);
        standing.house.say_goodbye();
        self.wait_until_closed(standing);
        self.meet();
        self.settle()
    }

    /// The node to which somebody's device is connected closes and says so.
    pub fn let_node_close(&mut self, called: &str) -> Result<(), Wrong> {
        let (place, device) = self.whose(called)?;
        let at = self.node_of(place, &device);
        self.need_several()?;
        let standing = self.houses.remove(at);
        standing.house.say_goodbye();
        let ended = self.device(called)?.wait_for_the_end()?;
        if ended != "system-shutdown" {
            return Err(Wrong::new("system-shutdown", ended));
        }
        // Devices at the other node are asked for by the order that was; those at this one have heard the end.
        for device in self.devices.values_mut().filter(|device| device.has_ended()) {
            device.unplug();
        }
        self.wait_until_closed(standing);
        self.meet();
        self.settle()
    }

    /// The node to which somebody's device is connected is cut off from one moment to the next: it can write nothing any more, and
    /// its clients hear nothing. Another one starts in its place.
    pub fn let_node_be_replaced(&mut self, called: &str) -> Result<(), Wrong> {
        let (place, device) = self.whose(called)?;
        let at = self.node_of(place, &device);
        self.need_several()?;
        let folder = format!("node{at}-{}", self.fresh_id());
        let standing = self.open_node(&format!("node{at}"), &folder)?;
        self.unplug_all_at(at);
        if let Some(place) = self.houses.get_mut(at) {
            let old = std::mem::replace(place, standing);
            self.wait_until_closed(old);
        }
        self.meet();
        self.settle()
    }

    /// All nodes count what each device was sent as the device does itself: otherwise it could not resume at any of them.
    pub fn check_counts(&mut self) -> Result<(), Wrong> {
        if self.nodes == 1 || self.houses.is_empty() {
            return Ok(());
        }
        self.settle()?;
        self.meet();
        for device in self.devices.values().filter(|device| device.is_present()) {
            let Some(managed) = &device.managed else { continue };
            for Standing { house, .. } in &self.houses {
                let hall = house.hall();
                let kept =
                    hall.all().filter_map(|seat| seat.kept()).find(|kept| *kept.id == *managed.id);
                let Some(kept) = kept.filter(|kept| kept.is_sound()) else { continue };
                if kept.sent() != managed.received {
                    let counted = format!("{} on a node", kept.sent());
                    return Err(Wrong::new(format!("{} stanzas sent", managed.received), counted));
                }
            }
        }
        Ok(())
    }

    fn need_several(&self) -> Result<(), Wrong> {
        let are_several = self.houses.len() > 1;
        are_several.then_some(()).ok_or_else(|| Wrong::new("several nodes", "one process"))
    }

    fn unplug_all_at(&mut self, at: usize) {
        let all: Vec<(usize, String)> = self.devices.keys().cloned().collect();
        for (place, device) in all {
            if self.node_of(place, &device) == at
                && let Some(device) = self.devices.get_mut(&(place, device))
            {
                device.unplug();
            }
        }
    }

    /// The same device comes to the same node, another one of the same member to another.
    pub(super) fn node_of(&self, place: usize, device: &str) -> usize {
        (place + device.bytes().map(usize::from).sum::<usize>()) % self.houses.len().max(1)
    }

    pub(super) fn wait_until_closed(&self, standing: Standing) {
        let Standing { house, company } = standing;
        company.abort();
        // Connections hold the house; each of them ends by itself as soon as its other end is gone.
        let deadline = std::time::Instant::now() + super::device::DEADLINE;
        while Arc::strong_count(&house) > 1 && std::time::Instant::now() < deadline {
            self.runtime.block_on(tokio::task::yield_now());
            std::thread::yield_now();
        }
    }
}

/// All nodes work with one server key: the first makes it, the others have a copy.
fn share_keys(data: &std::path::Path, own: &std::path::Path) -> Result<(), Wrong> {
    let (first, own) = (data.join("node0/keys"), own.join("keys"));
    if first.exists() && !own.exists() {
        let copied = std::fs::create_dir_all(&own)
            .and_then(|()| std::fs::copy(first.join("server.key"), own.join("server.key")));
        copied.map_err(|error| Wrong::new("a key for all", error.to_string()))?;
    }
    Ok(())
}
