//! Walks the groups of a segment and judges each: the one place that decides what is whole.

use std::fs::File;
use std::io;

use super::files::Files;
use super::format::{ALIGN, GroupHeader, HEADER, NoHeader, Seed, SegmentHeader};
use crate::frame::{framed, is_framed};
use crate::group::Header;
use crate::{Hash, Stored, merkle};

/// A place in a segment, and all that is needed to judge the group there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The number that the next group of the chain has.
    pub(crate) position: u64,
    /// The newest epoch so far; a group below it is void.
    pub(crate) epoch: u64,
    /// The hash of the group before.
    pub(crate) prev: Hash,
    /// Bytes from the start of the segment.
    pub(crate) offset: u64,
}

impl Cursor {
    /// Where the first group of a segment is.
    pub(crate) fn start(header: &SegmentHeader) -> Cursor {
        let SegmentHeader { first, epoch, prev } = *header;
        Cursor { position: first, epoch, prev, offset: HEADER as u64 }
    }

    /// Goes past a group of the chain.
    pub(crate) fn pass(&mut self, header: &Header, hash: Hash, total: u64) {
        self.position += 1;
        self.epoch = header.epoch;
        self.prev = hash;
        self.offset += total;
    }
}

/// How much of a group is checked; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    /// The header and the chain.
    Header,
    /// The checksum and the framing of the records.
    Body,
    /// The Merkle root.
    Root,
}

/// What is at a [`Cursor`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// The next group of the chain.
    Group { header: Header, hash: Hash, total: u64 },
    /// A group of a writer that had been deposed.
    Void { header: Header, total: u64 },
    /// Nothing was written here.
    End,
    /// A write that may not have been finished.
    Torn(&'static str),
    /// A finished write that does not belong here: never the end of a crash.
    Wrong(&'static str),
}

/// Judges what is at `at`, given that nothing behind byte `limit` counts.
pub(crate) fn step(
    window: &mut Window,
    source: Source<'_>,
    at: &Cursor,
    limit: u64,
    seed: Seed,
    depth: Depth,
) -> io::Result<Step> {
    let bytes = window.get(source, at.offset, HEADER, limit)?;
    let Some(bytes) = bytes.first_chunk() else {
        let blank = bytes.iter().all(|byte| *byte == 0);
        return Ok(if blank { Step::End } else { Step::Torn("the file ends inside a group") });
    };
    let group = match GroupHeader::decode(bytes, seed) {
        Ok(group) => group,
        Err(NoHeader::Zeros) => return Ok(Step::End),
        Err(NoHeader::Unreadable) => return Ok(Step::Torn("the header of a group is damaged")),
        Err(NoHeader::Format) => return Ok(Step::Wrong("a group has a format unknown here")),
    };
    let (header, total) = (group.header, group.total());
    let is_void = header.epoch < at.epoch;
    if !is_void && header.position != at.position {
        return Ok(Step::Wrong("a group has another number"));
    }
    if !is_void && header.prev != at.prev {
        return Ok(Step::Wrong("a group does not continue the chain"));
    }
    if depth >= Depth::Body {
        let Some(body) = body(window, source, at.offset, &header, limit)? else {
            return Ok(Step::Torn("the file ends inside a group"));
        };
        if seed.sum(body) != group.body_sum {
            return Ok(Step::Torn("the records of a group are damaged"));
        }
        if !is_framed(body, header.count) {
            return Ok(Step::Wrong("a group is not made of whole records"));
        }
        if depth == Depth::Root && merkle::root(framed(body, header.count)) != header.root {
            return Ok(Step::Wrong("the records of a group are not those under its root"));
        }
    }
    if is_void {
        return Ok(Step::Void { header, total });
    }
    Ok(Step::Group { header, hash: header.hash(), total })
}

/// The records of a group that [`step`] has judged, as they are to be handed out.
pub(crate) fn stored(
    window: &mut Window,
    source: Source<'_>,
    offset: u64,
    header: &Header,
    limit: u64,
) -> io::Result<Option<Stored>> {
    let body = body(window, source, offset, header, limit)?;
    Ok(body.and_then(|body| Stored::try_new(header, body)))
}

fn body<'w>(
    window: &'w mut Window,
    source: Source<'_>,
    offset: u64,
    header: &Header,
    limit: u64,
) -> io::Result<Option<&'w [u8]>> {
    let length = HEADER + header.body_len as usize;
    let bytes = window.get(source, offset, length, limit)?;
    Ok((bytes.len() == length).then(|| &bytes[HEADER..]))
}

/// What lies behind the end of the chain in a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tail {
    /// Bytes up to the last that is not zero.
    pub(crate) dirty: u64,
    /// Where the header of a later group is: proof that what is before it was once durable, as a
    /// group is written only after the one before it was synced.
    pub(crate) later: Option<u64>,
}

/// Looks at all bytes from `at` to `limit`.
pub(crate) fn tail(
    window: &mut Window,
    source: Source<'_>,
    at: &Cursor,
    limit: u64,
    seed: Seed,
) -> io::Result<Tail> {
    let mut tail = Tail::default();
    let mut offset = at.offset;
    loop {
        let bytes = window.get(source, offset, 1 << 20, limit)?;
        if bytes.is_empty() {
            return Ok(tail);
        }
        let length = bytes.len();
        let mut headers = Vec::new();
        for (block, bytes) in bytes.chunks(ALIGN as usize).enumerate() {
            if let Some(last) = bytes.iter().rposition(|byte| *byte != 0) {
                let place = offset + block as u64 * ALIGN;
                tail.dirty = place + last as u64 + 1 - at.offset;
                headers.extend((bytes[0] == b'E').then_some(place));
            }
        }
        for place in headers {
            let Some(header) = window.get(source, place, HEADER, limit)?.first_chunk() else {
                continue;
            };
            let later = GroupHeader::decode(header, seed)
                .is_ok_and(|group| group.header.position > at.position);
            if later && tail.later.is_none() {
                tail.later = Some(place);
            }
        }
        offset += length as u64;
    }
}

/// An open file and how to read it.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) files: &'a dyn Files,
    pub(crate) file: &'a File,
}

/// A part of a file in memory, so that many small groups cost one read.
pub(crate) struct Window {
    ahead: usize,
    start: u64,
    length: usize,
    buffer: Vec<u8>,
}

impl Window {
    /// A window that reads `ahead` bytes at once when it has to read.
    pub(crate) fn new(ahead: usize) -> Window {
        Window { ahead, start: 0, length: 0, buffer: Vec::new() }
    }

    /// Forgets what it saw, as another file is next or the bytes may have changed.
    pub(crate) fn clear(&mut self) {
        self.length = 0;
    }

    /// `want` bytes from `offset`; fewer at the end of the file or at `limit`.
    pub(crate) fn get(
        &mut self,
        source: Source<'_>,
        offset: u64,
        want: usize,
        limit: u64,
    ) -> io::Result<&[u8]> {
        let room = usize::try_from(limit.saturating_sub(offset)).unwrap_or(usize::MAX);
        let want = want.min(room);
        let have = self.start..=self.start + self.length as u64;
        let inside = have.contains(&offset) && offset + want as u64 <= *have.end();
        if !inside {
            let length = want.max(self.ahead).min(room);
            if self.buffer.len() < length {
                self.buffer.resize(length, 0);
            }
            self.length = 0;
            self.start = offset;
            self.length = source.files.read(source.file, offset, &mut self.buffer[..length])?;
        }
        let from = (offset - self.start) as usize;
        let to = (from + want).min(self.length);
        Ok(&self.buffer[from..to])
    }
}
