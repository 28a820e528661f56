//! What is derived from a cell's journal for lists and pages: payments with their steps and ledger
//! lines, statements of wallets, totals by day, the directory of the market, the corridor, and the
//! newest events. It is a SQLite file, `views.db`, written by one thread that follows the durable
//! groups and remembers how far it came in the same transaction.
//!
//! ```text
//! cell::Feed ─▶ Follower (one thread, low priority) ─▶ views.db ─▶ Views (readers) ─▶ pages
//! ```
//!
//! **Invariants**
//! - The file is a function of the journal: deleted, damaged, of another version or beside another
//!   journal, it is built anew and holds the same rows.
//! - Rows and cursor change together; a list is never newer than the durable journal.
//! - Nothing here reaches the cell: an error of the disk or of SQLite is logged, waited out or
//!   cured by building anew, and shows as lag.
//! - With nothing to follow, nothing runs.
//!
//! **Absent**: rules (no decision reads a view), names of people, HTTP, what is not durable.

mod abroad;
mod error;
mod figures;
mod file;
mod follow;
mod holds;
mod memory;
mod month;
mod project;
mod query;
mod schema;
mod views;
mod writer;

pub use error::ViewsError;
pub use follow::Follower;
pub use month::{Month, NotAMonth};
pub use query::bank::{BankLineRow, KeptSafe, PayoutMade, PayoutPart};
pub use query::corridor::{InFlight, LinkRow};
pub use query::directory::{MerchantRow, PartyRow, StoreRow, TillRow, WalletRow};
pub use query::doings::{DoingRow, DoingsOf};
pub use query::events::{EventRow, Events, Listener};
pub use query::figures::{Figures, Sum, WalletOf};
pub use query::insight::{Abroad, AbroadSum, Sold, TRIP_GAP_DAYS, TripSum, Trips};
pub use query::payment::{Line, Owner, PaymentDetail, Side, Step};
pub use query::payments::{Of, PaymentFilter, PaymentRow, Price, Rate, SideOf, Times};
pub use query::payout::{BankFileRow, PayoutRow, SoldSinceFile};
pub use query::referrals::{BroughtDay, BroughtSum};
pub use query::search::{Found, Search};
pub use query::settlement::{NostroEntry, NostroHour};
pub use query::shares::ShareRow;
pub use query::statement::{StatementKind, StatementLine};
pub use query::totals::{By, Total};
pub use views::{At, Views};
