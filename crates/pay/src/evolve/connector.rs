//! How facts of connectors change the state.

use corridor::CaptureMode;
use kernel::id::Payment;
use kernel::{Id, Timestamp};

use crate::Event;
use crate::decide::stray_hash;
use crate::event::{
    ConnectorAsked, ConnectorFailed, ConnectorPaid, ConnectorRefundBegun, ConnectorStray,
};
use crate::state::{
    AskEnd, ClosedIncoming, ConnectorAsk, Due, End, IncomingState, Marks, NO_LINK, State, Stray,
    ThroughConnector, halves, over_connector,
};

impl State {
    /// A fact of a connector.
    pub(super) fn of_connector(&mut self, now: Timestamp, event: &Event) {
        match event {
            Event::ConnectorSet(fact) => self.market.connectors.set(fact),
            Event::ConnectorRested(fact) => self.market.connectors.rested(fact),
            Event::ConnectorAsked(fact) => self.connector_asked(now, fact),
            Event::ConnectorCancelAsked(fact) => self.ask_mut(fact.payment).cancel = true,
            Event::ConnectorPaid(fact) => self.connector_paid(now, fact),
            Event::ConnectorFailed(fact) => self.connector_failed(now, fact),
            Event::ConnectorStray(fact) => self.connector_stray(now, fact),
            Event::ConnectorStrayReturned(fact) => {
                let known = self.market.connectors.open_strays.remove(&fact.stray);
                known.expect("judged: the stray is in suspense");
            }
            Event::ConnectorRefundBegun(fact) => self.connector_refund_begun(now, fact),
            Event::ConnectorRefundEnded(fact) => {
                let ended = self.market.connectors.refunds.remove(&fact.refund);
                ended.expect("judged: the refund is under way");
            }
            Event::ConnectorSettled(fact) => {
                self.market.references.insert(fact.reference);
                // The bank's line that says so too is found by it.
                self.market.banking.keep_booked(fact.reference, fact.received);
            }
            _ => unreachable!("facts of connectors alone come here"),
        }
    }

    fn connector_asked(&mut self, now: Timestamp, fact: &ConnectorAsked) {
        let sale = self.incoming.get_mut(fact.leg).expect("judged: the sale is open");
        assert_eq!(sale.state, IncomingState::Requested, "only what waits is asked for elsewhere");
        sale.state = IncomingState::Asked;
        sale.link = over_connector(fact.connector);
        // From here on the other company decides: the deadline ends nothing by itself.
        let due = (sale.deadline, Due::Incoming(fact.leg));
        self.due.remove(&due);
        self.market.connectors.asked(now, fact);
    }

    fn ask_mut(&mut self, payment: Id<Payment>) -> &mut ConnectorAsk {
        self.market.connectors.asks.get_mut(&payment).expect("judged: the payment was asked for")
    }

    fn connector_paid(&mut self, now: Timestamp, fact: &ConnectorPaid) {
        self.take_sale(fact.leg);
        let (number, attempt) = (fact.connector, fact.attempt);
        self.close_sale(ClosedIncoming {
            id: halves(fact.payment),
            payer: ThroughConnector { number, attempt, parts: 0 }.payer(),
            amount: fact.amount,
            fee: fact.fee,
            refunded: 0,
            store: fact.store,
            closed_s: now.seconds() as u32,
            link: over_connector(number),
            end: End::Captured,
            marks: Marks::new(CaptureMode::Now, false),
        });
    }

    fn connector_failed(&mut self, now: Timestamp, fact: &ConnectorFailed) {
        self.wait_again(fact.payment, fact.leg, fact.end);
        if fact.cancelled {
            self.end_sale(now, fact.leg, End::Cancelled);
        }
    }

    /// The payment waits as before, for any wallet; its deadline counts again.
    fn wait_again(&mut self, payment: Id<Payment>, leg: u32, end: AskEnd) {
        self.ask_mut(payment).end = Some(end);
        let sale = self.incoming.get_mut(leg).expect("judged: the sale is asked for");
        assert_eq!(sale.state, IncomingState::Asked, "only what is asked for comes back");
        (sale.state, sale.link) = (IncomingState::Requested, NO_LINK);
        let due = (sale.deadline, Due::Incoming(leg));
        self.due.insert(due);
    }

    fn connector_stray(&mut self, now: Timestamp, fact: &ConnectorStray) {
        let hash = stray_hash(fact.connector, &fact.reference, fact.amount);
        self.market.connectors.strays.insert(hash);
        self.market.connectors.open_strays.insert(hash, Stray::of(now, fact));
        if let Some(leg) = fact.leg {
            self.wait_again(fact.payment, leg, AskEnd::Cancelled);
        }
    }

    fn connector_refund_begun(&mut self, now: Timestamp, fact: &ConnectorRefundBegun) {
        self.market.connectors.refund_begun(now, fact);
        let leg = self.closed_in.get_mut(fact.closed).expect("judged: the closed leg is kept");
        let through = leg.through().expect("judged: a connector paid it");
        leg.payer = ThroughConnector { parts: through.parts + 1, ..through }.payer();
    }
}
