//! The bills of other companies: each finished day's is fetched once it is there, kept as it came,
//! and held against the books.
//!
//! ```text
//! a day is over ─▶ bill ─▶ kept ─▶ each line: do the books have it?   no ─▶ asked, told to the cell
//!                                 ─▶ each payment of the day: does the bill have it?
//! ```
//! A bill books nothing by itself. What it has and the books have not is asked about as any other
//! payment is, and the answer is booked, as paid or in suspense; what remains is a difference, told
//! once in the log and shown until it is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use connector::{
    Asked, Bill, BillKind, BillTerms, Connector, Funds, NoBill, OrderNumber, RefundNumber,
};
use economy::{Answer, BesideBill, Query};
use kernel::{Span, Timestamp};
use pay::{Beside, BilledPayment, BilledRefund, Known};

use super::Counter;
use super::kept::Kept;

/// So many days are looked at, in case the process was away.
const DAYS: u32 = 8;
/// Between two looks at the clock.
const LOOK: Duration = Duration::from_secs(60);
/// A bill that did not come is asked for again after this.
const AGAIN: Span = Span::seconds(600);

/// Where bills are kept, and by which clock.
pub struct BillsAt {
    /// The cell's folder for them; made with the first.
    pub folder: PathBuf,
    /// Now.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Between two looks at the clock.
    pub look: Duration,
}

impl BillsAt {
    /// In a folder, by the clock of the machine.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, clock: Arc::new(crate::cells::now), look: LOOK }
    }
}

/// In what a bill and the books differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Differs {
    /// They have a payment of ours that the books have not.
    NotHere,
    /// They have a payment whose number was never made here.
    Foreign,
    /// The books have a payment that they have not.
    NotThere,
    /// The amounts of a payment differ.
    Amount,
    /// They gave back what nobody here asked them to.
    RefundNotHere,
    /// The amounts of a refund differ.
    RefundAmount,
}

impl Differs {
    /// The stable word of the API and of message files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotHere => "not_here",
            Self::Foreign => "foreign",
            Self::NotThere => "not_there",
            Self::Amount => "amount",
            Self::RefundNotHere => "refund_not_here",
            Self::RefundAmount => "refund_amount",
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// What differs.
    pub what: Differs,
    /// The number in both lists.
    pub number: String,
    /// Minor units by their bill.
    pub theirs: Option<u64>,
    /// Minor units by our books.
    pub ours: Option<u64>,
}

/// A day's bill beside the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Lines of the bill.
    pub lines: usize,
    /// What they took by it, in minor units, less what was taken back at once.
    pub paid: u64,
    /// What they gave back.
    pub refunded: u64,
    /// What they keep, in thousandths of a minor unit.
    pub fee_milli: i64,
    /// What was paid on that day by our books.
    pub ours: u64,
    /// What moved on our account there, where they say so.
    pub funds: Option<Funds>,
    /// In what the two differ.
    pub differences: Vec<Difference>,
}

/// How far a day is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DaySeen {
    /// Held against the books.
    Compared(Compared),
    /// There is no bill: why, and since when.
    Missing(NoBill, Timestamp),
}

/// All days that were looked at, by connector and day.
pub type Days = BTreeMap<(String, u32), DaySeen>;

/// Looks for bills for as long as the counter is there.
pub(super) async fn keep(counter: Arc<Counter>, at: BillsAt) {
    loop {
        for wallet in counter.wallets() {
            if let Some(terms) = wallet.about().bills {
                counter.look_for_bills(&at, wallet, terms).await;
            }
        }
        tokio::time::sleep(at.look).await;
    }
}

/// The first moment of a day of the company's clock, by its number since 1970.
fn begins(day: u32, terms: BillTerms) -> Timestamp {
    Timestamp::default().plus(Span::days(u64::from(day))).minus(terms.ahead)
}

fn date(day: u32) -> u32 {
    Timestamp::default().plus(Span::days(u64::from(day))).date(Span::default())
}

impl Counter {
    /// The days that were looked at.
    pub fn bills(&self) -> Days {
        self.days.lock().expect("no holder of this lock panics").clone()
    }

    fn seen(&self, connector: &str, day: u32, seen: DaySeen) {
        let mut days = self.days.lock().expect("no holder of this lock panics");
        days.insert((connector.to_owned(), date(day)), seen);
    }

    fn is_to_be_asked(&self, connector: &str, day: u32, now: Timestamp) -> bool {
        let days = self.days.lock().expect("no holder of this lock panics");
        match days.get(&(connector.to_owned(), date(day))) {
            None => true,
            Some(DaySeen::Missing(_, at)) => at.plus(AGAIN) <= now,
            Some(DaySeen::Compared(_)) => false,
        }
    }

