//! A payment's own page.

use std::collections::HashMap;

use axum::extract::{Path, Query};
use axum::response::Response;
use kernel::{Id, id::Payment};
use ledger::AccountKind;
use views::{Owner, PaymentDetail, PaymentRow, Side};

use super::list::state_of;
use super::{Desk, Watched, amount, failed, html, micros, own_language, read};
use crate::problem::Problem;
use crate::web::board as markup;
use crate::web::view::{
    Account, Amount, BoardAccount, BoardEntry, BoardLeg, BoardPaymentPage, BoardSide, BoardStep,
    Foreign, Unit,
};

/// What every cell of the page knows of a payment.
pub(super) async fn page(
    desk: Desk,
    Path((_, payment)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let made = async {
        let missing = || Problem::new("payment_not_found", "No payment has this id here.");
        let id: Id<Payment> = payment.parse().map_err(|_| missing())?;
        let cell = desk.chosen(query.get("cell").map(String::as_str))?.site.name();
        let mut sides = Vec::new();
        for watched in &desk.cells {
            if let Some(detail) = read(watched, move |views| views.payment(id)).await? {
                sides.push(side(watched, detail));
            }
        }
        if sides.is_empty() {
            return Err(missing());
        }
        let path = format!("{}/pay/{id}?cell={cell}", desk.base());
        let chrome = desk.still_chrome(&path);
        let back = format!("{}?cell={cell}", desk.base());
        let page = BoardPaymentPage {
            chrome,
            base: desk.base().to_owned(),
            back,
            id: id.to_string(),
            sides,
        };
        Ok(html(&markup::payment_page(&page)))
    };
    made.await.unwrap_or_else(|problem| failed(&desk, &problem))
}

fn side(cell: &Watched, of: PaymentDetail) -> BoardSide {
    let steps = of.steps.into_iter().map(|step| BoardStep {
        kind: step.kind,
        at: micros(step.time),
        position: step.at.position,
        sent: step.sent,
        received: step.received,
    });
    let lines = of.lines.into_iter().map(|line| BoardEntry {
        position: line.at.position,
        what: line.what,
        debit: account(&line.debit, Unit::of_currency(line.amount.currency)),
        credit: account(&line.credit, Unit::of_currency(line.amount.currency)),
        amount: amount(line.amount.minor, line.amount.currency),
    });
    BoardSide {
        cell: cell.site.name().to_owned(),
        unit: cell.unit,
        shore: cell.shore,
        zone: cell.zone,
        legs: of.legs.iter().map(|row| leg(cell, row)).collect(),
        steps: steps.collect(),
        lines: lines.collect(),
    }
}

fn leg(cell: &Watched, row: &PaymentRow) -> BoardLeg {
    let (state, word) = state_of(row.status);
    let own = |minor| amount(minor, row.currency);
    let mut amounts: Vec<(&'static str, Amount)> =
        vec![("asked", own(row.amount)), ("captured", own(row.captured))];
    if row.refunded > 0 {
        amounts.push(("refunded", own(row.refunded)));
    }
    if let Some(fee) = row.merchant_fee {
        amounts.push(("fee", own(fee.saturating_sub(row.fee_refunded))));
    }
    if let Some(price) = &row.price {
        let theirs = |minor| amount(minor, price.currency);
        amounts.extend([
            ("principal", theirs(price.principal)),
            ("spread", theirs(price.spread)),
            ("payer-fee", theirs(price.fee)),
            ("paid", theirs(price.paid)),
        ]);
        if price.returned > 0 {
            amounts.push(("returned", theirs(price.returned)));
        }
    }
    let lang = own_language(&cell.site);
    let shop = row.store_name.as_ref().map(|text| Foreign { text: text.clone(), lang });
    BoardLeg { state, word, declined: row.declined.clone(), shop, amounts }
}

/// An account by whose it is; names of people stand in no view.
fn account(of: &Side, unit: Unit) -> BoardAccount {
    let peer = match &of.owner {
        Owner::Peer(cell) => Some(cell.clone()),
        _ => None,
    };
    let whose = match (&of.owner, of.kind) {
        (Owner::Wallet(wallet), _) => Account::Wallet(Some(wallet.to_string())),
        (Owner::Merchant(_, name), _) => Account::Merchant(name.clone()),
        (Owner::Connector(name, _), _) => Account::Connector(name.clone()),
        (_, AccountKind::Connector) => Account::Connector(of.account.to_string()),
        (_, AccountKind::Fee) => Account::Fee,
        (_, AccountKind::Bank) => Account::Bank,
        (_, AccountKind::Payout) => Account::Payout,
        (_, AccountKind::Suspense) => Account::Suspense,
        (_, AccountKind::Fx) => Account::Exchange(unit),
        (_, AccountKind::Spread) => Account::Spread,
        (_, AccountKind::NostroMirror) => Account::NostroMirror,
        (_, AccountKind::Nostro) => Account::Nostro,
        (_, AccountKind::CreditLine) => Account::CreditLine,
        (_, AccountKind::Receivable) => Account::Receivable,
        (_, AccountKind::Plain | AccountKind::Wallet | AccountKind::Merchant) => {
            Account::Merchant(of.account.to_string())
        }
    };
    BoardAccount { of: whose, peer }
}
