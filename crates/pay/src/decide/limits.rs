//! How much and how fast a wallet may pay. Judged for every payment, so nothing here allocates
//! unless it says no.

use kernel::id::{Payment, Store};
use kernel::{Context, Id, Ref, Role, Span, Timestamp};
use ledger::Draft;

use super::{Facts, World, text};
use crate::command::{RejectCase, ReleaseCase, SetClass};
use crate::event::{Author, CaseChange, CaseChanged, CaseOpened, PartyClassed};
use crate::refusal::{LimitHit, VelocityHit};
use crate::state::{Case, CaseState, Cases, Paid, Spent, Try, Wallet, next_window};
use crate::terms::{Classes, Counts, Effect, LimitRule, UNCLASSED, VelocityRule, Window};
use crate::{Event, Refusal, Reply};

/// The most rules of a kind: each is judged for every payment.
const MOST_RULES: usize = 64;
/// The most of a wallet's last payments that a velocity rule counts; see [`Wallet::tries`].
const MOST_TRIES: u8 = 7;

/// A payment that somebody says yes to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub payment: Id<Payment>,
    /// The wallet's entry.
    pub wallet: u32,
    pub store: Ref<Store>,
    /// Minor units of the store's currency.
    pub amount: u64,
}

impl World<'_> {
    /// The class of a wallet's party at a moment: the rules that name its bit are its own.
    pub(crate) fn class_of(&self, now: Timestamp, wallet: &Wallet) -> u8 {
        match wallet.class {
            UNCLASSED => self.pay.market.classes.at(now).map_or(0, |classes| classes.default),
            class => class,
        }
    }

    /// The limits of a wallet at a moment.
    pub(crate) fn limits_of(
        &self,
        now: Timestamp,
        wallet: &Wallet,
    ) -> impl Iterator<Item = &LimitRule> {
        let bit = 1_u16 << self.class_of(now, wallet);
        let own = self.book.account(wallet.account).map(|account| account.currency);
        let rules = self.pay.market.limit_rules.at(now);
        rules.filter(move |rule| {
            rule.most > 0 && rule.classes & bit != 0 && Some(rule.currency) == own
        })
    }

    /// What a wallet paid lately, as it counts on the day of a moment.
    pub(crate) fn spent_by(&self, now: Timestamp, wallet: &Wallet) -> Spent {
        wallet.spent.on(now.day(self.pay.rules(now).offset()))
    }

    /// Says no to what goes over a limit, by the one that leaves least.
    pub(super) fn within_limits(
        &self,
        now: Timestamp,
        wallet: &Wallet,
        paid: Paid,
    ) -> Result<(), Refusal> {
        let spent = self.spent_by(now, wallet);
        let mut hit: Option<(u64, &LimitRule)> = None;
        for rule in self.limits_of(now, wallet).filter(|rule| counts(rule, paid)) {
            let left = spent.left(rule);
            if paid.amount > left && hit.is_none_or(|(least, _)| left < least) {
                hit = Some((left, rule));
            }
        }
        hit.map_or(Ok(()), |(left, rule)| Err(self.over(now, rule, left)))
    }

    fn over(&self, now: Timestamp, rule: &LimitRule, left: u64) -> Refusal {
        let hit = Box::new(LimitHit {
            rule: rule.id.clone(),
            source: rule.source.clone(),
            section: rule.section.clone(),
            window: rule.window,
            most: rule.most,
            left,
            currency: rule.currency,
            resets: self.resets(now, rule.window),
        });
        match rule.window {
            Window::Payment => Refusal::LimitPerPayment { hit },
            Window::Day => Refusal::LimitPerDay { hit },
            Window::Month => Refusal::LimitPerMonth { hit },
            Window::Year => Refusal::LimitPerYear { hit },
            Window::StaticDay => Refusal::LimitPrintedCodes { hit },
        }
    }

    /// When a window begins anew, in the cell's own calendar.
    pub(crate) fn resets(&self, now: Timestamp, window: Window) -> Option<Timestamp> {
        let offset = self.pay.rules(now).offset();
        let next = next_window(window, now.day(offset))?;
        Some(Timestamp::from_seconds(u64::from(next) * 86_400).minus(offset))
    }

    /// Says no to what is too fast, or sends it to the staff: then the answer is the case. What
    /// they released goes through.
    pub(super) fn not_too_fast<E: Facts>(
        &self,
        context: &Context,
        asked: &Asked,
        draft: &mut Draft<E>,
    ) -> Result<Option<Reply>, Refusal> {
        let wallet = self.pay.wallet(asked.wallet).ok_or(Refusal::WalletNotFound)?;
        match self.pace(context.now, wallet, asked.store.tag, asked.amount)? {
            None => Ok(None),
            Some(rule) => self.reviewed(context.now, asked, rule, draft),
        }
    }

    /// Says no to what is too fast; gives the rule that sends a payment to the staff, if one does.
    pub(super) fn pace(
        &self,
        now: Timestamp,
        wallet: &Wallet,
        store: u64,
        amount: u64,
    ) -> Result<Option<&VelocityRule>, Refusal> {
        if self.pay.market.velocity_rules.is_empty() {
            return Ok(None);
        }
        let bit = 1_u16 << self.class_of(now, wallet);
        let this = Try::new(store, amount, now.seconds() as u32);
        let mut review: Option<&VelocityRule> = None;
        for rule in self.pay.market.velocity_rules.at(now).filter(|rule| rule.classes & bit != 0) {
            let Some(again) = too_fast(&wallet.tries, this, rule) else { continue };
            if rule.effect == Effect::Refuse {
                let (rule, source) = (rule.id.clone(), rule.source.clone());
                let hit = Box::new(VelocityHit { rule, source, again });
                return Err(Refusal::TooFast { hit });
            }
            review = review.or(Some(rule));
        }
        Ok(review)
    }

    /// A payment that a rule sends to the staff: released, rejected, waiting, or new.
    fn reviewed<E: Facts>(
        &self,
        now: Timestamp,
        asked: &Asked,
        rule: &VelocityRule,
        draft: &mut Draft<E>,
    ) -> Result<Option<Reply>, Refusal> {
        let cases = &self.pay.market.cases;
        let known = cases.newest(asked.wallet, asked.store);
        let known = known.filter(|case| asked.amount <= case.amount && now < case.until);
        if let Some(case) = known {
            match &case.state {
                CaseState::Released { .. } => {
                    let change = CaseChange::Used { payment: asked.payment };
                    draft.add(Event::from(changed(case, change)));
                    return Ok(None);
                }
                CaseState::Rejected { reason, .. } => {
                    return Err(Refusal::ReviewRejected { reason: reason.clone() });
                }
                CaseState::Waiting | CaseState::Used => {
                    return Ok(Some(Reply::Case(Box::new(case.clone()))));
                }
            }
        }
        let Effect::Review { wait_min, release_min } = rule.effect else { return Ok(None) };
        if cases.known.len() >= Cases::MOST || cases.next == u32::MAX {
            return Err(Refusal::ReviewFull);
        }
        let fact = CaseOpened {
            case: cases.next,
            payment: asked.payment,
            wallet: asked.wallet,
            store: asked.store,
            amount: asked.amount,
            rule: rule.id.clone(),
            until: now.plus(Span::seconds(u64::from(wait_min) * 60)),
            release_min,
        };
        let case = Case::opened(now, &fact);
        draft.add(Event::from(fact));
        Ok(Some(Reply::Case(Box::new(case))))
    }

    pub(super) fn release_case<E: Facts>(
        &self,
        context: &Context,
        c: &ReleaseCase,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let case = self.open_case(context, c.payment)?;
        let by = Author::from(context.actor);
        let until = context.now.plus(Span::seconds(u64::from(case.release_min) * 60));
        draft.add(Event::from(changed(case, CaseChange::Released { by, until })));
        let state = CaseState::Released { by };
        Ok(Reply::Case(Box::new(Case { state, until, ..case.clone() })))
    }

    pub(super) fn reject_case<E: Facts>(
        &self,
        context: &Context,
        c: &RejectCase,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        text("reason", &c.reason, 200)?;
        let case = self.open_case(context, c.payment)?;
        let (by, reason) = (Author::from(context.actor), c.reason.clone());
        let change = CaseChange::Rejected { by, reason: reason.clone() };
        draft.add(Event::from(changed(case, change)));
        let state = CaseState::Rejected { by, reason };
        Ok(Reply::Case(Box::new(Case { state, ..case.clone() })))
    }

    /// A case that waits, for whoever runs the cell.
    fn open_case(&self, context: &Context, payment: Id<Payment>) -> Result<&Case, Refusal> {
        let is_staff = matches!(context.actor.role, Role::Operator | Role::Cell);
        let case = self.pay.market.cases.of(payment).filter(|_| is_staff);
        let case = case.ok_or(Refusal::CaseNotFound)?;
        match case.state {
            CaseState::Waiting if context.now < case.until => Ok(case),
            CaseState::Waiting => Err(Refusal::CaseNotOpen { state: "over" }),
            _ => Err(Refusal::CaseNotOpen { state: case.state.word() }),
        }
    }

    /// The time of a case is over.
    pub(super) fn end_case<E: Facts>(&self, number: u32, draft: &mut Draft<E>) {
        let case = self.pay.market.cases.known.get(&number).expect("what is due is known");
        draft.add(Event::from(changed(case, CaseChange::Ended)));
    }

    pub(super) fn set_class<E: Facts>(
        &self,
        c: &SetClass,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        text("source", &c.source, 120)?;
        self.pay.party(c.party).ok_or(Refusal::PartyNotFound)?;
        self.stays(c.party.number)?;
        let classes = self.pay.market.classes.last();
        let class = classes.and_then(|classes| classes.number(&c.class));
        let class = class.ok_or(Refusal::ClassNotFound)?;
        let (party, source) = (c.party.number, c.source.clone());
        draft.add(Event::from(PartyClassed { party, class, source }));
        Ok(Reply::Done)
    }

    pub(super) fn limit_fits(&self, rule: &LimitRule) -> Result<(), Refusal> {
        text("id", &rule.id, 40)?;
        text("source", &rule.source, 120)?;
        if !rule.section.is_empty() {
            text("section", &rule.section, 80)?;
        }
        if rule.most > super::MOST {
            return Err(Refusal::AmountTooLarge);
        }
        if rule.classes == 0 {
            return Err(Refusal::ClassNotFound);
        }
        let book = &self.pay.market.limit_rules;
        if book.len() >= MOST_RULES && book.named(&rule.id, Timestamp(u64::MAX)).is_none() {
            return Err(Refusal::OutOfRange { field: "number of limits (64)" });
        }
        self.book_of(rule.currency).map(drop)
    }

    pub(super) fn velocity_fits(&self, rule: &VelocityRule) -> Result<(), Refusal> {
        text("id", &rule.id, 40)?;
        text("source", &rule.source, 120)?;
        if !(1..=MOST_TRIES).contains(&rule.most) || rule.minutes == 0 {
            return Err(Refusal::OutOfRange { field: "most (1 to 7) or minutes" });
        }
        let lengths = match rule.effect {
            Effect::Refuse => 1..=1,
            Effect::Review { wait_min, release_min } => {
                wait_min.min(release_min)..=wait_min.max(release_min)
            }
        };
        if *lengths.start() == 0 || *lengths.end() > 7 * 24 * 60 {
            return Err(Refusal::OutOfRange { field: "wait_min or release_min (1 to 10,080)" });
        }
        let book = &self.pay.market.velocity_rules;
        if book.len() >= MOST_RULES && book.named(&rule.id, Timestamp(u64::MAX)).is_none() {
            return Err(Refusal::OutOfRange { field: "number of velocity rules (64)" });
        }
        Ok(())
    }
}

