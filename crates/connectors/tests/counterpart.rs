//! The client of WeChat Pay and its counterpart, which was written from the public documents by
//! someone who had not seen the client: what one says is what the other reads.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use std::fs::{self, Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use connector::{
    Ask, Asked, BillKind, Connector, Created, Declined, NoBill, OrderNumber, Outcome, RefundAsk,
    RefundNumber, RefundOutcome, Scanned, Shape, Snag, Way,
};
use connectors::wechat::{Contract, Platform, Region, Settings, Wallet};
use kernel::{Currency, Id, Money, Span, Timestamp};
use tempfile::TempDir;
use wechat_counterpart::{
    Counterpart, Credentials, Fault, Operation, Payer, Spoilt, TradeState, Trust,
};

struct Scene {
    platform: Counterpart,
    wallet: Wallet,
    mchid: String,
    amount: Money,
    _folder: TempDir,
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_seconds(since.as_secs())
}

fn scene_of(pick: fn(&Counterpart) -> Credentials, by_public_key: bool) -> Scene {
    let platform = Counterpart::start().unwrap();
    let credentials = pick(&platform);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let key = platform.platform_key();
    for (name, text) in [
        ("merchant.key", &credentials.private_key_pem),
        ("v3.key", &credentials.api_v3_key),
        ("platform.pub", &key.public_key_pem),
    ] {
        fs::write(path(name), text).unwrap();
        set_permissions(path(name), Permissions::from_mode(0o600)).unwrap();
    }
    if by_public_key {
        platform.trust(&credentials.mchid, Trust::PublicKey);
    }
    let (region, currency) = match credentials.region {
        wechat_counterpart::Region::Global => {
            (Region::Global { category: "5812".to_owned() }, Currency::JPY)
        }
        wechat_counterpart::Region::Mainland => (Region::Mainland, Currency::CNY),
    };
    let contract = match credentials.sub_mchids.first() {
        Some(sub) => Contract::Institution { sub_mchid: sub.clone(), sub_appid: None },
        None => Contract::Merchant,
    };
    let settings = Settings {
        name: "wechat".to_owned(),
        region,
        currency,
        base_url: platform.base_url(),
        appid: credentials.appid.clone(),
        mchid: credentials.mchid.clone(),
        contract,
        serial: credentials.serial_no.clone(),
        key_file: path("merchant.key"),
        api_v3_key_file: path("v3.key"),
        platform: Platform {
            certificates: !by_public_key,
            public_key: by_public_key.then(|| (key.id, path("platform.pub"))),
        },
        notify_url: "http://127.0.0.1:9/connectors/wechat".to_owned(),
    };
    platform.notify_by_hand(true);
    let wallet = Wallet::new(settings, Arc::new(now)).unwrap();
    let (mchid, amount) = (credentials.mchid, Money::new(3_200, currency));
    Scene { platform, wallet, mchid, amount, _folder: folder }
}

fn scene() -> Scene {
    scene_of(Counterpart::japan, false)
}

fn number(attempt: u16) -> OrderNumber {
    OrderNumber { payment: Id::new(0x0198_7654_3210_7abc_8def_0123_4567_89ab), attempt }
}

impl Scene {
    fn ask(&self, attempt: u16, way: Way) -> Created {
        self.wallet.create(&Ask {
            number: number(attempt),
            amount: self.amount,
            way,
            store: "山法師そば".to_owned(),
            store_id: "000A".to_owned(),
            deadline: now().plus(Span::seconds(600)),
        })
    }

    fn taken(&self, attempt: u16, payer: Payer) -> (Outcome, String) {
        let code = self.platform.show_code(payer);
        (self.ask(attempt, Way::Take(Scanned::new(&code))).outcome, code)
    }

    /// Asked so many seconds ago.
    fn asked(&self, attempt: u16, shape: Shape, ago: u64) -> Asked {
        let at = now().minus(Span::seconds(ago));
        Asked { number: number(attempt), amount: self.amount, shape, at }
    }

    fn state(&self, attempt: u16) -> Option<TradeState> {
        self.platform.truth(&self.mchid, &number(attempt).to_string()).map(|truth| truth.state)
    }

    #[track_caller]
    fn assert_paid(&self, outcome: &Outcome, attempt: u16) {
        let Outcome::Paid(paid) = outcome else { panic!("{outcome:?}") };
        let truth = self.platform.truth(&self.mchid, &number(attempt).to_string()).unwrap();
        assert_eq!((paid.amount, &paid.reference), (self.amount, &truth.transaction_id));
        assert_eq!(i64::try_from(paid.amount.minor).unwrap(), truth.kept);
    }
}

