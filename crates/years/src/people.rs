//! Who pays: visitors with yuan wallets, and residents with yen wallets.

use kernel::id::{Party, Wallet};
use kernel::{Actor, Currency, Ref, Role, Timestamp};
use pay::command::{OpenWallet, RegisterParty};

use crate::YearsError;
use crate::place::Place;

/// Somebody with a wallet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub wallet: Ref<Wallet>,
    pub actor: Actor,
}

/// Registers people and opens their wallets.
pub(crate) fn arrive(
    cell: &mut Place,
    at: Timestamp,
    count: usize,
    currency: Currency,
) -> Result<Vec<Person>, YearsError> {
    let registered: Vec<pay::Command> = (0..count)
        .map(|_| RegisterParty { id: cell.id(at), role: Role::Traveller }.into())
        .collect();
    let mut parties: Vec<Ref<Party>> = Vec::with_capacity(count);
    for reply in cell.found(at, registered)? {
        let pay::Reply::Party(party) = reply else {
            return Err(cell.refused(format!("{reply:?}")));
        };
        parties.push(party);
    }
    let opened: Vec<pay::Command> = parties
        .iter()
        .map(|party| OpenWallet { id: cell.id(at), party: *party, currency }.into())
        .collect();
    let mut people = Vec::with_capacity(count);
    for (party, reply) in parties.iter().zip(cell.found(at, opened)?) {
        let pay::Reply::Wallet(view) = reply else {
            return Err(cell.refused(format!("{reply:?}")));
        };
        let actor = Actor::of(party.number, Role::Traveller);
        people.push(Person { wallet: view.wallet, actor });
    }
    Ok(people)
}
