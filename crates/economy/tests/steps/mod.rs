//! Random steps of a market: what people, clocks, relays and operators do in any order.

use corridor::{CaptureMode, DeclineReason, Message};
use economy::{Command, FreezeLink, Receive, Refusal, ReopenLink, Reply, SetWindow};
use kernel::id::{Payment, Quote};
use kernel::{Actor, Id, Span};
use ledger::{Flags, Transfer};
use pay::Fees;
use pay::command::*;
use proptest::prelude::*;

use crate::support::*;

mod elsewhere;

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Step {
    Request {
        amount: u64,
        later: bool,
    },
    Quote {
        payment: usize,
        printed: bool,
        amount: Option<u64>,
        later: bool,
    },
    Confirm {
        quote: usize,
        again: bool,
    },
    PayHere {
        payment: usize,
        printed: bool,
        amount: Option<u64>,
    },
    Cancel {
        side: usize,
        payment: usize,
    },
    Capture {
        payment: usize,
        amount: u64,
        last: bool,
    },
    Release {
        payment: usize,
    },
    Refund {
        payment: usize,
        amount: u64,
    },
    Deliver {
        from: usize,
        count: usize,
    },
    Again {
        from: usize,
        number: u64,
    },
    Pass {
        seconds: u64,
    },
    Tick {
        side: usize,
    },
    Store {
        open: bool,
    },
    TopUp {
        wallet: bool,
        amount: u64,
    },
    Fees {
        bps: u32,
    },
    Rates {
        yuan: u64,
        yen: u64,
    },
    Window {
        most: u32,
        seconds: u64,
    },
    Freeze {
        side: usize,
    },
    Reopen {
        side: usize,
    },
    Earnings {
        side: usize,
        spread: bool,
        amount: u64,
    },
    /// Closes the day of the nostro before its time.
    CloseDay,
    /// Pays the shop out, as far as it has something.
    PayOut {
        most: u64,
    },
    Credit {
        limit: u64,
    },
    /// Staff approve or pause the shop.
    Review {
        approve: bool,
        seen: bool,
    },
    Account,
    /// Another company is asked to take a payment.
    Elsewhere {
        payment: usize,
    },
    /// It says something of an attempt, right or wrong.
    Said {
        payment: usize,
        attempt: u16,
        paid: bool,
        amount: Option<u64>,
    },
    /// It is asked to give a part back.
    BackElsewhere {
        payment: usize,
        amount: u64,
    },
    /// It says what became of the oldest refund.
    BackSaid {
        done: bool,
    },
    /// Anything from any account to any other; only where no sums are compared.
    ByHand {
        side: usize,
        debit: u32,
        credit: u32,
        amount: u64,
    },
    /// A message of a faulty neighbour; only where no sums are compared.
    Forged {
        from: usize,
        payment: usize,
        kind: u8,
        total: u64,
        balance: Option<i64>,
    },
}

fn amount() -> impl Strategy<Value = u64> {
    prop_oneof![
        20 => 1..2_000u64,
        4 => Just(3_200u64),
        1 => 0..=(1u64 << 53),
        1 => any::<u64>(),
    ]
}

