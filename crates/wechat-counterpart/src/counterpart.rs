//! The counterpart itself, and a test's hands on it.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::bill::Untruths;
use crate::clock::Seconds;
use crate::fault::{Armed, Fault, Operation};
use crate::keys;
use crate::merchant::{self, Credentials, PlatformKey, Trust};
use crate::notice::{Lie, Shared, compose, deliver_until_the_end, post, tried};
use crate::order::{Order, Owner, Payer, PayerCode, RefundStatus, TradeState};
use crate::pem;
use crate::serve::serve;
use crate::trade::CODE_URL_LIVES;
use crate::world::{Asked, PasswordReply, World};

/// Why a payer could not do what a test made it do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayerError {
    /// No order gave out this `code_url`, and no payer showed this code.
    #[error("nothing is known of this code")]
    Unknown,
    /// The `code_url` is older than two hours, or the order's time is over.
    #[error("the code is too old")]
    TooOld,
    /// The order is paid, closed, revoked or failed, or waits for no password.
    #[error("the order is {0:?} and can't be paid")]
    NotPayable(TradeState),
}

/// What the platform holds to be true of an order: a test compares the merchant's view with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// Where it stands.
    pub state: TradeState,
    /// Its price in the smallest unit.
    pub total: i64,
    /// The currency of its price.
    pub currency: String,
    /// What was taken from the payer and stayed with the merchant, in the price's unit.
    pub kept: i64,
    /// The platform's number, whether shown yet or not.
    pub transaction_id: String,
}

/// What the platform holds to be true of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundTruth {
    /// Where it stands.
    pub status: RefundStatus,
    /// Its sum in the smallest unit of the order's price.
    pub refund: i64,
}

/// A notification as a test sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeView {
    /// Its id, the same however often it is sent.
    pub id: String,
    /// Its `event_type`.
    pub event_type: &'static str,
    /// Whom it is for.
    pub mchid: String,
    /// The order it is about.
    pub out_trade_no: String,
    /// The status of each answer that came back; none where none did.
    pub tries: Vec<Option<u16>>,
    /// Whether it will be sent again by itself.
    pub is_due: bool,
}

/// A platform of WeChat Pay on this machine. It ends when it is dropped.
pub struct Counterpart {
    shared: Arc<Shared>,
    port: u16,
    end: Option<oneshot::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

/// Starting it.
impl Counterpart {
    /// Starts one on a free port of 127.0.0.1, with three merchants and nothing sold yet.
    ///
    /// # Errors
    /// No port or no thread is to be had.
    pub fn start() -> io::Result<Counterpart> {
        let shared = Arc::new(Shared {
            world: Mutex::new(World::new()),
            wake: Condvar::new(),
            ended: Mutex::new(false),
        });
        let (end, ended) = oneshot::channel();
        let (bound, port) = mpsc::channel();
        let (serving, sending) = (Arc::clone(&shared), Arc::clone(&shared));
        let named = |name: &str| thread::Builder::new().name(name.to_owned());
        let server = named("wechat-desk").spawn(move || serve(&serving, &bound, ended))?;
        let port = port.recv().map_err(io::Error::other)??;
        let postman = named("wechat-post").spawn(move || deliver_until_the_end(&sending))?;
        Ok(Counterpart { shared, port, end: Some(end), threads: vec![server, postman] })
    }

    /// `http://127.0.0.1:…`, in place of `https://api.mch.weixin.qq.com` and of
    /// `https://apihk.mch.weixin.qq.com`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A shop in China: `/v3/pay/…` and `/v3/refund/domestic/…`.
    #[must_use]
    pub fn mainland(&self) -> Credentials {
        merchant::mainland()
    }

    /// A shop in Japan: `/v3/global/…`.
    #[must_use]
    pub fn japan(&self) -> Credentials {
        merchant::japan()
    }

