//! Who acts for a party, and how they sign in.

pub mod access_rules;
pub mod members;
pub mod trail;
