//! Reads snapshots at a start, newest first, and believes none that leaves a doubt.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use economy::{Restorer, State};
use journal::{ReadError, Reader};
use kernel::fixed::Corrupt;
use tracing::warn;

use super::SnapshotConfig;
use super::file::{HEADER, Header, list};
use crate::handle::CellInfo;

/// Why a snapshot is not believed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Doubt {
    #[error("it can't be read: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    #[error("its length is not what its header says")]
    Length,
    #[error("its state's hash is not what its header says")]
    Hash,
    #[error("the journal does not have the group it was taken at")]
    NotInJournal,
    #[error(transparent)]
    Journal(#[from] ReadError),
    #[error("what comes after it can't be applied to it")]
    NotReplayed,
}

/// A state that stands after a group of the journal.
pub(crate) struct Restored {
    pub state: State,
    pub position: u64,
    pub time: u64,
}

/// A file that says it is a snapshot.
pub(crate) struct Candidate {
    path: PathBuf,
}

/// The snapshots there are, newest first. Deletes what unfinished ones left behind.
pub(crate) fn candidates(config: &SnapshotConfig) -> Vec<Candidate> {
    let (whole, leftover) = match list(&config.folder) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            warn!(folder = %config.folder.display(), %error, "snapshots can't be looked for");
            return Vec::new();
        }
    };
    leftover.iter().for_each(|path| delete(path));
    whole.into_iter().map(|path| Candidate { path }).collect()
}

fn delete(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        warn!(path = %path.display(), %error, "a useless snapshot could not be deleted");
    }
}

impl Candidate {
    /// Reads the state, if all of it is what was written and the journal has its group.
    pub fn load(
        &self,
        cell: &CellInfo,
        seed: u64,
        journal: &mut dyn Reader,
    ) -> Result<Restored, Doubt> {
        let mut file = File::open(&self.path)?;
        let mut header = [0; HEADER];
        let total = file.metadata()?.len();
        if total < HEADER as u64 {
            return Err(Doubt::Length);
        }
        file.read_exact(&mut header)?;
        let header = Header::decode(&header, cell)?;
        if total - HEADER as u64 != header.length {
            return Err(Doubt::Length);
        }
        if journal.hash_at(header.position)? != Some(header.group) {
            return Err(Doubt::NotInJournal);
        }
        let (restorer, hash) = restore(file, header.length)?;
        if hash != header.state {
            return Err(Doubt::Hash);
        }
        let state = restorer.finish(cell.number, seed)?;
        Ok(Restored { state, position: header.position, time: header.time })
    }

    /// Deletes the file and says why.
    pub fn reject(&self, why: &Doubt) {
        warn!(path = %self.path.display(), %why, "a snapshot is not used");
        delete(&self.path);
    }
}

/// One block on its way from the thread that reads to the one that builds.
struct Block {
    tag: u8,
    bytes: Vec<u8>,
}

/// Blocks that wait to be built from.
const AHEAD: usize = 8;

/// Reads and hashes in one thread, builds in another.
fn restore(file: File, length: u64) -> Result<(Restorer, [u8; 32]), Doubt> {
    let (blocks, incoming) = mpsc::sync_channel::<Block>(AHEAD);
    let (give_back, spares) = mpsc::channel::<Vec<u8>>();
    // Moved in, so that giving up here also ends who reads.
    std::thread::scope(move |scope| {
        let reading = scope.spawn(move || read_blocks(file, length, &blocks, &spares));
        let mut restorer = Restorer::default();
        for Block { tag, bytes } in incoming {
            restorer.read(tag, &bytes)?;
            drop(give_back.send(bytes));
        }
        let hash =
            reading.join().map_err(|_| io::Error::other("the reading thread panicked"))??;
        Ok((restorer, hash))
    })
}

/// The hash of all blocks, each of which was sent on.
fn read_blocks(
    mut file: File,
    mut left: u64,
    blocks: &mpsc::SyncSender<Block>,
    spares: &mpsc::Receiver<Vec<u8>>,
) -> Result<[u8; 32], Doubt> {
    let mut hasher = economy::snapshot::hasher();
    while left > 0 {
        let mut head = [0; 5];
        left = left.checked_sub(head.len() as u64).ok_or(Doubt::Length)?;
        file.read_exact(&mut head)?;
        let [tag, size @ ..] = head;
        let size = u32::from_le_bytes(size);
        left = left.checked_sub(u64::from(size)).ok_or(Doubt::Length)?;
        let mut bytes = spares.try_recv().unwrap_or_default();
        bytes.resize(size as usize, 0);
        file.read_exact(&mut bytes)?;
        hasher.update(&head).update(&bytes);
        if blocks.send(Block { tag, bytes }).is_err() {
            // Who builds has found a fault in what came before.
            break;
        }
    }
    Ok(hasher.finalize().into())
}
