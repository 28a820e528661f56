//! Both ends of a link beside each other, for who reconciles them.

use std::sync::Arc;

use axum::extract::State;
use corridor::Witness;
use economy::LinkView;
use kernel::Timestamp;
use link::wire::{self, AskStanding, Stands};
use link::{Direction, End};
use partner::Partner;
use serde::Serialize;
use utoipa::ToSchema;

use super::links::{Seen, view};
use crate::api::corridor::stands_on;
use crate::api::partner::partners_of;
use crate::api::values::{Moment, Text};
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::{PathId, Told};
use crate::problem::Problem;

/// How a neighbour of another process is reached.
#[derive(Debug, Serialize, ToSchema)]
pub struct Carried {
    /// Where its server is.
    #[schema(example = "http://127.0.0.1:8081")]
    pub url: String,
    /// What this cell asks of it.
    pub asking: Way,
    /// What it, or somebody in its name, asks of this cell.
    pub asked: Way,
}

/// One direction.
#[derive(Debug, Serialize, ToSchema)]
pub struct Way {
    /// When it worked last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub last_success: Option<Text<Moment>>,
    /// What is wrong; none while it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
}

/// Why it does not work.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trouble {
    /// The stable word.
    #[schema(example = "corridor_key_unknown")]
    pub code: &'static str,
    /// What it is, and what to do.
    pub detail: String,
    /// Who found it: this cell, or the other.
    #[schema(example = "jp")]
    pub said_by: String,
    /// Since when.
    #[schema(value_type = String)]
    pub since: Text<Moment>,
    /// How often since.
    pub times: u64,
}

impl Carried {
    /// What an end knows of its neighbour.
    pub fn of(end: &End) -> Self {
        let said_by = |theirs| if theirs { &end.peer.name } else { &end.own.name };
        let moment = |at: Timestamp| Text(Moment(at));
        let way = |direction: Direction| Way {
            last_success: direction.last_success.map(moment),
            trouble: direction.trouble.map(|it| Trouble {
                code: it.fault.code,
                said_by: said_by(it.fault.theirs).clone(),
                detail: it.fault.detail,
                since: moment(it.since),
                times: it.times,
            }),
        };
        let asking = way(end.status.asking());
        Self { url: end.url.clone(), asking, asked: way(end.status.asked()) }
    }
}

/// One end of a link.
#[derive(Debug, Serialize, ToSchema)]
pub struct Side {
    /// The cell.
    #[schema(example = "jp")]
    pub cell: String,
    /// The number of the last message that it sent.
    pub sent: u64,
    /// The number of the last message that it handled.
    pub received: u64,
    /// What it saw last of the other's journal.
    pub seen: Seen,
    /// The end of its own journal.
    pub newest: Seen,
    /// Its own journal where the other saw it, or at its end if that is before.
    pub at_seen: Seen,
    /// Why nothing new may cross.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frozen: Option<&'static str>,
    /// What the other holds with it, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nostro: Option<u64>,
    /// What it holds with the other, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror: Option<u64>,
}

impl Side {
    fn of(cell: &str, it: &Stands) -> Self {
        Self {
            cell: cell.to_owned(),
            sent: it.sent,
            received: it.received,
            seen: Seen::of(it.seen),
            newest: Seen::of(it.newest),
            at_seen: Seen::of(it.at),
            frozen: it.frozen.map(wire::reason_code),
            nostro: it.nostro,
            mirror: it.mirror,
        }
    }
}

/// Both ends, what differs, and what that means.
#[derive(Debug, Serialize, ToSchema)]
pub struct Standings {
    /// The end of this cell.
    pub ours: Side,
    /// The other end, when it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theirs: Option<Side>,
    /// Why the other end is not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
    /// Whether nothing differs that a relay would not bring by itself.
    pub agree: bool,
    /// What is found, a sentence each.
    pub findings: Vec<String>,
}

