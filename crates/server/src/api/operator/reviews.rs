//! Staff look at shops: who waits, and what is decided.

use axum::extract::State;
use economy::people::People;
use economy::{Answer, Query};
use kernel::id::{Merchant as MerchantKind, Store as StoreKind};
use kernel::{Ref, Span};
use pay::command::{ReviewMerchant, Verdict};
use pay::{PauseReason, Review, Shops};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use views::{DoingsOf, SoldSinceFile, Views};

use crate::api::pay::tonight::MaskedAccount;
use crate::api::pay::views::Merchant;
use crate::api::values::{Moment, Money, Text, Trade};
use crate::authorize::Caller;
use crate::cells::Site;
use crate::edge::Edge;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, QueryOf, Told};
use crate::outcome::Settled;
use crate::payee::change::is_to_be_seen;
use crate::payee::{AccountError, Kept};
use crate::people::with_vault;
use crate::problem::Problem;

/// The most rows of a page.
const MOST: usize = 50;
/// A passkey that is younger proves less.
const SETTLED: Span = Span::seconds(86_400);

/// Where the list goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReviewsOf {
    /// `next` of the page before.
    after: Option<u32>,
    /// `waiting` for those that wait or were paused, which it is when left out; `approved`.
    standing: Option<String>,
    /// Of approved shops only those with this part of a name.
    named: Option<String>,
}

/// Shops that wait, or approved ones by a part of their name.
///
/// # Errors
/// Another word.
pub fn shops(standing: Option<&str>, named: Option<&str>) -> Result<Shops, Problem> {
    match (standing, named) {
        (Some("approved"), named) => {
            Ok(Shops::Approved { named: named.unwrap_or_default().to_owned() })
        }
        (None | Some("waiting"), None) => Ok(Shops::Waiting),
        _ => Err(Problem::new(
            "query_invalid",
            "The query can't be read: standing is waiting or approved; named goes with approved.",
        )),
    }
}

/// Shops that wait for the staff.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reviews {
    /// In the order in which they registered, 50 at most.
    pub reviews: Vec<ToReview>,
    /// Where the list goes on, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
}

/// A shop as staff look at it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ToReview {
    /// Which.
    #[schema(value_type = String)]
    pub merchant: Text<Ref<MerchantKind>>,
    /// Its public name.
    pub name: String,
    /// `new`, `paused` or `approved`.
    #[schema(example = "new")]
    pub standing: &'static str,
    /// Why it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// Since when.
    #[schema(value_type = String)]
    pub since: Text<Moment>,
    /// What it took and was not paid yet.
    pub balance: Money,
    /// How many payments it took since its last bank file, or ever; absent while lists are not
    /// there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payments: Option<u64>,
    /// What they came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sold: Option<Money>,
    /// Its stores.
    pub stores: Vec<StoreToReview>,
    /// The number of its bank account: send it with the decision. 0 for none.
    pub account: u32,
    /// When the account was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub account_set: Option<Text<Moment>>,
    /// The account, as far as it may be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_account: Option<MaskedAccount>,
    /// The account's holder, as the bank is sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ｿﾊﾞﾄﾞｺﾛ ﾔﾏﾎﾞｳｼ")]
    pub holder: Option<String>,
    /// The account that staff knew before this one, if it had another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_before: Option<MaskedAccount>,
    /// What to look at: `account_missing`; `account_not_stored`, the one that it set last did not
    /// reach the vault and has to be entered again; `account_changed`, and with it
    /// `account_unsigned`, nobody signed for the change with a passkey, or `account_newly_signed`,
    /// with one that was added within a day before; `account_shared`.
    pub flags: Vec<&'static str>,
}

/// A store of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StoreToReview {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Ref<StoreKind>>,
    /// Its name.
    pub name: String,
    /// The name in Latin letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latin_name: Option<String>,
    /// Its city.
    pub city: String,
    /// Its trade.
    #[schema(value_type = String, example = "restaurant")]
    pub category: Text<Trade>,
    /// The number of its prefecture (JIS X 0401).
    pub prefecture: u8,
}

