//! Invented figures for every page in its states: for the pictures and for the tests.
// long: a list of invented data, one row for each state of each page

use jiff::civil::date;
use kernel::Role;

#[path = "insight.rs"]
mod insights;
#[path = "outside.rs"]
mod outside;
#[path = "shops.rs"]
mod shops;
#[path = "decide.rs"]
mod to_decide;

use super::payee::Kind;
use super::sign_up::Fields;
use super::web::view::*;
use super::web::{account, audit, choose, enter, error, front, home, open, till, wallet};

pub const CNY: Unit = Unit { code: "CNY", exponent: 2 };
pub const JPY: Unit = Unit { code: "JPY", exponent: 0 };
const TOKYO: Zone = Zone("Asia/Tokyo");
const BEIJING: Zone = Zone("Asia/Shanghai");
const NOW: i64 = 1_793_504_829_000_000;
const SECOND: i64 = 1_000_000;
const CODE: &str = "00020101021226400010enishi.pay01022jp0220sto_01JBM4S8TQ5ZK8NW52045812530339254\
    0432005802JP5915SOBA YAMABOUSHI6008TAKAYAMA63047A1C";

fn name(text: &str, lang: &'static str) -> Foreign {
    Foreign { text: text.into(), lang }
}

fn rate() -> RateNote {
    let leg = |decimal: &str, unit| RateLeg { decimal: decimal.into(), unit };
    let legs = vec![leg("7.4326", CNY), leg("175.68", JPY)];
    RateNote { source: "ECB".into(), date: date(2026, 10, 30), legs, base: "EUR" }
}

fn chrome(lang: Lang, path: &str, nav: Option<NavItem>) -> Chrome {
    Chrome {
        lang,
        path: path.into(),
        nav: nav.map(|current| Nav {
            current,
            wallet: "/w/a".into(),
            till: "/t/b".into(),
            operator: Some("/o/c".into()),
        }),
        whose: None,
        events: None,
        rate: Some(rate()),
        demo: true,
    }
}

fn payee() -> Payee {
    Payee {
        name: name("そば処 山ぼうし", "ja"),
        reading: Some(name("Yamaboshi Soba", "en")),
        prefecture: Some(21),
        category: Some(5812),
        at: None,
    }
}

fn price() -> Price {
    let (mid, spread) = (CNY.of(13538), CNY.of(68));
    let conversion = Some(Conversion { mid, spread_bp: 50, spread, rate: rate() });
    Price { asked: JPY.of(3200), conversion, fee: CNY.of(0), total: CNY.of(13606) }
}

fn row(state: State, shop: &str, hours: i64, moved: i64, twin: i64) -> StatementRow {
    StatementRow {
        state,
        shop: name(shop, "en"),
        at: NOW - hours * 3600 * SECOND,
        moved: (moved != 0).then_some(CNY.of(moved)),
        twin: Some(JPY.of(twin)),
        reason: (state == State::Declined).then(|| "insufficient_funds".into()),
        href: Some("/w/a/pay/x".into()),
    }
}

fn rows() -> Vec<StatementRow> {
    vec![
        row(State::Paid, "Hie Sake Kobo", 18, -7016, 1650),
        row(State::Refunded, "Furukawa Cycle", 19, 1275, 300),
        row(State::Paid, "Furukawa Cycle", 26, -5102, 1200),
        row(State::Declined, "Minato Drug", 44, 0, 4730),
        row(State::Doubt, "Nishiki Tea House", 45, -11225, 2640),
    ]
}

fn sheet(again: bool) -> Face {
    Face::Confirm(Box::new(quoted(again)))
}

/// A resident at the shop next door: nothing is exchanged.
fn here() -> Face {
    let asked = JPY.of(1200);
    let price = Price { asked, conversion: None, fee: JPY.of(0), total: asked };
    Face::Confirm(Box::new(Sheet { price, lock: None, ..quoted(false) }))
}

fn open(typed: &str, problem: Option<&str>) -> Face {
    Face::Amount(Box::new(Open {
        code: CODE.into(),
        payee: payee(),
        unit: JPY,
        typed: typed.into(),
        problem: problem.map(|code| Problem { code: code.into(), sentence: None }),
    }))
}

