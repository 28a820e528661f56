//! The bodies that cross, in CBOR, at [`VERSION`]. Golden bytes pin them; another shape is another
//! version, and a side that is asked in a version it does not speak says so.

use corridor::{CaptureMode, FreezeReason, Message, Witness};
use economy::Receive;
use kernel::id::{Payment, Store};
use kernel::{Currency, Id, Ref, Timestamp};
use minicbor::{Decode, Encode};
use pay::costs::Costs;
use pay::{Category, LookView, PaymentView, Place, Status, StoppedBy};

/// The version of bodies and header fields.
pub const VERSION: u16 = 1;
/// The media type of a body that is no problem.
pub const MEDIA: &str = "application/cbor";
/// The header field that says version, sender and receiver: `1 cn jp`.
pub const FIELD: &str = "enishi-corridor";
/// The largest body of a delivery: a relay's batch of 2,000 messages is a quarter of it.
pub const MOST_DELIVERED: usize = 1 << 20;
/// The largest body of anything else, in both directions.
pub const MOST_ELSE: usize = 16 << 10;

/// What is asked, by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Where the asked side stands.
    Standing,
    /// Messages in order.
    Deliver,
    /// The link is to be frozen.
    Freeze,
    /// What a store is, before it is paid.
    Look,
}

impl Operation {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Standing, Self::Deliver, Self::Freeze, Self::Look];

    /// Its path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Standing => "/corridor/v1/standing",
            Self::Deliver => "/corridor/v1/deliver",
            Self::Freeze => "/corridor/v1/freeze",
            Self::Look => "/corridor/v1/look",
        }
    }

    /// The largest body that asks for it.
    pub const fn most(self) -> usize {
        match self {
            Self::Deliver => MOST_DELIVERED,
            _ => MOST_ELSE,
        }
    }
}

/// Asks where the other side stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AskStanding {
    /// The position of its journal that we saw last.
    #[n(0)]
    pub seen: u64,
}

/// Where a side stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Stands {
    /// The last message of the other side that it has handled.
    #[n(0)]
    pub received: u64,
    /// The last message that it sent.
    #[n(1)]
    pub sent: u64,
    /// What it saw last of the other side's journal.
    #[n(2)]
    pub seen: Witness,
    /// The end of its own journal.
    #[n(3)]
    pub newest: Witness,
    /// Its own journal at the position that was asked for, or at its end if that is before.
    #[n(4)]
    pub at: Witness,
    /// Why nothing new may cross, by the number of the reason; see [`reason_code`].
    #[n(5)]
    pub frozen: Option<u8>,
    /// Whether messages wait, too.
    #[n(6)]
    pub stopped: bool,
    /// What the other side holds with it, in minor units.
    #[n(7)]
    pub nostro: Option<u64>,
    /// What it holds with the other side, in minor units.
    #[n(8)]
    pub mirror: Option<u64>,
}

/// The number under which a reason crosses. What an operator wrote stays at home.
pub const fn reason_number(reason: &FreezeReason) -> u8 {
    match reason {
        FreezeReason::BalancesDiffer { .. } => 0,
        FreezeReason::WitnessDiffers { .. } => 1,
        FreezeReason::MessageFaults { .. } => 2,
        FreezeReason::ByOperator { .. } => 3,
        FreezeReason::ForkedHere { .. } => 4,
        FreezeReason::DayDiffers { .. } => 5,
    }
}

/// The word of a reason's number; a later version may know more of them.
pub const fn reason_code(number: u8) -> &'static str {
    match number {
        0 => "balances_differ",
        1 => "witness_differs",
        2 => "message_faults",
        3 => "by_operator",
        4 => "forked_here",
        5 => "day_differs",
        _ => "unknown",
    }
}

/// One message as it crosses; the number of the link stays at home.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Handed {
    /// Its number on the link.
    #[n(0)]
    pub number: u64,
    /// Where it stands in the sender's journal.
    #[n(1)]
    pub position: u64,
    /// The sender's hash there, on the last message of a group.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub hash: Option<[u8; 32]>,
    /// What the sender's nostro holds after it.
    #[n(3)]
    pub nostro_balance_after: Option<u64>,
    /// What it says.
    #[n(4)]
    pub message: Message,
}

impl From<Receive> for Handed {
    fn from(receive: Receive) -> Self {
        let Receive { link: _, number, position, hash, nostro_balance_after, message } = receive;
        Self { number, position, hash, nostro_balance_after, message }
    }
}

impl Handed {
    /// The command that it is, over a link of the receiver.
    pub fn over(self, link: u8) -> Receive {
        let Self { number, position, hash, nostro_balance_after, message } = self;
        Receive { link, number, position, hash, nostro_balance_after, message }
    }
}

/// Messages in order, behind the sender's witness.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Delivery {
    /// The sender's journal at the position that the receiver saw.
    #[n(0)]
    pub shown: Witness,
    /// The messages; none to show the witness alone.
    #[n(1)]
    pub messages: Vec<Handed>,
}

/// Why the other side is to stop: what a relay can find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Stop {
    /// It saw another journal than ours, at this position of ours.
    #[n(0)]
    #[cbor(array)]
    WitnessDiffers {
        /// The position.
        #[n(0)]
        position: u64,
    },
    /// A message of ours faults it.
    #[n(1)]
    #[cbor(array)]
    MessageFaults {
        /// Which message.
        #[n(0)]
        number: u64,
    },
}

impl Stop {
    /// What of a reason crosses; none of what only concerns one's own side.
    pub const fn of(reason: &FreezeReason) -> Option<Self> {
        match *reason {
            FreezeReason::WitnessDiffers { position } => Some(Self::WitnessDiffers { position }),
            FreezeReason::MessageFaults { number } => Some(Self::MessageFaults { number }),
            _ => None,
        }
    }

