//! What of RFC 9421 (HTTP message signatures) is used here: one signature a message, Ed25519, over
//! components that each side knows beforehand. Read strictly: a message whose `Signature-Input` is
//! not in the canonical form of the RFC, or covers other components, is refused.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// The label of our signatures.
pub const LABEL: &str = "enishi";
/// What they are for; a signature for something else is none.
const TAG: &str = "enishi-corridor";

/// One covered component as the signature base has it: its identifier, and its value.
pub type Component<'a> = (&'a str, &'a str);

/// The parameters of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Params {
    /// When it was made, in seconds since 1970.
    pub created: u64,
    /// Which key.
    pub keyid: String,
    /// Never used twice.
    pub nonce: String,
}

/// A signature as its two header fields carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// `Signature-Input`.
    pub input: String,
    /// `Signature`.
    pub signature: String,
}

/// A message whose signature can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not in the form that the corridor uses")]
pub struct Unreadable;

/// Which components, and how: the value of `Signature-Input` behind its label.
fn described(components: &[Component<'_>], params: &Params) -> String {
    let names: Vec<_> = components.iter().map(|(name, _)| *name).collect();
    format!(
        "({});created={};keyid=\"{}\";nonce=\"{}\";alg=\"ed25519\";tag=\"{TAG}\"",
        names.join(" "),
        params.created,
        params.keyid,
        params.nonce,
    )
}

/// The signature base (RFC 9421, 2.5): a line for each component, then the parameters.
pub fn base(components: &[Component<'_>], described: &str) -> String {
    let mut base = String::new();
    for (name, value) in components {
        base.push_str(name);
        base.push_str(": ");
        base.push_str(value);
        base.push('\n');
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(described);
    base
}

/// Signs components.
pub fn sign(key: &SigningKey, components: &[Component<'_>], params: &Params) -> Signed {
    let described = described(components, params);
    let signature = key.sign(base(components, &described).as_bytes());
    Signed {
        input: format!("{LABEL}={described}"),
        signature: format!("{LABEL}=:{}:", STANDARD.encode(signature.to_bytes())),
    }
}

impl Signed {
    /// The parameters, when exactly these components are covered in exactly our form.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn params(&self, names: &[&str]) -> Result<Params, Unreadable> {
        let rest = self.input.strip_prefix(LABEL).and_then(|rest| rest.strip_prefix("=("));
        let (covered, rest) = rest.and_then(|rest| rest.split_once(')')).ok_or(Unreadable)?;
        if covered != names.join(" ") {
            return Err(Unreadable);
        }
        let (created, rest) = rest
            .strip_prefix(";created=")
            .and_then(|rest| rest.split_once(";keyid=\""))
            .ok_or(Unreadable)?;
        let (keyid, rest) = rest.split_once("\";nonce=\"").ok_or(Unreadable)?;
        let (nonce, rest) = rest.split_once("\";alg=\"").ok_or(Unreadable)?;
        let plain = |text: &str| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
        };
        let digits =
            (1..=12).contains(&created.len()) && created.bytes().all(|b| b.is_ascii_digit());
        if rest != format!("ed25519\";tag=\"{TAG}\"") || !plain(keyid) || !plain(nonce) || !digits {
            return Err(Unreadable);
        }
        let created = created.parse().map_err(|_| Unreadable)?;
        Ok(Params { created, keyid: keyid.to_owned(), nonce: nonce.to_owned() })
    }

    /// Whether the key made it over these components.
    pub fn is_by(&self, key: &VerifyingKey, components: &[Component<'_>]) -> bool {
        let described = self.input.strip_prefix(LABEL).and_then(|rest| rest.strip_prefix('='));
        let (Some(described), Some(bytes)) = (described, self.bytes()) else { return false };
        let base = base(components, described);
        // Strict: no weak key, no second form of one signature.
        key.verify_strict(base.as_bytes(), &Signature::from_bytes(&bytes)).is_ok()
    }

    fn bytes(&self) -> Option<[u8; 64]> {
        let rest = self.signature.strip_prefix(LABEL)?.strip_prefix("=:")?;
        STANDARD.decode(rest.strip_suffix(':')?).ok()?.try_into().ok()
    }
}

/// `Content-Digest` of a body (RFC 9530).
pub fn digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

/// A nonce that nobody can guess.
pub fn nonce() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn rfc_key() -> SigningKey {
        let secret = URL_SAFE_NO_PAD.decode("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU").unwrap();
        SigningKey::from_bytes(&secret.try_into().unwrap())
    }

    /// RFC 9421, B.1.4 and B.2.6.
    #[test]
    fn the_signature_of_the_rfc_is_made_and_found_good() {
        let key = rfc_key();
        let public = URL_SAFE_NO_PAD.encode(key.verifying_key().to_bytes());
        assert_eq!(public, "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs");
        let components = [
            ("\"date\"", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("\"@method\"", "POST"),
            ("\"@path\"", "/foo"),
            ("\"@authority\"", "example.com"),
            ("\"content-type\"", "application/json"),
            ("\"content-length\"", "18"),
        ];
        let described = "(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \
                         \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"";
        let made = key.sign(base(&components, described).as_bytes()).to_bytes();
        let expected = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lI\
                        p5WPpBKRCw==";
        assert_eq!(STANDARD.encode(made), expected);
        let signed = Signed {
            input: format!("{LABEL}={described}"),
            signature: format!("{LABEL}=:{expected}:"),
        };
        assert!(signed.is_by(&key.verifying_key(), &components));
        let mut other = components;
        other[2].1 = "/fop";
        assert!(!signed.is_by(&key.verifying_key(), &other));
    }

    /// RFC 9530, appendix D: the digest of its sample.
    #[test]
    fn a_digest_is_that_of_the_rfc() {
        let sample = "{\"hello\": \"world\"}\n";
        let expected = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
        assert_eq!(digest(sample.as_bytes()), expected);
    }

    #[test]
    fn only_our_own_form_is_read() {
        let params = Params { created: 7, keyid: "cn-1".into(), nonce: "AA==".into() };
        let components = [("\"@method\"", "POST"), ("\"@path\"", "/x")];
        let names = ["\"@method\"", "\"@path\""];
        let good = sign(&rfc_key(), &components, &params);
        assert_eq!(good.params(&names), Ok(params));
        assert_eq!(good.params(&names[..1]), Err(Unreadable));
        for (part, instead) in [
            ("enishi=", "sig1="),
            ("created=7", "created=-7"),
            ("created=7", "created=7777777777777"),
            ("ed25519", "hmac-sha256"),
            ("enishi-corridor", "another"),
            ("nonce=\"AA==\"", "nonce=\"\""),
            ("\"@path\")", "\"@path\" )"),
            (";tag", ";expires=9;tag"),
        ] {
            let input = good.input.replacen(part, instead, 1);
            assert_ne!(input, good.input, "{part}");
            let bad = Signed { input, signature: good.signature.clone() };
            assert_eq!(bad.params(&names), Err(Unreadable), "{instead}");
        }
        let key = rfc_key().verifying_key();
        for signature in ["", "enishi=", "enishi=:!!:", "enishi=:AAAA:", "sig1=:AAAA:"] {
            let bad = Signed { signature: signature.into(), ..good.clone() };
            assert!(!bad.is_by(&key, &components), "{signature}");
        }
    }
}
