//! Rows of figures and the Markdown table they become.

use std::fmt::Write as _;

use crate::process;

/// One figure beside its goal and a peer's.
#[derive(Debug, Default, Clone)]
struct Row {
    measure: String,
    goal: String,
    ours: String,
    peer: String,
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

/// All rows.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// Adds a figure and prints it; a peer without a figure has `None`.
    pub fn add(&mut self, measure: &str, unit: &str, goal: Goal, ours: f64, peer: Option<f64>) {
        let with_unit = |value| format!("{} {unit}", number(value)).trim_end().to_owned();
        let (goal, is_met) = match goal {
            Goal::AtMost(most) => (format!("≤ {}", with_unit(most)), Some(ours <= most)),
            Goal::AtLeast(least) => (format!("≥ {}", with_unit(least)), Some(ours >= least)),
            Goal::None => (String::new(), None),
        };
        let ratio = peer.filter(|peer| *peer > 0.0 && ours > 0.0);
        let row = Row {
            measure: measure.to_owned(),
            goal,
            ours: with_unit(ours),
            peer: peer.map_or_else(String::new, with_unit),
            ratio: ratio
                .map_or_else(String::new, |peer| format!("{:.1}×", (peer / ours).max(ours / peer))),
            verdict: match is_met {
                Some(true) => "met",
                Some(false) => "missed",
                None => "",
            },
        };
        println!(
            "  {}: {} (goal {}) {}, peer {}",
            row.measure, row.ours, row.goal, row.verdict, row.peer
        );
        self.rows.push(row);
    }

    /// The whole as Markdown.
    pub fn print(&self) -> String {
        let mut text = format!(
            "# Figures\n\nWritten by `cargo xtask bench` on {}; {}.\n\nThe peer is Prosody with its archive in SQLite, in the \
             same run. CPU seconds and memory are those of the server's process. Throughput is what the machine left over \
             beside the load generator and whatever else ran on it. Of archived chat, each of our pairs has up to 64 messages \
             under way and each of the peer's has one: with more it stands still.\n\n",
            process::today(),
            process::machine(),
        );
        text.push_str("| measure | goal | ours | | peer | ratio |\n|---|---|---|---|---|---|\n");
        for row in &self.rows {
            let Row { measure, goal, ours, peer, ratio, verdict } = row;
            let _ =
                writeln!(text, "| {measure} | {goal} | {ours} | {verdict} | {peer} | {ratio} |");
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
        table.add("idle", "KiB", Goal::AtMost(10.0), 12.0, Some(38.0));
        table.add("chat", "/s", Goal::AtLeast(8000.0), 9000.0, None);
        let text = table.print();
        assert!(
            text.contains("| idle | ≤ 10.0 KiB | 12.0 KiB | missed | 38.0 KiB | 3.2× |"),
            "{text}"
        );
        assert!(text.contains("| chat | ≥ 8000 /s | 9000 /s | met |  |  |"), "{text}");
    }
}
