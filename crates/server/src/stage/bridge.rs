//! The bridge with its beads, and below it what each side wrote.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use kernel::id::Payment;
use kernel::{Currency, Id};
use ledger::AccountKind;
use views::{Line, Owner, PaymentDetail, Side};

use super::answer::{Asked, html};
use super::faces::amount;
use super::trace::{Lit, Phase, Trace};
use super::{PAYER, SELLER, Stage, unit};
use crate::problem::Problem;
use crate::web::view::{
    Account, Books, Bridge, BridgeNote, LedgerLine, LedgerTable, LineNote, Record, Step, Unit,
};
use crate::web::{books as books_markup, bridge as markup};

const BRIDGE: &str = "/fragments/bridge";
const BOOKS: &str = "/fragments/books";

impl Stage {
    fn record(&self, lit: &Lit) -> Record {
        Record { cell: self.site(lit.side).name().to_owned(), position: lit.position }
    }

    /// The bridge of the payment on the first till's screen.
    pub(super) fn bridge(&self) -> Bridge {
        let shown = self.on_screen(0).payment;
        let Some((payment, trace)) = shown.and_then(|id| Some((id, self.traces.get(id)?))) else {
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
            Phase::Open => BridgeNote::Asked(amount(trace.amount, self.shores[SELLER].currency)),
            Phase::Held | Phase::Authorized | Phase::Captured => BridgeNote::Underway,
            Phase::Posted if trace.here => BridgeNote::Idle,
            Phase::Posted => BridgeNote::Done(trace.since_press()),
            Phase::Declined | Phase::Voided => BridgeNote::Declined,
            Phase::Cancelled | Phase::Expired => BridgeNote::Idle,
        }
    }

    /// What each side wrote for the payment on the first till's screen, or for its newest refund.
    pub(super) async fn books(&self) -> Books {
        let (from, to) = (self.unit(PAYER), self.unit(SELLER));
        let none = Books {
            src: BOOKS.to_owned(),
            payment: None,
            from,
            to,
            from_tables: Vec::new(),
            to_tables: Vec::new(),
            refund: false,
        };
        let Some(payment) = self.on_screen(0).payment else { return none };
        let Some(trace) = self.traces.get(payment) else { return none };
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
                self.caught_up(side, trace.positions[side]).await;
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
        let detail = self.read(side, move |views| views.payment(payment)).await?;
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
        let record = Record { cell: self.site(side).name().to_owned(), position };
        let mut currencies: Vec<Currency> = Vec::new();
        for line in &lines {
            if !currencies.contains(&line.amount.currency) {
                currencies.push(line.amount.currency);
            }
        }
        // The side's own currency first.
        currencies.sort_by_key(|currency| *currency != self.shores[side].currency);
        let terms = self.terms(side, &detail);
        let table = |currency: Currency| {
            let of = lines.iter().filter(|line| line.amount.currency == currency);
            let lines = self.lines(of.copied(), fact, &terms);
            LedgerTable { record: record.clone(), unit: unit(currency), lines }
        };
        Ok(currencies.into_iter().map(table).collect())
    }

    fn terms(&self, side: usize, detail: &PaymentDetail) -> Terms {
        let leg = detail.legs.first();
        let crosses = leg.is_some_and(|leg| leg.rate.is_some());
        Terms {
            home: self.unit(side),
            spread_bp: crosses.then_some(self.spread_bp),
            fee_bp: self.tills[0].fee_bp,
        }
    }

    /// A movement is a debit and a credit; those of one account and side are one line.
    fn lines<'a>(
        &self,
        of: impl Iterator<Item = &'a Line>,
        fact: &str,
        terms: &Terms,
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
                        let account = self.account(side, unit(line.amount.currency));
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

    fn account(&self, side: &Side, unit: Unit) -> Account {
        match (side.kind, &side.owner) {
            (_, Owner::Wallet(wallet)) => {
                let window = self.wallets.iter().position(|window| window.wallet == *wallet);
                Account::Wallet(match window {
                    Some(at) => self.holder(at).map(|holder| holder.text),
                    None => Some(wallet.to_string()),
                })
            }
            (_, Owner::Merchant(_, name)) => Account::Merchant(name.clone()),
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
