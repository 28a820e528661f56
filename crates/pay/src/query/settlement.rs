//! How the cell's links are settled.

use corridor::Sums;
use kernel::{Currency, Timestamp};

use crate::World;
use crate::state::{Announced, SettledDay, TopUp};
use crate::terms::SettlementTerms;

/// One nostro of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HalfView {
    /// Whether we keep it; else it is what we hold with the other side.
    pub keeper: bool,
    /// In what.
    pub currency: Currency,
    /// What it holds, in minor units.
    pub balance: u64,
    /// What of it is not held for a payment under way.
    pub free: u64,
    /// What moved it since its last closing.
    pub running: Sums,
    /// When its day is closed, where this cell does that.
    pub next_close: Option<Timestamp>,
    /// How many days are closed.
    pub count: u32,
    /// Closed days, the newest first.
    pub days: Vec<SettledDay>,
}

/// How a link is settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementView {
    /// Which link.
    pub link: u8,
    /// Whether it leads to a partner: its days are files that both sides keep.
    pub of_partner: bool,
    /// The other cell's number.
    pub peer: u16,
    /// Its name.
    pub name: String,
    /// What holds for it now.
    pub terms: Option<SettlementTerms>,
    /// Its nostros: the one that we keep first.
    pub halves: Vec<HalfView>,
    /// Top-ups of what we hold there, the newest first.
    pub top_ups: Vec<TopUp>,
    /// What the other side has sent and no line of our bank has said yet.
    pub announced: Vec<Announced>,
}

impl World<'_> {
    /// How each link is settled, with its newest days below a number, at most so many of a nostro.
    pub fn settlement(&self, now: Timestamp, before: u32, most: usize) -> Vec<SettlementView> {
        let links = (0_u8..).zip(&self.corridor.links);
        let settlement = self.pay.settlement();
        let view = |(link, known): (u8, &corridor::Link)| {
            let half = |keeper: bool, account: Option<u32>| -> Option<HalfView> {
                let account = self.book.account(account?)?;
                let half = settlement.half(link, keeper);
                let days = half.map(|half| half.days.as_slice()).unwrap_or_default();
                let below = days.len().min((before as usize).saturating_sub(1));
                Some(HalfView {
                    keeper,
                    currency: account.currency,
                    balance: minor(account.balance()),
                    free: minor(account.available()),
                    running: half.map(|half| half.running).unwrap_or_default(),
                    next_close: half.and_then(|half| half.next_close),
                    count: days.len() as u32,
                    days: days[..below].iter().rev().take(most).cloned().collect(),
                })
            };
            let halves = [half(true, known.nostro), half(false, known.mirror)];
            let top_ups = settlement.top_ups.iter().rev().filter(|it| it.link == link);
            SettlementView {
                link,
                of_partner: self.pay.partner(link).is_some(),
                peer: known.peer,
                name: known.name.clone(),
                terms: settlement.terms(link, now).cloned(),
                halves: halves.into_iter().flatten().collect(),
                top_ups: top_ups.cloned().collect(),
                announced: settlement
                    .announced
                    .values()
                    .filter(|it| it.link == link)
                    .cloned()
                    .collect(),
            }
        };
        links.map(view).collect()
    }
}

fn minor(balance: i128) -> u64 {
    u64::try_from(balance).unwrap_or(0)
}
