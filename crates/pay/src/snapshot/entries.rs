//! The layout of every entry in a snapshot: fields in the order of the struct, little-endian.

use kernel::fixed::{Corrupt, Fixed, Reader, Writer};
use kernel::{Id, Ref, Timestamp};

use crate::costs::Shared;
use crate::state::{
    ClosedIncoming, ClosedOutgoing, End, Incoming, IncomingState, Marks, Outgoing, OutgoingState,
    Part, PartKind, Party, Phone, Quote, Spent, Try, Wallet,
};

/// The stored number of a value, the same as in events: CBOR keeps one below 24 as that byte.
fn number(value: &impl minicbor::Encode<()>) -> u8 {
    let mut byte = [0];
    minicbor::encode(value, &mut byte[..]).expect("stored numbers are below 24");
    byte[0]
}

/// The value of a stored number.
fn numbered<T: for<'b> minicbor::Decode<'b, ()>>(byte: u8) -> Result<T, Corrupt> {
    minicbor::decode(&[byte]).map_err(|_| Corrupt("a number that means nothing"))
}

/// A reference as a row of fields, in this order.
fn put_ref<K>(w: &mut Writer<'_>, reference: Ref<K>) {
    w.u16(reference.cell).u32(reference.number).u64(reference.tag);
}

fn get_ref<K>(r: &mut Reader<'_>) -> Result<Ref<K>, Corrupt> {
    Ok(Ref::new(r.u16()?, r.u32()?, r.u64()?))
}

impl Fixed for Party {
    const SIZE: usize = 29;

    fn put(&self, out: &mut [u8]) {
        let mut w = Writer::new(out);
        w.u128(self.id.0).u8(number(&self.role)).u64(self.since.0).u32(self.newest_wallet).end();
    }

    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let party = Self {
            id: Id::new(r.u128()?),
            role: numbered(r.u8()?)?,
            since: Timestamp(r.u64()?),
            newest_wallet: r.u32()?,
        };
        r.end()?;
        Ok(party)
    }
}

impl Fixed for Wallet {
    const SIZE: usize = 169;

    fn put(&self, out: &mut [u8]) {
        let mut w = Writer::new(out);
        w.u32(self.account).u32(self.party).u32(self.older).u8(self.class);
        for one in self.tries {
            w.u32(one.store).u32(one.amount).u32(one.at);
        }
        w.u32(self.spent.day);
        for sums in [self.spent.today, self.spent.month, self.spent.year] {
            w.u64(sums[0]).u64(sums[1]);
        }
        w.u64(self.spent.static_today).end();
    }

    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let (account, party, older) = (r.u32()?, r.u32()?, r.u32()?);
        let class = r.u8()?;
        let mut tries = [Try::default(); 8];
        for one in &mut tries {
            *one = Try { store: r.u32()?, amount: r.u32()?, at: r.u32()? };
        }
        let spent = Spent {
            day: r.u32()?,
            today: [r.u64()?, r.u64()?],
            month: [r.u64()?, r.u64()?],
            year: [r.u64()?, r.u64()?],
            static_today: r.u64()?,
        };
        let wallet = Self { account, party, older, class, tries, spent };
        r.end()?;
        Ok(wallet)
    }
}

impl Fixed for Phone {
    const SIZE: usize = 47;

    fn put(&self, out: &mut [u8]) {
        let mut w = Writer::new(out);
        w.u32(self.handle).u32(self.wallet).u32(self.generation).u64(self.since.0);
        w.u64(self.newest).u16(self.used).u8(self.wrong);
        w.u64(self.rests_until.0).u64(self.other_time.0).end();
    }

    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let phone = Self {
            handle: r.u32()?,
            wallet: r.u32()?,
            generation: r.u32()?,
            since: Timestamp(r.u64()?),
            newest: r.u64()?,
            used: r.u16()?,
            wrong: r.u8()?,
            rests_until: Timestamp(r.u64()?),
            other_time: Timestamp(r.u64()?),
        };
        r.end()?;
        Ok(phone)
    }
}

impl Fixed for Quote {
    const SIZE: usize = 107;

    fn put(&self, out: &mut [u8]) {
        let mut w = Writer::new(out);
        w.u128(self.id.0).u128(self.payment.0).u32(self.wallet).u8(self.link);
        put_ref(&mut w, self.store);
        w.u64(self.amount).u64(self.principal).u64(self.spread).u64(self.fee).u32(self.lot);
        w.u64(self.expires.0).put(&self.deadline.map(|at| at.0)).u8(number(&self.capture));
        w.u16(self.place).end();
    }

    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let quote = Self {
            id: Id::new(r.u128()?),
            payment: Id::new(r.u128()?),
            wallet: r.u32()?,
            link: r.u8()?,
            store: get_ref(&mut r)?,
            amount: r.u64()?,
            principal: r.u64()?,
            spread: r.u64()?,
            fee: r.u64()?,
            lot: r.u32()?,
            expires: Timestamp(r.u64()?),
            deadline: r.get::<Option<u64>>()?.map(Timestamp),
            capture: numbered(r.u8()?)?,
            place: r.u16()?,
        };
        r.end()?;
        Ok(quote)
    }
}

