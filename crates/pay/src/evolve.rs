// long: one arm a fact, and what each changes
//! How facts change the state. Total: every fact was judged before it was written.

mod connector;

use corridor::{CaptureMode, DeclineReason};
use kernel::{Fault, Module, Timestamp, share};

use crate::command::Purpose;
use crate::event::*;
use crate::state::made::add;
use crate::state::{
    Brought, Case, CaseState, ClosedIncoming, ClosedOutgoing, CreditLine, Due, End, Forgotten,
    Incoming, IncomingState, Marks, Merchant, NO_LINK, NONE, Outgoing, OutgoingState, Paid, Part,
    PartKind, Party, Quote, Referral, Review, Spent, Standing, State, Store, Till, Try, Wallet,
    crosses, halves, whole,
};
use crate::terms::{Limits, PayoutRules, PayoutTerms, RateLot, SafeguardRule, UNCLASSED};

/// The most named parts that leave with one fact.
const MOST_PARTS: usize = 16_384;

impl Module for State {
    const KIND: u8 = 3;
    type Event = Event;

    fn evolve(&mut self, now: Timestamp, event: &Event) {
        match event {
            Event::BookOpened(fact) => {
                self.market.books.insert(fact.currency, fact.clone());
            }
            Event::NostroWarningSet(fact) => {
                self.market.warn_below.insert(fact.link, fact.below);
            }
            Event::RatesPublished(fact) => self.rates_published(now, fact),
            Event::FeesSet(fact) => self.market.fees.set(fact.from, fact.fees.clone()),
            Event::LimitsSet(LimitsSet { from, limits }) => {
                let same = |known: &Limits| known.currency == limits.currency;
                self.market.limits.set_for(*from, limits.clone(), same);
                limits
                    .rules()
                    .into_iter()
                    .for_each(|rule| self.market.limit_rules.set(*from, rule));
            }
            Event::LimitRuleSet(LimitRuleSet { from, rule }) => {
                self.market.limit_rules.set(*from, rule.clone());
            }
            Event::VelocityRuleSet(VelocityRuleSet { from, rule }) => {
                self.market.velocity_rules.set(*from, rule.clone());
            }
            Event::ClassesSet(ClassesSet { from, classes }) => {
                self.market.classes.set(*from, classes.clone());
            }
            Event::PartyClassed(fact) => self.party_classed(fact),
            Event::CaseOpened(fact) => {
                self.due.insert((fact.until, Due::Case(fact.case)));
                self.market.cases.next = fact.case + 1;
                self.market.cases.known.insert(fact.case, Case::opened(now, fact));
            }
            Event::CaseChanged(fact) => self.case_changed(fact),
            Event::RulesSet(fact) => self.market.rules.set(fact.from, fact.rules.clone()),
            Event::PartyRegistered(fact) => {
                let (id, role) = (fact.id, fact.role);
                let party = Party { id, role, since: now, newest_wallet: NONE };
                let number = self.parties.push(party);
                add(&mut self.made.parties, id.tag(), number);
            }
            Event::ForgetAsked(fact) => {
                self.market.to_forget.insert(fact.party, now);
            }
            Event::PartyForgotten(fact) => {
                let asked = self.market.to_forget.remove(&fact.party);
                let asked = asked.expect("judged: the party asked for it");
                self.market.forgotten.insert(fact.party, Forgotten { asked, done: now });
            }
            Event::WalletOpened(fact) => self.wallet_opened(fact),
            Event::WalletToppedUp(WalletToppedUp { reference, amount, .. })
            | Event::NostroToppedUp(NostroToppedUp { reference, amount, .. }) => {
                self.market.references.insert(*reference);
                self.market.banking.keep_booked(*reference, *amount);
                if let Event::NostroToppedUp(fact) = event {
                    self.market.settlement.announced.remove(&fact.reference);
                    self.market.settlement.sums(fact.link, true).top_up(fact.amount);
                }
            }
            Event::MerchantRegistered(fact) => self.merchant_registered(fact),
            Event::StoreOpened(fact) => self.store_opened(fact),
            Event::StoreOpenSet(fact) => {
                self.market.stores[fact.store as usize].open = fact.open;
            }
            Event::TillAdded(fact) => self.till_added(fact),
            Event::PaymentRequested(fact) => self.payment_requested(now, fact),
            Event::QuoteMade(fact) => self.quote_made(fact),
            Event::QuoteExpired(fact) => {
                self.end_quote(fact.entry);
            }
            Event::PaymentConfirmed(fact) => self.payment_confirmed(now, fact),
            Event::PaymentAuthorized(fact) => {
                self.leg_mut(fact.leg).state = OutgoingState::Authorized;
            }
            Event::CancelAsked(fact) => self.leg_mut(fact.leg).cancel_asked = true,
            Event::PaymentTaken(fact) => self.payment_taken(now, fact),
            Event::PaymentReturned(fact) => self.payment_returned(now, fact),
            Event::RefundArrived(RefundArrived { closed, total_so_far, returned, .. })
            | Event::RefundStranded(RefundStranded { closed, total_so_far, returned, .. }) => {
                let packed = self.closed_out.get_mut(*closed);
                let packed = packed.expect("judged: the closed leg is kept");
                let leg = packed.leg();
                *packed = ClosedOutgoing { refunded: *total_so_far, ..leg }.into();
                self.market.settlement.sums(leg.link, false).refund(total_so_far - leg.refunded);
                let back = Paid { amount: *returned, across: true, printed: false };
                self.given_back(leg.wallet, (leg.closed_s, leg.marks), back);
            }
            Event::StrayArrived(fact) => {
                let sums = self.market.settlement.sums(fact.link, false);
                if fact.taken { sums.capture(fact.amount) } else { sums.refund(fact.amount) }
            }
            Event::MirrorRaised(fact) => {
                self.market.settlement.sums(fact.link, false).top_up(fact.amount);
            }
            Event::SaleDeclined(fact) => self.charge_not_taken(fact),
            Event::SaleCaptured(fact) => self.sale_captured(now, fact),
            Event::SaleHeld(fact) => self.sale_held(now, fact),
            Event::SalePartCaptured(fact) => self.sale_part_captured(now, fact),
            Event::SaleReleased(fact) => self.end_sale(now, fact.leg, End::Released),
            Event::SaleCancelled(fact) => self.end_sale(now, fact.leg, End::Cancelled),
            Event::SaleExpired(fact) => self.end_sale(now, fact.leg, End::Expired),
            Event::PaidHere(fact) => self.paid_here(now, fact),
            Event::SaleRefunded(fact) => self.sale_refunded(fact),
            Event::LegsForgotten(fact) => self.legs_forgotten(fact),
            Event::CreditLineSet(CreditLineSet { merchant, line, receivable, limit, .. }) => {
                let (line, receivable, limit) = (*line, *receivable, *limit);
                let known = CreditLine { line, receivable, limit };
                self.market.credit_lines.insert(*merchant, known);
            }
            Event::PayoutTermsSet(PayoutTermsSet { from, terms }) => {
                let same = |known: &PayoutTerms| known.currency == terms.currency;
                self.market.payout.terms.set_for(*from, terms.clone(), same);
            }
            Event::BankFileSealed(fact) => self.bank_file_sealed(now, fact),
            Event::BankFileSent(fact) => self.bank_file_ended(now, fact.entry, true),
            Event::BankFileWithdrawn(fact) => self.bank_file_ended(now, fact.entry, false),
            Event::ReviewAsked(fact) => {
                *self.review_mut(fact.merchant) =
                    Review { standing: Standing::New, since: now, ..Review::UNASKED };
            }
            Event::MerchantReviewed(fact) => {
                let review = self.review_mut(fact.merchant);
                (review.standing, review.since) = (fact.standing, now);
            }
            Event::PayoutAccountSet(fact) => {
                let review = self.review_mut(fact.merchant);
                (review.accounts, review.account_set) = (fact.number, Some(now));
                if review.standing == Standing::Approved {
                    (review.standing, review.since) = (Standing::New, now);
                }
            }
            Event::PayoutRulesSet(PayoutRulesSet { from, rules }) => {
                let same = |known: &PayoutRules| known.currency == rules.currency;
                self.market.banking.rules.set_for(*from, rules.clone(), same);
            }
            Event::PayoutScheduleSet(fact) => {
                let dated = self.market.banking.schedules.entry(fact.merchant).or_default();
                dated.set(fact.from, fact.schedule);
            }
            Event::PayoutTodayAsked(fact) => {
                self.market.banking.today.insert(fact.merchant, now);
            }
            Event::BankFileMade(fact) => self.bank_file_made(fact),
            Event::BankFileApproved(fact) => self.bank_file_approved(now, fact),
            Event::StatementImported(fact) => self.statement_imported(now, fact),
            Event::BankLineResolved(fact) => self.bank_line_resolved(now, fact),
            Event::BankLineUndone(fact) => self.bank_line_undone(now, fact),
            Event::PayoutReturned(fact) => self.payout_returned(now, fact),
            Event::SafeguardRuleSet(SafeguardRuleSet { from, rule }) => {
                let same = |known: &SafeguardRule| {
                    known.currency == rule.currency && known.source == rule.source
                };
                self.market.banking.safeguards.set_for(*from, rule.clone(), same);
            }
            Event::Proposed(fact) => self.market.proposals.opened(now, fact),
            Event::ProposalApproved(ProposalApproved { proposal, by }) => {
                self.market.proposals.decided(*proposal, *by, now, None);
            }
            Event::ProposalRejected(ProposalRejected { proposal, by, reason }) => {
                self.market.proposals.decided(*proposal, *by, now, Some(reason.clone()));
            }
            Event::RateTermsSet(RateTermsSet { from, terms }) => {
                self.market.rate_terms.set(*from, terms.clone());
            }
            Event::PhoneEnrolled(fact) => self.phone_enrolled(now, fact),
            Event::PhoneEnded(fact) => self.phone_ended(fact),
            Event::CodeTermsSet(fact) => {
                self.market.codes.terms.set(fact.from, fact.terms.clone());
            }
            Event::ChargeMade(fact) => self.charge_made(now, fact),
            Event::CodeJudged(fact) => self.code_judged(now, fact),
            Event::ChargeAsked(fact) => self.charge_asked(fact),
            Event::ChargeRefused(fact) if fact.link == NO_LINK => self.end_ask(fact.payment),
            Event::ChargeRefused(_) => {}
            Event::ChargeAnswered(fact) => self.charge_answered(now, fact),
            Event::FeeRuleSet(fact) => self.market.fee_rules.set(fact.scope, fact.from, fact.rate),
            Event::AcceptanceSet(fact) => {
                let posters = self.market.posters.entry(fact.store).or_default();
                posters.acceptance.set(fact.from, fact.acceptance.clone());
            }
            Event::PlacesSet(fact) => self.places_set(fact),
            // Which payment was made where, lists know; no rule reads it.
            Event::SalePlaced(_) => {}
            Event::Referred(fact) => self.referred(now, fact),
            Event::SplitSet(fact) => self.market.splits.add(fact.from, fact.split.clone()),
            Event::SaleShared(fact) => self.sale_shared(fact),
            Event::SharesReturned(fact) => self.shares_returned(fact),
            Event::PartnerSet(fact) => {
                self.market.partners.entry(fact.link).or_default().set(now, fact);
            }
            Event::PartnerKeySet(fact) => self.partner_mut(fact.link).key_set(now, fact),
            Event::PartnerSuspended(fact) => self.partner_mut(fact.link).suspended(now, fact),
            Event::ConnectorSet(_)
            | Event::ConnectorAsked(_)
            | Event::ConnectorCancelAsked(_)
            | Event::ConnectorPaid(_)
            | Event::ConnectorFailed(_)
            | Event::ConnectorStray(_)
            | Event::ConnectorRefundBegun(_)
            | Event::ConnectorRefundEnded(_)
            | Event::ConnectorSettled(_)
            | Event::ConnectorRested(_)
            | Event::ConnectorStrayReturned(_) => self.of_connector(now, event),
            Event::SettlementTermsSet(fact) => self.settlement_terms_set(now, fact),
            Event::DayRecorded(fact) => self.day_recorded(now, fact),
            Event::DayAnswered(fact) => self.day_answered(fact),
            Event::DaySigned(fact) => self.day_signed(fact),
            Event::TopUpMoved(fact) => self.top_up_moved(now, fact),
            Event::TopUpAnnounced(fact) => self.top_up_announced(now, fact),
            // What is drawn and repaid stands in the accounts.
            Event::CreditDrawn(_) | Event::CreditRepaid(_) => {}
        }
    }

