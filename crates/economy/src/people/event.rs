//! Facts about people.

use kernel::id::{Key, Party};
use kernel::{Id, Role, Timestamp};

use super::{AccessRules, Duty, Opened};

/// Somebody became a member of a party.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct MemberAdded {
    /// Who, by the number of their own party.
    #[n(0)]
    pub person: u32,
    /// Under which their name stands in the vault.
    #[n(1)]
    pub id: Id<Party>,
    /// Whose member, by number.
    #[n(2)]
    pub party: u32,
    /// What for.
    #[n(3)]
    pub duty: Duty,
}

/// A member got another duty.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct DutySet {
    /// Who.
    #[n(0)]
    pub person: u32,
    /// Which.
    #[n(1)]
    pub duty: Duty,
}

/// Somebody is no member any more.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct MemberEnded {
    /// Who.
    #[n(0)]
    pub person: u32,
}

/// A passkey was added.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct PasskeyAdded {
    /// Its number.
    #[n(0)]
    pub passkey: u128,
    /// Whose it is.
    #[n(1)]
    pub person: u32,
    /// The credential's id.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub credential: Vec<u8>,
    /// The public key.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub public: Vec<u8>,
    /// How often it signed.
    #[n(4)]
    pub counter: u32,
}

/// A passkey was ended.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct PasskeyEnded {
    /// Which.
    #[n(0)]
    pub passkey: u128,
}

/// Somebody signed in.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SessionOpened {
    /// Names the session.
    #[n(0)]
    pub id: Id<Key>,
    /// The hash of its token.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub hash: [u8; 32],
    /// Who.
    #[n(2)]
    pub person: u32,
    /// For whom they act.
    #[n(3)]
    pub party: u32,
    /// In which role.
    #[n(4)]
    pub role: Role,
    /// With what.
    #[n(5)]
    pub by: Opened,
    /// How often a passkey signed.
    #[n(6)]
    pub counter: u32,
    /// When the session ends by itself.
    #[n(7)]
    pub expires: Timestamp,
}

/// A session is over.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SessionEnded {
    /// Whose.
    #[n(0)]
    pub person: u32,
    /// Which.
    #[n(1)]
    pub id: Id<Key>,
}

/// It was set how long people stay signed in, and from how much on they sign.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct AccessRulesSet {
    /// From when it holds.
    #[n(0)]
    pub from: Timestamp,
    /// The rules.
    #[n(1)]
    pub rules: AccessRules,
}

/// What stands before this in the record was signed by a person.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ProofGiven {
    /// With which passkey.
    #[n(0)]
    pub passkey: u128,
    /// How often it signed.
    #[n(1)]
    pub counter: u32,
    /// The hash of what was shown.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub content: [u8; 32],
    /// The hash of what the authenticator answered.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub proof: [u8; 32],
}
