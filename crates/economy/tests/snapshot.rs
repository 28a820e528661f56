//! A state from a snapshot and what came after is the state that a replay of everything gives.

mod support;

use economy::people::Duty;
use economy::people::command::{AddMember, AddPasskey};
use economy::{Command, IssueKey, Reply, Restorer, RevokeKey, State};
use kernel::fixed::Corrupt;
use kernel::snapshot::{Piece, blocks};
use kernel::{Actor, Currency, Role, Span, Timestamp};
use pay::Status;
use pay::command::{ForgetParty, SetStoreOpen};
use support::*;

/// A world whose records can be replayed: the time of each is kept.
struct Lived {
    w: World,
    m: Market,
    times: [Vec<Timestamp>; 2],
}

impl Lived {
    fn new() -> Self {
        let (w, m) = World::open();
        let mut lived = Self { w, m, times: Default::default() };
        lived.note();
        lived
    }

    /// All records since the last note were made now.
    fn note(&mut self) {
        for (cell, times) in self.w.cells.iter().zip(&mut self.times) {
            times.resize(cell.records.len(), self.w.now);
        }
    }

    /// A round of everything that leaves something behind in some part of the state.
    fn round(&mut self, turn: u32) {
        let (w, m) = (&mut self.w, &self.m);
        let amount = 1_000 + u64::from(turn);
        let paid = w.paid(m, amount);
        w.refund(m, paid, 300).expect("a refund");
        let held = w.held(m, 2_000);
        w.capture(m, held, 500, turn.is_multiple_of(2)).expect("a capture");
        let open = w.requested(m, 700);
        let quote = w.quote_for(m, open, 700);
        w.quoted(m, quote).expect("a quote");
        let printed = w.id();
        w.said_yes(m, printed, 90);
        let operator = m.operator;
        for cell in [CN, JP] {
            let (id, party) = (w.id(), operator.party);
            let key = IssueKey {
                id,
                hash: [7; 32],
                party,
                role: Role::Operator,
                expires: None,
                person: party,
                form: economy::people::KeyForm::Code,
                scopes: economy::ANY_SCOPE,
            };
            let name = (u128::from(turn) << 64 | cell as u128, 1);
            w.ask_keyed(cell, operator, name, Command::IssueKey(key)).expect("a key");
            if turn.is_multiple_of(3) {
                w.ask(cell, operator, Command::RevokeKey(RevokeKey { id })).expect("revoked");
            }
            let (id, party, duty) = (w.id(), operator.party, Duty::Clerk);
            let add = Command::AddMember(AddMember { id, party, duty });
            let Ok(Reply::Member(person)) = w.ask(cell, operator, add) else { panic!("a member") };
            let credential = vec![turn as u8, cell as u8];
            let passkey = AddPasskey { credential, public: vec![1], counter: 0 };
            let clerk = operator.by(person.number);
            w.ask(cell, clerk, Command::AddPasskey(passkey)).expect("a passkey");
        }
        w.by_hand(JP, m.yen_wallet.number, m.merchant.number, 5);
        let guest = w.party(CN, operator, Role::Traveller);
        w.wallet(CN, operator, guest, Currency::CNY, 0);
        let party = w.party_of(CN, guest);
        w.done(CN, guest, ForgetParty { party });
        if turn.is_multiple_of(2) {
            w.ask(CN, Actor::CELL, Command::ConfirmForgotten(party)).expect("it asked");
        }
        if turn.is_multiple_of(2) {
            w.settle();
        }
        self.note();
    }

    /// Lets time pass, and what runs out end.
    fn wait(&mut self, span: Span) {
        self.w.pass(span);
        for cell in [CN, JP] {
            self.w.tick(cell);
        }
        self.w.settle();
        self.note();
    }

    fn replay(&self, state: &mut State, cell: usize, from: usize) {
        let records = self.w.cells[cell].records.iter().zip(&self.times[cell]).enumerate();
        for (at, (record, time)) in records.skip(from) {
            state.replay(*time, at as u64 + 1, 0, record).expect("what was written can be read");
        }
    }

    /// The state of a cell from all of its records.
    fn replayed(&self, cell: usize) -> State {
        let mut state = State::new(cell as u16 + 1, 11);
        self.replay(&mut state, cell, 0);
        state
    }

    fn step(&mut self, cell: usize) -> Option<Piece> {
        self.w.cells[cell].state.copy_step()
    }
}

fn written(pieces: Vec<Piece>) -> Vec<u8> {
    pieces.into_iter().fold(Vec::new(), |mut out, write| {
        write(&mut out);
        out
    })
}

fn taken(state: &mut State) -> Vec<u8> {
    let mut pieces = state.begin_snapshot();
    pieces.extend(std::iter::from_fn(|| state.copy_step()));
    written(pieces)
}

