//! Figures over time.

pub mod simulated;

pub use simulated::Simulated;
