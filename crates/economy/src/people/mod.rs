//! The people who act for parties: members with a duty, the passkeys they sign with, and the
//! sessions that those open. Names and labels are in the vault; here are numbers, public keys and
//! hashes.
//!
//! A party that acts by itself (the owner who signed up, the operator that set up the cell, whoever
//! has a wallet) is its own person and has the first duty of its role. Everybody else is a party of
//! their own with [`Role::Staff`], a member of exactly one other.

pub mod command;
mod decide;
pub mod event;
mod evolve;

use std::collections::BTreeMap;

use kernel::id::{Key as KeyKind, Party};
use kernel::{Currency, Id, Role, Span, Timestamp};
use pay::terms::Dated;

/// What a member of a party is there for. Numbers are stored: they never change. What each may do
/// stands in the edge's table.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum Duty {
    /// Of a merchant: everything.
    #[n(0)]
    Owner,
    /// Of a merchant: gives money back, leads the staff, sets the bank account.
    #[n(1)]
    Manager,
    /// Of a merchant: asks to be paid and sees today.
    #[n(2)]
    Cashier,
    /// Of a merchant: reads what happened, statements and files.
    #[n(3)]
    Bookkeeper,
    /// Of the operator: everything.
    #[n(4)]
    Admin,
    /// Of the operator: reads, and agrees to what others prepared.
    #[n(5)]
    Approver,
    /// Of the operator: the daily work, without terms and without agreeing to what was prepared.
    #[n(6)]
    Clerk,
    /// Of the operator: reads only.
    #[n(7)]
    Auditor,
}

impl Duty {
    /// Every duty.
    pub const ALL: [Self; 8] = [
        Self::Owner,
        Self::Manager,
        Self::Cashier,
        Self::Bookkeeper,
        Self::Admin,
        Self::Approver,
        Self::Clerk,
        Self::Auditor,
    ];

    /// The role of the parties that have members with this duty.
    pub const fn role(self) -> Role {
        match self {
            Self::Owner | Self::Manager | Self::Cashier | Self::Bookkeeper => Role::Merchant,
            Self::Admin | Self::Approver | Self::Clerk | Self::Auditor => Role::Operator,
        }
    }

    /// The duty that a party has for itself; none for a role that has no staff.
    pub const fn first(role: Role) -> Option<Self> {
        match role {
            Role::Merchant => Some(Self::Owner),
            Role::Operator => Some(Self::Admin),
            _ => None,
        }
    }

    /// Whether it is the first of its role.
    pub fn is_first(self) -> bool {
        Self::first(self.role()) == Some(self)
    }

    /// Whether who has it may give, change and end another: the first any, others those below.
    pub fn leads(self, other: Self) -> bool {
        let rank = |duty| match duty {
            Self::Owner | Self::Admin => 0,
            Self::Manager | Self::Approver => 1,
            Self::Cashier | Self::Bookkeeper | Self::Clerk | Self::Auditor => 2,
        };
        self.role() == other.role() && (self.is_first() || rank(self) < rank(other))
    }

    /// The stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::Cashier => "cashier",
            Self::Bookkeeper => "bookkeeper",
            Self::Admin => "admin",
            Self::Approver => "approver",
            Self::Clerk => "clerk",
            Self::Auditor => "auditor",
        }
    }
}

/// What a key is written as, and how often it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum KeyForm {
    /// Not said: a key or a code issued before keys had a form.
    #[n(0)]
    Unsaid,
    /// An API key, for programs.
    #[n(1)]
    Api,
    /// A sign-in code that opens until it is ended.
    #[n(2)]
    Code,
    /// A sign-in code that opens once.
    #[n(3)]
    Invitation,
}

/// Who acts for which party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Member {
    /// The party, by number.
    #[n(0)]
    pub party: u32,
    /// What for.
    #[n(1)]
    pub duty: Duty,
    /// Since when.
    #[n(2)]
    pub since: Timestamp,
    /// Until when, if it is over.
    #[n(3)]
    pub ended: Option<Timestamp>,
}

/// A passkey: what proves that a person is there.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Passkey {
    /// Whose it is, by number.
    #[n(0)]
    pub person: u32,
    /// The credential's id, as its authenticator made it.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub credential: Vec<u8>,
    /// The public key, as the edge wrote it.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub public: Vec<u8>,
    /// How often it signed, as it counts itself; 0 where it does not count.
    #[n(3)]
    pub counter: u32,
    /// Since when.
    #[n(4)]
    pub since: Timestamp,
    /// When it signed last.
    #[n(5)]
    pub used: Timestamp,
    /// What it signed last to prove a command: never twice the same.
    #[n(6)]
    #[cbor(with = "minicbor::bytes")]
    pub proof: [u8; 32],
    /// Whether it was ended.
    #[n(7)]
    pub ended: bool,
}

