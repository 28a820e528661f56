//! What of RFC 9421 (HTTP message signatures) a partner uses: one signature a message, Ed25519, over
//! components that both sides know beforehand. Label and order of parameters are the signer's; a
//! component or a parameter that the protocol does not name is refused.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use link::signature::{Component, base};

/// What signatures of this protocol are for; one for something else is none.
pub const TAG: &str = "enishi-partner";
/// The label of the signatures that we make.
const LABEL: &str = "partner";
/// The longest `Signature-Input` that is read.
const MOST: usize = 600;

/// What a request's signature covers, in this order.
pub const ASKED: [&str; 5] =
    ["\"@method\"", "\"@path\"", "\"@query\"", "\"content-digest\"", "\"enishi-partner\""];
/// What an answer's signature covers, in this order.
pub const ANSWERED: [&str; 4] =
    ["\"@status\"", "\"content-digest\"", "\"enishi-partner\"", "\"signature\";req"];

/// The parameters of a signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    /// When it was made, in seconds since 1970.
    pub created: u64,
    /// Until when it counts, if the signer says so.
    pub expires: Option<u64>,
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

/// A message whose signature can't be read: why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub &'static str);

/// Signs components.
pub fn sign(key: &SigningKey, components: &[Component<'_>], params: &Params) -> Signed {
    let names: Vec<_> = components.iter().map(|(name, _)| *name).collect();
    let expires = params.expires.map(|at| format!(";expires={at}")).unwrap_or_default();
    let described = format!(
        "({});created={}{expires};keyid=\"{}\";nonce=\"{}\";alg=\"ed25519\";tag=\"{TAG}\"",
        names.join(" "),
        params.created,
        params.keyid,
        params.nonce,
    );
    let signature = key.sign(base(components, &described).as_bytes());
    Signed {
        input: format!("{LABEL}={described}"),
        signature: format!("{LABEL}=:{}:", STANDARD.encode(signature.to_bytes())),
    }
}

impl Signed {
    /// The label, and what stands behind it.
    fn labelled(&self) -> Result<(&str, &str), Unreadable> {
        if self.input.len() > MOST {
            return Err(Unreadable("Signature-Input is too long"));
        }
        let (label, described) =
            self.input.split_once('=').ok_or(Unreadable("Signature-Input has no label"))?;
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.*".contains(&b);
        let begins = label.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if !begins || label.len() > 40 || !label.bytes().all(plain) {
            return Err(Unreadable("Signature-Input has no label"));
        }
        Ok((label, described))
    }

    /// The parameters, when exactly these components are covered.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn params(&self, names: &[&str]) -> Result<Params, Unreadable> {
        let (_, described) = self.labelled()?;
        let inside = described.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let (covered, rest) = inside.ok_or(Unreadable("no components are covered"))?;
        if covered != names.join(" ") {
            return Err(Unreadable("other components are covered than the protocol's, in order"));
        }
        let mut params = Params::default();
        let mut seen = Vec::new();
        for part in rest.split(';').skip(1) {
            let (name, value) =
                part.split_once('=').ok_or(Unreadable("a parameter has no value"))?;
            if seen.contains(&name) {
                return Err(Unreadable("a parameter stands twice"));
            }
            seen.push(name);
            match name {
                "created" => params.created = seconds(value)?,
                "expires" => params.expires = Some(seconds(value)?),
                "keyid" => params.keyid = quoted(value)?.to_owned(),
                "nonce" => params.nonce = quoted(value)?.to_owned(),
                "alg" if quoted(value)? == "ed25519" => {}
                "alg" => return Err(Unreadable("`alg` is not \"ed25519\"")),
                "tag" if quoted(value)? == TAG => {}
                "tag" => return Err(Unreadable("`tag` is not \"enishi-partner\"")),
                _ => return Err(Unreadable("a parameter is not of the protocol")),
            }
        }
        let needed = ["created", "keyid", "nonce", "tag"];
        if !needed.iter().all(|name| seen.contains(name)) {
            return Err(Unreadable("created, keyid, nonce and tag must all be there"));
        }
        Ok(params)
    }

    /// Whether the key made it over these components.
    pub fn is_by(&self, key: &VerifyingKey, components: &[Component<'_>]) -> bool {
        let Ok((label, described)) = self.labelled() else { return false };
        let bytes = self.signature.strip_prefix(label).and_then(|rest| rest.strip_prefix("=:"));
        let bytes = bytes.and_then(|rest| STANDARD.decode(rest.strip_suffix(':')?).ok());
        let Some(bytes) = bytes.and_then(|bytes| bytes.try_into().ok()) else { return false };
        let base = base(components, described);
        // Strict: no weak key, no second form of one signature.
        key.verify_strict(base.as_bytes(), &Signature::from_bytes(&bytes)).is_ok()
    }
}

fn seconds(value: &str) -> Result<u64, Unreadable> {
    let plain = (1..=12).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit());
    let wrong = Unreadable("`created` and `expires` are whole seconds since 1970");
    if plain { value.parse().map_err(|_| wrong) } else { Err(wrong) }
}

