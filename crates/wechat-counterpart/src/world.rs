//! All that the platform knows, and the small questions about it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::bill::Untruths;
use crate::clock::{Clock, date};
use crate::fault::{Armed, Operation};
use crate::form::Form;
use crate::keys::{self, KeyPair};
use crate::merchant::{self, Merchant, Region, Trust};
use crate::notice::Notice;
use crate::order::{Order, Owner, PayerCode, Refund};
use crate::problem::Problem;
use crate::speak::Spoken;

/// How a payment by code is answered while the payer is asked for the password. No public document
/// shows it for API v3, so a client has to do with each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PasswordReply {
    /// `202` with the code `USERPAYING`, as the older table of error codes has it.
    #[default]
    Accepted,
    /// `400` with the code `USERPAYING`.
    Refused,
    /// `200` with the order, its `trade_state` being `USERPAYING`.
    AsOrder,
}

/// A request that reached the platform, and what it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What it asked for; none if the path is unknown.
    pub operation: Option<Operation>,
    /// Its method.
    pub method: String,
    /// Its path and query as they came.
    pub target: String,
    /// Its body as it came.
    pub body: String,
    /// The status of the answer, 0 if none was given.
    pub status: u16,
    /// The code of a refusal, else empty.
    pub code: String,
}

/// What a test may set for all requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) password_reply: PasswordReply,
    pub(crate) refunds_arrive_at_once: bool,
    pub(crate) refunds_a_minute_apart: bool,
    pub(crate) notify_by_hand: bool,
}

/// What is answered when it was done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
    /// A file in place of it, and whether its hash is signed.
    pub(crate) file: Option<(Vec<u8>, bool)>,
}

impl Answer {
    pub(crate) fn ok(body: Value) -> Answer {
        Answer { status: 200, body: Some(body), file: None }
    }

    pub(crate) fn empty() -> Answer {
        Answer { status: 204, body: None, file: None }
    }

    /// A file; its hash is signed, or nothing is.
    pub(crate) fn file(bytes: Vec<u8>, is_signed: bool) -> Answer {
        Answer { status: 200, body: None, file: Some((bytes, is_signed)) }
    }
}

/// By which number something is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The merchant's.
    Own(String),
    /// The platform's.
    Platform(String),
}

pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) rules: Rules,
    pub(crate) merchants: BTreeMap<String, Merchant>,
    pub(crate) orders: BTreeMap<(Owner, String), Order>,
    pub(crate) refunds: BTreeMap<(Owner, String), Refund>,
    pub(crate) codes: BTreeMap<String, PayerCode>,
    pub(crate) notices: Vec<Notice>,
    /// Each nonce that a good signature came with, by merchant.
    pub(crate) nonces: BTreeSet<(String, String)>,
    /// What bills say instead of what is true.
    pub(crate) untrue: Untruths,
    pub(crate) faults: Vec<Armed>,
    pub(crate) asked: Vec<Asked>,
    pub(crate) last: BTreeMap<Operation, Spoken>,
    /// Refunds refused, by merchant: in which second, and how many.
    pub(crate) refused: BTreeMap<String, (i64, u32)>,
    /// Yuan for one of a currency, times 10⁸.
    pub(crate) rates: BTreeMap<String, i64>,
    pub(crate) platform: Vec<KeyPair>,
    /// Those of `platform` that are handed out, by place; the last one signs.
    pub(crate) live: Vec<usize>,
    pub(crate) retired: usize,
    pub(crate) wechat_public: KeyPair,
    pub(crate) stranger: KeyPair,
    counter: u64,
}

impl World {
    pub(crate) fn new() -> World {
        let merchants = [merchant::mainland(), merchant::japan(), merchant::institution()];
        World {
            clock: Clock::start(),
            rules: Rules {
                password_reply: PasswordReply::default(),
                refunds_arrive_at_once: false,
                refunds_a_minute_apart: true,
                notify_by_hand: false,
            },
            merchants: merchants.map(|m| (m.mchid.clone(), Merchant::new(m))).into(),
            orders: BTreeMap::new(),
            refunds: BTreeMap::new(),
            codes: BTreeMap::new(),
            notices: Vec::new(),
            nonces: BTreeSet::new(),
            untrue: Untruths::default(),
            faults: Vec::new(),
            asked: Vec::new(),
            last: BTreeMap::new(),
            refused: BTreeMap::new(),
            rates: [("JPY", 4_900_000), ("HKD", 91_000_000), ("USD", 712_000_000)]
                .map(|(currency, rate)| (currency.to_owned(), rate))
                .into(),
            platform: keys::platform(),
            live: vec![0],
            retired: 0,
            wechat_public: keys::wechat_public(),
            stranger: keys::stranger(),
            counter: 0,
        }
    }

