//! Follows what both cells make durable, and tells the pages: here beads are lit.
//!
//! One task follows both, so that a cause is always seen before its effect: what is in the
//! seller's journal because of the payer's was durable there first.

use std::sync::{Arc, Weak};
use std::time::Duration;

use cell::{Clock, Durable, SystemClock};
use economy::{Event, decode_record};
use kernel::id::Payment;
use kernel::{Actor, Id};
use pay::event::Event as Fact;
use tokio::sync::watch;
use tracing::error;

use super::events::Whom;
use super::trace::{Lit, Phase, Press, Trace, moment};
use super::{PAYER, SELLER, Stage, WalletWindow};
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

/// Follows both cells from now on, for as long as the stage lives: what becomes durable before
/// the task first runs is heard too.
pub(super) fn follow(stage: &Arc<Stage>) -> impl Future<Output = ()> + use<> {
    let heads = [PAYER, SELLER].map(|side| stage.site(side).handle.feed().watch());
    let next = [PAYER, SELLER].map(|side| stage.site(side).handle.feed().head() + 1);
    follow_from(Arc::downgrade(stage), heads, next)
}

async fn follow_from(stage: Weak<Stage>, mut heads: [watch::Receiver<u64>; 2], mut next: [u64; 2]) {
    loop {
        let Some(stage) = stage.upgrade() else { return };
        match read(&stage, &mut next).await {
            Ok(groups) if groups.is_empty() => {
                drop(stage);
                if !grown(&mut heads, next).await {
                    return;
                }
            }
            Ok(groups) => take_in(&stage, &groups),
            Err(why) => {
                error!(why, "a journal can't be followed; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn grown(heads: &mut [watch::Receiver<u64>; 2], next: [u64; 2]) -> bool {
    let [payer, seller] = heads;
    tokio::select! {
        seen = payer.wait_for(|head| *head >= next[PAYER]) => seen.is_ok(),
        seen = seller.wait_for(|head| *head >= next[SELLER]) => seen.is_ok(),
    }
}

/// The new groups of both cells in the order in which they were begun. The seller's are read
/// before and after the payer's, and no group is taken whose cause may not have been read.
async fn read(stage: &Stage, next: &mut [u64; 2]) -> Result<Vec<(usize, Durable)>, String> {
    let mut seller = groups(stage, SELLER, next[SELLER]).await?;
    let payer = groups(stage, PAYER, next[PAYER]).await?;
    let newest = payer.last().map_or(0, |durable| durable.group.time);
    let more = next[SELLER] + seller.len() as u64;
    let late = groups(stage, SELLER, more).await?;
    seller.extend(late.into_iter().take_while(|durable| durable.group.time <= newest));
    next[PAYER] += payer.len() as u64;
    next[SELLER] += seller.len() as u64;
    let both = payer.into_iter().map(|durable| (PAYER, durable));
    let mut both: Vec<_> = both.chain(seller.into_iter().map(|d| (SELLER, d))).collect();
    both.sort_by_key(|(_, durable)| durable.group.time);
    Ok(both)
}

async fn groups(stage: &Stage, side: usize, from: u64) -> Result<Vec<Durable>, String> {
    let feed = stage.site(side).handle.feed();
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

fn take_in(stage: &Stage, groups: &[(usize, Durable)]) {
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
                    stage.hear(&point, &fact);
                }
            }
        }
    }
}

impl Stage {
    fn hear(&self, point: &Point, fact: &Fact) {
        match fact {
            Fact::PaymentRequested(f) => {
                let began = self.traces.pressed(Press::Request, f.payment.0);
                let micros = point.durable.saturating_sub(began.unwrap_or(point.begun));
                self.step(f.payment, point.lit(Step::Requested, micros), |_| {});
            }
            Fact::QuoteMade(f) => {
                let began = self.traces.pressed(Press::Quote, f.quote.0);
                let micros = point.durable.saturating_sub(began.unwrap_or(point.begun));
                let wallet = self.wallet_of(point);
                if wallet.is_some() {
                    self.traces.edit(f.payment, |trace| {
                        (trace.wallet, trace.amount) = (wallet, f.amount);
                    });
                }
                self.traces.edit_known(f.payment, Trace::try_again);
                self.step(f.payment, point.lit(Step::Quoted, micros), |_| {});
            }
            Fact::PaymentConfirmed(f) => {
                let began = self.traces.pressed(Press::Pay, f.payment.0).unwrap_or(point.begun);
                let wallet = self.wallet_of(point);
                let micros = point.durable.saturating_sub(began);
                self.step(f.payment, point.lit(Step::Held, micros), |trace| {
                    (trace.phase, trace.last, trace.pressed) = (Phase::Held, point.durable, began);
                    trace.wallet = wallet;
                });
            }
            Fact::SaleCaptured(f) => {
                self.after(f.payment, point, Step::Captured, Phase::Captured);
                self.changed.notify_one();
            }
            Fact::SaleHeld(f) => {
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
                    _ => self.refund_taken(point, f.payment, f.refund.0),
                }
                self.changed.notify_one();
            }
            Fact::RefundArrived(f) => {
                self.refund_arrived(point, f.payment);
                self.changed.notify_one();
            }
            Fact::PaidHere(f) => {
                let wallet = self.wallet_of(point);
                let change = |trace: &mut Trace| {
                    trace.is_in(point.side, point.position);
                    (trace.wallet, trace.here) = (wallet, true);
                };
                match wallet {
                    // A window's own: what comes back later is told to it.
                    Some(_) => self.traces.edit(f.payment, change),
                    None => _ = self.traces.edit_known(f.payment, change),
                }
                self.ended(f.payment, Phase::Posted, "captured");
                self.changed.notify_one();
            }
            Fact::RefundStranded(f) => {
                self.refund_arrived(point, f.payment);
                self.changed.notify_one();
            }
            Fact::PartyForgotten(f) => self.forget(point.side, f.party),
            Fact::MirrorRaised(_) | Fact::NostroToppedUp(_) => self.changed.notify_one(),
            _ => {}
        }
    }

    /// The window whose holder asked for it; parties are numbered anew in each cell.
    fn wallet_of(&self, point: &Point) -> Option<usize> {
        let mine = |window: &WalletWindow| {
            self.side_of(window.wallet.cell) == point.side && window.actor == point.actor
        };
        self.wallets.iter().position(mine)
    }

    /// Lights a step of a payment of the stage, and tells the pages.
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
