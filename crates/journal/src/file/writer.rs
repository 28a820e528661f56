//! The one writer of a file journal.

use std::fs::File;
use std::io::{self, IoSlice};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::anchor::Anchor;
use super::error::OpenError;
use super::files::{Files, LateFiles, RealFiles, failed, is_no_space};
use super::format::{ALIGN, GroupHeader, HEADER, Identity, SegmentHeader, group_bytes};
use super::layout::{Mark, Segment, Shared};
use super::prepare::Preparer;
use super::reader::FileReader;
use super::{ANCHOR, MARKER, Opened, Options, Recovered, create, recover};
use crate::group::Header;
use crate::{AppendError, Appended, ClaimError, GroupBuf, Head, Journal, MAX_GROUP_BYTES, Reader};

/// Makes everything in a journal's folder durable.
///
/// # Errors
/// What the system said.
pub fn sync_all(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::File::open(entry.path())?.sync_all()?;
        }
    }
    std::fs::File::open(folder)?.sync_all()
}

/// A journal in a folder, held by its lock. After the first error of a write or sync it appends no
/// more: what the disk holds is then unknown, and only opening the journal again can tell.
pub struct FileJournal {
    files: Arc<dyn Files>,
    shared: Arc<Shared>,
    anchor: Anchor,
    /// The segment that is written, and its length.
    live: File,
    capacity: u64,
    preparer: Preparer,
    options: Options,
    unanchored: u32,
    anchored_at: Instant,
    failure: Option<String>,
    opened: Opened,
    /// Dropped last.
    _lock: File,
}

impl FileJournal {
    /// Makes a new journal in `folder` and opens it.
    ///
    /// # Errors
    /// [`OpenError::Exists`] when there is one, and those of [`FileJournal::open`].
    pub fn create(
        folder: &Path,
        identity: &Identity,
        options: Options,
    ) -> Result<FileJournal, OpenError> {
        FileJournal::create_with(Arc::new(RealFiles), folder, identity, options)
    }

    /// Opens the journal in `folder`, which must be that of `identity`: checks every group, cuts an
    /// unfinished write at the end, and makes durable what may not be.
    ///
    /// # Errors
    /// Those of [`OpenError`]; damage to what was durable refuses to open and says where.
    pub fn open(
        folder: &Path,
        identity: &Identity,
        options: Options,
    ) -> Result<FileJournal, OpenError> {
        FileJournal::open_with(Arc::new(RealFiles), folder, identity, options)
    }

    /// Opens the journal in `folder`, or makes it when there is none.
    ///
    /// # Errors
    /// Those of [`FileJournal::open`].
    pub fn open_or_create(
        folder: &Path,
        identity: &Identity,
        options: Options,
    ) -> Result<FileJournal, OpenError> {
        match folder.join(MARKER).exists() {
            true => FileJournal::open(folder, identity, options),
            false => FileJournal::create(folder, identity, options),
        }
    }

    /// Makes a journal of which nothing is durable before [`sync_all`] has gone over its folder: for
    /// a tool that writes years in one go and tells nobody of them meanwhile. What is left when the
    /// power goes before is to be thrown away.
    ///
    /// # Errors
    /// Those of [`FileJournal::create`].
    pub fn create_late(
        folder: &Path,
        identity: &Identity,
        options: Options,
    ) -> Result<FileJournal, OpenError> {
        FileJournal::create_with(Arc::new(LateFiles), folder, identity, options)
    }

    pub(crate) fn create_with(
        files: Arc<dyn Files>,
        folder: &Path,
        identity: &Identity,
        options: Options,
    ) -> Result<FileJournal, OpenError> {
        create::create(&*files, folder, identity, &options)?;
        FileJournal::open_with(files, folder, identity, options)
    }

    pub(crate) fn open_with(
        files: Arc<dyn Files>,
        folder: &Path,
        identity: &Identity,
        options: Options,
    ) -> Result<FileJournal, OpenError> {
        let Recovered { lock, anchor, shared, opened } =
            recover(&*files, folder, identity, &options)?;
        let path = Segment::path(folder, shared.read().end.segment.first);
        let opening = |error: io::Error| OpenError::Io(failed("open", &path, &error));
        let live = files.open(&path, true).map_err(opening)?;
        let capacity = live.metadata().map_err(opening)?.len();
        let preparer = Preparer::start(Arc::clone(&files), folder.join("next.tmp"));
        let preparer = preparer.map_err(opening)?;
        preparer.want(options.segment_bytes);
        Ok(FileJournal {
            files,
            shared,
            anchor,
            live,
            capacity,
            preparer,
            options,
            unanchored: 0,
            anchored_at: Instant::now(),
            failure: None,
            opened,
            _lock: lock,
        })
    }

