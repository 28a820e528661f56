//! Wallets: opened, looked into, topped up.

use economy::{Answer, Query};
use kernel::id::{Party, Wallet as WalletKind};
use kernel::{Currency, Ref};
use pay::command::{OpenWallet, TopUpWallet};
use serde::Deserialize;
use utoipa::ToSchema;

use super::views::Wallet;
use crate::api::values::{Money, Text};
use crate::authorize::Caller;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::problem::Problem;

/// Asks for a wallet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWallet {
    /// Whose it is; the caller itself when left out.
    #[schema(value_type = Option<String>)]
    party: Option<Text<Ref<Party>>>,
    /// What it holds; the cell must keep a book in it.
    #[schema(value_type = String, example = "CNY")]
    currency: Text<Currency>,
}

/// Money that reached the bank.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BankTransfer {
    /// How much, in the currency of the account it is for.
    amount: Money,
    /// The bank's reference, up to 64 characters; each is booked once.
    #[schema(example = "BOC-20261122-000417")]
    reference: String,
}

impl BankTransfer {
    /// Amount and reference, if the currency is the account's.
    pub(crate) fn in_currency(self, currency: Currency) -> Result<(u64, String), Problem> {
        if self.amount.currency.0 == currency {
            return Ok((self.amount.amount, self.reference));
        }
        let detail = format!("The account is in {currency}, the amount is not.");
        let problem = Problem::new("currency_differs", detail.clone());
        Err(problem.in_field("/amount/currency".to_owned(), detail))
    }
}

/// Opens a wallet
#[utoipa::path(
    post, path = "/v1/wallets", tag = "pay", params(Once), request_body = NewWallet,
    responses(
        (status = 201, body = Wallet),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn open_wallet(
    caller: Caller,
    asked: Posted<NewWallet>,
) -> Result<Told<Wallet>, Problem> {
    let party = super::own_or(&caller, asked.body.party).await?;
    let command = OpenWallet { id: caller.site.fresh(), party, currency: asked.body.currency.0 };
    let settled = caller.pay(asked.fingerprint, command).await?;
    let pay::Reply::Wallet(view) = settled.value.clone() else { return Err(Problem::internal()) };
    Ok(Told::created(settled.with(view.into())))
}

/// What is in a wallet
#[utoipa::path(
    get, path = "/v1/wallets/{wallet}", tag = "pay",
    params(("wallet" = String, Path, description = "The wallet's id")),
    responses(
        (status = 200, body = Wallet),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn wallet(
    caller: Caller,
    PathId(wallet): PathId<Ref<WalletKind>>,
) -> Result<Told<Wallet>, Problem> {
    let settled = caller.ask(Query::Wallet(caller.actor, wallet)).await?;
    let Answer::Wallet(view) = settled.value.clone() else { return Err(Problem::internal()) };
    Ok(Told::ok(settled.with(view.into())))
}

/// Puts money that reached the bank into a wallet
#[utoipa::path(
    post, path = "/v1/wallets/{wallet}/top-ups", tag = "operator", request_body = BankTransfer,
    params(Once, ("wallet" = String, Path, description = "The wallet's id")),
    responses(
        (status = 201, body = Wallet, description = "The wallet as it is now"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn top_up_wallet(
    caller: Caller,
    PathId(wallet): PathId<Ref<WalletKind>>,
    asked: Posted<BankTransfer>,
) -> Result<Told<Wallet>, Problem> {
    let known = caller.ask(Query::Wallet(caller.actor, wallet)).await?;
    let Answer::Wallet(view) = known.value else { return Err(Problem::internal()) };
    let (amount, reference) = asked.body.in_currency(view.currency)?;
    let settled = caller.pay(asked.fingerprint, TopUpWallet { wallet, amount, reference }).await?;
    let pay::Reply::Balance(balance) = settled.value else { return Err(Problem::internal()) };
    Ok(Told::created(settled.with(pay::WalletView { balance, ..view }.into())))
}