    /// An institution with two shops in Japan: `/v3/global/…`, with `sp_mchid` and `sub_mchid`.
    #[must_use]
    pub fn institution(&self) -> Credentials {
        merchant::institution()
    }

    /// Admits one more merchant, who keeps its private key to itself: `credentials` need not hold it.
    /// Whether the key was RSA of 2048 bits in PEM, and the API v3 key 32 bytes.
    pub fn admit(&self, credentials: Credentials, public_key_pem: &str) -> bool {
        let Some(public) = pem::rsa_public(public_key_pem) else { return false };
        let is_whole = credentials.api_v3_key.len() == 32;
        if is_whole {
            let mchid = credentials.mchid.clone();
            let merchant = merchant::Merchant::admitted(credentials, public);
            self.shared.world().merchants.insert(mchid, merchant);
        }
        is_whole
    }

    /// The platform's public key, for merchants whose [`Trust`] is not certificates alone.
    #[must_use]
    pub fn platform_key(&self) -> PlatformKey {
        let (id, public_key_pem) = (keys::WECHAT_PUBLIC_ID, keys::WECHAT_PUBLIC);
        PlatformKey { id: id.to_owned(), public_key_pem: public_key_pem.to_owned() }
    }

    /// The certificate in PEM that signed the platform's certificates.
    #[must_use]
    pub fn root_certificate(&self) -> &'static str {
        keys::ROOT
    }
}

/// The platform's keys.
impl Counterpart {
    /// How a merchant knows the platform from now on; at the start it is by certificates.
    ///
    /// # Panics
    /// There is no such merchant.
    pub fn trust(&self, mchid: &str, trust: Trust) {
        self.merchant(mchid, |merchant| merchant.trust = trust);
    }

    /// Whether a merchant on its way to the public key is notified by it already.
    ///
    /// # Panics
    /// There is no such merchant.
    pub fn notify_by_public_key(&self, mchid: &str, does: bool) {
        self.merchant(mchid, |merchant| merchant.notified_by_public_key = does);
    }

    /// Hands out one more certificate beside those that are live, without signing by it: the first
    /// step of a rotation. Its serial number; none if all three are live.
    pub fn announce_certificate(&self) -> Option<String> {
        let mut world = self.shared.world();
        let next = (0..world.platform.len()).find(|at| !world.live.contains(at))?;
        let before_last = world.live.len() - 1;
        world.live.insert(before_last, next);
        Some(world.platform[next].id.clone())
    }

    /// Signs by another certificate from now on, and hands out the former one as well. Its serial
    /// number.
    pub fn rotate_certificate(&self) -> String {
        let mut world = self.shared.world();
        let now = *world.live.last().unwrap_or(&0);
        let other = world.live.first().copied().filter(|first| *first != now);
        let next = other.unwrap_or((now + 1) % world.platform.len());
        world.live.retain(|at| *at != next);
        world.live.push(next);
        world.retired = now;
        world.platform[next].id.clone()
    }

    /// Hands out only the certificate that signs: the last step of a rotation.
    pub fn withdraw_former_certificates(&self) {
        let mut world = self.shared.world();
        if let Some(last) = world.live.pop() {
            world.live = vec![last];
        }
    }

    /// Gives a merchant a new API certificate beside its former one, and its new credentials.
    ///
    /// # Panics
    /// There is no such merchant.
    pub fn renew_merchant_certificate(&self, mchid: &str) -> Credentials {
        self.merchant(mchid, |merchant| {
            let serial = format!("4886{}", &merchant.credentials.serial_no[4..]);
            let public = keys::public_of(keys::MERCHANT_NEW).expect("the shipped keys are RSA");
            merchant.certificates.push((serial.clone(), public));
            merchant.credentials.serial_no = serial;
            merchant.credentials.private_key_pem = keys::MERCHANT_NEW.to_owned();
            merchant.credentials.clone()
        })
    }

