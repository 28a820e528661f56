//! From what cells and views know to what pages show.

use jiff::civil::Date;
use kernel::id::Payment;
use kernel::{Currency, Decimal, Id, Timestamp};
use ledger::AccountKind;
use pay::{QuoteView, Status};
use views::{
    Of, PaymentFilter, PaymentRow, SideOf, StatementKind, StatementLine, Views, ViewsError,
};

use super::phone::{LOOK_AGAIN_MS, patience};
use super::window::WalletWindow;
use super::{Desk, unit};
use crate::cells::now;
use crate::problem::Problem;
use crate::web::text::Lang;
use crate::web::view::{
    Agrees, Amount, Conversion, Declined, Face, Foreign, Payee, Price, RateLeg, RateNote, Receipt,
    Record, Refund, State, StatementRow, Underway, Wait,
};

/// How long a page waits for its list to know what it is about.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);

/// Minor units as pages write them; what no amount in a cell reaches is cut.
pub(crate) fn amount(minor: u64, currency: Currency) -> Amount {
    unit(currency).of(i64::try_from(minor).unwrap_or(i64::MAX))
}

/// Now, in microseconds, as pages count.
pub(crate) fn now_us() -> i64 {
    micros(now())
}

/// A moment as pages count.
pub(crate) fn micros(at: Timestamp) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

fn day(yyyymmdd: u32) -> Date {
    let part = |value: u32| i8::try_from(value % 100).unwrap_or(1);
    let year = i16::try_from(yyyymmdd / 10_000).unwrap_or(1970);
    Date::new(year, part(yyyymmdd / 100), part(yyyymmdd)).unwrap_or(Date::constant(1970, 1, 1))
}

/// Where a rate comes from, with its two legs.
pub(crate) fn rate_note(source: &str, date: u32, legs: [(Decimal, Currency); 2]) -> RateNote {
    let leg = |(decimal, currency): (Decimal, Currency)| RateLeg {
        decimal: decimal.to_string(),
        unit: unit(currency),
    };
    let legs = legs.map(leg).to_vec();
    RateNote { source: source.to_owned(), date: day(date), legs, base: Currency::EUR.code() }
}

/// The price of a quote.
pub(crate) fn quoted(quote: &QuoteView) -> Price {
    let price = &quote.price;
    let of = |minor| amount(minor, price.currency);
    let legs = [(quote.rate_wallet, price.currency), (quote.rate_store, quote.currency)];
    Price {
        asked: amount(quote.amount, quote.currency),
        conversion: Some(Conversion {
            mid: of(price.principal),
            spread_bp: quote.spread_bps,
            spread: of(price.spread),
            rate: rate_note(&quote.source, quote.date, legs),
        }),
        fee: of(price.fee),
        total: of(price.principal.saturating_add(price.spread).saturating_add(price.fee)),
    }
}

/// The price of a payment, where the payer's leg is.
pub(crate) fn priced(row: &PaymentRow, spread_bp: u32) -> Option<Price> {
    let price = row.price?;
    let of = |minor| amount(minor, price.currency);
    let conversion = row.rate.as_ref().map(|rate| Conversion {
        mid: of(price.principal),
        spread_bp,
        spread: of(price.spread),
        rate: rate_note(
            &rate.source,
            rate.date,
            [(rate.wallet, price.currency), (rate.store, row.currency)],
        ),
    });
    let asked = amount(row.amount, row.currency);
    Some(Price { asked, conversion, fee: of(price.fee), total: of(price.total()) })
}

/// Where a payment stands, for people.
pub(crate) fn state_of(status: Status) -> State {
    match status {
        Status::Requested => State::Waiting,
        Status::Confirmed | Status::Authorized => State::Doubt,
        Status::Captured | Status::PartlyRefunded => State::Paid,
        Status::Refunded => State::Refunded,
        Status::Declined | Status::Released => State::Declined,
        Status::Cancelled => State::Cancelled,
        Status::Expired => State::Expired,
    }
}

