//! Batches of the operator's transfers: JSON, or the fixed layout of the book.

use economy::{Answer, Command, Query, Reply, TransferOutcome};
use kernel::fixed::Fixed;
use kernel::id::{Account, Hold, Transfer as TransferKind};
use kernel::{Id, Ref, Refuse};
use ledger::{BATCH_MAX, Flags, Transfer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::values::Text;
use crate::authorize::Caller;
use crate::cells::fresh;
use crate::http::asked::Once;
use crate::http::{PathId, PostedBytes, Told, json};
use crate::problem::Problem;

/// The media type of the fixed layout.
const OCTETS: &str = "application/octet-stream";

/// One transfer: moves an amount, or holds it (`pending`), or ends a hold (`capture`, `void`).
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTransfer {
    /// A UUIDv7 of yours, which moves money once; made here when left out.
    #[schema(value_type = Option<String>, example = "tra_01KAPXJ8ZC7K3T0V9E5R2M4QDW")]
    id: Option<Text<Id<TransferKind>>>,
    /// The account to take from; not for a capture or void.
    #[schema(value_type = Option<String>)]
    debit: Option<Text<Ref<Account>>>,
    /// The account to give to; not for a capture or void.
    #[schema(value_type = Option<String>)]
    credit: Option<Text<Ref<Account>>>,
    /// Minor units of both accounts' currency; not for a void.
    #[serde(default)]
    amount: u64,
    /// Your own reason, 1 to 65,535.
    code: u16,
    /// Holds the amount instead of moving it.
    #[serde(default)]
    pending: bool,
    /// Seconds until a pending transfer ends by itself; never when left out.
    #[serde(default)]
    timeout_s: u32,
    /// Captures this hold: the amount, and the rest is given back unless `keep`.
    #[schema(value_type = Option<String>)]
    capture: Option<Text<Ref<Hold>>>,
    /// With `capture`: leaves the rest held.
    #[serde(default)]
    keep: bool,
    /// Gives this hold back.
    #[schema(value_type = Option<String>)]
    void: Option<Text<Ref<Hold>>>,
    /// Judged as one with the transfer after it.
    #[serde(default)]
    linked: bool,
}

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResult {
    /// How many transfers the batch had.
    pub count: u32,
    /// How many moved money or ended a hold.
    pub made: u32,
    /// How many hold.
    pub held: u32,
    /// How many were refused.
    pub refused: u32,
    /// Those that hold or were refused, by their place; every other one was made.
    pub results: Vec<TransferResult>,
}

/// What became of one transfer that did not simply move.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransferResult {
    /// Its place in the batch, from 0.
    pub at: u32,
    /// Its id.
    #[schema(value_type = String)]
    pub id: Text<Id<TransferKind>>,
    /// `held`, or why it was refused.
    #[schema(example = "exceeds_credits")]
    pub result: &'static str,
    /// The hold, to capture or void.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub hold: Option<Text<Ref<Hold>>>,
    /// What to do about a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A transfer that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeTransfer {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Id<TransferKind>>,
    /// `moved`, `held`, `captured` or `voided`.
    #[schema(example = "moved")]
    pub kind: &'static str,
    /// The account it took from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub debit: Option<Text<Ref<Account>>>,
    /// The account it gave to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub credit: Option<Text<Ref<Account>>>,
    /// The hold it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub hold: Option<Text<Ref<Hold>>>,
    /// Minor units.
    pub amount: u64,
    /// The operator's own reason.
    pub code: u16,
}

