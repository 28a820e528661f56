//! The words every other crate is written in: money and currencies, exact rates and the one
//! rounding function, time that comes in from outside, typed ids, the structures that hold a
//! cell's state in memory, and what a module, a refusal and a fault are.
//!
//! **Invariants**
//! - An amount is an integer of minor units with its currency; it is rounded in [`ratio`] and
//!   nowhere else, in a named direction.
//! - An id of one kind can't be used where another kind is wanted.
//! - No structure here pauses: growth costs one chunk or one part, a snapshot a bounded step.
//!
//! **Absent**: a clock, randomness, floating point, I/O, any rule of payments.

mod currency;
pub mod fixed;
pub mod id;
pub mod index;
pub mod log;
mod module;
mod money;
pub mod plant;
pub mod snapshot;
mod stored;
pub mod table;
mod time;

pub use currency::{Currency, UnknownCurrency};
pub use id::{Id, Ref};
pub use module::{Actor, CodeCheck, Context, Fault, Module, Refuse, Role};
pub use money::{CrossRate, Decimal, Money, MoneyError, Rounding, basis_points, ratio, share};
pub use time::{Span, Timestamp};
