//! The connector.

use std::fmt;

use connector::{
    About, Acknowledgement, Ask, Asked, Bill, BillFile, BillTerms, Connector, Created, Disbelief,
    Health, NoBill, Notified, Outcome, RefundAsk, RefundOutcome, RefundTerms,
};
use kernel::{Span, Timestamp};

use crate::Clock;
use crate::wechat::settings::{Settings, Trouble};
use crate::wechat::wire::Wire;

/// WeChat Pay, for one contract with it.
pub struct Wallet {
    about: About,
    wire: Wire,
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wallet({})", self.about.name)
    }
}

impl Wallet {
    /// Reads the secrets of a contract. Nothing is asked yet.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, Trouble> {
        let about = About {
            name: settings.name.clone(),
            kind: "wechat",
            mode: settings.mode(),
            currency: settings.currency,
            shows_codes: true,
            takes_scans: true,
            refunds: RefundTerms {
                parts: 50,
                days: 365,
                source: "WeChat Pay, Submit Refund: at most 50 refunds a payment, within one year",
            },
            // A day is one of Beijing's; its bill is there at ten in the morning, for three months
            // (Apply for Trade Bill), cross-border for longer.
            bills: Some(BillTerms { ahead: Span::hours(8), ready: Span::hours(10), days: 90 }),
        };
        Ok(Self { about, wire: Wire::new(settings, clock)? })
    }

    pub(crate) fn wire(&self) -> &Wire {
        &self.wire
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.wire.settings
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.wire.now()
    }
}

impl Connector for Wallet {
    fn about(&self) -> &About {
        &self.about
    }

    fn health(&self) -> Health {
        self.wire.health()
    }

    /// 18 digits that begin with 10 to 15 (Quick Pay, "Product Introduction").
    fn knows(&self, scanned: &str) -> bool {
        scanned.len() == 18
            && scanned.bytes().all(|byte| byte.is_ascii_digit())
            && ("10".."16").contains(&&scanned[..2])
    }

    fn create(&self, ask: &Ask) -> Created {
        self.create_order(ask)
    }

    fn query(&self, asked: &Asked) -> Outcome {
        self.query_order(asked)
    }

    fn cancel(&self, asked: &Asked) -> Outcome {
        self.cancel_order(asked)
    }

    fn refund(&self, ask: &RefundAsk) -> RefundOutcome {
        self.create_refund(ask)
    }

    fn query_refund(&self, ask: &RefundAsk) -> RefundOutcome {
        self.look_for_refund(ask)
    }

    fn notification(
        &self,
        header: &dyn Fn(&str) -> Option<String>,
        body: &[u8],
    ) -> Result<Notified, Disbelief> {
        self.read_notice(header, body)
    }

    fn bill(&self, day: u32) -> Result<Bill, NoBill> {
        self.ask_for_bill(day)
    }

    fn read_bill(&self, day: u32, files: Vec<BillFile>) -> Result<Bill, NoBill> {
        self.bill_of(day, files)
    }

    fn acknowledgement(&self, taken: bool) -> Acknowledgement {
        match taken {
            true => Acknowledgement { status: 204, body: String::new() },
            false => {
                let body = r#"{"code":"FAIL","message":"not taken"}"#;
                Acknowledgement { status: 500, body: body.to_owned() }
            }
        }
    }
}
