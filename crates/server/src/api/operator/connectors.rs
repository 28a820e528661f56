//! Wallets of other companies as the operator sees them: what each company owes, what is under way,
//! what waits for a person.

use axum::extract::State;
use connector::{Health, Snag};
use economy::{Answer, ConnectorView, ConnectorsView, Query};
use kernel::id::{Payment, Refund};
use kernel::{Currency, Id, Timestamp};
use pay::command::{ReturnStray, SettleConnector};
use pay::costs::FeeRate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::values::{Moment, Money, Nothing, Text};
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::asked::Once;
use crate::http::{PathId, PathIds, Posted, Told};
use crate::outcome::Settled;
use crate::outside::{Said, Standing};
use crate::problem::Problem;

/// After so many seconds without a word that can be believed somebody is to look.
const SILENT_S: u64 = 600;

/// A key by which the two companies know each other.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectorKey {
    /// `ours`, by which what we ask is signed; `their_certificate` or `their_key`, by which their
    /// answers are believed.
    #[schema(example = "their_certificate")]
    pub of: &'static str,
    /// Its serial number or name.
    pub id: String,
    /// When it ends, where that is known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub until: Option<Text<Moment>>,
}

/// What goes wrong between the two companies now.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectorTrouble {
    /// `no_answer`, `their_error`, `too_fast`, `clock`, `not_believed` or `not_taken`.
    #[schema(example = "no_answer")]
    pub what: &'static str,
    /// When it was last seen.
    #[schema(value_type = String)]
    pub at: Text<Moment>,
}

/// What merchants pay for what comes through a connector, where a rule says so.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectorFee {
    /// From when.
    #[schema(value_type = String)]
    pub from: Text<Moment>,
    /// In basis points; left out, the rule ended there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 160)]
    pub bps: Option<u32>,
    /// Once for each payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed: Option<Money>,
}

/// A connector.
#[derive(Debug, Serialize, ToSchema)]
pub struct Connector {
    /// Its name, as in the configuration.
    #[schema(example = "wechat")]
    pub name: String,
    /// The kind of wallet.
    #[schema(example = "wechat")]
    pub wallet: String,
    /// What sellers are paid through it.
    #[schema(value_type = String, example = "JPY")]
    pub currency: Text<Currency>,
    /// Whether it is in the configuration of this process: else nobody asks, and nothing new goes
    /// through it.
    pub runs: bool,
    /// Which contract it is, where it runs: of WeChat Pay `mainland`, `mainland_institution`,
    /// `global` or `global_institution`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "global")]
    pub mode: Option<&'static str>,
    /// When the other company last said something that was believed, since this process began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub last_good: Option<Text<Moment>>,
    /// What goes wrong now, if something does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<ConnectorTrouble>,
    /// The keys in use, where it runs.
    pub keys: Vec<ConnectorKey>,
    /// What merchants pay for what comes through it, by date; empty where the general fee holds.
    pub fees: Vec<ConnectorFee>,
    /// Minor units that the other company owes; below zero what it has paid ahead.
    #[schema(example = 32_000)]
    pub owed: i64,
    /// Of them held for refunds under way.
    pub held: Money,
    /// The most refunds of one payment.
    pub refund_parts: u16,
    /// Within how many days of a payment one may be asked for.
    pub refund_days: u16,
    /// Where that is written.
    pub source: String,
    /// Payments that wait for the other company's word.
    pub payments: usize,
    /// Refunds that wait for it.
    pub refunds: usize,
    /// Since when the oldest of them waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub oldest: Option<Text<Moment>>,
    /// How many of them wait for a person.
    pub tasks: usize,
}

/// All connectors of the cell.
#[derive(Debug, Serialize, ToSchema)]
pub struct Connectors {
    /// In the order in which they became known.
    pub connectors: Vec<Connector>,
}

