//! The facts of partners: other operators whose systems stand at the other end of a link.

use super::Author;

/// A partner is known by this link, or what is agreed with it was changed.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct PartnerSet {
    /// The link to it.
    #[n(0)]
    pub link: u8,
    /// What its wallet is called, as tills and receipts say it.
    #[n(1)]
    pub wallet: String,
    /// Where its server is: `https://…` without a slash at its end; empty until that is known.
    #[n(2)]
    pub url: String,
    /// The most that it may hold with us, in minor units of the nostro's currency; none for without
    /// a bound.
    #[n(3)]
    pub most_prefund: Option<u64>,
    /// Where that is written.
    #[n(4)]
    pub source: String,
    /// Who set it.
    #[n(5)]
    pub by: Author,
}

/// A partner's key is believed from now on, or not any more.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct PartnerKeySet {
    /// The link to it.
    #[n(0)]
    pub link: u8,
    /// An Ed25519 public key.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub key: [u8; 32],
    /// Whether it is believed.
    #[n(2)]
    pub trusted: bool,
    /// Who said so.
    #[n(3)]
    pub by: Author,
}

/// No new payment crosses to or from a partner from now on, or they do again. What is under way
/// comes to its end.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct PartnerSuspended {
    /// The link to it.
    #[n(0)]
    pub link: u8,
    /// Whether it is suspended.
    #[n(1)]
    pub suspended: bool,
    /// Why.
    #[n(2)]
    pub note: String,
    /// Who did it.
    #[n(3)]
    pub by: Author,
}
