//! Which window a request comes from, a wallet's or a till's: the unguessable end of its path says
//! it. A path that leads to no window is answered before a handler sees it.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::response::Response;

use super::Stage;
use super::answer::{Asked, lost};

/// A request of a wallet's window.
pub(super) struct AtWallet {
    pub stage: Arc<Stage>,
    /// The window's number.
    pub at: usize,
    pub asked: Asked,
}

/// A request of a till's window.
pub(super) struct AtTill {
    pub stage: Arc<Stage>,
    /// The window's number.
    pub at: usize,
    pub asked: Asked,
}

impl FromRequestParts<Arc<Stage>> for AtWallet {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, stage: &Arc<Stage>) -> Result<Self, Response> {
        let tokens = stage.wallets.iter().map(|window| &window.token);
        let (at, asked) = window(parts, stage, tokens).await?;
        Ok(Self { stage: Arc::clone(stage), at, asked })
    }
}

impl FromRequestParts<Arc<Stage>> for AtTill {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, stage: &Arc<Stage>) -> Result<Self, Response> {
        let tokens = stage.tills.iter().map(|window| &window.token);
        let (at, asked) = window(parts, stage, tokens).await?;
        Ok(Self { stage: Arc::clone(stage), at, asked })
    }
}

async fn window<'s>(
    parts: &mut Parts,
    stage: &Arc<Stage>,
    mut tokens: impl Iterator<Item = &'s String>,
) -> Result<(usize, Asked), Response> {
    let Ok(asked) = Asked::from_request_parts(parts, stage).await;
    let named = RawPathParams::from_request_parts(parts, stage).await;
    let token = named.iter().flatten().find(|(name, _)| *name == "token");
    let at = token.and_then(|(_, token)| tokens.position(|known| known == token));
    at.map(|at| (at, asked.clone())).ok_or_else(|| lost(&asked))
}

impl Stage {
    /// Sends a plain form to the page that a wallet's window stands on.
    pub(super) fn back_to_wallet(&self, asked: &Asked, at: usize) -> Response {
        asked.back_to(&self.wallet_path(at).unwrap_or_default())
    }

    /// The same for a till's window.
    pub(super) fn back_to_till(&self, asked: &Asked, at: usize) -> Response {
        asked.back_to(&self.till_path(at).unwrap_or_default())
    }
}
