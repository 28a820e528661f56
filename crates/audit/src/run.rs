//! The round over all cells: whose turn it is, and what is compared between them.

use std::path::{Path, PathBuf};

use journal::Reader;
use journal::file::{OpenError, ReadOnly, Verify};
use thiserror::Error;

use crate::arrival::Posted;
use crate::cell::Cell;
use crate::report::{CellReport, Place, Report};
use crate::snapshot::{self, Snapshot};
use crate::{closing, left, pairs, payout};

/// Why there was nothing to audit. What is wrong inside a journal is a difference, not this.
#[derive(Debug, Error)]
pub enum AuditError {
    /// The folder can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Io {
        /// Which folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no cell in the folder.
    #[error("there is no cell in {}: expected <cell>/journal in it", path.display())]
    NoCell {
        /// Which folder.
        path: PathBuf,
    },
    /// Two folders have a cell of one name.
    #[error("the cell '{cell}' stands in two of the folders; name each folder once")]
    Twice {
        /// Which cell.
        cell: String,
    },
    /// A journal can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// A journal to audit.
pub struct Source {
    /// The cell's name, as its neighbours call it.
    pub name: String,
    /// Reads its durable groups.
    pub reader: Box<dyn Reader>,
}

/// Audits all cells of a data folder: every `<data>/<cell>/journal`, read-only and unlocked.
///
/// # Errors
/// [`AuditError`] when there is nothing to audit. Damage is told in the report.
pub fn run(data: &Path) -> Result<Report, AuditError> {
    run_all(&[data])
}

/// The same over the data folders of several processes whose cells are linked.
///
/// # Errors
/// As [`run`], and when two of them have a cell of one name.
pub fn run_all(data: &[&Path]) -> Result<Report, AuditError> {
    let mut folders = Vec::new();
    for data in data {
        let io = |source| AuditError::Io { path: (*data).to_owned(), source };
        let before = folders.len();
        for entry in std::fs::read_dir(data).map_err(io)? {
            let folder = entry.map_err(io)?.path().join("journal");
            if folder.is_dir() {
                folders.push(folder);
            }
        }
        if folders.len() == before {
            return Err(AuditError::NoCell { path: (*data).to_owned() });
        }
    }
    let mut names: Vec<_> = folders.iter().map(|folder| cell_of(folder)).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(AuditError::Twice { cell: pair[0].clone() });
    }
    folders.sort();
    // Before any journal is opened: a file has its name only once it is sealed durably.
    let files: Vec<payout::Folder> = folders
        .iter()
        .map(|folder| payout::Folder::list(&folder.with_file_name("files")))
        .collect();
    let mut report = Report::default();
    let mut sources = Vec::new();
    let mut damaged = Vec::new();
    for (folder, files) in folders.into_iter().zip(files) {
        match open(&folder) {
            Ok(source) => {
                let snapshots = snapshot::list(&folder.with_file_name("snapshots"));
                sources.push((source, snapshots, Some(files)));
            }
            Err((name, error)) => {
                let position = match &error {
                    OpenError::Damaged(damage) => damage.position,
                    OpenError::Forked { position, .. } => *position,
                    OpenError::Short { found, .. } => *found,
                    _ => return Err(error.into()),
                };
                let place = Place { cell: name.clone(), position: Some(position), record: None };
                report.add(place, "journal_damaged", error.to_string());
                damaged.push(CellReport { name, ..CellReport::default() });
            }
        }
    }
    Ok(go(sources, damaged, report))
}

/// The name of the cell whose journal lies there.
fn cell_of(journal: &Path) -> String {
    let parent = journal.parent().and_then(Path::file_name).unwrap_or_default();
    parent.to_string_lossy().into_owned()
}

fn open(folder: &Path) -> Result<Source, (String, OpenError)> {
    let name = cell_of(folder);
    let opened = ReadOnly::open(folder, Verify::Chain).map_err(|error| (name, error))?;
    Ok(Source { name: opened.identity().name.clone(), reader: opened.reader() })
}

