//! Counts of states that should be reached sometimes: a simulator that never gets there proves
//! nothing about them.

use std::collections::BTreeMap;

/// How often each named state was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rare(BTreeMap<&'static str, u64>);

impl Rare {
    /// Counts one more.
    pub fn hit(&mut self, name: &'static str) {
        *self.0.entry(name).or_default() += 1;
    }

    /// Counts one more if it is so.
    pub fn hit_if(&mut self, so: bool, name: &'static str) {
        if so {
            self.hit(name);
        }
    }

    /// How often a state was reached.
    pub fn count(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// Adds the counts of another run.
    pub fn add(&mut self, other: &Self) {
        for (name, count) in &other.0 {
            *self.0.entry(name).or_default() += count;
        }
    }

    /// All counts by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.0.iter().map(|(name, count)| (*name, *count))
    }
}
