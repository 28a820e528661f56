//! What clients were promised, held against what stands in the journals.

use std::collections::BTreeMap;

use economy::decode_record;
use journal::Journal;
use journal::memory::{Disk, Memory};
use kernel::Span;

use crate::Broken;
use crate::client::{Clients, Settled};

/// The records that stand under each key, and the promises that were not looked at yet.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    /// By cell: key → the newest record.
    keys: [BTreeMap<u128, Place>; 2],
    /// By cell: older records under keys that were forgotten meanwhile.
    older: [Vec<(u128, Place)>; 2],
    /// The last group that was read of each cell, and its time.
    read: [(u64, u64); 2],
    made: Vec<usize>,
    /// Kept so far.
    pub count: u64,
}

/// Where a record stands, and the time of its group.
#[derive(Clone, Copy, Debug)]
struct Place {
    time: u64,
    position: u64,
    index: u32,
}

/// How long an answer is remembered (CORE §3).
pub(crate) const REMEMBERED: Span = Span::hours(72);

impl Promises {
    /// A client was told that its operation is done.
    pub fn made(&mut self, op: usize) {
        self.made.push(op);
    }

    /// Forgets all but the count.
    pub fn begin_anew(&mut self) {
        *self = Self { count: self.count, ..Self::default() };
    }

    /// Reads on in a journal: time does not go back, and no key has two records while it is
    /// remembered.
    pub fn read(&mut self, cell: usize, disk: &Disk) -> Result<(), Broken> {
        let mut reader = Memory::open(disk).reader();
        loop {
            let (before, time) = self.read[cell];
            let position = before + 1;
            let group = reader.read_from(position).map_err(|why| Broken(why.to_string()))?;
            let Some(group) = group else { return Ok(()) };
            if group.time < time {
                return Err(Broken(format!("time goes back in group {position} of cell {cell}")));
            }
            for (index, record) in group.records().enumerate() {
                let record = decode_record(record).map_err(|why| Broken(why.to_string()))?;
                let Some(asked) = record.header.fingerprint else { continue };
                let place = Place { time: group.time, position, index: index as u32 };
                let Some(before) = self.keys[cell].insert(asked.key, place) else { continue };
                if group.time < before.time + REMEMBERED.0 {
                    return Err(Broken(format!("one key has two records in cell {cell}")));
                }
                self.older[cell].push((asked.key, before));
            }
            self.read[cell] = (position, group.time);
        }
    }

    /// Where the records of a key stand: one, unless it was forgotten and used again.
    pub fn places(&self, cell: usize, key: u128) -> impl Iterator<Item = (u64, u32)> {
        let older = self.older[cell].iter().filter(move |(known, _)| *known == key);
        let all = older.map(|(_, place)| place).chain(self.keys[cell].get(&key));
        all.map(|place| (place.position, place.index))
    }

    /// Whether every promise since the last look stands in the journal.
    pub fn kept(&mut self, clients: &Clients) -> Result<(), Broken> {
        for op in std::mem::take(&mut self.made) {
            let one = &clients.ops[op];
            let (Some(place), Some(key)) = (one.place(), one.key()) else { continue };
            if !self.places(one.cell, key).any(|found| found == place) {
                return Err(Broken(format!(
                    "a promise is lost: {:?} of cell {} should stand at {place:?}",
                    one.ask, one.cell
                )));
            }
            self.count += 1;
        }
        Ok(())
    }

    /// All promises once more, over journals read from the beginning; and what was refused for
    /// sure stands nowhere.
    pub fn all_kept(&mut self, clients: &Clients, disks: [&Disk; 2]) -> Result<(), Broken> {
        self.begin_anew();
        for (cell, disk) in disks.into_iter().enumerate() {
            self.read(cell, disk)?;
        }
        for (op, one) in clients.ops.iter().enumerate() {
            let Some(key) = one.key() else { continue };
            let done = matches!(one.settled, Some(Settled::Done { .. }));
            if done {
                self.made.push(op);
            } else if one.surely_nothing() && self.places(one.cell, key).next().is_some() {
                let what = format!("what was refused has a record: {:?}", one.ask);
                // A key that is used for two things has the record of the first.
                if one.kind == crate::client::Kind::Ordinary {
                    return Err(Broken(what));
                }
            }
        }
        let count = self.count;
        self.kept(clients)?;
        self.count = count;
        Ok(())
    }
}
