//! Follows what the cells make durable, and tells the pages: here steps are lit.
//!
//! One task follows them all, so that a cause is always seen before its effect: what is in one
//! journal because of another's was durable there first.

use std::sync::{Arc, Weak};
use std::time::Duration;

use cell::{Clock, Durable, SystemClock};
use economy::{Answer, Event, Query, decode_record};
use futures_util::future::select_all;
use kernel::id::{Payment, Store, Wallet};
use kernel::{Actor, Id, Ref};
use pay::event::Event as Fact;
use tokio::sync::watch;
use tracing::error;

use super::Desk;
use super::events::Whom;
use super::trace::{Lit, Phase, Press, Trace, moment};
use crate::web::view::{Step, StepEvent};

/// How many groups are read at a time.
const CHUNK: usize = 256;

/// When and where a fact became durable.
#[derive(Clone, Copy)]
struct Point {
    side: usize,
    position: u64,
    actor: Actor,
    /// When its group was begun, on the running clock.
    begun: u64,
    /// When its group was durable, on the running clock.
    durable: u64,
}

impl Point {
    fn lit(&self, step: Step, micros: u64) -> Lit {
        Lit { step, micros, side: self.side, position: self.position }
    }
}

/// Follows the cells from now on, for as long as the desk lives: what becomes durable before the
/// task first runs is heard too.
pub(crate) fn follow(desk: &Arc<Desk>) -> impl Future<Output = ()> + use<> {
    let feeds = || desk.shores.iter().map(|shore| shore.site.handle.feed());
    let heads = feeds().map(|feed| feed.watch()).collect();
    let next = feeds().map(|feed| feed.head() + 1).collect();
    follow_from(Arc::downgrade(desk), heads, next)
}

