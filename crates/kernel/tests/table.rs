//! `Table` and `Dense` against plain vectors, with snapshots taken while they change.

use kernel::table::{Dense, FreeList, Table};
use proptest::prelude::*;

/// What a table is, said simply.
#[derive(Clone, Debug, Default, PartialEq)]
struct Naive {
    slots: Vec<Option<u64>>,
    free: Vec<u32>,
}

impl Naive {
    fn insert(&mut self, entry: u64) -> u32 {
        if let Some(number) = self.free.pop() {
            self.slots[number as usize] = Some(entry);
            return number;
        }
        self.slots.push(Some(entry));
        self.slots.len() as u32 - 1
    }

    fn remove(&mut self, number: u32) -> u64 {
        self.free.push(number);
        self.slots[number as usize].take().expect("the entry is there")
    }

    fn taken(&self) -> impl Iterator<Item = (u32, &u64)> {
        (0..).zip(&self.slots).filter_map(|(n, slot)| Some((n, slot.as_ref()?)))
    }
}

#[derive(Clone, Debug)]
enum Op {
    Insert(u64),
    /// Inserts many, so that chunks fill.
    Fill(usize),
    Remove(u32),
    /// Removes many neighbours, so that the free list outgrows its chunk.
    Drain(u32, usize),
    Change(u32, u64),
    Begin,
    Step(usize),
    Abandon,
}

/// Numbers anywhere (taken modulo what there is), often at the edges of chunks.
fn numbers() -> impl Strategy<Value = u32> {
    prop_oneof![any::<u32>(), 0..4u32, 4093..4099u32, 8189..8195u32]
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        6 => any::<u64>().prop_map(Op::Insert),
        1 => (0..6000usize).prop_map(Op::Fill),
        6 => numbers().prop_map(Op::Remove),
        1 => (numbers(), 0..6000usize).prop_map(|(n, count)| Op::Drain(n, count)),
        8 => (numbers(), any::<u64>()).prop_map(|(n, entry)| Op::Change(n, entry)),
        3 => Just(Op::Begin),
        4 => (0..9000usize).prop_map(Op::Step),
        1 => Just(Op::Abandon),
    ];
    prop::collection::vec(op, 1..120)
}

/// A snapshot being received, and what it has to become.
struct Snapshot {
    free: FreeList,
    slots: Vec<Option<u64>>,
    expected: Naive,
}

impl Snapshot {
    fn check(self) -> Table<u64> {
        assert_eq!(self.slots, self.expected.slots);
        assert!(self.free.iter().eq(self.expected.free.iter().copied()));
        let mut restorer = Table::restorer();
        self.slots.into_iter().for_each(|slot| restorer.push(slot));
        restorer.finish(self.free.iter()).expect("the snapshot is whole")
    }
}

#[derive(Default)]
struct Pair {
    table: Table<u64>,
    naive: Naive,
    snapshot: Option<Snapshot>,
}

impl Pair {
    fn run(&mut self, op: Op) {
        match op {
            Op::Insert(entry) => self.insert(entry),
            Op::Fill(count) => (0..count as u64).for_each(|entry| self.insert(entry)),
            Op::Remove(number) => self.remove(number),
            Op::Drain(number, count) => (number..).take(count).for_each(|n| self.remove(n)),
            Op::Change(number, entry) => self.change(number, entry),
            Op::Begin => self.begin(),
            Op::Step(budget) => self.step(budget),
            Op::Abandon => {
                self.table.abandon_snapshot();
                self.snapshot = None;
            }
        }
    }

    fn insert(&mut self, entry: u64) {
        let promised = self.table.next_number(0);
        assert_eq!(self.table.insert(entry), promised);
        assert_eq!(self.naive.insert(entry), promised);
    }

    fn existing(&self, number: u32) -> Option<u32> {
        number.checked_rem(self.naive.slots.len() as u32)
    }

    fn remove(&mut self, number: u32) {
        let Some(number) = self.existing(number) else { return };
        if self.table.get(number).is_some() {
            assert_eq!(self.table.remove(number), self.naive.remove(number));
        }
    }

    fn change(&mut self, number: u32, entry: u64) {
        let Some(number) = self.existing(number) else { return };
        let found = self.table.get_mut(number);
        assert_eq!(found.as_deref(), self.naive.slots[number as usize].as_ref());
        if let Some(found) = found {
            *found = entry;
            self.naive.slots[number as usize] = Some(entry);
        }
    }

    fn begin(&mut self) {
        if self.snapshot.is_none() {
            let free = self.table.begin_snapshot();
            let expected = self.naive.clone();
            self.snapshot = Some(Snapshot { free, slots: Vec::new(), expected });
        }
    }

    fn step(&mut self, budget: usize) {
        let block = self.table.copy_step(budget);
        let Some(mut snapshot) = self.snapshot.take() else {
            assert_eq!(block, None, "nothing is handed over when no snapshot is under way");
            return;
        };
        let Some(block) = block else {
            snapshot.check();
            return;
        };
        assert_eq!(block.first as usize, snapshot.slots.len());
        assert!(!block.slots.is_empty());
        assert!(block.slots.len() < budget.max(1) + 4096);
        snapshot.slots.extend(block.slots);
        self.snapshot = Some(snapshot);
    }