fn restored(bytes: &[u8], cell: usize) -> Result<State, Corrupt> {
    let mut restorer = Restorer::default();
    for block in blocks(bytes) {
        let (tag, block) = block?;
        restorer.read(tag, block)?;
    }
    restorer.finish(cell as u16 + 1, 23)
}

#[test]
fn what_happens_meanwhile_is_not_in_it_and_the_rest_follows() {
    let mut lived = Lived::new();
    (0..3).for_each(|turn| lived.round(turn));
    // Quotes and requests run out, answers and transfers are forgotten.
    lived.wait(Span::hours(75));
    lived.round(3);
    let at = [CN, JP].map(|cell| lived.w.cells[cell].records.len());
    let hashes = [CN, JP].map(|cell| lived.replayed(cell).state_hash());
    let mut pieces = [CN, JP].map(|cell| lived.w.cells[cell].state.begin_snapshot());
    let mut left = true;
    for turn in 4.. {
        if !left {
            break;
        }
        lived.round(turn);
        left = false;
        for cell in [CN, JP] {
            let piece = lived.step(cell);
            left |= piece.is_some();
            pieces[cell].extend(piece);
        }
    }
    lived.wait(Span::hours(1));

    for (cell, pieces) in [CN, JP].into_iter().zip(pieces) {
        let bytes = written(pieces);
        let mut state = restored(&bytes, cell).expect("what was written can be read");
        assert_eq!(state.state_hash(), hashes[cell], "the state when it began");
        let hash = economy::snapshot::hasher().update(&bytes).finalize();
        assert_eq!(*hash.as_bytes(), hashes[cell], "and of the blocks as they were written");
        lived.replay(&mut state, cell, at[cell]);
        let now = lived.replayed(cell).state_hash();
        assert_eq!(state.state_hash(), now, "with all that came after");
        assert_eq!(lived.w.cells[cell].state.state_hash(), now, "as it was lived");
        assert_ne!(now, hashes[cell], "and that is another state");
        assert_eq!(state.next_deadline(), lived.w.cells[cell].state.next_deadline());
        assert_eq!(observe(&state, &[]), observe(&lived.w.cells[cell].state, &[]));
        assert_laws(&state);
    }
}

#[test]
fn what_is_restored_goes_on() {
    let mut lived = Lived::new();
    (0..2).for_each(|turn| lived.round(turn));
    for cell in [CN, JP] {
        let bytes = taken(&mut lived.w.cells[cell].state);
        lived.w.cells[cell].state = restored(&bytes, cell).expect("what was written can be read");
    }
    // The world compares every further step with a state that was never written down.
    (2..6).for_each(|turn| lived.round(turn));
    lived.wait(Span::days(200));
    lived.round(6);
    for cell in [CN, JP] {
        let whole = lived.replayed(cell).state_hash();
        assert_eq!(lived.w.cells[cell].state.state_hash(), whole);
    }
}

/// The logs of a state by the tags of their blocks: transfers, closed legs of payers and of
/// sellers, parts of payments, answers.
const LOGS: [u8; 5] = [0x13, 0x36, 0x38, 0x39, 0x02];
/// Those that [`Lived::round`] writes to: the yuan cell pays, the yen cell sells.
const USED: [&[u8]; 2] = [&[0x36, 0x02], &[0x13, 0x38, 0x39, 0x02]];

/// The same state, all numbers of its logs `by` higher.
fn shifted(state: &mut State, by: u32) -> State {
    let bytes = taken(state);
    let mut restorer = Restorer::default();
    for block in blocks(&bytes) {
        let (tag, block) = block.expect("whole");
        let mut block = block.to_vec();
        // A log's blocks begin with the number of their first entry.
        if LOGS.contains(&tag) {
            let number = u32::from_le_bytes(block[..4].try_into().expect("a number"));
            block[..4].copy_from_slice(&number.wrapping_add(by).to_le_bytes());
        }
        restorer.read(tag, &block).expect("still a snapshot");
    }
    restorer.finish(state.cell, 17).expect("still a snapshot")
}

/// For each log that is used the number of its first entry, and how many entries there are.
fn used(state: &mut State) -> Vec<(u32, u32)> {
    let bytes = taken(state);
    let all: Vec<_> = blocks(&bytes).map(|block| block.expect("whole")).collect();
    let used = USED[usize::from(state.cell) - 1].iter().map(|log| {
        let (_, head) = all.iter().find(|(tag, _)| tag == log).expect("each log has a head");
        let number = |at| u32::from_le_bytes(head[at..at + 4].try_into().expect("a number"));
        (number(0), number(4))
    });
    used.collect()
}

