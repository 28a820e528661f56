//! Judges the facts of a record one by one: what they need, then what they change.

use std::collections::BTreeSet;

use economy::Event;
use ledger::{Account, AccountKind, Flags, Hold, Movement, SideRule, Transfer};

use crate::arrival::{Outgoing, Posted};
use crate::cell::{At, Cell, Record};
use crate::credit::Credit;
use crate::report::Report;

/// Words for a fact that could never have been decided.
pub(crate) type Judged = Result<(), String>;

/// While a record is judged.
#[derive(Default)]
pub(crate) struct Scope {
    /// Wallets, merchants, their credit lines and what is on its way to their banks: the accounts
    /// that moved or should have.
    pub touched: BTreeSet<u32>,
    /// Whether the record handles a message.
    pub receives: bool,
    /// What became of merchants' credit lines.
    pub credit: Credit,
}

impl Cell {
    /// Judges and applies a record. An error ends the audit of this cell.
    pub(crate) fn judge(
        &mut self,
        at: At,
        record: &Record,
        posted: &[Posted],
        report: &mut Report,
    ) -> Judged {
        let before = self.before(posted);
        let receives = !posted.is_empty();
        let mut scope = Scope { receives, ..Scope::default() };
        let mut received = Vec::new();
        for fact in &record.facts {
            *self.counted.facts.entry(word_of(fact)).or_default() += 1;
            match fact {
                Event::Own(_) => self.state.evolve(at.now, fact),
                Event::Ledger(fact) => self.ledger(at, fact, &mut scope, report)?,
                Event::Corridor(known) => {
                    self.corridor(at, known, report)?;
                    self.state.evolve(at.now, fact);
                    if let corridor::Event::Received(known) = known {
                        received.push(known.clone());
                    }
                }
                Event::Pay(known) => {
                    self.pay(at, known, &mut scope, report);
                    self.state.evolve(at.now, fact);
                }
            }
        }
        if let Some(asked) = &record.header.fingerprint {
            self.state.remember(at.now, asked, at.position, at.record);
        }
        for (fact, sides) in received.iter().zip(posted.iter().zip(before)) {
            self.arrived(at, fact, sides, &record.facts, report);
        }
        self.credit_used(at, &scope.credit, report);
        self.bank_moves(at, record, report);
        self.balances(at, &scope, report);
        Ok(())
    }

    /// What wallets and merchants hold must be what the facts of payments say.
    fn balances(&self, at: At, scope: &Scope, report: &mut Report) {
        for number in &scope.touched {
            let Some(account) = self.state.book.account(*number) else { continue };
            let expected = self.expected.get(*number as usize).copied().unwrap_or_default();
            if account.balance() != expected {
                let what = format!(
                    "{} account {number} holds {} {}, by the facts of its payments {expected}",
                    account.kind.word(),
                    account.balance(),
                    account.currency,
                );
                report.add(self.place(at.position, Some(at.record)), "statement_differs", what);
            }
        }
    }

    /// Says what a wallet's or merchant's balance must change by.
    pub(crate) fn expect(&mut self, scope: &mut Scope, account: u32, change: i128) {
        let known = self.state.book.account(account);
        if known.is_some_and(|known| follows_facts(known.kind)) {
            self.expected[account as usize] += change;
            scope.touched.insert(account);
        }
    }

    fn ledger(
        &mut self,
        at: At,
        fact: &ledger::Event,
        scope: &mut Scope,
        report: &mut Report,
    ) -> Judged {
        match fact {
            ledger::Event::AccountOpened(account) => {
                let Account { debits_posted, credits_posted, .. } = *account;
                let Account { debits_pending, credits_pending, .. } = *account;
                if [debits_posted, credits_posted, debits_pending, credits_pending] != [0; 4] {
                    return Err("an account is opened with something in it".to_owned());
                }
                self.expected.push(0);
            }
            ledger::Event::Moved(movement) => {
                self.movement(at, *movement, scope, report)?;
                self.counted.transfers += 1;
            }
            ledger::Event::Batch(transfers) => {
                for transfer in transfers {
                    self.transfer(at, transfer, scope, report)?;
                }
                return Ok(());
            }
            ledger::Event::Forgotten { .. } => {}
        }
        self.state.evolve(at.now, &Event::Ledger(fact.clone()));
        Ok(())
    }

    /// One transfer of a batch, judged and applied alone.
    fn transfer(
        &mut self,
        at: At,
        transfer: &Transfer,
        scope: &mut Scope,
        report: &mut Report,
    ) -> Judged {
        if self.state.book.transfer(transfer.id).is_some() {
            return Err(format!("transfer {:032x} is made twice", transfer.id));
        }
        // Told from the flags here once more: what the ledger reads in them is judged, too.
        let Transfer { debit, credit, amount, flags, .. } = *transfer;
        let movement = if flags.has(Flags::PENDING) {
            let (expires, tag) = (Default::default(), ledger::hold_tag(transfer.id));
            Movement::Hold { debit, credit, amount, expires, tag }
        } else if flags.has(Flags::CAPTURE) {
            Movement::Capture { hold: debit, amount, last: !flags.has(Flags::KEEP) }
        } else if flags.has(Flags::VOID) {
            Movement::Void { hold: debit }
        } else {
            Movement::Post { debit, credit, amount }
        };
        let posted = self.movement(at, movement, scope, report)?;
        // What an operator moves is told by the transfer alone.
        if let Some((debit, credit, amount)) = posted {
            self.expect(scope, debit, -i128::from(amount));
            self.expect(scope, credit, i128::from(amount));
        }
        let alone = ledger::Event::Batch(Box::new([*transfer]));
        self.state.evolve(at.now, &Event::Ledger(alone));
        self.counted.transfers += 1;
        Ok(())
    }

