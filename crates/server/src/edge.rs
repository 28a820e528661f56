//! What every handler can reach.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::audit::Audit;
use crate::cells::Cells;
use crate::lists::Lists;
use crate::metrics::HttpMetrics;

/// The most server-sent event streams at a time.
pub const MAX_STREAMS: usize = 1_000;

struct Parts {
    cells: Cells,
    lists: Option<Arc<dyn Lists>>,
    audit: Option<Arc<dyn Audit>>,
    metrics: HttpMetrics,
    streams: Arc<Semaphore>,
    more_metrics: Option<Box<dyn Fn() -> String + Send + Sync>>,
}

/// The edge: the cells of this process and what is derived from them. Cheap to clone.
#[derive(Clone)]
pub struct Edge(Arc<Parts>);

/// Puts an [`Edge`] together.
pub struct EdgeBuilder(Parts);

impl Edge {
    /// An edge over these cells; without more, lists and audit answer that they are not there.
    pub fn over(cells: Cells) -> EdgeBuilder {
        EdgeBuilder(Parts {
            cells,
            lists: None,
            audit: None,
            metrics: HttpMetrics::default(),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            more_metrics: None,
        })
    }

    /// The cells of this process.
    pub fn cells(&self) -> &Cells {
        &self.0.cells
    }

    /// What lists are read from.
    pub fn lists(&self) -> Option<&Arc<dyn Lists>> {
        self.0.lists.as_ref()
    }

    /// Who goes over the books.
    pub fn audit(&self) -> Option<&Arc<dyn Audit>> {
        self.0.audit.as_ref()
    }

    /// Figures of HTTP.
    pub fn metrics(&self) -> &HttpMetrics {
        &self.0.metrics
    }

    /// Figures that the binary adds, in Prometheus' text.
    pub fn more_metrics(&self) -> String {
        self.0.more_metrics.as_ref().map(|more| more()).unwrap_or_default()
    }

    /// Room for event streams.
    pub fn streams(&self) -> &Arc<Semaphore> {
        &self.0.streams
    }
}

impl EdgeBuilder {
    /// Reads lists from here.
    #[must_use]
    pub fn lists(mut self, lists: Arc<dyn Lists>) -> Self {
        self.0.lists = Some(lists);
        self
    }

    /// Lets this go over the books.
    #[must_use]
    pub fn audit(mut self, audit: Arc<dyn Audit>) -> Self {
        self.0.audit = Some(audit);
        self
    }

    /// Adds figures to `/metrics`, in Prometheus' text.
    #[must_use]
    pub fn more_metrics(mut self, more: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.0.more_metrics = Some(Box::new(more));
        self
    }

    /// The edge.
    pub fn build(self) -> Edge {
        Edge(Arc::new(self.0))
    }
}
