//! Who guesses passwords, and who is kept out by that: over XMPP and over HTTP the same counts.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use konvent_core::audit::Actor;
use konvent_core::{AccountId, Random};
use konvent_people::accounts::{self, NewPassword};
use konvent_server::{House, net};
use konvent_wire::client::{Client, Happening, Secret, Setup};
use konvent_wire::errors::SaslCondition;
use konvent_wire::jid::BareJid;
use konvent_wire::sasl::Mechanism;
use konvent_wire::stream::Transport;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::files::stage::{Stage, play};

const RIGHT: &str = "Ein Graf kommt selten allein";
const WRONG: Result<Option<String>, SaslCondition> = Err(SaslCondition::NotAuthorized);
const LATER: Result<Option<String>, SaslCondition> = Err(SaslCondition::TemporaryAuthFailure);

/// Paris is a guest: he has a password that he chose himself.
async fn paris(stage: &Stage) -> AccountId {
    let keys = NewPassword::derive(stage.house.key(), "paris", RIGHT, 8).unwrap();
    let key = stage.house.key().clone();
    let job = move |tx: &mut konvent_core::Tx<'_>| {
        accounts::open_outside(tx, &key, Actor::Operator, "paris", &keys).map(|opened| opened.id)
    };
    stage.house.db().write(job).await.unwrap()
}

/// Signs in from a network, once, until it is known whether that worked; the token that was given.
async fn try_from(
    house: &Arc<House>,
    source: &str,
    name: &str,
    secret: Secret,
) -> Result<Option<String>, SaslCondition> {
    let (mut near, far) = tokio::io::duplex(64 * 1024);
    let served = net::xmpp::serve(Arc::clone(house), far, Transport::DirectTls, source.to_owned());
    tokio::spawn(served);
    let jid = BareJid::new(&format!("{name}@verona.example")).unwrap();
    let mut setup = Setup::new(jid, "");
    setup.secret = secret;
    setup.transport = Transport::DirectTls;
    setup.wants_token = Some(Mechanism::Ht(None));
    let mut client = Client::new(setup, Random::system().bytes());
    let mut bytes = vec![0; 16 * 1024];
    loop {
        if let Some(happening) = client.next() {
            match happening {
                Happening::Ready(ready) => return Ok(ready.token.map(|token| token.token)),
                Happening::Refused(condition) => return Err(condition),
                other => panic!("{other:?}"),
            }
        }
        while let Some(said) = client.take_output() {
            near.write_all(&said).await.unwrap();
        }
        let count = near.read(&mut bytes).await.unwrap();
        assert!(count > 0, "the connection is gone");
        client.receive(&bytes[..count]);
    }
}

async fn says(stage: &Stage, source: &str, password: &str) -> Result<(), SaslCondition> {
    let secret = Secret::Password(password.to_owned(), None);
    try_from(&stage.house, source, "paris", secret).await.map(drop)
}

async fn by_http(stage: &Stage, password: &str) -> (u16, String) {
    let body = serde_json::json!({ "address": "paris", "password": password }).to_string();
    let length = format!("Content-Length: {}", body.len());
    let headers = ["Content-Type: application/json", length.as_str()];
    let answer = stage.ask("POST", "/api/sign-in/password", &headers, body.as_bytes()).await;
    (answer.status, answer.code())
}

