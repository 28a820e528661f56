//! The naive reference: what every wallet, shop and nostro must hold, reckoned from nothing but
//! what was asked and answered.

use std::collections::{BTreeMap, BTreeSet};

use economy::{Command, Reply, TransferOutcome};
use kernel::Ref;
use kernel::id::Wallet;
use ledger::{AccountKind, Flags, Transfer};
use pay::event::{Found, Why};
use pay::{Command as Pay, PaymentView, Reply as PayReply};

use crate::Broken;
use crate::client::Kind;
use crate::forgetting::leaving;
use crate::laws::floor_share;
use crate::payouts::taken;
use crate::world::World;

/// What a payer said yes to, in the wallet's minor units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Price {
    pub payment: u128,
    pub cell: usize,
    pub wallet: Ref<Wallet>,
    pub amount: u64,
    pub parts: [u64; 3],
}

#[derive(Clone, Copy, Debug, Default)]
struct Sold {
    captured: u64,
    refunded: u64,
}

/// Balances by cell and account.
#[derive(Debug, Default)]
pub(crate) struct Model {
    balances: BTreeMap<(usize, u32), i128>,
    quotes: BTreeMap<u128, Price>,
    paid: BTreeMap<(usize, u128), Price>,
    sold: BTreeMap<u128, Sold>,
    held: BTreeMap<(usize, u32, u32), Transfer>,
    made: BTreeMap<(usize, u128), ()>,
    tried_again: u64,
    files: BTreeMap<u128, Vec<(u32, u64)>>,
    /// What each transfer of a file sends, and to whom; and those that came back.
    sends: BTreeMap<u128, Vec<(u32, u64)>>,
    came_back: BTreeSet<(usize, u128, u32)>,
    stranded: [u64; 2],
    /// The payments for which some till was shown a code.
    pub charged: BTreeSet<u128>,
}

impl World {
    /// Compares what both cells hold with what was promised. Nothing may be under way.
    pub fn compare(&mut self) -> Result<(), Broken> {
        if !self.remembers_all() {
            // The audit has gone through the facts.
            return Ok(());
        }
        let done = self.done_in_order()?;
        let mut model = Model { charged: self.charged(&done), ..Model::default() };
        for (cell, op, reply) in &done {
            let Some(command) = self.clients.ops[*op].command() else { continue };
            self.reckon(&mut model, *cell, command, reply)?;
        }
        self.reckon_charges(&mut model);
        self.codes_are_used_once()?;
        self.payments(&mut model)?;
        for cell in 0..2 {
            for (store, [amount, fee, back]) in self.sold_outside(cell) {
                let market = &self.markets[cell];
                let shop = market.stores.iter().find(|(_, known)| known.number == store);
                let shop = shop.ok_or_else(|| Broken(format!("no store {store}")))?.0;
                let account = market.merchants[shop].1.number;
                model.give(cell, account, amount - fee);
                model.take(cell, account, back - floor_share(fee, back, amount));
            }
        }
        for cell in 0..2 {
            self.compare_cell(&model, cell)?;
        }
        Ok(())
    }

    /// Every operation that has a record, told or not, with its reply, in order of the records.
    fn done_in_order(&self) -> Result<Vec<(usize, usize, Reply)>, Broken> {
        let mut done = Vec::new();
        for (op, one) in self.clients.ops.iter().enumerate() {
            let (Some(key), Kind::Ordinary) = (one.key(), one.kind) else { continue };
            let places = self.promises.places(one.cell, key);
            done.extend(places.map(|place| (place, one.cell, op)));
        }
        done.sort_unstable();
        done.into_iter()
            .map(|((position, index), cell, op)| {
                Ok((cell, op, self.first_reply(cell, position, index)?))
            })
            .collect()
    }