fn parts() -> ShopParts {
    let yen = |minor| Amount { minor, unit: JPY };
    ShopParts { fee: yen(51), shares: vec![("tax", yen(100))], net: yen(3_049) }
}

fn quoted(again: bool) -> Sheet {
    Sheet {
        quote: "quo_1".into(),
        key: "k1".into(),
        payee: payee(),
        price: price(),
        parts: Some(parts()),
        lock: Some(Lock { deadline: NOW + 52 * SECOND, seconds: 60 }),
        code: CODE.into(),
        typed: None,
        again,
        asked: None,
    }
}

fn me(kept: bool) -> Face {
    Face::Me(Box::new(Me {
        wallet: "wal_01KBN5X4G2M8W0E3QYJ7Z1T6RH".into(),
        cell: "cn".into(),
        ending: "STVWX".into(),
        key: "key_01KBN5X4G2M8W0E3QYJ7Z1T6RH".into(),
        kept,
        brought: None,
        offered: None,
        limits: if kept { limits() } else { Vec::new() },
    }))
}

fn limits() -> Vec<LimitRow> {
    let midnight = NOW + 40_000 * SECOND;
    let row = |reach, window, left, resets| LimitRow {
        reach,
        window,
        most: CNY.of(5_000_000),
        left: CNY.of(left),
        resets,
        source: "Cross-border payments from a wallet's balance".into(),
        section: "50,000 yuan".into(),
    };
    vec![
        row("across", "payment", 5_000_000, None),
        row("across", "day", 1_348_800, Some(midnight)),
        row("everywhere", "year", 4_000_000, Some(midnight)),
        row("inside", "static_day", 0, Some(midnight)),
    ]
}

pub fn faces() -> Vec<(&'static str, Face)> {
    let refund = Refund { at: NOW + 240 * SECOND, given: Some(JPY.of(1000)), got: CNY.of(4251) };
    let receipt = Receipt {
        payment: "pay_01JBM4S8TQ".into(),
        payee: payee(),
        price: price(),
        at: NOW,
        left: Some(CNY.of(234394)),
        refunds: vec![],
        record: Some((Record { cell: "jp".into(), position: 201_877 }, 0)),
        agrees: Some(Agrees::Both),
    };
    let refunded = Receipt { refunds: vec![refund], ..receipt.clone() };
    let under = |wait| Underway {
        payment: "pay_01JBM4S8TQ".into(),
        total: CNY.of(13606),
        payee: payee(),
        wait,
        look_again_ms: 10_000,
    };
    let declined = Declined {
        state: State::Declined,
        reason: "insufficient_funds".into(),
        asked: JPY.of(3200),
        total: Some(CNY.of(13606)),
        payee: payee(),
        at: NOW,
        retry: None,
    };
    let about = Some(JPY.of(58618));
    let balance = Balance {
        listing: false,
        available: CNY.of(248_000),
        about,
        rows: rows(),
        stopped: Vec::new(),
    };
    let stopped = |state, retry: bool| {
        Face::Stopped(Box::new(Stopped {
            payment: "pay_1".into(),
            state,
            payee: payee(),
            asked: JPY.of(3_200),
            until: Some(NOW + 1_800 * SECOND),
            retry: retry.then(|| Retry { code: "2 0000 44".into(), typed: None }),
        }))
    };
    let problem = Problem { code: "claim_differs".into(), sentence: None };
    let away = Away {
        problem: Problem { code: "corridor_unavailable".into(), sentence: None },
        retry: Retry { code: "2 0000 44".into(), typed: Some("3,200".into()) },
        again_ms: 4_000,
    };
    vec![
        ("balance", Face::Balance(balance.clone())),
        ("statement", Face::Balance(Balance { listing: true, ..balance })),
        ("scan", Face::Scan),
        ("stopped", stopped(StoppedState::Waiting, true)),
        ("stopped-released", stopped(StoppedState::Released, true)),
        ("stopped-no-code", stopped(StoppedState::Released, false)),
        ("stopped-rejected", stopped(StoppedState::Rejected("店が知らない".into()), false)),
        ("stopped-over", stopped(StoppedState::Over, true)),
        ("me", me(true)),
        ("me-path", me(false)),
        ("amount", open("", None)),
        ("amount-wrong", open("1.5", Some("amount_has_decimals"))),
        ("confirm", sheet(false)),
        ("confirm-here", here()),
        ("again", sheet(true)),
        ("underway", Face::Underway(under(Wait::Answer))),
        ("doubt", Face::Underway(under(Wait::Doubt))),
        ("held", Face::Underway(under(Wait::Shop))),
        ("cancelling", Face::Underway(under(Wait::Release))),
        ("paid", Face::Receipt(Box::new(receipt))),
        ("refunded", Face::Receipt(Box::new(refunded))),
        ("declined", Face::Declined(declined)),
        ("problem", Face::Problem(problem)),
        ("away", Face::Away(Box::new(away))),
    ]
}

