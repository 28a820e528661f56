//! The bridge with its beads, and below it what each side wrote.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use kernel::id::{Payment, Wallet};
use kernel::{Currency, Id, Ref};
use ledger::AccountKind;
use views::{Line, Owner, PaymentDetail, Side};

use super::{PAYER, SELLER, Stage};
use crate::desk::answer::{Asked, html};
use crate::desk::faces::amount;
use crate::desk::trace::{Lit, Phase, Trace};
use crate::desk::unit;
use crate::problem::Problem;
use crate::web::view::{
    Account, Books, Bridge, BridgeNote, LedgerLine, LedgerTable, LineNote, Record, Step, Unit,
};
use crate::web::{books as books_markup, bridge as markup};

const BRIDGE: &str = "/fragments/bridge";
const BOOKS: &str = "/fragments/books";

impl Stage {
    fn record(&self, lit: &Lit) -> Record {
        Record { cell: self.desk.site(lit.side).name().to_owned(), position: lit.position }
    }

    /// The bridge of the payment on the first till's screen.
    pub(super) fn bridge(&self) -> Bridge {
        let shown = self.shown();
        let followed = shown.and_then(|id| Some((id, self.desk.traces.get(id)?)));
        let Some((payment, trace)) = followed else {
            return Bridge::payment(BRIDGE.to_owned());
        };
        let back = !trace.back.is_empty();
        let mut bridge = match back {
            true => Bridge::refund(BRIDGE.to_owned()),
            false => Bridge::payment(BRIDGE.to_owned()),
        };
        bridge.payment = Some(payment.to_string());
        if matches!(trace.phase, Phase::Declined | Phase::Voided) {
            bridge.decline();
        }
        let lit = if back { &trace.back } else { &trace.there };
        for one in lit {
            bridge.light(one.step, one.micros, self.record(one));
        }
        bridge.note = self.note(&trace);
        bridge
    }

    fn note(&self, trace: &Trace) -> BridgeNote {
        if !trace.back.is_empty() {
            let booked = trace.back.iter().any(|lit| lit.step == Step::Booked);
            return match booked {
                true => BridgeNote::Refunded(trace.since_press()),
                false => BridgeNote::Underway,
            };
        }
        match trace.phase {
            Phase::Open if trace.there.iter().any(|lit| lit.step == Step::Quoted) => {
                BridgeNote::Quoted
            }
            Phase::Open => {
                BridgeNote::Asked(amount(trace.amount, self.desk.shore(SELLER).currency))
            }
            Phase::Held | Phase::Authorized | Phase::Captured => BridgeNote::Underway,
            Phase::Posted if trace.here => BridgeNote::Idle,
            Phase::Posted => BridgeNote::Done(trace.since_press()),
            Phase::Declined | Phase::Voided => BridgeNote::Declined,
            Phase::Cancelled | Phase::Expired => BridgeNote::Idle,
        }
    }

    /// What each side wrote for the payment on the first till's screen, or for its newest refund.
    pub(super) async fn books(&self) -> Books {
        let (from, to) = (self.desk.unit(PAYER), self.desk.unit(SELLER));
        let none = Books {
            src: BOOKS.to_owned(),
            payment: None,
            from,
            to,
            from_tables: Vec::new(),
            to_tables: Vec::new(),
            refund: false,
        };
        let Some(payment) = self.shown() else { return none };
        let Some(trace) = self.desk.traces.get(payment) else { return none };
        let refund = !trace.back.is_empty();
        let mut tables = [Vec::new(), Vec::new()];
        for (side, wanted) in [
            (PAYER, if refund { "refund_arrived" } else { "payment_taken" }),
            (SELLER, if refund { "sale_refunded" } else { "sale_captured" }),
        ] {
            let is_written = match (refund, side) {
                (true, _) => trace.back.iter().any(|lit| lit.side == side),
                (false, PAYER) => trace.phase == Phase::Posted,
                (false, _) => matches!(trace.phase, Phase::Captured | Phase::Posted),
            };
            if is_written {
                self.desk.caught_up(side, trace.position(side)).await;
                match self.written(side, payment, wanted).await {
                    Ok(written) => tables[side] = written,
                    Err(problem) => tracing::warn!(code = problem.code, "no ledger lines"),
                }
            }
        }
        let [from_tables, to_tables] = tables;
        let payment = Some(payment.to_string());
        Books { payment, from_tables, to_tables, refund, ..none }
    }

    /// The lines that the newest record with a fact of this kind posted, a table a currency.
    async fn written(
        &self,
        side: usize,
        payment: Id<Payment>,
        fact: &'static str,
    ) -> Result<Vec<LedgerTable>, Problem> {
        let detail = self.desk.read(side, move |views| views.payment(payment)).await?;
        let Some(detail) = detail else { return Ok(Vec::new()) };
        let Some(step) = detail.steps.iter().rev().find(|step| step.kind == fact) else {
            return Ok(Vec::new());
        };
        let (position, index) = (step.at.position, step.at.index);
        let lines: Vec<&Line> = detail
            .lines
            .iter()
            .filter(|line| (line.at.position, line.at.index) == (position, index))
            .filter(|line| line.what == "posted")
            .collect();
        let record = Record { cell: self.desk.site(side).name().to_owned(), position };
        let mut currencies: Vec<Currency> = Vec::new();
        for line in &lines {
            if !currencies.contains(&line.amount.currency) {
                currencies.push(line.amount.currency);
            }
        }
        // The side's own currency first.
        currencies.sort_by_key(|currency| *currency != self.desk.shore(side).currency);
        let terms = self.terms(side, &detail).await;
        let holders = self.holders(side, &lines).await;
        let table = |currency: Currency| {
            let of = lines.iter().filter(|line| line.amount.currency == currency);
            let lines = lines_of(of.copied(), fact, &terms, &holders);
            LedgerTable { record: record.clone(), unit: unit(currency), lines }
        };
        Ok(currencies.into_iter().map(table).collect())
    }

