//! What clients do: one action a step, drawn from what they know.

use corridor::CaptureMode;
use economy::{Command, Query, SetWindow};
use kernel::id::Payment;
use kernel::{Actor, Id, Role, Span};
use pay::command as c;
use pay::{PauseReason, Purpose};

use crate::client::{Action, Purchase};
use crate::market::{CURRENCIES, LINK};
use crate::world::World;

/// How often bank accounts are set in a cell, so that reviews still meet the number.
const MOST_ACCOUNTS: u32 = 2;

impl World {
    /// One thing that one client does.
    pub fn act(&mut self) {
        let all: u64 = self.plan.actions.iter().map(|(_, weight)| weight).sum();
        let mut at = self.rng.workload.below(all);
        let drawn = self.plan.actions.iter().find(|(_, weight)| {
            let here = at < *weight;
            at = at.saturating_sub(*weight);
            here
        });
        let Some(action) = drawn.map(|(action, _)| *action) else { return };
        self.mix(action as u64);
        let cell = self.rng.workload.below(2) as usize;
        match action {
            Action::Request => self.request(cell),
            Action::QuoteStatic => self.quote_static(cell),
            Action::QuoteDynamic => self.quote_dynamic(),
            Action::Confirm => self.confirm(),
            Action::PayHere => self.pay_here(cell),
            Action::CancelByPayer => self.cancel_by_payer(),
            Action::CancelByTill => {
                self.of_till(None, |purchase, _| {
                    Some(c::CancelPayment { payment: purchase.id }.into())
                });
            }
            Action::Capture => self.capture(),
            Action::Release => self.of_till(Some(true), |purchase, _| {
                purchase.later.then(|| c::ReleasePayment { payment: purchase.id }.into())
            }),
            Action::Refund => self.refund(),
            Action::TopUp => self.top_up(cell),
            Action::TopUpNostro => self.top_up_nostro(cell),
            Action::CloseDay => self.close_day(cell),
            Action::PublishRates => self.publish_rates(cell),
            Action::ProposeTerms => self.propose_terms(cell),
            Action::DecideTerms => self.decide_terms(),
            Action::PauseStore => self.pause_store(cell),
            Action::SetWindow => self.set_window(cell),
            Action::SetCreditLine => self.set_credit_line(cell),
            Action::ReviewMerchant => self.review_merchant(cell),
            Action::SetPayoutAccount => self.set_payout_account(cell),
            Action::Transfers => self.transfers(cell),
            Action::PayOut => self.pay_out(cell),
            Action::SealBankFile => self.seal_bank_file(cell),
            Action::EndBankFile => self.end_bank_file(cell),
            Action::BankSays => self.bank_says(cell),
            Action::AskWallet => self.ask_wallet(cell),
            Action::AskPayment => self.ask_payment(),
            Action::ReuseKey => self.late_op(Self::reuse_key),
            Action::SendAgain => self.late_op(|world, op| {
                if world.clients.ops[op].place().is_some() {
                    world.again(op);
                }
            }),
            Action::Stranger => self.stranger(),
            Action::Leave => self.leave(cell),
            Action::AskOutside => self.ask_outside(cell),
            Action::EnrolPhone => self.enrol_phone(cell),
            Action::Charge => self.charge(cell),
            Action::AnswerCharge => self.answer_charge(cell),
        }
    }

    /// Money to begin with.
    pub fn first_money(&mut self) {
        for cell in 0..2 {
            for _ in 0..self.markets[cell].wallets.len() {
                self.top_up(cell);
            }
        }
    }

    /// An id as the edge of a cell makes it; now and then one that is too old.
    pub fn id<K>(&mut self, cell: usize) -> Id<K> {
        let old = if self.rng.workload.chance(10) { Span::hours(49) } else { Span::default() };
        Id::from_parts(self.edge_time(cell).minus(old), self.rng.workload.bits())
    }

    fn amount(&mut self) -> u64 {
        let rng = &mut self.rng.workload;
        match rng.below(40) {
            0 => 0,
            1 => 1 << 53,
            2 => u64::MAX,
            3..=5 => 1,
            6..=12 => rng.log(1, 100),
            _ => rng.log(100, 200_000),
        }
    }

    fn mode(&mut self) -> (bool, CaptureMode) {
        let later = self.rng.workload.chance(350);
        (later, if later { CaptureMode::Later } else { CaptureMode::Now })
    }

    pub fn new_purchase(&mut self, seller: usize, edge: usize, requested: bool) -> Purchase {
        let stores = self.markets[seller].stores.len() as u64;
        let store = self.rng.workload.below(stores) as usize;
        let (later, _) = self.mode();
        let purchase = Purchase {
            id: self.id(edge),
            seller,
            store,
            amount: self.amount(),
            later,
            requested,
            deadline: None,
            payer: None,
        };
        self.clients.purchases.push(purchase.clone());
        purchase
    }

