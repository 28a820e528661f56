//! The thread that writes a snapshot: low in priority, throttled, and of no weight to the cell
//! when it fails.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use kernel::snapshot::Piece;
use tracing::{info, warn};

use super::SnapshotConfig;
use super::file::{HEADER, Header, list, path, spare, temporary};
use crate::handle::Handle;

/// Bytes that are written and synced at a time: the journal's sync waits behind them.
const BURST: usize = 1 << 20;
/// The least pause after each burst, so that the journal's syncs come first.
const PAUSE: Duration = Duration::from_millis(4);
/// How much lower than the cell's threads this one runs.
const NICE: i32 = 10;

/// One snapshot to be written.
pub(super) struct Job {
    pub config: SnapshotConfig,
    pub handle: Handle,
    /// The group after which it was begun.
    pub position: u64,
    /// Set when the state it is of was dropped.
    pub cancelled: Arc<AtomicBool>,
    /// Takes the bytes of the snapshot when it is published.
    pub bytes: Arc<AtomicU64>,
}

/// Why none came of it.
enum Failed {
    /// The cell dropped its state.
    Cancelled,
    /// The disk, or the journal, said no.
    Io(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Job {
    /// Writes what comes until the end is said, then publishes it.
    pub fn run(&self, pieces: &Receiver<Option<Piece>>) {
        let began = Instant::now();
        // On Linux a thread has a priority of its own. Without it the snapshot only disturbs more.
        let _same = rustix::process::nice(NICE);
        let folder = &self.config.folder;
        let temporary = temporary(folder, self.position);
        let (cell, position) = (&self.handle.info().name, self.position);
        match self.write(&temporary, pieces) {
            Ok(bytes) => {
                self.bytes.store(bytes, Relaxed);
                self.handle.metrics().snapshot.store(position, Relaxed);
                self.handle.metrics().snapshots.fetch_add(1, Relaxed);
                let ms = began.elapsed().as_millis() as u64;
                info!(cell, position, bytes, ms, "snapshot written");
                self.spare_older();
            }
            Err(failed) => {
                if let Failed::Io(error) = failed {
                    warn!(cell, position, %error, "no snapshot was written");
                }
                let _absent = fs::remove_file(&temporary);
            }
        }
    }

    fn write(&self, temporary: &Path, pieces: &Receiver<Option<Piece>>) -> Result<u64, Failed> {
        let folder = &self.config.folder;
        fs::create_dir_all(folder)?;
        let mut blocks = Blocks::create(temporary, &spare(folder))?;
        loop {
            // Without an end having been said, the cell has dropped the state.
            let piece = pieces.recv().map_err(|_| Failed::Cancelled)?;
            let Some(piece) = piece else { break };
            if self.cancelled.load(Relaxed) {
                return Err(Failed::Cancelled);
            }
            blocks.append(piece)?;
        }
        let (file, length, state) = blocks.finish()?;
        let group = self.durable_group()?;
        let header = Header {
            cell: self.handle.info().clone(),
            position: self.position,
            group: group.hash,
            time: group.time,
            length,
            state,
        };
        file.write_all_at(&header.encode(), 0)?;
        file.sync_all()?;
        fs::rename(temporary, path(folder, self.position))?;
        File::open(folder)?.sync_all()?;
        Ok(length)
    }

    /// Waits until the snapshot's group is durable and reads it back.
    fn durable_group(&self) -> Result<journal::Stored, Failed> {
        let feed = self.handle.feed();
        while feed.wait(self.position, Duration::from_millis(20)) < self.position {
            if self.cancelled.load(Relaxed) {
                return Err(Failed::Cancelled);
            }
        }
        // After the wait: a group of this number that came after the state was dropped is
        // another one.
        if self.cancelled.load(Relaxed) {
            return Err(Failed::Cancelled);
        }
        let mut reader = feed.reader().map_err(io::Error::other)?;
        let group = reader.read_at(self.position).map_err(io::Error::other)?;
        Ok(group.ok_or_else(|| io::Error::other("the group of the snapshot is not there"))?)
    }

    /// Keeps the newest of those no longer wanted as the file that the next snapshot is written
    /// over, and deletes the others.
    fn spare_older(&self) {
        let folder = &self.config.folder;
        let whole = list(folder).map(|(whole, _)| whole).unwrap_or_default();
        let mut older = whole.iter().skip(self.config.keep.max(1));
        if let Some(path) = older.next()
            && let Err(error) = fs::rename(path, spare(folder))
        {
            warn!(path = %path.display(), %error, "an old snapshot could not be put aside");
        }
        for path in older {
            if let Err(error) = fs::remove_file(path) {
                warn!(path = %path.display(), %error, "an old snapshot could not be deleted");
            }
        }
    }
}

/// The blocks of a snapshot on their way to the disk.
struct Blocks {
    file: File,
    buffer: Vec<u8>,
    /// Bytes of the buffer that are hashed and written.
    length: u64,
    hasher: blake3::Hasher,
}

impl Blocks {
    /// A file whose header is zeros: nobody takes it for a snapshot. It is the spare one when
    /// there is one: to write over blocks that a file has is synced faster than to give it new
    /// ones, and to give back a large file's blocks holds up every sync of the disk meanwhile.
    fn create(path: &Path, spare: &Path) -> io::Result<Self> {
        // There is none until more snapshots were taken than are kept.
        let _absent = fs::rename(spare, path);
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        file.write_all(&[0; HEADER])?;
        let hasher = economy::snapshot::hasher();
        Ok(Self { file, buffer: Vec::new(), length: 0, hasher })
    }

    fn append(&mut self, piece: Piece) -> io::Result<()> {
        let before = self.buffer.len();
        piece(&mut self.buffer);
        self.hasher.update(&self.buffer[before..]);
        self.length += (self.buffer.len() - before) as u64;
        if self.buffer.len() >= BURST { self.flush() } else { Ok(()) }
    }

    /// Writes in bursts, each synced, with a pause as long as its sync took.
    fn flush(&mut self) -> io::Result<()> {
        for burst in self.buffer.chunks(BURST) {
            self.file.write_all(burst)?;
            let began = Instant::now();
            self.file.sync_data()?;
            std::thread::sleep(began.elapsed().max(PAUSE));
        }
        self.buffer.clear();
        Ok(())
    }

    /// The file, the bytes of all blocks, and the state's hash.
    fn finish(mut self) -> io::Result<(File, u64, [u8; 32])> {
        self.flush()?;
        self.file.set_len(HEADER as u64 + self.length)?;
        Ok((self.file, self.length, self.hasher.finalize().into()))
    }
}
