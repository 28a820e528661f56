//! Questions about one thing, answered from the state in the order of the queue.

mod bank;
mod billed;
mod codes;
mod limits;
mod payout;
mod proposals;
mod reviews;
mod settlement;

use kernel::id::{Party as PartyKind, Payment, Store as StoreKind, Wallet as WalletKind};
use kernel::{Actor, Id, Ref, Role, Timestamp, share};

use crate::World;
use crate::refusal::Refusal;
use crate::reply::{
    LookView, MerchantView, PartyView, PaymentView, Price, Status, StoppedBy, WalletView,
};
use crate::state::{
    ClosedIncoming, ClosedOutgoing, End, Incoming, IncomingState, Merchant, Outgoing,
    OutgoingState, Review, Wallet, whole,
};

pub use bank::{BankAccountView, BankingView};
pub use billed::{Beside, BilledPayment, BilledRefund, Known};
pub use codes::CodeTermsRow;
pub use limits::{CaseRow, LimitLeft, RulesInForce, WalletLimits};
pub use payout::{Payable, PayableNow, PayoutOf};
pub use proposals::ProposalRow;
pub use reviews::{PayoutAccounts, ReviewRow, Shops};
pub use settlement::{HalfView, SettlementView};

impl World<'_> {
    /// Whether an actor may act for a party: it is the party, or the operator.
    pub fn may(&self, actor: Actor, party: u32) -> bool {
        actor.party == party || matches!(actor.role, Role::Operator | Role::Cell)
    }

    /// A wallet by its reference, if the actor may use it.
    pub fn wallet(&self, actor: Actor, wallet: Ref<WalletKind>) -> Result<(u32, &Wallet), Refusal> {
        let account = self.book.account_tagged(wallet.number, wallet.tag);
        let entry = account
            .filter(|account| account.kind == ledger::AccountKind::Wallet)
            .map(|account| account.entity)
            .filter(|_| wallet.cell == self.cell)
            .ok_or(Refusal::WalletNotFound)?;
        let known = self.pay.wallet(entry).ok_or(Refusal::WalletNotFound)?;
        if self.may(actor, known.party) { Ok((entry, known)) } else { Err(Refusal::WalletNotFound) }
    }

    /// The reference of a wallet's entry.
    pub fn wallet_reference(&self, entry: u32) -> Option<Ref<WalletKind>> {
        let account = self.pay.wallet(entry)?.account;
        Some(Ref::new(self.cell, account, self.book.account(account)?.tag))
    }

    /// The wallets of a party, the newest first.
    pub fn wallets_of(&self, party: Ref<PartyKind>) -> Vec<WalletView> {
        let wallets = self.pay.wallets_of(party.number);
        wallets.filter_map(|(entry, _)| self.wallet_view(entry)).collect()
    }

    /// A party by its reference, if the actor may act for it.
    pub fn party_of(&self, actor: Actor, party: Ref<PartyKind>) -> Result<PartyView, Refusal> {
        let known = self.party(party.number);
        let theirs = |known: &PartyView| {
            known.party == party && known.role != Role::Cell && self.may(actor, party.number)
        };
        known.filter(theirs).ok_or(Refusal::PartyNotFound)
    }

    /// A party by its number.
    pub fn party(&self, number: u32) -> Option<PartyView> {
        let party = self.pay.party_numbered(number)?;
        let market = &self.pay.market;
        let forgotten = market.forgotten.get(&number);
        Some(PartyView {
            party: Ref::new(self.cell, number, party.id.tag()),
            id: party.id,
            role: party.role,
            since: party.since,
            asked: market.to_forget.get(&number).or(forgotten.map(|it| &it.asked)).copied(),
            forgotten: forgotten.map(|it| it.done),
        })
    }

    /// What is in a wallet.
    pub fn wallet_view(&self, entry: u32) -> Option<WalletView> {
        let reference = self.wallet_reference(entry)?;
        let account = self.book.account(reference.number)?;
        Some(WalletView {
            wallet: reference,
            currency: account.currency,
            balance: account.credits_posted.saturating_sub(account.debits_posted),
            held: account.debits_pending,
        })
    }

    /// What a merchant is owed.
    pub fn merchant_view(&self, merchant: &Merchant) -> MerchantView {
        let account = self.book.account(merchant.reference.number);
        let balance = account.map_or(0, |a| a.credits_posted.saturating_sub(a.debits_posted));
        MerchantView {
            merchant: merchant.reference,
            name: merchant.name.clone(),
            currency: merchant.currency,
            balance,
            credit: self.credit_view(merchant),
            review: self.review_view(merchant),
        }
    }

    fn review_view(&self, merchant: &Merchant) -> Option<Review> {
        let entry = self.book.account(merchant.reference.number)?.entity;
        self.pay.market.reviews.get(&entry).copied()
    }

    /// What the page shows before paying (CORE, "look before paying").
    pub fn look(
        &self,
        store: Ref<StoreKind>,
        payment: Option<Id<Payment>>,
        payer: Option<(Timestamp, u16)>,
    ) -> Result<LookView, Refusal> {
        let known = self.pay.store(store).ok_or(Refusal::StoreNotFound)?;
        let due = match payment {
            None => None,
            Some(id) => {
                let view = self.sale_view(id).ok_or(Refusal::PaymentNotFound)?;
                if view.store != store {
                    return Err(Refusal::StoreDiffers);
                }
                Some(view)
            }
        };
        Ok(LookView {
            store,
            name: known.name.clone(),
            latin_name: known.latin_name.clone(),
            city: known.city.clone(),
            category: known.category,
            prefecture: known.prefecture,
            open: known.open && !self.is_paused_by_staff(known),
            stopped_by: self.is_paused_by_staff(known).then_some(StoppedBy::Operator),
            currency: self.pay.merchant_of(known).currency,
            due,
            costs: payer.map(|(now, from)| self.costs(now, known, from)),
        })
    }

    /// A store by its number alone, as a store number names it.
    pub fn store_numbered(&self, number: u32) -> Result<Ref<StoreKind>, Refusal> {
        let known = self.pay.store_numbered(number).ok_or(Refusal::StoreNotFound)?;
        Ok(known.reference)
    }

    /// A payment, from the leg that this cell has, if the actor is a side of it.
    pub fn payment(&self, actor: Actor, id: Id<Payment>) -> Result<PaymentView, Refusal> {
        self.payment_leg(actor, id).ok_or(Refusal::PaymentNotFound)
    }

    fn payment_leg(&self, actor: Actor, id: Id<Payment>) -> Option<PaymentView> {
        let of_wallet = |entry| self.pay.wallet(entry).is_some_and(|w| self.may(actor, w.party));
        let of_store = |store| {
            let store = self.pay.store_numbered(store);
            store.is_some_and(|store| self.may(actor, self.pay.merchant_of(store).party))
        };
        if let Some((_, leg)) = self.pay.outgoing(id).filter(|(_, leg)| of_wallet(leg.wallet)) {
            return Some(self.outgoing_view(leg));
        }
        // One request may have been tried from several wallets: each sees its own attempt.
        if let Some((_, leg)) = self.pay.closed_outgoing_where(id, |leg| of_wallet(leg.wallet)) {
            return Some(self.closed_outgoing_view(&leg));
        }
        if let Some((_, leg)) = self.pay.incoming(id) {
            let theirs = of_store(leg.store) || leg.payer_here().is_some_and(of_wallet);
            return theirs.then(|| self.incoming_view(leg));
        }
        let (_, leg) = self.pay.closed_incoming(id)?;
        let theirs = of_store(leg.store) || leg.payer_here().is_some_and(of_wallet);
        theirs.then(|| self.closed_incoming_view(leg))
    }

    /// The seller's leg, whoever asks: what a code's scanner may know.
    pub fn sale_view(&self, id: Id<Payment>) -> Option<PaymentView> {
        let open = self.pay.incoming(id).map(|(_, leg)| self.incoming_view(leg));
        open.or_else(|| self.pay.closed_incoming(id).map(|(_, leg)| self.closed_incoming_view(leg)))
    }

    /// The currency that a link's other side sells in.
    pub(crate) fn currency_over(&self, link: u8) -> kernel::Currency {
        let mirror = self.corridor.link(link).and_then(|link| link.mirror);
        let account = mirror.and_then(|number| self.book.account(number));
        account.map_or(kernel::Currency::EUR, |account| account.currency)
    }

    fn price(&self, wallet: u32, [principal, spread, fee]: [u64; 3], returned: u64) -> Price {
        let account = self.pay.wallet(wallet).and_then(|w| self.book.account(w.account));
        let currency = account.map_or(kernel::Currency::EUR, |account| account.currency);
        Price { currency, principal, spread, fee, returned }
    }

    pub(crate) fn outgoing_view(&self, leg: &Outgoing) -> PaymentView {
        let status = match leg.state {
            OutgoingState::Authorized => Status::Authorized,
            OutgoingState::Confirmed => Status::Confirmed,
        };
        PaymentView {
            payment: leg.id,
            status,
            store: leg.store,
            amount: leg.amount,
            currency: self.currency_over(leg.link),
            captured: leg.taken,
            refunded: 0,
            merchant_fee: None,
            price: Some(self.price(leg.wallet, [leg.principal, leg.spread, leg.fee], 0)),
            wallet: self.wallet_reference(leg.wallet),
            declined: None,
            // Until when the seller may capture what it holds, only its own cell knows.
            deadline: (status == Status::Confirmed).then_some(leg.valid_until),
            capture: leg.capture,
            cancel_asked: leg.cancel_asked,
            connector: None,
        }
    }

    pub(crate) fn closed_outgoing_view(&self, leg: &ClosedOutgoing) -> PaymentView {
        let captured = if leg.end == End::Captured { leg.amount } else { 0 };
        let parts = [leg.principal, leg.spread, leg.fee];
        let back = parts
            .map(|part| if captured == 0 { 0 } else { returned(part, leg.refunded, captured) });
        let peer = self.corridor.link(leg.link).map_or(0, |link| link.peer);
        PaymentView {
            payment: whole(leg.id),
            status: ended(leg.end, captured, leg.refunded),
            store: Ref::new(peer, leg.store, leg.store_tag),
            amount: leg.amount,
            currency: self.currency_over(leg.link),
            captured,
            refunded: leg.refunded,
            merchant_fee: None,
            price: Some(self.price(leg.wallet, parts, back.iter().sum())),
            wallet: self.wallet_reference(leg.wallet),
            declined: leg.reason,
            deadline: None,
            capture: leg.marks.capture(),
            cancel_asked: leg.marks.cancel_asked(),
            connector: None,
        }
    }

    fn store_of(&self, number: u32) -> (Ref<StoreKind>, kernel::Currency) {
        let store = self.pay.store_numbered(number).expect("a leg's store is never removed");
        (store.reference, self.pay.merchant_of(store).currency)
    }

    pub(crate) fn incoming_view(&self, leg: &Incoming) -> PaymentView {
        let (store, currency) = self.store_of(leg.store);
        let here = leg.payer_here();
        let asked = self.pay.connectors().open_ask(leg.id);
        PaymentView {
            payment: leg.id,
            status: match leg.state {
                IncomingState::Requested | IncomingState::Asked => Status::Requested,
                IncomingState::Held => Status::Authorized,
            },
            store,
            amount: leg.amount,
            currency,
            captured: leg.captured,
            refunded: 0,
            merchant_fee: Some(leg.fee),
            price: here.map(|wallet| self.price(wallet, [leg.amount, 0, 0], 0)),
            wallet: here.and_then(|wallet| self.wallet_reference(wallet)),
            declined: None,
            deadline: Some(leg.deadline),
            capture: leg.capture,
            cancel_asked: asked.is_some_and(|ask| ask.cancel),
            connector: asked.map(|ask| ask.connector),
        }
    }

    pub(crate) fn closed_incoming_view(&self, leg: &ClosedIncoming) -> PaymentView {
        let (store, currency) = self.store_of(leg.store);
        let captured = if leg.end == End::Captured { leg.amount } else { 0 };
        let here = leg.payer_here();
        PaymentView {
            payment: whole(leg.id),
            status: ended(leg.end, captured, leg.refunded),
            store,
            amount: leg.amount,
            currency,
            captured,
            refunded: leg.refunded,
            merchant_fee: Some(leg.fee),
            price: here.map(|wallet| self.price(wallet, [leg.amount, 0, 0], leg.refunded)),
            wallet: here.and_then(|wallet| self.wallet_reference(wallet)),
            declined: None,
            deadline: None,
            capture: leg.marks.capture(),
            cancel_asked: leg.marks.cancel_asked(),
            connector: leg.through().map(|through| through.number),
        }
    }
}

/// What of a component is back after `refunded` of `captured`.
pub(crate) fn returned(component: u64, refunded: u64, captured: u64) -> u64 {
    share(component, refunded, captured)
}

fn ended(end: End, captured: u64, refunded: u64) -> Status {
    match end {
        End::Captured if refunded == 0 => Status::Captured,
        End::Captured if refunded < captured => Status::PartlyRefunded,
        End::Captured => Status::Refunded,
        End::Declined => Status::Declined,
        End::Released => Status::Released,
        End::Cancelled => Status::Cancelled,
        End::Expired => Status::Expired,
    }
}
