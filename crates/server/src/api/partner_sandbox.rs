//! The sandbox that a partner tries its system against: what a till, a payer or the operator would
//! do, done by the same commands when a partner asks for it. A server has one only when it was
//! started as one (`enishi partner sandbox`): its books are thrown away.

use std::sync::Arc;

use corridor::CaptureMode;
use economy::{Answer, Command, Query, ReopenLink};
use kernel::id::{Store, Wallet};
use kernel::{Actor, Currency, Ref, Span};
use partner::Partner;
use partner::kit::{Act, Sandbox};
use pay::Purpose;
use pay::command::{
    CapturePayment, ConfirmPayment, MakeQuote, RefundPayment, RequestPayment, TopUpNostro,
};

use crate::cells::{Site, fresh};
use crate::outcome::settled;
use crate::problem::Problem;

/// Who does what in a sandbox.
#[derive(Clone, Copy, Debug, Default)]
pub struct SandboxAt {
    /// A store, and its shop.
    pub store: Option<(Actor, Ref<Store>)>,
    /// A wallet, and its holder.
    pub wallet: Option<(Actor, Ref<Wallet>)>,
}

impl SandboxAt {
    /// What of it is in a cell.
    fn at(&self, cell: u16) -> Self {
        Self {
            store: self.store.filter(|(_, store)| store.cell == cell),
            wallet: self.wallet.filter(|(_, wallet)| wallet.cell == cell),
        }
    }

    /// What a cell of it has to try.
    pub(super) fn told(&self, cell: u16) -> Sandbox {
        let Self { store, wallet } = self.at(cell);
        Sandbox { store: store.map(|(_, store)| store.to_string()), payer: wallet.is_some() }
    }

    /// Does what a person would do.
    pub(super) async fn act(
        &self,
        site: &Arc<Site>,
        partner: &Partner,
        act: &Act,
    ) -> Result<(), Problem> {
        let lacks = || Problem::new("field_invalid", "This sandbox has nobody who could do that.");
        let wrong = |_| Problem::new("field_invalid", "/payment: not the id of a payment.");
        let Self { store: shop, wallet: holder } = self.at(partner.own.number);
        let shop = shop.ok_or_else(lacks);
        match act {
            Act::Prefund { amount } => {
                let reference = format!("sandbox {}", fresh::<kernel::id::Payment>());
                let command = TopUpNostro { link: partner.link, amount: *amount, reference };
                done(site, Actor::CELL, command).await
            }
            Act::Request { amount, payment, later } => {
                let (actor, store) = shop?;
                let command = RequestPayment {
                    id: payment.parse().map_err(wrong)?,
                    store,
                    amount: *amount,
                    valid_for: Span::seconds(120),
                    capture: if *later { CaptureMode::Later } else { CaptureMode::Now },
                    purpose: Purpose::Sale,
                };
                done(site, actor, command).await
            }
            Act::Capture { payment, amount, last } => {
                let payment = payment.parse().map_err(wrong)?;
                let (id, amount, last) = (fresh(), *amount, *last);
                done(site, shop?.0, CapturePayment { id, payment, amount, last }).await
            }
            Act::Refund { payment, amount } => {
                let payment = payment.parse().map_err(wrong)?;
                let (id, amount) = (fresh(), *amount);
                done(site, shop?.0, RefundPayment { id, payment, amount }).await
            }
            Act::Pay { store, amount, payment } => {
                let (actor, wallet) = holder.ok_or_else(lacks)?;
                let quote = MakeQuote {
                    id: fresh(),
                    wallet,
                    payment: payment.parse().map_err(wrong)?,
                    store: store.parse().map_err(wrong)?,
                    amount: *amount,
                    currency: partner.of.mirror.unwrap_or(Currency::JPY),
                    deadline: None,
                    capture: CaptureMode::Now,
                    place: None,
                };
                let confirm = ConfirmPayment { quote: quote.id, again: true };
                done(site, actor, quote).await?;
                done(site, actor, confirm).await
            }
            Act::Reopen => reopened(site, partner).await,
        }
    }
}

async fn done(site: &Site, actor: Actor, command: impl Into<pay::Command>) -> Result<(), Problem> {
    submitted(site, actor, Command::Pay(command.into())).await
}

async fn submitted(site: &Site, actor: Actor, command: Command) -> Result<(), Problem> {
    let request = economy::Request { actor, fingerprint: None, command };
    settled::reply(site.name(), site.handle.submit(request).await).map(drop)
}

async fn reopened(site: &Site, partner: &Partner) -> Result<(), Problem> {
    let Answer::Links(links) = site.ask(Query::Links).await?.value else {
        return Err(Problem::internal());
    };
    let view = links.get(usize::from(partner.link)).ok_or_else(Problem::internal)?;
    if view.link.frozen.is_none() {
        return Ok(());
    }
    let (note, seen) = ("the sandbox was asked to".to_owned(), view.link.seen);
    let command = ReopenLink { link: partner.link, note, seen, handled: 0 };
    submitted(site, Actor::CELL, Command::ReopenLink(command)).await
}
