//! A shop's bank account: shown masked, and set.

use kernel::Ref;
use kernel::id::Merchant;
use pay::Review;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::tonight::MaskedAccount;
use crate::api::values::{Moment, Text};
use crate::authorize::Caller;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::payee::change::{self, Change, Known};
use crate::payee::{AccountError, Kind};
use crate::problem::Problem;
use crate::sign_up::Fields;
use crate::web::text::Lang;

/// A shop's bank account, as far as it may be shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct MerchantAccount {
    /// Its number: how often one was set. Send it as `replaces` to set another.
    pub number: u32,
    /// When it was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub set: Option<Text<Moment>>,
    /// Whether staff have looked at the shop as it is: `new`, `approved` or `paused`.
    #[schema(example = "new")]
    pub standing: &'static str,
    /// The account; absent if there is none that can be paid to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_account: Option<MaskedAccount>,
    /// Why there is none although one was set, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "The account that was set last did not reach the vault: enter it again.")]
    pub wrong: Option<String>,
}

impl From<Known> for MerchantAccount {
    fn from(known: Known) -> Self {
        let Known { review: Review { accounts, account_set, standing, .. }, account, .. } = known;
        let wrong = match &account {
            Some(Err(why)) => Some(sentence(why)),
            Some(Ok(_)) => None,
            None if accounts > 0 => Some(sentence(&AccountError::NotStored)),
            None => None,
        };
        Self {
            number: accounts,
            set: account_set.map(|at| Text(Moment(at))),
            standing: standing.word(),
            bank_account: account.and_then(Result::ok).as_ref().map(MaskedAccount::from),
            wrong,
        }
    }
}

fn sentence(why: &AccountError) -> String {
    let text = why.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// Where a shop is to be paid.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMerchantAccount {
    /// The four digits of the bank's code.
    #[schema(example = "2476")]
    bank: String,
    /// The three digits of the branch's code.
    #[schema(example = "001")]
    branch: String,
    /// Its kind.
    kind: Kind,
    /// The seven digits of its number.
    #[schema(example = "0044174")]
    account: String,
    /// Its holder in kana, as the passbook has it.
    #[schema(example = "ソバドコロ ヤマボウシ")]
    holder: String,
    /// `number` of the account that it replaces; 0 if none was set.
    replaces: u32,
}

/// Where a merchant is paid
#[utoipa::path(
    get, path = "/v1/merchants/{merchant}/bank-account", tag = "pay",
    params(("merchant" = String, Path, description = "The merchant's id")),
    responses(
        (status = 200, body = MerchantAccount),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn bank_account(
    caller: Caller,
    PathId(merchant): PathId<Ref<Merchant>>,
) -> Result<Told<MerchantAccount>, Problem> {
    let known = change::known(&caller.site, caller.actor, merchant).await?;
    Ok(Told::ok(known.map(MerchantAccount::from)))
}

/// Sets where a merchant is paid
///
/// The account goes into the vault and nowhere else. The shop, with all others of its party, waits
/// for the operator's staff before it is paid out again. A file for the bank that was made before
/// stays as it is. A request that is older than the account replaces nothing.
///
/// On its page the shop's people sign what they see with a passkey. A key of the API signs nothing:
/// staff are told so when they look (`account_unsigned`).
#[utoipa::path(
    post, path = "/v1/merchants/{merchant}/bank-account", tag = "pay",
    params(Once, ("merchant" = String, Path, description = "The merchant's id")),
    request_body = NewMerchantAccount,
    responses(
        (status = 200, body = MerchantAccount),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_bank_account(
    caller: Caller,
    PathId(merchant): PathId<Ref<Merchant>>,
    asked: Posted<NewMerchantAccount>,
) -> Result<Told<MerchantAccount>, Problem> {
    let NewMerchantAccount { bank, branch, kind, account, holder, replaces } = asked.body;
    let fields = Fields { bank, branch, account, holder, ..Fields::default() };
    let account = fields.account_of(kind).map_err(|wrong| {
        let detail = "The bank account has something to mend; see errors, field by field.";
        let problem = Problem::new("bank_account_unfit", detail);
        wrong.iter().fold(problem, |problem, wrong| {
            problem.in_field(format!("/{}", wrong.field), wrong.sentence(Lang::En))
        })
    })?;
    let (actor, fingerprint) = (caller.actor, asked.fingerprint);
    let change = Change { actor, merchant, fingerprint, replaces, account, proof: None };
    let known = change::set(&caller.site, change).await?;
    Ok(Told::ok(known.map(MerchantAccount::from)))
}
