//! All that can be seen of a cell's state, to compare two of them.

use std::collections::BTreeMap;

use economy::{Key, State};
use kernel::{Id, Timestamp};
use ledger::{Account, Hold};
use pay::state::{
    ClosedIncoming, ClosedOutgoing, Incoming, Market, Outgoing, Part, Party, Phone, Quote, Wallet,
};

/// One state, taken apart.
#[derive(Debug, PartialEq)]
pub struct Observed {
    pub accounts: Vec<Account>,
    pub holds: Vec<(u32, Hold)>,
    pub transfers: u64,
    pub links: corridor::State,
    pub market: Market,
    pub parties: Vec<Party>,
    pub wallets: Vec<Wallet>,
    pub phones: Vec<(u32, Phone)>,
    pub quotes: Vec<(u32, Quote)>,
    pub outgoing: Vec<(u32, Outgoing)>,
    pub closed_outgoing: Vec<(u32, ClosedOutgoing)>,
    pub incoming: Vec<(u32, Incoming)>,
    pub closed_incoming: Vec<(u32, ClosedIncoming)>,
    pub parts: Vec<(u32, Part)>,
    pub keys: BTreeMap<u128, Key>,
    pub people: economy::people::People,
    pub remembered: usize,
    pub next_deadline: Option<Timestamp>,
}

/// Takes a state apart; `quotes` are the ids to look up, for they can't be listed.
pub fn observe(state: &State, quotes: &[Id<kernel::id::Quote>]) -> Observed {
    let pay = &state.pay;
    Observed {
        accounts: state.book.accounts().map(|(_, account)| *account).collect(),
        holds: state.book.holds().map(|(number, hold)| (number, *hold)).collect(),
        transfers: state.book.transfer_count(),
        links: state.corridor.clone(),
        market: pay.market.clone(),
        parties: (0..).map_while(|n| pay.party_numbered(n).copied()).collect(),
        wallets: (0..).map_while(|n| pay.wallet(n).copied()).collect(),
        phones: pay.all_phones().map(|(n, phone)| (n, *phone)).collect(),
        quotes: quotes
            .iter()
            .filter_map(|id| pay.quote(*id).map(|(entry, quote)| (entry, *quote)))
            .collect(),
        outgoing: pay.all_outgoing().map(|(n, leg)| (n, *leg)).collect(),
        closed_outgoing: pay.all_closed_outgoing().collect(),
        incoming: pay.all_incoming().map(|(n, leg)| (n, *leg)).collect(),
        closed_incoming: pay.all_closed_incoming().map(|(n, leg)| (n, *leg)).collect(),
        parts: pay.all_parts().map(|(n, part)| (n, *part)).collect(),
        keys: state.keys().clone(),
        people: state.people().clone(),
        remembered: state.remembered_count(),
        next_deadline: state.next_deadline(),
    }
}
