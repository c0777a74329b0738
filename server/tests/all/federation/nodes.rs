//! Several nodes are one house to others: who comes in at any of them reaches all members, and what waits outlives a node.

use super::town::{EVERYBODY, Member, Site};
use crate::nodes::fresh_database;

async fn hears(speaker: &mut Member, hearer: &mut Member, words: &str) {
    speaker.tell(&hearer.bare(), words).await;
    hearer.hear_words(&speaker.bare(), words).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_nodes_are_one_house_to_others() {
    let shared = tempfile::tempdir().unwrap();
    let database = fresh_database();
    let verona = || Site::new("verona.example", "verona.example", EVERYBODY);
    let (one, two) = (verona().await, verona().await);
    let mantua = Site::new("mantua.example", "mantua.example", EVERYBODY).await;
    // Mantua knows the second node only, and the first looks after what leaves.
    let (there, gate_of_two) = (mantua.gate, two.gate);
    let one = one.knows("mantua.example", there).node("one", &database, shared.path());
    let one = one.open().await;
    one.share_key(shared.path());
    let two = two.knows("mantua.example", there).node("two", &database, shared.path());
    let two = two.open().await;
    let mantua = mantua.knows("verona.example", gate_of_two).open().await;
    let mut romeo = one.member("100001").await;
    let mut benvolio = two.member("100002").await;
    let mut juliet = mantua.member("100001").await;
    for member in [&mut romeo, &mut benvolio] {
        hears(&mut juliet, member, "Who are you").await;
        hears(member, &mut juliet, "A Montague").await;
        assert_eq!(member.archive().await, ["Who are you", "A Montague"]);
        // Questions go the same ways.
        assert!(member.ask_server("mantua.example").await.is_kind("result"));
    }
    assert!(juliet.ask_server("verona.example").await.is_kind("result"));

    // What waits with one node is brought by another.
    let address = juliet.bare();
    drop(juliet);
    let mantua = mantua.fall().await;
    benvolio.tell(&address, "Acknowledged, whoever dies").await;
    benvolio.ask_server("verona.example").await; // it is on disk now
    drop(romeo);
    let _ruin = one.fall().await;
    let mantua = mantua.rise().await;
    two.has_brought_everything().await;
    let mut juliet = mantua.member("100001").await;
    let written = juliet.archive().await;
    let times = written.iter().filter(|words| *words == "Acknowledged, whoever dies").count();
    assert_eq!(times, 1, "{written:?}");
}
