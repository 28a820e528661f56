//! A ledger as one would write it on a page: lists, clones, and no thought of speed. It finds
//! *every* rule a transfer breaks and answers the first of them.

use std::collections::BTreeMap;

use kernel::{Id, Span, Timestamp};
use ledger::{
    Account, AccountKind, Flags, Hold, Outcome, Refusal, Refusal::*, SideRule, Transfer, hold_tag,
};

#[derive(Clone)]
pub struct Naive {
    pub accounts: Vec<Account>,
    pub holds: BTreeMap<u32, Hold>,
    pub made: Vec<Transfer>,
    free: Vec<u32>,
}

impl Naive {
    pub fn new(accounts: Vec<Account>) -> Self {
        Self { accounts, holds: BTreeMap::new(), made: Vec::new(), free: Vec::new() }
    }

    pub fn batch(&mut self, now: Timestamp, transfers: &[Transfer]) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for list in transfers.split_inclusive(|t| !t.flags.has(Flags::LINKED)) {
            let before = self.clone();
            let mut answers: Vec<_> = list.iter().map(|t| self.transfer(now, t)).collect();
            let open = list.last().expect("no list is empty").flags.has(Flags::LINKED);
            let first = answers.iter().position(|a| matches!(a, Outcome::Refused(_)));
            let failed = match open {
                true => Some((list.len() - 1, Outcome::Refused(LinkedEventChainOpen))),
                false => first.map(|at| (at, answers[at])),
            };
            if let Some((at, why)) = failed {
                *self = before;
                answers.fill(Outcome::Refused(LinkedEventFailed));
                answers[at] = why;
            }
            outcomes.extend(answers);
        }
        outcomes
    }

    fn transfer(&mut self, now: Timestamp, t: &Transfer) -> Outcome {
        if let Some(why) = self.broken(now, t).into_iter().min() {
            return Outcome::Refused(why);
        }
        self.made.push(*t);
        if t.flags.has(Flags::CAPTURE) || t.flags.has(Flags::VOID) {
            let hold = self.holds[&t.debit];
            let amount = if t.flags.has(Flags::CAPTURE) { t.amount } else { 0 };
            let last = !t.flags.has(Flags::KEEP);
            let release = if last { hold.remaining } else { amount };
            self.accounts[hold.debit as usize].debits_pending -= release;
            self.accounts[hold.debit as usize].debits_posted += amount;
            self.accounts[hold.credit as usize].credits_pending -= release;
            self.accounts[hold.credit as usize].credits_posted += amount;
            self.holds.entry(t.debit).and_modify(|hold| hold.remaining -= amount);
            if last {
                self.end(t.debit);
            }
        } else if t.flags.has(Flags::PENDING) {
            self.accounts[t.debit as usize].debits_pending += t.amount;
            self.accounts[t.credit as usize].credits_pending += t.amount;
            let number = self.free.pop().unwrap_or(self.holds.len() as u32);
            let expires = match t.timeout_s {
                0 => Timestamp::default(),
                seconds => now.plus(Span::seconds(seconds.into())),
            };
            let Transfer { debit, credit, amount: remaining, .. } = *t;
            let tag = hold_tag(t.id);
            self.holds.insert(number, Hold { debit, credit, remaining, expires, tag });
            return Outcome::Held(number);
        } else {
            self.accounts[t.debit as usize].debits_posted += t.amount;
            self.accounts[t.credit as usize].credits_posted += t.amount;
        }
        Outcome::Made
    }

    /// Gives a hold back that ran out.
    pub fn expire(&mut self, number: u32) {
        let hold = self.holds[&number];
        self.accounts[hold.debit as usize].debits_pending -= hold.remaining;
        self.accounts[hold.credit as usize].credits_pending -= hold.remaining;
        self.end(number);
    }

    fn end(&mut self, number: u32) {
        self.holds.remove(&number);
        self.free.push(number);
    }

    /// Every rule that the transfer breaks.
    fn broken(&self, now: Timestamp, t: &Transfer) -> Vec<Refusal> {
        let mut why = Vec::new();
        let mut rule = |broken: bool, refusal| {
            if broken {
                why.push(refusal);
            }
        };
        let has = |flag| t.flags.has(flag);
        let ends = has(Flags::CAPTURE) || has(Flags::VOID);
        let ways = [Flags::PENDING, Flags::CAPTURE, Flags::VOID].into_iter().filter(|w| has(*w));
        let at = Id::<kernel::id::Transfer>::new(t.id).made_at();
        rule(t.id == 0, IdMustNotBeZero);
        rule(t.flags.0 >= 32, ReservedFlag);
        rule(
            ways.count() > 1 || has(Flags::KEEP) && !has(Flags::CAPTURE),
            FlagsAreMutuallyExclusive,
        );
        if let Some(known) = self.made.iter().find(|known| known.id == t.id) {
            let hold = (known.debit, known.credit) != (t.debit, t.credit);
            rule(known.flags != t.flags, ExistsWithDifferentFlags);
            rule(ends && hold, ExistsWithDifferentHold);
            rule(known.debit != t.debit, ExistsWithDifferentDebitAccount);
            rule(known.credit != t.credit, ExistsWithDifferentCreditAccount);
            rule(known.amount != t.amount, ExistsWithDifferentAmount);
            rule(known.timeout_s != t.timeout_s, ExistsWithDifferentTimeout);
            rule(known.code != t.code, ExistsWithDifferentCode);
            rule(true, Exists);
        }
        let fresh = at.is_some_and(|at| {
            at.0 + Span::hours(48).0 >= now.0 && at.0 <= now.0 + Span::seconds(300).0
        });
        rule(!fresh, IdExpired);
        rule(t.code == 0, CodeMustNotBeZero);
        rule(t.timeout_s > 0 && !has(Flags::PENDING), TimeoutReservedForPendingTransfer);
        rule(t.amount == 0 && !has(Flags::VOID), AmountMustNotBeZero);
        if ends {
            let hold = self.holds.get(&t.debit).filter(|h| h.tag == t.credit && h.tag != 0);
            rule(hold.is_none(), PendingTransferNotFound);
            let over = |hold: &Hold| hold.expires.0 != 0 && hold.expires <= now;
            rule(hold.is_some_and(over), PendingTransferExpired);
            let short = |hold: &Hold| has(Flags::CAPTURE) && t.amount > hold.remaining;
            rule(hold.is_some_and(short), ExceedsPendingTransferAmount);
            return why;
        }
        let (from, to) =
            (self.accounts.get(t.debit as usize), self.accounts.get(t.credit as usize));
        rule(from.is_none(), DebitAccountNotFound);
        rule(to.is_none(), CreditAccountNotFound);
        rule(t.debit == t.credit, AccountsMustBeDifferent);
        let (Some(from), Some(to)) = (from, to) else { return why };
        rule(from.currency != to.currency, AccountsMustHaveTheSameCurrency);
        let reserved = [
            AccountKind::Nostro,
            AccountKind::NostroMirror,
            AccountKind::CreditLine,
            AccountKind::Receivable,
        ];
        rule(
            reserved.contains(&from.kind) || reserved.contains(&to.kind),
            AccountReservedForCorridor,
        );
        let sum = |posted: u64, pending: u64| {
            u128::from(posted) + u128::from(pending) + u128::from(t.amount)
        };
        let taken = sum(from.debits_posted, from.debits_pending);
        let given = sum(to.credits_posted, to.credits_pending);
        rule(taken.max(given) > u64::MAX.into(), OverflowsAccount);
        rule(
            from.rule == SideRule::NeverOverdrawn && taken > from.credits_posted.into(),
            ExceedsCredits,
        );
        rule(to.rule == SideRule::NeverOverpaid && given > to.debits_posted.into(), ExceedsDebits);
        why
    }
}
