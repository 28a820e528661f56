//! An operator's line of credit for the refunds of one merchant: what a refund takes beyond the
//! merchant's balance comes from the line, and the merchant's next sales repay it. The merchant's
//! own account is never negative, so that nothing is ever paid out that it owes.

use kernel::id::Refund;
use kernel::{Context, Id};
use ledger::{Account, AccountKind, Draft};

use super::{Facts, MOST, World, text};
use crate::command::SetCreditLine;
use crate::event::{CreditDrawn, CreditLineSet, CreditRepaid};
use crate::reply::CreditView;
use crate::state::{CreditLine, Merchant};
use crate::{Event, Refusal, Reply};

/// A line as it stands in a draft, in minor units.
struct Standing {
    /// What the operator has put up.
    funded: u64,
    /// What the merchant owes of it.
    owed: u64,
}

impl World<'_> {
    pub(super) fn set_credit_line<E: Facts>(
        &self,
        context: &Context,
        c: &SetCreditLine,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        if c.limit > MOST {
            return Err(Refusal::AmountTooLarge);
        }
        text("source", &c.source, 120)?;
        let (entry, merchant) = self.pay.merchant(c.merchant).ok_or(Refusal::MerchantNotFound)?;
        self.stays(merchant.party)?;
        let known = self.pay.market.credit_lines.get(&entry).copied();
        let credit = known.unwrap_or_else(|| {
            let mut open = |kind| {
                let tag = c.merchant.tag;
                let account = Account::new(kind, merchant.currency, tag, entry, context.now);
                draft.open_account(self.book, account)
            };
            let line = open(AccountKind::CreditLine);
            CreditLine { line, receivable: open(AccountKind::Receivable), limit: 0 }
        });
        let Standing { funded, owed } = self.credit_standing(&credit, draft);
        // What is owed above the new limit stays put up until it is repaid.
        let due = c.limit.max(owed);
        let (line, receivable) = (credit.line, credit.receivable);
        let moved = match due.cmp(&funded) {
            std::cmp::Ordering::Greater => draft.post(self.book, receivable, line, due - funded),
            std::cmp::Ordering::Less => draft.post(self.book, line, receivable, funded - due),
            std::cmp::Ordering::Equal => Ok(()),
        };
        moved.map_err(|_| Refusal::AmountTooLarge)?;
        let (limit, source) = (c.limit, c.source.clone());
        let fact = CreditLineSet { merchant: entry, line, receivable, limit, source };
        draft.add(Event::from(fact));
        let view = CreditView { limit, owed, left: due - owed };
        let view = crate::MerchantView { credit: Some(view), ..self.merchant_view(merchant) };
        Ok(Reply::Merchant(view))
    }

    /// The merchant's part of a refund: from its balance, and what that does not cover from its
    /// line.
    pub(super) fn merchant_pays_back<E: Facts>(
        &self,
        merchant: &Merchant,
        to: u32,
        net: u64,
        refund: Id<Refund>,
        draft: &mut Draft<E>,
    ) -> Result<(), Refusal> {
        let account = merchant.reference.number;
        let available = draft.available(self.book, account);
        let own = net.min(u64::try_from(available).unwrap_or(0));
        let (drawn, poor) = (net - own, |_| Refusal::MerchantBalanceTooLow);
        if own > 0 {
            draft.post(self.book, account, to, own).map_err(poor)?;
        }
        if drawn == 0 {
            return Ok(());
        }
        let (entry, credit) = self.credit_of(merchant).ok_or(Refusal::MerchantBalanceTooLow)?;
        let Standing { funded, owed } = self.credit_standing(&credit, draft);
        let used_up = |_| Refusal::CreditLineUsedUp { left: funded - owed };
        draft.post(self.book, credit.line, to, drawn).map_err(used_up)?;
        draft.add(Event::from(CreditDrawn { merchant: entry, amount: drawn, refund }));
        Ok(())
    }

    /// What a sale has just brought its merchant first repays what the merchant owes: what was
    /// put up beyond the limit goes back to the operator, the rest may be drawn again.
    pub(super) fn repay<E: Facts>(
        &self,
        merchant: &Merchant,
        earned: u64,
        draft: &mut Draft<E>,
    ) -> Result<(), Refusal> {
        let Some((entry, credit)) = self.credit_of(merchant) else { return Ok(()) };
        let Standing { funded, owed } = self.credit_standing(&credit, draft);
        let amount = earned.min(owed);
        let back = amount.min(funded.saturating_sub(credit.limit));
        for (to, part) in [(credit.receivable, back), (credit.line, amount - back)] {
            if part > 0 {
                let moved = draft.post(self.book, merchant.reference.number, to, part);
                moved.map_err(|_| Refusal::AmountTooLarge)?;
            }
        }
        if amount > 0 {
            draft.add(Event::from(CreditRepaid { merchant: entry, amount }));
        }
        Ok(())
    }

    /// What a merchant's refunds may take beyond its balance.
    pub(crate) fn credit_view(&self, merchant: &Merchant) -> Option<CreditView> {
        let (_, credit) = self.credit_of(merchant)?;
        let balance = |number| self.book.account(number).map_or(0, Account::balance);
        let (line, receivable) = (balance(credit.line), balance(credit.receivable));
        let view = |owed, left| CreditView { limit: credit.limit, owed, left };
        Some(view((-receivable - line) as u64, line as u64))
    }

    fn credit_of(&self, merchant: &Merchant) -> Option<(u32, CreditLine)> {
        let entry = self.book.account(merchant.reference.number)?.entity;
        self.pay.market.credit_lines.get(&entry).map(|credit| (entry, *credit))
    }

    fn credit_standing<E: Facts>(&self, credit: &CreditLine, draft: &mut Draft<E>) -> Standing {
        let funded = -draft.balance(self.book, credit.receivable);
        let owed = funded - draft.balance(self.book, credit.line);
        let whole = |sum: i128| u64::try_from(sum).expect("a line is never overdrawn or overpaid");
        Standing { funded: whole(funded), owed: whole(owed) }
    }
}
