//! Settling a link: its days, and the statement of each that both cells sign.

use corridor::{DayAnswer, Sums};
use economy::{Answer, Query};
use kernel::Currency;
use link::statement::{Document, Statement};
use pay::command::CloseDay;
use pay::event::SettlementTermsSet;
use pay::state::SettledDay;
use pay::{HalfView, SettlementTerms, SettlementView, Supply};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::netting::{Netted, netted};
use super::proposals::{Set, propose};
use super::terms::from;
use crate::api::values::{Day as Date, Moment, Money, Text};
use crate::authorize::Caller;
use crate::http::asked::Once;
use crate::http::{PathId, PathIds, Posted, QueryOf, Told};
use crate::outcome::Settled;
use crate::problem::Problem;

/// So many days stand in one answer.
const DAYS: u16 = 100;

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct DaysQuery {
    /// Below the day of this number; the newest when left out.
    before: Option<u32>,
}

/// What moved a nostro.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Moves {
    /// Taken for sellers, in minor units.
    pub captured: u64,
    /// In so many captures.
    pub captures: u64,
    /// Given back by sellers.
    pub refunded: u64,
    /// In so many refunds.
    pub refunds: u64,
    /// Put in by who pays from it.
    pub topped_up: u64,
    /// In so many transfers.
    pub top_ups: u64,
}

impl From<Sums> for Moves {
    fn from(of: Sums) -> Self {
        let Sums { captured, captures, refunded, refunds, topped_up, top_ups } = of;
        Self { captured, captures, refunded, refunds, topped_up, top_ups }
    }
}

/// In what the two cells differ about a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Differs {
    /// Which sum: `captured`, `opening`, `closing` and so on.
    #[schema(example = "captured")]
    pub field: &'static str,
    /// What the side that does not keep the nostro has.
    pub computed: u64,
    /// What the keeper says.
    pub told: u64,
}

/// A closed day of one nostro.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SettlementDay {
    /// How it is asked for: its date, and its part where a date has several.
    #[schema(example = "2026-11-02")]
    pub day: String,
    /// Its number among the days of this nostro.
    pub number: u32,
    /// The cell that keeps the nostro.
    #[schema(example = "jp")]
    pub keeper: String,
    /// `closed`, `agreed`, `signed` (by both) or `differs`.
    #[schema(example = "agreed")]
    pub state: &'static str,
    /// What it held before.
    pub opening: Money,
    /// What moved it.
    pub moves: Moves,
    /// What is owed for the day: what was taken less what was given back, below zero if more came
    /// back.
    pub net: i64,
    /// What of that need not be sent, because refunds were set off against captures.
    pub saved: u64,
    /// What it held after.
    pub closing: Money,
    /// When it was closed, by the keeper's time.
    #[schema(value_type = String)]
    pub closed: Text<Moment>,
    /// In what the cells differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differs: Option<Differs>,
    /// Who has signed it, of both cells.
    pub signed_by: Vec<String>,
}

/// One nostro of a link.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Side {
    /// The cell that keeps it.
    pub keeper: String,
    /// What it holds.
    pub balance: Money,
    /// What of it is not held for a payment under way.
    pub free: Money,
    /// What moved it since its last closing.
    pub open: Moves,
    /// When its day is closed, where this cell does that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub next_close: Option<Text<Moment>>,
    /// How many days are closed.
    pub count: u32,
    /// Closed days, the newest first.
    pub days: Vec<SettlementDay>,
}

/// The days of a link.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Days {
    /// Which link.
    pub link: u8,
    /// The other cell.
    pub cell: String,
    /// Its nostros: the one that this cell keeps first.
    pub sides: Vec<Side>,
    /// By date and currency, the newest first: what is left when both directions are set off. No
    /// rate of exchange is invented: each currency stands by itself.
    pub netted: Vec<Netted>,
}

/// A day with its statements.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DayTold {
    /// How it was asked for.
    #[schema(example = "2026-11-02")]
    pub day: String,
    /// One for each nostro of the link.
    pub statements: Vec<StatementOf>,
}

/// A day of one nostro, and its statement.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatementOf {
    /// The day.
    #[serde(flatten)]
    pub day: SettlementDay,
    /// The statement once both agree: `enishi settlement verify` checks it without any cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub statement: Option<Document>,
}

/// How the day of a nostro is closed early.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClosing {
    /// The number that the day will have: one more than the last. The same number again answers the
    /// same day.
    number: u32,
}

/// What holds for a link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSettlementTerms {
    /// From when it holds; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// When days are closed; where this cell keeps the nostro.
    closing: Option<Closing>,
    /// How what this cell holds there is kept filled; where it pays over the link.
    supply: Option<NewSupply>,
    /// The contract it comes from.
    source: String,
    /// Why, for the second person; up to 200 characters.
    note: Option<String>,
}

/// When the days of a nostro are closed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// The minute of the day; 0 is midnight.
    #[schema(example = 0)]
    minute: u16,
    /// What the keeper's clock is ahead of UTC, in minutes.
    #[schema(example = 540)]
    utc_offset_min: u16,
}

