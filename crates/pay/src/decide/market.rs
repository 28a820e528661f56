//! Commands that build the market: books, links, terms, parties, wallets, merchants, stores.

use corridor::Message;
use kernel::id::Store as StoreKind;
use kernel::{Context, Currency, Ref, Role};
use ledger::{Account, AccountKind, Draft};

use super::{Facts, World, amount, fresh, reference_hash, text};
use crate::command::*;
use crate::event::*;
use crate::state::{Review, Standing, Store};
use crate::{Refusal, Reply};

impl World<'_> {
    pub(super) fn open_book<E: Facts>(
        &self,
        context: &Context,
        c: &OpenBook,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        if self.pay.book(c.currency).is_some() {
            return Err(Refusal::AlreadyDone { what: "opening the book of this currency" });
        }
        let mut open = |kind| {
            let tag = u64::from(c.currency.numeric());
            draft.open_account(self.book, Account::new(kind, c.currency, tag, 0, context.now))
        };
        let fact = BookOpened {
            currency: c.currency,
            fee: open(AccountKind::Fee),
            bank: open(AccountKind::Bank),
            payout: open(AccountKind::Payout),
            suspense: open(AccountKind::Suspense),
            fx: open(AccountKind::Fx),
            spread: open(AccountKind::Spread),
        };
        draft.add(crate::Event::from(fact));
        Ok(Reply::Done)
    }

    pub(super) fn open_link<E: Facts>(
        &self,
        context: &Context,
        c: &OpenLink,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        text("name", &c.name, 8)?;
        if c.peer == self.cell {
            return Err(Refusal::OutOfRange { field: "peer" });
        }
        if self.corridor.link_to(c.peer).is_some() {
            return Err(Refusal::AlreadyDone { what: "opening the link to this cell" });
        }
        // Codes name the cell, so a name stands for one.
        if self.corridor.link_named(&c.name).is_some() {
            return Err(Refusal::AlreadyDone { what: "opening a link of this name" });
        }
        if self.corridor.links.len() >= 128 {
            return Err(Refusal::OutOfRange { field: "number of links" });
        }
        let number = self.corridor.links.len() as u8;
        let mut open = |kind, currency: Option<Currency>| -> Result<Option<u32>, Refusal> {
            let Some(currency) = currency else { return Ok(None) };
            self.book_of(currency)?;
            let tag = u64::from(c.peer);
            let account = Account::new(kind, currency, tag, u32::from(number), context.now);
            Ok(Some(draft.open_account(self.book, account)))
        };
        let fact = corridor::LinkOpened {
            peer: c.peer,
            name: c.name.clone(),
            nostro: open(AccountKind::Nostro, c.nostro)?,
            mirror: open(AccountKind::NostroMirror, c.mirror)?,
            max_unanswered: c.max_unanswered,
            max_age_us: c.max_age.0,
        };
        draft.add(corridor::Event::from(fact));
        Ok(Reply::Link(number))
    }

    pub(super) fn set_nostro_warning<E: Facts>(
        &self,
        c: &SetNostroWarning,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        self.corridor.link(c.link).ok_or(Refusal::LinkNotFound)?;
        let fact = NostroWarningSet { link: c.link, below: c.below };
        draft.add(crate::Event::from(fact));
        Ok(Reply::Done)
    }

    pub(super) fn register_party<E: Facts>(
        &self,
        context: &Context,
        c: &RegisterParty,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        if let Some(made) = self.party_made(c) {
            return made;
        }
        fresh(context, c.id)?;
        let party = Ref::new(self.cell, self.pay.parties.next_number(0), c.id.tag());
        draft.add(crate::Event::from(PartyRegistered { party, role: c.role, id: c.id }));
        Ok(Reply::Party(party))
    }

    pub(super) fn open_wallet<E: Facts>(
        &self,
        context: &Context,
        c: &OpenWallet,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        if let Some(made) = self.wallet_made(context, c) {
            return made;
        }
        fresh(context, c.id)?;
        self.book_of(c.currency)?;
        self.acts_for(context, c.party)?;
        self.stays(c.party.number)?;
        let entry = self.pay.wallets.next_number(0);
        let tag = c.id.tag();
        let account = Account::new(AccountKind::Wallet, c.currency, tag, entry, context.now);
        let number = draft.open_account(self.book, account);
        let wallet = Ref::new(self.cell, number, tag);
        draft.add(crate::Event::from(WalletOpened { wallet, party: c.party.number, entry }));
        let view = crate::WalletView { wallet, currency: c.currency, balance: 0, held: 0 };
        Ok(Reply::Wallet(view))
    }

    pub(super) fn top_up_wallet<E: Facts>(
        &self,
        c: &TopUpWallet,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        amount(c.amount)?;
        text("reference", &c.reference, 64)?;
        let account = self
            .book
            .account_tagged(c.wallet.number, c.wallet.tag)
            .filter(|account| account.kind == AccountKind::Wallet)
            .ok_or(Refusal::WalletNotFound)?;
        self.stays(self.pay.wallet(account.entity).ok_or(Refusal::WalletNotFound)?.party)?;
        let reference = self.once(account.currency, &c.reference)?;
        let bank = self.book_of(account.currency)?.bank;
        draft
            .post(self.book, bank, c.wallet.number, c.amount)
            .map_err(|_| Refusal::AmountTooLarge)?;
        let fact = WalletToppedUp { account: c.wallet.number, amount: c.amount, reference };
        draft.add(crate::Event::from(fact));
        Ok(Reply::Balance(draft.balance(self.book, c.wallet.number) as u64))
    }

    pub(super) fn top_up_nostro<E: Facts>(
        &self,
        c: &TopUpNostro,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        amount(c.amount)?;
        text("reference", &c.reference, 64)?;
        let (_, currency) = self.nostro_of(c.link)?;
        let reference = self.once(currency, &c.reference)?;
        self.raise_nostro(c.link, c.amount, reference, draft)
    }

    fn nostro_of(&self, link: u8) -> Result<(u32, Currency), Refusal> {
        let link = self.corridor.link(link).ok_or(Refusal::LinkNotFound)?;
        let nostro = link.nostro.ok_or(Refusal::LinkNotFound)?;
        Ok((nostro, self.book.account(nostro).ok_or(Refusal::LinkNotFound)?.currency))
    }

    /// Puts money of the bank into the nostro of a link, once for each reference of the bank, and
    /// tells the other side.
    pub(super) fn raise_nostro<E: Facts>(
        &self,
        link: u8,
        amount: u64,
        reference: u64,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (nostro, currency) = self.nostro_of(link)?;
        self.within_prefund(link, nostro, amount)?;
        let bank = self.book_of(currency)?.bank;
        draft.post(self.book, bank, nostro, amount).map_err(|_| Refusal::AmountTooLarge)?;
        draft.add(crate::Event::from(NostroToppedUp { link, amount, reference }));
        self.send(draft, link, Message::NostroChanged { amount });
        Ok(Reply::Balance(draft.balance(self.book, nostro) as u64))
    }

    fn once(&self, currency: Currency, reference: &str) -> Result<u64, Refusal> {
        let hash = reference_hash(currency.numeric(), reference);
        let used = self.pay.market.references.contains(&hash);
        if used { Err(Refusal::ReferenceAlreadyUsed) } else { Ok(hash) }
    }

    pub(super) fn register_merchant<E: Facts>(
        &self,
        context: &Context,
        c: &RegisterMerchant,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        if let Some(made) = self.merchant_made(context, c) {
            return made;
        }
        fresh(context, c.id)?;
        text("name", &c.name, 60)?;
        self.book_of(c.currency)?;
        self.acts_for(context, c.party)?;
        self.stays(c.party.number)?;
        let entry = self.pay.market.merchants.len() as u32;
        let tag = c.id.tag();
        let account = Account::new(AccountKind::Merchant, c.currency, tag, entry, context.now);
        let merchant = Ref::new(self.cell, draft.open_account(self.book, account), tag);
        draft.add(crate::Event::from(MerchantRegistered {
            merchant,
            party: c.party.number,
            name: c.name.clone(),
            currency: c.currency,
            entry,
        }));
        // Whom the operator registers, the operator has looked at.
        let by_staff = matches!(context.actor.role, Role::Operator | Role::Cell);
        let review = (!by_staff).then_some(Review {
            standing: Standing::New,
            since: context.now,
            ..Review::UNASKED
        });
        if review.is_some() {
            draft.add(crate::Event::from(ReviewAsked { merchant: entry }));
        }
        Ok(Reply::Merchant(crate::MerchantView {
            merchant,
            name: c.name.clone(),
            currency: c.currency,
            balance: 0,
            credit: None,
            review,
        }))
    }

    pub(super) fn open_store<E: Facts>(
        &self,
        context: &Context,
        c: &OpenStore,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        if let Some(made) = self.store_made(context, c) {
            return made;
        }
        fresh(context, c.id)?;
        text("name", &c.name, 25)?;
        if let Some(latin) = &c.latin_name {
            text("latin_name", latin, 25)?;
        }
        text("city", &c.city, 15)?;
        if c.prefecture > 47 {
            return Err(Refusal::OutOfRange { field: "prefecture (1 to 47, 0 outside Japan)" });
        }
        let (merchant, known) = self.pay.merchant(c.merchant).ok_or(Refusal::MerchantNotFound)?;
        if !self.may(context.actor, known.party) {
            return Err(Refusal::MerchantNotFound);
        }
        self.stays(known.party)?;
        let number = self.pay.market.stores.len() as u32;
        let store = Ref::new(self.cell, number, c.id.tag());
        draft.add(crate::Event::from(StoreOpened {
            store,
            merchant,
            name: c.name.clone(),
            latin_name: c.latin_name.clone(),
            city: c.city.clone(),
            category: c.category,
            prefecture: c.prefecture,
        }));
        Ok(Reply::Store(store))
    }

    pub(super) fn set_store_open<E: Facts>(
        &self,
        context: &Context,
        c: &SetStoreOpen,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        self.own_store(context, c.store)?;
        let fact = StoreOpenSet { store: c.store.number, open: c.open };
        draft.add(crate::Event::from(fact));
        Ok(Reply::Done)
    }

    pub(super) fn add_till<E: Facts>(
        &self,
        context: &Context,
        c: &AddTill,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        if let Some(made) = self.till_made(context, c) {
            return made;
        }
        fresh(context, c.id)?;
        text("name", &c.name, 25)?;
        self.own_store(context, c.store)?;
        let number = self.pay.market.tills.len() as u32;
        let till = Ref::new(self.cell, number, c.id.tag());
        let fact = TillAdded { till, store: c.store.number, name: c.name.clone() };
        draft.add(crate::Event::from(fact));
        Ok(Reply::Till(till))
    }

    /// A store of which something new is asked, if the actor may act for its merchant.
    pub(super) fn own_store(
        &self,
        context: &Context,
        store: Ref<StoreKind>,
    ) -> Result<&Store, Refusal> {
        let known = self.pay.store(store).ok_or(Refusal::StoreNotFound)?;
        let party = self.pay.merchant_of(known).party;
        if !self.may(context.actor, party) {
            return Err(Refusal::StoreNotFound);
        }
        self.stays(party)?;
        Ok(known)
    }
}
