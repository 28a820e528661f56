// long: every stored fact has its row here
//! The facts of `pay` as they are stored. Each number is distinct, so that two fields that change
//! places are seen.

// long: a row for every stored fact and number, in one place to look for a gap

#[path = "../../corridor/tests/stored/mod.rs"]
mod stored;

use corridor::{
    CaptureMode, ChargeAnswer, Day, DayAnswer, DaySignature, DeclineReason, Sums, Witness,
};
use kernel::{Currency, Id, Ref, Role, Timestamp};
use pay::codes::{CodeTerms, Issuer, IssuerRoute};
use pay::costs::{FeeRate, FeeScope, Share, ShareKind, Split, Via};
use pay::event::*;
use pay::state::{AskEnd, RefundEnd, Shape, StrayReason};
use pay::terms::{
    Classes, Closing, Counts, Effect, LimitRule, Reach, SettlementTerms, Supply, VelocityRule,
    Window,
};
use pay::{
    Acceptance, Category, Event, Fees, Limits, Network, PauseReason, PayoutRules, PayoutTerms,
    Place, Purpose, RateTerms, ReferrerTerms, Rules, SafeguardRule, Schedule, Standing,
};
use stored::{Row, check, file_name};

const AT: Timestamp = Timestamp::from_seconds(1_793_581_200);

fn id<K>(last: u8) -> Id<K> {
    Id::new(0x0192_1e5f_0c00_7abc_8def_0123_4567_8900 | u128::from(last))
}

fn reference<K>(number: u32) -> Ref<K> {
    Ref::new(2, number, 0x1112_1314_1516_1718)
}

fn posters() -> Vec<Event> {
    let by = Author { party: 4, person: 5 };
    let networks = vec![
        Network::Jpqr(["0000000000001", "0002", "000003", "000004"].map(str::to_owned)),
        Network::Number { tag: 15, value: "16".to_owned(), name: "UnionPay".to_owned() },
        Network::Template {
            scheme: "com.example".to_owned(),
            entries: vec![(1, "17".to_owned())],
            name: "Example".to_owned(),
        },
    ];
    let (postal, source) = (Some("506-0001".to_owned()), "a contract".to_owned());
    let acceptance = Acceptance { networks, postal, source };
    let reference = Some("2F".to_owned());
    let place = Place { number: 6, label: "7".to_owned(), amount: Some(500), reference };
    vec![
        AcceptanceSet { store: 1, from: AT, acceptance, by }.into(),
        PlacesSet { store: 1, set: vec![place.clone()], ended: vec![2, 3], by }.into(),
        SalePlaced { payment: id(1), store: 2, place }.into(),
        Referred::Set(ReferrerSet {
            referrer: 1,
            merchant: Ref::new(2, 2, 3),
            from: AT,
            terms: ReferrerTerms {
                word: "fuji-guide".to_owned(),
                ppm: 200_000,
                days: 90,
                keeps: true,
                opens: vec!["/open".to_owned()],
                source: "a contract".to_owned(),
            },
        })
        .into(),
    ]
}

fn terms() -> Vec<Event> {
    let rates = [(Currency::CNY, "7.4326"), (Currency::JPY, "175.68")];
    let fees = Fees {
        spread_bps: 50,
        payer_bps: 10,
        merchant_bps: 100,
        by_category: vec![(Category::Transport, 30)],
    };
    let limits = Limits {
        currency: Currency::CNY,
        per_payment: 500_000,
        per_day: 2_000_000,
        source: "a law".to_owned(),
    };
    let rules = Rules {
        quote_s: 60,
        refund_days: 180,
        capture_days: 30,
        repeat_s: 120,
        request_max_s: 86_400,
        utc_offset_min: 540,
    };
    vec![
        BookOpened {
            currency: Currency::JPY,
            fee: 1,
            bank: 2,
            payout: 3,
            suspense: 4,
            fx: 5,
            spread: 6,
        }
        .into(),
        NostroWarningSet { link: 1, below: 500_000 }.into(),
        RatesPublished {
            date: 20_261_030,
            source: "ECB".to_owned(),
            rates: rates
                .map(|(currency, rate)| (currency, rate.parse().expect("a decimal")))
                .to_vec(),
        }
        .into(),
        FeesSet { from: AT, fees }.into(),
        LimitsSet { from: AT, limits }.into(),
        RulesSet { from: AT, rules }.into(),
    ]
}