/// Something that another company is being asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnderWay {
    /// `payment`, `refund`, or `stray`: money that no payment waits for, in suspense.
    pub what: &'static str,
    /// Of which payment.
    #[schema(value_type = String)]
    pub payment: Text<Id<Payment>>,
    /// Which refund.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub refund: Option<Text<Id<Refund>>>,
    /// Of a stray: by what `…/strays/{stray}/returned` knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "9f86d081884c7d65")]
    pub stray: Option<String>,
    /// The number by which the other company's lists have it.
    #[schema(example = "01KAPXJ8ZC7K3T0V9E5R2M4QDW")]
    pub number: String,
    /// How much.
    pub amount: Money,
    /// Whose code, of a payment: `shown` or `taken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<&'static str>,
    /// Since when.
    #[schema(value_type = String)]
    pub since: Text<Moment>,
    /// Whether the till wants it cancelled.
    pub cancel_asked: bool,
    /// What was said last: `not_asked_yet`, `waits`, `unknown`, `balance_too_low`, `needs_staff`,
    /// `amount_differs` or `not_taken`; of a stray `amount_differs` (another sum was due) or
    /// `not_open` (nobody waited for it).
    #[schema(example = "waits")]
    pub said: &'static str,
    /// How often it was asked since this process began.
    pub times: u32,
    /// What a person has to do, where one has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<&'static str>,
    /// The same as a word, for pages in other languages.
    #[serde(skip)]
    pub(crate) to_do: Option<ToDo>,
}

/// What is under way through a connector.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attempts {
    /// Those that wait for a person first, then the oldest.
    pub attempts: Vec<UnderWay>,
}

/// What another company paid to the operator's bank.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSettlement {
    /// What came.
    received: Money,
    /// What it kept as its own fee, by its own statement.
    kept: Money,
    /// The bank's reference; each is taken once.
    reference: String,
}

/// A settlement was booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Settlement {
    /// What the other company still owes.
    pub owed: Money,
}

/// What a person has to do about something that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ToDo {
    /// Nobody asks.
    Configure,
    /// Our balance there is too low for a refund.
    PayIn,
    /// The payer's account takes nothing back.
    PayOut,
    /// They say another sum.
    Compare,
    /// The books do not take what they say.
    ReadLog,
    /// They have been silent for long.
    LookThere,
    /// They took money that no payment waits for.
    GiveBack,
}

impl ToDo {
    fn of(said: Said, silent: bool, runs: bool) -> Option<Self> {
        Some(match said {
            _ if !runs => Self::Configure,
            Said::Stuck(Snag::BalanceTooLow) => Self::PayIn,
            Said::Stuck(Snag::NeedsStaff) => Self::PayOut,
            Said::Differs(_) => Self::Compare,
            Said::NotTaken(_) => Self::ReadLog,
            Said::Unknown | Said::Nothing if silent => Self::LookThere,
            Said::Unknown | Said::Nothing | Said::Waits => return None,
        })
    }

    /// The stable word of message files.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Configure => "configure",
            Self::PayIn => "pay-in",
            Self::PayOut => "pay-out",
            Self::Compare => "compare",
            Self::ReadLog => "read-log",
            Self::LookThere => "look-there",
            Self::GiveBack => "give-back",
        }
    }

    /// The sentence of the API.
    const fn sentence(self) -> &'static str {
        match self {
            Self::Configure => {
                "Nobody asks: put the connector back into the configuration until this has its end."
            }
            Self::PayIn => {
                "Your balance at the other company is too low for this refund: pay in there, or \
                 wait for sales. It is asked for again by itself."
            }
            Self::PayOut => {
                "The payer's account does not take the money back: the other company's page for \
                 merchants says how it is paid out. It is asked about again by itself."
            }
            Self::Compare => {
                "The other company says another sum or currency than was asked for. Compare its \
                 page for merchants with the number above, and have it put right there."
            }
            Self::ReadLog => {
                "The books do not take what the other company says; the log says why. Nothing is \
                 lost: it is told again."
            }
            Self::LookThere => {
                "The other company has not answered for long. Look at its page for merchants and \
                 at this machine's way to it. It is asked again by itself until it answers."
            }
            Self::GiveBack => {
                "The other company took this and no payment waits for it: the payer paid late, \
                 twice, or another sum. Give it back on the other company's page for merchants by \
                 the number above, then say so here (…/strays/{stray}/returned)."
            }
        }
    }
}

