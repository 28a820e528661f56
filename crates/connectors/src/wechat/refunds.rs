//! Refunds: asked for under our own number, as often as needed.

use std::time::Duration;

use connector::{RefundAsk, RefundOutcome, Snag};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::wechat::codes::{self, RefundMeaning};
use crate::wechat::orders::written;
use crate::wechat::replies::Refund;
use crate::wechat::wallet::Wallet;
use crate::wechat::wire::{Answer, Method, NoAnswer, Question};

const PATIENCE: Duration = Duration::from_secs(10);

impl Wallet {
    pub(crate) fn create_refund(&self, ask: &RefundAsk) -> RefundOutcome {
        let settings = self.settings();
        let mut body = settings.refund_names();
        let mut say = |name: &str, value: Value| body.insert(name.to_owned(), value);
        say("out_trade_no", json!(ask.order.to_string()));
        say("out_refund_no", json!(ask.number.to_string()));
        say("notify_url", json!(settings.notify_url));
        say(
            "amount",
            json!({
                "refund": ask.amount.minor,
                "total": ask.paid,
                "currency": ask.amount.currency.code(),
            }),
        );
        let (path, body) = (settings.refunds_path(), written(body));
        let question = Question { method: Method::Post, path, body, patience: PATIENCE };
        match self.wire().ask(&question) {
            Ok(Answer::Done(said)) => self.told_of_refund(ask, &said),
            Ok(Answer::Refused(code)) => match codes::of_refund(&code) {
                RefundMeaning::Refused(why) => RefundOutcome::Refused(why),
                RefundMeaning::BalanceTooLow => RefundOutcome::Stuck(Snag::BalanceTooLow),
                RefundMeaning::NotFound | RefundMeaning::TooFast | RefundMeaning::Unknown => {
                    RefundOutcome::Unknown
                }
            },
            Err(NoAnswer) => RefundOutcome::Unknown,
        }
    }

    /// A refund that is not known there was never taken: it is `Unknown`, and asking for it again
    /// with its number makes it.
    pub(crate) fn look_for_refund(&self, ask: &RefundAsk) -> RefundOutcome {
        let path = self.settings().refund_path(ask.number);
        let body = Zeroizing::default();
        let question = Question { method: Method::Get, path: &path, body, patience: PATIENCE };
        match self.wire().ask(&question) {
            Ok(Answer::Done(said)) => self.told_of_refund(ask, &said),
            Ok(Answer::Refused(_)) | Err(NoAnswer) => RefundOutcome::Unknown,
        }
    }

    fn told_of_refund(&self, ask: &RefundAsk, said: &[u8]) -> RefundOutcome {
        let refund = serde_json::from_slice::<Refund>(said);
        refund.map_or(RefundOutcome::Unknown, |refund| refund.outcome(self.settings(), ask, said))
    }
}
