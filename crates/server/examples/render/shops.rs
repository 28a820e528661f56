//! A shop's beginning: the form, the shop that it opened, its poster, and what staff see of it.

use kernel::{Currency, Ref, Timestamp};
use maud::Markup;
use pay::Shops;

use super::super::api::operator::reviews::{StoreToReview, ToReview};
use super::super::api::pay::tonight::MaskedAccount;
use super::super::api::values::{Moment, Money, Text, Trade};
use super::super::sign_up::Fields;
use super::super::web::view::*;
use super::super::web::{board, poster, sign_up};
use super::*;

fn typed() -> Fields {
    let text = str::to_owned;
    Fields {
        name: text("そば処 山ぼうし"),
        latin_name: text("Yamaboshi Soba"),
        category: text("restaurant"),
        prefecture: text("21"),
        city: text("Takayama"),
        bank: text("2476"),
        branch: text("001"),
        account: text("044174"),
        holder: text("ソバドコロ ヤマボウシ"),
    }
}

fn form(lang: Lang, fields: Fields) -> SignUpPage {
    let sent = fields != Fields::default();
    let wrong = if sent { fields.check().err() } else { None };
    SignUpPage {
        chrome: service(lang, "/sign-up"),
        ticket: "0123".into(),
        fields,
        wrong: wrong.unwrap_or_default(),
        sent,
        problem: None,
        fee_bps: 160,
        unit: JPY,
    }
}

fn opened(lang: Lang, code: bool) -> ShopOpenPage {
    ShopOpenPage {
        chrome: service(lang, "/sign-up"),
        name: "そば処 山ぼうし".into(),
        code: code.then(|| "jp-ABCDE-FGHJK-MNPQR-STVWX".into()),
        number: Some("2 0017 90".into()),
        account_shared: code,
        poster: "/poster/sto_1".into(),
        till: "/t/me".into(),
    }
}

fn masked(ending: &str) -> MaskedAccount {
    MaskedAccount {
        bank: "2476".into(),
        bank_name: "飛騨信組".into(),
        branch: "001".into(),
        branch_name: "本店営業部".into(),
        kind: Kind::Ordinary,
        ending: ending.into(),
    }
}

fn reviewed(number: u32, name: &str, latin: &str, standing: &'static str) -> ReviewCard {
    let id = Text(Ref::new(2, number, 0x2a));
    let store = StoreToReview {
        id: Text(Ref::new(2, number, 0x2b)),
        name: name.into(),
        latin_name: Some(latin.into()),
        city: "Takayama".into(),
        category: Text(Trade(pay::Category::Restaurant)),
        prefecture: 21,
    };
    let since = Timestamp((NOW - 7_200 * SECOND) as u64);
    let row = ToReview {
        merchant: id,
        name: name.into(),
        standing,
        reason: (standing == "paused").then_some("account_in_doubt"),
        since: Text(Moment(since)),
        balance: Money::new(19_107, Currency::JPY),
        payments: Some(6),
        sold: Some(Money::new(20_300, Currency::JPY)),
        stores: vec![store],
        account: 1,
        account_set: Some(Text(Moment(since))),
        bank_account: Some(masked("4174")),
        account_before: None,
        holder: Some("ｿﾊﾞﾄﾞｺﾛ ﾔﾏﾎﾞｳｼ".into()),
        flags: Vec::new(),
    };
    let sold = Some((6, JPY.of(20_300)));
    ReviewCard { since: Some(NOW - 7_200 * SECOND), own: "ja", balance: JPY.of(19_107), sold, row }
}

fn review(lang: Lang, of: Shops) -> ReviewPage {
    let rows = match of {
        Shops::Waiting => {
            let mut changed = reviewed(18, "味噌蔵 飛騨の里", "Misogura Hida no Sato", "new");
            changed.row.flags = vec!["account_changed", "account_shared"];
            changed.row.account_before = Some(masked("0031"));
            let mut lost = reviewed(19, "旅館 一位", "Ryokan Ichii", "new");
            lost.row.flags = vec!["account_not_stored"];
            (lost.row.bank_account, lost.row.holder) = (None, None);
            let paused = reviewed(20, "白川郷みやげ", "Shirakawago Miyage", "paused");
            vec![reviewed(17, "そば処 山ぼうし", "Yamaboshi Soba", "new"), changed, lost, paused]
        }
        Shops::Approved { ref named } if named.is_empty() => {
            vec![reviewed(3, "珈琲 朝市", "Coffee Asaichi", "approved")]
        }
        Shops::Approved { .. } => Vec::new(),
    };
    ReviewPage {
        chrome: service(lang, "/o/c/review?cell=jp"),
        of,
        base: "/o/c".into(),
        cell: "jp".into(),
        at: NOW,
        zone: TOKYO,
        done: None,
        key: "form-1".into(),
        wrong: None,
        rows,
        rest: String::new(),
        next: Some(20),
    }
}

fn a_card(place: Option<CardPlace>) -> Card {
    Card {
        name: name("そば処 山ぼうし", "ja"),
        latin_name: Some("Yamaboshi Soba".into()),
        city: "Takayama".into(),
        code: qr::svg(CODE).unwrap_or_default(),
        number: "2 0017 90".into(),
        place,
        badges: ["Enishi", "JPQR", "UnionPay", "Alipay+"].map(str::to_owned).to_vec(),
    }
}

fn a_poster(lang: Lang, open: bool, format: Format) -> PosterPage {
    let yen = Unit { code: "JPY", exponent: 0 };
    let table = |n: u32| CardPlace { label: n.to_string(), amount: None, reference: None };
    let entrance = CardPlace {
        label: "入口".into(),
        amount: Some(yen.of(500)),
        reference: Some("大人".into()),
    };
    let cards = match format {
        Format::A5 => vec![a_card(None)],
        Format::A4 => vec![a_card(Some(entrance))],
        Format::Tent | Format::Sheet => (1..=6).map(|n| a_card(Some(table(n)))).collect(),
    };
    let words = ["人民币、日元钱包", "人民元・円ウォレット", "yuan and yen wallets"];
    let [zh, ja, en] = words.map(str::to_owned);
    PosterPage {
        lang,
        path: "/poster/sto_1".into(),
        which: if cards.len() > 1 { "all".into() } else { String::new() },
        format,
        cards,
        open,
        places: true,
        next: None,
        wallets: [(Lang::Zh, zh), (Lang::Ja, ja), (Lang::En, en)],
    }
}

/// The pages with their names.
pub fn pages(lang: Lang) -> Vec<(&'static str, Markup)> {
    let named = |named: &str| Shops::Approved { named: named.into() };
    vec![
        ("signup", sign_up::page(&form(lang, Fields::default()))),
        ("signup-wrong", sign_up::page(&form(lang, typed()))),
        ("signup-done", sign_up::opened(&opened(lang, true))),
        ("signup-done-late", sign_up::opened(&opened(lang, false))),
        ("poster", poster::page(&a_poster(lang, true, Format::A5))),
        ("poster-a4", poster::page(&a_poster(lang, true, Format::A4))),
        ("poster-tent", poster::page(&a_poster(lang, true, Format::Tent))),
        ("poster-sheet", poster::page(&a_poster(lang, true, Format::Sheet))),
        ("poster-closed", poster::page(&a_poster(lang, false, Format::A5))),
        ("review", board::review_page(&review(lang, Shops::Waiting))),
        ("review-approved", board::review_page(&review(lang, named("")))),
        ("review-unknown", board::review_page(&review(lang, named("<b>")))),
    ]
}
