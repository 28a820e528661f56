//! Day after day: rates, shops that open, people who come, and what they buy hour by hour.

use std::collections::BTreeMap;

use corridor::CaptureMode;
use economy::Command;
use journal::Journal;
use kernel::id::{Payment, Refund};
use kernel::{Actor, Currency, Decimal, Id, Role, Span, Timestamp};
use market::rates::{Date, Day, History};
use pay::command as c;
use pay::{Fees, Rules};

use crate::people::{Person, arrive};
use crate::place::{CELLS, FOUNDER, LINK, Place, settle};
use crate::plan::{Buy, HOURS, buy, trip};
use crate::random::Rng;
use crate::shops::{Planned, Shop, open, plan};
use crate::{Options, YearsError};

/// The first of a payer's day that nobody trips in sooner than after.
const REST_DAYS: u64 = 40;
/// What the visitors' side keeps with the shops' side, at least, in yen, for each payment that a
/// month is expected to have.
const PREFUND_A_PAYMENT: u64 = 9_000;
const RESIDENTS: usize = 60;

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Payments that crossed, and that stayed in the shops' cell.
    pub payments: u64,
    /// Of those, the residents'.
    pub residents_payments: u64,
    /// Refunds.
    pub refunds: u64,
    /// Trips that began.
    pub trips: u64,
    /// Visitors.
    pub visitors: u64,
    /// Shops.
    pub shops: u64,
    /// The first simulated day, as days since 1970 by the clock of Japan.
    pub from: u32,
    /// How far each cell's journal goes.
    pub positions: Vec<(&'static str, u64)>,
}

/// What is going to be done in an hour.
#[derive(Default)]
struct Hour {
    buys: Vec<(usize, Buy)>,
    refunds: Vec<(Id<Payment>, usize, u64)>,
    residents: Vec<(usize, Buy)>,
}

struct Years<'a> {
    options: &'a Options,
    history: History,
    cn: Place,
    jp: Place,
    rng: Rng,
    planned: Vec<Planned>,
    shops: Vec<Shop>,
    visitors: Vec<Person>,
    /// The first day on which each visitor may come again.
    rested: Vec<u32>,
    residents: Vec<Person>,
    hours: BTreeMap<(u32, u64), Hour>,
    rates: Option<Day>,
    references: u64,
    written: Written,
}

/// Refuses what can't be written, before anything is; else the first day and the rates.
pub(crate) fn checked(options: &Options) -> Result<(u32, History), YearsError> {
    if options.years == 0 || options.payments == 0 {
        return Err(YearsError::Nothing);
    }
    let first = first_day(options);
    let history = market::rates::shipped();
    if date(first.saturating_sub(1)).and_then(|date| history.in_force_on(date)).is_none() {
        let oldest = history.days().last().map(|day| day.date.to_string());
        return Err(YearsError::NoRates { first: oldest.unwrap_or_default() });
    }
    Ok((first, history))
}

pub(crate) fn run(
    [cn, jp]: [Box<dyn Journal>; 2],
    options: &Options,
    mut progress: impl FnMut(u32, u32),
) -> Result<Written, YearsError> {
    let (first, history) = checked(options)?;
    let mut years = Years {
        options,
        history,
        cn: Place::begin(CELLS[0], cn, options.seed)?,
        jp: Place::begin(CELLS[1], jp, options.seed)?,
        rng: Rng::new(options.seed, 2),
        planned: plan(&options.model, options.seed),
        shops: Vec::new(),
        visitors: Vec::new(),
        rested: Vec::new(),
        residents: Vec::new(),
        hours: BTreeMap::new(),
        rates: None,
        references: 0,
        written: Written { from: first, ..Written::default() },
    };
    years.found(morning(first))?;
    let shares = years.shares(first);
    let all: u64 = shares.iter().sum();
    let (mut gone, mut begun) = (0_u64, 0_u64);
    let days = options.until - first;
    for (day, share) in (first..options.until).zip(shares) {
        gone += share;
        let due = u128::from(years.trips_wanted()) * u128::from(gone) / u128::from(all);
        let trips = due as u64 - begun;
        begun += trips;
        years.day(day, trips)?;
        progress(day - first + 1, days);
    }
    years.close()
}

/// So many years back, to the same day.
fn first_day(options: &Options) -> u32 {
    let until = date_number(options.until);
    let (year, rest) = ((until / 10_000).saturating_sub(options.years), until % 10_000);
    // The day before 29 February's year without one is the 28th.
    let rest = if rest == 229 { 228 } else { rest };
    let mut day = options.until.saturating_sub(options.years.saturating_mul(366));
    while date_number(day) < year * 10_000 + rest {
        day += 1;
    }
    day
}

fn date_number(day: u32) -> u32 {
    Timestamp::from_seconds(u64::from(day) * 86_400).date(Span(0))
}

