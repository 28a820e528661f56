//! What two cells owe each other: by day and currency, each direction, what is left when they are set
//! off, and what was paid in for it.

use std::collections::BTreeMap;

use corridor::Sums;
use kernel::{Currency, Timestamp};
use pay::state::remittance;
use pay::{HalfView, SettlementView};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::values::{Day as Date, Text};

/// What both sides owe each other for one date.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Netted {
    /// Of which date.
    #[schema(value_type = String, example = "2026-11-02")]
    pub date: Text<Date>,
    /// ISO 4217.
    #[schema(value_type = String, example = "JPY")]
    pub currency: Text<Currency>,
    /// All that was captured and refunded in both directions, in minor units.
    pub gross: u64,
    /// Who owes what is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owed_by: Option<String>,
    /// What is left.
    pub net: u64,
    /// What need not be sent.
    pub saved: u64,
    /// What each side owes the other before that, and what it paid in.
    pub owes: Vec<Owes>,
}

/// What one side owes the other, in minor units.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Owes {
    /// Who owes: the cell whose money is in the nostro.
    #[schema(example = "cn")]
    pub cell: String,
    /// What was taken of it less what was given back; below zero if more came back.
    pub amount: i64,
    /// What it paid in meanwhile.
    pub paid_in: u64,
    /// The references of the transfers that brought that, as far as this cell asked for them.
    pub transfers: Vec<String>,
    /// What is left of what it paid in, before anything else is sent.
    pub left: u64,
}

/// What both sides owe each other, in one currency, for one date or since the last closing.
pub(crate) struct Net {
    /// The date; none for what is not closed yet.
    pub date: Option<u32>,
    pub currency: Currency,
    /// All that was captured and refunded in both directions.
    pub gross: u64,
    /// What this cell owes when both directions are set off; below zero, what it is owed.
    pub owed: i128,
    /// The directions.
    pub owes: Vec<Owes>,
}

impl Net {
    const fn new(date: Option<u32>, currency: Currency) -> Self {
        Self { date, currency, gross: 0, owed: 0, owes: Vec::new() }
    }

    /// What is left to be owed, and by whom.
    pub fn left(&self, own: &str, other: &str) -> (u64, Option<String>) {
        let net = u64::try_from(self.owed.unsigned_abs()).unwrap_or(u64::MAX);
        let debtor = if self.owed > 0 { own } else { other };
        (net, (self.owed != 0).then(|| debtor.to_owned()))
    }

    /// Adds what moved a nostro, after which so much is left in it.
    fn add(
        &mut self,
        half: &HalfView,
        debtor: &str,
        sums: &Sums,
        left: u64,
        transfers: Vec<String>,
    ) {
        let net = i128::from(sums.captured) - i128::from(sums.refunded);
        self.gross = self.gross.saturating_add(sums.captured).saturating_add(sums.refunded);
        // Whose money is in the nostro owes what was taken of it.
        self.owed += if half.keeper { -net } else { net };
        let amount = i64::try_from(net).unwrap_or(i64::MAX);
        match self.owes.iter_mut().find(|known| known.cell == debtor) {
            // Another part of the date, before the one that is known: that has what is left.
            Some(known) => {
                known.amount = known.amount.saturating_add(amount);
                known.paid_in = known.paid_in.saturating_add(sums.topped_up);
                known.transfers.extend(transfers);
            }
            None => {
                let (cell, paid_in) = (debtor.to_owned(), sums.topped_up);
                self.owes.push(Owes { cell, amount, paid_in, transfers, left });
            }
        }
    }
}

/// The references of our transfers that came into a nostro between two moments.
fn transfers(view: &SettlementView, half: &HalfView, (after, through): Between) -> Vec<String> {
    let within = |at: Timestamp| after.is_none_or(|after| after < at) && at <= through;
    let own = view.top_ups.iter().filter(|_| !half.keeper);
    let came = own.filter(|known| known.arrived.is_some_and(within));
    came.map(|known| remittance(known.number())).collect()
}

/// After one moment, or from the beginning, through another.
type Between = (Option<Timestamp>, Timestamp);

/// What both sides owe each other: first since the last closing, then by date, the newest first.
pub(crate) fn nets(own: &str, view: &SettlementView) -> Vec<Net> {
    let mut open: BTreeMap<Currency, Net> = BTreeMap::new();
    let mut closed: BTreeMap<(u32, Currency), Net> = BTreeMap::new();
    for half in &view.halves {
        let debtor = if half.keeper { view.name.as_str() } else { own };
        let came = |between| transfers(view, half, between);
        let last = half.days.first().map(|known| known.day.closed);
        let running = &half.running;
        let new = || Net::new(None, half.currency);
        let since = came((last, Timestamp(u64::MAX)));
        open.entry(half.currency).or_insert_with(new).add(
            half,
            debtor,
            running,
            half.balance,
            since,
        );
        for (at, known) in half.days.iter().enumerate() {
            let (day, before) = (&known.day, half.days.get(at + 1).map(|known| known.day.closed));
            // Of the oldest one that is shown it is not known when the one before was closed.
            let known = before.is_some() || day.number == 1;
            let came = if known { came((before, day.closed)) } else { Vec::new() };
            let new = || Net::new(Some(day.date), half.currency);
            let net = closed.entry((day.date, half.currency)).or_insert_with(new);
            net.add(half, debtor, &day.sums, day.closing, came);
        }
    }
    open.into_values().chain(closed.into_values().rev()).collect()
}

/// What is left of each date when both directions are set off, the newest first.
pub(crate) fn netted(own: &str, view: &SettlementView) -> Vec<Netted> {
    let row = |net: Net| {
        let (left, owed_by) = net.left(own, &view.name);
        Some(Netted {
            date: Text(Date(net.date?)),
            currency: Text(net.currency),
            gross: net.gross,
            owed_by,
            net: left,
            saved: net.gross.saturating_sub(left),
            owes: net.owes,
        })
    };
    nets(own, view).into_iter().filter_map(row).collect()
}
