//! What each page and fragment is told: plain data, times in microseconds since 1970, amounts in
//! minor units. Rendering adds words, shapes and addresses, never facts.
//!
//! # Addresses
//!
//! A window says by its path for whom it acts: `base` is that path (`/w/<token>` for a wallet,
//! `/t/<token>` for a till; the token is a sign-in code, or `me` for the one that this device
//! keeps, and perhaps a tilde and which wallet or store) and every address is made from it. All addresses get two
//! parameters: `lang` (`zh-CN`, `ja`, `en`), so that two tabs may speak two languages, and, where
//! a fragment looks different in its own window, `view` ([`Place`]: `home` or `own`).
//!
//! A script sends `X-Fragment: 1` with every request for a fragment and takes the answer's body
//! as the fragment's new markup, whatever its status. Without that header the same address is
//! asked by a plain form: answer `303` to the page it belongs to (`/` for `view=home`, `base` for
//! `view=own`), or with the whole page.
//!
//! | fragment | element | GET | function |
//! | --- | --- | --- | --- |
//! | phone | `#phone` | `{wallet}/phone` | [`super::phone::phone`] |
//! | till | `#till` | `{till}/till` | [`super::till::till`] |
//! | today's list | `#today` | `{till}/today` | [`super::till::today`] |
//! | tonight's file | `#tonight` | `{till}/tonight` | [`super::shop::tonight`] |
//! | the shop's switch | `#shop` | `{till}/shop` | [`super::shop::shop`] |
//! | statement | `#statement` | `{wallet}/statement` | [`super::wallet::statement`] |
//! | bridge | `#bridge` | [`Bridge::src`] | [`super::bridge::bridge`] |
//! | books | `#books` | [`Books::src`] | [`super::books::books`] |
//! | map | `#map` | [`Map::src`] | [`super::map::map`] |
//! | corridor | `#corridor` | [`Corridor::src`] | [`super::home::corridor`] |
//! | both books agree | `#agree` | [`Agreement::src`] | [`super::home::agreement`] |
//! | tiles | `#tiles` | [`Tiles::src`] | [`super::home::tiles`] |
//! | break it | `#break` | [`BreakIt::src`] | [`super::home::break_it`] |
//!
//! # Forms (all POST, `application/x-www-form-urlencoded`)
//!
//! | address | fields | answers with |
//! | --- | --- | --- |
//! | `{wallet}/scan` | `code` (EMVCo text), perhaps `amount` (as typed); or a body `image/png` | phone: [`Face::Confirm`], [`Face::Amount`] where the code leaves the amount open, or [`Face::Problem`] |
//! | `{wallet}/pay` | `quote`, `key`, `again` (`1` when confirmed twice) | phone |
//! | `{till}/request` | `amount` (as typed, whole currency units), `key` | till: [`TillFace::Code`] |
//! | `{till}/cancel` | `payment`, `key` | till |
//! | `{till}/refund` | `payment`, `amount` (as typed), `key`; `ask=1` asks first | till |
//! | `{till}/open` | `open` (`1` or `0`), `key` | the shop's switch |
//! | `{till}/refund?payment=…` (GET) | | till: [`TillFace::Refunding`] |
//! | [`BreakIt::src`] | `cell` | break it |
//!
//! A quote lives on the page that asked for it: GET `{wallet}/phone` shows what has happened
//! ([`Face::Balance`], [`Face::Underway`], [`Face::Receipt`], [`Face::Declined`]) and never a
//! [`Face::Confirm`], so *Not now* is that GET. `{wallet}/phone?of=` shows a payment of the wallet,
//! `{wallet}/phone` [`Face::Balance`]; `{till}/till?payment=` what a till showed before its server
//! was started anew, `{till}/till?next=1` [`TillFace::Amount`]. The pages `{wallet}/scan` ([`Face::Scan`]), receipts (the `href` of a
//! [`StatementRow`]) and `{till}/refund` are whole pages when they are asked for without script.
//!
//! `key` is the idempotency key, made when the form was rendered: a double tap is one payment.
//! An `amount` as typed is read by [`Unit::read_typed`].
//!
//! # Events
//!
//! A page names its stream in `data-events` on `<body>`; each message is a [`StepEvent`] as JSON.
//! An element with `data-on` (a list of steps) and `data-src` is fetched anew when one of its
//! steps comes; a bead with that `data-step` is lit with the event's milliseconds and position.
//! Steps beyond [`Step`]: `expired`, `cancelled` (a payment ended), `authorized` (the shop holds it), `reviewed` (staff decided about it), `figures` (totals changed: map,
//! corridor, tiles, agreement; at most one a second), `cell_down`, `cell_up`.

mod account;
mod audited;
mod bank_files;
mod banking;
mod board;
mod books;
mod choose;
mod connectors;
mod decide;
mod devices;
mod enter;
mod figures;
mod front;
mod insight;
mod open;
mod partners;
mod phone;
mod poster;
mod referrers;
mod review;
mod settlement;
mod shop;
mod sign_up;
mod staff;
mod till;
mod trail;

pub use account::*;
pub use bank_files::*;
pub use banking::*;
pub use board::*;
pub use books::*;
pub use choose::*;
pub use connectors::*;
pub use decide::*;
pub use devices::*;
pub use enter::*;
pub use figures::*;
pub use front::*;
pub use insight::InsightPage;
pub use open::*;
pub use partners::*;
pub use phone::*;
pub use poster::*;
pub use referrers::*;
pub use review::{ReviewCard, ReviewPage};
pub use settlement::*;
pub use shop::*;
pub use sign_up::*;
pub use staff::*;
pub use till::*;
pub use trail::*;

use jiff::civil::Date;
use serde::Serialize;

