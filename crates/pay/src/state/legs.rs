//! The legs of payments: of payer and seller, under way and ended.

use corridor::{CaptureMode, DeclineReason};
use kernel::id::{Payment, Store as StoreKind};
use kernel::{Id, Ref, Timestamp};

use crate::command::Purpose;

/// How far the payer's leg of an open payment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum OutgoingState {
    /// The seller's cell decides.
    Confirmed = 0,
    /// The seller holds it.
    Authorized = 1,
}

/// The payer's leg of a payment that is under way. Amounts without another word are in the
/// seller's minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Which payment.
    pub id: Id<Payment>,
    /// Who is to be paid.
    pub store: Ref<StoreKind>,
    /// The wallet's entry.
    pub wallet: u32,
    /// Over which link.
    pub link: u8,
    /// How far it is.
    pub state: OutgoingState,
    /// At once or later.
    pub capture: CaptureMode,
    /// Whether the payer has asked to cancel; the seller's cell alone decides.
    pub cancel_asked: bool,
    /// Whether a printed code was paid: no till asked for it.
    pub printed: bool,
    /// What was authorized.
    pub amount: u64,
    /// At the mid rate, in the wallet's minor units.
    pub principal: u64,
    /// Above it, in the wallet's minor units.
    pub spread: u64,
    /// The payer's fee, in the wallet's minor units.
    pub fee: u64,
    /// Taken so far.
    pub taken: u64,
    /// Holds: principal, spread, fee, and the mirror's; `NONE` for none.
    pub holds: [u32; 4],
    /// The number of its `Authorize`.
    pub message: u64,
    /// When the payer said yes.
    pub confirmed: Timestamp,
    /// Until when the seller may take it.
    pub valid_until: Timestamp,
}

/// How a leg ended. Numbers are stored in snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum End {
    /// Paid.
    Captured = 0,
    /// The seller's cell said no.
    Declined = 1,
    /// Given back by the seller before a capture.
    Released = 2,
    /// The till took its request back.
    Cancelled = 3,
    /// Nobody paid in time.
    Expired = 4,
}

impl End {
    /// The end of a stored number.
    pub fn from_number(number: u8) -> Option<Self> {
        [Self::Captured, Self::Declined, Self::Released, Self::Cancelled, Self::Expired]
            .get(usize::from(number))
            .copied()
    }
}

/// What else is remembered of a leg that ended, in a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks(u8);

impl Marks {
    const LATER: u8 = 1;
    const CANCEL_ASKED: u8 = 2;
    const TWO_DAYS: u8 = 4;

    /// How it was to be captured, and whether its payer asked to cancel.
    pub const fn new(capture: CaptureMode, cancel_asked: bool) -> Self {
        let later = if matches!(capture, CaptureMode::Later) { Self::LATER } else { 0 };
        Self(later | if cancel_asked { Self::CANCEL_ASKED } else { 0 })
    }

    /// The same of a payment that was said yes to on another day of the cell than it was taken.
    #[must_use]
    pub const fn on_two_days(self, so: bool) -> Self {
        Self(self.0 | if so { Self::TWO_DAYS } else { 0 })
    }

    /// Whether yes and capture lie on two days: then nobody knows any more which day's sums it
    /// stands in.
    pub const fn is_on_two_days(self) -> bool {
        self.0 & Self::TWO_DAYS != 0
    }

    /// The marks of a stored byte.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        if byte <= Self::LATER | Self::CANCEL_ASKED | Self::TWO_DAYS {
            Some(Self(byte))
        } else {
            None
        }
    }

    /// The byte to store.
    pub const fn byte(self) -> u8 {
        self.0
    }

    /// At once or later.
    pub const fn capture(self) -> CaptureMode {
        if self.0 & Self::LATER == 0 { CaptureMode::Now } else { CaptureMode::Later }
    }

    /// Whether the payer asked to cancel.
    pub const fn cancel_asked(self) -> bool {
        self.0 & Self::CANCEL_ASKED != 0
    }
}

