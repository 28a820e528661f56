//! The first page: the stage, and the figures below it.

use super::{Agreement, Amount, Books, Bridge, Chrome, Phone, Problem, RateNote, Till, Unit};

/// The first page.
#[derive(Clone, Debug)]
pub struct HomePage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The payer's currency.
    pub from: Unit,
    /// The seller's currency.
    pub to: Unit,
    /// The green line.
    pub agreement: Agreement,
    /// The phone on the left.
    pub phone: Phone,
    /// The bridge.
    pub bridge: Bridge,
    /// The till on the right.
    pub till: Till,
    /// What each side wrote.
    pub books: Books,
    /// The map.
    pub map: Map,
    /// The corridor.
    pub corridor: Corridor,
    /// What runs here.
    pub tiles: Tiles,
    /// The same with curl: the commands as they work now, with real keys and ids.
    pub curl: String,
    /// Break it.
    pub break_it: BreakIt,
}

/// Today's volume by prefecture.
#[derive(Clone, Debug)]
pub struct Map {
    /// Address of this fragment.
    pub src: String,
    /// The currency.
    pub unit: Unit,
    /// Those with payments; the others are zero.
    pub rows: Vec<PrefectureRow>,
    /// Where your last payment was, 1–47: it has the ring.
    pub yours: Option<u8>,
}

/// One prefecture's day.
#[derive(Clone, Copy, Debug)]
pub struct PrefectureRow {
    /// ISO 3166-2:JP number, 1–47.
    pub prefecture: u8,
    /// Captured less refunded today, minor units.
    pub minor: i64,
    /// Payments captured today.
    pub payments: u64,
}

/// The corridor's card.
#[derive(Clone, Debug)]
pub struct Corridor {
    /// Address of this fragment.
    pub src: String,
    /// Messages sent and not yet answered.
    pub under_way: u64,
    /// The rate in force.
    pub rate: Option<RateNote>,
    /// What the payer's side holds with the seller's side.
    pub nostro: Amount,
    /// Below this it warns.
    pub warns_below: Amount,
    /// Whether new payments may cross.
    pub open: bool,
}

/// What runs here: one live number each.
#[derive(Clone, Debug)]
pub struct Tiles {
    /// Address of this fragment.
    pub src: String,
    /// Payments captured today.
    pub payments: u64,
    /// Prefectures with a payment today.
    pub prefectures: u64,
    /// Path of the wallet's window.
    pub wallet: String,
}

/// Break it: one button a cell, and what happened to the last one.
#[derive(Clone, Debug)]
pub struct BreakIt {
    /// Address of this fragment, and of the form.
    pub src: String,
    /// The cells.
    pub cells: Vec<BreakCell>,
    /// Why the last press did nothing.
    pub problem: Option<Problem>,
}

/// A cell one may stop.
#[derive(Clone, Debug)]
pub struct BreakCell {
    /// Its short name, sent as `cell`.
    pub cell: String,
    /// The currency it is named by.
    pub unit: Unit,
    /// How it is.
    pub state: CellState,
}

/// How a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellState {
    /// Serving since its start.
    Running,
    /// Stopped, coming back from its journal.
    Down,
    /// Came back.
    Back {
        /// After so many microseconds.
        micros: u64,
        /// With so many records replayed.
        records: u64,
    },
}
