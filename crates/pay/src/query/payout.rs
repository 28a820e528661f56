//! What could be paid out now, and the files that were made.

use kernel::id::{BankFile as BankFileKind, Merchant as MerchantKind, Party as PartyKind};
use kernel::{Currency, Id, Ref, Refuse, Timestamp};

use crate::World;
use crate::decide::view_of;
use crate::reply::BankFileView;
use crate::state::Returned;
use crate::terms::{PayoutTerms, Schedule};

/// A merchant that has something, or may have, and whether it may be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payable {
    /// Which.
    pub merchant: Ref<MerchantKind>,
    /// Whose it is: under this the vault keeps the account.
    pub party: Id<PartyKind>,
    /// The number of the bank account that it set last; 0 if it set none.
    pub account: u32,
    /// Its public name.
    pub name: String,
    /// What it has, in minor units.
    pub available: u64,
    /// The code of the refusal if it may not be paid now, whatever it has.
    pub refused: Option<&'static str>,
    /// What it pays on top to be in the next file; none if its schedule says later.
    pub extra: Option<u64>,
    /// When it is paid.
    pub schedule: Schedule,
    /// Since when it waits to be in the next file, if it asked for that.
    pub asked: Option<Timestamp>,
    /// The last transfer that its bank returned, if it was not paid since.
    pub returned: Option<Returned>,
}

/// Some merchants in order of their entries, and what holds for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayableNow {
    /// The terms, if any were set.
    pub terms: Option<PayoutTerms>,
    /// The cell's day begins this many minutes before that of UTC.
    pub utc_offset_min: u32,
    /// Those that have something.
    pub merchants: Vec<Payable>,
    /// From which entry on to ask for more, if there are more.
    pub next: Option<u32>,
}

/// One transfer of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutOf {
    /// Who is paid.
    pub merchant: Ref<MerchantKind>,
    /// Whose it is: under this the vault keeps the account.
    pub party: Id<PartyKind>,
    /// Minor units for its bank.
    pub amount: u64,
    /// The fee on top.
    pub fee: u64,
}

impl World<'_> {
    /// The merchants of a currency that have something, among `most` entries from `from` on.
    pub fn payable_now(
        &self,
        now: Timestamp,
        currency: Currency,
        from: u32,
        most: u32,
    ) -> PayableNow {
        let market = &self.pay.market;
        let entries = (from..).zip(market.merchants.iter().skip(from as usize));
        let entries = entries.take(most as usize).filter(|(_, known)| known.currency == currency);
        let merchants = entries.filter_map(|(entry, known)| {
            let available = self.available(known);
            let party = self.pay.party_numbered(known.party)?.id;
            (available > 0).then(|| Payable {
                merchant: known.reference,
                party,
                account: self.pay.review(entry).accounts,
                name: known.name.clone(),
                available,
                refused: self.payable(entry, known).err().map(|refusal| refusal.code()),
                extra: self.due_of(now, entry, known),
                schedule: market.banking.schedule(entry, now),
                asked: market.banking.today.get(&entry).copied(),
                returned: market.banking.returned.get(&entry).cloned(),
            })
        });
        let end = from.saturating_add(most);
        PayableNow {
            terms: market.payout.terms(currency, now).cloned(),
            utc_offset_min: self.pay.rules(now).utc_offset_min,
            merchants: merchants.collect(),
            next: ((end as usize) < market.merchants.len()).then_some(end),
        }
    }

    /// What a merchant could be paid now, also if it has nothing, and whose it is, by number.
    pub fn payable_of(
        &self,
        now: Timestamp,
        merchant: Ref<MerchantKind>,
    ) -> Option<(u32, Payable)> {
        let (entry, known) = self.merchant_at(merchant)?;
        let payable = Payable {
            merchant,
            party: self.pay.party_numbered(known.party)?.id,
            account: self.pay.review(entry).accounts,
            name: known.name.clone(),
            available: self.available(known),
            refused: self.payable(entry, known).err().map(|refusal| refusal.code()),
            extra: self.due_of(now, entry, known),
            schedule: self.pay.market.banking.schedule(entry, now),
            asked: self.pay.market.banking.today.get(&entry).copied(),
            returned: self.pay.market.banking.returned.get(&entry).cloned(),
        };
        Some((known.party, payable))
    }

    /// Files, the newest first: at most `most` of those whose entry is below `before`, and from
    /// before which entry on there are more.
    pub fn bank_files(&self, before: u32, most: usize) -> (Vec<BankFileView>, Option<u32>) {
        let files = &self.pay.market.payout.files;
        let end = files.len().min(before as usize);
        let begin = end.saturating_sub(most);
        let page = files[begin..end].iter().rev().map(view_of).collect();
        (page, (begin > 0).then_some(begin as u32))
    }

    /// The number that the next file of a day has, from 1.
    pub fn next_bank_file(&self, day: u32) -> u16 {
        let files = self.pay.market.payout.files.iter();
        let newest = files.filter(|file| file.day == day).map(|file| file.number).max();
        newest.unwrap_or(0).saturating_add(1)
    }

    /// A file, with its transfers while it is neither sent nor withdrawn.
    pub fn bank_file(&self, id: Id<BankFileKind>) -> Option<(BankFileView, Vec<PayoutOf>)> {
        let (_, file) = self.pay.market.payout.file(id)?;
        let payouts = file.payouts.iter().filter_map(|payout| {
            let merchant = self.pay.market.merchants.get(payout.merchant as usize)?;
            Some(PayoutOf {
                merchant: merchant.reference,
                party: self.pay.party_numbered(merchant.party)?.id,
                amount: payout.amount,
                fee: payout.fee,
            })
        });
        Some((view_of(file), payouts.collect()))
    }
}
