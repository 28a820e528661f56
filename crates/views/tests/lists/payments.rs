//! Payments from both sides, and the statement of a wallet.

use corridor::CaptureMode;
use kernel::{Currency, Money, Span};
use ledger::AccountKind;
use pay::Status;
use views::{Of, Owner, PaymentFilter, SideOf, StatementKind, Views};

use crate::given::{Market, START};
use crate::views_of;

fn all() -> PaymentFilter {
    PaymentFilter::default()
}

#[test]
fn the_payer_is_told_what_was_paid_at_which_rate() {
    let mut market = Market::new();
    let payment = market.pay(3_200);
    let (_folder, cn) = views_of(&market.cn);
    let paid = cn.payment(payment).unwrap().unwrap();
    let leg = &paid.legs[0];
    assert_eq!((leg.side, leg.status), (SideOf::Payer, Status::Captured));
    assert_eq!((leg.amount, leg.captured, leg.currency), (3_200, 3_200, Currency::JPY));
    let price = leg.price.unwrap();
    // ECB of 30 October 2026: 135.38 CNY, 50 bp spread, 10 bp fee.
    assert_eq!((price.principal, price.spread, price.fee), (13_538, 68, 14));
    assert_eq!((price.currency, price.paid, price.returned), (Currency::CNY, 13_620, 0));
    let rate = leg.rate.as_ref().unwrap();
    assert_eq!((rate.date, rate.source.as_str()), (20_261_030, "ECB"));
    assert_eq!(rate.wallet.to_string() + " " + &rate.store.to_string(), "7.4326 175.68");
    assert_eq!(
        (leg.wallet, leg.store, &leg.store_name),
        (Some(market.wallet), market.store, &None)
    );
    assert_eq!(leg.peer.as_deref(), Some("jp"));
    let kinds: Vec<_> = paid.steps.iter().map(|step| step.kind.as_str()).collect();
    assert_eq!(kinds, ["quote_made", "payment_confirmed", "payment_taken"]);
    assert_eq!((paid.steps[1].sent, paid.steps[1].received), (Some(1), None));
    assert_eq!((paid.steps[2].sent, paid.steps[2].received), (None, Some(2)));
}

#[test]
fn the_seller_is_told_what_was_sold() {
    let mut market = Market::new();
    let payment = market.pay(3_200);
    let (_folder, jp) = views_of(&market.jp);
    let sold = jp.payment(payment).unwrap().unwrap();
    let leg = &sold.legs[0];
    assert_eq!((leg.side, leg.status, leg.wallet), (SideOf::Seller, Status::Captured, None));
    assert_eq!((leg.captured, leg.merchant_fee, leg.price), (3_200, Some(64), None));
    assert_eq!(leg.store_name.as_deref(), Some("京都茶房 本店"));
    assert_eq!(leg.merchant, Some(market.merchant));
    assert_eq!((leg.times.requested, leg.times.captured), (Some(START), Some(START)));
    let kinds: Vec<_> = sold.steps.iter().map(|step| step.kind.as_str()).collect();
    assert_eq!(kinds, ["payment_requested", "sale_captured"]);
    assert_eq!((sold.steps[1].sent, sold.steps[1].received), (Some(2), Some(1)));
}

/// Held, then posted, in yuan and in yen.
#[test]
fn each_side_shows_what_it_wrote() {
    let mut market = Market::new();
    let payment = market.pay(3_200);
    let ((_a, cn), (_b, jp)) = (views_of(&market.cn), views_of(&market.jp));
    let yen = |minor| Money { minor, currency: Currency::JPY };
    let yuan = |minor| Money { minor, currency: Currency::CNY };
    let paid = cn.payment(payment).unwrap().unwrap().lines;
    let lines: Vec<_> = paid.iter().map(|line| (line.what.as_str(), line.amount)).collect();
    let parts = [yuan(13_538), yuan(68), yuan(14), yen(3_200)];
    assert_eq!(lines[4..], parts.map(|amount| ("posted", amount)));
    assert!(lines[..4].iter().all(|(what, _)| *what == "held"));
    let wallet = &paid[4].debit;
    assert_eq!((wallet.kind, &wallet.owner), (AccountKind::Wallet, &Owner::Wallet(market.wallet)));
    assert_eq!(paid[7].debit.owner, Owner::Peer("jp".to_owned()));
    let sold = jp.payment(payment).unwrap().unwrap().lines;
    let lines: Vec<_> = sold.iter().map(|line| (line.amount, &line.credit.owner)).collect();
    let merchant = Owner::Merchant(market.merchant, "京都茶房".to_owned());
    assert_eq!(lines, [(yen(3_200), &merchant), (yen(64), &Owner::Cell)]);
}

#[test]
fn a_statement_ends_at_what_is_in_the_wallet() {
    use StatementKind::{Paid, Refunded, Returned, ToppedUp};
    let market = Market::busy();
    let (_folder, cn) = views_of(&market.cn);
    let lines = cn.statement(market.wallet, None, 100).unwrap();
    let kinds: Vec<_> = lines.iter().map(|line| line.kind).rev().collect();
    assert_eq!(kinds, [ToppedUp, Paid, Refunded, Refunded, Paid, Paid, Returned, Returned]);
    let account = market.cn.state.book.account(market.wallet.number).unwrap();
    assert_eq!(i128::from(lines[0].balance), account.balance());
    assert_eq!(i128::from(lines.iter().map(|line| line.amount).sum::<i64>()), account.balance());
    // All parts together returned all.
    let of = |kind| lines.iter().filter(move |line| line.kind == kind).map(|line| line.amount);
    assert_eq!(of(Refunded).sum::<i64>(), -of(Paid).next_back().unwrap());
    let declined = &lines[0];
    assert_eq!((declined.amount, declined.declined.as_deref()), (0, Some("store_paused")));
    assert_eq!(declined.asked, Some(Money { minor: 900, currency: Currency::JPY }));
}