    /// Takes a merchant's former API certificates away: who signs by them is refused.
    ///
    /// # Panics
    /// There is no such merchant.
    pub fn revoke_former_merchant_certificates(&self, mchid: &str) {
        self.merchant(mchid, |merchant| {
            let last = merchant.certificates.len() - 1;
            merchant.certificates.drain(..last);
        });
    }

    fn merchant<T>(&self, mchid: &str, change: impl FnOnce(&mut merchant::Merchant) -> T) -> T {
        let mut world = self.shared.world();
        change(world.merchants.get_mut(mchid).expect("a test names a merchant that there is"))
    }
}

/// Payers.
impl Counterpart {
    /// A payer scans the shop's code and pays. Then the merchant is notified.
    ///
    /// # Errors
    /// [`PayerError`].
    pub fn pay(&self, code_url: &str) -> Result<(), PayerError> {
        let mut world = self.shared.world();
        let now = world.clock.now();
        let (order, given) = order_of(&world, code_url).ok_or(PayerError::Unknown)?;
        if order.state != TradeState::NotPaid {
            return Err(PayerError::NotPayable(order.state));
        }
        let is_over = order.expires.is_some_and(|expires| expires <= now);
        if now - given >= CODE_URL_LIVES || is_over {
            return Err(PayerError::TooOld);
        }
        let (owner, number) = (order.owner.clone(), order.out_trade_no.clone());
        world.take_money(&owner, &number);
        drop(world);
        self.shared.wake.notify_all();
        Ok(())
    }

    /// The 18 digits that a payer shows now.
    #[must_use = "the shop scans them"]
    pub fn show_code(&self, payer: Payer) -> String {
        let mut world = self.shared.world();
        let number = world.next();
        let code = format!("13{:016}", number * 7_919);
        let shown = world.clock.now();
        world.codes.insert(code.clone(), PayerCode { shown, payer, order: None });
        code
    }

    /// The payer who was asked for the password gives it, and has paid. Nobody is notified of a
    /// payment by code.
    ///
    /// # Errors
    /// [`PayerError`].
    pub fn enter_password(&self, code: &str) -> Result<(), PayerError> {
        self.at_password(code, |world, owner, number| world.take_money(owner, number))
    }

    /// The payer who was asked for the password puts the phone away: the payment fails.
    ///
    /// # Errors
    /// [`PayerError`].
    pub fn cancel_password(&self, code: &str) -> Result<(), PayerError> {
        self.at_password(code, |world, owner, number| {
            world.order_mut(owner, number).state = TradeState::PayError;
        })
    }

    fn at_password(
        &self,
        code: &str,
        then: impl FnOnce(&mut World, &Owner, &str),
    ) -> Result<(), PayerError> {
        let mut world = self.shared.world();
        let known = world.codes.get(code).ok_or(PayerError::Unknown)?;
        let (owner, number) = known.order.clone().ok_or(PayerError::Unknown)?;
        let state = world.order_mut(&owner, &number).state;
        if state != TradeState::UserPaying {
            return Err(PayerError::NotPayable(state));
        }
        then(&mut world, &owner, &number);
        Ok(())
    }
}

fn order_of<'a>(world: &'a World, code_url: &str) -> Option<(&'a Order, Seconds)> {
    world.orders.values().find_map(|order| {
        let (_, given) = order.code_urls.iter().find(|(given_out, _)| given_out == code_url)?;
        Some((order, *given))
    })
}

/// Time, money and rules.
impl Counterpart {
    /// Lets so much time pass for orders, codes, refunds and notifications. For them none passes
    /// by itself; for signatures it always does.
    pub fn advance(&self, time: Duration) {
        self.shared.world().clock.advance(seconds(time));
        self.shared.wake.notify_all();
    }

    /// Sets the clock by which signatures are made and judged so many seconds ahead of this
    /// machine's, or behind it.
    pub fn skew(&self, ahead: i64) {
        self.shared.world().clock.wire_ahead = ahead;
    }

