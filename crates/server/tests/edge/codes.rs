//! The words of the API stand in docs/codes.md, all of them, and each with its meaning.

use std::fmt::Write;

use corridor::{DayDifference, DayField, DeclineReason, FreezeReason};
use kernel::Refuse;
use server::{meanings, statuses};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/codes.md");

/// What a decline means to both sides.
fn declined(reason: DeclineReason) -> &'static str {
    match reason {
        DeclineReason::StoreUnknown => "The seller's cell has no such store.",
        DeclineReason::StorePaused => "The store took no payments at that moment.",
        DeclineReason::PaymentNotOpen => "The payment was not known there, or was cancelled.",
        DeclineReason::Expired => "The time to pay had passed when it arrived.",
        DeclineReason::AlreadyPaid => "Somebody had paid it before.",
        DeclineReason::AmountDiffers => "Another amount was due.",
        DeclineReason::StoreDiffers => "It belongs to another store.",
        DeclineReason::NostroTooLow => "What was prefunded did not cover it.",
        DeclineReason::AmountNotBookable => "The amount could not be booked there.",
        DeclineReason::MerchantPaused => "The operator there has paused the shop.",
        DeclineReason::PlaceWithdrawn => "The shop had withdrawn the printed code.",
        DeclineReason::PartnerSuspended => {
            "The operator there takes nothing new from the payer's operator for now."
        }
    }
}

/// Why a link stands still. One of each.
fn frozen() -> [(FreezeReason, &'static str); 6] {
    let all = [
        FreezeReason::BalancesDiffer { number: 0, ours: 0, theirs: 0 },
        FreezeReason::WitnessDiffers { position: 0 },
        FreezeReason::MessageFaults { number: 0 },
        FreezeReason::ByOperator { note: String::new() },
        FreezeReason::ForkedHere { position: 0 },
        FreezeReason::DayDiffers {
            number: 0,
            day: 1,
            difference: DayDifference { field: DayField::Captured, ours: 0, theirs: 0 },
        },
    ];
    all.map(|reason| {
        let means = match &reason {
            FreezeReason::BalancesDiffer { .. } => {
                "Nostro and mirror differ at the same message; nothing was booked."
            }
            FreezeReason::WitnessDiffers { .. } => {
                "The other cell's journal is not the one that was seen before: it was restored \
                 from an old copy, or forked."
            }
            FreezeReason::MessageFaults { .. } => {
                "A message can't be read, or handling it failed again and again."
            }
            FreezeReason::DayDiffers { .. } => {
                "The keeper of the nostro closed a day of which this cell's own books say something \
                 else; nothing was booked."
            }
            FreezeReason::ByOperator { .. } => "An operator stopped new payments.",
            FreezeReason::ForkedHere { .. } => {
                "This cell's journal is not the one that the other cell saw: it was restored from \
                 an old copy, or forked."
            }
        };
        (reason, means)
    })
}

fn document() -> String {
    let mut text = String::from(
        "# Codes\n\n\
         The words that programs may rely on. A word never changes its meaning; new ones are added, \
         so a program needs an answer for one that it does not know.\n\n\
         This page is made from the code: run the test `codes` of the server with `UPDATE=1`.\n\n\
         ## Problems\n\n\
         A refused request is answered as `application/problem+json` (RFC 9457) with one of these \
         as `code`. `retryable` in the answer says whether the same request with the same \
         `Idempotency-Key` may succeed later, `Retry-After` when. The same table is served at \
         `/problems`, and each code at the `type` of its problem.\n\n\
         | code | status | meaning |\n| --- | --- | --- |\n",
    );
    for code in statuses::all() {
        let (status, means) = (statuses::of(code).as_u16(), meanings::of(code).unwrap());
        writeln!(text, "| `{code}` | {status} | {means} |").unwrap();
    }
    text.push_str(
        "\n## Declined payments\n\nWhy a payment ended as `declined`, which is an outcome and no \
         problem. The wallet is whole again.\n\n| declined | meaning |\n| --- | --- |\n",
    );
    for reason in DeclineReason::ALL {
        writeln!(text, "| `{}` | {} |", reason.code(), declined(reason)).unwrap();
    }
    text.push_str(
        "\n## Transfers of a batch\n\nThe `result` of a transfer that was refused, while others of \
         its batch were made.\n\n| result | meaning |\n| --- | --- |\n",
    );
    for refusal in ledger::Refusal::ALL {
        writeln!(text, "| `{}` | {} |", refusal.code(), sentence(&refusal.to_string())).unwrap();
    }
    text.push_str(
        "\n## Frozen links\n\nWhy a link starts no new payments until an operator reopens it.\n\n\
         | frozen | meaning |\n| --- | --- |\n",
    );
    for (reason, means) in frozen() {
        writeln!(text, "| `{}` | {means} |", reason.code()).unwrap();
    }
    text
}

fn sentence(words: &str) -> String {
    let (first, rest) = words.split_at(1);
    format!("{}{rest}.", first.to_uppercase())
}

#[test]
fn the_page_of_codes_is_as_the_code_has_them() {
    let made = document();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(FILE, &made).unwrap();
    }
    let kept = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(made == kept, "a code changed: look at it, then run this test with UPDATE=1");
}
