//! The pages on which staff look at bank files.

use jiff::civil::Date;

use super::{Amount, Chrome, Foreign, Problem, Zone};

/// Tonight's file, and those that were made.
#[derive(Clone, Debug)]
pub struct FilesPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The operator's path.
    pub base: String,
    /// What the form before did: `made`.
    pub done: Option<&'static str>,
    /// Why nothing was made.
    pub wrong: Option<Problem>,
    /// Tonight's file.
    pub builds: FileBuilds,
    /// The files made.
    pub made: FilesMade,
}

/// The fragment `#builds`: tonight's file.
#[derive(Clone, Debug)]
pub struct FileBuilds {
    /// Its address.
    pub src: String,
    /// The operator's path.
    pub base: String,
    /// The cell.
    pub cell: String,
    /// Whose clock.
    pub zone: Zone,
    /// The key of the form that makes it now.
    pub key: String,
    /// As it is now, or why that can't be told.
    pub file: Result<FileTonight, Problem>,
}

/// Tonight's file as it is now.
#[derive(Clone, Debug)]
pub struct FileTonight {
    /// When it closes.
    pub closes: i64,
    /// On which day the bank pays.
    pub day: Date,
    /// What it pays in all.
    pub total: Amount,
    /// What shops pay for it on top.
    pub fees: Amount,
    /// How many shops it pays.
    pub transfers: u64,
    /// The first of them.
    pub paid: Vec<FilePaid>,
    /// How many have something and are left out.
    pub left_out: u64,
    /// The first of them.
    pub left: Vec<FileLeft>,
}

/// A shop that is paid.
#[derive(Clone, Debug)]
pub struct FilePaid {
    /// Its name.
    pub shop: Foreign,
    /// The names of its bank and branch, in Japanese.
    pub bank: String,
    /// The last digits of its account.
    pub ending: String,
    /// What reaches its account.
    pub amount: Amount,
    /// The fee on top.
    pub fee: Amount,
}

/// A shop that has something and is not paid.
#[derive(Clone, Debug)]
pub struct FileLeft {
    /// Its name.
    pub shop: Foreign,
    /// What it has.
    pub has: Amount,
    /// Why, as the stable word of the API.
    pub why: &'static str,
}

/// The fragment `#made`: files, the newest first.
#[derive(Clone, Debug)]
pub struct FilesMade {
    /// Its address.
    pub src: String,
    /// The path of the whole page.
    pub newest: String,
    /// Whether it begins with the newest file.
    pub is_newest: bool,
    /// Now.
    pub at: i64,
    /// Whose clock.
    pub zone: Zone,
    /// The files, or why they can't be told.
    pub rows: Result<Vec<FileRow>, Problem>,
    /// Where older ones are.
    pub older: Option<String>,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileEnd {
    /// It was made, and the bank does not have it yet.
    Open,
    /// The bank has it, since when.
    Sent(i64),
    /// It was withdrawn, when.
    Withdrawn(i64),
}

/// A file.
#[derive(Clone, Debug)]
pub struct FileRow {
    /// The path of its page.
    pub href: String,
    /// When it was sealed.
    pub made: i64,
    /// On which day the bank pays.
    pub day: Date,
    /// Which file of that day it is.
    pub number: u16,
    /// How many shops it pays.
    pub transfers: u64,
    /// What it pays.
    pub total: Amount,
    /// What shops paid for it on top.
    pub fees: Amount,
    /// What became of it.
    pub end: FileEnd,
    /// The BLAKE3 hash of its bytes, in hexadecimal digits.
    pub hash: String,
    /// Where it stands with a second person.
    pub approval: FileApproval,
    /// How many of its transfers came back.
    pub returned: u64,
    /// The path of the bank's line that says it was paid.
    pub line: Option<String>,
}

/// Where a file stands with a second person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileApproval {
    /// It needs none.
    None,
    /// It waits for one, and who looks had it made.
    Others,
    /// It waits for one, and who looks may be that.
    Yours,
    /// Given, when.
    Given(i64),
}

/// A file's own page.
#[derive(Clone, Debug)]
pub struct FilePage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The operator's path.
    pub base: String,
    /// The path of all files.
    pub back: String,
    /// The cell.
    pub cell: String,
    /// Now.
    pub at: i64,
    /// Whose clock.
    pub zone: Zone,
    /// What the form before did: `sent`, `withdrawn`.
    pub done: Option<&'static str>,
    /// Why the form before did nothing.
    pub wrong: Option<Problem>,
    /// The file.
    pub file: FileRow,
    /// Its name on the disk.
    pub name: String,
    /// What is to be confirmed.
    pub asks: Option<FileAsks>,
}

/// What a file's page asks to confirm.
#[derive(Clone, Debug)]
pub struct FileAsks {
    /// `sent`, `withdraw` or `approve`.
    pub act: &'static str,
    /// The form's key.
    pub key: String,
    /// The reason that was typed.
    pub reason: String,
}
