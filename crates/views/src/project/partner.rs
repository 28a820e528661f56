//! What partners' wallets are called.

use pay::event::PartnerSet;
use rusqlite::params;

use super::trail::Note;
use super::{Done, Projector, Record};

impl Projector<'_> {
    pub(super) fn partner_set(&mut self, record: &mut Record, fact: &PartnerSet) -> Done {
        let mut put = self.sql.prepare_cached("INSERT OR REPLACE INTO partner VALUES (?, ?, ?)")?;
        put.execute(params![fact.link, record.now.0 as i64, fact.wallet])?;
        drop(put);
        self.note(record, Note::new("partner_set"))
    }
}
