//! What settings are when the file says nothing about them.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::Listen;

pub(super) fn data() -> PathBuf {
    PathBuf::from("data")
}
pub(super) fn http() -> Listen {
    Listen::from(SocketAddr::from(([127, 0, 0, 1], 8080)))
}
pub(super) fn xmpp() -> Listen {
    Listen::from(SocketAddr::from(([0, 0, 0, 0], 5222)))
}
pub(super) fn xmpps() -> Listen {
    Listen::from(SocketAddr::from(([0, 0, 0, 0], 5223)))
}
pub(super) fn servers() -> Listen {
    Listen::from(SocketAddr::from(([0, 0, 0, 0], 5269)))
}
pub(super) fn servers_tls() -> Listen {
    Listen::from(SocketAddr::from(([0, 0, 0, 0], 5270)))
}
pub(super) fn components() -> Listen {
    Listen::from(SocketAddr::from(([127, 0, 0, 1], 5347)))
}
pub(super) fn timezone() -> String {
    "Europe/Berlin".to_owned()
}
pub(super) fn rooms() -> String {
    "gruppen".to_owned()
}
pub(super) fn leaving_permille_max() -> u32 {
    50
}
