//! Figures that a newspaper reported of the first years of wallets from abroad in Japan: cited
//! constants, to stand beside what is computed. Nothing is computed from them, and no simulated
//! market is fitted to them.

/// Where all of them are from.
pub const SOURCE: &str =
    "China Daily, \u{201c}Digital redefines Sino-Japanese ties\u{201d}, 29 October 2018";

/// What was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// What a trip came to, nearly, and what that was in US dollars, both in whole units.
    Spend {
        /// Yuan.
        yuan: u64,
        /// US dollars, as reported.
        dollars: u64,
    },
    /// No amount, only by how much it had grown.
    Unsaid,
    /// So many times as many.
    Times(u64),
    /// So many of the 47 prefectures.
    Prefectures(u64),
    /// People, in hundred thousands.
    HundredThousands(u64),
}

/// A figure as it was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The word by which pages name it.
    pub key: &'static str,
    /// The figure.
    pub value: Value,
    /// By how much more than a year before, in per cent, where that was said.
    pub grown_percent: Option<u32>,
}

/// An average Chinese visitor's spending with Alipay in Japan on a trip, July and August 2018.
pub const SPEND_A_TRIP: Reported = Reported {
    key: "spend",
    value: Value::Spend { yuan: 3_900, dollars: 562 },
    grown_percent: Some(52),
};

/// Alipay's transaction volume in Japan, July and August 2018.
pub const VOLUME: Reported =
    Reported { key: "volume", value: Value::Unsaid, grown_percent: Some(165) };

/// WeChat Pay's transactions in Japan in June 2017 beside those of January.
pub const HALF_A_YEAR: Reported =
    Reported { key: "times", value: Value::Times(16), grown_percent: None };

/// Where Alipay was taken in 2018.
pub const COVERAGE: Reported =
    Reported { key: "coverage", value: Value::Prefectures(47), grown_percent: None };

/// Visitors from the mainland of China to Japan in 2017.
pub const VISITORS: Reported =
    Reported { key: "visitors", value: Value::HundredThousands(73), grown_percent: Some(15) };

/// All of them, in the order that pages show them.
pub const ALL: [Reported; 5] = [SPEND_A_TRIP, VOLUME, HALF_A_YEAR, COVERAGE, VISITORS];
