//! Payments for the page, and as a file.

use std::collections::HashMap;

use axum::extract::Query;
use axum::response::Response;
use kernel::{Id, id::Payment};
use pay::Status;
use views::{Found, PaymentRow, Search, SideOf, Views, ViewsError};

use super::search::{self, Typed};
use super::{Desk, Watched, amount, failed, file, html, micros, own_language, read};
use crate::api::operator::payments::found_for_file;
use crate::cells::now as wall;
use crate::problem::Problem;
use crate::web::board as markup;
use crate::web::parts::query_field;
use crate::web::view::{self, BoardNote, BoardPayment, BoardPayments, BoardTyped, Foreign, State};

/// So many payments stand on one page.
const LINES: usize = 20;
/// The names of the fields.
const FIELDS: [&str; 9] =
    ["payment", "status", "shop", "prefecture", "category", "least", "most", "from", "to"];

fn typed(query: &HashMap<String, String>) -> BoardTyped {
    let text = |name: &str| query.get(name).map(|it| it.trim().to_owned()).unwrap_or_default();
    BoardTyped {
        payment: text("payment"),
        status: text("status"),
        shop: text("shop"),
        prefecture: text("prefecture"),
        category: text("category"),
        least: text("least"),
        most: text("most"),
        from: text("from"),
        to: text("to"),
    }
}

/// What was typed as a search, by the clock and in the currency of a cell.
fn search_of(cell: &Watched, typed: &BoardTyped, offset: u32) -> Result<Search, &'static str> {
    let fields = Typed {
        payment: Some(&typed.payment),
        status: Some(&typed.status),
        shop: Some(&typed.shop),
        prefecture: Some(&typed.prefecture),
        category: Some(&typed.category),
        currency: None,
        from: Some(&typed.from),
        to: Some(&typed.to),
    };
    let search = search::read(&fields, offset).map_err(|_| "form_unfit")?;
    let minor = |text: &str| match text {
        "" => Ok(None),
        text => cell.unit.read_typed(text).map(|it| u64::try_from(it.minor).ok()),
    };
    let (at_least, at_most) = (minor(&typed.least)?, minor(&typed.most)?);
    let currency = (at_least.is_some() || at_most.is_some()).then_some(cell.currency);
    Ok(Search { at_least, at_most, currency, ..search })
}

/// The part of an address that asks for the same again.
fn same(cell: &Watched, query: &HashMap<String, String>) -> String {
    let mut out = query_field("cell", cell.site.name());
    for field in FIELDS {
        if let Some(value) = query.get(field).filter(|value| !value.trim().is_empty()) {
            out = format!("{out}&{}", query_field(field, value.trim()));
        }
    }
    out
}

fn before(query: &HashMap<String, String>) -> Option<i64> {
    query.get("before").and_then(|text| text.parse().ok()).filter(|place| *place > 0)
}

async fn found<T: Send + 'static>(
    cell: &Watched,
    typed: &BoardTyped,
    ask: impl FnOnce(&Views, &Search) -> Result<T, ViewsError> + Send + 'static,
) -> Result<Result<T, &'static str>, Problem> {
    let (of, typed, now) = (cell.clone(), typed.clone(), cell.site.handle.now());
    read(cell, move |views| match search_of(&of, &typed, views.offset(now)?) {
        Ok(search) => ask(views, &search).map(Ok),
        Err(code) => Ok(Err(code)),
    })
    .await
}

impl Desk {
    pub(super) async fn payments(
        &self,
        cell: &Watched,
        query: &HashMap<String, String>,
    ) -> BoardPayments {
        let (typed, before, name) = (typed(query), before(query), cell.site.name());
        let page = found(cell, &typed, move |views, search| views.search(search, before, LINES));
        let none = Found { rows: Vec::new(), next: None };
        let (page, problem) = match page.await {
            Ok(Ok(page)) => (page, None),
            Ok(Err(code)) => (none, Some(code)),
            Err(problem) => (none, Some(problem.code)),
        };
        let same = same(cell, query);
        let searched =
            FIELDS.iter().any(|field| query.get(*field).is_some_and(|it| !it.trim().is_empty()));
        let mut rows = Vec::new();
        for row in page.rows {
            let other = self.other_leg(cell, row.id).await;
            rows.push(self.line(cell, &row, other.as_ref()));
        }
        let older =
            page.next.map(|next| format!("{}?{same}&before={next}#payments-part", self.base()));
        let at_place = before.map_or(String::new(), |place| format!("&before={place}"));
        BoardPayments {
            src: format!("{}/payments?{same}{at_place}", self.base()),
            base: self.base().to_owned(),
            cell: name.to_owned(),
            zone: cell.zone,
            at: micros(wall()),
            newest: before.is_none() && !searched,
            rows,
            older,
            file: format!("{}/payments.csv?{same}", self.base()),
            typed,
            problem: problem.map(|code| view::Problem { code: code.to_owned(), sentence: None }),
        }
    }

