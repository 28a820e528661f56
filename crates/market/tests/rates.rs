//! The bank's files as published, and everything that may be wrong with a file.
#![allow(missing_docs, clippy::unwrap_used)]

use market::rates::{Date, History, MAX_BYTES, SHIPPED_CSV, parse, shipped};

const DAILY: &[u8] = include_bytes!("../data/ecb-daily.csv");

fn rate(history: &History, date: &str, currency: &str) -> Option<String> {
    let day = history.in_force_on(Date::from_iso(date).unwrap())?;
    day.rate(currency).map(|rate| rate.to_string())
}

#[test]
fn the_rates_that_ship_are_the_banks() {
    let history = shipped();
    assert_eq!(history.days().len(), 724);
    assert_eq!(history.latest().date.to_string(), "2026-10-30");
    assert_eq!(history.days().last().unwrap().date.to_string(), "2024-01-02");
    for day in history.days() {
        let codes: Vec<_> = day.per_euro.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(codes, ["USD", "JPY", "CNY"], "{}", day.date);
    }
    assert!(history.days().is_sorted_by(|newer, older| newer.date > older.date));
    for (date, currency, expected) in [
        ("2026-10-30", "CNY", "7.4326"),
        ("2026-10-30", "JPY", "175.68"),
        ("2026-10-29", "USD", "1.113"),
        ("2024-01-02", "JPY", "155.68"),
    ] {
        assert_eq!(rate(&history, date, currency).as_deref(), Some(expected));
    }
}

#[test]
fn a_sunday_has_the_rates_of_friday() {
    let history = shipped();
    assert_eq!(rate(&history, "2026-11-01", "JPY").as_deref(), Some("175.68"));
    assert_eq!(rate(&history, "2026-10-25", "JPY"), rate(&history, "2026-10-23", "JPY"));
    assert_eq!(rate(&history, "2023-12-31", "JPY"), None, "before the first day");
    assert_eq!(rate(&history, "2026-10-30", "EUR"), None);
}

#[test]
fn the_file_of_one_day_agrees_with_the_history() {
    let day = parse(DAILY).unwrap();
    assert_eq!(day.days().len(), 1);
    assert_eq!(day.latest().per_euro.len(), 29);
    for currency in ["USD", "JPY", "CNY"] {
        assert_eq!(day.latest().rate(currency), shipped().latest().rate(currency));
    }
    assert_eq!(day.latest().rate("GBP").unwrap().to_string(), "0.83380");
}

#[test]
fn forms_that_are_taken() {
    let expected = parse(b"Date,JPY,CNY\n2026-10-30,175.68,7.4326\n").unwrap();
    for (what, text) in [
        ("a comma at each end", "Date,JPY,CNY,\n2026-10-30,175.68,7.4326,\n"),
        ("spaces", "Date, JPY, CNY, \n30 October 2026, 175.68, 7.4326, \n"),
        ("Windows' line ends", "Date,JPY,CNY\r\n2026-10-30,175.68,7.4326\r\n"),
        ("a byte order mark", "\u{feff}Date,JPY,CNY\n2026-10-30,175.68,7.4326\n"),
    ] {
        assert_eq!(parse(text.as_bytes()).as_ref(), Ok(&expected), "{what}");
    }
    let oldest_first = parse(b"Date,JPY\n2026-10-29,1\n2026-10-30,2\n").unwrap();
    assert_eq!(oldest_first.latest().rate("JPY").unwrap().digits, 2);
    let gaps = parse(b"Date,JPY,BGN,\n2026-10-30,175.68,N/A,\n").unwrap();
    assert_eq!(gaps.latest().rate("BGN"), None);
}

#[test]
fn every_fault_says_where_and_what() {
    let refused = |text: &str| parse(text.as_bytes()).unwrap_err().to_string();
    for (text, expected) in [
        ("", "the file is empty"),
        ("\n \n", "the file is empty"),
        ("Date,JPY\n", "there is a header and no day after it"),
        ("Date,JPY", "line 1: the last line does not end: the file was cut off, fetch it again"),
        (
            "date,cny\n1,2\n",
            "line 1: the header begins with 'date' instead of 'Date': \
             this is not the ECB's file of rates",
        ),
        ("Date,JP\n", "line 1: 'JP' is not a currency code of three capital letters"),
        ("Date,JPY,,CNY\n", "line 1: '' is not a currency code of three capital letters"),
        ("Date,JPY,JPY\n", "line 1: the column 'JPY' is there twice"),
        ("Date,JPY\n2026-10-30,1.2.3\n", "line 2, column JPY: '1.2.3' is not a number"),
        ("Date,JPY\n2026-10-30,-1\n", "line 2, column JPY: '-1' is not a number"),
        ("Date,JPY\n2026-10-30,\n", "line 2, column JPY: '' is not a number"),
        ("Date,JPY\n2026-10-30,n/a\n", "line 2, column JPY: 'n/a' is not a number"),
        ("Date,JPY\n2026-10-30,0.00\n", "line 2, column JPY: a rate can't be zero"),
        (
            "Date,JPY\n2026-02-30,1\n",
            "line 2, column Date: '2026-02-30' is not a date such as 2026-10-30 or 30 October 2026",
        ),
        (
            "Date,JPY\n2026-10-30,1\n2026-10-29,1\n30 October 2026,1\n",
            "line 4, column Date: 2026-10-30 is there twice",
        ),
        (
            "Date,JPY,CNY\n2026-10-30,1,2\n2026-10-29,1\n",
            "line 3: 2 fields where the header has 3: the line was cut off or joined",
        ),
        (
            "Date,JPY\n2026-10-30,1\n2026-10-29,1",
            "line 3: the last line does not end: the file was cut off, fetch it again",
        ),
        (
            "Date,JPY\n2026-10-30,1\n\n2026-10-29,1\n",
            "line 3: 1 fields where the header has 2: the line was cut off or joined",
        ),
        ("Date,JPY,\n2026-10-30,1,5\n", "line 2: '5' is not a number"),
    ] {
        assert_eq!(refused(text), expected, "{text:?}");
    }
    assert_eq!(
        parse(b"PK\x03\x04\xff\xfe").unwrap_err().to_string(),
        "the file is not UTF-8 text; is it still packed? unzip it first"
    );
    let too_long = vec![b'x'; MAX_BYTES + 1];
    assert_eq!(parse(&too_long).unwrap_err().to_string(), "the file is longer than 16 MB");
    let shown = refused(&format!("Date,JPY\n2026-10-30,{}\u{7}\n", "9".repeat(100)));
    assert!(shown.len() < 100 && !shown.contains('\u{7}'), "{shown}");
}

/// A file cut anywhere but between two lines is refused.
#[test]
fn no_cut_off_file_is_taken() {
    let start: String = SHIPPED_CSV.split_inclusive('\n').take(4).collect();
    for end in 0..start.len() {
        let between_lines = start[..end].ends_with('\n') && start[..end].lines().count() > 1;
        assert_eq!(parse(&start.as_bytes()[..end]).is_ok(), between_lines, "cut to {end} bytes");
        let daily = &DAILY[..end.min(DAILY.len() - 1)];
        assert!(parse(daily).is_err(), "the file of one day, cut to {end} bytes");
    }
}
