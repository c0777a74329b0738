//! Contact lists that follow from the directory.

use super::*;
use crate::scene::{Scene, play, stanza};
use konvent_core::{Outbox, Post, Reach};
use konvent_people::offices;
use konvent_wire::Stanza;

fn of(scene: &Scene<'_>, who: &str) -> Vec<Contact> {
    let person = scene.person(who);
    scene.read(|reader| contacts(reader, &scene.domain, person, scene.clock.now()))
}

fn names(contacts: &[Contact]) -> Vec<(&str, bool)> {
    contacts.iter().map(|contact| (contact.name.as_str(), contact.shares_presence)).collect()
}

#[test]
fn neighbours_share_presence_and_offices_above_can_be_written_to() {
    play(|scene| {
        assert_eq!(
            names(&of(scene, "Romeo")),
            [("Benvolio Montague", true), ("Escalus Fürst", false)]
        );
        let juliet = of(scene, "Juliet");
        assert_eq!(names(&juliet), [("Angelica Amme", true), ("Escalus Fürst", true)]);
        assert_eq!(juliet[1].groups, ["Landesverband Verona", "Ortsverband Capulet"]);
        assert_eq!(juliet[1].address.as_str(), "escalus.fuerst@verona.example");
    });
}

#[test]
fn sharing_is_always_mutual() {
    play(|scene| {
        let all = ["Romeo", "Benvolio", "Juliet", "Nurse", "Escalus"];
        for one in all {
            for other in of(scene, one).iter().filter(|contact| contact.shares_presence) {
                let back = all.iter().find(|name| scene.account(name).id == other.account).unwrap();
                let own = scene.account(one).id;
                assert!(
                    of(scene, back).iter().any(|c| c.account == own && c.shares_presence),
                    "{one} and {back}"
                );
            }
        }
    });
}

#[test]
fn the_list_is_answered_and_a_known_version_is_not_sent_again() {
    play(|scene| {
        let romeo = of(scene, "Romeo");
        let ask = |ver: &str| {
            stanza(&format!("<iq type='get' id='r'><query xmlns='jabber:iq:roster'{ver}/></iq>"))
        };
        let list = answer(&ask(" ver=''"), &romeo).unwrap().payload().unwrap();
        let items: Vec<_> = list
            .children()
            .map(|item| (item.attr("jid").unwrap(), item.attr("subscription")))
            .collect();
        assert_eq!(
            items,
            [
                ("benvolio.montague@verona.example", Some("both")),
                ("escalus.fuerst@verona.example", Some("none")),
            ]
        );
        let known = format!(" ver='{}'", list.attr("ver").unwrap());
        assert!(answer(&ask(&known), &romeo).unwrap().payload().is_none());
        assert!(answer(&ask(&known), &romeo[..1]).unwrap().payload().is_some());
        assert_eq!(answer(&ask(""), &romeo).unwrap().payload().unwrap().attr("ver"), None);
        let set = stanza(
            "<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='x@y'/></query></iq>",
        );
        assert!(is_roster(&set));
        assert_eq!(answer(&set, &romeo).unwrap_err(), DIRECTORY_OWNS_IT);
    });
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
        .map(|push: Stanza| {
            let query = push.payload().unwrap();
            let item = query.children().next().unwrap();
            (item.attr("jid").unwrap().to_owned(), item.attr("subscription").unwrap().to_owned())
        })
        .collect()
}

#[test]
fn a_transfer_reaches_old_and_new_neighbours_and_the_member_himself() {
    play(|scene| {
        let mut rosters = Rosters::default();
        for who in ["Romeo", "Benvolio", "Juliet"] {
            rosters.shown(scene.account(who).id, scene.person(who), &of(scene, who));
        }
        scene.transfer("Romeo", "Capulet");
        let changed = [scene.person("Romeo")];
        let mut follow = || {
            scene.read(|reader| {
                rosters.follow_directory(reader, &scene.domain, Some(&changed), scene.clock.now())
            })
        };
        let (out, turned) = follow();
        let (romeo, benvolio) = (scene.account("Romeo").id, scene.account("Benvolio").id);
        let of_benvolio: Vec<_> =
            turned.iter().filter(|change| change.account == benvolio).collect();
        assert_eq!(
            of_benvolio,
            [&Change { account: benvolio, added: vec![], removed: vec![romeo] }]
        );
        let juliet = scene.account("Juliet").id;
        assert!(turned.iter().any(|change| change.account == juliet && change.added == [romeo]));
        let own = turned.iter().find(|change| change.account == romeo).unwrap();
        assert_eq!((own.added.len(), own.removed.as_slice()), (3, [benvolio].as_slice()));
        assert_eq!(
            pushed(out, benvolio),
            [("romeo.montague@verona.example".to_owned(), "remove".to_owned())]
        );
        let (out, turned) = follow();
        assert!(out.is_empty() && turned.is_empty(), "the second look finds nothing to do");
    });
}

#[test]
fn the_end_of_an_office_takes_it_out_of_the_lists() {
    play(|scene| {
        let mut rosters = Rosters::default();
        rosters.shown(scene.account("Romeo").id, scene.person("Romeo"), &of(scene, "Romeo"));
        let (term, now) = (scene.term("Escalus"), scene.clock.now());
        scene.write(move |tx| offices::end(tx, term, Some(now)));
        let changed = [scene.person("Escalus")];
        let (out, _) = scene
            .read(|reader| rosters.follow_directory(reader, &scene.domain, Some(&changed), now));
        let romeo = scene.account("Romeo").id;
        assert_eq!(
            pushed(out, romeo),
            [("escalus.fuerst@verona.example".to_owned(), "remove".to_owned())]
        );
    });
}
