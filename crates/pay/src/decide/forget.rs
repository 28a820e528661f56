//! Forgetting a party: asked for, then done by whoever keeps the vault, then said here.

use kernel::id::Party;
use kernel::{Context, Ref, Role, Timestamp};
use ledger::{Account, Draft};

use super::{Facts, World};
use crate::command::ForgetParty;
use crate::event::{ForgetAsked, PartyForgotten};
use crate::{Event, Refusal, Reply};

impl World<'_> {
    /// Whoever asks again is answered as the first time, and nothing changes.
    pub(super) fn forget_party<E: Facts>(
        &self,
        context: &Context,
        c: &ForgetParty,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (party, asks) = (c.party.number, context.actor);
        let known = self.party_of(asks, c.party)?;
        if known.asked.is_some() {
            return Ok(Reply::Party(c.party));
        }
        // Two operators who forget each other would leave none.
        self.stays(asks.party)?;
        if known.role == Role::Operator && asks.party == party {
            return Err(Refusal::OperatorNeedsAnother);
        }
        self.nothing_open(party)?;
        self.no_money(party)?;
        self.owes_nothing(party)?;
        self.end_phones_of(party, draft);
        self.has_no_share(context.now, party)?;
        draft.add(Event::from(ForgetAsked { party }));
        Ok(Reply::Party(c.party))
    }

    /// Says that nothing of a party can be read any more. Said again, it changes nothing; returns
    /// whether it is news.
    ///
    /// # Errors
    /// There is no such party, or nobody asked for it.
    pub fn confirm_forgotten<E: Facts>(
        &self,
        party: Ref<Party>,
        draft: &mut Draft<E>,
    ) -> Result<bool, Refusal> {
        self.pay.party(party).ok_or(Refusal::PartyNotFound)?;
        let party = party.number;
        if self.pay.market.forgotten.contains_key(&party) {
            return Ok(false);
        }
        if !self.pay.market.to_forget.contains_key(&party) {
            return Err(Refusal::ForgetNotAsked);
        }
        draft.add(Event::from(PartyForgotten { party }));
        Ok(true)
    }

    /// Nothing new is done for a party that asked to be forgotten.
    ///
    /// # Errors
    /// [`Refusal::PartyForgotten`].
    pub fn stays(&self, party: u32) -> Result<(), Refusal> {
        if self.pay.is_leaving(party) { Err(Refusal::PartyForgotten) } else { Ok(()) }
    }

    /// No store that takes payments, and no payment that is not over.
    fn nothing_open(&self, party: u32) -> Result<(), Refusal> {
        let market = &self.pay.market;
        let theirs = |store: &crate::state::Store| self.pay.merchant_of(store).party == party;
        if market.stores.iter().any(|store| store.open && theirs(store)) {
            return Err(Refusal::PartyHasOpenStore);
        }
        let asked = self
            .pay
            .all_incoming()
            .any(|(_, sale)| self.pay.store_numbered(sale.store).is_some_and(theirs));
        let held = self
            .accounts_of(party)
            .any(|account| account.debits_pending != 0 || account.credits_pending != 0);
        // What a file took may still come back, and its transfer names an account in the vault.
        let files = market.payout.files.iter().filter(|file| file.is_open());
        let mut payouts = files.flat_map(|file| &file.payouts);
        let of = |entry: u32| market.merchants.get(entry as usize).map(|known| known.party);
        let paid = payouts.any(|payout| of(payout.merchant) == Some(party));
        if asked || held || paid { Err(Refusal::PartyHasOpenPayments) } else { Ok(()) }
    }

    fn no_money(&self, party: u32) -> Result<(), Refusal> {
        match self.accounts_of(party).find(|account| account.balance() != 0) {
            None => Ok(()),
            Some(account) => Err(Refusal::PartyHasMoney {
                amount: account.balance(),
                currency: account.currency.code(),
            }),
        }
    }

    fn owes_nothing(&self, party: u32) -> Result<(), Refusal> {
        let merchants = self.pay.market.merchants.iter().filter(|known| known.party == party);
        let mut owed = merchants.filter_map(|known| Some((known, self.credit_view(known)?.owed)));
        match owed.find(|(_, owed)| *owed > 0) {
            None => Ok(()),
            Some((merchant, amount)) => {
                Err(Refusal::PartyOwes { amount, currency: merchant.currency.code() })
            }
        }
    }

    /// No split that holds, or is to hold, gives it a share.
    fn has_no_share(&self, now: Timestamp, party: u32) -> Result<(), Refusal> {
        let merchants = &self.pay.market.merchants;
        let theirs = |entry: u32| merchants.get(entry as usize).is_some_and(|m| m.party == party);
        let shares = self.pay.market.splits.gives(now, theirs);
        if shares { Err(Refusal::PartyHasShares) } else { Ok(()) }
    }

    /// The accounts of a party's wallets and merchants.
    fn accounts_of(&self, party: u32) -> impl Iterator<Item = &Account> {
        let wallets = self.pay.wallets_of(party).map(|(_, wallet)| wallet.account);
        let merchants = self.pay.market.merchants.iter().filter(move |known| known.party == party);
        let numbers = wallets.chain(merchants.map(|known| known.reference.number));
        numbers.filter_map(|number| self.book.account(number))
    }
}
