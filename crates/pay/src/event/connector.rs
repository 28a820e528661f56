//! The facts of payments by wallets of other companies.

use kernel::id::{Payment, Refund};
use kernel::{Currency, Id};

use crate::state::{AskEnd, RefundEnd, Shape, StrayReason};

/// A connector is known, or what its contract asks of refunds was changed.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ConnectorSet {
    /// Its number; the next one for one that was not known.
    #[n(0)]
    pub number: u8,
    /// How this cell calls it.
    #[n(1)]
    pub name: String,
    /// The kind of wallet.
    #[n(2)]
    pub kind: String,
    /// What is paid through it.
    #[n(3)]
    pub currency: Currency,
    /// The account of what the other company owes.
    #[n(4)]
    pub account: u32,
    /// The most refunds of one payment.
    #[n(5)]
    pub refund_parts: u16,
    /// How many days after a payment one may be asked for.
    #[n(6)]
    pub refund_days: u16,
    /// Where that is written.
    #[n(7)]
    pub source: String,
}

/// A connector takes no new payments, until it is set again.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ConnectorRested {
    /// Which.
    #[n(0)]
    pub number: u8,
}

/// The other company is about to be asked to take a payment.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ConnectorAsked {
    /// Which payment.
    #[n(0)]
    pub payment: Id<Payment>,
    /// The seller's leg.
    #[n(1)]
    pub leg: u32,
    /// Through which connector.
    #[n(2)]
    pub connector: u8,
    /// Which attempt of the payment, from 1.
    #[n(3)]
    pub attempt: u16,
    /// Who shows the code.
    #[n(4)]
    pub shape: Shape,
}

/// The till wants what the other company was asked to be cancelled.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ConnectorCancelAsked {
    /// Which payment.
    #[n(0)]
    pub payment: Id<Payment>,
    /// The seller's leg.
    #[n(1)]
    pub leg: u32,
}

/// A wallet of another company paid.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ConnectorPaid {
    /// Which payment.
    #[n(0)]
    pub payment: Id<Payment>,
    /// The seller's leg, which closes.
    #[n(1)]
    pub leg: u32,
    /// Who is paid.
    #[n(2)]
    pub store: u32,
    /// Through which connector.
    #[n(3)]
    pub connector: u8,
    /// By which attempt.
    #[n(4)]
    pub attempt: u16,
    /// Minor units.
    #[n(5)]
    pub amount: u64,
    /// The merchant's fee in it.
    #[n(6)]
    pub fee: u64,
    /// The other company's number for it.
    #[n(7)]
    pub reference: String,
    /// The hash of what it signed.
    #[n(8)]
    #[cbor(with = "minicbor::bytes")]
    pub evidence: [u8; 32],
}

/// An attempt came to nothing.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ConnectorFailed {
    /// Which payment.
    #[n(0)]
    pub payment: Id<Payment>,
    /// The seller's leg.
    #[n(1)]
    pub leg: u32,
    /// Through which connector.
    #[n(2)]
    pub connector: u8,
    /// Which attempt.
    #[n(3)]
    pub attempt: u16,
    /// Why.
    #[n(4)]
    pub end: AskEnd,
    /// Whether the till wanted that, so that the payment ends with it.
    #[n(5)]
    pub cancelled: bool,
}

/// The other company took money that no payment waits for: it stands in suspense, as a task for the
/// operator.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ConnectorStray {
    /// Which payment it names.
    #[n(0)]
    pub payment: Id<Payment>,
    /// Through which connector.
    #[n(1)]
    pub connector: u8,
    /// Which attempt it names.
    #[n(2)]
    pub attempt: u16,
    /// Minor units that it took.
    #[n(3)]
    pub amount: u64,
    /// Why no payment is paid by it.
    #[n(4)]
    pub reason: StrayReason,
    /// The seller's leg that waited for another amount; its attempt ends.
    #[n(5)]
    pub leg: Option<u32>,
    /// The other company's number for it.
    #[n(6)]
    pub reference: String,
    /// The hash of what it signed.
    #[n(7)]
    #[cbor(with = "minicbor::bytes")]
    pub evidence: [u8; 32],
}

/// Money that no payment waited for went back to its payer.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ConnectorStrayReturned {
    /// Which.
    #[n(0)]
    pub stray: u64,
    /// Through which connector it came.
    #[n(1)]
    pub connector: u8,
    /// Minor units.
    #[n(2)]
    pub amount: u64,
    /// The payment that it was said to be for.
    #[n(3)]
    pub payment: Id<Payment>,
}

/// The other company is about to be asked to give a part back; the money is held.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ConnectorRefundBegun {
    /// Which payment.
    #[n(0)]
    pub payment: Id<Payment>,
    /// The caller's name for it.
    #[n(1)]
    pub refund: Id<Refund>,
    /// The seller's closed leg.
    #[n(2)]
    pub closed: u32,
    /// Through which connector.
    #[n(3)]
    pub connector: u8,
    /// Minor units.
    #[n(4)]
    pub amount: u64,
    /// The fee account's share of it.
    #[n(5)]
    pub fee: u64,
    /// Holds: the merchant's part and the fee account's; `u32::MAX` for none.
    #[n(6)]
    pub holds: [u32; 2],
}

/// What became of a refund. One that was done has a [`super::SaleRefunded`] beside it.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ConnectorRefundEnded {
    /// Which payment.
    #[n(0)]
    pub payment: Id<Payment>,
    /// Which refund.
    #[n(1)]
    pub refund: Id<Refund>,
    /// What became of it.
    #[n(2)]
    pub end: RefundEnd,
    /// The hash of what the other company signed.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub evidence: [u8; 32],
}

/// What the other company owed reached the bank.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ConnectorSettled {
    /// Which connector.
    #[n(0)]
    pub connector: u8,
    /// Minor units that came.
    #[n(1)]
    pub received: u64,
    /// Minor units that it kept as its fee.
    #[n(2)]
    pub kept: u64,
    /// Hash of the bank's reference, which is taken once.
    #[n(3)]
    pub reference: u64,
}
