//! What the vault knows of people, asked for where waiting is allowed.

use vault::{Vault, VaultError};

use crate::cells::Site;
use crate::problem::Problem;

/// The field of a person's name.
pub const NAME: &str = "name";

/// Has something done with the vault of a cell.
///
/// # Errors
/// `vault_not_available`: there is none, or it can't do it now. Nothing was stored.
pub async fn with_vault<T: Send + 'static>(
    site: &Site,
    work: impl FnOnce(&Vault) -> Result<T, VaultError> + Send + 'static,
) -> Result<T, Problem> {
    let unavailable = || {
        Problem::new(
            "vault_not_available",
            "The vault of personal data does not answer right now; nothing was stored, \
             try again later.",
        )
    };
    let vault = site.vault.clone().ok_or_else(unavailable)?;
    match tokio::task::spawn_blocking(move || work(&vault)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(why)) => {
            tracing::error!(cell = site.name(), %why, "the vault failed");
            Err(unavailable())
        }
        Err(_) => Err(unavailable()),
    }
}
