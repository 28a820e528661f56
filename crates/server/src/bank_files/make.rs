//! Making files, finding again what was cut off, and ending them.

use std::io;
use std::time::{Duration, Instant};

use audit::FileState;
use bankfile::{Amount, BankFile, Batch, Separator, Transfer};
use calendar::{Date, MonthDay};
use cell::Outcome;
use economy::{Answer, Command, Fingerprint, Query, Reply, Request};
use kernel::id::BankFile as BankFileKind;
use kernel::{Actor, Id, Refuse, Timestamp};
use pay::command::SealBankFile;
use pay::{BankFileEntry, BankFileView, PayoutOf};

use super::tonight::{date_of, number_of, vault_unavailable};
use super::{Desk, LeftOut, Payee};
use crate::cells::random;
use crate::outcome::{first_reply, settled};
use crate::payee::{BankAccount, Kept};
use crate::problem::Problem;

/// How often a file is made anew because a shop refunded meanwhile.
const TRIES: u32 = 20;
/// How many files the cell tells of at once.
const PAGE: u32 = 1_000;

/// What was made, and who was left out.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// The files, sealed; none if there was nothing to pay.
    pub files: Vec<BankFileView>,
    /// Who has something and was not paid; empty for what was made before.
    pub left: Vec<LeftOut>,
    /// Whether the request was answered before: by these files.
    pub repeated: bool,
    /// Where the time went.
    pub took: Took,
}

impl Made {
    /// The same, if any file was made.
    ///
    /// # Errors
    /// `nothing_to_pay`.
    pub fn or_nothing(self) -> Result<Self, Problem> {
        let detail = match (self.files.is_empty(), self.left.len()) {
            (false, _) => return Ok(self),
            (true, 0) => {
                "No shop has anything that is not paid out yet: no file was made.".to_owned()
            }
            (true, left) => format!(
                "No shop can be paid now: no file was made. {left} have something and are left \
                 out; GET /v1/bank-files/tonight says why."
            ),
        };
        Err(Problem::new("nothing_to_pay", detail))
    }
}

/// How long each part of making files took, for all of them together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// Asking the cell what each merchant has.
    pub asking: Duration,
    /// Reading accounts from the vault, and judging who is paid.
    pub sorting: Duration,
    /// Building bytes, and writing them under a temporary name.
    pub writing: Duration,
    /// The commands, until they are in the journal.
    pub sealing: Duration,
    /// Giving sealed files their names.
    pub naming: Duration,
}

/// Adds how long some work takes to a sum.
async fn timed<T>(sum: &mut Duration, work: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let done = work.await;
    *sum += began.elapsed();
    done
}

/// Who asks for files, and the request if it may be repeated.
#[derive(Clone, Copy, Debug)]
pub struct Asks {
    /// Who.
    pub actor: Actor,
    /// The request, if it may be repeated.
    pub fingerprint: Option<Fingerprint>,
}

impl Asks {
    /// The cell itself, at its cutoff.
    pub const CELL: Self = Self { actor: Actor::CELL, fingerprint: None };

    /// The same for one of a request's files, the first of which is 0: each is remembered by itself.
    fn of_file(self, number: usize) -> Self {
        let of_file = |asked: Fingerprint| {
            let mut hash = blake3::Hasher::new();
            hash.update(&asked.key.to_le_bytes()).update(&(number as u64).to_le_bytes());
            let mut key = [0; 16];
            hash.finalize_xof().fill(&mut key);
            Fingerprint { key: u128::from_le_bytes(key), ..asked }
        };
        Self { fingerprint: self.fingerprint.map(of_file), ..self }
    }
}

/// A sealed file whose bytes are not there, and why they can't be made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Which.
    pub file: Id<BankFileKind>,
    /// What is wrong and what to do.
    pub why: &'static str,
}

impl Desk {
    /// Makes what is to be paid now, in as many files as it takes; each is sealed by itself.
    ///
    /// A request with a fingerprint is answered once: repeated, it gives the files that it made. One
    /// that was cut off between two files makes the others.
    ///
    /// # Errors
    /// No terms, or the cell, the vault, the disk or the calendar can't do it now. Files that were
    /// sealed before that stay.
    pub async fn make(&self, asks: Asks) -> Result<Made, Problem> {
        let made = self.make_all(asks).await;
        self.look_anew().await;
        made
    }