pub fn phone(place: Place, face: Face) -> Phone {
    let ended = matches!(face, Face::Receipt(_) | Face::Declined(_));
    let again = Again { till: "/t/b".into(), amount: JPY.of(3200), key: "k2".into() };
    Phone {
        base: "/w/a".into(),
        place,
        now: NOW,
        zone: TOKYO,
        home_zone: BEIJING,
        holder: Some(name("Li Wei", "en")),
        unit: CNY,
        face,
        shown_code: Some(CODE.into()),
        again: (ended && place == Place::Home).then_some(again),
    }
}

fn till_faces() -> Vec<(&'static str, TillFace)> {
    let paid = TillPaid {
        payment: "pay_1".into(),
        amount: JPY.of(3200),
        payer: Payer::Of(CNY),
        at: NOW,
        fee_bp: Some(100),
        fee: JPY.of(32),
        shares: vec![],
        refunded: JPY.of(0),
        giving_back: None,
        refunds: vec![],
        net: JPY.of(3168),
        offer: Some(JPY.of(1000)),
        key: "k".into(),
    };
    let refunds = vec![(NOW + 240 * SECOND, JPY.of(1000)), (NOW + 540 * SECOND, JPY.of(2200))];
    let part = TillPaid {
        refunds: refunds[..1].to_vec(),
        refunded: JPY.of(1000),
        fee: JPY.of(22),
        net: JPY.of(2178),
        ..paid.clone()
    };
    let whole = TillPaid {
        refunds,
        refunded: JPY.of(3200),
        fee: JPY.of(0),
        net: JPY.of(0),
        offer: None,
        ..paid.clone()
    };
    let shared = TillPaid {
        fee_bp: None,
        shares: vec![
            TillShare {
                name: name("甲斐マーケット", "ja"),
                kind: "platform",
                kept: JPY.of(110),
                returned: JPY.of(50),
            },
            TillShare {
                name: name("宿泊税", "ja"),
                kind: "tax",
                kept: JPY.of(320),
                returned: JPY.of(0),
            },
        ],
        net: JPY.of(1_748),
        ..part.clone()
    };
    let refunding = Refunding {
        payment: "pay_1".into(),
        paid: JPY.of(3200),
        at: NOW,
        rest: JPY.of(3200),
        typed: "1,000".into(),
        key: "k".into(),
        sure: None,
        problem: None,
    };
    let sure = Refunding { sure: Some(JPY.of(1000)), ..refunding.clone() };
    let wrong = Some(Problem { code: "amount_has_decimals".into(), sentence: None });
    let code = Code {
        payment: "pay_1".into(),
        amount: JPY.of(3200),
        text: CODE.into(),
        deadline: NOW + 290 * SECOND,
        key: "k".into(),
        charge: None,
        wrong: None,
        wallets: vec![WalletChoice { connector: "wechat".into(), kind: "wechat" }],
        wallet_key: "k".into(),
    };
    let asked = Asked {
        payment: "pay_1".into(),
        kind: "wechat",
        amount: JPY.of(3200),
        code: Some("weixin://wxpay/bizpayurl?pr=NwY5Mz9".into()),
        taken: false,
        unknown: false,
        closing: false,
        deadline: NOW + 290 * SECOND,
        key: "k".into(),
    };
    let unheard = Asked { unknown: true, taken: true, code: None, ..asked.clone() };
    let password = Asked { taken: true, code: None, ..asked.clone() };
    let closing = Asked { closing: true, ..password.clone() };
    let back = |stuck| GivingBack { amount: JPY.of(1000), kind: "wechat", stuck };
    let outside = Payer::Outside("wechat");
    let by_other =
        TillPaid { payer: outside, giving_back: Some(back(false)), offer: None, ..paid.clone() };
    let stuck = TillPaid { giving_back: Some(back(true)), ..by_other.clone() };
    let ended = |state, reason: &str| TillFace::Ended {
        state,
        reason: reason.into(),
        amount: JPY.of(3200),
        key: "k".into(),
    };
    vec![
        ("code", TillFace::Code(code)),
        (
            "amount",
            TillFace::Amount { typed: "3,200".into(), key: "k".into(), problem: None, held: None },
        ),
        (
            "wrong",
            TillFace::Amount {
                typed: "3,200.5".into(),
                key: "k".into(),
                problem: wrong,
                held: None,
            },
        ),
        ("other-code", TillFace::Asked(asked)),
        ("password", TillFace::Asked(password)),
        ("unheard", TillFace::Asked(unheard)),
        ("closing", TillFace::Asked(closing)),
        ("giving-back", TillFace::Paid(by_other)),
        ("stuck", TillFace::Paid(stuck)),
        ("paid", TillFace::Paid(paid)),
        ("part", TillFace::Paid(part)),
        ("shared", TillFace::Paid(shared)),
        ("whole", TillFace::Paid(whole)),
        ("refunding", TillFace::Refunding(refunding)),
        ("sure", TillFace::Refunding(sure)),
        ("ended", ended(State::Declined, "insufficient_funds")),
        ("expired", ended(State::Expired, "payment_expired")),
    ]
}

