//! Rates, fees, limits and rules: dated data, each with its source.

use std::collections::BTreeMap;

use kernel::{Currency, Decimal, Timestamp};
use pay::command::PublishRates;
use pay::event::{FeesSet, LimitsSet, RateTermsSet, RulesSet};
use pay::{Category, Fees, Limits, RateTerms, Rules};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::operator::proposals::{Set, propose, told};
use crate::api::values::{Day, Moment, Text};
use crate::authorize::Caller;
use crate::cells::{fresh, now};
use crate::http::asked::Once;
use crate::http::objects::distinct;
use crate::http::{Posted, Told};
use crate::problem::Problem;

pub(crate) fn from(moment: Option<Text<Moment>>) -> Timestamp {
    moment.map_or_else(now, |Text(Moment(at))| at)
}

/// Reference rates of one day.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRates {
    /// The day they are of.
    #[schema(value_type = String, example = "2026-10-30")]
    date: Text<Day>,
    /// Who published them, up to 80 characters.
    #[schema(example = "ECB")]
    source: String,
    /// Units of each currency for one unit of the base, as published.
    #[schema(value_type = BTreeMap<String, String>)]
    #[serde(deserialize_with = "distinct")]
    rates: BTreeMap<String, Text<Decimal>>,
}

/// Puts reference rates in force
///
/// Rates that moved further than the cell's terms allow wait for a second person; meanwhile those
/// of before are quoted, for as long as the terms say.
#[utoipa::path(
    post, path = "/v1/rates", tag = "operator", params(Once), request_body = NewRates,
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn publish_rates(caller: Caller, asked: Posted<NewRates>) -> Result<Told<Set>, Problem> {
    let NewRates { date: Text(Day(date)), source, rates } = asked.body;
    let rates = rates.into_iter().map(|(code, Text(rate))| {
        let currency: Currency =
            code.parse().map_err(|error| in_field(format!("/rates/{code}"), &error))?;
        Ok((currency, rate))
    });
    let rates = rates.collect::<Result<_, Problem>>()?;
    let command = PublishRates { id: fresh(), date, source, rates };
    let settled = caller.pay(asked.fingerprint, command).await?;
    told(&caller, settled).await
}

fn in_field(pointer: String, error: &impl std::fmt::Display) -> Problem {
    Problem::new("field_invalid", format!("{pointer}: {error}."))
        .in_field(pointer, error.to_string())
}

/// What a payment costs, in basis points.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFees {
    /// From when; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// Above the mid rate, from the payer.
    #[schema(example = 50)]
    spread_bps: u32,
    /// On the converted amount, from the payer.
    #[serde(default)]
    payer_bps: u32,
    /// On what is captured, from the merchant.
    #[schema(example = 160)]
    merchant_bps: u32,
    /// Other merchant fees for some trades.
    #[serde(default, deserialize_with = "distinct")]
    by_category: BTreeMap<String, u32>,
    /// Why, for whoever is to approve it; up to 200 characters.
    note: Option<String>,
}

/// Sets fees
///
/// What holds already is changed by two people: it waits until another one approves it.
#[utoipa::path(
    post, path = "/v1/fees", tag = "operator", params(Once), request_body = NewFees,
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_fees(caller: Caller, asked: Posted<NewFees>) -> Result<Told<Set>, Problem> {
    let body = asked.body;
    let by_category = body.by_category.into_iter().map(|(word, bps)| {
        let category = Category::from_word(&word)
            .ok_or_else(|| in_field(format!("/by_category/{word}"), &"not a trade"))?;
        Ok((category, bps))
    });
    let fees = Fees {
        spread_bps: body.spread_bps,
        payer_bps: body.payer_bps,
        merchant_bps: body.merchant_bps,
        by_category: by_category.collect::<Result<_, Problem>>()?,
    };
    let change = FeesSet { from: from(body.from), fees };
    propose(&caller, asked.fingerprint, change, body.note).await
}

