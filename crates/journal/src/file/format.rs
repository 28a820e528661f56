//! The bytes on the disk: headers of groups and segments, slots of the anchor, the marker.
//!
//! All numbers are little-endian. A segment is a header of 128 bytes, then groups, then zeros. A
//! group is a header of 128 bytes, its framed records, and zeros up to a multiple of 64. Each
//! checksum is CRC-32C, seeded by the id of the journal, so that bytes of another journal never fit.

use std::fmt::Write as _;

use crate::group::{FORMAT, Header};
use crate::{Hash, MAX_GROUP_BYTES};

/// Bytes of the header of a group and of a segment.
pub(crate) const HEADER: usize = 128;
/// Groups begin at multiples of this.
pub(crate) const ALIGN: u64 = 64;
/// Where the slots of the anchor begin; each is alone in its sector.
pub(crate) const SLOTS: [u64; 2] = [0, 4096];
/// Bytes of a slot of the anchor.
pub(crate) const SLOT: usize = 128;

const GROUP_MAGIC: &[u8; 4] = b"ENJG";
const SEGMENT_MAGIC: &[u8; 4] = b"ENJS";
const ANCHOR_MAGIC: &[u8; 4] = b"ENJA";
/// Where the checksum of each of the three headers is.
const SUM: usize = HEADER - 4;

/// What the checksums of one journal start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seed(u32);

impl Seed {
    pub(crate) fn of(id: &[u8; 16]) -> Seed {
        Seed(crc32c::crc32c(id))
    }

    pub(crate) fn sum(self, bytes: &[u8]) -> u32 {
        crc32c::crc32c_append(self.0, bytes)
    }

    fn seal(self, header: &mut [u8; HEADER]) {
        let sum = self.sum(&header[..SUM]);
        header[SUM..].copy_from_slice(&sum.to_le_bytes());
    }

    fn is_sealed(self, header: &[u8; HEADER]) -> bool {
        u32_at(header, SUM) == self.sum(&header[..SUM])
    }
}

/// What bytes that should be a header are instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoHeader {
    /// Nothing but zeros: nothing was written here.
    Zeros,
    /// Not what was written, or not all of it.
    Unreadable,
    /// Written by a version that knows more than this one.
    Format,
}

/// The header of a group as it is on the disk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GroupHeader {
    pub(crate) header: Header,
    pub(crate) body_sum: u32,
}

impl GroupHeader {
    pub(crate) fn encode(header: &Header, body: &[u8], seed: Seed) -> [u8; HEADER] {
        let mut out = begin(GROUP_MAGIC);
        put(&mut out, 8, &(group_bytes(body.len()) as u32).to_le_bytes());
        put(&mut out, 12, &header.body_len.to_le_bytes());
        put(&mut out, 16, &header.count.to_le_bytes());
        put(&mut out, 20, &seed.sum(body).to_le_bytes());
        put(&mut out, 24, &header.position.to_le_bytes());
        put(&mut out, 32, &header.epoch.to_le_bytes());
        put(&mut out, 40, &header.time.to_le_bytes());
        put(&mut out, 48, &header.prev);
        put(&mut out, 80, &header.root);
        seed.seal(&mut out);
        out
    }

    pub(crate) fn decode(bytes: &[u8; HEADER], seed: Seed) -> Result<GroupHeader, NoHeader> {
        check(bytes, GROUP_MAGIC, seed)?;
        let body_len = u32_at(bytes, 12);
        let total = u64::from(u32_at(bytes, 8));
        if body_len as usize > MAX_GROUP_BYTES || total != group_bytes(body_len as usize) {
            return Err(NoHeader::Format);
        }
        let header = Header {
            position: u64_at(bytes, 24),
            epoch: u64_at(bytes, 32),
            time: u64_at(bytes, 40),
            count: u32_at(bytes, 16),
            body_len,
            prev: hash_at(bytes, 48),
            root: hash_at(bytes, 80),
        };
        Ok(GroupHeader { header, body_sum: u32_at(bytes, 20) })
    }

    /// Bytes that the group takes in its segment.
    pub(crate) fn total(&self) -> u64 {
        group_bytes(self.header.body_len as usize)
    }
}

