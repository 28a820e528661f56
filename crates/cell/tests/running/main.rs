//! A cell with its threads, as the product runs it.

mod clock;
mod support;
