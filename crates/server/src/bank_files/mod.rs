//! Tonight's file: what each shop is paid, the bytes that tell the bank, and where they are kept.
//!
//! A file is written and synced under a temporary name, then sealed by one command of the cell
//! with its hash, then gets its name. What was cut off in between is found again: a name that is
//! missing is given, and bytes that are missing are made again from the sealed transfers and the
//! vault, and compared with the hash.

mod folder;
mod initiation;
mod make;
mod tonight;

use std::path::PathBuf;
use std::sync::Arc;

use audit::{FileState, bank_file_name};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bankfile::Originator;
use banks::BankCode;
use cell::Handle;
use kernel::Currency;
use pay::BankFileView;
use tokio::sync::Mutex;
use vault::Vault;

use crate::outcome::{Settled, settled};
use crate::problem::Problem;

pub use folder::Folder;
pub use initiation::initiation;
pub use make::{Asks, Made, Missing, Took};
use tonight::Look;
pub use tonight::{LeftOut, Panel, Payee, Tonight, Why, panel};
pub(crate) use tonight::{date_of, number_of};

/// The desk of a cell at which files for its bank are made.
pub struct Desk {
    handle: Handle,
    vault: Arc<Vault>,
    folder: Folder,
    originator: Originator,
    currency: Currency,
    /// One file at a time.
    making: Mutex<()>,
    /// What a page is shown again for a while.
    look: Mutex<Option<Look>>,
}

impl Desk {
    /// A desk that pays from the originator's account and keeps its files in a folder. Files are
    /// in yen: the format knows no other currency.
    pub fn new(handle: Handle, vault: Arc<Vault>, files: PathBuf, originator: Originator) -> Self {
        let (folder, currency) = (Folder::new(files), Currency::JPY);
        Self {
            handle,
            vault,
            folder,
            originator,
            currency,
            making: Mutex::new(()),
            look: Mutex::new(None),
        }
    }

    /// The bank that pays.
    pub const fn bank(&self) -> BankCode {
        self.originator.office.bank
    }

    /// What its files pay in.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The cell's handle.
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    fn cell(&self) -> &str {
        &self.handle.info().name
    }

    async fn ask(&self, query: economy::Query) -> Result<Settled<economy::Answer>, Problem> {
        settled::answer(self.cell(), self.handle.ask(query).await)
    }
}

/// The bytes of a file as an answer that a browser keeps under its name.
pub(crate) fn download(view: &BankFileView, bytes: Vec<u8>) -> Response {
    let name = bank_file_name(view.day, view.number, FileState::Kept);
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}

/// No desk: the configuration says nothing of a bank.
pub fn not_configured() -> Problem {
    Problem::new(
        "bank_not_configured",
        "This cell makes no bank files: set [cell.bank] with code, name, bank, branch, kind and \
         account in its configuration file, and start it again.",
    )
}
