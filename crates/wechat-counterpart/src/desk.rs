//! The desk at which requests arrive: whose are they, what do they want, what comes in between.

use std::sync::Arc;
use std::thread;

use serde_json::json;

use crate::bill::sha1;
use crate::clock::rfc3339;
use crate::fault::{Fault, Operation, Spoilt, take};
use crate::form::Form;
use crate::keys;
use crate::merchant::{Region, Trust};
use crate::notice::Shared;
use crate::problem::Problem;
use crate::route::{Action, route};
use crate::seal::seal;
use crate::sign::{self, Authorization};
use crate::speak::{Ending, Ring, Spoken, signed};
use crate::world::{Answer, Asked, World};

/// How far a request's time may be from ours.
const WINDOW: i64 = 5 * 60;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) method: String,
    /// Path and query, untouched: they are signed so.
    pub(crate) target: String,
    pub(crate) authorization: Option<String>,
    pub(crate) accept: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) wechatpay_serial: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Answers a request, or does with it what a test asked for.
pub(crate) fn answer(shared: &Arc<Shared>, heard: &Heard) -> Spoken {
    let mut world = shared.world();
    let (path, query) = split(&heard.target);
    let action = match route(&heard.method, path) {
        Ok(action) => action,
        Err(status) => return refuse(&mut world, heard, None, &Problem::bare(status), None),
    };
    let operation = action.operation();
    let form = form_of(&action, heard, query);
    let mchid = match authenticate(&mut world, heard, &action) {
        Ok(mchid) => mchid,
        Err(problem) => return refuse(&mut world, heard, Some(operation), &problem, None),
    };
    let fault = take(&mut world.faults, operation);
    let call = Call { heard, mchid: &mchid, action: &action, operation };
    let spoken = match fault {
        None => done(&mut world, &call, form, None),
        Some(Fault::Answered(Spoilt::Replayed)) => {
            let last = world.last.get(&operation).cloned();
            note(&mut world, heard, Some(operation), 0, "");
            return last.unwrap_or_else(|| Spoken::ending(Ending::Cut));
        }
        Some(Fault::Answered(spoilt)) => done(&mut world, &call, form, Some(spoilt)),
        Some(Fault::SilentBefore) => unsaid(&mut world, &call, Ending::Silence),
        Some(Fault::CutBefore) => unsaid(&mut world, &call, Ending::Cut),
        Some(Fault::SilentAfter) => {
            let _said = perform(&mut world, &call, form);
            unsaid(&mut world, &call, Ending::Silence)
        }
        Some(Fault::CutAfter) => {
            let _said = perform(&mut world, &call, form);
            unsaid(&mut world, &call, Ending::Cut)
        }
        Some(Fault::CutInAnswer) => {
            Spoken { ending: Ending::CutInside, ..done(&mut world, &call, form, None) }
        }
        Some(Fault::EffectLater(after)) => {
            let (shared, heard, action) = (Arc::clone(shared), heard.clone(), action.clone());
            let mchid = mchid.clone();
            thread::spawn(move || {
                thread::sleep(after);
                let call = Call { heard: &heard, mchid: &mchid, action: &action, operation };
                let _said = perform(&mut shared.world(), &call, form);
                shared.wake.notify_all();
            });
            unsaid(&mut world, &call, Ending::Silence)
        }
        Some(Fault::Refused(status, code)) => faulted(&mut world, &call, status, code),
        Some(Fault::DoneButRefused(status, code)) => {
            let _said = perform(&mut world, &call, form);
            faulted(&mut world, &call, status, code)
        }
    };
    shared.wake.notify_all();
    spoken
}

/// A request that is well signed, by whom, and what it wants.
struct Call<'a> {
    heard: &'a Heard,
    mchid: &'a str,
    action: &'a Action,
    operation: Operation,
}

fn split(target: &str) -> (&str, Option<&str>) {
    target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)))
}

fn form_of(action: &Action, heard: &Heard, query: Option<&str>) -> Result<Form, Problem> {
    if !action.has_body() {
        return Ok(Form::query(query));
    }
    let json = heard.content_type.as_deref().unwrap_or_default();
    if !json.to_ascii_lowercase().starts_with("application/json") {
        return Err(Problem::invalid("Content-Type应为application/json"));
    }
    Form::body(&heard.body)
}

