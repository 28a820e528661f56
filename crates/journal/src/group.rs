//! A group: the records that become durable together. [`GroupBuf`] is the one being built,
//! [`Stored`] the one in the journal; both hold the same bytes, each record framed by its length.

use std::sync::Arc;

use crate::frame::{FRAME, Records, framed, is_framed};
use crate::{Hash, merkle};

/// The hash before the first group.
pub const GENESIS: Hash = [0; 32];

/// The number of the format of groups, in their header and under their hash.
pub(crate) const FORMAT: u16 = 1;

/// The most bytes that the framed records of one group may take.
pub const MAX_GROUP_BYTES: usize = 64 << 20;

const HASH_KEY: &[u8; 32] = b"enishi journal group hash, ver.1";

/// The group being built: its time and its records, unhashed. Meant to be cleared and used again,
/// so that a busy cell allocates nothing for it.
#[derive(Clone, Debug, Default)]
pub struct GroupBuf {
    time: u64,
    body: Vec<u8>,
    ends: Vec<u32>,
}

impl GroupBuf {
    /// An empty group of time 0.
    pub fn new() -> GroupBuf {
        GroupBuf::default()
    }

    /// Forgets records and time, keeps the memory.
    pub fn clear(&mut self) {
        self.time = 0;
        self.truncate(0);
    }

    /// Stamps the group, in microseconds since 1970.
    pub fn set_time(&mut self, micros: u64) {
        self.time = micros;
    }

    /// The stamp, in microseconds since 1970.
    pub fn time(&self) -> u64 {
        self.time
    }

    /// Appends one record: what `write` appends to the buffer it is given. `write` must only append.
    pub fn push_with<T>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let start = self.body.len();
        self.body.extend_from_slice(&[0; FRAME]);
        let result = write(&mut self.body);
        let end = self.body.len();
        assert!(end >= start + FRAME, "a record's writer only appends");
        assert!(end <= u32::MAX as usize, "a group is far below 4 GiB");
        let length = (end - start - FRAME) as u32;
        self.body[start..start + FRAME].copy_from_slice(&length.to_le_bytes());
        self.ends.push(end as u32);
        result
    }

    /// Appends one record.
    pub fn push(&mut self, record: &[u8]) {
        self.push_with(|body| body.extend_from_slice(record));
    }

    /// Drops every record from number `len` on.
    pub fn truncate(&mut self, len: usize) {
        if len < self.ends.len() {
            self.body.truncate(if len == 0 { 0 } else { self.ends[len - 1] as usize });
            self.ends.truncate(len);
        }
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of all records with their frames: what weighs on the disk.
    pub fn bytes(&self) -> usize {
        self.body.len()
    }

    /// Record number `index`, from 0. Panics when there is none.
    pub fn record(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.body[start + FRAME..self.ends[index] as usize]
    }

    /// The records in order.
    pub fn records(&self) -> Records<'_> {
        framed(&self.body, self.ends.len() as u32)
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }
}

/// What identifies a stored group and chains it to the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) position: u64,
    pub(crate) epoch: u64,
    pub(crate) time: u64,
    pub(crate) count: u32,
    pub(crate) body_len: u32,
    pub(crate) prev: Hash,
    pub(crate) root: Hash,
}

impl Header {
    /// The header that `group` gets behind `prev`. This is where its records are hashed.
    pub(crate) fn of(group: &GroupBuf, position: u64, epoch: u64, prev: Hash) -> Header {
        Header {
            position,
            epoch,
            time: group.time(),
            count: group.len() as u32,
            body_len: group.bytes() as u32,
            prev,
            root: merkle::root(group.records()),
        }
    }

    /// The hash of the group: over its format and every field, so over all before it and in it.
    pub(crate) fn hash(&self) -> Hash {
        let mut bytes = [0; 98];
        bytes[0..2].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[2..10].copy_from_slice(&self.position.to_le_bytes());
        bytes[10..18].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[18..26].copy_from_slice(&self.time.to_le_bytes());
        bytes[26..30].copy_from_slice(&self.count.to_le_bytes());
        bytes[30..34].copy_from_slice(&self.body_len.to_le_bytes());
        bytes[34..66].copy_from_slice(&self.prev);
        bytes[66..98].copy_from_slice(&self.root);
        *blake3::keyed_hash(HASH_KEY, &bytes).as_bytes()
    }
}

/// What `append` answers once the group is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The number of the group; the first is 1.
    pub position: u64,
    /// The epoch of its writer.
    pub epoch: u64,
    /// The hash of the group before it.
    pub prev: Hash,
    /// The Merkle root of its records.
    pub root: Hash,
    /// Its own hash.
    pub hash: Hash,
}

impl Appended {
    pub(crate) fn of(header: &Header) -> Appended {
        let Header { position, epoch, prev, root, .. } = *header;
        Appended { position, epoch, prev, root, hash: header.hash() }
    }

    /// The group as a reader would see it, without reading it back: for handing a whole group to
    /// those who follow the journal. `group` must be the one that was appended.
    pub fn stored(&self, group: &GroupBuf) -> Stored {
        Stored {
            position: self.position,
            epoch: self.epoch,
            time: group.time(),
            prev: self.prev,
            root: self.root,
            hash: self.hash,
            count: group.len() as u32,
            body: group.body().into(),
        }
    }
}

