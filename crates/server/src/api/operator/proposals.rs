//! Changes of terms: one person proposes, another approves or rejects.

use economy::{Answer, Fingerprint, Query};
use kernel::id::{Merchant, Party, Proposal as ProposalKind};
use kernel::{Decimal, Id, Ref, Role};
use pay::ProposalRow;
use pay::codes::CodeTerms;
use pay::command::{ApproveProposal, Propose, RejectProposal};
use pay::costs::Via;
use pay::event::Change;
use pay::terms::{Effect, SettlementTerms};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::values::{Day, Moment, Nothing, Text};
use crate::authorize::Caller;
use crate::cells::{fresh, now};
use crate::http::asked::Once;
use crate::http::{PathId, Posted, QueryOf, Told};
use crate::outcome::Settled;
use crate::problem::Problem;

/// What became of terms that were sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Set {
    /// Whether they are in force: so it is with a term that the cell never had.
    #[schema(example = true)]
    pub done: bool,
    /// What waits for a second person, where they are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Proposal>,
}

/// A change of terms.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Proposal {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Id<ProposalKind>>,
    /// `waiting`, `approved` or `rejected`.
    #[schema(example = "waiting")]
    pub state: &'static str,
    /// What is to change: `fees`, `limits`, `rules`, `payout_terms`, `rate_terms`, `code_terms`, `rates`,
    /// `limit_rule`, `velocity_rule` or `classes`.
    #[schema(example = "fees")]
    pub change: &'static str,
    /// From when it is to hold; if it waits for longer, from its approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub from: Option<Text<Moment>>,
    /// Why, in the author's words.
    #[serde(skip_serializing_if = "str::is_empty")]
    #[schema(required = false)]
    pub note: String,
    /// Each value, old and new side by side.
    pub values: Vec<Value>,
    /// Who proposed it.
    pub by: Person,
    /// When.
    #[schema(value_type = String)]
    pub since: Text<Moment>,
    /// Who decided about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Person>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub decided: Option<Text<Moment>>,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One value of what is to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Value {
    /// Its name, as it is sent.
    #[schema(example = "spread_bps")]
    pub name: String,
    /// What holds; absent where nothing does, and of what is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "50")]
    pub old: Option<String>,
    /// What is to hold; absent for what is to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "60")]
    pub new: Option<String>,
}

/// A person of the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Person {
    /// The person's party; absent for who founded the cell, at its own machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub person: Option<Text<Ref<Party>>>,
}

/// Sends a change: in force at once, or kept for a second person.
///
/// # Errors
/// The cell says no.
pub(super) async fn propose(
    caller: &Caller,
    asked: Fingerprint,
    change: impl Into<Change>,
    note: Option<String>,
) -> Result<Told<Set>, Problem> {
    let note = note.unwrap_or_default();
    let command = Propose { id: fresh(), change: change.into(), note };
    let settled = caller.pay(asked, command).await?;
    told(caller, settled).await
}

/// What became of a change that was sent.
pub(crate) async fn told(
    caller: &Caller,
    settled: Settled<pay::Reply>,
) -> Result<Told<Set>, Problem> {
    match settled.value.clone() {
        pay::Reply::Done => Ok(Told::created(settled.with(Set { done: true, proposal: None }))),
        pay::Reply::Proposal(known) => {
            let proposal = Some(shown(caller, *known).await?);
            Ok(Told::accepted(settled.with(Set { done: false, proposal })))
        }
        _ => Err(Problem::internal()),
    }
}

/// Which proposals.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ProposalsOf {
    /// `waiting`, which it is when left out; `decided` for the last hundred that were decided.
    state: Option<String>,
}

/// Changes of terms.
#[derive(Debug, Serialize, ToSchema)]
pub struct Proposals {
    /// The oldest first; of those decided, the newest first.
    pub proposals: Vec<Proposal>,
}

