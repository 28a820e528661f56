//! The journal in a folder of files: the default of every real cell.
//!
//! ```text
//! journal/journal                      whose it is, and its format
//! journal/00000000000000000001.seg     groups 1 … ; each segment is named by its first group
//! journal/anchor                       how far it is durable: position and hash, in two slots
//! journal/lock                         held by the one writer
//! journal/next.tmp                     the segment that is being prepared
//! ```

mod anchor;
mod create;
mod error;
mod files;
mod format;
mod layout;
mod prepare;
mod read_only;
mod reader;
mod recover;
mod scan;
#[cfg(test)]
mod tests;
mod walk;
mod writer;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use error::OpenError;
pub use format::Identity;
pub use read_only::ReadOnly;
pub use writer::{FileJournal, sync_all};

use anchor::Anchor;
use files::{Files, failed};
use format::{Marker, Seed};
use layout::{BEGINNING, Layout, Mark, Shared};
use scan::Depth;
use walk::{Walk, Walked, segments};

use crate::Damage;

pub(crate) const MARKER: &str = "journal";
pub(crate) const ANCHOR: &str = "anchor";
const LOCK: &str = "lock";

/// How much is checked of each group when a journal is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// Length, checksum and chain: finds all damage.
    #[default]
    Chain,
    /// The Merkle root of the records, too: also finds what was altered with a fitting checksum.
    Full,
}

impl Verify {
    pub(crate) fn depth(self) -> Depth {
        match self {
            Verify::Chain => Depth::Body,
            Verify::Full => Depth::Root,
        }
    }
}

/// How a journal is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes of a segment; one group larger than that gets a segment of its own size.
    pub segment_bytes: u64,
    /// What opening checks.
    pub verify: Verify,
    /// After so many groups the anchor is synced …
    pub anchor_groups: u32,
    /// … or with the first group after so long, whichever comes first.
    pub anchor_every: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            segment_bytes: 64 << 20,
            verify: Verify::Chain,
            anchor_groups: 64,
            anchor_every: Duration::from_millis(5),
        }
    }
}

/// What opening a journal found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Groups of the chain that were checked.
    pub groups: u64,
    /// Void groups that were passed over.
    pub voids: u64,
    /// Groups behind the anchor; a writer has written them anew.
    pub rewritten: u64,
    /// Bytes behind the last whole group: a write that was never finished, nor acknowledged. A
    /// writer has cut them.
    pub torn_bytes: u64,
}

impl Opened {
    fn of(walked: &Walked) -> Opened {
        Opened {
            groups: walked.groups,
            voids: walked.voids,
            rewritten: walked.beyond.len() as u64,
            torn_bytes: walked.tail.dirty,
        }
    }
}

impl Identity {
    /// Whose journal is in `folder`.
    ///
    /// # Errors
    /// [`OpenError::Absent`], [`OpenError::Format`], [`OpenError::Marker`], [`OpenError::Io`].
    pub fn read(folder: &Path) -> Result<Identity, OpenError> {
        read_marker(folder)
    }
}

/// All that a writer needs to go on where the journal ends.
struct Recovered {
    lock: File,
    anchor: Anchor,
    shared: Arc<Shared>,
    opened: Opened,
}

