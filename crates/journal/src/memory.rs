//! The journal of tests and of the simulator: groups in memory, on a [`Disk`] that outlives its
//! writers, can be held, copied, cut and opened again, and takes rival writers.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::group::Header;
use crate::{
    AppendError, Appended, ClaimError, Damage, GroupBuf, Hash, Head, Journal, MAX_GROUP_BYTES,
    ReadError, Reader, Stored,
};

/// What a memory journal stands on. Cloning shares it, [`Disk::fork`] copies it.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Clone, Debug, Default)]
struct Inner {
    claimed: u64,
    /// All that was written, void groups too.
    log: Vec<Stored>,
    /// Where in the log the groups of the chain are: number `n` at `chain[n - 1]`.
    chain: Vec<usize>,
}

impl Disk {
    /// An empty disk.
    pub fn new() -> Disk {
        Disk::default()
    }

    /// A copy that shares nothing but the groups' bytes: the disk of a backup, or of a fork.
    pub fn fork(&self) -> Disk {
        Disk { inner: Arc::new(Mutex::new(self.inner().clone())) }
    }

    /// The last group of the chain, and the claimed epoch.
    pub fn head(&self) -> Head {
        self.inner().head()
    }

    /// The groups of the chain, in order.
    pub fn groups(&self) -> Vec<Stored> {
        let inner = self.inner();
        inner.chain.iter().map(|&at| inner.log[at].clone()).collect()
    }

    /// How many groups are void.
    pub fn voids(&self) -> u64 {
        self.inner().voids()
    }

    /// Loses all groups behind number `position`, as a crash or an old backup does. The claimed
    /// epoch stays.
    pub fn truncate(&self, position: u64) {
        let mut inner = self.inner();
        if let Some(&at) = inner.chain.get(position as usize) {
            inner.log.truncate(at);
            inner.chain.truncate(position as usize);
        }
    }

    /// Writes what `write` finds in group number `position`: bit rot. Nothing checks it here; the
    /// reader's checks must. Does nothing when there is no such group.
    pub fn rot(&self, position: u64, write: impl FnOnce(&mut Stored)) {
        let mut inner = self.inner();
        let at = (position as usize).checked_sub(1).and_then(|n| inner.chain.get(n).copied());
        if let Some(at) = at {
            write(&mut inner.log[at]);
        }
    }

    /// Appends as an engine does that compares neither position nor epoch: `group` lands behind
    /// whatever is there. Below the newest epoch it is void; else it must fit the chain, and the
    /// answer is whether it does.
    pub fn append_unfenced(&self, group: Stored) -> bool {
        let mut inner = self.inner();
        let head = inner.head();
        let newest = inner.chain.last().map_or(0, |&at| inner.log[at].epoch);
        let is_void = group.epoch < newest;
        let fits = group.position == head.position + 1 && group.prev == head.hash;
        if !is_void && fits {
            let at = inner.log.len();
            inner.chain.push(at);
        }
        if is_void || fits {
            inner.claimed = inner.claimed.max(group.epoch);
            inner.log.push(group);
        }
        !is_void && fits
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn head(&self) -> Head {
        match self.chain.last() {
            None => Head { epoch: self.claimed, ..Head::EMPTY },
            Some(&at) => {
                let Stored { position, hash, .. } = self.log[at];
                Head { position, epoch: self.claimed, hash }
            }
        }
    }

    fn voids(&self) -> u64 {
        (self.log.len() - self.chain.len()) as u64
    }

    fn get(&self, position: u64) -> Result<Option<&Stored>, ReadError> {
        let Some(index) = (position as usize).checked_sub(1) else { return Ok(None) };
        let Some(&at) = self.chain.get(index) else { return Ok(None) };
        let group = &self.log[at];
        let prev = match index.checked_sub(1) {
            None => crate::GENESIS,
            Some(before) => self.log[self.chain[before]].hash,
        };
        if group.position != position || group.prev != prev || !group.is_genuine() {
            return Err(Damage {
                segment: PathBuf::from("memory"),
                offset: at as u64,
                position,
                what: "the group is not what was written",
            }
            .into());
        }
        Ok(Some(group))
    }
}

/// A writer on a [`Disk`]. Several may hold one disk, as rivals do.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    disk: Disk,
}

impl Memory {
    /// A writer on an empty disk of its own.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// A writer on `disk`, with what is there.
    pub fn open(disk: &Disk) -> Memory {
        Memory { disk: disk.clone() }
    }

    /// What this writer stands on.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }
}

impl Journal for Memory {
    fn head(&self) -> Head {
        self.disk.head()
    }

    fn claim(&mut self, epoch: u64) -> Result<(), ClaimError> {
        let mut inner = self.disk.inner();
        if epoch <= inner.claimed {
            return Err(ClaimError::Stale { head: inner.head() });
        }
        inner.claimed = epoch;
        Ok(())
    }

    fn append(
        &mut self,
        expected: u64,
        epoch: u64,
        group: &GroupBuf,
    ) -> Result<Appended, AppendError> {
        if group.bytes() > MAX_GROUP_BYTES {
            return Err(AppendError::TooLarge { bytes: group.bytes() });
        }
        let mut inner = self.disk.inner();
        let head = inner.head();
        if expected != head.position + 1 || epoch != head.epoch {
            return Err(AppendError::Conflict { head });
        }
        let appended = Appended::of(&Header::of(group, expected, epoch, head.hash));
        let at = inner.log.len();
        inner.log.push(appended.stored(group));
        inner.chain.push(at);
        Ok(appended)
    }

    fn idle(&mut self) -> Result<(), AppendError> {
        Ok(())
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(MemoryReader { disk: self.disk.clone() })
    }
}

struct MemoryReader {
    disk: Disk,
}

impl Reader for MemoryReader {
    fn head(&mut self) -> Result<Head, ReadError> {
        Ok(self.disk.head())
    }

    fn read_from(&mut self, from: u64) -> Result<Option<Stored>, ReadError> {
        Ok(self.disk.inner().get(from)?.cloned())
    }

    fn read_at(&mut self, position: u64) -> Result<Option<Stored>, ReadError> {
        self.read_from(position)
    }

    fn hash_at(&mut self, position: u64) -> Result<Option<Hash>, ReadError> {
        if position == 0 {
            return Ok(Some(crate::GENESIS));
        }
        Ok(self.disk.inner().get(position)?.map(|group| group.hash))
    }

    fn voids(&self) -> u64 {
        self.disk.voids()
    }

    fn fork(&self) -> Box<dyn Reader> {
        Box::new(MemoryReader { disk: self.disk.clone() })
    }
}
