// long: what a line may be, one kind after another
//! What the bank says: pages of statements, what each line is matched with, and what people say of
//! the others.
//!
//! Sent files are booked when they are sent; the line that says so moves nothing then. Money comes
//! into the book by a line when the line is matched: until then it is at the bank and a task.

use std::collections::BTreeSet;

use kernel::id::BankFile as BankFileKind;
use kernel::{Context, Currency, Id, Timestamp};
use ledger::Draft;

use super::{Facts, MOST, World, amount, reference_hash, text};
use crate::command::{
    ImportStatement, Resolution, ResolveBankLine, TopUpNostro, TopUpWallet, UndoBankLine,
};
use crate::event::{
    BankLine, BankLineResolved, BankLineUndone, Claim, Found, PayoutReturned, StatementImported,
    Why,
};
use crate::reply::{BankLineView, StatementView};
use crate::state::{Approval, BankAccount, BankFile, Banking, KnownLine, Standing};
use crate::{Event, Refusal, Reply};

/// What lines of the same page used up: the state does not know it yet.
#[derive(Default)]
struct Used {
    sent: BTreeSet<u32>,
    files: BTreeSet<u32>,
    debited: BTreeSet<(u32, u32)>,
    returned: BTreeSet<(u32, u32)>,
    booked: BTreeSet<u64>,
}

/// A line and its number.
#[derive(Clone, Copy)]
struct Line<'a> {
    number: u32,
    line: &'a BankLine,
    currency: Currency,
    now: Timestamp,
}

impl Line<'_> {
    const fn sum(&self) -> u64 {
        self.line.amount.unsigned_abs()
    }

    const fn came_in(&self) -> bool {
        self.line.amount > 0
    }
}

