//! camt.053: what moved on an account, as its bank says.

use calendar::Date;
use kernel::{Currency, Money};

use crate::party::AccountId;
use crate::text::Text;

/// Which version of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementVersion {
    /// camt.053.001.02, which most banks still give.
    V02,
    /// camt.053.001.08.
    V08,
    /// camt.053.001.09.
    V09,
}

impl StatementVersion {
    /// The namespace of its documents.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::V02 => "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02",
            Self::V08 => "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08",
            Self::V09 => "urn:iso:std:iso:20022:tech:xsd:camt.053.001.09",
        }
    }
}

/// One part of a file of statements, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A statement begins; its entries follow.
    Begin(StatementHead),
    /// One entry.
    Entry(Box<Entry>),
    /// The statement ended: its booked entries are the difference of its balances.
    End {
        /// How many entries it had, booked or not.
        entries: u64,
    },
}

/// What a statement says before its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementHead {
    /// Its name (`Id`).
    pub id: Text<35>,
    /// Whose movements.
    pub account: AccountId,
    /// In what.
    pub currency: Currency,
    /// What was there before the first entry, in minor units; below zero if overdrawn.
    pub opening: Balance,
    /// What was there after the last.
    pub closing: Balance,
}

/// What was on an account at the beginning or end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Minor units; below zero if overdrawn.
    pub minor: i128,
    /// Which day.
    pub day: Date,
}

/// One movement, or several that the bank booked as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counted from 1 in its statement.
    pub ordinal: u64,
    /// What moved.
    pub amount: Money,
    /// Whether it came in.
    pub is_credit: bool,
    /// Whether it takes back another entry.
    pub is_reversal: bool,
    /// Whether it is booked: else it is announced and may still not come.
    pub is_booked: bool,
    /// On which day it was booked.
    pub booked_on: Option<Date>,
    /// From which day it counts.
    pub value_on: Option<Date>,
    /// The bank's name of it (`AcctSvcrRef`), else its number in the statement (`NtryRef`).
    pub reference: Option<Text<35>>,
    /// What kind of movement it is.
    pub code: BankCode,
    /// What it consists of; empty if the bank says nothing of that.
    pub details: Vec<Detail>,
    /// A text for people.
    pub info: Option<Text<500>>,
}

/// The kind of a movement, by ISO's code in three parts, or by the bank's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BankCode {
    /// The domain, as `PMNT`.
    pub domain: Option<Text<4>>,
    /// The family, as `ICDT`, credit transfers that we sent.
    pub family: Option<Text<4>>,
    /// The part of the family, as `RRTN`, returned.
    pub part: Option<Text<4>>,
    /// The bank's own.
    pub own: Option<Text<35>>,
}

impl BankCode {
    /// Whether it is a transfer that came back: `RRTN` (reimbursement, return) of any family.
    pub fn is_return(&self) -> bool {
        self.part.as_ref().is_some_and(|part| part.as_str() == "RRTN")
    }

    /// Whether the bank takes money for its service: family `CHRG`, part `CHRG`, `COMM` or `FEES`.
    pub fn is_charge(&self) -> bool {
        let is = |text: &Option<Text<4>>, words: &[&str]| {
            text.as_ref().is_some_and(|text| words.contains(&text.as_str()))
        };
        is(&self.part, &["CHRG", "COMM", "FEES"]) || is(&self.family, &["CHRG"])
    }
}

/// One transfer of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// The name of the message that asked for it (`MsgId`).
    pub message: Option<Text<35>>,
    /// The name of the block of that message (`PmtInfId`).
    pub block: Option<Text<35>>,
    /// The name that its sender gave it (`EndToEndId`).
    pub end_to_end: Option<Text<35>>,
    /// The bank's name of it.
    pub reference: Option<Text<35>>,
    /// How much of the entry it is, if the bank says so.
    pub amount: Option<Money>,
    /// Whether it came in, if it says so and differs from the entry.
    pub is_credit: Option<bool>,
    /// Why it came back, if it did.
    pub returned: Option<ReturnReason>,
    /// Who is on the other side.
    pub name: Option<Text<140>>,
    /// The text of the transfer.
    pub remittance: Option<Text<140>>,
}

/// Why a transfer came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReturnReason {
    /// ISO's code, as `AC01`, account number incorrect, or the bank's own.
    pub code: Option<Text<35>>,
    /// In words.
    pub info: Option<Text<105>>,
}
