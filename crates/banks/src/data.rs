//! How the directory is stored: a line of text that says its source, then the rest, compressed.
//!
//! Unpacked it is lines of fields with tabs between: `=`, code, name and kana of a bank, each
//! followed by its branches; `!` and the code of a closed bank, followed by the branches that it had;
//! and at the end `.` with the numbers of banks and of branches. All are in the order of their codes,
//! the open banks first. A branch is name, kana, and by how much its code is above the one before it
//! in the bank, where that is not one: most codes follow one another, and so pack to nothing. The
//! first is counted from zero.

use std::fmt;

use kana::{Charset, Kana};
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use crate::directory::ClosedBank;
use crate::{Bank, Branch, BranchCode, Directory};

/// The most that a directory may have unpacked; it has about 1 MB.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// What a bank's file has room for.
const MAX_KANA: usize = 15;

/// Why a directory was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataError {
    /// The line of the unpacked text, counted from 1; zero if it is about the whole.
    pub line: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// No first line with the source.
    #[error("it does not begin with a line that names its source")]
    NoSource,
    /// The rest can't be unpacked.
    #[error("it can't be unpacked: it was cut off or altered")]
    Damaged,
    /// Neither a bank nor a branch.
    #[error("this is neither a bank nor a branch")]
    NotAnEntry,
    /// A code that does not come after the one before it.
    #[error("this code does not come after the one before it")]
    OutOfOrder,
    /// A name that a bank's file can't carry.
    #[error("a bank's file can't carry this name: 1 to 15 bytes of kana are needed")]
    NotAName,
    /// A bank without branches.
    #[error("the bank before this line has no branches")]
    NoBranches,
    /// The numbers at the end are missing or others.
    #[error("it has not as many banks and branches as it says at its end")]
    Incomplete,
}

/// Packs lines of the unpacked form, below a source. Does not check them; [`Directory::parse`] does.
pub fn pack(source: &str, lines: &str) -> Vec<u8> {
    let mut packed = format!("# {source}\n").into_bytes();
    packed.extend(compress_to_vec_zlib(lines.as_bytes(), 10));
    packed
}

pub(crate) fn parse(bytes: &[u8]) -> Result<Directory, DataError> {
    let whole = |problem| DataError { line: 0, problem };
    let source = bytes
        .strip_prefix(b"# ")
        .and_then(|rest| rest.split(|byte| *byte == b'\n').next())
        .and_then(|line| std::str::from_utf8(line).ok())
        .filter(|line| !line.is_empty())
        .ok_or(whole(Problem::NoSource))?;
    let packed = bytes.get(source.len() + 3..).unwrap_or_default();
    let unpacked = decompress_to_vec_zlib_with_limit(packed, MAX_BYTES)
        .ok()
        .and_then(|text| String::from_utf8(text).ok())
        .ok_or(whole(Problem::Damaged))?;
    let directory = Directory { source: source.to_owned(), banks: Vec::new(), closed: Vec::new() };
    let mut reader = Reader { directory, is_done: false };
    for (line, text) in (1..).zip(unpacked.lines()) {
        reader.line(text).map_err(|problem| DataError { line, problem })?;
    }
    if reader.is_done { Ok(reader.directory) } else { Err(whole(Problem::Incomplete)) }
}

/// Takes line after line.
struct Reader {
    directory: Directory,
    is_done: bool,
}

impl Reader {
    fn line(&mut self, text: &str) -> Result<(), Problem> {
        if self.is_done {
            return Err(Problem::NotAnEntry);
        }
        match text.as_bytes().first() {
            Some(b'=') => self.bank(&text[1..]),
            Some(b'!') => self.closed_bank(&text[1..]),
            Some(b'.') => self.end(&text[1..]),
            _ => self.branch(text),
        }
    }

    fn bank(&mut self, text: &str) -> Result<(), Problem> {
        self.expect_branches()?;
        let [code, name, kana] = fields_of(text)?;
        let code = code.parse().map_err(|_| Problem::NotAnEntry)?;
        let is_next = self.directory.banks.last().is_none_or(|before| before.code < code);
        if !is_next || !self.directory.closed.is_empty() {
            return Err(Problem::OutOfOrder);
        }
        let bank = Bank { code, name: name_of(name)?, kana: kana_of(kana)?, branches: Vec::new() };
        self.directory.banks.push(bank);
        Ok(())
    }

    fn closed_bank(&mut self, code: &str) -> Result<(), Problem> {
        self.expect_branches()?;
        let code = code.parse().map_err(|_| Problem::NotAnEntry)?;
        let is_next = self.directory.closed.last().is_none_or(|before| before.code < code);
        let is_open = self.directory.banks.binary_search_by_key(&code, |bank| bank.code).is_ok();
        if !is_next || is_open {
            return Err(Problem::OutOfOrder);
        }
        self.directory.closed.push(ClosedBank { code, branches: Vec::new() });
        Ok(())
    }

    fn branch(&mut self, text: &str) -> Result<(), Problem> {
        let (text, step) = match text.rsplit_once('\t') {
            Some((rest, step)) if step.bytes().all(|byte| byte.is_ascii_digit()) => {
                (rest, step.parse().map_err(|_| Problem::NotAnEntry)?)
            }
            _ => (text, 1),
        };
        let [name, kana] = fields_of(text)?;
        let branches = self.last_branches().ok_or(Problem::NotAnEntry)?;
        let before = branches.last().map(|before| before.code.number());
        if step == 0 && before.is_some() {
            return Err(Problem::OutOfOrder);
        }
        let code = before.unwrap_or(0).checked_add(step).and_then(BranchCode::try_new);
        let code = code.ok_or(Problem::NotAnEntry)?;
        branches.push(Branch { code, name: name_of(name)?, kana: kana_of(kana)? });
        Ok(())
    }

    fn end(&mut self, text: &str) -> Result<(), Problem> {
        self.expect_branches()?;
        let counted = format!("{}\t{}", self.directory.banks.len(), self.directory.branch_count());
        self.is_done = text == counted && !self.directory.banks.is_empty();
        if self.is_done { Ok(()) } else { Err(Problem::Incomplete) }
    }

    fn expect_branches(&mut self) -> Result<(), Problem> {
        match self.last_branches() {
            Some(branches) if branches.is_empty() => Err(Problem::NoBranches),
            _ => Ok(()),
        }
    }

    /// Those of the bank that is being read.
    fn last_branches(&mut self) -> Option<&mut Vec<Branch>> {
        let Directory { banks, closed, .. } = &mut self.directory;
        match closed.last_mut() {
            Some(bank) => Some(&mut bank.branches),
            None => banks.last_mut().map(|bank| &mut bank.branches),
        }
    }
}

fn fields_of<const N: usize>(text: &str) -> Result<[&str; N], Problem> {
    let fields: Vec<&str> = text.split('\t').collect();
    fields.try_into().map_err(|_| Problem::NotAnEntry)
}

fn name_of(text: &str) -> Result<String, Problem> {
    if text.is_empty() { Err(Problem::NotAName) } else { Ok(text.to_owned()) }
}

fn kana_of(text: &str) -> Result<Kana, Problem> {
    let kana = kana::read(text, Charset::Office).map_err(|_| Problem::NotAName)?;
    if (1..=MAX_KANA).contains(&kana.len()) { Ok(kana) } else { Err(Problem::NotAName) }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.problem),
            line => write!(f, "line {line}: {}", self.problem),
        }
    }
}

impl std::error::Error for DataError {}
