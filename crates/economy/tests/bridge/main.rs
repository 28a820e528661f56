//! Payments between two cells, command by command and message by message.

#[path = "../support/mod.rs"]
mod support;

mod scene;
