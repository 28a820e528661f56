//! What would be paid now, to whom, and who is left out and why.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use calendar::Date;
use economy::{Answer, Query};
use kernel::id::Merchant;
use kernel::{Actor, Currency, Ref, Span, Timestamp};
use pay::command::SealBankFile;
use pay::{Payable, PayoutTerms};
use views::SoldSinceFile;

use super::Desk;
use crate::cells::Site;
use crate::edge::Edge;
use crate::payee::{AccountError, BANK_ACCOUNT, BankAccount, Kept};
use crate::people::with_vault;
use crate::problem::Problem;

/// How many entries the cell looks at for one question: it does nothing else meanwhile.
const ENTRIES: u32 = 5_000;
/// How often the cell and its lists are looked at until they say the same of a merchant.
const LOOKS: u32 = 30;
/// How long a page's look at many shops rests, in times of what it took.
const RESTS: u32 = 20;
/// The most that one transfer of a file can pay: ten digits.
const MOST: u64 = 9_999_999_999;

/// Why a merchant that has something is not paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It has less than the minimum and the fee.
    BelowMinimum,
    /// It has more than one transfer can pay.
    AboveMost,
    /// It gave no bank account.
    NoAccount,
    /// Its bank account can't stand in a file (any more); says what to do.
    AccountUnfit(AccountError),
    /// Its schedule says later.
    NotDue,
    /// The cell would refuse it, by this code: it is being forgotten, paused or not approved.
    Refused(&'static str),
}

impl Why {
    /// The stable word of the API.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::BelowMinimum => "below_minimum",
            Self::AboveMost => "above_most",
            Self::NoAccount => "no_bank_account",
            Self::AccountUnfit(_) => "bank_account_unfit",
            Self::NotDue => "not_due",
            Self::Refused(code) => code,
        }
    }
}

/// A merchant that is paid.
#[derive(Clone, Debug)]
pub struct Payee {
    /// Which.
    pub merchant: Ref<Merchant>,
    /// Its public name.
    pub name: String,
    /// Where the money goes.
    pub account: BankAccount,
    /// The number under which it was set.
    pub number: u32,
    /// Minor units that reach its bank.
    pub amount: u64,
    /// The fee on top.
    pub fee: u64,
}

/// A merchant that has something and is not paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Which.
    pub merchant: Ref<Merchant>,
    /// Its public name.
    pub name: String,
    /// Minor units that it has.
    pub available: u64,
    /// Why.
    pub why: Why,
}

/// Tonight's file while it builds.
#[derive(Clone, Debug)]
pub struct Tonight {
    /// The terms.
    pub terms: PayoutTerms,
    /// When it closes.
    pub closes: Timestamp,
    /// On which day the bank pays if it is made by then.
    pub day: Date,
    /// Who is paid.
    pub payees: Vec<Payee>,
    /// Who has something and is not.
    pub left: Vec<LeftOut>,
}

/// Tonight's file as it was looked at, for pages.
pub(super) struct Look {
    tonight: Arc<Tonight>,
    /// Until when it is good enough.
    until: Instant,
}

impl Tonight {
    /// What all transfers pay, in minor units.
    pub fn total(&self) -> u64 {
        self.payees.iter().map(|payee| payee.amount).sum()
    }

    /// What merchants pay on top.
    pub fn fees(&self) -> u64 {
        self.payees.iter().map(|payee| payee.fee).sum()
    }
}

/// The cell's clock by which a night is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Night {
    offset: Span,
    cutoff: Span,
}

impl Night {
    pub fn new(terms: &PayoutTerms, utc_offset_min: u32) -> Self {
        let minutes = |count: u64| Span::seconds(count * 60);
        Self { offset: minutes(utc_offset_min.into()), cutoff: minutes(terms.cutoff_min.into()) }
    }

    /// The last cutoff at or before a moment.
    pub fn last(self, now: Timestamp) -> Timestamp {
        let midnight = Timestamp(u64::from(now.day(self.offset)) * Span::days(1).0);
        let cutoff = midnight.plus(self.cutoff).minus(self.offset);
        if cutoff <= now { cutoff } else { cutoff.minus(Span::days(1)) }
    }

    /// The next cutoff after a moment.
    pub fn next(self, now: Timestamp) -> Timestamp {
        self.last(now).plus(Span::days(1))
    }

