//! What holds for payouts beside their price, and how much must be kept safe for who holds wallets.

use axum::extract::State;
use axum::response::Response;
use economy::{Answer, Query};
use kernel::{Currency, Span};
use pay::event::{PayoutRulesSet, SafeguardRuleSet};
use pay::{PayoutRules, SafeguardRule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::proposals::{Set, propose};
use super::terms::from;
use crate::api::paging::{Listed, PageQuery, cursor_text, viewed};
use crate::api::values::{Day, Moment, Money, Text};
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::asked::Once;
use crate::http::csv;
use crate::http::{Posted, QueryOf, Told};
use crate::problem::Problem;

/// What holds for payouts in a currency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayoutRules {
    /// From when they hold; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// Of which merchants.
    #[schema(value_type = String, example = "JPY")]
    currency: Text<Currency>,
    /// A file of more than this, in minor units, needs a second person's approval; no file does
    /// when left out.
    #[schema(example = 7_500_000)]
    approval_above: Option<u64>,
    /// What a merchant pays to be in the next file although its schedule says later; not offered
    /// when left out.
    #[schema(example = 150)]
    today_fee: Option<u64>,
    /// What a merchant pays when its bank returns a transfer.
    #[serde(default)]
    return_fee: u64,
    /// For how many days transfers of a file that was sent are kept, so that one that comes back
    /// finds its merchant.
    #[serde(default = "keep_days")]
    keep_days: u16,
    /// The contract or law they come from.
    source: String,
    /// Why, for the second person; up to 200 characters.
    #[serde(default)]
    note: Option<String>,
}

const fn keep_days() -> u16 {
    PayoutRules::KEEP_DAYS
}

/// Sets from a moment on what holds for payouts
///
/// What the cell never had holds at once; a change waits for a second person.
#[utoipa::path(
    post, path = "/v1/payout-rules", tag = "operator", params(Once),
    request_body = NewPayoutRules,
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_payout_rules(
    caller: Caller,
    asked: Posted<NewPayoutRules>,
) -> Result<Told<Set>, Problem> {
    let body = asked.body;
    let rules = PayoutRules {
        currency: body.currency.0,
        approval_above: body.approval_above,
        today_fee: body.today_fee,
        return_fee: body.return_fee,
        keep_days: body.keep_days,
        source: body.source,
    };
    let change = PayoutRulesSet { from: from(body.from), rules };
    propose(&caller, asked.fingerprint, change, body.note).await
}

/// How much must be kept safe for who holds wallets of a currency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSafeguardRule {
    /// From when it holds; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// Of which wallets.
    #[schema(value_type = String, example = "JPY")]
    currency: Text<Currency>,
    /// On which days of a year it is worked out, each as `mmdd`; every day when empty.
    #[serde(default)]
    #[schema(example = json!([331, 930]))]
    days: Vec<u16>,
    /// What wallets have in all must be above this, in minor units, for anything to be kept safe.
    #[serde(default)]
    above: u64,
    /// Which share of it, in basis points.
    #[schema(example = 10_000)]
    share_bps: u32,
    /// The law. A rule of the same law and currency is replaced from then on.
    source: String,
    /// Why, for the second person; up to 200 characters.
    #[serde(default)]
    note: Option<String>,
}

/// Sets from a moment on how much must be kept safe
///
/// What the cell never had holds at once; a change waits for a second person.
#[utoipa::path(
    post, path = "/v1/safeguard-rules", tag = "operator", params(Once),
    request_body = NewSafeguardRule,
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_safeguard_rule(
    caller: Caller,
    asked: Posted<NewSafeguardRule>,
) -> Result<Told<Set>, Problem> {
    let body = asked.body;
    let rule = SafeguardRule {
        currency: body.currency.0,
        days: body.days,
        above: body.above,
        share_bps: body.share_bps,
        source: body.source,
    };
    let change = SafeguardRuleSet { from: from(body.from), rule };
    propose(&caller, asked.fingerprint, change, body.note).await
}

/// What had to be kept safe when a day ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct Safeguard {
    /// The cell's day; none for what holds now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "2026-11-04")]
    pub day: Option<Text<Day>>,
    /// What wallets had in all.
    pub wallets: Money,
    /// What had to be kept safe by the rules that hold now: the largest of them.
    pub required: Money,
    /// The law that says so; none if none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// A page of days.
