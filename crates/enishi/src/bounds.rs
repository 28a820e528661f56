//! What callers may take, as the configuration file says it.

use anyhow::bail;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::Deserialize;
use server::Bounds;

/// Files that a process has open beside its connections: journals, views, vaults.
const OWN_FILES: u64 = 512;

/// The part `[bounds]` of a configuration; what is left out is as in the sample.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The most connections at a time.
    pub connections: usize,
}

impl Default for Config {
    fn default() -> Self {
        let Bounds { connections, .. } = Bounds::default();
        Self { connections }
    }
}

impl Config {
    /// Says what can't be meant.
    pub fn check(&self) -> anyhow::Result<()> {
        if self.connections == 0 {
            bail!("bounds.connections must be at least 1: with 0 nobody is served");
        }
        Ok(())
    }

    /// The bounds of the edge, with no more connections than this process may have open files.
    pub fn bounds(&self) -> Bounds {
        let files = open_files(self.connections as u64 + OWN_FILES);
        let most = usize::try_from(files.saturating_sub(OWN_FILES)).unwrap_or(usize::MAX);
        let connections = self.connections.min(most.max(16));
        if connections < self.connections {
            tracing::warn!(
                connections,
                "fewer connections than configured: the limit of open files is too low (ulimit -n)"
            );
        }
        Bounds { connections, ..Bounds::default() }
    }
}

/// How many files this process may have open, raised to `wanted` where the system lets it.
fn open_files(wanted: u64) -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let now = limit.current.unwrap_or(u64::MAX);
    if now >= wanted {
        return now;
    }
    let raised = limit.maximum.map_or(wanted, |most| most.min(wanted)).max(now);
    let new = Rlimit { current: Some(raised), maximum: limit.maximum };
    if setrlimit(Resource::Nofile, new).is_ok() { raised } else { now }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_files_are_raised_as_far_as_the_system_lets_and_connections_fit_them() {
        let before = open_files(0);
        let most = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
        let wanted = before.saturating_add(10).min(most);
        assert_eq!(open_files(wanted), wanted);
        assert_eq!(open_files(0), wanted);
        let bounds = Config { connections: 1 }.bounds();
        assert_eq!(bounds.connections, 1);
        if most < 1 << 40 {
            let fitted = Config { connections: 1 << 40 }.bounds().connections as u64;
            assert_eq!(fitted, most - OWN_FILES);
        }
    }
}
