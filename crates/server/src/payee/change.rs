//! A shop sets its bank account, or another in place of the one it has.
//!
//! The cell decides first: the account has a new number from then on, and the shop waits for its
//! review. Then the vault keeps the account under that number. A stop between the two leaves a shop
//! that is not paid and is told to enter its account again: what the vault keeps has the number of
//! before. Who sends the same request again has it finished; an older one replaces nothing, because
//! each names the number that it replaces.

use std::sync::Arc;

use economy::{Answer, Command, Fingerprint, Query, Reply, Request};
use kernel::id::{Merchant, Party};
use kernel::{Actor, Id, Ref};
use pay::command::SetPayoutAccount;
use pay::{PayoutAccounts, Review, Standing};

use super::{AccountError, BankAccount, Kept};
use crate::cells::Site;
use crate::outcome::Settled;
use crate::people::with_vault;
use crate::problem::Problem;
use crate::signing::Proof;

/// What is known of a shop's bank account.
#[derive(Clone, Debug)]
pub struct Known {
    /// Under which id the vault keeps it.
    pub party: Id<Party>,
    /// Its number, and whether staff looked at it.
    pub review: Review,
    /// The account, or why it can't be paid to; none if none was ever given.
    pub account: Option<Result<BankAccount, AccountError>>,
}

/// A shop's wish.
#[derive(Clone, Debug)]
pub struct Change {
    /// Who asks: the shop or the operator.
    pub actor: Actor,
    /// Which merchant.
    pub merchant: Ref<Merchant>,
    /// Under what it is done once.
    pub fingerprint: Fingerprint,
    /// The number of the account that it replaces; 0 for none.
    pub replaces: u32,
    /// The account.
    pub account: BankAccount,
    /// That the person who asks signed it.
    pub proof: Option<Proof>,
}

/// The account of a merchant, as an actor may see it.
///
/// # Errors
/// `merchant_not_found` for another's; cell or vault do not answer.
pub async fn known(
    site: &Site,
    actor: Actor,
    merchant: Ref<Merchant>,
) -> Result<Settled<Known>, Problem> {
    let said = accounts(site, actor, merchant).await?;
    let (party, review) = (said.value.party, review_of(&said.value, merchant)?);
    let kept = with_vault(site, move |vault| Kept::get(vault, party.0)).await?;
    let account = kept.map(|kept| kept.of(merchant, review.accounts).cloned());
    Ok(said.with(Known { party, review, account }))
}

/// Sets an account. It goes on to its end also when who asked has gone.
///
/// # Errors
/// What the cell refuses: `payout_account_outdated`, `merchant_not_found`. `vault_not_available`
/// and `outcome_unknown`: send the same request again.
pub async fn set(site: &Arc<Site>, change: Change) -> Result<Settled<Known>, Problem> {
    let site = Arc::clone(site);
    let whole = tokio::spawn(async move {
        let _one_at_a_time = site.accounts.changing.lock().await;
        let decided = decide(&site, &change).await?;
        keep(&site, &change, decided.value).await?;
        let Change { actor, merchant, .. } = change;
        let told = known(&site, actor, merchant).await?;
        let repeated = decided.repeated;
        tracing::info!(cell = site.name(), %merchant, repeated, "a bank account was set");
        Ok(Settled { repeated, ..told })
    });
    whole.await.unwrap_or_else(|_| Err(Problem::internal()))
}

/// Staff can say yes only to an account that is there: one that reaches the vault after their yes
/// would be paid without having been looked at.
///
/// # Errors
/// `bank_account_not_stored`; cell or vault do not answer.
pub async fn is_to_be_seen(
    site: &Site,
    actor: Actor,
    merchant: Ref<Merchant>,
) -> Result<(), Problem> {
    let known = known(site, actor, merchant).await?.value;
    match known.account {
        Some(Err(AccountError::NotStored)) => {}
        None if known.review.accounts > 0 => {}
        _ => return Ok(()),
    }
    Err(Problem::new(
        "bank_account_not_stored",
        "The bank account that the shop set last did not reach the vault: the shop has to enter \
         it again before you can approve it.",
    ))
}

/// The first step: the cell gives the account its number. What the vault keeps is nobody's from
/// then on.
///
/// # Errors
/// As [`set`]; a vault that does not answer is found out before anything is decided.
pub async fn decide(site: &Site, change: &Change) -> Result<Settled<u32>, Problem> {
    let Change { actor, merchant, fingerprint, replaces, .. } = *change;
    let answered = site.ask(Query::Answered(fingerprint)).await?.value;
    if matches!(answered, Answer::Answered(None)) {
        let said = accounts(site, actor, merchant).await?.value;
        let review = review_of(&said, merchant)?;
        let staff_know = review.standing != Standing::New;
        if review.accounts == replaces {
            with_vault(site, move |vault| Kept::tie(vault, &said, staff_know)).await?;
        }
    }
    let command = Command::Pay(SetPayoutAccount { merchant, replaces }.into());
    let command = match change.proof {
        Some(proof) => proof.over(command),
        None => command,
    };
    let request = Request { actor, fingerprint: Some(fingerprint), command };
    let settled = site.submit(request).await?;
    let Reply::Pay(pay::Reply::Merchant(view)) = &settled.value else {
        return Err(Problem::internal());
    };
    let number = view.review.unwrap_or(Review::UNASKED).accounts;
    Ok(settled.with(number))
}

/// The second step: the vault keeps the account under its number, unless there is a newer one.
async fn keep(site: &Site, change: &Change, number: u32) -> Result<(), Problem> {
    let Change { actor, merchant, ref account, .. } = *change;
    let said = accounts(site, actor, merchant).await?.value;
    if review_of(&said, merchant)?.accounts != number {
        // A request of before that came again: what was set since stays.
        return Ok(());
    }
    let (party, account) = (said.party, account.clone());
    with_vault(site, move |vault| {
        let kept = Kept::get(vault, party.0)?;
        let is_there = kept.is_some_and(|kept| kept.is_under(merchant, number));
        if is_there { Ok(()) } else { Kept::put(vault, &said, &account) }
    })
    .await?;
    site.accounts.read_again(party);
    Ok(())
}

async fn accounts(
    site: &Site,
    actor: Actor,
    merchant: Ref<Merchant>,
) -> Result<Settled<PayoutAccounts>, Problem> {
    let settled = site.ask(Query::PayoutAccounts(actor, merchant)).await?;
    let Answer::PayoutAccounts(said) = settled.value.clone() else {
        return Err(Problem::internal());
    };
    Ok(settled.with(*said))
}

fn review_of(said: &PayoutAccounts, merchant: Ref<Merchant>) -> Result<Review, Problem> {
    let own = said.merchants.iter().find(|(of, _)| *of == merchant);
    own.map(|(_, review)| *review).ok_or_else(Problem::internal)
}
