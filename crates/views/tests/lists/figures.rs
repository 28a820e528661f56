//! The figures are what a naive count over the journal's facts gives, and every breakdown of them
//! adds up to the same.

use std::collections::BTreeMap;

use economy::{Event, decode_record};
use kernel::{Currency, Span, Timestamp};
use pay::Category;
use proptest::prelude::*;
use views::{Figures, Sum, Views, WalletOf};

use crate::given::{Cell, Market, START};
use crate::views_of;

/// Where a sale counts.
type Place = (u8, Category, WalletOf);
type Counted = Vec<(Timestamp, Place, Sum)>;

/// Every payment and refund of the yen cell, from its facts alone.
fn counted(market: &Market) -> Counted {
    let over = || WalletOf::Cell("cn".to_owned());
    let here = || WalletOf::Here(Currency::JPY);
    let shop = |store: u32| {
        if store == market.museum.number {
            (13, Category::Attraction)
        } else {
            (26, Category::Restaurant)
        }
    };
    let mut places: BTreeMap<u128, Place> = BTreeMap::new();
    let mut taken: BTreeMap<u128, (u64, u64)> = BTreeMap::new();
    let mut found = Vec::new();
    let sold = |first: bool, captured: u64, fee: u64| Sum {
        payments: u64::from(first),
        captured: captured as i64,
        fee: fee as i64,
        ..Sum::default()
    };
    each_fact(&market.jp, |now, fact| match fact {
        pay::Event::SaleHeld(f) => {
            let (prefecture, category) = shop(f.store);
            places.insert(f.payment.0, (prefecture, category, over()));
        }
        pay::Event::SaleCaptured(f) => {
            let (prefecture, category) = shop(f.store);
            let place = (prefecture, category, over());
            places.insert(f.payment.0, place.clone());
            found.push((now, place, sold(true, f.amount, f.fee)));
        }
        pay::Event::PaidHere(f) => {
            let (prefecture, category) = shop(f.store);
            let place = (prefecture, category, here());
            places.insert(f.payment.0, place.clone());
            found.push((now, place, sold(true, f.amount, f.fee)));
        }
        pay::Event::SalePartCaptured(f) => {
            let (captured, fee) =
                taken.insert(f.payment.0, (f.total_so_far, f.fee_so_far)).unwrap_or_default();
            let sum = sold(
                captured == 0 && f.total_so_far > 0,
                f.total_so_far - captured,
                f.fee_so_far - fee,
            );
            found.push((now, places[&f.payment.0].clone(), sum));
        }
        pay::Event::SaleRefunded(f) => {
            let sum = Sum {
                refunds: 1,
                refunded: f.amount as i64,
                fee: -(f.fee as i64),
                ..Sum::default()
            };
            found.push((now, places[&f.payment.0].clone(), sum));
        }
        _ => {}
    });
    found
}

fn each_fact(cell: &Cell, mut told: impl FnMut(Timestamp, &pay::Event)) {
    let mut reader = cell.reader();
    for position in 1..=cell.position() {
        let group = reader.read_from(position).unwrap().unwrap();
        for record in group.records() {
            for event in decode_record(record).unwrap().events() {
                if let Event::Pay(fact) = event.unwrap() {
                    told(Timestamp(group.time), &fact);
                }
            }
        }
    }
}

/// The yen cell's clock: nine hours ahead.
fn clock(now: Timestamp) -> (u32, u16) {
    let local = now.plus(Span::hours(9));
    ((local.0 / 86_400_000_000) as u32, (local.0 / 60_000_000 % 1_440) as u16)
}

fn naive(counted: &Counted, days: (u32, u32), until: Option<u16>) -> Option<Figures> {
    let mut figures = Figures::none(Currency::JPY);
    let mut any = false;
    for (at, (prefecture, category, wallet), sum) in counted {
        let (day, minute) = clock(*at);
        let late = until.is_some_and(|until| day == days.1 && minute > until);
        if !(days.0..=days.1).contains(&day) || late {
            continue;
        }
        any = true;
        figures.all += *sum;
        *figures.by_prefecture.entry(*prefecture).or_default() += *sum;
        *figures.by_category.entry(*category).or_default() += *sum;
        *figures.by_hour.entry((minute / 60) as u8).or_default() += *sum;
        *figures.by_wallet.entry(wallet.clone()).or_default() += *sum;
        *figures.by_day.entry(day).or_default() += *sum;
    }
    any.then_some(figures)
}

