//! What another company said becomes a command of the cell.

use connector::{
    Declined, Disbelief, Notified, OrderNumber, Outcome, RefundNumber, RefundOutcome, RefundRefused,
};
use economy::{Answer, Command, Query, Request};
use kernel::{Actor, Money, Refuse};
use pay::command::{ConfirmConnectorFailed, ConfirmConnectorPaid, EndConnectorRefund};
use pay::state::{AskEnd, RefundEnd};

use super::{Counter, Said};

/// What became of what was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The cell has it, durable; now or before.
    Booked,
    /// There is no end yet.
    Open(Said),
    /// The cell does not take it now, or nobody knows whether it did.
    NotNow,
}

impl Told {
    /// What stands in the folder after it. What the cell has leaves the folder by itself.
    pub(super) const fn said(self) -> Said {
        match self {
            Self::Open(said) => said,
            Self::Booked | Self::NotNow => Said::Unknown,
        }
    }
}

const fn end_of(why: Declined) -> AskEnd {
    match why {
        Declined::CodeExpired => AskEnd::CodeExpired,
        Declined::CodeUnusable => AskEnd::CodeUnusable,
        Declined::NoMoney => AskEnd::NoMoney,
        Declined::PayerDeclined => AskEnd::PayerDeclined,
        Declined::LimitReached => AskEnd::LimitReached,
        Declined::NotPermitted => AskEnd::NotPermitted,
        Declined::Cancelled => AskEnd::Cancelled,
        Declined::GivenBack => AskEnd::GivenBack,
        Declined::NeverArrived => AskEnd::NeverArrived,
    }
}

const fn refund_end_of(why: RefundRefused) -> RefundEnd {
    match why {
        RefundRefused::TooLate => RefundEnd::TooLate,
        RefundRefused::TooManyParts => RefundEnd::TooManyParts,
        RefundRefused::TooMuch => RefundEnd::TooMuch,
        RefundRefused::NoSuchPayment => RefundEnd::NoSuchPayment,
        RefundRefused::PayerGone => RefundEnd::PayerGone,
        RefundRefused::NotPermitted => RefundEnd::NotPermitted,
        RefundRefused::Closed => RefundEnd::Closed,
    }
}

impl Counter {
    /// Tells the cell what became of an attempt.
    pub async fn tell(&self, connector: &str, number: OrderNumber, outcome: Outcome) -> Told {
        let OrderNumber { payment, attempt } = number;
        let connector = connector.to_owned();
        match outcome {
            Outcome::Paid(paid) => {
                let own = self.wallet(&connector).map(|wallet| wallet.about().currency);
                if own != Some(paid.amount.currency) {
                    tracing::error!(%payment, "another currency was paid than the contract has");
                    return Told::Open(Said::Differs(paid.amount));
                }
                let amount = paid.amount.minor;
                let (reference, evidence) = (paid.reference, paid.evidence);
                let paid = ConfirmConnectorPaid {
                    payment,
                    attempt,
                    connector,
                    amount,
                    reference,
                    evidence,
                };
                self.submit(paid).await
            }
            Outcome::Declined(why) => {
                let end = end_of(why);
                self.submit(ConfirmConnectorFailed { payment, attempt, connector, end }).await
            }
            Outcome::Pending => Told::Open(Said::Waits),
            Outcome::Unknown => Told::Open(Said::Unknown),
        }
    }

    /// Tells the cell what became of a refund of so much.
    pub async fn tell_refund(
        &self,
        connector: &str,
        number: RefundNumber,
        due: Money,
        outcome: RefundOutcome,
    ) -> Told {
        let (refund, connector) = (number.0, connector.to_owned());
        let (end, evidence) = match outcome {
            RefundOutcome::Done(done) if done.amount != due => {
                tracing::error!(%refund, "another sum was given back than was asked for");
                return Told::Open(Said::Differs(done.amount));
            }
            RefundOutcome::Done(done) => (RefundEnd::Done, done.evidence),
            RefundOutcome::Refused(why) => (refund_end_of(why), [0; 32]),
            RefundOutcome::Pending => return Told::Open(Said::Waits),
            RefundOutcome::Stuck(snag) => return Told::Open(Said::Stuck(snag)),
            RefundOutcome::Unknown => return Told::Open(Said::Unknown),
        };
        self.submit(EndConnectorRefund { refund, connector, end, evidence }).await
    }

    async fn submit(&self, command: impl Into<pay::Command>) -> Told {
        let command = Command::Pay(command.into());
        let request = Request { actor: Actor::CELL, fingerprint: None, command };
        match self.handle.submit(request).await {
            cell::Outcome::Done { .. } | cell::Outcome::Repeated { .. } => Told::Booked,
            cell::Outcome::Refused { refusal, .. } => match refusal.code() {
                "already_done" => Told::Booked,
                code if refusal.is_transient() => {
                    tracing::warn!(code, "what another company said is told again later");
                    Told::NotNow
                }
                code => {
                    tracing::error!(code, "the cell does not take what another company said");
                    Told::Open(Said::NotTaken(code))
                }
            },
            _ => Told::NotNow,
        }
    }

    /// Reads what came to a connector's address for notifications and tells the cell. It may be
    /// acknowledged once nothing more is to be done for it: what it tells is durable here, or is
    /// asked about again all the same.
    ///
    /// # Errors
    /// [`Disbelief`]: nothing was done, and nothing may be.
    pub async fn hear(
        &self,
        connector: &str,
        notified: Result<Notified, Disbelief>,
    ) -> Result<Told, Disbelief> {
        Ok(match notified? {
            Notified::Payment { number, outcome } => {
                let told = match self.differs(number, &outcome) {
                    // Another sum is booked as such only when it was asked about.
                    Some(paid) => Told::Open(Said::Differs(paid)),
                    None => self.tell(connector, number, outcome).await,
                };
                self.heard(Some(number.payment), None, told);
                told
            }
            Notified::Refund { number, outcome } => {
                let Some(due) = self.due_of(connector, number).await else {
                    // Not under way: it had its end, or is none of ours.
                    return Ok(Told::Booked);
                };
                let told = self.tell_refund(connector, number, due, outcome).await;
                self.heard(None, Some(number.0), told);
                told
            }
            Notified::Other => Told::Booked,
        })
    }

    /// What was paid, if that is not what is being asked for.
    fn differs(&self, number: OrderNumber, outcome: &Outcome) -> Option<Money> {
        let Outcome::Paid(paid) = outcome else { return None };
        let folder = self.folder();
        let view = folder.payment(number.payment)?;
        let due = Money::new(view.amount, view.currency);
        (view.attempt == number.attempt && due != paid.amount).then_some(paid.amount)
    }

    fn heard(
        &self,
        payment: Option<kernel::Id<kernel::id::Payment>>,
        refund: Option<kernel::Id<kernel::id::Refund>>,
        told: Told,
    ) {
        if told != Told::Booked {
            self.folder().nudge(payment, refund, &self.pauses);
        }
        self.look();
    }

    /// What a refund that is under way comes to.
    async fn due_of(&self, connector: &str, number: RefundNumber) -> Option<Money> {
        let cell::Outcome::Answered { answer: Answer::Connectors(open), .. } =
            self.handle.ask(Query::Connectors).await
        else {
            return None;
        };
        let mut of = open.refunds.iter();
        let view = of.find(|view| view.refund == number.0 && view.connector == connector)?;
        Some(Money::new(view.amount, view.payment.currency))
    }
}