async fn follow_from(desk: Weak<Desk>, mut heads: Vec<watch::Receiver<u64>>, mut next: Vec<u64>) {
    loop {
        let Some(desk) = desk.upgrade() else { return };
        match read(&desk, &mut next).await {
            Ok(groups) if groups.is_empty() => {
                drop(desk);
                if !grown(&mut heads, &next).await {
                    return;
                }
            }
            Ok(groups) => take_in(&desk, &groups),
            Err(why) => {
                error!(why, "a journal can't be followed; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn grown(heads: &mut [watch::Receiver<u64>], next: &[u64]) -> bool {
    let waiting = heads.iter_mut().zip(next).map(|(head, next)| {
        Box::pin(async move { head.wait_for(|head| *head >= *next).await.is_ok() })
    });
    let waiting: Vec<_> = waiting.collect();
    if waiting.is_empty() {
        return false;
    }
    select_all(waiting).await.0
}

/// The new groups of all cells in the order in which they were begun. Each journal is read, and
/// then once more up to the newest that was read; no group is taken whose cause may not have been.
async fn read(desk: &Desk, next: &mut [u64]) -> Result<Vec<(usize, Durable)>, String> {
    let mut all = Vec::new();
    for (side, from) in next.iter().enumerate() {
        all.push(groups(desk, side, *from).await?);
    }
    let newest = all.iter().filter_map(|groups| groups.last()).map(|last| last.group.time).max();
    let Some(newest) = newest else { return Ok(Vec::new()) };
    for (side, groups) in all.iter_mut().enumerate() {
        let from = next[side] + groups.len() as u64;
        let late = self::groups(desk, side, from).await?;
        groups.extend(late.into_iter().take_while(|durable| durable.group.time <= newest));
    }
    // Of a journal that has more than was read, nothing later is known.
    let full = all.iter().filter(|groups| groups.len() >= CHUNK);
    let bound = full.filter_map(|groups| groups.last()).map(|last| last.group.time).min();
    let mut taken = Vec::new();
    for (side, groups) in all.into_iter().enumerate() {
        let known = |durable: &Durable| bound.is_none_or(|bound| durable.group.time <= bound);
        let of_side: Vec<_> = groups.into_iter().take_while(known).collect();
        next[side] += of_side.len() as u64;
        taken.extend(of_side.into_iter().map(|durable| (side, durable)));
    }
    taken.sort_by_key(|(_, durable)| durable.group.time);
    Ok(taken)
}

async fn groups(desk: &Desk, side: usize, from: u64) -> Result<Vec<Durable>, String> {
    let feed = desk.site(side).handle.feed();
    if let Some(groups) = feed.recent(from, CHUNK) {
        return Ok(groups);
    }
    if from > feed.head() {
        return Ok(Vec::new());
    }
    let feed = std::sync::Arc::clone(feed);
    let read = move || feed.read(from, CHUNK).map_err(|why| why.to_string());
    tokio::task::spawn_blocking(read).await.map_err(|why| why.to_string())?
}

fn take_in(desk: &Arc<Desk>, groups: &[(usize, Durable)]) {
    let (durable, wall) = (moment(), SystemClock.wall().0);
    for (side, group) in groups {
        let age = wall.saturating_sub(group.group.time);
        let begun = durable.saturating_sub(age);
        for record in group.group.records() {
            let decoded = match decode_record(record) {
                Ok(decoded) => decoded,
                Err(why) => {
                    error!(%why, "a durable record can't be read");
                    continue;
                }
            };
            let (position, actor) = (group.group.position, decoded.header.actor);
            let point = Point { side: *side, position, actor, begun, durable };
            for fact in decoded.events() {
                if let Ok(Event::Pay(fact)) = fact {
                    desk.hear(&point, &fact);
                }
            }
        }
    }
}

impl Desk {
    fn hear(self: &Arc<Self>, point: &Point, fact: &Fact) {
        match fact {
            Fact::PaymentRequested(f) => {
                let began = self.traces.pressed(Press::Request, f.payment.0);
                let micros = point.durable.saturating_sub(began.unwrap_or(point.begun));
                if let Some(store) = self.open_store(point, f.store) {
                    self.traces.edit(f.payment, |trace| {
                        (trace.till, trace.amount) = (Some(store), f.amount);
                    });
                }
                self.step(f.payment, point.lit(Step::Requested, micros), |_| {});
            }
            Fact::QuoteMade(f) => {
                let began = self.traces.pressed(Press::Quote, f.quote.0);
                let micros = point.durable.saturating_sub(began.unwrap_or(point.begun));
                if let Some(wallet) = self.open_wallet(point) {
                    self.traces.edit(f.payment, |trace| {
                        (trace.wallet, trace.amount) = (Some(wallet), f.amount);
                    });
                }
                self.traces.edit_known(f.payment, Trace::try_again);
                self.step(f.payment, point.lit(Step::Quoted, micros), |_| {});
            }
            Fact::PaymentConfirmed(f) => {
                let began = self.traces.pressed(Press::Pay, f.payment.0).unwrap_or(point.begun);
                let wallet = self.open_wallet(point);
                let micros = point.durable.saturating_sub(began);
                self.step(f.payment, point.lit(Step::Held, micros), |trace| {
                    (trace.phase, trace.last, trace.pressed) = (Phase::Held, point.durable, began);
                    trace.wallet = wallet.or(trace.wallet);
                });
                // A code was charged: its cell said yes, and whose it is must be asked.
                if wallet.is_none() {
                    self.tell_wallet(point, f.wallet, f.payment, "asked");
                }
            }
            Fact::SaleCaptured(f) => {
                self.sold(point, f.payment, f.store, f.amount);
                self.after(f.payment, point, Step::Captured, Phase::Captured);
                self.changed.notify_one();
            }
            Fact::ChargeAsked(f) => self.tell_wallet(point, f.wallet, f.payment, "asked"),
            Fact::ChargeRefused(f) => self.tell_wallet(point, f.wallet, f.payment, "asked"),
            Fact::CaseOpened(f) => self.tell_wallet(point, f.wallet, f.payment, "reviewed"),
            Fact::CaseChanged(f) => self.tell_wallet(point, f.wallet, f.payment, "reviewed"),
            Fact::ChargeMade(f) => self.tell_till(f.payment),
            Fact::ChargeAnswered(f) => self.tell_till(f.payment),
            Fact::ConnectorAsked(f) => self.tell_till(f.payment),
            Fact::ConnectorCancelAsked(f) => self.tell_till(f.payment),
            Fact::ConnectorFailed(f) if f.cancelled => {
                self.ended(f.payment, Phase::Cancelled, "cancelled");
            }
            Fact::ConnectorFailed(f) => self.tell_till(f.payment),
            Fact::ConnectorPaid(f) => {
                self.sold(point, f.payment, f.store, f.amount);
                self.traces.edit_known(f.payment, |trace| {
                    trace.is_in(point.side, point.position);
                    trace.here = true;
                });
                self.ended(f.payment, Phase::Posted, "captured");
                self.changed.notify_one();
            }
            Fact::ConnectorRefundBegun(f) => self.tell_who_is_concerned(point, f.payment, "taken"),
            Fact::ConnectorRefundEnded(f) => self.tell_who_is_concerned(point, f.payment, "taken"),
            Fact::SaleHeld(f) => {
                self.sold(point, f.payment, f.store, f.amount);
                self.traces.edit_known(f.payment, |trace| trace.is_in(point.side, point.position));
            }
            Fact::PaymentAuthorized(f) => {
                self.traces.edit_known(f.payment, |trace| trace.is_in(point.side, point.position));
                self.ended(f.payment, Phase::Authorized, "authorized");
            }
            Fact::PaymentTaken(f) if f.last => {
                self.after(f.payment, point, Step::Posted, Phase::Posted);
                self.changed.notify_one();
            }
            Fact::SaleDeclined(f) => {
                self.after(f.payment, point, Step::Declined, Phase::Declined);
            }
            Fact::PaymentReturned(f) => {
                self.after(f.payment, point, Step::Voided, Phase::Voided);
            }
            Fact::SaleCancelled(f) => self.ended(f.payment, Phase::Cancelled, "cancelled"),
            Fact::SaleExpired(f) => self.ended(f.payment, Phase::Expired, "expired"),
            Fact::SaleRefunded(f) => {
                match self.traces.get(f.payment) {
                    // One record was all of it.
                    Some(trace) if trace.here => self.ended(f.payment, Phase::Posted, "booked"),
                    Some(_) => self.refund_taken(point, f.payment, f.refund.0),
                    None => self.tell_who_is_concerned(point, f.payment, "taken"),
                }
                self.changed.notify_one();
            }
            Fact::RefundArrived(f) => self.refund_came(point, f.payment),
            Fact::RefundStranded(f) => self.refund_came(point, f.payment),
            Fact::PaidHere(f) => {
                self.sold(point, f.payment, f.store, f.amount);
                let wallet = self.open_wallet(point);
                let change = |trace: &mut Trace| {
                    trace.is_in(point.side, point.position);
                    (trace.wallet, trace.here) = (wallet.or(trace.wallet), true);
                };
                match wallet {
                    // A window's own: what comes back later is told to it.
                    Some(_) => self.traces.edit(f.payment, change),
                    None => _ = self.traces.edit_known(f.payment, change),
                }
                self.ended(f.payment, Phase::Posted, "captured");
                // A till charged a code.
                if wallet.is_none() {
                    self.tell_wallet(point, f.wallet, f.payment, "asked");
                }
                self.changed.notify_one();
            }
            Fact::WalletToppedUp(f) => self.topped_up(point, f.account),
            Fact::MirrorRaised(_) | Fact::NostroToppedUp(_) => self.changed.notify_one(),
            _ => {}
        }
    }

    /// The wallet with an open page whose holder asked for it; parties are numbered anew in each
    /// cell.
    fn open_wallet(&self, point: &Point) -> Option<Ref<Wallet>> {
        self.channel.wallet_of(self.cell(point.side), point.actor.party)
    }

    /// A store with an open page.
    fn open_store(&self, point: &Point, number: u32) -> Option<Ref<Store>> {
        self.channel.store_of(self.cell(point.side), number)
    }

    fn cell(&self, side: usize) -> u16 {
        self.site(side).handle.info().number
    }

    /// A phone is asked, or told that nothing was paid: whoever shows a code pressed nothing. So is
    /// one whose payment the staff decided about.
    fn tell_wallet(
        self: &Arc<Self>,
        point: &Point,
        entry: u32,
        payment: Id<Payment>,
        step: &'static str,
    ) {
        let (desk, side) = (Arc::clone(self), point.side);
        if !desk.channel.is_present_in(desk.cell(side)) {
            return;
        }
        tokio::spawn(async move {
            let holders = Query::Holders { wallets: [entry].into(), stores: [].into() };
            let answer = desk.site(side).ask(holders).await.map(|settled| settled.value);
            let Ok(Answer::Holders { wallets, .. }) = answer else { return };
            let holder = wallets.first().copied().flatten();
            let wallet = holder.and_then(|party| desk.channel.wallet_of(desk.cell(side), party));
            if let Some(wallet) = wallet {
                desk.traces
                    .edit_known(payment, |trace| trace.wallet = trace.wallet.or(Some(wallet)));
            }
            let whom = Whom::Of { wallet, till: None };
            let payment = Some(payment.to_string());
            desk.channel.tell(whom, &StepEvent { step, payment, ..StepEvent::default() });
        });
    }

    /// A till's code was sent, or answered.
    pub(super) fn tell_till(&self, payment: Id<Payment>) {
        let Some(till) = self.traces.get(payment).and_then(|trace| trace.till) else { return };
        let whom = Whom::Of { wallet: None, till: Some(till) };
        let payment = Some(payment.to_string());
        self.channel.tell(whom, &StepEvent { step: "charged", payment, ..StepEvent::default() });
    }

    /// A store's till hears of what was paid by its poster also, which it did not ask for.
    fn sold(&self, point: &Point, payment: Id<Payment>, store: u32, amount: u64) {
        let Some(store) = self.open_store(point, store) else { return };
        self.traces.edit(payment, |trace| {
            if trace.till.is_none() {
                (trace.till, trace.amount) = (Some(store), amount);
            }
            if trace.last == 0 {
                (trace.last, trace.pressed) = (point.begun, point.begun);
            }
        });
    }

    /// Tells a wallet's and a store's open pages of a payment that is not followed: it is older
    /// than this process, or than what is remembered.
    fn tell_who_is_concerned(
        self: &Arc<Self>,
        point: &Point,
        payment: Id<Payment>,
        step: &'static str,
    ) {
        let (desk, side, position) = (Arc::clone(self), point.side, point.position);
        if !desk.channel.is_present_in(desk.cell(side)) {
            return;
        }
        tokio::spawn(async move {
            let asked = Query::Payment(Actor::CELL, payment);
            let answer = desk.site(side).ask(asked).await.map(|settled| settled.value);
            let Ok(Answer::Payment(view)) = answer else { return };
            let whom = Whom::Of { wallet: view.wallet, till: Some(view.store) };
            let payment = Some(payment.to_string());
            // No page asks before the lists, which alone know of it, can answer.
            desk.caught_up(side, position).await;
            desk.channel.tell(whom, &StepEvent { step, payment, ..StepEvent::default() });
        });
    }

    /// A wallet's number is its account's.
    fn topped_up(&self, point: &Point, account: u32) {
        let wallet = self.channel.wallet_numbered(self.cell(point.side), account);
        if wallet.is_some() {
            let whom = Whom::Of { wallet, till: None };
            self.channel.tell(whom, &StepEvent { step: "booked", ..StepEvent::default() });
        }
    }

    fn refund_came(self: &Arc<Self>, point: &Point, payment: Id<Payment>) {
        match self.traces.get(payment) {
            Some(_) => self.refund_arrived(point, payment),
            None => self.tell_who_is_concerned(point, payment, "booked"),
        }
        self.changed.notify_one();
    }

    /// Lights a step of a payment of the desk, and tells the pages.
    fn step(&self, payment: Id<Payment>, lit: Lit, change: impl FnOnce(&mut Trace)) {
        let told = self.traces.edit_known(payment, |trace| {
            trace.light(lit);
            change(trace);
            (whom(trace), trace.prefecture)
        });
        let Some((whom, prefecture)) = told else { return };
        let event = StepEvent {
            step: lit.step.name(),
            ms: Some(lit.micros as f64 / 1_000.0),
            cell: Some(self.site(lit.side).name().to_owned()),
            position: Some(lit.position),
            payment: Some(payment.to_string()),
            prefecture: prefecture.filter(|_| lit.step == Step::Captured),
        };
        self.channel.tell(whom, &event);
    }

    /// A step that began when the one before it was durable.
    fn after(&self, payment: Id<Payment>, point: &Point, step: Step, phase: Phase) {
        let Some(trace) = self.traces.get(payment) else { return };
        let micros = point.durable.saturating_sub(trace.last);
        self.step(payment, point.lit(step, micros), |trace| {
            // A second payer of the same code is told no; the first one's payment stands.
            if step != Step::Declined || trace.phase == Phase::Held {
                trace.phase = phase;
            }
            trace.last = point.durable;
        });
    }

    fn ended(&self, payment: Id<Payment>, phase: Phase, word: &'static str) {
        let told = self.traces.edit_known(payment, |trace| {
            trace.phase = phase;
            whom(trace)
        });
        let Some(whom) = told else { return };
        let payment = Some(payment.to_string());
        self.channel.tell(whom, &StepEvent { step: word, payment, ..StepEvent::default() });
    }

    /// One record takes the refund from merchant and fee and sends the message; before it, the
    /// press was on its way to the cell.
    fn refund_taken(&self, point: &Point, payment: Id<Payment>, refund: u128) {
        let began = self.traces.pressed(Press::Refund, refund).unwrap_or(point.begun);
        self.traces.edit_known(payment, |trace| {
            trace.back.clear();
            (trace.last, trace.pressed) = (point.durable, began);
        });
        let asked = point.begun.saturating_sub(began);
        let taken = point.durable.saturating_sub(point.begun.max(began));
        self.step(payment, point.lit(Step::Asked, asked), |_| {});
        self.step(payment, point.lit(Step::Taken, taken), |_| {});
        self.step(payment, point.lit(Step::SentBack, 0), |_| {});
    }

    /// One record takes the message in and books it; before it, the message was on its way.
    fn refund_arrived(&self, point: &Point, payment: Id<Payment>) {
        let Some(trace) = self.traces.get(payment) else { return };
        let received = point.begun.saturating_sub(trace.last);
        let booked = point.durable.saturating_sub(point.begun.max(trace.last));
        self.step(payment, point.lit(Step::Received, received), |_| {});
        self.step(payment, point.lit(Step::Booked, booked), |trace| trace.last = point.durable);
    }
}

fn whom(trace: &Trace) -> Whom {
    Whom::Of { wallet: trace.wallet, till: trace.till }
}
