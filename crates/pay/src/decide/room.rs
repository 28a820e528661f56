//! Whether there is room for what a command adds. Entries are numbered with 32 bits, and a fact
//! must be applicable whenever it is read: so who would need one number too many is refused.

use super::World;
use crate::{Command, Refusal};

/// The most accounts that one command opens.
const ACCOUNTS: usize = 6;
/// The most holds that one command makes.
const HOLDS: usize = 4;

impl World<'_> {
    /// Refuses a command that adds an entry of a kind of which there are as many as may be. What
    /// ends something adds none: a leg keeps room for its end.
    pub(super) fn room_for(&self, command: &Command) -> Result<(), Refusal> {
        let (market, below) = (&self.pay.market, |count| count < self.max_entries);
        let room = match command {
            Command::OpenBook(_)
            | Command::OpenLink(_)
            | Command::OpenWallet(_)
            | Command::SetConnector(_)
            | Command::SetPartner(_)
            | Command::RegisterMerchant(_) => below(self.book.account_count() as usize + ACCOUNTS),
            Command::RegisterParty(_) => below(self.pay.parties.len()),
            Command::OpenStore(_) => below(market.stores.len()),
            Command::AddTill(_) => below(market.tills.len()),
            Command::EnrolPhone(_) => below(self.pay.phones.len()),
            Command::ChargePayment(c) => self.room_for_sale(c.request.is_none()),
            Command::MakeQuote(_) => below(self.pay.quotes.len()),
            Command::ConfirmPayment(_) => {
                below(self.pay.outgoing.len() + self.pay.closed_out.len()) && self.room_for_holds()
            }
            Command::RequestPayment(_) => self.room_for_sale(false),
            Command::CapturePayment(_) => below(self.pay.parts.len()),
            // One through a connector holds the money until the other company has given it back.
            Command::RefundPayment(_) | Command::BeginConnectorRefund(_) => {
                below(self.pay.parts.len()) && self.room_for_holds()
            }
            Command::PayHere(c) => self.room_for_sale(self.pay.incoming(c.payment).is_some()),
            _ => true,
        };
        if room { Ok(()) } else { Err(Refusal::CellFull) }
    }

    /// Whether a seller's leg can be added (unless it was requested and is here) and paid.
    pub(super) fn room_for_sale(&self, requested: bool) -> bool {
        let legs = self.pay.incoming.len() + self.pay.closed_in.len();
        (requested || legs < self.max_entries) && self.room_for_holds()
    }

    pub(super) fn room_for_holds(&self) -> bool {
        self.book.hold_count() + HOLDS < self.max_entries
    }
}
