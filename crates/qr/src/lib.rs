//! Pictures of QR codes: [`svg`], [`png`] and [`terminal`] draw a text, [`decode`] finds the
//! texts in a photograph or a screenshot.
//!
//! What a text *means* is not looked at here; the crate `pay` reads payment codes. This crate
//! stands at the edge: it is called by the server and the command line, never by a domain crate.
//!
//! **Invariants**: What is drawn can be scanned: a quiet zone of four modules on each side, dark
//! on white, whatever the page around it looks like. Error correction is level M, or L for a text
//! that is too long for M. Text beyond ASCII is written as UTF-8 bytes, which every wallet reads;
//! never in Kanji mode, whose readers would take them for Shift_JIS. `decode` judges an image's
//! bytes and pixels before it spends memory on them, and its work does not grow past a bound,
//! whatever the picture.
//!
//! **Absent**: No camera, no video, no other barcodes, no files: bytes in, bytes out.

mod draw;
mod error;
mod finders;
mod ink;
mod matrix;
mod readers;
mod scan;

pub use draw::{MAX_SCALE, png, svg, terminal};
pub use error::Error;
pub use scan::{MAX_BYTES, MAX_PIXELS, decode};
