//! The pages on which staff look at what the bank says.

use jiff::civil::Date;

use super::{Amount, Chrome, Problem, Zone};

/// Accounts, lines and what must be kept safe.
#[derive(Clone, Debug)]
pub struct BankPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The operator's path.
    pub base: String,
    /// The cell.
    pub cell: String,
    /// The key of the form that takes a statement in.
    pub key: String,
    /// What the form before did: `taken`, with the lines that it brought and those of them that
    /// are a task.
    pub taken: Option<(u64, u64)>,
    /// Why it did nothing.
    pub wrong: Option<Problem>,
    /// Now.
    pub at: i64,
    /// Whose clock.
    pub zone: Zone,
    /// The operator's accounts.
    pub accounts: Vec<BankAccountCard>,
    /// What the book has at banks, and what lines that are not in the book come to.
    pub sums: Vec<(Amount, Amount)>,
    /// How many lines a person is to resolve.
    pub tasks: u64,
    /// Whether only those are shown.
    pub only_tasks: bool,
    /// The path of the whole page with this choice.
    pub here: String,
    /// Lines, the newest first, or why they can't be told.
    pub lines: Result<Vec<BankLineCard>, Problem>,
    /// Where older ones are.
    pub older: Option<String>,
    /// What must be kept safe, the newest first.
    pub safe: Vec<SafeDay>,
}

/// An account of the operator.
#[derive(Clone, Debug)]
pub struct BankAccountCard {
    /// As its bank numbers it.
    pub name: String,
    /// The balance after its newest line.
    pub balance: Amount,
    /// The day of that.
    pub until: Date,
    /// How many pages of its newest statement are missing.
    pub missing: u64,
}

/// A line of a bank.
#[derive(Clone, Debug)]
pub struct BankLineCard {
    /// The path of its page.
    pub href: String,
    /// Its number.
    pub number: u32,
    /// The account, as its bank numbers it.
    pub account: String,
    /// On which day it was booked.
    pub day: Date,
    /// What came in, or below zero what went out.
    pub amount: Amount,
    /// What it was found to be, as the stable word of the API.
    pub found: &'static str,
    /// Whether a person is to resolve it.
    pub is_task: bool,
    /// Why it could not be matched, as the stable word of the API.
    pub why: Option<&'static str>,
    /// What a person wrote about it.
    pub note: Option<String>,
    /// Since when it is that.
    pub since: i64,
}

/// What had to be kept safe at the end of a day.
#[derive(Clone, Debug)]
pub struct SafeDay {
    /// The day; none for the one that is not over.
    pub day: Option<Date>,
    /// What wallets had.
    pub wallets: Amount,
    /// What had to be kept safe.
    pub required: Amount,
    /// The law that says so.
    pub source: Option<String>,
}

/// A line's own page.
#[derive(Clone, Debug)]
pub struct BankLinePage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The operator's path.
    pub base: String,
    /// The path of all lines.
    pub back: String,
    /// The cell.
    pub cell: String,
    /// The key of its form.
    pub key: String,
    /// Now.
    pub at: i64,
    /// Whose clock.
    pub zone: Zone,
    /// What the form before did: `resolved`, `undone`.
    pub done: Option<&'static str>,
    /// Why it did nothing.
    pub wrong: Option<Problem>,
    /// The line.
    pub line: BankLineCard,
    /// What was typed.
    pub typed: LineTyped,
    /// The transfers that it is about: file and place, merchant's name, and what they paid.
    pub transfers: Vec<TransferCard>,
    /// What the only transfer is made of; empty where there are several.
    pub parts: Vec<PartCard>,
}

/// What was typed into the form of a line.
#[derive(Clone, Debug, Default)]
pub struct LineTyped {
    /// What it is said to be.
    pub is: String,
    /// The file's id.
    pub file: String,
    /// The place in it.
    pub place: String,
    /// The wallet.
    pub wallet: String,
    /// The reason, or the bank's reference.
    pub text: String,
}

/// A transfer of a file.
#[derive(Clone, Debug)]
pub struct TransferCard {
    /// The path of its file's page.
    pub href: String,
    /// Its place, from 0.
    pub place: u32,
    /// What it paid.
    pub amount: Amount,
    /// What the merchant paid for it.
    pub fee: Amount,
    /// What was left from before.
    pub carried: Amount,
    /// What is left after it.
    pub left: Amount,
    /// Why it came back, if it did, by ISO's code or the bank's own.
    pub returned: Option<String>,
}

/// One thing that a transfer is made of.
#[derive(Clone, Debug)]
pub struct PartCard {
    /// When.
    pub at: i64,
    /// The event's word.
    pub kind: String,
    /// What it brought, or below zero took.
    pub amount: Amount,
    /// The path of the payment's page, if it is of one.
    pub href: Option<String>,
}
