//! When a prefund runs out, by the trend of its use, and what to send so that it does not: whole
//! numbers only, and a warning only. Nothing is decided by it.
//!
//! The use of an hour to come is the mean of the same hour of the same weekday in whole weeks that
//! were seen, at most seven; of the same hour of the day where less than a week was; of all hours
//! where less than a day was. Given back counts against taken.

use calendar::{Country, Date, Holidays};
use kernel::{Currency, Span, Timestamp};
use pay::{HalfView, SettlementView, Supply};
use views::{NostroHour, Views};

/// Hours of a week, and of a day.
const WEEK: u64 = 168;
const DAY: u64 = 24;
/// The most weeks that are looked back.
pub const WEEKS: u64 = 7;
/// So many hours are looked ahead: over a new year's holidays with room.
const AHEAD: u64 = 45 * DAY;

/// How urgent it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// There is enough.
    Calm,
    /// It runs out within the days that there is to be money for, after the next transfer.
    Watch,
    /// A transfer of the next opportunity would come too late: send now.
    Act,
    /// There is nothing left.
    Empty,
}

impl Level {
    /// The stable word of the API, of metrics and of message files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Watch => "watch",
            Self::Act => "act",
            Self::Empty => "empty",
        }
    }
}

/// What the use to come is told from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Nothing was used yet.
    Nothing,
    /// All hours of less than a day.
    Hours(u64),
    /// The same hours of so many days.
    Days(u64),
    /// The same weekdays of so many weeks.
    Weeks(u64),
}

/// When a transfer can be made, and when it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The last moment at which our bank takes it.
    pub until: Timestamp,
    /// When it is there.
    pub there: Timestamp,
}

/// What is to be expected of a prefund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foresight {
    /// How urgent it is.
    pub level: Level,
    /// What it rests on.
    pub basis: Basis,
    /// The hour in which it runs out; none within the time that is looked ahead.
    pub out: Option<Timestamp>,
    /// The next transfer; none where the calendar does not reach.
    pub next: Option<Transfer>,
    /// What to send with it, in minor units, less what is on its way.
    pub send: u64,
    /// What is expected to be there at the end of each hour to come, in minor units.
    pub ahead: Vec<u64>,
}

/// What is known of a prefund.
#[derive(Clone, Copy, Debug)]
pub struct Known<'k> {
    /// Now.
    pub now: Timestamp,
    /// What may be used, in minor units.
    pub free: u64,
    /// What was sent and is not there yet.
    pub under_way: u64,
    /// What its hours used, the oldest first; hours without use may be left out.
    pub hours: &'k [NostroHour],
    /// How it is to be kept filled.
    pub supply: Supply,
    /// Where the money comes from, and where it is kept.
    pub countries: [Country; 2],
}

/// The use of hours to come, as sums over so many times.
struct Use {
    sums: Vec<i128>,
    times: i128,
    basis: Basis,
}

impl Use {
    fn of(hours: &[NostroHour], now: u64) -> Self {
        let first = hours.first().map_or(now, |hour| hour.hour);
        let seen = now.saturating_sub(first);
        let weeks = (seen / WEEK).min(WEEKS);
        let days = (seen / DAY).min(6);
        let (period, times, basis) = if hours.is_empty() {
            (1, 1, Basis::Nothing)
        } else if weeks > 0 {
            (WEEK, weeks, Basis::Weeks(weeks))
        } else if days > 0 {
            (DAY, days, Basis::Days(days))
        } else {
            (1, seen.max(1), Basis::Hours(seen.max(1)))
        };
        let mut sums = vec![0; usize::try_from(period).unwrap_or(1)];
        // The hour that is not over says nothing yet, unless there is no other.
        let end = if seen == 0 { now + 1 } else { now };
        for hour in hours.iter().filter(|it| it.hour < end && it.hour + period * times >= end) {
            let at = usize::try_from(hour.hour % period).unwrap_or(0);
            sums[at] += i128::from(hour.captured) - i128::from(hour.refunded);
        }
        Self { sums, times: i128::from(times), basis }
    }

    /// What an hour uses, over as many times as it was seen; never below zero.
    fn at(&self, hour: u64) -> i128 {
        let at = usize::try_from(hour).unwrap_or(0) % self.sums.len();
        self.sums[at].max(0)
    }
}

const fn hour_of(moment: Timestamp) -> u64 {
    moment.seconds() / 3_600
}

fn date_of(moment: Timestamp, offset: Span) -> Option<Date> {
    let day = moment.date(offset);
    let (year, month, of_month) = (day / 10_000, day / 100 % 100, day % 100);
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(of_month).ok()?)
        .ok()
}

