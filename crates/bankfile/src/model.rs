//! What a file says, as values.

use banks::{Bank, BankCode, Branch, BranchCode};
use calendar::MonthDay;

use crate::number::{AccountNumber, Amount, ClearingHouse, CustomerCode, OriginatorCode};
use crate::text::{EdiText, HolderName, OfficeName, OriginatorName};

/// The most transfers of one batch: what its trailer can count.
pub const MAX_TRANSFERS: usize = 999_999;
/// The most yen of one batch: what its trailer can add up.
pub const MAX_TOTAL: u64 = 999_999_999_999;

/// A file: one batch or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankFile {
    batches: Vec<Batch>,
}

/// What one account pays on one day: a header, its transfers, a trailer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    originator: Originator,
    date: MonthDay,
    transfers: Vec<Transfer>,
    total: u64,
}

/// Who pays, and from which account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Originator {
    /// The number that the bank gave the company.
    pub code: OriginatorCode,
    /// The name that payees see.
    pub name: OriginatorName,
    /// Where the account is.
    pub office: Office,
    /// Its kind.
    pub account_kind: OwnAccountKind,
    /// Its number.
    pub account: AccountNumber,
}

/// A branch of a bank, with the names that a file repeats for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    /// The bank.
    pub bank: BankCode,
    /// Its name; may be empty.
    pub bank_name: OfficeName,
    /// The branch.
    pub branch: BranchCode,
    /// Its name; may be empty.
    pub branch_name: OfficeName,
}

/// One payment to one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Where the payee's account is.
    pub office: Office,
    /// Its kind.
    pub account_kind: AccountKind,
    /// Its number.
    pub account: AccountNumber,
    /// Whose it is. Banks compare this with their books.
    pub holder: HolderName,
    /// What is paid.
    pub amount: Amount,
    /// What the payee is told.
    pub reference: Reference,
    /// Of no use any more; zero.
    pub clearing_house: ClearingHouse,
    /// Whether this is the first transfer to this account.
    pub new_code: NewCode,
    /// How it is to be sent.
    pub kind: TransferKind,
}

/// What a payee is told about a transfer: one or the other, in the same 20 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// Two numbers (顧客コード1, 顧客コード2); zeros if none.
    Codes(CustomerCode, CustomerCode),
    /// A text (EDI情報), marked by `Y` in 識別表示.
    Edi(EdiText),
}

/// Values of a field of one digit, each with that digit.
macro_rules! digit {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $digit:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$value_doc])* $value,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: [Self; [$($digit),+].len()] = [$(Self::$value),+];

            /// The digit in the file.
            pub const fn digit(self) -> u8 {
                match self { $(Self::$value => $digit,)+ }
            }

            /// The value of a digit.
            pub fn of_digit(digit: u8) -> Option<Self> {
                Self::ALL.into_iter().find(|value| value.digit() == digit)
            }
        }
    };
}

digit!(
    /// The kind of an account that is paid to (預金種目). Others exist (3, 5 to 8), not for transfers.
    AccountKind {
        /// 普通預金.
        Ordinary = 1,
        /// 当座預金.
        Current = 2,
        /// 貯蓄預金.
        Savings = 4,
        /// その他.
        Other = 9,
    }
);
digit!(
    /// The kind of the account that pays: no savings account does.
    OwnAccountKind {
        /// 普通預金.
        Ordinary = 1,
        /// 当座預金.
        Current = 2,
        /// その他.
        Other = 9,
    }
);
digit!(
    /// Whether a payee is new (新規コード); banks look at new ones twice.
    NewCode {
        /// Neither.
        Other = 0,
        /// The first transfer to this account (第1回振込分).
        First = 1,
        /// Its bank, branch, kind or number has changed (変更分).
        Changed = 2,
    }
);
digit!(
    /// How a transfer is sent (振込指定区分). Several banks want no statement.
    TransferKind {
        /// Not stated.
        Unstated = 0,
        /// By wire (テレ振込).
        Wire = 7,
        /// By letter (文書振込).
        Letter = 8,
    }
);

/// Why transfers make no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// None at all: there is nothing to send.
    #[error("a batch needs a transfer: on a day without any there is no file to send")]
    NoTransfers,
    /// More than a trailer can count.
    #[error("{0} transfers are more than the {MAX_TRANSFERS} of one batch: split them")]
    TooMany(usize),
    /// More than a trailer can add up, in yen.
    #[error("{0} yen are more than the {MAX_TOTAL} of one batch: split it")]
    TooMuch(u64),
}

/// A file of no batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a file needs a batch: with nothing to pay there is no file to send")]
pub struct NoBatches;

impl BankFile {
    /// Joins batches to a file.
    ///
    /// # Errors
    /// If there are none.
    pub fn try_new(batches: Vec<Batch>) -> Result<Self, NoBatches> {
        if batches.is_empty() { Err(NoBatches) } else { Ok(Self { batches }) }
    }

    /// The batches; never empty.
    pub fn batches(&self) -> &[Batch] {
        &self.batches
    }

    /// All transfers of all batches.
    pub fn transfers(&self) -> impl Iterator<Item = &Transfer> {
        self.batches.iter().flat_map(|batch| &batch.transfers)
    }
}

impl Batch {
    /// Joins transfers to a batch.
    ///
    /// # Errors
    /// If there are none, or more than a trailer can count or add up.
    pub fn try_new(
        originator: Originator,
        date: MonthDay,
        transfers: Vec<Transfer>,
    ) -> Result<Self, BatchError> {
        // No overflow: as many amounts as fit into memory, each below 10^10.
        let total: u64 = transfers.iter().map(|transfer| transfer.amount.number()).sum();
        match transfers.len() {
            0 => Err(BatchError::NoTransfers),
            count if count > MAX_TRANSFERS => Err(BatchError::TooMany(count)),
            _ if total > MAX_TOTAL => Err(BatchError::TooMuch(total)),
            _ => Ok(Self { originator, date, transfers, total }),
        }
    }

    /// Who pays.
    pub const fn originator(&self) -> &Originator {
        &self.originator
    }

    /// The day on which the money moves (取組日), without its year.
    pub const fn date(&self) -> MonthDay {
        self.date
    }

    /// The transfers; never empty.
    pub fn transfers(&self) -> &[Transfer] {
        &self.transfers
    }

    /// What all of them pay, in yen.
    pub const fn total(&self) -> u64 {
        self.total
    }
}

impl Office {
    /// A branch of the directory.
    pub fn of(bank: &Bank, branch: &Branch) -> Self {
        Self {
            bank: bank.code,
            bank_name: OfficeName::of_bank(bank),
            branch: branch.code,
            branch_name: OfficeName::of_branch(branch),
        }
    }
}

impl Transfer {
    /// A transfer by wire of which the payee is told nothing more; set the other fields to change
    /// that.
    pub fn new(
        office: Office,
        account_kind: AccountKind,
        account: AccountNumber,
        holder: HolderName,
        amount: Amount,
    ) -> Self {
        Self {
            office,
            account_kind,
            account,
            holder,
            amount,
            reference: Reference::Codes(CustomerCode::MIN, CustomerCode::MIN),
            clearing_house: ClearingHouse::MIN,
            new_code: NewCode::Other,
            kind: TransferKind::Wire,
        }
    }
}
