//! Makes the list of holidays that `calendar` ships from the package `holidays` of PyPI.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use calendar::{Country, Date, Holidays};

const SCRIPT: &str = include_str!("holidays.py");
const TARGET: &str = "crates/calendar/data/holidays.tsv";

/// The first year of the list.
const FIRST: i16 = 2015;
/// How many years after the package's release Japan's days are still written down.
const YEARS_AHEAD: i16 = 4;

/// Writes the list anew from the package unpacked at `package`, released on `released`.
pub(crate) fn update(root: &Path, package: &Path, released: &str) -> Result<()> {
    let released: Date = released.parse().context("the day of the release, as 2026-11-17")?;
    let printed = run_package(package, released.year() + YEARS_AHEAD)?;
    let text = list_of(&printed, released)?;
    let new = Holidays::parse(&text).context("the package's holidays make no valid list")?;
    let target = root.join(TARGET);
    match fs::read_to_string(&target).ok().and_then(|old| Holidays::parse(&old).ok()) {
        Some(old) => print_changes(&old, &new),
        None => println!("there was no list before"),
    }
    fs::write(&target, text).with_context(|| target.display().to_string())?;
    println!("{TARGET}: {}", new.source());
    Ok(())
}

fn run_package(package: &Path, last: i16) -> Result<String> {
    let output = Command::new("python3")
        .args(["-B", "-c", SCRIPT, &FIRST.to_string(), &last.to_string()])
        .env("PYTHONPATH", package)
        .output()
        .context("python3 could not be started")?;
    if !output.status.success() {
        bail!("the package did not run: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).context("the package printed no text")
}

/// From what the script prints to what the crate reads.
fn list_of(printed: &str, released: Date) -> Result<String> {
    let mut list = String::new();
    for line in printed.lines() {
        let (kind, rest) = line.split_once('\t').with_context(|| format!("not a line: {line}"))?;
        match kind {
            "version" => {
                writeln!(list, "# holidays {rest} (PyPI, MIT), released {released}")?;
            }
            "years" => {
                let last = rest.rsplit('\t').next().and_then(|year| year.parse().ok());
                let last: i16 = last.with_context(|| format!("no years: {line}"))?;
                let proclaimed = if rest.starts_with("JP") {
                    proclaimed_in_japan(released).min(last)
                } else {
                    last
                };
                writeln!(list, "# {rest}\t{proclaimed}")?;
            }
            "day" => writeln!(list, "{rest}")?,
            other => bail!("an unknown line: {other}"),
        }
    }
    Ok(list)
}

/// The equinoxes of a year are proclaimed on 1 February of the year before (国立天文台 暦要項).
fn proclaimed_in_japan(released: Date) -> i16 {
    released.year() + i16::from(released.month() >= 2)
}

fn print_changes(old: &Holidays, new: &Holidays) {
    for country in Country::ALL {
        let (before, after) = (days_of(old, country), days_of(new, country));
        println!("{country}: {:?}, was {:?}", new.years(country), old.years(country));
        for (date, name) in &before {
            match after.get(date) {
                None => println!("  - {date} {name}"),
                Some(other) if other != name => println!("  ~ {date} {name} → {other}"),
                Some(_) => {}
            }
        }
        for (date, name) in after.iter().filter(|(date, _)| !before.contains_key(date)) {
            println!("  + {date} {name}");
        }
    }
}

fn days_of(holidays: &Holidays, country: Country) -> BTreeMap<Date, String> {
    let off = holidays.of_country(country).map(|(date, holiday)| (date, holiday.name.clone()));
    let on = holidays.workdays(country).map(|date| (date, "works".to_owned()));
    off.chain(on).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_script_prints_becomes_a_list() {
        let printed = "version\t0.109\nyears\tJP\t2026\t2030\nday\tJP\t2026-01-01\t元日\tNew Year\n\
                       years\tCN\t2026\t2026\nday\tCN\t2026-01-01\t元旦\tNew Year\n\
                       day\tCN\t2026-01-04\t\t\n";
        let list = list_of(printed, Date::constant(2026, 11, 17)).unwrap();
        let holidays = Holidays::parse(&list).unwrap();
        assert_eq!(holidays.source(), "holidays 0.109 (PyPI, MIT), released 2026-11-17");
        assert_eq!(holidays.years(Country::Japan), 2026..=2030);
        assert_eq!(holidays.proclaimed_until(Country::Japan), 2027);
        assert_eq!(holidays.proclaimed_until(Country::China), 2026);
        assert_eq!(holidays.workdays(Country::China).count(), 1);
        assert!(list_of("day", Date::constant(2026, 1, 1)).is_err());
        assert!(list_of("who\tknows", Date::constant(2026, 1, 1)).is_err());
        assert_eq!(proclaimed_in_japan(Date::constant(2027, 1, 31)), 2027);
    }
}
