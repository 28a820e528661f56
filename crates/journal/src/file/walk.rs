//! Goes through the segments in order and judges every group: what opening a journal means.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::OpenError;
use super::files::{Files, failed};
use super::format::{HEADER, Seed, SegmentHeader, Slot};
use super::layout::{Layout, Mark, Segment};
use super::scan::{Cursor, Depth, Source, Step, Tail, Window, step, tail};
use crate::{Damage, Hash};

const AHEAD: usize = 4 << 20;

/// The segments in `folder`, in order.
pub(crate) fn segments(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(first) = entry.file_name().to_str().and_then(Segment::parse) {
            match entry.metadata() {
                Ok(data) => _ = found.insert(first, data.ino()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(found.into_iter().map(|(first, inode)| Segment { first, inode }).collect())
}

/// How to go.
pub(crate) struct Walk<'a> {
    pub(crate) files: &'a dyn Files,
    pub(crate) folder: &'a Path,
    pub(crate) seed: Seed,
    pub(crate) depth: Depth,
    /// Up to here no group may be missing.
    pub(crate) anchor: Slot,
    /// Whether a writer may be at work: then a group that looks damaged is looked at again.
    pub(crate) beside_writer: bool,
    /// Whether to look at what is behind the end of the last segment.
    pub(crate) look_behind: bool,
}

/// A whole group that the anchor does not cover.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub(crate) mark: Mark,
    pub(crate) total: u64,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// Places for the index, the first group of each segment among them.
    pub(crate) marks: Vec<Mark>,
    /// Where the chain ends.
    pub(crate) end: Option<Mark>,
    /// The groups behind the anchor.
    pub(crate) beyond: Vec<Piece>,
    /// What is behind the end in the last segment.
    pub(crate) tail: Tail,
    /// What is wrong with the group there, if one was begun.
    pub(crate) torn: Option<&'static str>,
    /// Groups of the chain that were passed.
    pub(crate) groups: u64,
    /// Void groups that were passed over.
    pub(crate) voids: u64,
}

impl Walk<'_> {
    /// Goes through `segments`, beginning at `at` in the first of them; an offset of 0 is before
    /// that segment's header.
    pub(crate) fn run(&self, segments: &[Segment], at: Cursor) -> Result<Walked, OpenError> {
        let mut walked = Walked::default();
        let mut window = Window::new(AHEAD);
        let mut at = at;
        for (index, segment) in segments.iter().enumerate() {
            let until = segments.get(index + 1).map(|next| next.first);
            self.segment(&mut walked, &mut window, *segment, &mut at, until)?;
            walked.end = Some(Mark { segment: *segment, at });
            if until.is_some() {
                at.offset = 0;
            }
        }
        if at.position <= self.anchor.position {
            return Err(OpenError::Short {
                folder: self.folder.to_owned(),
                found: at.position - 1,
                anchored: self.anchor.position,
            });
        }
        Ok(walked)
    }

    /// Goes through one segment: up to group number `until`, or to the end of the last one.
    fn segment(
        &self,
        walked: &mut Walked,
        window: &mut Window,
        segment: Segment,
        at: &mut Cursor,
        until: Option<u64>,
    ) -> Result<(), OpenError> {
        let path = Segment::path(self.folder, segment.first);
        let reading = |error: io::Error| OpenError::Io(failed("read", &path, &error));
        let file = self.files.open(&path, false).map_err(reading)?;
        let length = file.metadata().map_err(reading)?.len();
        let source = Source { files: self.files, file: &file };
        window.clear();
        if at.offset == 0 {
            self.begin(window, source, &path, segment, at)?;
        }
        let mut patience = if self.beside_writer { 3 } else { 0 };
        while until.is_none_or(|until| at.position < until) {
            let mark = Mark { segment, at: *at };
            match step(window, source, at, length, self.seed, self.depth).map_err(reading)? {
                Step::Group { header, hash, total } => {
                    self.pass(walked, mark, total, hash)?;
                    at.pass(&header, hash, total);
                }
                Step::Void { header, total } => {
                    tracing::warn!(position = header.position, epoch = header.epoch, "void group");
                    walked.voids += 1;
                    at.offset += total;
                }
                Step::Wrong(what) => return Err(damage(path, at, what)),
                Step::End | Step::Torn(_) if until.is_some() => {
                    return Err(damage(path, at, "a group is missing or damaged"));
                }
                stop @ (Step::End | Step::Torn(_)) => {
                    let torn = if let Step::Torn(what) = stop { Some(what) } else { None };
                    let tail = if self.look_behind {
                        tail(window, source, at, length, self.seed).map_err(reading)?
                    } else {
                        Tail::default()
                    };
                    let was_durable = torn.filter(|_| at.position <= self.anchor.position);
                    let was_followed = tail.later.map(|_| "a group is damaged that others follow");
                    let Some(what) = was_durable.or(was_followed) else {
                        (walked.tail, walked.torn) = (tail, torn);
                        return Ok(());
                    };
                    if patience == 0 {
                        return Err(damage(path, at, what));
                    }
                    patience -= 1;
                    window.clear();
                }
            }
        }
        Ok(())
    }

    /// Judges the header of a segment.
    fn begin(
        &self,
        window: &mut Window,
        source: Source<'_>,
        path: &Path,
        segment: Segment,
        at: &mut Cursor,
    ) -> Result<(), OpenError> {
        let bytes = window
            .get(source, 0, HEADER, HEADER as u64)
            .map_err(|error| OpenError::Io(failed("read", path, &error)))?;
        let header =
            bytes.first_chunk().and_then(|bytes| SegmentHeader::decode(bytes, self.seed).ok());
        let Some(header) = header else {
            return Err(damage(path.to_owned(), at, "the header of the segment is damaged"));
        };
        let start = Cursor::start(&header);
        if header.first != segment.first || start != (Cursor { offset: start.offset, ..*at }) {
            return Err(damage(path.to_owned(), at, "the segment does not continue the chain"));
        }
        *at = start;
        Ok(())
    }

    fn pass(
        &self,
        walked: &mut Walked,
        mark: Mark,
        total: u64,
        hash: Hash,
    ) -> Result<(), OpenError> {
        let position = mark.at.position;
        if position == self.anchor.position && hash != self.anchor.hash {
            return Err(OpenError::Forked { folder: self.folder.to_owned(), position });
        }
        if position > self.anchor.position {
            walked.beyond.push(Piece { mark, total });
        }
        walked.groups += 1;
        let is_first = walked.marks.last().is_none_or(|last| last.segment != mark.segment);
        if is_first || Layout::is_marked(position) {
            walked.marks.push(mark);
        }
        Ok(())
    }
}

fn damage(segment: PathBuf, at: &Cursor, what: &'static str) -> OpenError {
    Damage { segment, offset: at.offset, position: at.position, what }.into()
}
