//! The durable log that a cell stands on. A cell decides commands; what each decision changed is
//! one *record*; records that become durable together are a *group*. Groups are numbered 1, 2, 3 …
//! without a gap, each carries the hash of the one before it and the Merkle root of its records.
//! The cell fills a [`GroupBuf`], hands it to [`Journal::append`] on the journal's own thread, and
//! tells no one before that returns. Two engines: [`memory`] for tests and the simulator,
//! [`mod@file`] for everything else.
//!
//! **Invariants**
//! - `append` compares position *and* epoch: of two writers one gets the place, the other learns it.
//! - What `append` or opening has answered is durable, in order, and never another. A reader shows
//!   nothing else, and no group whose epoch is below one before it: that one is void, outside the
//!   chain, counted and logged.
//! - After the first error of a write or sync a writer appends no more: the kernel may call clean
//!   what never reached the disk. No room for the next segment is no such error: nothing was
//!   written, and the same append works when there is room again.
//! - The hash of a group covers its format, every field of its header and, by the root, the stored
//!   bytes of its records; never a re-encoding.
//! - Damage to what was durable refuses to open and says segment, byte and group. See the window.
//!
//! **The window.** When the power goes, the last write may be there in part. Such an end is cut when
//! opening; it was never acknowledged, as an acknowledgement follows the sync of the whole. Were the
//! last *acknowledged* group damaged, it would look the same, so a second file, the anchor, says how
//! far the journal was durable: synced by [`Journal::idle`], else with the first group after 5 ms
//! and at least each 64 groups. A bad group up to the anchor refuses to open. So does a bad group
//! that another one follows, as a group is only written when the one before it is durable. What is
//! left is the very last group, for those milliseconds, hit by damage that no crash causes.
//! Whatever a crash left behind the anchor is written anew and synced before anyone is served.
//!
//! **Absent**: it knows no economy, ledger or codec (a record is bytes, times are numbers), no
//! async, no network, no clock but the one that paces the anchor. It never deletes a group.

pub mod file;
mod frame;
mod group;
pub mod memory;
pub mod merkle;
mod port;

pub use frame::Records;
pub use group::{Appended, GENESIS, GroupBuf, MAX_GROUP_BYTES, Stored};
pub use port::{AppendError, ClaimError, Damage, Groups, Head, Journal, ReadError, Reader};

/// A BLAKE3 hash.
pub type Hash = [u8; 32];
