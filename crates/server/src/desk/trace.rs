//! What the desk remembers of its newest payments: when each step became durable.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{LazyLock, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use kernel::id::{Payment, Store, Wallet};
use kernel::{Id, Ref};
use tokio::sync::watch;

use crate::web::view::Step;

/// How many payments are remembered; of older ones the views know what is durable.
const KEEP: usize = 4_096;
/// How many presses may wait for their record.
const MOST_PRESSES: usize = 4_096;

/// Microseconds of a clock that only runs, since the first call in this process.
pub(crate) fn moment() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// What was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Press {
    /// The till asks; by the payment's id.
    Request,
    /// A code was scanned; by the quote's id.
    Quote,
    /// *Pay*; by the payment's id.
    Pay,
    /// *Refund*; by the refund's id.
    Refund,
}

/// A step that is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lit {
    pub step: Step,
    /// How long it took, in microseconds.
    pub micros: u64,
    /// In whose journal it stands.
    pub side: usize,
    /// Where.
    pub position: u64,
}

/// Where a payment of the desk stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Asked for or only quoted.
    #[default]
    Open,
    /// The payer said yes.
    Held,
    /// The seller holds it, and takes its part later.
    Authorized,
    /// The seller has it.
    Captured,
    /// Both books have it.
    Posted,
    /// The seller's cell said no.
    Declined,
    /// And the payer's money is whole again.
    Voided,
    /// The till took its request back.
    Cancelled,
    /// Nobody paid in time.
    Expired,
}

/// A payment of the desk.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    /// The store whose till asked for it, or that it is paid to.
    pub till: Option<Ref<Store>>,
    /// The wallet that pays it.
    pub wallet: Option<Ref<Wallet>>,
    /// What was asked, in minor units of the seller's currency.
    pub amount: u64,
    /// The shop's prefecture, once it is known.
    pub prefecture: Option<u8>,
    pub phase: Phase,
    /// Whether wallet and till are of one cell: nothing crosses.
    pub here: bool,
    /// Whether an earlier process began it: what is followed tells the pages when to look, and
    /// the lists alone where it stands.
    pub older: bool,
    /// The steps of the payment.
    pub there: Vec<Lit>,
    /// The steps of its newest refund.
    pub back: Vec<Lit>,
    /// When its newest step became durable.
    pub last: u64,
    /// When *Pay* or *Refund* was pressed.
    pub pressed: u64,
    /// The newest position of each journal that has a step of it, by side.
    pub positions: BTreeMap<usize, u64>,
}

impl Trace {
    fn new() -> Self {
        Self {
            till: None,
            wallet: None,
            amount: 0,
            prefecture: None,
            phase: Phase::default(),
            here: false,
            older: false,
            there: Vec::new(),
            back: Vec::new(),
            last: 0,
            pressed: 0,
            positions: BTreeMap::new(),
        }
    }

    /// Lights a step; one that was lit before is lit anew.
    pub fn light(&mut self, lit: Lit) {
        let steps = if is_back(lit.step) { &mut self.back } else { &mut self.there };
        steps.retain(|known| known.step != lit.step);
        steps.push(lit);
        self.is_in(lit.side, lit.position);
    }

    /// A journal has a fact of it there.
    pub fn is_in(&mut self, side: usize, position: u64) {
        let newest = self.positions.entry(side).or_default();
        *newest = position.max(*newest);
    }

    /// Where the newest fact of it stands in a side's journal; 0 when there is none.
    pub fn position(&self, side: usize) -> u64 {
        self.positions.get(&side).copied().unwrap_or(0)
    }

    /// An earlier process began it, for this wallet.
    pub fn is_older(&mut self, wallet: Ref<Wallet>) {
        (self.wallet, self.older, self.last) = (Some(wallet), true, moment());
    }

    /// A declined payment is asked about once more: what came of the attempt before is put aside.
    pub fn try_again(&mut self) {
        if self.phase == Phase::Voided {
            self.phase = Phase::Open;
            self.there.retain(|lit| lit.step == Step::Requested);
        }
    }

    /// From the press that started it to now, in microseconds.
    pub fn since_press(&self) -> u64 {
        self.last.saturating_sub(self.pressed)
    }

