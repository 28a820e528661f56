//! Who did what: a row for each record that a person or a key of a business caused, and for whatever
//! anybody did about signing in.

use economy::people::event::{DutySet, MemberAdded, MemberEnded, PasskeyAdded, SessionOpened};
use economy::{Command, Header, OwnEvent};
use kernel::Role;
use rusqlite::{OptionalExtension, params};

use super::market::role;
use super::{Done, Projector, Record, int};

/// The module of what belongs to none, in stored kinds.
const OWN: u8 = 0;

impl Projector<'_> {
    /// Notes what a fact of no module is about.
    pub(super) fn own(record: &mut Record, fact: &OwnEvent) {
        match fact {
            OwnEvent::KeyIssued(key) => record.about(key.id.to_string()),
            OwnEvent::KeyRevoked(key) => record.about(key.id.to_string()),
            OwnEvent::MemberAdded(MemberAdded { person, .. })
            | OwnEvent::DutySet(DutySet { person, .. })
            | OwnEvent::MemberEnded(MemberEnded { person })
            | OwnEvent::PasskeyAdded(PasskeyAdded { person, .. })
            | OwnEvent::SessionOpened(SessionOpened { person, .. }) => record.whom = Some(*person),
            OwnEvent::ProofGiven(_) => record.signed = true,
            OwnEvent::PasskeyEnded(_)
            | OwnEvent::SessionEnded(_)
            | OwnEvent::AccessRulesSet(_)
            | OwnEvent::AnswersForgotten(_) => {}
        }
    }

    /// Writes the row of a record.
    pub(super) fn doing(&mut self, record: &Record, header: &Header) -> Done {
        let (actor, kind) = (header.actor, header.kind);
        let business = !matches!(actor.role, Role::Cell | Role::Traveller);
        if !business && (kind[0] != OWN || actor.role == Role::Cell) {
            return Ok(());
        }
        let whom = match record.whom.filter(|_| record.about.is_none()) {
            None => None,
            Some(person) => {
                let mut known =
                    self.sql.prepare_cached("SELECT reference FROM party WHERE number = ?")?;
                known.query_row([person], |row| row.get::<_, String>(0)).optional()?
            }
        };
        let mut put = self.sql.prepare_cached(
            "INSERT INTO doing (position, idx, at_us, party, person, role, command, object, \
             amount, currency, signed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        put.execute(params![
            int(record.position),
            record.index,
            int(record.now.0),
            actor.party,
            actor.person,
            role(actor.role),
            Command::name_of(kind).unwrap_or("Other"),
            record.about.as_ref().or(whom.as_ref()),
            record.amount.map(|(minor, _)| int(minor)),
            record.amount.map(|(_, currency)| currency.numeric()),
            record.signed,
        ])?;
        Ok(())
    }
}
