//! Forms of pages: what can't be read is refused, what is missing is empty.

use axum::extract::Query;
use axum::http::Uri;
use serde::de::DeserializeOwned;

/// Reads a form's body.
///
/// # Errors
/// `text_unfit`: it is no form, or a field does not fit.
pub fn read_form<T: DeserializeOwned>(body: &[u8]) -> Result<T, &'static str> {
    let uri = std::str::from_utf8(body).ok().and_then(|text| {
        let query: String = text.chars().filter(|letter| !letter.is_control()).collect();
        format!("/?{query}").parse::<Uri>().ok()
    });
    let query = uri.and_then(|uri| Query::<T>::try_from_uri(&uri).ok());
    query.map(|Query(form)| form).ok_or("text_unfit")
}
