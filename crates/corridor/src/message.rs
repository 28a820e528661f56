//! What crosses. A message carries only what the contract between payer and payee needs; the
//! test `fields_that_cross` lists every field.

use kernel::id::{Payment, Store};
use kernel::{Id, Ref, Timestamp};

use crate::{Day, DayAnswer, DaySignature};

/// When the seller takes what was authorized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum CaptureMode {
    /// At once: a shop's till.
    #[n(0)]
    Now,
    /// Later, in one or more parts: a deposit, a booking.
    #[n(1)]
    Later,
}

/// Why the seller's cell did not take a payment. Numbers are stored and cross the corridor; 8 is
/// not used. (A payer's wish to cancel crosses behind the payment: that is decided by then.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum DeclineReason {
    /// The store is not known here.
    #[n(0)]
    StoreUnknown,
    /// The store takes no payments now.
    #[n(1)]
    StorePaused,
    /// The payment that was to be paid is not known, or was cancelled.
    #[n(2)]
    PaymentNotOpen,
    /// Its deadline has passed by this cell's time.
    #[n(3)]
    Expired,
    /// It was paid before.
    #[n(4)]
    AlreadyPaid,
    /// Another amount is due.
    #[n(5)]
    AmountDiffers,
    /// It belongs to another store.
    #[n(6)]
    StoreDiffers,
    /// The nostro does not cover it.
    #[n(7)]
    NostroTooLow,
    /// The amount can't be booked.
    #[n(9)]
    AmountNotBookable,
    /// The operator of the seller's cell has paused the shop.
    #[n(10)]
    MerchantPaused,
    /// The shop has withdrawn the printed code.
    #[n(11)]
    PlaceWithdrawn,
    /// The operator of the seller's cell takes nothing new from this partner.
    #[n(12)]
    PartnerSuspended,
}

impl DeclineReason {
    /// Every reason, in the order of its number.
    pub const ALL: [Self; 12] = [
        Self::StoreUnknown,
        Self::StorePaused,
        Self::PaymentNotOpen,
        Self::Expired,
        Self::AlreadyPaid,
        Self::AmountDiffers,
        Self::StoreDiffers,
        Self::NostroTooLow,
        Self::AmountNotBookable,
        Self::MerchantPaused,
        Self::PlaceWithdrawn,
        Self::PartnerSuspended,
    ];

    /// The stable word of the API and of message files.
    pub const fn code(self) -> &'static str {
        match self {
            Self::StoreUnknown => "store_unknown",
            Self::StorePaused => "store_paused",
            Self::PaymentNotOpen => "payment_not_open",
            Self::Expired => "expired",
            Self::AlreadyPaid => "already_paid",
            Self::AmountDiffers => "amount_differs",
            Self::StoreDiffers => "store_differs",
            Self::NostroTooLow => "nostro_too_low",
            Self::AmountNotBookable => "amount_not_bookable",
            Self::MerchantPaused => "merchant_paused",
            Self::PlaceWithdrawn => "place_withdrawn",
            Self::PartnerSuspended => "partner_suspended",
        }
    }
}

/// What becomes of a code that a till sent to its payer's cell: as much as a till may know. What
/// speaks against a payment in a wallet, only its holder is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum ChargeAnswer {
    /// Unknown, wrong, late, or used before: which of these, nobody is told.
    #[n(0)]
    CodeNotValid,
    /// It can't be paid with this wallet.
    #[n(1)]
    Declined,
    /// It can't be paid just now; later it may.
    #[n(2)]
    TryLater,
    /// The payer is asked on the phone.
    #[n(3)]
    Asked,
    /// The payer said no there, or nothing in time.
    #[n(4)]
    NotConfirmed,
}

impl ChargeAnswer {
    /// Every answer, in the order of its number.
    pub const ALL: [Self; 5] =
        [Self::CodeNotValid, Self::Declined, Self::TryLater, Self::Asked, Self::NotConfirmed];

    /// The stable word of the API and of message files.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CodeNotValid => "code_not_valid",
            Self::Declined => "charge_declined",
            Self::TryLater => "charge_try_later",
            Self::Asked => "charge_asked",
            Self::NotConfirmed => "charge_not_confirmed",
        }
    }
}

