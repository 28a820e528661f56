//! Orders: made by a code that is shown or taken, asked about, cancelled.

use std::time::Duration;

use connector::{Ask, Asked, Created, Declined, Outcome, Shape, Way};
use jiff::tz::{TimeZone, offset};
use kernel::{Span, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::wechat::believe::WINDOW_S;
use crate::wechat::codes::{self, Meaning};
use crate::wechat::replies::Order;
use crate::wechat::settings::Region;
use crate::wechat::wallet::Wallet;
use crate::wechat::wire::{Answer, Method, NoAnswer, Question};

/// How long an answer to each kind of question is waited for. Somebody stands at the till.
const MAKING: Duration = Duration::from_secs(10);
const ASKING: Duration = Duration::from_secs(5);

/// A request that was signed this long ago is not taken any more, with a minute for clocks and for
/// our own last try.
const LOST: Span = Span::seconds(WINDOW_S + 60);
/// An order may be closed this long after it was made. (Close Order: "the minimum call interval is 5
/// minutes".)
const CLOSABLE: Span = Span::seconds(300);
/// A payment by the payer's code may be reversed this long after it was asked for. (Revoke Order:
/// "at least 15 seconds after payment".)
const REVERSIBLE: Span = Span::seconds(15);

#[derive(Deserialize)]
struct Code {
    code_url: String,
}

impl Wallet {
    pub(crate) fn create_order(&self, ask: &Ask) -> Created {
        let asked = Asked {
            number: ask.number,
            amount: ask.amount,
            shape: ask.way.shape(),
            at: self.now(),
        };
        let settings = self.settings();
        let path = match &ask.way {
            Way::Show => settings.native_path(),
            Way::Take(_) => settings.code_path(),
        };
        let body = self.order_body(ask);
        let question = Question { method: Method::Post, path: &path, body, patience: MAKING };
        let (outcome, code) = match self.wire().ask(&question) {
            Ok(Answer::Done(said)) => match ask.way {
                Way::Show => shown(&said),
                Way::Take(_) => (self.told(&asked, &said), None),
            },
            Ok(Answer::Refused(code)) => (self.refused(&asked, &code), None),
            Err(NoAnswer) => (Outcome::Unknown, None),
        };
        Created { outcome, code }
    }

    fn order_body(&self, ask: &Ask) -> Zeroizing<String> {
        let settings = self.settings();
        let mut body = settings.names();
        let mut say = |name: &str, value: Value| body.insert(name.to_owned(), value);
        say("description", json!(short(&ask.store)));
        say("out_trade_no", json!(ask.number.to_string()));
        let amount = json!({"total": ask.amount.minor, "currency": ask.amount.currency.code()});
        say("amount", amount);
        if let Region::Global { category } = &settings.region {
            say("merchant_category_code", json!(category));
        }
        match &ask.way {
            Way::Show => {
                say("notify_url", json!(settings.notify_url));
                say("time_expire", json!(beijing(ask.deadline)));
                if matches!(settings.region, Region::Global { .. }) {
                    say("trade_type", json!("NATIVE"));
                }
            }
            Way::Take(scanned) => {
                say("payer", json!({"auth_code": scanned.digits()}));
                match settings.region {
                    Region::Global { .. } => say("trade_type", json!("MICROPAY")),
                    Region::Mainland => {
                        say("scene_info", json!({"store_info": {"out_id": ask.store_id}}))
                    }
                };
            }
        }
        written(body)
    }

    /// What an answer tells of the order that was asked about.
    fn told(&self, asked: &Asked, said: &[u8]) -> Outcome {
        let order = serde_json::from_slice::<Order>(said);
        order.map_or(Outcome::Unknown, |order| order.outcome(self.settings(), asked, said))
    }

    fn refused(&self, asked: &Asked, code: &str) -> Outcome {
        match codes::of_order(code) {
            Meaning::Declined(why) => Outcome::Declined(why),
            Meaning::Pending => Outcome::Pending,
            Meaning::AskedBefore => match self.look(asked) {
                // Refused, and there is none: this very request made nothing.
                Found::None => Outcome::Declined(Declined::NotPermitted),
                Found::Order(outcome) => outcome,
                Found::Nobody => Outcome::Unknown,
            },
            Meaning::NotFound | Meaning::TooFast | Meaning::Unknown => Outcome::Unknown,
        }
    }

    pub(crate) fn query_order(&self, asked: &Asked) -> Outcome {
        match self.look(asked) {
            Found::Order(outcome) => outcome,
            Found::None if self.is_past(asked, LOST) => Outcome::Declined(Declined::NeverArrived),
            Found::None | Found::Nobody => Outcome::Unknown,
        }
    }

    fn look(&self, asked: &Asked) -> Found {
        let path = self.settings().order_path(asked.number);
        let body = Zeroizing::default();
        let question = Question { method: Method::Get, path: &path, body, patience: ASKING };
        match self.wire().ask(&question) {
            Ok(Answer::Done(said)) => Found::Order(self.told(asked, &said)),
            Ok(Answer::Refused(code)) if codes::of_order(&code) == Meaning::NotFound => Found::None,
            Ok(Answer::Refused(_)) | Err(NoAnswer) => Found::Nobody,
        }
    }

    /// Looks first: what was paid in time stays paid, and nothing is cancelled before it may be.
    pub(crate) fn cancel_order(&self, asked: &Asked) -> Outcome {
        let found = self.query_order(asked);
        let wait = match asked.shape {
            Shape::Shown => CLOSABLE,
            Shape::Taken => REVERSIBLE,
        };
        if found.is_end() || !self.is_past(asked, wait) {
            return found;
        }
        let path = self.settings().cancel_path(asked.number, asked.shape);
        let body = written(self.settings().merchant());
        let question = Question { method: Method::Post, path: &path, body, patience: ASKING };
        match self.wire().ask(&question) {
            Ok(Answer::Done(_)) => Outcome::Declined(Declined::Cancelled),
            // Paid, closed or lost in between: what it is now is asked.
            Ok(Answer::Refused(_)) => self.query_order(asked),
            Err(NoAnswer) => Outcome::Unknown,
        }
    }

    fn is_past(&self, asked: &Asked, span: Span) -> bool {
        self.now() > asked.at.plus(span)
    }
}

/// What a question about an order found.
enum Found {
    /// It is there.
    Order(Outcome),
    /// It is not.
    None,
    /// Nobody said.
    Nobody,
}

fn shown(said: &[u8]) -> (Outcome, Option<String>) {
    match serde_json::from_slice::<Code>(said) {
        Ok(Code { code_url }) if (1..=512).contains(&code_url.len()) => {
            (Outcome::Pending, Some(code_url))
        }
        _ => (Outcome::Unknown, None),
    }
}

pub(crate) fn written(body: Map<String, Value>) -> Zeroizing<String> {
    Zeroizing::new(Value::Object(body).to_string())
}

/// What the payer's bill says: at most 127 bytes, cut between characters.
fn short(name: &str) -> &str {
    let mut end = name.len().min(127);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

/// A moment as WeChat Pay writes it, in Beijing's time: 2018-06-08T10:34:56+08:00.
fn beijing(at: Timestamp) -> String {
    let seconds = i64::try_from(at.seconds()).unwrap_or(i64::MAX);
    let moment = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    let there = moment.to_zoned(TimeZone::fixed(offset(8)));
    there.strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_beijings_time() {
        let at = Timestamp::from_seconds(1_528_425_296);
        assert_eq!(beijing(at), "2018-06-08T10:34:56+08:00");
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let name = "店".repeat(50);
        assert_eq!(short(&name), "店".repeat(42));
        assert_eq!(short("Takumi Soba"), "Takumi Soba");
    }
}