    async fn terms(&self, side: usize, detail: &PaymentDetail) -> Terms {
        let leg = detail.legs.first();
        let crosses = leg.is_some_and(|leg| leg.rate.is_some());
        let spread_bp = self.desk.fees(PAYER).await.spread_bps;
        Terms {
            home: self.desk.unit(side),
            spread_bp: crosses.then_some(spread_bp),
            fee_bp: self.till.fee_bp,
        }
    }

    /// Whose the wallets in these lines are, for as long as the vault has their names.
    async fn holders(&self, side: usize, lines: &[&Line]) -> Holders {
        let mut holders = Holders::new();
        let sides = lines.iter().flat_map(|line| [&line.debit, &line.credit]);
        for owner in sides.map(|side| &side.owner) {
            let Owner::Wallet(wallet) = *owner else { continue };
            if holders.contains_key(&wallet) {
                continue;
            }
            let known = self.desk.read(side, move |views| views.wallet(wallet)).await;
            let holder = match known.ok().flatten() {
                Some(row) => self.desk.holder(side, row.party.number).await,
                None => None,
            };
            holders.insert(wallet, holder.map(|holder| holder.text));
        }
        holders
    }
}

/// Names by wallet; none for one who was forgotten.
type Holders = BTreeMap<Ref<Wallet>, Option<String>>;

/// A movement is a debit and a credit; those of one account and side are one line.
fn lines_of<'a>(
    of: impl Iterator<Item = &'a Line>,
    fact: &str,
    terms: &Terms,
    holders: &Holders,
) -> Vec<LedgerLine> {
    let refund = fact.starts_with("refund") || fact.ends_with("refunded");
    let mut rows: Vec<(u32, bool, LedgerLine)> = Vec::new();
    for line in of {
        for (side, is_debit) in [(&line.debit, true), (&line.credit, false)] {
            let minor = i64::try_from(line.amount.minor).unwrap_or(i64::MAX);
            let known = rows.iter_mut().find(|(n, d, _)| (*n, *d) == (side.account, is_debit));
            match known {
                Some((_, true, row)) => row.debit = row.debit.saturating_add(minor),
                Some((_, false, row)) => row.credit = row.credit.saturating_add(minor),
                None => {
                    let account = account(side, unit(line.amount.currency), holders);
                    let note = note(side.kind, is_debit, refund, terms, line);
                    let (debit, credit) = if is_debit { (minor, 0) } else { (0, minor) };
                    let row = LedgerLine { account, note, debit, credit };
                    rows.push((side.account, is_debit, row));
                }
            }
        }
    }
    rows.into_iter().map(|(_, _, row)| row).collect()
}

fn account(side: &Side, unit: Unit, holders: &Holders) -> Account {
    match (side.kind, &side.owner) {
        (_, Owner::Wallet(wallet)) => Account::Wallet(holders.get(wallet).cloned().flatten()),
        (_, Owner::Merchant(_, name)) => Account::Merchant(name.clone()),
        (_, Owner::Connector(name, _)) => Account::Connector(name.clone()),
        (AccountKind::Spread, _) => Account::Spread,
        (AccountKind::Fee, _) => Account::Fee,
        (AccountKind::Nostro, _) => Account::Nostro,
        (AccountKind::NostroMirror, _) => Account::NostroMirror,
        (AccountKind::Bank, _) => Account::Bank,
        (AccountKind::Payout, _) => Account::Payout,
        (AccountKind::Suspense, _) => Account::Suspense,
        (AccountKind::CreditLine, _) => Account::CreditLine,
        (AccountKind::Receivable, _) => Account::Receivable,
        _ => Account::Exchange(unit),
    }
}

/// What a line's note is made of.
struct Terms {
    home: Unit,
    spread_bp: Option<u32>,
    fee_bp: u32,
}

fn note(
    kind: AccountKind,
    is_debit: bool,
    refund: bool,
    terms: &Terms,
    line: &Line,
) -> Option<LineNote> {
    let home = unit(line.amount.currency) == terms.home;
    match (kind, is_debit, refund) {
        (AccountKind::Fx, false, false) if home => Some(LineNote::MidRate),
        (AccountKind::Spread, false, false) => terms.spread_bp.map(LineNote::Share),
        (AccountKind::Merchant, true, false) => Some(LineNote::ShopFee(terms.fee_bp)),
        (AccountKind::Nostro, true, false) => Some(LineNote::Prefunded),
        (AccountKind::Wallet, false, true) | (AccountKind::Merchant, true, true) => {
            Some(LineNote::Refund)
        }
        _ => None,
    }
}

/// The bridge alone.
pub(super) async fn fragment(State(stage): State<Arc<Stage>>, asked: Asked) -> Response {
    if !asked.fragment {
        return asked.back_to("/");
    }
    html(&markup::bridge(asked.lang, &stage.bridge()))
}

/// The two books alone.
pub(super) async fn books_fragment(State(stage): State<Arc<Stage>>, asked: Asked) -> Response {
    if !asked.fragment {
        return asked.back_to("/");
    }
    html(&books_markup::books(asked.lang, &stage.books().await))
}