/// What a session was opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Opened {
    /// A passkey, by its number.
    #[n(0)]
    Passkey(#[n(0)] u128),
    /// A sign-in code.
    #[n(1)]
    Code(#[n(0)] Id<KeyKind>),
}

/// A device on which somebody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Session {
    /// The hash of its token.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub hash: [u8; 32],
    /// For which party it acts, by number.
    #[n(1)]
    pub party: u32,
    /// In which role.
    #[n(2)]
    pub role: Role,
    /// What opened it.
    #[n(3)]
    pub by: Opened,
    /// Since when.
    #[n(4)]
    pub since: Timestamp,
    /// When it ends by itself.
    #[n(5)]
    pub expires: Timestamp,
}

/// 400 days: the most that a browser keeps a cookie.
pub(crate) const MOST_MINUTES: u32 = 400 * 24 * 60;

/// How long people stay signed in, and what asks for their passkey again. Dated data of the cell.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct AccessRules {
    /// How long a member of a staff stays signed in at most, in minutes.
    #[n(0)]
    pub staff_session_min: u32,
    /// How long who acts for themselves stays signed in at most, in
    /// minutes.
    #[n(1)]
    pub own_session_min: u32,
    /// Unused for so many minutes, a session does nothing that moves money or rights until its holder
    /// signs again.
    #[n(2)]
    pub idle_min: u32,
    /// From how much on, in minor units, a person signs what is done; a currency that is not
    /// named has no bound.
    #[n(3)]
    pub sign_from: Vec<(Currency, u64)>,
}

impl Default for AccessRules {
    /// What holds in a cell that never set any: a shift, 400 days, a quarter of an hour, and no bound.
    fn default() -> Self {
        Self {
            staff_session_min: 12 * 60,
            own_session_min: MOST_MINUTES,
            idle_min: 15,
            sign_from: Vec::new(),
        }
    }
}

impl AccessRules {
    /// How long a session lasts at most.
    pub fn longest(&self, of_staff: bool) -> Span {
        let minutes = if of_staff { self.staff_session_min } else { self.own_session_min };
        Span::seconds(u64::from(minutes) * 60)
    }

    /// Whether an amount is signed for.
    pub fn asks_for(&self, currency: Currency, amount: u64) -> bool {
        self.sign_from.iter().any(|(of, from)| *of == currency && amount >= *from)
    }
}

/// Everybody who acts for a party, and by what they are known.
#[derive(Clone, Debug, Default, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct People {
    #[n(0)]
    members: BTreeMap<u32, Member>,
    #[n(1)]
    passkeys: BTreeMap<u128, Passkey>,
    #[n(2)]
    sessions: BTreeMap<(u32, u128), Session>,
    #[n(3)]
    rules: Dated<AccessRules>,
}

impl People {
    /// A member by the number of the person.
    pub fn member(&self, person: u32) -> Option<&Member> {
        self.members.get(&person)
    }

    /// The members that a party ever had, with their numbers.
    pub fn members_of(&self, party: u32) -> impl Iterator<Item = (u32, &Member)> {
        let all = self.members.iter().map(|(person, member)| (*person, member));
        all.filter(move |(_, member)| member.party == party)
    }

    /// Every member, with the number of the person.
    pub fn members(&self) -> impl Iterator<Item = (u32, &Member)> {
        self.members.iter().map(|(person, member)| (*person, member))
    }

    /// A passkey by its number.
    pub fn passkey(&self, number: u128) -> Option<&Passkey> {
        self.passkeys.get(&number)
    }

    /// The passkeys that a person has now.
    pub fn passkeys_of(&self, person: u32) -> impl Iterator<Item = (u128, &Passkey)> {
        let all = self.passkeys.iter().map(|(number, passkey)| (*number, passkey));
        all.filter(move |(_, passkey)| passkey.person == person && !passkey.ended)
    }

    /// The sessions of a person that were not ended.
    pub fn sessions_of(&self, person: u32) -> impl Iterator<Item = (Id<KeyKind>, &Session)> {
        let theirs = self.sessions.range((person, 0)..=(person, u128::MAX));
        theirs.map(|((_, id), session)| (Id::new(*id), session))
    }

    /// Every session that was not ended, with whose it is.
    pub fn sessions(&self) -> impl Iterator<Item = (u32, Id<KeyKind>, &Session)> {
        self.sessions.iter().map(|((person, id), session)| (*person, Id::new(*id), session))
    }

    /// The rules that hold at a moment.
    pub fn rules(&self, at: Timestamp) -> AccessRules {
        self.rules.at(at).cloned().unwrap_or_default()
    }
}

/// The number of a passkey: it follows from the id that its authenticator gave it, so that no cell
/// knows one twice.
pub fn passkey_number(credential: &[u8]) -> u128 {
    let hash = blake3::hash(credential);
    let half = hash.as_bytes().first_chunk::<16>().expect("a hash has 32 bytes");
    u128::from_le_bytes(*half)
}

/// The number that a member's party gets its tag from.
pub type PersonId = Id<Party>;
