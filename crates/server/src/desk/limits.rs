//! What a wallet may still pay, for its page.

use economy::{Answer, Query};

use super::Desk;
use super::faces::{amount, micros};
use super::window::WalletWindow;
use crate::cells::now;
use crate::web::view::LimitRow;

impl Desk {
    /// What is left of a wallet's limits; nothing while its cell does not answer.
    pub(super) async fn limits_of(&self, window: &WalletWindow) -> Vec<LimitRow> {
        let asked = Query::WalletLimits(window.actor, window.wallet, now());
        let Ok(settled) = self.site(window.side).ask(asked).await else { return Vec::new() };
        let Answer::WalletLimits(known) = settled.value else { return Vec::new() };
        let row = |known: pay::LimitLeft| LimitRow {
            reach: known.rule.reach.word(),
            window: known.rule.window.word(),
            most: amount(known.rule.most, known.rule.currency),
            left: amount(known.left, known.rule.currency),
            resets: known.resets.map(micros),
            source: known.rule.source,
            section: known.rule.section,
        };
        known.limits.into_iter().map(row).collect()
    }
}
