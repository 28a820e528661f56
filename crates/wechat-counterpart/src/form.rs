//! Reads what was sent, field by field; what is wrong is said with the place where it stands.

use serde_json::{Map, Value};

use crate::problem::Problem;

/// The body or the query of a request.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    location: &'static str,
    values: Value,
}

impl Form {
    /// A body must be one JSON object, of characters that UTF-8 writes in up to three bytes.
    pub(crate) fn body(bytes: &[u8]) -> Result<Form, Problem> {
        let not_json =
            || Problem::at("body", "", &Value::Null, "the body is not a JSON object in UTF-8");
        let text = std::str::from_utf8(bytes).map_err(|_| not_json())?;
        let values: Value = serde_json::from_str(text).map_err(|_| not_json())?;
        if !values.is_object() {
            return Err(not_json());
        }
        if let Some(wide) = text.chars().find(|c| c.len_utf8() > 3) {
            let issue = "characters of four bytes are not supported";
            return Err(Problem::at("body", "", &Value::from(wide.to_string()), issue));
        }
        Ok(Form { location: "body", values })
    }

    pub(crate) fn query(text: Option<&str>) -> Form {
        let mut values = Map::new();
        for pair in text.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            values.insert(key.to_owned(), Value::from(value));
        }
        Form { location: "query", values: Value::Object(values) }
    }

    /// All that was sent, to be compared with what is sent again.
    pub(crate) fn values(&self) -> &Value {
        &self.values
    }

    pub(crate) fn wrong(&self, pointer: &str, issue: &str) -> Problem {
        let value = self.values.pointer(pointer).unwrap_or(&Value::Null);
        match self.location {
            "body" => Problem::field(pointer, value, issue),
            location => Problem::at(location, pointer.trim_start_matches('/'), value, issue),
        }
    }

    fn some(&self, pointer: &str) -> Option<&Value> {
        self.values.pointer(pointer).filter(|value| !value.is_null())
    }

    /// A text of `least` to `most` characters that need not be there.
    pub(crate) fn maybe(
        &self,
        pointer: &str,
        least: usize,
        most: usize,
    ) -> Result<Option<String>, Problem> {
        let Some(value) = self.some(pointer) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| self.wrong(pointer, "is not a string"))?;
        let length = text.chars().count();
        if (least..=most).contains(&length) {
            return Ok(Some(text.to_owned()));
        }
        Err(self.wrong(pointer, &format!("has not {least} to {most} characters")))
    }

    /// A text of up to `most` characters that must be there.
    pub(crate) fn text(&self, pointer: &str, most: usize) -> Result<String, Problem> {
        self.maybe(pointer, 1, most)?.ok_or_else(|| self.wrong(pointer, "is missing"))
    }

    /// A merchant's own number: letters, digits, and the signs of `more`.
    pub(crate) fn number(
        &self,
        pointer: &str,
        least: usize,
        most: usize,
        more: &str,
    ) -> Result<String, Problem> {
        let text =
            self.maybe(pointer, least, most)?.ok_or_else(|| self.wrong(pointer, "is missing"))?;
        let fits = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
        if text.chars().all(fits) {
            return Ok(text);
        }
        Err(self.wrong(pointer, "has a character that is not allowed"))
    }

    /// A sum of money in the smallest unit, at least one.
    pub(crate) fn minor(&self, pointer: &str) -> Result<i64, Problem> {
        let value = self.some(pointer).ok_or_else(|| self.wrong(pointer, "is missing"))?;
        let minor = value.as_i64().ok_or_else(|| self.wrong(pointer, "is not an integer"))?;
        if (1..=100_000_000_000).contains(&minor) {
            return Ok(minor);
        }
        Err(self.wrong(pointer, "is out of range"))
    }

    /// Where to notify: HTTPS without a query. HTTP is taken to this machine alone, for tests.
    pub(crate) fn url(&self, pointer: &str) -> Result<Option<String>, Problem> {
        let Some(url) = self.maybe(pointer, 8, 256)? else { return Ok(None) };
        let here = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
        let is_taken = url.starts_with("https://") || here.iter().any(|h| url.starts_with(h));
        if is_taken && !url.contains(['?', '#', ' ']) {
            return Ok(Some(url));
        }
        Err(self.wrong(pointer, "is not an https URL without a query"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Form {
        Form::body(text.as_bytes()).unwrap()
    }

    fn detail(problem: Problem) -> (u16, String, String) {
        let detail = problem.detail.unwrap();
        let text = |key: &str| detail[key].as_str().unwrap().to_owned();
        (problem.status, text("field"), text("location"))
    }

    #[test]
    fn a_fault_is_said_with_its_place() {
        let form = body(r#"{"amount":{"total":0},"no":"a b","url":"http://a.jp/x"}"#);
        let at = |field: &str| (400, field.to_owned(), "body".to_owned());
        assert_eq!(detail(form.minor("/amount/total").unwrap_err()), at("/amount/total"));
        assert_eq!(detail(form.minor("/amount/refund").unwrap_err()), at("/amount/refund"));
        assert_eq!(detail(form.number("/no", 1, 9, "-").unwrap_err()), at("/no"));
        assert_eq!(detail(form.url("/url").unwrap_err()), at("/url"));
        let query = Form::query(Some("a=1&mchid="));
        let wrong = detail(query.text("/mchid", 32).unwrap_err());
        assert_eq!(wrong, (400, "mchid".to_owned(), "query".to_owned()));
        assert_eq!(query.text("/a", 1).unwrap(), "1");
    }

    #[test]
    fn what_is_no_object_or_has_wide_characters_is_refused() {
        for bad in ["", "[]", "{", "\"a\"", "{\"a\":\"🍜\"}"] {
            assert_eq!(Form::body(bad.as_bytes()).unwrap_err().code, "PARAM_ERROR", "{bad}");
        }
        assert!(Form::body(b"{\"a\":\"\xff\"}").is_err());
        assert_eq!(body("{\"a\":\"山星そば\"}").text("/a", 4).unwrap(), "山星そば");
        assert!(body("{\"a\":1.5}").minor("/a").is_err());
        assert!(body("{\"u\":\"https://a.jp/n?x=1\"}").url("/u").is_err());
        assert!(body("{\"u\":\"http://127.0.0.1:80/n\"}").url("/u").unwrap().is_some());
    }
}
