//! What the HTTP door shows to those who have not signed in: probes and figures for whoever runs the server, the page of an
//! invitation, and where the WebSocket is (XEP-0156).

use konvent_server::flows;
use tokio::io::AsyncReadExt as _;

use crate::files::stage::{Answer, Stage, play, play_with};

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

#[test]
fn it_is_alive_and_ready_until_it_is_about_to_close() {
    play(|stage| async move {
        let alive = stage.get("/healthz", &[]).await;
        assert_eq!((alive.status, text(&alive).as_str()), (200, "ok\n"));
        let ready = stage.get("/readyz", &[]).await;
        assert_eq!((ready.status, text(&ready).as_str()), (200, "ready\n"));
        stage.house.drain();
        let closing = stage.get("/readyz", &[]).await;
        assert_eq!((closing.status, text(&closing).as_str()), (503, "closing\n"));
        assert_eq!(stage.get("/healthz", &[]).await.status, 200, "it still runs");
        assert!(text(&stage.get("/metrics", &[]).await).contains("\nkonvent_draining 1\n"));
    });
}

#[test]
fn frames_are_not_compressed_whatever_the_client_offers() {
    // RFC 7692: together with TLS compression tells strangers what is said (CRIME), and small frames may be bombs.
    play(|stage| async move {
        let head = [
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol: xmpp",
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        ];
        let mut line = stage.begin_alone("GET", "/xmpp-websocket", &head).await;
        let mut said = Vec::new();
        while !said.windows(4).any(|end| end == b"\r\n\r\n") {
            let mut bytes = [0; 1024];
            let read =
                tokio::time::timeout(std::time::Duration::from_secs(20), line.read(&mut bytes));
            let count = read.await.expect("in time").unwrap();
            assert!(count > 0, "{}", String::from_utf8_lossy(&said));
            said.extend(&bytes[..count]);
        }
        let said = String::from_utf8_lossy(&said).to_lowercase();
        assert!(said.starts_with("http/1.1 101 "), "{said}");
        assert!(said.contains("sec-websocket-protocol: xmpp"), "{said}");
        assert!(!said.contains("sec-websocket-extensions"), "{said}");
    });
}

#[test]
fn figures_are_for_this_machine_and_name_nobody() {
    play(|stage| async move {
        let figures = stage.get("/metrics", &[]).await;
        assert_eq!(figures.status, 200);
        assert_eq!(figures.header("content-type").unwrap(), "text/plain; version=0.0.4");
        let said = text(&figures);
        for line in [
            "konvent_storage_up 1",
            "konvent_accounts 2",
            "konvent_accounts_locked 0",
            "konvent_sessions 0",
            "konvent_draining 0",
        ] {
            assert!(said.lines().any(|other| other == line), "{line} is missing:\n{said}");
        }
        assert!(!said.to_lowercase().contains("romeo") && !said.contains("Verona"));
        // Through a proxy everybody comes from this machine.
        let through = stage.get("/metrics", &["X-Forwarded-For: 192.0.2.7"]).await;
        assert_eq!((through.status, through.body.len()), (404, 0));
        let guessed = ["Forwarded: for=192.0.2.7", "Authorization: Bearer "];
        assert_eq!(stage.get("/metrics", &guessed).await.status, 404);
    });
}

#[test]
fn figures_are_for_those_who_know_the_word() {
    play_with("[operations]\nmetrics_token = 'wherefore'", |stage| async move {
        let ask = async |word: &str| {
            let word = format!("Authorization: Bearer {word}");
            stage.get("/metrics", &["X-Forwarded-For: 192.0.2.7", &word]).await.status
        };
        assert_eq!(ask("wherefore").await, 200);
        for wrong in ["", "Wherefore", "wherefor", "wherefore art"] {
            assert_eq!(ask(wrong).await, 404, "{wrong}");
        }
    });
}

async fn invitation(stage: &Stage, makes_contact: bool) -> String {
    let by = Some(stage.romeo.id);
    flows::commands::invitation(&stage.house, by, None, makes_contact, true).await.unwrap().1
}