    fn encode(event: &Event, out: &mut Vec<u8>) {
        event.encode(out);
    }

    fn decode(stored: &[u8]) -> Result<Event, Fault> {
        Event::decode(stored)
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }
}

impl State {
    fn rates_published(&mut self, now: Timestamp, fact: &RatesPublished) {
        self.market.lots.push(RateLot {
            date: fact.date,
            source: fact.source.clone(),
            rates: fact.rates.clone(),
            since: now,
        });
    }

    fn wallet_opened(&mut self, fact: &WalletOpened) {
        let party = self.parties.get_mut(fact.party).expect("judged: the party is known");
        let older = std::mem::replace(&mut party.newest_wallet, fact.entry);
        let entry = self.wallets.push(Wallet {
            account: fact.wallet.number,
            party: fact.party,
            older,
            class: self.market.classed.get(&fact.party).copied().unwrap_or(UNCLASSED),
            tries: Default::default(),
            spent: Spent::default(),
        });
        assert_eq!(entry, fact.entry, "wallets are numbered as they were judged");
    }

    fn merchant_registered(&mut self, fact: &MerchantRegistered) {
        assert_eq!(self.market.merchants.len() as u32, fact.entry, "merchants have no gap");
        self.market.merchants.push(Merchant {
            reference: fact.merchant,
            party: fact.party,
            name: fact.name.clone(),
            currency: fact.currency,
        });
    }

