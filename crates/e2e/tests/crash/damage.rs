//! Cuts and flipped bits in copies of a data folder: each is refused with the place it is at, or
//! changes nothing that was durable.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use e2e::binary::{Ran, run};
use e2e::random::Random;
use journal::Journal;
use journal::file::{FileJournal, Identity, OpenError, Options, ReadOnly, Verify};
use serde_json::Value;

const CELLS: [&str; 2] = ["cn", "jp"];
const SEGMENT: &str = "00000000000000000001.seg";
/// How often a file is cut, and how often a bit is flipped.
const EACH: u64 = 100;

/// One cell of the undamaged folder.
struct Whole {
    cell: &'static str,
    /// The last group, and the last that the anchor vouches for.
    last: u64,
    anchored: u64,
    /// Its files up to their last byte that is not zero, and how long they are.
    files: Vec<(String, Vec<u8>, u64)>,
}

/// What became of one damaged folder.
#[derive(Debug, Default)]
struct Tally {
    refused: u64,
    unharmed: u64,
    shorter: u64,
}

/// Damages copies of `data`, one at a time.
pub fn all(data: &Path, random: &mut Random) {
    let cells = CELLS.map(|cell| Whole::read(data, cell));
    let scratch = data.parent().unwrap().join("scratch");
    let (mut cuts, mut flips) = (Tally::default(), Tally::default());
    for _ in 0..EACH {
        let (at, name, bytes) = pick(&cells, random);
        let end = random.below(bytes);
        let what = format!("{} {name} cut to {end} of {bytes} bytes", cells[at].cell);
        one(&scratch, &cells, at, &what, &mut cuts, |folder| {
            OpenOptions::new().write(true).open(folder.join(&name)).unwrap().set_len(end).unwrap();
        });
        let (at, name, bytes) = pick(&cells, random);
        let (byte, bit) = (random.below(bytes), random.below(8));
        let what = format!("{} {name} with bit {bit} of byte {byte} flipped", cells[at].cell);
        one(&scratch, &cells, at, &what, &mut flips, |folder| flip(&folder.join(&name), byte, bit));
    }
    eprintln!("cuts: {cuts:?}");
    eprintln!("flipped bits: {flips:?}");
    for tally in [cuts, flips] {
        assert!(tally.refused > EACH / 4, "damage to what was durable is refused: {tally:?}");
    }
}

/// A cell, one of its files, and how much of it is used: mostly the segment.
fn pick(cells: &[Whole; 2], random: &mut Random) -> (usize, String, u64) {
    let at = random.below(2) as usize;
    let wanted = match random.below(10) {
        0..7 => SEGMENT,
        7..9 => "anchor",
        _ => "journal",
    };
    let file = cells[at].files.iter().find(|(name, _, _)| name == wanted).unwrap();
    (at, file.0.clone(), file.1.len() as u64)
}

fn flip(path: &Path, byte: u64, bit: u64) {
    let mut file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut one = [0];
    file.seek(SeekFrom::Start(byte)).unwrap();
    file.read_exact(&mut one).unwrap();
    one[0] ^= 1 << bit;
    file.seek(SeekFrom::Start(byte)).unwrap();
    file.write_all(&one).unwrap();
}

/// Damages one copy and judges what the audit says of it, and what a writer says.
fn one(
    scratch: &Path,
    cells: &[Whole; 2],
    at: usize,
    what: &str,
    tally: &mut Tally,
    damage: impl FnOnce(&Path),
) {
    let _already_gone = fs::remove_dir_all(scratch);
    cells.iter().for_each(|cell| cell.write(scratch));
    let cell = &cells[at];
    let folder = scratch.join(cell.cell).join("journal");
    damage(&folder);
    let identity = Identity::read(&folder);
    let audit = run(scratch.parent().unwrap(), &["audit", "--json", "--data", "scratch"]);
    audit.is_clean();
    let opened = identity
        .and_then(|identity| FileJournal::open(&folder, &identity, Options::default()))
        .map(|journal| journal.head().position);
    match opened {
        Ok(last) => {
            assert!(
                last >= cell.anchored,
                "{what}: {} was durable, {last} is there",
                cell.anchored
            );
            assert!(last <= cell.last, "{what}: more than there was");
            let known = position(&audit, cell.cell).unwrap_or_else(|| panic!("{what}: {audit:?}"));
            assert_eq!(known, last, "{what}: audit and writer differ: {audit:?}");
            if last == cell.last {
                assert_eq!(audit.code, Some(0), "{what}: {audit:?}");
                tally.unharmed += 1;
            } else {
                // What is gone was never anchored; the neighbour may know it, and then says so.
                tally.shorter += 1;
            }
        }
        Err(why) => {
            assert_eq!(audit.code, Some(1), "{what}: refused ({why}), the audit: {audit:?}");
            let told = format!("{}{}", audit.out, audit.err);
            assert!(told.contains(cell.cell), "{what}: no place in {told}");
            let why = why.to_string();
            assert!(why.contains("group") || why.contains("journal"), "{what}: no place in {why}");
            tally.refused += 1;
        }
    }
}

/// How far the audit got in a cell.
fn position(audit: &Ran, cell: &str) -> Option<u64> {
    let report: Value = serde_json::from_str(&audit.out).ok()?;
    let cells = report["cells"].as_array()?;
    cells.iter().find(|it| it["name"] == cell)?["position"].as_u64()
}

impl Whole {
    fn read(data: &Path, cell: &'static str) -> Self {
        let folder = data.join(cell).join("journal");
        let last = ReadOnly::open(&folder, Verify::Full).unwrap().head().position;
        let files = ["journal", "anchor", SEGMENT].map(|name| {
            let bytes = fs::read(folder.join(name)).unwrap();
            let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
            (name.to_owned(), bytes[..used].to_vec(), bytes.len() as u64)
        });
        assert_eq!(segments(&folder), 1, "a small journal has one segment");
        let mut whole = Self { cell, last, anchored: 0, files: files.to_vec() };
        whole.anchored = whole.anchor(&data.parent().unwrap().join("probe"));
        assert!(whole.anchored > 0 && whole.anchored <= last);
        whole
    }

    /// What the anchor vouches for, as a journal without a group tells it: one that is cut behind
    /// the header of its segment.
    fn anchor(&self, probe: &Path) -> u64 {
        let folder = probe.join(self.cell).join("journal");
        let told = (6..13).find_map(|bits| {
            self.write(probe);
            let segment = OpenOptions::new().write(true).open(folder.join(SEGMENT)).unwrap();
            segment.set_len(1 << bits).unwrap();
            match ReadOnly::open(&folder, Verify::Full).map(|it| it.head()) {
                Err(OpenError::Short { anchored, .. }) => Some(anchored),
                _ => None,
            }
        });
        told.expect("a journal without its groups is told from a whole one")
    }

    fn write(&self, data: &Path) {
        let folder = data.join(self.cell).join("journal");
        fs::create_dir_all(&folder).unwrap();
        for (name, used, length) in &self.files {
            let mut file = File::create(folder.join(name)).unwrap();
            file.write_all(used).unwrap();
            file.set_len(*length).unwrap();
        }
    }
}

fn segments(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    names.filter(|path: &PathBuf| path.extension().is_some_and(|it| it == "seg")).count()
}
