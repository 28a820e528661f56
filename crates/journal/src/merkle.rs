//! The Merkle tree over the records of one group, shaped as in RFC 6962: a tree of `n` leaves splits
//! at the largest power of two below `n`, so no leaf is ever doubled. Leaves and nodes are hashed
//! under different keys; a node can't be passed off as a record, nor a record as a node.

use crate::Hash;

const LEAF_KEY: &[u8; 32] = b"enishi journal merkle leaf, v. 1";
const NODE_KEY: &[u8; 32] = b"enishi journal merkle node, v. 1";

/// No tree is deeper: a group counts its records in 32 bits.
const MAX_DEPTH: usize = 33;

/// The hash of one record as a leaf.
pub fn leaf(record: &[u8]) -> Hash {
    *blake3::keyed_hash(LEAF_KEY, record).as_bytes()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut both = [0; 64];
    both[..32].copy_from_slice(left);
    both[32..].copy_from_slice(right);
    *blake3::keyed_hash(NODE_KEY, &both).as_bytes()
}

/// The root over `records` in their order. A group without records has the root of nothing: the
/// node hash of no bytes. Allocates nothing, whatever the number of records.
pub fn root<'a>(records: impl IntoIterator<Item = &'a [u8]>) -> Hash {
    let mut tree = Tree::default();
    for record in records {
        tree.push(leaf(record));
    }
    tree.root()
}

/// The path that proves `records[index]` is below [`root`]: the sister hashes from the leaf up.
/// `None` when there is no such record.
pub fn path<'a>(records: impl IntoIterator<Item = &'a [u8]>, index: usize) -> Option<Vec<Hash>> {
    let leaves: Vec<Hash> = records.into_iter().map(leaf).collect();
    let mut path = Vec::new();
    let mut rest = leaves.get(..).filter(|all| index < all.len())?;
    let mut index = index;
    while rest.len() > 1 {
        let (left, right) = rest.split_at(split(rest.len()));
        if index < left.len() {
            path.push(root_of(right));
            rest = left;
        } else {
            path.push(root_of(left));
            index -= left.len();
            rest = right;
        }
    }
    path.reverse();
    Some(path)
}

/// Whether `path` proves that `record` is number `index` of the `count` records below `root`.
pub fn verify(root: &Hash, record: &[u8], index: u64, count: u64, path: &[Hash]) -> bool {
    if index >= count {
        return false;
    }
    let (mut at, mut last) = (index, count - 1);
    let mut hash = leaf(record);
    for sister in path {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            hash = node(sister, &hash);
            // The last node of a level without a sister is carried up unchanged.
            while at.is_multiple_of(2) && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, sister);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

fn split(leaves: usize) -> usize {
    leaves.next_power_of_two() / 2
}

fn root_of(leaves: &[Hash]) -> Hash {
    let mut tree = Tree::default();
    for leaf in leaves {
        tree.push(*leaf);
    }
    tree.root()
}

/// The full subtrees left of the next leaf, the biggest first: one for each bit set in `leaves`.
struct Tree {
    leaves: u64,
    depth: usize,
    full: [Hash; MAX_DEPTH],
}

impl Default for Tree {
    fn default() -> Tree {
        Tree { leaves: 0, depth: 0, full: [[0; 32]; MAX_DEPTH] }
    }
}

impl Tree {
    fn push(&mut self, leaf: Hash) {
        self.full[self.depth] = leaf;
        self.depth += 1;
        self.leaves += 1;
        for _ in 0..self.leaves.trailing_zeros() {
            self.depth -= 1;
            self.full[self.depth - 1] = node(&self.full[self.depth - 1], &self.full[self.depth]);
        }
    }

    fn root(self) -> Hash {
        let full = &self.full[..self.depth];
        match full.split_last() {
            None => *blake3::keyed_hash(NODE_KEY, b"").as_bytes(),
            Some((last, left)) => left.iter().rfold(*last, |right, left| node(left, &right)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|n| format!("record {n}").into_bytes()).collect()
    }

    fn slices(records: &[Vec<u8>]) -> impl Iterator<Item = &[u8]> {
        records.iter().map(Vec::as_slice)
    }

    /// RFC 6962 §2.1, word for word.
    fn by_definition(records: &[Vec<u8>]) -> Hash {
        match records {
            [] => *blake3::keyed_hash(NODE_KEY, b"").as_bytes(),
            [one] => leaf(one),
            many => {
                let (left, right) = many.split_at(split(many.len()));
                node(&by_definition(left), &by_definition(right))
            }
        }
    }

    #[test]
    fn root_is_the_one_of_the_definition() {
        for count in 0..70 {
            let records = records(count);
            assert_eq!(root(slices(&records)), by_definition(&records), "{count} records");
        }
    }

    #[test]
    fn each_path_proves_its_own_record_and_nothing_else() {
        for count in 1..40_usize {
            let all = records(count);
            let top = root(slices(&all));
            let total = count as u64;
            for index in 0..count {
                let path = path(slices(&all), index).unwrap();
                for (claimed, record) in all.iter().enumerate() {
                    let proven = verify(&top, record, claimed as u64, total, &path);
                    assert_eq!(proven, claimed == index, "{claimed} by {index} of {count}");
                }
                assert!(!verify(&top, b"forged", index as u64, total, &path));
                assert!(!verify(&[7; 32], &all[index], index as u64, total, &path));
                let mut longer = path.clone();
                longer.push([0; 32]);
                assert!(!verify(&top, &all[index], index as u64, total, &longer));
                for hit in 0..path.len() {
                    let mut damaged = path.clone();
                    damaged[hit][9] ^= 1;
                    assert!(!verify(&top, &all[index], index as u64, total, &damaged));
                }
            }
            assert_eq!(path(slices(&all), count), None);
        }
        assert!(!verify(&root([]), b"", 0, 0, &[]));
    }

    #[test]
    fn a_node_is_no_record() {
        let two = records(2);
        let joined = [leaf(&two[0]), leaf(&two[1])].concat();
        assert_ne!(root(slices(&two)), root([joined.as_slice()]));
    }
}
