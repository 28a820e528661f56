//! The market and the legs in a snapshot. What can be told from these (the indexes of ids, what
//! falls due) is not written but made again.

use kernel::fixed::{Corrupt, Fixed, Reader, Writer};
use kernel::index::{Index, hash_id};
use kernel::snapshot::{self, DenseRestorer, LogRestorer, Part, Piece, TableRestorer};
use kernel::{Id, Ref, Timestamp};

use crate::State;
use crate::state::{
    ClosedIncoming, ClosedOutgoing, Due, End, Incoming, IncomingState, Market, Outgoing,
    OutgoingState, Party, Quote, Wallet, whole,
};

/// Tags of the blocks; stored.
const MARKET: u8 = 1;
const PARTIES: u8 = 2;
const WALLETS: u8 = 3;
const QUOTES: u8 = 4;
const OUTGOING: u8 = 5;
const CLOSED_OUT: u8 = 6;
const INCOMING: u8 = 7;
const CLOSED_IN: u8 = 8;

impl State {
    /// Fixes the moment of a snapshot; gives the pieces that are there at once. Panics when one
    /// is under way.
    pub fn begin_snapshot(&mut self) -> Vec<Piece> {
        let market = minicbor::to_vec(&self.market).expect("memory takes whatever is written");
        let mut pieces = vec![snapshot::whole(MARKET, market)];
        pieces.extend(snapshot::begin(&mut self.parts()));
        pieces
    }

    /// Copies some `budget` entries as they were when the snapshot began; `None` when all are
    /// copied, or no snapshot is under way.
    pub fn copy_step(&mut self, budget: usize) -> Option<Piece> {
        snapshot::step(&mut self.parts(), budget)
    }

    /// Ends a snapshot that will not be finished.
    pub fn abandon_snapshot(&mut self) {
        snapshot::abandon(&mut self.parts());
    }

    fn parts(&mut self) -> [Part<'_>; 7] {
        [
            (PARTIES, &mut self.parties),
            (WALLETS, &mut self.wallets),
            (QUOTES, &mut self.quotes),
            (OUTGOING, &mut self.outgoing),
            (CLOSED_OUT, &mut self.closed_out),
            (INCOMING, &mut self.incoming),
            (CLOSED_IN, &mut self.closed_in),
        ]
    }
}

/// Builds the market and the legs from the blocks of a snapshot, in the order in which they were
/// written.
#[derive(Debug, Default)]
pub struct Restorer {
    market: Option<Market>,
    parties: DenseRestorer<Party>,
    wallets: DenseRestorer<Wallet>,
    quotes: TableRestorer<Quote>,
    outgoing: TableRestorer<Outgoing>,
    closed_out: LogRestorer<ClosedOutgoing>,
    incoming: TableRestorer<Incoming>,
    closed_in: LogRestorer<ClosedIncoming>,
}

impl Restorer {
    /// Takes the next block; see [`snapshot::blocks`].
    pub fn read(&mut self, tag: u8, block: &[u8]) -> Result<(), Corrupt> {
        match tag {
            MARKET => {
                let market = minicbor::decode(block).map_err(|_| Corrupt("the market"))?;
                match self.market.replace(market) {
                    None => Ok(()),
                    Some(_) => Err(Corrupt("the market stands twice")),
                }
            }
            PARTIES => self.parties.read(block),
            WALLETS => self.wallets.read(block),
            QUOTES => self.quotes.read(block),
            OUTGOING => self.outgoing.read(block),
            CLOSED_OUT => self.closed_out.read(block),
            INCOMING => self.incoming.read(block),
            CLOSED_IN => self.closed_in.read(block),
            _ => Err(Corrupt("a block of no part of pay")),
        }
    }

    /// Ends the state; all blocks must have come. `seed` spreads the look-up of ids, as in
    /// [`State::new`].
    pub fn finish(self, seed: u64) -> Result<State, Corrupt> {
        let quotes = self.quotes.finish()?;
        let outgoing = self.outgoing.finish()?;
        let closed_out = self.closed_out.finish()?;
        let incoming = self.incoming.finish()?;
        let closed_in = self.closed_in.finish()?;
        let quotes_due = quotes.iter().map(|(n, quote)| (quote.expires, Due::Quote(n)));
        let sales_due = incoming.iter().map(|(n, sale)| (sale.deadline, Due::Incoming(n)));
        Ok(State {
            market: self.market.ok_or(Corrupt("the market is missing"))?,
            parties: self.parties.finish()?,
            wallets: self.wallets.finish()?,
            due: quotes_due.chain(sales_due).collect(),
            quote_ids: index(seed, quotes.iter().map(|(n, quote)| (n, quote.id.0))),
            outgoing_ids: index(seed, outgoing.iter().map(|(n, leg)| (n, leg.id.0))),
            closed_out_ids: index(seed, closed_out.iter().map(|(n, leg)| (n, whole(leg.id).0))),
            incoming_ids: index(seed, incoming.iter().map(|(n, leg)| (n, leg.id.0))),
            closed_in_ids: index(seed, closed_in.iter().map(|(n, leg)| (n, whole(leg.id).0))),
            quotes,
            outgoing,
            closed_out,
            incoming,
            closed_in,
        })
    }
}

