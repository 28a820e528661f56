//! The file is a function of the journal.

use std::path::Path;

use journal::Journal;
use journal::memory::Memory;
use rusqlite::Connection;
use views::{PaymentFilter, Views};

use crate::given::Market;
use crate::views_of;

#[test]
fn followed_in_steps_or_at_once_the_rows_are_the_same() {
    let market = Market::busy();
    for cell in [&market.cn, &market.jp] {
        let (whole, views) = views_of(cell);
        drop(views);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("views.db");
        // Opened again after every group: all that following needs is in the file.
        for position in 1..=cell.position() {
            let part = cell.disk().fork();
            part.truncate(position);
            let views = Views::open(&path, cell.name).unwrap();
            assert_eq!(views.position(), position - 1);
            let mut reader = Memory::open(&part).reader();
            assert_eq!(views.catch_up(reader.as_mut()).unwrap(), position);
        }
        assert_eq!(dump(&path), dump(&whole.path().join("views.db")), "{}", cell.name);
    }
}

#[test]
fn a_file_of_another_journal_is_built_anew() {
    let market = Market::busy();
    let (folder, views) = views_of(&market.jp);
    let path = folder.path().join("views.db");
    let rows = dump(&path);
    let other = Market::new();
    assert_eq!(views.catch_up(other.jp.reader().as_mut()).unwrap(), other.jp.position());
    assert!(views.payments(&PaymentFilter::default(), None, 10).unwrap().is_empty());
    assert_eq!(views.catch_up(market.jp.reader().as_mut()).unwrap(), market.jp.position());
    assert_eq!(dump(&path), rows);
}

#[test]
fn a_file_that_is_unfit_is_built_anew() {
    let market = Market::busy();
    let (folder, views) = views_of(&market.jp);
    let path = folder.path().join("views.db");
    let rows = dump(&path);
    drop(views);
    type Spoil = fn(&Path);
    let spoils: [Spoil; 5] = [
        |path| Connection::open(path).unwrap().pragma_update(None, "user_version", 99).unwrap(),
        |path| _ = Connection::open(path).unwrap().execute("UPDATE cursor SET cell = 'xx'", []),
        |path| Connection::open(path).unwrap().execute_batch("DROP TABLE hold").unwrap(),
        |path| std::fs::write(path, b"this was a database once").unwrap(),
        |path| std::fs::remove_file(path).unwrap(),
    ];
    for (at, spoil) in spoils.into_iter().enumerate() {
        spoil(&path);
        let views = Views::open(&path, "jp").unwrap();
        assert_eq!(views.position(), 0, "spoil {at}");
        views.catch_up(market.jp.reader().as_mut()).unwrap();
        drop(views);
        assert_eq!(dump(&path), rows);
    }
}

/// Every row of every table, as text.
fn dump(path: &Path) -> Vec<String> {
    let file = Connection::open(path).unwrap();
    let mut tables = file.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let tables = tables.query_map([], |row| row.get(0)).unwrap();
    let tables: Vec<String> = tables.map(Result::unwrap).collect();
    let mut rows = Vec::new();
    for table in tables {
        let mut select = file.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = select.column_count();
        let found = select.query_map([], |row| {
            let text = |column| row.get_ref(column).map(|value| format!("{value:?}"));
            (0..columns).map(text).collect::<Result<Vec<_>, _>>()
        });
        rows.extend(found.unwrap().map(|row| format!("{table}: {}", row.unwrap().join(", "))));
    }
    rows.sort();
    rows
}