fn quoted(value: &str) -> Result<&str, Unreadable> {
    let wrong = Unreadable("a text parameter has 1 to 64 visible characters in quotes");
    let text = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or(wrong)?;
    let fits = (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\;".contains(&b));
    if fits { Ok(text) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9421, B.1.4.
    fn rfc_key() -> SigningKey {
        let secret = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU")
            .unwrap();
        SigningKey::from_bytes(&secret.try_into().unwrap())
    }

    /// RFC 9421, B.2.6: with its own label and parameters.
    #[test]
    fn the_signature_of_the_rfc_is_found_good() {
        let components = [
            ("\"date\"", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("\"@method\"", "POST"),
            ("\"@path\"", "/foo"),
            ("\"@authority\"", "example.com"),
            ("\"content-type\"", "application/json"),
            ("\"content-length\"", "18"),
        ];
        let signed = Signed {
            input: "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \
                    \"content-length\");created=1618884473;keyid=\"test-key-ed25519\""
                .to_owned(),
            signature:
                "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w\
                        6vuQv5lIp5WPpBKRCw==:"
                    .to_owned(),
        };
        assert!(signed.is_by(&rfc_key().verifying_key(), &components));
        let mut other = components;
        other[2].1 = "/fop";
        assert!(!signed.is_by(&rfc_key().verifying_key(), &other));
    }

    #[test]
    fn label_and_order_are_the_signers_and_nothing_else_is() {
        let params = Params {
            created: 7,
            expires: None,
            keyid: "mdr-1".to_owned(),
            nonce: "AA==".to_owned(),
        };
        let components: Vec<_> = ASKED.into_iter().map(|name| (name, "x")).collect();
        let good = sign(&rfc_key(), &components, &params);
        assert_eq!(good.params(&ASKED), Ok(params.clone()));
        assert!(good.is_by(&rfc_key().verifying_key(), &components));
        let covered = ASKED.join(" ");
        let of = |rest: &str| Signed {
            input: format!("sig1=({covered}){rest}"),
            signature: String::new(),
        };
        let other = of(";tag=\"enishi-partner\";nonce=\"AA==\";keyid=\"mdr-1\";created=7");
        assert_eq!(other.params(&ASKED), Ok(params));
        for rest in [
            "",
            ";created=7;keyid=\"a\";nonce=\"b\"",
            ";created=7;keyid=\"a\";tag=\"enishi-partner\"",
            ";created=7;created=7;keyid=\"a\";nonce=\"b\";tag=\"enishi-partner\"",
            ";created=-7;keyid=\"a\";nonce=\"b\";tag=\"enishi-partner\"",
            ";created=7777777777777;keyid=\"a\";nonce=\"b\";tag=\"enishi-partner\"",
            ";created=7;keyid=\"a\";nonce=\"\";tag=\"enishi-partner\"",
            ";created=7;keyid=a;nonce=\"b\";tag=\"enishi-partner\"",
            ";created=7;keyid=\"a\";nonce=\"b\";tag=\"another\"",
            ";created=7;keyid=\"a\";nonce=\"b\";tag=\"enishi-partner\";alg=\"hmac-sha256\"",
            ";created=7;keyid=\"a\";nonce=\"b\";tag=\"enishi-partner\";more=1",
            ";created",
        ] {
            assert!(of(rest).params(&ASKED).is_err(), "{rest}");
        }
        for input in ["", "sig1", "sig1=", "Sig=()", "=()", "sig1=(\"@method\");created=7"] {
            let bad = Signed { input: input.to_owned(), signature: String::new() };
            assert!(bad.params(&ASKED).is_err(), "{input}");
            assert!(!bad.is_by(&rfc_key().verifying_key(), &components), "{input}");
        }
        for signature in ["", "partner=", "partner=:!!:", "partner=:AAAA:", "sig1=:AAAA:"] {
            let bad = Signed { signature: signature.to_owned(), ..good.clone() };
            assert!(!bad.is_by(&rfc_key().verifying_key(), &components), "{signature}");
        }
    }
}
