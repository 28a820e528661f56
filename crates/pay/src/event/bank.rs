//! The facts of payouts beside their files, and of what the bank says.

use kernel::id::BankFile;
use kernel::{Currency, Id, Timestamp};

use crate::terms::{PayoutRules, SafeguardRule, Schedule};

/// A line of a bank's statement, as far as the book needs it: names and texts stay with the
/// statement's own file.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct BankLine {
    /// The bank's name of it as a hash, or that of the line's text and place in its day.
    #[n(0)]
    pub key: u64,
    /// On which day it was booked, as `yyyymmdd`.
    #[n(1)]
    pub day: u32,
    /// Minor units: above zero if they came in.
    #[n(2)]
    pub amount: i64,
    /// What the line itself says that it is about.
    #[n(3)]
    pub claim: Claim,
}

/// What a line says that it is about.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Claim {
    /// Nothing that we could read.
    #[n(0)]
    Nothing,
    /// A whole file of ours.
    #[n(1)]
    File(#[n(0)] Id<BankFile>),
    /// A transfer of a file of ours, by its place in it, from 0.
    #[n(2)]
    Transfer(#[n(0)] Id<BankFile>, #[n(1)] u32),
    /// A transfer that came back, and why, by ISO's code or the bank's own.
    #[n(3)]
    Returned(#[n(0)] Id<BankFile>, #[n(1)] u32, #[n(2)] String),
    /// A reference of the bank, as [`crate::reference_hash`] hashes it.
    #[n(4)]
    Reference(#[n(0)] u64),
    /// What the bank takes for its service.
    #[n(5)]
    Charge,
}

/// What a line was found to be.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Found {
    /// Not yet known: a person is to say it.
    #[n(0)]
    Open(#[n(0)] Why),
    /// What a file paid, by its entry.
    #[n(1)]
    File(#[n(0)] u32),
    /// What a transfer of a file paid, by its place.
    #[n(2)]
    Transfer(#[n(0)] u32, #[n(1)] u32),
    /// A transfer that came back: file, place.
    #[n(3)]
    Returned(#[n(0)] u32, #[n(1)] u32),
    /// Money that was booked before, by the hash of its reference.
    #[n(4)]
    Booked(#[n(0)] u64),
    /// What the bank took for its service.
    #[n(5)]
    Charge,
    /// In suspense, and why.
    #[n(6)]
    Suspense(#[n(0)] String),
    /// Money for a wallet, by its account.
    #[n(7)]
    Wallet(#[n(0)] u32),
    /// Money for the nostro of a link.
    #[n(8)]
    Nostro(#[n(0)] u8),
    /// A transfer that came back, of a merchant that can't have it: in suspense. File, place, why.
    #[n(9)]
    Stranded(#[n(0)] u32, #[n(1)] u32, #[n(2)] Why),
}

impl Found {
    /// Whether a person has something to do about it.
    pub const fn is_task(&self) -> bool {
        matches!(self, Self::Open(_) | Self::Suspense(_) | Self::Stranded(..))
    }

    /// The stable word of the API and of message files.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Open(_) => "open",
            Self::File(_) => "file",
            Self::Transfer(..) => "transfer",
            Self::Returned(..) => "returned",
            Self::Booked(_) => "booked",
            Self::Charge => "charge",
            Self::Suspense(_) => "suspense",
            Self::Wallet(_) => "wallet",
            Self::Nostro(_) => "nostro",
            Self::Stranded(..) => "stranded",
        }
    }

    /// Why it is a task, if the cell says so.
    pub const fn why(&self) -> Option<Why> {
        match self {
            Self::Open(why) | Self::Stranded(_, _, why) => Some(*why),
            _ => None,
        }
    }
}

/// Why a line could not be matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Why {
    /// It says nothing that we could read.
    #[n(0)]
    SaysNothing,
    /// It names a file or transfer that is not ours, or is no longer kept.
    #[n(1)]
    Unknown,
    /// It is of another amount than what it names.
    #[n(2)]
    AmountDiffers,
    /// What it names was matched with another line.
    #[n(3)]
    MatchedBefore,
    /// The transfer came back before.
    #[n(4)]
    ReturnedBefore,
    /// The file was withdrawn: the bank must not have it.
    #[n(5)]
    Withdrawn,
    /// The file waits for a second person's approval: the bank must not have it.
    #[n(6)]
    NotApproved,
    /// The file was not sent.
    #[n(7)]
    NotSent,
    /// Money went the other way than what it names.
    #[n(8)]
    OtherWay,
    /// Several files could be meant.
    #[n(9)]
    Several,
    /// The account that would pay it has too little.
    #[n(10)]
    TooLittle,
    /// The merchant asked to be forgotten, or was.
    #[n(11)]
    MerchantLeft,
    /// The merchant is paused.
    #[n(12)]
    MerchantPaused,
    /// The bank's reference was not booked by anybody yet.
    #[n(13)]
    NotBooked,
    /// A person took back what it was found to be.
    #[n(14)]
    Undone,
}

impl Why {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::SaysNothing,
        Self::Unknown,
        Self::AmountDiffers,
        Self::MatchedBefore,
        Self::ReturnedBefore,
        Self::Withdrawn,
        Self::NotApproved,
        Self::NotSent,
        Self::OtherWay,
        Self::Several,
        Self::TooLittle,
        Self::MerchantLeft,
        Self::MerchantPaused,
        Self::NotBooked,
        Self::Undone,
    ];

    /// The stable word of the API and of message files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SaysNothing => "says_nothing",
            Self::Unknown => "unknown",
            Self::AmountDiffers => "amount_differs",
            Self::MatchedBefore => "matched_before",
            Self::ReturnedBefore => "returned_before",
            Self::Withdrawn => "withdrawn",
            Self::NotApproved => "not_approved",
            Self::NotSent => "not_sent",
            Self::OtherWay => "other_way",
            Self::Several => "several",
            Self::TooLittle => "too_little",
            Self::MerchantLeft => "merchant_left",
            Self::MerchantPaused => "merchant_paused",
            Self::NotBooked => "not_booked",
            Self::Undone => "undone",
        }
    }
}

/// What holds for payouts, from a moment on.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct PayoutRulesSet {
    /// From when.
    #[n(0)]
    pub from: Timestamp,
    /// The rules.
    #[n(1)]
    pub rules: PayoutRules,
}

/// When a merchant is paid out, from a moment on.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct PayoutScheduleSet {
    /// The merchant's entry.
    #[n(0)]
    pub merchant: u32,
    /// From when.
    #[n(1)]
    pub from: Timestamp,
    /// When it is paid.
    #[n(2)]
    pub schedule: Schedule,
}

/// A merchant is to be in the next file.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct PayoutTodayAsked {
    /// The merchant's entry.
    #[n(0)]
    pub merchant: u32,
}

/// Who had a file made, and whether somebody else must approve it. Stands with the fact that sealed
/// it.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct BankFileMade {
    /// The file's entry.
    #[n(0)]
    pub entry: u32,
    /// The party's number of the person; 0 is the cell itself, at its cutoff.
    #[n(1)]
    pub person: u32,
    /// Whether it waits for approval.
    #[n(2)]
    pub needs_approval: bool,
}

/// A second person approved a file.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct BankFileApproved {
    /// The file's entry.
    #[n(0)]
    pub entry: u32,
    /// The party's number of the person.
    #[n(1)]
    pub person: u32,
}

