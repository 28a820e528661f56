//! The corridor's facts and messages as they are stored and as they cross.

mod stored;

use corridor::{
    CaptureMode, ChargeAnswer, Day, DayAnswer, DayDifference, DayField, DaySignature,
    DeclineReason, Event, FreezeReason, Frozen, LinkOpened, Message, Received, Reopened, Sent,
    Skipped, Sums, WindowSet, Witness,
};
use kernel::{Id, Ref, Timestamp};
use stored::{Row, check, file_name};

const PAYMENT: u128 = 0x0192_1e5f_0c00_7abc_8def_0123_4567_89ab;

fn day() -> Day {
    Day {
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
        closed: Timestamp::from_seconds(1_793_581_260),
        seen: Witness { position: 5, hash: [0xaa; 32] },
    }
}

fn signature() -> DaySignature {
    DaySignature { key: [0xbb; 32], signature: [0xcc; 64] }
}

fn difference() -> DayDifference {
    DayDifference { field: DayField::Captured, ours: 701, theirs: 700 }
}

/// One of each message.
fn messages() -> Vec<Message> {
    let payment = Id::new(PAYMENT);
    vec![
        Message::Authorize {
            payment,
            store: Ref::new(2, 0x0102_0304, 0x1112_1314_1516_1718),
            amount: 3_200,
            valid_until: Timestamp::from_seconds(1_793_581_260),
            capture: CaptureMode::Now,
            requested: true,
            payer: 0x2122_2324_2526_2728,
            place: None,
        },
        Message::CancelAsked { payment },
        Message::Authorized { payment },
        Message::Captured { payment, total_so_far: 3_200, last: true },
        Message::Released { payment },
        Message::Declined { payment, reason: DeclineReason::NostroTooLow },
        Message::Refunded { payment, total_so_far: 1_000 },
        Message::NostroChanged { amount: 11_000_000 },
        Message::Charge {
            payment,
            store: Ref::new(2, 0x0102_0304, 0x1112_1314_1516_1718),
            amount: 3_200,
            valid_until: Timestamp::from_seconds(1_793_581_260),
            capture: CaptureMode::Now,
            code: 481_516_270_042_117,
        },
        Message::ChargeAnswered { payment, charge: 78, answer: ChargeAnswer::NotConfirmed },
        Message::DayClosed { day: Box::new(day()) },
        Message::DayAnswered { day: 2, answer: Box::new(DayAnswer::Agreed(day().seen)) },
        Message::DaySigned { day: 2, keeper: true, signature: Box::new(signature()) },
        Message::TopUpSent { amount: 11_000_000, reference: 1_234_567_890_123 },
    ]
}

fn sent(message: Message, nostro_balance_after: Option<u64>) -> Event {
    Event::Sent(Sent { link: 3, number: 7, nostro_balance_after, message })
}