fn market() -> Vec<Event> {
    vec![
        PartyRegistered { party: reference(7), role: Role::Merchant, id: id(1) }.into(),
        WalletOpened { wallet: reference(13), party: 7, entry: 3 }.into(),
        WalletToppedUp { account: 13, amount: 252_251, reference: 0x2122_2324_2526_2728 }.into(),
        NostroToppedUp { link: 1, amount: 11_000_000, reference: 0x3132_3334_3536_3738 }.into(),
        MerchantRegistered {
            merchant: reference(14),
            party: 8,
            name: "山法師そば".to_owned(),
            currency: Currency::JPY,
            entry: 4,
        }
        .into(),
        StoreOpened {
            store: reference(5),
            merchant: 4,
            name: "山法師そば 四条".to_owned(),
            latin_name: Some("Yamaboshi Soba".to_owned()),
            city: "Kyoto".to_owned(),
            category: Category::Restaurant,
            prefecture: 26,
        }
        .into(),
        StoreOpenSet { store: 5, open: false }.into(),
        TillAdded { till: reference(6), store: 5, name: "入口".to_owned() }.into(),
    ]
}

fn payers_leg() -> Vec<Event> {
    let payment = id(2);
    vec![
        QuoteMade {
            quote: id(3),
            payment,
            wallet: 3,
            link: 1,
            store: reference(5),
            amount: 3_200,
            principal: 13_538,
            spread: 68,
            fee: 14,
            lot: 9,
            expires: AT,
            deadline: Some(Timestamp(AT.0 + 1)),
            capture: CaptureMode::Later,
            place: None,
        }
        .into(),
        QuoteExpired { entry: 8 }.into(),
        PaymentConfirmed {
            payment,
            quote: 8,
            wallet: 3,
            holds: [20, 21, u32::MAX, 22],
            message: 77,
            link: 1,
            store: reference(5),
            amount: 3_200,
            principal: 13_538,
            spread: 68,
            fee: 14,
            lot: 9,
            valid_until: AT,
        }
        .into(),
        PaymentAuthorized { leg: 11, payment }.into(),
        CancelAsked { leg: 11, payment }.into(),
        PaymentTaken { leg: 11, total_so_far: 1_000, last: true, payment }.into(),
        PaymentReturned { leg: 11, reason: Some(DeclineReason::StorePaused), payment }.into(),
        RefundArrived {
            closed: 12,
            total_so_far: 1_000,
            returned: 4_251,
            from_suspense: 21,
            payment,
        }
        .into(),
        StrayArrived { link: 1, payment, amount: 500, taken: false }.into(),
        MirrorRaised { link: 1, amount: 11_000_000 }.into(),
    ]
}

fn sellers_leg() -> Vec<Event> {
    let payment = id(2);
    let payer = 0x4142_4344_4546_4748;
    vec![
        PaymentRequested {
            payment,
            store: 5,
            amount: 3_200,
            deadline: AT,
            capture: CaptureMode::Now,
            purpose: Purpose::Sale,
        }
        .into(),
        SaleCaptured { payment, leg: Some(15), store: 5, link: 1, payer, amount: 3_200, fee: 32 }
            .into(),
        SaleHeld {
            payment,
            leg: None,
            store: 5,
            link: 255,
            payer,
            amount: 3_200,
            hold: 23,
            deadline: AT,
        }
        .into(),
        SalePartCaptured { capture: Some(id(5)), ..part_captured() }.into(),
        SaleReleased { leg: 15, payment }.into(),
        SaleDeclined { payment, link: 1, reason: DeclineReason::NostroTooLow, amount: 3_200 }
            .into(),
        SaleCancelled { leg: 15, payment }.into(),
        SaleExpired { leg: 15, payment }.into(),
        PaidHere { payment, leg: Some(15), wallet: 3, store: 5, amount: 1_250, fee: 12 }.into(),
        SaleRefunded {
            closed: 16,
            refund: id(4),
            amount: 1_000,
            total_so_far: 1_500,
            fee: 10,
            payment,
        }
        .into(),
        LegsForgotten { outgoing: Some(17), incoming: None }.into(),
        CreditLineSet {
            merchant: 4,
            line: 18,
            receivable: 19,
            limit: 50_000,
            source: "contract 2026-117".to_owned(),
        }
        .into(),
        CreditDrawn { merchant: 4, amount: 990, refund: id(4) }.into(),
        CreditRepaid { merchant: 4, amount: 1_234 }.into(),
    ]
}