    fn store_opened(&mut self, fact: &StoreOpened) {
        assert_eq!(self.market.stores.len() as u32, fact.store.number, "stores have no gap");
        self.market.stores.push(Store {
            reference: fact.store,
            merchant: fact.merchant,
            name: fact.name.clone(),
            latin_name: fact.latin_name.clone(),
            city: fact.city.clone(),
            category: fact.category,
            prefecture: fact.prefecture,
            open: true,
        });
        add(&mut self.made.stores, fact.store.tag, fact.store.number);
    }

    fn till_added(&mut self, fact: &TillAdded) {
        assert_eq!(self.market.tills.len() as u32, fact.till.number, "tills have no gap");
        self.market.tills.push(Till {
            reference: fact.till,
            store: fact.store,
            name: fact.name.clone(),
        });
        add(&mut self.made.tills, fact.till.tag, fact.till.number);
    }

    fn payment_requested(&mut self, now: Timestamp, fact: &PaymentRequested) {
        self.add_sale(Incoming {
            id: fact.payment,
            store: fact.store,
            state: IncomingState::Requested,
            capture: fact.capture,
            purpose: fact.purpose,
            link: NO_LINK,
            payer: 0,
            amount: fact.amount,
            captured: 0,
            fee: 0,
            hold: NONE,
            deadline: fact.deadline,
            since: now,
        });
    }

