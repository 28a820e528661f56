//! Phones that show one-time codes and tills that charge them: at once or on asking, shown twice,
//! late, by a clock that is wrong, or guessed.

use std::collections::{BTreeMap, BTreeSet};

use cell::Codes;
use economy::{Command, Event as Fact, Reply, decode_record};
use journal::Journal;
use journal::memory::Memory;
use kernel::id::Wallet;
use kernel::{Actor, Currency, Ref, Timestamp};
use pay::codes::{CodeTerms, Issuer, IssuerRoute, MACS, PayCode, step_of};
use pay::command as c;
use pay::event::{CodeOutcome, Event as PayFact};
use pay::{AskView, PhoneView};

use crate::Broken;
use crate::model::{Model, Price};
use crate::random::Rng;
use crate::world::World;

/// A phone, as its holder knows it.
#[derive(Clone, Debug)]
pub(crate) struct Phone {
    pub cell: usize,
    pub actor: Actor,
    pub view: PhoneView,
}

/// How both cells take codes: up to some amount without a word.
pub(crate) fn terms(rng: &mut Rng) -> CodeTerms {
    let issuer = |cell: u16| Issuer {
        name: "Enishi".to_owned(),
        prefix_digits: 3,
        first: 470 + u32::from(cell),
        last: 470 + u32::from(cell),
        shortest: 20,
        longest: 20,
        route: IssuerRoute::Cell(cell),
    };
    CodeTerms {
        issuers: vec![issuer(1), issuer(2)],
        confirm_above: vec![
            (Currency::CNY, rng.log(1, 20_000)),
            (Currency::JPY, rng.log(1, 300_000)),
        ],
        ask_s: rng.log(5, 600) as u32,
        wrong_most: rng.within(1, 20) as u8,
        rest_s: rng.log(1, 3_600) as u32,
        misses_most: rng.within(2, 50) as u32,
        misses_s: rng.log(1, 3_600) as u32,
        source: "a contract".to_owned(),
    }
}

impl World {
    /// Somebody has a wallet's codes made by a phone; the one before makes none that are taken.
    pub fn enrol_phone(&mut self, cell: usize) {
        let (actor, wallet) = self.wallet(cell);
        let near = self.rng.workload.below(1 << 32) as u32;
        self.ask(cell, actor, pay::Command::from(c::EnrolPhone { wallet, near }));
    }

    /// A till is shown a code, mostly for an amount that it asks for in the same breath.
    pub fn charge(&mut self, cell: usize) {
        let Some(phone) = self.rng.workload.pick_late(&self.clients.phones).cloned() else {
            return self.enrol_phone(cell);
        };
        let code = self.code_shown(&phone);
        let of_cell = |at: &usize| self.clients.purchases[*at].seller == cell;
        let known = crate::workload::open_requests(&self.clients.purchases);
        let known: Vec<usize> = known.into_iter().filter(of_cell).collect();
        let again = self.rng.workload.chance(300);
        let found = self.rng.workload.pick_late(&known).copied().filter(|_| again);
        let (purchase, request) = match found {
            Some(at) => (self.clients.purchases[at].clone(), None),
            None => {
                let purchase = self.new_purchase(cell, cell, true);
                let request = self.request_of(&purchase);
                (purchase, Some(Box::new(request)))
            }
        };
        let payment = purchase.id;
        if let Some(known) = self.clients.purchases.iter_mut().rev().find(|it| it.id == payment) {
            known.payer = Some((phone.cell, phone.actor));
        }
        let actor = self.merchant_of(cell, purchase.store);
        self.ask(cell, actor, pay::Command::from(c::ChargePayment { payment, request, code }));
    }

    /// What a phone shows; now and then something else.
    fn code_shown(&mut self, phone: &Phone) -> String {
        let PhoneView { prefix, handle, generation, .. } = phone.view;
        let rng = &mut self.rng.workload;
        if rng.chance(80)
            && let Some(before) = rng.pick_late(&self.clients.shown)
        {
            self.rare.hit("a code is shown again");
            return before.clone();
        }
        let ahead = match rng.below(16) {
            0 => rng.below(60) as i64 - 30,
            1 => rng.below(5) as i64 - 2,
            _ => 0,
        };
        let step = step_of(Timestamp(self.now)).wrapping_add_signed(ahead);
        let mut code = self.codes.code(handle, generation, step, rng.below(2) as u8);
        if rng.chance(50) {
            code.mac = (code.mac + 1) % MACS;
        }
        let shown = PayCode { prefix, code }.to_string();
        self.clients.shown.push(shown.clone());
        shown
    }