/// Makes up to 8,190 transfers as one record
///
/// Each transfer, or linked list of them, is judged alone; the reply says what became of those
/// that were not simply made.
///
/// As `application/json`: a list of transfers. As `application/octet-stream`: 40 bytes each,
/// little-endian: `id` u128, `debit` u32, `credit` u32, `amount` u64, `timeout_s` u32, `code`
/// u16, `flags` u16. Accounts stand there by their numbers; a capture or void names the hold's
/// number as `debit` and its tag (the last 32 bits of its id) as `credit`. Flags: 1 linked,
/// 2 pending, 4 capture, 8 keep (with capture), 16 void.
#[utoipa::path(
    post, path = "/v1/transfers", tag = "operator", params(Once),
    request_body(content(
        (Vec<NewTransfer> = "application/json"),
        (String = "application/octet-stream"),
    )),
    responses(
        (status = 200, body = BatchResult),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn make_transfers(
    caller: Caller,
    asked: PostedBytes,
) -> Result<Told<BatchResult>, Problem> {
    let transfers = match asked.media_type.as_deref() {
        Some("application/json") => from_json(&caller, &asked.bytes).await?,
        Some(OCTETS) => from_octets(&asked.bytes)?,
        _ => {
            return Err(Problem::new(
                "media_type_not_supported",
                "Send the batch as application/json or as application/octet-stream.",
            ));
        }
    };
    let ids: Vec<u128> = transfers.iter().map(|transfer| transfer.id).collect();
    let command = Command::Transfers(transfers.into_boxed_slice());
    let settled = caller.submit(asked.fingerprint, command).await?;
    let Reply::Transfers { count, outcomes } = &settled.value else {
        return Err(Problem::internal());
    };
    let cell = caller.site.handle.info().number;
    let result = results(cell, *count, outcomes, &ids);
    Ok(Told::ok(settled.with(result)))
}

fn results(
    cell: u16,
    count: u32,
    outcomes: &[(u32, TransferOutcome)],
    ids: &[u128],
) -> BatchResult {
    let result = |(at, outcome): &(u32, TransferOutcome)| {
        // A repeat whose ids were made here had other ones the first time.
        let id = Text(Id::new(ids.get(*at as usize).copied().unwrap_or_default()));
        match outcome {
            TransferOutcome::Held { number, tag } => {
                let hold = Some(Text(Ref::new(cell, *number, u64::from(*tag))));
                TransferResult { at: *at, id, result: "held", hold, detail: None }
            }
            TransferOutcome::Refused(number) => {
                let refusal = ledger::Refusal::from_number(*number);
                let result = refusal.map_or("refused", |refusal| refusal.code());
                let detail = refusal.map(|refusal| refusal.to_string());
                TransferResult { at: *at, id, result, hold: None, detail }
            }
        }
    };
    let results: Vec<_> = outcomes.iter().map(result).collect();
    let held = results.iter().filter(|result| result.hold.is_some()).count() as u32;
    let refused = results.len() as u32 - held;
    BatchResult { count, made: count - held - refused, held, refused, results }
}

fn from_octets(bytes: &[u8]) -> Result<Vec<Transfer>, Problem> {
    let size = Transfer::SIZE;
    if !bytes.len().is_multiple_of(size) {
        let detail = format!("A transfer has {size} bytes; the body is cut off.");
        return Err(Problem::new("body_malformed", detail));
    }
    if bytes.len() / size > BATCH_MAX {
        return Err(Problem::refused(&economy::Refusal::BatchSize));
    }
    let transfers = bytes.chunks_exact(size).map(Transfer::get).collect::<Result<_, _>>();
    transfers.map_err(|_| Problem::new("body_malformed", "A transfer can't be read."))
}

async fn from_json(caller: &Caller, bytes: &[u8]) -> Result<Vec<Transfer>, Problem> {
    let asked: Vec<NewTransfer> = json::read(bytes)?;
    if asked.is_empty() || asked.len() > BATCH_MAX {
        return Err(Problem::refused(&economy::Refusal::BatchSize));
    }
    let transfers = asked.iter().enumerate().map(|(at, one)| one.transfer(at)).collect();
    let transfers: Result<Vec<Transfer>, Problem> = transfers;
    let transfers = transfers?;
    known_accounts(caller, &asked).await?;
    Ok(transfers)
}

/// A reference that was not handed out is refused before its number is used.
async fn known_accounts(caller: &Caller, asked: &[NewTransfer]) -> Result<(), Problem> {
    let named: Vec<(usize, &str, Ref<Account>)> = asked
        .iter()
        .enumerate()
        .flat_map(|(at, one)| {
            let sides = [("debit", one.debit), ("credit", one.credit)];
            sides.into_iter().filter_map(move |(side, account)| Some((at, side, account?.0)))
        })
        .collect();
    let numbers = named.iter().map(|(_, _, account)| account.number).collect();
    let settled = caller.ask(Query::References(numbers)).await?;
    let Answer::References(known) = settled.value else { return Err(Problem::internal()) };
    let stranger = named.iter().zip(known).find(|((_, _, named), known)| *known != Some(*named));
    let Some(((at, side, _), _)) = stranger else { return Ok(()) };
    let pointer = format!("/{at}/{side}");
    let detail = "there is no such account in this cell".to_owned();
    Err(Problem::new("account_not_found", format!("{pointer}: {detail}."))
        .in_field(pointer, detail))
}

impl NewTransfer {
    fn transfer(&self, at: usize) -> Result<Transfer, Problem> {
        let wrong = |detail: &str| {
            Problem::new("field_invalid", format!("/{at}: {detail}."))
                .in_field(format!("/{at}"), detail.to_owned())
        };
        let flag = |set: bool, flag: u16| if set { flag } else { 0 };
        let flags = flag(self.linked, Flags::LINKED)
            | flag(self.pending, Flags::PENDING)
            | flag(self.capture.is_some(), Flags::CAPTURE)
            | flag(self.keep, Flags::KEEP)
            | flag(self.void.is_some(), Flags::VOID);
        let (debit, credit) = match (self.capture.or(self.void), self.debit, self.credit) {
            (None, Some(Text(debit)), Some(Text(credit))) => (debit.number, credit.number),
            // A hold's tag has 32 bits; a longer one names no hold.
            (Some(Text(hold)), None, None) => {
                (hold.number, u32::try_from(hold.tag).unwrap_or_default())
            }
            _ => return Err(wrong("name debit and credit, or the hold to capture or void")),
        };
        Ok(Transfer {
            id: self.id.map_or_else(|| fresh::<TransferKind>().0, |Text(id)| id.0),
            debit,
            credit,
            amount: self.amount,
            timeout_s: self.timeout_s,
            code: self.code,
            flags: Flags(flags),
        })
    }
}

/// A transfer that was made
///
/// Known for 72 hours; what it moved stays in the book.
#[utoipa::path(
    get, path = "/v1/transfers/{transfer}", tag = "operator",
    params(("transfer" = String, Path, description = "The transfer's id")),
    responses(
        (status = 200, body = MadeTransfer),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn transfer(
    caller: Caller,
    PathId(id): PathId<Id<TransferKind>>,
) -> Result<Told<MadeTransfer>, Problem> {
    let settled = caller.ask(Query::Transfer(id.0)).await?;
    let Answer::Transfer(found) = settled.value else { return Err(Problem::internal()) };
    let Some(found) = found else {
        let detail = "There is no such transfer; one is known for 72 hours.";
        return Err(Problem::new("transfer_not_found", detail).at(&settled.cell, settled.position));
    };
    let ends = found.flags.has(Flags::CAPTURE) || found.flags.has(Flags::VOID);
    let [debit, credit] = if ends { [None; 2] } else { references(&caller, &found).await? };
    let cell = caller.site.handle.info().number;
    let hold = ends.then(|| Text(Ref::new(cell, found.debit, u64::from(found.credit))));
    let kind = match found.flags {
        flags if flags.has(Flags::PENDING) => "held",
        flags if flags.has(Flags::CAPTURE) => "captured",
        flags if flags.has(Flags::VOID) => "voided",
        _ => "moved",
    };
    let Transfer { amount, code, .. } = found;
    let made = MadeTransfer { id: Text(id), kind, debit, credit, hold, amount, code };
    Ok(Told::ok(crate::outcome::Settled {
        value: made,
        cell: settled.cell,
        position: settled.position,
        repeated: false,
    }))
}

async fn references(
    caller: &Caller,
    transfer: &Transfer,
) -> Result<[Option<Text<Ref<Account>>>; 2], Problem> {
    let numbers = Box::new([transfer.debit, transfer.credit]);
    let answer = caller.ask(Query::References(numbers)).await?;
    match answer.value {
        Answer::References(found) if found.len() == 2 => {
            Ok([found[0].map(Text), found[1].map(Text)])
        }
        _ => Err(Problem::internal()),
    }
}
