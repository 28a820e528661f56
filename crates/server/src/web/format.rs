//! Amounts, shares and times as each of the three languages writes them.
//!
//! Groups of three, a point for decimals, U+2212 for minus, 24 hours. The yen and yuan sign is
//! written by both countries, so it is never used: a currency has a word (`元`, `円`) or its code.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::text::Lang;

/// A currency: its ISO 4217 code and how many decimals its minor unit has (JPY 0, CNY 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// ISO 4217, three capitals.
    pub code: &'static str,
    /// Decimals of the minor unit.
    pub exponent: u8,
}

/// An amount in minor units of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Minor units: sen, fen.
    pub minor: i64,
    /// Their currency.
    pub unit: Unit,
}

impl Unit {
    /// `minor` units of this currency.
    pub const fn of(self, minor: i64) -> Amount {
        Amount { minor, unit: self }
    }
}

impl Unit {
    /// Reads an amount as a person types it, in whole units: `3,200`, `３２００`, `12.5`.
    /// Spaces and the commas of groups are left out; wide digits count as digits. What is refused
    /// is refused with a stable code of the message files.
    pub fn read_typed(self, text: &str) -> Result<Amount, &'static str> {
        let plain: String = text.chars().filter_map(plain_char).collect();
        if plain.is_empty() {
            return Err("amount_missing");
        }
        let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
        let digits = |s: &str| s.chars().all(|c| c.is_ascii_digit());
        if !digits(whole) || !digits(part) || whole.len() + part.len() == 0 {
            return Err("amount_not_a_number");
        }
        let exponent = usize::from(self.exponent);
        if part.trim_end_matches('0').len() > exponent {
            return Err("amount_has_decimals");
        }
        let part: String = part.chars().chain(std::iter::repeat('0')).take(exponent).collect();
        let minor: i64 = format!("0{whole}{part}").parse().map_err(|_| "amount_too_large")?;
        if minor == 0 { Err("amount_not_positive") } else { Ok(self.of(minor)) }
    }
}

/// A typed character as ASCII; `None` for what only groups or spaces digits.
fn plain_char(c: char) -> Option<char> {
    match c {
        ',' | '，' | '\u{3000}' => None,
        c if c.is_whitespace() => None,
        '．' | '。' => Some('.'),
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10),
        c => Some(c),
    }
}

impl Amount {
    /// The digits of this amount as a form sends them: what [`Unit::read_typed`] reads.
    pub fn typed(self) -> String {
        number(i128::from(self.minor), self.unit.exponent)
    }

    /// The same amount with the other sign.
    pub fn negated(self) -> Amount {
        self.unit.of(self.minor.saturating_neg())
    }
}

/// A time zone by its IANA name, which also names the place of a clock (`Asia/Tokyo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(pub &'static str);

impl Zone {
    fn at(self, micros: i64) -> jiff::Zoned {
        let stamp = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
        stamp.to_zoned(TimeZone::get(self.0).unwrap_or(TimeZone::UTC))
    }

    /// The day it is there at that moment.
    pub fn day(self, micros: i64) -> Date {
        self.at(micros).date()
    }

    fn key(self) -> String {
        format!("zone-{}", self.0.rsplit('/').next().unwrap_or(self.0).to_ascii_lowercase())
    }
}

/// An integer of minor units with groups of three: `−1234567`, exponent 2 → `−12,345.67`.
pub fn number(minor: i128, exponent: u8) -> String {
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = usize::from(exponent) + 1);
    let (whole, part) = digits.split_at(digits.len() - usize::from(exponent));
    let mut out = String::new();
    if minor < 0 {
        out.push('\u{2212}');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !part.is_empty() {
        out.push('.');
        out.push_str(part);
    }
    out
}