/// Steps that keep to the rules of the house.
pub fn honest() -> impl Strategy<Value = Step> {
    let side = 0..2usize;
    let at = 0..64usize;
    let odd = prop_oneof![9 => Just(None), 1 => amount().prop_map(Some)];
    prop_oneof![
        6 => (amount(), any::<bool>()).prop_map(|(amount, later)| Step::Request { amount, later }),
        9 => (at.clone(), prop::bool::weighted(0.2), odd.clone(), prop::bool::weighted(0.3))
            .prop_map(|(payment, printed, amount, later)| {
                Step::Quote { payment, printed, amount, later }
            }),
        12 => (at.clone(), prop::bool::weighted(0.8))
            .prop_map(|(quote, again)| Step::Confirm { quote, again }),
        2 => (at.clone(), prop::bool::weighted(0.3), odd)
            .prop_map(|(payment, printed, amount)| Step::PayHere { payment, printed, amount }),
        2 => (side.clone(), at.clone()).prop_map(|(side, payment)| Step::Cancel { side, payment }),
        10 => (at.clone(), amount(), prop::bool::weighted(0.3))
            .prop_map(|(payment, amount, last)| Step::Capture { payment, amount, last }),
        1 => at.clone().prop_map(|payment| Step::Release { payment }),
        14 => (at, amount()).prop_map(|(payment, amount)| Step::Refund { payment, amount }),
        16 => (side.clone(), 1..4usize).prop_map(|(from, count)| Step::Deliver { from, count }),
        3 => (side.clone(), 1..40u64).prop_map(|(from, number)| Step::Again { from, number }),
        3 => prop_oneof![20 => 0..50u64, 2 => 0..900u64, 1 => 0..(31 * 86_400u64)]
            .prop_map(|seconds| Step::Pass { seconds }),
        2 => side.clone().prop_map(|side| Step::Tick { side }),
        2 => prop::bool::weighted(0.8).prop_map(|open| Step::Store { open }),
        2 => (any::<bool>(), amount()).prop_map(|(wallet, amount)| Step::TopUp { wallet, amount }),
        1 => (0..2_000u32).prop_map(|bps| Step::Fees { bps }),
        1 => (1..20_000u64, 50_000..300_000u64).prop_map(|(yuan, yen)| Step::Rates { yuan, yen }),
        1 => (2..8u32, 60..900u64).prop_map(|(most, seconds)| Step::Window { most, seconds }),
        1 => side.clone().prop_map(|side| Step::Freeze { side }),
        4 => side.clone().prop_map(|side| Step::Reopen { side }),
        1 => (side, any::<bool>(), 1..500u64)
            .prop_map(|(side, spread, amount)| Step::Earnings { side, spread, amount }),
        2 => Just(Step::CloseDay),
        3 => (1..9_000u64).prop_map(|most| Step::PayOut { most }),
        2 => prop_oneof![1 => Just(0), 4 => 1..3_000u64]
            .prop_map(|limit| Step::Credit { limit }),
        3 => (prop::bool::weighted(0.8), prop::bool::weighted(0.9))
            .prop_map(|(approve, seen)| Step::Review { approve, seen }),
        1 => Just(Step::Account),
        2 => (0..64usize).prop_map(|payment| Step::Elsewhere { payment }),
        3 => (
            0..64usize,
            prop_oneof![6 => Just(1u16), 2 => 2..4u16],
            prop::bool::weighted(0.7),
            prop_oneof![9 => Just(None), 1 => (1..5_000u64).prop_map(Some)],
        )
            .prop_map(|(payment, attempt, paid, amount)| {
                Step::Said { payment, attempt, paid, amount }
            }),
        2 => (0..64usize, amount())
            .prop_map(|(payment, amount)| Step::BackElsewhere { payment, amount }),
        1 => prop::bool::weighted(0.7).prop_map(|done| Step::BackSaid { done }),
    ]
}

/// Steps of operators and neighbours who keep to no rule.
pub fn wild() -> impl Strategy<Value = Step> {
    let side = 0..2usize;
    let large = prop_oneof![any::<u64>(), Just(u64::MAX), (1u64 << 63)..=u64::MAX, 1..9_999u64];
    let near =
        prop_oneof![Just(None), (-4_000..4_000i64).prop_map(Some), any::<i64>().prop_map(Some)];
    prop_oneof![
        12 => honest(),
        2 => (side.clone(), 0..16u32, 0..16u32, large.clone()).prop_map(
            |(side, debit, credit, amount)| Step::ByHand { side, debit, credit, amount }
        ),
        3 => (side, 0..64usize, 0..8u8, prop_oneof![large, 0..9_999u64], near).prop_map(
            |(from, payment, kind, total, balance)| {
                Step::Forged { from, payment, kind, total, balance }
            }
        ),
    ]
}

/// A market and what its people remember.
pub struct Play {
    pub w: World,
    pub m: Market,
    pub payments: Vec<Id<Payment>>,
    pub quotes: Vec<Id<Quote>>,
    /// What the bank has brought: into the wallet, into the nostro.
    pub brought: (u64, u64),
    /// What the shop was paid out.
    pub paid_out: u64,
    /// Whether a cell has forgotten closed legs.
    pub forgot: bool,
}

/// One of the newest few, for old ones have mostly ended.
fn pick<T: Copy>(list: &[T], at: usize) -> Option<T> {
    let newest = &list[list.len().saturating_sub(6)..];
    newest.get(at.checked_rem(newest.len())?).copied()
}

