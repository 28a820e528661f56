//! Partners: other operators whose systems stand at the other end of a link. What passes is the
//! corridor's messages by the corridor's laws; here is only who a partner is and whether new
//! payments may pass.

use kernel::Context;
use ledger::Draft;

use super::{Facts, World, text};
use crate::command::{OpenLink, SetPartner, SetPartnerKey, SuspendPartner};
use crate::event::{PartnerKeySet, PartnerSet, PartnerSuspended};
use crate::state::{MOST_PARTNER_KEYS, Partner};
use crate::{Event, Refusal, Reply};

/// The most names of a wallet that are remembered.
const MOST_NAMES: usize = 1_000;

impl World<'_> {
    pub(super) fn set_partner<E: Facts>(
        &self,
        context: &Context,
        c: &SetPartner,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=6).contains(&c.name.len()) || !c.name.chars().all(plain) {
            return Err(Refusal::OutOfRange { field: "name (1 to 6 of a-z, 0-9 and -)" });
        }
        text("wallet", &c.wallet, 40)?;
        text("source", &c.source, 120)?;
        let is_url = c.url.starts_with("https://") || c.url.starts_with("http://");
        let graphic = c.url.len() <= 200 && c.url.bytes().all(|b| b.is_ascii_graphic());
        let fits = is_url && graphic && !c.url.ends_with('/') && !c.url.contains('?');
        if !c.url.is_empty() && !fits {
            return Err(Refusal::OutOfRange {
                field: "url (https://… without a slash at its end)",
            });
        }
        let link = match self.corridor.link_to(c.peer) {
            Some(number) => {
                let known = self.pay.partner(number).ok_or(Refusal::AlreadyDone {
                    what: "opening a link to this number, which is no partner,",
                })?;
                let link = self.corridor.link(number).ok_or(Refusal::LinkNotFound)?;
                let currency = |account: Option<u32>| {
                    account.and_then(|number| self.book.account(number)).map(|a| a.currency)
                };
                let agreed = (currency(link.nostro), currency(link.mirror));
                if link.name != c.name || agreed != (c.pays_here, c.paid_there) {
                    return Err(Refusal::AlreadyDone {
                        what: "opening the link to this partner with another name or currency",
                    });
                }
                if known.wallets.len() >= MOST_NAMES {
                    return Err(Refusal::OutOfRange { field: "number of names" });
                }
                number
            }
            None => {
                if c.pays_here.is_none() && c.paid_there.is_none() {
                    return Err(Refusal::OutOfRange { field: "pays_here or paid_there" });
                }
                let open = OpenLink {
                    peer: c.peer,
                    name: c.name.clone(),
                    nostro: c.pays_here,
                    mirror: c.paid_there,
                    max_unanswered: c.max_unanswered,
                    max_age: c.max_age,
                };
                self.open_link(context, &open, draft)?;
                self.corridor.links.len() as u8
            }
        };
        draft.add(Event::from(PartnerSet {
            link,
            wallet: c.wallet.clone(),
            url: c.url.clone(),
            most_prefund: c.most_prefund,
            source: c.source.clone(),
            by: context.actor.into(),
        }));
        Ok(Reply::Link(link))
    }

    pub(super) fn set_partner_key<E: Facts>(
        &self,
        context: &Context,
        c: &SetPartnerKey,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (link, partner) = self.partner_to(c.peer)?;
        match partner.key(&c.key) {
            Some(known) if known.until.is_some() && c.trusted => {
                let what =
                    "distrusting this key, which is for good: the partner must make another,";
                return Err(Refusal::AlreadyDone { what });
            }
            Some(known) if known.until.is_none() == c.trusted => return Ok(Reply::Done),
            None if !c.trusted => {
                return Err(Refusal::OutOfRange { field: "key (none of the partner's)" });
            }
            None if partner.keys.len() >= MOST_PARTNER_KEYS => {
                return Err(Refusal::OutOfRange { field: "number of keys" });
            }
            _ => {}
        }
        let (key, trusted, by) = (c.key, c.trusted, context.actor.into());
        draft.add(Event::from(PartnerKeySet { link, key, trusted, by }));
        Ok(Reply::Done)
    }

    pub(super) fn suspend_partner<E: Facts>(
        &self,
        context: &Context,
        c: &SuspendPartner,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (link, partner) = self.partner_to(c.peer)?;
        text("note", &c.note, 200)?;
        if partner.suspended.is_some() == c.suspended {
            return Ok(Reply::Done);
        }
        let (suspended, note, by) = (c.suspended, c.note.clone(), context.actor.into());
        draft.add(Event::from(PartnerSuspended { link, suspended, note, by }));
        Ok(Reply::Done)
    }

    fn partner_to(&self, peer: u16) -> Result<(u8, &Partner), Refusal> {
        let link = self.corridor.link_to(peer).ok_or(Refusal::LinkNotFound)?;
        Ok((link, self.pay.partner(link).ok_or(Refusal::LinkNotFound)?))
    }

    /// Whether the link leads to a partner with whom no new payment begins.
    pub(super) fn is_suspended(&self, link: u8) -> bool {
        self.pay.partner(link).is_some_and(|partner| partner.suspended.is_some())
    }

    /// A partner holds no more with us than was agreed.
    pub(super) fn within_prefund(&self, link: u8, nostro: u32, more: u64) -> Result<(), Refusal> {
        let most = self.pay.partner(link).and_then(|partner| partner.most_prefund);
        let held = self.book.account(nostro).map_or(0, ledger::Account::balance);
        if most.is_some_and(|most| held + i128::from(more) > i128::from(most)) {
            return Err(Refusal::OutOfRange { field: "amount (above the partner's prefund)" });
        }
        Ok(())
    }
}