    fn check(&mut self) {
        let (table, naive) = (&self.table, &self.naive);
        assert_eq!(table.len(), naive.taken().count());
        assert_eq!(table.is_empty(), naive.taken().next().is_none());
        assert!(table.iter().eq(naive.taken()));
        for number in 0..naive.slots.len() as u32 + 2 {
            let expected = naive.slots.get(number as usize).and_then(Option::as_ref);
            assert_eq!(table.get(number), expected);
            assert_eq!(table.touch(number), u64::from(expected.is_some()));
        }
        let mut later = naive.clone();
        for ahead in 0..naive.free.len() + 3 {
            assert_eq!(table.next_number(ahead), later.insert(0));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_table_and_its_snapshots_equal_plain_vectors(filled in 0..10_000usize, ops in ops()) {
        let mut pair = Pair::default();
        pair.run(Op::Fill(filled));
        for op in ops {
            pair.run(op);
        }
        pair.check();
        while pair.snapshot.is_some() {
            pair.step(5000);
        }
        pair.begin();
        let mut restored = loop {
            if let Some(block) = pair.table.copy_step(1) {
                pair.snapshot.as_mut().unwrap().slots.extend(block.slots);
            } else {
                break pair.snapshot.take().unwrap().check();
            }
        };
        prop_assert_eq!(&restored, &pair.table);
        restored.insert(1);
        prop_assert_ne!(&restored, &pair.table);
    }

    #[test]
    fn a_dense_array_and_its_snapshots_equal_a_vector(
        filled in 1..13_000usize,
        changes in prop::collection::vec((numbers(), 0..3000usize, 0..6000usize), 1..20),
    ) {
        let mut dense = Dense::default();
        dense.extend(0..filled as u64);
        let mut naive: Vec<u64> = (0..filled as u64).collect();
        let expected = naive.clone();
        prop_assert_eq!(dense.begin_snapshot(), filled);
        let mut copied = Vec::new();
        for (number, pushes, budget) in changes {
            let number = number % naive.len() as u32;
            *dense.get_mut(number).unwrap() += 1;
            naive[number as usize] += 1;
            for entry in 0..pushes as u64 {
                prop_assert_eq!(dense.next_number(0), dense.push(entry));
                naive.push(entry);
            }
            copied.extend(dense.copy_step(budget).into_iter().flat_map(|block| block.slots));
        }
        copied.extend(std::iter::from_fn(|| dense.copy_step(1)).flat_map(|block| block.slots));
        prop_assert_eq!(copied, expected);
        prop_assert!(dense.iter().map(|(_, entry)| entry).eq(&naive));
        prop_assert!(dense.iter().map(|(number, _)| number).eq(0..naive.len() as u32));
        prop_assert_eq!(dense.len(), naive.len());
        prop_assert_eq!(dense.get(naive.len() as u32), None);
        prop_assert_eq!(dense.next_number(3), naive.len() as u32 + 3);
    }
}

#[test]
fn a_slot_of_a_dense_array_is_one_cache_line() {
    #[derive(Clone)]
    #[repr(align(64))]
    struct Line([u64; 8]);
    let mut lines = Dense::new();
    lines.extend((0..3).map(|n| Line([n; 8])));
    let at = |n| std::ptr::from_ref(lines.get(n).unwrap()).addr();
    assert_eq!((at(0) % 64, at(1) - at(0), at(2) - at(1)), (0, 64, 64));
    assert_eq!(lines.touch(2, |line| line.0[7]), 2);
    assert_eq!(lines.touch(3, |line| line.0[7]), 0);
}

#[test]
fn the_number_freed_last_is_given_out_first() {
    let mut table: Table<&str> = Table::new();
    let [a, b, c] = ["a", "b", "c"].map(|entry| table.insert(entry));
    assert_eq!([a, b, c], [0, 1, 2]);
    table.remove(a);
    table.remove(c);
    assert_eq!([0, 1, 2, 3].map(|ahead| table.next_number(ahead)), [c, a, 3, 4]);
}

#[test]
fn free_numbers_that_do_not_fit_the_slots_are_refused() {
    let restore = |free: &[u32]| {
        let mut restorer = Table::restorer();
        [Some(1), None, None].into_iter().for_each(|slot| restorer.push(slot));
        restorer.finish(free.iter().copied()).map(|table| table.next_number(0))
    };
    assert_eq!(restore(&[2, 1]), Ok(1));
    assert_eq!(restore(&[1, 2]), Ok(2));
    for wrong in [&[1][..], &[], &[1, 1], &[1, 2, 2], &[0, 1, 2], &[1, 2, 3]] {
        assert!(restore(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
#[should_panic(expected = "one snapshot of a table at a time")]
fn a_second_snapshot_does_not_begin() {
    let mut table = Table::new();
    table.insert(1);
    table.begin_snapshot();
    table.begin_snapshot();
}

#[test]
#[should_panic(expected = "is in the table")]
fn what_is_absent_is_not_removed() {
    let mut table = Table::new();
    let number = table.insert(1);
    table.remove(number);
    table.remove(number);
}
