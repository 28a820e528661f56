//! What is taken of sales: fees of some of them, and with whom a merchant shares.

use kernel::Ref;
use kernel::id::Merchant;
use pay::command::{SetFeeRule, SetSplit};
use pay::costs::{FeeRate, ShareKind, Via};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::connectors;
use super::proposals::{Set, told};
use super::terms::from;
use crate::api::values::{Moment, Text, Trade};
use crate::authorize::Caller;
use crate::cells::fresh;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::problem::Problem;

/// The way a sale is paid.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PaidVia {
    /// From a wallet of the same cell.
    Here,
    /// Over the link of this number; see `GET /v1/links`.
    Link(u8),
    /// By another company's wallet, through the connector of this name; see `GET /v1/connectors`.
    Connector(String),
}

impl PaidVia {
    async fn way(self, caller: &Caller) -> Result<Via, Problem> {
        Ok(match self {
            Self::Here => Via::Here,
            Self::Link(number) => Via::Link(number),
            Self::Connector(name) => Via::Connector(connectors::number(caller, &name).await?),
        })
    }
}

/// A fee.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRate {
    /// Of what is captured, in basis points.
    #[schema(example = 160)]
    bps: u32,
    /// Once for each payment, in minor units.
    #[serde(default)]
    fixed: u64,
    /// The most, in minor units; 0 is no bound.
    #[serde(default)]
    most: u64,
}

/// A fee of some sales. Of the rules that fit a sale the narrowest holds: one that names the
/// merchant before one that does not, then one that names the trade, then one that names the way.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFeeRule {
    /// From when; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// Of this merchant only.
    #[schema(value_type = Option<String>)]
    merchant: Option<Text<Ref<Merchant>>>,
    /// Of stores of this trade only.
    #[schema(value_type = Option<String>, example = "lodging")]
    category: Option<Text<Trade>>,
    /// Of what is paid this way only: `"here"`, `{"link": 0}` or `{"connector": "wechat"}`.
    via: Option<PaidVia>,
    /// The fee; left out, the rule ends and the next one that fits holds.
    rate: Option<NewRate>,
    /// The contract it comes from.
    #[schema(example = "contract 2026-118")]
    source: String,
    /// Why, for the second person; up to 200 characters.
    #[serde(default)]
    note: String,
}

/// Sets the fee of some sales
///
/// Once the cell has a store it waits for a second person: `POST /v1/proposals/{proposal}/approve`.
#[utoipa::path(
    post, path = "/v1/fee-rules", tag = "operator", params(Once), request_body = NewFeeRule,
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_fee_rule(caller: Caller, asked: Posted<NewFeeRule>) -> Result<Told<Set>, Problem> {
    let NewFeeRule { from: at, merchant, category, via, rate, source, note } = asked.body;
    let via = match via {
        Some(via) => Some(via.way(&caller).await?),
        None => None,
    };
    let command = SetFeeRule {
        id: fresh(),
        from: from(at),
        merchant: merchant.map(|Text(merchant)| merchant),
        category: category.map(|Text(Trade(category))| category),
        via,
        rate: rate.map(|NewRate { bps, fixed, most }| FeeRate { bps, fixed, most }),
        source,
        note,
    };
    told(&caller, caller.pay(asked.fingerprint, command).await?).await
}

/// What a share is for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShareFor {
    /// The platform that brought the sale about.
    Platform,
    /// A partner with whom the merchant sells.
    Partner,
    /// A tax that is set aside.
    Tax,
}

impl From<ShareFor> for ShareKind {
    fn from(what: ShareFor) -> Self {
        match what {
            ShareFor::Platform => Self::Platform,
            ShareFor::Partner => Self::Partner,
            ShareFor::Tax => Self::Tax,
        }
    }
}

impl From<ShareKind> for ShareFor {
    fn from(kind: ShareKind) -> Self {
        match kind {
            ShareKind::Platform => Self::Platform,
            ShareKind::Partner => Self::Partner,
            ShareKind::Tax => Self::Tax,
        }
    }
}

/// Another's share of each sale.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShare {
    /// Who gets it: another merchant of the same currency.
    #[schema(value_type = String)]
    merchant: Text<Ref<Merchant>>,
    /// What for.
    kind: ShareFor,
    /// How much of what is captured, in basis points, rounded down.
    #[schema(example = 300)]
    bps: u32,
}

/// With whom a merchant shares what it sells.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSplit {
    /// From when; now when left out. A payment goes by what held when its first part was captured.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// At most four, in the order in which they are taken; none ends the sharing.
    shares: Vec<NewShare>,
    /// The contract it comes from.
    source: String,
    /// Why, for the second person; up to 200 characters.
    #[serde(default)]
    note: String,
}

/// Sets with whom a merchant shares what it sells
///
/// Each share is posted with the capture and comes back in proportion with each refund. It waits
/// for a second person: `POST /v1/proposals/{proposal}/approve`.
#[utoipa::path(
    post, path = "/v1/merchants/{merchant}/split", tag = "operator",
    params(Once, ("merchant" = String, Path, description = "The merchant's id")),
    request_body = NewSplit,
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_split(
    caller: Caller,
    PathId(merchant): PathId<Ref<Merchant>>,
    asked: Posted<NewSplit>,
) -> Result<Told<Set>, Problem> {
    let NewSplit { from: at, shares, source, note } = asked.body;
    let shares = shares.into_iter();
    let shares = shares.map(|share| (share.merchant.0, share.kind.into(), share.bps)).collect();
    let command = SetSplit { id: fresh(), from: from(at), merchant, shares, source, note };
    told(&caller, caller.pay(asked.fingerprint, command).await?).await
}