    fn quote_made(&mut self, fact: &QuoteMade) {
        let entry = self.quotes.insert(Quote {
            id: fact.quote,
            payment: fact.payment,
            wallet: fact.wallet,
            link: fact.link,
            store: fact.store,
            amount: fact.amount,
            principal: fact.principal,
            spread: fact.spread,
            fee: fact.fee,
            lot: fact.lot,
            expires: fact.expires,
            deadline: fact.deadline,
            capture: fact.capture,
            place: fact.place.unwrap_or(0),
        });
        self.quote_ids.insert(self.quote_ids.hash(fact.quote.0), entry);
        self.due.insert((fact.expires, Due::Quote(entry)));
    }

    fn referred(&mut self, now: Timestamp, fact: &Referred) {
        let referrals = &mut self.market.referrals;
        match fact {
            Referred::Set(fact) => {
                let terms = referrals.terms.entry(fact.referrer).or_default();
                terms.set(fact.from, fact.terms.clone());
            }
            Referred::Begun(fact) => {
                let ReferralBegun { referrer, until, ppm, keeps, .. } = *fact;
                let referral = Referral { referrer, since: now, until, ppm, keeps };
                referrals.wallets.insert(fact.wallet, referral);
            }
            Referred::Ended(fact) => {
                referrals.wallets.remove(&fact.wallet);
            }
            Referred::Shared(fact) => {
                let ReferralShared { referrer, ppm, earned, given, of_spread, .. } = *fact;
                let known = referrals.payments.get(&fact.payment.0);
                let (unearned, returned) = known.map_or((0, 0), |it| (it.unearned, it.returned));
                let brought =
                    Brought { referrer, ppm, earned, given, unearned, returned, of_spread };
                referrals.payments.insert(fact.payment.0, brought);
            }
            Referred::Returned(fact) => {
                let known = referrals.payments.get_mut(&fact.payment.0);
                let known = known.expect("judged: the payment has a share");
                (known.unearned, known.returned) = (fact.unearned, fact.returned);
            }
        }
    }

