//! The market and the legs in a snapshot. What can be told from these (the indexes of ids, what
//! falls due) is not written but made again.

mod entries;

use kernel::fixed::Corrupt;
use kernel::index::{Index, hash_id};
use kernel::snapshot::{self, DenseRestorer, LogRestorer, Part, Piece, TableRestorer};

use crate::State;
use crate::costs::Shared;
use crate::state::made::Made;
use crate::state::{
    ClosedIncoming, Due, Incoming, IncomingState, Market, NO_LINK, Outgoing, PackedOutgoing,
    Part as PaymentPart, Party, Phone, Quote, Wallet, whole,
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
const PARTS: u8 = 9;
const PHONES: u8 = 10;
const SHARED: u8 = 11;

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

    fn parts(&mut self) -> [Part<'_>; 10] {
        [
            (PARTIES, &mut self.parties),
            (WALLETS, &mut self.wallets),
            (PHONES, &mut self.phones),
            (QUOTES, &mut self.quotes),
            (OUTGOING, &mut self.outgoing),
            (CLOSED_OUT, &mut self.closed_out),
            (INCOMING, &mut self.incoming),
            (CLOSED_IN, &mut self.closed_in),
            (PARTS, &mut self.parts),
            (SHARED, &mut self.shared),
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
    phones: TableRestorer<Phone>,
    quotes: TableRestorer<Quote>,
    outgoing: TableRestorer<Outgoing>,
    closed_out: LogRestorer<PackedOutgoing>,
    incoming: TableRestorer<Incoming>,
    closed_in: LogRestorer<ClosedIncoming>,
    parts: LogRestorer<PaymentPart>,
    shared: LogRestorer<Shared>,
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
            PHONES => self.phones.read(block),
            QUOTES => self.quotes.read(block),
            OUTGOING => self.outgoing.read(block),
            CLOSED_OUT => self.closed_out.read(block),
            INCOMING => self.incoming.read(block),
            CLOSED_IN => self.closed_in.read(block),
            PARTS => self.parts.read(block),
            SHARED => self.shared.read(block),
            _ => Err(Corrupt("a block of no part of pay")),
        }
    }

    /// Ends the state; all blocks must have come. `seed` spreads the look-up of ids, as in
    /// [`State::new`].
    pub fn finish(self, seed: u64) -> Result<State, Corrupt> {
        let phones = self.phones.finish()?;
        let quotes = self.quotes.finish()?;
        let outgoing = self.outgoing.finish()?;
        let closed_out = self.closed_out.finish()?;
        let incoming = self.incoming.finish()?;
        let closed_in = self.closed_in.finish()?;
        let parts = self.parts.finish()?;
        let shared = self.shared.finish()?;
        let quotes_due = quotes.iter().map(|(n, quote)| (quote.expires, Due::Quote(n)));
        let waits = |sale: &Incoming| sale.state != IncomingState::Asked;
        let sales_due = incoming.iter().filter(|(_, sale)| waits(sale));
        let sales_due = sales_due.map(|(n, sale)| (sale.deadline, Due::Incoming(n)));
        let market = self.market.ok_or(Corrupt("the market is missing"))?;
        let asks = market.codes.asks.values().filter(|ask| ask.link == NO_LINK);
        let asks_due: Vec<_> = asks.map(|ask| (ask.expires, Due::Ask(ask.entry))).collect();
        let parties = self.parties.finish()?;
        let cases = market.cases.known.values();
        let cases_due: Vec<_> = cases.map(|case| (case.until, Due::Case(case.number))).collect();
        let links = (0..).zip(&market.settlement.links);
        let days_due = links.filter_map(|(link, halves): (u8, _)| {
            halves.nostro.next_close.map(|at| (at, Due::Day(link)))
        });
        let days_due: Vec<_> = days_due.collect();
        Ok(State {
            made: Made::of(seed, parties.iter(), &market.stores, &market.tills),
            market,
            parties,
            wallets: self.wallets.finish()?,
            due: quotes_due
                .chain(sales_due)
                .chain(asks_due)
                .chain(cases_due)
                .chain(days_due)
                .collect(),
            quote_ids: index(seed, quotes.iter().map(|(n, quote)| (n, quote.id.0))),
            outgoing_ids: index(seed, outgoing.iter().map(|(n, leg)| (n, leg.id.0))),
            closed_out_ids: index(seed, closed_out.iter().map(|(n, leg)| (n, leg.id().0))),
            incoming_ids: index(seed, incoming.iter().map(|(n, leg)| (n, leg.id.0))),
            closed_in_ids: index(seed, closed_in.iter().map(|(n, leg)| (n, whole(leg.id).0))),
            part_names: index(seed, parts.iter().map(|(n, part)| (n, whole(part.name).0))),
            shared_ids: index(seed, shared.iter().map(|(n, of)| (n, whole(of.payment).0))),
            shared,
            parts,
            phone_handles: index(seed, phones.iter().map(|(n, phone)| (n, phone.handle.into()))),
            phone_wallets: index(seed, phones.iter().map(|(n, phone)| (n, phone.wallet.into()))),
            phones,
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
