//! How long people stay signed in, and from how much on they sign what they do.

use std::collections::BTreeMap;

use economy::people::AccessRules;
use economy::people::command::SetAccessRules;
use economy::{Answer, Command, Query};
use kernel::Currency;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::values::{Moment, Text};
use crate::authorize::Caller;
use crate::cells::now;
use crate::http::asked::Once;
use crate::http::objects::distinct;
use crate::http::{Posted, Told};
use crate::problem::Problem;

/// Access rules from a moment on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccessRules {
    /// From when they hold; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// How long a member of a staff stays signed in at most, in minutes: a shift.
    #[schema(example = 720)]
    staff_session_min: u32,
    /// How long who acts for themselves stays signed in at most, in minutes.
    #[schema(example = 576_000)]
    own_session_min: u32,
    /// Unused for so many minutes, a session does nothing that moves money or rights.
    #[schema(example = 15)]
    idle_min: u32,
    /// From how many minor units on, by currency, a person signs with a passkey what a page is to do.
    #[schema(value_type = BTreeMap<String, u64>, example = json!({"JPY": 30000}))]
    #[serde(deserialize_with = "distinct")]
    sign_from: BTreeMap<String, u64>,
}

/// The access rules in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessRulesView {
    /// How long a member of a staff stays signed in at most, in minutes.
    pub staff_session_min: u32,
    /// How long who acts for themselves stays signed in at most, in minutes.
    pub own_session_min: u32,
    /// Unused for so many minutes, a session does nothing that moves money or rights.
    pub idle_min: u32,
    /// From how many minor units on a person signs, by currency.
    pub sign_from: BTreeMap<&'static str, u64>,
}

fn view(rules: &AccessRules) -> AccessRulesView {
    let bounds = rules.sign_from.iter().map(|(currency, from)| (currency.code(), *from));
    AccessRulesView {
        staff_session_min: rules.staff_session_min,
        own_session_min: rules.own_session_min,
        idle_min: rules.idle_min,
        sign_from: bounds.collect(),
    }
}

/// The access rules that are in force
#[utoipa::path(
    get, path = "/v1/access-rules", tag = "people",
    responses(
        (status = 200, body = AccessRulesView),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn access_rules(caller: Caller) -> Result<Told<AccessRulesView>, Problem> {
    let settled = caller.ask(Query::People).await?;
    let Answer::People(people) = &settled.value else { return Err(Problem::internal()) };
    let rules = view(&people.rules(caller.site.handle.now()));
    Ok(Told::ok(settled.with(rules)))
}

/// Sets the access rules from a moment on
#[utoipa::path(
    post, path = "/v1/access-rules", tag = "people", params(Once), request_body = NewAccessRules,
    responses(
        (status = 201, body = AccessRulesView),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_access_rules(
    caller: Caller,
    asked: Posted<NewAccessRules>,
) -> Result<Told<AccessRulesView>, Problem> {
    let NewAccessRules { from, staff_session_min, own_session_min, idle_min, sign_from } =
        asked.body;
    let bounds = sign_from.into_iter().map(|(code, from)| {
        let currency: Currency = code
            .parse()
            .map_err(|why| Problem::new("field_invalid", format!("sign_from: {code} is {why}.")))?;
        Ok((currency, from))
    });
    let sign_from = bounds.collect::<Result<Vec<_>, Problem>>()?;
    let rules = AccessRules { staff_session_min, own_session_min, idle_min, sign_from };
    let from = from.map_or_else(now, |Text(Moment(at))| at);
    let told = view(&rules);
    let command = Command::SetAccessRules(SetAccessRules { from, rules });
    let settled = caller.submit(asked.fingerprint, command).await?;
    caller.site.stream.reached(settled.position).await;
    Ok(Told::created(settled.with(told)))
}
