//! Passkeys (WebAuthn level 2) as this product needs them: one is registered, one proves that its
//! holder is there, and one signs what its holder was shown. The checking is `webauthn-rs-core`'s;
//! this crate says which of its many choices are made, and what of a passkey is kept.
//!
//! ```text
//! register ─▶ options for the browser + Registration ─▶ registered ─▶ Credential (kept)
//! a challenge of 32 bytes ─▶ request ─▶ options ─▶ proves ─▶ Proof
//! ```
//!
//! **Invariants**
//! - The authenticator has verified its user (a fingerprint, a face, a PIN): without it nothing is
//!   registered and nothing proved.
//! - Origin and relying party are exactly those of the [`Relying`] party; no subdomain, no other
//!   port, no frame of another site.
//! - A challenge is the caller's: who lets it be used once, and binds it to what was shown, has
//!   what the signature means.
//! - What is kept of a credential is written by this crate and read by every later version of it.
//!
//! **Absent**: a clock, a store, HTTP; what a challenge was made of; attestation (which maker built
//! the authenticator): anybody's device is welcome.

#[cfg(feature = "soft")]
pub mod soft;
mod stored;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{AuthenticationState, RegistrationState};
use webauthn_rs_core::proto::{
    COSEAlgorithm, PublicKeyCredential, RegisterPublicKeyCredential, UserVerificationPolicy,
};

/// How long a person may take, as the browser is told.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// The site that passkeys are for.
#[derive(Clone, Debug)]
pub struct Relying {
    core: WebauthnCore,
    id: String,
}

/// The text is no origin that passkeys can be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("passkeys need https and a name, or http on localhost; an address of numbers has none")]
pub struct NotAnOrigin;

/// A passkey that is being registered; kept by the server until the browser answers, then dropped.
#[derive(Clone, Debug)]
pub struct Registration(RegistrationState);

/// What is kept of a passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The id that its authenticator gave it.
    pub id: Vec<u8>,
    /// The public key and what belongs to it, as this crate writes them.
    pub public: Vec<u8>,
    /// How often it signed; 0 where it does not count.
    pub counter: u32,
}

/// That the holder of a passkey signed a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// How often the passkey signed, as it says.
    pub counter: u32,
    /// SHA-256 of what was signed and the signature: names this proof.
    pub hash: [u8; 32],
}

/// Why an answer of a browser proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// It can't be read.
    #[error("this is no answer of an authenticator")]
    Malformed,
    /// The authenticator counts less than before: there may be two of it.
    #[error("the authenticator counts back, as a copy of it would")]
    Cloned,
    /// It was made for another challenge, site or passkey, without its user, or the signature is wrong.
    #[error("the answer does not fit: {0}")]
    Unfit(String),
}

impl From<WebauthnError> for Unproven {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::CredentialPossibleCompromise => Self::Cloned,
            other => Self::Unfit(other.to_string()),
        }
    }
}

impl Relying {
    /// The relying party of an origin such as `https://pay.example`; its id is the origin's host.
    ///
    /// # Errors
    /// Browsers make no passkeys for this origin.
    pub fn new(name: &str, origin: &str) -> Result<Self, NotAnOrigin> {
        let origin: Url = origin.parse().map_err(|_| NotAnOrigin)?;
        let host = origin.domain().ok_or(NotAnOrigin)?.to_owned();
        let secure =
            origin.scheme() == "https" || (origin.scheme() == "http" && host == "localhost");
        if !secure {
            return Err(NotAnOrigin);
        }
        let core = WebauthnCore::new_unsafe_experts_only(
            name,
            &host,
            vec![origin],
            PATIENCE,
            Some(false),
            Some(false),
        );
        Ok(Self { core, id: host })
    }

    /// Begins to register a passkey: what the browser's `navigator.credentials.create` takes, as
    /// JSON with bytes in base64url. `person` (1 to 64 bytes, nothing personal) comes back when the
    /// passkey is used; `known` are the ids of those that the person has.
    ///
    /// # Errors
    /// A name or the person is empty.
    pub fn register(
        &self,
        person: &[u8],
        name: &str,
        known: &[Vec<u8>],
    ) -> Result<(Value, Registration), Unproven> {
        let builder = self.core.new_challenge_register_builder(person, name, name)?;
        let builder = builder
            .user_verification_policy(UserVerificationPolicy::Required)
            .require_resident_key(true)
            .credential_algorithms(vec![COSEAlgorithm::ES256, COSEAlgorithm::RS256])
            .exclude_credentials(Some(known.to_vec()));
        let (options, state) = self.core.generate_challenge_register(builder)?;
        let options = serde_json::to_value(options.public_key).map_err(|_| Unproven::Malformed)?;
        Ok((options, Registration(state)))
    }

    /// Ends it with what the browser answered.
    ///
    /// # Errors
    /// It registers nothing.
    pub fn registered(&self, begun: &Registration, answer: &str) -> Result<Credential, Unproven> {
        let answer: RegisterPublicKeyCredential =
            serde_json::from_str(answer).map_err(|_| Unproven::Malformed)?;
        let known = self.core.register_credential(&answer, &begun.0, None)?;
        if !known.user_verified {
            return Err(Unproven::Unfit("the user was not verified".to_owned()));
        }
        let public = stored::write(&known).ok_or(Unproven::Malformed)?;
        Ok(Credential { id: known.cred_id, public, counter: known.counter })
    }

    /// What the browser's `navigator.credentials.get` takes. With no `allowed` passkeys it asks for
    /// whichever its holder chooses.
    pub fn request(&self, challenge: &[u8; 32], allowed: &[Vec<u8>]) -> Value {
        let row = |id: &Vec<u8>| json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id) });
        json!({
            "challenge": URL_SAFE_NO_PAD.encode(challenge),
            "rpId": self.id,
            "timeout": PATIENCE.as_millis() as u64,
            "userVerification": "required",
            "allowCredentials": allowed.iter().map(row).collect::<Vec<_>>(),
        })
    }

    /// Whether an answer of a browser proves that the holder of a passkey signed a challenge.
    ///
    /// # Errors
    /// Why it does not.
    pub fn proves(
        &self,
        challenge: &[u8; 32],
        credential: &Credential,
        answer: &str,
    ) -> Result<Proof, Unproven> {
        let answer = read(answer)?;
        let known = stored::read(credential).ok_or(Unproven::Malformed)?;
        // The challenge is ours: it may say what was shown. The library draws its own.
        let state = json!({
            "credentials": [],
            "policy": "required",
            "challenge": URL_SAFE_NO_PAD.encode(challenge),
            "appid": null,
            "allow_backup_eligible_upgrade": true,
        });
        let state: AuthenticationState =
            serde_json::from_value(state).map_err(|_| Unproven::Malformed)?;
        let told = self.core.authenticate_single_credential(&answer, &state, &known)?;
        if !told.user_verified() {
            return Err(Unproven::Unfit("the user was not verified".to_owned()));
        }
        let response = &answer.response;
        let mut hash = Sha256::new();
        for part in [&response.authenticator_data, &response.client_data_json, &response.signature]
        {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Ok(Proof { counter: told.counter(), hash: hash.finalize().into() })
    }
}

fn read(answer: &str) -> Result<PublicKeyCredential, Unproven> {
    serde_json::from_str(answer).map_err(|_| Unproven::Malformed)
}

/// The id of the passkey that an answer says to be of.
///
/// # Errors
/// It can't be read.
pub fn credential_of(answer: &str) -> Result<Vec<u8>, Unproven> {
    read(answer).map(|answer| answer.raw_id)
}
