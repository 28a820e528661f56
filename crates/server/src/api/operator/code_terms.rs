//! Whose one-time codes are whose, and what is asked of them: as they hold by date, and how they are
//! changed.

use economy::{Answer, Query};
use kernel::Currency;
use pay::codes::{CodeTerms, IssuerRoute};
use pay::event::CodeTermsSet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::proposals::{Person, Set, propose};
use super::terms::from;
use crate::api::values::{Moment, Money, Text};
use crate::authorize::Caller;
use crate::http::asked::Once;
use crate::http::{Posted, Told};
use crate::problem::Problem;

/// Codes that begin and are as long as one issuer's.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuerShown {
    /// Who shows them.
    #[schema(example = "WeChat Pay")]
    pub name: String,
    /// With which digits they begin, from
    #[schema(example = "10")]
    pub first: String,
    /// to.
    #[schema(example = "15")]
    pub last: String,
    /// How many digits they have at least,
    #[schema(example = 18)]
    pub shortest: u8,
    /// and at most.
    #[schema(example = 18)]
    pub longest: u8,
    /// The number of the cell that takes them, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<u16>,
    /// The connector that would take them, where one runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
}

/// Terms of one-time codes, from a moment on.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeTermsShown {
    /// From when.
    #[schema(value_type = String, format = DateTime)]
    pub from: Text<Moment>,
    /// Up to how much a code pays without a further word; above, and in any other currency, the
    /// payer confirms on the phone.
    pub confirm_above: Vec<Money>,
    /// How long a payer is asked, in seconds.
    #[schema(example = 60)]
    pub ask_s: u32,
    /// After so many wrong codes of one phone its codes rest
    #[schema(example = 5)]
    pub wrong_most: u8,
    /// for so many seconds.
    #[schema(example = 600)]
    pub rest_s: u32,
    /// After so many codes that were not valid one merchant is charged with no more of them
    #[schema(example = 30)]
    pub misses_most: u32,
    /// until so many seconds after the first of them.
    #[schema(example = 900)]
    pub misses_s: u32,
    /// Where the bounds come from.
    pub source: String,
    /// Whose codes are whose.
    pub issuers: Vec<IssuerShown>,
    /// Who proposed them; absent for those that the cell began with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Person>,
    /// Who approved them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<Person>,
}

/// Terms of one-time codes by date.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeTermsByDate {
    /// The oldest first; the last that has begun holds.
    pub terms: Vec<CodeTermsShown>,
}

impl From<pay::CodeTermsRow> for CodeTermsShown {
    fn from(row: pay::CodeTermsRow) -> Self {
        let CodeTerms { confirm_above, issuers, source, .. } = row.terms;
        let padded = |number: u32, digits: u8| format!("{number:0width$}", width = digits.into());
        let issuer = |of: pay::codes::Issuer| IssuerShown {
            first: padded(of.first, of.prefix_digits),
            last: padded(of.last, of.prefix_digits),
            shortest: of.shortest,
            longest: of.longest,
            cell: match of.route {
                IssuerRoute::Cell(number) => Some(number),
                IssuerRoute::Connector(_) => None,
            },
            connector: match of.route {
                IssuerRoute::Cell(_) => None,
                IssuerRoute::Connector(name) => Some(name),
            },
            name: of.name,
        };
        let bound = |(currency, minor): (Currency, u64)| Money::new(minor, currency);
        Self {
            from: Text(Moment(row.from)),
            confirm_above: confirm_above.into_iter().map(bound).collect(),
            ask_s: row.terms.ask_s,
            wrong_most: row.terms.wrong_most,
            rest_s: row.terms.rest_s,
            misses_most: row.terms.misses_most,
            misses_s: row.terms.misses_s,
            source,
            issuers: issuers.into_iter().map(issuer).collect(),
            by: row.by.as_ref().map(|by| Person::of(Some(by))),
            approved_by: row.approved_by.as_ref().map(|by| Person::of(Some(by))),
        }
    }
}

async fn by_date(caller: &Caller) -> Result<Vec<pay::CodeTermsRow>, Problem> {
    match caller.ask(Query::CodeTermsByDate).await?.value {
        Answer::CodeTermsByDate(rows) => Ok(rows),
        _ => Err(Problem::internal()),
    }
}

/// The terms of one-time codes by date, and who set them
#[utoipa::path(
    get, path = "/v1/code-terms", tag = "operator",
    responses(
        (status = 200, body = CodeTermsByDate),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn code_terms(caller: Caller) -> Result<Told<CodeTermsByDate>, Problem> {
    let settled = caller.ask(Query::CodeTermsByDate).await?;
    let Answer::CodeTermsByDate(rows) = settled.value.clone() else {
        return Err(Problem::internal());
    };
    let terms = rows.into_iter().map(CodeTermsShown::from).collect();
    Ok(Told::ok(settled.with(CodeTermsByDate { terms })))
}

/// Changes what is asked of one-time codes; what is left out stays as it holds then.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCodeTerms {
    /// From when; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// Up to how much a code pays without a further word, all currencies together.
    confirm_above: Option<Vec<Money>>,
    /// How long a payer is asked, in seconds.
    ask_s: Option<u32>,
    /// After so many wrong codes of one phone its codes rest
    wrong_most: Option<u8>,
    /// for so many seconds.
    rest_s: Option<u32>,
    /// After so many codes that were not valid one merchant is charged with no more of them
    misses_most: Option<u32>,
    /// until so many seconds after the first of them.
    misses_s: Option<u32>,
    /// Where the bounds come from.
    source: String,
    /// Why, for whoever is to approve it; up to 200 characters.
    note: Option<String>,
}

/// Changes what is asked of one-time codes
///
/// It waits for a second person. Whose codes are whose stays as it is.
#[utoipa::path(
    post, path = "/v1/code-terms", tag = "operator", params(Once), request_body = NewCodeTerms,
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_code_terms(
    caller: Caller,
    asked: Posted<NewCodeTerms>,
) -> Result<Told<Set>, Problem> {
    let body = asked.body;
    let from = from(body.from);
    let rows = by_date(&caller).await?;
    let known = rows.into_iter().rev().find(|row| row.from <= from).map(|row| row.terms);
    let refused = || Problem::refused(&economy::Refusal::from(pay::Refusal::CodesNotSet));
    let known = known.ok_or_else(refused)?;
    let bounds = |money: Vec<Money>| money.iter().map(|it| (it.currency.0, it.amount)).collect();
    let terms = CodeTerms {
        confirm_above: body.confirm_above.map_or(known.confirm_above, bounds),
        ask_s: body.ask_s.unwrap_or(known.ask_s),
        wrong_most: body.wrong_most.unwrap_or(known.wrong_most),
        rest_s: body.rest_s.unwrap_or(known.rest_s),
        misses_most: body.misses_most.unwrap_or(known.misses_most),
        misses_s: body.misses_s.unwrap_or(known.misses_s),
        source: body.source,
        issuers: known.issuers,
    };
    propose(&caller, asked.fingerprint, CodeTermsSet { from, terms }, body.note).await
}
