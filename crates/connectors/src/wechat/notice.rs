//! Notifications: what WeChat Pay tells by itself, signed and sealed.
//!
//! Source: WeChat Pay, "Payment Result Notification" and "Refund Notification" (api_external/en).

use connector::{Disbelief, Notified, OrderNumber, RefundNumber};
use serde::Deserialize;

use crate::wechat::replies::{Order, Refund};
use crate::wechat::seal::{Sealed, Unopened};
use crate::wechat::wallet::Wallet;

/// The most bytes of a notification.
const MOST: usize = 64 * 1024;

#[derive(Deserialize)]
struct Notice {
    event_type: String,
    resource: Sealed,
}

impl Wallet {
    pub(crate) fn read_notice(
        &self,
        header: &dyn Fn(&str) -> Option<String>,
        body: &[u8],
    ) -> Result<Notified, Disbelief> {
        if body.len() > MOST {
            return Err(Disbelief::Unreadable("it is too large"));
        }
        self.wire().believe(header, body)?;
        let notice: Notice = serde_json::from_slice(body)
            .map_err(|_| Disbelief::Unreadable("it is no notification"))?;
        let said = self.wire().seal.open(&notice.resource).map_err(|Unopened| {
            Disbelief::Unreadable("it is not sealed under this merchant's API v3 key")
        })?;
        match notice.event_type.split('.').next() {
            Some("TRANSACTION") => self.notice_of_order(&said),
            Some("REFUND") => self.notice_of_refund(&said),
            _ => Ok(Notified::Other),
        }
    }

    fn notice_of_order(&self, said: &[u8]) -> Result<Notified, Disbelief> {
        let order: Order = serde_json::from_slice(said)
            .map_err(|_| Disbelief::Unreadable("it tells of no order"))?;
        if !order.is_ours(self.settings()) {
            return Err(Disbelief::NotOurs);
        }
        let (Some(number), Some(state)) = (&order.out_trade_no, &order.trade_state) else {
            return Err(Disbelief::Unreadable("it names no order"));
        };
        // One that another system made under the same merchant is none of ours.
        let Ok(number) = number.parse::<OrderNumber>() else { return Ok(Notified::Other) };
        let outcome = order.by_state(self.settings(), state, said);
        Ok(Notified::Payment { number, outcome })
    }

    fn notice_of_refund(&self, said: &[u8]) -> Result<Notified, Disbelief> {
        let refund: Refund = serde_json::from_slice(said)
            .map_err(|_| Disbelief::Unreadable("it tells of no refund"))?;
        if !refund.is_ours(self.settings()) {
            return Err(Disbelief::NotOurs);
        }
        let number = refund.out_refund_no.as_deref();
        let number = number.ok_or(Disbelief::Unreadable("it names no refund"))?;
        let Ok(number) = number.parse::<RefundNumber>() else { return Ok(Notified::Other) };
        let outcome = refund.by_status(self.settings(), said);
        Ok(Notified::Refund { number, outcome })
    }
}