#[test]
fn a_statement_page_by_page_is_the_same_list() {
    let market = Market::busy();
    let ((_a, cn), (_b, jp)) = (views_of(&market.cn), views_of(&market.jp));
    let (mut paged, mut before) = (Vec::new(), None);
    loop {
        let page = cn.statement(market.wallet, before, 3).unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.at);
        paged.extend(page);
    }
    assert_eq!(paged, cn.statement(market.wallet, None, 100).unwrap());
    // In the other cell the number is another wallet's, and the reference is not known.
    assert!(jp.statement(market.wallet, None, 10).unwrap().is_empty());
    assert_eq!(jp.statement(market.home_wallet, None, 10).unwrap()[0].amount, 700);
}

#[test]
fn payments_are_found_by_whose_and_what_they_are() {
    let market = Market::busy();
    let (_folder, jp) = views_of(&market.jp);
    let count = |filter: &PaymentFilter| jp.payments(filter, None, 100).unwrap().len();
    assert_eq!(count(&all()), 7);
    for (of, wanted) in [
        (Of::Merchant(market.merchant), 7),
        (Of::Store(market.store), 6),
        (Of::Store(market.museum), 1),
        (Of::Wallet(market.home_wallet), 1),
        (Of::Wallet(market.wallet), 0),
    ] {
        assert_eq!(count(&PaymentFilter { of, ..all() }), wanted, "{of:?}");
    }
    for (status, wanted) in [
        (Status::Refunded, 1),
        (Status::PartlyRefunded, 1),
        (Status::Captured, 1),
        (Status::Released, 1),
        (Status::Authorized, 1),
        (Status::Expired, 2),
        (Status::Requested, 0),
    ] {
        let filter = PaymentFilter { status: Some(status), ..all() };
        assert_eq!(count(&filter), wanted, "{status:?}");
    }
    let first = jp.payments(&all(), None, 100).unwrap().pop().unwrap();
    let id = first.id.to_string();
    for (text, wanted) in [("博物館", 1), ("kyoto", 7), (&*id, 1), ("3200", 1), ("100%", 0)] {
        let text = Some(text.to_owned());
        assert_eq!(count(&PaymentFilter { text: text.clone(), ..all() }), wanted, "{text:?}");
    }
    let narrow = PaymentFilter {
        of: Of::Store(market.store),
        status: Some(Status::Refunded),
        text: Some("3200".to_owned()),
        since: Some(START.plus(Span::seconds(30))),
    };
    assert_eq!(count(&narrow), 1);
    assert_eq!(count(&PaymentFilter { since: Some(START.plus(Span::days(1))), ..narrow }), 0);
    // Newest first, no row twice.
    let rows = jp.payments(&all(), None, 100).unwrap();
    assert_eq!(jp.payments(&all(), Some(rows[2].seq), 2).unwrap(), rows[3..5]);
}

#[test]
fn a_deposit_is_told_with_its_parts() {
    let market = Market::busy();
    let ((_a, cn), (_b, jp)) = (views_of(&market.cn), views_of(&market.jp));
    let deposit = |views: &Views| {
        let filter = PaymentFilter { text: Some("10000".to_owned()), ..all() };
        views.payments(&filter, None, 1).unwrap().pop().unwrap()
    };
    let (paid, sold) = (deposit(&cn), deposit(&jp));
    assert_eq!((paid.captured, sold.captured, paid.capture_later), (6_333, 6_333, true));
    let detail = cn.payment(paid.id).unwrap().unwrap();
    let sum = |what: &str| -> u64 {
        let yuan = detail.lines.iter().filter(|line| line.amount.currency == Currency::CNY);
        yuan.filter(|line| line.what == what).map(|line| line.amount.minor).sum()
    };
    // What was held is posted or released, to the fen.
    assert_eq!(sum("held"), sum("posted") + sum("released"));
    assert_eq!(sum("posted"), paid.price.unwrap().paid);
    assert_eq!(sold.merchant_fee, Some(127));
}

#[test]
fn each_attempt_of_a_payer_has_a_row_of_its_own() {
    let mut market = Market::new();
    let payment = market.declined_once(3_200);
    market.confirm(payment, 3_200, CaptureMode::Now);
    market.settle();
    let (_folder, cn) = views_of(&market.cn);
    let statuses = |rows: &[views::PaymentRow]| -> Vec<_> {
        rows.iter().map(|row| (row.status, row.declined.clone())).collect()
    };
    let paused = Some("store_paused".to_owned());
    let both = [(Status::Captured, None), (Status::Declined, paused)];
    let of = PaymentFilter { of: Of::Wallet(market.wallet), ..all() };
    assert_eq!(statuses(&cn.payments(&of, None, 10).unwrap()), both, "newest first");
    assert_eq!(statuses(&cn.payment(payment).unwrap().unwrap().legs), both);
    // On the statement each line tells of its own attempt.
    let lines = cn.statement(market.wallet, None, 10).unwrap();
    let told: Vec<_> = lines.iter().map(|l| (l.kind, l.amount, l.declined.as_deref())).collect();
    let (paid, back) = (StatementKind::Paid, StatementKind::Returned);
    assert_eq!(told[..2], [(paid, -13_620, None), (back, 0, Some("store_paused"))]);
    assert_eq!(lines.len(), 3, "and what was topped up");
}
