//! Terms of settlement for both ends of a link.

use kernel::{Actor, Timestamp};
use pay::command::SetSettlementTerms;
use pay::terms::{Closing, SettlementTerms, Supply};

use super::{CN, JP, LINK, World};

pub const SUPPLY: Supply = Supply {
    target_days: 3,
    floor: 500_000,
    approval_above: Some(1_000_000),
    bank_minute: 900,
    bank_offset_min: 480,
    transfer_days: 1,
};

/// The yen cell closes its days at midnight, the yuan cell keeps it filled.
pub fn settled(w: &mut World, operator: Actor) {
    let (from, source, link) = (Timestamp::default(), "a contract".to_owned(), LINK);
    let closing = Some(Closing { minute: 0, utc_offset_min: 540 });
    let terms = SettlementTerms { link, closing, supply: None, source: source.clone() };
    w.done(JP, operator, SetSettlementTerms { from, terms });
    let terms = SettlementTerms { link, closing: None, supply: Some(SUPPLY), source };
    w.done(CN, operator, SetSettlementTerms { from, terms });
}