    /// The banking day after the cell's day of a moment.
    pub fn pays(self, at: Timestamp) -> Result<Date, Problem> {
        let day = date_of(at.date(self.offset)).ok_or_else(Problem::internal)?;
        calendar::shipped().next_banking_day(day).map_err(|why| {
            let detail = format!("The next banking day is not known: {why}.");
            Problem::new("calendar_ends", detail)
        })
    }
}

/// `yyyymmdd`.
pub(crate) fn number_of(day: Date) -> u32 {
    let (month, of_month) = (day.month().unsigned_abs(), day.day().unsigned_abs());
    u32::from(day.year().unsigned_abs()) * 10_000 + u32::from(month) * 100 + u32::from(of_month)
}

/// The day of a `yyyymmdd`, if it is one.
pub(crate) fn date_of(number: u32) -> Option<Date> {
    let part = |number: u32| i8::try_from(number).ok();
    let year = i16::try_from(number / 10_000).ok()?;
    Date::new(year, part(number / 100 % 100)?, part(number % 100)?).ok()
}

pub(super) fn terms_not_set() -> Problem {
    Problem::refused(&economy::Refusal::from(pay::Refusal::PayoutTermsNotSet))
}

impl Desk {
    /// What would be paid now, and on which day if it is made by the next cutoff.
    ///
    /// # Errors
    /// No terms are set, the cell or the vault does not answer, or the calendar ends.
    pub async fn tonight(&self) -> Result<Tonight, Problem> {
        let now = self.handle.now();
        let (terms, night, merchants) = self.payable(now).await?;
        let closes = night.next(now);
        let day = night.pays(closes)?;
        let (payees, left) = self.sorted(&terms, merchants).await?;
        Ok(Tonight { terms, closes, day, payees, left })
    }

    /// The same for pages that look again and again. Where more shops have something than one file
    /// holds, looking takes a while: then it is done anew only after a rest of 20 times as
    /// long, or when a file was made or withdrawn.
    ///
    /// # Errors
    /// As [`Self::tonight`].
    pub async fn tonight_for_page(&self) -> Result<Arc<Tonight>, Problem> {
        let mut look = self.look.lock().await;
        let began = Instant::now();
        if let Some(known) = look.as_ref().filter(|known| began < known.until) {
            return Ok(Arc::clone(&known.tonight));
        }
        let tonight = Arc::new(self.tonight().await?);
        let is_long = tonight.payees.len() + tonight.left.len() > SealBankFile::MOST;
        let rest = if is_long { began.elapsed() * RESTS } else { Duration::ZERO };
        *look = Some(Look { tonight: Arc::clone(&tonight), until: Instant::now() + rest });
        Ok(tonight)
    }

    /// What pages were shown is not so any more.
    pub(super) async fn look_anew(&self) {
        self.look.lock().await.take();
    }

    pub(super) async fn terms(
        &self,
        now: Timestamp,
    ) -> Result<Option<(PayoutTerms, Night)>, Problem> {
        let known = self.page(now, 0, 0).await?;
        Ok(known.terms.map(|terms| {
            let night = Night::new(&terms, known.utc_offset_min);
            (terms, night)
        }))
    }

    async fn page(&self, now: Timestamp, from: u32, most: u32) -> Result<pay::PayableNow, Problem> {
        let query = Query::PayableNow { now, currency: self.currency, from, most };
        match self.ask(query).await?.value {
            Answer::PayableNow(known) => Ok(*known),
            _ => Err(Problem::internal()),
        }
    }

    pub(super) async fn payable(
        &self,
        now: Timestamp,
    ) -> Result<(PayoutTerms, Night, Vec<Payable>), Problem> {
        let mut known = self.page(now, 0, ENTRIES).await?;
        let terms = known.terms.take().ok_or_else(terms_not_set)?;
        let night = Night::new(&terms, known.utc_offset_min);
        let mut merchants = known.merchants;
        while let Some(from) = known.next {
            let page = self.page(now, from, ENTRIES).await?;
            merchants.extend(page.merchants);
            known.next = page.next;
        }
        Ok((terms, night, merchants))
    }

    /// Each merchant with its account, or why it is not paid.
    pub(super) async fn sorted(
        &self,
        terms: &PayoutTerms,
        merchants: Vec<Payable>,
    ) -> Result<(Vec<Payee>, Vec<LeftOut>), Problem> {
        let accounts = self.accounts(&merchants).await?;
        let (mut payees, mut left) = (Vec::new(), Vec::new());
        for known in merchants {
            // A party may have several merchants, which share its account.
            let account = accounts.get(&known.party.0).map(|kept| own(kept, &known));
            match judged(terms, self.bank(), &known, account) {
                Ok((account, amount, fee)) => {
                    let Payable { merchant, name, account: number, .. } = known;
                    payees.push(Payee { merchant, name, account, number, amount, fee });
                }
                Err(why) => {
                    let Payable { merchant, name, available, .. } = known;
                    left.push(LeftOut { merchant, name, available, why });
                }
            }
        }
        Ok((payees, left))
    }

