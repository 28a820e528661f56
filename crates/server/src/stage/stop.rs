//! *Break it*: takes a cell down in the middle of its work, and watches it come back.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{PAYER, SELLER, Stage};
use crate::desk::answer::{Asked, html, unfit};
use crate::desk::events::Whom;
use crate::http::form::read_form;
use crate::web::home as markup;
use crate::web::view::{BreakCell, BreakIt, CellState, Problem, StepEvent};

const SRC: &str = "/fragments/break";
/// Between two looks at a cell that is down.
const LOOK: Duration = Duration::from_micros(500);
/// After this long it is left to its supervisor.
const GIVE_UP: Duration = Duration::from_secs(120);
/// Between two stops of the same cell: a cell that is stopped all the time serves nobody.
const REST: Duration = Duration::from_secs(2);

#[derive(Clone, Copy)]
struct Standing {
    state: CellState,
    stopped: Option<Instant>,
}

/// How the two cells are.
pub(super) struct Stops(Mutex<[Standing; 2]>);

impl Default for Stops {
    fn default() -> Self {
        Self(Mutex::new([Standing { state: CellState::Running, stopped: None }; 2]))
    }
}

impl Stops {
    fn lock(&self) -> MutexGuard<'_, [Standing; 2]> {
        self.0.lock().expect("no holder of this lock panics")
    }

    /// Whether a cell may be stopped now; then it counts as down.
    fn begin(&self, side: usize) -> bool {
        let mut cells = self.lock();
        let cell = &mut cells[side];
        let rested = cell.stopped.is_none_or(|stopped| stopped.elapsed() >= REST);
        if cell.state == CellState::Down || !rested {
            return false;
        }
        *cell = Standing { state: CellState::Down, stopped: Some(Instant::now()) };
        true
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StopForm {
    cell: String,
}

impl Stage {
    /// How the cells are.
    pub(super) fn break_it(&self, problem: Option<Problem>) -> BreakIt {
        let states = *self.stops.lock();
        let cells = [PAYER, SELLER].map(|side| BreakCell {
            cell: self.desk.site(side).name().to_owned(),
            unit: self.desk.unit(side),
            state: states[side].state,
        });
        BreakIt { src: SRC.to_owned(), cells: cells.to_vec(), problem }
    }

    fn tell_cell(&self, step: &'static str, side: usize) {
        let cell = Some(self.desk.site(side).name().to_owned());
        self.desk.channel.tell(Whom::All, &StepEvent { step, cell, ..StepEvent::default() });
    }

    fn take_down(self: &Arc<Self>, side: usize) {
        let handle = self.desk.site(side).handle.clone();
        let recoveries = handle.metrics().recoveries.load(Relaxed);
        let began = Instant::now();
        handle.crash();
        self.tell_cell("cell_down", side);
        let stage = Arc::clone(self);
        tokio::spawn(async move {
            while began.elapsed() < GIVE_UP {
                let dropped = handle.metrics().recoveries.load(Relaxed) > recoveries;
                if dropped && handle.ready() {
                    return stage.is_back(side, began).await;
                }
                tokio::time::sleep(LOOK).await;
            }
        });
    }

    async fn is_back(&self, side: usize, began: Instant) {
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let records = self.count_records(side).await;
        self.stops.lock()[side].state = CellState::Back { micros, records };
        self.tell_cell("cell_up", side);
    }

    /// The records of a cell's journal: what it has just replayed.
    async fn count_records(&self, side: usize) -> u64 {
        let feed = Arc::clone(self.desk.site(side).handle.feed());
        let count = move || {
            let mut reader = feed.reader().ok()?;
            let groups = reader.groups(1).map_while(Result::ok);
            Some(groups.map(|group| group.records().count() as u64).sum())
        };
        tokio::task::spawn_blocking(count).await.ok().flatten().unwrap_or(0)
    }
}

/// The buttons alone.
pub(super) async fn fragment(State(stage): State<Arc<Stage>>, asked: Asked) -> Response {
    if !asked.fragment {
        return asked.back_to("/");
    }
    html(&markup::break_it(asked.lang, &stage.break_it(None)))
}

/// Stops a cell.
pub(super) async fn stop(State(stage): State<Arc<Stage>>, asked: Asked, body: Bytes) -> Response {
    let name = read_form::<StopForm>(&body).map(|form| form.cell).unwrap_or_default();
    let side = [PAYER, SELLER].into_iter().find(|side| stage.desk.site(*side).name() == name);
    let problem = match side {
        Some(side) if stage.stops.begin(side) => {
            stage.take_down(side);
            None
        }
        Some(_) => Some(unfit("cell_starting")),
        None => Some(unfit("not_found")),
    };
    if !asked.fragment {
        return asked.back_to("/");
    }
    html(&markup::break_it(asked.lang, &stage.break_it(problem)))
}