fn payouts() -> Vec<Event> {
    let terms = PayoutTerms {
        currency: Currency::JPY,
        minimum: 1_000,
        fee_same_bank: 110,
        fee_other_bank: 220,
        cutoff_min: 1_320,
    };
    let payouts = vec![
        Payout { merchant: 4, amount: 19_107, fee: 110 },
        Payout { merchant: 7, amount: 250_000, fee: 220 },
    ];
    vec![
        PayoutTermsSet { from: AT, terms }.into(),
        BankFileSealed {
            file: id(6),
            currency: Currency::JPY,
            day: 20_261_102,
            number: 3,
            hash: std::array::from_fn(|at| at as u8),
            payouts,
        }
        .into(),
        BankFileSent { entry: 9, file: id(6) }.into(),
        BankFileWithdrawn { entry: 10, file: id(7), reason: "the bank was closed".to_owned() }
            .into(),
    ]
}

fn banking() -> Vec<Event> {
    let rules = PayoutRules {
        currency: Currency::JPY,
        approval_above: Some(5_000_000),
        today_fee: Some(150),
        return_fee: 440,
        keep_days: 60,
        source: "contract 2026-118".to_owned(),
    };
    let rule = SafeguardRule {
        currency: Currency::JPY,
        days: vec![331, 930],
        above: 10_000_000,
        share_bps: 5_000,
        source: "a law".to_owned(),
    };
    let line = |key, amount, claim| BankLine { key, day: 20_261_104, amount, claim };
    let lines = vec![
        (line(0x2122, -269_107, Claim::File(id(6))), Found::File(9)),
        (line(0x2123, -19_107, Claim::Transfer(id(6), 3)), Found::Transfer(9, 3)),
        (
            line(0x2124, 19_107, Claim::Returned(id(6), 1, "AC04".to_owned())),
            Found::Stranded(9, 1, Why::MerchantLeft),
        ),
        (line(0x2125, 5_000, Claim::Reference(0x3132)), Found::Booked(0x3132)),
        (line(0x2126, -880, Claim::Charge), Found::Charge),
        (line(0x2127, 77, Claim::Nothing), Found::Open(Why::SaysNothing)),
    ];
    vec![
        PayoutRulesSet { from: AT, rules }.into(),
        PayoutScheduleSet { merchant: 4, from: AT, schedule: Schedule::Weekly(4) }.into(),
        PayoutTodayAsked { merchant: 4 }.into(),
        BankFileMade { entry: 9, person: 7, needs_approval: true }.into(),
        BankFileApproved { entry: 9, person: 8 }.into(),
        StatementImported {
            currency: Currency::JPY,
            account: "2476-001-1234567".to_owned(),
            hash: std::array::from_fn(|at| at as u8),
            page: 1,
            pages: 3,
            from: 20_261_102,
            to: 20_261_105,
            opening: 1_000_000,
            closing: 735_990,
            first: 11,
            lines,
        }
        .into(),
        BankLineResolved { line: 12, found: Found::Wallet(13), person: 7 }.into(),
        BankLineUndone {
            line: 13,
            found: Found::Returned(9, 1),
            fee: 440,
            reason: "the wrong shop".to_owned(),
            person: 8,
        }
        .into(),
        PayoutReturned {
            file: 9,
            index: 1,
            merchant: 4,
            amount: 19_107,
            fee: 440,
            reason: "AC01".to_owned(),
            line: 14,
            stranded: None,
        }
        .into(),
        SafeguardRuleSet { from: AT, rule }.into(),
    ]
}