impl Play {
    pub fn new() -> Self {
        let (mut w, m) = World::open();
        w.done(JP, m.operator, elsewhere::connector());
        settled(&mut w, m.operator);
        let brought = (WALLET, NOSTRO);
        Self { w, m, payments: vec![], quotes: vec![], brought, paid_out: 0, forgot: false }
    }

    /// Lets one thing happen. A refusal is an answer like any other.
    pub fn step(&mut self, step: &Step) -> Option<Result<Reply, Refusal>> {
        let operator = self.m.operator;
        match *step {
            Step::Request { amount, later } => {
                let capture = if later { CaptureMode::Later } else { CaptureMode::Now };
                let request = self.m.request(&mut self.w, amount, capture);
                let id = request.id;
                let answer = self.pay(JP, self.m.soba, request);
                self.payments.extend(answer.is_ok().then_some(id));
                Some(answer)
            }
            Step::Quote { payment, printed, amount, later } => {
                self.quote(payment, printed, amount, later)
            }
            Step::Confirm { quote, again } => {
                let quote = pick(&self.quotes, quote)?;
                Some(self.pay(CN, self.m.li, ConfirmPayment { quote, again }))
            }
            Step::PayHere { payment, printed, amount } => self.here(payment, printed, amount),
            Step::Cancel { side, payment } => {
                let actor = if side == CN { self.m.li } else { self.m.soba };
                let payment = pick(&self.payments, payment)?;
                Some(self.pay(side, actor, CancelPayment { payment }))
            }
            Step::Capture { payment, amount, last } => {
                let payment = pick(&self.payments, payment)?;
                let id = self.w.id();
                Some(self.pay(JP, self.m.soba, CapturePayment { id, payment, amount, last }))
            }
            Step::Release { payment } => {
                let payment = pick(&self.payments, payment)?;
                Some(self.pay(JP, self.m.soba, ReleasePayment { payment }))
            }
            Step::Refund { payment, amount } => {
                let (id, payment) = (self.w.id(), pick(&self.payments, payment)?);
                Some(self.pay(JP, self.m.soba, RefundPayment { id, payment, amount }))
            }
            Step::Deliver { from, count } => (0..count).map_while(|_| self.deliver(from)).last(),
            Step::Again { from, number } => {
                let known = self.w.cells[from].sent.len() as u64;
                (number <= known).then(|| self.w.hand_over(from, number))
            }
            Step::Pass { seconds } => {
                self.w.pass(Span::seconds(seconds));
                None
            }
            Step::Tick { side } => Some(self.tick(side)),
            Step::Store { open } => {
                let store = self.m.store;
                Some(self.pay(JP, self.m.soba, SetStoreOpen { store, open }))
            }
            Step::TopUp { wallet, amount } => Some(self.top_up(wallet, amount)),
            Step::Fees { bps } => {
                let fees = Fees { spread_bps: bps, payer_bps: bps / 3, ..Fees::default() };
                let fees = Fees { merchant_bps: bps, ..fees };
                let (from, cell) = (self.w.now, bps as usize % 2);
                let (id, change) = (self.w.id(), SetFees { from, fees }.into());
                let proposed =
                    self.pay(cell, operator, Propose { id, change, note: String::new() });
                match proposed {
                    Ok(Reply::Pay(pay::Reply::Proposal(known))) => {
                        let approve = ApproveProposal { proposal: known.id };
                        Some(self.pay(cell, operator.by(COLLEAGUE), approve))
                    }
                    other => Some(other),
                }
            }
            Step::Rates { yuan, yen } => {
                let [yuan, yen] = [yuan, yen].map(|digits| kernel::Decimal { digits, scale: 3 });
                let lot = rates(20_261_101, &yuan.to_string(), &yen.to_string());
                Some(self.pay(CN, operator, lot))
            }
            Step::Window { most, seconds } => {
                let max_age = Span::seconds(seconds);
                let window = SetWindow { link: LINK, max_unanswered: most, max_age };
                Some(self.w.ask(CN, operator, Command::SetWindow(window)))
            }
            Step::Freeze { side } => {
                let reason = corridor::FreezeReason::ByOperator { note: "stop".into() };
                let freeze = FreezeLink { link: LINK, reason };
                Some(self.w.ask(side, operator, Command::FreezeLink(freeze)))
            }
            Step::Reopen { side } => Some(self.reopen(side)),
            Step::Earnings { side, spread, amount } => Some(self.earnings(side, spread, amount)),
            Step::CloseDay => Some(self.close_day()),
            Step::PayOut { most } => self.pay_out(most),
            Step::Credit { limit } => {
                let (merchant, source) = (self.m.merchant, "contract".to_owned());
                Some(self.pay(JP, operator, SetCreditLine { merchant, limit, source }))
            }
            Step::Review { approve, seen } => {
                let merchant = self.m.merchant;
                let known = self.w.cells[JP].state.pay.review(0).accounts;
                let account = if seen { known } else { known + 1 };
                let verdict = match approve {
                    true => Verdict::Approve,
                    false => Verdict::Pause(pay::PauseReason::Complaints),
                };
                Some(self.pay(JP, operator, ReviewMerchant { merchant, verdict, account }))
            }
            Step::Account => {
                let merchant = self.m.merchant;
                let replaces = self.w.cells[JP].state.pay.review(0).accounts;
                Some(self.pay(JP, self.m.soba, SetPayoutAccount { merchant, replaces }))
            }
            Step::Elsewhere { payment } => self.ask_elsewhere(payment),
            Step::Said { payment, attempt, paid, amount } => {
                self.said_elsewhere((payment, attempt), paid, amount)
            }
            Step::BackElsewhere { payment, amount } => self.back_elsewhere(payment, amount),
            Step::BackSaid { done } => self.back_said(done),
            Step::ByHand { side, debit, credit, amount } => {
                Some(self.by_hand(side, debit, credit, amount))
            }
            Step::Forged { from, payment, kind, total, balance } => {
                Some(self.forged(from, payment, kind, total, balance))
            }
        }
    }

