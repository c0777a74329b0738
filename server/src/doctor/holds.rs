//! Contents that are held for a court (`flows/holds.rs`). A hold ends when somebody lifts it, with a reason, and never by itself:
//! evidence must not go in silence. So that none is forgotten, old ones are named here (Art. 5(1)(e), Art. 17(3)(e) GDPR).

use std::sync::Arc;

use konvent_core::{Answer, Millis};
use konvent_people::accounts;

use super::{Finding, State};
use crate::house::House;

/// After so many days somebody should look whether the reason still holds.
const LOOK_AGAIN_DAYS: i64 = 180;

/// What there is to say of holds; nothing where there are none.
pub(super) async fn look(house: &Arc<House>) -> Answer<Option<Finding>> {
    let held = house.db().read(accounts::holds).await?;
    let since: Vec<Millis> = held.iter().map(|hold| hold.since).collect();
    Ok(judge(&since, house.clock().now()))
}

/// `since`: since when each hold runs.
fn judge(since: &[Millis], now: Millis) -> Option<Finding> {
    let all = since.len();
    let old = since.iter().filter(|since| since.plus_days(LOOK_AGAIN_DAYS) <= now).count();
    let (state, sentence) = match (all, old) {
        (0, _) => return None,
        (_, 0) => (State::Well, format!("{all} angehalten, keine seit über einem halben Jahr")),
        _ => (
            State::Odd,
            format!(
                "{old} von {all} seit über einem halben Jahr angehalten: unter „Was wann gelöscht wird“ prüfen, ob der Grund noch besteht"
            ),
        ),
    };
    Some(Finding::new("Löschungen", state, sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_that_runs_for_half_a_year_is_looked_at_again() {
        let now = Millis(1_000 * 86_400_000);
        let days_ago = |days: i64| now.plus_days(-days);
        assert_eq!(judge(&[], now), None);
        let young = judge(&[days_ago(0), days_ago(LOOK_AGAIN_DAYS - 1)], now).unwrap();
        assert_eq!((young.state, young.sentence.starts_with("2 angehalten")), (State::Well, true));
        let old = judge(&[days_ago(0), days_ago(LOOK_AGAIN_DAYS)], now).unwrap();
        assert_eq!((old.state, old.sentence.starts_with("1 von 2")), (State::Odd, true));
    }
}
