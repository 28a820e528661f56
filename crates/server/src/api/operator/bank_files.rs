//! Files by which the operator's bank pays merchants: while they build, made, sent, withdrawn.

use axum::extract::State;
use axum::response::Response;
use economy::{Answer, Query};
use iso20022::InitiationVersion;
use kernel::id::{BankFile as BankFileKind, Merchant};
use kernel::{Currency, Id, Ref};
use pay::command::{ApproveBankFile, ConfirmBankFileSent, WithdrawBankFile};
use pay::event::PayoutTermsSet;
use pay::{Approval, BankFileView, PayoutTerms};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::proposals::{Set, propose};
use super::terms::from;
use crate::api::paging::{Listed, PageQuery, cursor_text};
use crate::api::values::{Day, Moment, Money, Nothing, Text};
use crate::authorize::Caller;
use crate::bank_files::{
    Asks, Desk, LeftOut, Made, Why, download, initiation, not_configured, number_of,
};
use crate::edge::Edge;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, QueryOf, Told};
use crate::outcome::Settled;
use crate::problem::Problem;

/// The most merchants that an answer names one by one.
const NAMED: usize = 1_000;

/// When merchants of a currency are paid out, from how much on, and at what cost to them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayoutTerms {
    /// From when they hold; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// Of which merchants.
    #[schema(value_type = String, example = "JPY")]
    currency: Text<Currency>,
    /// What is less waits for the next file, in minor units.
    #[schema(example = 1000)]
    minimum: u64,
    /// From the merchant, for a transfer inside the bank that pays.
    #[schema(example = 0)]
    fee_same_bank: u64,
    /// From the merchant, for a transfer to another bank.
    #[schema(example = 220)]
    fee_other_bank: u64,
    /// When tonight's file is made: this minute of the cell's day; 1,320 is 22:00.
    #[schema(example = 1320)]
    cutoff_min: u16,
    /// Why, for whoever is to approve it; up to 200 characters.
    note: Option<String>,
}

/// Sets from a moment on when merchants are paid out, and at what cost
///
/// What holds already is changed by two people: it waits until another one approves it.
#[utoipa::path(
    post, path = "/v1/payout-terms", tag = "operator", params(Once),
    request_body = NewPayoutTerms,
    responses(
        (status = 201, body = Set),
        (status = 202, body = Set, description = "It waits for a second person."),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_payout_terms(
    caller: Caller,
    asked: Posted<NewPayoutTerms>,
) -> Result<Told<Set>, Problem> {
    let body = asked.body;
    let terms = PayoutTerms {
        currency: body.currency.0,
        minimum: body.minimum,
        fee_same_bank: body.fee_same_bank,
        fee_other_bank: body.fee_other_bank,
        cutoff_min: body.cutoff_min,
    };
    let change = PayoutTermsSet { from: from(body.from), terms };
    propose(&caller, asked.fingerprint, change, body.note).await
}

/// A file by which a bank pays merchants.
#[derive(Debug, Serialize, ToSchema)]
pub struct BankFile {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Id<BankFileKind>>,
    /// On which day the bank is to pay.
    #[schema(value_type = String, example = "2026-11-02")]
    pub day: Text<Day>,
    /// Which file of that day it is, from 1.
    pub number: u16,
    /// `sealed`, `sent` or `withdrawn`.
    #[schema(example = "sealed")]
    pub state: &'static str,
    /// How many transfers it has.
    pub transfers: u32,
    /// What they pay in all.
    pub total: Money,
    /// What merchants paid for it on top.
    pub fees: Money,
    /// The BLAKE3 hash of its bytes, in hexadecimal digits.
    pub hash: String,
    /// When it was sealed.
    #[schema(value_type = String)]
    pub sealed: Text<Moment>,
    /// When it was confirmed as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub sent: Option<Text<Moment>>,
    /// When it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub withdrawn: Option<Text<Moment>>,
    /// `needed` while it waits for a second person, else when one approved it; absent if it needs
    /// nobody's approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "needed")]
    pub approval: Option<String>,
    /// The bank's line that says it was paid, if one says so for all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// How many of its transfers came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned: Option<u32>,
}

impl From<BankFileView> for BankFile {
    fn from(view: BankFileView) -> Self {
        let money = |amount| Money::new(amount, view.currency);
        let moment = |at| Text(Moment(at));
        Self {
            id: Text(view.file),
            day: Text(Day(view.day)),
            number: view.number,
            state: view.state(),
            transfers: view.count,
            total: money(view.total),
            fees: money(view.fees),
            hash: view.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            sealed: moment(view.sealed),
            sent: view.sent.map(moment),
            withdrawn: view.withdrawn.map(moment),
            approval: view.approval.map(|approval| match approval {
                Approval::Needed => "needed".to_owned(),
                Approval::Given(at, _) => Moment(at).to_string(),
            }),
            line: view.bank.and_then(|said| said.line),
            returned: view.bank.map(|said| said.returned).filter(|count| *count > 0),
        }
    }
}

/// A merchant that has something and is not paid.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotPaid {
    /// Which.
    #[schema(value_type = String)]
    pub merchant: Text<Ref<Merchant>>,
    /// Its public name.
    pub name: String,
    /// What it has.
    pub available: Money,
    /// `below_minimum`, `above_most`, `no_bank_account`, `bank_account_unfit`, or the code by which
    /// the cell would refuse it.
    #[schema(example = "no_bank_account")]
    pub reason: &'static str,
    /// What is wrong with its bank account and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl NotPaid {
    fn of(left: LeftOut, currency: Currency) -> Self {
        Self {
            merchant: Text(left.merchant),
            name: left.name,
            available: Money::new(left.available, currency),
            reason: left.why.word(),
            detail: detail(&left.why),
        }
    }
}