/// What a process knows beside the cell of what is under way.
pub(crate) struct Seen<'a> {
    edge: &'a Edge,
    cell: &'a str,
    now: Timestamp,
    standing: Vec<Standing>,
}

impl<'a> Seen<'a> {
    pub(crate) fn of(edge: &'a Edge, caller: &'a Caller) -> Self {
        let counter = edge.outside().of(caller.cell());
        let standing = counter.map(|counter| counter.standing()).unwrap_or_default();
        Self { edge, cell: caller.cell(), now: caller.site.handle.now(), standing }
    }

    fn runs(&self, name: &str) -> bool {
        self.edge.outside().of(self.cell).is_some_and(|counter| counter.wallet(name).is_some())
    }

    /// Which contract it is and how it goes with the other company, where it runs.
    pub(crate) fn health(&self, name: &str) -> Option<(&'static str, Health)> {
        let wallet = self.edge.outside().of(self.cell)?.wallet(name)?;
        Some((wallet.about().mode, wallet.health()))
    }

    /// Whether it makes bills of its days, where it runs.
    pub(crate) fn has_bills(&self, name: &str) -> bool {
        let counter = self.edge.outside().of(self.cell);
        let wallet = counter.and_then(|counter| counter.wallet(name));
        wallet.is_some_and(|wallet| wallet.about().bills.is_some())
    }

    fn said(
        &self,
        payment: Id<Payment>,
        refund: Option<Id<Refund>>,
        since: Timestamp,
        runs: bool,
    ) -> (Said, u32, Option<ToDo>) {
        let known = self.standing.iter().find(|of| (of.payment, of.refund) == (payment, refund));
        let (said, times) = known.map_or((Said::Nothing, 0), |of| (of.said, of.times));
        let silent = since.plus(kernel::Span::seconds(SILENT_S)) < self.now;
        (said, times, ToDo::of(said, silent, runs))
    }

    /// All that is under way through a connector.
    pub(crate) fn under_way(&self, name: &str, open: &ConnectorsView) -> Vec<UnderWay> {
        let runs = self.runs(name);
        let payments = open.asks.iter().filter(|ask| ask.connector == name).map(|ask| {
            let (said, times, to_do) = self.said(ask.payment, None, ask.since, runs);
            let (payment, attempt) = (ask.payment, ask.attempt);
            UnderWay {
                what: "payment",
                payment: Text(payment),
                refund: None,
                stray: None,
                number: connector::OrderNumber { payment, attempt }.to_string(),
                amount: Money::new(ask.amount, ask.currency),
                way: Some(ask.shape.word()),
                since: Text(Moment(ask.since)),
                cancel_asked: ask.cancel,
                said: said.word(),
                times,
                task: to_do.map(ToDo::sentence),
                to_do,
            }
        });
        let refunds = open.refunds.iter().filter(|of| of.connector == name).map(|of| {
            let payment = of.payment.payment;
            let (said, times, to_do) = self.said(payment, Some(of.refund), of.since, runs);
            UnderWay {
                what: "refund",
                payment: Text(payment),
                refund: Some(Text(of.refund)),
                stray: None,
                number: connector::RefundNumber(of.refund).to_string(),
                amount: Money::new(of.amount, of.payment.currency),
                way: None,
                since: Text(Moment(of.since)),
                cancel_asked: false,
                said: said.word(),
                times,
                task: to_do.map(ToDo::sentence),
                to_do,
            }
        });
        let currency = open.connectors.iter().find(|view| view.connector.name == name);
        let currency = currency.map(|view| view.connector.currency);
        let of = open.connectors.iter().position(|view| view.connector.name == name);
        let strays = open.strays.iter().filter(|(_, it)| Some(usize::from(it.connector)) == of);
        let strays = strays.zip(currency.into_iter().cycle()).map(|((id, it), currency)| {
            let (payment, attempt) = (it.payment, it.attempt);
            UnderWay {
                what: "stray",
                payment: Text(payment),
                refund: None,
                stray: Some(format!("{id:016x}")),
                number: connector::OrderNumber { payment, attempt }.to_string(),
                amount: Money::new(it.amount, currency),
                way: None,
                since: Text(Moment(it.since)),
                cancel_asked: false,
                said: it.reason.word(),
                times: 0,
                task: Some(ToDo::GiveBack.sentence()),
                to_do: Some(ToDo::GiveBack),
            }
        });
        let mut all: Vec<_> = payments.chain(refunds).chain(strays).collect();
        all.sort_by_key(|of| (of.task.is_none(), of.since.0.0));
        all
    }

