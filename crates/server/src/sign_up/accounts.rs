//! Which shops have the same bank account. The vault seals each alone, so this is kept in memory:
//! a hash under a key of this process, read anew where a shop's account was set since.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use economy::{Answer, Query};
use kernel::Id;
use kernel::id::Party;

use crate::cells::{Site, random};
use crate::payee::{BANK_ACCOUNT, BankAccount, account_in};
use crate::people::with_vault;
use crate::problem::Problem;

/// The bank accounts of a cell's shops, by the hash of each.
pub struct Accounts {
    secret: [u8; 32],
    /// For each party how often its account was set when it was read, and its hash.
    known: Mutex<HashMap<u128, (u32, [u8; 32])>>,
    /// One account is set at a time: a decision of the cell and its row of the vault.
    pub changing: tokio::sync::Mutex<()>,
}

impl Default for Accounts {
    fn default() -> Self {
        Self { secret: random(), known: Mutex::default(), changing: tokio::sync::Mutex::default() }
    }
}

impl Accounts {
    /// The account as its row has it, without the holder: the same account is the same, whatever
    /// its holder is said to be.
    fn hash(&self, row: &str) -> [u8; 32] {
        let account = account_in(row).splitn(5, ' ').take(4).collect::<Vec<_>>().join(" ");
        *blake3::keyed_hash(&self.secret, account.as_bytes()).as_bytes()
    }

    /// Its row is there now, or another than before.
    pub fn read_again(&self, party: Id<Party>) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&party.0);
    }

    /// How many other shops than this party's have the account.
    ///
    /// # Errors
    /// Cell or vault do not answer.
    pub async fn shared(
        &self,
        site: &Site,
        own: Id<Party>,
        account: &BankAccount,
    ) -> Result<usize, Problem> {
        self.read_new(site).await?;
        let (_, row) = account.to_row();
        let hash = self.hash(&row);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(known.iter().filter(|(party, (_, other))| **party != own.0 && *other == hash).count())
    }

    /// Reads the accounts that were set since the last time; forgets those of who left.
    async fn read_new(&self, site: &Site) -> Result<(), Problem> {
        let answer = site.ask(Query::Payees).await?.value;
        let Answer::Payees(payees) = answer else { return Err(Problem::internal()) };
        let new: Vec<(u128, u32)> = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let there: HashMap<u128, u32> =
                payees.iter().map(|(party, set)| (party.0, *set)).collect();
            known.retain(|party, (set, _)| there.get(party) == Some(set));
            let unread = payees.iter().filter(|(party, _)| !known.contains_key(&party.0));
            unread.map(|(party, set)| (party.0, *set)).collect()
        };
        if new.is_empty() {
            return Ok(());
        }
        let read = with_vault(site, move |vault| {
            let rows = new.into_iter().filter_map(|(party, set)| {
                let row = vault.get(party, BANK_ACCOUNT).transpose()?;
                Some(row.map(|row| (party, set, row)))
            });
            rows.collect::<Result<Vec<_>, _>>()
        });
        let read = read.await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(read.into_iter().map(|(party, set, row)| (party, (set, self.hash(&row)))));
        Ok(())
    }
}
