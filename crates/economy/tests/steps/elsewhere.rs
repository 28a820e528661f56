//! What another company is asked, and says.

use economy::{Refusal, Reply};
use kernel::Currency;
use pay::command::*;
use pay::state::{AskEnd, RefundEnd, Shape};

use super::{Play, pick};
use crate::support::JP;

const NAME: &str = "wechat";

pub fn connector() -> SetConnector {
    SetConnector {
        name: NAME.to_owned(),
        kind: NAME.to_owned(),
        currency: Currency::JPY,
        refund_parts: 3,
        refund_days: 20,
        source: "a contract".to_owned(),
    }
}

impl Play {
    pub(super) fn ask_elsewhere(&mut self, payment: usize) -> Option<Result<Reply, Refusal>> {
        let (payment, connector) = (pick(&self.payments, payment)?, NAME.to_owned());
        let shape = Shape::Taken;
        Some(self.pay(JP, self.m.soba, BeginConnectorPayment { payment, connector, shape }))
    }

    pub(super) fn said_elsewhere(
        &mut self,
        (payment, attempt): (usize, u16),
        paid: bool,
        amount: Option<u64>,
    ) -> Option<Result<Reply, Refusal>> {
        let (payment, connector) = (pick(&self.payments, payment)?, NAME.to_owned());
        if !paid {
            let end = AskEnd::NoMoney;
            let failed = ConfirmConnectorFailed { payment, attempt, connector, end };
            return Some(self.pay(JP, self.m.operator, failed));
        }
        let due = self.w.cells[JP].state.pay.incoming(payment).map(|(_, leg)| leg.amount);
        let paid = ConfirmConnectorPaid {
            payment,
            attempt,
            connector,
            amount: amount.or(due)?,
            reference: format!("{payment} {attempt}"),
            evidence: [1; 32],
        };
        Some(self.pay(JP, self.m.operator, paid))
    }

    pub(super) fn back_elsewhere(
        &mut self,
        payment: usize,
        amount: u64,
    ) -> Option<Result<Reply, Refusal>> {
        let (id, payment) = (self.w.id(), pick(&self.payments, payment)?);
        Some(self.pay(JP, self.m.soba, BeginConnectorRefund { id, payment, amount }))
    }

    pub(super) fn back_said(&mut self, done: bool) -> Option<Result<Reply, Refusal>> {
        let refunds = &self.w.cells[JP].state.pay.connectors().refunds;
        let refund = *refunds.keys().next()?;
        let end = if done { RefundEnd::Done } else { RefundEnd::Closed };
        let (connector, evidence) = (NAME.to_owned(), [2; 32]);
        let ended = EndConnectorRefund { refund, connector, end, evidence };
        Some(self.pay(JP, self.m.operator, ended))
    }

    /// The other company says of all that it was asked that it came to nothing.
    pub fn end_elsewhere(&mut self) {
        while self.back_said(false).is_some() {}
        let asks = self.w.cells[JP].state.world().connector_asks();
        for ask in asks {
            let (payment, attempt, connector) = (ask.payment, ask.attempt, ask.connector);
            let end = AskEnd::NeverArrived;
            let failed = ConfirmConnectorFailed { payment, attempt, connector, end };
            let ended = self.pay(JP, self.m.operator, failed);
            ended.expect("what is asked ends by a word");
        }
    }
}
