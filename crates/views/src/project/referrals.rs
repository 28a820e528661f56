//! Rows of what referrers have of what the cell earned.

use kernel::Id;
use kernel::id::Payment;
use pay::event::{ReferralReturned, ReferralShared, Referred};
use rusqlite::{OptionalExtension, params};

use super::trail::Note;
use super::{Done, ProjectError, Projector, Record, blob, int};

/// What is known of a payment: the merchant's entry, earned, given, returned.
type Known = (u32, i64, i64, i64);

impl Projector<'_> {
    pub(super) fn referred(&mut self, record: &mut Record, fact: &Referred) -> Done {
        match fact {
            Referred::Set(f) => self.note(record, Note::of_merchant("referrer_set", f.referrer)),
            Referred::Begun(f) => {
                self.note(record, Note { wallet: Some(f.wallet), ..Note::new("referral_begun") })
            }
            Referred::Ended(f) => {
                self.note(record, Note { wallet: Some(f.wallet), ..Note::new("referral_ended") })
            }
            Referred::Shared(f) => self.referral_shared(record, f),
            Referred::Returned(f) => self.referral_returned(record, f),
        }
    }

    fn brought(&self, payment: Id<Payment>) -> Result<Option<Known>, ProjectError> {
        let mut get = self.sql.prepare_cached(
            "SELECT merchant, earned, given, returned FROM brought WHERE payment = ?1",
        )?;
        let row = get.query_row([blob(payment)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        });
        Ok(row.optional()?)
    }

    fn day_of_referrer(
        &self,
        record: &Record,
        merchant: u32,
        [payments, earned, given, returned]: [i64; 4],
    ) -> Done {
        let mut add = self.sql.prepare_cached(
            "INSERT INTO brought_day VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET \
             payments = payments + ?3, earned = earned + ?4, given = given + ?5, \
             returned = returned + ?6",
        )?;
        let day = self.memory.day(record.now);
        add.execute(params![merchant, day, payments, earned, given, returned])?;
        Ok(())
    }

    fn referral_shared(&mut self, record: &mut Record, fact: &ReferralShared) -> Done {
        let known = self.brought(fact.payment)?;
        let (_, earned, given, _) = known.unwrap_or_default();
        let mut put = self.sql.prepare_cached(
            "INSERT INTO brought VALUES (?1, ?2, ?3, ?4, 0) \
             ON CONFLICT DO UPDATE SET earned = ?3, given = ?4",
        )?;
        put.execute(params![blob(fact.payment), fact.referrer, int(fact.earned), int(fact.given)])?;
        drop(put);
        let first = i64::from(known.is_none());
        let changed = [first, int(fact.earned) - earned, int(fact.given) - given, 0];
        self.day_of_referrer(record, fact.referrer, changed)?;
        self.note(record, Note::of_merchant("referral_shared", fact.referrer))
    }

    fn referral_returned(&mut self, record: &mut Record, fact: &ReferralReturned) -> Done {
        let known = self.brought(fact.payment)?;
        let (merchant, _, _, returned) = known.unwrap_or_default();
        let mut put =
            self.sql.prepare_cached("UPDATE brought SET returned = ?2 WHERE payment = ?1")?;
        put.execute(params![blob(fact.payment), int(fact.returned)])?;
        drop(put);
        self.day_of_referrer(record, merchant, [0, 0, 0, int(fact.returned) - returned])?;
        self.note(record, Note::of_merchant("referral_returned", merchant))
    }
}
