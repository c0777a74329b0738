//! Contact lists that follow from the directory.

use super::*;
use crate::scene::{Scene, play};

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

/// The look at one pair says the same as the whole list.
#[test]
fn one_pair_is_seen_as_in_the_whole_list() {
    play(|scene| {
        let all = ["Romeo", "Benvolio", "Juliet", "Nurse", "Escalus"];
        for one in all {
            let list = of(scene, one);
            for other in all.into_iter().filter(|other| *other != one) {
                let (me, other) = (scene.person(one), scene.account(other));
                let now = scene.clock.now();
                let alone = scene.read(|reader| between(reader, &scene.domain, me, other, now));
                let in_list = list.iter().find(|contact| contact.account == other.id);
                assert_eq!(alone.as_ref(), in_list, "{one} and {}", other.name);
            }
        }
    });
}