/// Whether a limit counts a payment.
pub(crate) const fn counts(rule: &LimitRule, paid: Paid) -> bool {
    let reaches = match rule.reach {
        crate::terms::Reach::Everywhere => true,
        crate::terms::Reach::Inside => !paid.across,
        crate::terms::Reach::Across => paid.across,
    };
    reaches && (paid.printed || !matches!(rule.window, Window::StaticDay))
}

/// Whether a payment would be one more than a rule allows among the last ones: then, when it may
/// be tried again.
fn too_fast(tries: &[Try; 8], this: Try, rule: &VelocityRule) -> Option<Timestamp> {
    let span = u32::from(rule.minutes) * 60;
    let within = |one: &&Try| one.at != 0 && this.at.saturating_sub(one.at) < span;
    let most = u32::from(rule.most);
    let (mut count, mut oldest) = (0, this.at);
    let last = tries.iter().filter(within);
    for (at, one) in last.clone().enumerate() {
        let is_counted = match rule.counts {
            Counts::Payments => true,
            Counts::Same => one.is_same(this),
            Counts::Declines => one.is_declined(),
            Counts::Stores => {
                let newer = last.clone().take(at);
                one.store != this.store && newer.clone().all(|other| other.store != one.store)
            }
        };
        if is_counted {
            (count, oldest) = (count + 1, one.at);
        }
    }
    // Declines of before count alone; else this one is counted, too.
    let over = if rule.counts == Counts::Declines { count >= most } else { count + 1 > most };
    over.then(|| Timestamp::from_seconds(u64::from(oldest) + u64::from(span)))
}

fn changed(case: &Case, change: CaseChange) -> CaseChanged {
    CaseChanged { case: case.number, change, payment: case.payment, wallet: case.wallet }
}

pub(super) fn classes_fit(classes: &Classes) -> Result<(), Refusal> {
    text("source", &classes.source, 120)?;
    if !(1..=Classes::MOST).contains(&classes.words.len()) {
        return Err(Refusal::OutOfRange { field: "classes (1 to 16)" });
    }
    for (at, word) in classes.words.iter().enumerate() {
        text("class", word, 20)?;
        if classes.words[..at].contains(word) {
            return Err(Refusal::OutOfRange { field: "classes (a word stands twice)" });
        }
    }
    if usize::from(classes.default) >= classes.words.len() {
        return Err(Refusal::ClassNotFound);
    }
    Ok(())
}