/// Numbers of what a line was found to be, and why not, are stored: none moves.
#[test]
fn numbers_of_lines_never_change() {
    for (number, why) in Why::ALL.into_iter().enumerate() {
        assert_eq!(minicbor::to_vec(why).unwrap(), [number as u8], "{}", why.word());
    }
    assert!(minicbor::decode::<Why>(&[Why::ALL.len() as u8]).is_err(), "add its row");
    let all = [
        Found::Open(Why::Unknown),
        Found::File(1),
        Found::Transfer(1, 2),
        Found::Returned(1, 2),
        Found::Booked(1),
        Found::Charge,
        Found::Suspense(String::new()),
        Found::Wallet(1),
        Found::Nostro(1),
        Found::Stranded(1, 2, Why::Undone),
    ];
    for (number, found) in all.into_iter().enumerate() {
        assert_eq!(minicbor::to_vec(&found).unwrap()[..2], [0x82, number as u8], "{found:?}");
    }
}

fn costs() -> Vec<Event> {
    let scope = FeeScope {
        merchant: Some(4),
        category: Some(Category::Lodging),
        via: Some(Via::Connector(2)),
    };
    let rate = Some(FeeRate { bps: 120, fixed: 30, most: 5_000 });
    let source = || "contract 2026-118".to_owned();
    let share = |receiver, kind, bps| Share { receiver, kind, bps };
    let shares = vec![share(5, ShareKind::Platform, 300), share(6, ShareKind::Tax, 1_000)];
    let split = Split { merchant: 4, shares };
    vec![
        FeeRuleSet { from: AT, scope, rate, source: source() }.into(),
        SplitSet { from: AT, split, source: source(), merchant: reference(7) }.into(),
        SaleShared { payment: id(2), split: 3, captured: 3_200, amounts: [96, 320, 0, 0] }.into(),
        SharesReturned { payment: id(2), refunded: 1_500 }.into(),
    ]
}

fn reviews() -> Vec<Event> {
    let standing = Standing::Paused(PauseReason::AccountInDoubt);
    vec![
        ReviewAsked { merchant: 4 }.into(),
        MerchantReviewed { merchant: 4, standing }.into(),
        PayoutAccountSet { merchant: 4, number: 2 }.into(),
    ]
}

fn codes() -> Vec<Event> {
    let (payment, store) = (id(2), reference(5));
    let route = [IssuerRoute::Cell(1), IssuerRoute::Connector("wechat".to_owned())];
    let issuers = route.map(|route| Issuer {
        name: "A wallet".to_owned(),
        prefix_digits: 3,
        first: 471,
        last: 473,
        shortest: 18,
        longest: 20,
        route,
    });
    let terms = CodeTerms {
        issuers: issuers.to_vec(),
        confirm_above: vec![(Currency::CNY, 20_000)],
        ask_s: 60,
        wrong_most: 5,
        rest_s: 600,
        misses_most: 30,
        misses_s: 900,
        source: "contract 2026-118".to_owned(),
    };
    let judged = |outcome| Event::from(CodeJudged { wallet: 3, outcome });
    vec![
        PhoneEnrolled { wallet: 3, handle: 4_815_162, generation: 7 }.into(),
        PhoneEnded { wallet: 3 }.into(),
        CodeTermsSet { from: AT, terms }.into(),
        ChargeMade { payment, link: 1, charge: 78 }.into(),
        judged(CodeOutcome::Used { step: 59_786_040, counter: 1 }),
        ChargeAsked {
            payment,
            wallet: 3,
            link: 1,
            charge: 78,
            store,
            amount: 3_200,
            entry: 8,
            expires: AT,
            again: true,
        }
        .into(),
        ChargeRefused {
            payment,
            wallet: 3,
            link: 1,
            store,
            amount: 3_200,
            why: "insufficient_funds".to_owned(),
        }
        .into(),
        ChargeAnswered { payment, answer: ChargeAnswer::TryLater }.into(),
    ]
}

/// What was found of a code is stored as a number: none moves, and none is reused.
#[test]
fn numbers_of_outcomes_never_change() {
    let used = CodeOutcome::Used { step: 5, counter: 1 };
    assert_eq!(minicbor::to_vec(used).unwrap(), [0x82, 0, 0x82, 5, 1]);
    for (number, outcome) in [(1, CodeOutcome::OtherTime), (2, CodeOutcome::Wrong)] {
        assert_eq!(minicbor::to_vec(outcome).unwrap()[..2], [0x82, number]);
    }
}

