//! The operator's search finds what a look at every row would.

use kernel::{Currency, Timestamp};
use pay::{Category, Status};
use proptest::prelude::*;
use views::{PaymentFilter, PaymentRow, Search, Views};

use crate::given::Market;
use crate::views_of;

/// Every row of a cell, newest first.
fn every(views: &Views) -> Vec<PaymentRow> {
    views.payments(&PaymentFilter::default(), None, 500).unwrap()
}

/// All pages of a search, one behind the other.
fn paged(views: &Views, search: &Search, limit: usize) -> Vec<PaymentRow> {
    let (mut rows, mut before) = (Vec::new(), None);
    loop {
        let page = views.search(search, before, limit).unwrap();
        assert!(page.rows.len() <= limit);
        rows.extend(page.rows);
        match page.next {
            Some(next) => before = Some(next),
            None => return rows,
        }
    }
}

fn fits(row: &PaymentRow, search: &Search) -> bool {
    let named = |text: &str| {
        let shop = "京都茶房 京都茶房 本店 茶の博物館";
        let museum = row.category == Some(Category::Attraction);
        let own = if museum {
            "茶の博物館 京都茶房"
        } else {
            "京都茶房 本店 京都茶房"
        };
        assert!(shop.contains(row.store_name.as_deref().unwrap()));
        own.contains(text)
    };
    search.payment.is_none_or(|id| row.id == id)
        && search.status.is_none_or(|status| row.status == status)
        && search.text.as_deref().is_none_or(named)
        && search.prefecture.is_none_or(|number| row.prefecture == Some(number))
        && search.category.is_none_or(|category| row.category == Some(category))
        && search.currency.is_none_or(|currency| row.currency == currency)
        && search.at_least.is_none_or(|least| row.amount >= least)
        && search.at_most.is_none_or(|most| row.amount <= most)
        && search.from.is_none_or(|moment| row.began() >= moment)
        && search.before.is_none_or(|moment| row.began() < moment)
}

fn search() -> impl Strategy<Value = Search> {
    let maybe = |words: &'static [&'static str]| prop::option::of(prop::sample::select(words));
    let amount = || prop::option::of(0_u64..11_000);
    let moment = || {
        let within = 1_793_581_100_u64..1_793_590_000;
        prop::option::of(within.prop_map(Timestamp::from_seconds))
    };
    let status = prop::option::of(prop::sample::select(vec![
        Status::Captured,
        Status::Refunded,
        Status::PartlyRefunded,
        Status::Authorized,
        Status::Expired,
        Status::Released,
    ]));
    let category =
        prop::option::of(prop::sample::select(vec![Category::Attraction, Category::Restaurant]));
    let currency = prop::option::of(prop::sample::select(vec![Currency::JPY, Currency::CNY]));
    let place = (prop::option::of(prop::sample::select(vec![13_u8, 26, 40])), category, currency);
    let parts = (status, maybe(&["茶", "博物館", "本店", "%", "100"]), place, amount(), amount());
    (parts, moment(), moment()).prop_map(
        |((status, text, (prefecture, category, currency), at_least, at_most), from, before)| {
            Search {
                payment: None,
                status,
                text: text.map(str::to_owned),
                prefecture,
                category,
                currency,
                at_least,
                at_most,
                from,
                before,
            }
        },
    )
}

#[test]
fn a_search_finds_what_a_look_at_every_row_finds() {
    let mut market = Market::busy();
    for amount in 1..40 {
        market.pass(61);
        market.pay_home(if amount % 3 == 0 { market.museum } else { market.store }, amount * 100);
    }
    let (_folder, views) = views_of(&market.jp);
    let rows = every(&views);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(600));
    let mut hits = 0_u32;
    let ran = runner.run(&(search(), 1_usize..9), |(search, limit)| {
        let expected: Vec<_> = rows.iter().filter(|row| fits(row, &search)).cloned().collect();
        prop_assert_eq!(paged(&views, &search, limit), expected);
        Ok(())
    });
    ran.unwrap();
    for row in &rows {
        let by_id = Search { payment: Some(row.id), ..Search::default() };
        hits += u32::from(paged(&views, &by_id, 50).contains(row));
    }
    assert_eq!(hits as usize, rows.len());
}