/// A page of a bank's statement was taken in. Movements, sent files and returned transfers stand
/// with it as facts of their own.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct StatementImported {
    /// The account's currency.
    #[n(0)]
    pub currency: Currency,
    /// The account, as its bank numbers it.
    #[n(1)]
    pub account: String,
    /// The hash of the statement.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub hash: [u8; 32],
    /// Which page, from 0.
    #[n(3)]
    pub page: u32,
    /// Of how many.
    #[n(4)]
    pub pages: u32,
    /// The statement's first day, as `yyyymmdd`.
    #[n(5)]
    pub from: u32,
    /// Its last day.
    #[n(6)]
    pub to: u32,
    /// The balance before the page, in minor units.
    #[n(7)]
    pub opening: i64,
    /// The balance after it.
    #[n(8)]
    pub closing: i64,
    /// The number of its first line; the others follow.
    #[n(9)]
    pub first: u32,
    /// Its lines, each with what it was found to be.
    #[n(10)]
    pub lines: Vec<(BankLine, Found)>,
}

/// A person said what a line is.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct BankLineResolved {
    /// The line's number.
    #[n(0)]
    pub line: u32,
    /// What it is.
    #[n(1)]
    pub found: Found,
    /// The party's number of the person.
    #[n(2)]
    pub person: u32,
}

/// A person took back what a line was found to be.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct BankLineUndone {
    /// The line's number.
    #[n(0)]
    pub line: u32,
    /// What it was.
    #[n(1)]
    pub found: Found,
    /// The fee that a merchant had paid for the return, in minor units, which it has again.
    #[n(2)]
    pub fee: u64,
    /// Why.
    #[n(3)]
    pub reason: String,
    /// The party's number of the person.
    #[n(4)]
    pub person: u32,
}

/// The bank returned a transfer: the merchant has the money again, or it is in suspense.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct PayoutReturned {
    /// The file's entry.
    #[n(0)]
    pub file: u32,
    /// The transfer's place in it, from 0.
    #[n(1)]
    pub index: u32,
    /// The merchant's entry.
    #[n(2)]
    pub merchant: u32,
    /// Minor units.
    #[n(3)]
    pub amount: u64,
    /// What the merchant paid for it of that.
    #[n(4)]
    pub fee: u64,
    /// Why, by ISO's code or the bank's own.
    #[n(5)]
    pub reason: String,
    /// The line that says so.
    #[n(6)]
    pub line: u32,
    /// Why the merchant can't have it, if so.
    #[n(7)]
    pub stranded: Option<Why>,
}

/// How much must be kept safe, from a moment on.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SafeguardRuleSet {
    /// From when.
    #[n(0)]
    pub from: Timestamp,
    /// The rule.
    #[n(1)]
    pub rule: SafeguardRule,
}