    fn connector(&self, view: &ConnectorView, open: &ConnectorsView) -> Connector {
        let known = &view.connector;
        let all = self.under_way(&known.name, open);
        let (mode, health) = self.health(&known.name).unzip();
        let health = health.unwrap_or_default();
        let trouble = health.ails();
        let key = |key: connector::KeyInUse| ConnectorKey {
            of: key.of.word(),
            id: key.id,
            until: key.until.map(|at| Text(Moment(at))),
        };
        let fee = |(from, rate): &(Timestamp, Option<FeeRate>)| ConnectorFee {
            from: Text(Moment(*from)),
            bps: rate.map(|rate| rate.bps),
            fixed: rate.map(|rate| Money::new(rate.fixed, known.currency)),
        };
        let count = |what: &str| all.iter().filter(|of| of.what == what).count();
        Connector {
            name: known.name.clone(),
            wallet: known.kind.clone(),
            currency: Text(known.currency),
            runs: self.runs(&known.name),
            mode,
            last_good: health.good.map(|at| Text(Moment(at))),
            trouble: trouble
                .map(|(at, what)| ConnectorTrouble { what: what.word(), at: Text(Moment(at)) }),
            keys: health.keys.into_iter().map(key).collect(),
            fees: view.fees.iter().map(fee).collect(),
            owed: i64::try_from(view.owed).unwrap_or(i64::MAX),
            held: Money::new(view.held, known.currency),
            refund_parts: known.refund_parts,
            refund_days: known.refund_days,
            source: known.source.clone(),
            payments: count("payment"),
            refunds: count("refund"),
            oldest: all.iter().map(|of| of.since.0.0).min().map(|at| Text(Moment(at))),
            tasks: all.iter().filter(|of| of.task.is_some()).count(),
        }
    }
}

/// All connectors of a caller's cell, with what is under way.
pub(crate) async fn known(caller: &Caller) -> Result<Settled<ConnectorsView>, Problem> {
    let settled = caller.ask(Query::Connectors).await?;
    match settled.value.clone() {
        Answer::Connectors(view) => Ok(settled.with(*view)),
        _ => Err(Problem::internal()),
    }
}

pub(super) fn named<'a>(
    settled: &'a Settled<ConnectorsView>,
    name: &str,
) -> Result<&'a ConnectorView, Problem> {
    let found = settled.value.connectors.iter().find(|view| view.connector.name == name);
    found.ok_or_else(|| {
        let refusal = economy::Refusal::from(pay::Refusal::ConnectorNotFound);
        Problem::refused(&refusal).at(&settled.cell, settled.position)
    })
}

