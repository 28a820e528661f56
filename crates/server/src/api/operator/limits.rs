//! Limits, velocity rules and classes of parties: dated data of the operator.

use economy::{Answer, Query};
use kernel::id::Party;
use kernel::{Currency, Ref};
use pay::command::SetClass;
use pay::event::{ClassesSet, LimitRuleSet, VelocityRuleSet};
use pay::terms::{Classes, Counts, Effect, LimitRule, Reach, VelocityRule, Window};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::proposals::{Set, propose};
use super::terms::from;
use crate::api::values::{Moment, Text};
use crate::authorize::Caller;
use crate::cells::now;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::problem::Problem;

/// A limit on what wallets pay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLimitRule {
    /// From when; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// Its name, up to 40 characters; one of the same name takes its place.
    #[schema(example = "cn.cross_border.year")]
    id: String,
    /// For wallets of this currency.
    #[schema(value_type = String, example = "CNY")]
    currency: Text<Currency>,
    /// For parties of these classes; all when left out.
    #[serde(default)]
    classes: Vec<String>,
    /// Which payments it counts: `everywhere`, `inside` the cell or `across` to another.
    #[schema(example = "across")]
    reach: String,
    /// What it is of: one `payment`, a `day`, `month` or `year` of the cell's own calendar, or
    /// `static_day`, a day's payments by printed codes.
    #[schema(example = "year")]
    window: String,
    /// The most, in minor units; 0 ends the limit.
    #[schema(example = 1_500_000)]
    most: u64,
    /// The law or contract it comes from; a payer who is over it is told.
    source: String,
    /// Where in it.
    #[serde(default)]
    section: String,
    /// Why, for whoever is to approve it; up to 200 characters.
    note: Option<String>,
}

/// Sets a limit on what wallets pay
///
/// A cell that has wallets is changed by two people: it waits until another one approves it.
#[utoipa::path(
    post, path = "/v1/limit-rules", tag = "operator", params(Once), request_body = NewLimitRule,
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_limit_rule(
    caller: Caller,
    asked: Posted<NewLimitRule>,
) -> Result<Told<Set>, Problem> {
    let body = asked.body;
    let rule = LimitRule {
        classes: bits(&caller, &body.classes).await?,
        reach: word("/reach", &body.reach, Reach::ALL, Reach::word)?,
        window: word("/window", &body.window, Window::ALL, Window::word)?,
        id: body.id,
        currency: body.currency.0,
        most: body.most,
        source: body.source,
        section: body.section,
    };
    let change = LimitRuleSet { from: from(body.from), rule };
    propose(&caller, asked.fingerprint, change, body.note).await
}

/// How fast wallets may pay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVelocityRule {
    /// From when; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// Its name, up to 40 characters; one of the same name takes its place.
    #[schema(example = "burst")]
    id: String,
    /// For parties of these classes; all when left out.
    #[serde(default)]
    classes: Vec<String>,
    /// What it counts among a wallet's last eight payments: `payments`, the `stores` they went to,
    /// those of the `same` store and amount, or `declines`.
    #[schema(example = "payments")]
    counts: String,
    /// How many there may be, 1 to 7.
    #[schema(example = 5)]
    most: u8,
    /// In how many minutes.
    #[schema(example = 10)]
    minutes: u16,
    /// `refuse`, `review`, or `none` to end the rule.
    #[schema(example = "review")]
    effect: String,
    /// How long a payment waits for the staff, in minutes.
    #[serde(default = "an_hour")]
    wait_min: u32,
    /// For how long a released payment may be made, in minutes.
    #[serde(default = "an_hour")]
    release_min: u32,
    /// Who says so.
    source: String,
    /// Why, for whoever is to approve it; up to 200 characters.
    note: Option<String>,
}

const fn an_hour() -> u32 {
    60
}

