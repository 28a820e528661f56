//! How codes are taken in a cell: dated data, set by a command.

use kernel::Currency;

use super::issuers::{Issuer, IssuerRoute};

/// The registry of issuers, and what may be asked of a code.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct CodeTerms {
    /// Whose codes are whose; no text belongs to two.
    #[n(0)]
    pub issuers: Vec<Issuer>,
    /// Up to how many minor units of a wallet's currency a code pays without a further word; in a
    /// currency that has none, the payer is always asked.
    #[n(1)]
    pub confirm_above: Vec<(Currency, u64)>,
    /// How long a payer is asked, in seconds.
    #[n(2)]
    pub ask_s: u32,
    /// After so many wrong codes of one phone its codes rest.
    #[n(3)]
    pub wrong_most: u8,
    /// For so many seconds.
    #[n(4)]
    pub rest_s: u32,
    /// After so many codes that were not valid, one merchant is charged with no more of them
    #[n(5)]
    pub misses_most: u32,
    /// until so many seconds after the first of them.
    #[n(6)]
    pub misses_s: u32,
    /// Where the bounds come from: a contract, a decision.
    #[n(7)]
    pub source: String,
}

impl CodeTerms {
    /// The prefix under which a cell's phones make codes.
    pub fn prefix_of(&self, cell: u16) -> Option<u16> {
        let mine = self.issuers.iter().find(|issuer| issuer.route == IssuerRoute::Cell(cell));
        mine.map(|issuer| issuer.first as u16)
    }

    /// Whether a code pays so much without asking.
    pub fn pays_unasked(&self, currency: Currency, paid: u64) -> bool {
        let bound = self.confirm_above.iter().find(|(known, _)| *known == currency);
        bound.is_some_and(|(_, most)| paid <= *most)
    }
}
