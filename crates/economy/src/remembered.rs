//! Which requests were answered before: a key's hash, a hash of what was asked, and where the
//! answer stands in the journal.

use kernel::fixed::{Corrupt, Fixed, Reader, Writer};
use kernel::index::{Index, hash_id};
use kernel::log::Log;
use kernel::{Span, Timestamp};

/// How long an answer is remembered (CORE §3).
pub const REMEMBER: Span = Span::hours(72);

/// A request as its caller may repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Hash of actor, operation and the caller's key.
    pub key: u128,
    /// Hash of the request as the caller sent it.
    pub content: u128,
}

/// One remembered answer: 40 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    key: [u64; 2],
    content: u64,
    position: u64,
    index: u32,
    at_s: u32,
}

impl Fixed for Answered {
    const SIZE: usize = 40;

    fn put(&self, out: &mut [u8]) {
        Writer::new(out)
            .u64(self.key[0])
            .u64(self.key[1])
            .u64(self.content)
            .u64(self.position)
            .u32(self.index)
            .u32(self.at_s);
    }

    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        Ok(Self {
            key: [r.u64()?, r.u64()?],
            content: r.u64()?,
            position: r.u64()?,
            index: r.u32()?,
            at_s: r.u32()?,
        })
    }
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// The same request; its record is here.
    Same { position: u64, index: u32 },
    /// Another request.
    Other,
}

/// The remembered answers of a cell, oldest first.
pub(crate) struct Remembered {
    pub(crate) log: Log<Answered>,
    pub(crate) ids: Index,
}

fn halves(key: u128) -> [u64; 2] {
    [(key >> 64) as u64, key as u64]
}

fn whole(key: [u64; 2]) -> u128 {
    (u128::from(key[0]) << 64) | u128::from(key[1])
}

/// 64 of the content's 128 bits: a repeat by mistake is told from another request; the key's
/// own 128 bits are what an answer is found by.
fn folded(content: u128) -> u64 {
    (content >> 64) as u64 ^ content as u64
}

impl Remembered {
    pub fn new(seed: u64) -> Self {
        Self { log: Log::new(), ids: Index::new(seed) }
    }

    pub fn restored(seed: u64, log: Log<Answered>) -> Self {
        let mut ids = Index::new(seed);
        ids.extend(log.iter().map(|(number, known)| (hash_id(seed, whole(known.key)), number)));
        Self { log, ids }
    }

    pub fn find(&self, asked: &Fingerprint) -> Option<Known> {
        let number = self.ids.find(self.ids.hash(asked.key), |n| {
            self.log.get(n).is_some_and(|known| known.key == halves(asked.key))
        })?;
        let known = self.log.get(number)?;
        Some(if known.content == folded(asked.content) {
            Known::Same { position: known.position, index: known.index }
        } else {
            Known::Other
        })
    }

    pub fn add(&mut self, now: Timestamp, asked: &Fingerprint, position: u64, index: u32) {
        let number = self.log.push(Answered {
            key: halves(asked.key),
            content: folded(asked.content),
            position,
            index,
            at_s: now.seconds() as u32,
        });
        self.ids.insert(self.ids.hash(asked.key), number);
    }

    pub fn len(&self) -> usize {
        self.log.len()
    }

    /// When the oldest hour of answers may be forgotten.
    pub fn next_forget(&self) -> Option<Timestamp> {
        let oldest = self.log.get(self.log.first())?;
        let at = Timestamp::from_seconds(u64::from(oldest.at_s));
        Some(at.end_of_hour().plus(REMEMBER))
    }

    /// The answers that may be forgotten at `now`, at most `limit`, as the last one's number.
    pub fn forgettable(&self, now: Timestamp, limit: usize) -> Option<u32> {
        if self.next_forget().is_none_or(|at| at > now) {
            return None;
        }
        let before = now.minus(REMEMBER).seconds();
        let oldest = self.log.iter().take(limit);
        oldest.take_while(|(_, known)| u64::from(known.at_s) < before).last().map(|(n, _)| n)
    }

    pub fn forget(&mut self, through: u32) {
        for (number, known) in self.log.front(through) {
            self.ids.remove(self.ids.hash(whole(known.key)), number);
        }
        self.log.drop_front(through);
    }
}