    fn pay(
        &mut self,
        cell: usize,
        actor: Actor,
        command: impl Into<pay::Command>,
    ) -> Result<Reply, Refusal> {
        self.w.ask(cell, actor, command.into())
    }

    fn quote(
        &mut self,
        payment: usize,
        printed: bool,
        amount: Option<u64>,
        later: bool,
    ) -> Option<Result<Reply, Refusal>> {
        let payment = match printed {
            true => self.w.id(),
            false => pick(&self.payments, payment)?,
        };
        let due = self.w.cells[JP].state.pay.incoming(payment).map(|(_, leg)| leg.amount);
        let mut quote = self.w.quote_for(&self.m, payment, amount.or(due).unwrap_or(777));
        if later && printed {
            quote.capture = CaptureMode::Later;
        }
        let id = quote.id;
        let answer = self.pay(CN, self.m.li, quote);
        if answer.is_ok() {
            self.quotes.push(id);
            self.payments.extend(printed.then_some(payment));
        }
        Some(answer)
    }

    fn here(
        &mut self,
        payment: usize,
        printed: bool,
        amount: Option<u64>,
    ) -> Option<Result<Reply, Refusal>> {
        let payment = match printed {
            true => self.w.id(),
            false => pick(&self.payments, payment)?,
        };
        let due = self.w.cells[JP].state.pay.incoming(payment).map(|(_, leg)| leg.amount);
        let (wallet, store, requested) = (self.m.yen_wallet, self.m.store, !printed);
        let amount = amount.or(due).unwrap_or(333);
        let command =
            PayHere { payment, wallet, store, amount, requested, again: true, place: None };
        let answer = self.pay(JP, self.m.hana, command);
        self.payments.extend((printed && answer.is_ok()).then_some(payment));
        Some(answer)
    }

    fn deliver(&mut self, from: usize) -> Option<Result<Reply, Refusal>> {
        let next = self.w.handled(from) + 1;
        (next <= self.w.cells[from].sent.len() as u64).then(|| self.w.hand_over(from, next))
    }

    fn tick(&mut self, side: usize) -> Result<Reply, Refusal> {
        let answer = self.w.ask(side, Actor::CELL, Command::Tick);
        let forgotten = |fact: &economy::Event| {
            matches!(fact, economy::Event::Pay(pay::Event::LegsForgotten(_)))
        };
        self.forgot |= self.w.cells[side].facts.iter().any(forgotten);
        answer
    }

