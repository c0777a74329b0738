//! Rows of figures and the Markdown table they become.

use std::fmt::Write as _;

use crate::process;

/// One figure beside its goal and those of the peers.
#[derive(Debug, Default, Clone)]
struct Row {
    measure: String,
    goal: String,
    ours: String,
    peers: [String; 2],
    ratio: String,
    verdict: &'static str,
}

/// What is asked of a figure.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// Nothing: it is there to be known.
    None,
}

/// What stands before the reasons why cells are empty.
const MISSING: &str = "\nMissing figures of peers, and why:\n\n";

/// All rows.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
    /// Why cells of peers are empty.
    missing: Vec<String>,
}

impl Table {
    /// Adds a figure and prints it: ours, Prosody's, ejabberd's; a peer without a figure has `None`. The ratio is that to the
    /// better peer.
    pub fn add(&mut self, measure: &str, unit: &str, goal: Goal, figures: [Option<f64>; 3]) {
        let [ours, peers @ ..] = figures;
        let ours = ours.unwrap_or(f64::NAN);
        let with_unit = |value| format!("{} {unit}", number(value)).trim_end().to_owned();
        let (goal, is_met, is_more_better) = match goal {
            Goal::AtMost(most) => (format!("≤ {}", with_unit(most)), Some(ours <= most), false),
            Goal::AtLeast(least) => (format!("≥ {}", with_unit(least)), Some(ours >= least), true),
            Goal::None => (String::new(), None, unit.starts_with('/')),
        };
        let theirs = peers.into_iter().flatten().filter(|peer| *peer > 0.0);
        let best = if is_more_better { theirs.reduce(f64::max) } else { theirs.reduce(f64::min) };
        let ratio = best.filter(|_| ours > 0.0).map(|best| {
            let ratio = if is_more_better { ours / best } else { best / ours };
            format!("{}×", number(ratio))
        });
        let row = Row {
            measure: measure.to_owned(),
            goal,
            ours: with_unit(ours),
            peers: peers.map(|peer| peer.map_or_else(String::new, with_unit)),
            ratio: ratio.unwrap_or_default(),
            verdict: match is_met {
                Some(true) => "met",
                Some(false) => "missed",
                None => "",
            },
        };
        let [prosody, ejabberd] = &row.peers;
        println!(
            "  {}: {} (goal {}) {}, Prosody {prosody}, ejabberd {ejabberd}, {}",
            row.measure, row.ours, row.goal, row.verdict, row.ratio
        );
        self.rows.push(row);
    }

    /// A peer has no figures in the rows whose names hold this one, and why.
    pub fn is_missing(&mut self, peer: &str, name: &str, why: &str) {
        println!("    ! {peer}: {why}");
        self.missing.push(format!("- {name}: {peer}: {why}."));
    }

    /// Adds a figure that only ours has.
    pub fn add_own(&mut self, measure: &str, unit: &str, goal: Goal, ours: f64) {
        self.add(measure, unit, goal, [Some(ours), None, None]);
    }

    /// The whole as Markdown.
    pub fn print(&self) -> String {
        let mut text = format!(
            "# Figures\n\nWritten by `cargo xtask bench` on {}; {}. What is missed is looked at in \
             [MISSED.md](MISSED.md).\n\nThe peers are Debian's Prosody and ejabberd, in the \
             same run, with their archive in SQLite and accounts as SCRAM-SHA-256 keys. CPU seconds and memory are those of all \
             processes of a server. The ratio is that to the better peer: more than 1 means that ours is better. Throughput and \
             times by the clock are what the machine left over beside the load generator and whatever else ran on it. Of \
             archived chat, each of our pairs has up to 64 messages under way and each of a peer's has one: with more they stand \
             still. Without archive means `<no-store/>` (XEP-0334) at ours, which always has one, and no module for it at the \
             peers. In the room of 2,000 nobody but speakers and moderators is seen coming and going: ours does that by itself \
             above 300, the peers are told to.\n\n",
            process::today(),
            process::machine(),
        );
        text.push_str("| measure | goal | ours | | Prosody | ejabberd | ratio |\n|---|---|---|---|---|---|---|\n");
        for row in &self.rows {
            let Row { measure, goal, ours, peers: [prosody, ejabberd], ratio, verdict } = row;
            let _ = writeln!(
                text,
                "| {measure} | {goal} | {ours} | {verdict} | {prosody} | {ejabberd} | {ratio} |"
            );
        }
        if !self.missing.is_empty() {
            text.push_str(MISSING);
            text.push_str(&self.missing.join("\n"));
            text.push('\n');
        }
        text
    }
}

/// Three digits that matter.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.095 => format!("{value:.2}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_goal_is_called_so() {
        let mut table = Table::default();
        table.add("idle", "KiB", Goal::AtMost(10.0), [Some(12.0), Some(38.0), Some(58.0)]);
        table.add("chat", "/s", Goal::AtLeast(8000.0), [Some(9000.0), Some(100.0), Some(300.0)]);
        table.add_own("import", "s", Goal::None, 1.0);
        let text = table.print();
        assert!(
            text.contains(
                "| idle | ≤ 10.0 KiB | 12.0 KiB | missed | 38.0 KiB | 58.0 KiB | 3.17× |"
            ),
            "{text}"
        );
        assert!(
            text.contains("| chat | ≥ 8000 /s | 9000 /s | met | 100 /s | 300 /s | 30.0× |"),
            "{text}"
        );
        assert!(text.contains("| import |  | 1.00 s |  |  |  |  |"), "{text}");
        assert!(!text.contains(MISSING), "{text}");
        table.is_missing("Prosody", "room of 2000", "64 of 2000 came in");
        let text = table.print();
        assert!(
            text.ends_with(&format!("{MISSING}- room of 2000: Prosody: 64 of 2000 came in.\n")),
            "{text}"
        );
    }
}
