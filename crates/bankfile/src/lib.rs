//! The file by which a company in Japan has its bank pay many others: 総合振込, Zengin type 21.
//!
//! A bank takes a night's payouts to shops as a file of records of 120 bytes: a header that says who
//! pays and when, a record for each transfer, a trailer with their number and sum, and an end
//! record. Nothing in it says how to read it, a byte in the wrong place pays the wrong person, and
//! its characters are those of 1969. [`write()`] makes one from values that can't be wrong in form;
//! [`read`] takes one apart, ours or another program's, and says of each fault where it is and what
//! to do.
//!
//! ```
//! use bankfile::{Amount, BankFile, Batch, HolderName, Office, Originator, OriginatorName};
//! use bankfile::{AccountKind, OwnAccountKind, Separator, Transfer};
//!
//! let hida = banks::shipped().bank("2476".parse().unwrap()).unwrap();
//! let branch = |code: &str| Office::of(hida, hida.branch(code.parse().unwrap()).unwrap());
//! let originator = Originator {
//!     code: "1234567890".parse().unwrap(),
//!     name: OriginatorName::read("株式会社エニシ").unwrap(),
//!     office: branch("001"),
//!     account_kind: OwnAccountKind::Ordinary,
//!     account: "1234567".parse().unwrap(),
//! };
//! let transfer = Transfer::new(
//!     branch("002"),
//!     AccountKind::Ordinary,
//!     "7654321".parse().unwrap(),
//!     HolderName::read("やまぼしそば").unwrap(),
//!     Amount::try_new(19_107).unwrap(),
//! );
//! let day = calendar::MonthDay::try_new(11, 2).unwrap();
//! let batch = Batch::try_new(originator, day, vec![transfer]).unwrap();
//! let file = BankFile::try_new(vec![batch]).unwrap();
//!
//! let bytes = bankfile::write(&file, Separator::CrLf);
//! assert_eq!(bytes.len(), 4 * 122);
//! assert_eq!(bankfile::read(&bytes).unwrap().file, file);
//! ```
//!
//! Source: the record formats of the Japanese Bankers Association (全銀協パーソナル・コンピュータ用標準
//! 通信プロトコル 適用業務およびレコード・フォーマット, section 8), as several banks publish them. The
//! layout stands in one table, `layout.rs`, by which files are both written and read.
//!
//! **Invariants**
//! - What is written is valid: each value fits its field by its type, and count and total are
//!   counted from the very transfers that were written.
//! - What is written is read back as the same values. A changed byte is a changed value, or it is
//!   reported.
//! - A file with any fault gives no values; what is tolerated of others' files is said in notices.
//! - Amounts are whole yen.
//!
//! **Absent**: no payroll (11, 12), no direct debits (91), no EBCDIC, no encryption of the file. Knows
//! no clock and no calendar of banking days: a date has no year here. Knows no ledger; who pays what
//! is decided elsewhere. Opens no file.

mod fault;
mod framing;
mod layout;
mod model;
mod number;
mod read;
mod record;
mod text;
mod write;

pub use fault::{Fault, MAX_FAULTS, Place, Problem};
pub use framing::{Framing, LineEnd, MAX_BYTES};
pub use layout::Field;
pub use model::{
    AccountKind, BankFile, Batch, BatchError, MAX_TOTAL, MAX_TRANSFERS, NewCode, NoBatches, Office,
    Originator, OwnAccountKind, Reference, Transfer, TransferKind,
};
pub use number::{AccountNumber, Amount, ClearingHouse, CustomerCode, NotANumber, OriginatorCode};
pub use read::{Read, read};
pub use text::{EdiText, HolderName, NameError, OfficeName, OriginatorName};
pub use write::{Separator, write};
