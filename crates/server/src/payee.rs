//! The bank account to which a shop is paid: checked once, kept in the vault, never printed.
//!
//! It is of the shop's party and stands in the vault under one field, so that it is there whole or
//! not at all ([`Kept`]). The journal never knows it: it numbers how often a merchant set one, and
//! a row of the vault that was set under another number is nobody's account.

pub mod change;
mod kept;

use std::fmt;

use bankfile::{
    AccountKind, AccountNumber, Amount, HolderName, NameError, NotANumber, Office, Transfer,
};
use banks::{Bank, BankCode, Branch, BranchCode, NoBank, NoBranch, NotACode};
use vault::{Vault, VaultError};
use zeroize::Zeroizing;

pub use kept::Kept;
pub(crate) use kept::account_in;

/// The field of the vault in which a party's bank account stands.
pub const BANK_ACCOUNT: &str = "bank_account";

/// The kind of an account that a shop may be paid to.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 普通預金.
    Ordinary,
    /// 当座預金.
    Current,
    /// 貯蓄預金.
    Savings,
}

impl Kind {
    /// All of them, the most frequent first.
    pub const ALL: [Self; 3] = [Self::Ordinary, Self::Current, Self::Savings];

    /// The word of the API and of forms.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::Current => "current",
            Self::Savings => "savings",
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    const fn in_file(self) -> AccountKind {
        match self {
            Self::Ordinary => AccountKind::Ordinary,
            Self::Current => AccountKind::Current,
            Self::Savings => AccountKind::Savings,
        }
    }
}

/// A bank account that a file can name. Its bank and branch are in the directory, and its holder is
/// written as banks write it. [`fmt::Debug`] shows neither number nor holder.
#[derive(Clone, PartialEq, Eq)]
pub struct BankAccount {
    bank: BankCode,
    branch: BranchCode,
    kind: Kind,
    number: AccountNumber,
    holder: HolderName,
}

/// What is wrong with an account as it was typed. Each sentence says what to do; none repeats the
/// number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The bank's code is not four digits.
    #[error("bank: {0}")]
    BankCode(NotACode),
    /// No bank, or none any more, has the code.
    #[error("bank: {0}")]
    Bank(#[from] NoBank),
    /// The branch's code is not three digits.
    #[error("branch: {0}")]
    BranchCode(NotACode),
    /// The bank has no such branch.
    #[error("branch: {0}")]
    Branch(#[from] NoBranch),
    /// Not a kind of account that is paid to.
    #[error("kind: it must be ordinary, current or savings")]
    Kind,
    /// Not a number of up to seven digits.
    #[error("number: {0}")]
    Number(#[from] NotANumber),
    /// The holder's name can't be written in a bank's file.
    #[error("holder: {0}")]
    Holder(#[from] NameError),
    /// What stands in the vault is no account.
    #[error("what is stored is no bank account: enter it again")]
    Stored,
    /// What stands in the vault is not the account that was set last: that did not reach it.
    #[error("the account that was set last did not reach the vault: enter it again")]
    NotStored,
}

impl AccountError {
    /// The field of the form that it is about.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::BankCode(_) | Self::Bank(_) => "bank",
            Self::BranchCode(_) | Self::Branch(_) => "branch",
            Self::Kind => "kind",
            Self::Number(_) => "number",
            Self::Holder(_) => "holder",
            Self::Stored | Self::NotStored => "bank_account",
        }
    }
}

impl BankAccount {
    /// Reads what a person typed: four digits, three digits, a kind, up to seven digits (leading
    /// zeros may be left out), and the holder's name, which becomes what its bank has (`ｶ)ﾔﾏﾎﾞｼ`).
    ///
    /// # Errors
    /// The first field that can't be, in this order.
    pub fn try_new(
        bank: &str,
        branch: &str,
        kind: Kind,
        number: &str,
        holder: &str,
    ) -> Result<Self, AccountError> {
        let bank: BankCode = bank.parse().map_err(AccountError::BankCode)?;
        let known = banks::shipped().bank(bank)?;
        let branch: BranchCode = branch.parse().map_err(AccountError::BranchCode)?;
        known.branch(branch)?;
        let number = number.parse()?;
        let holder = HolderName::read(holder)?;
        Ok(Self { bank, branch, kind, number, holder })
    }

    /// The bank's code.
    pub const fn bank_code(&self) -> BankCode {
        self.bank
    }

    /// The branch's code.
    pub const fn branch_code(&self) -> BranchCode {
        self.branch
    }

    /// The kind of the account.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Number of the account. Show [`Self::ending`] instead.
    pub const fn number(&self) -> AccountNumber {
        self.number
    }

    /// Whose it is, as the bank writes it.
    pub const fn holder(&self) -> &HolderName {
        &self.holder
    }

    /// The last four digits of its number: all of it that a page may show.
    pub fn ending(&self) -> String {
        format!("{:04}", self.number.number() % 10_000)
    }

    /// Its bank, in the directory.
    pub fn bank(&self) -> &'static Bank {
        banks::shipped().bank(self.bank).expect("judged: the bank is in the directory")
    }

    /// Its branch, in the directory.
    pub fn branch(&self) -> &'static Branch {
        self.bank().branch(self.branch).expect("judged: the branch is in the directory")
    }

    /// A transfer of some yen to it, for a file.
    pub fn transfer(&self, amount: Amount) -> Transfer {
        let office = Office::of(self.bank(), self.branch());
        Transfer::new(office, self.kind.in_file(), self.number, self.holder.clone(), amount)
    }

    /// What its party's vault row holds, for [`Vault::put_all`]: its field and value.
    pub fn to_row(&self) -> (&'static str, Zeroizing<String>) {
        let Self { bank, branch, kind, number, holder } = self;
        let holder = holder.kana();
        (BANK_ACCOUNT, format!("{bank} {branch} {} {number} {holder}", kind.word()).into())
    }

    /// Reads what [`Self::to_row`] wrote.
    ///
    /// # Errors
    /// If it is no account any more: banks close, branches merge.
    fn from_row(value: &str) -> Result<Self, AccountError> {
        let mut parts = value.splitn(5, ' ');
        let mut part = || parts.next().ok_or(AccountError::Stored);
        let (bank, branch, kind, number, holder) = (part()?, part()?, part()?, part()?, part()?);
        let kind = Kind::from_word(kind).ok_or(AccountError::Kind)?;
        Self::try_new(bank, branch, kind, number, holder)
    }

    /// Keeps it as the account of a party, in place of what it had. On the disk when it returns.
    /// It is for all merchants of the party, whatever number their account has; a shop's own change
    /// goes by [`change::set`].
    ///
    /// # Errors
    /// As [`Vault::put_all`].
    pub fn keep(&self, vault: &Vault, party: u128) -> Result<(), VaultError> {
        let (field, value) = self.to_row();
        vault.put(party, field, &value)
    }
}

