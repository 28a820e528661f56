//! Fees by schedule, and sales that are shared with others: exact to the unit, and unwound in
//! proportion.

use economy::{Refusal, Reply};
use kernel::id::Merchant;
use kernel::{Currency, Ref, Role, Span};
use pay::Category;
use pay::command::{ApproveProposal, ForgetParty, PayHere, SetCreditLine, SetFeeRule, SetSplit};
use pay::costs::{FeeRate, ShareKind, Via};

use crate::support::*;

/// The scene, and two who get a share of what the shop sells.
struct Scene {
    w: World,
    m: Market,
    platform: Ref<Merchant>,
    tax: Ref<Merchant>,
}

impl Scene {
    /// 5 % for the platform, 10 % for the tax.
    fn shared() -> Self {
        let (mut w, m) = World::open();
        let mut merchant = |name| {
            let party = w.party(JP, m.operator, Role::Merchant);
            w.merchant(JP, m.operator, party, name, Currency::JPY)
        };
        let (platform, tax) = (merchant("Kai Market"), merchant("Lodging tax"));
        let mut scene = Self { w, m, platform, tax };
        scene.split(vec![(platform, ShareKind::Platform, 500), (tax, ShareKind::Tax, 1_000)]);
        scene
    }

    fn split(&mut self, shares: Vec<(Ref<Merchant>, ShareKind, u32)>) {
        let command = self.new_split(shares);
        agreed(&mut self.w, &self.m, command);
    }

    fn new_split(&mut self, shares: Vec<(Ref<Merchant>, ShareKind, u32)>) -> SetSplit {
        let (from, merchant, source) = (self.w.now, self.m.merchant, "contract 8".to_owned());
        let (id, note) = (self.w.id(), String::new());
        SetSplit { id, from, merchant, shares, source, note }
    }

    /// What shop, platform, tax and the operator's fees hold.
    #[track_caller]
    fn assert_hold(&mut self, expected: [i128; 4]) {
        self.w.settle();
        let of = |merchant: Ref<Merchant>| self.w.account(JP, merchant.number).balance();
        let fee = self.w.kept(JP, Currency::JPY).fee;
        let held = [of(self.m.merchant), of(self.platform), of(self.tax), fee];
        assert_eq!(held, expected);
        assert_agreed(&self.w);
    }
}

/// One person proposes, another agrees.
fn agreed(w: &mut World, m: &Market, command: impl Into<pay::Command>) {
    let Reply::Pay(pay::Reply::Proposal(waits)) = w.done(JP, m.operator, command) else {
        panic!("what takes from sales needs a second person")
    };
    let yes = ApproveProposal { proposal: waits.id };
    let alone = w.ask(JP, m.operator, pay::Command::from(yes.clone()));
    assert_eq!(code(alone), "second_person_needed");
    w.done(JP, m.operator.by(99), yes);
}

#[test]
fn a_sale_over_the_corridor_is_shared_and_unwound_to_nothing() {
    let mut s = Scene::shared();
    let payment = s.w.paid(&s.m, 3_200);
    s.assert_hold([3_200 - 32 - 160 - 320, 160, 320, 32]);
    for part in [1, 998, 2, 2_199] {
        s.w.refund(&s.m, payment, part).unwrap();
    }
    s.assert_hold([0, 0, 0, 0]);
    assert_eq!(s.w.account(CN, s.m.wallet.number).balance(), i128::from(WALLET));
    assert_eq!(code(s.w.refund(&s.m, payment, 1)), "refund_exceeds_rest");
}

#[test]
fn a_sale_inside_the_cell_is_shared_the_same_way() {
    let mut s = Scene::shared();
    let payment = s.w.id();
    let (wallet, store) = (s.m.yen_wallet, s.m.store);
    let (amount, requested, again) = (1_999, false, false);
    s.w.done(
        JP,
        s.m.hana,
        PayHere { payment, wallet, store, amount, requested, again, place: None },
    );
    s.assert_hold([1_999 - 20 - 99 - 199, 99, 199, 20]);
    s.w.refund(&s.m, payment, 1_000).unwrap();
    // Each gives back the share that falls to 1,000 of 1,999, rounded down.
    s.assert_hold([1_681 - (1_000 - 10 - 49 - 99), 50, 100, 10]);
}