    async fn look_for_bills(&self, at: &BillsAt, wallet: &Arc<dyn Connector>, terms: BillTerms) {
        let (name, now) = (&wallet.about().name, (at.clock)());
        // The day in which it was just now as long before as a bill takes to be there.
        let Some(newest) = now.minus(terms.ready).day(terms.ahead).checked_sub(1) else { return };
        let oldest = newest.saturating_sub(DAYS.min(u32::from(terms.days)) - 1);
        if !(oldest..=newest).any(|day| self.is_to_be_asked(name, day, now)) {
            return;
        }
        let kept = Kept::new(&at.folder, name);
        let mut before: Option<Bill> = None;
        for day in oldest..=newest {
            let bill = self.bill(&kept, wallet, day).await;
            match &bill {
                Ok(bill) => {
                    // Without the day before it nobody knows what that one had already.
                    let compared = self.compare(wallet, bill, (before.as_ref(), day), terms).await;
                    if let Some(compared) = compared {
                        self.tell_of_bill(&kept, name, day, &compared);
                        self.seen(name, day, DaySeen::Compared(compared));
                    }
                }
                Err(why) => {
                    tracing::warn!(connector = name, day = date(day), %why, "a bill is missing");
                    self.seen(name, day, DaySeen::Missing(why.clone(), now));
                }
            }
            before = bill.ok();
        }
    }

    /// The bill of a day: the one that was kept, or a new one.
    async fn bill(
        &self,
        kept: &Kept,
        wallet: &Arc<dyn Connector>,
        day: u32,
    ) -> Result<Bill, NoBill> {
        let (kept, wallet, day) = (kept.clone(), Arc::clone(wallet), date(day));
        let read = move || {
            if let Some(files) = kept.read(day)
                && let Ok(bill) = wallet.read_bill(day, files)
            {
                return Ok(bill);
            }
            let bill = wallet.bill(day)?;
            if let Err(why) = kept.write(day, &bill.files) {
                tracing::error!(%why, "a bill can't be kept; it is compared all the same");
            }
            Ok(bill)
        };
        tokio::task::spawn_blocking(read).await.unwrap_or(Err(NoBill::NoAnswer))
    }

    async fn beside(&self, name: &str, bill: &Bill, day: u32, terms: BillTerms) -> Option<Beside> {
        let payments = bill.lines.iter().filter(|line| line.kind == BillKind::Payment);
        let payments = payments.filter_map(|line| {
            let OrderNumber { payment, attempt } = line.order.parse().ok()?;
            let (amount, reference) = (line.amount.minor, line.reference.clone());
            Some(BilledPayment { payment, attempt, amount, reference })
        });
        let refunds = bill.lines.iter().filter_map(|line| {
            let order: OrderNumber = line.order.parse().ok()?;
            let refund: RefundNumber = line.refund.as_ref()?.parse().ok()?;
            Some(BilledRefund { payment: order.payment, refund: refund.0 })
        });
        let of = BesideBill {
            connector: name.to_owned(),
            from: begins(day, terms),
            until: begins(day + 1, terms),
            payments: payments.collect(),
            refunds: refunds.collect(),
        };
        match self.handle.ask(Query::BesideBill(Box::new(of))).await {
            cell::Outcome::Answered { answer: Answer::BesideBill(beside), .. } => Some(*beside),
            other => {
                tracing::warn!(connector = name, ?other, "a bill can't be held against the books");
                None
            }
        }
    }

    async fn compare(
        &self,
        wallet: &Arc<dyn Connector>,
        bill: &Bill,
        (before, day): (Option<&Bill>, u32),
        terms: BillTerms,
    ) -> Option<Compared> {
        let name = &wallet.about().name;
        let mut beside = self.beside(name, bill, day, terms).await?;
        if self.ask_about_unknown(wallet, bill, &beside).await {
            beside = self.beside(name, bill, day, terms).await?;
        }
        Some(held_against(bill, before, &beside))
    }

    /// Asks about each payment that they have and the books have not, and tells the cell. Whether
    /// anything was told.
    async fn ask_about_unknown(
        &self,
        wallet: &Arc<dyn Connector>,
        bill: &Bill,
        beside: &Beside,
    ) -> bool {
        let ours = ours_of(bill).zip(&beside.payments);
        let unknown = ours.filter(|(_, known)| matches!(known, Known::Nothing | Known::Open));
        let mut told = false;
        for ((line, number), _) in unknown {
            let asked = Asked {
                number,
                amount: line.amount,
                shape: connector::Shape::Shown,
                at: self.handle.now(),
            };
            let of = Arc::clone(wallet);
            let outcome = tokio::task::spawn_blocking(move || of.query(&asked)).await;
            if let Ok(outcome @ connector::Outcome::Paid(_)) = outcome {
                self.tell(&wallet.about().name, number, outcome).await;
                told = true;
            }
        }
        told
    }