#[test]
fn the_page_of_an_invitation_says_who_invites_and_opens_a_program() {
    play_with("organisation = 'Haus <b>Montague</b> & Söhne'", |stage| async move {
        let token = invitation(&stage, true).await;
        let page = stage.get(&format!("/einladung/{token}"), &[]).await;
        assert_eq!(page.status, 200);
        assert!(page.header("content-type").unwrap().starts_with("text/html"));
        assert_eq!(page.header("cache-control").unwrap(), "no-store");
        assert!(page.header("x-robots-tag").unwrap().contains("noindex"));
        let said = text(&page);
        let link = format!(
            "href=\"xmpp:{}@verona.example?roster;preauth={token};ibr=y\"",
            stage.romeo.localpart
        );
        assert!(said.contains(&link), "{said}");
        assert!(said.contains(&stage.romeo.name));
        assert!(said.contains("Haus &lt;b&gt;Montague&lt;/b&gt; &amp; Söhne"), "{said}");
        assert!(!said.contains("<b>"));
        // The link is in the address of the page: it must not travel on with a click.
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        // Programs that scan the address of the page find the link without reading it.
        let program = format!(
            "<xmpp:{}@verona.example?roster;preauth={token};ibr=y>; rel=\"alternate\"",
            stage.romeo.localpart
        );
        assert_eq!(page.header("link"), Some(&*program));
        assert!(said.contains("<figure>") && said.contains("<svg"), "{said}");
        assert!(said.contains("href=\"/invitation.css\"") && !said.contains("style="), "{said}");
        let style = stage.get("/invitation.css", &[]).await;
        assert_eq!(
            (style.status, style.header("content-type").unwrap()),
            (200, "text/css; charset=utf-8")
        );
        let for_an_account = invitation(&stage, false).await;
        let page = stage.get(&format!("/einladung/{for_an_account}"), &[]).await;
        let link = format!("href=\"xmpp:verona.example?register;preauth={for_an_account}\"");
        assert!(text(&page).contains(&link), "{}", text(&page));
    });
}

#[test]
fn an_invitation_that_is_over_looks_like_one_that_never_was() {
    play_with("[accounts]\ninvitation_days = 7", |stage| async move {
        let token = invitation(&stage, true).await;
        let never = stage.get("/einladung/aaaaaaaaaaaaaaaaaaaaaaaa", &[]).await;
        assert_eq!(never.status, 404);
        assert!(!text(&never).contains("xmpp:") && !text(&never).contains("aaaa"));
        stage.clock.advance(7 * 86_400_000 - 1);
        let page = stage.get(&format!("/einladung/{token}"), &[]).await;
        assert_eq!(page.status, 200);
        stage.clock.advance(1);
        let over = stage.get(&format!("/einladung/{token}"), &[]).await;
        assert_eq!((over.status, text(&over)), (404, text(&never)));
    });
}

#[test]
fn the_websocket_is_found_in_both_languages_and_from_everywhere() {
    play_with("public_url = 'https://chat.verona.example/'", |stage| async move {
        let page = stage.get("/.well-known/host-meta", &[]).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("content-type").unwrap(), "application/xrd+xml");
        assert_eq!(page.header("access-control-allow-origin"), Some("*"));
        let said = text(&page);
        let root: konvent_wire::Element =
            said.split_once("?>").unwrap().1.parse().expect("well-formed XML");
        let xrd = "http://docs.oasis-open.org/ns/xri/xrd-1.0";
        assert!(root.is("XRD", xrd));
        let link = root.get_child("Link", xrd).unwrap();
        assert_eq!(link.attr("rel"), Some("urn:xmpp:alt-connections:websocket"));
        assert_eq!(link.attr("href"), Some("wss://chat.verona.example/xmpp-websocket"));

        let page = stage.get("/.well-known/host-meta.json", &[]).await;
        assert_eq!((page.status, page.header("content-type")), (200, Some("application/json")));
        assert_eq!(page.header("access-control-allow-origin"), Some("*"));
        let said: serde_json::Value = serde_json::from_slice(&page.body).unwrap();
        let link = &said["links"][0];
        assert_eq!(link["rel"], "urn:xmpp:alt-connections:websocket");
        assert_eq!(link["href"], "wss://chat.verona.example/xmpp-websocket");
    });
}