/// Numbers of standings and reasons are stored: none moves, and none is reused.
#[test]
fn numbers_of_standings_never_change() {
    let words = [
        "account_in_doubt",
        "identity_in_doubt",
        "complaints",
        "law",
        "at_its_wish",
        "contract_ended",
    ];
    assert_eq!(PauseReason::ALL.len(), words.len());
    for (number, word) in words.into_iter().enumerate() {
        let reason = PauseReason::from_word(word).unwrap();
        assert_eq!(minicbor::to_vec(reason).unwrap(), [number as u8]);
        let stored = minicbor::to_vec(Standing::Paused(reason)).unwrap();
        assert_eq!(stored, [0x82, 2, 0x81, number as u8]);
        assert_eq!(Standing::Paused(reason).reason(), Some(reason));
    }
    assert!(minicbor::decode::<PauseReason>(&[words.len() as u8]).is_err(), "add its row");
    for (number, standing) in [Standing::New, Standing::Approved].into_iter().enumerate() {
        assert_eq!(minicbor::to_vec(standing).unwrap()[..2], [0x82, number as u8]);
    }
}

fn forgetting() -> Vec<Event> {
    vec![
        ForgetAsked { party: 7 }.into(),
        PartyForgotten { party: 8 }.into(),
        RefundStranded {
            closed: 16,
            total_so_far: 1_500,
            returned: 6_378,
            from_suspense: 21,
            payment: id(2),
        }
        .into(),
    ]
}

fn part_captured() -> SalePartCaptured {
    SalePartCaptured {
        leg: 15,
        total_so_far: 1_000,
        fee_so_far: 10,
        last: false,
        payment: id(2),
        capture: None,
    }
}

/// What older versions of facts are lifted to.
fn lifted() -> Vec<(u8, Event)> {
    let stray = StrayArrived { link: 1, payment: id(2), amount: 500, taken: true };
    vec![(1, part_captured().into()), (1, stray.into())]
}

fn proposals() -> Vec<Event> {
    let by = Author { party: 3, person: 9 };
    let fees = Fees { spread_bps: 60, payer_bps: 10, merchant_bps: 90, by_category: vec![] };
    let terms = RateTerms { max_move_bps: 1_000, max_age_s: 604_800, source: "a desk".to_owned() };
    let change = FeesSet { from: AT, fees }.into();
    let limit = LimitRule {
        id: "cn.year".to_owned(),
        currency: Currency::CNY,
        classes: 6,
        reach: Reach::Across,
        window: Window::Year,
        most: 20_000_000,
        source: "a law".to_owned(),
        section: "Art. 11".to_owned(),
    };
    let velocity = VelocityRule {
        id: "burst".to_owned(),
        classes: 7,
        counts: Counts::Stores,
        most: 5,
        minutes: 10,
        effect: Effect::Review { wait_min: 60, release_min: 30 },
        source: "a desk".to_owned(),
    };
    let words = ["basic", "full"].map(str::to_owned).to_vec();
    let classes = Classes { words, default: 1, source: "a law".to_owned() };
    vec![
        Proposed { proposal: id(7), by, change, note: "as agreed".to_owned() }.into(),
        ProposalApproved { proposal: id(7), by }.into(),
        ProposalRejected { proposal: id(8), by, reason: "a slip".to_owned() }.into(),
        RateTermsSet { from: AT, terms }.into(),
        LimitRuleSet { from: AT, rule: limit }.into(),
        VelocityRuleSet { from: AT, rule: velocity }.into(),
        ClassesSet { from: AT, classes }.into(),
        PartyClassed { party: 7, class: 2, source: "a passport".to_owned() }.into(),
        CaseOpened {
            case: 4,
            payment: id(2),
            wallet: 3,
            store: reference(15),
            amount: 90_000,
            rule: "burst".to_owned(),
            until: AT,
            release_min: 30,
        }
        .into(),
        CaseChanged {
            case: 4,
            change: CaseChange::Released { by, until: AT },
            payment: id(2),
            wallet: 3,
        }
        .into(),
    ]
}