/// Changes of terms that wait for a second person, or those decided last
#[utoipa::path(
    get, path = "/v1/proposals", tag = "operator", params(ProposalsOf),
    responses(
        (status = 200, body = Proposals),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn proposals(
    caller: Caller,
    QueryOf(asked): QueryOf<ProposalsOf>,
) -> Result<Told<Proposals>, Problem> {
    let waiting = match asked.state.as_deref() {
        None | Some("waiting") => true,
        Some("decided") => false,
        Some(_) => {
            let detail = "The query can't be read: state is waiting or decided.";
            return Err(Problem::new("query_invalid", detail));
        }
    };
    let settled = listed(&caller, waiting).await?;
    Ok(Told::ok(settled))
}

/// The proposals that wait, or the last that were decided.
///
/// # Errors
/// The cell does not answer.
pub async fn listed(caller: &Caller, waiting: bool) -> Result<Settled<Proposals>, Problem> {
    let settled = caller.ask(Query::Proposals { now: now(), waiting }).await?;
    let Answer::Proposals(rows) = settled.value.clone() else { return Err(Problem::internal()) };
    let mut proposals: Vec<_> = rows.iter().map(Proposal::of).collect();
    if !waiting {
        proposals.reverse();
    }
    Ok(settled.with(Proposals { proposals }))
}

/// Approves a change of terms
///
/// It takes effect at once, or from the moment it names, if that is still to come. Whoever proposed
/// it can't approve it.
#[utoipa::path(
    post, path = "/v1/proposals/{proposal}/approve", tag = "operator",
    params(Once, ("proposal" = String, Path, description = "The proposal's id")),
    request_body = Nothing,
    responses(
        (status = 200, body = Proposal),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn approve_proposal(
    caller: Caller,
    PathId(proposal): PathId<Id<ProposalKind>>,
    asked: Posted<Nothing>,
) -> Result<Told<Proposal>, Problem> {
    let settled = caller.pay(asked.fingerprint, ApproveProposal { proposal }).await?;
    decided(&caller, settled).await
}

/// Why a change is rejected.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRejection {
    /// Up to 200 characters, for whoever proposed it.
    #[schema(example = "The decimal point is in the wrong place.")]
    reason: String,
}

/// Rejects a change of terms
///
/// Whoever proposed it may take it back in the same way.
#[utoipa::path(
    post, path = "/v1/proposals/{proposal}/reject", tag = "operator",
    params(Once, ("proposal" = String, Path, description = "The proposal's id")),
    request_body = NewRejection,
    responses(
        (status = 200, body = Proposal),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn reject_proposal(
    caller: Caller,
    PathId(proposal): PathId<Id<ProposalKind>>,
    asked: Posted<NewRejection>,
) -> Result<Told<Proposal>, Problem> {
    let Posted { body, fingerprint, .. } = asked;
    let settled = caller.pay(fingerprint, RejectProposal { proposal, reason: body.reason }).await?;
    decided(&caller, settled).await
}

async fn decided(caller: &Caller, settled: Settled<pay::Reply>) -> Result<Told<Proposal>, Problem> {
    let pay::Reply::Proposal(known) = settled.value.clone() else {
        return Err(Problem::internal());
    };
    let shown = shown(caller, *known).await?;
    Ok(Told::ok(settled.with(shown)))
}

/// A proposal as it is now; one that the cell remembers no more, as it was answered.
async fn shown(caller: &Caller, known: pay::state::Proposal) -> Result<Proposal, Problem> {
    for waiting in [true, false] {
        let settled = caller.ask(Query::Proposals { now: now(), waiting }).await?;
        let Answer::Proposals(rows) = settled.value else { return Err(Problem::internal()) };
        if let Some(row) = rows.iter().find(|row| row.proposal.id == known.id) {
            return Ok(Proposal::of(row));
        }
    }
    let row = ProposalRow {
        proposal: known,
        holds: None,
        by: None,
        decided_by: None,
        merchants: Vec::new(),
    };
    Ok(Proposal::of(&row))
}

impl Proposal {
    /// A proposal as the API and the page tell it.
    pub(crate) fn of(row: &ProposalRow) -> Self {
        let known = &row.proposal;
        let decided = known.decided.as_ref();
        Self {
            id: Text(known.id),
            state: known.state(),
            change: known.change.word(),
            from: known.change.starts().map(|at| Text(Moment(at))),
            note: known.note.clone(),
            values: side_by_side(row.holds.as_ref(), &known.change, &row.merchants),
            by: Person::of(row.by.as_ref()),
            since: Text(Moment(known.since)),
            decided_by: decided.map(|_| Person::of(row.decided_by.as_ref())),
            decided: decided.map(|decided| Text(Moment(decided.at))),
            reason: decided.and_then(|decided| decided.rejected.clone()),
        }
    }
}

impl Person {
    pub(super) fn of(party: Option<&pay::PartyView>) -> Self {
        let party = party.filter(|party| party.role != Role::Cell);
        Self { person: party.map(|party| Text(party.party)) }
    }
}

/// Merchants by their entries in the cell, as changes name them.
type Merchants = [(u32, Ref<Merchant>)];

/// Each value of a change beside what holds: in the order of the change, then what is to end.
fn side_by_side(old: Option<&Change>, new: &Change, known: &Merchants) -> Vec<Value> {
    let mut old = old.map(|old| values(old, known)).unwrap_or_default();
    let mut lines: Vec<Value> = Vec::new();
    for (name, new) in values(new, known) {
        let at = old.iter().position(|(known, _)| *known == name);
        let old = at.map(|at| old.remove(at).1);
        lines.push(Value { name, old, new: Some(new) });
    }
    let ended = old.into_iter().map(|(name, old)| Value { name, old: Some(old), new: None });
    lines.extend(ended);
    lines
}

/// The id of a merchant that a change names by its entry.
fn named(entry: u32, known: &Merchants) -> String {
    let found = known.iter().find(|(of, _)| *of == entry);
    found.map_or_else(|| format!("merchant {entry}"), |(_, merchant)| merchant.to_string())
}

fn way(via: Via) -> String {
    match via {
        Via::Here => "here".to_owned(),
        Via::Link(number) => format!("link {number}"),
        Via::Connector(number) => format!("connector {number}"),
    }
}

fn settlement_values(terms: &SettlementTerms) -> Vec<(String, String)> {
    let row = |name: &str, value: &dyn std::fmt::Display| (name.to_owned(), value.to_string());
    let mut rows = vec![row("link", &terms.link)];
    if let Some(closing) = terms.closing {
        rows.push(row("closing.minute", &closing.minute));
        rows.push(row("closing.utc_offset_min", &closing.utc_offset_min));
    }
    if let Some(supply) = terms.supply {
        let above = supply.approval_above.map_or("–".to_owned(), |sum| sum.to_string());
        rows.extend([
            row("supply.target_days", &supply.target_days),
            row("supply.floor", &supply.floor),
            row("supply.approval_above", &above),
            row("supply.bank_minute", &supply.bank_minute),
            row("supply.bank_offset_min", &supply.bank_offset_min),
            row("supply.transfer_days", &supply.transfer_days),
        ]);
    }
    rows.push(row("source", &terms.source));
    rows
}

/// What a change says, by the names under which it is sent.
fn values(change: &Change, known: &Merchants) -> Vec<(String, String)> {
    let row = |name: &str, value: &dyn std::fmt::Display| (name.to_owned(), value.to_string());
    match change {
        Change::Fees(fact) => {
            let fees = &fact.fees;
            let mut rows = vec![
                row("spread_bps", &fees.spread_bps),
                row("payer_bps", &fees.payer_bps),
                row("merchant_bps", &fees.merchant_bps),
            ];
            let special = fees.by_category.iter();
            rows.extend(special.map(|(of, bps)| row(&format!("by_category.{}", of.word()), bps)));
            rows
        }
        Change::Limits(fact) => vec![
            row("currency", &fact.limits.currency.code()),
            row("per_payment", &fact.limits.per_payment),
            row("per_day", &fact.limits.per_day),
            row("source", &fact.limits.source),
        ],
        Change::Rules(fact) => vec![
            row("quote_s", &fact.rules.quote_s),
            row("refund_days", &fact.rules.refund_days),
            row("capture_days", &fact.rules.capture_days),
            row("repeat_s", &fact.rules.repeat_s),
            row("request_max_s", &fact.rules.request_max_s),
            row("utc_offset_min", &fact.rules.utc_offset_min),
        ],
        Change::PayoutTerms(fact) => vec![
            row("currency", &fact.terms.currency.code()),
            row("minimum", &fact.terms.minimum),
            row("fee_same_bank", &fact.terms.fee_same_bank),
            row("fee_other_bank", &fact.terms.fee_other_bank),
            row("cutoff_min", &fact.terms.cutoff_min),
        ],
        Change::PayoutRules(fact) => {
            let rules = &fact.rules;
            let maybe = |sum: Option<u64>| sum.map_or("–".to_owned(), |sum| sum.to_string());
            vec![
                row("currency", &rules.currency.code()),
                row("approval_above", &maybe(rules.approval_above)),
                row("today_fee", &maybe(rules.today_fee)),
                row("return_fee", &rules.return_fee),
                row("keep_days", &rules.keep_days),
                row("source", &rules.source),
            ]
        }
        Change::Safeguard(fact) => {
            let rule = &fact.rule;
            let days: Vec<String> = rule.days.iter().map(|day| format!("{day:04}")).collect();
            vec![
                row("currency", &rule.currency.code()),
                row("days", &days.join(" ")),
                row("above", &rule.above),
                row("share_bps", &rule.share_bps),
                row("source", &rule.source),
            ]
        }
        Change::FeeRule(fact) => {
            let scope = fact.scope;
            let mut rows = Vec::new();
            rows.extend(scope.merchant.map(|entry| row("merchant", &named(entry, known))));
            rows.extend(scope.category.map(|category| row("category", &category.word())));
            rows.extend(scope.via.map(|via| row("via", &way(via))));
            match fact.rate {
                Some(rate) => rows.extend([
                    row("bps", &rate.bps),
                    row("fixed", &rate.fixed),
                    row("most", &rate.most),
                ]),
                None => rows.push(row("ends", &"true")),
            }
            rows.extend((!fact.source.is_empty()).then(|| row("source", &fact.source)));
            rows
        }
        Change::Split(fact) => {
            let mut rows = vec![row("merchant", &named(fact.split.merchant, known))];
            rows.extend(fact.split.shares.iter().map(|share| {
                let name = format!("share.{}", named(share.receiver, known));
                row(&name, &format!("{} {}", share.kind.word(), share.bps))
            }));
            rows.extend((!fact.source.is_empty()).then(|| row("source", &fact.source)));
            rows
        }
        Change::Settlement(fact) => settlement_values(&fact.terms),
        Change::Referrer(fact) => vec![
            row("merchant", &named(fact.referrer, known)),
            row("word", &fact.terms.word),
            row("ppm", &fact.terms.ppm),
            row("days", &fact.terms.days),
            row("keeps", &fact.terms.keeps),
            row("opens", &fact.terms.opens.join(" ")),
            row("source", &fact.terms.source),
        ],
        Change::RateTerms(fact) => vec![
            row("max_move_bps", &fact.terms.max_move_bps),
            row("max_age_s", &fact.terms.max_age_s),
            row("source", &fact.terms.source),
        ],
        Change::LimitRule(fact) => vec![
            row("id", &fact.rule.id),
            row("currency", &fact.rule.currency.code()),
            row("classes", &format!("{:b}", fact.rule.classes)),
            row("reach", &fact.rule.reach.word()),
            row("window", &fact.rule.window.word()),
            row("most", &fact.rule.most),
            row("source", &fact.rule.source),
            row("section", &fact.rule.section),
        ],
        Change::VelocityRule(fact) => {
            let rule = &fact.rule;
            let mut rows = vec![
                row("id", &rule.id),
                row("classes", &format!("{:b}", rule.classes)),
                row("counts", &rule.counts.word()),
                row("most", &rule.most),
                row("minutes", &rule.minutes),
                row("source", &rule.source),
            ];
            match rule.effect {
                Effect::Refuse => rows.push(row("effect", &"refuse")),
                Effect::Review { wait_min, release_min } => rows.extend([
                    row("effect", &"review"),
                    row("wait_min", &wait_min),
                    row("release_min", &release_min),
                ]),
            }
            rows
        }
        Change::Classes(fact) => {
            let classes = &fact.classes;
            let default = classes.words.get(usize::from(classes.default));
            vec![
                row("classes", &classes.words.join(", ")),
                row("default", &default.map_or("", String::as_str)),
                row("source", &classes.source),
            ]
        }
        Change::Codes(fact) => {
            let CodeTerms { issuers, confirm_above, source, .. } = &fact.terms;
            let mut rows = vec![
                row("ask_s", &fact.terms.ask_s),
                row("wrong_most", &fact.terms.wrong_most),
                row("rest_s", &fact.terms.rest_s),
                row("misses_most", &fact.terms.misses_most),
                row("misses_s", &fact.terms.misses_s),
                row("source", source),
            ];
            let bounds = confirm_above.iter();
            rows.extend(
                bounds.map(|(of, most)| row(&format!("confirm_above.{}", of.code()), most)),
            );
            rows.extend(issuers.iter().map(|of| {
                let (first, last) = (of.first, of.last);
                let says = format!(
                    "{first}–{last}, {}–{} digits, {:?}",
                    of.shortest, of.longest, of.route
                );
                row(&format!("issuers.{}.{first}", of.name), &says)
            }));
            rows
        }
        Change::Rates(fact) => {
            let mut rows = vec![row("date", &Day(fact.date)), row("source", &fact.source)];
            let rates = fact.rates.iter();
            rows.extend(
                rates.map(|(of, rate): &(_, Decimal)| row(&format!("rates.{}", of.code()), rate)),
            );
            rows
        }
    }
}