    /// The reason on the side that is stopped.
    pub const fn reason(self) -> FreezeReason {
        match self {
            Self::WitnessDiffers { position } => FreezeReason::WitnessDiffers { position },
            Self::MessageFaults { number } => FreezeReason::MessageFaults { number },
        }
    }
}

/// Done, and nothing to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Done {}

/// The tag of a reference that asks by the store's number alone, as a person types it.
pub const BY_NUMBER: u64 = 0;

/// Asks what a store is, and what is due of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AskLook {
    /// Which store of the asked cell; with the tag [`BY_NUMBER`] whichever has its number.
    #[n(0)]
    pub store: Ref<Store>,
    /// The payment that a till asked for.
    #[n(1)]
    pub payment: Option<Id<Payment>>,
    /// The place of the store at which a printed code hangs.
    #[n(2)]
    pub place: Option<u16>,
}

impl AskLook {
    /// Asks for a store by its number.
    pub const fn numbered(cell: u16, store: u32) -> Self {
        Self { store: Ref::new(cell, store, BY_NUMBER), payment: None, place: None }
    }

    /// Whether it asks by the store's number.
    pub const fn by_number(self) -> bool {
        self.store.tag == BY_NUMBER
    }
}

/// What a store is: all of it stands on its codes and over its door.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Seen {
    /// The position of the asked cell's journal that this rests on.
    #[n(0)]
    pub position: u64,
    /// The asked cell's time.
    #[n(1)]
    pub time: Timestamp,
    /// The country on the cell's codes.
    #[n(2)]
    pub country: String,
    /// The language of its shops' names.
    #[n(3)]
    pub language: String,
    /// The store's registered name.
    #[n(4)]
    pub name: String,
    /// The name in Latin letters.
    #[n(5)]
    pub latin_name: Option<String>,
    /// Its city.
    #[n(6)]
    pub city: String,
    /// Its trade.
    #[n(7)]
    pub category: Category,
    /// Its prefecture.
    #[n(8)]
    pub prefecture: u8,
    /// Whether it takes payments.
    #[n(9)]
    pub open: bool,
    /// What it is paid in.
    #[n(10)]
    pub currency: Currency,
    /// Who stopped it, where that is not the shop itself.
    #[n(11)]
    pub stopped_by: Option<StoppedBy>,
    /// What is due.
    #[n(12)]
    pub due: Option<Due>,
    /// The store itself, if it was asked for by its number.
    #[n(13)]
    pub store: Option<Ref<Store>>,
    /// What is taken of a sale; none from a neighbour that does not tell.
    #[n(14)]
    pub costs: Option<Costs>,
    /// The place that was asked for: what hangs there for everybody to read.
    #[n(15)]
    pub place: Option<Place>,
}

/// What is due of a payment that a till asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Due {
    /// Where it stands.
    #[n(0)]
    pub status: Status,
    /// Minor units of the store's currency.
    #[n(1)]
    pub amount: u64,
    /// Until when it may be paid.
    #[n(2)]
    pub deadline: Option<Timestamp>,
    /// At once or later.
    #[n(3)]
    pub capture: CaptureMode,
}

impl Seen {
    /// What of a cell's answer crosses.
    pub fn of(
        position: u64,
        time: Timestamp,
        places: [&str; 2],
        asked: AskLook,
        view: &LookView,
        place: Option<Place>,
    ) -> Self {
        let [country, language] = places.map(str::to_owned);
        let due = view.due.as_ref();
        Self {
            position,
            time,
            country,
            language,
            name: view.name.clone(),
            latin_name: view.latin_name.clone(),
            city: view.city.clone(),
            category: view.category,
            prefecture: view.prefecture,
            open: view.open,
            currency: view.currency,
            stopped_by: view.stopped_by,
            due: due.map(|due| Due {
                status: due.status,
                amount: due.amount,
                deadline: due.deadline,
                capture: due.capture,
            }),
            store: asked.by_number().then_some(view.store),
            costs: view.costs.clone(),
            place,
        }
    }

    /// The view that the asking side would have of it; what did not cross is none.
    pub fn view(&self, asked: AskLook) -> LookView {
        let store = self.store.unwrap_or(asked.store);
        let due = self.due.zip(asked.payment).map(|(due, payment)| PaymentView {
            payment,
            status: due.status,
            store,
            amount: due.amount,
            currency: self.currency,
            captured: 0,
            refunded: 0,
            merchant_fee: None,
            price: None,
            wallet: None,
            declined: None,
            deadline: due.deadline,
            capture: due.capture,
            connector: None,
            cancel_asked: false,
        });
        LookView {
            store,
            name: self.name.clone(),
            latin_name: self.latin_name.clone(),
            city: self.city.clone(),
            category: self.category,
            prefecture: self.prefecture,
            open: self.open,
            currency: self.currency,
            stopped_by: self.stopped_by,
            due,
            costs: self.costs.clone(),
        }
    }
}

/// A body that is not of the shape it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is not what version {VERSION} of the corridor says there")]
pub struct Malformed;

/// The bytes of a body.
pub fn write<T: Encode<()>>(body: &T) -> Vec<u8> {
    minicbor::to_vec(body).expect("a Vec takes everything")
}

/// Reads a body whole.
///
/// # Errors
/// [`Malformed`], also for what follows behind it.
pub fn read<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, Malformed> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let body = decoder.decode().map_err(|_| Malformed)?;
    if decoder.position() == bytes.len() { Ok(body) } else { Err(Malformed) }
}