/// In the order in which the platform was seen to look: headers, form, time, key, signature.
fn authenticate(world: &mut World, heard: &Heard, action: &Action) -> Result<String, Problem> {
    let is_trade = action.is_trade();
    let has_both = [&heard.user_agent, &heard.accept]
        .iter()
        .all(|header| header.as_deref().is_some_and(|value| !value.is_empty()));
    if !is_trade && !has_both {
        return Err(Problem::invalid("Http头缺少Accept或User-Agent"));
    }
    let read = heard.authorization.as_deref().and_then(Authorization::read);
    let said = read.ok_or_else(|| {
        Problem::sign(if is_trade {
            "签名信息错误，验签失败"
        } else {
            "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"
        })
    })?;
    let is_now = said.timestamp.parse::<i64>().is_ok_and(|timestamp| {
        timestamp.to_string() == said.timestamp && (world.clock.wire() - timestamp).abs() <= WINDOW
    });
    if !is_now {
        let message = "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟";
        return Err(Problem::sign(message));
    }
    let merchant = world.merchants.get(&said.mchid);
    let public = merchant
        .and_then(|merchant| merchant.key(&said.serial))
        .ok_or_else(|| Problem::sign("商户证书序列号有误。请使用签名私钥匹配的证书序列号"))?;
    let message =
        sign::request(&heard.method, &heard.target, &said.timestamp, &said.nonce, &heard.body);
    if !sign::verify(public, &message, &said.signature) {
        return Err(Problem::sign("签名错误"));
    }
    if !world.nonces.insert((said.mchid.clone(), said.nonce)) {
        return Err(Problem::sign("请求重复：nonce_str已使用"));
    }
    Ok(said.mchid)
}

fn perform(
    world: &mut World,
    call: &Call<'_>,
    form: Result<Form, Problem>,
) -> Result<Answer, Problem> {
    let (mchid, form) = (call.mchid, form?);
    match call.action {
        Action::Certificates(region) => certificates(world, mchid, *region),
        Action::PlaceNative(region) => world.place_native(mchid, *region, &form),
        Action::PayByCode(region) => world.pay_by_code(mchid, *region, &form),
        Action::Query(region, by) => world.query(mchid, *region, by, &form),
        Action::Close(region, by) => world.close(mchid, *region, by, &form),
        Action::Reverse(region, by) => world.reverse(mchid, *region, by, &form),
        Action::Refund(region) => world.refund(mchid, *region, &form),
        Action::QueryRefund(region, by) => world.query_refund(mchid, *region, by, &form),
        Action::ListRefunds(region) => world.list_refunds(mchid, *region, &form),
        Action::TradeBill | Action::FundsBill => {
            let host = call.heard.host.as_deref().unwrap_or_default();
            world.offer_bill(mchid, (&form, host), *call.action == Action::FundsBill)
        }
        Action::BillFile => world.billed_file(mchid, &form),
        Action::Statement => world.statement(mchid, &form),
    }
}

/// The certificates that are live, sealed with the merchant's key.
fn certificates(world: &mut World, mchid: &str, region: Region) -> Result<Answer, Problem> {
    let merchant = &world.merchants[mchid];
    if merchant.credentials.region != region && region == Region::Global {
        return Err(Problem::new(403, "NO_AUTH", "商户无权限"));
    }
    if merchant.trust == Trust::PublicKey {
        let message = "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥";
        return Err(Problem::new(404, "RESOURCE_NOT_EXISTS", message));
    }
    let key = *merchant.api_v3_key();
    let mut data = Vec::new();
    for at in world.live.clone() {
        let nonce = format!("{:012x}", world.next());
        let platform = &world.platform[at];
        let Some(certificate) = platform.certificate else { continue };
        let sealed_by: [u8; 12] = nonce.as_bytes().try_into().unwrap_or([b'0'; 12]);
        data.push(json!({
            "serial_no": platform.id,
            "effective_time": rfc3339(keys::NOT_BEFORE),
            "expire_time": rfc3339(keys::NOT_AFTER),
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": nonce,
                "associated_data": "certificate",
                "ciphertext": seal(&key, &sealed_by, "certificate", certificate.as_bytes()),
            },
        }));
    }
    Ok(Answer::ok(json!({ "data": data })))
}

