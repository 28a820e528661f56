//! What a merchant has of what others sold, payment by payment.

use kernel::id::{Merchant, Payment};
use kernel::{Currency, Id, Ref, Timestamp};
use pay::costs::ShareKind;

use super::{currency, id, limited, parsed, time, unsigned, worded};
use crate::project::int;
use crate::{Views, ViewsError};

/// A share of one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareRow {
    /// Its place in the list, by payment and share: a page goes on behind it.
    pub at: [u64; 2],
    /// Of which payment.
    pub payment: Id<Payment>,
    /// Who sold.
    pub seller: Ref<Merchant>,
    /// The seller's public name.
    pub name: String,
    /// What the share is for.
    pub kind: ShareKind,
    /// In what.
    pub currency: Currency,
    /// What it came to, in minor units.
    pub amount: u64,
    /// What of that went back with refunds.
    pub returned: u64,
    /// When the payment was captured.
    pub captured: Timestamp,
}

impl Views {
    /// The shares of a merchant in what others sold, the newest first, behind a place of the list, at
    /// most so many.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn shares_to(
        &self,
        receiver: Ref<Merchant>,
        after: Option<[u64; 2]>,
        limit: usize,
    ) -> Result<Vec<ShareRow>, ViewsError> {
        self.ask(|sql| {
            let mut rows = sql.prepare_cached(
                "SELECT p.seq, x.ord, x.payment, g.reference, g.name, x.kind, p.currency, x.amount, \
                 x.returned, p.captured_us FROM merchant m \
                 JOIN share x ON x.receiver = m.entry \
                 JOIN split s ON s.number = x.split JOIN merchant g ON g.entry = s.merchant \
                 JOIN payment p ON p.id = x.payment AND p.side IN (1, 2) AND p.captured > 0 \
                 WHERE m.reference = ?1 AND (p.seq < ?2 OR (p.seq = ?2 AND x.ord > ?3)) \
                 ORDER BY p.seq DESC, x.ord LIMIT ?4",
            )?;
            let [seq, ord] = after.map_or([i64::MAX, 0], |at| at.map(int));
            let asked = (receiver.to_string(), seq, ord, limited(limit));
            let found = rows.query_map(asked, |row| {
                Ok(ShareRow {
                    at: [unsigned(row, 0)?, unsigned(row, 1)?],
                    payment: id(row, 2)?,
                    seller: parsed(row, 3)?,
                    name: row.get(4)?,
                    kind: worded(row, 5, ShareKind::from_word)?,
                    currency: currency(row, 6)?,
                    amount: unsigned(row, 7)?,
                    returned: unsigned(row, 8)?,
                    captured: time(row, 9)?,
                })
            })?;
            found.collect()
        })
    }
}