#[test]
fn a_code_that_is_shown_is_paid_in_every_region_and_contract() {
    for (pick, by_public_key) in [
        (Counterpart::japan as fn(&Counterpart) -> Credentials, false),
        (Counterpart::japan, true),
        (Counterpart::institution, false),
        (Counterpart::mainland, false),
    ] {
        let scene = scene_of(pick, by_public_key);
        let created = scene.ask(1, Way::Show);
        assert_eq!(created.outcome, Outcome::Pending, "{}", scene.mchid);
        let asked = scene.asked(1, Shape::Shown, 0);
        assert_eq!(scene.wallet.query(&asked), Outcome::Pending);
        scene.platform.pay(&created.code.unwrap()).unwrap();
        scene.assert_paid(&scene.wallet.query(&asked), 1);
        // Made again with its number: nothing is asked for twice.
        scene.assert_paid(&scene.ask(1, Way::Show).outcome, 1);
    }
}

#[test]
fn a_payers_code_pays_at_once_or_after_the_password_or_not() {
    for pick in [Counterpart::japan as fn(&Counterpart) -> Credentials, Counterpart::mainland] {
        let scene = scene_of(pick, false);
        let (outcome, code) = scene.taken(1, Payer::PaysAtOnce);
        scene.assert_paid(&outcome, 1);
        assert!(scene.wallet.knows(&code));
        let used = scene.ask(2, Way::Take(Scanned::new(&code))).outcome;
        assert!(matches!(used, Outcome::Declined(_)), "used twice: {used:?}");

        let (outcome, code) = scene.taken(3, Payer::NeedsPassword);
        assert_eq!(outcome, Outcome::Pending);
        let asked = scene.asked(3, Shape::Taken, 0);
        assert_eq!(scene.wallet.query(&asked), Outcome::Pending);
        scene.platform.enter_password(&code).unwrap();
        scene.assert_paid(&scene.wallet.query(&asked), 3);

        let (outcome, code) = scene.taken(4, Payer::NeedsPassword);
        assert_eq!(outcome, Outcome::Pending);
        scene.platform.cancel_password(&code).unwrap();
        let outcome = scene.wallet.query(&scene.asked(4, Shape::Taken, 0));
        assert_eq!(outcome, Outcome::Declined(Declined::PayerDeclined));

        let (outcome, _) = scene.taken(5, Payer::HasNoMoney);
        assert_eq!(outcome, Outcome::Declined(Declined::NoMoney));
    }
}

#[test]
fn what_was_cut_is_unknown_and_found_by_asking() {
    for fault in [Fault::CutAfter, Fault::CutInAnswer, Fault::DoneButRefused(500, "SYSTEM_ERROR")] {
        let scene = scene();
        scene.platform.fault(Operation::PayByCode, fault.clone());
        let (outcome, _) = scene.taken(1, Payer::PaysAtOnce);
        assert_eq!(outcome, Outcome::Unknown, "{fault:?}");
        scene.assert_paid(&scene.wallet.query(&scene.asked(1, Shape::Taken, 0)), 1);
    }
    let scene = scene();
    scene.platform.fault(Operation::PayByCode, Fault::CutBefore);
    let (outcome, _) = scene.taken(1, Payer::PaysAtOnce);
    assert_eq!(outcome, Outcome::Unknown);
    let asked = |ago| scene.asked(1, Shape::Taken, ago);
    assert_eq!(scene.wallet.query(&asked(0)), Outcome::Unknown, "it may still arrive");
    let never = Outcome::Declined(Declined::NeverArrived);
    assert_eq!(scene.wallet.query(&asked(361)), never);
}

#[test]
fn an_answer_that_is_not_proven_is_as_if_none_had_come() {
    for spoilt in [
        Spoilt::WrongSignature,
        Spoilt::Probe,
        Spoilt::UnknownSerial,
        Spoilt::Stale,
        Spoilt::ChangedBody,
        Spoilt::Unsigned,
    ] {
        let scene = scene();
        let created = scene.ask(1, Way::Show);
        scene.platform.pay(&created.code.unwrap()).unwrap();
        let asked = scene.asked(1, Shape::Shown, 0);
        scene.platform.fault(Operation::Query, Fault::Answered(spoilt));
        assert_eq!(scene.wallet.query(&asked), Outcome::Unknown, "{spoilt:?}");
        scene.assert_paid(&scene.wallet.query(&asked), 1);
    }
    let scene = scene();
    scene.ask(1, Way::Show);
    let asked = scene.asked(1, Shape::Shown, 0);
    assert_eq!(scene.wallet.query(&asked), Outcome::Pending);
    scene.platform.fault(Operation::Query, Fault::Answered(Spoilt::Replayed));
    assert_eq!(scene.wallet.query(&asked), Outcome::Unknown, "an old answer");
}