    /// Judges a movement and tells what it posts. What breaks a side rule is told and goes on.
    fn movement(
        &self,
        at: At,
        movement: Movement,
        scope: &mut Scope,
        report: &mut Report,
    ) -> Result<Option<(u32, u32, u64)>, String> {
        let (posted, takes) = match movement {
            Movement::Post { debit, credit, amount } => {
                (Some((debit, credit, amount)), Some((debit, credit, amount)))
            }
            Movement::Hold { debit, credit, amount, .. } => (None, Some((debit, credit, amount))),
            Movement::Capture { hold, amount, .. } => {
                let Hold { debit, credit, remaining, .. } = self.hold(hold)?;
                if amount > remaining {
                    return Err(format!("{amount} is captured of hold {hold} with {remaining}"));
                }
                (Some((debit, credit, amount)), None)
            }
            Movement::Void { hold } => {
                self.hold(hold)?;
                (None, None)
            }
        };
        if let Some((debit, credit, amount)) = takes {
            let (from, to) = (self.account(debit)?, self.account(credit)?);
            if debit == credit || from.currency != to.currency || amount == 0 {
                return Err(format!("{amount} can't be moved from account {debit} to {credit}"));
            }
            for (number, account, after) in
                [(debit, from, taken(from, amount)), (credit, to, given(to, amount))]
            {
                if breaks_rule(&after) {
                    let what = format!(
                        "{} account {number} is overdrawn: {} {}, {} of it held",
                        account.kind.word(),
                        after.balance(),
                        account.currency,
                        after.debits_pending,
                    );
                    let place = self.place(at.position, Some(at.record));
                    report.add(place, "account_overdrawn", what);
                }
            }
        }
        if let Some((debit, credit, _)) = posted {
            let follow = |n: &u32| self.account(*n).is_ok_and(|known| follows_facts(known.kind));
            scope.touched.extend([debit, credit].into_iter().filter(follow));
        }
        Ok(posted)
    }

    fn account(&self, number: u32) -> Result<&Account, String> {
        let account = self.state.book.account(number);
        account.ok_or_else(|| format!("there is no account {number}"))
    }

    fn hold(&self, number: u32) -> Result<Hold, String> {
        let hold = self.state.book.hold(number);
        hold.copied().ok_or_else(|| format!("there is no hold {number}"))
    }

    fn corridor(&mut self, at: At, fact: &corridor::Event, report: &mut Report) -> Judged {
        let links = &self.state.corridor;
        match fact {
            corridor::Event::Sent(fact) => {
                let link = links.link(fact.link).ok_or("a message is sent over no link")?;
                if fact.number != link.sent + 1 {
                    let (found, due) = (fact.number, link.sent + 1);
                    return Err(format!("message {found} is sent where {due} is due"));
                }
                let nostro = link.nostro.and_then(|number| self.state.book.account(number));
                let holds = nostro.map(Account::balance);
                if holds != fact.nostro_balance_after.map(i128::from) {
                    let what = format!(
                        "message {} says that the nostro holds {:?}, it holds {holds:?}",
                        fact.number, fact.nostro_balance_after
                    );
                    report.add(self.place(at.position, Some(at.record)), "nostro_differs", what);
                }
                self.counted.sent += 1;
                let sent = Outgoing {
                    number: fact.number,
                    position: at.position,
                    hash: at.hash,
                    message: fact.message.clone(),
                    nostro_after: fact.nostro_balance_after,
                };
                self.post_message(fact.link, sent);
                self.tallied(at, fact, report);
            }
            corridor::Event::Received(fact) => {
                let link = links.link(fact.link).ok_or("a message is received over no link")?;
                if fact.number != link.received + 1 {
                    let (found, due) = (fact.number, link.received + 1);
                    return Err(format!("message {found} is received where {due} is due"));
                }
                self.counted.received += 1;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether the balance of such an account is told by the facts of payments.
pub(crate) const fn follows_facts(kind: AccountKind) -> bool {
    matches!(
        kind,
        AccountKind::Wallet
            | AccountKind::Merchant
            | AccountKind::CreditLine
            | AccountKind::Receivable
            | AccountKind::Payout
    )
}

/// Whether what is held and posted breaks the account's own rule.
pub(crate) fn breaks_rule(account: &Account) -> bool {
    let (debits, credits) = (account.debits_posted, account.credits_posted);
    match account.rule {
        SideRule::Free => false,
        SideRule::NeverOverdrawn => {
            u128::from(debits) + u128::from(account.debits_pending) > u128::from(credits)
        }
        SideRule::NeverOverpaid => {
            u128::from(credits) + u128::from(account.credits_pending) > u128::from(debits)
        }
    }
}

fn taken(account: &Account, amount: u64) -> Account {
    Account { debits_posted: account.debits_posted.saturating_add(amount), ..*account }
}

fn given(account: &Account, amount: u64) -> Account {
    Account { credits_posted: account.credits_posted.saturating_add(amount), ..*account }
}

fn word_of(fact: &Event) -> &'static str {
    match fact {
        Event::Own(fact) => fact.word(),
        Event::Corridor(fact) => fact.word(),
        Event::Pay(fact) => fact.word(),
        Event::Ledger(fact) => match fact {
            ledger::Event::AccountOpened(_) => "AccountOpened",
            ledger::Event::Moved(_) => "Moved",
            ledger::Event::Batch(_) => "Batch",
            ledger::Event::Forgotten { .. } => "Forgotten",
        },
    }
}