/// Shops that wait for a review, and those that were paused, the oldest first; or approved ones
///
/// It shows holders of accounts: that it was looked at is logged, without what was seen.
#[utoipa::path(
    get, path = "/v1/reviews", tag = "operator", params(ReviewsOf),
    responses(
        (status = 200, body = Reviews),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn reviews(
    caller: Caller,
    QueryOf(asked): QueryOf<ReviewsOf>,
    State(edge): State<Edge>,
) -> Result<Told<Reviews>, Problem> {
    let of = shops(asked.standing.as_deref(), asked.named.as_deref())?;
    let views = edge.lists().and_then(|lists| lists.views(caller.cell()));
    Ok(Told::ok(listed(&caller, views, of, asked.after).await?))
}

/// One page of shops, with what they sold where there are views.
///
/// # Errors
/// Cell or vault do not answer.
pub async fn listed(
    caller: &Caller,
    views: Option<Views>,
    of: Shops,
    after: Option<u32>,
) -> Result<Settled<Reviews>, Problem> {
    let settled = caller.ask(Query::Reviews { of, after, limit: MOST }).await?;
    let Answer::Reviews(rows) = settled.value.clone() else { return Err(Problem::internal()) };
    let next = rows.last().filter(|_| rows.len() == MOST).map(|row| row.entry);
    let sold = sold(views.clone(), rows.iter().map(|row| row.merchant.merchant).collect()).await;
    let mut reviews = Vec::with_capacity(rows.len());
    for (row, sold) in rows.into_iter().zip(sold) {
        let signed = signature(views.clone(), &row).await;
        reviews.push(row_of(&caller.site, row, sold, signed).await?);
    }
    let (party, rows) = (caller.actor.party, reviews.len());
    tracing::info!(cell = caller.cell(), party, rows, "bank accounts were shown for review");
    Ok(settled.with(Reviews { reviews, next }))
}

/// What each merchant sold since its last file: none of one while the lists can't say it, for the
/// rest does not rest on them.
async fn sold(
    views: Option<Views>,
    merchants: Vec<Ref<MerchantKind>>,
) -> Vec<Option<SoldSinceFile>> {
    let none = vec![None; merchants.len()];
    let Some(views) = views else { return none };
    let read =
        move || merchants.into_iter().map(|of| views.sold_since_file(of).ok().flatten()).collect();
    tokio::task::spawn_blocking(read).await.unwrap_or(none)
}

/// Who set a shop's newest account, and whether they signed; none while the lists can't say it.
async fn signature(views: Option<Views>, row: &pay::ReviewRow) -> Option<(u32, bool)> {
    let (views, set) = (views?, row.merchant.review?.account_set?);
    let (party, command) = (Some(row.party_number), Some("SetPayoutAccount"));
    let newest = DoingsOf { party, command, ..DoingsOf::default() };
    let read = move || views.doings(newest, 1).ok();
    let found = tokio::task::spawn_blocking(read).await.ok().flatten()?.into_iter().next();
    // One that was set for the shop by somebody else stands with them.
    let own = found.filter(|doing| doing.at == set);
    Some(own.map_or((row.party_number, false), |doing| (doing.person, doing.signed)))
}

/// What staff should know of how an account was set. Whoever took a session over, or had themselves
/// invited with one, can have a passkey, but not one of long ago.
fn how_it_was_set(
    site: &Site,
    review: Review,
    (person, signed): (u32, bool),
) -> Option<&'static str> {
    if !signed {
        return Some("account_unsigned");
    }
    let early = review.account_set?.minus(SETTLED);
    let known = |people: &People| people.passkeys_of(person).any(|(_, it)| it.since <= early);
    (!site.keys.people(known)).then_some("account_newly_signed")
}

