//! From a text to the modules of its code.

use qrcode::bits::Bits;
use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode, Version};

use crate::Error;

/// Modules of white on each side, as the standard asks for.
const QUIET: usize = 4;

/// The dark modules of a code, quiet zone included.
pub(crate) struct Matrix {
    dark: Vec<bool>,
    code_width: usize,
}

impl Matrix {
    pub fn try_new(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(Error::NoText);
        }
        let too_long = || Error::TextTooLong { bytes: text.len() };
        let code = [EcLevel::M, EcLevel::L].into_iter().find_map(|level| smallest(text, level));
        let code = code.ok_or_else(too_long)?;
        let code_width = code.width();
        let dark = code.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Matrix { dark, code_width })
    }

    /// Modules on a side, quiet zone included.
    pub fn width(&self) -> usize {
        self.code_width + 2 * QUIET
    }

    /// White outside of the code, however far.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|&at| at < self.code_width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.dark[y * self.code_width + x],
            _ => false,
        }
    }

    /// The runs of dark modules of one row, as start and length.
    pub fn runs(&self, y: usize) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for x in (0..self.width()).filter(|&x| self.is_dark(x, y)) {
            match runs.last_mut() {
                Some((start, length)) if *start + *length == x => *length += 1,
                _ => runs.push((x, 1)),
            }
        }
        runs
    }
}

/// The smallest code that holds `text` at this level.
fn smallest(text: &str, level: EcLevel) -> Option<QrCode> {
    let bits = (1..=40).find_map(|version| fill(text, Version::Normal(version), level).ok())?;
    QrCode::with_bits(bits, level).ok()
}

/// ASCII is packed as it packs best. The rest goes as bytes: left to itself, the packer takes
/// pairs of UTF-8 bytes that look like Shift_JIS for Kanji.
fn fill(text: &str, version: Version, level: EcLevel) -> Result<Bits, QrError> {
    let mut bits = Bits::new(version);
    for run in text.as_bytes().chunk_by(|a, b| a.is_ascii() == b.is_ascii()) {
        if run[0].is_ascii() {
            bits.push_optimal_data(run)?;
        } else {
            bits.push_byte_data(run)?;
        }
    }
    bits.push_terminator(level)?;
    Ok(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_beyond_ascii_is_never_packed_as_kanji() {
        // As UTF-8, these bytes are pairs of Shift_JIS as well: the packer's own choice is
        // smaller, and read as other characters.
        let text = "恁".repeat(60);
        let packed = QrCode::with_error_correction_level(&text, EcLevel::M).unwrap();
        let ours = Matrix::try_new(&text).unwrap();
        assert!(ours.code_width > packed.width(), "{} {}", ours.code_width, packed.width());
    }

    #[test]
    fn digits_are_packed_as_digits() {
        let digits = "0123456789".repeat(8);
        let letters = "abcdefghij".repeat(8);
        let width = |text: &str| Matrix::try_new(text).unwrap().code_width;
        assert!(width(&digits) < width(&letters));
    }

    #[test]
    fn a_text_too_long_for_level_m_falls_back_to_l() {
        // Bytes that the largest code holds: 2331 at M, 2953 at L.
        let too_long = Err(Error::TextTooLong { bytes: 2954 });
        for (bytes, expected) in
            [(2331, Ok(177)), (2332, Ok(161)), (2953, Ok(177)), (2954, too_long)]
        {
            let made = Matrix::try_new(&"x".repeat(bytes)).map(|matrix| matrix.code_width);
            assert_eq!(made, expected);
        }
    }

    #[test]
    fn four_white_modules_surround_the_code() {
        let matrix = Matrix::try_new("x").unwrap();
        let width = matrix.width();
        assert_eq!(width, 21 + 8);
        let at_edge = |at: usize| at < 4 || at >= width - 4;
        for (x, y) in (0..width * width).map(|at| (at % width, at / width)) {
            assert!(!matrix.is_dark(x, y) || !(at_edge(x) || at_edge(y)), "{x} {y}");
        }
        assert_eq!(matrix.runs(4)[0], (4, 7), "the finder's upper edge");
    }
}
