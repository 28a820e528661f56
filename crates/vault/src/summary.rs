//! The sum over all rows: how the vault notices that one is gone, or there twice.
//!
//! Sealing protects a row's content, not its existence: a bit flipped in a B-tree's key makes a row
//! vanish without an error. So every change keeps a count and the exclusive or of all rows' tags,
//! sealed with the cell's key in a row of its own.

use crate::seal::TAG_BYTES;

const COUNT_BYTES: usize = 8;

/// Count and exclusive or of the tags of all sealed rows, in any order.
#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
pub(crate) struct Summary {
    rows: u64,
    tags: [u8; TAG_BYTES],
}

impl Summary {
    pub(crate) fn add(&mut self, sealed: &[u8]) {
        self.rows = self.rows.wrapping_add(1);
        self.toggle(sealed);
    }

    pub(crate) fn remove(&mut self, sealed: &[u8]) {
        self.rows = self.rows.wrapping_sub(1);
        self.toggle(sealed);
    }

    fn toggle(&mut self, sealed: &[u8]) {
        let tag = sealed.last_chunk::<TAG_BYTES>().expect("a sealed value ends with its tag");
        self.tags.iter_mut().zip(tag).for_each(|(sum, byte)| *sum ^= byte);
    }

    pub(crate) fn to_bytes(self) -> [u8; COUNT_BYTES + TAG_BYTES] {
        let mut bytes = [0; COUNT_BYTES + TAG_BYTES];
        bytes[..COUNT_BYTES].copy_from_slice(&self.rows.to_le_bytes());
        bytes[COUNT_BYTES..].copy_from_slice(&self.tags);
        bytes
    }

    pub(crate) fn try_from_slice(bytes: &[u8]) -> Option<Self> {
        let (count, tags) = bytes.split_first_chunk::<COUNT_BYTES>()?;
        Some(Self { rows: u64::from_le_bytes(*count), tags: tags.try_into().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_matter_and_a_missing_or_double_row_does() {
        let [one, two] = [[1; 40], [2; 40]];
        let sum = |rows: &[&[u8; 40]]| {
            let mut summary = Summary::default();
            rows.iter().for_each(|row| summary.add(*row));
            summary
        };
        assert_eq!(sum(&[&one, &two]), sum(&[&two, &one]));
        assert_ne!(sum(&[&one, &two]), sum(&[&one]));
        assert_ne!(sum(&[&one, &two, &two, &two]), sum(&[&one, &two]));

        let mut changed = sum(&[&one, &two]);
        changed.remove(&one);
        assert_eq!(changed, sum(&[&two]));
        assert_eq!(Summary::try_from_slice(&changed.to_bytes()), Some(changed));
        assert_eq!(Summary::try_from_slice(&changed.to_bytes()[1..]), None);
    }
}
