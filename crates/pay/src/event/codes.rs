//! Facts of codes that customers show.

use corridor::ChargeAnswer;
use kernel::id::{Payment, Store};
use kernel::{Id, Ref, Timestamp};

use crate::codes::CodeTerms;

/// What a cell found of a code of one of its phones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum CodeOutcome {
    /// It was good, and is used: whatever becomes of the payment.
    #[n(0)]
    #[cbor(array)]
    Used {
        /// Its step.
        #[n(0)]
        step: u64,
        /// Which code of the step.
        #[n(1)]
        counter: u8,
    },
    /// It is the phone's, of another time: shown too late, or its clock is wrong.
    #[n(1)]
    OtherTime,
    /// It is not the phone's.
    #[n(2)]
    Wrong,
}

facts! {
    /// A phone was enrolled for a wallet; the one before it has ended.
    PhoneEnrolled {
        0 /// The wallet's entry.
        wallet: u32,
        1 /// The number that its codes carry.
        handle: u32,
        2 /// Which enrolment of the cell it is, from 1: a handle that is given again has another key.
        generation: u32,
    }
    /// A phone's codes are taken no more.
    PhoneEnded {
        0 /// The wallet's entry.
        wallet: u32,
    }
    /// How codes are taken, from a moment on.
    CodeTermsSet {
        0 /// From when.
        from: Timestamp,
        1 /// The terms.
        terms: CodeTerms,
    }
    /// A till was shown a code for its payment.
    ChargeMade {
        0 /// Which payment.
        payment: Id<Payment>,
        1 /// Over which link the code is judged; [`crate::state::NO_LINK`] for this cell.
        link: u8,
        2 /// The number of the message that asks it; 0 in this cell.
        charge: u64,
    }
    /// A code of a phone was judged.
    CodeJudged {
        0 /// The wallet's entry.
        wallet: u32,
        1 /// What was found.
        outcome: CodeOutcome,
    }
    /// A payer is asked on the phone.
    ChargeAsked {
        0 /// For which payment.
        payment: Id<Payment>,
        1 /// The wallet's entry.
        wallet: u32,
        2 /// Over which link; [`crate::state::NO_LINK`] inside the cell.
        link: u8,
        3 /// The number of the message that asked; 0 inside the cell.
        charge: u64,
        4 /// Who is to be paid.
        store: Ref<Store>,
        5 /// Minor units of the store's currency.
        amount: u64,
        6 /// Over a link the quote's entry, inside the cell the entry of the seller's leg.
        entry: u32,
        7 /// Until when.
        expires: Timestamp,
        8 /// Whether it is asked because the same was paid a moment ago.
        again: bool,
    }
    /// A code was good, and nothing was paid with it: what its holder is told.
    ChargeRefused {
        0 /// Which payment.
        payment: Id<Payment>,
        1 /// The wallet's entry.
        wallet: u32,
        2 /// Over which link; [`crate::state::NO_LINK`] inside the cell.
        link: u8,
        3 /// Who was to be paid.
        store: Ref<Store>,
        4 /// Minor units of the store's currency.
        amount: u64,
        5 /// Why: a code of the API.
        why: String,
    }
    /// What became of a till's code, as far as the till may know.
    ChargeAnswered {
        0 /// Which payment.
        payment: Id<Payment>,
        1 /// What.
        answer: ChargeAnswer,
    }
}