    /// The accounts of merchants, by party. Many are read in one pass.
    async fn accounts(&self, merchants: &[Payable]) -> Result<Accounts, Problem> {
        let vault = Arc::clone(&self.vault);
        let parties: Vec<u128> = merchants.iter().map(|known| known.party.0).collect();
        let read = tokio::task::spawn_blocking(move || -> Result<Accounts, vault::VaultError> {
            if parties.len() > 100 {
                return Ok(vault.all_of(BANK_ACCOUNT, Kept::read)?.into_iter().collect());
            }
            let mut few = Accounts::new();
            for party in parties {
                if let Some(account) = Kept::get(&vault, party)? {
                    few.insert(party, account);
                }
            }
            Ok(few)
        });
        match read.await {
            Ok(Ok(accounts)) => Ok(accounts),
            Ok(Err(why)) => {
                tracing::error!(cell = self.cell(), %why, "the vault failed");
                Err(vault_unavailable())
            }
            Err(_) => Err(vault_unavailable()),
        }
    }
}

type Accounts = BTreeMap<u128, Kept>;

pub(super) fn vault_unavailable() -> Problem {
    Problem::new("vault_not_available", "The vault does not answer right now; try again later.")
}

/// The account that a merchant set last, where it is the one that is kept.
fn own(kept: &Kept, known: &Payable) -> Result<BankAccount, AccountError> {
    kept.of(known.merchant, known.account).cloned()
}

/// Account, amount and fee of a merchant, or why it is not paid.
fn judged(
    terms: &PayoutTerms,
    bank: banks::BankCode,
    known: &Payable,
    account: Option<Result<BankAccount, AccountError>>,
) -> Result<(BankAccount, u64, u64), Why> {
    match (known.refused, &account) {
        // Staff can't approve what is not there: the shop is told what it has to do.
        (Some("merchant_not_approved"), Some(Err(AccountError::NotStored))) => {}
        (Some(code), _) => return Err(Why::Refused(code)),
        (None, _) => {}
    }
    let account = account.ok_or(Why::NoAccount)?.map_err(Why::AccountUnfit)?;
    let extra = known.extra.ok_or(Why::NotDue)?;
    let fee = terms.fee(account.bank_code() == bank) + extra;
    let amount = known.available.saturating_sub(fee);
    match amount {
        0 => Err(Why::BelowMinimum),
        amount if amount < terms.minimum => Err(Why::BelowMinimum),
        amount if amount > MOST => Err(Why::AboveMost),
        amount => Ok((account, amount, fee)),
    }
}

/// Tonight's file as one merchant sees it: for its till and the API.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What everything is in.
    pub currency: Currency,
    /// What it has, in minor units.
    pub available: u64,
    /// What goes out tonight, or why nothing does.
    pub out: Result<u64, Why>,
    /// What the transfer costs it.
    pub fee: u64,
    /// When the file closes.
    pub closes: Timestamp,
    /// The day of the bank's payment.
    pub day: Date,
    /// Sold since its last file; none while the lists are not there. With what was
    /// [carried over](SoldSinceFile::carried_over) it adds up to what the merchant has.
    pub sold: Option<SoldSinceFile>,
    /// Where the money goes; show its [`BankAccount::ending`], never its number.
    pub account: Option<BankAccount>,
    /// When it is paid.
    pub schedule: pay::Schedule,
    /// Whether it waits to be in the next file although its schedule says later.
    pub asked: bool,
    /// What its bank returned and why, if it was not paid since: minor units and a code.
    pub returned: Option<(u64, String)>,
}

