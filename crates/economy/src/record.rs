//! One record: who asked for what, the facts that followed, and the reply. Little-endian.
//!
//! ```text
//! version u8 | role u8 | party u32 | [person u32] | kind u8 u8
//! keyed u8 | [key u128 | content u128] | count u16 | count × (length u32 | fact) | reply
//! ```
//!
//! Version 1 has no person: the party acts by itself. In version 2 one of its staff acts for it.

use kernel::fixed::{Corrupt, Reader};
use kernel::{Actor, Fault, Role};

use crate::remembered::Fingerprint;
use crate::{Event, Reply, Request};

const BROKEN: Fault = Fault("a stored record can't be read");

/// Who asked for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Who asked.
    pub actor: Actor,
    /// The stored kind of the command.
    pub kind: [u8; 2],
    /// Under which key, if any.
    pub fingerprint: Option<Fingerprint>,
}

/// A record taken apart; facts and reply are read when asked for.
#[derive(Clone, Copy, Debug)]
pub struct Decoded<'a> {
    /// Who asked for what.
    pub header: Header,
    count: u16,
    facts: &'a [u8],
    reply: &'a [u8],
}

/// Writes a record behind what `out` holds.
pub fn encode_record(out: &mut Vec<u8>, request: &Request, events: &[Event], reply: &Reply) {
    let actor = request.actor;
    let by_itself = actor.person == actor.party;
    out.extend([if by_itself { 1 } else { 2 }, role_number(actor.role)]);
    out.extend(actor.party.to_le_bytes());
    if !by_itself {
        out.extend(actor.person.to_le_bytes());
    }
    out.extend(request.command.kind());
    match &request.fingerprint {
        None => out.push(0),
        Some(asked) => {
            out.push(1);
            out.extend(asked.key.to_le_bytes());
            out.extend(asked.content.to_le_bytes());
        }
    }
    let count = u16::try_from(events.len()).expect("a decision has a bounded number of facts");
    out.extend(count.to_le_bytes());
    for event in events {
        let start = out.len();
        out.extend([0; 4]);
        event.encode(out);
        let length = (out.len() - start - 4) as u32;
        out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    }
    reply.encode(out);
}

/// Takes a stored record apart.
pub fn decode_record(record: &[u8]) -> Result<Decoded<'_>, Fault> {
    let read = || -> Result<Decoded<'_>, Corrupt> {
        let mut r = Reader::new(record);
        let version = r.u8()?;
        if !(1..=2).contains(&version) {
            return Err(Corrupt("version"));
        }
        let role = role_of(r.u8()?)?;
        let alone = Actor::of(r.u32()?, role);
        let actor = if version == 2 { alone.by(r.u32()?) } else { alone };
        let kind = [r.u8()?, r.u8()?];
        let fingerprint = match r.u8()? {
            0 => None,
            1 => Some(Fingerprint { key: r.u128()?, content: r.u128()? }),
            _ => return Err(Corrupt("keyed")),
        };
        let count = r.u16()?;
        let person = if version == 2 { 4 } else { 0 };
        let start = 9 + person + if fingerprint.is_some() { 32 } else { 0 } + 2;
        let mut length = 0;
        for _ in 0..count {
            let fact = r.u32()? as usize;
            r.bytes(fact)?;
            length += 4 + fact;
        }
        let (facts, reply) = record[start..].split_at(length);
        Ok(Decoded { header: Header { actor, kind, fingerprint }, count, facts, reply })
    };
    read().map_err(|_| BROKEN)
}

impl<'a> Decoded<'a> {
    /// The facts in order.
    pub fn events(&self) -> impl Iterator<Item = Result<Event, Fault>> + use<'a> {
        let mut rest = self.facts;
        (0..self.count).map(move |_| {
            let (length, tail) = rest.split_first_chunk::<4>().ok_or(BROKEN)?;
            let length = u32::from_le_bytes(*length) as usize;
            let (fact, tail) = tail.split_at_checked(length).ok_or(BROKEN)?;
            rest = tail;
            Event::decode(fact)
        })
    }

    /// The reply.
    pub fn reply(&self) -> Result<Reply, Fault> {
        Reply::decode(self.reply)
    }
}

/// The reply that stands in a record.
pub fn reply_of(record: &[u8]) -> Result<Reply, Fault> {
    decode_record(record)?.reply()
}

const ROLES: [Role; 7] = [
    Role::Cell,
    Role::Traveller,
    Role::Merchant,
    Role::Operator,
    Role::Partner,
    Role::Host,
    Role::Staff,
];

fn role_number(role: Role) -> u8 {
    ROLES.iter().position(|known| *known == role).expect("every role has a number") as u8
}

fn role_of(number: u8) -> Result<Role, Corrupt> {
    ROLES.get(usize::from(number)).copied().ok_or(Corrupt("role"))
}
