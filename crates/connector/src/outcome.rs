//! What became of what another company was asked.

use kernel::Money;

/// How far a payment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The payer paid. An end.
    Paid(Paid),
    /// Nothing was taken and nothing will be, under this number. An end.
    Declined(Declined),
    /// The payer has yet to do something: scan, enter a password.
    Pending,
    /// Nobody can say now. Ask again.
    Unknown,
}

impl Outcome {
    /// Whether nothing else will become of it.
    pub const fn is_end(&self) -> bool {
        matches!(self, Self::Paid(_) | Self::Declined(_))
    }
}

/// What was paid, as the other company says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// How much, in the seller's currency; it may be another sum than was asked for.
    pub amount: Money,
    /// The other company's own number for it.
    pub reference: String,
    /// The SHA-256 of the signed text that says so.
    pub evidence: [u8; 32],
}

/// Why nothing was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declined {
    /// The payer's code was used before, or its minute is over.
    CodeExpired,
    /// The payer's code is none of this wallet, or of a kind that can't pay here.
    CodeUnusable,
    /// The payer has too little money there.
    NoMoney,
    /// The payer, or the payer's bank, said no.
    PayerDeclined,
    /// A limit of the other company was reached.
    LimitReached,
    /// The other company does not let this merchant take it.
    NotPermitted,
    /// It was cancelled or closed.
    Cancelled,
    /// It was paid, and the payer has it back.
    GivenBack,
    /// The request never arrived, and can't any more.
    NeverArrived,
}

/// How far a refund is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundOutcome {
    /// It was given back. An end.
    Done(Refunded),
    /// Nothing is given back under this number. An end.
    Refused(RefundRefused),
    /// It is on its way.
    Pending,
    /// It will not go on before a person does something at the other company. Ask again all the
    /// same, with the same number.
    Stuck(Snag),
    /// Nobody can say now. Ask again, with the same number.
    Unknown,
}

/// What was given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// How much, in the seller's currency.
    pub amount: Money,
    /// The SHA-256 of the signed text that says so.
    pub evidence: [u8; 32],
}

/// Why nothing is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundRefused {
    /// Too long after the payment.
    TooLate,
    /// The payment had as many refunds as it may have.
    TooManyParts,
    /// More than is left of the payment.
    TooMuch,
    /// The payment is not known there.
    NoSuchPayment,
    /// The payer's account can't take it.
    PayerGone,
    /// The other company does not let this merchant do it.
    NotPermitted,
    /// It was begun and then closed.
    Closed,
}

/// What keeps a refund from going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snag {
    /// The merchant's balance there is too low: pay in, or wait for sales.
    BalanceTooLow,
    /// The payer's card can't take it: the other company's staff page says how to pay it out.
    NeedsStaff,
}
