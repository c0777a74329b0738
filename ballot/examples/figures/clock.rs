//! CPU time and memory, ours and of the programs that we start (`clock_gettime(2)`, proc(5)).

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Clock ticks in a second: `USER_HZ` on all Linux machines that matter here.
const TICKS: f64 = 100.0;

/// Milliseconds on a CPU so far, of all our threads.
pub fn own_millis() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).map_or(f64::NAN, |spent| spent.as_secs_f64() * 1000.0)
}

/// Milliseconds on a CPU so far, of all programs that we started and that have ended.
pub fn children_millis() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(13);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) * 1000.0 / TICKS)
}

/// What a step gives, and the CPU milliseconds it took.
pub fn timed<T>(step: impl FnOnce() -> T) -> (T, f64) {
    let before = own_millis();
    let out = step();
    (out, own_millis() - before)
}

/// A number as a figure.
pub fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// The most memory that a process has had so far, in KiB (`VmHWM` of proc(5)).
pub fn peak_kib(process: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