    fn top_up(&mut self, wallet: bool, amount: u64) -> Result<Reply, Refusal> {
        let reference = format!("r {}", self.w.id::<Payment>().0);
        let operator = self.m.operator;
        let answer = match wallet {
            true => {
                let wallet = self.m.wallet;
                self.pay(CN, operator, TopUpWallet { wallet, amount, reference })
            }
            false => self.pay(JP, operator, TopUpNostro { link: LINK, amount, reference }),
        };
        if answer.is_ok() {
            let brought = if wallet { &mut self.brought.0 } else { &mut self.brought.1 };
            *brought += amount;
        }
        answer
    }

    fn close_day(&mut self) -> Result<Reply, Refusal> {
        let half = self.w.cells[JP].state.pay.settlement().half(LINK, true);
        let day = half.map_or(0, |half| half.days.len() as u32) + 1;
        self.pay(JP, self.m.operator, CloseDay { link: LINK, day })
    }

    pub fn reopen(&mut self, side: usize) -> Result<Reply, Refusal> {
        let seen = self.w.cells[side].state.corridor.links[0].seen;
        let reopen = ReopenLink { link: LINK, note: "looked".into(), seen, handled: 0 };
        self.w.ask(side, self.m.operator, Command::ReopenLink(reopen))
    }

    /// The operator takes what was earned to the bank.
    fn earnings(&mut self, side: usize, spread: bool, amount: u64) -> Result<Reply, Refusal> {
        let currency = [kernel::Currency::CNY, kernel::Currency::JPY][side];
        let book = self.w.cells[side].state.pay.book(currency).expect("open").clone();
        let from = if spread { book.spread } else { book.fee };
        self.by_hand(side, from, book.bank, amount)
    }

    fn pay_out(&mut self, most: u64) -> Option<Result<Reply, Refusal>> {
        let bank = self.w.cells[JP].state.pay.book(kernel::Currency::JPY)?.bank;
        let shop = self.m.merchant.number;
        let amount = most.min(self.w.account(JP, shop).available() as u64);
        let reply = self.by_hand(JP, shop, bank, amount);
        self.paid_out += amount;
        (amount > 0).then_some(reply)
    }

    fn by_hand(
        &mut self,
        side: usize,
        debit: u32,
        credit: u32,
        amount: u64,
    ) -> Result<Reply, Refusal> {
        let id = self.w.id::<kernel::id::Transfer>().0;
        let flags = Flags::default();
        let transfer = Transfer { id, debit, credit, amount, timeout_s: 0, code: 1, flags };
        self.w.ask(side, self.m.operator, Command::Transfers([transfer].into()))
    }

    fn forged(
        &mut self,
        from: usize,
        payment: usize,
        kind: u8,
        total_so_far: u64,
        balance: Option<i64>,
    ) -> Result<Reply, Refusal> {
        let payment = pick(&self.payments, payment).unwrap_or(Id::new(1));
        let even = total_so_far & 1 == 0;
        let message = match kind {
            0 => Message::Authorize {
                payment,
                store: self.m.store,
                amount: total_so_far,
                valid_until: self.w.now.plus(Span::seconds(9)),
                capture: if even { CaptureMode::Now } else { CaptureMode::Later },
                requested: total_so_far & 2 == 0,
                payer: 1,
                place: None,
            },
            1 => Message::CancelAsked { payment },
            2 => Message::Authorized { payment },
            3 => Message::Captured { payment, total_so_far, last: even },
            4 => Message::Released { payment },
            5 => Message::Declined { payment, reason: DeclineReason::Expired },
            6 => Message::Refunded { payment, total_so_far },
            _ => Message::NostroChanged { amount: total_so_far },
        };
        let mirror = self.w.mirror().balance();
        let near = |off: i64| u64::try_from(mirror + i128::from(off)).unwrap_or(0);
        let forged = Receive {
            link: LINK,
            number: self.w.handled(from) + 1,
            position: 1,
            hash: None,
            nostro_balance_after: balance.map(near),
            message,
        };
        self.w.ask(1 - from, Actor::CELL, Command::Receive(Box::new(forged)))
    }
}