fn date(day: u32) -> Option<Date> {
    let number = date_number(day);
    let year = u16::try_from(number / 10_000).ok()?;
    Date::try_new(year, (number / 100 % 100) as u8, (number % 100) as u8)
}

/// The first minutes of a day in Japan.
fn morning(day: u32) -> Timestamp {
    Timestamp::from_seconds(u64::from(day) * 86_400 + 300).minus(Span::hours(9))
}

impl Years<'_> {
    /// Payments of one trip, in the mean.
    fn trips_wanted(&self) -> u64 {
        let model = &self.options.model;
        let (days, purchases) = (model.trip_days, model.purchases_a_day);
        let of_trip = (days.0 + days.1) * (purchases.0 + purchases.1);
        let of_visitors = self.options.payments * 1_000 / (1_000 + model.residents_per_mille);
        (of_visitors * 4 / of_trip).max(1)
    }

    /// How many months after the start a day is.
    fn month(&self, day: u32) -> u64 {
        let months = |day| {
            let number = date_number(day);
            u64::from(number / 10_000 * 12 + number / 100 % 100)
        };
        months(day) - months(self.written.from)
    }

    fn shares(&mut self, first: u32) -> Vec<u64> {
        let days = first..self.options.until;
        let model = &self.options.model;
        let mut rng = Rng::new(self.options.seed, 3);
        days.map(|day| {
            let of_year = (date_number(day) / 100 % 100 - 1) as usize;
            model.trips_weight(self.month(day), of_year) * rng.within(80, 120)
        })
        .collect()
    }

    /// Books, the link, fees and rules; what the demo's own market has.
    fn found(&mut self, at: Timestamp) -> Result<(), YearsError> {
        let terms = market::sample::load().terms;
        let fees = Fees {
            spread_bps: terms.spread_bps,
            payer_bps: 0,
            merchant_bps: terms.merchant_fee_bps,
            by_category: Vec::new(),
        };
        let start = Timestamp(0);
        let rules = |utc_offset_min| Rules { utc_offset_min, ..Rules::default() };
        let window = (50_000, Span::seconds(30));
        let link = |peer: usize, held: bool| c::OpenLink {
            peer: CELLS[peer].1,
            name: CELLS[peer].0.to_owned(),
            nostro: held.then_some(Currency::JPY),
            mirror: (!held).then_some(Currency::JPY),
            max_unanswered: window.0,
            max_age: window.1,
        };
        self.cn.found(
            at,
            [
                c::OpenBook { currency: Currency::CNY }.into(),
                c::OpenBook { currency: Currency::JPY }.into(),
                c::SetRules { from: start, rules: rules(480) }.into(),
                link(1, false).into(),
                c::SetFees { from: start, fees: fees.clone() }.into(),
            ],
        )?;
        self.jp.found(
            at,
            [
                c::OpenBook { currency: Currency::JPY }.into(),
                c::SetRules { from: start, rules: rules(540) }.into(),
                link(0, true).into(),
                c::SetFees { from: start, fees }.into(),
            ],
        )?;
        // As everywhere, the operator is the first party: since then the cell is there.
        for place in [&mut self.cn, &mut self.jp] {
            let id = place.id(at);
            place.found(at, [c::RegisterParty { id, role: Role::Operator }.into()])?;
        }
        self.residents = arrive(&mut self.jp, at, RESIDENTS, Currency::JPY)?;
        Ok(())
    }

    fn reference(&mut self, what: &str) -> String {
        self.references += 1;
        format!("SIMULATED-{what}-{:07}", self.references)
    }

    /// One day: its night's work first, then its hours.
    fn day(&mut self, day: u32, trips: u64) -> Result<(), YearsError> {
        let at = morning(day);
        let rates = self.rates_of(day).map(pay::Command::from);
        self.open_shops(at, day)?;
        let nostro = self.prefund(day).map(pay::Command::from);
        self.jp.found(at, rates.iter().cloned().chain(nostro))?;
        let top_ups = self.begin_trips(at, day, trips)?;
        self.cn.found(at, rates.into_iter().chain(top_ups))?;
        self.draw_residents(day);
        settle(&mut self.cn, &mut self.jp, at)?;
        for hour in HOURS.0..=HOURS.1 {
            let Some(work) = self.hours.remove(&(day, hour)) else { continue };
            let minute = self.rng.below(60);
            let at = Timestamp(at.0 - 300_000_000).plus(Span::seconds((hour * 60 + minute) * 60));
            self.hour(at, day, work)?;
        }
        // What a day leaves over belongs to a later one, or to none.
        self.hours.retain(|(of, _), _| *of > day);
        Ok(())
    }

    /// The bank publishes when it is night in Japan: a day's rates hold from the next one on.
    fn rates_of(&mut self, day: u32) -> Option<c::PublishRates> {
        let rates = self.history.in_force_on(date(day - 1)?)?;
        if self.rates.as_ref().is_some_and(|known| known.date == rates.date) {
            return None;
        }
        self.rates = Some(rates.clone());
        self.rates.as_ref().map(published)
    }

    fn open_shops(&mut self, at: Timestamp, day: u32) -> Result<(), YearsError> {
        if day != self.written.from && date_number(day) % 100 != 1 {
            return Ok(());
        }
        let month = self.month(day);
        let (now, later): (Vec<Planned>, Vec<Planned>) =
            self.planned.drain(..).partition(|plan| plan.opens <= month);
        self.planned = later;
        let due: Vec<&Planned> = now.iter().collect();
        for some in due.chunks(100) {
            self.shops.extend(open(&mut self.jp, at, some)?);
        }
        self.written.shops = self.shops.len() as u64;
        Ok(())
    }

    /// Raises the nostro when it is low, as an operator would.
    fn prefund(&mut self, day: u32) -> Option<c::TopUpNostro> {
        let months = u64::from(self.options.years) * 12;
        let month = self.options.payments / months + 100;
        let enough = self.options.model.dearer(month * PREFUND_A_PAYMENT, self.month(day));
        (self.jp.nostro() < enough / 2).then(|| {
            let reference = self.reference("NOSTRO");
            c::TopUpNostro { link: LINK, amount: enough, reference }
        })
    }

    /// Those who come register and put on their wallets what the trip is going to cost: the
    /// top-ups, which are to be given.
    fn begin_trips(
        &mut self,
        at: Timestamp,
        day: u32,
        trips: u64,
    ) -> Result<Vec<pay::Command>, YearsError> {
        let model = &self.options.model;
        let month = self.month(day);
        let mut who = Vec::new();
        let mut new = 0;
        for _ in 0..trips {
            let back = self.rng.chance(model.returning_per_mille);
            let one = self.rng.below(self.visitors.len() as u64) as usize;
            if back && self.rested.get(one).is_some_and(|free| *free <= day) {
                self.rested[one] = u32::MAX;
                who.push(one);
            } else {
                who.push(self.visitors.len() + new);
                new += 1;
            }
        }
        let all = self.visitors.len() + new;
        while self.visitors.len() < all {
            let some = (all - self.visitors.len()).min(500);
            let come = arrive(&mut self.cn, at, some, Currency::CNY)?;
            self.visitors.extend(come);
        }
        self.rested.resize(self.visitors.len(), 0);
        let mut top_ups: Vec<pay::Command> = Vec::new();
        for one in who {
            let trip = trip(model, &self.shops, month, &mut self.rng);
            self.rested[one] = day + (trip.days + REST_DAYS) as u32;
            let amount = self.fen(trip.yen());
            let (wallet, reference) = (self.visitors[one].wallet, self.reference("CARD"));
            top_ups.push(c::TopUpWallet { wallet, amount, reference }.into());
            for (after, hour, buy) in trip.buys {
                let hour = self.hours.entry((day + after as u32, hour)).or_default();
                hour.buys.push((one, buy));
            }
            self.written.trips += 1;
        }
        self.written.visitors = self.visitors.len() as u64;
        Ok(top_ups)
    }

    /// What a trip needs in fen: the converted amount, spread, and some to spare for dearer days.
    fn fen(&self, yen: u64) -> u64 {
        let rate = |code: &str| self.rates.as_ref().and_then(|day| day.rate(code));
        let (Some(cny), Some(jpy)) = (rate("CNY"), rate("JPY")) else { return yen * 10 };
        let ten = |scale: u8| 10_u128.pow(u32::from(scale));
        let up = u128::from(yen) * u128::from(cny.digits) * ten(jpy.scale) * 100;
        let fen = up / (u128::from(jpy.digits) * ten(cny.scale)).max(1);
        u64::try_from(fen * 108 / 100).unwrap_or(u64::MAX) + 5_000
    }

    fn draw_residents(&mut self, day: u32) {
        let model = &self.options.model;
        let month = self.month(day);
        let coming: usize = (HOURS.0..=HOURS.1)
            .filter_map(|hour| self.hours.get(&(day, hour)).map(|work| work.buys.len()))
            .sum();
        let wanted = coming as u64 * model.residents_per_mille;
        let count = wanted / 1_000 + u64::from(self.rng.chance(wanted % 1_000));
        for _ in 0..count {
            let at = self.rng.below(self.shops.len() as u64) as usize;
            let (stop, hour) = (self.shops[at].prefecture, self.rng.within(HOURS.0, HOURS.1));
            let bought = buy(model, &self.shops, stop, month, &mut self.rng);
            let who = self.rng.below(RESIDENTS as u64) as usize;
            self.hours.entry((day, hour)).or_default().residents.push((who, bought));
        }
    }

    /// All of an hour at one moment of it: the yes in the one cell, the sale in the other, the
    /// answers back.
    fn hour(&mut self, at: Timestamp, day: u32, work: Hour) -> Result<(), YearsError> {
        let mut paid = Vec::with_capacity(work.buys.len());
        for some in work.buys.chunks(400) {
            let mut asked = Vec::with_capacity(some.len() * 2);
            for (who, buy) in some {
                let Person { wallet, actor } = self.visitors[*who];
                let (id, payment) = (self.cn.id(at), self.cn.id(at));
                let quote = c::MakeQuote {
                    id,
                    wallet,
                    payment,
                    store: self.shops[buy.shop].store,
                    amount: buy.yen,
                    currency: Currency::JPY,
                    deadline: None,
                    capture: CaptureMode::Now,
                    place: None,
                };
                asked.push((actor, Command::Pay(quote.into())));
                let yes = c::ConfirmPayment { quote: id, again: true };
                asked.push((actor, Command::Pay(yes.into())));
                paid.push((payment, *buy));
            }
            self.cn.must(at, asked)?;
        }
        let mut asked = self.cn.deliveries(&self.jp);
        asked.extend(self.of_residents(at, &work.residents));
        let sure = asked.len();
        asked.extend(self.of_refunds(at, &work.refunds));
        let told = self.jp.run(at, asked)?;
        for (place, told) in told.into_iter().enumerate() {
            match told {
                Ok(_) if place >= sure => self.written.refunds += 1,
                // A shop that has not enough left of its sales gives nothing back.
                Err(_) if place >= sure => {}
                Ok(_) => {}
                Err(why) => return Err(self.jp.refused(why.to_string())),
            }
        }
        settle(&mut self.cn, &mut self.jp, at)?;
        self.written.payments += (paid.len() + work.residents.len()) as u64;
        self.written.residents_payments += work.residents.len() as u64;
        for (payment, buy) in paid {
            if !self.rng.chance(self.options.model.refunded_per_mille) {
                continue;
            }
            let whole = self.rng.chance(400);
            let part = if whole { buy.yen } else { (buy.yen / 3).max(1) };
            let later = self.rng.within(1, 9) as u32;
            let hour = self.rng.within(HOURS.0, HOURS.1);
            let hour = self.hours.entry((day + later, hour)).or_default();
            hour.refunds.push((payment, buy.shop, part));
        }
        Ok(())
    }

    fn of_residents(&mut self, at: Timestamp, buys: &[(usize, Buy)]) -> Vec<(Actor, Command)> {
        let mut asked = Vec::with_capacity(buys.len() * 2);
        for (who, buy) in buys {
            let Person { wallet, actor } = self.residents[*who];
            let reference = self.reference("BANK");
            let top_up = c::TopUpWallet { wallet, amount: buy.yen, reference };
            asked.push((FOUNDER, Command::Pay(top_up.into())));
            let payment = self.jp.id(at);
            let store = self.shops[buy.shop].store;
            let (amount, requested) = (buy.yen, false);
            let pay =
                c::PayHere { payment, wallet, store, amount, requested, again: true, place: None };
            asked.push((actor, Command::Pay(pay.into())));
        }
        asked
    }

    fn of_refunds(
        &mut self,
        at: Timestamp,
        refunds: &[(Id<Payment>, usize, u64)],
    ) -> Vec<(Actor, Command)> {
        let refund = |(payment, shop, amount): &(Id<Payment>, usize, u64)| {
            let (id, payment, amount) = (self.jp.id::<Refund>(at), *payment, *amount);
            let actor = Actor::of(self.shops[*shop].party, Role::Merchant);
            (actor, Command::Pay(c::RefundPayment { id, payment, amount }.into()))
        };
        refunds.iter().map(refund).collect()
    }

    fn close(self) -> Result<Written, YearsError> {
        let mut written = self.written;
        for place in [self.cn, self.jp] {
            let name = place.name;
            written.positions.push((name, place.close()?.position));
        }
        Ok(written)
    }
}

/// The command that publishes a day of the bank.
fn published(day: &Day) -> c::PublishRates {
    let number = u32::from(day.date.year()) * 10_000
        + u32::from(day.date.month()) * 100
        + u32::from(day.date.day());
    let known = day.per_euro.iter().filter_map(|(code, rate)| {
        Some((code.parse().ok()?, Decimal { digits: rate.digits, scale: rate.scale }))
    });
    let euro = (Currency::EUR, Decimal { digits: 1, scale: 0 });
    let rates = [euro].into_iter().chain(known).collect();
    c::PublishRates {
        id: Id::new(0),
        date: number,
        source: market::rates::SOURCE.to_owned(),
        rates,
    }
}