fn a_till(place: Place, face: TillFace) -> Till {
    let shop = name("そば処 山ぼうし", "ja");
    let name = Some("1".to_owned());
    Till { base: "/t/b".into(), place, shop, name, unit: JPY, now: NOW, zone: TOKYO, face }
}

pub fn bridge(lit: usize) -> Bridge {
    let mut bridge = Bridge::payment("/bridge".into());
    let rows = [
        (Step::Requested, 400, "jp", 201_871),
        (Step::Quoted, 300, "cn", 184_197),
        (Step::Held, 600, "cn", 184_203),
        (Step::Captured, 1300, "jp", 201_877),
        (Step::Posted, 700, "cn", 184_204),
    ];
    for (step, micros, cell, position) in rows.into_iter().take(lit) {
        bridge.light(step, micros, Record { cell: cell.into(), position });
    }
    bridge.note = match lit {
        5 => BridgeNote::Done(2600),
        2.. => BridgeNote::Quoted,
        _ => BridgeNote::Asked(JPY.of(3200)),
    };
    bridge
}

fn refund_bridge() -> Bridge {
    let mut bridge = Bridge::refund("/bridge".into());
    let rows = [
        (Step::Asked, 300, "jp", 201_884),
        (Step::Taken, 900, "jp", 201_885),
        (Step::SentBack, 200, "jp", 201_885),
        (Step::Received, 400, "cn", 184_209),
        (Step::Booked, 500, "cn", 184_209),
    ];
    for (step, micros, cell, position) in rows {
        bridge.light(step, micros, Record { cell: cell.into(), position });
    }
    bridge.note = BridgeNote::Refunded(2300);
    bridge
}

fn entry(account: Account, note: Option<LineNote>, debit: i64, credit: i64) -> LedgerLine {
    LedgerLine { account, note, debit, credit }
}