    /// Says in the log what was not said before.
    fn tell_of_bill(&self, kept: &Kept, name: &str, day: u32, compared: &Compared) {
        let lines: BTreeSet<String> = compared.differences.iter().map(line_of).collect();
        for line in kept.untold(date(day), &lines) {
            tracing::warn!(
                cell = self.handle.info().name,
                connector = name,
                day = date(day),
                difference = line,
                "another company's bill and our books differ (GET /v1/connectors/…/bills)"
            );
        }
    }
}

fn line_of(of: &Difference) -> String {
    let side = |minor: Option<u64>| minor.map_or_else(|| "-".to_owned(), |minor| minor.to_string());
    format!("{} {} theirs {} ours {}", of.what.word(), of.number, side(of.theirs), side(of.ours))
}

/// The payments of a bill whose numbers were made here.
fn ours_of(bill: &Bill) -> impl Iterator<Item = (&connector::BillLine, OrderNumber)> {
    let payments = bill.lines.iter().filter(|line| line.kind == BillKind::Payment);
    payments.filter_map(|line| Some((line, line.order.parse().ok()?)))
}

/// Holds a bill against the books. What was taken back as a whole before it stood never came here.
fn held_against(bill: &Bill, before: Option<&Bill>, beside: &Beside) -> Compared {
    let sum = |kind: BillKind| -> u64 {
        let lines = bill.lines.iter().filter(|line| line.kind == kind);
        lines.map(|line| line.amount.minor).fold(0, u64::saturating_add)
    };
    let reversed: BTreeSet<&str> = bill
        .lines
        .iter()
        .filter(|line| line.kind == BillKind::Reversal)
        .map(|line| line.order.as_str())
        .collect();
    let mut differences = Vec::new();
    let mut differ = |what, number: &str, theirs, ours| {
        differences.push(Difference { what, number: number.to_owned(), theirs, ours });
    };
    for ((line, _), known) in ours_of(bill).zip(&beside.payments) {
        let theirs = line.amount.minor;
        match known {
            Known::Paid(ours) if *ours != theirs => {
                differ(Differs::Amount, &line.order, Some(theirs), Some(*ours));
            }
            Known::Paid(_) | Known::Stray => {}
            Known::Open | Known::Nothing if reversed.contains(line.order.as_str()) => {}
            Known::Open | Known::Nothing => {
                differ(Differs::NotHere, &line.order, Some(theirs), None);
            }
        }
    }
    for line in bill.lines.iter().filter(|line| line.kind == BillKind::Payment) {
        if line.order.parse::<OrderNumber>().is_err() {
            differ(Differs::Foreign, &line.order, Some(line.amount.minor), None);
        }
    }
    let mut known = beside.refunds.iter();
    for line in bill.lines.iter().filter(|line| line.kind == BillKind::Refund) {
        let number = line.refund.as_deref().unwrap_or_default();
        let is_ours =
            line.order.parse::<OrderNumber>().is_ok() && number.parse::<RefundNumber>().is_ok();
        let ours = if is_ours { known.next().copied().flatten() } else { None };
        let theirs = line.amount.minor;
        match ours {
            Some(ours) if ours == theirs => {}
            Some(ours) => differ(Differs::RefundAmount, number, Some(theirs), Some(ours)),
            None => differ(Differs::RefundNotHere, number, Some(theirs), None),
        }
    }
    if let Some(before) = before {
        let theirs: BTreeSet<&str> =
            before.lines.iter().chain(&bill.lines).map(|line| line.order.as_str()).collect();
        for (payment, attempt, amount) in &beside.paid {
            let number = OrderNumber { payment: *payment, attempt: *attempt }.to_string();
            if !theirs.contains(number.as_str()) {
                differ(Differs::NotThere, &number, None, Some(*amount));
            }
        }
    }
    differences.sort();
    Compared {
        lines: bill.lines.len(),
        paid: sum(BillKind::Payment).saturating_sub(sum(BillKind::Reversal)),
        refunded: sum(BillKind::Refund),
        fee_milli: bill.lines.iter().map(|line| line.fee_milli).sum(),
        ours: beside.paid.iter().map(|(_, _, amount)| amount).sum(),
        funds: bill.funds,
        differences,
    }
}