#[test]
fn many_at_once_are_as_many_as_in_a_row() {
    play(|stage| async move {
        paris(&stage).await;
        let stage = Arc::new(stage);
        let tries: Vec<_> = (0..60)
            .map(|at| {
                let stage = Arc::clone(&stage);
                tokio::spawn(async move { by_http(&stage, &format!("guess {at}")).await.1 })
            })
            .collect();
        let mut compared = 0;
        for one in tries {
            let code = one.await.unwrap();
            compared += usize::from(code == "accounts.wrong-password");
            assert!(code.starts_with("accounts."), "{code}");
        }
        assert_eq!(compared, 5, "from one network for one name");
        // The same over XMPP, from a network that has tried nothing yet.
        let tries: Vec<_> = (0..60)
            .map(|at| {
                let stage = Arc::clone(&stage);
                tokio::spawn(async move { says(&stage, "203.0.113.9", &format!("{at}")).await })
            })
            .collect();
        let mut compared = 0;
        for one in tries {
            compared += usize::from(one.await.unwrap() == Err(SaslCondition::NotAuthorized));
        }
        assert_eq!(compared, 5, "and the name's ten are used up");
        assert_eq!(says(&stage, "203.0.113.10", RIGHT).await, LATER.map(drop));
    });
}

#[test]
fn both_roads_share_their_counts_and_a_hall_is_not_shut_out_by_one_phone() {
    play(|stage| async move {
        paris(&stage).await;
        for _ in 0..5 {
            assert_eq!(says(&stage, "127.0.0.1", "falsch").await, WRONG.map(drop));
        }
        assert_eq!(by_http(&stage, RIGHT).await, (429, "accounts.too-many-tries".to_owned()));
        // Others behind the same address have five left between them.
        for name in ["benvolio", "mercutio", "nobody", "tybalt", "x"] {
            let secret = Secret::Password("falsch".into(), None);
            assert_eq!(try_from(&stage.house, "127.0.0.1", name, secret).await, WRONG);
        }
        let secret = || Secret::Password("falsch".into(), None);
        assert_eq!(try_from(&stage.house, "127.0.0.1", "rosaline", secret()).await, LATER);
        assert_eq!(try_from(&stage.house, "127.0.0.2", "rosaline", secret()).await, WRONG);
        stage.clock.advance(16 * 60 * 1000);
        assert_eq!(by_http(&stage, RIGHT).await.0, 200);
    });
}

#[test]
fn strangers_shut_nobody_out_where_he_is_at_home() {
    play(|stage| async move {
        paris(&stage).await;
        let right = || Secret::Password(RIGHT.into(), None);
        let token = try_from(&stage.house, "192.0.2.7", "paris", right()).await.unwrap().unwrap();
        for at in 0..10 {
            let from = format!("203.0.113.{at}");
            assert_eq!(says(&stage, &from, "falsch").await, WRONG.map(drop), "{at}");
        }
        assert_eq!(says(&stage, "203.0.113.99", RIGHT).await, LATER.map(drop));
        // At home he may even mistype, and a device with a token gets in wherever it is.
        assert_eq!(says(&stage, "192.0.2.7", "falsch").await, WRONG.map(drop));
        assert_eq!(says(&stage, "192.0.2.7", RIGHT).await, Ok(()));
        let secret =
            Secret::Token { token, mechanism: Mechanism::Ht(None), count: None, invalidate: false };
        assert!(try_from(&stage.house, "203.0.113.99", "paris", secret).await.is_ok());
        // The pause is over a quarter of an hour after the first wrong one, and not later for those who go on.
        stage.clock.advance(15 * 60 * 1000);
        assert_eq!(says(&stage, "203.0.113.99", RIGHT).await, Ok(()));
    });
}