    async fn make_all(&self, asks: Asks) -> Result<Made, Problem> {
        let _one_at_a_time = self.making.lock().await;
        let mut made = Made { files: self.made_before(asks).await?, ..Made::default() };
        // Each but the last of a request's files is full.
        if made.files.last().is_some_and(|last| (last.count as usize) < SealBankFile::MOST) {
            return Ok(Made { repeated: true, ..made });
        }
        for _ in 0..TRIES {
            let now = self.handle.now();
            let took = &mut made.took;
            let (terms, night, merchants) = timed(&mut took.asking, self.payable(now)).await?;
            let day = night.pays(now)?;
            let sorted = self.sorted(&terms, merchants);
            let (payees, left) = timed(&mut took.sorting, sorted).await?;
            made.left = left;
            let mut outdated = false;
            for payees in payees.chunks(SealBankFile::MOST) {
                let number = self.next_number(number_of(day)).await?;
                let asks = asks.of_file(made.files.len());
                match self.seal(asks, day, number, payees, &mut made.took).await? {
                    Some(view) => made.files.push(view),
                    // A shop refunded, or was paused, while it was written.
                    None => {
                        outdated = true;
                        break;
                    }
                }
            }
            if !outdated {
                return Ok(made);
            }
        }
        Err(Problem::new(
            "bank_file_outdated",
            "Shops refunded each time while the file was written; try again in a quieter minute.",
        ))
    }

    /// Writes, seals and names one file; none if the cell finds it outdated.
    async fn seal(
        &self,
        asks: Asks,
        day: Date,
        number: u16,
        payees: &[Payee],
        took: &mut Took,
    ) -> Result<Option<BankFileView>, Problem> {
        let hash = timed(&mut took.writing, self.write(day, number, payees)).await?;
        let day = number_of(day);
        let entries = payees.iter().map(|payee| BankFileEntry {
            merchant: payee.merchant,
            amount: payee.amount,
            same_bank: payee.account.bank_code() == self.bank(),
            account: payee.number,
        });
        let (entries, currency) = (entries.collect(), self.currency);
        let id = Id::from_parts(self.handle.now(), u128::from_le_bytes(random()));
        let command = SealBankFile { id, currency, day, number, hash, entries };
        let command = Command::Pay(command.into());
        let Asks { actor, fingerprint } = asks;
        let submitted = self.handle.submit(Request { actor, fingerprint, command });
        let outcome = timed(&mut took.sealing, submitted).await;
        if let Outcome::Refused { refusal, .. } = &outcome {
            self.on_disk(move |folder| folder.discard(day, number)).await?;
            if RETRIED.contains(&refusal.code()) {
                return Ok(None);
            }
        }
        // Whatever else went wrong, the file stays under its temporary name: it may be sealed.
        let view = match settled::reply(self.cell(), outcome)?.value {
            Reply::Pay(pay::Reply::BankFile(view)) => *view,
            _ => return Err(Problem::internal()),
        };
        let named = self.on_disk(move |folder| folder.keep(day, number));
        timed(&mut took.naming, named).await?;
        Ok(Some(view))
    }

    /// Writes a file under its temporary name, and gives the hash of its bytes.
    async fn write(&self, day: Date, number: u16, payees: &[Payee]) -> Result<[u8; 32], Problem> {
        let transfers = payees.iter().map(|payee| transfer(&payee.account, payee.amount));
        let transfers = transfers.collect::<Result<Vec<_>, _>>()?;
        let bytes = self.bytes(day, transfers)?;
        let hash = *blake3::hash(&bytes).as_bytes();
        let day = number_of(day);
        self.on_disk(move |folder| folder.write_new(day, number, &bytes)).await?;
        Ok(hash)
    }

    /// The files that a request made when it was asked before.
    async fn made_before(&self, asks: Asks) -> Result<Vec<BankFileView>, Problem> {
        let mut files = Vec::new();
        while let Some(asked) = asks.of_file(files.len()).fingerprint {
            match first_reply(&self.handle, asked).await?.map(|settled| settled.value) {
                Some(Reply::Pay(pay::Reply::BankFile(view))) => files.push(*view),
                Some(_) => return Err(Problem::internal()),
                None => break,
            }
        }
        Ok(files)
    }