pub fn books(written: bool) -> Books {
    let shop = || Account::Merchant("Yamaboshi Soba".into());
    let cn = Record { cell: "cn".into(), position: 184_204 };
    let yuan = vec![
        entry(Account::Wallet(Some("Li Wei".into())), None, 13606, 0),
        entry(Account::Exchange(CNY), Some(LineNote::MidRate), 0, 13538),
        entry(Account::Spread, Some(LineNote::Share(50)), 0, 68),
    ];
    let mirror = vec![
        entry(Account::NostroMirror, None, 3200, 0),
        entry(Account::Exchange(JPY), None, 0, 3200),
    ];
    let yen = vec![
        entry(Account::Nostro, Some(LineNote::Prefunded), 3200, 0),
        entry(shop(), None, 0, 3200),
        entry(shop(), Some(LineNote::ShopFee(100)), 32, 0),
        entry(Account::Fee, None, 0, 32),
    ];
    let jp = Record { cell: "jp".into(), position: 201_877 };
    let table = |record: &Record, unit, lines| LedgerTable { record: record.clone(), unit, lines };
    let (from_tables, to_tables) = match written {
        true => (vec![table(&cn, CNY, yuan), table(&cn, JPY, mirror)], vec![table(&jp, JPY, yen)]),
        false => (vec![], vec![]),
    };
    let payment = written.then(|| "pay_01JBM4S8TQ".into());
    Books {
        src: "/books".into(),
        payment,
        from: CNY,
        to: JPY,
        from_tables,
        to_tables,
        refund: false,
    }
}

pub fn map() -> Map {
    let figures: [i64; 47] = [
        204_000, 46_200, 21_600, 56_500, 14_100, 18_700, 18_800, 46_500, 31_300, 24_200, 35_700,
        174_800, 695_000, 184_900, 27_600, 34_700, 79_200, 16_000, 103_200, 62_100, 285_700,
        155_200, 214_300, 45_800, 31_800, 382_200, 556_300, 166_000, 51_600, 89_000, 24_100,
        15_600, 39_400, 53_400, 15_300, 18_600, 73_400, 28_500, 14_500, 215_000, 27_800, 27_500,
        86_400, 50_000, 12_300, 56_500, 181_300,
    ];
    let rows = figures.iter().zip(1..).map(|(minor, prefecture)| PrefectureRow {
        prefecture,
        minor: *minor,
        payments: minor.unsigned_abs() / 3_700,
    });
    Map { src: "/map".into(), unit: JPY, rows: rows.collect(), yours: Some(21) }
}

fn agreement(differences: u64) -> Agreement {
    Agreement { src: "/agree".into(), payments: 1284, differences, checked: None }
}

fn a_home(lang: Lang, face: Face, till_face: TillFace, bridge: Bridge, done: bool) -> HomePage {
    let cell = |cell: &str, unit, state| BreakCell { cell: cell.into(), unit, state };
    HomePage {
        chrome: chrome(lang, "/", Some(NavItem::Home)),
        from: CNY,
        to: JPY,
        agreement: agreement(0),
        phone: phone(Place::Home, face),
        bridge,
        till: a_till(Place::Home, till_face),
        books: books(done),
        map: map(),
        corridor: Corridor {
            src: "/corridor".into(),
            under_way: 0,
            rate: Some(rate()),
            nostro: JPY.of(7_857_700),
            warns_below: JPY.of(4_000_000),
            open: true,
        },
        tiles: Tiles {
            src: "/tiles".into(),
            payments: 1284,
            prefectures: 47,
            wallet: "/w/a".into(),
        },
        curl: "curl localhost:8080/v1/quotes \\\n  -H \"Authorization: Bearer $LI_WEI\" \\\n  \
               -H \"Idempotency-Key: q1\" \\\n  --json '{\"payment\": \"pay_01JBM4S8TQ\"}'"
            .into(),
        break_it: BreakIt {
            src: "/break".into(),
            cells: vec![
                cell("cn", CNY, CellState::Back { micros: 840_000, records: 184_211 }),
                cell("jp", JPY, if done { CellState::Down } else { CellState::Running }),
            ],
            problem: None,
        },
    }
}

