//! Who is a side of which payment: learned from what passes, asked of the cell otherwise.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use economy::{Answer, Query};
use kernel::id::Payment;
use kernel::{Actor, Id, Ref};

use crate::cells::Site;
use crate::stream::Released;
use crate::stream::released::Sides;

/// The parties of a payment, by number: who pays and who is paid.
pub(super) type Parties = [Option<u32>; 2];

/// How many payments are remembered; older ones are asked for again.
const KEEP: usize = 65_536;

#[derive(Default)]
struct Known {
    wallets: HashMap<u32, u32>,
    merchants: HashMap<u32, u32>,
    stores: HashMap<u32, u32>,
    payments: HashMap<u128, Parties>,
    order: VecDeque<u128>,
}

/// What is known of who is who in one cell.
#[derive(Default)]
pub struct Directory {
    known: Mutex<Known>,
}

impl Directory {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("no holder of this lock panics")
    }

    /// Takes in what a fact tells of who is who, and gives its payment's parties as they are now:
    /// what was declined may be tried again by another payer.
    pub(super) fn learn(&self, event: &Released) -> Option<Parties> {
        self.take_in(event);
        event.payment.and_then(|payment| self.parties(payment))
    }

    fn take_in(&self, event: &Released) {
        let mut known = self.lock();
        match event.sides {
            Sides::Wallet { entry, party } => {
                known.wallets.insert(entry, party);
            }
            Sides::Merchant { entry, party } => {
                known.merchants.insert(entry, party);
            }
            Sides::Store { number, merchant } => {
                if let Some(party) = known.merchants.get(&merchant).copied() {
                    known.stores.insert(number, party);
                }
            }
            Sides::Payment { wallet, store } => {
                let payer = wallet.and_then(|entry| known.wallets.get(&entry).copied());
                let payee = store.and_then(|number| known.stores.get(&number).copied());
                let whole = payer.is_some() == wallet.is_some()
                    && payee.is_some() == store.is_some()
                    && (payer.is_some() || payee.is_some());
                let Some(payment) = event.payment else { return };
                if whole {
                    known.remember(payment, [payer, payee]);
                } else {
                    known.payments.remove(&payment.0);
                }
            }
            Sides::Account(_) | Sides::Nobody | Sides::Operator => {}
        }
    }

    fn parties(&self, payment: Id<Payment>) -> Option<Parties> {
        self.lock().payments.get(&payment.0).copied()
    }
}

impl Known {
    fn remember(&mut self, payment: Id<Payment>, parties: Parties) {
        if self.payments.insert(payment.0, parties).is_none() {
            self.order.push_back(payment.0);
        }
        if self.order.len() > KEEP
            && let Some(old) = self.order.pop_front()
        {
            self.payments.remove(&old);
        }
    }
}

/// Asks once whose the wallets and stores are that facts name, as far as that is not known yet:
/// those that were opened before this process began to follow. Asked one by one they would hold up
/// all who wait for what follows.
pub(super) async fn know_sides<'e>(site: &Site, events: impl Iterator<Item = &'e Arc<Released>>) {
    let (mut wallets, mut stores) = (BTreeSet::new(), BTreeSet::new());
    let directory = &site.stream.directory;
    {
        let known = directory.lock();
        for event in events {
            let Sides::Payment { wallet, store } = event.sides else { continue };
            wallets.extend(wallet.filter(|entry| !known.wallets.contains_key(entry)));
            stores.extend(store.filter(|number| !known.stores.contains_key(number)));
        }
    }
    if wallets.is_empty() && stores.is_empty() {
        return;
    }
    let asked = Query::Holders {
        wallets: wallets.iter().copied().collect(),
        stores: stores.iter().copied().collect(),
    };
    let Ok(answer) = site.ask(asked).await else { return };
    let Answer::Holders { wallets: payers, stores: payees } = answer.value else { return };
    let mut known = directory.lock();
    let held = wallets.into_iter().zip(payers);
    known.wallets.extend(held.filter_map(|(entry, party)| Some((entry, party?))));
    let kept = stores.into_iter().zip(payees);
    known.stores.extend(kept.filter_map(|(number, party)| Some((number, party?))));
}

/// Whether an actor is a side of a fact. While the cell does not answer, nobody is.
pub(super) async fn is_side(site: &Site, actor: Actor, event: &Released) -> bool {
    match event.sides {
        Sides::Wallet { party, .. } | Sides::Merchant { party, .. } => party == actor.party,
        Sides::Account(number) => is_own_wallet(site, actor, number).await,
        Sides::Store { .. } | Sides::Operator => false,
        // Only those it names: who paid in the end was no side of the request.
        Sides::Payment { wallet, store } => {
            let [payer, payee] = sides_of(site, event).await;
            let payer = payer.filter(|_| wallet.is_some());
            let payee = payee.filter(|_| store.is_some());
            [payer, payee].contains(&Some(actor.party))
        }
        Sides::Nobody => sides_of(site, event).await.contains(&Some(actor.party)),
    }
}

async fn sides_of(site: &Site, event: &Released) -> Parties {
    let Some(payment) = event.payment else { return [None; 2] };
    let known = event.parties.get().copied();
    match known.or_else(|| site.stream.directory.parties(payment)) {
        Some(parties) => parties,
        None => ask(site, payment).await,
    }
}

async fn ask(site: &Site, payment: Id<Payment>) -> Parties {
    let Ok(answer) = site.ask(Query::Sides(payment)).await else { return [None; 2] };
    let Answer::Sides { payer, payee } = answer.value else { return [None; 2] };
    let parties = [payer, payee];
    if parties != [None; 2] {
        site.stream.directory.lock().remember(payment, parties);
    }
    parties
}

async fn is_own_wallet(site: &Site, actor: Actor, account: u32) -> bool {
    let Ok(answer) = site.ask(Query::References(Box::new([account]))).await else { return false };
    let Answer::References(references) = answer.value else { return false };
    let Some(Some(found)) = references.first() else { return false };
    let wallet = Ref::new(found.cell, found.number, found.tag);
    site.ask(Query::Wallet(actor, wallet)).await.is_ok()
}
