//! What the vault keeps of a party's bank account.

use kernel::Ref;
use kernel::id::Merchant;
use pay::PayoutAccounts;
use vault::{Vault, VaultError};
use zeroize::Zeroizing;

use super::{AccountError, BANK_ACCOUNT, BankAccount};

/// The field of the vault in which the account stands that staff knew before the newest.
const BEFORE: &str = "bank_account_before";
/// Stands before the numbers under which an account was set.
const OF: &str = "of=";

/// A party's bank account, and for which number of each of its merchants it was set. One that says
/// no numbers was kept before there was another: it is for all of them.
///
/// ```text
///   2476 001 ordinary 0044174 ｿﾊﾞ               for all
///   of=17:2,21:1 2476 001 ordinary 0044174 ｿﾊﾞ  for merchant 17's second, 21's first
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    of: Option<Vec<(u32, u32)>>,
    account: Result<BankAccount, AccountError>,
}

impl Kept {
    /// Reads a row of the vault.
    pub fn read(row: &str) -> Self {
        let (of, account) = parts(row);
        let number = |one: &str| {
            let (merchant, number) = one.split_once(':')?;
            Some((merchant.parse().ok()?, number.parse().ok()?))
        };
        // Numbers that can't be read are nobody's.
        let of = of.map(|of| of.split(',').filter_map(number).collect());
        Self { of, account: BankAccount::from_row(account) }
    }

    /// What is kept of a party; none if it never gave an account.
    ///
    /// # Errors
    /// If the vault can't be read.
    pub fn get(vault: &Vault, party: u128) -> Result<Option<Self>, VaultError> {
        Ok(vault.get(party, BANK_ACCOUNT)?.map(|row| Self::read(&row)))
    }

    /// The account that staff knew before a party set the newest.
    ///
    /// # Errors
    /// If the vault can't be read.
    pub fn before(vault: &Vault, party: u128) -> Result<Option<BankAccount>, VaultError> {
        let row = vault.get(party, BEFORE)?;
        Ok(row.and_then(|row| BankAccount::from_row(&row).ok()))
    }

    /// The account of a merchant that set its newest under a number.
    ///
    /// # Errors
    /// [`AccountError::NotStored`] if it is another; or why it is no account any more.
    pub fn of(&self, merchant: Ref<Merchant>, number: u32) -> Result<&BankAccount, AccountError> {
        if self.of.is_some() && !self.is_under(merchant, number) {
            return Err(AccountError::NotStored);
        }
        self.account.as_ref().map_err(Clone::clone)
    }

    /// Whether it was set for a merchant's account of this number and says so.
    pub(super) fn is_under(&self, merchant: Ref<Merchant>, number: u32) -> bool {
        self.of.as_ref().is_some_and(|of| of.contains(&(merchant.number, number)))
    }

    /// The account, whatever it was set for: for bytes that are compared with a hash.
    pub fn whosever(self) -> Result<BankAccount, AccountError> {
        self.account
    }

    /// Ties what is kept to the numbers of now, before a newer number is given: from that moment
    /// on it is nobody's. Keeps it as the one that staff knew, unless they have not looked at it.
    ///
    /// # Errors
    /// If the vault can't be read or written.
    pub(super) fn tie(
        vault: &Vault,
        known: &PayoutAccounts,
        staff_know: bool,
    ) -> Result<(), VaultError> {
        let party = known.party.0;
        let Some(row) = vault.get(party, BANK_ACCOUNT)? else { return Ok(()) };
        let (of, account) = parts(&row);
        let mut fields = Vec::new();
        let tied;
        if of.is_none() {
            tied = tied_to(known, account);
            fields.push((BANK_ACCOUNT, tied.as_str()));
        }
        if staff_know || vault.get(party, BEFORE)?.is_none() {
            fields.push((BEFORE, account));
        }
        if fields.is_empty() { Ok(()) } else { vault.put_all(party, &fields) }
    }

    /// Keeps an account under the numbers of now.
    ///
    /// # Errors
    /// If the vault can't be written.
    pub(super) fn put(
        vault: &Vault,
        known: &PayoutAccounts,
        account: &BankAccount,
    ) -> Result<(), VaultError> {
        let (field, value) = account.to_row();
        vault.put(known.party.0, field, &tied_to(known, &value))
    }
}