/// Bytes that a group with `body` bytes of framed records takes in a segment.
pub(crate) fn group_bytes(body: usize) -> u64 {
    ((HEADER + body) as u64).next_multiple_of(ALIGN)
}

/// The header of a segment: where in the chain it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    /// The number of its first group.
    pub(crate) first: u64,
    /// The newest epoch before that.
    pub(crate) epoch: u64,
    /// The hash of the group before that.
    pub(crate) prev: Hash,
}

impl SegmentHeader {
    pub(crate) fn encode(&self, seed: Seed) -> [u8; HEADER] {
        let mut out = begin(SEGMENT_MAGIC);
        put(&mut out, 24, &self.first.to_le_bytes());
        put(&mut out, 32, &self.epoch.to_le_bytes());
        put(&mut out, 48, &self.prev);
        seed.seal(&mut out);
        out
    }

    pub(crate) fn decode(bytes: &[u8; HEADER], seed: Seed) -> Result<SegmentHeader, NoHeader> {
        check(bytes, SEGMENT_MAGIC, seed)?;
        let (first, epoch) = (u64_at(bytes, 24), u64_at(bytes, 32));
        Ok(SegmentHeader { first, epoch, prev: hash_at(bytes, 48) })
    }
}

/// One slot of the anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// Rises with each write; the higher of two slots holds.
    pub(crate) sequence: u64,
    /// The number of the anchored group.
    pub(crate) position: u64,
    /// The epoch claimed last.
    pub(crate) epoch: u64,
    /// The hash of the anchored group.
    pub(crate) hash: Hash,
}

impl Slot {
    pub(crate) fn encode(&self, seed: Seed) -> [u8; SLOT] {
        let mut out = begin(ANCHOR_MAGIC);
        put(&mut out, 16, &self.sequence.to_le_bytes());
        put(&mut out, 24, &self.position.to_le_bytes());
        put(&mut out, 32, &self.epoch.to_le_bytes());
        put(&mut out, 48, &self.hash);
        seed.seal(&mut out);
        out
    }

    pub(crate) fn decode(bytes: &[u8; SLOT], seed: Seed) -> Result<Slot, NoHeader> {
        check(bytes, ANCHOR_MAGIC, seed)?;
        let (sequence, position, epoch) = (u64_at(bytes, 16), u64_at(bytes, 24), u64_at(bytes, 32));
        Ok(Slot { sequence, position, epoch, hash: hash_at(bytes, 48) })
    }
}

/// Whose journal it is. Written once, when the journal is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The name of the cell: one line.
    pub name: String,
    /// An id that no other journal has.
    pub id: [u8; 16],
}

/// What the marker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    Known(Identity),
    /// A journal of another format.
    Format(String),
    Unreadable,
}

impl Marker {
    pub(crate) fn encode(identity: &Identity) -> String {
        let mut text = format!("enishi journal\nformat {FORMAT}\ncell {}\nid ", identity.name);
        for byte in identity.id {
            let _infallible = write!(text, "{byte:02x}");
        }
        text.push('\n');
        let sum = crc32c::crc32c(text.as_bytes());
        let _infallible = writeln!(text, "sum {sum:08x}");
        text
    }

    pub(crate) fn decode(text: &str) -> Marker {
        let Some(format) = text.strip_prefix("enishi journal\nformat ") else {
            return Marker::Unreadable;
        };
        let Some((format, rest)) = format.split_once('\n') else { return Marker::Unreadable };
        if format != FORMAT.to_string() {
            return Marker::Format(format.to_owned());
        }
        let identity = rest.strip_prefix("cell ").and_then(|rest| {
            let (name, rest) = rest.split_once("\nid ")?;
            let id = u128::from_str_radix(rest.get(..32)?, 16).ok()?.to_be_bytes();
            Some(Identity { name: name.to_owned(), id })
        });
        match identity {
            Some(identity) if Marker::encode(&identity) == text => Marker::Known(identity),
            _ => Marker::Unreadable,
        }
    }
}

fn begin(magic: &[u8; 4]) -> [u8; HEADER] {
    let mut out = [0; HEADER];
    put(&mut out, 0, magic);
    put(&mut out, 4, &FORMAT.to_le_bytes());
    out
}

