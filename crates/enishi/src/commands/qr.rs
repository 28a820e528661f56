//! `enishi qr`: draws codes, and reads EMVCo codes by their form alone.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use pay::emvco::{self, Field, Initiation};
use serde_json::{Value, json};

use crate::cli::{Qr, QrWay};

/// Draws or reads.
pub fn run(options: &Qr) -> Result<ExitCode> {
    match &options.way {
        QrWay::Encode { text, out } => encode(&text_of(text.as_deref())?, out.as_deref()),
        QrWay::Decode { text, picture } => {
            let text = match picture {
                Some(path) => in_picture(path)?,
                None => text_of(text.as_deref())?,
            };
            Ok(decode(&text))
        }
    }
}

fn text_of(text: Option<&str>) -> Result<String> {
    if let Some(text) = text {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::new();
    std::io::stdin().take(64 * 1_024).read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes).context("standard input is not UTF-8 text")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn in_picture(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("{} can't be read", path.display()))?;
    let mut codes = qr::decode(&bytes)?;
    if codes.len() > 1 {
        bail!("there are {} codes in the picture; show one", codes.len());
    }
    codes.pop().context("there is no code in the picture")
}

fn encode(text: &str, out: Option<&Path>) -> Result<ExitCode> {
    let Some(path) = out else {
        print!("{}", qr::terminal(text)?);
        return Ok(ExitCode::SUCCESS);
    };
    let bytes = match path.extension().and_then(|extension| extension.to_str()) {
        Some("svg") => qr::svg(text)?.into_bytes(),
        Some("png") => qr::png(text, 8)?,
        _ => bail!("{}: the file must end in .svg or .png", path.display()),
    };
    std::fs::write(path, bytes).with_context(|| format!("{} can't be written", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints one JSON object, `valid` first to be read.
fn decode(text: &str) -> ExitCode {
    let (value, code) = match read(text) {
        Ok(value) => (value, ExitCode::SUCCESS),
        Err(why) => {
            let error = json!({
                "code": why.code(),
                "message": why.to_string(),
                "place": why.place().map(|place| place.to_string()),
            });
            (json!({ "valid": false, "error": error }), ExitCode::FAILURE)
        }
    };
    println!("{value:#}");
    code
}

fn read(text: &str) -> Result<Value, emvco::Error> {
    let code = emvco::decode(text)?;
    let initiation = match code.initiation {
        Some(Initiation::Static) => Some("static"),
        Some(Initiation::Dynamic) => Some("dynamic"),
        None => None,
    };
    let numeric = code.currency;
    let currency = kernel::Currency::from_numeric(numeric)
        .map_or_else(|_| format!("{numeric:03}"), |currency| currency.code().to_owned());
    Ok(json!({
        "valid": true,
        "presentation": "merchant",
        "initiation": initiation,
        "currency": currency,
        "amount": code.amount.as_ref().map(ToString::to_string),
        "merchant_name": code.name,
        "fields": emvco::fields(text)?.iter().map(field).collect::<Vec<_>>(),
    }))
}

fn field(field: &Field) -> Value {
    let mut value = json!({
        "tag": format!("{:02}", field.tag),
        "name": field.name,
        "value": field.value,
    });
    if !field.fields.is_empty() {
        value["fields"] = field.fields.iter().map(self::field).collect();
    }
    value
}
