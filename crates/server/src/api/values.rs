//! Values as they stand in JSON.

use std::fmt::{self, Display};
use std::str::FromStr;

use kernel::{Currency, Role, Timestamp};
use pay::Category;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::authorize::{role_of, role_word};
use crate::problem::Problem;

/// Anything that is a text in JSON: ids, currencies, rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<T>(pub T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<T>(std::marker::PhantomData<T>);
        impl<T: FromStr<Err: Display>> Visitor<'_> for Read<T> {
            type Value = Text<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<T>, E> {
                text.parse().map(Text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Read(std::marker::PhantomData))
    }
}

/// An amount in minor units: 3,200 JPY is 3200, 135.38 CNY is 13538.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Minor units, never below zero.
    #[schema(example = 3200)]
    pub amount: u64,
    /// ISO 4217.
    #[schema(value_type = String, example = "JPY")]
    pub currency: Text<Currency>,
}

impl Money {
    /// An amount of a currency.
    pub fn new(amount: u64, currency: Currency) -> Self {
        Self { amount, currency: Text(currency) }
    }

    /// The minor units, if they are of this currency; `field` is where the amount stands.
    pub(crate) fn minor_units(self, currency: Currency, field: &str) -> Result<u64, Problem> {
        if self.currency.0 == currency {
            return Ok(self.amount);
        }
        let detail = format!("The account is in {currency}, the amount is not.");
        let problem = Problem::new("currency_differs", detail.clone());
        Err(problem.in_field(format!("{field}/currency"), detail))
    }
}

/// A moment: RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub Timestamp);

impl Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = i64::try_from(self.0.0).unwrap_or(i64::MAX);
        let moment = jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX);
        moment.fmt(f)
    }
}

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "not a moment in RFC 3339, such as 2026-11-22T16:00:00Z, after 1970";
        let moment: jiff::Timestamp = text.parse().map_err(|_| wrong)?;
        u64::try_from(moment.as_microsecond())
            .map(|micros| Self(Timestamp(micros)))
            .map_err(|_| wrong)
    }
}

/// The day `20261030` as `2026-10-30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub u32);

impl Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(day) = self;
        write!(f, "{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)
    }
}

impl FromStr for Day {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "not a day such as 2026-10-30";
        let date: jiff::civil::Date = text.parse().map_err(|_| wrong)?;
        let year = u32::try_from(date.year()).map_err(|_| wrong)?;
        if text.len() != 10 || year < 1970 {
            return Err(wrong);
        }
        Ok(Self(
            year * 10_000
                + date.month().unsigned_abs() as u32 * 100
                + date.day().unsigned_abs() as u32,
        ))
    }
}

/// A merchant's trade by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trade(pub Category);

impl Display for Trade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.word())
    }
}

impl FromStr for Trade {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Category::from_word(text).map(Self).ok_or_else(|| {
            let words: Vec<_> = Category::ALL.into_iter().map(Category::word).collect();
            format!("not a trade; use one of {}", words.join(", "))
        })
    }
}

/// A role by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleName(pub Role);

impl Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(role_word(self.0))
    }
}

impl FromStr for RoleName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        role_of(text)
            .map(Self)
            .ok_or("not a role; use traveller, merchant, operator, partner or host")
    }
}

/// Nothing is asked for: an empty body or `{}`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_days_read_back() {
        let moment: Moment = "2026-11-22T16:00:00.5Z".parse().unwrap();
        assert_eq!(moment.0, Timestamp(1_795_363_200_500_000));
        assert_eq!(moment.to_string(), "2026-11-22T16:00:00.5Z");
        let shifted: Moment = "2026-11-23T01:00:00.5+09:00".parse().unwrap();
        assert_eq!(shifted, moment);
        for wrong in ["", "2026-11-22", "1969-12-31T23:59:59Z", "now"] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
        }
        assert_eq!("2026-10-30".parse(), Ok(Day(20_261_030)));
        assert_eq!(Day(20_261_030).to_string(), "2026-10-30");
        for wrong in ["20261030", "2026-13-01", "2026-02-30", "-002026-01-01"] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn money_takes_only_what_is_money() {
        let read = |text: &str| serde_json::from_str::<Money>(text).map_err(|e| e.to_string());
        assert_eq!(
            read(r#"{"amount":3200,"currency":"JPY"}"#),
            Ok(Money::new(3200, Currency::JPY))
        );
        for wrong in [
            r#"{"amount":-1,"currency":"JPY"}"#,
            r#"{"amount":1.0,"currency":"JPY"}"#,
            r#"{"amount":"1","currency":"JPY"}"#,
            r#"{"amount":1,"currency":"jpy"}"#,
            r#"{"amount":1,"currency":392}"#,
            r#"{"amount":1}"#,
            r#"{"amount":1,"currency":"JPY","x":1}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
