//! The page of figures over months: of a simulated past, of a demonstration, and of a cell that
//! was opened this month.

use super::*;
use kernel::{Currency, Timestamp};
use market::reported;
use maud::Markup;
use pay::Category;
use views::{AbroadSum, Month, Sum, TripSum, WalletOf};

use super::super::insight::headlines::Figure;
use super::super::insight::sales::Pair;
use super::super::insight::trips::MonthAbroad;
use super::super::insight::{
    Abroad, Asked, Headline, NoGrowth, Past, Provenance, Sales, Shown, Simulated,
};

const MONTHS: (Month, Month) = (Month::of(2025, 11), Month::of(2026, 10));

fn sum(payments: u64) -> Sum {
    let captured = payments as i64 * 4_310;
    Sum {
        payments,
        captured,
        refunds: payments / 80,
        refunded: captured / 150,
        fee: captured / 100,
    }
}

fn pair(payments: u64) -> Pair {
    Pair { now: sum(payments), before: sum(payments * 4 / 5) }
}

fn sales(months: (Month, Month), past: Past) -> Sales {
    let mut sales = Sales::none(Currency::JPY, months, past);
    sales.all = pair(11_154);
    for (month, of) in &mut sales.by_month {
        *of = pair(700 + u64::from(month.month()) * 40);
    }
    for code in 1..=47_u8 {
        sales.by_prefecture.insert(code, pair(u64::from(code % 14) * 61));
    }
    for (at, category) in (1..).zip(Category::ALL) {
        sales.by_category.insert(category, pair(at * 300));
    }
    sales.by_wallet.insert(WalletOf::Cell("cn".into()), pair(10_515));
    sales.by_wallet.insert(WalletOf::Here(Currency::JPY), pair(639));
    sales.customers = (60, 58);
    sales
}

fn abroad(months: (Month, Month), past: Past) -> Abroad {
    let mut abroad = Abroad::none(Currency::CNY, months, past);
    let of = |trips: u64| MonthAbroad {
        sum: AbroadSum { payments: trips * 11, paid: trips as i64 * 230_000, ..Default::default() },
        trips: TripSum {
            trips,
            open: trips / 20,
            payments: trips * 11,
            spent: trips as i64 * 229_000,
            median: 201_400,
        },
        people: trips * 9 / 10,
    };
    abroad.all = (of(950), of(765));
    for (month, both) in &mut abroad.by_month {
        *both = (of(60 + u64::from(month.month())), of(50));
    }
    abroad
}

fn headlines(past: Past) -> Vec<Headline> {
    let grown = |now| Some(past.in_a_year(MONTHS, now, 1_000));
    let of = |reported, figure, grown| Headline { reported, months: Some(MONTHS), figure, grown };
    let times = past.in_a_year(MONTHS, 1_240, 1_000).map(Figure::Times);
    vec![
        of(&reported::SPEND_A_TRIP, Ok(Figure::Spend(230_064, Currency::CNY)), grown(1_070)),
        of(&reported::VOLUME, Ok(Figure::Volume(12_190_860, Currency::JPY)), grown(1_397)),
        of(&reported::HALF_A_YEAR, times, None),
        of(&reported::COVERAGE, Ok(Figure::Coverage(44)), None),
        of(&reported::VISITORS, Err(NoGrowth::NotRecorded), grown(0)),
    ]
}

/// Every state of the page.
pub fn pages(lang: Lang) -> Vec<(&'static str, Markup)> {
    let simulated = Provenance::Simulated(Simulated {
        seed: 7,
        from: "2024-11-01".into(),
        until: "2026-11-01".into(),
        payments: 300_122,
        more_trips_percent: 24,
        dearer_percent: 7,
        trip_days: (3, 8),
        purchases_a_day: (1, 3),
        opening_months: 20,
    });
    let this = Month::of(2026, 11);
    let old = Past { first_whole: Month::of(2024, 11), this };
    let new = Past { first_whole: Month::of(2026, 12), this };
    let shown = |provenance, past: Past, narrow: bool| Shown {
        provenance,
        headlines: headlines(past),
        asked: Asked {
            months: MONTHS,
            prefecture: narrow.then_some(13),
            category: narrow.then_some(Category::Lodging),
            wallet: narrow.then(|| "cn".to_owned()),
        },
        months: Some((Month::of(2024, 11), MONTHS.1)),
        keys: vec!["JPY".into(), "cn".into(), "kr".into()],
        wallets: vec![("cn".into(), Currency::CNY), ("jp".into(), Currency::JPY)],
        sales: Some(sales(MONTHS, past)),
        abroad: Some(abroad(MONTHS, past)),
        now: Timestamp(0),
    };
    let page = |shown, problem| {
        let chrome = chrome(lang, "/o/me/insight", Some(NavItem::Operator));
        let page = InsightPage { chrome, base: "/o/me".into(), shown, problem };
        super::super::web::insight::page(&page)
    };
    let unfit = Problem { code: "form_unfit".into(), sentence: None };
    let mut empty = shown(Provenance::Own, new, false);
    empty.months = None;
    empty.sales = Some(Sales::none(Currency::JPY, MONTHS, new));
    empty.abroad = None;
    let ancient = Past { first_whole: Month::of(2019, 1), this };
    let mut long = shown(Provenance::Own, ancient, false);
    long.asked.months = (MONTHS.1.minus(59), MONTHS.1);
    long.sales = Some(sales(long.asked.months, ancient));
    long.abroad = Some(abroad(long.asked.months, ancient));
    vec![
        ("insight-long", page(long, None)),
        ("insight", page(shown(simulated, old, false), None)),
        ("insight-demo", page(shown(Provenance::Demo, new, true), Some(unfit))),
        ("insight-empty", page(empty, None)),
    ]
}
