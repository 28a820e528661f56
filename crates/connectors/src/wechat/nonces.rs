//! Which nonces came in the window, so that nothing is taken twice.

use std::collections::{BTreeSet, HashSet};

/// The most that are remembered. More in ten minutes than a merchant may ask for is no merchant's.
const MOST: usize = 100_000;

/// What came, by key and nonce, with when it may be forgotten. Only what was proven to be signed
/// is put in, so that nobody else can fill it.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    known: HashSet<String>,
    until: BTreeSet<(u64, String)>,
}

impl Nonces {
    /// Whether it is the first time; it is remembered up to the second `until`.
    pub(crate) fn is_first(&mut self, now: u64, until: u64, serial: &str, nonce: &str) -> bool {
        while self.until.first().is_some_and(|(end, _)| *end < now) {
            let (_, key) = self.until.pop_first().expect("it has a first");
            self.known.remove(&key);
        }
        let key = format!("{serial} {nonce}");
        if self.known.len() >= MOST || !self.known.insert(key.clone()) {
            return false;
        }
        self.until.insert((until, key));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_counts_once_until_it_is_too_old_to_be_believed() {
        let mut nonces = Nonces::default();
        assert!(nonces.is_first(0, 300, "A", "n"));
        assert!(!nonces.is_first(300, 600, "A", "n"));
        assert!(nonces.is_first(300, 600, "B", "n"), "another key's nonces are its own");
        assert!(nonces.is_first(301, 601, "A", "n"));
        assert_eq!((nonces.known.len(), nonces.until.len()), (2, 2));
    }
}
