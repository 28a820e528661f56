//! Judges the forgetting of parties: asked for when nothing of theirs was open, said once, and
//! nothing new done for them in between and after. What the vault says is asked for by the caller.

use pay::Event;
use pay::event::{ForgetAsked, PartyForgotten};

use crate::cell::Cell;
use crate::report::Leaving;
use crate::sales::Told;

impl Cell {
    /// No fact does something new for a party that asked to be forgotten.
    pub(crate) fn acts_for_none_gone(&self, fact: &Event) -> Told {
        let pay = &self.state.pay;
        let of_wallet = |entry: u32| pay.wallet(entry).map(|wallet| wallet.party);
        let of_store = |number: u32| Some(pay.merchant_of(pay.store_numbered(number)?).party);
        let of_merchant = |entry: u32| Some(pay.market.merchants.get(entry as usize)?.party);
        let party = match fact {
            Event::WalletOpened(f) => Some(f.party),
            Event::WalletToppedUp(f) => {
                self.state.book.account(f.account).and_then(|account| of_wallet(account.entity))
            }
            Event::QuoteMade(f) => of_wallet(f.wallet),
            Event::PaymentConfirmed(f) => of_wallet(f.wallet),
            Event::PaidHere(f) => of_wallet(f.wallet),
            Event::RefundArrived(f) => {
                pay.closed_outgoing(f.payment).and_then(|(_, leg)| of_wallet(leg.wallet))
            }
            Event::MerchantRegistered(f) => Some(f.party),
            Event::MerchantReviewed(f) => of_merchant(f.merchant),
            Event::PayoutAccountSet(f) => of_merchant(f.merchant),
            Event::PayoutScheduleSet(f) => of_merchant(f.merchant),
            Event::PayoutTodayAsked(f) => of_merchant(f.merchant),
            Event::PayoutReturned(f) if f.stranded.is_none() => of_merchant(f.merchant),
            Event::StoreOpenSet(f) if f.open => of_store(f.store),
            Event::PaymentRequested(f) => of_store(f.store),
            Event::SaleCaptured(f) => of_store(f.store),
            Event::SaleHeld(f) => of_store(f.store),
            _ => None,
        };
        match party.filter(|party| pay.is_leaving(*party)) {
            None => Ok(()),
            Some(party) => {
                let what =
                    format!("{} for party {party}, which asked to be forgotten", fact.word());
                Err(("forgotten_party_acts", what))
            }
        }
    }

    pub(crate) fn forget_asked(&self, fact: &ForgetAsked) -> Told {
        let (pay, book) = (&self.state.pay, &self.state.book);
        let party = fact.party;
        if pay.party_numbered(party).is_none() || pay.is_leaving(party) {
            let what = format!("party {party} is not there, or asked to be forgotten before");
            return Err(("forgotten_twice", what));
        }
        let wallets = pay.wallets_of(party).map(|(_, wallet)| wallet.account);
        let merchants = pay.market.merchants.iter().filter(|known| known.party == party);
        for number in wallets.chain(merchants.map(|known| known.reference.number)) {
            let Some(account) = book.account(number) else { continue };
            let held = [account.debits_pending, account.credits_pending];
            if account.balance() != 0 || held != [0; 2] {
                let what = format!(
                    "party {party} is to be forgotten with {} in account {number}, {held:?} held",
                    account.balance()
                );
                return Err(("forgotten_with_money", what));
            }
        }
        Ok(())
    }

    pub(crate) fn party_forgotten(&self, fact: &PartyForgotten) -> Told {
        if self.state.pay.market.to_forget.contains_key(&fact.party) {
            return Ok(());
        }
        let what = format!("party {} is said to be forgotten, and never asked", fact.party);
        Err(("forgotten_unasked", what))
    }

    /// The parties that are being forgotten, and those that were, each in order of their numbers.
    pub(crate) fn leaving(&self) -> Vec<Leaving> {
        let pay = &self.state.pay;
        let of = |number: &u32, forgotten| {
            let id = pay.party_numbered(*number)?.id;
            Some(Leaving { number: *number, id, forgotten, key: None })
        };
        let asked = pay.market.to_forget.keys().filter_map(|number| of(number, false));
        asked.chain(pay.market.forgotten.keys().filter_map(|number| of(number, true))).collect()
    }
}
