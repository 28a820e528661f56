//! What was made before under the same id: asked for again it is found, and nothing is made twice;
//! with other particulars it is refused. Ids are told apart by their tags, as references are.

use kernel::id::Party as PartyKind;
use kernel::{Context, Ref};
use ledger::AccountKind;

use super::World;
use crate::command::{AddTill, OpenStore, OpenWallet, RegisterMerchant, RegisterParty};
use crate::{Refusal, Reply};

/// The reply of what is there already, or why it is not the same; none when it is not there.
type Made = Option<Result<Reply, Refusal>>;

impl World<'_> {
    pub(super) fn party_made(&self, c: &RegisterParty) -> Made {
        let (number, known) = self.pay.party_of(c.id)?;
        let party = Ref::new(self.cell, number, c.id.tag());
        Some(if known.role == c.role { Ok(Reply::Party(party)) } else { Err(Refusal::PartyExists) })
    }

    pub(super) fn wallet_made(&self, context: &Context, c: &OpenWallet) -> Made {
        let number = self.book.opened_as(AccountKind::Wallet, c.id.tag())?;
        let account = self.book.account(number)?;
        let known = self.pay.wallet(account.entity)?;
        Some(self.acts_for(context, c.party).and_then(|()| {
            if (known.party, account.currency) != (c.party.number, c.currency) {
                return Err(Refusal::WalletExists);
            }
            self.wallet_view(account.entity).map(Reply::Wallet).ok_or(Refusal::WalletNotFound)
        }))
    }

    pub(super) fn merchant_made(&self, context: &Context, c: &RegisterMerchant) -> Made {
        let number = self.book.opened_as(AccountKind::Merchant, c.id.tag())?;
        let entry = self.book.account(number)?.entity;
        let known = self.pay.market.merchants.get(entry as usize)?;
        Some(self.acts_for(context, c.party).and_then(|()| {
            let same = (known.party, &known.name, known.currency);
            if same != (c.party.number, &c.name, c.currency) {
                return Err(Refusal::MerchantExists);
            }
            Ok(Reply::Merchant(self.merchant_view(known)))
        }))
    }

    pub(super) fn store_made(&self, context: &Context, c: &OpenStore) -> Made {
        let known = self.pay.store_of(c.id)?;
        let merchant = self.pay.merchant_of(known);
        if !self.may(context.actor, merchant.party) {
            return Some(Err(Refusal::MerchantNotFound));
        }
        let same = (merchant.reference, &known.name, &known.latin_name, &known.city)
            == (c.merchant, &c.name, &c.latin_name, &c.city)
            && (known.category, known.prefecture) == (c.category, c.prefecture);
        Some(if same { Ok(Reply::Store(known.reference)) } else { Err(Refusal::StoreExists) })
    }

    pub(super) fn till_made(&self, context: &Context, c: &AddTill) -> Made {
        let known = self.pay.till_of(c.id)?;
        Some(self.own_store(context, c.store).and_then(|_| {
            if (known.store, &known.name) != (c.store.number, &c.name) {
                return Err(Refusal::TillExists);
            }
            Ok(Reply::Till(known.reference))
        }))
    }

    /// Whether the actor may act for a party that is known.
    pub(super) fn acts_for(&self, context: &Context, party: Ref<PartyKind>) -> Result<(), Refusal> {
        self.pay.party(party).ok_or(Refusal::PartyNotFound)?;
        let theirs = self.may(context.actor, party.number);
        if theirs { Ok(()) } else { Err(Refusal::PartyNotFound) }
    }
}