fn rows() -> Vec<(String, Event)> {
    let opened = LinkOpened {
        peer: 2,
        name: "jp".to_owned(),
        nostro: None,
        mirror: Some(12),
        max_unanswered: 1_000,
        max_age_us: 600_000_000,
    };
    let received = Received {
        link: 0,
        number: 7,
        position: 0x0102_0304_0506,
        hash: Some([0xab; 32]),
        answers: Some(5),
    };
    let plain = Received { hash: None, answers: None, ..received.clone() };
    let reopened =
        Reopened { link: 0, note: "both books were read".into(), position: 9, hash: [0xcd; 32] };
    let frozen = |reason| Event::Frozen(Frozen { link: 0, reason });
    let mut rows = vec![
        ("link_opened".to_owned(), opened.into()),
        (
            "window_set".to_owned(),
            WindowSet { link: 0, max_unanswered: 2, max_age_us: 10_000_000 }.into(),
        ),
        ("received".to_owned(), received.into()),
        ("received.plain".to_owned(), plain.into()),
        (
            "frozen.balances_differ".to_owned(),
            frozen(FreezeReason::BalancesDiffer { number: 7, ours: -3, theirs: 4 }),
        ),
        ("frozen.witness_differs".to_owned(), frozen(FreezeReason::WitnessDiffers { position: 9 })),
        ("frozen.message_faults".to_owned(), frozen(FreezeReason::MessageFaults { number: 7 })),
        (
            "frozen.by_operator".to_owned(),
            frozen(FreezeReason::ByOperator { note: "a drill".into() }),
        ),
        (
            "frozen.day_differs".to_owned(),
            frozen(FreezeReason::DayDiffers { number: 7, day: 2, difference: difference() }),
        ),
        ("frozen.forked_here".to_owned(), frozen(FreezeReason::ForkedHere { position: 9 })),
        ("reopened".to_owned(), reopened.into()),
        ("skipped".to_owned(), Skipped { link: 0, through: 12 }.into()),
    ];
    let differs = Box::new(DayAnswer::Differs(difference()));
    let differs = Message::DayAnswered { day: 2, answer: differs };
    rows.push(("sent.day_answered.differs".to_owned(), sent(differs, None)));
    for (at, message) in messages().into_iter().enumerate() {
        let word = format!("sent.{}", message.word());
        rows.push((word, sent(message, (at > 2).then_some(10_996_800))));
    }
    rows
}

#[test]
fn stored_bytes_never_change() {
    let rows = rows().into_iter().map(|(word, event)| {
        let mut written = Vec::new();
        event.encode(&mut written);
        Row { name: file_name(&word, 1), means: event, written: Some(written) }
    });
    check("golden", rows.collect(), Event::decode);
}

#[test]
fn every_stored_type_has_its_file() {
    let mut known: Vec<u8> = Vec::new();
    for (_, event) in rows() {
        let mut written = Vec::new();
        event.encode(&mut written);
        known.push(written[0]);
    }
    for kind in 0..=u8::MAX {
        let told = Event::decode(&[kind, 1]).map_err(|fault| fault.0.contains("unknown type"));
        assert_eq!(told, Err(!known.contains(&kind)), "type {kind}");
        assert!(Event::decode(&[kind, 2]).is_err(), "version 2 is not known yet");
    }
}

/// Numbers of reasons are stored and cross: none moves, and none is reused.
#[test]
fn numbers_of_reasons_never_change() {
    let reasons = [
        (0, DeclineReason::StoreUnknown, "store_unknown"),
        (1, DeclineReason::StorePaused, "store_paused"),
        (2, DeclineReason::PaymentNotOpen, "payment_not_open"),
        (3, DeclineReason::Expired, "expired"),
        (4, DeclineReason::AlreadyPaid, "already_paid"),
        (5, DeclineReason::AmountDiffers, "amount_differs"),
        (6, DeclineReason::StoreDiffers, "store_differs"),
        (7, DeclineReason::NostroTooLow, "nostro_too_low"),
        (9, DeclineReason::AmountNotBookable, "amount_not_bookable"),
        (10, DeclineReason::MerchantPaused, "merchant_paused"),
        (11, DeclineReason::PlaceWithdrawn, "place_withdrawn"),
        (12, DeclineReason::PartnerSuspended, "partner_suspended"),
    ];
    for (number, reason, word) in reasons {
        assert_eq!(minicbor::to_vec(reason).unwrap(), [number]);
        assert_eq!(reason.code(), word);
    }
    for number in [8, 13] {
        assert!(minicbor::decode::<DeclineReason>(&[number]).is_err(), "add its row");
    }
    for (number, mode) in [CaptureMode::Now, CaptureMode::Later].into_iter().enumerate() {
        assert_eq!(minicbor::to_vec(mode).unwrap(), [number as u8]);
    }
    assert!(minicbor::decode::<CaptureMode>(&[2]).is_err(), "add its row");
}