/// Does what is asked and says so, signed.
fn done(
    world: &mut World,
    call: &Call<'_>,
    form: Result<Form, Problem>,
    spoilt: Option<Spoilt>,
) -> Spoken {
    match perform(world, call, form) {
        Ok(Answer { file: Some((bytes, is_signed)), status, .. }) => {
            note(world, call.heard, Some(call.operation), status, "");
            handed_out(world, call, (bytes, is_signed), spoilt)
        }
        Ok(Answer { status, body, .. }) => {
            note(world, call.heard, Some(call.operation), status, "");
            let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
            let spoken = say(world, call, Spoken::new(status, body), spoilt);
            if spoilt.is_none() {
                world.last.insert(call.operation, spoken.clone());
            }
            spoken
        }
        Err(problem) => {
            let unsigned = refuse(world, call.heard, Some(call.operation), &problem, Some(call));
            say(world, call, unsigned, spoilt)
        }
    }
}

/// A file: signed by its hash, or not at all. What is to be changed of it is its bytes.
fn handed_out(
    world: &mut World,
    call: &Call<'_>,
    (mut bytes, is_signed): (Vec<u8>, bool),
    spoilt: Option<Spoilt>,
) -> Spoken {
    let hash = sha1(&bytes);
    let is_changed = spoilt == Some(Spoilt::ChangedBody);
    if is_changed {
        bytes.push(b'\n');
    }
    let plain = |spoken: Spoken| Spoken { body: bytes, ..spoken };
    if !is_signed {
        return plain(Spoken::new(200, Vec::new()));
    }
    let spoken = Spoken::new(200, hash.clone().into_bytes());
    let spoken = say(world, call, spoken, spoilt.filter(|_| !is_changed));
    plain(spoken.header("wechatpay-statement-sha1", hash))
}

fn say(world: &mut World, call: &Call<'_>, spoken: Spoken, spoilt: Option<Spoilt>) -> Spoken {
    let nonce = format!("{:032x}", world.next());
    let now = world.clock.wire();
    let ring = Ring {
        due: world.answering_key(call.mchid, call.heard.wechatpay_serial.as_deref()),
        retired: &world.platform[world.retired],
        stranger: &world.stranger,
    };
    signed(spoken, &ring, now, &nonce, spoilt)
}

/// A refusal without a signature, as it is for who could not be told to be whom.
fn refuse(
    world: &mut World,
    heard: &Heard,
    operation: Option<Operation>,
    problem: &Problem,
    by: Option<&Call<'_>>,
) -> Spoken {
    note(world, heard, operation, problem.status, problem.code);
    let spoken = Spoken::new(problem.status, problem.body());
    // The paths of trade were seen to leave it out before they know who asks.
    let is_trade = heard.target.contains("/transactions/");
    if problem.code.is_empty() || (is_trade && by.is_none()) {
        return spoken;
    }
    let id = format!("08{:030X}-0", world.next());
    spoken.header("request-id", id)
}

/// A refusal that a test asked for.
fn faulted(world: &mut World, call: &Call<'_>, status: u16, code: &'static str) -> Spoken {
    let problem = Problem::new(status, code, "系统异常，请稍后重试");
    let spoken = refuse(world, call.heard, Some(call.operation), &problem, Some(call));
    if code.is_empty() || status >= 500 { spoken } else { say(world, call, spoken, None) }
}

fn unsaid(world: &mut World, call: &Call<'_>, ending: Ending) -> Spoken {
    note(world, call.heard, Some(call.operation), 0, "");
    Spoken::ending(ending)
}

fn note(world: &mut World, heard: &Heard, operation: Option<Operation>, status: u16, code: &str) {
    world.asked.push(Asked {
        operation,
        method: heard.method.clone(),
        target: heard.target.clone(),
        body: String::from_utf8_lossy(&heard.body).into_owned(),
        status,
        code: code.to_owned(),
    });
}