    fn request(&mut self, cell: usize) {
        let purchase = self.new_purchase(cell, cell, true);
        let command = self.request_of(&purchase);
        let actor = self.merchant_of(cell, purchase.store);
        self.ask(cell, actor, pay::Command::from(command));
    }

    /// How a till asks for a payment.
    pub fn request_of(&mut self, purchase: &Purchase) -> c::RequestPayment {
        c::RequestPayment {
            id: purchase.id,
            store: self.store(purchase.seller, purchase.store),
            amount: purchase.amount,
            valid_for: Span(self.rng.workload.log(1_000_000, 86_400_000_000)),
            capture: mode_of(purchase),
            purpose: Purpose::Sale,
        }
    }

    fn quote_static(&mut self, cell: usize) {
        let purchase = self.new_purchase(1 - cell, cell, false);
        self.quote(cell, &purchase);
    }

    fn quote_dynamic(&mut self) {
        let known: Vec<usize> = open_requests(&self.clients.purchases);
        let Some(at) = self.rng.workload.pick_late(&known).copied() else { return };
        let mut purchase = self.clients.purchases[at].clone();
        if self.rng.workload.chance(40) {
            purchase.amount = purchase.amount.saturating_add(1);
        }
        if self.rng.workload.chance(40) {
            let stores = self.markets[purchase.seller].stores.len() as u64;
            purchase.store = self.rng.workload.below(stores) as usize;
        }
        if self.rng.workload.chance(20) {
            purchase.later = !purchase.later;
        }
        self.quote(1 - purchase.seller, &purchase);
    }

    fn quote(&mut self, cell: usize, purchase: &Purchase) {
        let (actor, wallet) = self.wallet(cell);
        let command = c::MakeQuote {
            id: self.id(cell),
            wallet,
            payment: purchase.id,
            store: self.store(purchase.seller, purchase.store),
            amount: purchase.amount,
            currency: CURRENCIES[purchase.seller],
            deadline: purchase.deadline,
            capture: mode_of(purchase),
            place: None,
        };
        let known = self.clients.purchases.iter_mut().rev().find(|known| known.id == purchase.id);
        if let Some(known) = known {
            known.payer = Some((cell, actor));
        }
        self.ask(cell, actor, pay::Command::from(command));
    }

    fn confirm(&mut self) {
        // Mostly the newest quote that nobody has said yes to; now and then any.
        let unused = if self.rng.workload.chance(850) { self.clients.unused.pop() } else { None };
        let any = self.rng.workload.pick_late(&self.clients.quotes).copied();
        let Some(held) = unused.or(any) else { return };
        let again = self.rng.workload.chance(600);
        let command = c::ConfirmPayment { quote: held.id, again };
        self.ask(held.cell, held.actor, pay::Command::from(command));
    }

    fn pay_here(&mut self, cell: usize) {
        let of_cell = |at: &usize| self.clients.purchases[*at].seller == cell;
        let known = open_requests(&self.clients.purchases).into_iter().filter(of_cell);
        let known: Vec<usize> = known.collect();
        let requested = self.rng.workload.chance(500);
        let found = self.rng.workload.pick_late(&known).copied().filter(|_| requested);
        let purchase = match found {
            Some(at) => self.clients.purchases[at].clone(),
            None => self.new_purchase(cell, cell, false),
        };
        let (actor, wallet) = self.wallet(cell);
        let command = c::PayHere {
            payment: purchase.id,
            wallet,
            store: self.store(cell, purchase.store),
            amount: purchase.amount,
            requested: purchase.requested,
            again: self.rng.workload.chance(600),
            place: None,
        };
        self.ask(cell, actor, pay::Command::from(command));
    }

    fn cancel_by_payer(&mut self) {
        let Some(purchase) = self.rng.workload.pick_late(&self.clients.purchases).cloned() else {
            return;
        };
        let Some((cell, actor)) = purchase.payer else { return };
        let command = c::CancelPayment { payment: purchase.id };
        self.ask(cell, actor, pay::Command::from(command));
    }

