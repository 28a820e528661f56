//! Deep links of others into ours: who referrers are and what they get, whom they brought, and what came
//! of it day by day.

use axum::extract::State;
use axum::response::Response;
use economy::{Answer, Query};
use kernel::Ref;
use kernel::id::{Merchant as MerchantKind, Wallet};
use pay::ReferrerTerms;
use pay::command::Refer;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::operator::proposals::{Set, told};
use crate::api::operator::terms::from;
use crate::api::paging::{Listed, PageQuery, viewed};
use crate::api::values::{Day, Moment, Money, Nothing, Text};
use crate::authorize::Caller;
use crate::board::days;
use crate::cells::fresh;
use crate::edge::Edge;
use crate::http::asked::Once;
use crate::http::csv::{self, Table};
use crate::http::{PathId, Posted, QueryOf, Told};
use crate::problem::Problem;

/// The most days of a list.
const MOST_DAYS: usize = 400;

/// What a referrer gets of what the cell earns on payments of those it brings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReferrer {
    /// From when; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// What its links call it: 1 to 25 of a-z, 0-9 and hyphens.
    #[schema(example = "fuji-guide")]
    word: String,
    /// Its share of fee and spread, in millionths, rounded down; 0 ends it for who comes from now on.
    #[schema(example = 150_000)]
    ppm: u32,
    /// For how many days after it brought a wallet.
    #[schema(example = 90)]
    days: u16,
    /// Whether a wallet stays its own to the end of those days when another brings it; else the
    /// last one wins.
    #[serde(default)]
    keeps: bool,
    /// The beginnings of paths that its links may open; every page for visitors when empty.
    #[serde(default)]
    #[schema(example = json!(["/open", "/w/me"]))]
    opens: Vec<String>,
    /// The contract they come from.
    source: String,
    /// Why, for the second person; up to 200 characters.
    #[serde(default)]
    note: String,
}

/// A referrer, as anybody may know it who follows its link.
#[derive(Debug, Serialize, ToSchema)]
pub struct Referrer {
    /// Its public name.
    pub name: String,
    /// What its links call it.
    pub word: String,
    /// Its share of fee and spread, in millionths.
    pub ppm: u32,
    /// For how many days.
    pub days: u16,
    /// The beginnings of paths that its links may open.
    pub opens: Vec<String>,
}

/// By whose link a wallet's holder came.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReferral {
    /// The referrer's word.
    #[schema(example = "fuji-guide")]
    referrer: String,
}

/// Who brought a wallet.
#[derive(Debug, Serialize, ToSchema)]
pub struct Referral {
    /// The referrer's public name; absent where nobody has a share of what the wallet pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What its links call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    /// Its share of what the cell earns, in millionths. The payer pays the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ppm: Option<u32>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Text<Moment>>,
    /// Until when its payments count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Text<Moment>>,
}

impl From<Option<pay::ReferralView>> for Referral {
    fn from(of: Option<pay::ReferralView>) -> Self {
        let known = of.as_ref();
        Self {
            name: known.map(|it| it.name.clone()),
            referrer: known.map(|it| it.word.clone()),
            ppm: known.map(|it| it.ppm),
            since: known.map(|it| Text(Moment(it.since))),
            until: known.map(|it| Text(Moment(it.until))),
        }
    }
}

/// What a referrer has of a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct EarnedDay {
    /// The cell's day.
    #[schema(value_type = String, format = Date)]
    pub day: Text<Day>,
    /// Payments of those it brought.
    pub payments: u64,
    /// What the cell earned on payments: fee and spread.
    pub earned: Money,
    /// What the referrer got of it.
    pub given: Money,
    /// What it gave back with refunds.
    pub returned: Money,
}

/// What a referrer has, day by day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Earned {
    /// The newest first.
    pub days: Vec<EarnedDay>,
    /// Where the list stands.
    #[serde(flatten)]
    pub page: Listed,
}

/// Sets what a referrer gets, from a moment on
///
/// Its share of fee and spread is posted to its merchant's account with each capture, and comes back in
/// proportion with each refund. What it changes for who was brought before is nothing. Once anybody
/// has a wallet it waits for a second person.
#[utoipa::path(
    post, path = "/v1/merchants/{merchant}/referrer", tag = "operator",
    params(Once, ("merchant" = String, Path, description = "The merchant's id")),
    request_body = NewReferrer,
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_referrer(
    caller: Caller,
    PathId(merchant): PathId<Ref<MerchantKind>>,
    asked: Posted<NewReferrer>,
) -> Result<Told<Set>, Problem> {
    let NewReferrer { from: at, word, ppm, days, keeps, opens, source, note } = asked.body;
    let terms = ReferrerTerms { word, ppm, days, keeps, opens, source };
    let command = Refer::Set { id: fresh(), merchant, from: from(at), terms, note };
    told(&caller, caller.pay(asked.fingerprint, command).await?).await
}

