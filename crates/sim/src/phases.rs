//! The course of a run: chaos, then calm and what must come true in it.

use corridor::FreezeReason;
use economy::Query;
use journal::Journal;
use journal::memory::Memory;
use kernel::id::Refund;
use kernel::{Id, Timestamp};
use pay::command::RefundPayment;
use pay::state::{End, whole};

use crate::Broken;
use crate::laws;
use crate::market::{LINK, NAMES};
use crate::partners::Chain;
use crate::process::Process;
use crate::world::{BEGIN, Event, World};

/// Within this, after everything is well again, every question has its answer.
pub(crate) const SETTLED_US: u64 = 3 * 3_600_000_000;
/// As long as this nothing happens before it is asked whether all is well.
const LULL_US: u64 = 50_000;
/// After so many events without such a moment an operator looks.
const NO_LULL: u64 = 10_000;
/// Within this every payment and every hold has ended: twice the longest that a sale may be held,
/// as a cell that is ahead of its clock goes at half its pace.
pub(crate) const ENDED_US: u64 = 2 * 32 * DAY_US;
/// How long closed payments are kept for refunds, by the rules that a cell begins with.
const WINDOW_US: u64 = 180 * DAY_US;
/// Within this everything has left that leaves.
const LEFT_US: u64 = 2 * (WINDOW_US + 5 * DAY_US);
const DAY_US: u64 = 86_400_000_000;

impl World {
    /// Everything that one run is.
    pub fn run(&mut self) -> Result<(), Broken> {
        while self.step < self.steps && self.next(u64::MAX)? {}
        if self.plan.vanishes {
            self.vanish()?;
        }
        self.heal()?;
        self.all_ends()?;
        self.full_check()?;
        self.all_promises()?;
        self.compare()?;
        self.outside_agrees()?;
        self.audit()?;
        if !self.plan.payouts && self.remembers_all() {
            self.refund_all()?;
            self.outside_agrees()?;
            self.full_check()?;
            self.all_promises()?;
            self.compare()?;
            self.return_strays();
            self.settle_down()?;
            if !self.somebody_left() {
                self.all_is_back()?;
            }
        }
        self.all_leaves()?;
        self.full_check()?;
        self.audit()?;
        if self.plan.restore { self.restore() } else { Ok(()) }
    }

    fn all_promises(&mut self) -> Result<(), Broken> {
        let disks = [&self.cells[0].disk, &self.cells[1].disk];
        self.promises.all_kept(&self.clients, disks)
    }

    /// From here on nothing goes wrong; every question is answered, every message handled.
    fn heal(&mut self) -> Result<(), Broken> {
        self.calm = true;
        (0..2).for_each(|cell| self.mend(cell));
        self.settle_down()
    }

    /// A cell's machine is well again.
    pub fn mend(&mut self, cell: usize) {
        let place = &mut self.cells[cell];
        (place.disk_full, place.offset_us) = (false, 0);
        if self.cells[cell].live.is_none() {
            self.start_in(cell, 1);
        }
        self.wake(cell, self.now + 1);
    }

    fn settle_down(&mut self) -> Result<(), Broken> {
        let until = self.now + SETTLED_US;
        loop {
            self.until_a_lull(until)?;
            self.accept_clocks();
            self.open_links();
            self.resume_partners();
            if self.settled() {
                return Ok(());
            }
            if self.nothing_until(until) {
                return Err(Broken(format!("does not settle: {}", self.unsettled())));
            }
        }
    }

    /// Lets things happen until nothing does for a moment. Where there is no such moment, as a cell is
    /// stopped and its neighbour goes on asking, an operator looks all the same.
    pub fn until_a_lull(&mut self, until: u64) -> Result<(), Broken> {
        let mut events = 0_u64;
        while self.next(until)? {
            if self.nothing_until(self.now + LULL_US) {
                break;
            }
            events += 1;
            if events.is_multiple_of(NO_LULL) {
                self.accept_clocks();
            }
        }
        Ok(())
    }

    /// An operator accepts a clock that stops a cell.
    pub fn accept_clocks(&mut self) {
        for cell in 0..2 {
            if self.clock_stops(cell) {
                self.accept_clock(cell);
            }
        }
    }

