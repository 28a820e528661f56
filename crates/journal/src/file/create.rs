//! Makes a new journal. Its marker comes last: a folder without it holds no journal yet, and what
//! an interrupted creation left there is made anew.

use std::fs::{File, TryLockError};
use std::io::{self, IoSlice};
use std::path::Path;

use super::anchor::Anchor;
use super::error::OpenError;
use super::files::{Files, failed, is_no_space};
use super::format::{HEADER, Identity, Marker, Seed, SegmentHeader, Slot};
use super::layout::{BEGINNING, Segment};
use super::recover::make_segment;
use super::scan::{Cursor, Depth, Source, Window, tail};
use super::walk::{Walk, segments};
use super::{ANCHOR, LOCK, MARKER, Options};
use crate::GENESIS;

/// Takes the lock of the journal in `folder`, for as long as the file stays open.
pub(crate) fn lock(folder: &Path) -> Result<File, OpenError> {
    if !folder.is_dir() {
        return Err(OpenError::Absent { folder: folder.to_owned() });
    }
    let path = folder.join(LOCK);
    let locking = |error: io::Error| OpenError::Io(failed("lock", &path, &error));
    let mut options = File::options();
    let file = options.read(true).write(true).create(true).truncate(false).open(&path);
    let file = file.map_err(locking)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { folder: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(locking(error)),
    }
}

/// Makes an empty journal in `folder`, which is made too when it is not there.
pub(crate) fn create(
    files: &dyn Files,
    folder: &Path,
    identity: &Identity,
    options: &Options,
) -> Result<(), OpenError> {
    if identity.name.is_empty() || identity.name.chars().any(char::is_control) {
        return Err(OpenError::Io(format!("{:?} is no name for a cell", identity.name)));
    }
    std::fs::create_dir_all(folder)
        .map_err(|error| OpenError::Io(failed("create", folder, &error)))?;
    let _lock = lock(folder)?;
    if folder.join(MARKER).exists() {
        return Err(OpenError::Exists { folder: folder.to_owned() });
    }
    let seed = Seed::of(&identity.id);
    let anchor = Slot { sequence: 0, position: 0, epoch: 0, hash: GENESIS };
    let walk = Walk {
        files,
        folder,
        seed,
        depth: Depth::Body,
        anchor,
        beside_writer: false,
        look_behind: true,
    };
    let creating = |error: io::Error| match is_no_space(&error) {
        true => OpenError::NoSpace { folder: folder.to_owned() },
        false => OpenError::Io(failed("create a journal in", folder, &error)),
    };
    refuse_groups(&walk)?;
    make(&walk, identity, options).map_err(creating)
}

fn make(walk: &Walk<'_>, identity: &Identity, options: &Options) -> io::Result<()> {
    let (files, folder) = (walk.files, walk.folder);
    let temporary = folder.join("created.tmp");
    Anchor::create(files, &temporary, walk.seed)?;
    files.rename(&temporary, &folder.join(ANCHOR))?;

    let header = SegmentHeader { first: 1, epoch: 0, prev: GENESIS };
    make_segment(walk, &temporary, &header, options.segment_bytes)?;
    files.rename(&temporary, &Segment::path(folder, 1))?;

    let marker = files.create(&temporary)?;
    let text = Marker::encode(identity);
    files.write(&marker, 0, &mut [IoSlice::new(text.as_bytes())])?;
    files.sync(&marker)?;
    files.sync_folder(folder)?;
    files.rename(&temporary, &folder.join(MARKER))?;
    files.sync_folder(folder)?;
    match folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => files.sync_folder(parent),
        None => files.sync_folder(Path::new(".")),
    }
}

/// Refuses a folder without marker that holds more than an interrupted creation leaves.
fn refuse_groups(walk: &Walk<'_>) -> Result<(), OpenError> {
    let reading = |error: io::Error| OpenError::Io(failed("read", walk.folder, &error));
    for segment in segments(walk.folder).map_err(reading)? {
        let path = Segment::path(walk.folder, segment.first);
        let file = walk.files.open(&path, false).map_err(reading)?;
        let behind = Cursor { offset: HEADER as u64, ..BEGINNING };
        let source = Source { files: walk.files, file: &file };
        let length = file.metadata().map_err(reading)?.len();
        let mut window = Window::new(1 << 20);
        let found = tail(&mut window, source, &behind, length, walk.seed).map_err(reading)?;
        if segment.first != 1 || found.dirty > 0 {
            return Err(OpenError::Marker { path: walk.folder.join(MARKER) });
        }
    }
    Ok(())
}