    fn places_set(&mut self, fact: &PlacesSet) {
        let posters = self.market.posters.entry(fact.store).or_default();
        for number in &fact.ended {
            posters.places.remove(number).expect("judged: the place has a code");
        }
        for place in &fact.set {
            posters.given = posters.given.max(place.number);
            posters.places.insert(place.number, place.clone());
        }
    }

    fn end_quote(&mut self, entry: u32) -> Quote {
        let quote = self.quotes.remove(entry);
        self.quote_ids.remove(self.quote_ids.hash(quote.id.0), entry);
        self.due.remove(&(quote.expires, Due::Quote(entry)));
        self.end_ask_of_quote(quote.payment, entry);
        quote
    }

    fn party_classed(&mut self, fact: &PartyClassed) {
        self.market.classed.insert(fact.party, fact.class);
        let wallets: Vec<u32> = self.wallets_of(fact.party).map(|(entry, _)| entry).collect();
        for entry in wallets {
            self.wallets.get_mut(entry).expect("a party's wallet exists").class = fact.class;
        }
    }

    fn case_changed(&mut self, fact: &CaseChanged) {
        let case = self.market.cases.known.get_mut(&fact.case).expect("judged: the case is known");
        self.due.remove(&(case.until, Due::Case(fact.case)));
        match &fact.change {
            CaseChange::Released { by, until } => {
                (case.state, case.until) = (CaseState::Released { by: *by }, *until);
            }
            CaseChange::Rejected { by, reason } => {
                case.state = CaseState::Rejected { by: *by, reason: reason.clone() };
            }
            CaseChange::Used { .. } => case.state = CaseState::Used,
            CaseChange::Ended => {
                self.market.cases.known.remove(&fact.case);
                return;
            }
        }
        self.due.insert((case.until, Due::Case(fact.case)));
    }

    /// The cell's day of a moment.
    fn day(&self, moment: Timestamp) -> u32 {
        moment.day(self.rules(moment).offset())
    }

    /// Remembers what a wallet paid, for limits, for velocity, and for the question whether it
    /// meant to pay the same twice.
    fn spent(&mut self, now: Timestamp, wallet: u32, (store, amount): (u64, u64), paid: Paid) {
        let day = self.day(now);
        let wallet = self.wallets.get_mut(wallet).expect("judged: the wallet exists");
        wallet.tries.rotate_right(1);
        wallet.tries[0] = Try::new(store, amount, now.seconds() as u32);
        wallet.spent.add(day, paid);
    }

    /// What was said yes to and then not taken, or was given back, does not count against limits.
    fn not_spent(&mut self, wallet: u32, since: Timestamp, back: Paid) {
        if back.amount == 0 {
            return;
        }
        let day = self.day(since);
        let wallet = self.wallets.get_mut(wallet).expect("judged: the wallet exists");
        wallet.spent.take(day, back);
    }

    /// What was given back leaves room again in those windows that hold the payment. Not for
    /// printed codes: their limit is against codes that somebody pasted over, and giving back does
    /// not make such a code a better one. Not where yes and capture lie on two days: it is not
    /// known any more which day's sums it stands in.
    fn given_back(&mut self, wallet: u32, (closed_s, marks): (u32, Marks), back: Paid) {
        if !marks.is_on_two_days() {
            self.not_spent(wallet, Timestamp::from_seconds(u64::from(closed_s)), back);
        }
    }