/// Tonight's file for one merchant, as an actor may see it.
///
/// # Errors
/// It is not the actor's, the cell makes no files or has no terms, or something does not answer.
pub async fn panel(
    edge: &Edge,
    site: &Site,
    actor: Actor,
    merchant: Ref<Merchant>,
) -> Result<Panel, Problem> {
    // The cell says first whether it is the caller's own.
    let mut known = payable(site, actor, merchant).await?;
    let desk = edge.desk(site.name()).ok_or_else(super::not_configured)?;
    let mut sold = sold(edge, site.name(), merchant).await;
    for _ in 0..LOOKS {
        if sold.is_none_or(|sold| u64::try_from(sold.balance) == Ok(known.available)) {
            break;
        }
        // The lists come a moment after the cell.
        tokio::time::sleep(Duration::from_millis(10)).await;
        known = payable(site, actor, merchant).await?;
        sold = self::sold(edge, site.name(), merchant).await;
    }
    let sold = sold.filter(|sold| u64::try_from(sold.balance) == Ok(known.available));
    let now = site.handle.now();
    let (terms, night) = desk.terms(now).await?.ok_or_else(terms_not_set)?;
    let closes = night.next(now);
    let party = known.party;
    let kept = with_vault(site, move |vault| Kept::get(vault, party.0)).await?;
    let account = kept.map(|kept| own(&kept, &known));
    let shown = account.clone().and_then(Result::ok);
    let fee = shown.as_ref().map_or(0, |it| terms.fee(it.bank_code() == desk.bank()));
    let fee = fee + known.extra.unwrap_or(0);
    let out = judged(&terms, desk.bank(), &known, account).map(|(_, amount, _)| amount);
    let (currency, available, day) = (desk.currency(), known.available, night.pays(closes)?);
    let (schedule, asked) = (known.schedule, known.asked.is_some());
    let returned = known.returned.as_ref().map(|it| (it.amount, it.reason.clone()));
    let account = shown;
    let panel = Panel {
        currency,
        available,
        out,
        fee,
        closes,
        day,
        sold,
        account,
        schedule,
        asked,
        returned,
    };
    Ok(panel)
}

async fn payable(
    site: &Site,
    actor: Actor,
    merchant: Ref<Merchant>,
) -> Result<Box<Payable>, Problem> {
    match site.ask(Query::Payable(actor, merchant, site.handle.now())).await?.value {
        Answer::Payable(known) => Ok(known),
        _ => Err(Problem::internal()),
    }
}

/// From the lists; nothing while they can't be read, for the rest does not rest on them.
async fn sold(edge: &Edge, cell: &str, merchant: Ref<Merchant>) -> Option<SoldSinceFile> {
    let lists = Arc::clone(edge.lists()?);
    let cell = cell.to_owned();
    let read = move || lists.views(&cell)?.sold_since_file(merchant).ok()?;
    tokio::task::spawn_blocking(read).await.ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn night() -> Night {
        let (minimum, fee_same_bank, fee_other_bank) = (1_000, 0, 220);
        let currency = Currency::JPY;
        let cutoff_min = 22 * 60;
        let terms = PayoutTerms { currency, minimum, fee_same_bank, fee_other_bank, cutoff_min };
        Night::new(&terms, 540)
    }

    fn at(text: &str) -> Timestamp {
        let moment: jiff::Timestamp = text.parse().unwrap();
        Timestamp(u64::try_from(moment.as_microsecond()).unwrap())
    }

    #[test]
    fn a_night_ends_at_its_cutoff() {
        for (now, last, next) in [
            ("2026-10-30T21:59:59+09:00", "2026-10-29T22:00:00+09:00", "2026-10-30T22:00:00+09:00"),
            ("2026-10-30T22:00:00+09:00", "2026-10-30T22:00:00+09:00", "2026-10-31T22:00:00+09:00"),
            // Before nine in Japan it is the day before in UTC.
            ("2026-10-31T03:00:00+09:00", "2026-10-30T22:00:00+09:00", "2026-10-31T22:00:00+09:00"),
        ] {
            assert_eq!(
                (night().last(at(now)), night().next(at(now))),
                (at(last), at(next)),
                "{now}"
            );
        }
    }

    #[test]
    fn the_bank_pays_on_its_next_day() {
        for (made, pays) in [
            ("2026-10-30T22:00:00+09:00", 20_261_102),
            ("2026-11-02T22:00:00+09:00", 20_261_104),
            ("2026-12-30T22:00:00+09:00", 20_270_104),
            ("2026-12-31T00:30:00+09:00", 20_270_104),
            // Still the 29th in UTC, and the 30th in Japan.
            ("2026-12-30T08:00:00+09:00", 20_270_104),
        ] {
            assert_eq!(night().pays(at(made)).map(number_of), Ok(pays), "{made}");
        }
        let problem = night().pays(at("2099-01-01T22:00:00+09:00")).unwrap_err();
        assert_eq!(problem.code, "calendar_ends");
    }
}