/// The most that wallets of a currency may pay; 0 is no limit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLimits {
    /// From when; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// For wallets of this currency.
    #[schema(value_type = String, example = "CNY")]
    currency: Text<Currency>,
    /// In one payment, in minor units.
    #[schema(example = 500_000)]
    per_payment: u64,
    /// In one day of the cell, in minor units.
    #[schema(example = 2_000_000)]
    per_day: u64,
    /// The law or contract they come from.
    source: String,
    /// Why, for whoever is to approve it; up to 200 characters.
    note: Option<String>,
}

/// Sets limits
///
/// What holds already is changed by two people: it waits until another one approves it.
#[utoipa::path(
    post, path = "/v1/limits", tag = "operator", params(Once), request_body = NewLimits,
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_limits(caller: Caller, asked: Posted<NewLimits>) -> Result<Told<Set>, Problem> {
    let body = asked.body;
    let NewLimits { currency: Text(currency), per_payment, per_day, source, .. } = body;
    let limits = Limits { currency, per_payment, per_day, source };
    let change = LimitsSet { from: from(body.from), limits };
    propose(&caller, asked.fingerprint, change, body.note).await
}

/// The cell's lengths of time; what is left out keeps its built-in value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRules {
    /// From when; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// How long a quote is locked: 60 seconds.
    quote_s: Option<u32>,
    /// How long after capture a part may be given back: 180 days.
    refund_days: Option<u32>,
    /// How long what is held may wait for its capture: 30 days.
    capture_days: Option<u32>,
    /// Within which time the same store and amount asks for a second yes: 120 seconds.
    repeat_s: Option<u32>,
    /// The most a payment may be open to be paid: 86,400 seconds.
    request_max_s: Option<u32>,
    /// The cell's day begins this many minutes before that of UTC: 0.
    #[schema(example = 540)]
    utc_offset_min: Option<u32>,
    /// Why, for whoever is to approve it; up to 200 characters.
    note: Option<String>,
}

/// Sets the cell's rules
///
/// What holds already is changed by two people: it waits until another one approves it.
#[utoipa::path(
    post, path = "/v1/rules", tag = "operator", params(Once), request_body = NewRules,
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_rules(caller: Caller, asked: Posted<NewRules>) -> Result<Told<Set>, Problem> {
    let body = asked.body;
    let built_in = Rules::default();
    let rules = Rules {
        quote_s: body.quote_s.unwrap_or(built_in.quote_s),
        refund_days: body.refund_days.unwrap_or(built_in.refund_days),
        capture_days: body.capture_days.unwrap_or(built_in.capture_days),
        repeat_s: body.repeat_s.unwrap_or(built_in.repeat_s),
        request_max_s: body.request_max_s.unwrap_or(built_in.request_max_s),
        utc_offset_min: body.utc_offset_min.unwrap_or(built_in.utc_offset_min),
    };
    let change = RulesSet { from: from(body.from), rules };
    propose(&caller, asked.fingerprint, change, body.note).await
}

/// How far rates are trusted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRateTerms {
    /// From when; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// The most by which the decimal of a currency that the cell keeps a book in may differ from
    /// the one before, in basis points of the smaller; what moves further waits for a second
    /// person.
    #[schema(example = 1_000)]
    max_move_bps: u32,
    /// How long after they were put in force rates are quoted, in seconds; 0 for ever.
    #[schema(example = 604_800)]
    max_age_s: u32,
    /// Who says so.
    source: String,
    /// Why, for whoever is to approve it; up to 200 characters.
    note: Option<String>,
}

/// Sets how far rates are trusted
///
/// What holds already is changed by two people: it waits until another one approves it.
#[utoipa::path(
    post, path = "/v1/rate-terms", tag = "operator", params(Once), request_body = NewRateTerms,
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_rate_terms(
    caller: Caller,
    asked: Posted<NewRateTerms>,
) -> Result<Told<Set>, Problem> {
    let NewRateTerms { from: at, max_move_bps, max_age_s, source, note } = asked.body;
    let terms = RateTerms { max_move_bps, max_age_s, source };
    let change = RateTermsSet { from: from(at), terms };
    propose(&caller, asked.fingerprint, change, note).await
}
