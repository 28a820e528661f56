//! The banks of Japan and their branches: who has a code, and which code a name has.
//!
//! A bank account in Japan is a bank's code (four digits), a branch's code (three), a kind and a
//! number. People know the names: `京都信用金庫`, `きょうと`, `kyoto`. This crate brings the directory
//! of all institutions that take transfers, finds by code and by the beginning of a name, and has
//! each name as a bank's file writes it. `cargo xtask banks` renews it; `data/README.md` says how.
//!
//! ```
//! let directory = banks::shipped();
//! let bank = directory.bank("2476".parse().unwrap()).unwrap();
//! assert_eq!(bank.name, "飛騨信組");
//! assert_eq!(bank.kana.to_string(), "ﾋﾀﾞｼﾝｸﾐ");
//! assert_eq!(bank.branch("002".parse().unwrap()).unwrap().name, "古川");
//!
//! let found = directory.search("Kyoto Shinkin", 10);
//! assert_eq!(found[0].code.to_string(), "1610");
//! assert_eq!(bank.search("ふるかわ", 10)[0].code.to_string(), "002");
//! ```
//!
//! **Invariants**
//! - The directory says which package, version and day it is of; it is whole or refused.
//! - Codes are unique and in order. Each name has no more than 15 bytes of kana, which is what a
//!   bank's file has room for.
//! - A bank that is closed or merged is told apart from one that never was, and is never found as
//!   a bank to pay to.
//!
//! **Absent**: no account numbers and no check of one; only its bank knows. No history: which bank
//! took over a closed one is not known. Opens no file and knows no network: the data are built in.

mod code;
mod data;
mod directory;
mod roma;
mod search;

pub use code::{BankCode, BranchCode, NotACode};
pub use data::{DataError, Problem, pack};
pub use directory::{Bank, Branch, Directory, NoBank, NoBranch, shipped};
