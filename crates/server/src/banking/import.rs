//! Taking a statement in, page by page. What was cut off goes on where it stopped when the same
//! statement comes again.

use cell::Handle;
use economy::{Command, Reply, Request};
use kernel::Actor;
use pay::StatementView;
use pay::command::ImportStatement;

use super::lines::{Format, Read, read};
use crate::outcome::settled;
use crate::problem::Problem;

/// What came of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The account, as its bank numbers it.
    pub account: String,
    /// Up to which day its lines are here now, as `yyyymmdd`.
    pub until: u32,
    /// The balance after the newest, in minor units.
    pub balance: i64,
    /// In what.
    pub currency: kernel::Currency,
    /// How many lines were taken in; none of those that were here before.
    pub lines: u32,
    /// How many of them a person is to resolve.
    pub open: u32,
    /// The cell's position after it.
    pub position: u64,
}

/// Has a cell take in all statements of a file.
///
/// # Errors
/// What is wrong with the file, or the refusal of the first page that can't be; the pages before it
/// stay.
pub async fn take_in(
    cell: (&str, &Handle),
    actor: Actor,
    bytes: Vec<u8>,
    format: Format,
) -> Result<Vec<Imported>, Problem> {
    let hash = blake3::hash(&bytes);
    let statements = tokio::task::spawn_blocking(move || read(&bytes, &format)).await;
    let statements = statements.map_err(|_| Problem::internal())??;
    let mut imported = Vec::with_capacity(statements.len());
    for (at, statement) in statements.into_iter().enumerate() {
        // Several statements in one file are told apart.
        let mut of = blake3::Hasher::new();
        of.update(hash.as_bytes()).update(&(at as u64).to_le_bytes());
        imported.push(import(cell, actor, *of.finalize().as_bytes(), statement).await?);
    }
    Ok(imported)
}

/// Has a cell take a statement in.
///
/// # Errors
/// The refusal of the first page that can't be; the pages before it stay.
pub async fn import(
    cell: (&str, &Handle),
    actor: Actor,
    hash: [u8; 32],
    read: Read,
) -> Result<Imported, Problem> {
    let (name, handle) = cell;
    let pages: Vec<_> = match read.lines.is_empty() {
        true => vec![&[][..]],
        false => read.lines.chunks(ImportStatement::MOST).collect(),
    };
    let (count, mut opening) = (pages.len() as u32, read.opening);
    let mut imported = Imported {
        account: read.account.clone(),
        until: read.to,
        balance: read.opening,
        currency: read.currency,
        lines: 0,
        open: 0,
        position: 0,
    };
    for (page, lines) in (0..).zip(pages) {
        // No overflow: the whole was added up before.
        let closing = opening + lines.iter().map(|line| line.amount).sum::<i64>();
        let command = ImportStatement {
            currency: read.currency,
            account: read.account.clone(),
            hash,
            page,
            pages: count,
            from: read.from,
            to: read.to,
            opening,
            closing,
            lines: lines.into(),
        };
        let command = Command::Pay(command.into());
        let request = Request { actor, fingerprint: None, command };
        let settled = settled::reply(name, handle.submit(request).await)?;
        let Reply::Pay(pay::Reply::Statement(view)) = settled.value else {
            return Err(Problem::internal());
        };
        let StatementView { until, balance, lines, open, .. } = view;
        (imported.until, imported.balance) = (until, balance);
        (imported.lines, imported.open) = (imported.lines + lines, imported.open + open);
        imported.position = settled.position;
        opening = closing;
    }
    Ok(imported)
}
