//! Statements of the operator's banks: read in whatever form a bank gives them, and taken in page
//! by page. What a line is matched with is decided by the cell; here only what it says is read.

mod claim;
mod import;
mod lines;

pub use claim::{end_to_end, message_id};
pub use import::{Imported, import, take_in};
pub use lines::{Format, Read, read};