/// Audits cells through readers of their journals, up to the group that is durable when this
/// begins; further only where another cell has already received from there.
pub fn run_live(sources: Vec<Source>) -> Report {
    let without = sources.into_iter().map(|source| (source, Vec::new(), None)).collect();
    go(without, Vec::new(), Report::default())
}

/// A journal, and what stands beside it where there is a folder.
type Beside = (Source, Vec<Snapshot>, Option<payout::Folder>);

fn go(sources: Vec<Beside>, damaged: Vec<CellReport>, report: Report) -> Report {
    let cell = |(source, snapshots, files): Beside| {
        (Cell::new(source.name, source.reader, snapshots), files)
    };
    let (cells, files): (Vec<Cell>, Vec<_>) = sources.into_iter().map(cell).unzip();
    // Cells that can't be opened leave their neighbours' messages unjudged.
    let mut round = Round { cells, report };
    round.run();
    let Round { mut cells, mut report } = round;
    for (cell, files) in cells.iter_mut().zip(files) {
        closing::check(cell, &mut report);
        if let Some(files) = files.filter(|_| cell.is_complete()) {
            payout::check(cell, &files, &mut report);
        }
    }
    report.links = pairs::check(&cells, &mut report);
    report.cells = cells.iter().map(Cell::counted).chain(damaged).collect();
    report.cells.sort_by(|a, b| a.name.cmp(&b.name));
    report
}

struct Round {
    cells: Vec<Cell>,
    report: Report,
}

impl Round {
    /// Takes the groups of all cells in order of cause, else of time.
    fn run(&mut self) {
        loop {
            for cell in &mut self.cells {
                cell.read_ahead(&mut self.report);
            }
            let waiting = self.cells.iter().enumerate().filter_map(|(at, cell)| {
                let blocked = self.missing(at).is_some();
                cell.waiting_time().map(|time| (blocked, time, at))
            });
            match waiting.min() {
                None => return,
                Some((false, _, at)) => self.step(at),
                // Whatever still waits wants a message that is not there: it must have become
                // durable since the end was fixed, or was never sent.
                Some((true, _, _)) => self.look_further(),
            }
        }
    }

    /// The cell from which the next group of a cell wants a message that is not known yet.
    fn missing(&self, at: usize) -> Option<usize> {
        self.cells[at].wanted().find_map(|(link, number)| {
            let (sender, back) = self.other_end(at, link)?;
            let known = back.map_or(0, |back| self.cells[sender].last_posted(back));
            (known < number && !self.cells[sender].is_stopped()).then_some(sender)
        })
    }

    /// The cell at the other end of a link, and the number of the link there once it is open.
    fn other_end(&self, at: usize, link: u8) -> Option<(usize, Option<u8>)> {
        let cell = &self.cells[at];
        let name = cell.link_name(link)?;
        let other = self.cells.iter().position(|other| other.name == name)?;
        Some((other, self.cells[other].state.corridor.link_named(&cell.name)))
    }

    fn look_further(&mut self) {
        for at in 0..self.cells.len() {
            if let Some(sender) = self.missing(at)
                && self.cells[sender].extend(&mut self.report)
            {
                return;
            }
        }
        // Nothing more to be had: the earliest goes on, and its records say what is missing.
        let first = self.cells.iter().enumerate();
        let first = first.filter_map(|(at, cell)| cell.waiting_time().map(|time| (time, at))).min();
        if let Some((_, at)) = first {
            self.step(at);
        }
    }

    fn step(&mut self, at: usize) {
        let wanted: Vec<_> = self.cells[at].wanted().collect();
        let posted = wanted.into_iter().map(|(link, number)| match self.other_end(at, link) {
            None => Posted::Elsewhere,
            Some((sender, back)) => {
                let sender = &mut self.cells[sender];
                let posted = back.and_then(|back| sender.take_posted(back, number));
                match posted {
                    Some(sent) => Posted::Message(Box::new(sent)),
                    // What it may have sent behind its own difference is not known.
                    None if sender.is_stopped() => Posted::Elsewhere,
                    None => Posted::Never,
                }
            }
        });
        let posted: Vec<Posted> = posted.collect();
        self.cells[at].apply(posted, &mut self.report);
        left::pair_off(&mut self.cells, at);
    }
}
