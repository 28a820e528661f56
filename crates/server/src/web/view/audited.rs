//! What an audit counted, in the words of the audit page.

use audit::{CellReport, LinkReport, Report};
use kernel::Currency;

use super::{AuditCell, AuditCorridor, AuditSum, Count, Difference, Shore, Unit};

impl Unit {
    /// A currency as pages write it.
    pub fn of_currency(currency: Currency) -> Self {
        Self { code: currency.code(), exponent: currency.exponent() }
    }
}

impl AuditCell {
    /// A cell named by a currency, on one side of the bridge.
    pub fn of(report: &CellReport, unit: Unit, shore: Shore) -> Self {
        let of_kind = |word| report.facts.get(word).copied().unwrap_or(0);
        let arrived = of_kind("RefundArrived") + of_kind("RefundStranded");
        let counts = vec![
            (Count::Groups, report.groups),
            (Count::Records, report.records),
            (Count::Accounts, report.accounts),
            (Count::Transfers, report.transfers),
            (Count::OpenHolds, report.open_holds),
            (Count::Payments, report.payments.max(report.payer_legs)),
            (Count::Refunds, report.refunds.max(arrived)),
            (Count::Statements, report.statements),
        ];
        let wide = |sum: u128| i128::try_from(sum).unwrap_or(i128::MAX);
        let sums = report.sums.iter().map(|sum| AuditSum {
            unit: Unit::of_currency(sum.currency),
            debits: wide(sum.debits),
            credits: wide(sum.credits),
        });
        Self {
            cell: report.name.clone(),
            unit,
            shore,
            position: report.position,
            chain: report.complete,
            counts,
            sums: sums.collect(),
        }
    }
}

impl AuditCorridor {
    /// A corridor; one whose currency is not known is counted in `unit`.
    pub fn of(report: &LinkReport, unit: Unit) -> Self {
        let unit = report.currency.map_or(unit, Unit::of_currency);
        let minor =
            |sum: Option<i128>| unit.of(sum.and_then(|sum| i64::try_from(sum).ok()).unwrap_or(0));
        Self {
            from: report.from.clone(),
            to: report.to.clone(),
            sent: report.sent,
            answered: report.answered,
            under_way: report.under_way,
            nostro: minor(report.nostro),
            mirror: minor(report.mirror),
        }
    }
}

impl Difference {
    /// Those of a report, the first place first.
    pub fn all(report: &Report) -> Vec<Self> {
        let told = report.differences.iter().map(|difference| Self {
            place: difference.place.to_string(),
            sentence: difference.what.clone(),
        });
        told.collect()
    }
}
