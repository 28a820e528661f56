//! What can be asked about people. Plain data; ids are already made.

use kernel::id::{Key, Party};
use kernel::{Id, Ref, Timestamp};

use super::{AccessRules, Duty};
use crate::Command;

/// Makes somebody a member of a party. Who it is stands in the vault under the same id.
#[derive(Clone, Debug)]
pub struct AddMember {
    /// Creates the person.
    pub id: Id<Party>,
    /// The party they act for, by number.
    pub party: u32,
    /// What for.
    pub duty: Duty,
}

/// Gives a member another duty.
#[derive(Clone, Debug)]
pub struct SetDuty {
    /// Who.
    pub person: Ref<Party>,
    /// Which.
    pub duty: Duty,
}

/// Ends what a member may do, with all that they are known by.
#[derive(Clone, Debug)]
pub struct EndMember {
    /// Who.
    pub person: Ref<Party>,
}

/// Adds a passkey of the person who asks.
#[derive(Clone, Debug)]
pub struct AddPasskey {
    /// The credential's id, at most 1,023 bytes.
    pub credential: Vec<u8>,
    /// The public key, at most 1,200 bytes.
    pub public: Vec<u8>,
    /// How often it signed.
    pub counter: u32,
}

/// Ends a passkey, and the sessions that it opened.
#[derive(Clone, Debug)]
pub struct EndPasskey {
    /// Which, by number.
    pub passkey: u128,
}

/// What somebody showed to be signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A passkey signed.
    Passkey {
        /// Which, by number.
        number: u128,
        /// How often it signed, as it says itself.
        counter: u32,
    },
    /// A sign-in code was given.
    Code(Id<Key>),
}

/// Signs in on a device.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// Names the session.
    pub id: Id<Key>,
    /// The hash of its token.
    pub hash: [u8; 32],
    /// With what.
    pub shown: Shown,
}

/// Signs out.
#[derive(Clone, Debug)]
pub struct EndSession {
    /// Whose session, by number.
    pub person: u32,
    /// Which.
    pub id: Id<Key>,
}

/// Sets how long people stay signed in, and from how much on they sign.
#[derive(Clone, Debug)]
pub struct SetAccessRules {
    /// From when they hold.
    pub from: Timestamp,
    /// The rules.
    pub rules: AccessRules,
}

/// A command whose content a person has seen and signed with a passkey.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Which passkey, by number.
    pub passkey: u128,
    /// How often it signed, as it says itself.
    pub counter: u32,
    /// The hash of what was shown: the challenge that was signed.
    pub content: [u8; 32],
    /// The hash of what the authenticator answered.
    pub proof: [u8; 32],
    /// What is to be done.
    pub command: Command,
}
