//! Opens the shop: vault first, then command after command, each under a key of its own.

use std::str::FromStr;
use std::sync::Arc;

use economy::{Answer, Command, Fingerprint, Query, Reply, Request};
use kernel::id::{Merchant, Party, Store};
use kernel::{Actor, Currency, Id, Ref, Role, Span};
use pay::StoreNumber;
use pay::command::{AddTill, OpenStore, RegisterMerchant, RegisterParty, SetPayoutAccount};

use super::Checked;
use crate::cells::{Site, random};
use crate::code::Code;
use crate::outcome::{Settled, settled};
use crate::people::with_vault;
use crate::problem::Problem;

/// Who registers a party that has no key yet.
const FRONT_DESK: Actor = Actor::of(0, Role::Operator);
/// How long the sender of a form may see the code again.
const SHOWN_FOR: Span = Span::seconds(600);
/// Keeps the secrets that are derived of a ticket apart from all others.
const CONTEXT: &str = "enishi 2026-11 sign-up";

/// Names one form: 128 random bits or more. Whoever has it can see the code that it opened, for
/// ten minutes, so it is as secret as the code.
#[derive(Clone)]
pub struct Ticket(String);

impl Ticket {
    /// A new one.
    pub fn generate() -> Self {
        let bytes: [u8; 16] = random();
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Its text, for a hidden field of the form.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn derived(&self, what: &str) -> blake3::Hash {
        let key = blake3::derive_key(CONTEXT, self.0.as_bytes());
        blake3::keyed_hash(&key, what.as_bytes())
    }

    fn number(&self, what: &str) -> u128 {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.derived(what).as_bytes()[..16]);
        u128::from_le_bytes(bytes)
    }
}

/// A text that is no ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not 32 hexadecimal digits that were drawn at random, such as a UUID of version 4")]
pub struct NotATicket;

/// A ticket of ours, or a random UUID of a program. One that somebody counted up or typed is
/// refused: it would be guessed.
impl FromStr for Ticket {
    type Err = NotATicket;

    fn from_str(text: &str) -> Result<Self, NotATicket> {
        let plain: String = text.chars().filter(|c| *c != '-').collect();
        let plain = plain.to_ascii_lowercase();
        let hex = plain.len() == 32 && plain.bytes().all(|b| b.is_ascii_hexdigit());
        let mut letters = [false; 16];
        plain
            .chars()
            .filter_map(|c| c.to_digit(16))
            .for_each(|digit| letters[digit as usize] = true);
        let varied = letters.iter().filter(|seen| **seen).count() >= 6;
        if hex && varied { Ok(Self(plain)) } else { Err(NotATicket) }
    }
}

/// A shop that was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The merchant.
    pub merchant: Ref<Merchant>,
    /// Its store.
    pub store: Ref<Store>,
    /// The number on its poster.
    pub number: Option<StoreNumber>,
    /// The code that opens its till: only for who sent the form, and for ten minutes.
    pub code: Option<Code>,
    /// Whether another shop has the same bank account: staff look at it first.
    pub account_shared: bool,
}

/// One form on its way.
struct Steps<'a> {
    site: &'a Arc<Site>,
    ticket: &'a Ticket,
    /// What was typed, hashed together with the ticket, so that a journal tells nothing of it.
    content: u128,
}