    /// The number of the next file of a day.
    async fn next_number(&self, day: u32) -> Result<u16, Problem> {
        match self.ask(Query::NextBankFile(day)).await?.value {
            Answer::NextBankFile(number) => Ok(number),
            _ => Err(Problem::internal()),
        }
    }

    fn bytes(&self, day: Date, transfers: Vec<Transfer>) -> Result<Vec<u8>, Problem> {
        let batch = Batch::try_new(self.originator.clone(), MonthDay::of(day), transfers);
        // One file has at most 4,000 transfers; their sum fits unless they are of thousands of
        // millions each.
        let batch = batch.map_err(|why| Problem::new("bank_file_unfit", format!("{why}.")))?;
        let file = BankFile::try_new(vec![batch]).map_err(|_| Problem::internal())?;
        Ok(bankfile::write(&file, Separator::CrLf))
    }

    /// At most `most` of the files before an entry, the newest first, and where more begin.
    ///
    /// # Errors
    /// The cell does not answer.
    pub async fn files(
        &self,
        before: u32,
        most: u32,
    ) -> Result<(Vec<BankFileView>, Option<u32>), Problem> {
        match self.ask(Query::BankFiles { before, most }).await?.value {
            Answer::BankFiles { files, next } => Ok((files, next)),
            _ => Err(Problem::internal()),
        }
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&super::Folder) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let folder = self.folder.clone();
        let done = tokio::task::spawn_blocking(move || work(&folder)).await;
        done.unwrap_or_else(|_| Err(io::Error::other("the task panicked"))).map_err(|why| {
            tracing::error!(cell = self.cell(), %why, "the folder of bank files failed");
            Problem::new(
                "bank_file_disk",
                "The folder of bank files can't be read or written now; look into the server's log.",
            )
        })
    }

    /// Finds again what was cut off, of all files that were ever made: gives sealed files their
    /// names, and makes bytes anew that are not there. Tells what can't be had again. Of a file that
    /// was sent only its name is looked for: the audit reads them all.
    ///
    /// # Errors
    /// The cell, the vault or the disk can't do it now.
    pub async fn recover(&self) -> Result<Vec<Missing>, Problem> {
        let mut missing = Vec::new();
        let mut before = Some(u32::MAX);
        while let Some(from) = before {
            let _one_at_a_time = self.making.lock().await;
            let (files, next) = self.files(from, PAGE).await?;
            for view in files {
                if let Some(why) = self.recovered(&view).await? {
                    missing.push(Missing { file: view.file, why });
                }
            }
            before = next;
        }
        Ok(missing)
    }

    /// Why a file can't be had again, if it can't.
    async fn recovered(&self, view: &BankFileView) -> Result<Option<&'static str>, Problem> {
        let (day, number) = (view.day, view.number);
        if view.withdrawn.is_some() {
            self.on_disk(move |folder| folder.withdraw(day, number)).await?;
            return Ok(None);
        }
        let is_there = view.sent.is_some()
            && self.on_disk(move |folder| folder.has(day, number, FileState::Kept)).await?;
        if is_there { Ok(None) } else { Ok(self.found(view).await?.err()) }
    }

    /// The bytes of a sealed file, found or made again; or why they can't be.
    async fn found(&self, view: &BankFileView) -> Result<Result<Vec<u8>, &'static str>, Problem> {
        let BankFileView { day, number, hash, .. } = *view;
        for state in [FileState::Kept, FileState::New] {
            let found = self.on_disk(move |folder| folder.read(day, number, state)).await?;
            match found.filter(|bytes| blake3::hash(bytes).as_bytes() == &hash) {
                Some(bytes) => {
                    if state == FileState::New {
                        self.on_disk(move |folder| folder.keep(day, number)).await?;
                    }
                    return Ok(Ok(bytes));
                }
                None => continue,
            }
        }
        let bytes = match self.made_again(view).await? {
            Ok(bytes) if blake3::hash(&bytes).as_bytes() == &hash => bytes,
            Ok(_) => {
                return Ok(Err("made again from the vault it is another file: an account has \
                               changed since; withdraw it and make a new one"));
            }
            Err(why) => return Ok(Err(why)),
        };
        let again = bytes.clone();
        self.on_disk(move |folder| folder.write_new(day, number, &again)).await?;
        self.on_disk(move |folder| folder.keep(day, number)).await?;
        tracing::warn!(cell = self.cell(), file = %view.file, "a bank file was made again");
        Ok(Ok(bytes))
    }

    async fn made_again(
        &self,
        view: &BankFileView,
    ) -> Result<Result<Vec<u8>, &'static str>, Problem> {
        if view.sent.is_some() {
            return Ok(Err("it was sent and is no longer on the disk: take it from a backup"));
        }
        let Answer::BankFile(known) = self.ask(Query::BankFile(view.file)).await?.value else {
            return Err(Problem::internal());
        };
        let vault = std::sync::Arc::clone(&self.vault);
        let payouts = known.1;
        let read = tokio::task::spawn_blocking(move || {
            payouts.iter().map(|it| transfer_to(&vault, it)).collect::<Result<Option<Vec<_>>, _>>()
        });
        let transfers = match read.await {
            Ok(Ok(Some(transfers))) => transfers,
            Ok(Ok(None)) => {
                return Ok(Err("the account of a shop in it is not in the vault any more; \
                               withdraw it and make a new one"));
            }
            Ok(Err(_)) | Err(_) => return Err(vault_unavailable()),
        };
        let day = date_of(view.day).ok_or_else(Problem::internal)?;
        self.bytes(day, transfers).map(Ok)
    }

    /// The bytes of a file for the bank.
    ///
    /// # Errors
    /// There is no such file, it was withdrawn, or its bytes can't be had again.
    pub async fn content(
        &self,
        file: Id<BankFileKind>,
    ) -> Result<(BankFileView, Vec<u8>), Problem> {
        let Answer::BankFile(known) = self.ask(Query::BankFile(file)).await?.value else {
            return Err(Problem::internal());
        };
        let view = known.0;
        if view.withdrawn.is_some() {
            let refusal = pay::Refusal::BankFileNotOpen { state: "withdrawn" };
            return Err(Problem::refused(&economy::Refusal::from(refusal)));
        }
        // Nothing goes to the bank before a second person has said so.
        if view.approval == Some(pay::Approval::Needed) {
            let refusal = pay::Refusal::BankFileNotApproved { file };
            return Err(Problem::refused(&economy::Refusal::from(refusal)));
        }
        let _one_at_a_time = self.making.lock().await;
        match self.found(&view).await? {
            Ok(bytes) => Ok((view, bytes)),
            Err(why) => Err(Problem::new("bank_file_missing", format!("The bank file: {why}."))),
        }
    }

    /// Takes the name from a file that was withdrawn, so that nobody sends it: now, or, if the disk
    /// can't do it, at the next start.
    pub async fn put_away(&self, view: &BankFileView) {
        let (day, number) = (view.day, view.number);
        if let Err(why) = self.on_disk(move |folder| folder.withdraw(day, number)).await {
            tracing::warn!(cell = self.cell(), code = why.code, "a withdrawn file keeps its name");
        }
        self.look_anew().await;
    }

    /// The newest cutoff that has passed, if terms are set.
    ///
    /// # Errors
    /// The cell does not answer.
    pub async fn last_cutoff(&self) -> Result<Option<Timestamp>, Problem> {
        let now = self.handle.now();
        Ok(self.terms(now).await?.map(|(_, night)| night.last(now)))
    }
}

/// What a file is made anew for: something changed between the question and the command.
const RETRIED: [&str; 8] = [
    "bank_file_outdated",
    "bank_file_exists",
    "merchant_not_approved",
    "merchant_paused",
    "party_forgotten",
    "payout_account_returned",
    "payout_below_minimum",
    "payout_not_due",
];

fn transfer(account: &BankAccount, amount: u64) -> Result<Transfer, Problem> {
    Ok(account.transfer(Amount::try_new(amount).ok_or_else(Problem::internal)?))
}

/// The transfer of a sealed payout; none if its account is not to be had any more.
fn transfer_to(
    vault: &vault::Vault,
    payout: &PayoutOf,
) -> Result<Option<Transfer>, vault::VaultError> {
    let kept = Kept::get(vault, payout.party.0)?;
    Ok(kept
        .and_then(|kept| kept.whosever().ok())
        .and_then(|account| transfer(&account, payout.amount).ok()))
}
