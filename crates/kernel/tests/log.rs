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
        2 => prop_oneof![0..20_000u32, Just(1023), Just(1024), Just(u32::MAX)].prop_map(Op::Drop),
        2 => Just(Op::Share),
    ];
    prop::collection::vec(op, 1..40)
}

proptest! {
    #[test]
    fn a_log_equals_a_vector_that_lost_its_front(
        start in prop_oneof![Just(0u32), 1..5000u32, Just(u32::MAX - 240_000)],
        ops in ops(),
    ) {
        let mut log = Log::starting_at(start);
        let mut naive: Vec<u64> = Vec::new();
        let mut first = 0;
        let mut shares = Vec::new();
        for op in ops {
            match op {
                Op::Push(count) => {
                    for entry in (0u64..).take(count) {
                        prop_assert_eq!(log.next_number(), start + naive.len() as u32);
                        prop_assert_eq!(log.push(entry), start + naive.len() as u32);
                        naive.push(entry);
                    }
                }
                Op::Change(at, entry) => {
                    let expected = naive.get_mut(at).filter(|_| at >= first);
                    let found = log.get_mut(start + at as u32);
                    prop_assert_eq!(&found, &expected);
                    if let (Some(found), Some(expected)) = (found, expected) {
                        (*found, *expected) = (entry, entry);
                    }
                }
                Op::Drop(through) => {
                    log.drop_front(start.saturating_add(through));
                    first = first.max((through as usize + 1).min(naive.len()));
                }
                Op::Share => {
                    shares.push((log.share(), start + first as u32, naive[first..].to_vec()));
                }
            }
            prop_assert_eq!(log.first(), start + first as u32);
            prop_assert_eq!(log.len(), naive.len() - first);
            prop_assert_eq!(log.is_empty(), naive.len() == first);
        }
        for at in (0..3).chain(first.saturating_sub(3)..naive.len() + 3) {
            let expected = naive.get(at).filter(|_| at >= first);
            prop_assert_eq!(log.get(start + at as u32), expected);
            prop_assert_eq!(log.touch(start + at as u32, |e| *e), *expected.unwrap_or(&0));
        }
        prop_assert!(log.iter().map(|(_, entry)| entry).eq(&naive[first..]));
        prop_assert!(log.iter().map(|(number, _)| number).eq(log.first()..log.next_number()));
        for (share, first, entries) in shares {
            prop_assert_eq!(share.first(), first);
            prop_assert_eq!(share.len(), entries.len());
            prop_assert_eq!(share.is_empty(), entries.is_empty());
            prop_assert!(share.slices().flatten().eq(&entries));
            let end = first + entries.len() as u32;
            for (from, to) in [(first, end), (first + 1, end), (first + 1_000, first + 3_000)] {
                let within = |number: u32| (number.min(end) - first) as usize;
                let range = within(from)..within(to.max(from));
                prop_assert!(share.range(from..to).flatten().eq(&entries[range]));
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
}

#[test]
#[should_panic(expected = "log is full")]
fn the_last_number_is_never_given_out() {
    let mut log = Log::starting_at(u32::MAX - 1);
    assert_eq!(log.push(1), u32::MAX - 1);
    assert!(log.iter().eq([(u32::MAX - 1, &1)]));
    log.push(2);
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
