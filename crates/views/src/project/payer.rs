//! Rows of the payer's legs.

use kernel::{Currency, Fault, Id, id::Payment};
use pay::event::*;
use rusqlite::{OptionalExtension, params};

use super::{Done, ProjectError, Projector, Record, blob, int};
use crate::abroad::Spent;
use crate::project::trail::Note;

const UNKNOWN: Fault = Fault("a fact names a payer's leg that is not there");

/// A payer's leg after a change.
struct Leg {
    /// The wallet's entry.
    wallet: u32,
    amount: u64,
    /// What the shop is paid in.
    currency: Currency,
    link: u8,
    trip: Option<u32>,
    /// All that the wallet has paid for it, in its own currency.
    paid: i64,
}

impl Projector<'_> {
    /// What a leg means for its wallet's trips; nothing when it was never paid.
    fn spent(&self, day: u32, leg: &Leg) -> Option<Spent> {
        let wallet = self.memory.wallets.get(leg.wallet as usize)?;
        let currency = self.memory.account(wallet.account)?.currency.numeric();
        let (party, trip) = (wallet.party, leg.trip?);
        Some(Spent { day, link: leg.link, wallet: leg.wallet, currency, party, trip })
    }

    pub(super) fn quote_made(&mut self, record: &mut Record, fact: &QuoteMade) -> Done {
        let note = Note {
            wallet: Some(fact.wallet),
            amount: Some((fact.amount, self.currency_over(fact.link)?)),
            ..Note::of("quote_made", fact.payment)
        };
        self.note(record, note)
    }

    pub(super) fn payment_confirmed(
        &mut self,
        record: &mut Record,
        fact: &PaymentConfirmed,
    ) -> Done {
        let currency = self.currency_over(fact.link)?;
        let wallet = self.memory.wallets.get(fact.wallet as usize).copied();
        let account = wallet.and_then(|wallet| self.memory.account(wallet.account));
        let own = account.ok_or(Fault("a payment names a wallet that is not there"))?.currency;
        let mut put = self.sql.prepare_cached(
            "INSERT INTO payment (id, side, attempt, status, wallet, store_ref, link, currency, \
             amount, wallet_currency, principal, spread, fee, lot, deadline_us, confirmed_us, \
             changed_us) VALUES (?1, 0, (SELECT count(*) FROM payment WHERE id = ?1 AND side = 0), \
             'confirmed', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?;
        let now = int(record.now.0);
        put.execute(params![
            blob(fact.payment),
            fact.wallet,
            fact.store.to_string(),
            fact.link,
            currency.numeric(),
            int(fact.amount),
            own.numeric(),
            int(fact.principal),
            int(fact.spread),
            int(fact.fee),
            fact.lot,
            int(fact.valid_until.0),
            now,
            now,
        ])?;
        let note = Note {
            wallet: Some(fact.wallet),
            amount: Some((fact.amount, currency)),
            ..Note::of("payment_confirmed", fact.payment)
        };
        self.note(record, note)
    }

    /// Changes the payer's newest leg: `set` has the time as ?2, and what it needs from ?3 on. Returns
    /// it as it is then.
    fn set_leg(
        &self,
        set: &str,
        record: &Record,
        payment: Id<Payment>,
        more: &[&dyn rusqlite::ToSql],
    ) -> Result<Leg, ProjectError> {
        let sql = format!(
            "UPDATE payment SET changed_us = ?2, {set} WHERE id = ?1 AND side = 0 AND attempt = \
             (SELECT max(attempt) FROM payment WHERE id = ?1 AND side = 0) \
             RETURNING wallet, amount, currency, link, trip, paid"
        );
        let (id, now) = (blob(payment), int(record.now.0));
        let mut all: Vec<&dyn rusqlite::ToSql> = vec![&id, &now];
        all.extend(more);
        let mut update = self.sql.prepare_cached(&sql)?;
        let found = update.query_row(&*all, |row| {
            Ok(Leg {
                wallet: row.get(0)?,
                amount: row.get::<_, i64>(1)? as u64,
                currency: crate::memory::currency(row, 2)?,
                link: row.get(3)?,
                trip: row.get(4)?,
                paid: row.get(5)?,
            })
        });
        Ok(found.optional()?.ok_or(UNKNOWN)?)
    }

    pub(super) fn payment_authorized(
        &mut self,
        record: &mut Record,
        fact: &PaymentAuthorized,
    ) -> Done {
        let set = "status = 'authorized', authorized_us = ?2, capture_later = 1, \
                   deadline_us = NULL";
        let Leg { wallet, amount, currency, .. } = self.set_leg(set, record, fact.payment, &[])?;
        let note = Note {
            wallet: Some(wallet),
            amount: Some((amount, currency)),
            ..Note::of("payment_authorized", fact.payment)
        };
        self.note(record, note)
    }

    pub(super) fn cancel_asked(&mut self, record: &mut Record, fact: &CancelAsked) -> Done {
        let Leg { wallet, amount, currency, .. } =
            self.set_leg("cancel_asked = 1", record, fact.payment, &[])?;
        let note = Note {
            wallet: Some(wallet),
            amount: Some((amount, currency)),
            ..Note::of("cancel_asked", fact.payment)
        };
        self.note(record, note)
    }

    pub(super) fn payment_taken(&mut self, record: &mut Record, fact: &PaymentTaken) -> Done {
        let paid = int(u64::try_from(-self.wallet_change(record)).unwrap_or(0));
        let set = if fact.last {
            "captured = ?3, paid = paid + ?4, trip = coalesce(trip, ?5), captured_us = ?2, \
             ended_us = ?2, status = 'captured', deadline_us = NULL"
        } else {
            "captured = ?3, paid = paid + ?4, trip = coalesce(trip, ?5), captured_us = ?2"
        };
        let day = self.memory.day(record.now);
        let trip = match self.wallet_moved(record) {
            Some(wallet) if paid > 0 => Some(self.memory.abroad.trip_of(self.sql, wallet, day)?),
            _ => None,
        };
        let more: [&dyn rusqlite::ToSql; 3] = [&int(fact.total_so_far), &paid, &trip];
        let leg = self.set_leg(set, record, fact.payment, &more)?;
        let Leg { wallet, currency, .. } = leg;
        if paid > 0
            && let Some(spent) = self.spent(day, &leg)
        {
            let first_part = leg.paid == paid;
            self.memory.abroad.paid(self.sql, spent, first_part, paid)?;
        }
        let note = Note {
            wallet: Some(wallet),
            amount: Some((fact.total_so_far, currency)),
            statement: "paid",
            ..Note::of("payment_taken", fact.payment)
        };
        self.note(record, note)
    }

    /// The wallet is whole again: a line of nothing on its statement says so.
    pub(super) fn payment_returned(&mut self, record: &mut Record, fact: &PaymentReturned) -> Done {
        let reason = fact.reason.map(|reason| reason.code());
        let status = if reason.is_some() { "declined" } else { "released" };
        let set = "status = ?3, declined = ?4, ended_us = ?2, deadline_us = NULL";
        let more: [&dyn rusqlite::ToSql; 2] = [&status, &reason];
        let Leg { wallet, amount, currency, .. } =
            self.set_leg(set, record, fact.payment, &more)?;
        if let Some(known) = self.memory.wallets.get(wallet as usize).copied() {
            self.statement_line(record, known.account, "returned", 0, Some(fact.payment))?;
        }
        let note = Note {
            wallet: Some(wallet),
            amount: Some((amount, currency)),
            detail: reason,
            ..Note::of("payment_returned", fact.payment)
        };
        self.note(record, note)
    }

    pub(super) fn refund_arrived(&mut self, record: &mut Record, fact: &RefundArrived) -> Done {
        let kind = "refund_arrived";
        self.came_back(record, kind, fact.payment, fact.total_so_far, fact.returned)
    }

    /// It came back from the shop, if not to the wallet.
    pub(super) fn refund_stranded(&mut self, record: &mut Record, fact: &RefundStranded) -> Done {
        let kind = "refund_stranded";
        self.came_back(record, kind, fact.payment, fact.total_so_far, fact.returned)
    }

    fn came_back(
        &mut self,
        record: &mut Record,
        kind: &'static str,
        payment: Id<Payment>,
        total_so_far: u64,
        returned: u64,
    ) -> Done {
        let set = "refunded = ?3, returned = returned + ?4, refunded_us = ?2, \
                   status = iif(?3 < captured, 'partly_refunded', 'refunded')";
        let more: [&dyn rusqlite::ToSql; 2] = [&int(total_so_far), &int(returned)];
        let leg = self.set_leg(set, record, payment, &more)?;
        let Leg { wallet, currency, .. } = leg;
        if let Some(spent) = self.spent(self.memory.day(record.now), &leg) {
            self.memory.abroad.returned(self.sql, spent, int(returned))?;
        }
        let note = Note {
            wallet: Some(wallet),
            amount: Some((total_so_far, currency)),
            statement: "refunded",
            ..Note::of(kind, payment)
        };
        self.note(record, note)
    }

    pub(super) fn stray_arrived(&mut self, record: &mut Record, fact: &StrayArrived) -> Done {
        let amount = self.currency_over(fact.link).ok().map(|currency| (fact.amount, currency));
        let sql = "SELECT wallet FROM payment WHERE id = ? AND side = 0";
        let known = self.sql.prepare_cached(sql)?.query_row([blob(fact.payment)], |row| row.get(0));
        let wallet = known.optional()?;
        self.note(record, Note { wallet, amount, ..Note::of("stray_arrived", fact.payment) })
    }
}