/// A durable group. Cloning shares the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its number; the first is 1.
    pub position: u64,
    /// The epoch of its writer.
    pub epoch: u64,
    /// Its stamp, in microseconds since 1970.
    pub time: u64,
    /// The hash of the group before it.
    pub prev: Hash,
    /// The Merkle root of its records.
    pub root: Hash,
    /// Its own hash.
    pub hash: Hash,
    count: u32,
    body: Arc<[u8]>,
}

impl Stored {
    /// Joins a header with the bytes below it. `None` when the bytes are not `count` framed records.
    pub(crate) fn try_new(header: &Header, body: &[u8]) -> Option<Stored> {
        is_framed(body, header.count).then(|| Stored {
            position: header.position,
            epoch: header.epoch,
            time: header.time,
            prev: header.prev,
            root: header.root,
            hash: header.hash(),
            count: header.count,
            body: body.into(),
        })
    }

    /// How many records.
    pub fn count(&self) -> usize {
        self.count as usize
    }

    /// Bytes of all records with their frames.
    pub fn bytes(&self) -> usize {
        self.body.len()
    }

    /// The records in order.
    pub fn records(&self) -> Records<'_> {
        framed(&self.body, self.count)
    }

    /// Record number `index`, from 0; walks over those before it.
    pub fn record(&self, index: usize) -> Option<&[u8]> {
        self.records().nth(index)
    }

    /// The path by which [`merkle::verify`] proves that record number `index` is below `root`.
    pub fn path(&self, index: usize) -> Option<Vec<Hash>> {
        merkle::path(self.records(), index)
    }

    /// Whether root and hash are those of these very records: what an audit recomputes.
    pub fn is_genuine(&self) -> bool {
        let header = self.header();
        merkle::root(self.records()) == self.root && header.hash() == self.hash
    }

    pub(crate) fn header(&self) -> Header {
        Header {
            position: self.position,
            epoch: self.epoch,
            time: self.time,
            count: self.count,
            body_len: self.body.len() as u32,
            prev: self.prev,
            root: self.root,
        }
    }
}

impl std::fmt::Debug for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Stored { position, epoch, time, count, .. } = self;
        write!(f, "group {position} (epoch {epoch}, time {time}, {count} records)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cleared_group_is_a_new_one() {
        let mut group = GroupBuf::new();
        group.set_time(5);
        group.push(b"one");
        group.push(b"");
        assert_eq!((group.len(), group.bytes(), group.record(1)), (2, 11, &b""[..]));
        group.truncate(1);
        assert_eq!((group.len(), group.bytes(), group.record(0)), (1, 7, &b"one"[..]));
        group.clear();
        assert_eq!((group.len(), group.bytes(), group.time()), (0, 0, 0));
        assert!(group.is_empty());
    }

    #[test]
    fn every_field_is_under_the_hash() {
        let mut group = GroupBuf::new();
        group.push(b"a");
        let header = Header::of(&group, 1, 1, GENESIS);
        let changes: [fn(&mut Header); 7] = [
            |h| h.position += 1,
            |h| h.epoch += 1,
            |h| h.time += 1,
            |h| h.count += 1,
            |h| h.body_len += 1,
            |h| h.prev[31] ^= 1,
            |h| h.root[0] ^= 1,
        ];
        for change in changes {
            let mut other = header;
            change(&mut other);
            assert_ne!(other.hash(), header.hash());
        }
    }

    #[test]
    fn an_altered_group_is_not_genuine() {
        let mut group = GroupBuf::new();
        group.push(b"pay 100");
        group.push(b"pay 200");
        let header = Header::of(&group, 1, 1, GENESIS);
        let mut stored = Appended::of(&header).stored(&group);
        assert!(stored.is_genuine());
        let mut body = stored.body.to_vec();
        body[10] = b'9';
        stored.body = body.into();
        assert!(!stored.is_genuine());
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(records in prop::collection::vec(
            prop::collection::vec(any::<u8>(), 0..200), 0..40), time: u64) {
            let mut group = GroupBuf::new();
            group.set_time(time);
            for record in &records {
                group.push(record);
            }
            let header = Header::of(&group, 3, 2, [9; 32]);
            let stored = Stored::try_new(&header, group.body()).unwrap();
            prop_assert_eq!(&stored, &Appended::of(&header).stored(&group));
            prop_assert_eq!(stored.count(), records.len());
            prop_assert!(stored.records().eq(records.iter().map(Vec::as_slice)));
            prop_assert!(group.records().eq(stored.records()));
            for (index, record) in records.iter().enumerate() {
                prop_assert_eq!(stored.record(index), Some(record.as_slice()));
                prop_assert_eq!(group.record(index), record.as_slice());
                let path = stored.path(index).unwrap();
                let (index, count) = (index as u64, records.len() as u64);
                prop_assert!(merkle::verify(&stored.root, record, index, count, &path));
            }
        }

        #[test]
        fn no_bytes_make_the_framing_panic(body in prop::collection::vec(0_u8..6, 0..60), count in 0_u32..9) {
            let header = Header { count, ..Header::of(&GroupBuf::new(), 1, 1, GENESIS) };
            if let Some(stored) = Stored::try_new(&header, &body) {
                prop_assert_eq!(stored.records().count(), count as usize);
            }
        }
    }
}