    /// A payer who is asked on the phone says yes or no.
    pub fn answer_charge(&mut self, cell: usize) {
        let (actor, wallet) = self.wallet(cell);
        let Some(ask) = self.asked(cell, actor, wallet) else { return };
        let payment = ask.payment;
        let command: pay::Command = if self.rng.workload.chance(200) {
            c::RefuseCharge { payment }.into()
        } else if let Some(quote) = &ask.quote {
            c::ConfirmPayment { quote: quote.quote, again: ask.again }.into()
        } else {
            let (store, amount, again) = (ask.store, ask.amount, ask.again);
            let (requested, place) = (true, None);
            c::PayHere { payment, wallet, store, amount, requested, again, place }.into()
        };
        self.ask(cell, actor, command);
    }

    /// What a phone's page says that its holder is asked.
    fn asked(&mut self, cell: usize, actor: Actor, wallet: Ref<Wallet>) -> Option<AskView> {
        let core = &self.cells[cell].live.as_ref()?.core;
        let asks = core.state().world().asks_of(actor, wallet, core.now()).ok()?;
        self.rng.workload.pick(&asks).cloned()
    }

    /// The payments for which some till was shown a code, by what is in the journals.
    pub fn charged(&self, done: &[(usize, usize, Reply)]) -> BTreeSet<u128> {
        let of_op = |op: usize| match self.clients.ops[op].command() {
            Some(Command::Pay(pay::Command::ChargePayment(c))) => Some(c.payment.0),
            _ => None,
        };
        done.iter().filter_map(|(_, op, _)| of_op(*op)).collect()
    }

    /// What was paid by codes: nobody asked the payer, so its price is what its cell shows. Whatever
    /// it then says of it is held against the balances.
    pub fn reckon_charges(&mut self, model: &mut Model) {
        for payment in &model.charged.clone() {
            for cell in 0..2 {
                let Some(view) = self.view(cell, *payment) else { continue };
                let (Some(price), Some(wallet)) = (&view.price, view.wallet) else { continue };
                let parts = [price.principal, price.spread, price.fee];
                self.rare.hit_if(view.captured > 0, "a charged payment was paid");
                let (payment, amount) = (*payment, view.amount);
                model.is_paid(Price { payment, cell, wallet, amount, parts });
            }
        }
    }

    /// No code was good twice, whatever was done with it.
    pub fn codes_are_used_once(&mut self) -> Result<(), Broken> {
        for cell in 0..2 {
            let broken = |why: &dyn std::fmt::Display| Broken(why.to_string());
            let (mut used, mut phones) = (BTreeSet::new(), BTreeMap::new());
            let mut reader = Memory::open(&self.cells[cell].disk).reader();
            for position in 1.. {
                let group = reader.read_from(position).map_err(|why| broken(&why))?;
                let Some(group) = group else { break };
                for record in group.records() {
                    let record = decode_record(record).map_err(|why| broken(&why))?;
                    for fact in record.events() {
                        match fact.map_err(|why| broken(&why))? {
                            Fact::Pay(PayFact::PhoneEnrolled(it)) => {
                                phones.insert(it.wallet, it.generation);
                            }
                            Fact::Pay(PayFact::CodeJudged(it)) => {
                                let generation = phones.get(&it.wallet);
                                self.rare.hit(match it.outcome {
                                    CodeOutcome::Used { .. } => "a code was good",
                                    CodeOutcome::OtherTime => "a code of another time",
                                    CodeOutcome::Wrong => "a code was wrong",
                                });
                                if let CodeOutcome::Used { step, counter } = it.outcome
                                    && !used.insert((generation.copied(), step, counter))
                                {
                                    return Err(Broken(format!("a code was good twice: {it:?}")));
                                }
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
