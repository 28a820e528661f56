//! What is done about members, by the page and by the API alike.

use std::sync::Arc;

use economy::people::command::{AddMember, EndMember, SetDuty};
use economy::people::{Duty, KeyForm, Member};
use economy::{ANY_SCOPE, Answer, Command, Fingerprint, IssueKey, Query, Reply};
use kernel::id::{Key, Party};
use kernel::{Actor, Id, Ref, Span, Timestamp};

use crate::cells::{Site, now};
use crate::code::Code;
use crate::outcome::Settled;
use crate::people::{NAME, with_vault};
use crate::problem::Problem;

/// How long an invitation waits to be opened.
const INVITATION: Span = Span::hours(72);
/// The most characters of a member's name.
pub(crate) const MOST_NAME: usize = 80;

/// A member as those who lead see them.
#[derive(Clone, Debug)]
pub struct Known {
    /// Who.
    pub person: Ref<Party>,
    /// Their name, for as long as the vault has it.
    pub name: Option<String>,
    /// Party, duty, since when and until when.
    pub member: Member,
    /// How many passkeys they have.
    pub passkeys: usize,
    /// When one of them signed last.
    pub used: Option<Timestamp>,
}

/// Somebody who acts in a cell.
#[derive(Clone)]
pub struct Lead {
    /// The cell.
    pub site: Arc<Site>,
    /// Who acts.
    pub actor: Actor,
}

/// A text as a name: trimmed, without control characters.
///
/// # Errors
/// `member_name_unfit`: it is empty or too long.
pub fn name_of(typed: &str) -> Result<String, Problem> {
    let name = typed.trim();
    let fits = !name.is_empty() && name.chars().count() <= MOST_NAME;
    if fits && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    let detail = format!("A member has a name of 1 to {MOST_NAME} characters.");
    Err(Problem::new("member_name_unfit", detail))
}

impl Lead {
    async fn submit(
        &self,
        fingerprint: Option<Fingerprint>,
        command: Command,
    ) -> Result<Settled<Reply>, Problem> {
        let request = economy::Request { actor: self.actor, fingerprint, command };
        let site = &self.site;
        let settled = site.submit(request).await?;
        // What was given or taken counts when this is answered.
        site.stream.reached(settled.position).await;
        Ok(settled)
    }

    /// The duties that whoever acts may give in their own party.
    pub fn may_give(&self) -> Vec<Duty> {
        let own = self.own_duty();
        Duty::ALL.into_iter().filter(|duty| own.is_some_and(|own| own.leads(*duty))).collect()
    }

    /// What whoever acts is there for.
    pub fn own_duty(&self) -> Option<Duty> {
        if self.actor.person == self.actor.party {
            return Duty::first(self.actor.role);
        }
        let person = self.actor.person;
        self.site.keys.people(|people| people.member(person).map(|member| member.duty))
    }

    /// The members of a party, those who are there first, each in the order they came.
    ///
    /// # Errors
    /// The cell or the vault does not answer.
    pub async fn members(&self, party: u32) -> Result<Vec<Known>, Problem> {
        let members: Vec<(u32, Member)> = self.site.keys.people(|people| {
            people.members_of(party).map(|(person, member)| (person, *member)).collect()
        });
        let mut all = Vec::new();
        for (person, member) in members {
            all.push(self.known(person, member).await?);
        }
        all.sort_by_key(|known| (known.member.ended.is_some(), known.person.number));
        Ok(all)
    }

    async fn known(&self, person: u32, member: Member) -> Result<Known, Problem> {
        let Answer::Party(Some(party)) = self.site.ask(Query::Party(person)).await?.value else {
            return Err(Problem::refused(&economy::Refusal::PartyNotFound));
        };
        let id = party.id.0;
        let name = with_vault(&self.site, move |vault| vault.get(id, NAME)).await?;
        let (passkeys, used) = self.site.keys.people(|people| {
            let theirs = || people.passkeys_of(person);
            (theirs().count(), theirs().map(|(_, passkey)| passkey.used).max())
        });
        let name = name.map(|name| name.as_str().to_owned());
        Ok(Known { person: party.party, name, member, passkeys, used })
    }

    /// A member of the acting party, or of any for an operator.
    ///
    /// # Errors
    /// `party_not_found`.
    pub async fn member(&self, person: Ref<Party>) -> Result<Known, Problem> {
        let missing = || Problem::refused(&economy::Refusal::PartyNotFound);
        let number = person.number;
        let member = self.site.keys.people(|people| people.member(number).copied());
        let member = member.ok_or_else(missing)?;
        let operates = self.actor.role == kernel::Role::Operator;
        if member.party != self.actor.party && !operates {
            return Err(missing());
        }
        let known = self.known(number, member).await?;
        if known.person == person { Ok(known) } else { Err(missing()) }
    }

    /// Makes somebody a member: first the vault has the name, then the cell the person.
    ///
    /// # Errors
    /// The refusal; the name then leaves the vault by itself.
    pub async fn add(
        &self,
        fingerprint: Option<Fingerprint>,
        id: Id<Party>,
        party: u32,
        name: String,
        duty: Duty,
    ) -> Result<Settled<Ref<Party>>, Problem> {
        with_vault(&self.site, move |vault| vault.put(id.0, NAME, &name)).await?;
        let command = Command::AddMember(AddMember { id, party, duty });
        of_member(self.submit(fingerprint, command).await?)
    }

    /// Gives a member another duty.
    ///
    /// # Errors
    /// The refusal.
    pub async fn set_duty(
        &self,
        fingerprint: Option<Fingerprint>,
        person: Ref<Party>,
        duty: Duty,
    ) -> Result<Settled<Ref<Party>>, Problem> {
        let command = Command::SetDuty(SetDuty { person, duty });
        of_member(self.submit(fingerprint, command).await?)
    }

    /// Ends a member's work, with all that they sign in with.
    ///
    /// # Errors
    /// The refusal.
    pub async fn end(&self, person: Ref<Party>) -> Result<Settled<Ref<Party>>, Problem> {
        of_member(self.submit(None, Command::EndMember(EndMember { person })).await?)
    }

    /// A code that lets a member in once; none when the request was answered before.
    ///
    /// # Errors
    /// The refusal.
    pub async fn invite(
        &self,
        fingerprint: Option<Fingerprint>,
        known: &Known,
    ) -> Result<(Settled<Id<Key>>, Option<Code>), Problem> {
        let code = Code::generate(self.site.name());
        let issue = IssueKey {
            id: self.site.fresh(),
            hash: code.hash(),
            party: known.member.party,
            role: known.member.duty.role(),
            expires: Some(now().plus(INVITATION)),
            person: known.person.number,
            form: KeyForm::Invitation,
            scopes: ANY_SCOPE,
        };
        let made = issue.id;
        let settled = self.submit(fingerprint, Command::IssueKey(issue)).await?;
        let Reply::Key(id) = settled.value else { return Err(Problem::internal()) };
        Ok((settled.with(id), (id == made).then_some(code)))
    }
}

fn of_member(settled: Settled<Reply>) -> Result<Settled<Ref<Party>>, Problem> {
    match settled.value {
        Reply::Member(person) => Ok(settled.with(person)),
        _ => Err(Problem::internal()),
    }
}