/// The next transfer from a moment on: the first day on which our bank works and its hour has not
/// passed, and so many days later on which banks of both countries do.
pub fn transfer(
    from: Timestamp,
    supply: &Supply,
    holidays: &Holidays,
    [ours, theirs]: [Country; 2],
) -> Option<Transfer> {
    let offset = Span::seconds(u64::from(supply.bank_offset_min) * 60);
    let minute = Span::seconds(u64::from(supply.bank_minute) * 60);
    let midnight = |date: Date| {
        let days = date.since(Date::constant(1970, 1, 1)).ok()?.get_days();
        Some(Timestamp::from_seconds(u64::try_from(days).ok()? * 86_400).minus(offset))
    };
    let mut day = date_of(from, offset)?;
    let open = |country, day| holidays.closed(country, day).ok().map(|closed| closed.is_none());
    loop {
        let until = midnight(day)?.plus(minute);
        if open(ours, day)? && from < until {
            let mut there = day;
            for _ in 0..supply.transfer_days {
                there = there.tomorrow().ok()?;
                while !(open(ours, there)? && open(theirs, there)?) {
                    there = there.tomorrow().ok()?;
                }
            }
            return Some(Transfer { until, there: midnight(there)?.plus(minute) });
        }
        day = day.tomorrow().ok()?;
    }
}

/// Looks ahead.
pub fn foresee(known: &Known<'_>, holidays: &Holidays) -> Foresight {
    let now = hour_of(known.now);
    let uses = Use::of(known.hours, now);
    let free = i128::from(known.free) * uses.times;
    let mut used = 0;
    let (mut ahead, mut out) = (Vec::new(), None);
    for hour in now..now + AHEAD {
        used += uses.at(hour);
        let left = (free - used).max(0) / uses.times;
        ahead.push(u64::try_from(left).unwrap_or(u64::MAX));
        if used >= free && used > 0 && out.is_none() {
            out = Some(Timestamp::from_seconds(hour * 3_600));
        }
    }
    let next = transfer(known.now, &known.supply, holidays, known.countries);
    let later =
        next.and_then(|next| transfer(next.until, &known.supply, holidays, known.countries));
    let target = Span::days(u64::from(known.supply.target_days));
    let level = match (out, later) {
        _ if known.free == 0 => Level::Empty,
        (None, _) if known.free < known.supply.floor => Level::Watch,
        (None, _) => Level::Calm,
        // Nobody knows when a transfer would be there.
        (Some(_), None) => Level::Act,
        (Some(out), Some(later)) if out <= later.there => Level::Act,
        (Some(out), Some(later)) if out <= later.there.plus(target) => Level::Watch,
        (Some(_), Some(_)) if known.free < known.supply.floor => Level::Watch,
        (Some(_), Some(_)) => Level::Calm,
    };
    let until = next.map_or(known.now, |next| next.there).plus(target);
    let hours = now..hour_of(until).max(now);
    let needed: i128 = hours.map(|hour| uses.at(hour)).sum();
    // A fraction of a minor unit counts whole.
    let needed = (needed + uses.times - 1) / uses.times + i128::from(known.supply.floor);
    let has = i128::from(known.free) + i128::from(known.under_way);
    Foresight {
        level,
        basis: uses.basis,
        out,
        next,
        send: u64::try_from((needed - has).max(0)).unwrap_or(u64::MAX),
        ahead,
    }
}

/// The country whose banks keep a currency, where there is a calendar of it.
fn country_of(currency: Currency) -> Option<Country> {
    match currency.code() {
        "JPY" => Some(Country::Japan),
        "CNY" => Some(Country::China),
        _ => None,
    }
}

