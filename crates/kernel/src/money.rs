//! Money, the one rounding function, and exact exchange rates.

use crate::Currency;
use crate::plant::{Bug, is_planted};

/// An amount in minor units (yen, fen, cents) of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Money {
    /// Minor units: 3,200 JPY is 3200, 135.38 CNY is 13538.
    #[n(0)]
    pub minor: u64,
    /// Whose minor units.
    #[n(1)]
    pub currency: Currency,
}

/// Why two amounts can't be put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The amounts are of two currencies.
    #[error("amounts of two currencies can't be added")]
    CurrenciesDiffer,
    /// The result does not fit 64 bits, or is below zero.
    #[error("the amount is out of range")]
    OutOfRange,
}

impl Money {
    /// An amount of `minor` units.
    pub const fn new(minor: u64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The sum of two amounts of one currency.
    pub fn try_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }

    /// What is left of an amount; never below zero.
    pub fn try_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }

    fn same(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::CurrenciesDiffer) }
    }
}

/// To whose favour a fraction of a minor unit goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, ties to even: conversions, spreads and fees.
    HalfEven,
    /// Towards zero: shares of a whole, so that parts never exceed it.
    Down,
}

/// `amount × numerator ÷ denominator`, rounded once. `None` when it does not fit, or the
/// denominator is zero. This is the only place where money is rounded.
pub fn ratio(amount: u64, numerator: u128, denominator: u128, rounding: Rounding) -> Option<u64> {
    let product = u128::from(amount).checked_mul(numerator)?;
    let whole = product.checked_div(denominator)?;
    let rest = product % denominator;
    let up = match rounding {
        Rounding::Down => false,
        Rounding::HalfEven => match rest.cmp(&(denominator - rest)) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => whole % 2 == 1,
            std::cmp::Ordering::Greater => true,
        },
    };
    u64::try_from(whole + u128::from(up)).ok()
}

/// The cumulative share of `component` after `part` of `whole`: rounded down, and exact at the
/// end. What a single part takes or gives back is the difference of two of these.
pub fn share(component: u64, part: u64, whole: u64) -> u64 {
    if part >= whole {
        return component;
    }
    let down = ratio(component, u128::from(part), u128::from(whole), Rounding::Down);
    let share = down.unwrap_or(component);
    if is_planted(Bug::RefundRoundsUp) && part > 0 { share + 1 } else { share }
}

/// `amount × basis points ÷ 10,000`, half to even.
pub fn basis_points(amount: u64, bps: u32) -> Option<u64> {
    ratio(amount, u128::from(bps), 10_000, Rounding::HalfEven)
}

/// An exact decimal: `digits × 10^-scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Decimal {
    /// The digits without the point.
    #[n(0)]
    pub digits: u64,
    /// How many of them stand behind the point.
    #[n(1)]
    pub scale: u8,
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scale = usize::from(self.scale);
        let text = format!("{:0>width$}", self.digits, width = scale + 1);
        let (whole, part) = text.split_at(text.len() - scale);
        f.write_str(whole)?;
        if part.is_empty() { Ok(()) } else { write!(f, ".{part}") }
    }
}

impl std::str::FromStr for Decimal {
    type Err = MoneyError;

    /// Reads plain decimals of up to 18 digits: `175.68`, `7`, never a sign or an exponent.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        let dangling = text.contains('.') && part.is_empty();
        if whole.is_empty() || dangling || !plain(whole) || !plain(part) || text.len() > 19 {
            return Err(MoneyError::OutOfRange);
        }
        let digits = format!("{whole}{part}").parse().map_err(|_| MoneyError::OutOfRange)?;
        Ok(Self { digits, scale: part.len() as u8 })
    }
}

/// A cross rate as the ratio of two published decimals per one common base, never rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossRate {
    /// Units of the currency converted from, for one of the base.
    pub from: Decimal,
    /// Units of the currency converted to, for one of the base.
    pub to: Decimal,
}

impl CrossRate {
    /// Converts minor units of one currency into minor units of the other, half to even.
    /// `None` when a published rate is zero or the result does not fit.
    pub fn convert(&self, minor: u64, from: Currency, to: Currency) -> Option<u64> {
        let power = |exponent: u32| 10u128.checked_pow(exponent);
        let numerator = u128::from(self.to.digits)
            .checked_mul(power(u32::from(self.from.scale) + u32::from(to.exponent()))?)?;
        let denominator = u128::from(self.from.digits)
            .checked_mul(power(u32::from(self.to.scale) + u32::from(from.exponent()))?)?;
        if denominator == 0 || numerator == 0 {
            return None;
        }
        ratio(minor, numerator, denominator, Rounding::HalfEven)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn the_reference_payment_converts_exactly() {
        // ECB, 30 October 2026: 7.4326 CNY and 175.68 JPY for one EUR.
        let rate = CrossRate { from: decimal("175.68"), to: decimal("7.4326") };
        assert_eq!(rate.convert(3200, Currency::JPY, Currency::CNY), Some(13538));
        assert_eq!(basis_points(13538, 50), Some(68));
    }

    #[test]
    fn half_goes_to_even_and_shares_go_down() {
        assert_eq!(ratio(5, 1, 2, Rounding::HalfEven), Some(2));
        assert_eq!(ratio(7, 1, 2, Rounding::HalfEven), Some(4));
        assert_eq!(ratio(7, 1, 2, Rounding::Down), Some(3));
        assert_eq!(ratio(1, 1, 0, Rounding::Down), None);
        assert_eq!(ratio(u64::MAX, 2, 1, Rounding::Down), None);
        assert_eq!(share(13538, 1000, 3200), 4230);
        assert_eq!(share(13538, 3200, 3200), 13538);
    }

    #[test]
    fn decimals_print_as_they_were_read() {
        for text in ["7.4326", "0.05", "175.68", "12"] {
            assert_eq!(decimal(text).to_string(), text);
        }
        for text in ["", ".5", "5.", "-1", "1e3", "1.2.3", "١", "99999999999999999999"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }

    #[test]
    fn two_currencies_do_not_add() {
        let yuan = Money::new(1, Currency::CNY);
        let yen = Money::new(1, Currency::JPY);
        assert_eq!(yuan.try_add(yen), Err(MoneyError::CurrenciesDiffer));
        assert_eq!(yuan.try_sub(Money::new(2, Currency::CNY)), Err(MoneyError::OutOfRange));
    }
}