/// The part of a row that names bank, branch, kind, number and holder.
pub(crate) fn account_in(row: &str) -> &str {
    parts(row).1
}

/// The numbers of a row, if it says any, and its account.
fn parts(row: &str) -> (Option<&str>, &str) {
    let tied = row.strip_prefix(OF).and_then(|rest| rest.split_once(' '));
    tied.map_or((None, row), |(of, account)| (Some(of), account))
}

fn tied_to(known: &PayoutAccounts, account: &str) -> Zeroizing<String> {
    let numbers = known.merchants.iter();
    let numbers: Vec<String> =
        numbers.map(|(of, review)| format!("{}:{}", of.number, review.accounts)).collect();
    format!("{OF}{} {account}", numbers.join(",")).into()
}

#[cfg(test)]
mod tests {
    use kernel::Id;
    use pay::Review;

    use super::*;
    use crate::payee::Kind;

    fn account(number: &str) -> BankAccount {
        BankAccount::try_new("2476", "002", Kind::Savings, number, "やまぼしそば").unwrap()
    }

    fn merchant(number: u32) -> Ref<Merchant> {
        Ref::new(2, number, 0)
    }

    fn numbers(numbers: &[(u32, u32)]) -> PayoutAccounts {
        let one = |(of, accounts): &(u32, u32)| {
            (merchant(*of), Review { accounts: *accounts, ..Review::UNASKED })
        };
        PayoutAccounts { party: Id::new(7), merchants: numbers.iter().map(one).collect() }
    }

    #[test]
    fn it_comes_back_from_the_vault_for_whom_it_was_set() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path(), "jp").unwrap();
        assert_eq!(Kept::get(&vault, 7).unwrap(), None);
        account("3174").keep(&vault, 7).unwrap();
        let kept = || Kept::get(&vault, 7).unwrap().unwrap();
        for number in [0, 1, 5] {
            assert_eq!(kept().of(merchant(17), number), Ok(&account("3174")));
        }
        // From the moment at which it is tied another number's is not there.
        Kept::tie(&vault, &numbers(&[(17, 1), (21, 0)]), true).unwrap();
        assert_eq!(kept().of(merchant(17), 1), Ok(&account("3174")));
        assert_eq!(kept().of(merchant(21), 0), Ok(&account("3174")));
        for (of, number) in [(17, 2), (21, 1), (3, 0)] {
            assert_eq!(kept().of(merchant(of), number), Err(AccountError::NotStored));
        }
        Kept::put(&vault, &numbers(&[(17, 2), (21, 1)]), &account("5")).unwrap();
        assert_eq!(kept().of(merchant(17), 2), Ok(&account("5")));
        assert_eq!(kept().of(merchant(17), 1), Err(AccountError::NotStored));
        assert_eq!(kept().whosever(), Ok(account("5")));
        // Staff know the one before until they have looked at the newest.
        Kept::tie(&vault, &numbers(&[(17, 2), (21, 1)]), false).unwrap();
        assert_eq!(Kept::before(&vault, 7).unwrap(), Some(account("3174")));
        Kept::tie(&vault, &numbers(&[(17, 2), (21, 1)]), true).unwrap();
        assert_eq!(Kept::before(&vault, 7).unwrap(), Some(account("5")));
    }

    #[test]
    fn what_is_no_account_any_more_is_said() {
        let why = |row: &str| Kept::read(row).of(merchant(17), 2).map(|_| ()).unwrap_err();
        assert_eq!(why("2476 999 ordinary 0000001 ﾔﾏ").field(), "branch");
        assert_eq!(why("of=17:2 2476 999 ordinary 0000001 ﾔﾏ").field(), "branch");
        assert_eq!(why("2476 002"), AccountError::Stored);
        assert_eq!(why("of=17:2"), AccountError::Stored);
        assert_eq!(why("of= 2476 002 ordinary 0000001 ﾔﾏ"), AccountError::NotStored);
        assert_eq!(why("of=17:x 2476 002 ordinary 0000001 ﾔﾏ"), AccountError::NotStored);
    }
}