    /// Yuan for one of `currency`, times 10⁸, for orders placed from now on.
    pub fn set_rate(&self, currency: &str, rate_e8: i64) {
        self.shared.world().rates.insert(currency.to_owned(), rate_e8);
    }

    /// Whether a merchant has nothing left to refund from.
    ///
    /// # Panics
    /// There is no such merchant.
    pub fn out_of_funds(&self, mchid: &str, is: bool) {
        self.merchant(mchid, |merchant| merchant.out_of_funds = is);
    }

    /// How a payment by code is answered while the payer is asked for the password.
    pub fn password_reply(&self, reply: PasswordReply) {
        self.shared.world().rules.password_reply = reply;
    }

    /// Whether refunds arrive as soon as they are accepted; at the start they stay `PROCESSING`
    /// until [`Counterpart::end_refund`].
    pub fn refunds_arrive_at_once(&self, do_they: bool) {
        self.shared.world().rules.refunds_arrive_at_once = do_they;
    }

    /// Whether refunds of one order have to be a minute apart, as the documents say; at the start
    /// they have to.
    pub fn refunds_a_minute_apart(&self, must_they: bool) {
        self.shared.world().rules.refunds_a_minute_apart = must_they;
    }

    /// What becomes of a refund. Whether there is one of that number.
    pub fn end_refund(&self, mchid: &str, out_refund_no: &str, status: RefundStatus) -> bool {
        let mut world = self.shared.world();
        let found = world
            .refunds
            .keys()
            .find(|(owner, number)| owner.mchid == mchid && number == out_refund_no);
        let Some(key) = found.cloned() else { return false };
        world.end_refund(&key, status);
        drop(world);
        self.shared.wake.notify_all();
        true
    }
}

/// Bills that are not true.
impl Counterpart {
    /// Bills leave this order out.
    pub fn bills_without(&self, out_trade_no: &str) {
        self.shared.world().untrue.without.insert(out_trade_no.to_owned());
    }

    /// Bills say another amount of this order.
    pub fn bills_say(&self, out_trade_no: &str, minor: i64) {
        self.shared.world().untrue.amounts.insert(out_trade_no.to_owned(), minor);
    }

    /// Bills have one more payment beside each that there is.
    pub fn bills_add(&self, out_trade_no: &str, minor: i64) {
        self.shared.world().untrue.more.push((out_trade_no.to_owned(), minor));
    }

    /// Whether the totals of bills are not those of their lines.
    pub fn bills_off(&self, are_they: bool) {
        self.shared.world().untrue.is_off = are_they;
    }

    /// Bills say what is true again.
    pub fn bills_true(&self) {
        self.shared.world().untrue = Untruths::default();
    }
}

/// Trouble, and what was seen of the merchant.
impl Counterpart {
    /// The next request for this operation that is well signed meets this fault.
    pub fn fault(&self, operation: Operation, fault: Fault) {
        self.faults(operation, fault, 1);
    }

    /// The next `times` of them do. Faults of one operation come in the order in which they were
    /// dialled.
    pub fn faults(&self, operation: Operation, fault: Fault, times: usize) {
        if times > 0 {
            self.shared.world().faults.push(Armed { operation, fault, times });
        }
    }

    /// Takes back the faults that nobody met yet; how many there were.
    pub fn no_more_faults(&self) -> usize {
        self.shared.world().faults.drain(..).map(|armed| armed.times).sum()
    }

