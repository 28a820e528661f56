//! Staff look at the wallets of other companies: what each owes, how it goes with it, what waits for
//! a person; they say that money was given back, and book what came to the bank.

use axum::body::Bytes;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use connector::NoBill;
use economy::{ConnectorView, ConnectorsView};
use kernel::{Currency, Timestamp};
use pay::command::{ReturnStray, SettleConnector};

use super::act::{self, Form, Refused, text};
use super::{Desk, Watched, amount, failed, html, micros, see_other};
use crate::api::operator::connectors::{Seen, UnderWay, known};
use crate::authorize::Caller;
use crate::bank_files::date_of;
use crate::cells::now as wall;
use crate::code::Code;
use crate::outside::DaySeen;
use crate::problem::Problem;
use crate::web::board as markup;
use crate::web::view::{
    self, BillCard, ConnectorCard, ConnectorsPage, FeeSaid, KeyCard, SettlementTyped, UnderWayCard,
    Unit,
};

/// What a form can have done.
const DONE: [&str; 2] = ["returned", "settled"];
/// A key that ends within so many days is said to.
const SOON_DAYS: u64 = 30;

impl Desk {
    fn connectors(&self) -> String {
        format!("{}/connectors", self.base())
    }
}

/// The page.
pub(super) async fn page(desk: Desk, Query(query): Query<Form>) -> Response {
    whole(&desk, &query, None).await
}

/// The page, perhaps with a form that did nothing.
async fn whole(desk: &Desk, query: &Form, wrong: Option<view::Problem>) -> Response {
    match found(desk, query).await {
        Ok(page) => {
            let of = text(query, "connector").to_owned();
            let typed = |name: &str| text(query, name).to_owned();
            let typed = match wrong {
                Some(_) => SettlementTyped {
                    received: typed("received"),
                    kept: typed("kept"),
                    reference: typed("reference"),
                },
                None => SettlementTyped::default(),
            };
            let wrong = wrong.map(|wrong| (of, wrong));
            html(&markup::connectors_page(&ConnectorsPage { wrong, typed, ..page }))
        }
        Err(problem) => failed(desk, &problem),
    }
}

async fn found(desk: &Desk, query: &Form) -> Result<ConnectorsPage, Problem> {
    let cell = desk.chosen(query.get("cell").map(String::as_str))?;
    let name = cell.site.name();
    let chrome = desk.still_chrome(&format!("{}?cell={name}", desk.connectors()));
    let caller = Caller::of(&cell.site, cell.actor);
    let open = known(&caller).await?.value;
    let edge = desk.board.edge();
    let seen = Seen::of(edge, &caller);
    Ok(ConnectorsPage {
        chrome,
        base: desk.base().to_owned(),
        cell: name.to_owned(),
        cells: desk.cells.iter().map(|cell| cell.site.name().to_owned()).collect(),
        at: micros(wall()),
        zone: cell.zone,
        done: query.get("done").and_then(|word| DONE.into_iter().find(|done| done == word)),
        key: Code::generate("form").reveal(),
        wrong: None,
        typed: SettlementTyped::default(),
        connectors: open.connectors.iter().map(|of| card(desk, cell, &seen, of, &open)).collect(),
    })
}

fn card(
    desk: &Desk,
    cell: &Watched,
    seen: &Seen<'_>,
    of: &ConnectorView,
    open: &ConnectorsView,
) -> ConnectorCard {
    let known = &of.connector;
    let unit = Unit::of_currency(known.currency);
    let health = seen.health(&known.name);
    let (mode, health) = health.unzip();
    let runs = health.is_some();
    let health = health.unwrap_or_default();
    let owed = i64::try_from(of.owed).unwrap_or(i64::MAX);
    let held = i64::try_from(of.held).unwrap_or(i64::MAX);
    let soon = wall().plus(kernel::Span::seconds(SOON_DAYS * 86_400));
    let key = |key: connector::KeyInUse| KeyCard {
        of: key.of.word(),
        id: key.id,
        until: key.until.map(micros),
        soon: key.until.is_some_and(|until| until < soon),
    };
    let fee = |(from, rate): &(Timestamp, Option<pay::costs::FeeRate>)| {
        let said = rate.map(|rate| FeeSaid {
            bps: rate.bps,
            fixed: amount(rate.fixed, known.currency),
            most: amount(rate.most, known.currency),
        });
        (micros(*from), said)
    };
    ConnectorCard {
        name: known.name.clone(),
        kind: known.kind.clone(),
        mode,
        runs,
        owed: unit.of(owed),
        held: unit.of(held),
        expected: unit.of(owed.saturating_sub(held)),
        good: health.good.map(micros),
        trouble: health.ails().map(|(at, what)| (what.word(), micros(at))),
        keys: health.keys.into_iter().map(key).collect(),
        fees: of.fees.iter().map(fee).collect(),
        refunds: (known.refund_parts, known.refund_days),
        source: known.source.clone(),
        under_way: seen
            .under_way(&known.name, open)
            .into_iter()
            .map(|it| row(desk, cell, it, known.currency))
            .collect(),
        has_bills: seen.has_bills(&known.name),
        bills: bills(desk, cell, &known.name, unit),
    }
}