fn today() -> Today {
    let line = |state, amount, minutes: i64, payer, refunded| TodayRow {
        payment: "pay_1".into(),
        state,
        amount: JPY.of(amount),
        payer,
        at: NOW - minutes * 60 * SECOND,
        refunded,
        reason: (state == State::Declined).then(|| "insufficient_funds".into()),
        place: (amount == 3_200).then(|| ("7".into(), None)),
    };
    Today {
        base: "/t/b".into(),
        unit: JPY,
        now: NOW,
        zone: TOKYO,
        rows: vec![
            line(State::Waiting, 1500, 0, None, 0),
            line(State::Paid, 3200, 5, Some(Payer::Of(CNY)), 1000),
            line(State::Paid, 2900, 16, Some(Payer::Of(CNY)), 0),
            line(State::Declined, 1200, 28, Some(Payer::Of(JPY)), 0),
            line(State::Paid, 5400, 42, Some(Payer::Of(CNY)), 0),
        ],
        payments: 3,
        more: false,
        paid: JPY.of(11_500),
        refunded: JPY.of(1000),
        fee: JPY.of(105),
    }
}

fn tonight(waits: bool) -> TonightCard {
    TonightCard {
        base: "/t/b".into(),
        zone: TOKYO,
        out: JPY.of(if waits { 0 } else { 19_107 }),
        waits: waits.then_some("below_minimum"),
        available: JPY.of(19_107),
        fee: JPY.of(0),
        closes: NOW + 33_171 * SECOND,
        day: date(2026, 11, 2),
        sold: Some(SoldLines {
            payments: 6,
            captured: JPY.of(20_300),
            refunded: JPY.of(1000),
            fees: JPY.of(193),
        }),
        account: Some(account_line()),
        when: if waits { "threshold".into() } else { "daily".into() },
        least: if waits { "30000".into() } else { String::new() },
        asked: waits,
        returned: waits.then(|| (JPY.of(19_107), "AC04".into())),
        key: "till-payouts".into(),
        problem: None,
    }
}

fn account_line() -> AccountLine {
    AccountLine {
        bank: "飛騨信組".into(),
        bank_code: "2476".into(),
        branch: "本店営業部".into(),
        branch_code: "001".into(),
        kind: Kind::Ordinary,
        ending: "4174".into(),
    }
}

fn account_page(lang: Lang, missing: Option<Missing>, sent: bool) -> AccountPage {
    let text = |text: &str| if sent { text.to_owned() } else { String::new() };
    let fields = Fields {
        bank: text("2476"),
        branch: text("002"),
        account: text("044174"),
        holder: text("ソバドコロ ヤマボウシ"),
        ..Fields::default()
    };
    let wrong = if sent { fields.account_of(Kind::Ordinary).err() } else { None };
    AccountPage {
        chrome: service(lang, "/t/b/account"),
        base: "/t/b".into(),
        now: NOW,
        zone: TOKYO,
        account: AccountNow {
            account: missing.is_none().then(account_line),
            missing,
            set: Some(NOW - 86_400 * SECOND),
            new: sent,
            paused: false,
        },
        key: "k".into(),
        replaces: 1,
        fields,
        kind: Kind::Savings,
        wrong: wrong.unwrap_or_default(),
        sent,
        problem: None,
        sure: None,
        done: !sent && missing.is_none(),
    }
}

fn shop_card(face: &str) -> ShopCard {
    ShopCard {
        may: [true; 3],
        brings: false,
        base: "/t/b".into(),
        open: face != "ended",
        paused: (face == "expired").then_some("account_in_doubt"),
        new: face == "part",
        key: "k".into(),
        problem: None,
        poster: "/poster/sto_1".into(),
        number: Some("2 0017 90".into()),
    }
}

