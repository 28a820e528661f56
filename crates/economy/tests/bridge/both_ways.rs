//! One link, prefunded from both sides: each cell keeps a nostro for the other and mirrors the
//! other's. Payments cross in both directions at once.

use corridor::CaptureMode;
use kernel::{Actor, Currency, Ref, Role};
use pay::Status;
use pay::command::*;

use crate::support::*;

/// What a cell keeps for the other, and the other's mirror of it.
fn pair(w: &World, keeper: usize) -> (i128, i128) {
    let nostro = w.cells[keeper].state.corridor.links[0].nostro.expect("it keeps one");
    let mirror = w.cells[1 - keeper].state.corridor.links[0].mirror.expect("the other mirrors");
    (w.account(keeper, nostro).balance(), w.account(1 - keeper, mirror).balance())
}

/// A payer in one cell and a store in the other.
struct Trade {
    payer: Actor,
    wallet: Ref<kernel::id::Wallet>,
    seller: Actor,
    store: Ref<kernel::id::Store>,
    /// Where the payer is.
    from: usize,
    /// What the store is paid in.
    currency: Currency,
}

fn trade(w: &mut World, operator: Actor, from: usize) -> Trade {
    let currencies = [Currency::CNY, Currency::JPY];
    let (own, currency) = (currencies[from], currencies[1 - from]);
    let payer = w.party(from, operator, Role::Traveller);
    let wallet = w.wallet(from, operator, payer, own, 1_000_000);
    let seller = w.party(1 - from, operator, Role::Merchant);
    let merchant = w.merchant(1 - from, operator, seller, "A shop", currency);
    let store = w.store(1 - from, operator, merchant, "店");
    Trade { payer, wallet, seller, store, from, currency }
}

impl Trade {
    /// Says yes to a printed code; nothing has crossed yet.
    fn says_yes(&self, w: &mut World, amount: u64) -> kernel::Id<kernel::id::Payment> {
        let quote = MakeQuote {
            id: w.id(),
            wallet: self.wallet,
            payment: w.id(),
            store: self.store,
            amount,
            currency: self.currency,
            deadline: None,
            capture: CaptureMode::Now,
            place: None,
        };
        let (payment, yes) = (quote.payment, ConfirmPayment { quote: quote.id, again: true });
        w.done(self.from, self.payer, quote);
        w.done(self.from, self.payer, yes);
        payment
    }

    fn refunds(&self, w: &mut World, payment: kernel::Id<kernel::id::Payment>, amount: u64) {
        let id = w.id();
        w.done(1 - self.from, self.seller, RefundPayment { id, payment, amount });
    }
}

#[test]
fn payments_cross_in_both_directions_at_once() {
    let (mut w, operator) = World::linked(Some(Currency::CNY));
    let (yen, yuan) = (1_000_000, 500_000);
    for (keeper, amount) in [(JP, yen), (CN, yuan)] {
        let reference = "prefund".to_owned();
        w.done(keeper, operator, TopUpNostro { link: LINK, amount, reference });
    }
    w.settle();
    assert_eq!(pair(&w, JP), (i128::from(yen), i128::from(yen)));
    assert_eq!(pair(&w, CN), (i128::from(yuan), i128::from(yuan)));

    let (to_yen, to_yuan) = (trade(&mut w, operator, CN), trade(&mut w, operator, JP));
    // Both say yes before anything crosses; then answers and new payments mix on the way.
    let there = to_yen.says_yes(&mut w, 3_200);
    let back = to_yuan.says_yes(&mut w, 13_538);
    w.deliver_one(CN);
    w.deliver_one(JP);
    let second = to_yen.says_yes(&mut w, 1_000);
    w.deliver_one(JP);
    w.deliver(CN);
    let third = to_yuan.says_yes(&mut w, 5);
    w.settle();
    for (cell, payment) in [(CN, there), (JP, back), (CN, second), (JP, third)] {
        assert_eq!(w.status(cell, payment), Some(Status::Captured));
        assert_eq!(w.status(1 - cell, payment), Some(Status::Captured));
    }
    assert_eq!(pair(&w, JP), (i128::from(yen) - 4_200, i128::from(yen) - 4_200));
    assert_eq!(pair(&w, CN), (i128::from(yuan) - 13_543, i128::from(yuan) - 13_543));
    // 135.38 CNY are 3,200 JPY, to the nearest; the yen cell has no spread of its own.
    let paid = w.legs(back).seller.and_then(|leg| leg.price).expect("its payer is in this cell");
    assert_eq!((paid.principal, paid.spread, paid.currency), (3_200, 0, Currency::JPY));

    to_yen.refunds(&mut w, there, 3_200);
    to_yuan.refunds(&mut w, back, 13_538);
    w.deliver_one(JP);
    w.deliver_one(CN);
    w.settle();
    assert_eq!(w.status(CN, there), Some(Status::Refunded));
    assert_eq!(w.status(JP, back), Some(Status::Refunded));
    assert_eq!(pair(&w, JP), (i128::from(yen) - 1_000, i128::from(yen) - 1_000));
    assert_eq!(pair(&w, CN), (i128::from(yuan) - 5, i128::from(yuan) - 5));
    assert_eq!((w.frozen(CN), w.frozen(JP)), (None, None));
}