/// How a prefund is kept filled.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSupply {
    /// For how many days of use there is to be money.
    #[schema(example = 3)]
    target_days: u8,
    /// Never to be less than this, in minor units.
    #[schema(example = 500_000)]
    floor: u64,
    /// A top-up of more than this needs a second person; none does when left out.
    #[schema(example = 2_500_000)]
    approval_above: Option<u64>,
    /// Until which minute of the day our bank takes a transfer for the same day.
    #[schema(example = 900)]
    bank_minute: u16,
    /// What our bank's clock is ahead of UTC, in minutes.
    #[schema(example = 480)]
    bank_offset_min: u16,
    /// How many banking days a transfer takes.
    #[schema(example = 1)]
    transfer_days: u8,
}

impl From<NewSupply> for Supply {
    fn from(of: NewSupply) -> Self {
        Self {
            target_days: of.target_days,
            floor: of.floor,
            approval_above: of.approval_above,
            bank_minute: of.bank_minute,
            bank_offset_min: of.bank_offset_min,
            transfer_days: of.transfer_days,
        }
    }
}

/// How a day is asked for.
pub(crate) fn day_name(date: u32, part: u8) -> String {
    match part {
        1 => Date(date).to_string(),
        part => format!("{}-{part}", Date(date)),
    }
}

/// The names of a link's two cells: the keeper's first.
pub(crate) fn sides<'n>(own: &'n str, view: &'n SettlementView, half: &HalfView) -> [&'n str; 2] {
    if half.keeper { [own, &view.name] } else { [&view.name, own] }
}

/// The statement of a day that both agree about.
pub(crate) fn statement_of(
    [keeper, other]: [&str; 2],
    currency: Currency,
    known: &SettledDay,
) -> Option<Statement> {
    let Some(DayAnswer::Agreed(seen)) = known.answer else { return None };
    Some(Statement {
        keeper: keeper.to_owned(),
        other: other.to_owned(),
        currency: currency.code().to_owned(),
        day: known.day,
        seen,
    })
}

/// The document of a day, with the signatures that are right.
pub(crate) fn document_of(
    names: [&str; 2],
    half: &HalfView,
    known: &SettledDay,
) -> Option<Document> {
    let statement = statement_of(names, half.currency, known)?;
    let right = |signed: &Option<corridor::DaySignature>| {
        signed.filter(|signed| statement.is_signed(signed))
    };
    let (ours, theirs) = (right(&known.ours), right(&known.theirs));
    let (keeper, other) = if half.keeper { (ours, theirs) } else { (theirs, ours) };
    Some(statement.document(keeper.as_ref(), other.as_ref()))
}

pub(crate) fn day_of(names: [&str; 2], half: &HalfView, known: &SettledDay) -> SettlementDay {
    let day = &known.day;
    let document = document_of(names, half, known);
    let signed_by = document
        .map_or(Vec::new(), |it| it.signatures.into_iter().map(|signed| signed.cell).collect());
    let differs = match known.answer {
        Some(DayAnswer::Differs(found)) => {
            Some(Differs { field: found.field.word(), computed: found.ours, told: found.theirs })
        }
        _ => None,
    };
    // Said by both is not signed by both until both signatures are right.
    let state = match known.word() {
        "signed" if signed_by.len() < 2 => "agreed",
        word => word,
    };
    let (captured, refunded) = (day.sums.captured, day.sums.refunded);
    let net = i128::from(captured) - i128::from(refunded);
    SettlementDay {
        day: day_name(day.date, day.part),
        number: day.number,
        keeper: names[0].to_owned(),
        state,
        opening: Money::new(day.opening, half.currency),
        moves: day.sums.into(),
        net: i64::try_from(net).unwrap_or(i64::MAX),
        saved: captured.min(refunded).saturating_mul(2),
        closing: Money::new(day.closing, half.currency),
        closed: Text(Moment(day.closed)),
        differs,
        signed_by,
    }
}

/// How a link is settled.
pub(crate) async fn settlement(
    caller: &Caller,
    number: u8,
    before: Option<u32>,
) -> Result<Settled<SettlementView>, Problem> {
    let before = before.unwrap_or(u32::MAX);
    let asked = Query::Settlement { now: caller.site.handle.now(), before, most: DAYS };
    let settled = caller.ask(asked).await?;
    let Answer::Settlement(links) = settled.value.clone() else {
        return Err(Problem::internal());
    };
    match links.into_iter().find(|view| view.link == number) {
        Some(view) => Ok(settled.with(view)),
        None => {
            let problem = Problem::refused(&economy::Refusal::LinkNotFound);
            Err(problem.at(&settled.cell, settled.position))
        }
    }
}

fn side(own: &str, view: &SettlementView, half: &HalfView) -> Side {
    let names = sides(own, view, half);
    Side {
        keeper: names[0].to_owned(),
        balance: Money::new(half.balance, half.currency),
        free: Money::new(half.free, half.currency),
        open: half.running.into(),
        next_close: half.next_close.map(|at| Text(Moment(at))),
        count: half.count,
        days: half.days.iter().map(|known| day_of(names, half, known)).collect(),
    }
}