/// A connection on which somebody was asked for a proof, and everything that was said on it.
async fn challenged(stage: &Stage, source: &str, name: &str) -> (tokio::io::DuplexStream, String) {
    let (mut near, far) = tokio::io::duplex(64 * 1024);
    let house = Arc::clone(&stage.house);
    tokio::spawn(net::xmpp::serve(house, far, Transport::DirectTls, source.to_owned()));
    let first = STANDARD.encode(format!("n,,n={name},r=12345678901234567890"));
    let open = format!(
        "<stream:stream to='verona.example' version='1.0' xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams'>\
         <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-256'>{first}</auth>"
    );
    near.write_all(open.as_bytes()).await.unwrap();
    let mut heard = String::new();
    while !heard.contains("</challenge>") {
        let mut bytes = vec![0; 4096];
        let count = near.read(&mut bytes).await.unwrap();
        assert!(count > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    (near, heard)
}

#[test]
fn whoever_breaks_off_has_tried_nothing() {
    play(|stage| async move {
        paris(&stage).await;
        for _ in 0..30 {
            drop(challenged(&stage, "a", "paris").await);
        }
        assert_eq!(says(&stage, "a", RIGHT).await, Ok(()));
    });
}

#[test]
fn those_who_say_nothing_more_hold_a_hall_up_and_shut_nobody_out() {
    play(|stage| async move {
        paris(&stage).await;
        let mut silent = Vec::new();
        for at in 0..10 {
            silent.push(challenged(&stage, "a", &format!("phone{at}")).await.0);
        }
        // All places of this network are taken; elsewhere nobody notices.
        assert_eq!(says(&stage, "b", RIGHT).await, Ok(()));
        let rosaline = Secret::Password("falsch".into(), None);
        assert_eq!(try_from(&stage.house, "a", "rosaline", rosaline).await, WRONG);
        for mut line in silent {
            let mut said = String::new();
            line.read_to_string(&mut said).await.unwrap();
            assert!(said.contains("<connection-timeout "), "{said}");
        }
        assert_eq!(says(&stage, "a", RIGHT).await, Ok(()), "they have tried nothing");
    });
}

#[test]
fn whoever_has_to_wait_is_told_so_in_words() {
    play(|stage| async move {
        paris(&stage).await;
        for _ in 0..5 {
            assert_eq!(says(&stage, "a", "falsch").await, WRONG.map(drop));
        }
        for (lang, words) in [
            ("", "eine Viertelstunde"),
            (" xml:lang='de-AT'", "eine Viertelstunde"),
            (" xml:lang='fr'", "a quarter of an hour"),
        ] {
            let heard = refused_in(&stage, "a", lang).await;
            assert!(heard.contains("<temporary-auth-failure/>"), "{heard}");
            assert!(heard.contains(words), "{heard}");
        }
    });
}

/// What a client whose stream has this attribute hears when it asks for a challenge in vain.
async fn refused_in(stage: &Stage, source: &str, lang: &str) -> String {
    let (mut near, far) = tokio::io::duplex(64 * 1024);
    let house = Arc::clone(&stage.house);
    tokio::spawn(net::xmpp::serve(house, far, Transport::DirectTls, source.to_owned()));
    let open = format!(
        "<stream:stream to='verona.example' version='1.0' xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams'{lang}>\
         <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-256'>\
         biwsbj1wYXJpcyxyPTEyMzQ1Njc4OTAxMjM0NTY3OA==</auth>"
    );
    near.write_all(open.as_bytes()).await.unwrap();
    let mut heard = String::new();
    while !heard.contains("</failure>") {
        let mut bytes = vec![0; 4096];
        let count = near.read(&mut bytes).await.unwrap();
        assert!(count > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    heard
}

/// A network is familiar to those who have signed in from it, and to nobody else.
#[test]
fn nobody_makes_a_network_familiar_for_somebody_else() {
    play(|stage| async move {
        paris(&stage).await;
        let guess = accounts::Guess::new(stage.house.key(), "paris", Some("a"));
        let now = stage.clock.now();
        let standing = |guess: accounts::Guess| {
            let house = Arc::clone(&stage.house);
            async move { house.db().read(move |reader| guess.standing(reader, now)).await.unwrap() }
        };
        assert_eq!(standing(guess.clone()).await.counts.len(), 3);
        let secret = Secret::Password(RIGHT.into(), None);
        try_from(&stage.house, "a", "paris", secret).await.unwrap();
        assert_eq!(standing(guess).await.counts.len(), 1, "his own");
        let of_romeo = accounts::Guess::new(stage.house.key(), "romeo", Some("a"));
        assert_eq!(standing(of_romeo).await.counts.len(), 3);
    });
}
