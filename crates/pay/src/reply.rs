//! What `pay` answers: to a command, and to a question about one thing.

use corridor::{CaptureMode, ChargeAnswer, DeclineReason};
use kernel::id::{BankFile, Capture, Merchant, Party, Payment, Quote, Refund, Store, Till, Wallet};
use kernel::{Currency, Decimal, Id, Ref, Role, Timestamp};

use crate::costs::{Costs, ShareKind};
use crate::event::{BankLine, Found};
use crate::state::{Approval, Case, Proposal, Review, SettledDay, Shape, TopUp};
use crate::terms::{Category, Schedule};

macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident { $($n:literal $(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
        #[cbor(array)]
        pub struct $name { $($(#[$field_doc])* #[n($n)] pub $field: $type,)* }
    )*};
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Status {
    /// The till waits to be paid.
    #[n(0)]
    Requested,
    /// The payer said yes; the seller's cell decides.
    #[n(1)]
    Confirmed,
    /// Held for the seller.
    #[n(2)]
    Authorized,
    /// Paid.
    #[n(3)]
    Captured,
    /// Paid, and a part was given back.
    #[n(4)]
    PartlyRefunded,
    /// Paid, and all was given back.
    #[n(5)]
    Refunded,
    /// The seller's cell said no.
    #[n(6)]
    Declined,
    /// The till took its request back.
    #[n(7)]
    Cancelled,
    /// Nobody paid in time.
    #[n(8)]
    Expired,
    /// Given back by the seller before a capture.
    #[n(9)]
    Released,
}

impl Status {
    /// The stable word of the API and of message files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Confirmed => "confirmed",
            Self::Authorized => "authorized",
            Self::Captured => "captured",
            Self::PartlyRefunded => "partly_refunded",
            Self::Refunded => "refunded",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Released => "released",
        }
    }
}

/// Who may stop a store besides its own shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum StoppedBy {
    /// The operator's staff paused the shop.
    #[n(0)]
    Operator,
}

answers! {
    /// What a payer pays, in the wallet's minor units.
    Price {
        0 /// In what.
        currency: Currency,
        1 /// At the mid rate.
        principal: u64,
        2 /// Above it.
        spread: u64,
        3 /// The payer's fee.
        fee: u64,
        4 /// Back in the wallet by refunds so far.
        returned: u64,
    }
    /// A payment as one cell knows it.
    PaymentView {
        0 /// Which.
        payment: Id<Payment>,
        1 /// Where it stands.
        status: Status,
        2 /// Who is paid.
        store: Ref<Store>,
        3 /// Minor units of the store's currency.
        amount: u64,
        4 /// The store's currency.
        currency: Currency,
        5 /// Captured so far.
        captured: u64,
        6 /// Given back so far.
        refunded: u64,
        7 /// The merchant's fee, where the seller's leg is.
        merchant_fee: Option<u64>,
        8 /// What the payer pays, where the payer's leg is.
        price: Option<Price>,
        9 /// The payer's wallet, where the payer's leg is.
        wallet: Option<Ref<Wallet>>,
        10 /// Why it was declined.
        declined: Option<DeclineReason>,
        11 /// Until when it may be paid or captured, while it is open.
        deadline: Option<Timestamp>,
        12 /// At once or later.
        capture: CaptureMode,
        13 /// Whether the payer asked to cancel.
        cancel_asked: bool,
        20 /// The connector by which another company is asked to take it, or took it.
        connector: Option<u8>,
    }
    /// A locked rate and what it means.
    QuoteView {
        0 /// Which.
        quote: Id<Quote>,
        1 /// For which payment.
        payment: Id<Payment>,
        2 /// Who would be paid.
        store: Ref<Store>,
        3 /// Minor units of the store's currency.
        amount: u64,
        4 /// The store's currency.
        currency: Currency,
        5 /// What the payer would pay.
        price: Price,
        6 /// When the lock ends.
        expires: Timestamp,
        7 /// Units of the store's currency for one of the base, as published.
        rate_store: Decimal,
        8 /// Units of the wallet's currency for one of the base, as published.
        rate_wallet: Decimal,
        9 /// Who published the rates.
        source: String,
        10 /// The day they are of, as `yyyymmdd`.
        date: u32,
        11 /// The spread in basis points.
        spread_bps: u32,
        12 /// The payer's fee in basis points.
        fee_bps: u32,
    }
    /// What a store is, for who is about to pay it.
    LookView {
        0 /// Which store.
        store: Ref<Store>,
        1 /// Its registered name.
        name: String,
        2 /// The name in Latin letters.
        latin_name: Option<String>,
        3 /// Its city.
        city: String,
        4 /// Its trade.
        category: Category,
        5 /// Its prefecture.
        prefecture: u8,
        6 /// Whether it takes payments.
        open: bool,
        7 /// What it is paid in.
        currency: Currency,
        8 /// The payment the code names.
        due: Option<PaymentView>,
        9 /// Who stopped it, where that is not the shop itself.
        stopped_by: Option<StoppedBy>,
        10 /// What is taken of a sale, for who asked as a payer.
        costs: Option<Costs>,
    }
    /// A party, and whether it is being forgotten. Who it is, is in the vault.
    PartyView {
        0 /// Which.
        party: Ref<Party>,
        1 /// The id that created it: under it the vault keeps who it is.
        id: Id<Party>,
        2 /// What it does here.
        role: Role,
        3 /// When it became known.
        since: Timestamp,
        4 /// When it was asked to be forgotten.
        asked: Option<Timestamp>,
        5 /// Since when nothing of it can be read.
        forgotten: Option<Timestamp>,
    }
    /// A wallet and what is in it.
    WalletView {
        0 /// Which.
        wallet: Ref<Wallet>,
        1 /// In what.
        currency: Currency,
        2 /// Minor units in it.
        balance: u64,
        3 /// Of them held for payments under way.
        held: u64,
    }
    /// A capture that was made.
    CaptureView {
        0 /// The caller's name for it.
        capture: Id<Capture>,
        1 /// Minor units captured by it.
        amount: u64,
        2 /// The payment as it is now.
        payment: PaymentView,
    }
    /// A refund that was made.
    RefundView {
        0 /// The caller's name for it.
        refund: Id<Refund>,
        1 /// Minor units given back now.
        amount: u64,
        2 /// The fee account's share of it.
        fee: u64,
        3 /// The payment as it is now.
        payment: PaymentView,
    }
    /// Another's share of a payment.
    ShareView {
        0 /// Who has it.
        receiver: Ref<Merchant>,
        1 /// Its name.
        name: String,
        2 /// What for.
        kind: ShareKind,
        3 /// What it came to, in minor units.
        amount: u64,
        4 /// What of that was given back.
        returned: u64,
    }
    /// What another company is being asked to take.
    ConnectorAskView {
        0 /// For which payment.
        payment: Id<Payment>,
        1 /// Through which connector.
        connector: String,
        2 /// Which attempt, from 1.
        attempt: u16,
        3 /// Who shows the code.
        shape: Shape,
        4 /// Who is paid.
        store: Ref<Store>,
        5 /// Minor units.
        amount: u64,
        6 /// In what.
        currency: Currency,
        7 /// Until when it may be paid.
        deadline: Timestamp,
        8 /// When it was begun.
        since: Timestamp,
        9 /// Whether the till wants it cancelled.
        cancel: bool,
    }
    /// What another company is being asked to give back.
    ConnectorRefundView {
        0 /// The caller's name for it.
        refund: Id<Refund>,
        1 /// Through which connector.
        connector: String,
        2 /// The attempt by which it was paid.
        attempt: u16,
        3 /// Minor units.
        amount: u64,
        4 /// The fee account's share of it.
        fee: u64,
        5 /// What was paid in all.
        paid: u64,
        6 /// When it was begun.
        since: Timestamp,
        7 /// The payment as it is now.
        payment: PaymentView,
    }
    /// A merchant and what it is owed.
    MerchantView {
        0 /// Which.
        merchant: Ref<Merchant>,
        1 /// Its name.
        name: String,
        2 /// In what.
        currency: Currency,
        3 /// Minor units owed to it.
        balance: u64,
        4 /// How far its refunds may exceed that, where the operator granted it.
        credit: Option<CreditView>,
        6 /// What staff decided about it; none where nothing was ever said of it, which counts as
          /// approved.
        review: Option<Review>,
    }
    /// A wallet's phone.
    PhoneView {
        0 /// Whose.
        wallet: Ref<Wallet>,
        1 /// The three digits that its codes begin with.
        prefix: u16,
        2 /// The number that its codes carry.
        handle: u32,
        3 /// Which enrolment of the cell it is.
        generation: u32,
        4 /// When it was enrolled.
        since: Timestamp,
        5 /// Until when its codes rest, after too many wrong ones.
        rests: Option<Timestamp>,
        6 /// When its last code was one of another time, if it was.
        other_time: Option<Timestamp>,
    }
    /// What a payer is asked on the phone.
    AskView {
        0 /// Which payment.
        payment: Id<Payment>,
        1 /// Who would be paid.
        store: Ref<Store>,
        2 /// Minor units of the store's currency.
        amount: u64,
        3 /// The store's currency.
        currency: Currency,
        4 /// Until when it is asked.
        expires: Timestamp,
        5 /// Whether the same was paid a moment ago.
        again: bool,
        6 /// Over a link, the price: a yes confirms this quote. Inside the cell a yes pays what is
          /// asked.
        quote: Option<QuoteView>,
    }
    /// A payment for which a till was shown a code.
    ChargeView {
        0 /// The payment as it is now.
        payment: PaymentView,
        1 /// What became of the code; none while its payer's cell has not answered, and once the
          /// payment is paid.
        answer: Option<ChargeAnswer>,
    }
    /// What a merchant's refunds may take beyond its balance.
    CreditView {
        0 /// The most that it may owe, in minor units.
        limit: u64,
        1 /// What it owes; its next sales repay it.
        owed: u64,
        2 /// What may still be drawn.
        left: u64,
    }
}

/// A file by which a bank pays merchants.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct BankFileView {
    /// Which.
    #[n(0)]
    pub file: Id<BankFile>,
    /// What it pays in.
    #[n(1)]
    pub currency: Currency,
    /// On which day the bank is to pay, as `yyyymmdd`.
    #[n(2)]
    pub day: u32,
    /// Which file of that day it is, from 1.
    #[n(3)]
    pub number: u16,
    /// The hash of its bytes.
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    pub hash: [u8; 32],
    /// How many transfers it has.
    #[n(5)]
    pub count: u32,
    /// What they pay in all, in minor units.
    #[n(6)]
    pub total: u64,
    /// What merchants paid for it on top.
    #[n(7)]
    pub fees: u64,
    /// When it was sealed.
    #[n(8)]
    pub sealed: Timestamp,
    /// When it was confirmed as sent.
    #[n(9)]
    pub sent: Option<Timestamp>,
    /// When it was withdrawn.
    #[n(10)]
    pub withdrawn: Option<Timestamp>,
    /// The party's number of the person who had it made; 0 is the cell itself, none where that was
    /// not written down.
    #[n(11)]
    pub made_by: Option<u32>,
    /// Where it stands with a second person; none if it needs none.
    #[n(12)]
    pub approval: Option<Approval>,
    /// What the bank has said of it; none if nothing.
    #[n(13)]
    pub bank: Option<AtBank>,
}