pub use super::format::{Amount, Unit, Zone};
pub use super::text::Lang;

/// The side of the bridge a part of the page is on; it decides its colour and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shore {
    /// The payer's: plum.
    From,
    /// The seller's: celadon.
    To,
}

/// Where a payment stands, for people. Each has a shape and a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Asked for; nothing has moved.
    Waiting,
    /// Held, and the seller's cell has not answered yet.
    Doubt,
    /// The seller has it.
    Paid,
    /// Refused for a reason; nothing moved and nothing will.
    Declined,
    /// Called off by the shop; shown like a decline with its own word.
    Cancelled,
    /// Nobody paid in time; shown like a decline with its own word.
    Expired,
    /// All of it, or this row's part, is back with the payer.
    Refunded,
}

/// Text in a language of its own: a shop's name as the shop writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The text.
    pub text: String,
    /// Its BCP 47 tag.
    pub lang: &'static str,
}

/// Where a fragment stands; goes into its addresses as `view`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the first page.
    Home,
    /// In a window of its own.
    Own,
}

impl Place {
    /// The value of the `view` parameter.
    pub const fn name(self) -> &'static str {
        match self {
            Place::Home => "home",
            Place::Own => "own",
        }
    }

    /// Reads the `view` parameter; what is not `home` is a window of its own.
    pub fn parse(view: &str) -> Place {
        if view == "home" { Place::Home } else { Place::Own }
    }
}

/// What stands around every page.
#[derive(Clone, Debug)]
pub struct Chrome {
    /// Its language.
    pub lang: Lang,
    /// The page's own path and query without `lang`, for the language switch.
    pub path: String,
    /// The views of the bar, where the page has them.
    pub nav: Option<Nav>,
    /// Whose window it is, at the end of the bar.
    pub whose: Option<Foreign>,
    /// The stream of events of this page.
    pub events: Option<String>,
    /// The published rate everything here is converted at, for the foot.
    pub rate: Option<RateNote>,
    /// Whether it says that this is a demonstration.
    pub demo: bool,
}

/// The views of the bar.
#[derive(Clone, Debug)]
pub struct Nav {
    /// Which of them this page is.
    pub current: NavItem,
    /// Path of the visitor's wallet window.
    pub wallet: String,
    /// Path of the till window.
    pub till: String,
    /// Path of the operator's window, where the demonstration opens one.
    pub operator: Option<String>,
}

/// A view of the bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NavItem {
    /// The first page.
    Home,
    /// The wallet's window.
    Wallet,
    /// The till's window.
    Till,
    /// The operator's window.
    Operator,
    /// The audit page.
    Audit,
}

/// Where a rate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateNote {
    /// The publisher as the rate was imported: `ECB` has a name in the message files.
    pub source: String,
    /// The day it was published.
    pub date: Date,
    /// The two published rates as the source wrote them, each of one unit of `base`.
    pub legs: Vec<RateLeg>,
    /// The currency they are quoted against, by code: `EUR`.
    pub base: &'static str,
}

/// One published rate: so many `unit` for one of the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLeg {
    /// The published decimal, digit by digit: `7.4326`.
    pub decimal: String,
    /// The currency it counts.
    pub unit: Unit,
}

/// A record of a cell's journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The cell's short name: `jp`.
    pub cell: String,
    /// The position of its group.
    pub position: u64,
}

/// One step of a payment or refund; [`Step::name`] is what events call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The till asked (seller's cell).
    Requested,
    /// The rate was locked (payer's cell).
    Quoted,
    /// The money was held and `Authorize` sent (payer's cell).
    Held,
    /// The merchant was credited (seller's cell).
    Captured,
    /// The hold became final (payer's cell).
    Posted,
    /// The seller's cell said no.
    Declined,
    /// The hold was given back (payer's cell).
    Voided,
    /// A refund was asked for (seller's cell).
    Asked,
    /// The refund was taken from merchant and fee (seller's cell).
    Taken,
    /// The message `Refunded` was handed over (seller's cell).
    SentBack,
    /// The message arrived (payer's cell).
    Received,
    /// The refund is in the wallet (payer's cell).
    Booked,
}

impl Step {
    /// The step's name in events and in `data-step`.
    pub const fn name(self) -> &'static str {
        match self {
            Step::Requested => "requested",
            Step::Quoted => "quoted",
            Step::Held => "held",
            Step::Captured => "captured",
            Step::Posted => "posted",
            Step::Declined => "declined",
            Step::Voided => "voided",
            Step::Asked => "asked",
            Step::Taken => "taken",
            Step::SentBack => "sent_back",
            Step::Received => "received",
            Step::Booked => "booked",
        }
    }

    /// The shore of the cell that decides it.
    pub const fn shore(self) -> Shore {
        match self {
            Step::Requested
            | Step::Captured
            | Step::Declined
            | Step::Asked
            | Step::Taken
            | Step::SentBack => Shore::To,
            Step::Quoted
            | Step::Held
            | Step::Posted
            | Step::Voided
            | Step::Received
            | Step::Booked => Shore::From,
        }
    }
}

/// One message of a page's event stream, as its JSON. Only `step` is always there.
///
/// `{"step":"held","ms":0.6,"cell":"cn","position":184203,"payment":"pay_…","prefecture":21}`
#[derive(Clone, Debug, Default, Serialize)]
pub struct StepEvent {
    /// A [`Step::name`], or one of the further steps named above.
    pub step: &'static str,
    /// How long the step took, in milliseconds. The only float, and no money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ms: Option<f64>,
    /// The cell that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// The position of its record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// The payment, so that a page follows one at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// The shop's prefecture, 1–47: the map sends a ring from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefecture: Option<u8>,
}
