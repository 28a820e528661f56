//! `Log` against a plain vector of which a part is dropped.

use kernel::log::Log;
use kernel::snapshot::{self, LogRestorer, Saved};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Op {
    Push(usize),
    /// Changes the entry at this distance from the first ever pushed.
    Change(usize, u64),
    Drop(u32),
    Share,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let distance = prop_oneof![0..20_000usize, 1022..1026usize, 0..3usize];
    let op = prop_oneof![
        4 => prop_oneof![1..3usize, 1..6000usize].prop_map(Op::Push),
        4 => (distance, any::<u64>()).prop_map(|(at, entry)| Op::Change(at, entry)),
        2 => prop_oneof![0..20_000u32, Just(1023), Just(1024), Just(1 << 30)].prop_map(Op::Drop),
        2 => Just(Op::Share),
    ];
    prop::collection::vec(op, 1..40)
}

proptest! {
    #[test]
    fn a_log_equals_a_vector_that_lost_its_front(
        start in prop_oneof![Just(0u32), 1..5000u32, u32::MAX - 20_000..=u32::MAX],
        ops in ops(),
    ) {
        let mut log = Log::starting_at(start);
        let mut naive: Vec<u64> = Vec::new();
        let mut first = 0;
        let mut shares = Vec::new();
        let number = |at: usize| start.wrapping_add(at as u32);
        for op in ops {
            match op {
                Op::Push(count) => {
                    for entry in (0u64..).take(count) {
                        prop_assert_eq!(log.next_number(), number(naive.len()));
                        prop_assert_eq!(log.push(entry), number(naive.len()));
                        naive.push(entry);
                    }
                }
                Op::Change(at, entry) => {
                    let expected = naive.get_mut(at).filter(|_| at >= first);
                    let found = log.get_mut(number(at));
                    prop_assert_eq!(&found, &expected);
                    if let (Some(found), Some(expected)) = (found, expected) {
                        (*found, *expected) = (entry, entry);
                    }
                }
                Op::Drop(through) => {
                    let rest = first.max((through as usize + 1).min(naive.len()));
                    let front = log.front(number(through as usize));
                    let dropped = naive.iter().enumerate().take(rest).skip(first);
                    prop_assert!(front.eq(dropped.map(|(at, entry)| (number(at), entry))));
                    log.drop_front(number(through as usize));
                    first = rest;
                }
                Op::Share => {
                    shares.push((log.share(), number(first), naive[first..].to_vec()));
                }
            }
            prop_assert_eq!(log.first(), number(first));
            prop_assert_eq!(log.len(), naive.len() - first);
            prop_assert_eq!(log.is_empty(), naive.len() == first);
        }
        for at in (0..3).chain(first.saturating_sub(3)..naive.len() + 3) {
            let expected = naive.get(at).filter(|_| at >= first);
            prop_assert_eq!(log.get(number(at)), expected);
            prop_assert_eq!(log.touch(number(at), |e| *e), *expected.unwrap_or(&0));
        }
        let kept = naive.iter().enumerate().skip(first);
        prop_assert!(log.iter().eq(kept.map(|(at, entry)| (number(at), entry))));
        for (share, first, entries) in shares {
            prop_assert_eq!(share.first(), first);
            prop_assert_eq!(share.len(), entries.len());
            prop_assert_eq!(share.is_empty(), entries.is_empty());
            prop_assert!(share.slices().flatten().eq(&entries));
            for (skip, count) in [(0, entries.len()), (1, usize::MAX / 2), (1_000, 2_000)] {
                let range = entries.iter().skip(skip).take(count);
                prop_assert!(share.range(skip, count).flatten().eq(range));
            }
        }
        let mut restored = Log::starting_at(log.first());
        restored.extend(log.share().slices().flatten().copied());
        prop_assert_eq!(&restored, &log);
        restored.push(0);
        prop_assert_ne!(&restored, &log);
    }
}

#[test]
fn dropped_chunks_give_their_memory_back() {
    let mut log = Log::new();
    log.extend((0..10_000u64).map(|n| [n; 4]));
    let (all, share) = (log.bytes(), log.share());
    assert!(all >= 10_000 * 32);
    log.drop_front(8999);
    assert_eq!((log.first(), log.len()), (9000, 1000));
    assert!(log.bytes() <= all - 8192 * 32);
    assert_eq!(share.slices().flatten().count(), 10_000, "a share outlives what the log drops");
    log.drop_front(20);
    assert_eq!(log.first(), 9000, "what is dropped stays dropped");
    assert_eq!((log.front(20).count(), log.get(20)), (0, None));
}

#[test]
fn equal_logs_have_equal_blocks() {
    // One lost its front while it grew; the other was restored without that front and grew on.
    let mut lived = Log::new();
    lived.extend(0..150_000u64);
    lived.drop_front(1_499);
    let blocks = |log: &mut Log<u64>| {
        let pieces = log.begin(1);
        pieces.into_iter().fold(Vec::new(), |mut out, write| {
            write(&mut out);
            out
        })
    };
    let mut restorer = LogRestorer::default();
    for block in snapshot::blocks(&blocks(&mut lived)) {
        restorer.read(block.expect("whole").1).expect("what was written");
    }
    let mut restored = restorer.finish().expect("all of it");
    for log in [&mut lived, &mut restored] {
        log.extend(150_000..300_000);
        log.drop_front(70_000);
    }
    assert_eq!(lived, restored);
    assert!(blocks(&mut lived) == blocks(&mut restored), "their blocks differ");
}
