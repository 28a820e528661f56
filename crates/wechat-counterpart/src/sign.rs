//! What is signed, and what a signature must be.
//!
//! Sources: *Signature generation* and *Signature verification* of API v3
//! (`pay.weixin.qq.com/doc/v3/merchant/4012365342`, `…/4013053249`, `…/4013053420`); the messages
//! of the refusals as they are listed in `…/4012072670` or were seen by others (README.md).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

/// The one way to sign that is spoken here.
pub(crate) const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";

/// The five lines of a request.
pub(crate) fn request(
    method: &str,
    target: &str,
    timestamp: &str,
    nonce: &str,
    body: &[u8],
) -> Vec<u8> {
    lines(&[method.as_bytes(), target.as_bytes(), timestamp.as_bytes(), nonce.as_bytes(), body])
}

/// The three lines of an answer or a notification.
pub(crate) fn answer(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    lines(&[timestamp.as_bytes(), nonce.as_bytes(), body])
}

/// Each line ends, the last one too.
fn lines(of: &[&[u8]]) -> Vec<u8> {
    of.iter().flat_map(|line| [*line, b"\n"]).flatten().copied().collect()
}

/// Whether `signature` (Base64) is one of `message` by the RSA key `public` (PKCS#1).
pub(crate) fn verify(public: &[u8], message: &[u8], signature: &str) -> bool {
    STANDARD.decode(signature).is_ok_and(|signature| {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
            .verify(message, &signature)
            .is_ok()
    })
}

/// The fields of an `Authorization`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authorization {
    pub(crate) mchid: String,
    pub(crate) nonce: String,
    pub(crate) timestamp: String,
    pub(crate) serial: String,
    pub(crate) signature: String,
}