/// The payer's leg after its end: what a refund and a look-up need. The id is kept in halves so
/// that the entry is 80 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedOutgoing {
    /// The id's upper and lower half.
    pub id: [u64; 2],
    /// The store's tag; its cell is the link's peer.
    pub store_tag: u64,
    /// Taken in all, in the seller's minor units; what was asked when nothing was taken.
    pub amount: u64,
    /// What the payer paid at the mid rate, in the wallet's minor units.
    pub principal: u64,
    /// Above it.
    pub spread: u64,
    /// The payer's fee.
    pub fee: u64,
    /// Given back so far, in the seller's minor units.
    pub refunded: u64,
    /// The store's number.
    pub store: u32,
    /// The wallet's entry.
    pub wallet: u32,
    /// When it ended, in seconds.
    pub closed_s: u32,
    /// Over which link.
    pub link: u8,
    /// How it ended.
    pub end: End,
    /// Why, for a decline.
    pub reason: Option<DeclineReason>,
    /// What else is remembered.
    pub marks: Marks,
}

/// How far the seller's leg of an open payment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum IncomingState {
    /// The till waits to be paid.
    Requested = 0,
    /// Held, to be captured later.
    Held = 1,
    /// Another company is being asked to take it; it ends by what that company says.
    Asked = 2,
}

/// The seller's leg of a payment that is under way. Amounts are in the store's minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Which payment.
    pub id: Id<Payment>,
    /// Who is paid.
    pub store: u32,
    /// How far it is.
    pub state: IncomingState,
    /// At once or later.
    pub capture: CaptureMode,
    /// What it is for.
    pub purpose: Purpose,
    /// Over which link it is paid; `NO_LINK` before.
    pub link: u8,
    /// The payer, opaque.
    pub payer: u64,
    /// What is due.
    pub amount: u64,
    /// Captured so far.
    pub captured: u64,
    /// The merchant's fee so far.
    pub fee: u64,
    /// The hold; `NONE` before.
    pub hold: u32,
    /// Until when it may be paid, or captured.
    pub deadline: Timestamp,
    /// When the till asked, or the payer came.
    pub since: Timestamp,
}

impl Incoming {
    /// The wallet's entry, for what is held from a wallet of this cell.
    pub fn payer_here(&self) -> Option<u32> {
        let here = self.state == IncomingState::Held && self.link == NO_LINK;
        here.then_some(self.payer as u32)
    }
}

/// The seller's leg after its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedIncoming {
    /// The id's upper and lower half.
    pub id: [u64; 2],
    /// The payer: opaque over a link, the wallet's entry within the cell.
    pub payer: u64,
    /// Captured in all; what was due when nothing was.
    pub amount: u64,
    /// The merchant's fee in it.
    pub fee: u64,
    /// Given back so far.
    pub refunded: u64,
    /// Who was paid.
    pub store: u32,
    /// When it ended, in seconds.
    pub closed_s: u32,
    /// Over which link; `NO_LINK` within the cell or when nobody paid.
    pub link: u8,
    /// How it ended.
    pub end: End,
    /// What else is remembered.
    pub marks: Marks,
}

impl ClosedIncoming {
    /// The wallet's entry, for what was paid or held from a wallet of this cell.
    pub fn payer_here(&self) -> Option<u32> {
        let paid = matches!(self.end, End::Captured | End::Released);
        (paid && self.link == NO_LINK).then_some(self.payer as u32)
    }
}

/// No hold.
pub const NONE: u32 = u32::MAX;
/// No link: a payment inside one cell.
pub const NO_LINK: u8 = u8::MAX;

/// The two halves of an id, as closed legs keep them.
pub fn halves<K>(id: Id<K>) -> [u64; 2] {
    [(id.0 >> 64) as u64, id.0 as u64]
}

/// The id of its two halves.
pub fn whole(id: [u64; 2]) -> Id<Payment> {
    Id::new((u128::from(id[0]) << 64) | u128::from(id[1]))
}

/// What a part of a payment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum PartKind {
    /// Captured of what was held.
    Captured = 0,
    /// The same, and nothing more will be.
    CapturedLast = 1,
    /// Given back of what was captured.
    Refunded = 2,
}

impl PartKind {
    /// The kind of a stored number.
    pub fn from_number(number: u8) -> Option<Self> {
        [Self::Captured, Self::CapturedLast, Self::Refunded].get(usize::from(number)).copied()
    }
}

/// A part of a payment under its caller's name for it, which is a name within the payment. It is
/// found by that name for as long as the payment is known: long after keys are forgotten, the
/// same request takes or gives back nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The name's upper and lower half.
    pub name: [u64; 2],
    /// The payment's id, in halves.
    pub payment: [u64; 2],
    /// Minor units of the store's currency.
    pub amount: u64,
    /// The fee account's share of what was given back; nothing for a capture.
    pub fee: u64,
    /// What it is.
    pub kind: PartKind,
}
