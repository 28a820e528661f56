//! Wallets, shops, payments: what travellers and merchants do.

pub mod attempts;
pub mod bank_account;
pub mod charges;
pub mod codes;
pub mod limits;
pub mod looking;
pub mod merchants;
pub mod parties;
pub mod payments;
pub mod payouts;
pub mod posters;
pub mod quotes;
pub mod referrals;
pub mod shares;
pub mod sign_ups;
pub mod statement_file;
pub mod statements;
pub mod stores;
pub mod till;
pub mod tonight;
pub mod views;
pub mod wallets;

use economy::{Answer, Query};
use kernel::Ref;
use kernel::id::Party;

use crate::api::values::Text;
use crate::authorize::Caller;
use crate::problem::Problem;

/// The party that is named, or the caller's own.
async fn own_or(caller: &Caller, named: Option<Text<Ref<Party>>>) -> Result<Ref<Party>, Problem> {
    if let Some(Text(party)) = named {
        return Ok(party);
    }
    let answer = caller.ask(Query::Party(caller.actor.party)).await?;
    match answer.value {
        Answer::Party(Some(known)) => Ok(known.party),
        _ => Err(Problem::internal()),
    }
}
