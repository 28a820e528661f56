//! What the operator's staff decide about a merchant, and what brings it back to them: a new bank
//! account, as changing it is the classic fraud.

use kernel::{Context, Role};
use ledger::Draft;

use super::{Facts, World};
use crate::command::{ReviewMerchant, SetPayoutAccount, Verdict};
use crate::event::{MerchantReviewed, PayoutAccountSet};
use crate::state::{Standing, Store};
use crate::{Event, Refusal, Reply};

impl World<'_> {
    pub(super) fn review_merchant<E: Facts>(
        &self,
        context: &Context,
        c: &ReviewMerchant,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (entry, merchant) = self.pay.merchant(c.merchant).ok_or(Refusal::MerchantNotFound)?;
        // Its own shop is reviewed by nobody, whatever role it shows.
        if !matches!(context.actor.role, Role::Operator | Role::Cell) {
            return Err(Refusal::MerchantNotFound);
        }
        self.stays(merchant.party)?;
        let known = self.pay.review(entry);
        if c.account != known.accounts {
            return Err(Refusal::ReviewOutdated);
        }
        let standing = match c.verdict {
            Verdict::Approve => Standing::Approved,
            Verdict::Pause(reason) => Standing::Paused(reason),
        };
        if known.standing == standing {
            return Err(Refusal::AlreadyDone { what: "this review" });
        }
        draft.add(Event::from(MerchantReviewed { merchant: entry, standing }));
        let review = Some(crate::state::Review { standing, since: context.now, ..known });
        Ok(Reply::Merchant(crate::MerchantView { review, ..self.merchant_view(merchant) }))
    }

    pub(super) fn set_payout_account<E: Facts>(
        &self,
        context: &Context,
        c: &SetPayoutAccount,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (entry, merchant) = self.pay.merchant(c.merchant).ok_or(Refusal::MerchantNotFound)?;
        if !self.may(context.actor, merchant.party) {
            return Err(Refusal::MerchantNotFound);
        }
        self.stays(merchant.party)?;
        let known = self.pay.review(entry);
        if c.replaces != known.accounts {
            return Err(Refusal::PayoutAccountOutdated);
        }
        let of_party = self.merchants_of(merchant.party);
        if of_party.len() > SetPayoutAccount::MOST {
            return Err(Refusal::OutOfRange { field: "merchants of the party (1 to 1,000)" });
        }
        for (of_it, _) in of_party {
            let accounts = self.pay.review(of_it).accounts;
            let number = accounts.checked_add(1).ok_or(Refusal::CellFull)?;
            draft.add(Event::from(PayoutAccountSet { merchant: of_it, number }));
        }
        let accounts = known.accounts + 1;
        let (standing, since) = match known.standing {
            Standing::Approved => (Standing::New, context.now),
            other => (other, known.since),
        };
        let account_set = Some(context.now);
        let review = Some(crate::state::Review { standing, since, accounts, account_set });
        Ok(Reply::Merchant(crate::MerchantView { review, ..self.merchant_view(merchant) }))
    }

    /// Whether staff paused the merchant of a store.
    pub(crate) fn is_paused_by_staff(&self, store: &Store) -> bool {
        matches!(self.pay.standing(store.merchant), Standing::Paused(_))
    }

    /// A store takes payments when the shop has it open and staff did not pause the shop.
    pub(super) fn takes_payments(&self, store: &Store) -> Result<(), Refusal> {
        if self.is_paused_by_staff(store) {
            return Err(Refusal::MerchantPaused);
        }
        if store.open { Ok(()) } else { Err(Refusal::StorePaused) }
    }
}
