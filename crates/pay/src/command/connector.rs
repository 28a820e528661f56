//! What is asked of payments by wallets of other companies.

use kernel::id::{Payment, Refund};
use kernel::{Currency, Id};

use crate::state::{AskEnd, Connector, RefundEnd, Shape};

/// Makes a connector known, or changes what its contract asks of refunds.
#[derive(Clone, Debug)]
pub struct SetConnector {
    /// How this cell calls it.
    pub name: String,
    /// The kind of wallet, such as `wechat`.
    pub kind: String,
    /// What is paid through it; it never changes.
    pub currency: Currency,
    /// The most refunds of one payment.
    pub refund_parts: u16,
    /// How many days after a payment one may be asked for.
    pub refund_days: u16,
    /// Where that is written.
    pub source: String,
}

impl SetConnector {
    /// Whether the cell knows just that, and takes payments through it.
    pub fn is_what(&self, known: &Connector) -> bool {
        let own = (&self.name, &self.kind, self.currency, &self.source);
        let terms = (self.refund_parts, self.refund_days);
        own == (&known.name, &known.kind, known.currency, &known.source)
            && terms == (known.refund_parts, known.refund_days)
            && !known.rests
    }
}

/// A connector is in the configuration no more: it takes no new payments until it is set again.
#[derive(Clone, Debug)]
pub struct RestConnector {
    /// Which, by its name.
    pub name: String,
}

/// A payment that waits is about to be asked for through a connector. It comes before the other
/// company is asked, so that what becomes of it is always found.
#[derive(Clone, Debug)]
pub struct BeginConnectorPayment {
    /// Which.
    pub payment: Id<Payment>,
    /// Through which connector, by its name.
    pub connector: String,
    /// Who shows the code.
    pub shape: Shape,
}

/// The other company said, and proved, that an attempt was paid.
#[derive(Clone, Debug)]
pub struct ConfirmConnectorPaid {
    /// Which payment.
    pub payment: Id<Payment>,
    /// Which attempt.
    pub attempt: u16,
    /// Through which connector, by its name.
    pub connector: String,
    /// How much, in minor units of the connector's currency.
    pub amount: u64,
    /// The other company's number for it.
    pub reference: String,
    /// The hash of what it signed.
    pub evidence: [u8; 32],
}

/// An attempt came to nothing, and nothing will be paid by it any more.
#[derive(Clone, Debug)]
pub struct ConfirmConnectorFailed {
    /// Which payment.
    pub payment: Id<Payment>,
    /// Which attempt.
    pub attempt: u16,
    /// Through which connector, by its name.
    pub connector: String,
    /// Why.
    pub end: AskEnd,
}

/// A part of a payment by another company's wallet is about to be given back. The money is held
/// from here on.
#[derive(Clone, Debug)]
pub struct BeginConnectorRefund {
    /// The caller's name for it: asked for again, it is found as long as its payment is known.
    pub id: Id<Refund>,
    /// Of which payment.
    pub payment: Id<Payment>,
    /// Minor units of the seller's currency.
    pub amount: u64,
}

/// What became of a refund, as the other company said and proved.
#[derive(Clone, Debug)]
pub struct EndConnectorRefund {
    /// Which.
    pub refund: Id<Refund>,
    /// Through which connector, by its name.
    pub connector: String,
    /// What became of it.
    pub end: RefundEnd,
    /// The hash of what it signed; nothing for one that was refused.
    pub evidence: [u8; 32],
}

/// Money that no payment waited for went back to its payer at the other company: it owes it no
/// more, and it is in suspense no more.
#[derive(Clone, Debug)]
pub struct ReturnStray {
    /// Through which connector it came, by its name.
    pub connector: String,
    /// Which, by its number in the list of tasks.
    pub stray: u64,
}

/// What the other company owed reached the operator's bank.
#[derive(Clone, Debug)]
pub struct SettleConnector {
    /// Which connector, by its name.
    pub connector: String,
    /// Minor units that came.
    pub received: u64,
    /// Minor units that the other company kept as its own fee.
    pub kept: u64,
    /// The bank's reference; each is taken once.
    pub reference: String,
}
