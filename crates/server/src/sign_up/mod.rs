//! A shop signs up: what was typed is read, the bank account goes to the vault, the shop is opened
//! by the commands that anybody may send, and its first sign-in code is made.
//!
//! **Invariants.** What is personal reaches the vault before any command, and no journal. A form
//! sent twice opens one shop: each step has a key that is derived from the form's ticket, so a
//! retry after a crash goes on where the first one stopped. The code is derived from the ticket,
//! too: whoever sent the form can see it for ten minutes, and nobody else. That another shop has
//! the same bank account is said without saying which.
//!
//! **Absent.** No rule of payments, no markup.

pub mod accounts;
pub mod fields;
pub mod open;
pub mod page;

pub use fields::{Checked, Fields, Wrong};
pub use open::{Opened, Ticket};
