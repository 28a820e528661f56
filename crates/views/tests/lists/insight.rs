//! Months, people and trips are what a naive count over the replayed journal gives, and growth of
//! the file in steps changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use economy::{Event, State, decode_record};
use kernel::id::{Payment, Wallet};
use kernel::{Currency, Id, Ref, Role, Span, Timestamp};
use pay::command::{OpenWallet, RegisterParty, TopUpWallet};
use proptest::prelude::*;
use views::{AbroadSum, Month, Sum, TRIP_GAP_DAYS, TripSum, Views, WalletOf};

use crate::given::{Cell, Market};
use crate::views_of;

/// A market whose visitors are two, one of them with two wallets.
struct Visited {
    market: Market,
    wallets: [Ref<Wallet>; 3],
    /// With when it was made: after half a year nothing is given back.
    paid: Vec<(Id<Payment>, u64, Timestamp)>,
}

impl Visited {
    fn new() -> Self {
        let mut market = Market::new();
        let id = market.cn.id();
        let pay::Reply::Party(friend) = market.cn.run(RegisterParty { id, role: Role::Traveller })
        else {
            panic!("no party")
        };
        let mut opened = |party, reference: &str| {
            let id = market.cn.id();
            let reply = market.cn.run(OpenWallet { id, party, currency: Currency::CNY });
            let pay::Reply::Wallet(view) = reply else { panic!("{reply:?}") };
            let (wallet, amount, reference) = (view.wallet, 100_000, reference.to_owned());
            market.cn.run(TopUpWallet { wallet, amount, reference });
            wallet
        };
        let wallets = [opened(friend, "bank 7"), opened(market.traveller, "bank 8"), market.wallet];
        Self { market, wallets, paid: Vec::new() }
    }

    /// What is done, by which wallet, how much, and how long it is until the next.
    fn step(&mut self, what: u8, wallet: usize, amount: u64, pause: u64) {
        let market = &mut self.market;
        market.wallet = self.wallets[wallet];
        match what {
            0..=2 => self.paid.push((market.pay(amount), amount, market.jp.now)),
            3 => {
                let payment = market.pay_home(market.museum, amount);
                self.paid.push((payment, amount, market.jp.now));
            }
            4 => {
                let deposit = market.request(amount, corridor::CaptureMode::Later);
                market.confirm(deposit, amount, corridor::CaptureMode::Later);
                market.settle();
                market.capture(deposit, amount / 2, false);
                market.settle();
                // Held for days: the second part comes on what may be another trip by then.
                market.pass(pause.min(20 * 86_400));
                market.capture(deposit, amount - amount / 2, true);
                market.settle();
                self.paid.push((deposit, amount, market.jp.now));
            }
            _ => {
                if let Some((payment, whole, at)) = self.paid.pop()
                    && market.jp.now < at.plus(Span::days(150))
                {
                    market.refund(payment, (whole / 3).max(1));
                    market.settle();
                }
            }
        }
        self.market.pass(pause);
    }
}

/// What a naive count finds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Naive {
    sold: BTreeMap<(Month, u8, &'static str, WalletOf), Sum>,
    customers: BTreeSet<(Month, u8, u32)>,
    abroad: BTreeMap<Month, AbroadSum>,
    travellers: BTreeSet<(Month, u32)>,
    /// Day of the first payment, of the last, payments, spent.
    trips: Vec<(u32, u32, u64, i64)>,
}

/// Replays a journal and tells of every fact of `pay`, with what the wallets of the cell have
/// before and after its record.
fn each_fact(cell: &Cell, mut told: impl FnMut(Timestamp, &pay::Event, &State, &State)) {
    let mut reader = cell.reader();
    let number = cell.state.cell;
    let (mut before, mut after) = (State::new(number, 7), State::new(number, 7));
    for position in 1..=cell.position() {
        let group = reader.read_from(position).unwrap().unwrap();
        let now = Timestamp(group.time);
        for (index, record) in group.records().enumerate() {
            after.replay(now, position, index as u32, record).unwrap();
            for event in decode_record(record).unwrap().events() {
                if let Event::Pay(fact) = event.unwrap() {
                    told(now, &fact, &before, &after);
                }
            }
            before.replay(now, position, index as u32, record).unwrap();
        }
    }
}