    fn reckon(
        &self,
        model: &mut Model,
        cell: usize,
        command: &Command,
        reply: &Reply,
    ) -> Result<(), Broken> {
        match (command, reply) {
            (Command::Pay(Pay::TopUpWallet(c)), _) => model.give(cell, c.wallet.number, c.amount),
            (Command::Pay(Pay::PayHere(c)), _) => {
                let parts = [c.amount, 0, 0];
                let (payment, wallet, amount) = (c.payment.0, c.wallet, c.amount);
                model.pays(Price { payment, cell, wallet, amount, parts })?;
            }
            (Command::Pay(Pay::MakeQuote(c)), Reply::Pay(PayReply::Quote(view))) => {
                let price = &view.price;
                let parts = [price.principal, price.spread, price.fee];
                let (payment, wallet, amount) = (c.payment.0, c.wallet, c.amount);
                model.quotes.insert(c.id.0, Price { payment, cell, wallet, amount, parts });
            }
            (Command::Pay(Pay::ConfirmPayment(c)), Reply::Pay(PayReply::Payment(view))) => {
                match model.quotes.get(&c.quote.0).copied() {
                    Some(price) => model.tries(price),
                    // The payer's cell made the quote, for a code.
                    None if model.charged.contains(&view.payment.0) => {}
                    None => return Err(Broken("a confirmed quote is unknown".into())),
                }
            }
            (Command::Pay(Pay::CapturePayment(c)), _) => {
                model.sold.entry(c.payment.0).or_default().captured += c.amount;
            }
            (Command::Pay(Pay::RefundPayment(c)), _) => {
                model.sold.entry(c.payment.0).or_default().refunded += c.amount;
            }
            (Command::Transfers(list), Reply::Transfers { outcomes, .. }) => {
                return model.transfers(cell, list, outcomes);
            }
            (Command::Pay(Pay::SealBankFile(c)), _) => {
                let taken = c.entries.iter().map(|entry| (entry.merchant.number, taken(entry)));
                let taken: Vec<(u32, u64)> = taken.collect();
                taken.iter().for_each(|(account, sum)| model.take(cell, *account, *sum));
                model.files.insert(c.id.0, taken);
                let sends = c.entries.iter().map(|entry| (entry.merchant.number, entry.amount));
                model.sends.insert(c.id.0, sends.collect());
            }
            (Command::Pay(Pay::WithdrawBankFile(c)), _) => {
                let taken = model.files.remove(&c.file.0);
                let taken = taken.ok_or_else(|| Broken("no file was sealed".into()))?;
                taken.iter().for_each(|(account, sum)| model.give(cell, *account, *sum));
            }
            (Command::Pay(Pay::ImportStatement(page)), _) => {
                return self.reckon_statement(model, cell, page, reply);
            }
            _ => {}
        }
        Ok(())
    }

    /// What each payment took from its wallet, and what both sides say of it.
    fn payments(&mut self, model: &mut Model) -> Result<(), Broken> {
        if model.tried_again > 0 {
            self.rare.hit("a declined payment tried again");
        }
        for price in std::mem::take(&mut model.paid).into_values() {
            let seller = self.view(1 - price.cell, price.payment);
            let payer = self.view(price.cell, price.payment);
            // A payment inside one cell has one leg, which is the seller's and the payer's.
            let here = payer.as_ref().is_some_and(|view| view.merchant_fee.is_some());
            let sold = model.sold.get(&price.payment).copied().unwrap_or_default();
            let (seller, payer) = match (seller, payer) {
                (_, Some(payer)) if here => (payer.clone(), payer),
                (Some(seller), Some(payer)) => (seller, payer),
                // Declined without a leg in the seller's cell.
                (None, Some(payer)) if payer.captured == 0 => (payer.clone(), payer),
                (seller, payer) => {
                    return Err(Broken(format!("a leg is missing: {seller:?} {payer:?}")));
                }
            };
            self.rare.hit(match (payer.captured, here, payer.declined) {
                (0, _, Some(reason)) => reason.code(),
                (0, _, None) => "a payment given back whole",
                (_, true, _) => "a payment inside one cell",
                (_, false, _) => "a payment across",
            });
            if payer.captured == 0 {
                // Not taken, or another payer was first.
                continue;
            }
            // What is captured at once is told by no reply of the seller's.
            let captured = if sold.captured > 0 { sold.captured } else { price.amount };
            let told = [&payer, &seller].map(|view| [view.captured, view.refunded]);
            if told != [[captured, sold.refunded]; 2] {
                return Err(Broken(format!(
                    "{captured} captured, {} refunded, and yet: {seller:?} {payer:?}",
                    sold.refunded
                )));
            }
            self.settle_payment(model, &price, captured, sold.refunded, &payer)?;
            let (at, account) = self.seller_of(&seller)?;
            let fee = seller.merchant_fee.unwrap_or(0);
            let back = floor_share(fee, sold.refunded, captured);
            model.give(at, account, captured - fee);
            model.take(at, account, sold.refunded - back);
        }
        Ok(())
    }

