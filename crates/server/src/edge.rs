//! What every handler can reach.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::Currency;
use link::Corridor;
use partner::Partners;
use tokio::sync::watch;

use crate::api::partner_sandbox::SandboxAt;
use crate::audit::Audit;
use crate::bank_files::Desk;
use crate::bounds::Bounds;
use crate::cells::Cells;
use crate::lists::Lists;
use crate::metrics::HttpMetrics;
use crate::outside::Outside;
use crate::passkeys::Ceremonies;
use crate::session::Pulse;
use crate::stream::Streams;
use crate::throttle::Throttle;

/// Where shops sign up.
#[derive(Clone, Debug)]
pub struct SignUpAt {
    /// The cell's name.
    pub cell: String,
    /// What shops are paid in there.
    pub currency: Currency,
}

struct Parts {
    cells: Cells,
    lists: Option<Arc<dyn Lists>>,
    audit: Option<Arc<dyn Audit>>,
    corridor: Corridor,
    partners: Vec<Arc<Partners>>,
    sandbox: Option<SandboxAt>,
    desks: BTreeMap<String, Arc<Desk>>,
    outside: Outside,
    bounds: Bounds,
    metrics: HttpMetrics,
    throttle: Throttle,
    streams: Arc<Streams>,
    stopping: watch::Sender<bool>,
    sign_up: Option<SignUpAt>,
    public_origin: Option<String>,
    ceremonies: Ceremonies,
    pulse: Pulse,
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
            corridor: Corridor::default(),
            partners: Vec::new(),
            sandbox: None,
            desks: BTreeMap::new(),
            outside: Outside::default(),
            bounds: Bounds::default(),
            metrics: HttpMetrics::default(),
            throttle: Throttle::new(&Bounds::default()),
            streams: Arc::new(Streams::new(&Bounds::default())),
            stopping: watch::Sender::new(false),
            sign_up: None,
            public_origin: None,
            ceremonies: Ceremonies::default(),
            pulse: Pulse::default(),
        })
    }

    /// Where shops sign up, if they may.
    pub fn sign_up(&self) -> Option<&SignUpAt> {
        self.0.sign_up.as_ref()
    }

    /// The origin under which browsers know it, if that is configured.
    pub fn public_origin(&self) -> Option<&str> {
        self.0.public_origin.as_deref()
    }

    /// What waits for a browser to sign.
    pub fn ceremonies(&self) -> &Ceremonies {
        &self.0.ceremonies
    }

    /// When sessions were used last.
    pub fn pulse(&self) -> &Pulse {
        &self.0.pulse
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

    /// Ends of the bridge to cells of other processes; none by default.
    pub fn corridor(&self) -> &Corridor {
        &self.0.corridor
    }

    /// The partners of each cell; none by default.
    pub fn partners(&self) -> &[Arc<Partners>] {
        &self.0.partners
    }

    /// Who does what people do, if this server is a sandbox for partners.
    pub fn sandbox(&self) -> Option<&SandboxAt> {
        self.0.sandbox.as_ref()
    }

    /// Where a cell's files for its bank are made, if it is configured to.
    pub fn desk(&self, cell: &str) -> Option<&Arc<Desk>> {
        self.0.desks.get(cell)
    }

    /// The connectors to wallets of other companies; none by default.
    pub fn outside(&self) -> &Outside {
        &self.0.outside
    }

    /// How much it takes from callers.
    pub fn bounds(&self) -> &Bounds {
        &self.0.bounds
    }

    /// Ends what has no end of its own: event streams.
    pub fn stop(&self) {
        self.0.stopping.send_replace(true);
    }

    /// Completes when the edge stops.
    pub async fn stopping(&self) {
        // The sender lives as long as `self`.
        drop(self.0.stopping.subscribe().wait_for(|stopping| *stopping).await);
    }

    /// Figures of HTTP.
    pub fn metrics(&self) -> &HttpMetrics {
        &self.0.metrics
    }

    /// How fast callers may ask.
    pub fn throttle(&self) -> &Throttle {
        &self.0.throttle
    }

    /// Room for event streams.
    pub fn streams(&self) -> &Arc<Streams> {
        &self.0.streams
    }
}

impl EdgeBuilder {
    /// The origin under which browsers know it: passkeys are for its host.
    #[must_use]
    pub fn public_origin(mut self, origin: Option<String>) -> Self {
        self.0.public_origin = origin;
        self
    }

    /// Lets shops sign up.
    #[must_use]
    pub fn sign_up(mut self, at: SignUpAt) -> Self {
        self.0.sign_up = Some(at);
        self
    }

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

    /// Reaches cells of other processes over these ends, and is reached by them.
    #[must_use]
    pub fn corridor(mut self, corridor: Corridor) -> Self {
        self.0.corridor = corridor;
        self
    }

    /// Reaches other operators' systems, and is reached by them.
    #[must_use]
    pub fn partners(mut self, partners: Vec<Arc<Partners>>) -> Self {
        self.0.partners = partners;
        self
    }

    /// Makes this server a sandbox for partners: its books are thrown away.
    #[must_use]
    pub fn sandbox(mut self, at: SandboxAt) -> Self {
        self.0.sandbox = Some(at);
        self
    }

    /// Makes files for the bank at these desks, by the names of their cells.
    #[must_use]
    pub fn desks(mut self, desks: BTreeMap<String, Arc<Desk>>) -> Self {
        self.0.desks = desks;
        self
    }

    /// Lets these wallets of other companies pay.
    #[must_use]
    pub fn outside(mut self, outside: Outside) -> Self {
        self.0.outside = outside;
        self
    }

    /// Bounds callers otherwise than by default.
    #[must_use]
    pub fn bounds(mut self, bounds: Bounds) -> Self {
        self.0.throttle = Throttle::new(&bounds);
        self.0.streams = Arc::new(Streams::new(&bounds));
        self.0.bounds = bounds;
        self
    }

    /// The edge.
    pub fn build(self) -> Edge {
        Edge(Arc::new(self.0))
    }
}
