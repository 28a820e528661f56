//! What is left of a wallet's limits.

use economy::{Answer, Query};
use kernel::Ref;
use kernel::id::Wallet as WalletKind;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::values::{Moment, Money, Text};
use crate::authorize::Caller;
use crate::cells::now;
use crate::http::{PathId, Told};
use crate::problem::Problem;

/// A limit of a wallet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Limit {
    /// The name of the rule.
    #[schema(example = "cn.cross_border.year")]
    pub rule: String,
    /// `payment`, `day`, `month`, `year`, or `static_day` for a day's payments by printed codes.
    #[schema(example = "year")]
    pub window: &'static str,
    /// `everywhere`, `inside` the cell or `across` to another.
    #[schema(example = "across")]
    pub reach: &'static str,
    /// The most.
    pub most: Money,
    /// What is left of it; of a limit of one payment, all of it.
    pub left: Money,
    /// When it begins anew, by the cell's own calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub resets_at: Option<Text<Moment>>,
    /// The law or contract it comes from.
    pub source: String,
    /// Where in it.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub section: String,
}

/// What a wallet may pay.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WalletLimits {
    /// The class of its owner, by what is known of who that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "full")]
    pub class: Option<String>,
    /// Its limits, in the order of their names.
    pub limits: Vec<Limit>,
}

/// What is left of a wallet's limits
///
/// What is given back leaves room again in the windows that hold the payment, but for printed
/// codes.
#[utoipa::path(
    get, path = "/v1/wallets/{wallet}/limits", tag = "pay",
    params(("wallet" = String, Path, description = "The wallet's id")),
    responses(
        (status = 200, body = WalletLimits),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn wallet_limits(
    caller: Caller,
    PathId(wallet): PathId<Ref<WalletKind>>,
) -> Result<Told<WalletLimits>, Problem> {
    let settled = caller.ask(Query::WalletLimits(caller.actor, wallet, now())).await?;
    let Answer::WalletLimits(known) = settled.value.clone() else {
        return Err(Problem::internal());
    };
    let limits = known.limits.into_iter().map(|known| Limit {
        window: known.rule.window.word(),
        reach: known.rule.reach.word(),
        most: Money::new(known.rule.most, known.rule.currency),
        left: Money::new(known.left, known.rule.currency),
        resets_at: known.resets.map(|at| Text(Moment(at))),
        rule: known.rule.id,
        source: known.rule.source,
        section: known.rule.section,
    });
    let told = WalletLimits { class: known.class, limits: limits.collect() };
    Ok(Told::ok(settled.with(told)))
}
