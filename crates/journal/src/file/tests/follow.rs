//! Readers that follow a writer, in its process and beside it.

use std::thread;

use super::*;
use crate::Reader;

const LAST: u64 = 600;

/// Reads all groups as they come.
fn follow(mut reader: Box<dyn Reader>) {
    let mut found = Vec::new();
    while (found.len() as u64) < LAST {
        match reader.read_from(found.len() as u64 + 1).unwrap() {
            Some(group) => found.push(group),
            None => thread::yield_now(),
        }
    }
    assert_prefix(&found);
}

#[test]
fn a_follower_sees_every_group_once_in_order() {
    let folder = folder();
    let mut journal = FileJournal::create(folder.path(), &identity(), options(8192)).unwrap();
    let inside = journal.reader();
    let inside = thread::spawn(move || follow(inside));
    let beside = ReadOnly::open(folder.path(), Verify::Full).unwrap();
    let beside = beside.reader();
    let beside = thread::spawn(move || follow(beside));
    append(&mut journal, 1..=LAST);
    journal.idle().unwrap();
    inside.join().unwrap();
    beside.join().unwrap();
}

#[test]
fn a_follower_beside_goes_on_when_the_writer_starts_again() {
    let folder = folder();
    drop(FileJournal::create(folder.path(), &identity(), options(4096)).unwrap());
    let beside = ReadOnly::open(folder.path(), Verify::Full).unwrap();
    let beside = beside.reader();
    let beside = thread::spawn(move || follow(beside));
    for life in 0..12 {
        let mut journal = open(folder.path(), 4096).unwrap();
        append(&mut journal, life * 50 + 1..=life * 50 + 23);
        if life % 3 == 0 {
            journal.idle().unwrap();
        }
        append(&mut journal, life * 50 + 24..=life * 50 + 50);
    }
    beside.join().unwrap();
}
