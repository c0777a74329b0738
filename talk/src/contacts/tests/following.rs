//! Contact lists follow the directory, and own contacts stay beside it.

use super::*;
use crate::scene::{Scene, play};
use konvent_core::testing::START;
use konvent_core::{AccountId, PersonId, Reach};
use konvent_people::offices;

fn shown(scene: &Scene<'_>, rosters: &mut Rosters, who: &str) {
    let member = member(scene, who);
    let now = scene.clock.now();
    let all = scene.read(|reader| list(reader, &scene.domain, &member, now));
    rosters.shown(member.account, &all);
}

fn follow(scene: &Scene<'_>, rosters: &mut Rosters, persons: Option<&[PersonId]>) -> Sequel {
    let viewers = rosters.viewers();
    let now = scene.clock.now();
    let fresh = scene.read(|reader| look_again(reader, &scene.domain, &viewers, persons, now));
    rosters.follow(fresh)
}

fn pushed(out: Outbox, to: AccountId) -> Vec<(String, String)> {
    out.into_posts()
        .into_iter()
        .filter_map(|post| match post {
            Post::Account { account, reach: Reach::Interested, stanza, .. } if account == to => {
                Some(stanza)
            }
            _ => None,
        })
        .map(|push| {
            let query = push.payload().unwrap();
            let item = query.children().next().unwrap();
            (item.attr("jid").unwrap().to_owned(), item.attr("subscription").unwrap().to_owned())
        })
        .collect()
}

fn ties(sequel: &Sequel, of: AccountId) -> Vec<(AccountId, bool)> {
    let mut ties: Vec<_> = sequel
        .ties
        .iter()
        .filter(|tie| tie.account == of)
        .map(|tie| match tie.peer {
            Peer::Here(peer) => (peer, tie.after == Sharing::BOTH),
            Peer::Abroad(_) => panic!("the directory ends here"),
        })
        .collect();
    ties.sort_unstable();
    ties
}

#[test]
fn a_transfer_reaches_old_and_new_neighbours_and_the_member_himself() {
    play(|scene| {
        for everybody in [false, true] {
            let mut rosters = Rosters::default();
            for who in ["Romeo", "Benvolio", "Juliet"] {
                shown(scene, &mut rosters, who);
            }
            let (from, to) =
                if everybody { ("Capulet", "Montague") } else { ("Montague", "Capulet") };
            scene.transfer("Romeo", to);
            let changed = [scene.person("Romeo")];
            let persons = (!everybody).then_some(changed.as_slice());
            let sequel = follow(scene, &mut rosters, persons);
            let (romeo, benvolio, juliet) = (
                scene.account("Romeo").id,
                scene.account("Benvolio").id,
                scene.account("Juliet").id,
            );
            let comes = to == "Capulet";
            assert_eq!(ties(&sequel, benvolio), [(romeo, !comes)], "from {from}");
            assert_eq!(ties(&sequel, juliet), [(romeo, comes)]);
            assert_eq!(ties(&sequel, romeo).len(), 4);
            let expected = if comes { "remove" } else { "both" };
            assert_eq!(
                pushed(sequel.out, benvolio),
                [("romeo.montague@verona.example".to_owned(), expected.to_owned())]
            );
            let again = follow(scene, &mut rosters, persons);
            assert!(again.out.is_empty() && again.ties.is_empty(), "nothing is left to do");
        }
    });
}

#[test]
fn an_office_above_goes_and_comes_without_anybody_asking() {
    play(|scene| {
        let mut rosters = Rosters::default();
        shown(scene, &mut rosters, "Romeo");
        let (term, now) = (scene.term("Escalus"), scene.clock.now());
        scene.write(move |tx| offices::end(tx, term, Some(now)));
        let romeo = scene.account("Romeo").id;
        let sequel = follow(scene, &mut rosters, Some(&[scene.person("Escalus")]));
        let escalus = "escalus.fuerst@verona.example".to_owned();
        assert_eq!(pushed(sequel.out, romeo), [(escalus, "remove".to_owned())]);
        // Juliet of another unit chairs the whole: Romeo below has her in his list at once.
        let (juliet, unit) = (scene.person("Juliet"), scene.unit("Verona"));
        scene.write(move |tx| {
            let board = offices::establish(tx, unit, "audit", "Revision")?;
            let chair = offices::office(tx, board, "Vorsitz")?;
            offices::begin(tx, juliet, chair, START, None, "elected")
        });
        let sequel = follow(scene, &mut rosters, Some(&[juliet]));
        let address = "juliet.capulet@verona.example".to_owned();
        assert_eq!(pushed(sequel.out, romeo), [(address, "none".to_owned())]);
    });
}

#[test]
fn friends_stay_friends_after_a_transfer() {
    play(|scene| {
        let (domain, one, other) =
            (scene.domain.clone(), member(scene, "Romeo"), member(scene, "Benvolio"));
        scene.write(move |tx| befriend(tx, &domain, &one, &other));
        let mut rosters = Rosters::default();
        shown(scene, &mut rosters, "Benvolio");
        scene.transfer("Romeo", "Capulet");
        let sequel = follow(scene, &mut rosters, Some(&[scene.person("Romeo")]));
        let benvolio = scene.account("Benvolio").id;
        assert!(ties(&sequel, benvolio).is_empty(), "they see each other as before");
        assert_eq!(stands(scene, "Benvolio", "romeo.montague@verona.example"), is("both"));
    });
}

#[test]
fn the_version_of_a_push_is_that_of_the_list_after_it() {
    play(|scene| {
        let mut rosters = Rosters::default();
        shown(scene, &mut rosters, "Romeo");
        let mut last = String::new();
        for item in [
            "<item jid='anna@elsewhere.example' name='Anna'/>",
            "<item jid='anna@elsewhere.example' name='Anne'/>",
            "<item jid='juliet.capulet@verona.example' name='J'/>",
            "<item jid='anna@elsewhere.example' subscription='remove'/>",
        ] {
            let sequel = set(scene, "Romeo", item).unwrap();
            let before = rosters.followed();
            let out = rosters.carry_out(&sequel.pushes);
            assert!(rosters.followed() > before);
            for post in out.into_posts() {
                let Post::Account { stanza, .. } = post else { panic!("a push") };
                last = stanza.payload().unwrap().attr("ver").unwrap().to_owned();
            }
        }
        let romeo = member(scene, "Romeo");
        let now = scene.clock.now();
        let all = scene.read(|reader| list(reader, &scene.domain, &romeo, now));
        let ask = crate::scene::stanza(&format!(
            "<iq type='get' id='r'><query xmlns='jabber:iq:roster' ver='{last}'/></iq>"
        ));
        assert!(answer(&ask, &all).payload().is_none(), "the client is up to date");
    });
}