fn check(bytes: &[u8; HEADER], magic: &[u8; 4], seed: Seed) -> Result<(), NoHeader> {
    if bytes.iter().all(|byte| *byte == 0) {
        return Err(NoHeader::Zeros);
    }
    if bytes[..4] != *magic || !seed.is_sealed(bytes) {
        return Err(NoHeader::Unreadable);
    }
    if bytes[4..6] != FORMAT.to_le_bytes() {
        return Err(NoHeader::Format);
    }
    Ok(())
}

fn put(out: &mut [u8; HEADER], at: usize, bytes: &[u8]) {
    out[at..at + bytes.len()].copy_from_slice(bytes);
}

fn array_at<const N: usize>(bytes: &[u8; HEADER], at: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[at..at + N]);
    array
}

fn u32_at(bytes: &[u8; HEADER], at: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, at))
}

fn u64_at(bytes: &[u8; HEADER], at: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, at))
}

fn hash_at(bytes: &[u8; HEADER], at: usize) -> Hash {
    array_at(bytes, at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GroupBuf;

    #[test]
    fn headers_come_back_and_no_bit_of_them_can_flip() {
        let seed = Seed::of(&[7; 16]);
        let mut group = GroupBuf::new();
        group.set_time(1_700_000_000_000_000);
        group.push(b"a record");
        let header = Header::of(&group, 9, 3, [5; 32]);
        let bytes = GroupHeader::encode(&header, b"body", seed);
        assert_eq!(GroupHeader::decode(&bytes, seed).unwrap().header, header);
        let segment = SegmentHeader { first: 9, epoch: 2, prev: [4; 32] };
        assert_eq!(SegmentHeader::decode(&segment.encode(seed), seed), Ok(segment));
        let slot = Slot { sequence: 1, position: 2, epoch: 3, hash: [4; 32] };
        assert_eq!(Slot::decode(&slot.encode(seed), seed), Ok(slot));
        for bit in 0..HEADER * 8 {
            let flip = |mut bytes: [u8; HEADER]| {
                bytes[bit / 8] ^= 1 << (bit % 8);
                bytes
            };
            assert!(GroupHeader::decode(&flip(bytes), seed).is_err());
            assert!(SegmentHeader::decode(&flip(segment.encode(seed)), seed).is_err());
            assert!(Slot::decode(&flip(slot.encode(seed)), seed).is_err());
        }
        assert!(GroupHeader::decode(&bytes, Seed::of(&[8; 16])).is_err(), "another journal's");
        assert_eq!(Slot::decode(&[0; SLOT], seed), Err(NoHeader::Zeros));
    }

    #[test]
    fn the_bytes_of_a_header_stay_what_they_are() {
        let mut group = GroupBuf::new();
        group.set_time(2);
        group.push(b"x");
        let header = Header::of(&group, 1, 1, crate::GENESIS);
        let bytes = GroupHeader::encode(&header, b"\x01\0\0\0x", Seed::of(&[0; 16]));
        let digest = blake3::hash(&bytes);
        assert_eq!(digest.to_hex().as_str(), GOLDEN_HEADER);
        assert_eq!(blake3::Hash::from(header.hash()).to_hex().as_str(), GOLDEN_HASH);
    }

    const GOLDEN_HEADER: &str = "00404a9cd3c7a37f17c24c876558be3b7649137b3faa7dd92520989fcbcaa2df";
    const GOLDEN_HASH: &str = "ce580d1b5d46da7391e816731ab17a572d9ef69f44fbc8ff8db50727687ea66a";

    #[test]
    fn a_marker_comes_back_and_no_bit_of_it_can_flip() {
        let identity = Identity { name: "jp".to_owned(), id: [0xa5; 16] };
        let text = Marker::encode(&identity);
        assert_eq!(Marker::decode(&text), Marker::Known(identity));
        for bit in 0..text.len() * 8 {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(text) = String::from_utf8(bytes) {
                assert!(!matches!(Marker::decode(&text), Marker::Known(_)), "{text}");
            }
        }
        assert_eq!(
            Marker::decode("enishi journal\nformat 9\nanything"),
            Marker::Format("9".to_owned())
        );
        assert_eq!(Marker::decode(""), Marker::Unreadable);
    }
}
