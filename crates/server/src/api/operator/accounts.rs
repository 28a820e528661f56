//! Accounts of the operator's own, and those that every cell has.

use economy::{Answer, Command, OpenAccount, Query, Reply};
use kernel::id::Account as AccountKind;
use kernel::{Currency, Ref};
use ledger::SideRule;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::values::{Moment, Money, Text};
use crate::authorize::Caller;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::problem::Problem;

/// What must hold between the two sides of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Either side may be the larger.
    #[default]
    Free,
    /// Debits, posted and pending, never exceed posted credits.
    NeverOverdrawn,
    /// Credits, posted and pending, never exceed posted debits.
    NeverOverpaid,
}

impl From<Rule> for SideRule {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::Free => Self::Free,
            Rule::NeverOverdrawn => Self::NeverOverdrawn,
            Rule::NeverOverpaid => Self::NeverOverpaid,
        }
    }
}

impl From<SideRule> for Rule {
    fn from(rule: SideRule) -> Self {
        match rule {
            SideRule::Free => Self::Free,
            SideRule::NeverOverdrawn => Self::NeverOverdrawn,
            SideRule::NeverOverpaid => Self::NeverOverpaid,
        }
    }
}

/// Asks for an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// In what; the cell must keep a book in it.
    #[schema(value_type = String, example = "JPY")]
    currency: Text<Currency>,
    /// What must hold between its sides; `free` when left out.
    #[serde(default)]
    rule: Rule,
}

/// An account that was opened.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenedAccount {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Ref<AccountKind>>,
    /// Its number in the cell, as the fixed layout of transfers names it.
    pub number: u32,
}

/// An account of the book.
#[derive(Debug, Serialize, ToSchema)]
pub struct Account {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Ref<AccountKind>>,
    /// Its number in the cell, as the fixed layout of transfers names it.
    pub number: u32,
    /// `plain`, `wallet`, `merchant`, `fee`, `bank`, `payout`, `suspense`, `fx`, `spread`,
    /// `nostro_mirror` or `nostro`.
    #[schema(example = "plain")]
    pub kind: &'static str,
    /// What must hold between its sides.
    pub rule: Rule,
    /// Taken, posted.
    pub debits_posted: Money,
    /// Given, posted.
    pub credits_posted: Money,
    /// What holds will take.
    pub debits_pending: Money,
    /// What holds will give.
    pub credits_pending: Money,
    /// When it was opened.
    #[schema(value_type = String)]
    pub opened: Text<Moment>,
}

/// The cell's own accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Books {
    /// Fees, bank, payout, suspense, exchange and spread of each currency, then the prefunds.
    pub accounts: Vec<Account>,
}

fn shown(reference: Ref<AccountKind>, account: &ledger::Account) -> Account {
    let money = |amount| Money::new(amount, account.currency);
    Account {
        id: Text(reference),
        number: reference.number,
        kind: account.kind.word(),
        rule: account.rule.into(),
        debits_posted: money(account.debits_posted),
        credits_posted: money(account.credits_posted),
        debits_pending: money(account.debits_pending),
        credits_pending: money(account.credits_pending),
        opened: Text(Moment(account.opened)),
    }
}

/// Opens an account for the operator's own purposes
#[utoipa::path(
    post, path = "/v1/accounts", tag = "operator", params(Once), request_body = NewAccount,
    responses(
        (status = 201, body = OpenedAccount),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn open_account(
    caller: Caller,
    asked: Posted<NewAccount>,
) -> Result<Told<OpenedAccount>, Problem> {
    let NewAccount { currency: Text(currency), rule } = asked.body;
    let command = OpenAccount { id: caller.site.fresh(), currency, rule: rule.into() };
    let settled = caller.submit(asked.fingerprint, Command::OpenAccount(command)).await?;
    let Reply::Account(account) = settled.value else { return Err(Problem::internal()) };
    let opened = OpenedAccount { id: Text(account), number: account.number };
    Ok(Told::created(settled.with(opened)))
}

/// An account of the book
#[utoipa::path(
    get, path = "/v1/accounts/{account}", tag = "operator",
    params(("account" = String, Path, description = "The account's id")),
    responses(
        (status = 200, body = Account),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn account(
    caller: Caller,
    PathId(account): PathId<Ref<AccountKind>>,
) -> Result<Told<Account>, Problem> {
    if account.cell != caller.site.handle.info().number {
        return Err(Problem::refused(&economy::Refusal::AccountNotFound));
    }
    let settled = caller.ask(Query::Account(account)).await?;
    let Answer::Account(found) = settled.value.clone() else { return Err(Problem::internal()) };
    Ok(Told::ok(settled.with(shown(account, &found))))
}

/// The accounts that the cell has of its own
#[utoipa::path(
    get, path = "/v1/books", tag = "operator",
    responses(
        (status = 200, body = Books),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn books(caller: Caller) -> Result<Told<Books>, Problem> {
    let settled = caller.ask(Query::Books).await?;
    let Answer::Books(own) = settled.value.clone() else { return Err(Problem::internal()) };
    let accounts = own.iter().map(|own| shown(own.reference, &own.account)).collect();
    Ok(Told::ok(settled.with(Books { accounts })))
}
