//! The durable log that a cell stands on. A cell decides commands, and what it decided becomes
//! *records*; records that become durable together are a *group*; groups are numbered 1, 2, 3 …,
//! each carries the hash of the one before it and the Merkle root of its records. Two engines:
//! [`memory`] for tests and the simulator, and a file journal for everything else.

pub mod file;
mod group;
pub mod memory;
pub mod merkle;
mod port;

pub use group::{Appended, GENESIS, GroupBuf, MAX_GROUP_BYTES, Records, Stored};
pub use port::{AppendError, ClaimError, Damage, Groups, Head, Journal, ReadError, Reader};

/// A BLAKE3 hash.
pub type Hash = [u8; 32];
