//! What a referrer brought and earned, as it sees itself: its own page, which needs no store, and the
//! file of it. The operator's list reads the same here.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use economy::{Answer, Query};
use jiff::civil::Date;
use kernel::Timestamp;
use pay::{ReferrerKnown, ReferrerTerms};
use views::{BroughtDay, BroughtSum, Views};

use crate::board::days;
use crate::cells::{Site, now};
use crate::duty::Scope;
use crate::edge::Edge;
use crate::enter::Door;
use crate::http::csv::{Table, amount, answer, text};
use crate::problem::Problem;
use crate::session::{self, Session};
use crate::web::text::Lang;
use crate::web::view::{
    self, Amount, BroughtPage, BroughtRow, ReferrerCard, ReferrerTermsCard, Unit,
};
use crate::web::{error, referrers as markup};

/// The most days of the page, and of the file.
const DAYS: usize = 62;
const MOST_DAYS: usize = 400;
/// What a link opens where its terms name nothing.
const FIRST: &str = "/open";

/// The page and its file.
pub fn router(door: Door) -> Router {
    Router::new()
        .route("/t/{token}/brought", get(page))
        .route("/t/{token}/brought.csv", get(file))
        .layer(map_response(crate::enter::headers))
        .with_state(door)
}

/// The referrers that somebody may see: an operator all of the cell, anybody else their own.
///
/// # Errors
/// The cell does not answer.
pub async fn known(site: &Site, actor: kernel::Actor) -> Result<Vec<ReferrerKnown>, Problem> {
    match site.ask(Query::Referrers(actor, site.handle.now())).await?.value {
        Answer::Referrers(known) => Ok(known),
        _ => Err(Problem::internal()),
    }
}

fn micros(at: Timestamp) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

fn terms_card((from, terms): &(Timestamp, ReferrerTerms)) -> ReferrerTermsCard {
    ReferrerTermsCard {
        from: micros(*from),
        word: terms.word.clone(),
        share_bp: terms.ppm / 100,
        days: terms.days,
        keeps: terms.keeps,
        source: terms.source.clone(),
    }
}

/// What is said of a referrer beside what it brought.
pub fn card(of: &ReferrerKnown, sum: BroughtSum, at: Timestamp) -> ReferrerCard {
    let unit = Unit::of_currency(of.currency);
    let money = |minor: u64| unit.of(i64::try_from(minor).unwrap_or(i64::MAX));
    let after = of.terms.partition_point(|(from, _)| *from <= at);
    ReferrerCard {
        merchant: of.merchant.to_string(),
        name: of.name.clone(),
        unit,
        now: after.checked_sub(1).map(|at| terms_card(&of.terms[at])),
        next: of.terms.get(after).map(terms_card),
        links: Vec::new(),
        wallets: of.wallets,
        sum: (sum.payments, money(sum.earned), money(sum.kept)),
        months: Vec::new(),
        days: Vec::new(),
    }
}

/// The addresses of a referrer's links: one for each page that its terms let them open.
fn links(headers: &HeaderMap, lang: Lang, terms: Option<&ReferrerTerms>) -> Vec<(String, String)> {
    let Some(terms) = terms.filter(|terms| terms.ppm > 0) else { return Vec::new() };
    let opens = if terms.opens.is_empty() { &[FIRST.to_owned()][..] } else { &terms.opens[..] };
    let of = |page: &String| {
        let path = format!("/{}/from/{}?to={page}", lang.tag(), terms.word);
        (page.clone(), session::address(headers, &path))
    };
    opens.iter().map(of).collect()
}

fn rows(unit: Unit, days: &[BroughtDay]) -> Vec<BroughtRow> {
    let money = |minor: u64| unit.of(i64::try_from(minor).unwrap_or(i64::MAX));
    let row = |it: &BroughtDay| BroughtRow {
        first: days::civil(it.day),
        payments: it.payments,
        earned: money(it.earned),
        given: money(it.given),
        returned: money(it.returned),
    };
    days.iter().map(row).collect()
}