async fn row_of(
    site: &Site,
    row: pay::ReviewRow,
    sold: Option<SoldSinceFile>,
    signed: Option<(u32, bool)>,
) -> Result<ToReview, Problem> {
    let review = row.merchant.review.unwrap_or(Review::UNASKED);
    let party = row.party;
    let (kept, before) = with_vault(site, move |vault| {
        Ok((Kept::get(vault, party.0)?, Kept::before(vault, party.0)?))
    })
    .await?;
    let account = kept.map(|kept| kept.of(row.merchant.merchant, review.accounts).cloned());
    let mut flags = Vec::new();
    let is_lost = matches!(account, Some(Err(AccountError::NotStored)));
    let account = account.and_then(Result::ok);
    let before = before.filter(|before| account.as_ref().is_some_and(|new| new != before));
    if before.is_some() {
        flags.push("account_changed");
        flags.extend(signed.and_then(|signed| how_it_was_set(site, review, signed)));
    }
    match &account {
        None if is_lost => flags.push("account_not_stored"),
        None => flags.push("account_missing"),
        Some(account) if site.accounts.shared(site, party, account).await? > 0 => {
            flags.push("account_shared");
        }
        Some(_) => {}
    }
    let stores = row.stores.into_iter().map(|store| StoreToReview {
        id: Text(store.reference),
        name: store.name,
        latin_name: store.latin_name,
        city: store.city,
        category: Text(Trade(store.category)),
        prefecture: store.prefecture,
    });
    Ok(ToReview {
        merchant: Text(row.merchant.merchant),
        name: row.merchant.name,
        standing: review.standing.word(),
        reason: review.standing.reason().map(PauseReason::word),
        since: Text(Moment(review.since)),
        balance: Money::new(row.merchant.balance, row.merchant.currency),
        payments: sold.map(|sold| sold.payments),
        sold: sold.map(|sold| Money::new(sold.captured, row.merchant.currency)),
        stores: stores.collect(),
        account: review.accounts,
        account_set: review.account_set.map(|at| Text(Moment(at))),
        bank_account: account.as_ref().map(MaskedAccount::from),
        account_before: before.as_ref().map(MaskedAccount::from),
        holder: account.as_ref().map(|account| account.holder().kana().to_string()),
        flags,
    })
}

/// What is decided about a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It may be paid out.
    Approve,
    /// It may not be paid until staff say otherwise.
    Pause,
}

/// A decision about a shop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    /// What is decided.
    decision: Decision,
    /// Why it is paused: `account_in_doubt`, `identity_in_doubt`, `complaints`, `law`,
    /// `at_its_wish` or `contract_ended`. The shop is told.
    #[schema(example = "account_in_doubt")]
    reason: Option<String>,
    /// The number of the bank account that was looked at.
    account: u32,
}

/// Decides about a shop
///
/// An approved shop is paid out. A paused one is not paid at all: its payers are declined with
/// `merchant_paused`; it may refund. Only staff end such a pause. A shop that sets another bank
/// account waits for a new review.
#[utoipa::path(
    post, path = "/v1/merchants/{merchant}/review", tag = "operator",
    params(Once, ("merchant" = String, Path, description = "The merchant's id")),
    request_body = NewReview,
    responses(
        (status = 200, body = Merchant),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn review_merchant(
    caller: Caller,
    PathId(merchant): PathId<Ref<MerchantKind>>,
    asked: Posted<NewReview>,
) -> Result<Told<Merchant>, Problem> {
    let NewReview { decision, reason, account } = asked.body;
    let verdict = verdict(decision, reason.as_deref())?;
    // No account is stored between the look and the decision.
    let _none_is_set = caller.site.accounts.changing.lock().await;
    if verdict == Verdict::Approve {
        is_to_be_seen(&caller.site, caller.actor, merchant).await?;
    }
    let command = ReviewMerchant { merchant, verdict, account };
    let settled = caller.pay(asked.fingerprint, command).await?;
    let pay::Reply::Merchant(view) = settled.value.clone() else {
        return Err(Problem::internal());
    };
    Ok(Told::ok(settled.with(view.into())))
}

/// A decision with its reason.
///
/// # Errors
/// A pause without a reason that is known, or an approval with one.
pub fn verdict(decision: Decision, reason: Option<&str>) -> Result<Verdict, Problem> {
    let known = reason.and_then(PauseReason::from_word);
    match (decision, reason, known) {
        (Decision::Approve, None, _) => Ok(Verdict::Approve),
        (Decision::Pause, _, Some(reason)) => Ok(Verdict::Pause(reason)),
        _ => {
            let words = PauseReason::ALL.map(PauseReason::word).join(", ");
            let detail = format!("A pause has a reason of {words}; an approval has none.");
            Err(Problem::new("out_of_range", detail.clone()).in_field("/reason".into(), detail))
        }
    }
}
