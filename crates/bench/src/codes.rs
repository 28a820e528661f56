//! One-time codes of many phones, checked as a cell checks them before it decides.

use std::time::Instant;

use cell::{Codes, PhoneKeys, check_code};
use kernel::{CodeCheck, Timestamp};
use pay::CodeQuestion;
use pay::codes::{MACS, OneTimeCode, moment, step_of};
use serde_json::{Value, json};

use crate::machine::machine;
use crate::world::BenchError;

/// How much is checked.
#[derive(Clone, Debug)]
pub struct CodesOptions {
    /// Phones that show codes; their keys are derived before.
    pub phones: u32,
    /// Codes that are right, and as many that are guessed.
    pub codes: u64,
    /// How often; the median is reported.
    pub runs: usize,
}

impl Default for CodesOptions {
    fn default() -> Self {
        Self { phones: 50_000, codes: 1_000_000, runs: 5 }
    }
}

/// Measures how many codes one thread checks: right ones, and guesses, which are looked for at other
/// times, too.
///
/// # Errors
/// When a code is judged wrongly.
pub fn codes(options: &CodesOptions, mut progress: impl FnMut(&str)) -> Result<Value, BenchError> {
    let before = machine();
    let keys = PhoneKeys::new(&[7; 32]);
    let now = Timestamp::from_seconds(1_793_581_200);
    progress("deriving keys");
    let step = step_of(now);
    let right: Vec<_> =
        (0..options.phones.max(1)).map(|phone| keys.code(phone, phone + 1, step, 0)).collect();
    let runs = options.runs.max(1);
    let mut measure = |what: &str, off: u32, due: CodeCheck| -> Result<f64, BenchError> {
        let mut rates = Vec::new();
        for run in 1..=runs {
            progress(&format!("{what}, {run} of {runs}"));
            let began = Instant::now();
            for at in 0..options.codes {
                let code = right[at as usize % right.len()];
                let code = OneTimeCode { mac: (code.mac + off) % MACS, ..code };
                let (generation, moment) = (code.handle + 1, moment(code.slot, now));
                let found = check_code(&keys, &CodeQuestion { code, generation, moment });
                if found != due && (off == 0 || found == CodeCheck::Holds) {
                    return Err(BenchError::NotDone(format!("{code:?} was found {found:?}")));
                }
            }
            rates.push(options.codes as f64 / began.elapsed().as_secs_f64());
        }
        rates.sort_by(f64::total_cmp);
        Ok(rates[rates.len() / 2].round())
    };
    let good = measure("codes that are right", 0, CodeCheck::Holds)?;
    let guessed = measure("codes that are guessed", 1, CodeCheck::Wrong)?;
    Ok(json!({
        "codes_per_s": good,
        "guesses_per_s": guessed,
        "phones": options.phones,
        "codes": options.codes,
        "runs": runs,
        "machine": before.name,
        "other_load": before.other_load,
    }))
}

#[cfg(test)]
mod tests {
    #[test]
    fn few_codes_are_measured() {
        let options = super::CodesOptions { phones: 3, codes: 20, runs: 1 };
        let report = super::codes(&options, |_| ()).expect("each code is judged rightly");
        assert!(report["codes_per_s"].as_f64().is_some_and(|rate| rate > 0.0));
    }
}