fn by_month(days: &[BroughtRow]) -> Vec<BroughtRow> {
    let mut months: BTreeMap<Date, BroughtRow> = BTreeMap::new();
    let plus = |to: &mut Amount, more: Amount| to.minor = to.minor.saturating_add(more.minor);
    for day in days {
        let first = day.first.first_of_month();
        let row = months.entry(first).or_insert(BroughtRow {
            first,
            payments: 0,
            earned: day.earned.unit.of(0),
            given: day.given.unit.of(0),
            returned: day.returned.unit.of(0),
        });
        row.payments += day.payments;
        plus(&mut row.earned, day.earned);
        plus(&mut row.given, day.given);
        plus(&mut row.returned, day.returned);
    }
    months.into_values().rev().collect()
}

/// What is read of the lists for the referrers of one session.
async fn read<T: Send + 'static>(
    edge: &Edge,
    site: &Site,
    question: impl FnOnce(&Views) -> Result<T, views::ViewsError> + Send + 'static,
) -> Option<T> {
    let lists = edge.lists().and_then(|lists| lists.views(site.name()))?;
    tokio::task::spawn_blocking(move || question(&lists)).await.ok()?.ok()
}

async fn page(
    State(door): State<Door>,
    lang: Lang,
    session: Session,
    headers: HeaderMap,
) -> Response {
    let (site, base, at) = (&session.site, &session.base, now());
    let chrome = door.chrome(lang, &format!("{base}/brought"));
    let referrers = match known(site, session.actor).await {
        Ok(referrers) => referrers,
        Err(problem) => {
            let (code, sentence) = (problem.code.to_owned(), Some(problem.detail));
            let page = error::page(&chrome, &view::Problem { code, sentence });
            return (StatusCode::SERVICE_UNAVAILABLE, Html(page.into_string())).into_response();
        }
    };
    let (mut cards, mut stale) = (Vec::new(), false);
    for referrer in &referrers {
        let merchant = referrer.merchant;
        let days = read(&door.edge, site, move |views| views.brought_by(merchant, MOST_DAYS));
        let all = read(&door.edge, site, Views::brought_in_all);
        let (days, all) = (days.await, all.await);
        stale |= days.is_none() || all.is_none();
        let sum = all.unwrap_or_default().into_iter().find(|(of, _)| *of == merchant);
        let mut card = card(referrer, sum.map(|(_, sum)| sum).unwrap_or_default(), at);
        let mut days = rows(card.unit, &days.unwrap_or_default());
        card.months = by_month(&days);
        days.truncate(DAYS);
        card.days = days;
        let before = referrer.terms.partition_point(|(from, _)| *from <= at);
        let terms = before.checked_sub(1).map(|at| &referrer.terms[at].1);
        card.links = links(&headers, lang, terms);
        cards.push(card);
    }
    let party = session.actor.party;
    let has_store = read(&door.edge, site, move |views| {
        let merchants = views.merchants_of(party)?.into_iter();
        let stores = merchants.map(|merchant| views.stores_of(merchant.reference));
        Ok(stores.collect::<Result<Vec<_>, _>>()?.iter().any(|stores| !stores.is_empty()))
    });
    let has_store = session.scopes.has(Scope::Till) && has_store.await.unwrap_or(false);
    let page = BroughtPage {
        chrome,
        base: base.clone(),
        has_store,
        referrers: cards,
        stale,
        at: micros(at),
        zone: crate::board::zone(&site.country),
    };
    Html(markup::page(&page).into_string()).into_response()
}

async fn file(State(door): State<Door>, session: Session) -> Response {
    match csv(&door.edge, &session).await {
        Ok(bytes) => answer(&format!("brought-{}.csv", session.site.name()), bytes),
        Err(problem) => problem.into_response(),
    }
}

async fn csv(edge: &Edge, session: &Session) -> Result<Vec<u8>, Problem> {
    let mut table = Table::new(&[
        "referrer", "day", "currency", "payments", "earned", "given", "returned", "kept",
    ])?;
    for referrer in known(&session.site, session.actor).await? {
        let merchant = referrer.merchant;
        let days = read(edge, &session.site, move |views| views.brought_by(merchant, MOST_DAYS));
        let days = days.await.ok_or_else(crate::api::paging::unavailable)?;
        for it in days {
            let money = |minor| amount(minor, referrer.currency);
            table.row([
                text(&referrer.name),
                days::written(it.day).to_string(),
                referrer.currency.code().to_owned(),
                it.payments.to_string(),
                money(it.earned),
                money(it.given),
                money(it.returned),
                money(it.given.saturating_sub(it.returned)),
            ])?;
        }
    }
    table.bytes()
}
