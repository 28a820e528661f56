//! The wallets of other companies, as the configuration has them.

use std::collections::BTreeSet;

use cell::Outcome;
use connector::About;
use economy::{Answer, Query};
use pay::command::{RestConnector, SetConnector};

use super::{Founder, SetupError, Why};

impl Founder<'_> {
    /// Makes the wallets of other companies known that run with this cell, where it knows something
    /// else of them; those that do not run take nothing new. Gives the names of those that do not
    /// run and still have something under way.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn connect(&self, running: &[About]) -> Result<Vec<String>, SetupError> {
        let known = match self.cell.ask(Query::Connectors).await {
            Outcome::Answered { answer: Answer::Connectors(known), .. } => known,
            other => return Err(self.error("connectors", Why::Other(format!("{other:?}")))),
        };
        for about in running {
            let set = SetConnector {
                name: about.name.clone(),
                kind: about.kind.to_owned(),
                currency: about.currency,
                refund_parts: about.refunds.parts,
                refund_days: about.refunds.days,
                source: about.refunds.source.to_owned(),
            };
            let same = |view: &economy::ConnectorView| set.is_what(&view.connector);
            if !known.connectors.iter().any(same) {
                self.settled(&format!("connector {}", about.name), set).await?;
            }
        }
        let runs = |name: &String| running.iter().any(|about| about.name == *name);
        let others = known.connectors.iter().map(|view| &view.connector);
        for other in others.filter(|other| !other.rests && !runs(&other.name)) {
            let rest = RestConnector { name: other.name.clone() };
            self.settled(&format!("rest of connector {}", other.name), rest).await?;
        }
        let asks = known.asks.into_iter().map(|ask| ask.connector);
        let waiting = asks.chain(known.refunds.into_iter().map(|refund| refund.connector));
        let waiting: BTreeSet<_> = waiting.filter(|name| !runs(name)).collect();
        Ok(waiting.into_iter().collect())
    }
}