    fn settle_payment(
        &mut self,
        model: &mut Model,
        price: &Price,
        captured: u64,
        refunded: u64,
        payer: &PaymentView,
    ) -> Result<(), Broken> {
        let mut returned = 0;
        for part in price.parts {
            let paid = floor_share(part, captured, price.amount);
            let back = floor_share(paid, refunded, captured);
            model.take(price.cell, price.wallet.number, paid - back);
            returned += back;
        }
        let told = payer.price.as_ref().map(|price| price.returned);
        if told != Some(returned) {
            return Err(Broken(format!("{returned} should be back in the wallet: {payer:?}")));
        }
        if refunded > 0 && refunded < captured {
            self.rare.hit("a payment partly refunded");
        }
        if captured < price.amount {
            self.rare.hit("a payment partly captured");
        }
        Ok(())
    }

    pub fn view(&self, cell: usize, payment: u128) -> Option<PaymentView> {
        let operator = self.markets[cell].operator;
        let state = self.cells[cell].live.as_ref()?.core.state();
        state.world().payment(operator, kernel::Id::new(payment)).ok()
    }

    /// The cell and account of who is paid.
    fn seller_of(&self, view: &PaymentView) -> Result<(usize, u32), Broken> {
        let cell = usize::from(view.store.cell) - 1;
        let market = &self.markets[cell];
        let place = market.stores.iter().find(|(_, store)| *store == view.store);
        let (merchant, _) = place.ok_or_else(|| Broken(format!("no such store: {view:?}")))?;
        Ok((cell, market.merchants[*merchant].1.number))
    }

    fn compare_cell(&mut self, model: &Model, cell: usize) -> Result<(), Broken> {
        let Some(process) = &self.cells[cell].live else { return Ok(()) };
        let state = process.core.state();
        // What comes back for one who left stands in suspense.
        let left: BTreeSet<u32> = leaving(state)
            .flat_map(|party| state.pay.wallets_of(party).map(|(_, wallet)| wallet.account))
            .collect();
        let reckoned = |number| model.balances.get(&(cell, number)).copied().unwrap_or(0);
        let stranded: i128 = left.iter().map(|number| reckoned(*number)).sum();
        self.rare.hit_if(stranded > 0, "a refund for one who left");
        for known in state.pay.market.banking.lines.values() {
            match known.found {
                Found::Returned(..) => self.rare.hit("a transfer came back"),
                Found::Stranded(..) => self.rare.hit("a transfer came back for who can't have it"),
                Found::Open(Why::ReturnedBefore) => self.rare.hit("a transfer came back twice"),
                Found::Open(Why::AmountDiffers) => self.rare.hit("a bank paid another sum"),
                _ => {}
            }
        }
        let own = state.pay.book(self.markets[cell].currency).map(|book| book.suspense);
        for (number, account) in state.book.accounts() {
            let reckoned = match account.kind {
                AccountKind::Wallet if left.contains(&number) => 0,
                AccountKind::Wallet | AccountKind::Merchant | AccountKind::Plain => {
                    reckoned(number)
                }
                AccountKind::Suspense if own == Some(number) => {
                    stranded + i128::from(model.stranded[cell]) + self.strays_of(cell)
                }
                AccountKind::Suspense => 0,
                _ => continue,
            };
            // What a merchant owes was paid for it from its credit line.
            let credit = state.pay.market.credit_lines.get(&account.entity);
            let credit = credit.filter(|_| account.kind == AccountKind::Merchant);
            let balance = |number| state.book.account(number).map_or(0, ledger::Account::balance);
            let owed = credit.map_or(0, |c| -balance(c.receivable) - balance(c.line));
            self.rare.hit_if(owed > 0, "a merchant owes at the end");
            if account.balance() - owed != reckoned {
                return Err(Broken(format!(
                    "account {number} of cell {cell} should hold {reckoned}: {account:?}"
                )));
            }
        }
        Ok(())
    }
}

