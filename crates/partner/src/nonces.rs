//! Nonces that were seen, in memory and in a file: a captured request says nothing a second time,
//! also not to a process that was started anew.

use std::collections::{HashSet, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The most that are kept of one partner. When there is no more room, requests are refused until
/// the oldest have left the window: none is forgotten early.
pub const MOST: usize = 1_000_000;
/// One entry in the file: the second in big-endian, and half of the nonce's SHA-256.
const ENTRY: usize = 24;

/// What is wrong with a nonce.
#[derive(Debug)]
pub enum Refused {
    /// It was seen before.
    Seen,
    /// There is no room to remember it.
    Full,
    /// It can't be written down.
    Io(io::Error),
}

/// The nonces of one partner.
#[derive(Debug, Default)]
pub struct Nonces {
    known: HashSet<[u8; ENTRY]>,
    order: VecDeque<[u8; ENTRY]>,
    file: Option<(PathBuf, File)>,
    written: usize,
}

impl Nonces {
    /// Goes on with what stands in a file; one that is not there is made. What was cut off at its
    /// end by a crash was never answered.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn open(path: &Path, oldest: u64) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let entries = bytes.chunks_exact(ENTRY).filter_map(|it| it.try_into().ok());
        let mut order: Vec<[u8; ENTRY]> = entries.filter(|it| at(it) >= oldest).collect();
        order.sort_unstable();
        let known = order.iter().copied().collect();
        let mut nonces = Self { known, order: order.into(), file: None, written: 0 };
        nonces.rewrite(path)?;
        Ok(nonces)
    }

    /// Notes a nonce and the second in which its request was made.
    ///
    /// # Errors
    /// [`Refused`], then the request is not to be done.
    pub fn note(&mut self, created: u64, nonce: &str, oldest: u64) -> Result<(), Refused> {
        while self.order.front().is_some_and(|first| at(first) < oldest) {
            let Some(first) = self.order.pop_front() else { break };
            self.known.remove(&first);
        }
        let mut entry = [0; ENTRY];
        entry[..8].copy_from_slice(&created.to_be_bytes());
        entry[8..].copy_from_slice(&Sha256::digest(nonce)[..16]);
        if self.known.contains(&entry) {
            return Err(Refused::Seen);
        }
        if self.order.len() >= MOST {
            return Err(Refused::Full);
        }
        if let Some((_, file)) = &mut self.file {
            file.write_all(&entry).map_err(Refused::Io)?;
            self.written += 1;
        }
        self.known.insert(entry);
        // Almost in order: a clock that runs behind puts one a few places too far back, where it
        // stays a little longer.
        self.order.push_back(entry);
        if self.written > 2 * MOST
            && let Some((path, _)) = self.file.take()
        {
            self.rewrite(&path).map_err(Refused::Io)?;
        }
        Ok(())
    }

    fn rewrite(&mut self, path: &Path) -> io::Result<()> {
        let new = path.with_extension("new");
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(self.order.make_contiguous().as_flattened())?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        self.written = self.order.len();
        self.file = Some((path.to_owned(), file));
        Ok(())
    }
}

fn at(entry: &[u8; ENTRY]) -> u64 {
    let (second, _) = entry.split_at(8);
    second.iter().fold(0, |at, byte| at << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_counts_once_also_after_a_new_start() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("partners/mdr.nonces");
        let mut nonces = Nonces::open(&path, 0).unwrap();
        nonces.note(100, "a", 40).unwrap();
        nonces.note(90, "b", 40).unwrap();
        assert!(matches!(nonces.note(100, "a", 40), Err(Refused::Seen)));
        drop(nonces);
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend([1; 7]);
        fs::write(&path, bytes).unwrap();
        let mut nonces = Nonces::open(&path, 95).unwrap();
        assert_eq!(nonces.order.len(), 1, "what left the window, and what was cut off, is gone");
        assert!(matches!(nonces.note(100, "a", 95), Err(Refused::Seen)));
        nonces.note(101, "a", 95).unwrap();
        // Out of the window the clock refuses it.
        nonces.note(900, "c", 600).unwrap();
        assert_eq!((nonces.order.len(), nonces.known.len()), (1, 1));
    }
}