fn asked(views: &Views, days: (u32, u32), until: Option<u16>) -> Option<Figures> {
    let mut found = views.figures(days, until).unwrap();
    assert!(found.len() <= 1, "one currency");
    found.pop()
}

fn added_up<'a>(sums: impl Iterator<Item = &'a Sum>) -> Sum {
    sums.fold(Sum::default(), |mut all, sum| {
        all += *sum;
        all
    })
}

/// Runs steps of a market: what is done, how much of it, and how long it takes until the next.
fn played(steps: &[(u8, u64, u64)]) -> Market {
    let mut market = Market::new();
    let mut paid = Vec::new();
    for (what, amount, pause) in steps {
        match what {
            0 => paid.push((market.pay(*amount), *amount)),
            1 => paid.push((market.pay_home(market.museum, *amount), *amount)),
            2 => paid.push((market.pay_home(market.store, *amount), *amount)),
            3 => {
                let deposit = market.request(*amount, corridor::CaptureMode::Later);
                market.confirm(deposit, *amount, corridor::CaptureMode::Later);
                market.settle();
                let part = amount / 2;
                market.capture(deposit, part, false);
                market.pass(pause % 4_000);
                market.capture(deposit, amount - part, true);
                market.settle();
                paid.push((deposit, *amount));
            }
            _ => {
                if let Some((payment, whole)) = paid.pop() {
                    market.refund(payment, (whole / 3).max(1));
                    market.settle();
                }
            }
        }
        market.pass(*pause);
    }
    market
}

/// Anything up to a night, and whole hours, whose first minute is easily lost.
fn pause() -> impl Strategy<Value = u64> {
    prop_oneof![1_u64..50_000, (0_u64..14).prop_map(|hours| hours * 3_600)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn figures_are_what_a_naive_count_gives(
        steps in prop::collection::vec((0_u8..6, 2_u64..400, pause()), 1..40),
        until in 0_u16..1_440,
    ) {
        let market = played(&steps);
        let (_folder, views) = views_of(&market.jp);
        let counted = counted(&market);
        let (first, (today, minute)) = (clock(START).0, clock(market.jp.now));
        prop_assert_eq!(views.clock(market.jp.now).unwrap(), (today, minute));
        for day in first..=today {
            for days in [(day, day), (first, day), (day, today)] {
                let figures = asked(&views, days, None);
                prop_assert_eq!(&figures, &naive(&counted, days, None));
                let Some(figures) = figures else { continue };
                for sum in [
                    added_up(figures.by_prefecture.values()),
                    added_up(figures.by_category.values()),
                    added_up(figures.by_hour.values()),
                    added_up(figures.by_wallet.values()),
                    added_up(figures.by_day.values()),
                ] {
                    prop_assert_eq!(sum, figures.all);
                }
            }
        }
        // Today, and the same day a week before: to the minute.
        for day in [today, today - 7] {
            let each = counted.iter().map(|(at, ..)| clock(*at).1);
            for minute in each.chain([until, minute]) {
                let figures = asked(&views, (day, day), Some(minute));
                prop_assert_eq!(&figures, &naive(&counted, (day, day), Some(minute)));
            }
        }
    }
}

#[test]
fn the_minutes_of_days_long_past_are_dropped_and_their_hours_stay() {
    let mut market = Market::new();
    market.pay_home(market.museum, 1_000);
    let first = clock(START).0;
    market.pass(20 * 86_400);
    market.pay_home(market.museum, 100);
    let (folder, views) = views_of(&market.jp);
    let file = rusqlite::Connection::open(folder.path().join("views.db")).unwrap();
    let rows = |table: &str| -> u32 {
        file.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!((rows("figure"), rows("figure_minute")), (2, 1));
    assert_eq!(asked(&views, (first, first), None).unwrap().all.captured, 1_000);
}
