//! A log with its index, as a cell keeps them, across the end of all numbers: against a plain map,
//! and through snapshots.

use std::collections::BTreeMap;

use kernel::fixed::Corrupt;
use kernel::index::Index;
use kernel::log::Log;
use kernel::snapshot::{self, LogRestorer, Saved};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Op {
    /// Adds so many ids.
    Add(u32),
    /// Forgets so many of the oldest.
    Forget(u32),
    /// Goes on from a snapshot.
    Restore,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        4 => prop_oneof![1..40u32, 1..3_000u32].prop_map(Op::Add),
        4 => prop_oneof![1..40u32, 1..3_000u32].prop_map(Op::Forget),
        1 => Just(Op::Restore),
    ];
    prop::collection::vec(op, 1..30)
}

/// Ids with their numbers; the entry of a number is its id.
struct Known {
    log: Log<u64>,
    index: Index,
    /// All ids bear this fingerprint's hash, or each its own.
    colliding: bool,
}

impl Known {
    fn hash(&self, id: u64) -> u64 {
        // The last two fingerprints are where a slot might be mistaken for an empty one.
        if self.colliding { u64::MAX - id % 2 } else { self.index.hash(id.into()) }
    }

    fn find(&self, id: u64) -> Option<u32> {
        self.index.find(self.hash(id), |number| self.log.get(number) == Some(&id))
    }

    fn add(&mut self, id: u64) {
        let number = self.log.push(id);
        self.index.insert(self.hash(id), number);
    }

    fn forget(&mut self, through: u32) {
        for (number, id) in self.log.front(through) {
            let hash = self.hash(*id);
            assert!(self.index.remove(hash, number), "{number}");
        }
        self.log.drop_front(through);
    }

    fn restored(mut self) -> Result<Self, Corrupt> {
        let written = self.log.begin(1).into_iter().fold(Vec::new(), |mut out, write| {
            write(&mut out);
            out
        });
        let mut restorer = LogRestorer::default();
        for block in snapshot::blocks(&written) {
            restorer.read(block?.1)?;
        }
        let mut restored = Self { log: restorer.finish()?, index: Index::new(9), ..self };
        assert_eq!(restored.log, self.log);
        let entries: Vec<_> =
            restored.log.iter().map(|(number, id)| (restored.hash(*id), number)).collect();
        restored.index.extend(entries);
        Ok(restored)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn numbers_start_again_behind_the_last(
        start in u32::MAX - 4_000..=u32::MAX,
        colliding in any::<bool>(),
        ops in ops(),
    ) {
        let (log, index) = (Log::starting_at(start), Index::new(7));
        let mut known = Known { log, index, colliding };
        // Numbered without an end.
        let mut naive: BTreeMap<u64, u64> = BTreeMap::new();
        let (mut next, mut first) = (0, 0);
        let most = if colliding { 60 } else { 3_000 };
        for op in ops {
            match op {
                Op::Add(count) => {
                    for _ in 0..count.min(most) {
                        known.add(next * 7);
                        naive.insert(next * 7, next);
                        next += 1;
                    }
                }
                Op::Forget(count) => {
                    let through = (first + u64::from(count) - 1).min(next);
                    known.forget(start.wrapping_add(through as u32));
                    naive.retain(|_, number| *number > through);
                    first = next.min(through + 1);
                }
                Op::Restore => known = known.restored().expect("what was written"),
            }
            prop_assert_eq!(known.log.len(), naive.len());
            prop_assert_eq!(known.index.len(), naive.len());
        }
        let number = |at: u64| start.wrapping_add(at as u32);
        for id in 0..(next + 1) * 7 {
            prop_assert_eq!(known.find(id), naive.get(&id).map(|at| number(*at)), "id {}", id);
        }
        prop_assert!(known.log.iter().map(|(n, _)| n).eq((first..next).map(number)));
    }
}

#[test]
fn blocks_around_the_end_are_whole_and_in_order() {
    // Three blocks before the end, two behind it, the outer ones cut.
    let start = u32::MAX - 2 * 65_536 - 100;
    let mut log = Log::starting_at(start);
    log.extend(0..250_000u64);
    let pieces = log.begin(1);
    assert_eq!(pieces.len(), 1 + 5);
    let mut written = Vec::new();
    pieces.into_iter().for_each(|write| write(&mut written));
    let read = |parts: &[&[u8]]| {
        let mut restorer = LogRestorer::<u64>::default();
        parts.iter().try_for_each(|block| restorer.read(block))?;
        restorer.finish()
    };
    let mut parts: Vec<&[u8]> =
        snapshot::blocks(&written).map(|block| block.expect("whole").1).collect();
    assert_eq!(read(&parts), Ok(log));
    parts.swap(3, 4);
    assert!(read(&parts).is_err(), "blocks out of order");
    parts.remove(3);
    assert!(read(&parts).is_err(), "a block is lost");
    let too_many = [start.to_le_bytes(), (1u32 << 31 | 1).to_le_bytes()].concat();
    assert!(read(&[&too_many]).is_err(), "more entries than a log holds");
}