pub(crate) fn detail(why: &Why) -> Option<String> {
    match why {
        Why::AccountUnfit(why) => Some(why.to_string()),
        _ => None,
    }
}

/// One merchant of tonight's file.
#[derive(Debug, Serialize, ToSchema)]
pub struct Paid {
    /// Which.
    #[schema(value_type = String)]
    pub merchant: Text<Ref<Merchant>>,
    /// Its public name.
    pub name: String,
    /// What reaches its bank.
    pub amount: Money,
    /// The fee on top.
    pub fee: Money,
    /// The bank's code.
    #[schema(example = "2476")]
    pub bank: String,
    /// The branch's code.
    #[schema(example = "001")]
    pub branch: String,
    /// The last digits of the account's number.
    #[schema(example = "4174")]
    pub ending: String,
}

/// Tonight's file while it builds.
#[derive(Debug, Serialize, ToSchema)]
pub struct TonightsFile {
    /// When it closes.
    #[schema(value_type = String)]
    pub closes: Text<Moment>,
    /// On which day the bank pays.
    #[schema(value_type = String, example = "2026-11-02")]
    pub day: Text<Day>,
    /// How many merchants are paid.
    pub transfers: usize,
    /// What they are paid in all.
    pub total: Money,
    /// What they pay on top.
    pub fees: Money,
    /// Who is paid: the first 1,000 of them.
    pub paid: Vec<Paid>,
    /// How many have something and are not paid.
    pub left_out: usize,
    /// Who: the first 1,000 of them.
    pub not_paid: Vec<NotPaid>,
}

fn desk<'a>(edge: &'a Edge, caller: &Caller) -> Result<&'a Desk, Problem> {
    edge.desk(caller.cell()).map(AsRef::as_ref).ok_or_else(not_configured)
}

fn told<T>(caller: &Caller, value: T) -> Settled<T> {
    let position = caller.site.handle.feed().head();
    Settled { value, cell: caller.cell().to_owned(), position, repeated: false }
}