impl Model {
    /// A transfer of a file came back: to whom it went. It may do so once, whole.
    pub fn comes_back(
        &mut self,
        cell: usize,
        (file, place): (u128, u32),
        sum: u64,
    ) -> Result<u32, Broken> {
        let sent = self.sends.get(&file).and_then(|sent| sent.get(place as usize));
        let (merchant, amount) =
            *sent.ok_or_else(|| Broken(format!("nothing was sent that came back: {file:x}")))?;
        if amount != sum || !self.came_back.insert((cell, file, place)) {
            return Err(Broken(format!(
                "{sum} came back of the {amount} of transfer {place} of {file:x}, perhaps again"
            )));
        }
        Ok(merchant)
    }

    /// Money came back for a shop that can't have it.
    pub fn strands(&mut self, cell: usize, sum: u64) {
        self.stranded[cell] += sum;
    }

    pub fn give(&mut self, cell: usize, account: u32, amount: u64) {
        *self.balances.entry((cell, account)).or_default() += i128::from(amount);
    }

    fn take(&mut self, cell: usize, account: u32, amount: u64) {
        *self.balances.entry((cell, account)).or_default() -= i128::from(amount);
    }

    fn pays(&mut self, price: Price) -> Result<(), Broken> {
        match self.paid.insert((price.cell, price.payment), price) {
            None => Ok(()),
            Some(_) => Err(Broken(format!("a payment was paid twice: {price:?}"))),
        }
    }

    /// A payment as its payer's cell has it.
    pub fn is_paid(&mut self, price: Price) {
        self.paid.insert((price.cell, price.payment), price);
    }

    /// Across cells a payment may be said yes to again. Only the newest attempt can have taken
    /// anything: were an earlier one captured, its wallet would hold less than is reckoned here.
    fn tries(&mut self, price: Price) {
        let before = self.paid.insert((price.cell, price.payment), price);
        self.tried_again += u64::from(before.is_some());
    }

    fn transfers(
        &mut self,
        cell: usize,
        list: &[Transfer],
        outcomes: &[(u32, TransferOutcome)],
    ) -> Result<(), Broken> {
        let told: BTreeMap<u32, TransferOutcome> = outcomes.iter().copied().collect();
        for (at, transfer) in list.iter().enumerate() {
            let held = match told.get(&(at as u32)) {
                Some(TransferOutcome::Refused(_)) => continue,
                Some(TransferOutcome::Held { number, tag }) => Some((cell, *number, *tag)),
                None => None,
            };
            if self.made.insert((cell, transfer.id), ()).is_some() {
                return Err(Broken(format!("a transfer was made twice: {transfer:?}")));
            }
            match held {
                Some(key) => drop(self.held.insert(key, *transfer)),
                None => self.moved(cell, transfer)?,
            }
        }
        Ok(())
    }

    fn moved(&mut self, cell: usize, transfer: &Transfer) -> Result<(), Broken> {
        let Transfer { debit, credit, amount, flags, .. } = *transfer;
        if flags.has(Flags::VOID) {
            return Ok(());
        }
        let (from, to) = if flags.has(Flags::CAPTURE) {
            let held = self.held.get(&(cell, debit, credit));
            let held =
                held.ok_or_else(|| Broken(format!("captured from no hold: {transfer:?}")))?;
            (held.debit, held.credit)
        } else {
            (debit, credit)
        };
        self.take(cell, from, amount);
        self.give(cell, to, amount);
        Ok(())
    }
}