fn day(now: Timestamp, hours: u64) -> u32 {
    (now.plus(Span::hours(hours)).0 / 86_400_000_000) as u32
}

fn month(day: u32) -> Month {
    let date: u32 = Timestamp::from_seconds(u64::from(day) * 86_400).date(Span(0));
    format!("{:04}-{:02}", date / 10_000, date / 100 % 100).parse().unwrap()
}

/// One payment abroad.
struct Paid {
    wallet: u32,
    day: u32,
    spent: i64,
}

fn count_payer(cell: &Cell, naive: &mut Naive) {
    let mut wallets: Vec<(u32, u32)> = Vec::new();
    let mut of: BTreeMap<u128, u32> = BTreeMap::new();
    let mut paid: BTreeMap<u128, Paid> = BTreeMap::new();
    let mut order: Vec<u128> = Vec::new();
    each_fact(cell, |now, fact, before, after| {
        let today = day(now, 8);
        let balance = |state: &State, wallet: u32| {
            let account = state.book.account(wallets[wallet as usize].0).unwrap();
            i64::try_from(account.balance()).unwrap()
        };
        match fact {
            pay::Event::WalletOpened(f) => wallets.push((f.wallet.number, f.party)),
            pay::Event::PaymentConfirmed(f) => _ = of.insert(f.payment.0, f.wallet),
            pay::Event::PaymentTaken(f) => {
                let wallet = of[&f.payment.0];
                let taken = balance(before, wallet) - balance(after, wallet);
                let sum = naive.abroad.entry(month(today)).or_default();
                sum.paid += taken;
                if let Some(known) = paid.get_mut(&f.payment.0) {
                    known.spent += taken;
                } else {
                    sum.payments += 1;
                    paid.insert(f.payment.0, Paid { wallet, day: today, spent: taken });
                    order.push(f.payment.0);
                    naive.travellers.insert((month(today), wallets[wallet as usize].1));
                }
            }
            pay::Event::RefundArrived(f) => {
                let sum = naive.abroad.entry(month(today)).or_default();
                sum.refunds += 1;
                sum.returned += f.returned as i64;
                paid.get_mut(&f.payment.0).unwrap().spent -= f.returned as i64;
            }
            _ => {}
        }
    });
    for wallet in 0..wallets.len() as u32 {
        let mine = order.iter().map(|id| &paid[id]).filter(|paid| paid.wallet == wallet);
        let mut trip: Option<(u32, u32, u64, i64)> = None;
        for payment in mine {
            trip = match trip {
                Some((first, last, n, spent)) if payment.day - last <= TRIP_GAP_DAYS => {
                    Some((first, payment.day, n + 1, spent + payment.spent))
                }
                ended => {
                    naive.trips.extend(ended);
                    Some((payment.day, payment.day, 1, payment.spent))
                }
            };
        }
        naive.trips.extend(trip);
    }
}