/// Tonight's file while it builds
#[utoipa::path(
    get, path = "/v1/bank-files/tonight", tag = "operator",
    responses(
        (status = 200, body = TonightsFile),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn tonight(
    State(edge): State<Edge>,
    caller: Caller,
) -> Result<Told<TonightsFile>, Problem> {
    let desk = desk(&edge, &caller)?;
    let tonight = desk.tonight().await?;
    let money = |amount| Money::new(amount, desk.currency());
    let (total, fees) = (money(tonight.total()), money(tonight.fees()));
    let (transfers, left_out) = (tonight.payees.len(), tonight.left.len());
    let paid = tonight.payees.into_iter().take(NAMED).map(|payee| Paid {
        merchant: Text(payee.merchant),
        name: payee.name,
        amount: money(payee.amount),
        fee: money(payee.fee),
        bank: payee.account.bank_code().to_string(),
        branch: payee.account.branch_code().to_string(),
        ending: payee.account.ending(),
    });
    let left = tonight.left.into_iter().take(NAMED);
    let file = TonightsFile {
        closes: Text(Moment(tonight.closes)),
        day: Text(Day(number_of(tonight.day))),
        transfers,
        total,
        fees,
        paid: paid.collect(),
        left_out,
        not_paid: left.map(|left| NotPaid::of(left, desk.currency())).collect(),
    };
    Ok(Told::ok(told(&caller, file)))
}

/// A page of files.
#[derive(Debug, Serialize, ToSchema)]
pub struct BankFiles {
    /// The newest first.
    pub files: Vec<BankFile>,
    /// Where the page stands; it is never stale.
    #[serde(flatten)]
    pub page: Listed,
}

/// Files by which the bank pays merchants
#[utoipa::path(
    get, path = "/v1/bank-files", tag = "operator", params(PageQuery),
    responses(
        (status = 200, body = BankFiles),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn bank_files(
    caller: Caller,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Told<BankFiles>, Problem> {
    let (cursor, most) = query.bounds()?;
    let before = cursor.map_or(u32::MAX, |[entry, _]| u32::try_from(entry).unwrap_or(u32::MAX));
    let settled = caller.ask(Query::BankFiles { before, most }).await?;
    let position = settled.position;
    let Answer::BankFiles { files, next } = settled.value else { return Err(Problem::internal()) };
    let next = next.map(|entry| cursor_text([entry.into(), 0]));
    let files = files.into_iter().map(BankFile::from).collect();
    let page = Listed { next, position, stale: false };
    Ok(page.told(&caller, |page| BankFiles { files, page }))
}

/// One file
#[utoipa::path(
    get, path = "/v1/bank-files/{file}", tag = "operator",
    params(("file" = String, Path, description = "The file's id")),
    responses(
        (status = 200, body = BankFile),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn bank_file(
    caller: Caller,
    PathId(file): PathId<Id<BankFileKind>>,
) -> Result<Told<BankFile>, Problem> {
    let settled = caller.ask(Query::BankFile(file)).await?;
    let Answer::BankFile(known) = settled.value.clone() else { return Err(Problem::internal()) };
    Ok(Told::ok(settled.with(known.0.into())))
}

/// In which form the bank takes a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub enum Form {
    /// 総合振込 of Zengin.
    #[default]
    #[serde(rename = "zengin")]
    Zengin,
    /// pain.001.001.03 of ISO 20022, as ZEDI takes it.
    #[serde(rename = "pain.001.001.03")]
    Pain03,
    /// pain.001.001.09 of ISO 20022.
    #[serde(rename = "pain.001.001.09")]
    Pain09,
}

/// The query of a file's bytes.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ContentQuery {
    /// `zengin`, `pain.001.001.03` or `pain.001.001.09`.
    #[serde(default)]
    #[param(inline)]
    form: Form,
}

/// The bytes of a file, for the bank
///
/// All forms say the same. A file that waits for a second person's approval is not given out.
#[utoipa::path(
    get, path = "/v1/bank-files/{file}/content", tag = "operator",
    params(ContentQuery, ("file" = String, Path, description = "The file's id")),
    responses(
        (status = 200, body = String, content_type = "application/octet-stream"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn content(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(file): PathId<Id<BankFileKind>>,
    QueryOf(query): QueryOf<ContentQuery>,
) -> Result<Response, Problem> {
    let (view, bytes) = desk(&edge, &caller)?.content(file).await?;
    match query.form {
        Form::Zengin => Ok(download(&view, bytes)),
        Form::Pain03 => initiation(&view, &bytes, InitiationVersion::V03),
        Form::Pain09 => initiation(&view, &bytes, InitiationVersion::V09),
    }
}

/// A second person says that a file may go to the bank
#[utoipa::path(
    post, path = "/v1/bank-files/{file}/approve", tag = "operator",
    params(Once, ("file" = String, Path, description = "The file's id")), request_body = Nothing,
    responses(
        (status = 200, body = BankFile),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn approve(
    caller: Caller,
    PathId(file): PathId<Id<BankFileKind>>,
    asked: Posted<Nothing>,
) -> Result<Told<BankFile>, Problem> {
    let settled = caller.pay(asked.fingerprint, ApproveBankFile { file }).await?;
    let pay::Reply::BankFile(view) = settled.value.clone() else { return Err(Problem::internal()) };
    Ok(Told::ok(settled.with((*view).into())))
}

/// What was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeNow {
    /// The files. A request that is repeated gives those that it made, as they were then.
    pub files: Vec<BankFile>,
    /// How many merchants have something and were not paid; absent when the request is repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<usize>,
    /// Who: the first 1,000 of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_paid: Option<Vec<NotPaid>>,
}

/// Makes the file now
///
/// What was paid out by an earlier file is not there any more: made twice, nothing is paid twice.
/// When there is nothing to pay, that is said (`nothing_to_pay`) and no file is made.
#[utoipa::path(
    post, path = "/v1/bank-files", tag = "operator", params(Once), request_body = Nothing,
    responses(
        (status = 201, body = MadeNow),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn make(
    State(edge): State<Edge>,
    caller: Caller,
    asked: Posted<Nothing>,
) -> Result<Told<MadeNow>, Problem> {
    let desk = desk(&edge, &caller)?;
    let asks = Asks { actor: caller.actor, fingerprint: Some(asked.fingerprint) };
    let Made { files, left, repeated, .. } = desk.make(asks).await?.or_nothing()?;
    let left_out = (!repeated).then_some(left.len());
    let not_paid = left.into_iter().take(NAMED).map(|left| NotPaid::of(left, desk.currency()));
    let made = MadeNow {
        files: files.into_iter().map(BankFile::from).collect(),
        left_out,
        not_paid: (!repeated).then(|| not_paid.collect()),
    };
    Ok(Told::created(Settled { repeated, ..told(&caller, made) }))
}

/// Says that the bank has a file
#[utoipa::path(
    post, path = "/v1/bank-files/{file}/sent", tag = "operator",
    params(Once, ("file" = String, Path, description = "The file's id")), request_body = Nothing,
    responses(
        (status = 200, body = BankFile),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn sent(
    caller: Caller,
    PathId(file): PathId<Id<BankFileKind>>,
    asked: Posted<Nothing>,
) -> Result<Told<BankFile>, Problem> {
    let settled = caller.pay(asked.fingerprint, ConfirmBankFileSent { file }).await?;
    let pay::Reply::BankFile(view) = settled.value.clone() else { return Err(Problem::internal()) };
    Ok(Told::ok(settled.with((*view).into())))
}

/// Why a file is withdrawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Up to 120 characters.
    #[schema(example = "the bank was closed")]
    reason: String,
}

/// Gives all that a file took back to its merchants, fees too
#[utoipa::path(
    post, path = "/v1/bank-files/{file}/withdraw", tag = "operator",
    params(Once, ("file" = String, Path, description = "The file's id")),
    request_body = Withdrawal,
    responses(
        (status = 200, body = BankFile),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn withdraw(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(file): PathId<Id<BankFileKind>>,
    asked: Posted<Withdrawal>,
) -> Result<Told<BankFile>, Problem> {
    let reason = asked.body.reason;
    let settled = caller.pay(asked.fingerprint, WithdrawBankFile { file, reason }).await?;
    let pay::Reply::BankFile(view) = settled.value.clone() else { return Err(Problem::internal()) };
    if let Some(desk) = edge.desk(caller.cell()) {
        desk.put_away(&view).await;
    }
    Ok(Told::ok(settled.with((*view).into())))
}