    /// All requests so far, in their order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.world().asked.clone()
    }

    /// How often an operation was asked for so far.
    #[must_use]
    pub fn times_asked(&self, operation: Operation) -> usize {
        self.asked().iter().filter(|asked| asked.operation == Some(operation)).count()
    }

    /// What is true of a merchant's order; none if it was never placed.
    #[must_use]
    pub fn truth(&self, mchid: &str, out_trade_no: &str) -> Option<Truth> {
        let world = self.shared.world();
        let order = world
            .orders
            .values()
            .find(|order| order.owner.mchid == mchid && order.out_trade_no == out_trade_no)?;
        let refunded: i64 = world
            .refunds_of(order)
            .filter(|refund| refund.status != RefundStatus::Closed)
            .map(|refund| refund.minor)
            .sum();
        let stayed = order.was_paid() && order.state != TradeState::Revoked;
        Some(Truth {
            state: order.state,
            total: order.total,
            currency: order.currency.clone(),
            kept: if stayed { order.total - refunded } else { 0 },
            transaction_id: order.transaction_id.clone(),
        })
    }

    /// What is true of a merchant's refund; none if it was never accepted.
    #[must_use]
    pub fn refund_truth(&self, mchid: &str, out_refund_no: &str) -> Option<RefundTruth> {
        let world = self.shared.world();
        let refund = world
            .refunds
            .values()
            .find(|refund| refund.owner.mchid == mchid && refund.out_refund_no == out_refund_no)?;
        Some(RefundTruth { status: refund.status, refund: refund.minor })
    }
}

/// Notifications.
impl Counterpart {
    /// Whether notifications wait for [`Counterpart::deliver`]; at the start they are sent at once
    /// and, where they are not taken, again after 15 s, 15 s, 30 s, 3 min and so on.
    pub fn notify_by_hand(&self, by_hand: bool) {
        let mut world = self.shared.world();
        world.rules.notify_by_hand = by_hand;
        if by_hand {
            for notice in &mut world.notices {
                notice.due = None;
            }
        }
    }

    /// All notifications so far, in the order of what they are about.
    #[must_use]
    pub fn notices(&self) -> Vec<NoticeView> {
        let world = self.shared.world();
        let view = |notice: &crate::notice::Notice| NoticeView {
            id: notice.id.clone(),
            event_type: notice.event_type,
            mchid: notice.mchid.clone(),
            out_trade_no: notice.resource["out_trade_no"].as_str().unwrap_or_default().to_owned(),
            tries: notice.tries.clone(),
            is_due: notice.due.is_some(),
        };
        world.notices.iter().map(view).collect()
    }

    /// Sends a notification now, as often and in whatever order a test likes. The status that came
    /// back; none if there is no such notification or nothing came back.
    pub fn deliver(&self, id: &str) -> Option<u16> {
        self.deliver_lying(id, &Lie::default())
    }

    /// Sends a notification that is not as it should be. What it says is forgotten after.
    pub fn deliver_lying(&self, id: &str, lie: &Lie) -> Option<u16> {
        let mut world = self.shared.world();
        let at = world.notices.iter().position(|notice| notice.id == id)?;
        let spoken = compose(&mut world, at, lie)?;
        let url = world.notices[at].url.clone();
        drop(world);
        let status = post(&url, &spoken);
        let mut world = self.shared.world();
        if *lie == Lie::default() {
            tried(&mut world, at, spoken, status);
        }
        status
    }

    /// Waits up to `longest` until no notification is due, and none is on its way; whether it came
    /// to that. Those that are to come again later are not due.
    #[must_use]
    pub fn settled(&self, longest: Duration) -> bool {
        let until = Instant::now() + longest;
        loop {
            let world = self.shared.world();
            let now = world.clock.now();
            let is_busy = |notice: &crate::notice::Notice| {
                notice.is_on_its_way || notice.due.is_some_and(|due| due <= now)
            };
            if !world.notices.iter().any(is_busy) {
                return true;
            }
            drop(world);
            if Instant::now() > until {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Counterpart {
    fn drop(&mut self) {
        *self.shared.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.wake.notify_all();
        if let Some(end) = self.end.take() {
            // It may have ended by itself; then there is nobody to tell.
            let _told = end.send(());
        }
        for thread in self.threads.drain(..) {
            // One that panicked has said so already.
            let _joined = thread.join();
        }
    }
}

fn seconds(time: Duration) -> Seconds {
    Seconds::try_from(time.as_secs()).unwrap_or(Seconds::MAX)
}