    /// Whether its end is in all the books it touches, or nobody knows when that will be.
    pub fn is_settled(&self) -> bool {
        use Phase::{Authorized, Cancelled, Expired, Posted, Voided};
        matches!(self.phase, Authorized | Posted | Voided | Cancelled | Expired)
    }

    /// How long ago its newest step became durable, in microseconds.
    pub fn age(&self) -> u64 {
        moment().saturating_sub(self.last)
    }

    /// How long it has been under way, in microseconds.
    pub fn waiting(&self) -> u64 {
        moment().saturating_sub(self.pressed)
    }
}

fn is_back(step: Step) -> bool {
    matches!(step, Step::Asked | Step::Taken | Step::SentBack | Step::Received | Step::Booked)
}

#[derive(Default)]
struct Known {
    payments: HashMap<u128, Trace>,
    order: VecDeque<u128>,
    presses: HashMap<(Press, u128), u64>,
}

/// The newest payments of the desk.
pub(crate) struct Traces {
    known: Mutex<Known>,
    changed: watch::Sender<u64>,
}

impl Default for Traces {
    fn default() -> Self {
        Self { known: Mutex::default(), changed: watch::Sender::new(0) }
    }
}

impl Traces {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("no holder of this lock panics")
    }

    /// A payment, if it is one of the desk's.
    pub fn get(&self, payment: Id<Payment>) -> Option<Trace> {
        self.lock().payments.get(&payment.0).cloned()
    }

    /// Begins to follow a payment, or changes one that is followed.
    pub fn edit<T>(&self, payment: Id<Payment>, change: impl FnOnce(&mut Trace) -> T) -> T {
        let mut guard = self.lock();
        let known = &mut *guard;
        let trace = known.payments.entry(payment.0).or_insert_with(|| {
            known.order.push_back(payment.0);
            Trace::new()
        });
        let value = change(trace);
        if known.order.len() > KEEP
            && let Some(old) = known.order.pop_front()
        {
            known.payments.remove(&old);
        }
        drop(guard);
        self.changed.send_modify(|count| *count += 1);
        value
    }

    /// Changes a payment that is followed; nothing for others.
    pub fn edit_known<T>(
        &self,
        payment: Id<Payment>,
        change: impl FnOnce(&mut Trace) -> T,
    ) -> Option<T> {
        let value = self.lock().payments.get_mut(&payment.0).map(change);
        if value.is_some() {
            self.changed.send_modify(|count| *count += 1);
        }
        value
    }

    /// The payment of a wallet that is under way, if any; the newest.
    pub fn under_way(&self, wallet: Ref<Wallet>) -> Option<Id<Payment>> {
        let known = self.lock();
        let mine = |id: &&u128| {
            known.payments.get(*id).is_some_and(|trace| {
                let open = matches!(trace.phase, Phase::Held | Phase::Captured | Phase::Declined);
                open && trace.wallet == Some(wallet)
            })
        };
        known.order.iter().rev().find(mine).map(|id| Id::new(*id))
    }

    /// Notes that something was pressed just now.
    pub fn press(&self, what: Press, id: u128) {
        self.press_at(what, id, moment());
    }

    /// Notes when something was pressed.
    pub fn press_at(&self, what: Press, id: u128, at: u64) {
        let mut known = self.lock();
        if known.presses.len() >= MOST_PRESSES {
            // Presses whose record never came; nobody measures them any more.
            known.presses.clear();
        }
        known.presses.insert((what, id), at);
    }

    /// When it was pressed; each press is measured once.
    pub fn pressed(&self, what: Press, id: u128) -> Option<u64> {
        self.lock().presses.remove(&(what, id))
    }

    /// Waits until a payment is as wanted, or time is up; tells which.
    pub async fn wait(
        &self,
        payment: Id<Payment>,
        patience: Duration,
        is_it: impl Fn(&Trace) -> bool,
    ) -> bool {
        let mut changed = self.changed.subscribe();
        let is_so = |_: &u64| self.lock().payments.get(&payment.0).is_some_and(&is_it);
        tokio::time::timeout(patience, changed.wait_for(is_so)).await.is_ok_and(|seen| seen.is_ok())
    }
}
