//! What another company says of a finished day: its bill, to be held against our books.

use kernel::{Money, Span};

/// When bills are to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BillTerms {
    /// By whose clock a day is a day: how far it is ahead of UTC.
    pub ahead: Span,
    /// How long after the end of a day its bill is there.
    pub ready: Span,
    /// For how many days it can be had.
    pub days: u16,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillKind {
    /// A payer paid.
    Payment,
    /// A part was given back.
    Refund,
    /// A payment was taken back as a whole before it stood.
    Reversal,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    /// What it is about.
    pub kind: BillKind,
    /// Our number of the payment, as they have it; it may be none of ours.
    pub order: String,
    /// Our number of the refund, of a refund.
    pub refund: Option<String>,
    /// Their number of the payment.
    pub reference: String,
    /// How much, in the seller's currency.
    pub amount: Money,
    /// What they keep for it, in thousandths of a minor unit; below zero what they give back.
    pub fee_milli: i64,
}

/// What moved on our account there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Funds {
    /// Minor units that came.
    pub income: u64,
    /// Minor units that went.
    pub outgo: u64,
    /// Minor units at the end of the day; none if nothing moved.
    pub balance: Option<i64>,
}

/// A file as it came, kept as evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillFile {
    /// A short name, such as `trade`.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The bill of a day: checked in itself, and not yet held against anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The day, `yyyymmdd`.
    pub day: u32,
    /// Its lines.
    pub lines: Vec<BillLine>,
    /// What moved on our account there, where they say so.
    pub funds: Option<Funds>,
    /// What it was read from; no file for a day on which nothing happened.
    pub files: Vec<BillFile>,
}

/// Why there is no bill.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBill {
    /// They have not made it yet.
    #[error("it is not made yet")]
    NotYet,
    /// Nothing came that can be believed.
    #[error("nothing came that can be believed")]
    NoAnswer,
    /// They say no, by this code.
    #[error("it was refused: {0}")]
    Refused(String),
    /// It is not what was hashed, does not add up, or can't be read.
    #[error("it can't be believed: {0}")]
    Unfit(&'static str),
}
