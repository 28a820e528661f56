//! Days that people know, and what holds for all of them.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use calendar::{
    Closed, Country, DataError, Date, Holidays, MonthDay, OutOfData, Problem, TransferDateError,
    shipped,
};
use proptest::prelude::*;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn why(country: Country, day: &str) -> String {
    match shipped().closed(country, date(day)).unwrap() {
        None => "open".to_owned(),
        Some(Closed::Holiday(holiday)) => holiday.name_en.clone(),
        Some(closed) => closed.to_string(),
    }
}

#[test]
fn what_ships_says_where_it_comes_from() {
    assert_eq!(shipped().source(), "holidays 0.109 (PyPI, MIT), released 2026-11-17");
    assert_eq!(shipped().years(Country::Japan), 2015..=2030);
    assert_eq!(shipped().proclaimed_until(Country::Japan), 2027);
    assert_eq!(shipped().years(Country::China), 2015..=2026);
    assert_eq!(shipped().proclaimed_until(Country::China), 2026);
}

#[test]
fn days_of_japan() {
    for (day, expected) in [
        ("2026-11-02", "open"),
        ("2026-11-03", "Culture Day"),
        ("2026-11-07", "a weekend"),
        ("2026-05-03", "Constitution Day"),
        ("2026-05-06", "Substitute Holiday"),
        ("2026-09-22", "National Holiday"),
        ("2026-12-30", "open"),
        ("2026-12-31", "31 December to 3 January"),
        ("2027-01-01", "New Year's Day"),
        ("2027-01-02", "31 December to 3 January"),
        ("2027-01-03", "31 December to 3 January"),
        ("2027-01-04", "open"),
        ("2027-03-22", "Substitute Holiday"),
        ("2019-05-01", "Emperor's Enthronement Day"),
        ("2021-07-22", "Marine Day"),
    ] {
        assert_eq!(why(Country::Japan, day), expected, "{day}");
    }
}

#[test]
fn days_of_china() {
    for (day, expected) in [
        ("2026-01-02", "Day off (substituted from 01/04/2026)"),
        ("2026-01-04", "open"),
        ("2026-02-17", "Chinese New Year (Spring Festival)"),
        ("2026-02-14", "open"),
        ("2026-02-15", "a weekend"),
        ("2026-10-08", "open"),
        ("2026-12-31", "open"),
    ] {
        assert_eq!(why(Country::China, day), expected, "{day}");
    }
}

#[test]
fn the_next_banking_day() {
    for (after, expected) in [
        ("2026-10-30", "2026-11-02"), // a Friday
        ("2026-10-31", "2026-11-02"),
        ("2026-11-02", "2026-11-04"), // Culture Day between
        ("2026-12-29", "2026-12-30"),
        ("2026-12-30", "2027-01-04"),
        ("2028-12-29", "2029-01-04"),
        ("2026-05-01", "2026-05-07"), // a Friday before the golden week
        ("2026-09-18", "2026-09-24"), // 敬老の日, 国民の休日, 秋分の日
        ("2019-04-26", "2019-05-07"), // ten days off
    ] {
        assert_eq!(shipped().next_banking_day(date(after)), Ok(date(expected)), "{after}");
    }
    let open = shipped().next_open_day(Country::China, date("2026-01-03"));
    assert_eq!(open, Ok(date("2026-01-04")), "a Sunday on which offices work");
}

#[test]
fn beyond_the_data_there_is_an_error() {
    let country = Country::Japan;
    let out = |year| OutOfData { country, first: 2015, last: 2030, year };
    assert_eq!(shipped().next_banking_day(date("2030-12-27")), Ok(date("2030-12-30")));
    assert_eq!(shipped().next_banking_day(date("2030-12-30")), Err(out(2031)));
    assert_eq!(shipped().next_banking_day(date("9999-12-31")), Err(out(9999)));
    assert_eq!(shipped().closed(country, date("2014-12-31")), Err(out(2014)));
    assert!(shipped().closed(Country::China, date("2027-01-04")).is_err(), "not proclaimed yet");
    assert_eq!(
        out(2031).to_string(),
        "the calendar of Japan has the years 2015 to 2030 and says nothing about 2031: install a \
         version of Enishi with newer holidays, or make them with `cargo xtask holidays`"
    );
}