/// One message of the corridor (CORE §6). Totals are cumulative, so that a lost answer is
/// repaired by the next one.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Message {
    /// The payer has confirmed; the seller's cell decides from here.
    #[n(0)]
    #[cbor(array)]
    Authorize {
        /// The payment, in both cells.
        #[n(0)]
        payment: Id<Payment>,
        /// Who is to be paid.
        #[n(1)]
        store: Ref<Store>,
        /// In minor units of the seller's currency.
        #[n(2)]
        amount: u64,
        /// Not to be taken after this, by the seller's time.
        #[n(3)]
        valid_until: Timestamp,
        /// At once or later.
        #[n(4)]
        capture: CaptureMode,
        /// Whether the seller asked for this payment by its id (a dynamic code); else it is
        /// born by this message (a static code).
        #[n(5)]
        requested: bool,
        /// The payer, opaque outside its own cell.
        #[n(6)]
        payer: u64,
        /// The place of the store at which a printed code hangs, if it is of one.
        #[n(7)]
        place: Option<u16>,
    },
    /// The payer wants out; the seller's cell decides.
    #[n(1)]
    #[cbor(array)]
    CancelAsked {
        /// Which payment.
        #[n(0)]
        payment: Id<Payment>,
    },
    /// Held for the seller, to be captured later.
    #[n(2)]
    #[cbor(array)]
    Authorized {
        /// Which payment.
        #[n(0)]
        payment: Id<Payment>,
    },
    /// Taken for the seller.
    #[n(3)]
    #[cbor(array)]
    Captured {
        /// Which payment.
        #[n(0)]
        payment: Id<Payment>,
        /// Minor units of the seller's currency taken so far.
        #[n(1)]
        total_so_far: u64,
        /// Whether nothing more will be taken.
        #[n(2)]
        last: bool,
    },
    /// Given back whole without a capture.
    #[n(4)]
    #[cbor(array)]
    Released {
        /// Which payment.
        #[n(0)]
        payment: Id<Payment>,
    },
    /// Not taken, and never will be.
    #[n(5)]
    #[cbor(array)]
    Declined {
        /// Which payment.
        #[n(0)]
        payment: Id<Payment>,
        /// Why.
        #[n(1)]
        reason: DeclineReason,
    },
    /// A part was given back.
    #[n(6)]
    #[cbor(array)]
    Refunded {
        /// Which payment.
        #[n(0)]
        payment: Id<Payment>,
        /// Minor units of the seller's currency given back so far.
        #[n(1)]
        total_so_far: u64,
    },
    /// The prefund was raised.
    #[n(7)]
    #[cbor(array)]
    NostroChanged {
        /// By how many minor units.
        #[n(0)]
        amount: u64,
    },
    /// A till was shown a code of the payer's cell. Should that cell find it good, it answers with
    /// `Authorize`; else, or while it asks its payer, with `ChargeAnswered`.
    #[n(8)]
    #[cbor(array)]
    Charge {
        /// The payment, requested by the seller.
        #[n(0)]
        payment: Id<Payment>,
        /// Who is to be paid.
        #[n(1)]
        store: Ref<Store>,
        /// In minor units of the seller's currency.
        #[n(2)]
        amount: u64,
        /// Not to be taken after this, by the seller's time.
        #[n(3)]
        valid_until: Timestamp,
        /// At once or later.
        #[n(4)]
        capture: CaptureMode,
        /// The 16 digits of the code without what leads to the cell and without its check digit.
        #[n(5)]
        code: u64,
    },
    /// What became of a code.
    #[n(9)]
    #[cbor(array)]
    ChargeAnswered {
        /// The payment it was for.
        #[n(0)]
        payment: Id<Payment>,
        /// The number of the message `Charge`: a payment may be tried with several codes.
        #[n(1)]
        charge: u64,
        /// What became of it.
        #[n(2)]
        answer: ChargeAnswer,
    },
    /// The keeper of a nostro has closed a day of it. The other side compares it with its own books
    /// and answers with `DayAnswered`.
    #[n(10)]
    #[cbor(array)]
    DayClosed {
        /// The day.
        #[n(0)]
        day: Box<Day>,
    },
    /// What our books say of a day of the receiver's nostro.
    #[n(11)]
    #[cbor(array)]
    DayAnswered {
        /// Its number.
        #[n(0)]
        day: u32,
        /// What they say.
        #[n(1)]
        answer: Box<DayAnswer>,
    },
    /// We have signed the statement of a day that both agree about.
    #[n(12)]
    #[cbor(array)]
    DaySigned {
        /// Its number.
        #[n(0)]
        day: u32,
        /// Whether the sender keeps the nostro that it is of.
        #[n(1)]
        keeper: bool,
        /// The signature.
        #[n(2)]
        signature: Box<DaySignature>,
    },
    /// Money for the sender's prefund is on its way through the banks.
    #[n(13)]
    #[cbor(array)]
    TopUpSent {
        /// In minor units of the nostro's currency.
        #[n(0)]
        amount: u64,
        /// The number of the reference that the bank's line will say: no text crosses.
        #[n(1)]
        reference: u64,
    },
}

impl Message {
    /// The word for the kind of message.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Authorize { .. } => "authorize",
            Self::CancelAsked { .. } => "cancel_asked",
            Self::Authorized { .. } => "authorized",
            Self::Captured { .. } => "captured",
            Self::Released { .. } => "released",
            Self::Declined { .. } => "declined",
            Self::Refunded { .. } => "refunded",
            Self::NostroChanged { .. } => "nostro_changed",
            Self::Charge { .. } => "charge",
            Self::ChargeAnswered { .. } => "charge_answered",
            Self::DayClosed { .. } => "day_closed",
            Self::DayAnswered { .. } => "day_answered",
            Self::DaySigned { .. } => "day_signed",
            Self::TopUpSent { .. } => "top_up_sent",
        }
    }

    /// The payment it is about.
    pub const fn payment(&self) -> Option<Id<Payment>> {
        match self {
            Self::Authorize { payment, .. }
            | Self::CancelAsked { payment }
            | Self::Authorized { payment }
            | Self::Captured { payment, .. }
            | Self::Released { payment }
            | Self::Declined { payment, .. }
            | Self::Refunded { payment, .. }
            | Self::Charge { payment, .. }
            | Self::ChargeAnswered { payment, .. } => Some(*payment),
            Self::NostroChanged { .. }
            | Self::DayClosed { .. }
            | Self::DayAnswered { .. }
            | Self::DaySigned { .. }
            | Self::TopUpSent { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ChargeAnswer, DeclineReason};

    #[test]
    fn every_reason_stands_in_the_list_of_all() {
        let read = (0..24_u8).filter_map(|number| minicbor::decode(&[number]).ok());
        assert_eq!(read.collect::<Vec<DeclineReason>>(), DeclineReason::ALL);
        let read = (0..24_u8).filter_map(|number| minicbor::decode(&[number]).ok());
        assert_eq!(read.collect::<Vec<ChargeAnswer>>(), ChargeAnswer::ALL);
    }
}
