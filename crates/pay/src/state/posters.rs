//! What hangs in a store: the ids by which other networks know it, and its places.

use std::collections::BTreeMap;

use crate::emvco::{Account, AtPlace, Entry, Error, JpqrId, LocalText, Signboard, Template};
use crate::terms::Dated;

/// The id by which another network knows a store. Numbers of the arms are stored.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Network {
    /// JPQR's four levels, of 13, 4, 6 and 6 letters or digits; Payments Japan hands them out.
    #[n(0)]
    Jpqr(#[n(0)] [String; 4]),
    /// A number in the form of the scheme to which its tag belongs.
    #[n(1)]
    #[cbor(array)]
    Number {
        /// The tag, 2 to 25; UnionPay's are 15 and 16.
        #[n(0)]
        tag: u8,
        /// 1 to 99 characters.
        #[n(1)]
        value: String,
        /// What its wallets are called on the poster.
        #[n(2)]
        name: String,
    },
    /// A template under the name of who defined it. Its tag is given when the code is written.
    #[n(2)]
    #[cbor(array)]
    Template {
        /// Sub-tag 00, up to 32 characters: a reverse domain, an AID, or a UUID without hyphens.
        #[n(0)]
        scheme: String,
        /// Sub-tags 01 to 99 with their values.
        #[n(1)]
        entries: Vec<(u8, String)>,
        /// What its wallets are called on the poster.
        #[n(2)]
        name: String,
    },
}

/// What JPQR calls itself on posters.
const JPQR_NAME: &str = "JPQR";

impl Network {
    /// What its wallets are called on the poster.
    pub fn name(&self) -> &str {
        match self {
            Self::Jpqr(_) => JPQR_NAME,
            Self::Number { name, .. } | Self::Template { name, .. } => name,
        }
    }
}

/// The ids by which other networks know a store, all of them together.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Acceptance {
    /// In the order in which they stand on the code; none ends all.
    #[n(0)]
    pub networks: Vec<Network>,
    /// The store's postal code, which JPQR asks for.
    #[n(1)]
    pub postal: Option<String>,
    /// The contract they come from.
    #[n(2)]
    pub source: String,
}

impl Acceptance {
    /// Writes the ids onto a signboard.
    ///
    /// # Errors
    /// Levels of JPQR that are not of their lengths.
    pub fn onto(&self, board: &mut Signboard) -> Result<(), Error> {
        if self.postal.is_some() {
            board.postal.clone_from(&self.postal);
        }
        for network in &self.networks {
            match network {
                Network::Jpqr([one, two, three, four]) => {
                    let id = JpqrId::try_new([one, two, three, four]);
                    board.jpqr = Some(id.map_err(|problem| Error::Jpqr { problem })?);
                }
                Network::Number { tag, value, .. } => {
                    let entry = Entry { tag: *tag, value: value.clone() };
                    board.others.push(Account::Number(entry));
                }
                Network::Template { scheme, entries, .. } => {
                    let entries = entries.iter();
                    let entries =
                        entries.map(|(tag, value)| Entry { tag: *tag, value: value.clone() });
                    let (scheme, entries) = (scheme.clone(), entries.collect());
                    board.others.push(Account::Scheme(Template { tag: 0, scheme, entries }));
                }
            }
        }
        Ok(())
    }
}

/// A place of a store with a code of its own: a table, a counter, an entrance. Another amount or
/// reference makes another place, so that a code that still hangs somewhere never says what was.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Place {
    /// Counted in its store from 1; never given twice.
    #[n(0)]
    pub number: u16,
    /// What the shop calls it, up to 25 characters.
    #[n(1)]
    pub label: String,
    /// What is due there, in minor units; the payer types it if none.
    #[n(2)]
    pub amount: Option<u64>,
    /// What the shop's books call it, up to 25 characters.
    #[n(3)]
    pub reference: Option<String>,
}

impl Place {
    /// The most places of one store.
    pub const MOST: usize = 500;

    /// As a code says it.
    pub fn on_code(&self) -> AtPlace<'_> {
        AtPlace {
            number: self.number,
            label: &self.label,
            amount_minor: self.amount,
            reference: self.reference.as_deref(),
        }
    }
}

/// What hangs in one store.
#[derive(Clone, Debug, Default, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Posters {
    /// The ids of other networks, by date.
    #[n(0)]
    pub acceptance: Dated<Acceptance>,
    /// The places by number; withdrawn ones are gone.
    #[n(1)]
    pub places: BTreeMap<u16, Place>,
    /// How many numbers were given.
    #[n(2)]
    pub given: u16,
}

/// A store as its codes show it to a judge of lengths: the longest that may come.
pub(crate) fn longest(board: &Signboard) -> Result<(), Error> {
    let (label, reference) = ("x".repeat(25), "x".repeat(25));
    // 13 characters, less a point and decimals where the currency has them.
    let digits = if board.exponent == 0 { 13 } else { 12 };
    let at = AtPlace {
        number: u16::MAX,
        label: &label,
        amount_minor: Some(10_u64.pow(digits) - 1),
        reference: Some(&reference),
    };
    board.place_code("xxxxxxxx", &"x".repeat(27), at).map(|_| ())
}

/// The name in Japanese of a store that JPQR asks for: any local name will do to judge lengths.
pub(crate) fn judged(name: &str, latin: Option<&str>) -> (String, Option<LocalText>) {
    let local = latin.map(|_| LocalText {
        language: "JA".to_owned(),
        name: name.to_owned(),
        city: None,
        reserved: Vec::new(),
    });
    (latin.unwrap_or(name).to_owned(), local)
}
