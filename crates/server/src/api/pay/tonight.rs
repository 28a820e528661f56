//! Tonight's bank file as one merchant sees it.

use axum::extract::State;
use kernel::Ref;
use kernel::id::Merchant;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::operator::bank_files::detail;
use crate::api::values::{Day, Moment, Money, Text};
use crate::authorize::Caller;
use crate::bank_files::{Panel, number_of, panel};
use crate::edge::Edge;
use crate::http::{PathId, Told};
use crate::outcome::Settled;
use crate::payee::{BankAccount, Kind};
use crate::problem::Problem;

/// A bank account, masked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MaskedAccount {
    /// The bank's code.
    #[schema(example = "2476")]
    pub bank: String,
    /// The bank's name.
    #[schema(example = "飛騨信組")]
    pub bank_name: String,
    /// The branch's code.
    #[schema(example = "001")]
    pub branch: String,
    /// The branch's name.
    pub branch_name: String,
    /// Its kind.
    pub kind: Kind,
    /// The last digits of its number.
    #[schema(example = "4174")]
    pub ending: String,
}

impl From<&BankAccount> for MaskedAccount {
    fn from(account: &BankAccount) -> Self {
        Self {
            bank: account.bank_code().to_string(),
            bank_name: account.bank().name.clone(),
            branch: account.branch_code().to_string(),
            branch_name: account.branch().name.clone(),
            kind: account.kind(),
            ending: account.ending(),
        }
    }
}

/// Sold since the last file.
#[derive(Debug, Serialize, ToSchema)]
pub struct SoldSoFar {
    /// Payments captured.
    pub payments: u64,
    /// What was captured.
    pub captured: Money,
    /// Given back, also of payments from before that file.
    pub refunded: Money,
    /// Fees of what was captured.
    pub fees: Money,
    /// Fees that came back with what was given back.
    pub fees_back: Money,
    /// What others' sales brought less what others got of its own, in minor units.
    pub shares: i64,
    /// What was there or came beside it, in minor units: left over from before, of a file that was
    /// withdrawn, moved by hand; below zero when that took something. `captured - refunded - fees +
    /// fees_back + shares + carried_over` is `available`.
    pub carried_over: i64,
}

/// Tonight's bank file for one merchant.
#[derive(Debug, Serialize, ToSchema)]
pub struct MerchantTonight {
    /// What it has.
    pub available: Money,
    /// What goes out tonight; zero if nothing does.
    pub goes_out: Money,
    /// What the transfer costs.
    pub fee: Money,
    /// Why nothing goes out: `below_minimum`, `above_most`, `no_bank_account`,
    /// `bank_account_unfit`, or the code by which the cell would refuse it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<&'static str>,
    /// What is wrong with the bank account and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When the file closes.
    #[schema(value_type = String)]
    pub closes: Text<Moment>,
    /// On which day the bank pays.
    #[schema(value_type = String, example = "2026-11-02")]
    pub day: Text<Day>,
    /// Sold since its last file; absent while the lists are not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sold: Option<SoldSoFar>,
    /// Where the money goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<MaskedAccount>,
}

impl From<Panel> for MerchantTonight {
    fn from(panel: Panel) -> Self {
        let money = |amount| Money::new(amount, panel.currency);
        Self {
            available: money(panel.available),
            goes_out: money(*panel.out.as_ref().unwrap_or(&0)),
            fee: money(panel.fee),
            waits: panel.out.as_ref().err().map(|why| why.word()),
            detail: panel.out.as_ref().err().and_then(detail),
            closes: Text(Moment(panel.closes)),
            day: Text(Day(number_of(panel.day))),
            sold: panel.sold.map(|sold| SoldSoFar {
                payments: sold.payments,
                captured: money(sold.captured),
                refunded: money(sold.refunded),
                fees: money(sold.fees),
                fees_back: money(sold.fees_back),
                shares: sold.shares,
                carried_over: i64::try_from(sold.carried_over()).unwrap_or(i64::MAX),
            }),
            account: panel.account.as_ref().map(MaskedAccount::from),
        }
    }
}

/// What goes out tonight to a merchant's bank
#[utoipa::path(
    get, path = "/v1/merchants/{merchant}/tonight", tag = "pay",
    params(("merchant" = String, Path, description = "The merchant's id")),
    responses(
        (status = 200, body = MerchantTonight),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn merchant_tonight(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(merchant): PathId<Ref<Merchant>>,
) -> Result<Told<MerchantTonight>, Problem> {
    let panel = panel(&edge, &caller.site, caller.actor, merchant).await?;
    let position = caller.site.handle.feed().head();
    let cell = caller.cell().to_owned();
    Ok(Told::ok(Settled { value: panel.into(), cell, position, repeated: false }))
}
