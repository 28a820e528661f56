//! A data folder on the disk, also beside its writer.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod given;

use std::path::Path;

use audit::{AuditError, run};
use given::{Cell, Market};
use journal::file::{FileJournal, Identity, Options};
use journal::{GroupBuf, Journal};

/// Copies a cell's journal from memory into `<data>/<cell>/journal`; the writer stays open.
fn write(data: &Path, cell: &Cell) -> FileJournal {
    let folder = data.join(cell.name).join("journal");
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    let identity = Identity { name: cell.name.to_owned(), id: [cell.state.cell as u8; 16] };
    let options = Options { segment_bytes: 1 << 16, ..Options::default() };
    let mut journal = FileJournal::create(&folder, &identity, options).unwrap();
    journal.claim(1).unwrap();
    for stored in cell.disk().groups() {
        let mut group = GroupBuf::new();
        group.set_time(stored.time);
        stored.records().for_each(|record| group.push(record));
        journal.append(stored.position, 1, &group).unwrap();
    }
    journal.idle().unwrap();
    journal
}

#[test]
fn a_folder_is_audited_beside_its_writers() {
    let data = tempfile::tempdir().unwrap();
    let market = Market::busy();
    let _writers = (write(data.path(), &market.cn), write(data.path(), &market.jp));
    std::fs::create_dir(data.path().join("not a cell")).unwrap();
    let report = run(data.path()).unwrap();
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.cells.len(), 2);
    assert_eq!(report.cells[1].position, market.jp.position());
    assert_eq!(report.links[0].pairs, 5);
}

#[test]
fn damage_on_the_disk_is_a_difference_with_its_place() {
    let data = tempfile::tempdir().unwrap();
    let market = Market::busy();
    drop((write(data.path(), &market.cn), write(data.path(), &market.jp)));
    let folder = data.path().join("jp/journal");
    let segment = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ext| ext == "seg"))
        .unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let name = "京都茶房".as_bytes();
    let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
    bytes[at] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let report = run(data.path()).unwrap();
    let difference = &report.differences[0];
    assert_eq!((difference.code, difference.place.cell.as_str()), ("journal_damaged", "jp"));
    assert!(difference.place.position.is_some());
    assert_eq!(report.cells.len(), 2);
}

#[test]
fn a_folder_without_cells_is_told() {
    let data = tempfile::tempdir().unwrap();
    assert!(matches!(run(data.path()), Err(AuditError::NoCell { .. })));
    assert!(matches!(run(&data.path().join("absent")), Err(AuditError::Io { .. })));
}
