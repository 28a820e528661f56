//! ISO 4217: what the core knows of a currency is its code, its number and its decimals.

use std::fmt;
use std::str::FromStr;

/// A currency by its ISO 4217 number. Only currencies of the table can be made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(u16);

/// A code or number that is not in ISO 4217, or has no minor unit there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a currency of ISO 4217; use a code such as CNY or JPY")]
pub struct UnknownCurrency;

impl Currency {
    /// The yuan.
    pub const CNY: Self = Self(156);
    /// The yen.
    pub const JPY: Self = Self(392);
    /// The euro, the base of the European Central Bank's reference rates.
    pub const EUR: Self = Self(978);
    /// The United States dollar.
    pub const USD: Self = Self(840);

    /// The currency of an ISO 4217 number.
    pub fn from_numeric(numeric: u16) -> Result<Self, UnknownCurrency> {
        row(numeric).map(|_| Self(numeric)).ok_or(UnknownCurrency)
    }

    /// The three-digit number, as EMVCo codes carry it.
    pub const fn numeric(self) -> u16 {
        self.0
    }

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        row(self.0).map_or("XXX", |(code, _, _)| code)
    }

    /// How many decimals the minor unit has: 2 for CNY, 0 for JPY.
    pub fn exponent(self) -> u8 {
        row(self.0).map_or(0, |(_, _, exponent)| *exponent)
    }
}

