//! §2 and §3: signatures, digests, clocks, nonces, and bodies that are none.

use ed25519_dalek::SigningKey;
use serde_json::json;

use super::session::Session;
use super::{Rule, rule};
use crate::body::{self, Delivery, MOST_DELIVERED, Operation};
use crate::chain::Chain;
use crate::signature::Params;

/// Of which side of the clock's window is tried.
const FAR: u64 = 900;

pub(super) const RULES: [Rule; 16] = [
    rule("3.4", "another key's signature is refused", |s| {
        let asked = (Operation::Standing, "");
        let other = SigningKey::from_bytes(&[7; 32]);
        let request = s.signed_as(asked, Vec::new(), Some(&other), &s.params());
        s.refused(&request, "partner_signature_invalid").map(drop)
    }),
    rule("3.4", "a key that is not known is refused", |s| {
        let params = Params { keyid: "kit-0000000000000000".to_owned(), ..s.params() };
        let request = s.signed_as((Operation::Standing, ""), Vec::new(), None, &params);
        s.refused(&request, "partner_key_unknown").map(drop)
    }),
    rule("3.1", "a request without a signature is refused", |s| {
        let mut request = s.signed((Operation::Standing, ""), Vec::new());
        request.signed.input.clear();
        request.signed.signature.clear();
        s.refused(&request, "partner_signature_missing").map(drop)
    }),
    rule("3.3", "a request signed too long ago is refused", |s| {
        let params = Params { created: Session::now() - FAR, ..s.params() };
        let request = s.signed_as((Operation::Standing, ""), Vec::new(), None, &params);
        s.refused(&request, "partner_clock").map(drop)
    }),
    rule("3.3", "a request signed too far ahead is refused", |s| {
        let params = Params { created: Session::now() + FAR, ..s.params() };
        let request = s.signed_as((Operation::Standing, ""), Vec::new(), None, &params);
        s.refused(&request, "partner_clock").map(drop)
    }),
    rule("3.3", "a request that has expired is refused", |s| {
        let params = Params { expires: Some(Session::now() - 60), ..s.params() };
        let request = s.signed_as((Operation::Standing, ""), Vec::new(), None, &params);
        s.refused(&request, "partner_clock").map(drop)
    }),
    rule("3.3", "the very same request is taken once", |s| {
        let request = s.signed((Operation::Standing, ""), Vec::new());
        s.sent(&request).and_then(|_| s.refused(&request, "partner_replayed")).map(drop)
    }),
    rule("3.2", "a body that is not the one that was signed is refused", |s| {
        let mut request = s.signed((Operation::Lookup, ""), b"{}".to_vec());
        request.body = b"[]".to_vec();
        s.refused(&request, "partner_body_differs").map(drop)
    }),
    rule("3.1", "the digest is covered by the signature", |s| {
        let mut request = s.signed((Operation::Lookup, ""), b"{}".to_vec());
        request.body = b"[]".to_vec();
        request.digest = link::signature::digest(&request.body);
        s.refused(&request, "partner_signature_invalid").map(drop)
    }),
    rule("3.1", "the path is covered by the signature", |s| {
        let mut request = s.signed((Operation::Standing, ""), Vec::new());
        request.url = s.signed((Operation::Sandbox, ""), Vec::new()).url;
        s.refused(&request, "partner_signature_invalid").map(drop)
    }),
    rule("3.1", "the query is covered by the signature", |s| {
        let mut request = s.signed((Operation::Sent, "after=0"), Vec::new());
        request.url.push('0');
        s.refused(&request, "partner_signature_invalid").map(drop)
    }),
    rule("3.5", "another version of the protocol is refused", |s| {
        let mut request = s.signed((Operation::Standing, ""), Vec::new());
        request.field = request.field.replacen('1', "2", 1);
        s.refused(&request, "partner_version").map(drop)
    }),
    rule("2.1", "a body that is not JSON is refused", |s| {
        let request = s.signed((Operation::Deliver, ""), b"{\"after\":".to_vec());
        s.refused(&request, "partner_malformed").map(drop)
    }),
    rule("2.1", "a member that the protocol does not name is refused", |s| {
        let mut delivery = json!(Delivery::of(s.own, Vec::new()));
        delivery["more"] = json!(true);
        let request = s.signed((Operation::Deliver, ""), delivery.to_string().into_bytes());
        s.refused(&request, "partner_malformed").map(drop)
    }),
    rule("2.2", "a body that is too large is refused", |s| {
        let body = vec![b' '; MOST_DELIVERED + 1];
        let request = s.signed((Operation::Deliver, ""), body);
        s.refused(&request, "body_too_large").map(drop)
    }),
    rule("4.2", "a witness that is not that of the lines is refused", |s| {
        let delivery = Delivery::of(s.own, Vec::new());
        let through = Chain { number: s.own.number, ..Chain::default() };
        let witness = crate::chain::Hash([0xee; 32]);
        let wrong = Delivery { through: Chain { witness, ..through }, ..delivery };
        let request = s.signed((Operation::Deliver, ""), body::write(&wrong));
        s.refused(&request, "partner_malformed").map(drop)
    }),
];
