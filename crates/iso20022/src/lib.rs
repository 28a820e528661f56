//! Files that banks take and give, other than Zengin's: pain.001 (pay these), camt.053 (this is what
//! moved on your account), and the tables with commas that most small banks give instead.
//!
//! A company hands its bank one [`Initiation`] a day, [`write_initiation`] makes the file of it and
//! [`read_initiation`] takes one apart. The bank answers with a statement, which may have a million
//! entries: [`Statements`] reads one entry at a time and keeps no more than that. [`StatementWriter`]
//! writes such a statement, for a bank of our own in tests. [`CsvForm`] says how one bank's table is
//! to be read; what it gives has the same types.
//!
//! ```
//! use iso20022::{Item, Statements};
//!
//! let file = br#"<?xml version="1.0" encoding="UTF-8"?>
//! <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.09"><BkToCstmrStmt>
//!   <GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-03T05:00:00Z</CreDtTm></GrpHdr>
//!   <Stmt><Id>S1</Id><Acct><Id><Othr><Id>1234567</Id></Othr></Id><Ccy>JPY</Ccy></Acct>
//!     <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="JPY">0</Amt>
//!       <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-02</Dt></Dt></Bal>
//!     <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="JPY">3200</Amt>
//!       <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-02</Dt></Dt></Bal>
//!     <Ntry><Amt Ccy="JPY">3200</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
//!       <BookgDt><Dt>2026-11-02</Dt></BookgDt><BkTxCd/></Ntry>
//!   </Stmt></BkToCstmrStmt></Document>"#;
//! let entries = Statements::open(&file[..]).unwrap().filter_map(|item| match item.unwrap() {
//!     Item::Entry(entry) => Some(entry.amount.minor),
//!     _ => None,
//! });
//! assert_eq!(entries.collect::<Vec<_>>(), [3200]);
//! ```
//!
//! Sources: the schemas of ISO 20022, pain.001.001.03 and .09, camt.053.001.02 to .09. ZEDI, Japan's
//! exchange for invoices with transfers, takes pain.001.001.03 with banks by their number
//! (`JPZGN`).
//!
//! **Invariants**
//! - What is written fits the schema's mandatory parts: each value fits its element by its type, and
//!   count and sum are counted from the very transfers that were written.
//! - What is written is read back as the same values.
//! - A file is refused rather than guessed at: another encoding than it says, an entity, a document
//!   within a document, more depth or length than such a file has.
//! - An amount is an integer of minor units. One with more decimals than its currency has is refused.
//! - Reading takes memory for one entry, however long the file.
//!
//! **Absent**: no pain.002, no pacs, no signature of a file, no transport to a bank. Opens no file,
//! knows no clock and no ledger; what a line is matched with is decided elsewhere.

mod amount;
mod csv_form;
mod fault;
mod initiation;
mod initiation_read;
mod party;
mod statement;
mod statement_read;
mod statement_write;
mod text;
mod values;
mod write;
mod xml;

pub use amount::{AmountError, amount_text, parse_amount};
pub use calendar::Date;
pub use csv_form::{CsvForm, CsvProblem, CsvStatement};
pub use fault::{Fault, Problem};
pub use initiation::{Initiation, InitiationError, InitiationVersion, Transfer, write_initiation};
pub use initiation_read::read_initiation;
pub use party::{Account, AccountId, Agent, Party};
pub use statement::{
    Balance, BankCode, Detail, Entry, Item, ReturnReason, StatementHead, StatementVersion,
};
pub use statement_read::{MAX_DETAILS, Statements};
pub use statement_write::StatementWriter;
pub use text::{Text, TextError};
pub use xml::{MAX_BYTES, MAX_DEPTH, MAX_TEXT, MAX_TOKEN};
