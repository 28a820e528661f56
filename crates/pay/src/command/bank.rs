//! What is asked about payouts beside their files, and about what the bank says.

use kernel::id::{BankFile, Merchant, Wallet};
use kernel::{Currency, Id, Ref, Timestamp};

use crate::event::BankLine;
use crate::terms::{PayoutRules, SafeguardRule, Schedule};

/// Sets from a moment on what holds for payouts of a currency.
#[derive(Clone, Debug)]
pub struct SetPayoutRules {
    /// From when they hold.
    pub from: Timestamp,
    /// The rules.
    pub rules: PayoutRules,
}

/// Sets from a moment on when a merchant is paid out.
#[derive(Clone, Debug)]
pub struct SetPayoutSchedule {
    /// Whose.
    pub merchant: Ref<Merchant>,
    /// From when it holds; not before now.
    pub from: Timestamp,
    /// When it is paid out.
    pub schedule: Schedule,
}

/// A merchant wants to be in the next file, for a fee if its schedule says later.
#[derive(Clone, Debug)]
pub struct AskPayoutToday {
    /// Which.
    pub merchant: Ref<Merchant>,
}

/// A second person says that a file may go to the bank.
#[derive(Clone, Debug)]
pub struct ApproveBankFile {
    /// Which.
    pub file: Id<BankFile>,
}

/// Takes in a page of a bank's statement: the balance at its beginning is that at the end of the
/// page before, and its lines are the difference of its balances.
#[derive(Clone, Debug)]
pub struct ImportStatement {
    /// The currency of the account.
    pub currency: Currency,
    /// The operator's account, as its bank numbers it.
    pub account: String,
    /// The hash of the whole statement's bytes.
    pub hash: [u8; 32],
    /// Which page this is, from 0.
    pub page: u32,
    /// How many there are.
    pub pages: u32,
    /// The statement's first day, as `yyyymmdd`.
    pub from: u32,
    /// Its last day.
    pub to: u32,
    /// The balance before the page's first line, in minor units; below zero if overdrawn.
    pub opening: i64,
    /// The balance after its last.
    pub closing: i64,
    /// Its lines, in its order; at most [`Self::MOST`].
    pub lines: Box<[BankLine]>,
}

impl ImportStatement {
    /// The most lines of one page: they are one record, whose size is bounded.
    pub const MOST: usize = 2_000;
}

/// What a person says that a line of a bank is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// What a whole file paid.
    File(Id<BankFile>),
    /// What one transfer of a file paid, by its place in the file, from 0.
    Transfer(Id<BankFile>, u32),
    /// A transfer that came back, and why, as `AC01`.
    Returned(Id<BankFile>, u32, String),
    /// Money for a wallet.
    Wallet(Ref<Wallet>),
    /// Money for the nostro of a link.
    Nostro(u8),
    /// Money that was booked before under this reference of the bank.
    Booked(String),
    /// What the bank takes for its service.
    Charge,
    /// Nobody knows yet, or it waits for something: why.
    Suspense(String),
}

/// A person says what a line is that could not be matched.
#[derive(Clone, Debug)]
pub struct ResolveBankLine {
    /// The line's number.
    pub line: u32,
    /// What it is.
    pub resolution: Resolution,
}

/// Takes back what a line was found to be: it is to be resolved again.
#[derive(Clone, Debug)]
pub struct UndoBankLine {
    /// The line's number.
    pub line: u32,
    /// Why.
    pub reason: String,
}

/// Sets from a moment on how much must be kept safe for those who hold wallets.
#[derive(Clone, Debug)]
pub struct SetSafeguardRule {
    /// From when it holds.
    pub from: Timestamp,
    /// The rule.
    pub rule: SafeguardRule,
}
