//! Whatever a feature keeps of people goes with their account, or stays for a reason that is written down: a new feature
//! that keeps something and stands in neither list is found here.

use konvent_server::flows::erase::{DUTIES, STAYS};

#[test]
fn everything_that_is_kept_goes_with_the_account_or_stays_for_a_reason() {
    let features = konvent_server::cards::features();
    let keeping = features.iter().filter(|about| about.keeps.is_some()).map(|about| about.name);
    let mut keeping: Vec<&str> = keeping.collect();
    keeping.reverse();
    for (name, reason) in STAYS {
        assert!(keeping.contains(name), "{name} keeps nothing and needs no reason");
        assert!(reason.split(' ').count() > 3, "{name}: why does it stay?");
    }
    let stays = |name: &str| STAYS.iter().any(|(other, _)| *other == name);
    let due: Vec<&str> = keeping.into_iter().filter(|name| !stays(name)).collect();
    let done: Vec<&str> = DUTIES.iter().map(|duty| duty.feature).collect();
    assert_eq!(done, due, "from the last feature to the first, none forgotten, none twice");
}

/// A table that names somebody is something kept: its feature's card must say so.
#[test]
fn who_has_a_column_for_people_says_that_it_keeps_something() {
    let columns = ["account", "person", "inviter", "owner", "used_by", "publisher"];
    for about in konvent_server::cards::features() {
        let is_about_people = about.migrations.iter().any(|step| {
            step.postgres.lines().any(|line| {
                let code = line.split("--").next().unwrap_or_default();
                columns.contains(&code.split_whitespace().next().unwrap_or_default())
            })
        });
        assert!(!is_about_people || about.keeps.is_some(), "{} keeps people", about.name);
    }
}