#[test]
fn a_day_without_its_year_is_the_nearest() {
    let meant = |month, day, near| {
        shipped().transfer_date(MonthDay::try_new(month, day).unwrap(), date(near))
    };
    for (month, day, near, expected) in [
        (11, 2, "2026-10-31", "2026-11-02"),
        (1, 4, "2026-12-30", "2027-01-04"),
        (12, 30, "2027-01-04", "2026-12-30"),
        (11, 2, "2026-11-20", "2026-11-02"),
        (2, 29, "2028-02-20", "2028-02-29"),
    ] {
        assert_eq!(meant(month, day, near), Ok(date(expected)), "{month}-{day} near {near}");
    }
    let near = date("2026-02-20");
    assert_eq!(meant(2, 29, "2026-02-20"), Err(TransferDateError::NoLeapDay { near }));
    assert_eq!(
        meant(11, 3, "2026-10-31").unwrap_err().to_string(),
        "2026-11-03 is no banking day in Japan: 文化の日"
    );
    assert_eq!(
        meant(1, 2, "2026-12-30").unwrap_err().to_string(),
        "2027-01-02 is no banking day in Japan: 31 December to 3 January"
    );
    assert!(matches!(meant(1, 6, "2030-12-27"), Err(TransferDateError::OutOfData(_))));
}

#[test]
fn a_list_that_is_damaged_is_refused_with_its_line() {
    let good = "# source\n# JP\t2026\t2027\t2026\n# CN\t2026\t2026\t2026\n\
                JP\t2026-01-01\t元日\tNew Year\nCN\t2026-01-01\t元旦\tNew Year\n";
    assert!(Holidays::parse(good).is_ok());
    for (from, to, line, problem) in [
        ("# CN\t2026\t2026\t2026\n", "", 4, Problem::OutsideItsYears),
        ("\t2027\t2026", "\t2027\t2028", 2, Problem::NotYears),
        ("\t2027\t2026", "\t2027", 2, Problem::NotYears),
        ("JP\t2026-01-01", "JP\t2026-02-30", 4, Problem::NotADay),
        ("JP\t2026-01-01", "JP\t2028-01-01", 4, Problem::OutsideItsYears),
        ("JP\t2026-01-01", "KR\t2026-01-01", 4, Problem::NoSuchCountry),
        ("元日\t", "元日", 4, Problem::NotADay),
        ("CN\t2026-01-01", "JP\t2026-01-01", 5, Problem::OutOfOrder),
        ("CN\t2026-01-01\t元旦\tNew Year\n", "", 4, Problem::Incomplete),
    ] {
        let damaged = good.replacen(from, to, 1);
        assert_eq!(Holidays::parse(&damaged), Err(DataError { line, problem }), "{from} → {to}");
    }
    assert!(Holidays::parse("").is_err());
}

proptest! {
    #[test]
    fn the_next_banking_day_is_open_and_nothing_before_it_is(days in 0_i64..5_470) {
        let after = date("2015-01-01").checked_add(jiff::Span::new().days(days)).unwrap();
        let next = shipped().next_banking_day(after).unwrap();
        prop_assert!(next > after);
        prop_assert_eq!(shipped().closed(Country::Japan, next), Ok(None));
        let mut day = after.tomorrow().unwrap();
        while day < next {
            prop_assert!(shipped().closed(Country::Japan, day).unwrap().is_some());
            day = day.tomorrow().unwrap();
        }
        // Whoever makes a file the evening before reads its day back with the right year.
        prop_assert_eq!(shipped().transfer_date(MonthDay::of(next), after), Ok(next));
    }

    #[test]
    fn lists_never_panic(text in "[#JPCN0-9\t\n -]{0,80}") {
        let _ = Holidays::parse(&text);
    }
}
