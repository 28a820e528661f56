//! Personal data at rest, one key a party.
//!
//! The journal of a cell lives for ever and knows people only by number. Their names, addresses
//! and bank accounts live here, in one SQLite file beside it, where they can be forgotten: every
//! party has a key of its own, every value is sealed with its party's key, and [`Vault::shred`]
//! destroys that key. The parties' keys are wrapped by the cell's key, a file only its owner may
//! read.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let vault = vault::Vault::open(folder.path(), "cn")?;
//! vault.put(7, "name", "李伟")?;
//! assert_eq!(vault.get(7, "name")?.as_deref().map(String::as_str), Some("李伟"));
//! vault.shred(7)?;
//! assert_eq!(vault.get(7, "name")?, None);
//! # Ok(())
//! # }
//! ```
//!
//! **Invariants**
//! - What `put` acknowledged is synced and stands in the main file, not in SQLite's log (a bit
//!   flipped in that log is lost without a word).
//! - A value opens only as the cell, party, field and number it was sealed for: a row copied to
//!   another party is an error, never another person's name.
//! - Damage is an error. Opening reads every row and compares all of them with a sealed summary,
//!   so that a flipped bit, a missing row and a truncated file are found before anything is served.
//! - After `shred` neither plaintext nor key, wrapped or bare, stands in any file of the folder,
//!   and nothing can be written for that party again.
//! - Nothing secret is printed: `Debug` of every type here shows no value and no key, and errors
//!   name fields, never contents.
//!
//! **Absent**: knows no journal, no command and no money; decides nothing. Has no search by value,
//! no rotation of the cell's key and no copies: a backup of the folder holds what was shredded
//! after it was made, so keep such backups short. It cannot scrub what the file system or the disk
//! keeps of blocks that were given back.

mod database;
mod error;
mod glance;
mod key;
mod rows;
mod seal;
#[cfg(test)]
mod shred_tests;
mod summary;
mod vault;
mod verify;

pub use error::VaultError;
pub use glance::parties_with_key;
pub use vault::Vault;