impl Fixed for Outgoing {
    const SIZE: usize = 119;

    fn put(&self, out: &mut [u8]) {
        let mut w = Writer::new(out);
        w.u128(self.id.0);
        put_ref(&mut w, self.store);
        w.u32(self.wallet).u8(self.link).u8(self.state as u8);
        w.u8(number(&self.capture)).u8(u8::from(self.cancel_asked));
        w.u8(u8::from(self.printed));
        w.u64(self.amount).u64(self.principal).u64(self.spread).u64(self.fee).u64(self.taken);
        self.holds.iter().for_each(|hold| _ = w.u32(*hold));
        w.u64(self.message).u64(self.confirmed.0).u64(self.valid_until.0).end();
    }

    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let leg = Self {
            id: Id::new(r.u128()?),
            store: get_ref(&mut r)?,
            wallet: r.u32()?,
            link: r.u8()?,
            state: match r.u8()? {
                0 => OutgoingState::Confirmed,
                1 => OutgoingState::Authorized,
                _ => return Err(Corrupt("the state of a payer's leg")),
            },
            capture: numbered(r.u8()?)?,
            cancel_asked: match r.u8()? {
                0 => false,
                1 => true,
                _ => return Err(Corrupt("whether a payer asked to cancel")),
            },
            printed: match r.u8()? {
                0 => false,
                1 => true,
                _ => return Err(Corrupt("whether a printed code was paid")),
            },
            amount: r.u64()?,
            principal: r.u64()?,
            spread: r.u64()?,
            fee: r.u64()?,
            taken: r.u64()?,
            holds: [r.u32()?, r.u32()?, r.u32()?, r.u32()?],
            message: r.u64()?,
            confirmed: Timestamp(r.u64()?),
            valid_until: Timestamp(r.u64()?),
        };
        r.end()?;
        Ok(leg)
    }
}

/// In place of a reason: there is none.
const NO_REASON: u8 = u8::MAX;

fn marks(byte: u8) -> Result<Marks, Corrupt> {
    Marks::from_byte(byte).ok_or(Corrupt("the marks of a leg that ended"))
}

fn end(byte: u8) -> Result<End, Corrupt> {
    End::from_number(byte).ok_or(Corrupt("the end of a leg"))
}

impl Fixed for ClosedOutgoing {
    const SIZE: usize = 75;

    /// Amounts are at most 2⁵³: judged when the payment was quoted.
    fn put(&self, out: &mut [u8]) {
        let reason = self.reason.as_ref().map_or(NO_REASON, number);
        let mut w = Writer::new(out);
        w.u64(self.id[0]).u64(self.id[1]).u64(self.store_tag).u56(self.amount);
        w.u56(self.principal).u56(self.spread).u56(self.fee).u56(self.refunded);
        w.u32(self.store).u32(self.wallet).u32(self.closed_s);
        w.u8(self.link).u8(self.end as u8).u8(reason).u8(self.marks.byte()).end();
    }

    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let leg = Self {
            id: [r.u64()?, r.u64()?],
            store_tag: r.u64()?,
            amount: r.u56()?,
            principal: r.u56()?,
            spread: r.u56()?,
            fee: r.u56()?,
            refunded: r.u56()?,
            store: r.u32()?,
            wallet: r.u32()?,
            closed_s: r.u32()?,
            link: r.u8()?,
            end: end(r.u8()?)?,
            reason: match r.u8()? {
                NO_REASON => None,
                reason => Some(numbered(reason)?),
            },
            marks: marks(r.u8()?)?,
        };
        r.end()?;
        Ok(leg)
    }
}

impl Fixed for Incoming {
    const SIZE: usize = 76;

    fn put(&self, out: &mut [u8]) {
        let mut w = Writer::new(out);
        w.u128(self.id.0).u32(self.store).u8(self.state as u8);
        w.u8(number(&self.capture)).u8(number(&self.purpose)).u8(self.link);
        w.u64(self.payer).u64(self.amount).u64(self.captured).u64(self.fee).u32(self.hold);
        w.u64(self.deadline.0).u64(self.since.0).end();
    }

    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let leg = Self {
            id: Id::new(r.u128()?),
            store: r.u32()?,
            state: match r.u8()? {
                0 => IncomingState::Requested,
                1 => IncomingState::Held,
                2 => IncomingState::Asked,
                _ => return Err(Corrupt("the state of a seller's leg")),
            },
            capture: numbered(r.u8()?)?,
            purpose: numbered(r.u8()?)?,
            link: r.u8()?,
            payer: r.u64()?,
            amount: r.u64()?,
            captured: r.u64()?,
            fee: r.u64()?,
            hold: r.u32()?,
            deadline: Timestamp(r.u64()?),
            since: Timestamp(r.u64()?),
        };
        r.end()?;
        Ok(leg)
    }
}

