//! Two clocks: one by which orders grow old, one by which signatures do. The first stands still
//! until a test moves it, so that a slow machine changes nothing; it may be moved to next year
//! without any request being late for it.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};

/// Seconds since 1970.
pub(crate) type Seconds = i64;

/// The two clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    business: Seconds,
    /// How far the second is ahead of the machine's.
    pub(crate) wire_ahead: Seconds,
}

impl Clock {
    /// Both at the machine's time.
    pub(crate) fn start() -> Clock {
        Clock { business: machine(), wire_ahead: 0 }
    }

    pub(crate) fn advance(&mut self, by: Seconds) {
        self.business += by;
    }

    /// When something happens: when an order expires, a refund is too late.
    pub(crate) fn now(self) -> Seconds {
        self.business
    }

    /// What stands in `Wechatpay-Timestamp`, and what an `Authorization` is held against.
    pub(crate) fn wire(self) -> Seconds {
        machine() + self.wire_ahead
    }
}

fn machine() -> Seconds {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Seconds::try_from(since.as_secs()).unwrap_or(Seconds::MAX)
}

/// As the platform writes it: RFC 3339 in Beijing's time.
pub(crate) fn rfc3339(at: Seconds) -> String {
    let at = Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH);
    let beijing = at.to_zoned(TimeZone::fixed(offset(8)));
    beijing.strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}

/// The date alone, as it stands in numbers of the platform: `20181127`.
pub(crate) fn date(at: Seconds) -> String {
    rfc3339(at)[..10].replace('-', "")
}

/// A time with its zone; `None` if it is anything else.
pub(crate) fn parse(text: &str) -> Option<Seconds> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_example_is_read_and_written() {
        let text = "2015-05-20T13:29:35+08:00";
        let at = parse(text).unwrap();
        assert_eq!(
            (at, rfc3339(at).as_str(), date(at).as_str()),
            (1_432_099_775, text, "20150520")
        );
        assert_eq!(parse("2015-05-20T05:29:35Z"), Some(at));
        assert_eq!(parse("2015-05-20T13:29:35"), None);
    }
}
