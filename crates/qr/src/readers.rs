//! The two libraries that read codes, asked in one way.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::GrayImage;
use rqrr::{DeQRError, Point, PreparedImage};
use rxing::helpers::detect_multiple_in_luma_with_hints;
use rxing::{BarcodeFormat, DecodeHintValue, DecodeHints};

use crate::{Error, finders};

/// A code that was read. Sorted from top to bottom, then from left to right.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    /// Its upper left corner in thousandths of the picture: top, left.
    corner: (i32, i32),
    /// What it says.
    pub text: String,
}

impl Found {
    fn new(
        text: String,
        corners: impl Iterator<Item = (i32, i32)> + Clone,
        of: &GrayImage,
    ) -> Self {
        let part = |at: Option<i32>, of: u32| {
            at.unwrap_or_default() * 1000 / i32::try_from(of).unwrap_or(i32::MAX)
        };
        let left = part(corners.clone().map(|(x, _)| x).min(), of.width());
        let top = part(corners.map(|(_, y)| y).min(), of.height());
        Found { corner: (top, left), text }
    }
}

/// What `rxing` reads, on dark and on light ground.
pub(crate) fn by_rxing(image: &GrayImage) -> Result<Vec<Found>, Error> {
    let mut hints = DecodeHints::default()
        .with(DecodeHintValue::PossibleFormats([BarcodeFormat::QR_CODE].into()))
        .with(DecodeHintValue::TryHarder(true))
        .with(DecodeHintValue::AlsoInverted(true))
        // Left to itself it guesses, and takes some UTF-8 for Shift_JIS.
        .with(DecodeHintValue::CharacterSet("UTF-8".to_owned()));
    let (width, height) = image.dimensions();
    let levels = image.as_raw().clone();
    // It is large, and a picture that trips it up is a picture without a code.
    let read = catch_unwind(AssertUnwindSafe(|| {
        detect_multiple_in_luma_with_hints(levels, width, height, &mut hints)
    }));
    let Ok(Ok(read)) = read else { return Err(Error::NoCode) };
    let mut codes = Vec::new();
    for code in &read {
        let text = code.getText().to_owned();
        // Perhaps no UTF-8: `rqrr` is the stricter judge of that.
        if text.contains(char::REPLACEMENT_CHARACTER) {
            continue;
        }
        #[allow(clippy::cast_possible_truncation, reason = "places in a picture are small")]
        let corners = code.getPoints().iter().map(|point| (point.x as i32, point.y as i32));
        codes.push(Found::new(text, corners, image));
    }
    if codes.is_empty() { Err(Error::NoCode) } else { Ok(codes) }
}

/// What `rqrr` reads, on light ground or else on dark.
pub(crate) fn by_rqrr(image: &GrayImage) -> Result<Vec<Found>, Error> {
    let upright = rqrr_once(image, false);
    match upright {
        Ok(codes) => Ok(codes),
        Err(error) => rqrr_once(image, true).map_err(|other| error.or_rather(other)),
    }
}

fn rqrr_once(image: &GrayImage, inverted: bool) -> Result<Vec<Found>, Error> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let level = |x, y| level(image, x, y, inverted);
    let mut prepared = PreparedImage::prepare_from_greyscale(width, height, level);
    let mut codes = Vec::new();
    let mut worst = Error::NoCode;
    for grid in prepared.detect_grids() {
        match grid.decode() {
            Ok((_, text)) => {
                let corners = grid.bounds.iter().map(|&Point { x, y }| (x, y));
                codes.push(Found::new(text, corners, image));
            }
            Err(DeQRError::EncodingError) => worst = worst.or_rather(Error::NotText),
            Err(_) => worst = worst.or_rather(Error::Unreadable),
        }
    }
    if codes.is_empty() { Err(worst) } else { Ok(codes) }
}

/// How many corner patterns of codes a picture has, by the test by which `rqrr` takes them.
pub(crate) fn finders(image: &GrayImage, inverted: bool) -> usize {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let level = |x, y| level(image, x, y, inverted);
    let prepared = PreparedImage::prepare_from_greyscale(width, height, level);
    // The frame is even, so its corner tells the dark pixels from the light ones.
    let light = prepared.get_pixel_at(0, 0);
    let dark: Vec<bool> = (0..width * height)
        .map(|at| prepared.get_pixel_at(at % width, at / width) != light)
        .collect();
    finders::count(&dark, width)
}

/// The level of a place, with ink dark whichever the ground is.
fn level(image: &GrayImage, x: usize, y: usize, inverted: bool) -> u8 {
    let level = image.as_raw()[y * image.width() as usize + x];
    if inverted { 255 - level } else { level }
}
