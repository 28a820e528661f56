//! What an edge made by an id, found by that id: parties, stores and tills. (Wallets and merchants
//! have accounts, which the book finds.)

use kernel::Id;
use kernel::id::{Party as PartyKind, Store as StoreKind, Till as TillKind};
use kernel::index::Index;

use super::{Party, State, Store, Till};

/// Numbers by the tags of ids; made again at start, never in a snapshot.
pub(crate) struct Made {
    pub parties: Index,
    pub stores: Index,
    pub tills: Index,
}

impl Made {
    pub fn new(seed: u64) -> Self {
        let none = || Index::new(seed);
        Self { parties: none(), stores: none(), tills: none() }
    }

    /// Takes in what there is.
    pub fn of<'a>(
        seed: u64,
        parties: impl Iterator<Item = (u32, &'a Party)>,
        stores: &[Store],
        tills: &[Till],
    ) -> Self {
        let mut made = Self::new(seed);
        // Party 0 is the cell itself; nobody made it.
        parties.skip(1).for_each(|(number, party)| add(&mut made.parties, party.id.tag(), number));
        for store in stores {
            add(&mut made.stores, store.reference.tag, store.reference.number);
        }
        for till in tills {
            add(&mut made.tills, till.reference.tag, till.reference.number);
        }
        made
    }
}

/// Adds a number under a tag.
pub(crate) fn add(index: &mut Index, tag: u64, number: u32) {
    index.insert(index.hash(tag.into()), number);
}

fn find(index: &Index, tag: u64, is_it: impl FnMut(u32) -> bool) -> Option<u32> {
    index.find(index.hash(tag.into()), is_it)
}

impl State {
    /// The party that was made by an id, and its number.
    pub fn party_of(&self, id: Id<PartyKind>) -> Option<(u32, &Party)> {
        let is_it = |number| self.parties.get(number).is_some_and(|known| known.id == id);
        let number = find(&self.made.parties, id.tag(), is_it)?;
        Some((number, self.parties.get(number)?))
    }

    /// The store that was made by an id.
    pub fn store_of(&self, id: Id<StoreKind>) -> Option<&Store> {
        let stores = &self.market.stores;
        let is_it = |number: u32| {
            stores.get(number as usize).is_some_and(|known| known.reference.tag == id.tag())
        };
        stores.get(find(&self.made.stores, id.tag(), is_it)? as usize)
    }

    /// The till that was made by an id.
    pub fn till_of(&self, id: Id<TillKind>) -> Option<&Till> {
        let tills = &self.market.tills;
        let is_it = |number: u32| {
            tills.get(number as usize).is_some_and(|known| known.reference.tag == id.tag())
        };
        tills.get(find(&self.made.tills, id.tag(), is_it)? as usize)
    }
}
