//! Batches of an operator's transfers: posts, holds, captures, voids, linked lists, repeats.

use economy::Command;
use ledger::{Flags, Transfer};

use crate::world::World;

impl World {
    /// One batch.
    pub fn transfers(&mut self, cell: usize) {
        let count = self.rng.workload.log(1, 40);
        let transfers: Vec<Transfer> = (0..count).map(|_| self.transfer(cell)).collect();
        self.clients.transfers[cell].extend(&transfers);
        let operator = self.markets[cell].operator;
        self.ask(cell, operator, Command::Transfers(transfers.into_boxed_slice()));
    }

    /// All that a shop has, or the most it may have, where operators move shops' money.
    pub fn pay_out(&mut self, cell: usize) {
        let shop = self.rng.workload.pick(&self.markets[cell].merchants).map(|(_, shop)| *shop);
        let Some(shop) = shop.filter(|_| self.plan.payouts) else { return };
        let process = self.cells[cell].live.as_ref();
        let known = process.and_then(|process| process.core.state().book.account(shop.number));
        let amount = known.map_or(0, |account| account.available() as u64);
        let credit = self.markets[cell].plain[0].number;
        let id = self.id::<kernel::id::Transfer>(cell).0;
        let (debit, flags) = (shop.number, Flags::default());
        let all = Transfer { id, debit, credit, amount, timeout_s: 0, code: 2, flags };
        self.clients.transfers[cell].push(all);
        let operator = self.markets[cell].operator;
        self.ask(cell, operator, Command::Transfers([all].into()));
    }

    fn transfer(&mut self, cell: usize) -> Transfer {
        let known = self.rng.workload.pick_late(&self.clients.transfers[cell]).copied();
        if let Some(known) = known.filter(|_| self.rng.workload.chance(30)) {
            return known;
        }
        let id = self.id::<kernel::id::Transfer>(cell).0;
        let market = &self.markets[cell];
        let mut accounts: Vec<u32> = market.plain.iter().map(|account| account.number).collect();
        if self.plan.payouts {
            accounts.extend(market.merchants.iter().map(|(_, merchant)| merchant.number));
        }
        let rng = &mut self.rng.workload;
        let mut account = || accounts[rng.below(accounts.len() as u64) as usize];
        let (mut debit, mut credit) = (account(), account());
        let amount = match rng.below(20) {
            0 => 0,
            1 => u64::MAX / 2,
            _ if self.plan.payouts => rng.log(1, 100_000),
            _ => rng.log(1, 10_000),
        };
        let linked = if rng.chance(150) { Flags::LINKED } else { 0 };
        let own: Vec<_> = self.clients.holds.iter().filter(|hold| hold.0 == cell).collect();
        let hold = rng.pick_late(&own).copied().copied();
        let mut timeout_s = 0;
        let flags = match (rng.below(8), hold) {
            (0 | 1, _) => {
                timeout_s = rng.log(1, 3_600) as u32;
                Flags::PENDING
            }
            (2..=4, Some((_, number, tag))) => {
                (debit, credit) = (number, tag);
                [Flags::CAPTURE, Flags::CAPTURE | Flags::KEEP, Flags::VOID][rng.below(3) as usize]
            }
            _ => 0,
        };
        Transfer { id, debit, credit, amount, timeout_s, code: 1, flags: Flags(flags | linked) }
    }
}
