//! What an operator asks of partners.

use kernel::{Currency, Span};

/// Opens the link to another operator's system, or changes what is agreed with it.
#[derive(Clone, Debug)]
pub struct SetPartner {
    /// The number that its stores' ids begin with, as that of another cell.
    pub peer: u16,
    /// Its name on the wire and in codes: 1 to 6 of a-z, 0-9 and -.
    pub name: String,
    /// The currency of the nostro that we keep for it, if its users pay at our merchants.
    pub pays_here: Option<Currency>,
    /// The currency of what we hold with it, if our users pay at its merchants.
    pub paid_there: Option<Currency>,
    /// What its wallet is called, as tills and receipts say it.
    pub wallet: String,
    /// Where its server is; may be empty until that is known.
    pub url: String,
    /// The most that it may hold with us, in minor units.
    pub most_prefund: Option<u64>,
    /// Where that is written.
    pub source: String,
    /// The most payments that may wait for an answer.
    pub max_unanswered: u32,
    /// The longest one may wait before no new one starts.
    pub max_age: Span,
}

/// Believes a key of a partner from now on, or not any more. One that was believed once and is not
/// any more is never believed again.
#[derive(Clone, Debug)]
pub struct SetPartnerKey {
    /// The partner's number.
    pub peer: u16,
    /// An Ed25519 public key.
    pub key: [u8; 32],
    /// Whether it is believed.
    pub trusted: bool,
}

/// Ends or begins new payments to and from a partner.
#[derive(Clone, Debug)]
pub struct SuspendPartner {
    /// The partner's number.
    pub peer: u16,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Why.
    pub note: String,
}
