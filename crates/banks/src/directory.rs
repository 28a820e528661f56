//! The directory: look-up by code.

use std::sync::LazyLock;

use kana::Kana;

use crate::data;
use crate::{BankCode, BranchCode, DataError};

/// What ships; made by `cargo xtask banks`.
const SHIPPED: &[u8] = include_bytes!("../data/banks.dat");

static PARSED: LazyLock<Directory> = LazyLock::new(|| {
    Directory::parse(SHIPPED).expect("the directory that ships is valid: a test reads all of it")
});

/// The directory that ships. The first call unpacks it, which takes some hundredths of a second.
pub fn shipped() -> &'static Directory {
    &PARSED
}

/// All institutions that take transfers, and their branches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    pub(crate) source: String,
    pub(crate) banks: Vec<Bank>,
    pub(crate) closed: Vec<ClosedBank>,
}

/// A bank, credit union, cooperative or other institution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bank {
    /// Its code.
    pub code: BankCode,
    /// Its name as the directory shortens it, without 銀行: `飛騨信組`, `みずほ`.
    pub name: String,
    /// The name as a bank's file writes it, 15 bytes at most.
    pub kana: Kana,
    pub(crate) branches: Vec<Branch>,
}

/// A branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its code within the bank.
    pub code: BranchCode,
    /// Its name without 支店: `古川`.
    pub name: String,
    /// The name as a bank's file writes it, 15 bytes at most.
    pub kana: Kana,
}

/// A code that has branches but no institution any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClosedBank {
    pub(crate) code: BankCode,
    pub(crate) branches: Vec<Branch>,
}

/// A code that no bank has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBank {
    /// It never was in the directory, or is too new for it.
    #[error("no bank has the code {0}: compare the four digits with the passbook")]
    Unknown(BankCode),
    /// It had branches, and is no institution any more.
    #[error("the bank with the code {0} was closed or merged: ask it for the new account")]
    Closed(BankCode),
}

/// A code that no branch of a bank has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no branch of bank {bank} has the code {branch}: compare the three digits with the passbook"
)]
pub struct NoBranch {
    /// The bank.
    pub bank: BankCode,
    /// The code that none of its branches has.
    pub branch: BranchCode,
}

impl Directory {
    /// Unpacks and checks a directory in the form of `data/banks.dat`.
    ///
    /// # Errors
    /// If anything of it is not as it should be.
    pub fn parse(bytes: &[u8]) -> Result<Self, DataError> {
        data::parse(bytes)
    }

    /// Where the data come from: package, version, licence and day.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// All banks by code.
    pub fn banks(&self) -> &[Bank] {
        &self.banks
    }

    /// The bank with a code.
    ///
    /// # Errors
    /// If there is none, or none any more.
    pub fn bank(&self, code: BankCode) -> Result<&Bank, NoBank> {
        match self.banks.binary_search_by_key(&code, |bank| bank.code) {
            Ok(at) => Ok(&self.banks[at]),
            Err(_) if self.closed_position(code).is_some() => Err(NoBank::Closed(code)),
            Err(_) => Err(NoBank::Unknown(code)),
        }
    }

    /// The branches that a closed or merged bank had: its name is lost, they tell which it was.
    pub fn branches_of_closed(&self, code: BankCode) -> &[Branch] {
        self.closed_position(code).map_or(&[], |at| &self.closed[at].branches)
    }

    /// The codes of closed or merged banks, in order.
    pub fn closed(&self) -> impl Iterator<Item = BankCode> {
        self.closed.iter().map(|bank| bank.code)
    }

    /// How many branches it has, those of closed banks included.
    pub fn branch_count(&self) -> usize {
        let of_open = self.banks.iter().map(|bank| bank.branches.len());
        let of_closed = self.closed.iter().map(|bank| bank.branches.len());
        of_open.chain(of_closed).sum()
    }

    fn closed_position(&self, code: BankCode) -> Option<usize> {
        self.closed.binary_search_by_key(&code, |bank| bank.code).ok()
    }
}

impl Bank {
    /// All branches by code; never empty.
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// The branch with a code.
    ///
    /// # Errors
    /// If the bank has none.
    pub fn branch(&self, code: BranchCode) -> Result<&Branch, NoBranch> {
        let found = self.branches.binary_search_by_key(&code, |branch| branch.code);
        found.map(|at| &self.branches[at]).map_err(|_| NoBranch { bank: self.code, branch: code })
    }
}
