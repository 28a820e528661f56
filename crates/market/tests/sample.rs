//! The sample market fits together, and with the reference data.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeSet;

use market::prefectures;
use market::sample::{Names, Person, load};

#[test]
fn the_first_shop_and_the_first_visitor_are_those_of_the_first_page() {
    let sample = load();
    let shop = &sample.shops[0];
    assert_eq!(
        (shop.handle.as_str(), shop.name.ja.as_str()),
        ("yamaboshi-soba", "そば処 山ぼうし")
    );
    assert_eq!((shop.prefecture.as_str(), shop.city.en.as_str()), ("JP-21", "Takayama"));
    assert_eq!(shop.category, "restaurant");
    let visitor = &sample.visitors[0];
    assert_eq!((visitor.handle.as_str(), visitor.name.as_str()), ("li-wei", "李伟"));
    assert_eq!((visitor.balance_minor, visitor.currency.as_str()), (248_000, "CNY"));
    assert_eq!((sample.terms.merchant_fee_bps, sample.terms.spread_bps), (100, 50));
}

#[test]
fn shops_are_everywhere() {
    let shops = load().shops;
    let covered: BTreeSet<_> = shops.iter().map(|shop| shop.prefecture.as_str()).collect();
    let all: BTreeSet<_> = prefectures::ALL.iter().map(|prefecture| prefecture.iso).collect();
    assert_eq!(covered, all);
    for shop in &shops {
        let (handle, range) = (&shop.handle, shop.spends_minor);
        assert!(0 < range.least && range.least < range.most, "{handle}");
        assert!(shop.tills >= 1 && shop.weight >= 1, "{handle}");
    }
}

#[test]
fn handles_are_plain_and_no_two_are_the_same() {
    let sample = load();
    let people = sample.visitors.iter().chain(&sample.residents);
    let mut seen = BTreeSet::new();
    for handle in sample.shops.iter().map(|s| &s.handle).chain(people.map(|p| &p.handle)) {
        assert!(handle.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{handle}");
        assert!(seen.insert(handle), "{handle} is there twice");
    }
}

/// An EMVCo code has room for a name of 25 and a city of 15 ASCII characters.
#[test]
fn names_are_there_in_three_languages_and_fit_into_a_code() {
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let is_kana = |c: char| ('\u{3040}'..='\u{30ff}').contains(&c);
    let mut names = BTreeSet::new();
    for shop in load().shops {
        assert!(names.insert(shop.name.ja.clone()), "{} is there twice", shop.name.ja);
        for (Names { ja, zh, en }, room) in [(&shop.name, 25), (&shop.city, 15)] {
            assert!(ja.chars().any(|c| is_han(c) || is_kana(c)), "{ja}");
            assert!(zh.chars().all(is_han), "{zh}");
            assert!(en.is_ascii() && en.len() <= room, "{en}: {} characters", en.len());
        }
    }
}

#[test]
fn every_wallet_can_buy_something_and_the_nostro_carries_them_all() {
    let sample = load();
    let least = sample.shops.iter().map(|shop| shop.spends_minor.least).min().unwrap();
    let check = |people: &[Person], currency: &str, worth_jpy: fn(u64) -> u64| {
        for person in people {
            assert_eq!(person.currency, currency, "{}", person.handle);
            assert!(["zh-CN", "ja", "en"].contains(&person.language.as_str()));
            assert!(person.name_latin.is_ascii() && !person.name.is_empty());
            assert!(worth_jpy(person.balance_minor) > least, "{}", person.handle);
        }
    };
    check(&sample.visitors, "CNY", |fen| fen * 23 / 100);
    check(&sample.residents, "JPY", |yen| yen);
    let nostro = &sample.nostro;
    assert_eq!(nostro.currency, "JPY");
    assert!(nostro.floor_minor < nostro.warning_minor);
    assert!(nostro.warning_minor < nostro.opening_minor);
    let wallets: u64 = sample.visitors.iter().map(|visitor| visitor.balance_minor * 24 / 100).sum();
    assert!(wallets < nostro.opening_minor - nostro.floor_minor, "{wallets} JPY could cross");
}