    /// What came back whole was not paid: paying the same once more is no repeat.
    fn not_paid(&mut self, wallet: u32, store: u64, amount: u64, since: Timestamp) {
        let wallet = self.wallets.get_mut(wallet).expect("judged: the wallet exists");
        let this = Try::new(store, amount, 0);
        let is_it = |one: &Try| one.is_same(this) && one.at >= since.seconds() as u32;
        if let Some(at) = wallet.tries.iter().rposition(is_it) {
            wallet.tries[at].decline();
        }
    }

    fn payment_confirmed(&mut self, now: Timestamp, fact: &PaymentConfirmed) {
        let quote = self.end_quote(fact.quote);
        let amount = fact.principal + fact.spread + fact.fee;
        let printed = quote.is_printed();
        let paid = Paid { amount, across: true, printed };
        self.spent(now, fact.wallet, (fact.store.tag, fact.amount), paid);
        let entry = self.outgoing.insert(Outgoing {
            id: fact.payment,
            store: fact.store,
            wallet: fact.wallet,
            link: fact.link,
            state: OutgoingState::Confirmed,
            capture: quote.capture,
            cancel_asked: false,
            printed,
            amount: fact.amount,
            principal: fact.principal,
            spread: fact.spread,
            fee: fact.fee,
            taken: 0,
            holds: fact.holds,
            message: fact.message,
            confirmed: now,
            valid_until: fact.valid_until,
        });
        self.outgoing_ids.insert(self.outgoing_ids.hash(fact.payment.0), entry);
    }

    fn leg_mut(&mut self, leg: u32) -> &mut Outgoing {
        self.outgoing.get_mut(leg).expect("judged: the payer's leg is open")
    }

    fn payment_taken(&mut self, now: Timestamp, fact: &PaymentTaken) {
        let leg = self.leg_mut(fact.leg);
        let (link, part) = (leg.link, fact.total_so_far - leg.taken);
        leg.taken = fact.total_so_far;
        self.market.settlement.sums(link, false).capture(part);
        let leg = self.leg_mut(fact.leg);
        if fact.last {
            let leg = *leg;
            let part = |component| share(component, leg.taken, leg.amount);
            let paid = [part(leg.principal), part(leg.spread), part(leg.fee)];
            let amount = leg.principal + leg.spread + leg.fee - paid.iter().sum::<u64>();
            let back = Paid { amount, across: true, printed: leg.printed };
            self.not_spent(leg.wallet, leg.confirmed, back);
            self.close_leg(now, fact.leg, (End::Captured, None), leg.taken, paid);
        }
    }

    fn payment_returned(&mut self, now: Timestamp, fact: &PaymentReturned) {
        let leg = *self.leg_mut(fact.leg);
        let end = if fact.reason.is_some() { End::Declined } else { End::Released };
        let amount = leg.principal + leg.spread + leg.fee;
        let back = Paid { amount, across: true, printed: leg.printed };
        self.not_spent(leg.wallet, leg.confirmed, back);
        self.not_paid(leg.wallet, leg.store.tag, leg.amount, leg.confirmed);
        let asked = [leg.principal, leg.spread, leg.fee];
        self.close_leg(now, fact.leg, (end, fact.reason), leg.amount, asked);
    }

    fn close_leg(
        &mut self,
        now: Timestamp,
        entry: u32,
        (end, reason): (End, Option<DeclineReason>),
        amount: u64,
        [principal, spread, fee]: [u64; 3],
    ) {
        let leg = self.outgoing.remove(entry);
        self.outgoing_ids.remove(self.outgoing_ids.hash(leg.id.0), entry);
        let two_days = self.day(leg.confirmed) != self.day(now);
        let closed = ClosedOutgoing {
            id: halves(leg.id),
            store_tag: leg.store.tag,
            amount,
            principal,
            spread,
            fee,
            refunded: 0,
            store: leg.store.number,
            wallet: leg.wallet,
            closed_s: now.seconds() as u32,
            link: leg.link,
            end,
            reason,
            marks: Marks::new(leg.capture, leg.cancel_asked).on_two_days(two_days),
        };
        let number = self.closed_out.push(closed.into());
        self.closed_out_ids.insert(self.closed_out_ids.hash(leg.id.0), number);
    }