/// The bills of a connector that were looked for, the newest first.
fn bills(desk: &Desk, cell: &Watched, connector: &str, unit: Unit) -> Vec<BillCard> {
    let counter = desk.board.edge().outside().of(cell.site.name());
    let days = counter.map(|counter| counter.bills()).unwrap_or_default();
    let of = days.into_iter().rev().filter(|((of, _), _)| of == connector);
    let all = of.map(|((_, day), seen)| bill(day, seen, unit)).enumerate();
    // Of days on which nothing happened the newest says that bills come.
    all.filter(|(at, day)| *at == 0 || !day.is_empty).map(|(_, day)| day).collect()
}

fn bill(day: u32, seen: DaySeen, unit: Unit) -> BillCard {
    let sum = |minor: u64| unit.of(i64::try_from(minor).unwrap_or(i64::MAX));
    let nothing = sum(0);
    let card = BillCard {
        // It was made of a day.
        day: date_of(day).unwrap_or_default(),
        is_empty: false,
        missing: None,
        paid: nothing,
        ours: nothing,
        refunded: nothing,
        fee: nothing,
        balance: None,
        differences: Vec::new(),
    };
    match seen {
        DaySeen::Missing(why, _) => {
            let word = match why {
                NoBill::NotYet => "not_yet",
                NoBill::NoAnswer => "no_answer",
                NoBill::Refused(_) => "refused",
                NoBill::Unfit(_) => "unfit",
            };
            BillCard { missing: Some((word, why.to_string())), ..card }
        }
        DaySeen::Compared(of) => BillCard {
            is_empty: of.lines == 0 && of.ours == 0,
            paid: sum(of.paid),
            ours: sum(of.ours),
            refunded: sum(of.refunded),
            fee: unit.of((of.fee_milli + of.fee_milli.signum() * 500) / 1_000),
            balance: of.funds.and_then(|funds| funds.balance).map(|minor| unit.of(minor)),
            differences: of
                .differences
                .into_iter()
                .map(|it| (it.what.word(), it.number, it.theirs.map(sum), it.ours.map(sum)))
                .collect(),
            ..card
        },
    }
}

fn row(desk: &Desk, cell: &Watched, of: UnderWay, currency: Currency) -> UnderWayCard {
    // Money that came unasked names a payment that there may never have been.
    let is_known = of.what != "stray" || of.said == "amount_differs";
    let name = cell.site.name();
    let href = || format!("{}/pay/{}?cell={name}", desk.base(), of.payment.0);
    UnderWayCard {
        what: of.what,
        href: is_known.then(href),
        number: of.number,
        stray: of.stray,
        amount: amount(of.amount.amount, currency),
        since: micros(of.since.0.0),
        said: of.said,
        times: of.times,
        cancel: of.cancel_asked,
        to_do: of.to_do.map(crate::api::operator::connectors::ToDo::word),
    }
}

/// Says that money was given back, or books what came to the bank.
pub(super) async fn decide(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    let form = act::own(&headers, &body);
    let done = match &form {
        Ok(form) => decided(&desk, form).await,
        Err(refused) => Err(refused.again()),
    };
    let form = form.unwrap_or_default();
    match done {
        Ok((done, cell)) => {
            let (at, lang) = (desk.connectors(), desk.lang.tag());
            see_other(&format!("{at}?cell={cell}&done={done}&lang={lang}"))
        }
        Err(refused) => {
            let status = StatusCode::from_u16(refused.status).unwrap_or(StatusCode::BAD_REQUEST);
            let mut page = whole(&desk, &form, Some(refused.problem)).await;
            if page.status().is_success() {
                *page.status_mut() = status;
            }
            page
        }
    }
}

async fn decided<'a>(desk: &'a Desk, form: &Form) -> Result<(&'static str, &'a str), Refused> {
    let cell = desk.chosen(form.get("cell").map(String::as_str))?;
    let connector = text(form, "connector").to_owned();
    let said = ["connector", "act", "stray", "received", "kept", "reference"];
    let said: Vec<&str> = said.into_iter().map(|name| text(form, name)).collect();
    let key = act::fingerprint(cell, "connectors", form, &said)?;
    match text(form, "act") {
        "returned" => {
            let stray = u64::from_str_radix(text(form, "stray"), 16);
            let stray = stray.map_err(|_| Refused::of_page(400, "form_unfit"))?;
            act::submit(cell, key, pay::Command::from(ReturnStray { connector, stray })).await?;
            Ok(("returned", cell.site.name()))
        }
        "settled" => {
            let caller = Caller::of(&cell.site, cell.actor);
            let open = known(&caller).await?.value;
            let of = open.connectors.iter().find(|view| view.connector.name == connector);
            let unknown = || {
                let refusal = economy::Refusal::from(pay::Refusal::ConnectorNotFound);
                Problem::refused(&refusal)
            };
            let currency = of.ok_or_else(unknown)?.connector.currency;
            let received = typed(text(form, "received"), currency)?;
            let kept = match text(form, "kept") {
                "" => 0,
                kept => typed(kept, currency)?,
            };
            let reference = text(form, "reference").to_owned();
            let settle = SettleConnector { connector, received, kept, reference };
            act::submit(cell, key, pay::Command::from(settle)).await?;
            Ok(("settled", cell.site.name()))
        }
        _ => Err(Refused::of_page(400, "form_unfit")),
    }
}

/// An amount that may also be nothing: the cell judges which of the two may.
fn typed(text: &str, currency: Currency) -> Result<u64, Refused> {
    match Unit::of_currency(currency).read_typed(text) {
        Ok(read) => u64::try_from(read.minor).map_err(|_| Refused::of_page(400, "form_unfit")),
        Err("amount_not_positive") => Ok(0),
        Err(code) => Err(Refused::of_page(400, code)),
    }
}
