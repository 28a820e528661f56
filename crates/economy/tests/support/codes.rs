//! Codes that customers show. The keys are kept by somebody else: here a MAC is any function of
//! what it is over.

use economy::{Refusal, Reply};
use kernel::id::{Payment, Wallet};
use kernel::{Actor, CodeCheck, Currency, Id, Ref};
use pay::codes::{CodeTerms, Issuer, IssuerRoute, MACS, OneTimeCode, PayCode, slot, step_of};
use pay::command::{ChargePayment, EnrolPhone, SetCodeTerms};
use pay::{ChargeView, CodeQuestion, PhoneView};

use super::{CN, JP, Market, World};

/// A phone's MAC.
fn mac(handle: u32, generation: u32, step: u64, counter: u8) -> u32 {
    let words = [u64::from(handle), u64::from(generation), step, u64::from(counter)];
    let mixed = words.into_iter().fold(7_u64, |hash, word| {
        (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31)
    });
    (mixed % u64::from(MACS)) as u32
}

/// What whoever keeps the keys says of a code.
pub fn found(asked: &CodeQuestion) -> CodeCheck {
    let CodeQuestion { code, generation, moment } = *asked;
    let is_of = |step| mac(code.handle, generation, step, moment.counter) == code.mac;
    if is_of(moment.step) {
        return CodeCheck::Holds;
    }
    let mut others = (1..5).flat_map(|off| [moment.step - 5 * off, moment.step + 5 * off]);
    if others.any(is_of) { CodeCheck::OtherTime } else { CodeCheck::Wrong }
}

/// Up to 200 CNY and 3,000 JPY without a word; three wrong codes of a phone, five of a shop.
pub fn code_terms() -> CodeTerms {
    let issuer = |name: &str, prefix, route| Issuer {
        name: name.to_owned(),
        prefix_digits: 3,
        first: prefix,
        last: prefix,
        shortest: 20,
        longest: 20,
        route,
    };
    let wechat = Issuer {
        prefix_digits: 2,
        first: 10,
        last: 15,
        shortest: 18,
        longest: 18,
        ..issuer("WeChat Pay", 0, IssuerRoute::Connector("wechat".into()))
    };
    CodeTerms {
        issuers: vec![
            issuer("Enishi", 471, IssuerRoute::Cell(1)),
            issuer("Enishi", 472, IssuerRoute::Cell(2)),
            wechat,
        ],
        confirm_above: vec![(Currency::CNY, 20_000), (Currency::JPY, 3_000)],
        ask_s: 60,
        wrong_most: 3,
        rest_s: 600,
        misses_most: 5,
        misses_s: 900,
        source: "a contract".into(),
    }
}

impl World {
    /// A market in which both wallets have a phone: Li Wei's yuan and Hana's yen.
    pub fn with_phones() -> (Self, Market, PhoneView, PhoneView) {
        Self::with_phones_under(&code_terms())
    }

    pub fn with_phones_under(terms: &CodeTerms) -> (Self, Market, PhoneView, PhoneView) {
        let (mut w, m) = World::open();
        for cell in [CN, JP] {
            w.done(cell, m.operator, SetCodeTerms { from: w.now, terms: terms.clone() });
        }
        let li = w.enrolled(CN, m.li, m.wallet);
        let hana = w.enrolled(JP, m.hana, m.yen_wallet);
        (w, m, li, hana)
    }

    pub fn enrolled(&mut self, cell: usize, actor: Actor, wallet: Ref<Wallet>) -> PhoneView {
        match self.done(cell, actor, EnrolPhone { wallet, near: 4_815_162 }) {
            Reply::Pay(pay::Reply::Phone(view)) => *view,
            other => panic!("{other:?}"),
        }
    }

    /// What a phone shows now, by a clock that is so many steps ahead.
    pub fn shown(&self, phone: &PhoneView, ahead: i64, counter: u8) -> String {
        let step = step_of(self.now).wrapping_add_signed(ahead);
        let mac = mac(phone.handle, phone.generation, step, counter);
        let code = OneTimeCode { handle: phone.handle, slot: slot(step, counter), mac };
        PayCode { prefix: phone.prefix, code }.to_string()
    }

    /// The same with a MAC that is wrong.
    pub fn guessed(&self, phone: &PhoneView, off: u32) -> String {
        let right = PayCode::parse(&self.shown(phone, 0, 0)).expect("a code");
        let mac = (right.code.mac + 1 + off) % MACS;
        PayCode { code: OneTimeCode { mac, ..right.code }, ..right }.to_string()
    }

    /// The soba shop's till asks for an amount and is shown a code, in one go.
    pub fn charges(
        &mut self,
        m: &Market,
        amount: u64,
        code: String,
    ) -> Result<ChargeView, Refusal> {
        let request = m.request(self, amount, corridor::CaptureMode::Now);
        let (payment, request) = (request.id, Some(Box::new(request)));
        self.charge(m, ChargePayment { payment, request, code })
    }

    /// The same for a payment that was requested before.
    pub fn charges_again(
        &mut self,
        m: &Market,
        payment: Id<Payment>,
        code: String,
    ) -> Result<ChargeView, Refusal> {
        self.charge(m, ChargePayment { payment, request: None, code })
    }

    fn charge(&mut self, m: &Market, c: ChargePayment) -> Result<ChargeView, Refusal> {
        match self.ask(JP, m.soba, pay::Command::from(c))? {
            Reply::Pay(pay::Reply::Charge(view)) => Ok(*view),
            other => panic!("{other:?}"),
        }
    }
}
