//! pay

pub mod emvco;
