//! Nonces that were seen: a captured request says nothing a second time.

use std::collections::{HashSet, VecDeque};

/// The most that are kept; the oldest goes first. What is replayed behind it changes nothing, as
/// messages are handled by their number; see [`crate::meet`] on what has none.
const MOST: usize = 100_000;

/// Nonces of a time of `keep` seconds.
#[derive(Debug, Default)]
pub struct Nonces {
    known: HashSet<(u64, String)>,
    order: VecDeque<(u64, String)>,
}

impl Nonces {
    /// Notes a nonce and the second in which its request was made. Whether it is new.
    pub fn note(&mut self, created: u64, nonce: &str, oldest: u64) -> bool {
        while self.order.len() >= MOST || self.order.front().is_some_and(|(at, _)| *at < oldest) {
            let Some(first) = self.order.pop_front() else { break };
            self.known.remove(&first);
        }
        let entry = (created, nonce.to_owned());
        if !self.known.insert(entry.clone()) {
            return false;
        }
        self.order.push_back(entry);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_counts_once_and_the_room_is_bounded() {
        let mut nonces = Nonces::default();
        assert!(nonces.note(100, "a", 40));
        assert!(!nonces.note(100, "a", 40));
        assert!(nonces.note(101, "b", 41));
        // Out of the window it would be refused by the clock.
        assert!(nonces.note(170, "c", 101));
        assert_eq!(nonces.order.len(), 2);
        for at in 0..MOST + 10 {
            assert!(nonces.note(171, &at.to_string(), 111));
        }
        assert!(nonces.order.len() <= MOST && nonces.known.len() == nonces.order.len());
    }
}