#[test]
fn certificates_rotate_and_former_ones_end() {
    let scene = scene();
    let asked = scene.asked(1, Shape::Shown, 0);
    scene.ask(1, Way::Show);
    assert_eq!(scene.wallet.query(&asked), Outcome::Pending);
    scene.platform.rotate_certificate();
    assert_eq!(scene.platform.times_asked(Operation::Certificates), 1);
    // The client rests ten seconds between two askings, so that strangers can't have it ask.
    std::thread::sleep(std::time::Duration::from_secs(11));
    assert_eq!(scene.wallet.query(&asked), Outcome::Pending);
    assert_eq!(scene.platform.times_asked(Operation::Certificates), 2);
}

#[test]
fn too_fast_is_asked_again_more_slowly() {
    let scene = scene();
    scene.platform.faults(Operation::PlaceNative, Fault::Refused(429, "FREQUENCY_LIMITED"), 2);
    assert_eq!(scene.ask(1, Way::Show).outcome, Outcome::Pending);
    assert_eq!(scene.platform.times_asked(Operation::PlaceNative), 3);
}

#[test]
fn an_order_is_closed_or_reversed_when_it_may_be_and_what_was_paid_stays() {
    let scene = scene();
    let created = scene.ask(1, Way::Show);
    let early = scene.asked(1, Shape::Shown, 10);
    assert_eq!(scene.wallet.cancel(&early), Outcome::Pending, "not within five minutes");
    assert_eq!(scene.platform.times_asked(Operation::Close), 0);
    scene.platform.advance(std::time::Duration::from_secs(301));
    let cancelled = scene.wallet.cancel(&scene.asked(1, Shape::Shown, 301));
    assert_eq!(cancelled, Outcome::Declined(Declined::Cancelled));
    assert!(scene.platform.pay(&created.code.unwrap()).is_err());

    let (_, code) = scene.taken(2, Payer::NeedsPassword);
    scene.platform.advance(std::time::Duration::from_secs(16));
    let cancelled = scene.wallet.cancel(&scene.asked(2, Shape::Taken, 16));
    assert_eq!(cancelled, Outcome::Declined(Declined::Cancelled));
    assert!(scene.platform.enter_password(&code).is_err());
    assert_eq!(scene.state(2), Some(TradeState::Revoked));

    let created = scene.ask(3, Way::Show);
    scene.platform.pay(&created.code.unwrap()).unwrap();
    scene.assert_paid(&scene.wallet.cancel(&scene.asked(3, Shape::Shown, 301)), 3);
}

#[test]
fn a_refund_is_made_once_however_often_it_is_asked_for() {
    for pick in [Counterpart::japan as fn(&Counterpart) -> Credentials, Counterpart::mainland] {
        let scene = scene_of(pick, false);
        let (outcome, _) = scene.taken(1, Payer::PaysAtOnce);
        scene.assert_paid(&outcome, 1);
        let amount = Money::new(1_200, scene.amount.currency);
        let (number, order) = (RefundNumber(Id::new(9)), number(1));
        let ask = RefundAsk { number, order, amount, paid: 3_200 };
        scene.platform.out_of_funds(&scene.mchid, true);
        let stuck = RefundOutcome::Stuck(Snag::BalanceTooLow);
        assert_eq!(scene.wallet.refund(&ask), stuck);
        scene.platform.out_of_funds(&scene.mchid, false);
        scene.platform.fault(Operation::Refund, Fault::CutAfter);
        assert_eq!(scene.wallet.refund(&ask), RefundOutcome::Unknown);
        let known = scene.wallet.refund(&ask);
        assert!(matches!(known, RefundOutcome::Pending | RefundOutcome::Done(_)), "{known:?}");
        let truth = scene.platform.refund_truth(&scene.mchid, &number.to_string()).unwrap();
        assert_eq!(truth.refund, 1_200);
        let status = wechat_counterpart::RefundStatus::Success;
        scene.platform.end_refund(&scene.mchid, &number.to_string(), status);
        let RefundOutcome::Done(done) = scene.wallet.query_refund(&ask) else {
            panic!("{:?}", scene.wallet.query_refund(&ask))
        };
        assert_eq!(done.amount, amount);
    }
}