impl World<'_> {
    pub(super) fn import_statement<E: Facts>(
        &self,
        context: &Context,
        c: &ImportStatement,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        page_is_whole(c)?;
        self.book_of(c.currency)?;
        let banking = &self.pay.market.banking;
        if let Some((_, known)) = banking.account(c.currency, &c.account) {
            if known.hash == c.hash && c.page < known.pages_here {
                return Ok(Reply::Statement(seen(known, banking.next_line)));
            }
            follows(known, c)?;
        } else if c.page != 0 {
            return Err(Refusal::OutOfRange { field: "page (a statement begins with page 0)" });
        }
        let fits = u32::try_from(c.lines.len()).ok();
        let fits = fits.and_then(|count| banking.next_line.checked_add(count));
        fits.filter(|last| (*last as usize) < self.max_entries).ok_or(Refusal::CellFull)?;
        if banking.tasks() + c.lines.len() > Banking::MOST_TASKS + Banking::MOST_TASKS / 4 {
            return Err(Refusal::BankLinesWait);
        }
        let mut used = Used::default();
        let mut lines = Vec::with_capacity(c.lines.len());
        for (number, line) in (banking.next_line..).zip(&c.lines) {
            let told = Line { number, line, currency: c.currency, now: context.now };
            let found = self.find(told, &mut used, draft)?;
            lines.push((line.clone(), found));
        }
        let open = lines.iter().filter(|(_, found)| found.is_task()).count() as u32;
        let first = banking.next_line;
        draft.add(Event::from(StatementImported {
            currency: c.currency,
            account: c.account.clone(),
            hash: c.hash,
            page: c.page,
            pages: c.pages,
            from: c.from,
            to: c.to,
            opening: c.opening,
            closing: c.closing,
            first,
            lines,
        }));
        Ok(Reply::Statement(StatementView {
            pages_here: c.page + 1,
            pages: c.pages,
            until: c.to,
            balance: c.closing,
            first,
            lines: c.lines.len() as u32,
            open,
        }))
    }

    /// What a line is by what it says itself.
    fn find<E: Facts>(
        &self,
        line: Line<'_>,
        used: &mut Used,
        draft: &mut Draft<E>,
    ) -> Result<Found, Refusal> {
        let found = match &line.line.claim {
            Claim::File(file) => self.pays_file(line, *file, used, draft)?,
            Claim::Transfer(file, index) => {
                self.pays_transfer(line, (*file, *index), used, draft)?
            }
            Claim::Returned(file, index, reason) => {
                self.returns(line, (*file, *index), reason, used, draft)?
            }
            Claim::Reference(reference) if line.came_in() => {
                self.has_come(line, *reference, used, draft)?
            }
            Claim::Charge if !line.came_in() => self.charges(line, draft)?,
            Claim::Nothing if !line.came_in() => self.pays_some_file(line, used, draft)?,
            Claim::Nothing => Err(Why::SaysNothing),
            Claim::Reference(_) | Claim::Charge => Err(Why::OtherWay),
        };
        Ok(found.unwrap_or_else(Found::Open))
    }

    /// A file that the bank paid: it was sent, also if nobody has said so yet.
    fn pays_file<E: Facts>(
        &self,
        line: Line<'_>,
        file: Id<BankFileKind>,
        used: &mut Used,
        draft: &mut Draft<E>,
    ) -> Result<Result<Found, Why>, Refusal> {
        let Some((entry, file)) = self.pay.market.payout.file(file) else {
            return Ok(Err(Why::Unknown));
        };
        if line.came_in() || file.currency != line.currency {
            return Ok(Err(Why::OtherWay));
        }
        if file.line.is_some() || !file.debited.is_empty() || !used.files.insert(entry) {
            return Ok(Err(Why::MatchedBefore));
        }
        if file.total != line.sum() {
            return Ok(Err(Why::AmountDiffers));
        }
        let sent = self.has_been_sent(entry, file, used, draft)?;
        Ok(sent.map(|()| Found::File(entry)))
    }

    /// A debit without a name: if exactly one file waits for a debit of this sum, it is that.
    fn pays_some_file<E: Facts>(
        &self,
        line: Line<'_>,
        used: &mut Used,
        draft: &mut Draft<E>,
    ) -> Result<Result<Found, Why>, Refusal> {
        let files = &self.pay.market.payout.files;
        let mut fitting = files.iter().filter(|file| {
            file.line.is_none()
                && file.debited.is_empty()
                && file.withdrawn.is_none()
                && (file.currency, file.total) == (line.currency, line.sum())
                && file.day <= line.line.day
        });
        match (fitting.next().map(|file| file.id), fitting.next()) {
            (None, _) => Ok(Err(Why::SaysNothing)),
            (Some(_), Some(_)) => Ok(Err(Why::Several)),
            (Some(file), None) => self.pays_file(line, file, used, draft),
        }
    }

    fn pays_transfer<E: Facts>(
        &self,
        line: Line<'_>,
        (file, index): (Id<BankFileKind>, u32),
        used: &mut Used,
        draft: &mut Draft<E>,
    ) -> Result<Result<Found, Why>, Refusal> {
        let Some((entry, file)) = self.pay.market.payout.file(file) else {
            return Ok(Err(Why::Unknown));
        };
        if line.came_in() || file.currency != line.currency {
            return Ok(Err(Why::OtherWay));
        }
        if file.withdrawn.is_some() {
            return Ok(Err(Why::Withdrawn));
        }
        let Some(payout) = file.payouts.get(index as usize) else { return Ok(Err(Why::Unknown)) };
        if payout.amount != line.sum() {
            return Ok(Err(Why::AmountDiffers));
        }
        let whole = file.line.is_some() || used.files.contains(&entry);
        if whole || file.debited.contains(&index) || !used.debited.insert((entry, index)) {
            return Ok(Err(Why::MatchedBefore));
        }
        let sent = self.has_been_sent(entry, file, used, draft)?;
        Ok(sent.map(|()| Found::Transfer(entry, index)))
    }

    /// The bank has paid of a file: if nobody has said that it was sent, this says it.
    fn has_been_sent<E: Facts>(
        &self,
        entry: u32,
        file: &BankFile,
        used: &mut Used,
        draft: &mut Draft<E>,
    ) -> Result<Result<(), Why>, Refusal> {
        if file.withdrawn.is_some() {
            return Ok(Err(Why::Withdrawn));
        }
        if file.sent.is_some() || used.sent.contains(&entry) {
            return Ok(Ok(()));
        }
        if file.approval == Some(Approval::Needed) {
            return Ok(Err(Why::NotApproved));
        }
        match self.sent(entry, file, draft) {
            Ok(()) => {
                used.sent.insert(entry);
                Ok(Ok(()))
            }
            Err(Refusal::PayoutMoneyMissing) => Ok(Err(Why::TooLittle)),
            Err(other) => Err(other),
        }
    }

    /// A transfer that came back: its merchant has the money again, or it is in suspense.
    fn returns<E: Facts>(
        &self,
        line: Line<'_>,
        (file, index): (Id<BankFileKind>, u32),
        reason: &str,
        used: &mut Used,
        draft: &mut Draft<E>,
    ) -> Result<Result<Found, Why>, Refusal> {
        let Some((entry, file)) = self.pay.market.payout.file(file) else {
            return Ok(Err(Why::Unknown));
        };
        if !line.came_in() || file.currency != line.currency {
            return Ok(Err(Why::OtherWay));
        }
        if file.sent.is_none() && !used.sent.contains(&entry) {
            return Ok(Err(Why::NotSent));
        }
        let Some(payout) = file.payouts.get(index as usize) else { return Ok(Err(Why::Unknown)) };
        if payout.amount != line.sum() {
            return Ok(Err(Why::AmountDiffers));
        }
        if file.returned.contains(&index) || !used.returned.insert((entry, index)) {
            return Ok(Err(Why::ReturnedBefore));
        }
        let number = payout.merchant;
        let merchant = &self.pay.market.merchants[number as usize];
        let stranded = match self.pay.standing(number) {
            _ if self.pay.is_leaving(merchant.party) => Some(Why::MerchantLeft),
            Standing::Paused(_) => Some(Why::MerchantPaused),
            Standing::New | Standing::Approved => None,
        };
        let book = self.book_of(line.currency)?;
        let (account, sum) = (merchant.reference.number, line.sum());
        let to = if stranded.is_some() { book.suspense } else { account };
        draft.post(self.book, book.bank, to, sum).map_err(|_| Refusal::AmountTooLarge)?;
        let mut fee = 0;
        if stranded.is_none() {
            let rules = self.pay.market.banking.rules(line.currency, line.now);
            let most = rules.map_or(0, |rules| rules.return_fee).min(sum);
            if most > 0 && draft.post(self.book, account, book.fee, most).is_ok() {
                fee = most;
            }
            self.repay(merchant, sum - fee, draft)?;
        }
        draft.add(Event::from(PayoutReturned {
            file: entry,
            index,
            merchant: number,
            amount: sum,
            fee,
            reason: reason.to_owned(),
            line: line.number,
            stranded,
        }));
        Ok(Ok(match stranded {
            None => Found::Returned(entry, index),
            Some(why) => Found::Stranded(entry, index, why),
        }))
    }

    /// Money that a neighbour has sent for its prefund: the line says that it is here. Or else money
    /// that somebody has booked.
    fn has_come<E: Facts>(
        &self,
        line: Line<'_>,
        reference: u64,
        used: &mut Used,
        draft: &mut Draft<E>,
    ) -> Result<Result<Found, Why>, Refusal> {
        let Some(sent) = self.pay.settlement().announced.get(&reference) else {
            return Ok(self.was_booked(line, reference, used));
        };
        if sent.amount != line.sum() {
            return Ok(Err(Why::AmountDiffers));
        }
        if !used.booked.insert(reference) {
            return Ok(Err(Why::MatchedBefore));
        }
        self.raise_nostro(sent.link, sent.amount, reference, draft)?;
        Ok(Ok(Found::Booked(reference)))
    }

    /// Money that the operator has booked by the bank's reference.
    fn was_booked(&self, line: Line<'_>, reference: u64, used: &mut Used) -> Result<Found, Why> {
        match self.pay.market.banking.booked.get(&reference) {
            None if self.pay.market.references.contains(&reference) => Err(Why::MatchedBefore),
            None => Err(Why::NotBooked),
            Some(sum) if *sum != line.sum() => Err(Why::AmountDiffers),
            Some(_) if !used.booked.insert(reference) => Err(Why::MatchedBefore),
            Some(_) => Ok(Found::Booked(reference)),
        }
    }

    /// What the bank takes for its service is paid of the fees earned.
    fn charges<E: Facts>(
        &self,
        line: Line<'_>,
        draft: &mut Draft<E>,
    ) -> Result<Result<Found, Why>, Refusal> {
        let book = self.book_of(line.currency)?;
        let moved = draft.post(self.book, book.fee, book.bank, line.sum());
        Ok(moved.map(|()| Found::Charge).map_err(|_| Why::TooLittle))
    }

    pub(super) fn resolve_bank_line<E: Facts>(
        &self,
        context: &Context,
        c: &ResolveBankLine,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (known, account) = self.line_of(c.line)?;
        if !matches!(known.found, Found::Open(_)) {
            return Err(Refusal::BankLineNotOpen);
        }
        let (now, currency) = (context.now, account.currency);
        let line = Line { number: c.line, line: &known.line, currency, now };
        let found = self.resolved(context, line, &c.resolution, draft)?;
        let person = context.actor.person;
        draft.add(Event::from(BankLineResolved { line: c.line, found: found.clone(), person }));
        let known = KnownLine { found, since: context.now, person: Some(person), ..known.clone() };
        Ok(Reply::BankLine(Box::new(view_of(c.line, &known, account))))
    }

    fn resolved<E: Facts>(
        &self,
        context: &Context,
        line: Line<'_>,
        resolution: &Resolution,
        draft: &mut Draft<E>,
    ) -> Result<Found, Refusal> {
        let mut used = Used::default();
        let incoming = || match line.came_in() {
            true => Ok(()),
            false => Err(Refusal::BankLineUnfit { why: Why::OtherWay.word() }),
        };
        // Each line is booked once, whatever it is booked as.
        let reference = || format!("line {}", line.number);
        let found = match resolution {
            Resolution::File(file) => self.pays_file(line, *file, &mut used, draft)?,
            Resolution::Transfer(file, index) => {
                self.pays_transfer(line, (*file, *index), &mut used, draft)?
            }
            Resolution::Returned(file, index, reason) => {
                text("reason", reason, 35)?;
                self.returns(line, (*file, *index), reason, &mut used, draft)?
            }
            Resolution::Wallet(wallet) => {
                incoming()?;
                let (_, known) = self.wallet(context.actor, *wallet)?;
                let account = self.book.account(known.account).ok_or(Refusal::WalletNotFound)?;
                if account.currency != line.currency {
                    return Err(Refusal::CurrencyDiffers);
                }
                let (amount, reference) = (line.sum(), reference());
                let command = TopUpWallet { wallet: *wallet, amount, reference };
                self.top_up_wallet(&command, draft)?;
                Ok(Found::Wallet(wallet.number))
            }
            Resolution::Nostro(link) => {
                incoming()?;
                let known = self.corridor.link(*link).ok_or(Refusal::LinkNotFound)?;
                let nostro = known.nostro.and_then(|number| self.book.account(number));
                if nostro.ok_or(Refusal::LinkNotFound)?.currency != line.currency {
                    return Err(Refusal::CurrencyDiffers);
                }
                let (link, amount) = (*link, line.sum());
                // What a neighbour announced has come, of whatever sum.
                let settlement = self.pay.settlement();
                let sent = match line.line.claim {
                    Claim::Reference(hash) => Some(hash).filter(|hash| {
                        settlement.announced.get(hash).is_some_and(|sent| sent.link == link)
                    }),
                    _ => None,
                };
                match sent {
                    Some(hash) => self.raise_nostro(link, amount, hash, draft)?,
                    None => {
                        let reference = reference();
                        self.top_up_nostro(&TopUpNostro { link, amount, reference }, draft)?
                    }
                };
                Ok(Found::Nostro(link))
            }
            Resolution::Booked(reference) => {
                incoming()?;
                text("reference", reference, 64)?;
                let hash = reference_hash(line.currency.numeric(), reference);
                self.was_booked(line, hash, &mut used)
            }
            Resolution::Charge => match line.came_in() {
                true => Err(Why::OtherWay),
                false => self.charges(line, draft)?,
            },
            Resolution::Suspense(reason) => {
                text("reason", reason, 120)?;
                let book = self.book_of(line.currency)?;
                let (from, to) = match line.came_in() {
                    true => (book.bank, book.suspense),
                    false => (book.suspense, book.bank),
                };
                let moved = draft.post(self.book, from, to, line.sum());
                moved.map_err(|_| Refusal::AmountTooLarge)?;
                Ok(Found::Suspense(reason.clone()))
            }
        };
        found.map_err(|why| Refusal::BankLineUnfit { why: why.word() })
    }

    pub(super) fn undo_bank_line<E: Facts>(
        &self,
        context: &Context,
        c: &UndoBankLine,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        text("reason", &c.reason, 120)?;
        let (known, account) = self.line_of(c.line)?;
        let (now, currency) = (context.now, account.currency);
        let line = Line { number: c.line, line: &known.line, currency, now };
        let book = self.book_of(line.currency)?;
        let mut fee = 0;
        let back: Option<(u32, u32)> = match &known.found {
            Found::Open(_) => return Err(Refusal::AlreadyDone { what: "undoing this line" }),
            Found::Wallet(_) => return Err(Refusal::BankLineFinal { what: "put into a wallet" }),
            Found::Nostro(_) => return Err(Refusal::BankLineFinal { what: "put into a nostro" }),
            // The file was sent, whichever line says so.
            Found::File(_) | Found::Transfer(..) | Found::Booked(_) => None,
            Found::Charge => Some((book.bank, book.fee)),
            Found::Stranded(..) => Some((book.suspense, book.bank)),
            Found::Suspense(_) if line.came_in() => Some((book.suspense, book.bank)),
            Found::Suspense(_) => Some((book.bank, book.suspense)),
            Found::Returned(file, index) => {
                let file = self.pay.market.payout.files.get(*file as usize);
                let payout = file.and_then(|file| file.payouts.get(*index as usize));
                let merchant =
                    payout.ok_or(Refusal::BankLineFinal { what: "kept no longer" })?.merchant;
                let returned = self.pay.market.banking.returned.get(&merchant);
                let returned = returned.ok_or(Refusal::BankLineFinal { what: "paid out again" })?;
                let merchant = self.pay.market.merchants[merchant as usize].reference.number;
                fee = returned.fee;
                if fee > 0 {
                    let moved = draft.post(self.book, book.fee, merchant, fee);
                    moved.map_err(|_| Refusal::MerchantBalanceTooLow)?;
                }
                Some((merchant, book.bank))
            }
        };
        if let Some((from, to)) = back {
            let moved = draft.post(self.book, from, to, line.sum());
            moved.map_err(|_| Refusal::MerchantBalanceTooLow)?;
        }
        let (found, person) = (known.found.clone(), context.actor.person);
        let reason = c.reason.clone();
        draft.add(Event::from(BankLineUndone { line: c.line, found, fee, reason, person }));
        let found = Found::Open(Why::Undone);
        let known = KnownLine { found, since: context.now, person: Some(person), ..known.clone() };
        Ok(Reply::BankLine(Box::new(view_of(c.line, &known, account))))
    }

    fn line_of(&self, number: u32) -> Result<(&KnownLine, &BankAccount), Refusal> {
        let banking = &self.pay.market.banking;
        let known = banking.lines.get(&number).ok_or(Refusal::BankLineNotFound)?;
        let account = banking.accounts.get(known.account as usize);
        Ok((known, account.ok_or(Refusal::BankLineNotFound)?))
    }

    /// A line that is kept.
    ///
    /// # Errors
    /// There is none of this number, or it is kept no longer.
    pub fn bank_line(&self, number: u32) -> Result<BankLineView, Refusal> {
        let (known, account) = self.line_of(number)?;
        Ok(view_of(number, known, account))
    }
}

