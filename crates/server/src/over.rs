//! What a payment that was not made went over, as programs read it: members of the problem beside
//! its sentence (RFC 9457, extension members).

use pay::state::Case;
use pay::{LimitHit, PaymentView, Reply};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::values::Moment;
use crate::problem::{Beside, Problem};

/// An amount in minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Left {
    /// Minor units.
    pub amount: u64,
    /// ISO 4217.
    #[schema(example = "CNY")]
    pub currency: String,
}

/// The limit that a payment went over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Over {
    /// The name of the rule.
    #[schema(example = "cn.cross_border.year")]
    pub rule: String,
    /// The law or contract it comes from.
    pub source: String,
    /// Where in it.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub section: String,
    /// `payment`, `day`, `month`, `year` or `static_day`.
    #[schema(example = "day")]
    pub window: String,
    /// The most.
    pub most: Left,
    /// What is left of it: as much can be paid now.
    pub left: Left,
    /// When it begins anew, by the cell's own calendar; absent for a limit of one payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resets_at: Option<String>,
}

impl From<&LimitHit> for Over {
    fn from(hit: &LimitHit) -> Self {
        let of = |amount| Left { amount, currency: hit.currency.code().to_owned() };
        Self {
            rule: hit.rule.clone(),
            source: hit.source.clone(),
            section: hit.section.clone(),
            window: hit.window.word().to_owned(),
            most: of(hit.most),
            left: of(hit.left),
            resets_at: hit.resets.map(|at| Moment(at).to_string()),
        }
    }
}

/// The payment that a reply tells; a problem where it was not made but waits for the staff.
///
/// # Errors
/// `payment_in_review`.
pub fn paid(reply: &Reply) -> Result<&PaymentView, Problem> {
    match reply {
        Reply::Payment(view) => Ok(view),
        Reply::Case(case) => Err(in_review(case)),
        _ => Err(Problem::internal()),
    }
}

/// A payment that waits for the operator's staff.
fn in_review(case: &Case) -> Problem {
    let mut problem = Problem::new(
        "payment_in_review",
        "Nothing was taken: the operator looks at this payment first. \
         Ask for a new quote once it is released, and confirm that.",
    );
    problem.retryable = true;
    let waiting = case.payment.to_string();
    problem.beside = Some(Beside::boxed(|beside| beside.case = Some(waiting)));
    problem
}