/// Today in Beijing, which the platform's clock leaves when a day passes.
fn today() -> u32 {
    now().date(Span::hours(8))
}

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60 + 10 * 60 * 60);

/// A payment of which a part went back, and the day after.
fn billed(pick: fn(&Counterpart) -> Credentials) -> (Scene, u32) {
    let (scene, day) = (scene_of(pick, false), today());
    assert!(matches!(scene.taken(1, Payer::PaysAtOnce).0, Outcome::Paid(_)));
    assert_eq!(scene.wallet.bill(day), Err(NoBill::NotYet), "the day is not over");
    let ask = RefundAsk {
        number: RefundNumber(Id::new(7)),
        order: number(1),
        amount: Money::new(700, scene.amount.currency),
        paid: scene.amount.minor,
    };
    scene.wallet.refund(&ask);
    scene.platform.advance(DAY);
    (scene, day)
}

#[test]
fn a_days_bill_is_read_with_its_refund_and_its_fee_and_again_from_its_files() {
    for pick in [Counterpart::mainland, Counterpart::japan, Counterpart::institution] {
        let (scene, day) = billed(pick);
        let bill = scene.wallet.bill(day).unwrap();
        let [paid, back] = &bill.lines[..] else { panic!("{bill:?}") };
        assert_eq!((paid.kind, &paid.order), (BillKind::Payment, &number(1).to_string()));
        assert_eq!((paid.amount, paid.fee_milli), (scene.amount, 19_200), "0.6 %");
        assert_eq!((back.kind, back.amount.minor, back.fee_milli), (BillKind::Refund, 700, -4_200));
        assert_eq!(back.refund.as_deref(), Some(RefundNumber(Id::new(7)).to_string().as_str()));
        let truth = scene.platform.truth(&scene.mchid, &number(1).to_string()).unwrap();
        assert_eq!(paid.reference, truth.transaction_id);
        let mainland = scene.mchid == scene.platform.mainland().mchid;
        let funds = bill.funds.map(|funds| (funds.income, funds.outgo, funds.balance));
        assert_eq!(funds, mainland.then_some((3_200 + 4, 700 + 19, Some(3_200 - 700 - 19 + 4))));
        assert_eq!(bill.files.len(), if mainland { 2 } else { 1 });
        assert_eq!(scene.wallet.read_bill(day, bill.files.clone()), Ok(bill));
    }
}

#[test]
fn a_day_on_which_nothing_happened_has_an_empty_bill() {
    let (scene, _) = billed(Counterpart::mainland);
    let yesterday = now().minus(Span::days(1)).date(Span::hours(8));
    let before = scene.wallet.bill(yesterday).unwrap();
    assert!(before.lines.is_empty() && before.files.is_empty(), "{before:?}");
}

#[test]
fn a_bill_that_is_not_what_was_hashed_or_does_not_add_up_is_none() {
    let (scene, day) = billed(Counterpart::mainland);
    scene.platform.fault(Operation::BillFile, Fault::Answered(Spoilt::ChangedBody));
    assert_eq!(scene.wallet.bill(day), Err(NoBill::Unfit("it is not what was hashed")));
    scene.platform.fault(Operation::BillFile, Fault::CutInAnswer);
    assert_eq!(scene.wallet.bill(day), Err(NoBill::NoAnswer));
    scene.platform.fault(Operation::Bill, Fault::Answered(Spoilt::WrongSignature));
    assert_eq!(scene.wallet.bill(day), Err(NoBill::NoAnswer));
    scene.platform.bills_off(true);
    let off = scene.wallet.bill(day);
    assert_eq!(off, Err(NoBill::Unfit("its totals are not those of its lines")));
    scene.platform.bills_off(false);
    let mut files = scene.wallet.bill(day).unwrap().files;
    // The totals are cut off, and a line.
    for bytes in [files[0].bytes.len() / 2, files[0].bytes.len() - 40] {
        files[0].bytes.truncate(bytes);
        let cut = scene.wallet.read_bill(day, files.clone());
        assert!(matches!(cut, Err(NoBill::Unfit(_))), "{cut:?}");
        files = scene.wallet.bill(day).unwrap().files;
    }
    assert_eq!(scene.wallet.bill(20_200_101), Err(NoBill::Refused("INVALID_REQUEST".to_owned())));
}
