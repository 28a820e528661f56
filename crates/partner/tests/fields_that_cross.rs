//! Every member that crosses to and from a partner, by the JSON itself. Adding one is a conscious act,
//! and another version of the protocol. Nothing names a person: texts are a store's own, over its
//! door.

#![allow(clippy::unwrap_used)] // all of it is a test

use corridor::{CaptureMode, ChargeAnswer, DeclineReason, Message};
use kernel::{Currency, Id, Ref, Timestamp};
use partner::body::{
    AskLookup, Delivery, Lookup, LookupDue, LookupPlace, Sent, Standing, Stop, StopReason, read,
    write,
};
use partner::chain::{Chain, Hash};
use partner::message::{Currencies, Flat, Money};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const BOTH: Currencies = Currencies { nostro: Some(Currency::JPY), mirror: Some(Currency::CNY) };

/// Every message, and the members that it has beside `number` and `kind`.
fn messages() -> Vec<(Message, &'static str)> {
    let (payment, store) = (Id::new(0x0192_1e5f_0c00_7abc_8def_0123_4567_8901), Ref::new(2, 7, 9));
    let (valid_until, capture) = (Timestamp::from_seconds(1_793_581_200), CaptureMode::Later);
    let (amount, total_so_far, requested, payer) = (1_200, 700, true, 17);
    let (reason, answer) = (DeclineReason::PartnerSuspended, ChargeAnswer::TryLater);
    let (code, charge, last) = (12_345, 4, false);
    vec![
        (
            Message::Authorize {
                payment,
                store,
                amount,
                valid_until,
                capture,
                requested,
                payer,
                place: Some(7),
            },
            "amount capture payer payment place requested store valid_until",
        ),
        (Message::CancelAsked { payment }, "payment"),
        (Message::Authorized { payment }, "payment"),
        (Message::Captured { payment, total_so_far, last }, "amount last payment"),
        (Message::Released { payment }, "payment"),
        (Message::Declined { payment, reason }, "payment word"),
        (Message::Refunded { payment, total_so_far }, "amount payment"),
        (Message::NostroChanged { amount }, "amount"),
        (
            Message::Charge { payment, store, amount, valid_until, capture, code },
            "amount capture code payment store valid_until",
        ),
        (Message::ChargeAnswered { payment, charge, answer }, "charge payment word"),
    ]
}

fn members(value: &Value) -> String {
    let names: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.join(" ")
}

#[test]
fn every_message_has_these_members_and_comes_back_as_it_was() {
    for (number, (message, expected)) in (1..).zip(messages()) {
        for after in [None, Some(40_000)] {
            let flat = Flat::of(number, after, &message, BOTH).unwrap();
            let mut value = serde_json::to_value(&flat).unwrap();
            let back: Flat = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(back.read(BOTH.turned()), Ok(message.clone()), "{value}");
            assert_eq!(flat.line().split(',').count(), 17);
            let object = value.as_object_mut().unwrap();
            for known in ["number", "kind"] {
                object.remove(known).unwrap();
            }
            assert_eq!(object.remove("nostro_after").is_some(), after.is_some());
            assert_eq!(members(&value), expected, "{message:?}");
        }
    }
}

