//! `Log` against a plain vector of which a part is dropped.

use kernel::log::Log;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Op {
    Push(usize),
    Drop(u32),
    Share,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        4 => prop_oneof![1..3usize, 1..6000usize].prop_map(Op::Push),
        2 => prop_oneof![0..20_000u32, Just(4095), Just(4096), Just(u32::MAX)].prop_map(Op::Drop),
        1 => Just(Op::Share),
    ];
    prop::collection::vec(op, 1..30)
}

/// The entry that has this number.
fn entry(number: u32) -> u64 {
    u64::from(number) * 3
}

proptest! {
    #[test]
    fn a_log_equals_a_range_of_numbers(
        start in prop_oneof![Just(0u32), 1..5000u32, Just(u32::MAX - 200_000)],
        ops in ops(),
    ) {
        let mut log = Log::starting_at(start);
        let (mut first, mut next) = (start, start);
        let mut shares = Vec::new();
        for op in ops {
            match op {
                Op::Push(count) => {
                    for _ in 0..count {
                        prop_assert_eq!(log.next_number(), next);
                        prop_assert_eq!(log.push(entry(next)), next);
                        next += 1;
                    }
                }
                Op::Drop(through) => {
                    let through = start.saturating_add(through);
                    log.drop_front(through);
                    first = first.max(through.saturating_add(1).min(next));
                }
                Op::Share => shares.push((log.share(), first..next)),
            }
            prop_assert_eq!((log.first(), log.next_number()), (first, next));
            prop_assert_eq!(log.len(), (next - first) as usize);
            prop_assert_eq!(log.is_empty(), next == first);
        }
        for number in (first.saturating_sub(3)..first + 3).chain(next.saturating_sub(3)..next + 3) {
            let expected = (first..next).contains(&number).then(|| entry(number));
            prop_assert_eq!(log.get(number).copied(), expected);
            prop_assert_eq!(log.touch(number, |e| *e), expected.unwrap_or(0));
        }
        let entries = log.iter().map(|(number, &e)| (number, e));
        prop_assert!(entries.eq((first..next).map(|number| (number, entry(number)))));
        for (share, numbers) in shares {
            prop_assert_eq!(share.first(), numbers.start);
            prop_assert_eq!(share.len(), numbers.len());
            prop_assert_eq!(share.is_empty(), numbers.is_empty());
            prop_assert!(share.slices().flatten().copied().eq(numbers.map(entry)));
        }
        let mut restored = Log::starting_at(first);
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
