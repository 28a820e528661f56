// long: every fact, with the list of their stored numbers
//! The facts of `pay`. Entries are named by their numbers, so that applying a fact indexes an
//! array.

mod bank;
mod connector;
mod costs;
mod partner;
mod payout;

use corridor::{CaptureMode, DeclineReason};
use kernel::id::{Capture, Payment, Quote, Refund, Store};
use kernel::{Currency, Decimal, Id, Ref, Timestamp};

use crate::command::Purpose;
use crate::terms::{Fees, Limits, Rules};

pub use bank::{
    BankFileApproved, BankFileMade, BankLine, BankLineResolved, BankLineUndone, Claim, Found,
    PayoutReturned, PayoutRulesSet, PayoutScheduleSet, PayoutTodayAsked, SafeguardRuleSet,
    StatementImported, Why,
};
pub use codes::{
    ChargeAnswered, ChargeAsked, ChargeMade, ChargeRefused, CodeJudged, CodeOutcome, CodeTermsSet,
    PhoneEnded, PhoneEnrolled,
};
pub use connector::{
    ConnectorAsked, ConnectorCancelAsked, ConnectorFailed, ConnectorPaid, ConnectorRefundBegun,
    ConnectorRefundEnded, ConnectorRested, ConnectorSet, ConnectorSettled, ConnectorStray,
    ConnectorStrayReturned,
};
pub use costs::{FeeRuleSet, SaleShared, SharesReturned, SplitSet};
pub use partner::{PartnerKeySet, PartnerSet, PartnerSuspended};
pub use payout::{BankFileSealed, BankFileSent, BankFileWithdrawn, Payout, PayoutTermsSet};
pub use people::{
    CreditDrawn, CreditLineSet, CreditRepaid, ForgetAsked, MerchantRegistered, MerchantReviewed,
    PartyForgotten, PartyRegistered, PayoutAccountSet, ReviewAsked, StoreOpenSet, StoreOpened,
    TillAdded, WalletOpened,
};