/// The number by which the cell knows a connector.
pub(super) async fn number(caller: &Caller, name: &str) -> Result<u16, Problem> {
    let settled = known(caller).await?;
    named(&settled, name)?;
    let mut all = settled.value.connectors.iter();
    let at = all.position(|view| view.connector.name == name);
    at.and_then(|at| u16::try_from(at).ok()).ok_or_else(Problem::internal)
}

/// The wallets of other companies that can pay here
#[utoipa::path(
    get, path = "/v1/connectors", tag = "connectors",
    responses(
        (status = 200, body = Connectors),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn connectors(
    State(edge): State<Edge>,
    caller: Caller,
) -> Result<Told<Connectors>, Problem> {
    let settled = known(&caller).await?;
    let seen = Seen::of(&edge, &caller);
    Ok(Told::ok(settled.map(|open| {
        let connectors = open.connectors.iter().map(|view| seen.connector(view, &open)).collect();
        Connectors { connectors }
    })))
}

/// What another company is being asked, and what waits for a person
#[utoipa::path(
    get, path = "/v1/connectors/{connector}/attempts", tag = "connectors",
    params(("connector" = String, Path, description = "The connector's name")),
    responses(
        (status = 200, body = Attempts),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn attempts(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(name): PathId<String>,
) -> Result<Told<Attempts>, Problem> {
    let settled = known(&caller).await?;
    named(&settled, &name)?;
    let seen = Seen::of(&edge, &caller);
    Ok(Told::ok(settled.map(|open| Attempts { attempts: seen.under_way(&name, &open) })))
}

/// Money that no payment waited for went back to its payer
///
/// Say so once it was given back at the other company: it is then in suspense no more.
#[utoipa::path(
    post, path = "/v1/connectors/{connector}/strays/{stray}/returned", tag = "connectors", params(
        ("connector" = String, Path, description = "The connector's name"),
        ("stray" = String, Path, description = "Its number, as in the list of attempts"), Once,
    ), request_body = Nothing,
    responses(
        (status = 201, body = Attempts),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn return_stray(
    State(edge): State<Edge>,
    caller: Caller,
    PathIds(name, stray): PathIds<String, String>,
    asked: Posted<Nothing>,
) -> Result<Told<Attempts>, Problem> {
    named(&known(&caller).await?, &name)?;
    let stray = u64::from_str_radix(&stray, 16).map_err(|_| {
        Problem::new("id_malformed", "A stray is named by 16 hexadecimal digits, as in the list.")
    })?;
    let command = ReturnStray { connector: name.clone(), stray };
    let settled = caller.pay(asked.fingerprint, command).await?;
    let seen = Seen::of(&edge, &caller);
    let open = known(&caller).await?;
    let open = open.map(|open| Attempts { attempts: seen.under_way(&name, &open) });
    Ok(Told::created(Settled { repeated: settled.repeated, ..open }))
}

/// Books what another company paid to the bank, and what it kept
#[utoipa::path(
    post, path = "/v1/connectors/{connector}/settlements", tag = "connectors", params(
        ("connector" = String, Path, description = "The connector's name"), Once,
    ), request_body = NewSettlement,
    responses(
        (status = 201, body = Settlement),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn settle(
    caller: Caller,
    PathId(name): PathId<String>,
    asked: Posted<NewSettlement>,
) -> Result<Told<Settlement>, Problem> {
    let settled = known(&caller).await?;
    let currency = named(&settled, &name)?.connector.currency;
    let NewSettlement { received, kept, reference } = asked.body;
    let received = received.minor_units(currency, "/received")?;
    let kept = kept.minor_units(currency, "/kept")?;
    let settle = SettleConnector { connector: name, received, kept, reference };
    let settled = caller.pay(asked.fingerprint, settle).await?;
    let pay::Reply::Balance(owed) = settled.value else { return Err(Problem::internal()) };
    Ok(Told::created(settled.with(Settlement { owed: Money::new(owed, currency) })))
}
