//! Paying merchants out: what a written file takes from them, and what becomes of it.

use std::collections::BTreeSet;

use kernel::{Context, Id, Timestamp};
use ledger::{Account, Draft};

use super::{Facts, World, amount, fresh, text};
use crate::command::{BankFileEntry, ConfirmBankFileSent, SealBankFile, WithdrawBankFile};
use crate::event::{BankFileMade, BankFileSealed, BankFileSent, BankFileWithdrawn, Payout};
use crate::reply::{AtBank, BankFileView};
use crate::state::{Approval, BankFile, Merchant, Standing};
use crate::{Event, Refusal, Reply};

/// The most files of one day: a name has three digits for it.
const MOST_OF_A_DAY: u16 = 999;

impl World<'_> {
    pub(super) fn seal_bank_file<E: Facts>(
        &self,
        context: &Context,
        c: &SealBankFile,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        if let Some((_, known)) = self.pay.market.payout.file(c.id) {
            let same = (known.day, known.number, known.hash) == (c.day, c.number, c.hash);
            let exists = Refusal::BankFileExists { file: known.id };
            return if same { Ok(reply(known)) } else { Err(exists) };
        }
        fresh(context, c.id)?;
        self.names_a_file(context, c)?;
        let book = self.book_of(c.currency)?;
        let terms = self.pay.market.payout.terms(c.currency, context.now);
        let terms = terms.ok_or(Refusal::PayoutTermsNotSet)?;
        let mut seen = BTreeSet::new();
        let mut payouts = Vec::with_capacity(c.entries.len());
        for entry in &c.entries {
            amount(entry.amount)?;
            let (number, merchant) = self.payee(c, entry)?;
            if !seen.insert(number) {
                return Err(Refusal::MerchantTwiceInFile { merchant: entry.merchant });
            }
            self.payable(number, merchant)?;
            if entry.account != self.pay.review(number).accounts {
                return Err(Refusal::BankFileOutdated { merchant: entry.merchant });
            }
            if entry.amount < terms.minimum {
                let (merchant, minimum) = (entry.merchant, terms.minimum);
                return Err(Refusal::PayoutBelowMinimum { merchant, minimum });
            }
            let extra = self.due(context.now, number, merchant)?;
            let (amount, fee) = (entry.amount, terms.fee(entry.same_bank) + extra);
            let payout = Payout { merchant: number, amount, fee };
            let outdated = || Refusal::BankFileOutdated { merchant: entry.merchant };
            let from = entry.merchant.number;
            for (to, part) in [(book.payout, amount), (book.fee, fee)] {
                if part > 0 {
                    draft.post(self.book, from, to, part).map_err(|_| outdated())?;
                }
            }
            payouts.push(payout);
        }
        let (file, currency, hash) = (c.id, c.currency, c.hash);
        let (day, number) = (c.day, c.number);
        let fact = BankFileSealed { file, currency, day, number, hash, payouts };
        let mut sealed = BankFile::sealed(context.now, &fact);
        let rules = self.pay.market.banking.rules(currency, context.now);
        let above = rules.and_then(|rules| rules.approval_above);
        let needs_approval = above.is_some_and(|above| sealed.total > above);
        draft.add(Event::from(fact));
        let entry = self.pay.market.payout.files.len() as u32;
        let person = context.actor.person;
        draft.add(Event::from(BankFileMade { entry, person, needs_approval }));
        sealed.made_by = Some(person);
        sealed.approval = needs_approval.then_some(Approval::Needed);
        Ok(reply(&sealed))
    }

    /// Its day is to come, its number free, and its transfers are as many as one record may hold.
    fn names_a_file(&self, context: &Context, c: &SealBankFile) -> Result<(), Refusal> {
        let (year, month, day) = (c.day / 10_000, c.day / 100 % 100, c.day % 100);
        let is_day = (1970..=2999).contains(&year) && (1..=12).contains(&month);
        if !is_day || !(1..=31).contains(&day) {
            return Err(Refusal::OutOfRange { field: "day (as yyyymmdd)" });
        }
        if !(1..=MOST_OF_A_DAY).contains(&c.number) {
            return Err(Refusal::OutOfRange { field: "number (1 to 999)" });
        }
        if !(1..=SealBankFile::MOST).contains(&c.entries.len()) {
            return Err(Refusal::OutOfRange { field: "entries (1 to 4,000)" });
        }
        if c.day <= context.now.date(self.pay.rules(context.now).offset()) {
            return Err(Refusal::OutOfRange {
                field: "day (the bank pays tomorrow at the earliest)",
            });
        }
        let same = |file: &BankFile| (file.day, file.number) == (c.day, c.number);
        match self.pay.market.payout.newest_where(same) {
            None => Ok(()),
            Some((_, known)) => Err(Refusal::BankFileExists { file: known.id }),
        }
    }

    /// The merchant of a transfer, and its entry.
    fn payee(&self, c: &SealBankFile, entry: &BankFileEntry) -> Result<(u32, &Merchant), Refusal> {
        let (number, merchant) =
            self.merchant_at(entry.merchant).ok_or(Refusal::MerchantNotFound)?;
        match merchant.currency == c.currency {
            true => Ok((number, merchant)),
            false => Err(Refusal::CurrencyDiffers),
        }
    }

    /// Whether a merchant, by its entry, may be paid out now, whatever it has: staff approved it as it
    /// is, with the bank account that it gave last.
    ///
    /// # Errors
    /// Why not.
    pub fn payable(&self, entry: u32, merchant: &Merchant) -> Result<(), Refusal> {
        self.stays(merchant.party)?;
        match self.pay.standing(entry) {
            Standing::Approved => match self.pay.market.banking.returned.get(&entry) {
                // What came back from an account is not sent there again.
                Some(returned) if self.pay.review(entry).accounts <= returned.account => {
                    Err(Refusal::PayoutAccountReturned { merchant: merchant.reference })
                }
                _ => Ok(()),
            },
            Standing::New => Err(Refusal::MerchantNotApproved),
            Standing::Paused(_) => Err(Refusal::MerchantPaused),
        }
    }

    pub(super) fn confirm_bank_file_sent<E: Facts>(
        &self,
        context: &Context,
        c: &ConfirmBankFileSent,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (entry, file) = self.file_of(c.file)?;
        if file.sent.is_some() {
            return Ok(reply(file));
        }
        open(file)?;
        if file.approval == Some(Approval::Needed) {
            return Err(Refusal::BankFileNotApproved { file: c.file });
        }
        self.sent(entry, file, draft)?;
        let view = BankFileView { sent: Some(context.now), ..view_of(file) };
        Ok(Reply::BankFile(Box::new(view)))
    }

    /// What a file pays is no longer the cell's.
    pub(super) fn sent<E: Facts>(
        &self,
        entry: u32,
        file: &BankFile,
        draft: &mut Draft<E>,
    ) -> Result<(), Refusal> {
        let book = self.book_of(file.currency)?;
        let moved = draft.post(self.book, book.payout, book.bank, file.total);
        moved.map_err(|_| Refusal::PayoutMoneyMissing)?;
        draft.add(Event::from(BankFileSent { entry, file: file.id }));
        Ok(())
    }

    /// What a merchant pays on top to be in a file now; nothing if its schedule says now.
    fn due(&self, now: Timestamp, entry: u32, merchant: &Merchant) -> Result<u64, Refusal> {
        let due = self.due_of(now, entry, merchant);
        due.ok_or(Refusal::PayoutNotDue { merchant: merchant.reference })
    }

    /// The same; none if it is not due.
    pub(crate) fn due_of(&self, now: Timestamp, entry: u32, merchant: &Merchant) -> Option<u64> {
        let banking = &self.pay.market.banking;
        let day = now.day(self.pay.rules(now).offset());
        if banking.schedule(entry, now).is_due(day, self.available(merchant)) {
            return Some(0);
        }
        let rules =
            banking.rules(merchant.currency, now).filter(|_| banking.today.contains_key(&entry));
        rules.and_then(|rules| rules.today_fee)
    }

    pub(super) fn withdraw_bank_file<E: Facts>(
        &self,
        context: &Context,
        c: &WithdrawBankFile,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        text("reason", &c.reason, 120)?;
        let (entry, file) = self.file_of(c.file)?;
        open(file)?;
        let book = self.book_of(file.currency)?;
        let missing = |_| Refusal::PayoutMoneyMissing;
        for Payout { merchant, amount, fee } in &file.payouts {
            let merchant = &self.pay.market.merchants[*merchant as usize];
            let to = merchant.reference.number;
            for (from, part) in [(book.payout, *amount), (book.fee, *fee)] {
                if part > 0 {
                    draft.post(self.book, from, to, part).map_err(missing)?;
                }
            }
            // Meanwhile it may have drawn its credit line: what is back repays that first.
            self.repay(merchant, amount + fee, draft)?;
        }
        let fact = BankFileWithdrawn { entry, file: c.file, reason: c.reason.clone() };
        draft.add(Event::from(fact));
        let view = BankFileView { withdrawn: Some(context.now), ..view_of(file) };
        Ok(Reply::BankFile(Box::new(view)))
    }

    pub(super) fn file_of(
        &self,
        file: Id<kernel::id::BankFile>,
    ) -> Result<(u32, &BankFile), Refusal> {
        self.pay.market.payout.file(file).ok_or(Refusal::BankFileNotFound)
    }

    /// A merchant by its reference, looked up in the book.
    pub(crate) fn merchant_at(
        &self,
        merchant: kernel::Ref<kernel::id::Merchant>,
    ) -> Option<(u32, &Merchant)> {
        let account = self.book.account_tagged(merchant.number, merchant.tag);
        let entry = account.filter(|known| known.kind == ledger::AccountKind::Merchant)?.entity;
        let known = self.pay.market.merchants.get(entry as usize)?;
        (known.reference == merchant).then_some((entry, known))
    }

    /// What a merchant has that nothing else holds, in minor units.
    pub(crate) fn available(&self, merchant: &Merchant) -> u64 {
        let account = self.book.account(merchant.reference.number);
        u64::try_from(account.map_or(0, Account::available)).unwrap_or(0)
    }
}

pub(super) fn open(file: &BankFile) -> Result<(), Refusal> {
    match file.is_open() {
        true => Ok(()),
        false => Err(Refusal::BankFileNotOpen { state: view_of(file).state() }),
    }
}

fn reply(file: &BankFile) -> Reply {
    Reply::BankFile(Box::new(view_of(file)))
}

/// A file without its transfers.
pub(crate) fn view_of(file: &BankFile) -> BankFileView {
    BankFileView {
        file: file.id,
        currency: file.currency,
        day: file.day,
        number: file.number,
        hash: file.hash,
        count: file.count,
        total: file.total,
        fees: file.fees,
        sealed: file.sealed,
        sent: file.sent,
        withdrawn: file.withdrawn,
        made_by: file.made_by,
        approval: file.approval,
        bank: Some(AtBank {
            line: file.line,
            debited: file.debited.len() as u32,
            returned: file.returned.len() as u32,
        })
        .filter(|said| *said != AtBank::default()),
    }
}