/// Locks the journal in `folder`, checks it, and makes all of it durable.
fn recover(
    files: &dyn Files,
    folder: &Path,
    identity: &Identity,
    options: &Options,
) -> Result<Recovered, OpenError> {
    let lock = create::lock(folder)?;
    let found = read_marker(folder)?;
    if found != *identity {
        let name = |identity: &Identity| {
            format!("{} ({:032x})", identity.name, u128::from_be_bytes(identity.id))
        };
        let (found, wanted) = (name(&found), name(identity));
        return Err(OpenError::OtherCell { folder: folder.to_owned(), found, wanted });
    }
    for leftover in ["created.tmp", "recovered.tmp"] {
        // Of a creation or an opening that was interrupted; mostly there is none.
        let _absent = files.remove(&folder.join(leftover));
    }
    let seed = Seed::of(&identity.id);
    let path = folder.join(ANCHOR);
    let on_anchor = |doing: &'static str| {
        let path = path.clone();
        move |error: io::Error| OpenError::Io(failed(doing, &path, &error))
    };
    let slot = Anchor::read(files, &path, seed).map_err(on_anchor("read"))?;
    let slot = slot.ok_or_else(|| OpenError::Anchor { path: path.clone() })?;
    let mut anchor = Anchor::open(files, &path, seed, slot).map_err(on_anchor("open"))?;

    let depth = options.verify.depth();
    let walk =
        Walk { files, folder, seed, depth, anchor: slot, beside_writer: false, look_behind: true };
    let list = || segments(folder).map_err(|error| OpenError::Io(failed("read", folder, &error)));
    // A writer that died may have named a segment and not got to this: groups must not go into a
    // file whose name the next loss of power takes away.
    files.sync_folder(folder).map_err(|error| OpenError::Io(failed("sync", folder, &error)))?;
    let all = list()?;
    let Some(first) = all.first() else { return Err(no_segment(folder)) };
    let walked = walk.run(&all, BEGINNING)?;
    let start = Mark { segment: *first, at: BEGINNING };
    let end = walked.end.unwrap_or(start);
    let epoch = slot.epoch.max(end.at.epoch);
    let mut layout = Layout::new(walked.marks.first().copied().unwrap_or(end));
    layout.take(&walked, end, epoch);
    let opened = Opened::of(&walked);

    if !walked.beyond.is_empty() || walked.tail.dirty > 0 {
        let (what, bytes) = (walked.torn.unwrap_or("nothing"), walked.tail.dirty);
        let groups = walked.beyond.len();
        tracing::warn!(groups, bytes, what, "the journal was not closed: rewriting its end");
        recover::rewrite(&walk, &all, &walked, end, options.segment_bytes)?;
        let all = list()?;
        let (index, from) = layout.resume(&all);
        let again = walk.run(&all[index..], from)?;
        let new_end = again.end.unwrap_or(end);
        if new_end.at.position != end.at.position || new_end.at.prev != end.at.prev {
            return Err(OpenError::Forked {
                folder: folder.to_owned(),
                position: end.at.position - 1,
            });
        }
        layout.rewind(&all, &from);
        layout.take(&again, new_end, epoch);
    }
    let head = layout.head();
    // Also when it says so already: what is read may be in the page cache only.
    anchor.set(files, head.position, head.epoch, head.hash).map_err(on_anchor("write"))?;
    let shared = Arc::new(Shared::new(folder.to_owned(), seed, layout));
    Ok(Recovered { lock, anchor, shared, opened })
}

/// Reads whose journal is in `folder`.
fn read_marker(folder: &Path) -> Result<Identity, OpenError> {
    let path = folder.join(MARKER);
    let text = match std::fs::read(&path) {
        Ok(bytes) => {
            String::from_utf8(bytes).map_err(|_| OpenError::Marker { path: path.clone() })?
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let empty = segments(folder).map_or(true, |segments| segments.is_empty());
            return Err(match empty {
                true => OpenError::Absent { folder: folder.to_owned() },
                false => OpenError::Marker { path },
            });
        }
        Err(error) => return Err(OpenError::Io(failed("read", &path, &error))),
    };
    match Marker::decode(&text) {
        Marker::Known(identity) => Ok(identity),
        Marker::Format(found) => Err(OpenError::Format { folder: folder.to_owned(), found }),
        Marker::Unreadable => Err(OpenError::Marker { path }),
    }
}

fn no_segment(folder: &Path) -> OpenError {
    let what = "the journal has no segment";
    Damage { segment: folder.to_owned(), offset: 0, position: 1, what }.into()
}
