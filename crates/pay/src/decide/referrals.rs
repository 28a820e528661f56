//! Who brought whom, and what referrers have of what the cell earned.

use kernel::id::{Payment, Wallet as WalletKind};
use kernel::{Actor, Context, Id, Ref, Span, Timestamp};
use ledger::Draft;

use super::{Facts, World, text};
use crate::command::{Propose, Refer};
use crate::event::{
    ReferralBegun, ReferralEnded, ReferralReturned, ReferralShared, Referred, ReferrerSet,
};
use crate::state::{Brought, ReferrerTerms, WHOLE_PPM};
use crate::{Event, Refusal, Reply};

/// The most days for which a referrer may have shares.
const MOST_DAYS: u16 = 3_650;
/// The most beginnings of paths.
const MOST_OPENS: usize = 20;

/// Who brought a wallet, as its holder is told.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferralView {
    /// The referrer's public name.
    pub name: String,
    /// What its links call it.
    pub word: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Its share of what the cell earns, in millionths.
    pub ppm: u32,
}

/// A referrer as anybody may know it who follows its link.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferrerView {
    /// Its merchant.
    pub merchant: Ref<kernel::id::Merchant>,
    /// Its public name.
    pub name: String,
    /// Its terms.
    pub terms: ReferrerTerms,
}

/// A referrer as it sees itself, and as the operator sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferrerKnown {
    /// Its merchant, whose account takes the shares.
    pub merchant: Ref<kernel::id::Merchant>,
    /// Its public name.
    pub name: String,
    /// In which it is paid.
    pub currency: kernel::Currency,
    /// Its terms by date, the oldest first.
    pub terms: Vec<(Timestamp, ReferrerTerms)>,
    /// How many wallets it brought whose payments count now.
    pub wallets: u64,
}