/// The days of a link, the newest first
#[utoipa::path(
    get, path = "/v1/links/{link}/days", tag = "operator",
    params(DaysQuery, ("link" = u8, Path, description = "The link's number")),
    responses(
        (status = 200, body = Days),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn days(
    caller: Caller,
    PathId(number): PathId<u8>,
    QueryOf(query): QueryOf<DaysQuery>,
) -> Result<Told<Days>, Problem> {
    let settled = settlement(&caller, number, query.before).await?;
    let own = caller.cell().to_owned();
    Ok(Told::ok(settled.map(|view| Days {
        link: view.link,
        cell: view.name.clone(),
        sides: view.halves.iter().map(|half| side(&own, &view, half)).collect(),
        netted: netted(&own, &view),
    })))
}

/// The date and the part of a day as it is asked for.
pub(crate) fn day_named(text: &str) -> Option<(u32, u8)> {
    let (date, part) = match text.get(10..) {
        None | Some("") => (text, 1),
        Some(rest) => (text.get(..10)?, rest.strip_prefix('-')?.parse().ok()?),
    };
    Some((date.parse::<Date>().ok()?.0, part))
}

/// Looks for a day among those of a link, also below the newest.
pub(crate) async fn found(
    caller: &Caller,
    number: u8,
    name: &str,
) -> Result<Settled<(SettlementView, u32, u8)>, Problem> {
    let unknown = || Problem::refused(&economy::Refusal::Pay(pay::Refusal::DayNotFound));
    let (date, part) = day_named(name).ok_or_else(unknown)?;
    let mut before = None;
    loop {
        let settled = settlement(caller, number, before).await?;
        let view = settled.value.clone();
        let days = || view.halves.iter().flat_map(|half| &half.days);
        if days().any(|known| (known.day.date, known.day.part) == (date, part)) {
            return Ok(settled.with((view, date, part)));
        }
        let oldest = days().map(|known| known.day.number).min().filter(|oldest| *oldest > 1);
        let Some(oldest) = oldest else {
            return Err(unknown().at(&settled.cell, settled.position));
        };
        before = Some(oldest);
    }
}

/// A day of a link with its statements
#[utoipa::path(
    get, path = "/v1/links/{link}/days/{day}", tag = "operator",
    params(
        ("link" = u8, Path, description = "The link's number"),
        ("day" = String, Path, description = "The date, as `2026-11-02`; a later part as `2026-11-02-2`"),
    ),
    responses(
        (status = 200, body = DayTold),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn day(
    caller: Caller,
    PathIds(number, name): PathIds<u8, String>,
) -> Result<Told<DayTold>, Problem> {
    let settled = found(&caller, number, &name).await?;
    let own = caller.cell().to_owned();
    Ok(Told::ok(settled.map(|(view, date, part)| {
        let statements = view.halves.iter().flat_map(|half| {
            let names = sides(&own, &view, half);
            let days = half.days.iter();
            let days = days.filter(move |it| (it.day.date, it.day.part) == (date, part));
            days.map(move |known| StatementOf {
                day: day_of(names, half, known),
                statement: document_of(names, half, known),
            })
        });
        DayTold { day: name, statements: statements.collect() }
    })))
}

/// Closes the day of a nostro before its time
///
/// What comes later stands in the next part of the same date.
#[utoipa::path(
    post, path = "/v1/links/{link}/days", tag = "operator", request_body = NewClosing,
    params(Once, ("link" = u8, Path, description = "The link's number")),
    responses(
        (status = 201, body = SettlementDay),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn close_day(
    caller: Caller,
    PathId(number): PathId<u8>,
    asked: Posted<NewClosing>,
) -> Result<Told<SettlementDay>, Problem> {
    let command = CloseDay { link: number, day: asked.body.number };
    let settled = caller.pay(asked.fingerprint, command).await?;
    let pay::Reply::Day(known) = settled.value.clone() else { return Err(Problem::internal()) };
    let view = settlement(&caller, number, None).await?.value;
    let half = view.halves.iter().find(|half| half.keeper).ok_or_else(Problem::internal)?;
    let own = caller.cell().to_owned();
    let told = day_of(sides(&own, &view, half), half, &known.known);
    Ok(Told::created(settled.with(told)))
}

/// Sets from a moment on how a link is settled
///
/// What the link never had holds at once; a change waits for a second person.
#[utoipa::path(
    post, path = "/v1/links/{link}/settlement-terms", tag = "operator",
    request_body = NewSettlementTerms,
    params(Once, ("link" = u8, Path, description = "The link's number")),
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_settlement_terms(
    caller: Caller,
    PathId(number): PathId<u8>,
    asked: Posted<NewSettlementTerms>,
) -> Result<Told<Set>, Problem> {
    let body = asked.body;
    let terms = SettlementTerms {
        link: number,
        closing: body
            .closing
            .map(|it| pay::Closing { minute: it.minute, utc_offset_min: it.utc_offset_min }),
        supply: body.supply.map(Supply::from),
        source: body.source,
    };
    let change = SettlementTermsSet { from: from(body.from), terms };
    propose(&caller, asked.fingerprint, change, body.note).await
}
