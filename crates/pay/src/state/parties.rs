//! Parties: who is there, and who asked to be forgotten.

use kernel::id::Party as PartyKind;
use kernel::{Id, Ref, Role, Timestamp};

use super::{NONE, State, Wallet};

/// A person or business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    /// The id that created it. A reference to it is told from a guess by its tag; under it the
    /// vault keeps who it is.
    pub id: Id<PartyKind>,
    /// What it does here.
    pub role: Role,
    /// When it became known.
    pub since: Timestamp,
    /// The entry of the wallet it opened last; `NONE` for none.
    pub newest_wallet: u32,
}

/// A party of which nothing can be read any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Forgotten {
    /// When it was asked for.
    #[n(0)]
    pub asked: Timestamp,
    /// When it was done.
    #[n(1)]
    pub done: Timestamp,
}

impl State {
    /// A party by its reference.
    pub fn party(&self, party: Ref<PartyKind>) -> Option<&Party> {
        self.parties.get(party.number).filter(|known| known.id.tag() == party.tag)
    }

    /// A party by its number.
    pub fn party_numbered(&self, number: u32) -> Option<&Party> {
        self.parties.get(number)
    }

    /// Whether a party asked to be forgotten, or was.
    pub fn is_leaving(&self, party: u32) -> bool {
        self.market.to_forget.contains_key(&party) || self.market.forgotten.contains_key(&party)
    }

    /// The wallets of a party by their entries, the newest first.
    pub fn wallets_of(&self, party: u32) -> impl Iterator<Item = (u32, &Wallet)> {
        let newest = self.parties.get(party).map_or(NONE, |party| party.newest_wallet);
        let mut next = newest;
        std::iter::from_fn(move || {
            let entry = next;
            let wallet = self.wallets.get(entry)?;
            next = wallet.older;
            Some((entry, wallet))
        })
    }
}