impl World<'_> {
    pub(super) fn refer<E: Facts>(
        &self,
        context: &Context,
        c: &Refer,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        match c {
            Refer::Set { id, merchant, from, terms, note } => {
                let (referrer, _) =
                    self.pay.merchant(*merchant).ok_or(Refusal::MerchantNotFound)?;
                let (from, terms, merchant) = (*from, terms.clone(), *merchant);
                let set = ReferrerSet { referrer, merchant, from, terms };
                let propose = Propose { id: *id, change: set.into(), note: note.clone() };
                self.propose(context, &propose, draft)
            }
            Refer::Begin { wallet, word } => self.begin_referral(context, *wallet, word, draft),
            Refer::End { wallet } => {
                let (entry, _) = self.wallet(context.actor, *wallet)?;
                let known = self.pay.market.referrals.of_wallet(context.now, entry);
                known.ok_or(Refusal::NotReferred)?;
                draft.add(Event::from(Referred::Ended(ReferralEnded { wallet: entry })));
                Ok(Reply::Done)
            }
        }
    }

    fn begin_referral<E: Facts>(
        &self,
        context: &Context,
        wallet: Ref<WalletKind>,
        word: &str,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let now = context.now;
        let (entry, known) = self.wallet(context.actor, wallet)?;
        self.stays(known.party)?;
        let referrals = &self.pay.market.referrals;
        let (referrer, terms) = referrals.of_word(now, word).ok_or(Refusal::ReferrerNotFound)?;
        let merchant = self.pay.market.merchants.get(referrer as usize);
        let merchant = merchant.ok_or(Refusal::ReferrerNotFound)?;
        self.stays(merchant.party).map_err(|_| Refusal::ReferrerNotFound)?;
        let own = self.book.account(known.account).ok_or(Refusal::WalletNotFound)?;
        // Who brings itself earns nothing, and who is paid in another money can't be given this.
        if own.currency != merchant.currency || merchant.party == known.party {
            return Err(Refusal::ReferrerNotFound);
        }
        if let Some(before) = referrals.of_wallet(now, entry)
            && before.keeps
            && before.referrer != referrer
        {
            return Err(Refusal::ReferredByAnother);
        }
        draft.add(Event::from(Referred::Begun(ReferralBegun {
            wallet: entry,
            referrer,
            until: now.plus(Span::days(u64::from(terms.days))),
            ppm: terms.ppm,
            keeps: terms.keeps,
        })));
        Ok(Reply::Done)
    }

    /// Judged when it is proposed, and again when it is approved.
    pub(super) fn referrer_fits(&self, set: &ReferrerSet) -> Result<(), Refusal> {
        let terms = &set.terms;
        text("source", &terms.source, 120)?;
        let letters = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if !(1..=25).contains(&terms.word.len()) || !terms.word.bytes().all(letters) {
            return Err(Refusal::OutOfRange { field: "word (1 to 25 of a-z, 0-9 and -)" });
        }
        if terms.ppm > WHOLE_PPM || !(1..=MOST_DAYS).contains(&terms.days) {
            return Err(Refusal::OutOfRange { field: "ppm (to 1,000,000) or days (1 to 3,650)" });
        }
        let path = |path: &String| {
            let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
            path.len() <= 100 && plain && path.starts_with('/') && !path.starts_with("//")
        };
        if terms.opens.len() > MOST_OPENS || !terms.opens.iter().all(path) {
            return Err(Refusal::OutOfRange { field: "opens (paths that begin with one /)" });
        }
        let (entry, merchant) = self.pay.merchant(set.merchant).ok_or(Refusal::MerchantNotFound)?;
        self.stays(merchant.party)?;
        let others = self.pay.market.referrals.terms.iter().filter(|(known, _)| **known != entry);
        let mut words = others.flat_map(|(_, by)| by.all().map(|(_, it)| it));
        match words.any(|it| it.word == terms.word) {
            true => Err(Refusal::ReferrerWordTaken),
            false => Ok(()),
        }
    }

    /// Gives the referrer of a wallet its share of what the cell earned on a payment so far.
    pub(super) fn share_referral<E: Facts>(
        &self,
        now: Timestamp,
        (payment, wallet): (Id<Payment>, u32),
        earned: u64,
        from: [(u32, u64); 2],
        draft: &mut Draft<E>,
    ) {
        let referrals = &self.pay.market.referrals;
        if referrals.terms.is_empty() {
            return;
        }
        let known = referrals.payments.get(&payment.0).copied();
        let brought = known.or_else(|| {
            let referral = referrals.of_wallet(now, wallet)?;
            let (referrer, ppm) = (referral.referrer, referral.ppm);
            Some(Brought {
                referrer,
                ppm,
                earned: 0,
                given: 0,
                unearned: 0,
                returned: 0,
                of_spread: 0,
            })
        });
        let Some(brought) = brought else { return };
        let Some(merchant) = self.pay.market.merchants.get(brought.referrer as usize) else {
            return;
        };
        if self.pay.is_leaving(merchant.party) || earned <= brought.earned {
            return;
        }
        let account = merchant.reference.number;
        let due = Brought::due(brought.ppm, earned).saturating_sub(brought.given);
        // What was earned now is there now: the share comes out of it, first of the first account.
        let gives = |(source, most): (u32, u64), left: u64, draft: &mut Draft<E>| {
            let part = left.min(most);
            let moved = part > 0 && draft.post(self.book, source, account, part).is_ok();
            if moved { part } else { 0 }
        };
        let [spread, fee] = from;
        let first = gives(spread, due, draft);
        let second = gives(fee, due - first, draft);
        let (given, of_spread) = (brought.given + first + second, brought.of_spread + first);
        let (referrer, ppm) = (brought.referrer, brought.ppm);
        let shared = ReferralShared { payment, referrer, ppm, earned, given, of_spread };
        draft.add(Event::from(Referred::Shared(shared)));
    }

    /// Takes back from the referrer its share of what the cell gave back of what it earned; what a
    /// referrer that was paid out has no more, the cell bears until there is more to take.
    pub(super) fn return_referral<E: Facts>(
        &self,
        payment: Id<Payment>,
        unearned: u64,
        [spread, fee]: [u32; 2],
        draft: &mut Draft<E>,
    ) {
        let Some(brought) = self.pay.market.referrals.payments.get(&payment.0) else { return };
        let Some(merchant) = self.pay.market.merchants.get(brought.referrer as usize) else {
            return;
        };
        let account = merchant.reference.number;
        let due = brought.back(unearned).saturating_sub(brought.returned);
        let has = u64::try_from(draft.available(self.book, account)).unwrap_or(0);
        let part = due.min(has);
        let mut returned = brought.returned;
        let first = brought.back_to_spread(returned + part) - brought.back_to_spread(returned);
        for (to, part) in [(spread, first), (fee, part - first)] {
            if part > 0 && draft.post(self.book, account, to, part).is_ok() {
                returned += part;
            }
        }
        if unearned > brought.unearned {
            let fact = ReferralReturned { payment, unearned, returned };
            draft.add(Event::from(Referred::Returned(fact)));
        }
    }

    /// A referrer of a word that holds at a moment.
    ///
    /// # Errors
    /// That there is none.
    pub fn referrer(&self, now: Timestamp, word: &str) -> Result<ReferrerView, Refusal> {
        let found = self.pay.market.referrals.of_word(now, word);
        let (entry, terms) = found.ok_or(Refusal::ReferrerNotFound)?;
        let merchant = self.pay.market.merchants.get(entry as usize);
        let merchant = merchant.ok_or(Refusal::ReferrerNotFound)?;
        let (name, terms) = (merchant.name.clone(), terms.clone());
        Ok(ReferrerView { merchant: merchant.reference, name, terms })
    }

    /// All referrers, for the operator; for anybody else those that are their own.
    pub fn referrers(&self, actor: Actor, now: Timestamp) -> Vec<ReferrerKnown> {
        let referrals = &self.pay.market.referrals;
        let known = referrals.terms.iter().filter_map(|(entry, terms)| {
            let merchant = self.pay.market.merchants.get(*entry as usize)?;
            let brought = referrals.wallets.values();
            let counts = brought.filter(|it| it.referrer == *entry && it.until > now);
            self.may(actor, merchant.party).then(|| ReferrerKnown {
                merchant: merchant.reference,
                name: merchant.name.clone(),
                currency: merchant.currency,
                terms: terms.all().map(|(from, terms)| (from, terms.clone())).collect(),
                wallets: counts.count() as u64,
            })
        });
        known.collect()
    }

    /// Who brought a wallet, for who may act for it; none where nobody did, or it is over.
    ///
    /// # Errors
    /// That there is no such wallet.
    pub fn referral(
        &self,
        (actor, now): (Actor, Timestamp),
        wallet: Ref<WalletKind>,
    ) -> Result<Option<ReferralView>, Refusal> {
        let (entry, _) = self.wallet(actor, wallet)?;
        let referrals = &self.pay.market.referrals;
        let Some(known) = referrals.of_wallet(now, entry) else { return Ok(None) };
        let merchant = self.pay.market.merchants.get(known.referrer as usize);
        let terms = referrals.terms.get(&known.referrer).and_then(|by| by.last());
        Ok(merchant.zip(terms).map(|(merchant, terms)| ReferralView {
            name: merchant.name.clone(),
            word: terms.word.clone(),
            since: known.since,
            until: known.until,
            ppm: known.ppm,
        }))
    }
}