fn audit_page(lang: Lang, differ: bool) -> AuditPage {
    let cell = |name: &str, unit, shore, other: Option<AuditSum>| AuditCell {
        cell: name.into(),
        unit,
        shore,
        position: 184_211,
        chain: true,
        counts: vec![
            (Count::Groups, 184_211),
            (Count::Records, 391_004),
            (Count::Accounts, 412),
            (Count::Transfers, 5_136),
            (Count::OpenHolds, 0),
            (Count::Payments, 1_284),
            (Count::Refunds, 31),
            (Count::Statements, 2_630),
        ],
        sums: [AuditSum { unit, debits: 481_260_000, credits: 481_260_000 }]
            .into_iter()
            .chain(other)
            .collect(),
    };
    let mirror = JPY.of(7_857_700 - i64::from(differ));
    AuditPage {
        chrome: chrome(lang, "/audit", Some(NavItem::Audit)),
        agreement: Agreement { checked: Some((NOW, TOKYO)), ..agreement(u64::from(differ)) },
        at: NOW,
        zones: (TOKYO, BEIJING),
        took: 412_000,
        cells: vec![
            cell(
                "cn",
                CNY,
                Shore::From,
                Some(AuditSum { unit: JPY, debits: 3_200, credits: 3_200 }),
            ),
            cell("jp", JPY, Shore::To, None),
        ],
        corridors: vec![AuditCorridor {
            from: "cn".into(),
            to: "jp".into(),
            sent: 3_411,
            answered: 3_408,
            under_way: 0,
            nostro: JPY.of(7_857_700),
            mirror,
        }],
        differences: differ
            .then(|| Difference {
                place: "jp 201,877".into(),
                sentence: "nostro and mirror differ by 1 JPY at message 3,408".into(),
            })
            .into_iter()
            .collect(),
    }
}

fn service(lang: Lang, path: &str) -> Chrome {
    Chrome { rate: None, demo: false, ..chrome(lang, path, None) }
}

fn front_page(lang: Lang, ready: bool) -> FrontPage {
    let cell = |name: &str, unit, shore, ready| FrontCell { name: name.into(), unit, shore, ready };
    FrontPage {
        sign_up: true,
        chrome: service(lang, "/"),
        cells: vec![cell("cn", CNY, Shore::From, true), cell("jp", JPY, Shore::To, ready)],
        curl: "curl -H \"Authorization: Bearer $KEY\" http://localhost:8080/v1/me".into(),
    }
}

fn stores() -> Vec<Choice> {
    let store = |text: &str, city: &str| Choice {
        href: "/t/me~sto_01JBM4S8TQ".into(),
        name: Some(name(text, "ja")),
        amount: None,
        city: Some(city.into()),
    };
    vec![store("そば処 山ぼうし", "Takayama"), store("山ぼうし 古川店", "Hida")]
}

fn other_wallet() -> Choice {
    let href = "/w/me~wal_01JBM4S8TQ".into();
    Choice { href, name: None, amount: Some(JPY.of(12_000)), city: None }
}

