//! The doors from inside: whether each that the settings name answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use konvent_core::config::{Config, Listen};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Finding, State};
use crate::house::House;

/// How long one question to the network may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// A door, and where it should be.
#[derive(Debug, PartialEq, Eq)]
struct Door {
    name: &'static str,
    address: SocketAddr,
}

/// Looks. Without a running server its doors are closed, and that is no fault.
pub(super) async fn look(house: &Arc<House>, serves: bool) -> Finding {
    if serves {
        knock(&doors(house.config(), house.ports())).await
    } else {
        Finding::new("Türen", State::Odd, "der Server läuft gerade nicht")
    }
}

/// The doors that should be open; `ports` are those that the system handed out for members' doors. What other servers and
/// programs of ours use is open only where the settings want them.
fn doors(config: &Config, ports: [u16; 4]) -> Vec<Door> {
    let [http, xmpp, xmpps, plaintext] = ports;
    let closed = Listen::default();
    let is_open = config.federation.is_open();
    let has_hosts = !config.components.hosts.is_empty();
    let all = [
        ("http", &config.http, http),
        ("xmpp", &config.xmpp, xmpp),
        ("xmpps", &config.xmpps, xmpps),
        ("plaintext", &config.plaintext, plaintext),
        ("federation.listen", if is_open { &config.federation.listen } else { &closed }, 0),
        ("federation.listen_tls", if is_open { &config.federation.listen_tls } else { &closed }, 0),
        ("components.listen", if has_hosts { &config.components.listen } else { &closed }, 0),
    ];
    let door = |(name, listen, port): (&'static str, &Listen, u16)| {
        let mut address = listen.first()?;
        if port != 0 {
            address.set_port(port);
        }
        (address.port() != 0).then_some(Door { name, address })
    };
    all.into_iter().filter_map(door).collect()
}

async fn knock(doors: &[Door]) -> Finding {
    let mut shut = Vec::new();
    for Door { name, address } in doors {
        if !matches!(timeout(PATIENCE, TcpStream::connect(address)).await, Ok(Ok(_))) {
            shut.push(format!("{name} {address}"));
        }
    }
    if shut.is_empty() {
        Finding::new("Türen", State::Well, "alle antworten (von diesem Rechner aus)")
    } else {
        Finding::new("Türen", State::Unwell, format!("antworten nicht: {}", shut.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_doors_that_the_settings_want_are_looked_at() {
        let named = |text: &str| -> Vec<String> {
            let config = Config::parse(&format!("domain = 'verona.example'\n{text}")).unwrap();
            let doors = doors(&config, [8443, 0, 5223, 0]);
            doors.iter().map(|door| format!("{} {}", door.name, door.address)).collect()
        };
        let own = ["http 127.0.0.1:8443", "xmpp 0.0.0.0:5222", "xmpps 0.0.0.0:5223"];
        assert_eq!(named(""), own);
        assert_eq!(named("xmpp = []\nxmpps = []"), [own[0]]);
        let open = named("[federation]\nwith = 'everybody'\nlisten_tls = []");
        assert_eq!(open[3..], ["federation.listen 0.0.0.0:5269"]);
        let bots = named("[components.hosts.'bot.verona.example']\nsecret = 'x'");
        assert_eq!(bots[3..], ["components.listen 127.0.0.1:5347"]);
    }

    #[tokio::test]
    async fn a_door_that_does_not_answer_is_named() {
        let open = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shut = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let door = |name, listener: &tokio::net::TcpListener| Door {
            name,
            address: listener.local_addr().unwrap(),
        };
        let both = [door("http", &open), door("federation.listen", &shut)];
        assert_eq!(knock(&both).await.state, State::Well);
        drop(shut);
        let found = knock(&both).await;
        assert_eq!(found.state, State::Unwell);
        assert!(
            found.sentence.ends_with(&format!("federation.listen {}", both[1].address)),
            "{found:?}"
        );
    }
}
