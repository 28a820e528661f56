//! Codes that customers show.

use kernel::id::{Payment, Wallet};
use kernel::{Id, Ref, Timestamp};

use super::RequestPayment;
use crate::codes::CodeTerms;

/// A wallet's phone is to make codes from now on. One that was enrolled before ends.
#[derive(Clone, Debug)]
pub struct EnrolPhone {
    /// Whose codes they are.
    pub wallet: Ref<Wallet>,
    /// Any number, drawn by the edge: the phone's handle is the next free one from here, so that
    /// handles tell nothing of how many there are.
    pub near: u32,
}

/// A wallet's phone makes no more codes that are taken.
#[derive(Clone, Debug)]
pub struct EndPhone {
    /// Whose.
    pub wallet: Ref<Wallet>,
}

/// Sets from a moment on whose codes are whose, and what is asked of them.
#[derive(Clone, Debug)]
pub struct SetCodeTerms {
    /// From when they hold.
    pub from: Timestamp,
    /// The terms.
    pub terms: CodeTerms,
}

/// A till was shown a code: the payment is to be paid from the wallet behind it.
#[derive(Clone, Debug)]
pub struct ChargePayment {
    /// Which.
    pub payment: Id<Payment>,
    /// Requests it in the same decision; none for one that the till has requested before.
    pub request: Option<Box<RequestPayment>>,
    /// What was scanned or typed.
    pub code: String,
}

/// A payer says no to what a till asks of a code.
#[derive(Clone, Debug)]
pub struct RefuseCharge {
    /// Which payment.
    pub payment: Id<Payment>,
}