    fn add_sale(&mut self, sale: Incoming) {
        let entry = self.incoming.insert(sale);
        self.incoming_ids.insert(self.incoming_ids.hash(sale.id.0), entry);
        self.due.insert((sale.deadline, Due::Incoming(entry)));
    }

    fn take_sale(&mut self, entry: u32) -> Incoming {
        let sale = self.incoming.remove(entry);
        self.incoming_ids.remove(self.incoming_ids.hash(sale.id.0), entry);
        self.due.remove(&(sale.deadline, Due::Incoming(entry)));
        self.end_charge(sale.id);
        self.market.connectors.asks.remove(&sale.id);
        sale
    }

    fn close_sale(&mut self, closed: ClosedIncoming) {
        let hash = self.closed_in_ids.hash(whole(closed.id).0);
        let number = self.closed_in.push(closed);
        self.closed_in_ids.insert(hash, number);
    }

    fn sale_captured(&mut self, now: Timestamp, fact: &SaleCaptured) {
        if crosses(fact.link) {
            self.market.settlement.sums(fact.link, true).capture(fact.amount);
        }
        if let Some(leg) = fact.leg {
            self.take_sale(leg);
        }
        self.close_sale(ClosedIncoming {
            id: halves(fact.payment),
            payer: fact.payer,
            amount: fact.amount,
            fee: fact.fee,
            refunded: 0,
            store: fact.store,
            closed_s: now.seconds() as u32,
            link: fact.link,
            end: End::Captured,
            marks: Marks::new(CaptureMode::Now, false),
        });
    }

    fn sale_held(&mut self, now: Timestamp, fact: &SaleHeld) {
        let asked = fact.leg.map(|leg| self.take_sale(leg));
        let held = Incoming {
            id: fact.payment,
            store: fact.store,
            state: IncomingState::Held,
            capture: CaptureMode::Later,
            purpose: asked.map_or(Purpose::Sale, |sale| sale.purpose),
            link: fact.link,
            payer: fact.payer,
            amount: fact.amount,
            captured: 0,
            fee: 0,
            hold: fact.hold,
            deadline: fact.deadline,
            since: asked.map_or(now, |sale| sale.since),
        };
        if let Some(wallet) = held.payer_here() {
            let tag = self.market.stores[fact.store as usize].reference.tag;
            let paid = Paid { amount: fact.amount, across: false, printed: false };
            self.spent(now, wallet, (tag, fact.amount), paid);
        }
        self.add_sale(held);
    }

    fn add_part(&mut self, part: Part) {
        let number = self.parts.push(part);
        self.part_names.insert(self.part_names.hash(whole(part.name).0), number);
    }

    fn sale_refunded(&mut self, fact: &SaleRefunded) {
        let leg = self.closed_in.get_mut(fact.closed).expect("judged: the closed leg is kept");
        leg.refunded = fact.total_so_far;
        if crosses(leg.link) {
            self.market.settlement.sums(leg.link, true).refund(fact.amount);
        }
        let (payer, known) = (leg.payer_here(), (leg.closed_s, leg.marks));
        if let Some(wallet) = payer {
            let back = Paid { amount: fact.amount, across: false, printed: false };
            self.given_back(wallet, known, back);
        }
        let (name, payment) = (halves(fact.refund), halves(fact.payment));
        let (amount, fee, kind) = (fact.amount, fact.fee, PartKind::Refunded);
        self.add_part(Part { name, payment, amount, fee, kind });
    }