fn row(numeric: u16) -> Option<&'static (&'static str, u16, u8)> {
    // The two currencies of nearly every look-up come first.
    static CNY: (&str, u16, u8) = ("CNY", 156, 2);
    static JPY: (&str, u16, u8) = ("JPY", 392, 0);
    match numeric {
        156 => Some(&CNY),
        392 => Some(&JPY),
        _ => TABLE.iter().find(|(_, number, _)| *number == numeric),
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        TABLE
            .binary_search_by(|(known, _, _)| (*known).cmp(code))
            .map(|at| Self(TABLE[at].1))
            .map_err(|_| UnknownCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl<C> minicbor::Encode<C> for Currency {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u16(self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Currency {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::from_numeric(d.u16()?).map_err(|_| minicbor::decode::Error::message("currency"))
    }
}

/// Code, number, decimals; sorted by code (SIX, list one, 1 January 2026).
#[rustfmt::skip]
static TABLE: &[(&str, u16, u8)] = &[
    ("AED", 784, 2), ("AFN", 971, 2), ("ALL", 8, 2), ("AMD", 51, 2), ("AOA", 973, 2),
    ("ARS", 32, 2), ("AUD", 36, 2), ("AWG", 533, 2), ("AZN", 944, 2), ("BAM", 977, 2),
    ("BBD", 52, 2), ("BDT", 50, 2), ("BHD", 48, 3), ("BIF", 108, 0), ("BMD", 60, 2),
    ("BND", 96, 2), ("BOB", 68, 2), ("BOV", 984, 2), ("BRL", 986, 2), ("BSD", 44, 2),
    ("BTN", 64, 2), ("BWP", 72, 2), ("BYN", 933, 2), ("BZD", 84, 2), ("CAD", 124, 2),
    ("CDF", 976, 2), ("CHE", 947, 2), ("CHF", 756, 2), ("CHW", 948, 2), ("CLF", 990, 4),
    ("CLP", 152, 0), ("CNY", 156, 2), ("COP", 170, 2), ("COU", 970, 2), ("CRC", 188, 2),
    ("CUP", 192, 2), ("CVE", 132, 2), ("CZK", 203, 2), ("DJF", 262, 0), ("DKK", 208, 2),
    ("DOP", 214, 2), ("DZD", 12, 2), ("EGP", 818, 2), ("ERN", 232, 2), ("ETB", 230, 2),
    ("EUR", 978, 2), ("FJD", 242, 2), ("FKP", 238, 2), ("GBP", 826, 2), ("GEL", 981, 2),
    ("GHS", 936, 2), ("GIP", 292, 2), ("GMD", 270, 2), ("GNF", 324, 0), ("GTQ", 320, 2),
    ("GYD", 328, 2), ("HKD", 344, 2), ("HNL", 340, 2), ("HTG", 332, 2), ("HUF", 348, 2),
    ("IDR", 360, 2), ("ILS", 376, 2), ("INR", 356, 2), ("IQD", 368, 3), ("IRR", 364, 2),
    ("ISK", 352, 0), ("JMD", 388, 2), ("JOD", 400, 3), ("JPY", 392, 0), ("KES", 404, 2),
    ("KGS", 417, 2), ("KHR", 116, 2), ("KMF", 174, 0), ("KPW", 408, 2), ("KRW", 410, 0),
    ("KWD", 414, 3), ("KYD", 136, 2), ("KZT", 398, 2), ("LAK", 418, 2), ("LBP", 422, 2),
    ("LKR", 144, 2), ("LRD", 430, 2), ("LSL", 426, 2), ("LYD", 434, 3), ("MAD", 504, 2),
    ("MDL", 498, 2), ("MGA", 969, 2), ("MKD", 807, 2), ("MMK", 104, 2), ("MNT", 496, 2),
    ("MOP", 446, 2), ("MRU", 929, 2), ("MUR", 480, 2), ("MVR", 462, 2), ("MWK", 454, 2),
    ("MXN", 484, 2), ("MXV", 979, 2), ("MYR", 458, 2), ("MZN", 943, 2), ("NAD", 516, 2),
    ("NGN", 566, 2), ("NIO", 558, 2), ("NOK", 578, 2), ("NPR", 524, 2), ("NZD", 554, 2),
    ("OMR", 512, 3), ("PAB", 590, 2), ("PEN", 604, 2), ("PGK", 598, 2), ("PHP", 608, 2),
    ("PKR", 586, 2), ("PLN", 985, 2), ("PYG", 600, 0), ("QAR", 634, 2), ("RON", 946, 2),
    ("RSD", 941, 2), ("RUB", 643, 2), ("RWF", 646, 0), ("SAR", 682, 2), ("SBD", 90, 2),
    ("SCR", 690, 2), ("SDG", 938, 2), ("SEK", 752, 2), ("SGD", 702, 2), ("SHP", 654, 2),
    ("SLE", 925, 2), ("SOS", 706, 2), ("SRD", 968, 2), ("SSP", 728, 2), ("STN", 930, 2),
    ("SVC", 222, 2), ("SYP", 760, 2), ("SZL", 748, 2), ("THB", 764, 2), ("TJS", 972, 2),
    ("TMT", 934, 2), ("TND", 788, 3), ("TOP", 776, 2), ("TRY", 949, 2), ("TTD", 780, 2),
    ("TWD", 901, 2), ("TZS", 834, 2), ("UAH", 980, 2), ("UGX", 800, 0), ("USD", 840, 2),
    ("USN", 997, 2), ("UYI", 940, 0), ("UYU", 858, 2), ("UYW", 927, 4), ("UZS", 860, 2),
    ("VED", 926, 2), ("VES", 928, 2), ("VND", 704, 0), ("VUV", 548, 0), ("WST", 882, 2),
    ("XAD", 396, 2), ("XAF", 950, 0), ("XCD", 951, 2), ("XCG", 532, 2), ("XOF", 952, 0),
    ("XPF", 953, 0), ("YER", 886, 2), ("ZAR", 710, 2), ("ZMW", 967, 2), ("ZWG", 924, 2),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_each_number_stands_once() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let mut numbers: Vec<u16> = TABLE.iter().map(|row| row.1).collect();
        numbers.sort_unstable();
        assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn yen_has_no_decimals_and_yuan_two() {
        assert_eq!("JPY".parse::<Currency>().unwrap(), Currency::JPY);
        assert_eq!((Currency::JPY.exponent(), Currency::CNY.exponent()), (0, 2));
        assert_eq!(Currency::JPY.code(), "JPY");
        assert!("jpy".parse::<Currency>().is_err());
        assert!(Currency::from_numeric(999).is_err());
    }
}