impl Fixed for ClosedIncoming {
    const SIZE: usize = 59;

    fn put(&self, out: &mut [u8]) {
        let mut w = Writer::new(out);
        w.u64(self.id[0]).u64(self.id[1]).u64(self.payer).u64(self.amount);
        w.u64(self.fee).u64(self.refunded).u32(self.store).u32(self.closed_s);
        w.u8(self.link).u8(self.end as u8).u8(self.marks.byte()).end();
    }

    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let leg = Self {
            id: [r.u64()?, r.u64()?],
            payer: r.u64()?,
            amount: r.u64()?,
            fee: r.u64()?,
            refunded: r.u64()?,
            store: r.u32()?,
            closed_s: r.u32()?,
            link: r.u8()?,
            end: end(r.u8()?)?,
            marks: marks(r.u8()?)?,
        };
        r.end()?;
        Ok(leg)
    }
}

impl Fixed for Part {
    const SIZE: usize = 49;

    fn put(&self, out: &mut [u8]) {
        let mut w = Writer::new(out);
        w.u64(self.name[0]).u64(self.name[1]).u64(self.payment[0]).u64(self.payment[1]);
        w.u64(self.amount).u64(self.fee).u8(self.kind as u8).end();
    }

    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let part = Self {
            name: [r.u64()?, r.u64()?],
            payment: [r.u64()?, r.u64()?],
            amount: r.u64()?,
            fee: r.u64()?,
            kind: PartKind::from_number(r.u8()?).ok_or(Corrupt("the kind of a part"))?,
        };
        r.end()?;
        Ok(part)
    }
}

impl Fixed for Shared {
    const SIZE: usize = 68;

    fn put(&self, out: &mut [u8]) {
        let mut w = Writer::new(out);
        w.u64(self.payment[0]).u64(self.payment[1]).u32(self.split);
        self.amounts.iter().for_each(|amount| {
            w.u64(*amount);
        });
        w.u64(self.refunded).u64(self.captured).end();
    }

    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let shared = Self {
            payment: [r.u64()?, r.u64()?],
            split: r.u32()?,
            amounts: [r.u64()?, r.u64()?, r.u64()?, r.u64()?],
            refunded: r.u64()?,
            captured: r.u64()?,
        };
        r.end()?;
        Ok(shared)
    }
}

#[cfg(test)]
mod tests {
    use corridor::{CaptureMode, DeclineReason};
    use kernel::Role;

    use super::*;
    use crate::Purpose;

    /// Fails unless the entry comes back, and nothing that is longer or shorter does. Gives its
    /// bytes.
    fn comes_back<T: Fixed + PartialEq + std::fmt::Debug>(entry: &T) -> Vec<u8> {
        let mut bytes = Vec::new();
        entry.append(&mut bytes);
        assert_eq!(T::get(&bytes).as_ref(), Ok(entry));
        assert!(T::get(&bytes[1..]).is_err(), "too short");
        assert!(T::get(&[&bytes[..], &[0]].concat()).is_err(), "too long");
        bytes
    }

    /// Fails unless the byte at `at` says a number, of which those from `from` on mean nothing.
    fn refused<T: Fixed>(bytes: &[u8], at: usize, from: u8) {
        let with = |byte| T::get(&[&bytes[..at], &[byte], &bytes[at + 1..]].concat());
        for byte in 0..=u8::MAX {
            assert_eq!(with(byte).is_ok(), byte < from, "{byte} at {at}");
        }
    }

    fn id<K>(low: u128) -> Id<K> {
        Id::new(low << 64 | 0xfeed_0000 | low)
    }

    #[test]
    fn a_party_and_a_wallet_come_back() {
        let (role, since) = (Role::Host, Timestamp(7));
        let party = Party { id: Id::new(1 << 127 | 5), role, since, newest_wallet: 9 };
        let bytes = comes_back(&party);
        assert_eq!((bytes[0], bytes[15..18].to_vec()), (5, vec![0x80, 5, 7]), "the stored bytes");
        refused::<Party>(&bytes, 16, 7);
        comes_back(&Wallet {
            account: 1,
            party: 2,
            older: 10,
            class: 3,
            tries: std::array::from_fn(|at| {
                let at = at as u32;
                Try { store: 100 + at, amount: 200 + at, at: 300 + at }
            }),
            spent: Spent {
                day: 4,
                today: [5, 6],
                month: [7, 8],
                year: [9, 11],
                static_today: u64::MAX,
            },
        });
    }