/// Numbers of changes are stored: none moves, and none is reused.
#[test]
fn numbers_of_changes_never_change() {
    let facts =
        [terms(), proposals(), payouts(), codes(), banking(), costs(), settlement()].concat();
    let changes = facts.into_iter().filter_map(|fact| {
        Some(match fact {
            Event::FeesSet(fact) => Change::from(fact),
            Event::LimitsSet(fact) => fact.into(),
            Event::RulesSet(fact) => fact.into(),
            Event::PayoutTermsSet(fact) => fact.into(),
            Event::RateTermsSet(fact) => fact.into(),
            Event::RatesPublished(fact) => fact.into(),
            Event::CodeTermsSet(fact) => fact.into(),
            Event::LimitRuleSet(fact) => fact.into(),
            Event::VelocityRuleSet(fact) => fact.into(),
            Event::ClassesSet(fact) => fact.into(),
            Event::PayoutRulesSet(fact) => fact.into(),
            Event::SafeguardRuleSet(fact) => fact.into(),
            Event::FeeRuleSet(fact) => fact.into(),
            Event::SplitSet(fact) => fact.into(),
            Event::SettlementTermsSet(fact) => fact.into(),
            _ => return None,
        })
    });
    let told = changes.map(|change| {
        let stored = minicbor::to_vec(&change).unwrap();
        assert_eq!(stored[0], 0x82, "{change:?}");
        (stored[1], change.word())
    });
    let mut told: Vec<_> = told.collect();
    told.sort_unstable();
    let known = [
        "fees",
        "limits",
        "rules",
        "payout_terms",
        "rate_terms",
        "rates",
        "limit_rule",
        "velocity_rule",
        "classes",
    ];
    let later = ["code_terms", "payout_rules", "safeguard_rule", "fee_rule", "split"];
    let known = (0..).zip(known).chain((10..).zip(later)).chain([(20, "settlement_terms")]);
    assert_eq!(told, known.collect::<Vec<_>>());
}

fn connectors() -> Vec<Event> {
    let evidence = [0xcd; 32];
    let reference = || "4200000000002104083200000488".to_owned();
    vec![
        ConnectorSet {
            number: 1,
            name: "wechat-jp".to_owned(),
            kind: "wechat".to_owned(),
            currency: Currency::JPY,
            account: 15,
            refund_parts: 50,
            refund_days: 365,
            source: "a contract".to_owned(),
        }
        .into(),
        ConnectorAsked { payment: id(2), leg: 4, connector: 1, attempt: 3, shape: Shape::Taken }
            .into(),
        ConnectorCancelAsked { payment: id(2), leg: 4 }.into(),
        ConnectorPaid {
            payment: id(2),
            leg: 4,
            store: 5,
            connector: 1,
            attempt: 3,
            amount: 3_200,
            fee: 32,
            reference: reference(),
            evidence,
        }
        .into(),
        ConnectorFailed {
            payment: id(2),
            leg: 4,
            connector: 1,
            attempt: 3,
            end: AskEnd::NeverArrived,
            cancelled: true,
        }
        .into(),
        ConnectorStray {
            payment: id(2),
            connector: 1,
            attempt: 3,
            amount: 32,
            reason: StrayReason::NotOpen,
            leg: Some(4),
            reference: reference(),
            evidence,
        }
        .into(),
        ConnectorRefundBegun {
            payment: id(2),
            refund: id(6),
            closed: 7,
            connector: 1,
            amount: 1_200,
            fee: 12,
            holds: [8, 9],
        }
        .into(),
        ConnectorRefundEnded { payment: id(2), refund: id(6), end: RefundEnd::Closed, evidence }
            .into(),
        ConnectorSettled {
            connector: 1,
            received: 3_180,
            kept: 20,
            reference: 0x2122_2324_2526_2728,
        }
        .into(),
        ConnectorRested { number: 1 }.into(),
        ConnectorStrayReturned { stray: 7, connector: 1, amount: 3_100, payment: id(2) }.into(),
    ]
}

