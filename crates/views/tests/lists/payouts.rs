//! Files for the bank, what they paid a merchant, and what it sold since.

use kernel::id::{BankFile, Payment};
use kernel::{Currency, Id, Ref};
use pay::command::{ConfirmBankFileSent, SealBankFile, SetPayoutTerms, WithdrawBankFile};
use pay::{BankFileEntry, PayoutTerms};
use views::{SoldSinceFile, Views};

use crate::given::Market;
use crate::views_of;

/// What a transfer costs.
const FEE: u64 = 110;

fn with_terms() -> Market {
    let mut market = Market::new();
    let (currency, from) = (Currency::JPY, market.jp.now);
    let (fee_same_bank, fee_other_bank, cutoff_min) = (FEE, 220, 1_320);
    let terms = PayoutTerms { currency, minimum: 1, fee_same_bank, fee_other_bank, cutoff_min };
    market.jp.run(SetPayoutTerms { from, terms });
    market
}

fn sealed(market: &mut Market, number: u16, amount: u64) -> Id<BankFile> {
    let (id, currency, day) = (market.jp.id(), Currency::JPY, 20_261_104);
    let entries =
        [BankFileEntry { merchant: market.merchant, amount, same_bank: true, account: 0 }].into();
    market.jp.run(SealBankFile { id, currency, day, number, hash: [number as u8; 32], entries });
    id
}

fn balance(market: &Market) -> i128 {
    let account = market.jp.state.book.account(market.merchant.number);
    account.map_or(0, ledger::Account::balance)
}

fn sold(views: &Views, market: &Market) -> SoldSinceFile {
    views.sold_since_file(market.merchant).unwrap().unwrap()
}

#[test]
fn files_come_newest_first_in_pages_with_what_became_of_them() {
    let mut market = with_terms();
    market.pay_home(market.store, 9_000);
    let sent = sealed(&mut market, 1, 1_000);
    market.pass(60);
    market.jp.run(ConfirmBankFileSent { file: sent });
    let withdrawn = sealed(&mut market, 2, 2_000);
    market.jp.run(WithdrawBankFile { file: withdrawn, reason: "a drill".to_owned() });
    let open = sealed(&mut market, 3, 3_000);
    let (_folder, views) = views_of(&market.jp);
    let files = views.bank_files(None, 2).unwrap();
    assert_eq!(files.iter().map(|it| it.id).collect::<Vec<_>>(), [open, withdrawn]);
    assert_eq!((files[0].day, files[0].number, files[0].hash), (20_261_104, 3, [3; 32]));
    assert_eq!((files[0].count, files[0].total, files[0].fees), (1, 3_000, FEE));
    assert_eq!((files[0].currency, files[0].sealed), (Currency::JPY, market.jp.now));
    assert_eq!((files[0].sent, files[0].withdrawn), (None, None));
    assert_eq!((files[1].sent, files[1].withdrawn), (None, Some(market.jp.now)));
    let rest = views.bank_files(Some(files[1].entry), 500).unwrap();
    assert_eq!(
        rest.iter().map(|it| (it.id, it.sent)).collect::<Vec<_>>(),
        [(sent, Some(market.jp.now))]
    );
    assert_eq!(views.bank_files(Some(rest[0].entry), 500).unwrap(), []);

    let paid = views.payouts(market.merchant, None, 2).unwrap();
    let told: Vec<_> = paid.iter().map(|it| (it.file.id, it.amount, it.fee)).collect();
    assert_eq!(told, [(open, 3_000, FEE), (withdrawn, 2_000, FEE)]);
    let rest = views.payouts(market.merchant, Some(paid[1].file.entry), 2).unwrap();
    assert_eq!(rest.iter().map(|it| it.amount).collect::<Vec<_>>(), [1_000]);
    let stranger = Ref::new(2, market.merchant.number, market.merchant.tag ^ 1);
    assert_eq!(views.payouts(stranger, None, 2).unwrap(), []);
    assert_eq!(views.sold_since_file(stranger).unwrap(), None);
}

/// The same payment before and after a file: only what was given back after it counts.
#[test]
fn a_refund_counts_since_the_file_that_it_was_made_after() {
    let mut market = with_terms();
    let payment = market.pay(10_000);
    market.refund(payment, 1_000);
    market.settle();
    let (_folder, views) = views_of(&market.jp);
    // 2 % of what was captured; what was given back brings its part of that back.
    let before = SoldSinceFile {
        payments: 1,
        captured: 10_000,
        refunded: 1_000,
        fees: 200,
        fees_back: 20,
        shares: 0,
        balance: 8_820,
    };
    assert_eq!((sold(&views, &market), before.carried_over()), (before, 0));
    sealed(&mut market, 1, 8_000);
    market.refund(payment, 300);
    market.settle();
    views.catch_up(market.jp.reader().as_mut()).unwrap();
    let after = sold(&views, &market);
    let expected =
        SoldSinceFile { refunded: 300, fees_back: 6, balance: 416, ..Default::default() };
    assert_eq!((after, after.carried_over()), (expected, 8_820 - 8_000 - i128::from(FEE)));
}

