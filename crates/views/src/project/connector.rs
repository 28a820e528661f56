//! Rows of what wallets of other companies pay.

use pay::event::*;
use pay::state::over_connector;
use rusqlite::params;

use super::trail::Note;
use super::{Done, Projector, Record};

impl Projector<'_> {
    pub(super) fn connector_set(&mut self, record: &mut Record, fact: &ConnectorSet) -> Done {
        let mut put =
            self.sql.prepare_cached("INSERT OR REPLACE INTO connector VALUES (?, ?, ?, ?)")?;
        put.execute(params![over_connector(fact.number), fact.name, fact.kind, fact.account])?;
        drop(put);
        self.note(record, Note::new("connector_set"))
    }

    pub(super) fn connector_cancel_asked(
        &mut self,
        record: &mut Record,
        fact: &ConnectorCancelAsked,
    ) -> Done {
        self.set_sale("cancel_asked = 1", record, fact.payment, &[])?;
        self.note(record, Note::of("connector_cancel_asked", fact.payment))
    }

    /// A sale as any other, from elsewhere.
    pub(super) fn connector_paid(&mut self, record: &mut Record, fact: &ConnectorPaid) -> Done {
        let sale = SaleCaptured {
            payment: fact.payment,
            leg: Some(fact.leg),
            store: fact.store,
            link: over_connector(fact.connector),
            payer: 0,
            amount: fact.amount,
            fee: fact.fee,
        };
        self.captured_as("connector_paid", record, &sale)
    }

    pub(super) fn connector_failed(&mut self, record: &mut Record, fact: &ConnectorFailed) -> Done {
        if fact.cancelled {
            return self.sale_ended(record, fact.payment, "cancelled", "connector_failed");
        }
        let sale = self.set_sale("cancel_asked = 0", record, fact.payment, &[])?;
        let note = Note {
            store: Some(sale.store),
            detail: Some(fact.end.word()),
            ..Note::of("connector_failed", fact.payment)
        };
        self.note(record, note)
    }

    pub(super) fn connector_stray(&mut self, record: &mut Record, fact: &ConnectorStray) -> Done {
        let note = Note::of("connector_stray", fact.payment);
        self.note(record, Note { detail: Some(fact.reason.word()), ..note })
    }

    pub(super) fn connector_refund_begun(
        &mut self,
        record: &mut Record,
        fact: &ConnectorRefundBegun,
    ) -> Done {
        self.note(record, Note::of("connector_refund_begun", fact.payment))
    }
}
