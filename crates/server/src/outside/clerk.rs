//! A cell's clerk: takes over what is open in the cell, asks the other companies about it, tells
//! the cell what they said.

use std::sync::Arc;
use std::time::Duration;

use connector::{Connector, Created, Declined, Outcome, RefundOutcome};
use economy::{Answer, Query};
use kernel::Id;
use kernel::id::{Payment, Refund};
use tokio::time::{Instant, sleep, sleep_until};

use super::folder::{Question, RefundQuestion};
use super::{Counter, Said};

/// Between two looks while the cell is busy with other things.
const PAUSE: Duration = Duration::from_millis(50);
/// Between two looks at a cell that does not answer.
const WAIT: Duration = Duration::from_secs(1);
/// While nothing is open.
const IDLE: Duration = Duration::from_secs(3_600);

/// Works for as long as the counter is there.
pub(super) async fn work(counter: Arc<Counter>) {
    let mut heads = counter.handle.feed().watch();
    loop {
        heads.borrow_and_update();
        if let Err(why) = counter.take().await {
            let cell = &counter.handle.info().name;
            tracing::warn!(cell, why, "what is asked of other companies can't be looked at");
            sleep(WAIT).await;
            continue;
        }
        counter.begin();
        let next = counter.folder().next().unwrap_or_else(|| Instant::now() + IDLE);
        tokio::select! {
            () = counter.wake.notified() => {}
            () = sleep_until(next) => {}
            grown = heads.changed() => {
                if grown.is_err() {
                    return;
                }
                tokio::select! {
                    () = counter.wake.notified() => {}
                    () = sleep(PAUSE) => {}
                }
            }
        }
    }
}

impl Counter {
    /// Takes over what is open in the cell.
    async fn take(&self) -> Result<(), String> {
        match self.handle.ask(Query::Connectors).await {
            cell::Outcome::Answered { answer: Answer::Connectors(mut open), .. } => {
                let runs = |name: &String| self.wallets.contains_key(name);
                open.asks.retain(|ask| runs(&ask.connector));
                open.refunds.retain(|refund| runs(&refund.connector));
                self.folder().take(*open, self.handle.now(), &self.pauses);
                Ok(())
            }
            other => Err(format!("{other:?}")),
        }
    }

    /// Begins all that is due, each in a task of its own.
    fn begin(self: &Arc<Self>) {
        let (payments, refunds) = {
            let mut folder = self.folder();
            (folder.due_payments(), folder.due_refunds())
        };
        for payment in payments {
            let counter = Arc::clone(self);
            tokio::spawn(async move { counter.ask_about(payment).await });
        }
        for refund in refunds {
            let counter = Arc::clone(self);
            tokio::spawn(async move { counter.ask_about_refund(refund).await });
        }
    }

    async fn ask_about(&self, payment: Id<Payment>) {
        let _place = self.room.acquire().await;
        let of = self.folder().payment(payment).map(|view| (view.connector.clone(), view.store));
        let Some((connector, store)) = of else { return };
        let store = self.name_of(store).await;
        let question = self.folder().question(payment, self.handle.now(), &store);
        let Some((number, question)) = question else { return };
        let Some(wallet) = self.wallets.get(&connector).cloned() else { return };
        let word = question.word();
        let created = elsewhere(move || ask(&*wallet, question)).await;
        let created = created.unwrap_or(Created { outcome: Outcome::Unknown, code: None });
        if word == "create" {
            self.folder().created(number, self.handle.now(), created.code);
        }
        self.count(&connector, word, word_of(&created.outcome));
        let told = self.tell(&connector, number, created.outcome).await;
        self.folder().said(number, told.said(), &self.pauses);
        self.answered(payment);
    }

    async fn ask_about_refund(&self, refund: Id<Refund>) {
        let _place = self.room.acquire().await;
        let question = self.folder().refund_question(refund);
        let Some((connector, question)) = question else { return };
        let Some(wallet) = self.wallets.get(&connector).cloned() else { return };
        let (word, due) = match &question {
            RefundQuestion::Create(ask) => ("refund", *ask),
            RefundQuestion::Query(ask) => ("query_refund", *ask),
        };
        let outcome = elsewhere(move || match question {
            RefundQuestion::Create(ask) => wallet.refund(&ask),
            RefundQuestion::Query(ask) => wallet.query_refund(&ask),
        });
        let outcome = outcome.await.unwrap_or(RefundOutcome::Unknown);
        self.count(&connector, word, word_of_refund(&outcome));
        let told = self.tell_refund(&connector, due.number, due.amount, outcome).await;
        self.folder().said_of_refund(refund, told.said(), &self.pauses);
        self.answered(due.order.payment);
    }

    /// Pages may look again, and the clerk does.
    fn answered(&self, payment: Id<Payment>) {
        // Nobody listening is no error.
        let _listeners = self.changed.send(payment);
        self.look();
    }

    fn count(&self, connector: &str, question: &'static str, said: &'static str) {
        let mut asked = self.asked.lock().expect("no holder of this lock panics");
        *asked.entry((connector.to_owned(), question, said)).or_default() += 1;
    }

    /// What the payer's phone shows as who is paid.
    async fn name_of(&self, store: kernel::Ref<kernel::id::Store>) -> String {
        match self.handle.ask(Query::Look(store, None, None)).await {
            cell::Outcome::Answered { answer: Answer::Look(look), .. } => look.name,
            _ => store.to_string(),
        }
    }
}

/// On a thread where one may wait; nothing if that panicked.
async fn elsewhere<T: Send + 'static>(ask: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(ask).await.ok()
}

fn ask(wallet: &dyn Connector, question: Question) -> Created {
    let alone = |outcome| Created { outcome, code: None };
    match question {
        Question::Create(ask) => wallet.create(&ask),
        Question::Query(asked) => alone(wallet.query(&asked)),
        Question::Cancel(asked) => alone(wallet.cancel(&asked)),
        Question::Nothing => alone(Outcome::Declined(Declined::Cancelled)),
    }
}

const fn word_of(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Paid(_) => "paid",
        Outcome::Declined(_) => "declined",
        Outcome::Pending => Said::Waits.word(),
        Outcome::Unknown => Said::Unknown.word(),
    }
}

const fn word_of_refund(outcome: &RefundOutcome) -> &'static str {
    match outcome {
        RefundOutcome::Done(_) => "done",
        RefundOutcome::Refused(_) => "refused",
        RefundOutcome::Pending => Said::Waits.word(),
        RefundOutcome::Stuck(_) => "stuck",
        RefundOutcome::Unknown => Said::Unknown.word(),
    }
}
