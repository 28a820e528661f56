//! What opening does with groups behind the anchor. After a `kill -9` the page cache may show what
//! is not on the disk, and after a failed sync it may call clean what never got there. So they are
//! written anew, into a new segment, and synced, before anyone is served.

use std::io::{self, IoSlice};
use std::path::Path;

use super::error::OpenError;
use super::files::{Files, failed, is_no_space};
use super::format::{ALIGN, HEADER, SegmentHeader};
use super::layout::{Mark, Segment};
use super::scan::{Source, Window};
use super::walk::{Walk, Walked};

/// Zeros written at once behind the first header of a segment that is made while opening, so that
/// its first syncs are quick; the rest of it is only reserved, so that opening is.
const FILLED: u64 = 4 << 20;

/// Makes the segment that begins as `header` says, with nothing in it but zeros, under the
/// temporary name `path`.
pub(crate) fn make_segment(
    walk: &Walk<'_>,
    path: &Path,
    header: &SegmentHeader,
    bytes: u64,
) -> io::Result<std::fs::File> {
    let file = walk.files.create(path)?;
    walk.files.reserve(&file, bytes)?;
    fill(walk.files, &file, bytes.min(FILLED))?;
    walk.files.write(&file, 0, &mut [IoSlice::new(&header.encode(walk.seed))])?;
    walk.files.sync(&file)?;
    Ok(file)
}

fn fill(files: &dyn Files, file: &std::fs::File, bytes: u64) -> io::Result<()> {
    let zeros = vec![0; 1 << 20];
    let mut offset = 0;
    while offset < bytes {
        let length = (bytes - offset).min(zeros.len() as u64);
        files.write(file, offset, &mut [IoSlice::new(&zeros[..length as usize])])?;
        offset += length;
    }
    Ok(())
}

/// Moves the groups behind the anchor into a segment of their own, which takes the place of all
/// that was there. `walked` is what the walk over `segments` found.
///
/// A crash in between leaves what opens: the new segment gets its name when all of them are in it,
/// and those that it replaces go in their order, so that the rest still continues it.
pub(crate) fn rewrite(
    walk: &Walk<'_>,
    segments: &[Segment],
    walked: &Walked,
    end: Mark,
    segment_bytes: u64,
) -> Result<(), OpenError> {
    let from = walked.beyond.first().map_or(end, |piece| piece.mark);
    let needed: u64 = walked.beyond.iter().map(|piece| piece.total).sum();
    let temporary = walk.folder.join("recovered.tmp");
    let path = Segment::path(walk.folder, from.at.position);
    let header =
        SegmentHeader { first: from.at.position, epoch: from.at.epoch, prev: from.at.prev };
    let bytes = segment_bytes.max((HEADER as u64 + needed).next_multiple_of(4096));
    let written = make_segment(walk, &temporary, &header, bytes)
        .and_then(|file| copy(walk, walked, &file))
        .and_then(|()| walk.files.rename(&temporary, &path))
        .and_then(|()| walk.files.sync_folder(walk.folder));
    written.map_err(|error| {
        if is_no_space(&error) {
            let _failed_too = walk.files.remove(&temporary);
            return OpenError::NoSpace { folder: walk.folder.to_owned() };
        }
        OpenError::Io(failed("write", &path, &error))
    })?;
    for old in segments.iter().filter(|old| old.first > from.at.position) {
        let path = Segment::path(walk.folder, old.first);
        let removed = walk.files.remove(&path).and_then(|()| walk.files.sync_folder(walk.folder));
        removed.map_err(|error| OpenError::Io(failed("remove", &path, &error)))?;
    }
    if from.segment.first < from.at.position {
        let path = Segment::path(walk.folder, from.segment.first);
        let file = walk.files.open(&path, true);
        let cut = file.and_then(|file| walk.files.truncate(&file, from.at.offset));
        cut.map_err(|error| OpenError::Io(failed("shorten", &path, &error)))?;
    }
    Ok(())
}

fn copy(walk: &Walk<'_>, walked: &Walked, to: &std::fs::File) -> io::Result<()> {
    let mut window = Window::new(4 << 20);
    let mut from: Option<(Segment, std::fs::File)> = None;
    let mut offset = HEADER as u64;
    for piece in &walked.beyond {
        let segment = piece.mark.segment;
        if from.as_ref().is_none_or(|(open, _)| *open != segment) {
            let path = Segment::path(walk.folder, segment.first);
            from = Some((segment, walk.files.open(&path, false)?));
            window.clear();
        }
        let Some((_, file)) = &from else { continue };
        let source = Source { files: walk.files, file };
        let bytes = window.get(source, piece.mark.at.offset, piece.total as usize, u64::MAX)?;
        // A file that was cut may lack the zeros behind its last group.
        if bytes.len() as u64 + ALIGN <= piece.total {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        walk.files.write(to, offset, &mut [IoSlice::new(bytes)])?;
        offset += piece.total;
    }
    walk.files.sync(to)
}
