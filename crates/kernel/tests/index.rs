//! `Index` against a map from ids, with hashes that collide far more often than they should.

use std::collections::BTreeMap;

use kernel::index::{Index, hash_id};
use proptest::prelude::*;

/// How an id becomes a hash: honestly, or onto so few fingerprints that runs collide and spill
/// over the end of a part.
#[derive(Clone, Copy, Debug)]
enum Hashing {
    Honest,
    OnePart,
    FewFingerprints,
    LastFingerprint,
}

impl Hashing {
    fn hash(self, id: u128) -> u64 {
        let hash = hash_id(7, id);
        match self {
            Hashing::Honest => hash,
            Hashing::OnePart => hash >> 12,
            Hashing::FewFingerprints => {
                [0, 1, 0x7FFF_FFFF, 0xFFFF_FFFE, 0xFFFF_FFFF][hash as usize % 5]
            }
            Hashing::LastFingerprint => u64::MAX - (hash % 2),
        }
    }
}

fn hashings() -> impl Strategy<Value = Hashing> {
    prop::sample::select(vec![
        Hashing::Honest,
        Hashing::OnePart,
        Hashing::FewFingerprints,
        Hashing::LastFingerprint,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn an_index_equals_a_map(
        hashing in hashings(),
        in_bulk in 0..600u128,
        ops in prop::collection::vec((any::<bool>(), 0..900u128), 0..1200),
    ) {
        let mut ids: Vec<u128> = (0..in_bulk).collect();
        let mut map: BTreeMap<u128, u32> = ids.iter().map(|&id| (id, id as u32)).collect();
        let mut index = Index::new(1);
        index.extend(map.iter().map(|(&id, &number)| (hashing.hash(id), number)));
        for (insert, id) in ops {
            let hash = hashing.hash(id);
            let found = index.find(hash, |number| ids[number as usize] == id);
            prop_assert_eq!(found, map.get(&id).copied());
            match (insert, found) {
                (true, None) => {
                    let number = ids.len() as u32;
                    ids.push(id);
                    index.insert(hash, number);
                    map.insert(id, number);
                }
                (false, Some(number)) => {
                    prop_assert!(index.remove(hash, number));
                    prop_assert!(!index.remove(hash, number), "removed once is removed");
                    map.remove(&id);
                }
                (false, None) => prop_assert!(!index.remove(hash, u32::MAX - 1)),
                (true, Some(_)) => {}
            }
            prop_assert_eq!(index.len(), map.len());
            prop_assert_eq!(index.is_empty(), map.is_empty());
        }
        for id in 0..900 {
            let found = index.find(hashing.hash(id), |number| ids[number as usize] == id);
            prop_assert_eq!(found, map.get(&id).copied());
        }
    }
}

#[test]
fn a_million_ids_are_found_in_little_memory() {
    const COUNT: u32 = 1_000_000;
    let id = |number: u32| u128::from(number) << 70 | 5;
    let mut index = Index::new(3);
    let half = (0..COUNT / 2).map(|n| (hash_id(3, id(n)), n));
    index.extend(half);
    for number in COUNT / 2..COUNT {
        index.insert(index.hash(id(number)), number);
        let each = index.bytes() / index.len();
        assert!((9..=14).contains(&each), "{each} bytes an id at {number}");
    }
    let find = |index: &Index, n| index.find(index.hash(id(n)), |number| number == n);
    for number in 0..COUNT {
        assert_eq!(find(&index, number), Some(number));
        assert_eq!(find(&index, number + COUNT), None);
    }
    for number in (0..COUNT).step_by(2) {
        assert!(index.remove(index.hash(id(number)), number));
    }
    for number in 0..COUNT {
        assert_eq!(find(&index, number), (number % 2 == 1).then_some(number));
    }
    assert_eq!(index.len(), COUNT as usize / 2);
}

#[test]
fn touching_reads_the_entry_that_stands_at_home() {
    let mut index = Index::new(0);
    let hash = 0x1230_0000_8000_0000;
    assert_eq!(index.touch(hash), u64::MAX, "nothing is there yet");
    index.insert(hash, 9);
    assert_eq!(index.touch(hash), 0x8000_0000_0000_0009);
}

/// Ids that differ by one bit, in the places an attacker can choose, spread over parts and
/// fingerprints; another seed gives another order.
#[test]
fn every_bit_of_id_and_seed_moves_half_of_the_hash() {
    let flips = |a: u64, b: u64| (a ^ b).count_ones();
    for seed in [0, 1, u64::MAX, 0x1234_5678_9ABC_DEF0] {
        for id in [0, u128::MAX, 0x0192_F000_0000_7000_8000_0000_0000_0000] {
            let hash = hash_id(seed, id);
            let by_id: Vec<u32> =
                (0..128).map(|bit| flips(hash, hash_id(seed, id ^ 1 << bit))).collect();
            let by_seed: Vec<u32> =
                (0..64).map(|bit| flips(hash, hash_id(seed ^ 1 << bit, id))).collect();
            for flipped in by_id.iter().chain(&by_seed) {
                assert!((10..=54).contains(flipped), "{flipped} of 64 bits for {id:x}");
            }
            let mean = by_id.iter().sum::<u32>() as f64 / 128.0;
            assert!((29.0..35.0).contains(&mean), "{mean} of 64 bits on average");
        }
    }
}