/// How long what a cell holds with another lasts. None where the other side is who fills it, where
/// nobody has set how it is filled, and where no calendar is known. Reads the views: not for a thread
/// that must not wait.
pub fn outlook(
    views: &Views,
    view: &SettlementView,
    half: &HalfView,
    own: Currency,
    now: Timestamp,
) -> Option<Foresight> {
    let supply = view.terms.as_ref().and_then(|terms| terms.supply).filter(|_| !half.keeper)?;
    let there = country_of(half.currency)?;
    let from = hour_of(now).saturating_sub(WEEKS * WEEK);
    let hours = views.nostro_hours((view.link, false), from).ok()?;
    let under_way = view.top_ups.iter().filter(|known| known.is_open());
    let known = Known {
        now,
        free: half.free,
        under_way: under_way.map(|known| known.amount).sum(),
        hours: &hours,
        supply,
        countries: [country_of(own).unwrap_or(there), there],
    };
    Some(foresee(&known, calendar::shipped()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUPPLY: Supply = Supply {
        target_days: 3,
        floor: 1_000,
        approval_above: None,
        bank_minute: 900,
        bank_offset_min: 480,
        transfer_days: 1,
    };
    const BOTH: [Country; 2] = [Country::China, Country::Japan];

    /// A moment in Shanghai.
    fn at(year: i16, month: i8, day: i8, hour: i8) -> Timestamp {
        let days = Date::constant(year, month, day).since(Date::constant(1970, 1, 1)).unwrap();
        let seconds = i64::from(days.get_days()) * 86_400 + i64::from(hour) * 3_600 - 8 * 3_600;
        Timestamp::from_seconds(u64::try_from(seconds).unwrap())
    }

    fn told(now: Timestamp, free: u64, hours: &[NostroHour]) -> Foresight {
        let known = Known { now, free, under_way: 0, hours, supply: SUPPLY, countries: BOTH };
        foresee(&known, calendar::shipped())
    }

    /// So much each hour of the last days.
    fn steady(now: Timestamp, days: u64, captured: u64) -> Vec<NostroHour> {
        let now = hour_of(now);
        let hours = now - days * DAY..now;
        hours.map(|hour| NostroHour { hour, captured, refunded: 0 }).collect()
    }

    #[test]
    fn a_transfer_takes_banking_days_of_both_countries() {
        let next = |from| transfer(from, &SUPPLY, calendar::shipped(), BOTH).unwrap();
        // A Tuesday before and after the bank's hour; 3 November is a holiday in Japan.
        let monday = next(at(2026, 11, 9, 10));
        assert_eq!((monday.until, monday.there), (at(2026, 11, 9, 15), at(2026, 11, 10, 15)));
        let late = next(at(2026, 11, 9, 15));
        assert_eq!((late.until, late.there), (at(2026, 11, 10, 15), at(2026, 11, 11, 15)));
        let holiday = next(at(2026, 11, 2, 10));
        assert_eq!((holiday.until, holiday.there), (at(2026, 11, 2, 15), at(2026, 11, 4, 15)));
        let friday = next(at(2026, 11, 13, 16));
        assert_eq!((friday.until, friday.there), (at(2026, 11, 16, 15), at(2026, 11, 17, 15)));
    }

    #[test]
    fn the_same_weekdays_tell_when_it_runs_out() {
        // Mondays use 2,400 in all, other days nothing; it is a Friday.
        let now = at(2026, 11, 13, 10);
        let mondays = [(9, 28), (10, 5), (10, 12), (10, 19), (10, 26), (11, 2), (11, 9)];
        let mut hours =
            vec![NostroHour { hour: hour_of(now) - 7 * WEEK, captured: 1, refunded: 1 }];
        for (month, day) in mondays {
            let first = hour_of(at(2026, month, day, 0));
            let of_day =
                (first..first + DAY).map(|hour| NostroHour { hour, captured: 110, refunded: 10 });
            hours.extend(of_day);
        }
        let seen = told(now, 1_250, &hours);
        assert_eq!(seen.basis, Basis::Weeks(7));
        assert_eq!(seen.out, Some(at(2026, 11, 16, 12)));
        // A transfer of Monday would be there on Tuesday.
        assert_eq!(seen.level, Level::Act);
        // Until Thursday, Monday's 2,400 and the floor are needed.
        assert_eq!(seen.send, 2_400 + 1_000 - 1_250);
        let more = told(now, 2_500, &hours);
        assert_eq!((more.out, more.level), (Some(at(2026, 11, 23, 0)), Level::Calm));
        assert_eq!(
            (told(now, 0, &hours).level, told(now, 900, &[]).level),
            (Level::Empty, Level::Watch)
        );
        assert_eq!((told(now, 5_000, &[]).level, told(now, 5_000, &[]).out), (Level::Calm, None));
    }

    /// Banks of Japan are closed from 31 December to 3 January, which are a Thursday and a Sunday.
    #[test]
    fn new_year_is_seen_ahead() {
        let (before, day) = (at(2026, 12, 29, 10), 24 * 100);
        let hours = steady(before, 21, 100);
        // Sent on the 30th it is there on 4 January: what lasts five days is not enough.
        let seen = told(before, 5 * day, &hours);
        assert_eq!(seen.level, Level::Act, "{:?}", seen.out);
        let ordinary = at(2026, 12, 8, 10);
        let calm = told(ordinary, 6 * day, &steady(ordinary, 21, 100));
        assert_eq!(calm.level, Level::Calm);
        assert_eq!(told(before, 6 * day, &hours).level, Level::Act);
    }

    #[test]
    fn a_young_link_is_judged_by_what_there_is() {
        let now = at(2026, 11, 13, 10);
        assert_eq!(told(now, 10_000, &steady(now, 3, 10)).basis, Basis::Days(3));
        let hour = hour_of(now);
        let first = [NostroHour { hour, captured: 500, refunded: 0 }];
        assert_eq!(told(now, 10_000, &first).basis, Basis::Hours(1));
        assert_eq!(
            told(now, 10_000, &first).out,
            Some(Timestamp::from_seconds((hour + 19) * 3_600))
        );
        // More given back than taken uses nothing.
        let back = [NostroHour { hour: hour - 30, captured: 0, refunded: 700 }];
        assert_eq!(told(now, 10_000, &back).out, None);
    }
}
