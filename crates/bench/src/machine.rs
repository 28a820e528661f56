//! What the figures were measured on, and what else it was doing.

use std::fs;

/// The machine beside a figure.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Processor, cores, memory, kernel.
    pub name: String,
    /// Processes that could run, on average over the last minute, before the measurement began.
    pub other_load: String,
}

/// Reads what the system says of itself.
pub fn machine() -> Machine {
    let text = |path| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key));
        line.and_then(|l| l.split_once(':')).map_or_else(String::new, |(_, v)| v.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory: u64 = field(&text("/proc/meminfo"), "MemTotal")
        .split_whitespace()
        .next()
        .and_then(|kib| kib.parse().ok())
        .unwrap_or(0);
    let name = format!(
        "{}, {cores} cores, {} GiB, Linux {}",
        field(&text("/proc/cpuinfo"), "model name"),
        memory >> 20,
        text("/proc/sys/kernel/osrelease").trim(),
    );
    let load = text("/proc/loadavg");
    Machine { name, other_load: load.split_whitespace().next().unwrap_or("?").to_owned() }
}

/// Resident bytes of this process, after what is free was given back.
pub(crate) fn resident() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let resident: u64 = pages.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
    resident * rustix::param::page_size() as u64
}