    /// An operator opens what an operator froze, as soon as the last look is over.
    fn open_links(&mut self) {
        for cell in 0..2 {
            let state = self.cells[cell].live.as_ref().map(|process| process.core.state());
            let frozen = state.and_then(|s| s.corridor.link(LINK)).and_then(|l| l.frozen.clone());
            let looks = self.clients.ops.iter().any(|op| op.settled.is_none() && op.cell == cell);
            if matches!(frozen, Some(FreezeReason::ByOperator { .. })) && !looks {
                self.look_and_reopen(cell);
            }
        }
    }

    /// Asks how a link stands; the answer opens it again.
    pub fn look_and_reopen(&mut self, cell: usize) {
        self.query(cell, Query::Links);
    }

    fn quiet(&self) -> bool {
        self.cells.iter().all(|cell| {
            cell.live.as_ref().is_some_and(|process| {
                process.in_flight.is_none() && process.core.is_empty() && process.telling.is_empty()
            })
        })
    }

    fn settled(&self) -> bool {
        let drained = |cell: usize| {
            let states = [cell, 1 - cell].map(|at| self.cells[at].live.as_ref());
            let [Some(here), Some(there)] = states else { return false };
            let links = [here, there].map(|process| process.core.state().corridor.link(LINK));
            let [Some(here), Some(there)] = links else { return false };
            here.received == there.sent && here.in_flight == 0 && here.frozen.is_none()
        };
        let drained = drained(0) && drained(1);
        let nothing_waits = self.all_forgotten() && self.nothing_outside();
        self.quiet() && drained && !self.anybody_waits() && nothing_waits
    }

    fn unsettled(&self) -> String {
        let links = self.cells.iter().map(|cell| {
            let process = cell.live.as_ref()?;
            let link = process.core.state().corridor.link(LINK)?;
            let link = (link.sent, link.received, link.in_flight, link.frozen.clone());
            Some((
                link,
                process.in_flight.is_some(),
                process.core.is_empty(),
                process.telling.len(),
            ))
        });
        let links: Vec<_> = links.collect();
        let waits = self.clients.ops.iter().find(|op| op.settled.is_none());
        format!("{links:?}, waits: {waits:?}, outside: {}", self.open_outside())
    }

    /// Every payment ends, every hold ends.
    fn all_ends(&mut self) -> Result<(), Broken> {
        let until = self.now + ENDED_US;
        loop {
            self.until_a_lull(until)?;
            if self.ended() && self.settled() {
                return self.days_agree();
            }
            if self.nothing_until(until) {
                return Err(Broken(format!("does not end: {}", self.unended())));
            }
        }
    }

    /// Once everything has crossed, every day that was closed in one cell is agreed to in the other,
    /// and both have the same.
    fn days_agree(&self) -> Result<(), Broken> {
        for (at, cell) in self.cells.iter().enumerate() {
            let other = &self.cells[1 - at];
            let (Some(here), Some(there)) = (cell.live.as_ref(), other.live.as_ref()) else {
                continue;
            };
            let half = |process: &Process, keeper| {
                let settlement = process.core.state().pay.settlement();
                settlement.half(LINK, keeper).cloned().unwrap_or_default()
            };
            let (kept, mirrored) = (half(here, true).days, half(there, false).days);
            let agreed = kept.iter().all(|known| known.word() == "agreed");
            let same = kept.iter().map(|known| known.day).eq(mirrored.iter().map(|it| it.day));
            if !agreed || !same {
                return Err(Broken(format!("days differ: {kept:?}, {mirrored:?}")));
            }
        }
        Ok(())
    }

    fn ended(&self) -> bool {
        self.cells.iter().all(|cell| {
            cell.live.as_ref().is_some_and(|process| {
                let state = process.core.state();
                // A hold of the operator's without a time ends when the operator ends it.
                let timeless = |hold: &ledger::Hold| hold.tag != 0 && hold.expires.0 == 0;
                state.pay.all_outgoing().next().is_none()
                    && state.pay.all_incoming().next().is_none()
                    && state.book.holds().all(|(_, hold)| timeless(hold))
            })
        })
    }

