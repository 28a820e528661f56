//! The few things asked of a file system, behind a trait so that tests can fail each of them.

use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::FallocateFlags;

pub(crate) trait Files: Send + Sync {
    /// A new file, open for reading and writing; one of that name is lost.
    fn create(&self, path: &Path) -> io::Result<File>;
    fn open(&self, path: &Path, write: bool) -> io::Result<File>;
    /// Gives the file its length and its blocks, all zero.
    fn reserve(&self, file: &File, bytes: u64) -> io::Result<()>;
    /// Writes all of `parts`, one behind the other.
    fn write(&self, file: &File, offset: u64, parts: &mut [IoSlice<'_>]) -> io::Result<()>;
    /// Reads into `buffer`; less than all of it only at the end of the file.
    fn read(&self, file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
    /// Makes what was written durable.
    fn sync(&self, file: &File) -> io::Result<()>;
    /// Makes names in a folder durable.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    fn truncate(&self, file: &File, bytes: u64) -> io::Result<()>;
}

/// The operating system's.
pub(crate) struct RealFiles;

impl Files for RealFiles {
    fn create(&self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true).mode(0o600).open(path)
    }

    fn open(&self, path: &Path, write: bool) -> io::Result<File> {
        OpenOptions::new().read(true).write(write).open(path)
    }

    fn reserve(&self, file: &File, bytes: u64) -> io::Result<()> {
        match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, bytes) {
            // Not every file system can; then zeros are written.
            Err(rustix::io::Errno::OPNOTSUPP) => {
                let zeros = vec![0; 1 << 20];
                let mut offset = 0;
                while offset < bytes {
                    let length = (bytes - offset).min(zeros.len() as u64);
                    file.write_all_at(&zeros[..length as usize], offset)?;
                    offset += length;
                }
                Ok(())
            }
            other => Ok(other?),
        }
    }

    fn write(&self, file: &File, offset: u64, parts: &mut [IoSlice<'_>]) -> io::Result<()> {
        let (mut offset, mut parts) = (offset, parts);
        // Takes away what is empty, or an empty rest would look like a write of nothing.
        IoSlice::advance_slices(&mut parts, 0);
        while !parts.is_empty() {
            match rustix::io::pwritev(file, parts, offset) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    offset += written as u64;
                    IoSlice::advance_slices(&mut parts, written);
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn read(&self, file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match file.read_at(&mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn truncate(&self, file: &File, bytes: u64) -> io::Result<()> {
        file.set_len(bytes)
    }
}

/// The operating system's, which nothing is made durable of: see [`super::FileJournal::create_late`].
pub(crate) struct LateFiles;

impl Files for LateFiles {
    fn create(&self, path: &Path) -> io::Result<File> {
        RealFiles.create(path)
    }

    fn open(&self, path: &Path, write: bool) -> io::Result<File> {
        RealFiles.open(path, write)
    }

    fn reserve(&self, file: &File, bytes: u64) -> io::Result<()> {
        RealFiles.reserve(file, bytes)
    }

    fn write(&self, file: &File, offset: u64, parts: &mut [IoSlice<'_>]) -> io::Result<()> {
        RealFiles.write(file, offset, parts)
    }

    fn read(&self, file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        RealFiles.read(file, offset, buffer)
    }

    fn sync(&self, _file: &File) -> io::Result<()> {
        Ok(())
    }

    fn sync_folder(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealFiles.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealFiles.remove(path)
    }

    fn truncate(&self, file: &File, bytes: u64) -> io::Result<()> {
        RealFiles.truncate(file, bytes)
    }
}

/// Whether an error says that there is no room, so that the same may work later.
pub(crate) fn is_no_space(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// A sentence on what failed where.
pub(crate) fn failed(doing: &str, path: &Path, error: &io::Error) -> String {
    format!("cannot {doing} {}: {error}", path.display())
}