    /// What opening it found and did.
    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// Makes the next segment the live one; it has room for a group of `total` bytes.
    fn roll(&mut self, total: u64) -> Result<(), AppendError> {
        let end = self.shared.read().end;
        let folder = self.shared.folder.clone();
        let path = Segment::path(&folder, end.at.position);
        let wanted = self.options.segment_bytes.max(HEADER as u64 + total);
        match self.begin_segment(&path, end, wanted) {
            Ok(file) => {
                let data = file.metadata().map_err(|error| self.fail("read", &path, &error))?;
                (self.live, self.capacity) = (file, data.len());
                let segment = Segment { first: end.at.position, inode: data.ino() };
                let mut at = end.at;
                at.offset = HEADER as u64;
                let mut layout = self.shared.write();
                layout.end = Mark { segment, at };
                let end = layout.end;
                layout.note(end);
            }
            Err(error) if is_no_space(&error) => return Err(AppendError::NoSpace),
            Err(error) => return Err(self.fail("begin", &path, &error)),
        }
        let synced = self.files.sync_folder(&folder);
        synced.map_err(|error| self.fail("sync", &folder, &error))?;
        self.preparer.want(self.options.segment_bytes);
        Ok(())
    }

    /// Nothing has changed when this fails: the segment gets its name last.
    fn begin_segment(&self, path: &Path, end: Mark, bytes: u64) -> io::Result<File> {
        let ready = self.preparer.take(bytes)?;
        let header =
            SegmentHeader { first: end.at.position, epoch: end.at.epoch, prev: end.at.prev };
        let file = self.files.open(ready, true)?;
        let seed = self.shared.seed;
        self.files.write(&file, 0, &mut [IoSlice::new(&header.encode(seed))])?;
        self.files.sync(&file)?;
        self.files.rename(ready, path)?;
        Ok(file)
    }

    fn anchor(&mut self) -> Result<(), AppendError> {
        let head = self.shared.read().head();
        let last = self.anchor.last();
        if (last.position, last.epoch) != (head.position, head.epoch) {
            let set = self.anchor.set(&*self.files, head.position, head.epoch, head.hash);
            set.map_err(|error| self.fail("write", &self.shared.folder.join(ANCHOR), &error))?;
        }
        self.unanchored = 0;
        self.anchored_at = Instant::now();
        Ok(())
    }

    fn fail(&mut self, doing: &str, path: &Path, error: &io::Error) -> AppendError {
        let failure = failed(doing, path, error);
        tracing::error!(%failure, "the journal stops");
        self.failure = Some(failure.clone());
        AppendError::Io(failure)
    }

    fn check(&self) -> Result<(), AppendError> {
        match &self.failure {
            Some(failure) => Err(AppendError::Io(failure.clone())),
            None => Ok(()),
        }
    }
}

impl Journal for FileJournal {
    fn head(&self) -> Head {
        self.shared.read().head()
    }

    fn claim(&mut self, epoch: u64) -> Result<(), ClaimError> {
        self.check().map_err(|error| ClaimError::Io(error.to_string()))?;
        let head = self.head();
        if epoch <= head.epoch {
            return Err(ClaimError::Stale { head });
        }
        self.shared.write().epoch = epoch;
        self.anchor().map_err(|error| ClaimError::Io(error.to_string()))
    }

    fn append(
        &mut self,
        expected: u64,
        epoch: u64,
        group: &GroupBuf,
    ) -> Result<Appended, AppendError> {
        self.check()?;
        let head = self.head();
        if expected != head.position + 1 || epoch != head.epoch {
            return Err(AppendError::Conflict { head });
        }
        if group.bytes() > MAX_GROUP_BYTES {
            return Err(AppendError::TooLarge { bytes: group.bytes() });
        }
        let total = group_bytes(group.bytes());
        if self.shared.read().end.at.offset + total > self.capacity {
            self.roll(total)?;
        }
        let end = self.shared.read().end;
        let header = Header::of(group, expected, epoch, head.hash);
        let bytes = GroupHeader::encode(&header, group.body(), self.shared.seed);
        let padding = [0; ALIGN as usize];
        let padding = &padding[..total as usize - HEADER - group.bytes()];
        let mut parts = [IoSlice::new(&bytes), IoSlice::new(group.body()), IoSlice::new(padding)];
        let written = self.files.write(&self.live, end.at.offset, &mut parts);
        let durable = written.and_then(|()| self.files.sync(&self.live));
        if let Err(error) = durable {
            let path = Segment::path(&self.shared.folder, end.segment.first);
            return Err(self.fail("write", &path, &error));
        }
        // Durable from here on: what follows can't take it back.
        let appended = Appended::of(&header);
        {
            let mut layout = self.shared.write();
            layout.note(end);
            layout.end.at.pass(&header, appended.hash, total);
        }
        self.unanchored += 1;
        if self.unanchored >= self.options.anchor_groups
            || self.anchored_at.elapsed() >= self.options.anchor_every
        {
            self.anchor()?;
        }
        Ok(appended)
    }

    fn idle(&mut self) -> Result<(), AppendError> {
        self.check()?;
        self.anchor()
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(FileReader::new(Arc::clone(&self.shared), Arc::clone(&self.files), None))
    }
}
