//! What moved a nostro, message by message, and by the hour.

use corridor::{Message, Sent};
use economy::Event;
use kernel::Id;
use kernel::id::Payment;
use rusqlite::{OptionalExtension, params};

use super::{Done, Projector, Record, blob, int};

/// Microseconds of an hour.
const HOUR: u64 = 3_600_000_000;

/// One movement of a nostro.
struct Entry {
    link: u8,
    /// Whether the nostro is kept here.
    keeper: bool,
    number: u64,
    payment: Option<Id<Payment>>,
    kind: &'static str,
    balance: i64,
}

impl Projector<'_> {
    /// A message tells what the nostro that we keep holds after it.
    pub(super) fn nostro_told(&mut self, record: &Record, sent: &Sent) -> Done {
        let Some(after) = sent.nostro_balance_after else { return Ok(()) };
        self.nostro_entry(
            record,
            &Entry {
                link: sent.link,
                keeper: true,
                number: sent.number,
                payment: sent.message.payment(),
                kind: match sent.message {
                    Message::Captured { .. } => "captured",
                    Message::Refunded { .. } => "refunded",
                    _ => "topped_up",
                },
                balance: int(after),
            },
        )
    }

    /// A message that was handled: what we hold with the other side after it.
    pub(super) fn mirror_told(
        &mut self,
        record: &Record,
        (link, number): (u8, u64),
        facts: &[Event],
    ) -> Done {
        let mirror = self.memory.links.get(usize::from(link)).and_then(|link| link.mirror);
        let Some(account) = mirror.and_then(|number| self.memory.account(number)) else {
            return Ok(());
        };
        let balance = i64::try_from(account.balance).unwrap_or(i64::MAX);
        let told = facts.iter().find_map(|fact| match fact {
            Event::Pay(pay::Event::PaymentTaken(f)) => Some((Some(f.payment), "captured")),
            Event::Pay(pay::Event::RefundArrived(f)) => Some((Some(f.payment), "refunded")),
            Event::Pay(pay::Event::RefundStranded(f)) => Some((Some(f.payment), "refunded")),
            Event::Pay(pay::Event::StrayArrived(f)) => {
                Some((Some(f.payment), if f.taken { "captured" } else { "refunded" }))
            }
            Event::Pay(pay::Event::MirrorRaised(_)) => Some((None, "topped_up")),
            _ => None,
        });
        let Some((payment, kind)) = told else { return Ok(()) };
        self.nostro_entry(record, &Entry { link, keeper: false, number, payment, kind, balance })
    }

    /// Nothing for a message that moved nothing.
    fn nostro_entry(&mut self, record: &Record, entry: &Entry) -> Done {
        let &Entry { link, keeper, number, payment, kind, balance } = entry;
        let before = match self.memory.nostros.get(&(link, keeper)) {
            Some(known) => *known,
            None => {
                let mut last = self.sql.prepare_cached(
                    "SELECT balance FROM nostro_entry WHERE link = ? AND keeper = ? \
                     ORDER BY number DESC LIMIT 1",
                )?;
                let known = last.query_row(params![link, keeper], |row| row.get(0)).optional()?;
                known.unwrap_or(0)
            }
        };
        self.memory.nostros.insert((link, keeper), balance);
        let moved = balance - before;
        if moved == 0 {
            return Ok(());
        }
        let mut put =
            self.sql.prepare_cached("INSERT INTO nostro_entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?;
        let at = int(record.now.0);
        let payment = payment.map(blob);
        put.execute(params![link, keeper, int(number), at, payment, kind, moved, balance])?;
        let hour = int(record.now.0 / HOUR);
        let of = |wanted: &str| if kind == wanted { moved.abs() } else { 0 };
        let mut add = self.sql.prepare_cached(
            "INSERT INTO nostro_hour VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET \
             captured = captured + ?4, refunded = refunded + ?5",
        )?;
        add.execute(params![link, keeper, hour, of("captured"), of("refunded")])?;
        Ok(())
    }
}