    /// The newest leg that another cell of the page has of a payment.
    async fn other_leg(&self, cell: &Watched, payment: Id<Payment>) -> Option<PaymentRow> {
        let others = self.cells.iter().filter(|other| other.site.name() != cell.site.name());
        for other in others {
            let search = Search { payment: Some(payment), ..Search::default() };
            let found = read(other, move |views| views.search(&search, None, 1)).await.ok()?;
            if let Some(row) = found.rows.into_iter().next() {
                return Some(row);
            }
        }
        None
    }

    fn line(&self, cell: &Watched, row: &PaymentRow, other: Option<&PaymentRow>) -> BoardPayment {
        let price = row.price.as_ref().or(other.and_then(|leg| leg.price.as_ref()));
        // Confirmed over there and not yet heard of here: that is on the bridge.
        let under_way = row.status == Status::Requested
            && other
                .is_some_and(|leg| leg.side == SideOf::Payer && leg.status == Status::Confirmed);
        let (state, word) = if under_way { (State::Doubt, None) } else { state_of(row.status) };
        let shop = row.store_name.as_ref().map(|name| (name, own_language(&cell.site)));
        let there = || {
            let leg = other.and_then(|leg| leg.store_name.as_ref())?;
            let site = self.cells.iter().find(|it| it.site.name() != cell.site.name())?;
            Some((leg, own_language(&site.site)))
        };
        let shop = shop.or_else(there);
        BoardPayment {
            at: micros(row.began()),
            state,
            word,
            shop: shop.map(|(text, lang)| Foreign { text: text.clone(), lang }),
            prefecture: row.prefecture.or(other.and_then(|leg| leg.prefecture)),
            trade: row.category.or(other.and_then(|leg| leg.category)).map(pay::Category::word),
            seller: amount(row.amount, row.currency),
            payer: price.map(|price| amount(price.total(), price.currency)),
            note: note(row),
            href: format!("{}/pay/{}?cell={}", self.base(), row.id, cell.site.name()),
        }
    }
}

fn note(row: &PaymentRow) -> BoardNote {
    if let Some(code) = &row.declined {
        return BoardNote::Declined(code.clone());
    }
    if row.refunded > 0 && row.refunded < row.captured {
        return BoardNote::Back(amount(row.refunded, row.currency));
    }
    BoardNote::None
}

/// Where a payment stands, for people, and its own word where the state's is too wide.
pub(super) fn state_of(status: Status) -> (State, Option<&'static str>) {
    match status {
        Status::Requested => (State::Waiting, None),
        Status::Confirmed => (State::Doubt, None),
        Status::Authorized => (State::Doubt, Some("authorized")),
        Status::Captured | Status::PartlyRefunded => (State::Paid, None),
        Status::Refunded => (State::Refunded, None),
        Status::Declined => (State::Declined, None),
        Status::Released => (State::Cancelled, Some("released")),
        Status::Cancelled => (State::Cancelled, None),
        Status::Expired => (State::Expired, None),
    }
}

/// The fragment alone.
pub(super) async fn fragment(desk: Desk, Query(query): Query<HashMap<String, String>>) -> Response {
    let cell = match desk.chosen(query.get("cell").map(String::as_str)) {
        Ok(cell) => cell,
        Err(problem) => return failed(&desk, &problem),
    };
    if !desk.fragment {
        return desk.back(&same(cell, &query));
    }
    html(&markup::payments(desk.lang, &desk.payments(cell, &query).await))
}

/// The same as a file.
pub(super) async fn csv(desk: Desk, Query(query): Query<HashMap<String, String>>) -> Response {
    let made = async {
        let cell = desk.chosen(query.get("cell").map(String::as_str))?;
        let typed = typed(&query);
        let page = found(cell, &typed, |views, search| found_for_file(views, search, None));
        let unfit = |_| Problem::new("query_invalid", "These payments can't be looked for.");
        let page = page.await?.map_err(unfit)?;
        let name = format!("payments-{}-{}.csv", cell.site.name(), cell.site.handle.durable());
        Ok(file::answer(&name, file::payments(desk.lang, &page.rows)?))
    };
    made.await.unwrap_or_else(|problem: Problem| failed(&desk, &problem))
}
