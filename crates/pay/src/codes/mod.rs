//! Codes that a customer shows to a till: our own 20 digits, EMVCo's and JPQR's containers, and
//! whose a code is.
//!
//! ```text
//!   471   04815162   7    3042117   5
//!   cell  handle     slot MAC       check digit
//! ```
//!
//! - [`PayCode`] is one code of ours, [`slot`] and [`Moment`] the time it stands for. A phone makes
//!   codes without a network; a code is good for some two minutes around its step, and once.
//! - [`Cpm`] is EMVCo's customer-presented container, JPQR's too: BER-TLV in Base64.
//! - [`route`] says by the dated registry ([`Issuer`]) which cell or connector a text belongs to.
//!
//! **Invariants.** Two issuers of one registry never match one text. A digit that was typed wrong
//! is found by the check digit. No text makes these functions panic.
//!
//! **Absent.** Keys: whoever has the phone's key says whether a MAC holds; here is what it is over
//! ([`mac_input`]) and how it becomes digits ([`truncate`]).

mod base64;
mod cpm;
mod digits;
mod issuers;
mod terms;

pub use cpm::{Cpm, CpmFormat, CpmProblem, DataObject, Template, TemplateKind, Track2, Value};
pub use digits::{
    CodeProblem, DIGITS, HANDLES, MACS, Moment, OneTimeCode, PayCode, STEP_S, WINDOW, check_digit,
    mac_input, moment, slot, step_of, truncate,
};
pub use issuers::{
    Issuer, IssuerRoute, RegistryProblem, RouteProblem, Routed, check_registry, plain, route,
};
pub use terms::CodeTerms;
