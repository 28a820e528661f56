//! What the API needs of the views: pages of lists, and how far they have come. The binary plugs
//! the views in.

use kernel::id::{Merchant, Payment, Store, Wallet};
use kernel::{Currency, Id, Ref, Timestamp};
use pay::{Category, Status};
use views::Views;

use crate::insight::Simulated;

/// The most lines of one page.
pub const MAX_LIMIT: u32 = 200;

/// The place behind the last line of a page, opaque to callers.
pub type Cursor = [u64; 2];

/// One page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// Its lines.
    pub lines: Vec<T>,
    /// Behind the last line; none when nothing is left.
    pub next: Option<Cursor>,
    /// The position that the view had when it was read.
    pub position: u64,
}

/// One movement of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// The position of the group it stands in.
    pub position: u64,
    /// The time of that group.
    pub at: Timestamp,
    /// What happened: `topped_up`, `paid`, `refunded`, …
    pub kind: &'static str,
    /// Minor units of the wallet's currency; below zero when they left it.
    pub amount: i64,
    /// What was in the wallet after it.
    pub balance: u64,
    /// The payment it belongs to.
    pub payment: Option<Id<Payment>>,
}

/// One payment of a merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentLine {
    /// The position at which it was last changed.
    pub position: u64,
    /// When it was last changed.
    pub at: Timestamp,
    /// Which.
    pub payment: Id<Payment>,
    /// Where.
    pub store: Ref<Store>,
    /// How it stands.
    pub status: Status,
    /// Minor units asked for.
    pub amount: u64,
    /// Minor units captured.
    pub captured: u64,
    /// Minor units given back.
    pub refunded: u64,
    /// The merchant's fee in it.
    pub fee: u64,
    /// In what.
    pub currency: Currency,
}

/// By what totals are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TotalsBy {
    /// The number of the prefecture, 0 outside Japan.
    Prefecture,
    /// The trade.
    Category,
    /// The cell's own day, `yyyymmdd`.
    Day,
}

/// What was captured, less what was given back, of one group of payments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalLine {
    /// Of what.
    pub of: TotalOf,
    /// In what.
    pub currency: Currency,
    /// How many payments.
    pub payments: u64,
    /// Minor units captured.
    pub captured: u64,
    /// Minor units given back.
    pub refunded: u64,
    /// Merchant fees in it, in minor units.
    pub fees: u64,
}

/// What a total is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TotalOf {
    /// A prefecture by its number (JIS X 0401).
    Prefecture(u8),
    /// A trade.
    Category(Category),
    /// A day of the cell, `yyyymmdd`.
    Day(u32),
}

/// Where an event stands that concerns a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPlace {
    /// The position of its group.
    pub position: u64,
    /// Its record, by its place in the group.
    pub record: u32,
    /// The payment it is about.
    pub payment: Option<Id<Payment>>,
}

/// Where the events behind a group stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventPlaces {
    /// In order, by whole groups.
    Found {
        /// Oldest first.
        places: Vec<EventPlace>,
        /// Up to this group there are no others: ask on behind it.
        through: u64,
    },
    /// Events so old are no longer kept.
    Gone,
}

/// A view that can't be read now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ListsError(pub String);

/// The views of the cells of this process. Calls may read from a disk; they are made where
/// waiting is allowed. A cell is named; every cell of the process has its views.
pub trait Lists: Send + Sync {
    /// The position that a cell's views have taken in.
    fn position(&self, cell: &str) -> u64;

    /// A wallet's movements behind `after`, newest first.
    ///
    /// # Errors
    /// When the view can't be read.
    fn statement(
        &self,
        cell: &str,
        wallet: Ref<Wallet>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<StatementLine>, ListsError>;

    /// A merchant's payments behind `after`, newest first.
    ///
    /// # Errors
    /// When the view can't be read.
    fn payments_of(
        &self,
        cell: &str,
        merchant: Ref<Merchant>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<PaymentLine>, ListsError>;

    /// Totals of a cell's sales, for one day of the cell (`yyyymmdd`) or for all days.
    ///
    /// # Errors
    /// When the view can't be read.
    fn totals(
        &self,
        cell: &str,
        by: TotalsBy,
        day: Option<u32>,
    ) -> Result<Page<TotalLine>, ListsError>;

    /// A cell's views themselves: figures and searches are asked of them.
    fn views(&self, cell: &str) -> Option<Views>;

    /// Whether a model drew the past that these lists are of.
    fn simulated(&self) -> Option<Simulated> {
        None
    }

    /// Where the events behind a group stand that concern a party, or all of them; some at a time.
    ///
    /// # Errors
    /// When the view can't be read.
    fn event_places(
        &self,
        cell: &str,
        party: Option<u32>,
        after: u64,
    ) -> Result<EventPlaces, ListsError>;
}