/// What was sold since a file, told by what the ledger moved for it.
#[derive(Debug, Default)]
struct Model {
    payments: u64,
    captured: u64,
    refunded: u64,
    /// What sales and refunds moved on the merchant's account.
    net: i128,
    /// What it had after the file, and what moved for another reason since.
    beside: i128,
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most.max(1)
    }
}

#[test]
fn what_was_sold_and_carried_over_is_what_the_ledger_has() {
    for seed in 1..=12 {
        let (mut market, mut dice) = (with_terms(), Dice(0x9e37_79b9_7f4a_7c15 ^ seed << 32));
        let (_folder, views) = views_of(&market.jp);
        let (mut model, mut files, mut open) = (Model::default(), 0, None);
        let mut paid: Vec<(Id<Payment>, u64)> = Vec::new();
        for step in 0..40 {
            let before = balance(&market);
            match dice.below(10) {
                0..4 => {
                    let amount = 1 + dice.below(1_500);
                    let payment = match dice.below(3) {
                        0 => market.pay(amount),
                        1 => market.pay_home(market.store, amount),
                        _ => market.pay_home(market.museum, amount),
                    };
                    paid.push((payment, amount));
                    model.payments += 1;
                    model.captured += amount;
                    model.net += balance(&market) - before;
                }
                4..7 if !paid.is_empty() => {
                    let at = dice.below(paid.len() as u64) as usize;
                    let amount = 1 + dice.below(paid[at].1);
                    if paid[at].1 == 0 || i128::from(amount) > before {
                        continue;
                    }
                    paid[at].1 -= amount;
                    market.refund(paid[at].0, amount);
                    market.settle();
                    model.refunded += amount;
                    model.net += balance(&market) - before;
                }
                7..9 if before > i128::from(FEE) => {
                    let most = u64::try_from(before).unwrap() - FEE;
                    let amount = if dice.below(2) == 0 { most } else { 1 + dice.below(most) };
                    files += 1;
                    open = Some(sealed(&mut market, files, amount));
                    model = Model { beside: balance(&market), ..Model::default() };
                }
                _ => {
                    let Some(file) = open.take() else { continue };
                    market.jp.run(WithdrawBankFile { file, reason: "a drill".to_owned() });
                    model.beside += balance(&market) - before;
                }
            }
            views.catch_up(market.jp.reader().as_mut()).unwrap();
            let told = sold(&views, &market);
            let net = i128::from(told.captured) + i128::from(told.fees_back)
                - i128::from(told.refunded)
                - i128::from(told.fees);
            let at = format!("seed {seed}, step {step}: {told:?}, {model:?}");
            assert_eq!(
                (told.payments, told.captured, told.refunded),
                (model.payments, model.captured, model.refunded),
                "{at}"
            );
            assert_eq!((net, told.carried_over()), (model.net, model.beside), "{at}");
            assert_eq!(i128::from(told.balance), balance(&market), "{at}");
        }
        assert!(files > 0, "seed {seed} made no file");
    }
}

/// What a payout is made of comes to it, to the unit, whatever else moved the account: also when
/// files were withdrawn between, and refunds and money left over are in it.
#[test]
fn the_parts_of_a_payout_come_to_it() {
    let mut market = with_terms();
    market.pay_home(market.store, 9_000);
    let first = sealed(&mut market, 1, 1_000);
    market.jp.run(ConfirmBankFileSent { file: first });
    market.pay_home(market.store, 4_000);
    let withdrawn = sealed(&mut market, 2, 2_000);
    market.jp.run(WithdrawBankFile { file: withdrawn, reason: "a drill".to_owned() });
    market.pay_home(market.store, 700);
    let second = sealed(&mut market, 3, 3_000);
    let (_folder, views) = views_of(&market.jp);
    for (file, fee, before) in [(first, FEE, 0), (second, FEE, 1)] {
        let (made, parts) = views.parts_of_payout(file, 0, None, 500).unwrap().unwrap();
        let sum: i64 = parts.iter().map(|part| part.amount).sum();
        let out = i64::try_from(made.amount + fee).unwrap();
        assert_eq!(made.carried + sum, out + made.left, "{parts:?}");
        assert_eq!(made.carried > 0, before > 0);
        let first_page = views.parts_of_payout(file, 0, None, 1).unwrap().unwrap().1;
        let rest = views.parts_of_payout(file, 0, Some(first_page[0].at), 500).unwrap().unwrap().1;
        assert_eq!([first_page, rest].concat(), parts);
        for payment in parts.iter().filter_map(|part| part.payment) {
            let back = views.payouts_of_payment(payment).unwrap();
            let paid_in = back[0].1.as_ref().unwrap();
            assert_eq!(paid_in.file, file, "{payment}");
        }
    }
    let balance = i64::try_from(balance(&market)).unwrap();
    let (made, _) = views.parts_of_payout(second, 0, None, 500).unwrap().unwrap();
    assert_eq!(made.left, balance);
    let payouts = views.payouts_of_merchant(market.merchant, None, 500).unwrap();
    assert_eq!(payouts.len(), 3);
}