    fn unended(&self) -> String {
        let open = self.cells.iter().map(|cell| {
            let state = cell.live.as_ref()?.core.state();
            let out = state.pay.all_outgoing().next().map(|(_, leg)| *leg);
            let inc = state.pay.all_incoming().next().map(|(_, leg)| *leg);
            Some((out, inc, state.book.holds().next().map(|(_, hold)| *hold)))
        });
        format!("{:?}", open.collect::<Vec<_>>())
    }

    /// Gives everything back, in parts.
    fn refund_all(&mut self) -> Result<(), Broken> {
        let first = self.clients.ops.len();
        for cell in 0..2 {
            let Some(process) = &self.cells[cell].live else { continue };
            let pay = &process.core.state().pay;
            let sales = pay.all_closed_incoming().map(|(_, leg)| *leg);
            // Whoever paid inside the cell and left can't be given anything back.
            let gone = |leg: &pay::state::ClosedIncoming| {
                let wallet = leg.payer_here().and_then(|entry| pay.wallet(entry));
                wallet.is_some_and(|wallet| pay.is_leaving(wallet.party))
            };
            let taken = |leg: &pay::state::ClosedIncoming| leg.end == End::Captured && !gone(leg);
            for leg in sales.filter(taken).collect::<Vec<_>>() {
                let mut rest = leg.amount - leg.refunded;
                let operator = self.markets[cell].operator;
                while rest > 0 {
                    // Of another company one refund is asked for at a time.
                    let all = self.rng.workload.chance(400) || leg.through().is_some();
                    let amount = if all { rest } else { self.rng.workload.within(1, rest) };
                    let id: Id<Refund> =
                        Id::from_parts(self.edge_time(cell), self.rng.workload.bits());
                    let payment = whole(leg.id);
                    let refund = RefundPayment { id, payment, amount };
                    self.ask(cell, operator, pay::Command::from(refund));
                    rest -= amount;
                }
            }
        }
        self.settle_down()?;
        match self.clients.ops[first..].iter().find(|op| op.place().is_none() && op.key().is_some())
        {
            None => Ok(()),
            Some(op) => Err(Broken(format!("what was paid can't be given back: {op:?}"))),
        }
    }

    /// After all refunds each shop, fee and spread is where it began, and so is each nostro.
    fn all_is_back(&self) -> Result<(), Broken> {
        use ledger::AccountKind::{Connector, Fee, Fx, Merchant, Nostro, Spread, Suspense};
        for (cell, place) in self.cells.iter().enumerate() {
            let Some(process) = &place.live else { continue };
            let own = self.markets[cell].currency;
            for (number, account) in process.core.state().book.accounts() {
                let empty = matches!(account.kind, Connector | Merchant | Fee | Spread | Suspense)
                    || (account.kind == Fx && account.currency == own);
                let back = match account.kind {
                    Nostro => account.debits_posted == 0 || account.balance() > 0,
                    _ => !empty || account.balance() == 0,
                };
                if !back {
                    return Err(Broken(format!(
                        "not all is back in account {number} of cell {cell}: {account:?}"
                    )));
                }
            }
        }
        Ok(())
    }

    /// Whether no closed leg can have left the state, its time for refunds being over.
    pub fn remembers_all(&self) -> bool {
        let most = BEGIN + WINDOW_US;
        self.cells
            .iter()
            .all(|cell| cell.live.as_ref().is_some_and(|process| process.core.now().0 < most))
    }

    /// The product's own audit, over both journals.
    fn audit(&mut self) -> Result<(), Broken> {
        let sources = NAMES.iter().zip(&self.cells).map(|(name, cell)| audit::Source {
            name: (*name).to_owned(),
            reader: Memory::open(&cell.disk).reader(),
        });
        let report = audit::run_live(sources.collect());
        match report.differences.first() {
            Some(difference) => Err(Broken(format!("the audit says: {difference}"))),
            None => Ok(()),
        }
    }

