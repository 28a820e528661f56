//! Opens a journal without its lock and changes nothing: for the audit, beside a running server.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::anchor::Anchor;
use super::error::OpenError;
use super::files::{Files, RealFiles, failed};
use super::format::{Identity, Seed};
use super::layout::{BEGINNING, Layout, Mark, Segment, Shared};
use super::reader::FileReader;
use super::scan::Cursor;
use super::walk::{Walk, Walked, segments};
use super::{ANCHOR, Opened, Verify, read_marker};
use crate::{Head, ReadError, Reader};

/// A journal that was opened to be read, also while its writer runs. It ends at the last durable
/// group: what it finds behind the anchor it syncs before it shows it.
pub struct ReadOnly {
    identity: Identity,
    shared: Arc<Shared>,
    files: Arc<dyn Files>,
    refresh: Arc<Refresh>,
    opened: Opened,
}

impl ReadOnly {
    /// Opens the journal in `folder` and checks every group.
    ///
    /// # Errors
    /// Those of [`OpenError`] but [`OpenError::Locked`], [`OpenError::Exists`],
    /// [`OpenError::OtherCell`] and [`OpenError::NoSpace`].
    pub fn open(folder: &Path, verify: Verify) -> Result<ReadOnly, OpenError> {
        ReadOnly::open_with(Arc::new(RealFiles), folder, verify)
    }

    pub(crate) fn open_with(
        files: Arc<dyn Files>,
        folder: &Path,
        verify: Verify,
    ) -> Result<ReadOnly, OpenError> {
        let identity = read_marker(folder)?;
        let seed = Seed::of(&identity.id);
        let refresh = Refresh { verify, turn: Mutex::new(()) };
        let (layout, opened) = steady(folder, || refresh.open(folder, &*files, seed))?;
        let shared = Arc::new(Shared::new(folder.to_owned(), seed, layout));
        Ok(ReadOnly { identity, shared, files, refresh: Arc::new(refresh), opened })
    }

    /// Whose journal it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What opening it found.
    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// The last group that was durable when last looked, and the claimed epoch.
    pub fn head(&self) -> Head {
        self.shared.read().head()
    }

    /// A reader; it sees what becomes durable later, too.
    pub fn reader(&self) -> Box<dyn Reader> {
        let (shared, files) = (Arc::clone(&self.shared), Arc::clone(&self.files));
        Box::new(FileReader::new(shared, files, Some(Arc::clone(&self.refresh))))
    }
}

/// Learns from the files alone what is new.
pub(crate) struct Refresh {
    verify: Verify,
    turn: Mutex<()>,
}

impl Refresh {
    fn open(
        &self,
        folder: &Path,
        files: &dyn Files,
        seed: Seed,
    ) -> Result<(Layout, Opened), OpenError> {
        let all = some_segments(folder)?;
        let start = Mark { segment: all[0], at: BEGINNING };
        let (walked, epoch) = self.walk(folder, files, seed, &all, BEGINNING, true)?;
        let end = walked.end.unwrap_or(start);
        let opened = Opened::of(&walked);
        let mut layout = Layout::new(walked.marks.first().copied().unwrap_or(end));
        layout.take(&walked, end, epoch);
        Ok((layout, opened))
    }

    /// Extends the layout by what has become durable since.
    pub(crate) fn run(&self, shared: &Shared, files: &dyn Files) -> Result<(), ReadError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        match steady(&shared.folder, || self.extend(shared, files)) {
            Ok(()) => Ok(()),
            Err(OpenError::Damaged(damage)) => Err(damage.into()),
            Err(error) => Err(ReadError::Io(error.to_string())),
        }
    }

    fn extend(&self, shared: &Shared, files: &dyn Files) -> Result<(), OpenError> {
        let all = some_segments(&shared.folder)?;
        let (end, (index, from)) = {
            let layout = shared.read();
            (layout.end, layout.resume(&all))
        };
        let (walked, epoch) =
            self.walk(&shared.folder, files, shared.seed, &all[index..], from, false)?;
        let new_end = walked.end.unwrap_or(end);
        if new_end.at.position < end.at.position {
            return Err(OpenError::Short {
                folder: shared.folder.clone(),
                found: new_end.at.position - 1,
                anchored: end.at.position - 1,
            });
        }
        let mut layout = shared.write();
        if from != end.at {
            layout.rewind(&all, &from);
        }
        layout.take(&walked, new_end, epoch);
        Ok(())
    }

    /// Walks over `part` of the segments and makes sure that all that it found is durable.
    fn walk(
        &self,
        folder: &Path,
        files: &dyn Files,
        seed: Seed,
        part: &[Segment],
        from: Cursor,
        look_behind: bool,
    ) -> Result<(Walked, u64), OpenError> {
        let path = folder.join(ANCHOR);
        let anchor = Anchor::read(files, &path, seed)
            .map_err(|error| OpenError::Io(failed("read", &path, &error)))?
            .ok_or(OpenError::Anchor { path })?;
        let depth = self.verify.depth();
        let walk = Walk { files, folder, seed, depth, anchor, beside_writer: true, look_behind };
        let walked = walk.run(part, from)?;
        if !walked.beyond.is_empty() {
            let synced = files.sync_folder(folder);
            synced.map_err(|error| OpenError::Io(failed("sync", folder, &error)))?;
        }
        let mut synced = None;
        for piece in &walked.beyond {
            if synced != Some(piece.mark.segment) {
                let path: PathBuf = Segment::path(folder, piece.mark.segment.first);
                let sync = files.open(&path, false).and_then(|file| files.sync(&file));
                sync.map_err(|error| OpenError::Io(failed("sync", &path, &error)))?;
                synced = Some(piece.mark.segment);
            }
        }
        let newest = walked.end.map_or(0, |end| end.at.epoch);
        Ok((walked, anchor.epoch.max(newest)))
    }
}

/// Tries again what failed while segments came or went: a writer that starts may replace them under
/// our eyes.
fn steady<T>(
    folder: &Path,
    mut look: impl FnMut() -> Result<T, OpenError>,
) -> Result<T, OpenError> {
    let mut tries = 0;
    loop {
        let before = some_segments(folder)?;
        match look() {
            Err(_) if tries < 10 && some_segments(folder)? != before => tries += 1,
            other => return other,
        }
    }
}

fn some_segments(folder: &Path) -> Result<Vec<Segment>, OpenError> {
    let all = segments(folder).map_err(|error| OpenError::Io(failed("read", folder, &error)))?;
    if all.is_empty() {
        return Err(super::no_segment(folder));
    }
    Ok(all)
}