    /// Something that a till does with one of its payments: mostly one that was said yes to, and
    /// that is captured later, if this matters.
    fn of_till(
        &mut self,
        later: Option<bool>,
        command: impl FnOnce(&Purchase, &mut Self) -> Option<pay::Command>,
    ) {
        let rng = &mut self.rng.workload;
        let later = later.unwrap_or_else(|| rng.chance(400));
        let paid = rng.pick_late(&self.clients.paid[usize::from(later)]).copied();
        let paid = paid.filter(|_| rng.chance(850)).and_then(|at| self.clients.purchases.get(at));
        let any = rng.pick_late(&self.clients.purchases);
        let Some(purchase) = paid.or(any).cloned() else { return };
        if let Some(command) = command(&purchase, self) {
            let actor = self.merchant_of(purchase.seller, purchase.store);
            self.ask(purchase.seller, actor, command);
        }
    }

    /// What a till asked of a payment before, to be asked once more under another key: by its name
    /// it is the same.
    fn asked_before(
        &mut self,
        payment: Id<Payment>,
        is_it: impl Fn(&pay::Command) -> bool,
    ) -> Option<pay::Command> {
        if !self.rng.workload.chance(120) {
            return None;
        }
        let commands = self.clients.ops.iter().rev().take(2_000).filter_map(|op| op.command());
        let mut of_pay = commands.filter_map(|command| match command {
            Command::Pay(command) if is_it(command) => Some(command),
            _ => None,
        });
        let found = of_pay.find(|command| match command {
            pay::Command::CapturePayment(c) => c.payment == payment,
            pay::Command::RefundPayment(c) => c.payment == payment,
            _ => false,
        });
        found.cloned()
    }

    fn capture(&mut self) {
        self.of_till(Some(true), |purchase, world| {
            let is_capture = |c: &_| matches!(c, pay::Command::CapturePayment(_));
            if let Some(before) = world.asked_before(purchase.id, is_capture) {
                return Some(before);
            }
            let rng = &mut world.rng.workload;
            let amount = match rng.below(4) {
                0 => purchase.amount,
                1 => purchase.amount.saturating_add(rng.within(0, 1)),
                _ => rng.log(1, purchase.amount.max(1)),
            };
            let last = rng.chance(300);
            let known = purchase.later;
            let id = world.id(purchase.seller);
            known.then(|| c::CapturePayment { id, payment: purchase.id, amount, last }.into())
        });
    }

    fn refund(&mut self) {
        self.of_till(None, |purchase, world| {
            let is_refund = |c: &_| matches!(c, pay::Command::RefundPayment(_));
            if let Some(before) = world.asked_before(purchase.id, is_refund) {
                return Some(before);
            }
            let rng = &mut world.rng.workload;
            let amount = match rng.below(6) {
                0 => purchase.amount,
                1 => purchase.amount.saturating_add(1),
                2 => 1,
                _ => rng.log(1, purchase.amount.max(1)),
            };
            let id = world.id(purchase.seller);
            Some(c::RefundPayment { id, payment: purchase.id, amount }.into())
        });
    }

    fn reference(&mut self) -> String {
        let again = self.rng.workload.chance(50);
        if !again {
            self.clients.references += 1;
        }
        format!("bank {}", self.clients.references)
    }

    fn top_up(&mut self, cell: usize) {
        let (_, wallet) = self.wallet(cell);
        let amount = match self.rng.workload.below(12) {
            0 => 1 << 53,
            1 => 1,
            _ => self.rng.workload.log(10_000, 5_000_000),
        };
        let reference = self.reference();
        let operator = self.markets[cell].operator;
        let command = c::TopUpWallet { wallet, amount, reference };
        self.ask(cell, operator, pay::Command::from(command));
    }

    fn top_up_nostro(&mut self, cell: usize) {
        let amount = self.rng.workload.log(1_000, 5_000_000);
        let reference = self.reference();
        let operator = self.markets[cell].operator;
        let command = c::TopUpNostro { link: LINK, amount, reference };
        self.ask(cell, operator, pay::Command::from(command));
    }

    /// Closes one of the first days early: one that is closed is answered again, one that is too far
    /// is not found.
    fn close_day(&mut self, cell: usize) {
        let day = self.rng.workload.below(6) as u32 + 1;
        let operator = self.markets[cell].operator;
        self.ask(cell, operator, pay::Command::from(c::CloseDay { link: LINK, day }));
    }

    fn pause_store(&mut self, cell: usize) {
        let stores = self.markets[cell].stores.len() as u64;
        let place = self.rng.workload.below(stores) as usize;
        let open = self.rng.workload.chance(700);
        let command = c::SetStoreOpen { store: self.store(cell, place), open };
        let actor = self.merchant_of(cell, place);
        self.ask(cell, actor, pay::Command::from(command));
    }

    fn set_window(&mut self, cell: usize) {
        let max_unanswered = self.rng.workload.log(1, 1_000) as u32;
        let max_age = Span(self.rng.workload.log(1_000_000, 86_400_000_000));
        let operator = self.markets[cell].operator;
        let window = SetWindow { link: LINK, max_unanswered, max_age };
        self.ask(cell, operator, Command::SetWindow(window));
    }

