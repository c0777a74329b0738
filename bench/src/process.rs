//! What Linux says about a process and about the machine: `/proc` (proc(5)), nothing else.

use std::fs;
use std::process::Command;

use crate::Done;

/// Clock ticks in a second: `USER_HZ`, which is 100 on all Linux machines that matter here.
const TICKS: f64 = 100.0;

/// CPU seconds, user and system, that a process has used so far.
pub fn cpu_secs(pid: u32) -> Done<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .map_err(|error| format!("process {pid}: {error}"))?;
    cpu_of(&stat).ok_or_else(|| format!("process {pid}: unreadable stat"))
}

/// The name in parentheses may hold spaces, so fields are counted behind it: utime and stime are then 12 and 13.
fn cpu_of(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

/// CPU seconds of a process and of everything it started, also of what has ended and was waited for.
pub fn tree_cpu_secs(pid: u32) -> Done<f64> {
    let mut sum = 0.0;
    for pid in tree(pid) {
        // One that ended since it was seen is counted by who waits for it.
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        sum += cpu_of(&stat).unwrap_or_default() + waited_of(&stat).unwrap_or_default();
    }
    if sum > 0.0 { Ok(sum) } else { Err(format!("process {pid}: unreadable stat")) }
}

/// Resident memory of a process and of everything it started, in KiB.
pub fn tree_rss_kib(pid: u32) -> Done<f64> {
    let own = rss_kib(pid)?;
    let others = tree(pid).into_iter().skip(1);
    Ok(own + others.filter_map(|pid| rss_kib(pid).ok()).sum::<f64>())
}

/// A process, its children, theirs, and so on.
fn tree(root: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let parents: Vec<(u32, u32)> = all
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            let parent = stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()?;
            Some((pid, parent))
        })
        .collect();
    let mut found = vec![root];
    let mut at = 0;
    while let Some(next) = found.get(at).copied() {
        found.extend(parents.iter().filter(|(_, parent)| *parent == next).map(|(pid, _)| *pid));
        at += 1;
    }
    found
}

/// What children used that were waited for: cutime and cstime, behind utime and stime.
fn waited_of(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(13);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

/// Resident memory of a process in KiB.
pub fn rss_kib(pid: u32) -> Done<f64> {
    field_kib(pid, "VmRSS:")
}

/// The greatest resident memory of a process so far, in KiB.
pub fn peak_kib(pid: u32) -> Done<f64> {
    field_kib(pid, "VmHWM:")
}

fn field_kib(pid: u32, name: &str) -> Done<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .map_err(|error| format!("process {pid}: {error}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok())
        .ok_or_else(|| format!("process {pid}: no {name}"))
}

/// The machine in one line: kernel, processor, cores, memory, load.
pub fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let models: Vec<&str> = info.lines().filter(|line| line.starts_with("model name")).collect();
    let model = models.first().and_then(|line| line.split(": ").nth(1)).unwrap_or("processor");
    let memory = read("/proc/meminfo");
    let total = memory.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok());
    let load = read("/proc/loadavg");
    format!(
        "Linux {}, {} × {model}, {:.0} GiB, load {}",
        read("/proc/sys/kernel/osrelease").trim(),
        models.len(),
        total.unwrap_or(0.0) / 1024.0 / 1024.0,
        load.split_whitespace().next().unwrap_or("?"),
    )
}

/// The day, as UTC has it.
pub fn today() -> String {
    let said = Command::new("date").args(["-u", "+%Y-%m-%d"]).output();
    said.map_or_else(
        |_| String::from("?"),
        |out| String::from_utf8_lossy(&out.stdout).trim().to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_does_not_move_the_fields() {
        let stat = "7 (a) b (c) S 1 1 1 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 4 0 100 1 1";
        assert_eq!(cpu_of(stat), Some(2.0));
    }

    #[test]
    fn a_child_belongs_to_the_tree_and_its_time_to_the_sum() {
        let mut child = Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let own = std::process::id();
        let tree = tree(own);
        let sum = tree_rss_kib(own).unwrap();
        let alone = rss_kib(own).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(tree.first() == Some(&own) && tree.contains(&child.id()));
        assert!(sum > alone * 0.9, "{sum} {alone}");
        let stat = "7 (a) S 1 1 1 0 -1 4194560 100 0 0 0 150 50 30 20 20 0 4 0 100 1 1";
        assert_eq!((cpu_of(stat), waited_of(stat)), (Some(2.0), Some(0.5)));
    }

    #[test]
    fn our_own_process_has_memory_and_a_peak_above_it() {
        let own = std::process::id();
        assert!(rss_kib(own).unwrap() > 0.0);
        assert!(peak_kib(own).unwrap() >= rss_kib(own).unwrap() / 2.0);
    }
}
