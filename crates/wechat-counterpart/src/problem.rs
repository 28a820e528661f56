//! Refusals: a status, a code, a sentence, and where the fault lies.
//!
//! Source: *Basic rules* (`pay.weixin.qq.com/doc/v3/merchant/4012081709`) and the tables of error
//! codes of each operation; README.md says which of them are seen, and which are chosen here.

use serde_json::{Value, json};

/// What the platform says instead of doing what was asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    /// Empty: no body at all, as for a path that does not exist.
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) detail: Option<Value>,
}

impl Problem {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Problem {
        Problem { status, code, message: message.into(), detail: None }
    }

    /// A status alone.
    pub(crate) fn bare(status: u16) -> Problem {
        Problem::new(status, "", "")
    }

    pub(crate) fn sign(message: &str) -> Problem {
        Problem::new(401, "SIGN_ERROR", message)
    }

    pub(crate) fn invalid(message: &str) -> Problem {
        Problem::new(400, "INVALID_REQUEST", message)
    }

    /// A field of the body; `field` is a JSON pointer.
    pub(crate) fn field(field: &str, value: &Value, issue: &str) -> Problem {
        Problem::at("body", field, value, issue)
    }

    pub(crate) fn at(location: &str, field: &str, value: &Value, issue: &str) -> Problem {
        let detail =
            json!({ "field": field, "value": value, "issue": issue, "location": location });
        Problem { detail: Some(detail), ..Problem::new(400, "PARAM_ERROR", "参数错误") }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        if self.code.is_empty() {
            return Vec::new();
        }
        let mut body = json!({ "code": self.code, "message": self.message });
        if let Some(detail) = &self.detail {
            body["detail"] = detail.clone();
        }
        body.to_string().into_bytes()
    }
}