#[test]
fn numbers_of_logs_start_again() {
    let mut lived = Lived::new();
    let by = u32::MAX - 8;
    let from = [CN, JP].map(|cell| lived.w.cells[cell].records.len());
    let born = [CN, JP].map(|cell| taken(&mut shifted(&mut lived.w.cells[cell].state, by)));
    for cell in &mut lived.w.cells {
        cell.become_another(|state| shifted(state, by));
    }
    (0..12).for_each(|turn| lived.round(turn));
    let payment = lived.w.paid(&lived.m, 900);
    lived.note();
    for cell in [CN, JP] {
        for (first, count) in used(&mut lived.w.cells[cell].state) {
            assert!(first == by && count > 9, "{count} from {first} on");
        }
        let bytes = taken(&mut lived.w.cells[cell].state);
        lived.w.cells[cell].state = restored(&bytes, cell).expect("what was written can be read");
    }
    // What has a number beyond the end is found, also when that before it is forgotten.
    lived.wait(Span::days(100));
    lived.w.refund(&lived.m, payment, 300).expect("a refund");
    lived.wait(Span::days(200));
    lived.round(12);
    for cell in [CN, JP] {
        for (first, count) in used(&mut lived.w.cells[cell].state) {
            assert!(first < 100 && count > 0, "{count} from {first} on");
        }
        let mut state = restored(&born[cell], cell).expect("what was written can be read");
        lived.replay(&mut state, cell, from[cell]);
        assert_eq!(state.state_hash(), lived.w.cells[cell].state.state_hash());
        assert_eq!(observe(&state, &[]), observe(&lived.w.cells[cell].state, &[]));
        assert_laws(&state);
    }
}

#[test]
fn the_newest_attempt_is_behind_the_last_number() {
    let Lived { mut w, m, .. } = Lived::new();
    for cell in &mut w.cells {
        cell.become_another(|state| shifted(state, u32::MAX));
    }
    let payment = w.requested(&m, 700);
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    w.said_yes(&m, payment, 700);
    w.settle();
    assert_eq!(w.status(CN, payment), Some(Status::Declined));
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: true });
    w.said_yes(&m, payment, 700);
    w.settle();
    assert_eq!(w.status(CN, payment), Some(Status::Captured));
    w.refund(&m, payment, 700).expect("given back");
    w.settle();
    assert_eq!(w.status(CN, payment), Some(Status::Refunded));
}

#[test]
fn an_abandoned_one_leaves_no_trace() {
    let mut lived = Lived::new();
    lived.round(0);
    let state = &mut lived.w.cells[CN].state;
    drop(state.begin_snapshot());
    state.copy_step();
    lived.round(1);
    let state = &mut lived.w.cells[CN].state;
    state.abandon_snapshot();
    assert!(state.copy_step().is_none());
    assert_eq!(lived.w.cells[CN].state.state_hash(), lived.replayed(CN).state_hash());
}

#[test]
fn a_block_lost_doubled_or_cut_is_refused() {
    let mut lived = Lived::new();
    (0..3).for_each(|turn| lived.round(turn));
    for cell in [CN, JP] {
        let bytes = taken(&mut lived.w.cells[cell].state);
        let parts: Vec<(u8, &[u8])> = blocks(&bytes).map(|block| block.expect("whole")).collect();
        let read = |parts: &[(u8, &[u8])]| {
            let mut restorer = Restorer::default();
            parts.iter().try_for_each(|(tag, block)| restorer.read(*tag, block))?;
            restorer.finish(1, 1)
        };
        assert!(read(&parts).is_ok());
        for at in 0..parts.len() {
            let (tag, block) = parts[at];
            let lost = [&parts[..at], &parts[at + 1..]].concat();
            assert!(read(&lost).is_err(), "block {at} ({tag:#x}) is lost");
            let twice = [&parts[..at], &parts[at..=at], &parts[at..]].concat();
            assert!(read(&twice).is_err(), "block {at} ({tag:#x}) stands twice");
            let mut cut = parts.clone();
            cut[at].1 = &block[..block.len() - 1];
            assert!(read(&cut).is_err(), "block {at} ({tag:#x}) is cut");
        }
        for tag in [0x00, 0x03, 0x22, 0x39, 0x40, 0xff] {
            assert!(read(&[&parts[..], &[(tag, &[] as &[u8])]].concat()).is_err(), "{tag:#x}");
        }
    }
}

#[test]
fn every_party_and_every_actor_comes_back() {
    // The roles are stored as numbers; each must come back as itself.
    let (mut w, operator) = World::bare();
    let roles = [Role::Traveller, Role::Merchant, Role::Operator, Role::Partner, Role::Host];
    let actors: Vec<Actor> = roles.iter().map(|role| w.party(CN, operator, *role)).collect();
    let bytes = taken(&mut w.cells[CN].state);
    let state = restored(&bytes, CN).expect("what was written can be read");
    for actor in actors {
        let party = state.pay.party_numbered(actor.party).expect("it is there");
        assert_eq!(party.role, actor.role);
    }
}