pub use limits::{
    CaseChange, CaseChanged, CaseOpened, ClassesSet, LimitRuleSet, PartyClassed, VelocityRuleSet,
};
pub use posters::{AcceptanceSet, PlacesSet, SalePlaced};
pub use proposal::{Author, Change, ProposalApproved, ProposalRejected, Proposed, RateTermsSet};
pub use referrals::{
    ReferralBegun, ReferralEnded, ReferralReturned, ReferralShared, Referred, ReferrerSet,
};
pub use settlement::{
    DayAnswered, DayRecorded, DaySigned, SettlementTermsSet, TopUpAnnounced, TopUpMoved, TopUpStep,
};

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident { $($n:literal $(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
        #[cbor(array)]
        pub struct $name {
            $($(#[$field_doc])* #[n($n)] pub $field: $type,)*
        }
    )*};
}

mod codes;
mod limits;
mod people;
mod posters;
mod proposal;
mod referrals;
mod settlement;

facts! {
    /// The accounts of a currency were opened.
    BookOpened {
        0 /// Which currency.
        currency: Currency,
        1 /// Fees earned.
        fee: u32,
        2 /// The bank behind the cell.
        bank: u32,
        3 /// On the way to merchants' banks.
        payout: u32,
        4 /// What could not reach its account.
        suspense: u32,
        5 /// The exchange position.
        fx: u32,
        6 /// Earned above the mid rate.
        spread: u32,
    }
    /// The operator is warned below this nostro.
    NostroWarningSet {
        0 /// Which link.
        link: u8,
        1 /// Minor units.
        below: u64,
    }
    /// Reference rates were published; the lot has the next number.
    RatesPublished {
        0 /// The day, as `yyyymmdd`.
        date: u32,
        1 /// Who published them.
        source: String,
        2 /// Units for one of the base.
        rates: Vec<(Currency, Decimal)>,
    }
    /// Fees hold from a moment on.
    FeesSet {
        0 /// From when.
        from: Timestamp,
        1 /// The fees.
        fees: Fees,
    }
    /// Limits hold from a moment on.
    LimitsSet {
        0 /// From when.
        from: Timestamp,
        1 /// The limits.
        limits: Limits,
    }
    /// Rules hold from a moment on.
    RulesSet {
        0 /// From when.
        from: Timestamp,
        1 /// The rules.
        rules: Rules,
    }
    /// Money reached a wallet through the bank.
    WalletToppedUp {
        0 /// Which wallet's account.
        account: u32,
        1 /// Minor units.
        amount: u64,
        2 /// Hash of the bank's reference, which is taken once.
        reference: u64,
    }
    /// The other side's prefund with us was raised.
    NostroToppedUp {
        0 /// Which link.
        link: u8,
        1 /// Minor units.
        amount: u64,
        2 /// Hash of the bank's reference, which is taken once.
        reference: u64,
    }
    /// A till asks to be paid.
    PaymentRequested {
        0 /// Which payment.
        payment: Id<Payment>,
        1 /// Who is paid.
        store: u32,
        2 /// Minor units.
        amount: u64,
        3 /// Until when.
        deadline: Timestamp,
        4 /// At once or later.
        capture: CaptureMode,
        5 /// What it is for.
        purpose: Purpose,
    }
    /// A rate was locked.
    QuoteMade {
        0 /// Which quote.
        quote: Id<Quote>,
        1 /// For which payment.
        payment: Id<Payment>,
        2 /// Who would pay.
        wallet: u32,
        3 /// Over which link.
        link: u8,
        4 /// Who would be paid.
        store: Ref<Store>,
        5 /// Minor units of the store's currency.
        amount: u64,
        6 /// At the mid rate, in minor units of the wallet's currency.
        principal: u64,
        7 /// Above it.
        spread: u64,
        8 /// The payer's fee.
        fee: u64,
        9 /// The number of the rate lot.
        lot: u32,
        10 /// When the lock ends.
        expires: Timestamp,
        11 /// The payment's own deadline, if the seller requested it.
        deadline: Option<Timestamp>,
        12 /// At once or later.
        capture: CaptureMode,
        13 /// The place of the store at which a printed code hangs, if it is of one.
        place: Option<u16>,
    }
    /// A quote's time ran out.
    QuoteExpired {
        0 /// Which entry.
        entry: u32,
    }
    /// The payer said yes; the money is held.
    PaymentConfirmed {
        0 /// Which payment.
        payment: Id<Payment>,
        1 /// The quote's entry, which leaves.
        quote: u32,
        2 /// The wallet's entry.
        wallet: u32,
        3 /// Holds: principal, spread, fee, and the mirror's; `u32::MAX` for none.
        holds: [u32; 4],
        4 /// The number of the message that asks for it.
        message: u64,
        5 /// Over which link.
        link: u8,
        6 /// Who is to be paid.
        store: Ref<Store>,
        7 /// Minor units of the store's currency.
        amount: u64,
        8 /// At the mid rate, in minor units of the wallet's currency.
        principal: u64,
        9 /// Above it.
        spread: u64,
        10 /// The payer's fee.
        fee: u64,
        11 /// The number of the rate lot.
        lot: u32,
        12 /// Until when the seller may take it.
        valid_until: Timestamp,
    }
    /// The seller holds it and will capture later.
    PaymentAuthorized {
        0 /// The payer's leg.
        leg: u32,
        1 /// Which payment.
        payment: Id<Payment>,
    }
    /// The payer asked to cancel.
    CancelAsked {
        0 /// The payer's leg.
        leg: u32,
        1 /// Which payment.
        payment: Id<Payment>,
    }
    /// The seller's cell took it, or a part of it.
    PaymentTaken {
        0 /// The payer's leg.
        leg: u32,
        1 /// Taken so far, in the seller's minor units.
        total_so_far: u64,
        2 /// Whether nothing more will be taken.
        last: bool,
        3 /// Which payment.
        payment: Id<Payment>,
    }
    /// The seller's cell did not take it; the wallet is whole again.
    PaymentReturned {
        0 /// The payer's leg.
        leg: u32,
        1 /// Why; none when the seller released it.
        reason: Option<DeclineReason>,
        2 /// Which payment.
        payment: Id<Payment>,
    }
    /// A part came back to the wallet.
    RefundArrived {
        0 /// The payer's closed leg.
        closed: u32,
        1 /// Given back so far, in the seller's minor units.
        total_so_far: u64,
        2 /// Back to the wallet now, in its minor units.
        returned: u64,
        3 /// How much of that could not be taken from where it was and stands in suspense.
        from_suspense: u64,
        4 /// Which payment.
        payment: Id<Payment>,
    }
    /// A message about a payment that is not known here; its value stands in suspense.
    StrayArrived {
        0 /// Over which link.
        link: u8,
        1 /// Which payment.
        payment: Id<Payment>,
        2 /// The seller's minor units that moved.
        amount: u64,
        3 /// Whether they were taken; else they came back.
        taken: bool,
    }
    /// The same as it was first stored: it did not say which way.
    StrayArrivedV1 {
        0 /// See [`StrayArrived`].
        link: u8,
        1 /// See [`StrayArrived`].
        payment: Id<Payment>,
        2 /// See [`StrayArrived`].
        amount: u64,
    }
    /// The payer's prefund with the other side grew.
    MirrorRaised {
        0 /// Which link.
        link: u8,
        1 /// Minor units.
        amount: u64,
    }
    /// Sold to a payer of another cell, at once.
    SaleCaptured {
        0 /// Which payment.
        payment: Id<Payment>,
        1 /// The requested leg, which closes; none for one born by its message.
        leg: Option<u32>,
        2 /// Who is paid.
        store: u32,
        3 /// Over which link.
        link: u8,
        4 /// The payer, opaque.
        payer: u64,
        5 /// Minor units.
        amount: u64,
        6 /// The merchant's fee in it.
        fee: u64,
    }
    /// Held for a later capture.
    SaleHeld {
        0 /// Which payment.
        payment: Id<Payment>,
        1 /// The requested leg; none for one born by its message.
        leg: Option<u32>,
        2 /// Who is paid.
        store: u32,
        3 /// Over which link.
        link: u8,
        4 /// The payer, opaque.
        payer: u64,
        5 /// Minor units.
        amount: u64,
        6 /// The hold.
        hold: u32,
        7 /// When it is released if not captured.
        deadline: Timestamp,
    }
    /// A part of what was held was captured, or what is left of it is given back.
    SalePartCaptured {
        0 /// The seller's leg.
        leg: u32,
        1 /// Captured so far.
        total_so_far: u64,
        2 /// The merchant's fee so far.
        fee_so_far: u64,
        3 /// Whether nothing more will be captured.
        last: bool,
        4 /// Which payment.
        payment: Id<Payment>,
        5 /// The caller's name for the capture; none when nothing was captured now.
        capture: Option<Id<Capture>>,
    }
    /// The same as it was first stored: captures had no names.
    SalePartCapturedV1 {
        0 /// See [`SalePartCaptured`].
        leg: u32,
        1 /// See [`SalePartCaptured`].
        total_so_far: u64,
        2 /// See [`SalePartCaptured`].
        fee_so_far: u64,
        3 /// See [`SalePartCaptured`].
        last: bool,
        4 /// See [`SalePartCaptured`].
        payment: Id<Payment>,
    }
    /// What was held was given back.
    SaleReleased {
        0 /// The seller's leg.
        leg: u32,
        1 /// Which payment.
        payment: Id<Payment>,
    }
    /// A payer of another cell was told no.
    SaleDeclined {
        0 /// Which payment.
        payment: Id<Payment>,
        1 /// Over which link.
        link: u8,
        2 /// Why.
        reason: DeclineReason,
        3 /// What was offered, in minor units.
        amount: u64,
    }
    /// The till took its request back.
    SaleCancelled {
        0 /// The seller's leg.
        leg: u32,
        1 /// Which payment.
        payment: Id<Payment>,
    }
    /// Nobody paid in time.
    SaleExpired {
        0 /// The seller's leg.
        leg: u32,
        1 /// Which payment.
        payment: Id<Payment>,
    }
    /// A wallet of this cell paid a store of this cell.
    PaidHere {
        0 /// Which payment.
        payment: Id<Payment>,
        1 /// The requested leg, which closes; none for one born now.
        leg: Option<u32>,
        2 /// The wallet's entry.
        wallet: u32,
        3 /// Who is paid.
        store: u32,
        4 /// Minor units.
        amount: u64,
        5 /// The merchant's fee in it.
        fee: u64,
    }
    /// A part of a sale was given back.
    SaleRefunded {
        0 /// The seller's closed leg.
        closed: u32,
        1 /// The caller's name for it.
        refund: Id<Refund>,
        2 /// Given back now, in minor units.
        amount: u64,
        3 /// Given back so far.
        total_so_far: u64,
        4 /// The fee account's share of what is given back now.
        fee: u64,
        5 /// Which payment.
        payment: Id<Payment>,
    }
    /// A part came back for a payer who is being forgotten, or was: it stands in suspense, as a
    /// task for the operator.
    RefundStranded {
        0 /// The payer's closed leg.
        closed: u32,
        1 /// Given back so far, in the seller's minor units.
        total_so_far: u64,
        2 /// Owed to the payer now, in the wallet's minor units.
        returned: u64,
        3 /// How much of that could not be taken from where it was.
        from_suspense: u64,
        4 /// Which payment.
        payment: Id<Payment>,
    }
    /// Closed legs up to these numbers left the state: their refund window is over.
    LegsForgotten {
        0 /// The last of the payer's.
        outgoing: Option<u32>,
        1 /// The last of the seller's.
        incoming: Option<u32>,
    }
}

impl From<StrayArrivedV1> for StrayArrived {
    fn from(old: StrayArrivedV1) -> Self {
        let StrayArrivedV1 { link, payment, amount } = old;
        // What a cell forgot was most often a yes of its payer.
        Self { link, payment, amount, taken: true }
    }
}

impl From<SalePartCapturedV1> for SalePartCaptured {
    fn from(old: SalePartCapturedV1) -> Self {
        let SalePartCapturedV1 { leg, total_so_far, fee_so_far, last, payment } = old;
        Self { leg, total_so_far, fee_so_far, last, payment, capture: None }
    }
}

kernel::stored_events! {
    /// A fact of `pay`.
    pub enum Event {
        /// See the struct.
        1 v1 BookOpened,
        /// See the struct.
        2 v1 NostroWarningSet,
        /// See the struct.
        3 v1 RatesPublished,
        /// See the struct.
        4 v1 FeesSet,
        /// See the struct.
        5 v1 LimitsSet,
        /// See the struct.
        6 v1 RulesSet,
        /// See the struct.
        7 v1 PartyRegistered,
        /// See the struct.
        8 v1 WalletOpened,
        /// See the struct.
        9 v1 WalletToppedUp,
        /// See the struct.
        10 v1 NostroToppedUp,
        /// See the struct.
        11 v1 MerchantRegistered,
        /// See the struct.
        12 v1 StoreOpened,
        /// See the struct.
        13 v1 StoreOpenSet,
        /// See the struct.
        14 v1 TillAdded,
        /// See the struct.
        15 v1 PaymentRequested,
        /// See the struct.
        16 v1 QuoteMade,
        /// See the struct.
        17 v1 QuoteExpired,
        /// See the struct.
        18 v1 PaymentConfirmed,
        /// See the struct.
        19 v1 PaymentAuthorized,
        /// See the struct.
        20 v1 CancelAsked,
        /// See the struct.
        21 v1 PaymentTaken,
        /// See the struct.
        22 v1 PaymentReturned,
        /// See the struct.
        23 v1 RefundArrived,
        /// See the struct.
        24 v2 StrayArrived from v1 StrayArrivedV1,
        /// See the struct.
        25 v1 MirrorRaised,
        /// See the struct.
        26 v1 SaleCaptured,
        /// See the struct.
        27 v1 SaleHeld,
        /// See the struct.
        28 v2 SalePartCaptured from v1 SalePartCapturedV1,
        /// See the struct.
        29 v1 SaleReleased,
        /// See the struct.
        30 v1 SaleDeclined,
        /// See the struct.
        31 v1 SaleCancelled,
        /// See the struct.
        32 v1 SaleExpired,
        /// See the struct.
        33 v1 PaidHere,
        /// See the struct.
        34 v1 SaleRefunded,
        /// See the struct.
        35 v1 LegsForgotten,
        /// See the struct.
        36 v1 ForgetAsked,
        /// See the struct.
        37 v1 PartyForgotten,
        /// See the struct.
        38 v1 RefundStranded,
        /// See the struct.
        39 v1 CreditLineSet,
        /// See the struct.
        40 v1 CreditDrawn,
        /// See the struct.
        41 v1 CreditRepaid,
        /// See the struct.
        42 v1 PayoutTermsSet,
        /// See the struct.
        43 v1 BankFileSealed,
        /// See the struct.
        44 v1 BankFileSent,
        /// See the struct.
        45 v1 BankFileWithdrawn,
        /// See the struct.
        50 v1 ReviewAsked,
        /// See the struct.
        51 v1 MerchantReviewed,
        /// See the struct.
        52 v1 PayoutAccountSet,
        /// See the struct.
        60 v1 Proposed,
        /// See the struct.
        61 v1 ProposalApproved,
        /// See the struct.
        62 v1 ProposalRejected,
        /// See the struct.
        63 v1 RateTermsSet,
        /// See the struct.
        70 v1 PhoneEnrolled,
        /// See the struct.
        71 v1 PhoneEnded,
        /// See the struct.
        72 v1 CodeTermsSet,
        /// See the struct.
        73 v1 ChargeMade,
        /// See the struct.
        74 v1 CodeJudged,
        /// See the struct.
        75 v1 ChargeAsked,
        /// See the struct.
        76 v1 ChargeRefused,
        /// See the struct.
        77 v1 ChargeAnswered,
        /// See the struct.
        64 v1 LimitRuleSet,
        /// See the struct.
        65 v1 VelocityRuleSet,
        /// See the struct.
        66 v1 ClassesSet,
        /// See the struct.
        67 v1 PartyClassed,
        /// See the struct.
        68 v1 CaseOpened,
        /// See the struct.
        69 v1 CaseChanged,
        /// See the struct.
        78 v1 PayoutScheduleSet,
        /// See the struct.
        79 v1 PayoutTodayAsked,
        /// See the struct.
        80 v1 BankFileMade,
        /// See the struct.
        81 v1 BankFileApproved,
        /// See the struct.
        82 v1 StatementImported,
        /// See the struct.
        83 v1 BankLineResolved,
        /// See the struct.
        84 v1 BankLineUndone,
        /// See the struct.
        85 v1 PayoutReturned,
        /// See the struct.
        86 v1 SafeguardRuleSet,
        /// See the struct.
        87 v1 PayoutRulesSet,
        /// See the struct.
        88 v1 FeeRuleSet,
        /// See the struct.
        89 v1 SplitSet,
        /// See the struct.
        90 v1 SaleShared,
        /// See the struct.
        91 v1 SharesReturned,
        /// See the struct.
        94 v1 ConnectorSet,
        /// See the struct.
        95 v1 ConnectorAsked,
        /// See the struct.
        96 v1 ConnectorPaid,
        /// See the struct.
        97 v1 ConnectorFailed,
        /// See the struct.
        98 v1 ConnectorStray,
        /// See the struct.
        99 v1 ConnectorRefundBegun,
        /// See the struct.
        100 v1 ConnectorRefundEnded,
        /// See the struct.
        101 v1 ConnectorCancelAsked,
        /// See the struct.
        102 v1 ConnectorSettled,
        /// See the struct.
        116 v1 AcceptanceSet,
        /// See the struct.
        117 v1 PlacesSet,
        /// See the struct.
        118 v1 SalePlaced,
        /// See the type.
        119 v1 Referred,
        /// See the struct.
        120 v1 ConnectorRested,
        /// See the struct.
        121 v1 ConnectorStrayReturned,
        /// See the struct.
        110 v1 SettlementTermsSet,
        /// See the struct.
        111 v1 DayRecorded,
        /// See the struct.
        112 v1 DayAnswered,
        /// See the struct.
        113 v1 DaySigned,
        /// See the struct.
        114 v1 TopUpMoved,
        /// See the struct.
        115 v1 TopUpAnnounced,
        /// See the struct.
        103 v1 PartnerSet,
        /// See the struct.
        104 v1 PartnerKeySet,
        /// See the struct.
        105 v1 PartnerSuspended,
    }
}