    /// Long after the last payment nothing is left that waits to be forgotten.
    fn all_leaves(&mut self) -> Result<(), Broken> {
        let until = self.now + LEFT_US;
        while self.next(until)? {}
        self.now = until;
        for (at, cell) in self.cells.iter().enumerate() {
            let Some(process) = &cell.live else { continue };
            let state = process.core.state();
            let legs =
                (state.pay.all_closed_incoming().count(), state.pay.all_closed_outgoing().count());
            // The day of a nostro is closed every day, for ever.
            let closes = state.pay.settlement().half(LINK, true).and_then(|half| half.next_close);
            let waits = state.pay.due(Timestamp(u64::MAX), usize::MAX).len();
            let waits = waits - usize::from(closes.is_some());
            let deadline = state.next_deadline().filter(|at| Some(*at) != closes);
            let left = (legs, state.remembered_count(), waits, deadline);
            if left != ((0, 0), 0, 0, None) {
                return Err(Broken(format!("legs, answers, deadline left in cell {at}: {left:?}")));
            }
        }
        Ok(())
    }

    /// One cell is restored from an old copy. If the other saw more of it than it now has, the
    /// link freezes and nothing of the fork is believed.
    fn restore(&mut self) -> Result<(), Broken> {
        let cell = self.rng.process.below(2) as usize;
        let other = 1 - cell;
        let head = self.cells[cell].disk.head().position;
        let most = head - self.cells[cell].opened;
        let position = head - self.rng.process.log(1, most.max(1)).min(most);
        let before = self.link(other);
        self.promises.begin_anew();
        self.promises_hold = false;
        self.clients.ops.iter_mut().for_each(crate::client::Op::no_more);
        self.drop_for_restore(cell);
        self.cells[cell].disk.truncate(position);
        self.cells[cell].chain = Chain::default();
        let forked = before.seen.position > self.newest_seen(cell)?.position;
        self.rare.hit(if forked { "an old copy, and missed" } else { "an old copy, unnoticed" });
        self.cells_agree = !forked;
        self.cells[cell].told = position;
        // A copy has the snapshots that were there when it was made.
        self.cells[cell].snapshot = None;
        // Maybe the copy has grown past what the other saw before the two speak again.
        self.cut_until = self.now + self.rng.process.log(1_000, 60_000_000);
        self.calm = false;
        self.plan.net_drop = 0;
        self.start_in(cell, 1_000);
        self.steps += 100;
        self.at(self.now + 2_000_000, Event::Client);
        while self.step < self.steps && self.next(u64::MAX)? {}
        self.calm = true;
        let until = self.now.max(self.cut_until) + 600_000_000;
        while self.next(until)? {}
        for place in &self.cells {
            let state = place.live.as_ref().map(|process| process.core.state());
            state.map_or(Ok(()), laws::state)?;
        }
        let (after, there) = (self.link(other), self.link(cell));
        // A partner knows what was sent, and no journal: what was sent again alike, is no fork to it.
        let again = self.witnessed(cell, before.seen.position)? == Some(before.seen.hash);
        if self.plan.partners && forked && again {
            self.rare.hit("an old copy sent the same again");
            return Ok(());
        }
        let frozen = matches!(after.frozen, Some(FreezeReason::WitnessDiffers { .. }));
        // A day that both closed may show that the books differ before anybody tells it of the fork.
        let knows = matches!(
            there.frozen,
            Some(FreezeReason::ForkedHere { .. } | FreezeReason::DayDiffers { .. })
        );
        match forked {
            true if !frozen => Err(Broken(format!("a fork was not noticed: {after:?}"))),
            true if !knows => Err(Broken(format!("a fork was not told: {there:?}"))),
            true if after.received != before.received => {
                Err(Broken(format!("a fork was believed: {before:?}, then {after:?}")))
            }
            false if frozen || knows => {
                Err(Broken(format!("frozen for nothing: {after:?}, {there:?}")))
            }
            _ => Ok(()),
        }
    }

    fn link(&self, cell: usize) -> corridor::Link {
        let process = self.cells[cell].live.as_ref();
        let link = process.and_then(|process| process.core.state().corridor.link(LINK));
        link.cloned().expect("both cells are up and have a link")
    }
}