/// A referrer by its word
#[utoipa::path(
    get, path = "/v1/referrers/{word}", tag = "pay",
    params(("word" = String, Path, description = "What its links call it")),
    responses(
        (status = 200, body = Referrer),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn referrer(
    caller: Caller,
    PathId(word): PathId<String>,
) -> Result<Told<Referrer>, Problem> {
    let settled = caller.ask(Query::Referrer(word, caller.site.handle.now())).await?;
    let Answer::Referrer(view) = settled.value.clone() else { return Err(Problem::internal()) };
    let ReferrerTerms { word, ppm, days, opens, .. } = view.terms;
    Ok(Told::ok(settled.with(Referrer { name: view.name, word, ppm, days, opens })))
}

async fn of_wallet(
    caller: &Caller,
    wallet: Ref<Wallet>,
) -> Result<crate::outcome::Settled<Referral>, Problem> {
    let settled =
        caller.ask(Query::Referral(caller.actor, wallet, caller.site.handle.now())).await?;
    let Answer::Referral(view) = settled.value.clone() else { return Err(Problem::internal()) };
    Ok(settled.with(view.into()))
}

/// Who brought a wallet, and has a share of what the cell earns on its payments
#[utoipa::path(
    get, path = "/v1/wallets/{wallet}/referral", tag = "pay",
    params(("wallet" = String, Path, description = "The wallet's id")),
    responses(
        (status = 200, body = Referral),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn referral(
    caller: Caller,
    PathId(wallet): PathId<Ref<Wallet>>,
) -> Result<Told<Referral>, Problem> {
    Ok(Told::ok(of_wallet(&caller, wallet).await?))
}

/// The holder of a wallet came by a referrer's link, and agrees
#[utoipa::path(
    post, path = "/v1/wallets/{wallet}/referral", tag = "pay",
    params(Once, ("wallet" = String, Path, description = "The wallet's id")),
    request_body = NewReferral,
    responses(
        (status = 200, body = Referral),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn begin_referral(
    caller: Caller,
    PathId(wallet): PathId<Ref<Wallet>>,
    asked: Posted<NewReferral>,
) -> Result<Told<Referral>, Problem> {
    let command = Refer::Begin { wallet, word: asked.body.referrer };
    let settled = caller.pay(asked.fingerprint, command).await?;
    Ok(Told::ok(settled.with(of_wallet(&caller, wallet).await?.value)))
}

/// The holder of a wallet wants no referrer any more
#[utoipa::path(
    post, path = "/v1/wallets/{wallet}/referral/end", tag = "pay",
    params(Once, ("wallet" = String, Path, description = "The wallet's id")),
    request_body = Nothing,
    responses(
        (status = 200, body = Referral),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn end_referral(
    caller: Caller,
    PathId(wallet): PathId<Ref<Wallet>>,
    asked: Posted<Nothing>,
) -> Result<Told<Referral>, Problem> {
    let settled = caller.pay(asked.fingerprint, Refer::End { wallet }).await?;
    Ok(Told::ok(settled.with(None.into())))
}

async fn earned_by(
    edge: &Edge,
    caller: &Caller,
    merchant: Ref<MerchantKind>,
    at_least: Option<&str>,
) -> Result<(Vec<views::BroughtDay>, kernel::Currency, u64, bool), Problem> {
    // The cell says first whether it is the caller's own.
    let Answer::Merchant(own) = caller.ask(Query::Merchant(caller.actor, merchant)).await?.value
    else {
        return Err(Problem::internal());
    };
    let read = move |views: &views::Views| views.brought_by(merchant, MOST_DAYS).map(Ok);
    let (days, position, stale) = viewed(edge, caller, at_least, read).await?;
    Ok((days, own.currency, position, stale))
}

/// What a referrer has of what the cell earned, by day
#[utoipa::path(
    get, path = "/v1/merchants/{merchant}/earned", tag = "pay",
    params(PageQuery, ("merchant" = String, Path, description = "The merchant's id")),
    responses(
        (status = 200, body = Earned),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn earned(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(merchant): PathId<Ref<MerchantKind>>,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Told<Earned>, Problem> {
    query.bounds()?;
    let (days, currency, position, stale) =
        earned_by(&edge, &caller, merchant, query.at_least.as_deref()).await?;
    let money = |minor| Money::new(minor, currency);
    let day = |it: views::BroughtDay| EarnedDay {
        day: Text(days::written(it.day)),
        payments: it.payments,
        earned: money(it.earned),
        given: money(it.given),
        returned: money(it.returned),
    };
    let days = days.into_iter().map(day).collect();
    let page = Listed { next: None, position, stale };
    Ok(page.told(&caller, |page| Earned { days, page }))
}

/// The same as a file for spreadsheets
#[utoipa::path(
    get, path = "/v1/merchants/{merchant}/earned.csv", tag = "pay",
    params(PageQuery, ("merchant" = String, Path, description = "The merchant's id")),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn earned_csv(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(merchant): PathId<Ref<MerchantKind>>,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Response, Problem> {
    query.bounds()?;
    let (days, currency, position, _) =
        earned_by(&edge, &caller, merchant, query.at_least.as_deref()).await?;
    let mut table =
        Table::new(&["day", "currency", "payments", "earned", "given", "returned", "kept"])?;
    for it in days {
        let money = |minor| csv::amount(minor, currency);
        table.row([
            days::written(it.day).to_string(),
            currency.code().to_owned(),
            it.payments.to_string(),
            money(it.earned),
            money(it.given),
            money(it.returned),
            money(it.given.saturating_sub(it.returned)),
        ])?;
    }
    Ok(csv::answer(&format!("earned-{}-{position}.csv", caller.cell()), table.bytes()?))
}
