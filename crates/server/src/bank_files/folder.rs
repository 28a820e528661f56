//! The folder in which files for the bank are kept, readable by their owner alone: they name people
//! and their accounts.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use audit::{FileState, bank_file_name};

/// A cell's `files/`. Its calls write to a disk and wait for it.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder at a path; made with its first file.
    pub const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn named(&self, day: u32, number: u16, state: FileState) -> PathBuf {
        self.path.join(bank_file_name(day, number, state))
    }

    /// Writes bytes under the temporary name; on the disk when it returns.
    ///
    /// # Errors
    /// The disk's.
    pub fn write_new(&self, day: u32, number: u16, bytes: &[u8]) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.path)?;
        let path = self.named(day, number, FileState::New);
        let mut options = OpenOptions::new();
        let mut file = options.create(true).write(true).truncate(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        self.sync()
    }

    /// Gives what stands under the temporary name its own.
    ///
    /// # Errors
    /// The disk's.
    pub fn keep(&self, day: u32, number: u16) -> io::Result<()> {
        self.rename(day, number, FileState::New, FileState::Kept)
    }

    /// Gives a file the name of one that must not be sent. One that is not there is no matter.
    ///
    /// # Errors
    /// The disk's.
    pub fn withdraw(&self, day: u32, number: u16) -> io::Result<()> {
        match self.rename(day, number, FileState::Kept, FileState::Withdrawn) {
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    fn rename(&self, day: u32, number: u16, from: FileState, to: FileState) -> io::Result<()> {
        fs::rename(self.named(day, number, from), self.named(day, number, to))?;
        self.sync()
    }

    /// The bytes of a file under one of its names; none if there is none of it.
    ///
    /// # Errors
    /// The disk's.
    pub fn read(&self, day: u32, number: u16, state: FileState) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.named(day, number, state)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// Whether a file has one of its names.
    ///
    /// # Errors
    /// The disk's.
    pub fn has(&self, day: u32, number: u16, state: FileState) -> io::Result<bool> {
        self.named(day, number, state).try_exists()
    }

    /// Deletes what stands under a temporary name and was never sealed.
    ///
    /// # Errors
    /// The disk's.
    pub fn discard(&self, day: u32, number: u16) -> io::Result<()> {
        match fs::remove_file(self.named(day, number, FileState::New)) {
            Err(why) if why.kind() != ErrorKind::NotFound => Err(why),
            _ => Ok(()),
        }
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}