fn settlement() -> Vec<Event> {
    let by = Author { party: 3, person: 9 };
    let seen = Witness { position: 5, hash: [0xaa; 32] };
    let day = Day {
        number: 2,
        date: 20_261_102,
        part: 1,
        sent_after: 4,
        sent_through: 9,
        received_after: 3,
        received_through: 6,
        opening: 500,
        sums: Sums {
            captured: 700,
            captures: 3,
            refunded: 100,
            refunds: 1,
            topped_up: 1_000,
            top_ups: 1,
        },
        closing: 900,
        closed: AT,
        seen,
    };
    let terms = SettlementTerms {
        link: 1,
        closing: Some(Closing { minute: 0, utc_offset_min: 540 }),
        supply: Some(Supply {
            target_days: 3,
            floor: 500_000,
            approval_above: Some(5_000_000),
            bank_minute: 900,
            bank_offset_min: 480,
            transfer_days: 1,
        }),
        source: "a contract".to_owned(),
    };
    let answer = DayAnswer::Agreed(seen);
    let signature = DaySignature { key: [0xbb; 32], signature: [0xcc; 64] };
    let step = TopUpStep::Paid {
        by,
        reference: "HK 1234".to_owned(),
        cost: 46_530_000,
        currency: Currency::CNY,
    };
    vec![
        SettlementTermsSet { from: AT, terms }.into(),
        DayRecorded { link: 1, keeper: true, day, answer: Some(answer) }.into(),
        DayAnswered { link: 1, day: 2, answer }.into(),
        DaySigned { link: 1, keeper: true, day: 2, ours: true, signature }.into(),
        TopUpMoved { top_up: id(9), step }.into(),
        TopUpAnnounced {
            link: 1,
            amount: 11_000_000,
            reference: 1_234_567_890_123,
            hash: 0x2122_2324_2526_2728,
        }
        .into(),
    ]
}

/// Numbers of the steps of a top-up are stored: none moves, and none is reused.
#[test]
fn numbers_of_steps_never_change() {
    let by = Author { party: 3, person: 9 };
    let steps = [
        TopUpStep::Asked { link: 1, amount: 5, by, needs_approval: true },
        TopUpStep::Approved { by },
        TopUpStep::Paid { by, reference: "1".to_owned(), cost: 4, currency: Currency::CNY },
        TopUpStep::Arrived,
        TopUpStep::Ended { by, reason: "a slip".to_owned() },
    ];
    for (number, step) in (0..).zip(steps) {
        let stored = minicbor::to_vec(&step).unwrap();
        assert_eq!(stored[..2], [0x82, number], "{step:?}");
        assert_eq!(minicbor::decode::<TopUpStep>(&stored).ok(), Some(step));
    }
}

fn partners() -> Vec<Event> {
    let by = Author { party: 7, person: 8 };
    vec![
        PartnerSet {
            link: 1,
            wallet: "Midori Pay".to_owned(),
            url: "https://pay.midori.example/enishi".to_owned(),
            most_prefund: Some(30_000_000),
            source: "a contract".to_owned(),
            by,
        }
        .into(),
        PartnerKeySet { link: 1, key: [0xab; 32], trusted: true, by }.into(),
        PartnerSuspended { link: 1, suspended: true, note: "a look".to_owned(), by }.into(),
    ]
}

fn facts() -> Vec<Event> {
    [
        terms(),
        market(),
        payers_leg(),
        sellers_leg(),
        reviews(),
        forgetting(),
        payouts(),
        banking(),
        proposals(),
        codes(),
        costs(),
        connectors(),
        posters(),
        settlement(),
        partners(),
    ]
    .concat()
}

fn written(event: &Event) -> Vec<u8> {
    let mut written = Vec::new();
    event.encode(&mut written);
    written
}

#[test]
fn stored_bytes_never_change() {
    let rows = facts().into_iter().map(|event| Row {
        name: file_name(event.word(), written(&event)[1]),
        written: Some(written(&event)),
        means: event,
    });
    let lifted = lifted().into_iter().map(|(version, means)| Row {
        name: file_name(means.word(), version),
        means,
        written: None,
    });
    check("golden", rows.chain(lifted).collect(), Event::decode);
}

#[test]
fn every_stored_type_has_its_file() {
    let current = facts().into_iter().map(|event| [written(&event)[0], written(&event)[1]]);
    let lifted = lifted().into_iter().map(|(version, means)| [written(&means)[0], version]);
    let known: Vec<[u8; 2]> = current.chain(lifted).collect();
    for kind in 0..=u8::MAX {
        for version in 0..=4 {
            let stored = [kind, version];
            let told = Event::decode(&stored).map_err(|fault| fault.0.contains("unknown type"));
            assert_eq!(told, Err(!known.contains(&stored)), "type {kind} version {version}");
        }
    }
}

