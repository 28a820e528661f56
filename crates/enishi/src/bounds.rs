//! What callers may take, as the configuration file says it.

use anyhow::bail;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::Deserialize;
use server::{Bounds, bounds};

/// Files that a process has open beside its connections: journals, views, vaults.
const OWN_FILES: u64 = 512;

/// The part `[bounds]` of a configuration; what is left out is as in the sample.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The most connections at a time.
    pub connections: usize,
    /// The most event streams at a time, of all callers.
    pub streams: usize,
    /// The same of one key.
    pub streams_per_key: usize,
    /// How fast the holder of a key may ask.
    pub per_key: Rate,
    /// The same for an operator's key.
    pub per_operator_key: Rate,
    /// The same for an address without a key.
    pub per_address: Rate,
    /// Whether a proxy says in `X-Forwarded-For` who asks.
    pub forwarded_for: bool,
}

/// A bucket of requests.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// In the long run; 0 for without a bound.
    per_s: u32,
    /// At once.
    burst: u32,
}

impl Default for Config {
    fn default() -> Self {
        let bounds = Bounds::default();
        let rate = |bounds::Rate { per_s, burst }| Rate { per_s, burst };
        Self {
            connections: bounds.connections,
            streams: bounds.streams,
            streams_per_key: bounds.streams_per_key,
            per_key: rate(bounds.per_key),
            per_operator_key: rate(bounds.per_operator_key),
            per_address: rate(bounds.per_address),
            forwarded_for: bounds.forwarded_for,
        }
    }
}

impl Config {
    /// Says what can't be meant.
    pub fn check(&self) -> anyhow::Result<()> {
        if self.connections == 0 {
            bail!("bounds.connections must be at least 1: with 0 nobody is served");
        }
        for (name, rate) in [
            ("per_key", self.per_key),
            ("per_operator_key", self.per_operator_key),
            ("per_address", self.per_address),
        ] {
            if rate.burst == 0 {
                bail!("bounds.{name}.burst must be at least 1; per_s = 0 is for without a bound");
            }
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
        let rate = |Rate { per_s, burst }| bounds::Rate { per_s, burst };
        Bounds {
            connections,
            streams: self.streams,
            streams_per_key: self.streams_per_key,
            per_key: rate(self.per_key),
            per_operator_key: rate(self.per_operator_key),
            per_address: rate(self.per_address),
            forwarded_for: self.forwarded_for,
            ..Bounds::default()
        }
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
        let bounds = Config { connections: 1, ..Config::default() }.bounds();
        assert_eq!(bounds.connections, 1);
        if most < 1 << 40 {
            let fitted =
                Config { connections: 1 << 40, ..Config::default() }.bounds().connections as u64;
            assert_eq!(fitted, most - OWN_FILES);
        }
    }

    #[test]
    fn what_can_not_be_meant_is_said() {
        let none = Rate { per_s: 0, burst: 0 };
        for (config, word) in [
            (Config { connections: 0, ..Config::default() }, "connections"),
            (Config { per_address: none, ..Config::default() }, "per_address.burst"),
        ] {
            assert!(config.check().unwrap_err().to_string().contains(word), "{config:?}");
        }
        Config::default().check().unwrap();
    }
}