#[test]
fn parts_are_shared_like_the_whole_by_the_split_of_the_first() {
    let mut s = Scene::shared();
    let payment = s.w.held(&s.m, 3_200);
    s.w.capture(&s.m, payment, 7, false).unwrap();
    s.assert_hold([7, 0, 0, 0]);
    let platform = s.platform;
    s.split(vec![(platform, ShareKind::Partner, 9_000)]);
    for part in [3, 1, 1_989, 1_200] {
        s.w.capture(&s.m, payment, part, false).unwrap();
    }
    s.assert_hold([2_688, 160, 320, 32]);
    s.w.paid(&s.m, 100);
    s.assert_hold([2_688 + 100 - 1 - 90, 160 + 90, 320, 33]);
    s.split(vec![]);
    s.w.paid(&s.m, 1_000);
    s.assert_hold([2_697 + 990, 250, 320, 43]);
    s.w.refund(&s.m, payment, 3_200).unwrap();
    s.assert_hold([3_687 - 2_688, 90, 0, 11]);
}

#[test]
fn who_has_spent_its_share_is_named_and_may_draw_its_line() {
    let mut s = Scene::shared();
    let payment = s.w.paid(&s.m, 3_200);
    let bank = s.w.cells[JP].state.pay.book(Currency::JPY).expect("a book in yen").bank;
    s.w.by_hand(JP, s.platform.number, bank, 160);
    let before = s.w.cells[JP].observe();
    let refusal = s.w.refund(&s.m, payment, 1_000).unwrap_err();
    assert!(refusal.to_string().contains(&s.platform.to_string()), "{refusal}");
    assert_eq!(code::<()>(Err(refusal)), "share_balance_too_low");
    assert_eq!(s.w.cells[JP].observe(), before, "nothing moved");
    let (merchant, source) = (s.platform, "contract 9".to_owned());
    s.w.done(JP, s.m.operator, SetCreditLine { merchant, limit: 500, source });
    s.w.refund(&s.m, payment, 1_000).unwrap();
    s.assert_hold([2_688 - 1_000 + 10 + 50 + 100, 0, 220, 22]);
    // Its share of the next sale repays its line first.
    s.w.paid(&s.m, 2_000);
    s.assert_hold([1_848 + 2_000 - 20 - 100 - 200, 50, 420, 42]);
}

#[test]
fn a_merchant_that_has_nothing_left_gives_the_rest_with_its_next_part() {
    let mut s = Scene::shared();
    let (platform, tax) = (s.platform, s.tax);
    s.split(vec![(platform, ShareKind::Platform, 5_000), (tax, ShareKind::Tax, 5_000)]);
    let payment = s.w.held(&s.m, 3_200);
    s.w.capture(&s.m, payment, 1_000, false).unwrap();
    s.assert_hold([0, 500, 490, 10]);
    s.w.capture(&s.m, payment, 2_200, true).unwrap();
    s.assert_hold([0, 1_600, 1_568, 32]);
    s.w.refund(&s.m, payment, 3_200).unwrap();
    s.assert_hold([0, 0, 0, 0]);
}

