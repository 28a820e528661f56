//! Judges each yes of a payer against the limits that held at that moment, for the class that its
//! party was in: the rules as the journal set them by then, and what the wallet had paid by then.

use pay::Event;
use pay::state::{NO_LINK, Paid, Quote};
use pay::terms::{LimitRule, Reach, UNCLASSED, Window};

use crate::cell::{At, Cell};
use crate::sales::Told;

impl Cell {
    /// No fact takes from a wallet what is over one of its limits, before that fact is applied.
    pub(crate) fn keeps_limits(&self, at: At, fact: &Event) -> Told {
        let (entry, paid) = match fact {
            Event::PaymentConfirmed(f) => {
                let quote = self.state.pay.quote_numbered(f.quote);
                let printed = quote.is_some_and(Quote::is_printed);
                let amount = f.principal.saturating_add(f.spread).saturating_add(f.fee);
                (f.wallet, Paid { amount, across: true, printed })
            }
            Event::PaidHere(f) => {
                (f.wallet, Paid { amount: f.amount, across: false, printed: f.leg.is_none() })
            }
            Event::SaleHeld(f) if f.link == NO_LINK => {
                (f.payer as u32, Paid { amount: f.amount, across: false, printed: false })
            }
            _ => return Ok(()),
        };
        let pay = &self.state.pay;
        let Some(wallet) = pay.wallet(entry) else { return Ok(()) };
        let class = match wallet.class {
            UNCLASSED => pay.market.classes.at(at.now).map_or(0, |classes| classes.default),
            class => class,
        };
        let account = self.state.book.account(wallet.account);
        let currency = account.map(|account| account.currency);
        let spent = wallet.spent.on(at.now.day(pay.rules(at.now).offset()));
        for rule in pay.market.limit_rules.at(at.now) {
            let is_its_own = rule.most > 0
                && rule.classes & (1 << class) != 0
                && Some(rule.currency) == currency
                && counts(rule, paid);
            let left = spent.left(rule);
            if is_its_own && paid.amount > left {
                let (name, word, source) = (&rule.id, rule.window.word(), &rule.source);
                let what = format!(
                    "{} takes {} from wallet {entry}, and {left} of {name} are left ({} a {word}, \
                     {source})",
                    fact.word(),
                    paid.amount,
                    rule.most,
                );
                return Err(("limit_exceeded", what));
            }
        }
        Ok(())
    }
}

/// Whether a limit is of such payments.
const fn counts(rule: &LimitRule, paid: Paid) -> bool {
    let reaches = match rule.reach {
        Reach::Everywhere => true,
        Reach::Inside => !paid.across,
        Reach::Across => paid.across,
    };
    reaches && (paid.printed || !matches!(rule.window, Window::StaticDay))
}