    fn set_credit_line(&mut self, cell: usize) {
        let rng = &mut self.rng.workload;
        let Some((_, merchant)) = rng.pick(&self.markets[cell].merchants).copied() else { return };
        let limit = match rng.below(6) {
            0 => 0,
            1 => u64::MAX,
            _ => rng.log(1, 1_000_000),
        };
        let operator = self.markets[cell].operator;
        let command = c::SetCreditLine { merchant, limit, source: "a contract".into() };
        self.ask(cell, operator, pay::Command::from(command));
    }

    /// Mostly of the account that is there, now and then of one that was there before. Who is
    /// paused is soon let again, or nothing would be sold.
    fn review_merchant(&mut self, cell: usize) {
        let rng = &mut self.rng.workload;
        let Some((_, merchant)) = rng.pick(&self.markets[cell].merchants).copied() else { return };
        let verdict = match rng.below(4) {
            0 => c::Verdict::Pause(*rng.pick(&PauseReason::ALL).expect("there are reasons")),
            _ => c::Verdict::Approve,
        };
        let account = rng.below(u64::from(MOST_ACCOUNTS) + 1) as u32;
        let operator = self.markets[cell].operator;
        let command = c::ReviewMerchant { merchant, verdict, account };
        self.ask(cell, operator, pay::Command::from(command));
    }

    fn set_payout_account(&mut self, cell: usize) {
        if self.markets[cell].accounts_set.len() >= MOST_ACCOUNTS as usize {
            return;
        }
        let rng = &mut self.rng.workload;
        let Some((owner, merchant)) = rng.pick(&self.markets[cell].merchants).copied() else {
            return;
        };
        let asked = &mut self.markets[cell].accounts_set;
        let replaces = asked.iter().filter(|other| **other == merchant).count() as u32;
        asked.push(merchant);
        self.ask(cell, owner, pay::Command::from(c::SetPayoutAccount { merchant, replaces }));
    }

    fn ask_wallet(&mut self, cell: usize) {
        let (actor, wallet) = self.wallet(cell);
        self.query(cell, Query::Wallet(actor, wallet));
    }

    fn ask_payment(&mut self) {
        let Some(purchase) = self.rng.workload.pick_late(&self.clients.purchases).cloned() else {
            return;
        };
        let seller = (purchase.seller, self.merchant_of(purchase.seller, purchase.store));
        let by_payer = self.rng.workload.chance(500);
        let (cell, actor) = purchase.payer.filter(|_| by_payer).unwrap_or(seller);
        self.query(cell, Query::Payment(actor, purchase.id));
    }

    fn late_op(&mut self, act: impl FnOnce(&mut Self, usize)) {
        let count = self.clients.ops.len() as u64;
        let back = self.rng.workload.log(1, count.max(1));
        act(self, (count - back.min(count)) as usize);
    }

    /// Somebody of the same cell who has no business with a payment or quote.
    fn stranger(&mut self) {
        if self.rng.workload.chance(500) {
            let held = self.rng.workload.pick_late(&self.clients.quotes).copied();
            let Some(held) = held else { return };
            let stranger = self.markets[held.cell].merchants[0].0;
            let command = pay::Command::from(c::ConfirmPayment { quote: held.id, again: true });
            return self.ask_as_stranger(held.cell, stranger, command.into());
        }
        let Some(purchase) = self.rng.workload.pick_late(&self.clients.purchases).cloned() else {
            return;
        };
        let cell = purchase.seller;
        let nobody = Actor::of(u32::MAX, Role::Merchant);
        let payment = purchase.id;
        let command: pay::Command = match self.rng.workload.below(4) {
            0 => c::RefundPayment { id: self.id(cell), payment, amount: 1 }.into(),
            1 => c::CapturePayment { id: self.id(cell), payment, amount: 1, last: true }.into(),
            2 => c::ReleasePayment { payment }.into(),
            _ => c::CancelPayment { payment }.into(),
        };
        self.ask_as_stranger(cell, nobody, command.into());
    }
}

fn mode_of(purchase: &Purchase) -> CaptureMode {
    if purchase.later { CaptureMode::Later } else { CaptureMode::Now }
}

/// The requests that tills have shown and that may still be paid, by place.
pub(crate) fn open_requests(purchases: &[Purchase]) -> Vec<usize> {
    let shown = |(at, p): (usize, &Purchase)| (p.requested && p.deadline.is_some()).then_some(at);
    let from = purchases.len().saturating_sub(60);
    purchases.iter().enumerate().skip(from).filter_map(shown).collect()
}
