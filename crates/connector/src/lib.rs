//! What another company's wallet is to Enishi. A wallet that will not speak our own protocol is
//! reached by a connector: one crate that implements [`Connector`] and nothing else has to know.
//!
//! ```text
//!            create ──▶ Paid
//!   begun ─────────────▶ Declined            (an end: nothing will be paid under this number)
//!            query ───▶ Pending · Unknown    (no end: asked again, until there is one)
//!            cancel     a notification says the same as a query would
//! ```
//!
//! **Invariants**
//! - An [`Outcome`] of `Paid` or `Declined` was said by the other company and proven by its
//!   signature, or follows from its published rules. All else is `Pending` or `Unknown`: a timeout,
//!   an error, an answer that can't be believed. Nobody guesses.
//! - A number names one attempt for good: the same [`OrderNumber`] or [`RefundNumber`] asked for
//!   again pays or gives back nothing more.
//! - What a payer's phone showed is printed nowhere and wiped when it was used ([`Scanned`]).
//!
//! **Absent**: HTTP, signatures, configuration, the state of payments, rules of payments.

mod bill;
mod health;
mod number;
mod outcome;

use std::fmt;

use kernel::{Currency, Money, Timestamp};
use zeroize::Zeroizing;

pub use bill::{Bill, BillFile, BillKind, BillLine, BillTerms, Funds, NoBill};
pub use health::{Health, KeyInUse, KeyOf, Trouble};
pub use number::{NotANumber, OrderNumber, RefundNumber};
pub use outcome::{Declined, Outcome, Paid, RefundOutcome, RefundRefused, Refunded, Snag};

/// What a connector is and can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// How this cell calls it: short, of `a-z`, digits and `-`; it is in addresses and in books.
    pub name: String,
    /// The kind of wallet, by which pages name it in their own language, such as `wechat`.
    pub kind: &'static str,
    /// Which contract it is, where the company has several kinds, such as `global`.
    pub mode: &'static str,
    /// What sellers ask to be paid in through it.
    pub currency: Currency,
    /// Whether it makes codes for a payer to scan (merchant-presented).
    pub shows_codes: bool,
    /// Whether it takes numbers scanned from a payer's phone (customer-presented).
    pub takes_scans: bool,
    /// What it asks of refunds.
    pub refunds: RefundTerms,
    /// When the bills of its days are to be had; none where it makes none.
    pub bills: Option<BillTerms>,
}

/// What the other company's contract asks of refunds. It becomes state of the cell by a command,
/// so that a refund is refused with its reason before the other company is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundTerms {
    /// The most refunds of one payment.
    pub parts: u16,
    /// How many days after the payment one may be asked for.
    pub days: u16,
    /// Where that is written.
    pub source: &'static str,
}

/// How a payer meets the seller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The seller shows a code, the payer scans it.
    Show,
    /// The payer shows a number, the seller's till has read it.
    Take(Scanned),
}

impl Way {
    /// The same without the number.
    pub const fn shape(&self) -> Shape {
        match self {
            Self::Show => Shape::Shown,
            Self::Take(_) => Shape::Taken,
        }
    }
}

/// Who showed the code, once it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The seller.
    Shown,
    /// The payer.
    Taken,
}

/// A number from a payer's phone: it is money until it is used.
#[derive(Clone, PartialEq, Eq)]
pub struct Scanned(Zeroizing<String>);

impl Scanned {
    /// What a scanner read. Spaces around it are not part of it.
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.trim().to_owned()))
    }

    /// The digits, for the one request that needs them.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Scanned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scanned(…)")
    }
}

/// What the other company is asked to take from a payer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Our number for it.
    pub number: OrderNumber,
    /// In the seller's currency.
    pub amount: Money,
    /// By whose code.
    pub way: Way,
    /// The public name of the store: the payer sees it.
    pub store: String,
    /// Our id of the store, of at most 32 letters, digits and `_`.
    pub store_id: String,
    /// Until when it may be paid.
    pub deadline: Timestamp,
}

/// What was asked, as far as it is remembered: enough to ask what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Our number for it.
    pub number: OrderNumber,
    /// In the seller's currency.
    pub amount: Money,
    /// By whose code.
    pub shape: Shape,
    /// When it was last asked for. A request that is on its way for longer than the other
    /// company's window for signatures can't arrive any more.
    pub at: Timestamp,
}