/// A share in basis points as a decimal of percent, without zeros at its end: 50 → `0.5`.
fn percent_digits(bp: u32) -> String {
    let text = number(i128::from(bp), 2);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Lang {
    /// A count: `1,284`.
    pub fn count(self, n: u64) -> String {
        number(i128::from(n), 0)
    }

    /// The word behind a number of this currency: `元`, `円`, `JPY`.
    pub fn unit_sign(self, unit: Unit) -> String {
        self.find(&format!("cur-{}", unit.code), &[]).unwrap_or_else(|| unit.code.to_owned())
    }

    /// What of a currency has a name of its own: `name`, `wallet`, `book`, `payer`, `cell`.
    pub fn unit_word(self, unit: Unit, attribute: &str) -> String {
        let code = [("code", unit.code)];
        self.find(&format!("cur-{}.{attribute}", unit.code), &[])
            .or_else(|| self.find(&format!("cur-other.{attribute}"), &code))
            .unwrap_or_else(|| unit.code.to_owned())
    }

    /// An amount with its currency: `135.38 元`, `3,200円`, `3,200 JPY`.
    pub fn amount(self, amount: Amount) -> String {
        self.with_sign(&number(i128::from(amount.minor), amount.unit.exponent), amount.unit)
    }

    /// The bare number of an amount with a plus where it adds: `+42.51`, `−136.06`.
    pub fn signed(self, amount: Amount) -> String {
        let plus = if amount.minor > 0 { "+" } else { "" };
        format!("{plus}{}", number(i128::from(amount.minor), amount.unit.exponent))
    }

    /// A decimal as it was published, with its currency.
    pub fn decimal(self, digits: &str, unit: Unit) -> String {
        self.with_sign(digits, unit)
    }

    /// What stands between two sentences: a space, where the language has one.
    pub fn gap(self) -> &'static str {
        if self == Lang::En { " " } else { "" }
    }

    fn with_sign(self, digits: &str, unit: Unit) -> String {
        let sign = self.unit_sign(unit);
        let tight = self == Lang::Ja && !sign.is_ascii();
        format!("{digits}{}{sign}", if tight { "" } else { " " })
    }

    /// A share in basis points: `0.5%`, `0.5 %`.
    pub fn percent(self, bp: u32) -> String {
        format!("{}{}%", percent_digits(bp), if self == Lang::En { " " } else { "" })
    }

    /// A round number of whole currency units, short: `80k`, `8万`.
    pub fn short(self, major: i64) -> String {
        let (step, word) = match (self, major) {
            (Lang::En, 1_000_000..) => (1_000_000, "M"),
            (Lang::En, 1_000..) => (1_000, "k"),
            (Lang::Zh | Lang::Ja, 10_000..) => (10_000, "万"),
            _ => (1, ""),
        };
        let tenths = i128::from(major) * 10 / step;
        let text = number(tenths, 1);
        format!("{}{word}", text.strip_suffix(".0").unwrap_or(&text))
    }

    /// A duration of microseconds in milliseconds: `0.4 ms`, `120 ms`.
    pub fn millis(self, micros: u64) -> String {
        let tenths = i128::from(micros.saturating_add(50) / 100);
        let digits = if tenths < 100 { number(tenths, 1) } else { number(tenths / 10, 0) };
        format!("{digits} ms")
    }

    /// A day with its year: `2026年11月1日`, `2026年11月1日（日）`, `1 Nov 2026`.
    pub fn day(self, day: Date) -> String {
        self.day_as("time-day", day)
    }

    /// A day of this year: `11月1日`, `1 Nov`.
    pub fn day_short(self, day: Date) -> String {
        self.day_as("time-day-short", day)
    }

    fn day_as(self, key: &str, day: Date) -> String {
        let part = |name: &str, n: i8| self.t(&format!("{name}-{n}"));
        let weekday = day.weekday().to_monday_one_offset();
        self.tf(
            key,
            &[
                ("year", &day.year().to_string()),
                ("month", &part("month", day.month())),
                ("day", &day.day().to_string()),
                ("weekday", &part("weekday", weekday)),
            ],
        )
    }

    /// A month with its year: `2026年11月`, `Nov 2026`.
    pub fn month(self, month: views::Month) -> String {
        let (year, word) = (month.year().to_string(), self.month_short(month));
        self.tf("time-month", &[("year", &year), ("month", &word)])
    }

    /// A month without its year: `11月`, `Nov`.
    pub fn month_short(self, month: views::Month) -> String {
        self.t(&format!("month-{}", month.month()))
    }

    /// A clock: `12:47`.
    pub fn clock(self, micros: i64, zone: Zone) -> String {
        zone.at(micros).strftime("%H:%M").to_string()
    }

    /// A clock with its seconds, for receipts: `12:47:09`.
    pub fn clock_seconds(self, micros: i64, zone: Zone) -> String {
        zone.at(micros).strftime("%H:%M:%S").to_string()
    }

    /// A moment as a list shows it: the clock alone on the day `now`, else the day before it.
    pub fn when(self, micros: i64, now: i64, zone: Zone) -> String {
        let clock = self.clock(micros, zone);
        if zone.day(micros) == zone.day(now) {
            return clock;
        }
        let day = self.day_short(zone.day(micros));
        self.tf("time-when", &[("day", &day), ("clock", &clock)])
    }

    /// A moment of a receipt: day, clock with seconds, and the place of the clock.
    pub fn stamp(self, micros: i64, zone: Zone) -> String {
        let day = self.day(zone.day(micros));
        let clock = self.clock_seconds(micros, zone);
        self.placed(&self.tf("time-when", &[("day", &day), ("clock", &clock)]), zone)
    }

    /// A clock with seconds and its place: `11:47:09 in Beijing`.
    pub fn clock_there(self, micros: i64, zone: Zone) -> String {
        self.placed(&self.clock_seconds(micros, zone), zone)
    }

    /// Both clocks: `12:47 in Japan, 11:47 in Beijing`; one when the two are the same place.
    pub fn both_clocks(self, micros: i64, first: Zone, second: Zone) -> String {
        let a = self.placed(&self.clock(micros, first), first);
        if first == second {
            return a;
        }
        let b = self.placed(&self.clock(micros, second), second);
        self.tf("time-both", &[("a", &a), ("b", &b)])
    }

    fn placed(self, time: &str, zone: Zone) -> String {
        self.find(&zone.key(), &[("time", time)]).unwrap_or_else(|| format!("{time} ({})", zone.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CNY: Unit = Unit { code: "CNY", exponent: 2 };
    const JPY: Unit = Unit { code: "JPY", exponent: 0 };
    const TOKYO: Zone = Zone("Asia/Tokyo");
    const BEIJING: Zone = Zone("Asia/Shanghai");
    /// 1 November 2026, 12:47:09 in Japan.
    const NOON: i64 = 1_793_504_829_000_000;

    #[test]
    fn amounts_are_written_as_each_language_writes_them() {
        let rows = [
            (Lang::Zh, CNY.of(13538), "135.38 元"),
            (Lang::Zh, JPY.of(3200), "3,200 日元"),
            (Lang::Ja, CNY.of(13538), "135.38元"),
            (Lang::Ja, JPY.of(3200), "3,200円"),
            (Lang::En, CNY.of(13538), "135.38 CNY"),
            (Lang::En, JPY.of(3200), "3,200 JPY"),
            (Lang::Ja, JPY.of(-1000), "\u{2212}1,000円"),
            (Lang::En, CNY.of(5), "0.05 CNY"),
            (Lang::En, CNY.of(i64::MIN), "\u{2212}92,233,720,368,547,758.08 CNY"),
            (Lang::Ja, Unit { code: "USD", exponent: 2 }.of(100), "1.00 USD"),
        ];
        for (lang, amount, written) in rows {
            assert_eq!(lang.amount(amount), written);
        }
        assert_eq!(Lang::En.signed(CNY.of(4251)), "+42.51");
        assert_eq!(Lang::En.signed(CNY.of(-13606)), "\u{2212}136.06");
        assert_eq!(Lang::En.signed(CNY.of(0)), "0.00");
    }

    #[test]
    fn typed_amounts_are_read_or_refused_with_a_code() {
        let rows = [
            (JPY, "3,200", Ok(JPY.of(3200))),
            (JPY, " ３２００ ", Ok(JPY.of(3200))),
            (JPY, "3200.0", Ok(JPY.of(3200))),
            (CNY, "12.5", Ok(CNY.of(1250))),
            (CNY, ".05", Ok(CNY.of(5))),
            (CNY, "7.", Ok(CNY.of(700))),
            (JPY, "", Err("amount_missing")),
            (JPY, ".", Err("amount_not_a_number")),
            (JPY, "\u{2212}5", Err("amount_not_a_number")),
            (JPY, "-5", Err("amount_not_a_number")),
            (JPY, "1e3", Err("amount_not_a_number")),
            (JPY, "0.5", Err("amount_has_decimals")),
            (CNY, "0.001", Err("amount_has_decimals")),
            (JPY, "99999999999999999999", Err("amount_too_large")),
            (JPY, "0", Err("amount_not_positive")),
        ];
        for (unit, typed, read) in rows {
            assert_eq!(unit.read_typed(typed), read, "{typed}");
        }
    }

    #[test]
    fn shares_short_numbers_and_durations() {
        assert_eq!(Lang::Zh.percent(50), "0.5%");
        assert_eq!(Lang::En.percent(100), "1 %");
        assert_eq!(Lang::Ja.percent(325), "3.25%");
        assert_eq!(Lang::En.percent(1000), "10 %");
        assert_eq!(Lang::En.percent(0), "0 %");
        assert_eq!(Lang::En.short(80_000), "80k");
        assert_eq!(Lang::En.short(1_500_000), "1.5M");
        assert_eq!(Lang::Ja.short(320_000), "32万");
        assert_eq!(Lang::Zh.short(15_000), "1.5万");
        assert_eq!(Lang::Zh.short(800), "800");
        assert_eq!(Lang::En.millis(449), "0.4 ms");
        assert_eq!(Lang::En.millis(120_400), "120 ms");
    }

    #[test]
    fn times_carry_their_place() {
        assert_eq!(Lang::Zh.day(TOKYO.day(NOON)), "2026年11月1日");
        assert_eq!(Lang::Ja.day(TOKYO.day(NOON)), "2026年11月1日（日）");
        assert_eq!(Lang::En.day(TOKYO.day(NOON)), "1 Nov 2026");
        assert_eq!(Lang::Zh.both_clocks(NOON, TOKYO, BEIJING), "日本时间 12:47，北京时间 11:47");
        assert_eq!(Lang::Ja.both_clocks(NOON, TOKYO, BEIJING), "日本 12:47、北京 11:47");
        assert_eq!(Lang::En.both_clocks(NOON, TOKYO, BEIJING), "12:47 in Japan, 11:47 in Beijing");
        assert_eq!(Lang::En.when(NOON, NOON + 1, TOKYO), "12:47");
        assert_eq!(Lang::En.when(NOON, NOON + 86_400_000_000, TOKYO), "1 Nov, 12:47");
        assert_eq!(Lang::En.stamp(NOON, TOKYO), "1 Nov 2026, 12:47:09 in Japan");
        assert_eq!(Lang::En.clock(i64::MAX, Zone("No/Where")), "00:00");
    }
}