#[derive(Debug, Serialize, ToSchema)]
pub struct Safeguards {
    /// What holds now: of the day that is not over.
    pub now: Vec<Safeguard>,
    /// Days that are over, the newest first.
    pub days: Vec<Safeguard>,
    /// Where the page stands.
    #[serde(flatten)]
    pub page: Listed,
}

/// A day (`yyyymmdd`) of days since 1970.
pub(crate) fn date_of(day: u32) -> u32 {
    kernel::Timestamp::from_seconds(u64::from(day) * 86_400).date(Span::default())
}

/// How much of what wallets have must be kept safe at the end of a day (counted from 1970), or now,
/// and by which law: the largest of what the rules say.
pub(crate) fn largest(
    rules: &[SafeguardRule],
    day: Option<u32>,
    currency: Currency,
    wallets: u64,
) -> (u64, Option<String>) {
    let day = day.map(date_of);
    let of_day =
        |rule: &&SafeguardRule| rule.currency == currency && day.is_none_or(|day| rule.is_of(day));
    let largest = rules.iter().filter(of_day).max_by_key(|rule| rule.required(wallets));
    let required = largest.map_or(0, |rule| rule.required(wallets));
    (required, largest.map(|rule| rule.source.clone()))
}

fn safeguard(rules: &[SafeguardRule], day: Option<u32>, of: (Currency, i64)) -> Safeguard {
    let (currency, wallets) = (of.0, u64::try_from(of.1).unwrap_or(0));
    let (required, source) = largest(rules, day, currency, wallets);
    Safeguard {
        day: day.map(|day| Text(Day(date_of(day)))),
        wallets: Money::new(wallets, currency),
        required: Money::new(required, currency),
        source,
    }
}

async fn rules(caller: &Caller) -> Result<Vec<SafeguardRule>, Problem> {
    match caller.ask(Query::Banking(caller.site.handle.now())).await?.value {
        Answer::Banking(known) => Ok(known.safeguards),
        _ => Err(Problem::internal()),
    }
}

/// The daily sum that the law wants kept safe
#[utoipa::path(
    get, path = "/v1/safeguards", tag = "operator", params(PageQuery),
    responses(
        (status = 200, body = Safeguards),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn safeguards(
    State(edge): State<Edge>,
    caller: Caller,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Told<Safeguards>, Problem> {
    let (cursor, most) = query.bounds()?;
    let before = cursor.map(|[day, _]| u32::try_from(day).unwrap_or(u32::MAX));
    let rules = rules(&caller).await?;
    let read = move |views: &views::Views| {
        let days = views.kept_safe(before, most as usize)?;
        Ok(Ok((views.wallets_have()?, days)))
    };
    let at_least = query.at_least.as_deref();
    let ((have, days), position, stale) = viewed(&edge, &caller, at_least, read).await?;
    let next = days.last().filter(|_| days.len() == most as usize);
    let next = next.map(|last| cursor_text([last.day.into(), 0]));
    let now = have.into_iter().map(|of| safeguard(&rules, None, of)).collect();
    let of_day = |it: &views::KeptSafe| safeguard(&rules, Some(it.day), (it.currency, it.wallets));
    let days = days.iter().map(of_day).collect();
    let page = Listed { next, position, stale };
    Ok(page.told(&caller, |page| Safeguards { now, days, page }))
}

/// The same as a file for spreadsheets, of the last 500 days and currencies
#[utoipa::path(
    get, path = "/v1/safeguards.csv", tag = "operator",
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn safeguards_csv(State(edge): State<Edge>, caller: Caller) -> Result<Response, Problem> {
    let rules = rules(&caller).await?;
    let read = |views: &views::Views| Ok(Ok(views.kept_safe(None, 500)?));
    let (days, ..) = viewed(&edge, &caller, None, read).await?;
    safeguards_file(&rules, &days)
}

/// Days as a file for spreadsheets.
pub(crate) fn safeguards_file(
    rules: &[SafeguardRule],
    days: &[views::KeptSafe],
) -> Result<Response, Problem> {
    let mut table = csv::Table::new(&["day", "currency", "wallets", "required", "source"])?;
    for it in days {
        let of = safeguard(rules, Some(it.day), (it.currency, it.wallets));
        let day = of.day.map(|Text(day)| day.to_string()).unwrap_or_default();
        table.row([
            day,
            it.currency.to_string(),
            csv::amount(of.wallets.amount, it.currency),
            csv::amount(of.required.amount, it.currency),
            csv::text(&of.source.unwrap_or_default()),
        ])?;
    }
    Ok(csv::answer("safeguards.csv", table.bytes()?))
}
