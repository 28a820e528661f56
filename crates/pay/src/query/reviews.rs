//! What staff are to look at.

use std::collections::{BTreeMap, BTreeSet};

use kernel::id::{Merchant, Party};
use kernel::{Id, Ref};

use crate::World;
use crate::reply::MerchantView;
use crate::state::{Review, Standing, Store};

/// Which shops staff look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shops {
    /// Those that await a review, and those that staff paused.
    Waiting,
    /// Those that are paid out, by a part of a name; all of them for none.
    Approved {
        /// A part of a name of the shop or of one of its stores.
        named: String,
    },
}

/// A merchant as staff look at it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewRow {
    /// Its entry: where a list goes on.
    pub entry: u32,
    /// The merchant, with its review.
    pub merchant: MerchantView,
    /// The id of its party: under it the vault keeps bank account and holder.
    pub party: Id<Party>,
    /// The same by number.
    pub party_number: u32,
    /// Its stores, in the order of opening.
    pub stores: Vec<Store>,
}

/// The merchants of one party, which have one bank account.
#[derive(Clone, Debug, PartialEq)]
pub struct PayoutAccounts {
    /// The id of the party: under it the vault keeps the account.
    pub party: Id<Party>,
    /// Each of its merchants, and what is known of its review: how often its account was set.
    pub merchants: Vec<(Ref<Merchant>, Review)>,
}

impl World<'_> {
    /// The merchants of a party by their entries, in the order in which they registered.
    pub(crate) fn merchants_of(&self, party: u32) -> Vec<(u32, &crate::state::Merchant)> {
        let all = (0..).zip(&self.pay.market.merchants);
        all.filter(|(_, merchant)| merchant.party == party).collect()
    }

    /// What the merchants of a merchant's party say of their bank account, and the party's number.
    pub fn payout_accounts(&self, merchant: Ref<Merchant>) -> Option<(u32, PayoutAccounts)> {
        let (_, known) = self.merchant_at(merchant)?;
        let party = self.pay.party_numbered(known.party)?.id;
        let all = self.merchants_of(known.party).into_iter();
        let merchants = all.map(|(entry, of)| (of.reference, self.pay.review(entry)));
        Some((known.party, PayoutAccounts { party, merchants: merchants.collect() }))
    }

    /// The parties of merchants that ever set a bank account, and how often; whoever is being
    /// forgotten is not among them.
    pub fn payees(&self) -> Vec<(Id<Party>, u32)> {
        let set = self.pay.market.reviews.iter().filter(|(_, review)| review.accounts > 0);
        let payees = set.filter_map(|(entry, review)| {
            let party = self.pay.market.merchants.get(*entry as usize)?.party;
            let stays = !self.pay.is_leaving(party);
            stays.then_some((self.pay.party_numbered(party)?.id, review.accounts))
        });
        payees.collect()
    }

    /// Merchants behind an entry, in the order in which they registered. One whose party is being
    /// forgotten is not among them.
    pub fn reviews(&self, of: &Shops, after: Option<u32>, limit: usize) -> Vec<ReviewRow> {
        let from = after.map_or(Some(0), |after| after.checked_add(1));
        let Some(from) = from else { return Vec::new() };
        let reviews = &self.pay.market.reviews;
        let mut rows: BTreeMap<u32, ReviewRow> = match of {
            Shops::Waiting => {
                let waiting = reviews.range(from..);
                let waiting = waiting.filter(|(_, known)| known.standing != Standing::Approved);
                let rows = waiting.filter_map(|(entry, _)| self.review_row(*entry));
                rows.take(limit).map(|row| (row.entry, row)).collect()
            }
            Shops::Approved { named } => {
                let end = self.pay.market.merchants.len() as u32;
                let named = self.named(named);
                let all = (from..end).filter(|entry| {
                    self.pay.standing(*entry) == Standing::Approved
                        && named.as_ref().is_none_or(|named| named.contains(entry))
                });
                let rows = all.filter_map(|entry| self.review_row(entry));
                rows.take(limit).map(|row| (row.entry, row)).collect()
            }
        };
        if !rows.is_empty() {
            for store in &self.pay.market.stores {
                if let Some(row) = rows.get_mut(&store.merchant) {
                    row.stores.push(store.clone());
                }
            }
        }
        rows.into_values().collect()
    }

    fn review_row(&self, entry: u32) -> Option<ReviewRow> {
        let merchant = self.pay.market.merchants.get(entry as usize)?;
        let party = self.pay.party_numbered(merchant.party)?.id;
        let stays = !self.pay.is_leaving(merchant.party);
        let party_number = merchant.party;
        let merchant = self.merchant_view(merchant);
        stays.then_some(ReviewRow { entry, merchant, party, party_number, stores: Vec::new() })
    }

    /// The merchants of which a name has a text, in capitals or not: their own or a store's, in
    /// whatever letters. None for no text: all are meant.
    fn named(&self, text: &str) -> Option<BTreeSet<u32>> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return None;
        }
        let has = |name: &str| name.to_lowercase().contains(&text);
        let market = &self.pay.market;
        let merchants = (0..).zip(&market.merchants).filter(|(_, of)| has(&of.name));
        let stores = market
            .stores
            .iter()
            .filter(|store| has(&store.name) || store.latin_name.as_deref().is_some_and(has));
        let found = merchants.map(|(entry, _)| entry).chain(stores.map(|store| store.merchant));
        Some(found.collect())
    }
}