/// Numbers of categories and purposes are stored: none moves, and none is reused.
#[test]
fn numbers_of_words_never_change() {
    let words = [
        "restaurant",
        "airport_shop",
        "department_store",
        "attraction",
        "lodging",
        "transport",
        "daily_needs",
        "other",
    ];
    assert_eq!(Category::ALL.len(), words.len());
    for (number, word) in words.into_iter().enumerate() {
        let category = Category::from_word(word).unwrap();
        assert_eq!(minicbor::to_vec(category).unwrap(), [number as u8]);
        assert_eq!((Category::ALL[number], category.word()), (category, word));
    }
    assert!(minicbor::decode::<Category>(&[words.len() as u8]).is_err(), "add its row");
    assert_eq!(minicbor::to_vec(Purpose::Sale).unwrap(), [0]);
    assert!(minicbor::decode::<Purpose>(&[1]).is_err(), "add its row");
}

/// Numbers of commands stand in records: none moves, and none is reused.
#[test]
fn numbers_of_commands_never_change() {
    let names = [
        "OpenBook",
        "OpenLink",
        "SetNostroWarning",
        "PublishRates",
        "SetFees",
        "SetLimits",
        "SetRules",
        "RegisterParty",
        "OpenWallet",
        "TopUpWallet",
        "TopUpNostro",
        "RegisterMerchant",
        "OpenStore",
        "SetStoreOpen",
        "AddTill",
        "RequestPayment",
        "MakeQuote",
        "ConfirmPayment",
        "PayHere",
        "CancelPayment",
        "CapturePayment",
        "ReleasePayment",
        "RefundPayment",
        "ForgetParty",
        "SetCreditLine",
        "SetPayoutTerms",
        "SealBankFile",
        "ConfirmBankFileSent",
        "WithdrawBankFile",
    ];
    let rows = names.iter().zip(1..).map(|(name, number)| (number, *name));
    let rows = rows.chain([(32, "ReviewMerchant"), (33, "SetPayoutAccount")]);
    let banking = [
        (55, "SetPayoutSchedule"),
        (56, "AskPayoutToday"),
        (57, "ApproveBankFile"),
        (58, "ImportStatement"),
        (59, "ResolveBankLine"),
        (60, "UndoBankLine"),
        (61, "SetSafeguardRule"),
        (62, "SetPayoutRules"),
    ];
    let terms = [(40, "Propose"), (41, "ApproveProposal"), (42, "RejectProposal")];
    let limits = [(43, "SetClass"), (44, "ReleaseCase"), (45, "RejectCase")];
    let codes = [
        (50, "EnrolPhone"),
        (51, "EndPhone"),
        (52, "SetCodeTerms"),
        (53, "ChargePayment"),
        (54, "RefuseCharge"),
    ];
    let costs = [(63, "SetFeeRule"), (64, "SetSplit")];
    let rows = rows.chain(banking).chain(terms).chain(limits).chain(codes).chain(costs);
    let rows: Vec<(u8, &str)> = rows.collect();
    let connectors = [
        "SetConnector",
        "BeginConnectorPayment",
        "ConfirmConnectorPaid",
        "ConfirmConnectorFailed",
        "BeginConnectorRefund",
        "EndConnectorRefund",
        "SettleConnector",
    ];
    let connectors = connectors.iter().zip(70..).map(|(name, number)| (number, *name));
    let connectors = connectors.chain([(91, "RestConnector"), (92, "ReturnStray")]);
    let posters = [(88, "SetAcceptance"), (89, "SetPlaces"), (90, "Refer")];
    let settlement = ["CloseDay", "SignDay", "AskTopUp", "MoveTopUp", "SetSettlementTerms"];
    let settlement = settlement.iter().zip(80..).map(|(name, number)| (number, *name));
    let partners = [(77, "SetPartner"), (78, "SetPartnerKey"), (79, "SuspendPartner")];
    let rows = rows.into_iter().chain(connectors).chain(posters).chain(settlement);
    let rows: Vec<(u8, &str)> = rows.chain(partners).collect();
    for number in 0..=u8::MAX {
        let row = rows.iter().find(|(known, _)| *known == number).map(|(_, name)| *name);
        assert_eq!(pay::Command::name_of(number), row, "{number}: add its row");
    }
}
