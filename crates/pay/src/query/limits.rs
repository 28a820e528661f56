//! What is left of a wallet's limits, the rules that hold, and the payments that wait for staff.

use kernel::id::{Party, Wallet as WalletKind};
use kernel::{Actor, Currency, Id, Ref, Timestamp};

use crate::World;
use crate::refusal::Refusal;
use crate::state::{Case, CaseState};
use crate::terms::{Classes, LimitRule, VelocityRule};

/// A limit of a wallet, and what is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitLeft {
    /// The limit.
    pub rule: LimitRule,
    /// Minor units; of a limit of one payment, all of it.
    pub left: u64,
    /// When it begins anew; none for a limit of one payment.
    pub resets: Option<Timestamp>,
}

/// What a wallet may pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletLimits {
    /// The word of its party's class; none where the cell has no classes.
    pub class: Option<String>,
    /// Its limits, in the order of their names.
    pub limits: Vec<LimitLeft>,
}

/// The rules that hold at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulesInForce {
    /// The classes of parties.
    pub classes: Option<Classes>,
    /// Limits that are not ended.
    pub limits: Vec<LimitRule>,
    /// Velocity rules that are not ended.
    pub velocity: Vec<VelocityRule>,
}

/// A payment that waits for the staff, or was decided a while ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// The case.
    pub case: Case,
    /// The wallet.
    pub wallet: Option<Ref<WalletKind>>,
    /// The id of the wallet's party: under it the vault keeps whose it is.
    pub party: Option<Id<Party>>,
    /// What the store is paid in.
    pub currency: Currency,
}

impl World<'_> {
    /// What is left of a wallet's limits, if the actor may use it.
    pub fn wallet_limits(
        &self,
        actor: Actor,
        wallet: Ref<WalletKind>,
        now: Timestamp,
    ) -> Result<WalletLimits, Refusal> {
        let (_, known) = self.wallet(actor, wallet)?;
        let spent = self.spent_by(now, known);
        let limits = self.limits_of(now, known).map(|rule| LimitLeft {
            rule: rule.clone(),
            left: spent.left(rule),
            resets: self.resets(now, rule.window),
        });
        let class = usize::from(self.class_of(now, known));
        let classes = self.pay.market.classes.at(now);
        let class = classes.and_then(|classes| classes.words.get(class).cloned());
        Ok(WalletLimits { class, limits: limits.collect() })
    }

    /// The rules that hold at a moment.
    pub fn rules_in_force(&self, now: Timestamp) -> RulesInForce {
        let market = &self.pay.market;
        let limits = market.limit_rules.at(now).filter(|rule| rule.most > 0);
        let velocity = market.velocity_rules.at(now).filter(|rule| rule.classes != 0);
        RulesInForce {
            classes: market.classes.at(now).cloned(),
            limits: limits.cloned().collect(),
            velocity: velocity.cloned().collect(),
        }
    }

    /// The payments that wait for the staff and those decided a while ago, the oldest first.
    pub fn cases(&self) -> Vec<CaseRow> {
        self.pay.market.cases.known.values().map(|case| self.case_row(case)).collect()
    }

    /// A case by the payment that was tried, for whoever may use its wallet.
    pub fn case_of(
        &self,
        actor: Actor,
        payment: Id<kernel::id::Payment>,
    ) -> Result<CaseRow, Refusal> {
        let case = self.pay.market.cases.of(payment).filter(|case| {
            let wallet = self.pay.wallet(case.wallet);
            wallet.is_some_and(|wallet| self.may(actor, wallet.party))
        });
        case.map(|case| self.case_row(case)).ok_or(Refusal::CaseNotFound)
    }

    /// The payments of a wallet that wait for the staff or were decided a while ago, the newest first;
    /// without those that were made.
    pub fn cases_of(&self, actor: Actor, wallet: Ref<WalletKind>) -> Result<Vec<CaseRow>, Refusal> {
        let (entry, _) = self.wallet(actor, wallet)?;
        let own = |case: &&Case| case.wallet == entry && case.state != CaseState::Used;
        let cases = self.pay.market.cases.known.values().rev().filter(own);
        Ok(cases.map(|case| self.case_row(case)).collect())
    }

    fn case_row(&self, case: &Case) -> CaseRow {
        let party = self.pay.wallet(case.wallet).map(|wallet| wallet.party);
        let here = self.pay.store(case.store).map(|store| self.pay.merchant_of(store).currency);
        let link = self.corridor.link_to(case.store.cell);
        let currency = here.or(link.map(|link| self.currency_over(link)));
        CaseRow {
            case: case.clone(),
            wallet: self.wallet_reference(case.wallet),
            party: party.and_then(|party| self.pay.party_numbered(party)).map(|party| party.id),
            currency: currency.unwrap_or(Currency::EUR),
        }
    }
}