    /// A number that was not used before.
    pub(crate) fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// A number of the platform: 28 digits, as in the documents' examples.
    pub(crate) fn platform_number(&mut self, prefix: &str) -> String {
        let (day, next) = (date(self.clock.now()), self.next());
        let width = 28 - prefix.len() - day.len();
        format!("{prefix}{day}{next:0width$}")
    }

    /// Who asks, held against what the form says of it. The paths of the other region are closed.
    pub(crate) fn owner(&self, mchid: &str, region: Region, form: &Form) -> Result<Owner, Problem> {
        let credentials = &self.merchants[mchid].credentials;
        if credentials.region != region {
            return Err(Problem::new(403, "NO_AUTH", "商户无权限"));
        }
        let is_institution = !credentials.sub_mchids.is_empty();
        let said = form.text(if is_institution { "/sp_mchid" } else { "/mchid" }, 32)?;
        if said != mchid {
            let message = "http header中的mchid与post payload中的mchid不匹配";
            return Err(Problem::new(400, "PARAM_ERROR", message));
        }
        let mut owner = Owner { mchid: said, sub_mchid: String::new() };
        if is_institution {
            owner.sub_mchid = form.text("/sub_mchid", 32)?;
            if !credentials.sub_mchids.contains(&owner.sub_mchid) {
                return Err(Problem::new(400, "MCH_NOT_EXISTS", "商户号不存在"));
            }
        }
        Ok(owner)
    }

    /// The app that is named must be the one that is bound to the merchant.
    pub(crate) fn appid(&self, owner: &Owner, form: &Form) -> Result<String, Problem> {
        let field = if owner.sub_mchid.is_empty() { "/appid" } else { "/sp_appid" };
        let said = form.text(field, 32)?;
        if said == self.merchants[&owner.mchid].credentials.appid {
            return Ok(said);
        }
        Err(Problem::new(400, "APPID_MCHID_NOT_MATCH", "AppID和mch_id不匹配"))
    }

    /// The order of that number, which for the platform's number must have been paid.
    pub(crate) fn find(&self, owner: &Owner, by: &By) -> Result<&Order, Problem> {
        let found = match by {
            By::Own(number) => self.orders.get(&(owner.clone(), number.clone())),
            By::Platform(id) => self.orders.values().find(|order| {
                order.owner == *owner && order.was_paid() && order.transaction_id == *id
            }),
        };
        found.ok_or_else(|| Problem::new(404, "ORDER_NOT_EXIST", "订单不存在"))
    }

    pub(crate) fn order_mut(&mut self, owner: &Owner, number: &str) -> &mut Order {
        let key = (owner.clone(), number.to_owned());
        self.orders.get_mut(&key).expect("the order was found just now")
    }

    /// The key by which an answer to this merchant is signed. `named` is `Wechatpay-Serial`.
    pub(crate) fn answering_key(&self, mchid: &str, named: Option<&str>) -> &KeyPair {
        let by_public_key = match self.merchants[mchid].trust {
            Trust::Certificates => false,
            Trust::PublicKey => true,
            Trust::Switching => named == Some(self.wechat_public.id.as_str()),
        };
        if by_public_key { &self.wechat_public } else { self.current() }
    }

    /// The key by which a notification to this merchant is signed.
    pub(crate) fn notifying_key(&self, mchid: &str) -> &KeyPair {
        let merchant = &self.merchants[mchid];
        match merchant.trust {
            Trust::PublicKey => &self.wechat_public,
            Trust::Switching if merchant.notified_by_public_key => &self.wechat_public,
            Trust::Switching | Trust::Certificates => self.current(),
        }
    }

    pub(crate) fn current(&self) -> &KeyPair {
        let last = self.live.last().expect("one certificate is always live");
        &self.platform[*last]
    }
}