/// Sets how fast wallets may pay
///
/// A cell that has wallets is changed by two people: it waits until another one approves it.
#[utoipa::path(
    post, path = "/v1/velocity-rules", tag = "operator", params(Once),
    request_body = NewVelocityRule,
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_velocity_rule(
    caller: Caller,
    asked: Posted<NewVelocityRule>,
) -> Result<Told<Set>, Problem> {
    let body = asked.body;
    let NewVelocityRule { wait_min, release_min, .. } = body;
    let (ends, effect) = match body.effect.as_str() {
        "refuse" => (false, Effect::Refuse),
        "none" => (true, Effect::Refuse),
        "review" => (false, Effect::Review { wait_min, release_min }),
        _ => return Err(unknown("/effect", "refuse, review, none")),
    };
    let rule = VelocityRule {
        classes: if ends { 0 } else { bits(&caller, &body.classes).await? },
        counts: word("/counts", &body.counts, Counts::ALL, Counts::word)?,
        id: body.id,
        most: body.most,
        minutes: body.minutes,
        effect,
        source: body.source,
    };
    let change = VelocityRuleSet { from: from(body.from), rule };
    propose(&caller, asked.fingerprint, change, body.note).await
}

/// The classes that parties are in by what is known of who they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClasses {
    /// From when; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// Their words, lowest first; rules and parties name them by place, so new ones come last.
    classes: Vec<String>,
    /// The class of a party that nobody has put into one.
    #[schema(example = "basic")]
    default: String,
    /// The law or contract they come from.
    source: String,
    /// Why, for whoever is to approve it; up to 200 characters.
    note: Option<String>,
}

/// Sets the classes of parties
///
/// A cell that has wallets is changed by two people: it waits until another one approves it.
#[utoipa::path(
    post, path = "/v1/classes", tag = "operator", params(Once), request_body = NewClasses,
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_classes(caller: Caller, asked: Posted<NewClasses>) -> Result<Told<Set>, Problem> {
    let body = asked.body;
    let mut classes = Classes { words: body.classes, default: 0, source: body.source };
    let default = classes.number(&body.default);
    classes.default = default.ok_or_else(|| unknown("/default", &classes.words.join(", ")))?;
    let change = ClassesSet { from: from(body.from), classes };
    propose(&caller, asked.fingerprint, change, body.note).await
}

/// What a party's class rests on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClass {
    /// The word of the class.
    #[schema(example = "full")]
    class: String,
    /// What it rests on, up to 120 characters; no name and no number of a document.
    #[schema(example = "passport seen at the counter")]
    source: String,
}

/// A party's class.
#[derive(Debug, Serialize, ToSchema)]
pub struct Class {
    /// Its word.
    pub class: String,
}

/// Puts a party into a class, by what is known of who it is
#[utoipa::path(
    post, path = "/v1/parties/{party}/class", tag = "operator", request_body = NewClass,
    params(Once, ("party" = String, Path, description = "The party's id")),
    responses(
        (status = 200, body = Class),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_class(
    caller: Caller,
    PathId(party): PathId<Ref<Party>>,
    asked: Posted<NewClass>,
) -> Result<Told<Class>, Problem> {
    let NewClass { class, source } = asked.body;
    let command = SetClass { party, class: class.clone(), source };
    let settled = caller.pay(asked.fingerprint, command).await?;
    Ok(Told::ok(settled.with(Class { class })))
}

/// The bits of classes by their words; all for none.
async fn bits(caller: &Caller, words: &[String]) -> Result<u16, Problem> {
    if words.is_empty() {
        return Ok(u16::MAX);
    }
    let settled = caller.ask(Query::RulesInForce(now())).await?;
    let Answer::RulesInForce(known) = settled.value else { return Err(Problem::internal()) };
    let classes = known.classes.unwrap_or_default();
    let bits = words.iter().map(|word| {
        let number = classes.number(word);
        number.map(|number| 1_u16 << number)
    });
    let bits: Option<Vec<u16>> = bits.collect();
    let bits = bits.ok_or_else(|| unknown("/classes", &classes.words.join(", ")))?;
    Ok(bits.into_iter().fold(0, |all, bit| all | bit))
}

fn word<T: Copy, const N: usize>(
    field: &str,
    word: &str,
    all: [T; N],
    name: impl Fn(T) -> &'static str,
) -> Result<T, Problem> {
    let known = all.into_iter().find(|one| name(*one) == word);
    known.ok_or_else(|| unknown(field, &all.map(name).join(", ")))
}

fn unknown(field: &str, words: &str) -> Problem {
    let detail = format!("not one of {words}");
    Problem::new("field_invalid", format!("{field}: {detail}.")).in_field(field.to_owned(), detail)
}