    #[test]
    fn a_quote_comes_back() {
        let quote = Quote {
            id: id(1),
            payment: id(2),
            wallet: 3,
            link: 4,
            store: Ref::new(5, 6, 7),
            amount: 8,
            principal: 9,
            spread: 10,
            fee: 11,
            lot: 12,
            expires: Timestamp(13),
            deadline: Some(Timestamp(14)),
            capture: CaptureMode::Later,
            place: 15,
        };
        refused::<Quote>(&comes_back(&quote), Quote::SIZE - 3, 2);
        comes_back(&Quote { deadline: None, capture: CaptureMode::Now, ..quote });
    }

    #[test]
    fn the_payers_legs_come_back() {
        let leg = Outgoing {
            id: id(1),
            store: Ref::new(2, 3, 4),
            wallet: 5,
            link: 6,
            state: OutgoingState::Confirmed,
            capture: CaptureMode::Now,
            cancel_asked: false,
            printed: false,
            amount: 7,
            principal: 8,
            spread: 9,
            fee: 10,
            taken: 11,
            holds: [12, 13, 14, crate::state::NONE],
            message: 15,
            confirmed: Timestamp(16),
            valid_until: Timestamp(17),
        };
        let state = OutgoingState::Authorized;
        for (capture, cancel_asked) in [(CaptureMode::Now, true), (CaptureMode::Later, false)] {
            comes_back(&Outgoing { state, capture, cancel_asked, ..leg });
        }
        let bytes = comes_back(&leg);
        (35..39).for_each(|at| refused::<Outgoing>(&bytes, at, 2));
        let closed = ClosedOutgoing {
            id: [1, 2],
            store_tag: 3,
            amount: 4,
            principal: 5,
            spread: 6,
            fee: 7,
            refunded: 8,
            store: 9,
            wallet: 10,
            closed_s: 11,
            link: 12,
            end: End::Declined,
            reason: Some(DeclineReason::AmountNotBookable),
            marks: Marks::new(CaptureMode::Later, true),
        };
        let bytes = comes_back(&closed);
        let [end, reason, marks] = [3, 2, 1].map(|back| ClosedOutgoing::SIZE - back);
        refused::<ClosedOutgoing>(&bytes, end, 5);
        refused::<ClosedOutgoing>(&bytes, marks, 8);
        let none = comes_back(&ClosedOutgoing { reason: None, ..closed });
        assert_eq!(none[reason], NO_REASON);
        let mut unknown = bytes;
        unknown[reason] = 200;
        assert!(ClosedOutgoing::get(&unknown).is_err(), "a reason that is none");
    }

    #[test]
    fn the_sellers_legs_come_back() {
        let leg = Incoming {
            id: id(1),
            store: 2,
            state: IncomingState::Held,
            capture: CaptureMode::Later,
            purpose: Purpose::Sale,
            link: 3,
            payer: 4,
            amount: 5,
            captured: 6,
            fee: 7,
            hold: 8,
            deadline: Timestamp(9),
            since: Timestamp(10),
        };
        let bytes = comes_back(&leg);
        refused::<Incoming>(&bytes, 20, 3);
        refused::<Incoming>(&bytes, 21, 2);
        comes_back(&Incoming { state: IncomingState::Requested, ..leg });
        comes_back(&Incoming { state: IncomingState::Asked, ..leg });
        for end in [End::Captured, End::Declined, End::Released, End::Cancelled, End::Expired] {
            comes_back(&ClosedIncoming {
                id: [1, 2],
                payer: 3,
                amount: 4,
                fee: 5,
                refunded: 6,
                store: 7,
                closed_s: 8,
                link: 9,
                end,
                marks: Marks::new(CaptureMode::Later, false),
            });
        }
    }
    #[test]
    fn what_others_have_of_a_payment_comes_back() {
        let amounts = [4, 5, 6, 7];
        comes_back(&Shared { payment: [1, 2], split: 3, amounts, refunded: 8, captured: 9 });
    }

    #[test]
    fn a_part_of_a_payment_comes_back() {
        let kind = PartKind::Captured;
        let part = Part { name: [1, 2], payment: [3, 4], amount: 5, fee: 6, kind };
        refused::<Part>(&comes_back(&part), Part::SIZE - 1, 3);
        for kind in [PartKind::CapturedLast, PartKind::Refunded] {
            comes_back(&Part { kind, ..part });
        }
    }
}
