//! Prints how fast the file journal is on the device under a folder:
//! `cargo run --release -p journal --example throughput -- FOLDER [MEGABYTES]`

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use journal::file::{FileJournal, Identity, Options, ReadOnly, Verify};
use journal::{GroupBuf, Journal};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("the first argument is a folder")?;
    let megabytes: usize = arguments.next().as_deref().unwrap_or("1024").parse()?;
    let folder = Path::new(&folder);
    for (name, records, bytes, groups) in [
        ("one record of 330 kB", 1, 330_000, megabytes * 3),
        ("1,000 records of 200 B", 1000, 200, megabytes * 2),
        ("one record of 200 B", 1, 200, 5_000),
    ] {
        let folder = folder.join(name.replace([' ', ','], "-"));
        run(&folder, name, records, bytes, groups)?;
    }
    Ok(())
}

fn run(
    folder: &Path,
    name: &str,
    records: usize,
    bytes: usize,
    groups: usize,
) -> Result<(), Box<dyn Error>> {
    let identity = Identity { name: "throughput".to_owned(), id: [1; 16] };
    let mut group = GroupBuf::new();
    for n in 0..records {
        group.push_with(|out| out.extend((0..bytes).map(|b| (b * 31 + n) as u8)));
    }
    let total = (group.bytes() * groups) as f64 / 1e6;

    let mut journal = FileJournal::create(folder, &identity, Options::default())?;
    let begun = Instant::now();
    let mut each = Vec::with_capacity(groups);
    for n in 1..=groups as u64 {
        let begun = Instant::now();
        journal.append(n, 0, &group)?;
        each.push(begun.elapsed());
    }
    let took = begun.elapsed();
    each.sort();
    let at = |part: f64| each[((groups - 1) as f64 * part) as usize].as_micros();
    println!("{name}: {groups} groups");
    let rate = groups as f64 / took.as_secs_f64();
    println!("  append     {}, {rate:.0} groups/s", speed(total, took));
    println!("  each (µs)  p50 {}, p99 {}, most {}", at(0.5), at(0.99), at(1.0));
    journal.idle()?;
    drop(journal);

    let begun = Instant::now();
    let journal = FileJournal::open(folder, &identity, Options::default())?;
    println!("  open       {}", speed(total, begun.elapsed()));
    let begun = Instant::now();
    let mut reader = journal.reader();
    let found = reader.groups(1).map(|group| group.map(|group| group.count()));
    let found: usize = found.sum::<Result<usize, _>>()?;
    println!("  replay     {}, {found} records", speed(total, begun.elapsed()));
    let begun = Instant::now();
    ReadOnly::open(folder, Verify::Full)?;
    println!("  audit      {}", speed(total, begun.elapsed()));
    Ok(())
}

fn speed(megabytes: f64, took: Duration) -> String {
    format!("{:.0} MB/s ({:.3} s)", megabytes / took.as_secs_f64(), took.as_secs_f64())
}