/// What a bank has said of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct AtBank {
    /// The number of the line that says it was paid, if one says so for all of it.
    #[n(0)]
    pub line: Option<u32>,
    /// How many transfers have lines of their own that say so.
    #[n(1)]
    pub debited: u32,
    /// How many transfers came back.
    #[n(2)]
    pub returned: u32,
}

impl BankFileView {
    /// What became of it, in a word: `sealed`, `sent` or `withdrawn`.
    pub const fn state(&self) -> &'static str {
        match (self.sent, self.withdrawn) {
            (Some(_), _) => "sent",
            (None, Some(_)) => "withdrawn",
            (None, None) => "sealed",
        }
    }
}

/// What a command answers. It is stored with the record, for repeats.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
pub enum Reply {
    /// It is done; there is nothing to tell.
    #[n(0)]
    Done,
    /// The party's reference.
    #[n(1)]
    Party(#[n(0)] Ref<Party>),
    /// The wallet as it is.
    #[n(2)]
    Wallet(#[n(0)] WalletView),
    /// The merchant as it is.
    #[n(3)]
    Merchant(#[n(0)] MerchantView),
    /// The store's reference.
    #[n(4)]
    Store(#[n(0)] Ref<Store>),
    /// The till's reference.
    #[n(5)]
    Till(#[n(0)] Ref<Till>),
    /// The number of the link.
    #[n(6)]
    Link(#[n(0)] u8),
    /// A locked rate.
    #[n(7)]
    Quote(#[n(0)] Box<QuoteView>),
    /// The payment as it is after the command.
    #[n(8)]
    Payment(#[n(0)] Box<PaymentView>),
    /// The refund that was made.
    #[n(9)]
    Refund(#[n(0)] Box<RefundView>),
    /// A balance after the command, in minor units.
    #[n(10)]
    Balance(#[n(0)] u64),
    /// The capture that was made.
    #[n(11)]
    Capture(#[n(0)] Box<CaptureView>),
    /// The bank file as it is after the command.
    #[n(12)]
    BankFile(#[n(0)] Box<BankFileView>),
    /// The proposal as it is after the command.
    #[n(20)]
    Proposal(#[n(0)] Box<Proposal>),
    /// The phone that was enrolled.
    #[n(25)]
    Phone(#[n(0)] Box<PhoneView>),
    /// The payment for which a code was shown.
    #[n(26)]
    Charge(#[n(0)] Box<ChargeView>),
    /// The payment is not made; it waits for the staff.
    #[n(21)]
    Case(#[n(0)] Box<Case>),
    /// When a merchant is paid out.
    #[n(28)]
    Schedule(#[n(0)] Schedule),
    /// What came of a page of a statement.
    #[n(29)]
    Statement(#[n(0)] StatementView),
    /// A line of the bank as it is after the command.
    #[n(30)]
    BankLine(#[n(0)] Box<BankLineView>),
    /// What another company is about to be asked.
    #[n(34)]
    ConnectorAsk(#[n(0)] Box<ConnectorAskView>),
    /// What another company is about to give back.
    #[n(35)]
    ConnectorRefund(#[n(0)] Box<ConnectorRefundView>),
    /// A day of a link's nostro as it is after the command.
    #[n(38)]
    Day(#[n(0)] Box<DayView>),
    /// A top-up as it is after the command.
    #[n(39)]
    TopUp(#[n(0)] Box<TopUp>),
}

/// A closed day of a link's nostro.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct DayView {
    /// Which link.
    #[n(0)]
    pub link: u8,
    /// Whether we keep the nostro.
    #[n(1)]
    pub keeper: bool,
    /// The day and what became of it.
    #[n(2)]
    pub known: SettledDay,
}

/// What came of a page of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct StatementView {
    /// How many pages are here.
    #[n(0)]
    pub pages_here: u32,
    /// How many there are.
    #[n(1)]
    pub pages: u32,
    /// Up to which day lines are here, as `yyyymmdd`.
    #[n(2)]
    pub until: u32,
    /// The balance after the newest, in minor units.
    #[n(3)]
    pub balance: i64,
    /// The number of the page's first line.
    #[n(4)]
    pub first: u32,
    /// How many lines it has.
    #[n(5)]
    pub lines: u32,
    /// How many of them a person is to resolve.
    #[n(6)]
    pub open: u32,
}

/// A line of a bank.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct BankLineView {
    /// Its number.
    #[n(0)]
    pub number: u32,
    /// The account, as its bank numbers it.
    #[n(1)]
    pub account: String,
    /// In what.
    #[n(2)]
    pub currency: Currency,
    /// The line itself.
    #[n(3)]
    pub line: BankLine,
    /// What it was found to be.
    #[n(4)]
    pub found: Found,
    /// Since when.
    #[n(5)]
    pub since: Timestamp,
    /// The party's number of the person who said so; none if the cell found it.
    #[n(6)]
    pub person: Option<u32>,
}
