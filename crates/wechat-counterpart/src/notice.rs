//! Notifications: what they say, when they come again, and the thread that sends them.
//!
//! Sources: *payment notice* and *refund result notice*
//! (`pay.weixin.qq.com/docs/partner/apis/partner-native-payment/payment-notice.html`,
//! `…/wiki/doc/apiv3/apis/chapter3_1_11.shtml`).

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::{Seconds, date, rfc3339};
use crate::fault::Spoilt;
use crate::order::{Order, Refund, RefundStatus};
use crate::seal::seal;
use crate::shape;
use crate::speak::{Ring, Spoken, signed};
use crate::world::World;

/// How long after one try the next is due: 15s/15s/30s/3m/10m/20m/30m/30m/30m/60m/3h/3h/3h/6h/6h.
const AGAIN_AFTER: [Seconds; 15] =
    [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600];
/// How long a merchant may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A notification that was or is to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub(crate) id: String,
    pub(crate) mchid: String,
    pub(crate) url: String,
    pub(crate) event_type: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) original_type: &'static str,
    pub(crate) resource: Value,
    pub(crate) created: Seconds,
    /// When it is due; none once it was taken, or given up.
    pub(crate) due: Option<Seconds>,
    pub(crate) tries: Vec<Option<u16>>,
    /// It was sent, and the answer is waited for.
    pub(crate) is_on_its_way: bool,
    /// As it was sent last.
    pub(crate) sent: Option<Spoken>,
}

/// The order was paid. Without a URL nobody is told, as with a payer's code.
pub(crate) fn of_payment(world: &mut World, order: &Order) {
    let Some(url) = order.notify_url.clone() else { return };
    let what = ("TRANSACTION.SUCCESS", "支付成功", "transaction");
    push(world, &order.owner.mchid, url, what, shape::order(order));
}

/// A refund came to an end.
pub(crate) fn of_refund(world: &mut World, refund: &Refund, order: &Order) {
    let Some(url) = refund.notify_url.clone() else { return };
    let what = match refund.status {
        RefundStatus::Success => ("REFUND.SUCCESS", "退款成功", "refund"),
        RefundStatus::Abnormal => ("REFUND.ABNORMAL", "退款异常", "refund"),
        RefundStatus::Closed => ("REFUND.CLOSED", "退款关闭", "refund"),
        RefundStatus::Processing => return,
    };
    push(world, &refund.owner.mchid, url, what, shape::refund_notice(refund, order));
}

fn push(
    world: &mut World,
    mchid: &str,
    url: String,
    (event_type, summary, original_type): (&'static str, &'static str, &'static str),
    resource: Value,
) {
    let now = world.clock.now();
    let number = world.next();
    world.notices.push(Notice {
        id: format!("EV-{}{number:010}", date(now)),
        mchid: mchid.to_owned(),
        url,
        event_type,
        summary,
        original_type,
        resource,
        created: now,
        due: (!world.rules.notify_by_hand).then_some(now),
        tries: Vec::new(),
        is_on_its_way: false,
        sent: None,
    });
}

/// How a notification lies, beyond its signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lie {
    /// Its signature, or what it is made of, is this.
    pub spoilt: Option<Spoilt>,
    /// It names this sum as paid (`amount.total`), well signed and sealed.
    pub total: Option<i64>,
    /// It is about this order of the merchant (`out_trade_no`), well signed and sealed.
    pub out_trade_no: Option<String>,
    /// It is sealed with a key that is not the merchant's.
    pub sealed_by_another: bool,
}

/// The notification as it goes out.
pub(crate) fn compose(world: &mut World, at: usize, lie: &Lie) -> Option<Spoken> {
    let notice = world.notices[at].clone();
    if lie.spoilt == Some(Spoilt::Replayed) {
        return notice.sent;
    }
    let mut resource = notice.resource;
    if let Some(total) = lie.total {
        resource["amount"]["total"] = total.into();
    }
    if let Some(number) = &lie.out_trade_no {
        resource["out_trade_no"] = number.as_str().into();
    }
    let merchant = &world.merchants[&notice.mchid];
    let mut key = *merchant.api_v3_key();
    if lie.sealed_by_another {
        key.reverse();
    }
    let number = world.next();
    let nonce = format!("{number:012}");
    let nonce: &[u8; 12] = nonce.as_bytes().try_into().ok()?;
    let text = seal(&key, nonce, notice.original_type, resource.to_string().as_bytes());
    let body = json!({
        "id": notice.id,
        "create_time": rfc3339(notice.created),
        "resource_type": "encrypt-resource",
        "event_type": notice.event_type,
        "summary": notice.summary,
        "resource": {
            "original_type": notice.original_type,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": text,
            "associated_data": notice.original_type,
            "nonce": String::from_utf8_lossy(nonce),
        },
    });
    let now = world.clock.wire();
    let ring = Ring {
        due: world.notifying_key(&notice.mchid),
        retired: &world.platform[world.retired],
        stranger: &world.stranger,
    };
    let spoken = Spoken::new(200, body.to_string().into_bytes());
    Some(signed(spoken, &ring, now, &format!("{number:032X}"), lie.spoilt))
}

/// Sends it; the status that came back, none if none did.
pub(crate) fn post(url: &str, spoken: &Spoken) -> Option<u16> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into();
    let mut request = agent.post(url).header("user-agent", "Mozilla/4.0");
    for (name, value) in &spoken.headers {
        request = request.header(*name, value);
    }
    request.send(&spoken.body).ok().map(|answer| answer.status().as_u16())
}

/// Writes down what came of a try. 200 and 204 are taken; anything else comes again, 15 times.
pub(crate) fn tried(world: &mut World, at: usize, spoken: Spoken, status: Option<u16>) {
    let now = world.clock.now();
    let by_hand = world.rules.notify_by_hand;
    let notice = &mut world.notices[at];
    let again = AGAIN_AFTER.get(notice.tries.len()).map(|after| now + after);
    notice.tries.push(status);
    notice.sent = Some(spoken);
    notice.is_on_its_way = false;
    let is_taken = matches!(status, Some(200 | 204));
    notice.due = again.filter(|_| !is_taken && !by_hand);
}

/// What the threads share.
pub(crate) struct Shared {
    pub(crate) world: Mutex<World>,
    /// Told when a notification may have become due, and at the end.
    pub(crate) wake: Condvar,
    pub(crate) ended: Mutex<bool>,
}

impl Shared {
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends what is due, one after another, until the end.
pub(crate) fn deliver_until_the_end(shared: &Arc<Shared>) {
    loop {
        let ended = shared.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = shared.wake.wait_timeout(ended, Duration::from_millis(20));
        if waited.is_ok_and(|(ended, _)| *ended) {
            return;
        }
        while let Some((at, url, spoken)) = next_due(shared) {
            let status = post(&url, &spoken);
            tried(&mut shared.world(), at, spoken, status);
        }
    }
}

fn next_due(shared: &Shared) -> Option<(usize, String, Spoken)> {
    let mut world = shared.world();
    let now = world.clock.now();
    let at = world.notices.iter().position(|notice| notice.due.is_some_and(|due| due <= now))?;
    let spoken = compose(&mut world, at, &Lie::default())?;
    // Nobody sends it a second time while it is on its way.
    world.notices[at].due = None;
    world.notices[at].is_on_its_way = true;
    Some((at, world.notices[at].url.clone(), spoken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tries_end_after_a_day_and_four_minutes() {
        assert_eq!(AGAIN_AFTER.iter().sum::<Seconds>(), 24 * 3600 + 4 * 60);
    }
}