impl Desk {
    /// Asks a side's views.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        side: usize,
        question: impl FnOnce(&Views) -> Result<T, ViewsError> + Send + 'static,
    ) -> Result<T, Problem> {
        let views = self.shore(side).views.clone();
        let answer = tokio::task::spawn_blocking(move || question(&views)).await;
        let answer = answer.map_err(|_| Problem::internal())?;
        answer.map_err(|why| {
            tracing::error!(%why, "the views can't be read");
            Problem::new("lists_not_available", "The lists can't be read now; try again soon.")
        })
    }

    /// Waits until a side's views know a position.
    pub(crate) async fn caught_up(&self, side: usize, position: u64) {
        if self.shore(side).views.stale_at(position, PATIENCE).await {
            tracing::debug!(side, position, "the views are behind");
        }
    }

    /// Waits until the views know all that is known of a payment here.
    async fn caught_up_with(&self, payment: Id<Payment>) {
        let Some(trace) = self.traces.get(payment) else { return };
        for (side, position) in trace.positions {
            self.caught_up(side, position).await;
        }
    }

    /// The newest published rates that payments over a bridge are converted at here.
    pub(crate) async fn rate(&self) -> Option<RateNote> {
        let payer = self.shores.iter().find(|shore| shore.abroad.is_some())?;
        let answer = payer.site.ask(economy::Query::Rates).await.ok()?;
        let economy::Answer::Rates(Some(lot)) = answer.value else { return None };
        let currencies = [payer.currency, payer.abroad?];
        let legs = currencies.map(|currency| Some((lot.of(currency)?, currency)));
        let [Some(payer), Some(seller)] = legs else { return None };
        Some(rate_note(&lot.source, lot.date, [payer, seller]))
    }

    /// The leg of a payment on a side.
    pub(crate) async fn leg(
        &self,
        side: usize,
        payment: Id<Payment>,
    ) -> Result<Option<PaymentRow>, Problem> {
        let detail = self.read(side, move |views| views.payment(payment)).await?;
        Ok(detail.and_then(|detail| detail.legs.into_iter().next()))
    }

    /// A wallet's leg of a payment: its newest attempt.
    async fn leg_of(
        &self,
        window: &WalletWindow,
        payment: Id<Payment>,
    ) -> Result<Option<PaymentRow>, Problem> {
        let detail = self.read(window.side, move |views| views.payment(payment)).await?;
        let legs = detail.map(|detail| detail.legs).unwrap_or_default();
        Ok(legs.into_iter().find(|leg| leg.wallet == Some(window.wallet)))
    }

    /// What the phone shows of a payment of a wallet that has ended or is under way; none when
    /// the wallet has no leg of it.
    pub(crate) async fn outcome_face(
        &self,
        window: &WalletWindow,
        payment: Id<Payment>,
    ) -> Result<Option<Face>, Problem> {
        match self.traces.get(payment).is_some() {
            true => self.caught_up_with(payment).await,
            // What is not followed may have changed just now.
            false => self.caught_up(window.side, self.site(window.side).handle.durable()).await,
        }
        let Some(row) = self.leg_of(window, payment).await? else { return Ok(None) };
        let spread_bp = self.fees(window.side).await.spread_bps;
        let Some(price) = priced(&row, spread_bp) else { return Ok(None) };
        let payee = self.store_of(window, row.store).await?.payee();
        let at = micros(row.times.ended.unwrap_or(row.changed));
        match row.status {
            Status::Captured | Status::PartlyRefunded | Status::Refunded => {
                let receipt = self.receipt(window, &row, price, payee).await?;
                Ok(Some(Face::Receipt(Box::new(receipt))))
            }
            Status::Declined | Status::Released | Status::Cancelled | Status::Expired => {
                let released = match row.cancel_asked {
                    true => (State::Cancelled, "cancelled_by_payer"),
                    false => (state_of(row.status), "payment_cancelled"),
                };
                let declined = row.declined.clone().map(|reason| (state_of(row.status), reason));
                let (state, reason) =
                    declined.unwrap_or_else(|| (released.0, released.1.to_owned()));
                Ok(Some(Face::Declined(Declined {
                    state,
                    reason,
                    asked: price.asked,
                    total: Some(price.total),
                    payee,
                    at,
                    retry: None,
                })))
            }
            Status::Confirmed | Status::Authorized => {
                let since = row.times.confirmed.map_or(0, |at| now().0.saturating_sub(at.0));
                let (wait, look_again_ms) = match (row.status, row.cancel_asked) {
                    (Status::Confirmed, _) => patience(since),
                    (_, false) => (Wait::Shop, LOOK_AGAIN_MS),
                    (_, true) => (Wait::Release, LOOK_AGAIN_MS),
                };
                let (payment, total) = (row.id.to_string(), price.total);
                Ok(Some(Face::Underway(Underway { payment, total, payee, wait, look_again_ms })))
            }
            Status::Requested => Ok(None),
        }
    }

    async fn receipt(
        &self,
        window: &WalletWindow,
        row: &PaymentRow,
        price: Price,
        payee: Payee,
    ) -> Result<Receipt, Problem> {
        let (side, wallet) = (window.side, window.wallet);
        let left = self.read(side, move |views| views.wallet(wallet)).await?;
        let left = left.map(|known| unit(known.currency).of(known.balance));
        let sold = self.in_sellers_book(row).await?;
        let agrees = match (row.side, &sold) {
            // One book holds both ends of it.
            (SideOf::Both, _) => Some(Agrees::InOne),
            (_, Some((amount, refunded, _))) => {
                let same = (*amount, *refunded) == (row.captured, row.refunded);
                Some(if same { Agrees::Both } else { Agrees::Differs })
            }
            (_, None) => None,
        };
        Ok(Receipt {
            payment: row.id.to_string(),
            payee,
            price,
            at: micros(row.times.captured.unwrap_or(row.changed)),
            left,
            refunds: self.refunds(window, row).await?,
            record: sold.and_then(|(.., record)| record),
            agrees,
        })
    }

    /// What the seller's book says of a payment, where it is of this process: captured, refunded,
    /// and where it was captured.
    async fn in_sellers_book(
        &self,
        row: &PaymentRow,
    ) -> Result<Option<(u64, u64, Option<(Record, u32)>)>, Problem> {
        let Some(side) = self.side_of(row.store.cell) else { return Ok(None) };
        let payment = row.id;
        let detail = self.read(side, move |views| views.payment(payment)).await?;
        let Some(detail) = detail else { return Ok(None) };
        let captured = detail.steps.iter().find(|step| step.kind.ends_with("captured"));
        let cell = || self.site(side).name().to_owned();
        let record = captured
            .map(|step| (Record { cell: cell(), position: step.at.position }, step.at.index));
        let leg = detail.legs.into_iter().next();
        Ok(leg.map(|leg| (leg.captured, leg.refunded, record)))
    }

    /// The parts that came back: one line of the statement each.
    async fn refunds(
        &self,
        window: &WalletWindow,
        row: &PaymentRow,
    ) -> Result<Vec<Refund>, Problem> {
        if row.refunded == 0 {
            return Ok(Vec::new());
        }
        let (payment, side, wallet) = (row.id, window.side, window.wallet);
        let lines = self.read(side, move |views| views.statement(wallet, None, 200)).await?;
        let mut back: Vec<_> = lines
            .into_iter()
            .filter(|l| l.payment == Some(payment) && l.kind == StatementKind::Refunded)
            .collect();
        back.reverse();
        let given = match self.side_of(row.store.cell) {
            Some(side) => self.given_back(side, row.id).await?,
            None => Vec::new(),
        };
        // Without the seller's book, what one part came to is known when there is one.
        let only = (back.len() == 1).then_some(row.refunded);
        let refunds = back.iter().enumerate().map(|(at, line)| Refund {
            at: micros(line.time),
            given: given
                .get(at)
                .map(|part| part.1)
                .or(only)
                .map(|minor| amount(minor, row.currency)),
            got: window.unit().of(line.amount),
        });
        Ok(refunds.collect())
    }

    /// When and how much each refund of a payment gave back to nostro or wallet, in the seller's
    /// minor units, as the seller's book has it.
    pub(crate) async fn given_back(
        &self,
        side: usize,
        payment: Id<Payment>,
    ) -> Result<Vec<(i64, u64)>, Problem> {
        let detail = self.read(side, move |views| views.payment(payment)).await?;
        let Some(detail) = detail else { return Ok(Vec::new()) };
        let steps = detail.steps.iter().filter(|step| step.kind.ends_with("refunded"));
        let given = steps.map(|step| {
            let of_step = detail.lines.iter().filter(|line| {
                line.at.position == step.at.position
                    && line.at.index == step.at.index
                    && matches!(line.credit.kind, AccountKind::Nostro | AccountKind::Wallet)
            });
            (micros(step.time), of_step.map(|line| line.amount.minor).sum())
        });
        Ok(given.collect())
    }

    /// The newest rows of a wallet's statement; payments under way come first.
    pub(crate) async fn statement_rows(
        &self,
        lang: Lang,
        window: &WalletWindow,
        before: Option<views::At>,
        limit: usize,
    ) -> Result<(Vec<StatementRow>, Option<views::At>), Problem> {
        let (side, wallet) = (window.side, window.wallet);
        let of = Of::Wallet(wallet);
        let mut rows = Vec::new();
        for status in [Status::Confirmed, Status::Authorized] {
            if before.is_some() {
                break;
            }
            let filter = PaymentFilter { of, status: Some(status), ..Default::default() };
            let open = self.read(side, move |views| views.payments(&filter, None, 10)).await?;
            for row in &open {
                rows.push(self.open_row(lang, window, row).await?);
            }
        }
        let lines = self.read(side, move |v| v.statement(wallet, before, limit)).await?;
        let next = (lines.len() == limit).then(|| lines.last().map(|line| line.at)).flatten();
        for line in &lines {
            rows.push(self.statement_row(lang, window, line).await?);
        }
        Ok((rows, next))
    }

    async fn open_row(
        &self,
        lang: Lang,
        window: &WalletWindow,
        row: &PaymentRow,
    ) -> Result<StatementRow, Problem> {
        Ok(StatementRow {
            state: if row.status == Status::Authorized { State::Waiting } else { State::Doubt },
            shop: self.store_of(window, row.store).await?.readable(lang),
            at: micros(row.changed),
            moved: None,
            twin: Some(amount(row.amount, row.currency)),
            reason: None,
            href: Some(format!("{}/pay/{}", window.base, row.id)),
        })
    }

    async fn statement_row(
        &self,
        lang: Lang,
        window: &WalletWindow,
        line: &StatementLine,
    ) -> Result<StatementRow, Problem> {
        let shop = match line.store {
            Some(store) => self.store_of(window, store).await?.readable(lang),
            None => Foreign { text: lang.t("account-bank"), lang: lang.tag() },
        };
        let state = match line.kind {
            StatementKind::ToppedUp | StatementKind::Paid | StatementKind::Transfer => State::Paid,
            StatementKind::Returned => State::Declined,
            StatementKind::Refunded => State::Refunded,
        };
        Ok(StatementRow {
            state,
            shop,
            at: micros(line.time),
            moved: (line.amount != 0).then(|| window.unit().of(line.amount)),
            // What a refund is in the shop's currency stands on the receipt; one amount, said
            // twice in one currency, says nothing more.
            twin: line
                .asked
                .filter(|_| line.kind != StatementKind::Refunded)
                .filter(|asked| asked.currency != window.currency || line.amount == 0)
                .map(|asked| amount(asked.minor, asked.currency)),
            reason: line.declined.clone(),
            href: line.payment.map(|payment| format!("{}/pay/{payment}", window.base)),
        })
    }
}
