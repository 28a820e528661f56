//! What is kept of a passkey. The bytes lie in journals: they never change.

use webauthn_rs_core::proto::{
    AttestationFormat, AttestationMetadata, COSEAlgorithm, COSEEC2Key, COSEKey, COSEKeyType,
    COSERSAKey, Credential as Known, ECDSACurve, ParsedAttestation, ParsedAttestationData,
    RegisteredExtensions, UserVerificationPolicy,
};

use crate::Credential;

/// A public key: ES256 as its two coordinates, RS256 as modulus and exponent.
#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Stored {
    /// The algorithm as COSE numbers it: -7 or -257.
    #[n(0)]
    algorithm: i16,
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    first: Vec<u8>,
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    second: Vec<u8>,
    /// Whether its authenticator may copy it to others of its user's.
    #[n(3)]
    copied: bool,
}

const ES256: i16 = COSEAlgorithm::ES256 as i16;
const RS256: i16 = COSEAlgorithm::RS256 as i16;

/// The public key of a credential; none of an algorithm that was not asked for.
pub(crate) fn write(known: &Known) -> Option<Vec<u8>> {
    let (algorithm, first, second) = match (known.cred.type_, &known.cred.key) {
        (COSEAlgorithm::ES256, COSEKeyType::EC_EC2(key)) if key.curve == ECDSACurve::SECP256R1 => {
            (ES256, key.x.clone(), key.y.clone())
        }
        (COSEAlgorithm::RS256, COSEKeyType::RSA(key)) => (RS256, key.n.clone(), key.e.to_vec()),
        _ => return None,
    };
    let stored = Stored { algorithm, first, second, copied: known.backup_eligible };
    minicbor::to_vec(stored).ok()
}

/// The credential that was kept.
pub(crate) fn read(kept: &Credential) -> Option<Known> {
    let Stored { algorithm, first, second, copied } = minicbor::decode(&kept.public).ok()?;
    let cred = match algorithm {
        ES256 => {
            let key = COSEEC2Key { curve: ECDSACurve::SECP256R1, x: first, y: second };
            COSEKey { type_: COSEAlgorithm::ES256, key: COSEKeyType::EC_EC2(key) }
        }
        RS256 => {
            let key = COSERSAKey { n: first, e: second.try_into().ok()? };
            COSEKey { type_: COSEAlgorithm::RS256, key: COSEKeyType::RSA(key) }
        }
        _ => return None,
    };
    Some(Known {
        cred_id: kept.id.clone(),
        cred,
        counter: kept.counter,
        transports: None,
        user_verified: true,
        backup_eligible: copied,
        backup_state: false,
        registration_policy: UserVerificationPolicy::Required,
        extensions: RegisteredExtensions::none(),
        attestation: ParsedAttestation {
            data: ParsedAttestationData::None,
            metadata: AttestationMetadata::None,
        },
        attestation_format: AttestationFormat::None,
    })
}
