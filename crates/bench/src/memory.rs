//! Resident bytes for a wallet, a payment and a remembered answer.

use kernel::{Actor, Context, Currency, Role, Timestamp};
use serde_json::{Value, json};

use crate::machine::{machine, resident};
use crate::world::{BenchError, Ids};

/// Measures what the state of a cell takes, without journal and threads.
///
/// # Errors
/// When a command of the measurement is refused.
pub fn memory(count: u32, mut progress: impl FnMut(&str)) -> Result<Value, BenchError> {
    let before = machine();
    let mut bench = Filling::open(count)?;
    progress("wallets");
    let empty = resident();
    bench.wallets(count)?;
    let wallets = resident();
    progress("open payments");
    bench.confirm(count)?;
    let open = resident();
    progress("closed payments");
    // Entries of open payments are used again by the next ones, so what a closed payment takes
    // is measured by closing and opening in turn; never so many at once that the lists of free
    // entries count.
    let mut left = count;
    while left > 0 {
        let some = left.min(AT_ONCE);
        bench.close(some)?;
        bench.confirm(some)?;
        left -= some;
    }
    let closed = resident();
    progress("remembered answers");
    bench.remember(count);
    let keys = resident();
    let per = |from: u64, to: u64| (to.saturating_sub(from) as f64 / f64::from(count)).round();
    Ok(json!({
        "bytes_per_wallet": per(empty, wallets),
        "bytes_per_open_payment": per(wallets, open),
        "bytes_per_closed_payment": per(open, closed),
        "bytes_per_key": per(closed, keys),
        "count": count,
        "machine": before.name,
        "other_load": before.other_load,
    }))
}

struct Filling {
    state: economy::State,
    draft: economy::Draft,
    ids: Ids,
    now: Timestamp,
    party: kernel::Ref<kernel::id::Party>,
    wallets: Vec<kernel::Ref<kernel::id::Wallet>>,
    confirmed: Vec<kernel::Id<kernel::id::Payment>>,
    received: u64,
    mirror: u64,
}

const STORE: kernel::Ref<kernel::id::Store> = kernel::Ref::new(2, 0, 9);
const AMOUNT: u64 = 3_200;
/// Payments that are closed before as many are opened.
const AT_ONCE: u32 = 1_000;

impl Filling {
    /// A cell for `count` payments at a time.
    fn open(count: u32) -> Result<Self, BenchError> {
        let now = crate::world::now();
        let mut ids = Ids::new(1);
        let mut bench = Self {
            state: economy::State::new(1, 0x5eed),
            draft: economy::Draft::default(),
            now,
            party: kernel::Ref::new(1, 0, 0),
            wallets: Vec::new(),
            confirmed: Vec::new(),
            received: 0,
            mirror: 1 << 50,
            ids: Ids::new(2),
        };
        for currency in [Currency::CNY, Currency::JPY] {
            bench.pay(pay::command::OpenBook { currency })?;
        }
        let rate = |digits, scale| kernel::Decimal { digits, scale };
        bench.pay(pay::command::PublishRates {
            id: kernel::Id::new(0),
            date: 20_261_030,
            source: "ECB".into(),
            rates: vec![(Currency::CNY, rate(74_326, 4)), (Currency::JPY, rate(17_568, 2))],
        })?;
        let fees =
            pay::Fees { spread_bps: 50, payer_bps: 0, merchant_bps: 100, by_category: vec![] };
        bench.pay(pay::command::SetFees { from: Timestamp(0), fees })?;
        bench.pay(pay::command::OpenLink {
            peer: 2,
            name: "jp".into(),
            nostro: None,
            mirror: Some(Currency::JPY),
            max_unanswered: u32::MAX,
            max_age: kernel::Span::days(1),
        })?;
        // The ring of messages that wait for an answer turns while payments are closed and
        // opened. It must have its size before, or it takes memory that no closed payment does.
        let waiting = &mut bench.state.corridor.links[0].unanswered;
        waiting.reserve_exact(count as usize + AT_ONCE as usize);
        let amount = bench.mirror;
        bench.receive(corridor::Message::NostroChanged { amount })?;
        let party = pay::command::RegisterParty { id: ids.id(now), role: Role::Traveller };
        if let pay::Reply::Party(party) = bench.pay(party)? {
            bench.party = party;
        }
        Ok(bench)
    }

    fn run(&mut self, command: economy::Command) -> Result<economy::Reply, BenchError> {
        let actor = Actor::of(0, Role::Operator);
        let context = Context::new(self.now, actor, 1);
        let request = economy::Request { actor, fingerprint: None, command };
        let decision = self
            .state
            .decide(&context, &request, &mut self.draft)
            .map_err(|refusal| BenchError::NotDone(refusal.to_string()))?;
        for event in &self.draft.events {
            self.state.evolve(self.now, event);
        }
        match decision {
            economy::Decision::New(reply) => Ok(reply),
            economy::Decision::Repeat { .. } => Err(BenchError::NotDone("repeat".into())),
        }
    }

    fn pay(&mut self, command: impl Into<pay::Command>) -> Result<pay::Reply, BenchError> {
        match self.run(economy::Command::Pay(command.into()))? {
            economy::Reply::Pay(reply) => Ok(reply),
            other => Err(BenchError::NotDone(format!("{other:?}"))),
        }
    }

    fn receive(&mut self, message: corridor::Message) -> Result<(), BenchError> {
        self.received += 1;
        let command = economy::Command::Receive(Box::new(economy::Receive {
            link: 0,
            number: self.received,
            position: self.received,
            hash: Some([1; 32]),
            nostro_balance_after: Some(self.mirror),
            message,
        }));
        self.run(command).map(drop)
    }

    fn wallets(&mut self, count: u32) -> Result<(), BenchError> {
        for at in 0..count {
            let (id, party) = (self.ids.id(self.now), self.party);
            let open = pay::command::OpenWallet { id, party, currency: Currency::CNY };
            if let pay::Reply::Wallet(view) = self.pay(open)? {
                self.wallets.push(view.wallet);
                let (wallet, amount) = (view.wallet, 1 << 30);
                if at == 0 {
                    let reference = "W".to_owned();
                    self.pay(pay::command::TopUpWallet {
                        wallet,
                        amount: amount << 20,
                        reference,
                    })?;
                }
            }
        }
        Ok(())
    }

    fn confirm(&mut self, count: u32) -> Result<(), BenchError> {
        let wallet = self.wallets[0];
        for _ in 0..count {
            let (id, payment) = (self.ids.id(self.now), self.ids.id(self.now));
            self.pay(pay::command::MakeQuote {
                id,
                wallet,
                payment,
                store: STORE,
                amount: AMOUNT,
                currency: Currency::JPY,
                deadline: None,
                capture: corridor::CaptureMode::Now,
                place: None,
            })?;
            self.pay(pay::command::ConfirmPayment { quote: id, again: true })?;
            self.confirmed.push(payment);
        }
        Ok(())
    }

    fn close(&mut self, count: u32) -> Result<(), BenchError> {
        for payment in self.confirmed.drain(..count as usize).collect::<Vec<_>>() {
            self.mirror -= AMOUNT;
            let (total_so_far, last) = (AMOUNT, true);
            self.receive(corridor::Message::Captured { payment, total_so_far, last })?;
        }
        Ok(())
    }

    fn remember(&mut self, count: u32) {
        for number in 0..count {
            let key = (u128::from(self.ids.next()) << 64) | u128::from(self.ids.next());
            let asked = economy::Fingerprint { key, content: key.rotate_left(13) };
            self.state.remember(self.now, &asked, u64::from(number), 0);
        }
    }
}
