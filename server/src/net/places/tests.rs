//! Places at the doors: floods drive out themselves, members and admins keep theirs.

use super::*;

fn places(strangers: usize, per_source: usize, members: usize) -> Arc<Places> {
    Places::new(Bounds {
        strangers,
        strangers_per_source: per_source,
        members,
        for_admins: 1,
        per_account: 2,
    })
}

fn from(text: &str) -> Source {
    Source::of(text.parse().unwrap())
}

async fn is_dismissed(place: &Place) -> bool {
    tokio::time::timeout(Duration::ZERO, place.dismissed()).await.is_ok()
}

#[test]
fn a_household_counts_as_one_source() {
    assert_eq!(from("2001:db8:1:2:aaaa::1"), from("2001:db8:1:2:bbbb::2"));
    assert_ne!(from("2001:db8:1:2::1"), from("2001:db8:1:3::1"));
    assert_eq!(from("::ffff:192.0.2.7").to_string(), "192.0.2.7");
    assert_eq!(from("2001:db8:1:2::9").to_string(), "2001:db8:1:2::/64");
}

#[tokio::test]
async fn a_flood_from_one_source_drives_out_itself() {
    let places = places(4, 3, 10);
    let romeo = places.admit(from("192.0.2.1")).unwrap();
    let flood: Vec<_> = (0..3).map(|_| places.admit(from("198.51.100.9")).unwrap()).collect();
    assert!(places.admit(from("198.51.100.9")).is_none(), "its own bound");
    let juliet = places.admit(from("192.0.2.2")).unwrap();
    assert!(is_dismissed(&flood[0]).await, "the oldest of the most crowded source");
    assert!(!is_dismissed(&flood[1]).await);
    assert!(!is_dismissed(&romeo).await && !is_dismissed(&juliet).await);
    assert_eq!(places.count(), (4, 0));
    drop(flood);
    assert_eq!(places.count(), (2, 0), "a dismissed place is not given back twice");
}

#[tokio::test(start_paused = true)]
async fn who_had_time_to_sign_in_makes_room_for_the_next_from_the_same_source() {
    let places = places(10, 2, 10);
    let slow = places.admit(from("192.0.2.1")).unwrap();
    let other = places.admit(from("192.0.2.1")).unwrap();
    assert!(places.admit(from("192.0.2.1")).is_none());
    tokio::time::advance(PATIENCE).await;
    let next = places.admit(from("192.0.2.1")).unwrap();
    assert!(is_dismissed(&slow).await);
    assert!(!slow.settle("romeo", false), "who was sent away cannot settle");
    assert!(other.settle("romeo", false) && next.settle("romeo", false));
}

#[test]
fn members_leave_room_for_admins_and_for_each_other() {
    let places = places(10, 10, 4);
    let source = from("192.0.2.1");
    let come = |account: &str, is_admin| {
        let place = places.admit(source).unwrap();
        place.settle(account, is_admin).then_some(place)
    };
    let greedy: Vec<_> = (0..2).map(|_| come("tybalt", false).unwrap()).collect();
    assert!(come("tybalt", false).is_none(), "one account does not fill the house");
    let romeo = come("romeo", false).unwrap();
    assert!(come("juliet", false).is_none(), "the last place is not for everybody");
    let prince = come("prince", true).unwrap();
    assert!(come("prince", true).is_none());
    assert_eq!(places.count(), (0, 4));
    drop((greedy, romeo, prince));
    assert_eq!(places.count(), (0, 0));
    assert!(places.taken().accounts.is_empty() && places.taken().sources.is_empty());
}

#[test]
fn our_own_proxy_brings_everybody() {
    let places = places(10, 2, 4);
    let all: Vec<_> = (0..10).map_while(|_| places.admit(Source::OwnProxy)).collect();
    assert_eq!(all.len(), 10);
    assert!(places.admit(Source::OwnProxy).is_none(), "the whole is bounded all the same");
}

#[test]
fn few_file_handles_are_shared_out_too() {
    for handles in [0, 100, 256, 1024, 65_536, usize::MAX] {
        let bounds = Bounds::of_handles(handles);
        assert!(bounds.for_admins >= 2 && bounds.members > bounds.for_admins, "{handles}");
        assert!(bounds.strangers_per_source <= bounds.strangers, "{handles}");
        if handles >= 256 {
            assert!(bounds.members + bounds.strangers <= handles - 96, "{handles}");
        }
    }
}