/// A line as people see it.
pub(crate) fn view_of(number: u32, known: &KnownLine, account: &BankAccount) -> BankLineView {
    BankLineView {
        number,
        account: account.name.clone(),
        currency: account.currency,
        line: known.line.clone(),
        found: known.found.clone(),
        since: known.since,
        person: known.person,
    }
}

/// What is known of a statement of which a page comes again.
fn seen(known: &BankAccount, next_line: u32) -> StatementView {
    StatementView {
        pages_here: known.pages_here,
        pages: known.pages,
        until: known.until,
        balance: known.balance,
        first: next_line,
        lines: 0,
        open: 0,
    }
}

/// A page is what it says by itself: of some days, with lines that make its balances.
fn page_is_whole(c: &ImportStatement) -> Result<(), Refusal> {
    text("account", &c.account, 34)?;
    let is_day = |day: u32| {
        (1970..=2999).contains(&(day / 10_000))
            && (1..=12).contains(&(day / 100 % 100))
            && (1..=31).contains(&(day % 100))
    };
    if !is_day(c.from) || !is_day(c.to) || c.from > c.to {
        return Err(Refusal::OutOfRange { field: "from and to (as yyyymmdd, in order)" });
    }
    if c.page >= c.pages {
        return Err(Refusal::OutOfRange { field: "page (0 to pages − 1)" });
    }
    if c.lines.len() > ImportStatement::MOST {
        return Err(Refusal::OutOfRange { field: "lines (at most 2,000)" });
    }
    let mut keys = BTreeSet::new();
    let mut sum = i128::from(c.opening);
    for line in &c.lines {
        amount(line.amount.unsigned_abs())?;
        if !(c.from..=c.to).contains(&line.day) {
            return Err(Refusal::OutOfRange { field: "day of a line (from … to)" });
        }
        if !keys.insert(line.key) {
            return Err(Refusal::BankLineTwice { key: line.key });
        }
        if let Claim::Returned(_, _, reason) = &line.claim {
            text("reason", reason, 35)?;
        }
        sum += i128::from(line.amount);
    }
    if c.opening.unsigned_abs() > MOST || c.closing.unsigned_abs() > MOST {
        return Err(Refusal::AmountTooLarge);
    }
    if sum != i128::from(c.closing) {
        let computed = i64::try_from(sum).map_err(|_| Refusal::AmountTooLarge)?;
        return Err(Refusal::StatementSumDiffers { closing: c.closing, computed });
    }
    Ok(())
}

/// A page follows what is here of its account.
fn follows(known: &BankAccount, c: &ImportStatement) -> Result<(), Refusal> {
    let (until, expected, found) = (known.until, known.balance, c.opening);
    let gap = Refusal::StatementGap { until, expected, found };
    if known.hash == c.hash {
        // The same statement goes on; each of its days is still open.
        if (c.page, c.pages, c.to) != (known.pages_here, known.pages, known.until) {
            return Err(Refusal::OutOfRange { field: "page (the next of the same statement)" });
        }
        if let Some(line) = c.lines.iter().find(|line| known.keys.contains(&line.key)) {
            return Err(Refusal::BankLineTwice { key: line.key });
        }
        return if expected == found { Ok(()) } else { Err(gap) };
    }
    if known.pages_here < known.pages {
        let (page, pages) = (known.pages_here, known.pages);
        return Err(Refusal::StatementUnfinished { page, pages });
    }
    if c.from <= until {
        return Err(Refusal::StatementOverlap { until });
    }
    if c.page != 0 {
        return Err(Refusal::OutOfRange { field: "page (a statement begins with page 0)" });
    }
    if expected == found { Ok(()) } else { Err(gap) }
}
