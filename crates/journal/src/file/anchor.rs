//! The anchor: a second file that says how far the journal is durable, so that a missing end is
//! noticed. Two slots are written in turn; damage to one leaves the other.

use std::fs::File;
use std::io::{self, IoSlice};
use std::path::Path;

use super::files::Files;
use super::format::{SLOT, SLOTS, Seed, Slot};

const BYTES: u64 = 8192;

pub(crate) struct Anchor {
    file: File,
    seed: Seed,
    last: Slot,
}

impl Anchor {
    /// Writes the anchor of an empty journal to `path`, durable but for its name.
    pub(crate) fn create(files: &dyn Files, path: &Path, seed: Seed) -> io::Result<()> {
        let file = files.create(path)?;
        files.reserve(&file, BYTES)?;
        for sequence in 0..SLOTS.len() as u64 {
            let slot = Slot { sequence, position: 0, epoch: 0, hash: crate::GENESIS };
            write(files, &file, seed, &slot)?;
        }
        files.sync(&file)
    }

    /// The newest slot there is, `None` when neither can be read.
    pub(crate) fn read(files: &dyn Files, path: &Path, seed: Seed) -> io::Result<Option<Slot>> {
        let file = files.open(path, false)?;
        let mut newest: Option<Slot> = None;
        for offset in SLOTS {
            let mut bytes = [0; SLOT];
            files.read(&file, offset, &mut bytes)?;
            match Slot::decode(&bytes, seed) {
                Ok(slot) if newest.is_none_or(|other| slot.sequence > other.sequence) => {
                    newest = Some(slot);
                }
                Ok(_) => {}
                Err(_) => {
                    let path = path.display();
                    tracing::warn!(%path, offset, "a slot of the anchor is damaged");
                }
            }
        }
        Ok(newest)
    }

    /// The anchor at `path`, ready to be written behind `last`, which was read from it.
    pub(crate) fn open(
        files: &dyn Files,
        path: &Path,
        seed: Seed,
        last: Slot,
    ) -> io::Result<Anchor> {
        Ok(Anchor { file: files.open(path, true)?, seed, last })
    }

    /// What is anchored.
    pub(crate) fn last(&self) -> &Slot {
        &self.last
    }

    /// Anchors what is durable already.
    pub(crate) fn set(
        &mut self,
        files: &dyn Files,
        position: u64,
        epoch: u64,
        hash: crate::Hash,
    ) -> io::Result<()> {
        let slot = Slot { sequence: self.last.sequence + 1, position, epoch, hash };
        write(files, &self.file, self.seed, &slot)?;
        files.sync(&self.file)?;
        self.last = slot;
        Ok(())
    }
}

fn write(files: &dyn Files, file: &File, seed: Seed, slot: &Slot) -> io::Result<()> {
    let offset = SLOTS[(slot.sequence % SLOTS.len() as u64) as usize];
    files.write(file, offset, &mut [IoSlice::new(&slot.encode(seed))])
}