/// What became of a [`Connector::create`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// How far it is.
    pub outcome: Outcome,
    /// What to show as a QR code, for [`Way::Show`].
    pub code: Option<String>,
}

/// What the other company is asked to give back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundAsk {
    /// Our number for it.
    pub number: RefundNumber,
    /// Of which payment.
    pub order: OrderNumber,
    /// How much.
    pub amount: Money,
    /// What was paid in all, in minor units of the same currency.
    pub paid: u64,
}

/// What the other company told by itself, proven to be its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notified {
    /// Of a payment.
    Payment {
        /// Which.
        number: OrderNumber,
        /// How far it is.
        outcome: Outcome,
    },
    /// Of a refund.
    Refund {
        /// Which.
        number: RefundNumber,
        /// How far it is.
        outcome: RefundOutcome,
    },
    /// Of something that is not ours, or no matter to us.
    Other,
}

/// Why a notification is not believed; one sentence for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Disbelief {
    /// A header that proves who sent it is missing or said twice.
    #[error("it is not signed: {0} is missing or there more than once")]
    Unsigned(&'static str),
    /// The clocks differ too much, or it is old.
    #[error(
        "it says it was signed {theirs} s after 1970, and here it is {ours}: old, or a clock is wrong"
    )]
    Clock {
        /// Seconds of this machine.
        ours: u64,
        /// Seconds that it says.
        theirs: u64,
    },
    /// Nobody knows the key.
    #[error(
        "it is signed with a key that is not known, also after asking for the newest ones: {0}"
    )]
    UnknownKey(String),
    /// The signature is of something else, or someone else.
    #[error("its signature is not that of the key it names over these bytes")]
    Signature,
    /// The same came before.
    #[error("the same was received before")]
    Replayed,
    /// What is inside can't be opened or read.
    #[error("what is inside can't be read: {0}")]
    Unreadable(&'static str),
    /// It is about another merchant.
    #[error("it is about another merchant than this one")]
    NotOurs,
}

/// What to answer to a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The HTTP status.
    pub status: u16,
    /// The body, JSON, or nothing.
    pub body: String,
}

/// Another company's wallet. Calls block for as long as its answer takes, within a bound; whoever
/// has other things to do calls from a thread of its own.
pub trait Connector: Send + Sync {
    /// What it is and can do.
    fn about(&self) -> &About;

    /// How it goes with the other company. It asks nobody.
    fn health(&self) -> Health;

    /// Whether a scanned number is one of this wallet's.
    fn knows(&self, scanned: &str) -> bool;

    /// Asks to be paid. Asked again with the same number, nothing more is paid.
    fn create(&self, ask: &Ask) -> Created;

    /// Asks what became of it.
    fn query(&self, asked: &Asked) -> Outcome;

    /// Asks that it may not be paid any more; money that was taken meanwhile either stays, which
    /// is `Paid`, or is given back by the other company, which is `Declined`.
    fn cancel(&self, asked: &Asked) -> Outcome;

    /// Asks to give back. Asked again with the same number, nothing more is given back.
    fn refund(&self, ask: &RefundAsk) -> RefundOutcome;

    /// Asks what became of a refund.
    fn query_refund(&self, ask: &RefundAsk) -> RefundOutcome;

    /// Reads what came to our address for notifications: `header` finds a header's only value.
    ///
    /// # Errors
    /// [`Disbelief`]: nothing may be done because of it.
    fn notification(
        &self,
        header: &dyn Fn(&str) -> Option<String>,
        body: &[u8],
    ) -> Result<Notified, Disbelief>;

    /// Asks for the bill of a finished day, `yyyymmdd`, and checks that it is whole and adds up.
    ///
    /// # Errors
    /// [`NoBill`].
    fn bill(&self, day: u32) -> Result<Bill, NoBill>;

    /// Reads a bill again from the files that came then.
    ///
    /// # Errors
    /// [`NoBill::Unfit`].
    fn read_bill(&self, day: u32, files: Vec<BillFile>) -> Result<Bill, NoBill>;

    /// What to answer to a notification that was taken, or was not.
    fn acknowledgement(&self, taken: bool) -> Acknowledgement;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanned_number_is_never_printed() {
        let way = Way::Take(Scanned::new(" 134650720866361395 \n"));
        assert_eq!(format!("{way:?}"), "Take(Scanned(…))");
        let Way::Take(scanned) = way else { panic!("it is taken") };
        assert_eq!(scanned.digits(), "134650720866361395");
    }
}