fn index(seed: u64, entries: impl Iterator<Item = (u32, u128)>) -> Index {
    let mut index = Index::new(seed);
    index.extend(entries.map(|(number, id)| (hash_id(seed, id), number)));
    index
}

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
    const SIZE: usize = 17;

    fn put(&self, out: &mut [u8]) {
        Writer::new(out).u64(self.tag).u8(number(&self.role)).u64(self.since.0).end();
    }

    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let party = Self { tag: r.u64()?, role: numbered(r.u8()?)?, since: Timestamp(r.u64()?) };
        r.end()?;
        Ok(party)
    }
}

impl Fixed for Wallet {
    const SIZE: usize = 60;

    fn put(&self, out: &mut [u8]) {
        let mut w = Writer::new(out);
        w.u32(self.account).u32(self.party);
        for (store, amount, second) in self.recent {
            w.u64(store).u64(amount).u32(second);
        }
        w.u64(self.spent).u32(self.spent_day).end();
    }

    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let (account, party) = (r.u32()?, r.u32()?);
        let recent = [(r.u64()?, r.u64()?, r.u32()?), (r.u64()?, r.u64()?, r.u32()?)];
        let wallet = Self { account, party, recent, spent: r.u64()?, spent_day: r.u32()? };
        r.end()?;
        Ok(wallet)
    }
}

impl Fixed for Quote {
    const SIZE: usize = 105;

    fn put(&self, out: &mut [u8]) {
        let mut w = Writer::new(out);
        w.u128(self.id.0).u128(self.payment.0).u32(self.wallet).u8(self.link);
        put_ref(&mut w, self.store);
        w.u64(self.amount).u64(self.principal).u64(self.spread).u64(self.fee).u32(self.lot);
        w.u64(self.expires.0).put(&self.deadline.map(|at| at.0)).u8(number(&self.capture)).end();
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
        };
        r.end()?;
        Ok(quote)
    }
}

impl Fixed for Outgoing {
    const SIZE: usize = 116;

    fn put(&self, out: &mut [u8]) {
        let mut w = Writer::new(out);
        w.u128(self.id.0);
        put_ref(&mut w, self.store);
        w.u32(self.wallet).u8(self.link).u8(self.state as u8);
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
                1 => OutgoingState::CancelAsked,
                2 => OutgoingState::Authorized,
                _ => return Err(Corrupt("the state of a payer's leg")),
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

fn end(byte: u8) -> Result<End, Corrupt> {
    End::from_number(byte).ok_or(Corrupt("the end of a leg"))
}

impl Fixed for ClosedOutgoing {
    const SIZE: usize = 79;

    fn put(&self, out: &mut [u8]) {
        let reason = self.reason.as_ref().map_or(NO_REASON, number);
        let mut w = Writer::new(out);
        w.u64(self.id[0]).u64(self.id[1]).u64(self.store_tag).u64(self.amount);
        w.u64(self.principal).u64(self.spread).u64(self.fee).u64(self.refunded);
        w.u32(self.store).u32(self.wallet).u32(self.closed_s);
        w.u8(self.link).u8(self.end as u8).u8(reason).end();
    }

    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let leg = Self {
            id: [r.u64()?, r.u64()?],
            store_tag: r.u64()?,
            amount: r.u64()?,
            principal: r.u64()?,
            spread: r.u64()?,
            fee: r.u64()?,
            refunded: r.u64()?,
            store: r.u32()?,
            wallet: r.u32()?,
            closed_s: r.u32()?,
            link: r.u8()?,
            end: end(r.u8()?)?,
            reason: match r.u8()? {
                NO_REASON => None,
                reason => Some(numbered(reason)?),
            },
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
    const SIZE: usize = 58;

    fn put(&self, out: &mut [u8]) {
        let mut w = Writer::new(out);
        w.u64(self.id[0]).u64(self.id[1]).u64(self.payer).u64(self.amount);
        w.u64(self.fee).u64(self.refunded).u32(self.store).u32(self.closed_s);
        w.u8(self.link).u8(self.end as u8).end();
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
        };
        r.end()?;
        Ok(leg)
    }
}