/// Both ends of a link, held against each other
///
/// Asks the other cell where it stands. Nothing is changed; `reopen` opens this end again.
#[utoipa::path(
    get, path = "/v1/links/{link}/standing", tag = "operator",
    params(("link" = u8, Path, description = "The link's number")),
    responses(
        (status = 200, body = Standings),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn standing(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(number): PathId<u8>,
) -> Result<Told<Standings>, Problem> {
    let known = view(&caller, number).await?;
    let (link, own) = (known.value.link.clone(), caller.cell().to_owned());
    let theirs = neighbour(&edge, &caller, &known.value).await;
    let seen = theirs.as_ref().map_or(0, |theirs| theirs.seen.position);
    let ours = stands_on(&caller.site, known.value.clone(), seen).await?;
    let told = match theirs {
        Ok(theirs) => {
            let (agree, findings) = compared([(&own, &ours), (&link.name, &theirs)]);
            Standings {
                ours: Side::of(&own, &ours),
                theirs: Some(Side::of(&link.name, &theirs)),
                unknown: None,
                agree,
                findings,
            }
        }
        Err(why) => Standings {
            ours: Side::of(&own, &ours),
            theirs: None,
            unknown: Some(why),
            agree: false,
            findings: vec![format!("{} does not say where it stands.", link.name)],
        },
    };
    Ok(Told::ok(known.with(told)))
}

/// Where the other end of a link stands, with its journal at the position that we saw.
pub async fn neighbour(edge: &Edge, caller: &Caller, view: &LinkView) -> Result<Stands, String> {
    let (own, link) = (caller.site.handle.info().number, &view.link);
    let asked = AskStanding { seen: link.seen.position };
    if let Some(end) = edge.corridor().between(own, link.peer).cloned() {
        let asking = tokio::task::spawn_blocking(move || end.standing(asked.seen)).await;
        return asking.map_err(|why| why.to_string())?.map_err(|fault| fault.to_string());
    }
    let Some(site) = edge.cells().numbered(link.peer) else {
        return Err(format!("This process has no way to '{}'; see [[neighbour]].", link.name));
    };
    let links = match site.ask(economy::Query::Links).await.map(|settled| settled.value) {
        Ok(economy::Answer::Links(links)) => links,
        Ok(_) => return Err("another answer".to_owned()),
        Err(problem) => return Err(problem.detail),
    };
    let back = links.into_iter().find(|there| there.link.peer == own);
    let back = back.ok_or_else(|| format!("'{}' has no link back.", link.name))?;
    stands_on(site, back, asked.seen).await.map_err(|problem| problem.detail)
}

/// What differs between two ends, in words, and whether a relay brings the rest by itself.
fn compared(sides: [(&str, &Stands); 2]) -> (bool, Vec<String>) {
    let (mut agree, mut found) = (true, Vec::new());
    for (from, to) in [(sides[0], sides[1]), (sides[1], sides[0])] {
        agree &= journal(from, to, &mut found);
        agree &= messages(from, to, &mut found);
        if let Some(number) = from.1.frozen {
            let reason = wire::reason_code(number);
            found.push(format!("{} has frozen its end: {reason}.", from.0));
            agree = false;
        }
    }
    let quiet = |from: &Stands, to: &Stands| from.sent == to.received;
    let all_there = quiet(sides[0].1, sides[1].1) && quiet(sides[1].1, sides[0].1);
    for (keeper, holder) in [(sides[0], sides[1]), (sides[1], sides[0])] {
        let (Some(nostro), Some(mirror)) = (keeper.1.nostro, holder.1.mirror) else { continue };
        if nostro != mirror && all_there {
            found.push(format!(
                "All messages are handled, and yet the nostro of {} holds {nostro} and its mirror \
                 at {} {mirror} (minor units).",
                keeper.0, holder.0
            ));
            agree = false;
        }
    }
    if agree && found.is_empty() {
        found.push("Both ends agree: every message sent was handled.".to_owned());
    }
    (agree, found)
}

/// Whether what `to` saw of the journal of `from` is in it.
fn journal(from: (&str, &Stands), to: (&str, &Stands), found: &mut Vec<String>) -> bool {
    let (position, ours) = (to.1.seen.position, from.1.at);
    if position == 0 || ours == to.1.seen {
        return true;
    }
    let why = if from.1.newest.position < position {
        format!("ends at {}", from.1.newest.position)
    } else {
        "has another group there".to_owned()
    };
    found.push(format!(
        "{} saw the journal of {} at position {position}, but that journal {why}: {} was restored \
         from an old copy, or forked. What stood in the lost part is known to nobody but in what {} \
         received of it.",
        to.0, from.0, from.0, to.0
    ));
    false
}

/// Whether `to` has handled at most what `from` sent.
fn messages(from: (&str, &Stands), to: (&str, &Stands), found: &mut Vec<String>) -> bool {
    let (sent, handled) = (from.1.sent, to.1.received);
    if handled > sent {
        found.push(format!(
            "{} handled {handled} messages of {}, which knows of {sent}: the last {} are lost \
             there. What they moved stands at {} alone; answers to them will be booked at {} in \
             suspense, for its operator to settle, and its numbers go on after {handled} once \
             its end is reopened.",
            to.0,
            from.0,
            handled - sent,
            to.0,
            from.0
        ));
        return false;
    }
    if handled < sent {
        found.push(format!(
            "{} of {}'s {sent} messages wait for {}; the relay brings them by itself while the \
             link is open.",
            sent - handled,
            from.0,
            to.0
        ));
    }
    true
}

/// What a reopening believes of the other end when the operator names nothing: its journal as it
/// stands today where we saw it. And how many messages it has handled.
pub async fn today(edge: &Edge, caller: &Caller, view: &LinkView) -> (Witness, u64) {
    if let Some(partner) = partner_of(edge, caller, view.link.peer) {
        let received = view.link.received;
        let ask = move || Some((partner.sent(received).ok()?, partner.standing().ok()?));
        let asked = tokio::task::spawn_blocking(ask).await.ok().flatten();
        return asked.map_or((view.link.seen, 0), |(sent, stands)| {
            let after = sent.delivery.after;
            let there = Witness { position: after.number, hash: after.witness.0 };
            (there, stands.received.number)
        });
    }
    match neighbour(edge, caller, view).await {
        Ok(there) => (there.at, there.received),
        Err(_) => (view.link.seen, 0),
    }
}

/// The partner at the other end of a link, if that is one.
fn partner_of(edge: &Edge, caller: &Caller, peer: u16) -> Option<Arc<Partner>> {
    partners_of(edge, &caller.site)?.numbered(peer)
}

/// The end to a neighbour of another process, if the link leads to one.
pub fn end_of(edge: &Edge, caller: &Caller, peer: u16) -> Option<Arc<End>> {
    edge.corridor().between(caller.site.handle.info().number, peer).cloned()
}