/// A text that its reader takes for the same message, and that is not written the same, has a line
/// of its own: it is refused.
#[test]
fn a_message_has_one_form() {
    for (message, _) in messages() {
        let flat = Flat::of(3, Some(9), &message, BOTH).unwrap();
        let value = serde_json::to_value(&flat).unwrap();
        let all = serde_json::to_value(Flat {
            payment: Some("pay_x".to_owned()),
            store: Some("sto_x".to_owned()),
            place: Some(1),
            amount: Some(Money::new(1, Currency::JPY)),
            valid_until: Some(1),
            capture: Some("now".to_owned()),
            requested: Some(true),
            payer: Some("1".to_owned()),
            code: Some("1".to_owned()),
            charge: Some(1),
            word: Some("expired".to_owned()),
            last: Some(true),
            ..Flat::default()
        });
        let refused = |value: Value| match serde_json::from_value::<Flat>(value.clone()) {
            Ok(flat) => assert!(flat.read(BOTH.turned()).is_err(), "{value}"),
            Err(why) => assert!(!why.to_string().is_empty()),
        };
        for (name, member) in all.unwrap().as_object().unwrap() {
            let mut other = value.clone();
            let object = other.as_object_mut().unwrap();
            // One too few, or one too many; and what no member may be.
            if object.remove(name).is_none() {
                object.insert(name.clone(), member.clone());
            }
            if !["nostro_after", "place"].contains(&name.as_str()) {
                refused(other);
            }
            let mut other = value.clone();
            other[name] = Value::from(-1);
            refused(other);
        }
        for (name, wrong) in [
            ("payment", "pay_01"),
            ("store", "sto_01"),
            ("payer", "017"),
            ("payer", "-1"),
            ("code", "12345"),
            ("capture", "Later"),
            ("word", "because"),
            ("kind", "gift"),
        ] {
            let mut other = value.clone();
            if other.get(name).is_some() {
                other[name] = Value::from(wrong);
                refused(other);
            }
        }
        let mut lower = value.clone();
        if let Some(payment) = value["payment"].as_str() {
            lower["payment"] = payment.to_lowercase().into();
            refused(lower);
        }
        if flat.amount.is_some() {
            let mut dollars = value.clone();
            dollars["amount"]["currency"] = "USD".into();
            refused(dollars);
        }
    }
}

fn crosses<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(body: T, expected: &str) {
    let written = write(&body);
    let value: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(members(&value), expected);
    assert_eq!(read::<T>(&written), Ok(body));
    let mut more = value;
    more["other"] = true.into();
    assert!(read::<T>(more.to_string().as_bytes()).is_err(), "a member too many is refused");
}

#[test]
fn every_body_has_these_members() {
    let chain = Chain { number: 3, witness: Hash([7; 32]) };
    let money = || Some(Money::new(5, Currency::JPY));
    crosses(chain, "number witness");
    crosses(
        Standing {
            received: chain,
            sent: chain,
            frozen: Some("by_operator".to_owned()),
            stopped: false,
            suspended: true,
            nostro: money(),
            mirror: money(),
            time: 1,
        },
        "frozen mirror nostro received sent stopped suspended time",
    );
    let delivery = || Delivery::of(chain, Vec::new());
    crosses(delivery(), "after messages through");
    crosses(Sent { delivery: delivery(), more: true }, "delivery more");
    crosses(
        AskLookup {
            code: Some("x".to_owned()),
            store: Some("x".to_owned()),
            payment: Some("x".to_owned()),
            place: Some(7),
        },
        "code payment place store",
    );
    let due = || LookupDue {
        payment: "x".to_owned(),
        status: "requested".to_owned(),
        amount: Money::new(5, Currency::JPY),
        valid_until: Some(1),
        capture: "now".to_owned(),
    };
    let place = || LookupPlace {
        number: 7,
        label: "Table 7".to_owned(),
        amount: Some(Money::new(5, Currency::JPY)),
        reference: Some("T7".to_owned()),
    };
    crosses(place(), "amount label number reference");
    crosses(due(), "amount capture payment status valid_until");
    crosses(
        Lookup {
            store: "x".to_owned(),
            name: "そば処".to_owned(),
            latin_name: Some("Soba".to_owned()),
            city: "Takayama".to_owned(),
            category: "restaurant".to_owned(),
            prefecture: 21,
            country: "JP".to_owned(),
            language: "JA".to_owned(),
            open: true,
            currency: "JPY".to_owned(),
            due: Some(due()),
            place: Some(place()),
        },
        "category city country currency due language latin_name name open place prefecture store",
    );
    crosses(Stop { reason: StopReason::WitnessDiffers, number: 4 }, "number reason");
}
