//! Accounts that the directory knows nothing of are strangers to its members: nobody's archive is filled by one.

use konvent_server::flows::strangers::OF_ONE_MAX;
use konvent_wire::xml::el;
use konvent_wire::{Jid, Stanza};

use super::town::{EVERYBODY, Member, Site};

const LETTER_BYTES: usize = 200 * 1024;

/// Writes until somebody says that it is enough; how many letters were taken.
async fn writes(who: &mut Member, to: &Jid, most: usize) -> usize {
    let words = "x".repeat(LETTER_BYTES);
    for taken in 0..most {
        let id = format!("letter-{taken}");
        let mut said = Stanza::message("chat").with_to(to.clone()).with_id(&id);
        said.lang = Some("de".into());
        who.say(said.with_body(&words)).await;
        who.ask_server("verona.example").await; // behind it on the same way
        let refused = who.heard.iter().find_map(Stanza::error);
        if let Some(error) = refused {
            // The same for a member as for nobody: who asks learns nothing.
            assert_eq!(error.condition.as_str(), "resource-constraint");
            assert!(error.text.unwrap().contains("bitte versuchen Sie es morgen noch einmal"));
            who.heard.clear();
            return taken;
        }
    }
    most
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outsider_fills_nobodys_archive() {
    let verona = Site::new("verona.example", "verona.example", EVERYBODY).await.open().await;
    // Romeo is away: what is said to him fills his archive and nothing else.
    let (address, _) = verona.password_of("100001").await;
    let address = Jid::from(address);
    let mut juliet = verona.member("100002").await;
    let mut paris = verona.outsider("paris").await;
    let most = OF_ONE_MAX / LETTER_BYTES + 5;
    let taken = writes(&mut paris, &address, most).await;
    assert!(taken > 10 && taken < most, "{taken}");
    // Others go on: another outsider, and a member, who is bounded by nothing.
    let mut rosaline = verona.outsider("rosaline").await;
    assert_eq!(writes(&mut rosaline, &address, 1).await, 1);
    assert_eq!(writes(&mut juliet, &address, most).await, most);
    // Typing and the like fill nothing.
    let mut romeo = verona.member("100001").await;
    let typing = el("composing", "http://jabber.org/protocol/chatstates").build();
    paris.say(Stanza::message("chat").with_to(romeo.bare()).with_child(&typing)).await;
    romeo
        .hear("typing", |said| said.has("composing", "http://jabber.org/protocol/chatstates"))
        .await;
    // Whoever is answered is no stranger any more.
    romeo.tell(&paris.bare(), "Hold thy tongue").await;
    paris.hear_words(&romeo.bare(), "Hold thy tongue").await;
    drop(romeo);
    assert_eq!(writes(&mut paris, &address, most).await, most);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_listed_is_no_stranger() {
    let verona = Site::new("verona.example", "verona.example", EVERYBODY).await.open().await;
    let mut romeo = verona.member("100001").await;
    let mut paris = verona.outsider("paris").await;
    let item = el("item", "jabber:iq:roster").attr("jid", paris.bare());
    let set =
        Stanza::iq("set", "list").with_child(&el("query", "jabber:iq:roster").child(item).build());
    romeo.say(set).await;
    romeo.hear("listed", |said| said.id.as_deref() == Some("list")).await;
    let most = OF_ONE_MAX / LETTER_BYTES + 5;
    assert_eq!(writes(&mut paris, &romeo.bare(), most).await, most);
}
