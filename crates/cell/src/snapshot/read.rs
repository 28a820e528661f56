//! Reads snapshots at a start, newest first, and believes none that leaves a doubt.

use std::fs::{self, File};
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc;

use economy::{Restorer, State};
use journal::{ReadError, Reader};
use kernel::fixed::Corrupt;
use tracing::warn;

use super::SnapshotConfig;
use super::file::{HEADER, Header, list};
use crate::core::{Replayed, replay};
use crate::handle::CellInfo;

/// Why a snapshot is not believed.
#[derive(Debug, thiserror::Error)]
enum Doubt {
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

/// The state at the end of the journal, by way of a snapshot.
pub(crate) struct Newest {
    pub state: State,
    /// The group after which the snapshot was begun.
    pub position: u64,
    /// Bytes of its blocks.
    pub bytes: u64,
    /// What came after it; the time is that of the last group in any case.
    pub replayed: Replayed,
}

/// Starts from the newest snapshot that leaves no doubt; deletes those that do, and what
/// unfinished ones left behind.
pub(crate) fn newest(
    config: &SnapshotConfig,
    cell: &CellInfo,
    seed: u64,
    journal: &mut dyn Reader,
) -> Option<Newest> {
    let (whole, leftover) = match list(&config.folder) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            warn!(folder = %config.folder.display(), %error, "snapshots can't be looked for");
            return None;
        }
    };
    leftover.iter().for_each(|path| delete(path));
    whole.iter().find_map(|path| {
        let tried = load(path, cell, seed, journal);
        let started = tried.and_then(|(header, state)| follow(&header, state, journal));
        started
            .inspect_err(|why| {
                warn!(path = %path.display(), %why, "a snapshot is not used");
                delete(path);
            })
            .ok()
    })
}

fn delete(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        warn!(path = %path.display(), %error, "a useless snapshot could not be deleted");
    }
}

/// Reads the state, if all of it is what was written and the journal has its group.
fn load(
    path: &Path,
    cell: &CellInfo,
    seed: u64,
    journal: &mut dyn Reader,
) -> Result<(Header, State), Doubt> {
    let mut file = File::open(path)?;
    let mut header = [0; HEADER];
    let length = file.metadata()?.len().checked_sub(HEADER as u64).ok_or(Doubt::Length)?;
    file.read_exact(&mut header)?;
    let header = Header::decode(&header, cell)?;
    if length != header.length {
        return Err(Doubt::Length);
    }
    if journal.hash_at(header.position)? != Some(header.group) {
        return Err(Doubt::NotInJournal);
    }
    let (restorer, hash) = restore(file, length)?;
    if hash != header.state {
        return Err(Doubt::Hash);
    }
    let state = restorer.finish(cell.number, seed)?;
    Ok((header, state))
}

/// Applies what came after a snapshot.
fn follow(header: &Header, mut state: State, journal: &mut dyn Reader) -> Result<Newest, Doubt> {
    // A state that is not what it seems may break an invariant. Whether it is the journal that
    // is at fault shows when all of it is replayed.
    let replayed =
        catch_unwind(AssertUnwindSafe(|| replay(&mut state, journal, header.position + 1)));
    let Ok(Ok(replayed)) = replayed else { return Err(Doubt::NotReplayed) };
    let replayed = Replayed { time: replayed.time.max(header.time), ..replayed };
    let Header { position, length: bytes, .. } = *header;
    Ok(Newest { state, position, bytes, replayed })
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