impl Authorization {
    /// Takes the header apart: the scheme, one space, then five `key="value"` in any order with
    /// nothing but commas between them. `None` if it is anything else.
    pub(crate) fn read(header: &str) -> Option<Authorization> {
        let fields = header.strip_prefix(SCHEME)?.strip_prefix(' ')?;
        let mut found: [Option<&str>; 5] = [None; 5];
        for field in fields.split(',') {
            let (key, quoted) = field.split_once('=')?;
            let value = quoted.strip_prefix('"')?.strip_suffix('"')?;
            let keys = ["mchid", "nonce_str", "timestamp", "serial_no", "signature"];
            let place = keys.iter().position(|known| *known == key)?;
            if value.is_empty() || value.contains('"') || found[place].is_some() {
                return None;
            }
            found[place] = Some(value);
        }
        let [mchid, nonce, timestamp, serial, signature] = found.map(|v| v.map(str::to_owned));
        Some(Authorization {
            mchid: mchid?,
            nonce: nonce?,
            timestamp: timestamp?,
            serial: serial?,
            signature: signature?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{keys, pem};

    /// The test key that WeChat's documents publish for merchant 1900007291.
    const MERCHANT: &str = include_str!("../tests/published/merchant_1900007291.pub.pem");
    /// The platform's key of the documents' example of an answer.
    const PLATFORM: &str = include_str!("../tests/published/platform.pub.pem");

    fn published() -> Vec<u8> {
        pem::rsa_public(MERCHANT).unwrap()
    }

    #[test]
    fn the_published_signature_of_a_request_with_a_body_holds() {
        // pay.weixin.qq.com/doc/v3/merchant/4012365336
        let body = "{\"appid\":\"wxd678efh567hg6787\",\"mchid\":\"1900007291\",\
            \"description\":\"Image形象店-深圳腾大-QQ公仔\",\
            \"out_trade_no\":\"1217752501201407033233368018\",\
            \"notify_url\":\"https://www.weixin.qq.com/wxpay/pay.php\",\
            \"amount\":{\"total\":100,\"currency\":\"CNY\"},\
            \"payer\":{\"openid\":\"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o\"}}";
        let header = "WECHATPAY2-SHA256-RSA2048 mchid=\"1900007291\",\
            nonce_str=\"593BEC0C930BF1AFEB40B4A08C8FB242\",signature=\"jnks4dlrPw3ZX+ozVvSK39oa0t7\
            OMBsg83BHAwd8BRdUFiVaQNTLTvci+wURgP1OQBbKYhFGvt7iqYpDSTQkp7Uq1sltaQKyncCyrA1g88m5bsKER\
            QfPyT0ahSwKTYJ1CAn9QiJuSJRq1QsQs07eehbU/k9BCS51jTyc1Jpsi2H77HF9f/BnjXAOP3/sPObg6V5Ee4E\
            zwLox684hhuMuIwHo7D8KFk3LIHOKDcNI4It1aCXydFWNpNK+SG86VUDe5kwoDpw4Ulqfu9z8OFDGbDs9TCxEv\
            8iqQzbpxOlEVoOe2kalSYM5kApQb3nZcxdUtoE0liJGW3RGUNE0t4v01A==\",\
            timestamp=\"1554208460\",serial_no=\"408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB\"";
        let said = Authorization::read(header).unwrap();
        assert_eq!(said.serial, "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB");
        let target = "/v3/pay/transactions/jsapi";
        let holds = |body: &str| {
            let message = request("POST", target, &said.timestamp, &said.nonce, body.as_bytes());
            verify(&published(), &message, &said.signature)
        };
        assert!(holds(body));
        assert!(!holds(&body.replace("100", "101")), "an amount was changed");
        assert!(!holds(&body.replace(",\"mchid", ", \"mchid")), "a space was added");
    }

    #[test]
    fn the_published_signature_of_a_request_without_a_body_holds() {
        // pay.weixin.qq.com/doc/v3/merchant/4012365334
        let signature = "Lc9VXxmeonkdV8Xk9tmigQFLhl0vRWTerdmoRu01aAnYwIrD/5nsSwE1WlmZGLRlAFTNQ3QsMa\
            0+VRDlJp1Wp5p0nO8EK68b5sJBbjouxaFciIfq1zfDWWz+jqhcMoKXI1A6dPm1AW7D4d30WsMTNzp6g23OXakIs\
            h9LO3lUmwvTuE0BY8ncf6tNGk4wKmvXwERd/ZpoQY3MAVKz+Nakwc+2XBmzT66KcUehU5kr4IvGa/lEU5RZb/q0\
            0zP9VLdBhC/jQSX3X1UcJLCtEc4gTmib4tnmAT+bHF/e17ZAuxDNcx6rqT8gNEXqaJGG+1OflMSTU2tpyG65G4d\
            MKdFcoA==";
        let nonce = "593BEC0C930BF1AFEB40B4A08C8FB242";
        let of = |number: &str| {
            let target = format!("/v3/refund/domestic/refunds/{number}");
            request("GET", &target, "1554208460", nonce, b"")
        };
        assert!(verify(&published(), &of("123123123123"), signature));
        assert!(!verify(&published(), &of("123123123124"), signature));
    }

    #[test]
    fn the_published_signature_of_an_answer_holds() {
        // pay.weixin.qq.com/doc/v3/merchant/4013053420
        let signature = "mfI1CPqvBrgcXfgXMFjdNIhBf27ACE2YyeWsWV9ZI7T7RU0vHvbQpu9Z32ogzc+k8ZC5n3kz7h\
            70eWKjgqNdKQF0eRp8mVKlmfzMLBVHbssB9jEZEDXThOX1XFqX7s7ymia1hoHQxQagPGzkdWxtlZPZ4ZPvr1Riq\
            kgAu6Is8MZgXXrRoBKqjmSdrP1N7uxzJ/cjfSiis9FiLjuADoqmQ1P7p2N876YPAol7Rn0+GswwAwxldbdLrmVS\
            jfytfSBJFqTMHn4itojgxSWWN1byuckQt8hSTEv/Lg97QoeGniYP17T80pJeQyL3b+295FPHSO2AtvCgyIbKMZ0\
            BALilAA==";
        let body = br#"{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}"#;
        let platform = pem::rsa_public(PLATFORM).unwrap();
        let message = answer("1722850421", "d824f2e086d3c1df967785d13fcd22ef", body);
        assert!(verify(&platform, &message, signature));
        let message = answer("1722850422", "d824f2e086d3c1df967785d13fcd22ef", body);
        assert!(!verify(&platform, &message, signature));
    }

    #[test]
    fn what_the_platform_signs_is_verified_by_its_public_key() {
        let key = keys::wechat_public();
        let message = answer("1", "n", b"");
        assert_eq!(message, b"1\nn\n\n");
        let signature = STANDARD.encode(key.sign(&message));
        let public = pem::rsa_public(keys::WECHAT_PUBLIC).unwrap();
        assert!(verify(&public, &message, &signature));
        assert!(!verify(&published(), &message, &signature));
    }

    #[test]
    fn a_header_that_is_not_exactly_so_is_none() {
        let good = "mchid=\"1\",nonce_str=\"n\",timestamp=\"2\",serial_no=\"s\",signature=\"x==\"";
        let read = |fields: &str| Authorization::read(&format!("{SCHEME} {fields}"));
        assert_eq!(read(good).unwrap().signature, "x==");
        assert!(Authorization::read(&format!("Bearer {good}")).is_none());
        assert!(Authorization::read(&format!("{SCHEME}{good}")).is_none());
        for bad in [
            good.replace("mchid=\"1\",", ""),
            good.replace(',', ", "),
            good.replace('"', "'"),
            good.replace("\"1\"", "\"\""),
            format!("{good},mchid=\"2\""),
            format!("{good},more=\"2\""),
            String::new(),
        ] {
            assert!(read(&bad).is_none(), "{bad}");
        }
    }
}
