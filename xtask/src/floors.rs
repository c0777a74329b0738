//! The floors that cargo and npm run by themselves: rules, machines, twins, plays, and the web client's own tests.

use crate::shell::{Done, cargo, npm, watched};
use crate::tally::Count;

/// All tests of the workspace: rules, machines without I/O, storage twins, plays, tidy. One test binary per crate.
pub fn workspace(count: &mut Count) -> Done {
    let mut tests = cargo(["test", "--workspace", "--no-fail-fast"]);
    watched(&mut tests, |line| count.note(line))
}

/// The unit tests of the web client.
pub fn web_units(count: &mut Count) -> Done {
    watched(&mut npm(["run", "--silent", "test"]), |line| count.note(line))
}

/// The first load of the client against its budget.
pub fn web_budget(_: &mut Count) -> Done {
    watched(&mut npm(["run", "--silent", "budget"]), |_| ())
}