#[test]
fn the_narrowest_fee_rule_is_taken_and_given_back() {
    let (mut w, m) = World::open();
    let mut rule = |merchant, category, via, rate| SetFeeRule {
        id: w.id(),
        from: w.now,
        merchant,
        category,
        via,
        rate,
        source: "contract 7".to_owned(),
        note: String::new(),
    };
    let rate = |bps, fixed, most| Some(FeeRate { bps, fixed, most });
    let restaurants = rule(None, Some(Category::Restaurant), None, rate(50, 0, 0));
    let residents = rule(Some(m.merchant), None, Some(Via::Here), rate(0, 5, 0));
    let ended = rule(Some(m.merchant), None, Some(Via::Here), None);
    let capped = rule(Some(m.merchant), None, Some(Via::Link(LINK)), rate(100, 30, 50));
    let mut fee = |command: Option<SetFeeRule>, here: bool, amount: u64| {
        if let Some(command) = command {
            agreed(&mut w, &m, command);
        }
        w.pass(Span::seconds(200));
        let before = w.kept(JP, Currency::JPY).fee;
        let payment = if here {
            let payment = w.id();
            let (wallet, store, requested) = (m.yen_wallet, m.store, false);
            let pay =
                PayHere { payment, wallet, store, amount, requested, again: false, place: None };
            w.done(JP, m.hana, pay);
            payment
        } else {
            w.paid(&m, amount)
        };
        let taken = w.kept(JP, Currency::JPY).fee - before;
        w.refund(&m, payment, amount).unwrap();
        w.settle();
        assert_eq!(w.kept(JP, Currency::JPY).fee, before, "all of it comes back");
        taken
    };
    assert_eq!(fee(None, true, 1_000), 10, "what no rule is for");
    assert_eq!(fee(Some(restaurants), true, 1_000), 5);
    assert_eq!(fee(Some(residents), true, 1_000), 5);
    assert_eq!(fee(None, true, 3), 3, "never more than the sale");
    assert_eq!(fee(None, false, 1_000), 5, "by the rule of its trade");
    assert_eq!(fee(Some(capped), false, 1_000), 40);
    assert_eq!(fee(None, false, 3_000), 50);
    assert_eq!(fee(Some(ended), true, 3_000), 15, "by the rule of its trade again");
}

#[test]
fn what_speaks_against_a_split_or_a_rule() {
    let mut s = Scene::shared();
    let shop = s.m.merchant;
    let (platform, tax) = (s.platform, s.tax);
    let stranger = Ref::new(2, 9_999, 1);
    let kind = ShareKind::Partner;
    let yuan = s.w.merchant(JP, s.m.operator, s.m.soba, "Yuan till", Currency::CNY);
    let many = vec![(platform, kind, 1); 5];
    for (shares, why) in [
        (many, "split_unfit"),
        (vec![(platform, kind, 0)], "split_unfit"),
        (vec![(platform, kind, 6_000), (tax, kind, 4_001)], "split_unfit"),
        (vec![(platform, kind, 1), (platform, kind, 1)], "split_unfit"),
        (vec![(shop, kind, 1)], "split_unfit"),
        (vec![(stranger, kind, 1)], "merchant_not_found"),
        (vec![(yuan, kind, 1)], "currency_differs"),
    ] {
        let command = s.new_split(shares);
        let told = format!("{command:?}");
        let answer = s.w.ask(JP, s.m.operator, pay::Command::from(command));
        assert_eq!(code(answer), why, "{told}");
    }
    let mut rule = |merchant, via, bps, fixed| -> Result<_, Refusal> {
        let rate = Some(FeeRate { bps, fixed, most: 0 });
        let (id, from) = (s.w.id(), s.w.now);
        let (source, note) = ("contract 7".to_owned(), String::new());
        let rule = SetFeeRule { id, from, merchant, category: None, via, rate, source, note };
        s.w.ask(JP, s.m.operator, pay::Command::from(rule))
    };
    assert_eq!(code(rule(None, None, 1, 0)), "out_of_range");
    assert_eq!(code(rule(Some(shop), None, 2_001, 0)), "out_of_range");
    assert_eq!(code(rule(Some(shop), None, 1, 1 << 54)), "amount_too_large");
    assert_eq!(code(rule(Some(stranger), None, 1, 0)), "merchant_not_found");

    // Who has a share of others' sales can't be forgotten.
    let owner = s.w.cells[JP].state.pay.merchant(platform).expect("registered").1.party;
    let owner = kernel::Actor::of(owner, Role::Merchant);
    let party = s.w.party_of(JP, owner);
    let forget = |s: &mut Scene| s.w.ask(JP, owner, pay::Command::from(ForgetParty { party }));
    assert_eq!(code(forget(&mut s)), "party_has_shares");
    s.split(vec![]);
    forget(&mut s).unwrap();
    let command = s.new_split(vec![(platform, kind, 1)]);
    let gone = s.w.ask(JP, s.m.operator, pay::Command::from(command));
    assert_eq!(code(gone), "party_forgotten");
}
