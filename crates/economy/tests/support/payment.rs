//! Steps of a payment, as given–when–then tests write them.

use corridor::CaptureMode;
use economy::{Refusal, Reply};
use kernel::id::{Payment, Quote};
use kernel::{Currency, Id, Refuse};
use pay::command::*;
use pay::{CaptureView, PaymentView, QuoteView, RefundView, Status};

use super::{CN, JP, Market, World};

/// A payment as both cells show it.
#[derive(Debug)]
pub struct Legs {
    /// The payer's, where the yuan cell has one.
    pub payer: Option<PaymentView>,
    /// The seller's, where the yen cell has one.
    pub seller: Option<PaymentView>,
}

/// The stable word of a refusal.
pub fn code<T: std::fmt::Debug>(answer: Result<T, Refusal>) -> &'static str {
    answer.expect_err("a refusal was expected").code()
}

/// Compares a price with principal, spread and fee in fen.
pub fn assert_price(view: &PaymentView, parts: [u64; 3]) {
    let price = view.price.as_ref().expect("the payer's leg has a price");
    assert_eq!([price.principal, price.spread, price.fee], parts);
    assert_eq!(price.currency, Currency::CNY);
}

impl World {
    /// A till asks to be paid at once.
    pub fn requested(&mut self, m: &Market, amount: u64) -> Id<Payment> {
        let request = m.request(self, amount, CaptureMode::Now);
        let id = request.id;
        self.done(JP, m.soba, request);
        id
    }

    /// A till asks for an amount to be held and captured later.
    pub fn requested_later(&mut self, m: &Market, amount: u64) -> Id<Payment> {
        let request = m.request(self, amount, CaptureMode::Later);
        let id = request.id;
        self.done(JP, m.soba, request);
        id
    }

    /// The quote that Li Wei's edge asks for after scanning a dynamic code.
    pub fn quote_for(&mut self, m: &Market, payment: Id<Payment>, amount: u64) -> MakeQuote {
        let leg = self.cells[JP].state.pay.incoming(payment).map(|(_, leg)| *leg);
        MakeQuote {
            id: self.id(),
            wallet: m.wallet,
            payment,
            store: m.store,
            amount,
            currency: Currency::JPY,
            deadline: leg.map(|leg| leg.deadline),
            capture: leg.map_or(CaptureMode::Now, |leg| leg.capture),
            place: None,
        }
    }

    pub fn quoted(&mut self, m: &Market, quote: MakeQuote) -> Result<QuoteView, Refusal> {
        match self.ask(CN, m.li, pay::Command::from(quote))? {
            Reply::Pay(pay::Reply::Quote(view)) => Ok(*view),
            other => panic!("{other:?}"),
        }
    }

    pub fn confirm(&mut self, m: &Market, quote: Id<Quote>) -> Result<PaymentView, Refusal> {
        self.confirmed(m, ConfirmPayment { quote, again: false })
    }

    pub fn confirm_again(&mut self, m: &Market, quote: Id<Quote>) -> Result<PaymentView, Refusal> {
        self.confirmed(m, ConfirmPayment { quote, again: true })
    }

    fn confirmed(&mut self, m: &Market, yes: ConfirmPayment) -> Result<PaymentView, Refusal> {
        payment(self.ask(CN, m.li, pay::Command::from(yes)))
    }

    /// Quotes and confirms; nothing has crossed yet.
    pub fn said_yes(&mut self, m: &Market, payment: Id<Payment>, amount: u64) {
        let quote = self.quote_for(m, payment, amount);
        let quote = self.quoted(m, quote).expect("a quote");
        self.confirm_again(m, quote.quote).expect("a yes");
    }

    /// A whole payment, at once, with all of its messages.
    pub fn paid(&mut self, m: &Market, amount: u64) -> Id<Payment> {
        let payment = self.requested(m, amount);
        self.said_yes(m, payment, amount);
        self.settle();
        let legs = self.legs(payment);
        assert_eq!(legs.payer.map(|leg| leg.status), Some(Status::Captured));
        payment
    }

    /// A payment that the seller holds.
    pub fn held(&mut self, m: &Market, amount: u64) -> Id<Payment> {
        let payment = self.requested_later(m, amount);
        self.said_yes(m, payment, amount);
        self.settle();
        let legs = self.legs(payment);
        assert_eq!(legs.payer.map(|leg| leg.status), Some(Status::Authorized));
        assert_eq!(legs.seller.map(|leg| leg.status), Some(Status::Authorized));
        payment
    }

    pub fn capture(
        &mut self,
        m: &Market,
        id: Id<Payment>,
        amount: u64,
        last: bool,
    ) -> Result<PaymentView, Refusal> {
        let command = CapturePayment { id: self.id(), payment: id, amount, last };
        self.captured(m, command).map(|view| view.payment)
    }

    pub fn captured(
        &mut self,
        m: &Market,
        command: CapturePayment,
    ) -> Result<CaptureView, Refusal> {
        match self.ask(JP, m.soba, pay::Command::from(command))? {
            Reply::Pay(pay::Reply::Capture(view)) => Ok(*view),
            other => panic!("{other:?}"),
        }
    }

    pub fn release(&mut self, m: &Market, id: Id<Payment>) -> Result<PaymentView, Refusal> {
        let command = ReleasePayment { payment: id };
        payment(self.ask(JP, m.soba, pay::Command::from(command)))
    }

    pub fn cancel(
        &mut self,
        cell: usize,
        m: &Market,
        id: Id<Payment>,
    ) -> Result<PaymentView, Refusal> {
        let actor = if cell == CN { m.li } else { m.soba };
        payment(self.ask(cell, actor, pay::Command::from(CancelPayment { payment: id })))
    }

    pub fn refund(
        &mut self,
        m: &Market,
        payment: Id<Payment>,
        amount: u64,
    ) -> Result<RefundView, Refusal> {
        let id = self.id();
        self.refunded(m, RefundPayment { id, payment, amount })
    }

    pub fn refunded(&mut self, m: &Market, command: RefundPayment) -> Result<RefundView, Refusal> {
        match self.ask(JP, m.soba, pay::Command::from(command))? {
            Reply::Pay(pay::Reply::Refund(view)) => Ok(*view),
            other => panic!("{other:?}"),
        }
    }

    /// A payment as each cell shows it to its operator.
    pub fn legs(&self, id: Id<Payment>) -> Legs {
        let operator = kernel::Actor::of(1, kernel::Role::Operator);
        let view = |cell: usize| self.cells[cell].state.world().payment(operator, id).ok();
        Legs { payer: view(CN), seller: view(JP) }
    }

    /// How a payment ended or stands for its payer.
    pub fn status(&self, cell: usize, id: Id<Payment>) -> Option<Status> {
        let legs = self.legs(id);
        let leg = if cell == CN { legs.payer } else { legs.seller };
        leg.map(|leg| leg.status)
    }
}

fn payment(answer: Result<Reply, Refusal>) -> Result<PaymentView, Refusal> {
    match answer? {
        Reply::Pay(pay::Reply::Payment(view)) => Ok(*view),
        other => panic!("{other:?}"),
    }
}