impl fmt::Debug for BankAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bank, branch, kind, number: _, holder: _ } = self;
        write!(f, "BankAccount({bank} {branch} {}, number and holder not shown)", kind.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> BankAccount {
        let account = BankAccount::try_new("2476", "002", Kind::Savings, "3174", "やまぼしそば");
        account.unwrap()
    }

    #[test]
    fn an_account_is_read_as_people_type_it() {
        let typed = BankAccount::try_new("２４７６", " 002", Kind::Savings, "0003174", "ﾔﾏﾎﾞｼ ｿﾊﾞ");
        assert_eq!(typed.unwrap().holder().kana().to_string(), "ﾔﾏﾎﾞｼ ｿﾊﾞ");
        assert_eq!(account().ending(), "3174");
        assert_eq!(
            (account().bank().name.as_str(), account().branch().name.as_str()),
            ("飛騨信組", "古川")
        );
        let transfer = account().transfer(Amount::try_new(19_107).unwrap());
        assert_eq!(transfer.account.to_string(), "0003174");
        assert_eq!(transfer.account_kind, AccountKind::Savings);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_field() {
        let fails = |bank: &str, branch: &str, number: &str, holder: &str| {
            BankAccount::try_new(bank, branch, Kind::Ordinary, number, holder).unwrap_err().field()
        };
        assert_eq!(fails("24766", "002", "1", "ﾔﾏ"), "bank");
        assert_eq!(fails("9999", "002", "1", "ﾔﾏ"), "bank");
        assert_eq!(fails("2476", "2", "1", "ﾔﾏ"), "branch");
        assert_eq!(fails("2476", "999", "1", "ﾔﾏ"), "branch");
        assert_eq!(fails("2476", "002", "12345678", "ﾔﾏ"), "number");
        for holder in ["山星", "", "\u{202e}ﾔﾏ", "<b>", &"ﾔ".repeat(60)] {
            assert_eq!(fails("2476", "002", "1", holder), "holder", "{holder}");
        }
    }

    #[test]
    fn it_is_never_printed() {
        let shown = format!("{:?}", account());
        assert!(!shown.contains("3174") && !shown.contains("ﾔﾏ"), "{shown}");
    }
}