/// Opens a shop, or finds the one that this form opened.
///
/// # Errors
/// `vault_not_available`, what the cell refuses, `idempotency_key_reused` for another shop under
/// the same ticket.
pub async fn open(
    site: &Arc<Site>,
    currency: Currency,
    ticket: &Ticket,
    shop: &Checked,
) -> Result<Settled<Opened>, Problem> {
    let (field, row) = shop.account.to_row();
    let Checked { name, latin_name, category, prefecture, city, .. } = shop;
    let typed = [name, latin_name, category.word(), &prefecture.to_string(), city, &row].join("\n");
    let steps = Steps { site, ticket, content: ticket.number(&typed) };

    let party = steps.party(field, row.to_string()).await?;
    let owner = Actor::of(party.value.number, Role::Merchant);
    let name = shop.name.clone();
    let register = RegisterMerchant { id: site.fresh(), party: party.value, name, currency };
    let pay::Reply::Merchant(merchant) = steps.pay(owner, "merchant", register).await? else {
        return Err(Problem::internal());
    };
    let merchant = merchant.merchant;
    let open = OpenStore {
        id: site.fresh(),
        merchant,
        name: shop.name.clone(),
        latin_name: Some(shop.latin_name.clone()),
        city: shop.city.clone(),
        category: shop.category,
        prefecture: shop.prefecture,
    };
    let pay::Reply::Store(store) = steps.pay(owner, "store", open).await? else {
        return Err(Problem::internal());
    };
    let till = AddTill { id: site.fresh(), store, name: "1".to_owned() };
    steps.pay(owner, "till", till).await?;
    steps.pay(owner, "account", SetPayoutAccount { merchant, replaces: 0 }).await?;
    let code = Code::derived(site.name(), &["sign-up", ticket.derived("code").to_hex().as_str()]);
    let issue = code.issue(site.fresh(), party.value, Role::Merchant);
    let settled = steps.done(FRONT_DESK, "code", Command::IssueKey(issue)).await?;
    // The code opens the till once the edge has heard of it.
    site.stream.reached(settled.position).await;

    let known = steps.known(party.value).await?;
    let account_shared = site.accounts.shared(site, known.id, &shop.account).await? > 0;
    let recent = known.since.plus(SHOWN_FOR) > site.handle.now();
    if !party.repeated {
        tracing::info!(cell = site.name(), %store, account_shared, "a shop signed up");
    }
    let opened = Opened {
        merchant,
        store,
        number: StoreNumber::of(store.cell, store.number),
        code: recent.then_some(code),
        account_shared,
    };
    Ok(Settled { repeated: party.repeated, ..settled.with(opened) })
}

impl Steps<'_> {
    fn fingerprint(&self, step: &str) -> Fingerprint {
        Fingerprint { key: self.ticket.number(step), content: self.content }
    }

    /// The party, with its bank account in the vault before it.
    async fn party(
        &self,
        field: &'static str,
        row: String,
    ) -> Result<Settled<Ref<Party>>, Problem> {
        let (step, role) = ("party", Role::Merchant);
        let before = self.site.ask(Query::Answered(self.fingerprint(step))).await?;
        let id: Id<Party> = self.site.fresh();
        let is_new = matches!(before.value, Answer::Answered(None));
        if is_new {
            with_vault(self.site, move |vault| vault.put(id.0, field, &row)).await?;
        }
        let command = Command::Pay(RegisterParty { id, role }.into());
        let settled = self.done(FRONT_DESK, step, command).await?;
        let Reply::Pay(pay::Reply::Party(party)) = settled.value else {
            return Err(Problem::internal());
        };
        if is_new && party.tag != id.tag() {
            // Sent twice at once: the other one's row stands. What fails here is swept later.
            let _swept_later = with_vault(self.site, move |vault| vault.discard(id.0)).await;
        }
        Ok(settled.with(party))
    }

    async fn known(&self, party: Ref<Party>) -> Result<pay::PartyView, Problem> {
        match self.site.ask(Query::Party(party.number)).await?.value {
            Answer::Party(Some(view)) => Ok(view),
            _ => Err(Problem::internal()),
        }
    }

    async fn pay(
        &self,
        actor: Actor,
        step: &str,
        command: impl Into<pay::Command>,
    ) -> Result<pay::Reply, Problem> {
        match self.done(actor, step, Command::Pay(command.into())).await?.value {
            Reply::Pay(reply) => Ok(reply),
            _ => Err(Problem::internal()),
        }
    }

    async fn done(
        &self,
        actor: Actor,
        step: &str,
        command: Command,
    ) -> Result<Settled<Reply>, Problem> {
        let fingerprint = Some(self.fingerprint(step));
        let request = Request { actor, fingerprint, command };
        settled::reply(self.site.name(), self.site.handle.submit(request).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_random_or_refused() {
        let ticket = Ticket::generate();
        let again: Ticket = ticket.reveal().parse().expect("its own text");
        assert_eq!(ticket.number("x"), again.number("x"));
        assert_ne!(ticket.number("x"), ticket.number("y"));
        assert_ne!(ticket.number("x"), Ticket::generate().number("x"));
        let uuid: Result<Ticket, _> = "8e03978e-40d5-43dd-bc93-6894a57f9324".parse();
        assert!(uuid.is_ok());
        for not in
            ["", "1", "00000000-0000-0000-0000-000000000001", "8e03978e", "山", &"g".repeat(32)]
        {
            assert!(not.parse::<Ticket>().is_err(), "{not:?}");
        }
    }
}