/// Every page in its states in one language: name and markup.
pub fn pages(lang: Lang) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut add = |name: String, page: maud::Markup| out.push((name, page.into_string()));
    let tills = till_faces();
    for (face_name, face) in faces() {
        let (till_name, lit) = match face_name {
            "paid" | "refunded" => ("paid", 5),
            "declined" => ("ended", 3),
            "balance" => ("code", 1),
            _ => ("code", 2),
        };
        let till_face = tills.iter().find(|(n, _)| *n == till_name).map(|(_, f)| f.clone());
        let bridge = if face_name == "refunded" { refund_bridge() } else { bridge(lit) };
        let till_face = till_face.expect("the name stands in the list above");
        if face_name != "scan" {
            let page = home::page(&a_home(lang, face.clone(), till_face, bridge, lit == 5));
            add(format!("home-{face_name}"), page);
        }
        let statement = Statement {
            base: "/w/a".into(),
            now: NOW,
            zone: TOKYO,
            rows: rows(),
            before: (face_name == "statement").then(|| "7.1.2".into()),
            older: Some("/w/a/statement?before=x".into()),
            stale: false,
        };
        let chrome = chrome(lang, "/w/a", None);
        let others = if face_name == "balance" { vec![other_wallet()] } else { Vec::new() };
        let page = WalletPage { chrome, phone: phone(Place::Own, face), statement, others };
        if face_name == "refunded" {
            add("receipt".into(), wallet::printed(&page.chrome, &page.phone));
        }
        add(format!("wallet-{face_name}"), wallet::page(&page));
    }
    for (face_name, face) in tills {
        let mut chrome = chrome(lang, "/t/b", None);
        chrome.whose = Some(name("そば処 山ぼうし", "ja"));
        let others = if face_name == "amount" { stores().split_off(1) } else { Vec::new() };
        let page = TillPage {
            chrome,
            till: a_till(Place::Own, face),
            today: today(),
            tonight: (face_name != "wrong").then(|| tonight(face_name == "expired")),
            shop: match face_name {
                "wrong" => Err(Problem { code: "cell_starting".into(), sentence: None }),
                name => Ok(shop_card(name)),
            },
            others,
        };
        add(format!("till-{face_name}"), till::page(&page));
    }
    add("audit".into(), audit::page(&audit_page(lang, false)));
    add("audit-differs".into(), audit::page(&audit_page(lang, true)));
    for (name, ready) in [("front", true), ("front-starting", false)] {
        add(name.into(), front::page(&front_page(lang, ready)));
    }
    for (name, code) in [("audit-door", None), ("audit-door-closed", Some("key_invalid"))] {
        let problem = code.map(|code: &str| Problem { code: code.into(), sentence: None });
        let door = AuditDoor { chrome: service(lang, "/audit"), problem };
        add(name.into(), front::door(&door));
    }
    for (name, code, kept) in [
        ("enter", None, None),
        ("enter-kept", None, Some("/w/me")),
        ("enter-unknown", Some("sign_in_unknown"), None),
    ] {
        let problem = code.map(|code: &str| Problem { code: code.into(), sentence: None });
        let typed = String::from(if code.is_some() { "jp-ABCDE-FGHJK" } else { "" });
        let (chrome, passkeys) = (service(lang, "/enter"), true);
        let page = EnterPage { chrome, typed, problem, kept, passkeys };
        add(name.into(), enter::page(&page));
    }
    for (name, role) in [("open-wallet", Role::Traveller), ("open-till", Role::Merchant)] {
        let action = "/enter/jp-ABCDE-FGHJK-MNPQR-STVWX".to_owned();
        let chrome = service(lang, &action);
        add(name.into(), enter::open(&OpenPage { chrome, action, role, cell: "jp".into() }));
    }
    for (name, code) in [("open", None), ("open-unfit", Some("text_unfit"))] {
        let choice = |cell: &str, unit| OpeningChoice { cell: cell.into(), unit };
        let page = OpeningPage {
            chrome: service(lang, "/open"),
            name: String::from(if code.is_some() { "李伟" } else { "" }),
            chosen: "jp".into(),
            choices: vec![choice("cn", CNY), choice("jp", JPY)],
            key: "0123".into(),
            problem: code.map(|code: &str| Problem { code: code.into(), sentence: None }),
            brought: None,
        };
        add(name.into(), open::page(&page));
    }
    let opened = OpenedPage {
        chrome: service(lang, "/open"),
        code: "jp-ABCDE-FGHJK-MNPQR-STVWX".into(),
        link: "http://localhost:8080/enter/jp-ABCDE-FGHJK-MNPQR-STVWX".into(),
    };
    add("opened".into(), open::opened(&opened));
    let choose = ChoosePage { chrome: service(lang, "/t/me"), choices: stores() };
    add("choose".into(), choose::page(&choose));
    for (name, missing, sent) in [
        ("account", None, false),
        ("account-wrong", None, true),
        ("account-lost", Some(Missing::Lost), false),
    ] {
        add(name.into(), account::page(&account_page(lang, missing, sent)));
    }
    let of_staff = shops::pages(lang).into_iter().chain(to_decide::pages(lang));
    for (name, page) in insights::pages(lang).into_iter().chain(of_staff) {
        add(name.into(), page);
    }
    for (name, page) in outside::pages(lang) {
        add(name, page);
    }
    let locked = Problem { code: "sign_in_ended".into(), sentence: None };
    add("locked".into(), error::locked(&service(lang, "/enter"), &locked));
    let problem = Problem { code: "not_found".into(), sentence: None };
    add("error".into(), error::page(&chrome(lang, "/x", None), &problem));
    out
}