fn count_seller(market: &Market, naive: &mut Naive) {
    let over = || WalletOf::Cell("cn".to_owned());
    let here = || WalletOf::Here(Currency::JPY);
    let museum = market.museum.number;
    let shop = |store: u32| if store == museum { (13, "attraction") } else { (26, "restaurant") };
    let mut places: BTreeMap<u128, (u8, &'static str, WalletOf)> = BTreeMap::new();
    let mut taken: BTreeMap<u128, (u64, u64)> = BTreeMap::new();
    let mut parties: Vec<u32> = Vec::new();
    each_fact(&market.jp, |now, fact, _, _| {
        let this = month(day(now, 9));
        let mut add = |place: &(u8, &'static str, WalletOf), sum: Sum| {
            *naive.sold.entry((this, place.0, place.1, place.2.clone())).or_default() += sum;
        };
        let sold = |first: bool, captured: u64, fee: u64| Sum {
            payments: u64::from(first),
            captured: captured as i64,
            fee: fee as i64,
            ..Sum::default()
        };
        match fact {
            pay::Event::WalletOpened(f) => parties.push(f.party),
            pay::Event::SaleHeld(f) => {
                let (prefecture, trade) = shop(f.store);
                places.insert(f.payment.0, (prefecture, trade, over()));
            }
            pay::Event::SaleCaptured(f) => {
                let (prefecture, trade) = shop(f.store);
                places.insert(f.payment.0, (prefecture, trade, over()));
                add(&places[&f.payment.0], sold(true, f.amount, f.fee));
            }
            pay::Event::PaidHere(f) => {
                let (prefecture, trade) = shop(f.store);
                places.insert(f.payment.0, (prefecture, trade, here()));
                add(&places[&f.payment.0], sold(true, f.amount, f.fee));
                naive.customers.insert((this, prefecture, parties[f.wallet as usize]));
            }
            pay::Event::SalePartCaptured(f) => {
                let known = taken.insert(f.payment.0, (f.total_so_far, f.fee_so_far));
                let (captured, fee) = known.unwrap_or_default();
                let first = captured == 0 && f.total_so_far > 0;
                let sum = sold(first, f.total_so_far - captured, f.fee_so_far - fee);
                add(&places[&f.payment.0], sum);
            }
            pay::Event::SaleRefunded(f) => {
                let (refunded, fee) = (f.amount as i64, -(f.fee as i64));
                add(&places[&f.payment.0], Sum { refunds: 1, refunded, fee, ..Sum::default() });
            }
            _ => {}
        }
    });
}

fn trip_sum(trips: &[(u32, u32, u64, i64)], today: u32) -> TripSum {
    let mut spends: Vec<i64> = trips.iter().map(|trip| trip.3).collect();
    spends.sort_unstable();
    let middle = spends.len() / 2;
    let median = match spends.len() {
        0 => 0,
        n if n % 2 == 1 => spends[middle],
        _ => {
            let both = spends[middle - 1] + spends[middle];
            both / 2 + if both % 4 == 3 { 1 } else { 0 }
        }
    };
    TripSum {
        trips: trips.len() as u64,
        open: trips.iter().filter(|trip| today - trip.1 <= TRIP_GAP_DAYS).count() as u64,
        payments: trips.iter().map(|trip| trip.2).sum(),
        spent: spends.iter().sum(),
        median,
    }
}

/// Holds what the views of both cells tell of some months against the naive count.
fn compare(market: &Market, cn: &Views, jp: &Views, naive: &Naive, span: (Month, Month)) {
    let within = |month: Month| span.0 <= month && month <= span.1;
    let sold = jp.sold(span).unwrap().into_iter().map(|of| {
        assert_eq!(of.currency, Currency::JPY);
        ((of.month, of.prefecture, of.category.word(), of.wallet), of.sum)
    });
    let expected = naive.sold.iter().filter(|((month, ..), _)| within(*month));
    let expected: BTreeMap<_, _> = expected.map(|(key, sum)| (key.clone(), *sum)).collect();
    assert_eq!(sold.collect::<BTreeMap<_, _>>(), expected);
    for prefecture in [None, Some(13), Some(26), Some(1)] {
        let people: BTreeSet<u32> = naive
            .customers
            .iter()
            .filter(|(month, at, _)| within(*month) && prefecture.is_none_or(|it| it == *at))
            .map(|(.., party)| *party)
            .collect();
        assert_eq!(jp.customers(span, prefecture, None).unwrap(), people.len() as u64);
    }
    let abroad = cn.abroad(span).unwrap();
    let months = abroad.first().map(|of| of.months.clone()).unwrap_or_default();
    let months: BTreeMap<Month, AbroadSum> =
        months.into_iter().map(|((month, _), sum)| (month, sum)).collect();
    let expected = naive.abroad.iter().filter(|(month, _)| within(**month));
    assert_eq!(months, expected.map(|(month, sum)| (*month, *sum)).collect());
    let people: BTreeSet<_> = naive.travellers.iter().filter(|(month, _)| within(*month)).collect();
    let (all, each) = cn.travellers(span).unwrap();
    let different: BTreeSet<u32> = people.iter().map(|(_, party)| *party).collect();
    assert_eq!(all, different.len() as u64);
    assert_eq!(each.values().sum::<u64>(), people.len() as u64);
    let today = day(market.cn.now, 8);
    let began: Vec<_> = naive.trips.iter().filter(|trip| within(month(trip.0))).copied().collect();
    let trips = cn.trips(span).unwrap();
    let (all, by_month) = trips.first().map(|of| (of.all, of.by_month.clone())).unwrap_or_default();
    assert_eq!(all, trip_sum(&began, today));
    for (this, sum) in by_month {
        let of_month: Vec<_> = began.iter().filter(|trip| month(trip.0) == this).copied().collect();
        assert_eq!(sum, trip_sum(&of_month, today), "{this}");
    }
}

/// An hour, some days, or just about as long as a trip may rest.
fn pause() -> impl Strategy<Value = u64> {
    prop_oneof![
        1_u64..5_000,
        (0_u64..9).prop_map(|days| days * 86_400),
        (12_u64..18).prop_map(|days| days * 86_400),
        Just(45 * 86_400),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn months_people_and_trips_are_what_a_naive_count_gives(
        steps in prop::collection::vec((0_u8..7, 0_usize..3, 2_u64..400, pause()), 1..40),
    ) {
        let mut visited = Visited::new();
        for (what, wallet, amount, pause) in steps {
            visited.step(what, wallet, amount, pause);
        }
        let mut market = visited.market;
        // The newest group is of now: what is open still is told as of it.
        market.cn.run(pay::command::SetNostroWarning { link: 0, below: 1 });
        let mut naive = Naive::default();
        count_payer(&market.cn, &mut naive);
        count_seller(&market, &mut naive);
        let (_cn, cn) = views_of(&market.cn);
        let (_jp, jp) = views_of(&market.jp);
        let Some((first, last)) = jp.months().unwrap() else { return Ok(()) };
        for span in [(first, last), (first, first), (last, last), (first.plus(1), last)] {
            compare(&market, &cn, &jp, &naive, span);
        }
    }
}

#[test]
fn a_trip_ends_after_more_than_the_declared_days_and_not_before() {
    for (gap, trips) in [(u64::from(TRIP_GAP_DAYS), 1), (u64::from(TRIP_GAP_DAYS) + 1, 2)] {
        let mut visited = Visited::new();
        visited.step(0, 0, 3_200, gap * 86_400);
        visited.step(0, 0, 3_200, 60);
        let (_folder, cn) = views_of(&visited.market.cn);
        let (first, last) = cn.months().unwrap().unwrap();
        assert_eq!(cn.trips((first, last)).unwrap()[0].all.trips, trips, "{gap} days");
    }
}

#[test]
fn what_came_back_late_is_taken_off_the_trip_it_was_paid_on() {
    let mut visited = Visited::new();
    visited.step(0, 0, 3_200, 40 * 86_400);
    visited.step(0, 0, 1_000, 60);
    let market = &mut visited.market;
    let (first, ..) = visited.paid[0];
    market.refund(first, 3_200);
    market.settle();
    let (_folder, cn) = views_of(&market.cn);
    let (from, to) = cn.months().unwrap().unwrap();
    let trips = &cn.trips((from, to)).unwrap()[0];
    let spent: Vec<_> = trips.by_month.values().map(|sum| (sum.trips, sum.spent)).collect();
    assert_eq!(spent[0], (1, 0), "the first trip cost nothing in the end");
    assert!(spent[1].1 > 0);
    // But the month in which it came back has it.
    let abroad = &cn.abroad((to, to)).unwrap()[0];
    assert_eq!(abroad.months.values().map(|sum| sum.refunds).sum::<u64>(), 1);
}

#[test]
fn a_year_without_anything_has_no_months() {
    let market = Market::new();
    let (_folder, views) = views_of(&market.jp);
    assert_eq!(views.months().unwrap(), None);
    assert_eq!(views.since().unwrap(), Some(crate::given::START));
    assert!(views.wallets_of_sales().unwrap().is_empty());
    let span = (Month::of(2025, 1), Month::of(2026, 12));
    assert!(views.sold(span).unwrap().is_empty());
    assert!(views.abroad(span).unwrap().is_empty());
    assert!(views.trips(span).unwrap().is_empty());
    assert_eq!(views.travellers(span).unwrap(), (0, BTreeMap::new()));
    assert_eq!(views.customers(span, None, None).unwrap(), 0);
}
