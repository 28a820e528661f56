//! Rows of the seller's legs, of payments inside the cell, and the totals by day.

use corridor::CaptureMode;
use kernel::id::Payment;
use kernel::{Currency, Fault, Id};
use pay::event::*;
use rusqlite::{OptionalExtension, params};

use super::{Done, ProjectError, Projector, Record, blob, int};
use crate::figures::{Change, Cut, over};
use crate::project::trail::Note;

/// The seller's side of a payment over a link, and both sides of one inside the cell.
const OF_SELLER: &str = "side IN (1, 2)";

/// A seller's leg after a change.
pub(super) struct Sale {
    pub(super) store: u32,
    wallet: Option<u32>,
    link: Option<u8>,
    captured: u64,
    fee: u64,
}

impl Projector<'_> {
    fn seller_of(&self, store: u32) -> Result<(u32, Currency), ProjectError> {
        let merchant = self.memory.stores.get(store as usize).map(|store| store.merchant);
        let known = merchant.and_then(|entry| self.memory.merchants.get(entry as usize));
        let known = known.ok_or(Fault("a fact names a store that is not there"))?;
        Ok((merchant.unwrap_or_default(), known.currency))
    }

    /// Adds a change to the totals; `link` is the one that was paid over.
    fn total(&mut self, record: &Record, store: u32, link: Option<u8>, change: &Change) -> Done {
        let mut add = self.sql.prepare_cached(
            "INSERT INTO day_total VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
             ON CONFLICT DO UPDATE SET payments = payments + ?3, captured = captured + ?4, \
             refunds = refunds + ?5, refunded = refunded + ?6, fee = fee + ?7",
        )?;
        add.execute(params![
            self.memory.day(record.now),
            store,
            change.payments,
            change.captured,
            change.refunds,
            change.refunded,
            change.fee,
        ])?;
        let currency = self.seller_of(store)?.1.numeric();
        let known = self.memory.stores.get(store as usize);
        let known = known.ok_or(Fault("a fact names a store that is not there"))?;
        let cut = Cut {
            day: self.memory.day(record.now),
            minute: self.memory.minute(record.now),
            prefecture: known.prefecture,
            category: known.category,
            // A wallet of this cell pays in the store's currency, or not at all.
            wallet: link.map_or(i32::from(currency), over),
            currency,
        };
        drop(add);
        self.memory.figures.add(cut, change);
        self.sold_since_file(self.seller_of(store)?.0, change)
    }

    /// Makes the seller's leg, or changes the requested one.
    fn put_sale(
        &self,
        record: &Record,
        payment: Id<Payment>,
        store: u32,
        amount: u64,
        status: &str,
    ) -> Result<Currency, ProjectError> {
        let (merchant, currency) = self.seller_of(store)?;
        let mut put = self.sql.prepare_cached(
            "INSERT INTO payment (id, side, status, store, store_ref, merchant, currency, amount, \
             merchant_fee, changed_us) \
             SELECT ?1, 1, ?2, number, reference, ?4, ?5, ?6, 0, ?7 FROM store WHERE number = ?3 \
             ON CONFLICT (id, side, attempt) DO UPDATE SET status = ?2, changed_us = ?7",
        )?;
        put.execute(params![
            blob(payment),
            status,
            store,
            merchant,
            currency.numeric(),
            int(amount),
            int(record.now.0),
        ])?;
        Ok(currency)
    }

    /// The sale itself is the news.
    pub(super) fn sale_placed(&self, fact: &SalePlaced) -> Done {
        let mut put = self.sql.prepare_cached(
            "UPDATE payment SET place = ?2, place_reference = ?3 WHERE id = ?1 AND side IN (1, 2)",
        )?;
        put.execute(params![blob(fact.payment), fact.place.label, fact.place.reference])?;
        Ok(())
    }

    /// [`Self::put_sale`] and what is changed by a capture, in one: most sales are nothing else.
    fn put_captured(&self, record: &Record, fact: &SaleCaptured) -> Result<Currency, ProjectError> {
        let (merchant, currency) = self.seller_of(fact.store)?;
        let mut put = self.sql.prepare_cached(
            "INSERT INTO payment (id, side, status, store, store_ref, merchant, currency, amount, \
             captured, merchant_fee, link, captured_us, ended_us, changed_us) \
             SELECT ?1, 1, 'captured', number, reference, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?8, ?8 \
             FROM store WHERE number = ?2 \
             ON CONFLICT (id, side, attempt) DO UPDATE SET status = 'captured', captured = ?5, \
             merchant_fee = ?6, link = ?7, captured_us = ?8, ended_us = ?8, deadline_us = NULL, \
             changed_us = ?8",
        )?;
        put.execute(params![
            blob(fact.payment),
            fact.store,
            merchant,
            currency.numeric(),
            int(fact.amount),
            int(fact.fee),
            fact.link,
            int(record.now.0),
        ])?;
        Ok(currency)
    }

    /// Changes the seller's leg: `set` has the time as ?2, and what it needs from ?3 on.
    pub(super) fn set_sale(
        &self,
        set: &str,
        record: &Record,
        payment: Id<Payment>,
        more: &[&dyn rusqlite::ToSql],
    ) -> Result<Sale, ProjectError> {
        let sql = format!(
            "UPDATE payment SET changed_us = ?2, {set} WHERE id = ?1 AND {OF_SELLER} \
             RETURNING store, wallet, captured, merchant_fee, link"
        );
        let (id, now) = (blob(payment), int(record.now.0));
        let mut all: Vec<&dyn rusqlite::ToSql> = vec![&id, &now];
        all.extend(more);
        let mut update = self.sql.prepare_cached(&sql)?;
        let found = update.query_row(&*all, |row| {
            let amount = |column| row.get::<_, Option<i64>>(column).map(|n| n.unwrap_or(0) as u64);
            Ok(Sale {
                store: row.get(0)?,
                wallet: row.get(1)?,
                captured: amount(2)?,
                fee: amount(3)?,
                link: row.get(4)?,
            })
        });
        Ok(found.optional()?.ok_or(Fault("a fact names a seller's leg that is not there"))?)
    }

    fn sale(&self, payment: Id<Payment>) -> Result<Sale, ProjectError> {
        let sql = "SELECT store, wallet, captured, coalesce(merchant_fee, 0), link FROM payment \
                   WHERE id = ?1 AND side IN (1, 2)";
        let found = self.sql.prepare_cached(sql)?.query_row([blob(payment)], |row| {
            Ok(Sale {
                store: row.get(0)?,
                wallet: row.get(1)?,
                captured: row.get::<_, i64>(2)? as u64,
                fee: row.get::<_, i64>(3)? as u64,
                link: row.get(4)?,
            })
        });
        Ok(found.optional()?.ok_or(Fault("a fact names a seller's leg that is not there"))?)
    }

    pub(super) fn payment_requested(
        &mut self,
        record: &mut Record,
        fact: &PaymentRequested,
    ) -> Done {
        let currency = self.put_sale(record, fact.payment, fact.store, fact.amount, "requested")?;
        let later = fact.capture == CaptureMode::Later;
        let more: [&dyn rusqlite::ToSql; 2] = [&int(fact.deadline.0), &later];
        let set = "requested_us = ?2, deadline_us = ?3, capture_later = ?4";
        self.set_sale(set, record, fact.payment, &more)?;
        let note = Note {
            store: Some(fact.store),
            amount: Some((fact.amount, currency)),
            ..Note::of("payment_requested", fact.payment)
        };
        self.note(record, note)
    }

    pub(super) fn sale_captured(&mut self, record: &mut Record, fact: &SaleCaptured) -> Done {
        self.captured_as("sale_captured", record, fact)
    }

    pub(super) fn captured_as(
        &mut self,
        kind: &'static str,
        record: &mut Record,
        fact: &SaleCaptured,
    ) -> Done {
        let currency = self.put_captured(record, fact)?;
        let (captured, fee) = (int(fact.amount), int(fact.fee));
        let change = Change { payments: 1, captured, fee, ..Change::default() };
        self.total(record, fact.store, Some(fact.link), &change)?;
        let note = Note {
            store: Some(fact.store),
            amount: Some((fact.amount, currency)),
            ..Note::of(kind, fact.payment)
        };
        self.note(record, note)
    }

    pub(super) fn sale_held(&mut self, record: &mut Record, fact: &SaleHeld) -> Done {
        let currency =
            self.put_sale(record, fact.payment, fact.store, fact.amount, "authorized")?;
        let set = "link = ?3, authorized_us = ?2, deadline_us = ?4, capture_later = 1";
        let more: [&dyn rusqlite::ToSql; 2] = [&fact.link, &int(fact.deadline.0)];
        self.set_sale(set, record, fact.payment, &more)?;
        let note = Note {
            store: Some(fact.store),
            amount: Some((fact.amount, currency)),
            ..Note::of("sale_held", fact.payment)
        };
        self.note(record, note)
    }

    pub(super) fn sale_part_captured(
        &mut self,
        record: &mut Record,
        fact: &SalePartCaptured,
    ) -> Done {
        let before = self.sale(fact.payment)?;
        let set = if fact.last {
            "captured = ?3, merchant_fee = ?4, captured_us = coalesce(captured_us, ?2), \
             ended_us = ?2, status = 'captured', deadline_us = NULL"
        } else {
            "captured = ?3, merchant_fee = ?4, captured_us = coalesce(captured_us, ?2)"
        };
        let more: [&dyn rusqlite::ToSql; 2] = [&int(fact.total_so_far), &int(fact.fee_so_far)];
        let after = self.set_sale(set, record, fact.payment, &more)?;
        let change = Change {
            payments: i64::from(before.captured == 0 && after.captured > 0),
            captured: int(after.captured) - int(before.captured),
            fee: int(after.fee) - int(before.fee),
            ..Change::default()
        };
        self.total(record, after.store, after.link, &change)?;
        let note = Note {
            store: Some(after.store),
            amount: Some((fact.total_so_far, self.seller_of(after.store)?.1)),
            ..Note::of("sale_part_captured", fact.payment)
        };
        self.note(record, note)
    }

    pub(super) fn sale_ended(
        &mut self,
        record: &mut Record,
        payment: Id<Payment>,
        status: &'static str,
        kind: &'static str,
    ) -> Done {
        let set = "status = ?3, ended_us = ?2, deadline_us = NULL";
        let sale = self.set_sale(set, record, payment, &[&status])?;
        self.note(record, Note { store: Some(sale.store), ..Note::of(kind, payment) })
    }

    /// A payer was told no. The request, if there is one, is still open or was paid by another.
    pub(super) fn sale_declined(&mut self, record: &mut Record, fact: &SaleDeclined) -> Done {
        let store = self.sale(fact.payment).ok().map(|sale| sale.store);
        let currency = store.map(|store| self.seller_of(store)).transpose()?;
        let note = Note {
            store,
            amount: currency.map(|(_, currency)| (fact.amount, currency)),
            detail: Some(fact.reason.code()),
            ..Note::of("sale_declined", fact.payment)
        };
        self.note(record, note)
    }

    pub(super) fn paid_here(&mut self, record: &mut Record, fact: &PaidHere) -> Done {
        let currency = self.put_sale(record, fact.payment, fact.store, fact.amount, "captured")?;
        let set = "side = 2, captured = amount, merchant_fee = ?3, wallet = ?4, \
                   wallet_currency = currency, principal = amount, spread = 0, fee = 0, \
                   paid = amount, confirmed_us = ?2, captured_us = ?2, ended_us = ?2, \
                   deadline_us = NULL";
        let more: [&dyn rusqlite::ToSql; 2] = [&int(fact.fee), &fact.wallet];
        self.set_sale(set, record, fact.payment, &more)?;
        let (captured, fee) = (int(fact.amount), int(fact.fee));
        let change = Change { payments: 1, captured, fee, ..Change::default() };
        self.total(record, fact.store, None, &change)?;
        if let Some(store) = self.memory.stores.get(fact.store as usize).copied()
            && let Some(wallet) = self.memory.wallets.get(fact.wallet as usize).copied()
        {
            let (day, trade) = (self.memory.day(record.now), store.category.word());
            let numeric = currency.numeric();
            self.memory.abroad.paid_here(day, store.prefecture, trade, numeric, wallet.party);
        }
        let note = Note {
            wallet: Some(fact.wallet),
            store: Some(fact.store),
            amount: Some((fact.amount, currency)),
            statement: "paid",
            ..Note::of("paid_here", fact.payment)
        };
        self.note(record, note)
    }

    pub(super) fn sale_refunded(&mut self, record: &mut Record, fact: &SaleRefunded) -> Done {
        let set = "refunded = ?3, fee_refunded = coalesce(fee_refunded, 0) + ?4, \
                   returned = iif(side = 2, ?3, 0), refunded_us = ?2, \
                   status = iif(?3 < captured, 'partly_refunded', 'refunded')";
        let more: [&dyn rusqlite::ToSql; 2] = [&int(fact.total_so_far), &int(fact.fee)];
        let sale = self.set_sale(set, record, fact.payment, &more)?;
        let change = Change {
            refunds: 1,
            refunded: int(fact.amount),
            fee: -int(fact.fee),
            ..Change::default()
        };
        self.total(record, sale.store, sale.link, &change)?;
        let note = Note {
            wallet: sale.wallet,
            store: Some(sale.store),
            amount: Some((fact.amount, self.seller_of(sale.store)?.1)),
            statement: "refunded",
            ..Note::of("sale_refunded", fact.payment)
        };
        self.note(record, note)
    }
}