    fn sale_part_captured(&mut self, now: Timestamp, fact: &SalePartCaptured) {
        let sale = self.incoming.get(fact.leg).expect("judged: the sale is held");
        if crosses(sale.link) {
            let part = fact.total_so_far - sale.captured;
            self.market.settlement.sums(sale.link, true).capture(part);
        }
        if let Some(name) = fact.capture {
            let sale = self.incoming.get(fact.leg).expect("judged: the sale is held");
            let amount = fact.total_so_far - sale.captured;
            let kind = if fact.last { PartKind::CapturedLast } else { PartKind::Captured };
            let (name, payment) = (halves(name), halves(fact.payment));
            self.add_part(Part { name, payment, amount, fee: 0, kind });
        }
        if !fact.last {
            let sale = self.incoming.get_mut(fact.leg).expect("judged: the sale is held");
            sale.captured = fact.total_so_far;
            sale.fee = fact.fee_so_far;
            return;
        }
        let sale = self.take_sale(fact.leg);
        let two_days = self.day(sale.since) != self.day(now);
        self.not_spent_here(&sale, sale.amount - fact.total_so_far);
        self.close_sale(ClosedIncoming {
            id: halves(sale.id),
            payer: sale.payer,
            amount: fact.total_so_far,
            fee: fact.fee_so_far,
            refunded: 0,
            store: sale.store,
            closed_s: now.seconds() as u32,
            link: sale.link,
            end: End::Captured,
            marks: Marks::new(sale.capture, false).on_two_days(two_days),
        });
    }

    /// A hold began on the day it was asked for, or after: at worst too much counts as spent.
    fn not_spent_here(&mut self, sale: &Incoming, amount: u64) {
        if let Some(wallet) = sale.payer_here() {
            let back = Paid { amount, across: false, printed: false };
            self.not_spent(wallet, sale.since, back);
        }
    }

    fn end_sale(&mut self, now: Timestamp, leg: u32, end: End) {
        let sale = self.take_sale(leg);
        self.not_spent_here(&sale, sale.amount);
        if let Some(wallet) = sale.payer_here() {
            let tag = self.market.stores[sale.store as usize].reference.tag;
            self.not_paid(wallet, tag, sale.amount, sale.since);
        }
        self.close_sale(ClosedIncoming {
            id: halves(sale.id),
            payer: sale.payer,
            amount: sale.amount,
            fee: 0,
            refunded: 0,
            store: sale.store,
            closed_s: now.seconds() as u32,
            link: sale.link,
            end,
            marks: Marks::new(sale.capture, false),
        });
    }

    fn paid_here(&mut self, now: Timestamp, fact: &PaidHere) {
        if let Some(leg) = fact.leg {
            self.take_sale(leg);
        }
        let tag = self.market.stores[fact.store as usize].reference.tag;
        let printed = fact.leg.is_none();
        let paid = Paid { amount: fact.amount, across: false, printed };
        self.spent(now, fact.wallet, (tag, fact.amount), paid);
        self.close_sale(ClosedIncoming {
            id: halves(fact.payment),
            payer: u64::from(fact.wallet),
            amount: fact.amount,
            fee: fact.fee,
            refunded: 0,
            store: fact.store,
            closed_s: now.seconds() as u32,
            link: NO_LINK,
            end: End::Captured,
            marks: Marks::new(CaptureMode::Now, false),
        });
    }

    fn legs_forgotten(&mut self, fact: &LegsForgotten) {
        if let Some(through) = fact.outgoing {
            for (number, leg) in self.closed_out.front(through) {
                self.closed_out_ids.remove(self.closed_out_ids.hash(leg.id().0), number);
                self.market.referrals.payments.remove(&leg.id().0);
            }
            self.closed_out.drop_front(through);
        }
        if let Some(through) = fact.incoming {
            for (number, leg) in self.closed_in.front(through) {
                let id = whole(leg.id);
                self.closed_in_ids.remove(self.closed_in_ids.hash(id.0), number);
                self.market.referrals.payments.remove(&id.0);
            }
            self.closed_in.drop_front(through);
        }
        self.forget_parts();
        self.forget_shares();
    }

    /// Names of parts leave in order, behind the payments they are of.
    fn forget_parts(&mut self) {
        let gone = |part: &Part| {
            let payment = whole(part.payment);
            self.incoming(payment).is_none() && self.closed_incoming(payment).is_none()
        };
        let leaving = self.parts.iter().take(MOST_PARTS).take_while(|(_, part)| gone(part));
        let Some((through, _)) = leaving.last() else { return };
        for (number, part) in self.parts.front(through) {
            self.part_names.remove(self.part_names.hash(whole(part.name).0), number);
        }
        self.parts.drop_front(through);
    }
}
