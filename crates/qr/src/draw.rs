//! The three pictures of a code.

use std::fmt::Write;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::Error;
use crate::matrix::Matrix;

/// Most pixels a module of [`png`] may measure.
pub const MAX_SCALE: u32 = 20;

/// A drawing without size of its own: it fills the box that the page gives it. Black on a white
/// ground of its own, so that a dark page changes nothing.
///
/// # Errors
/// [`Error::NoText`], [`Error::TextTooLong`].
pub fn svg(text: &str) -> Result<String, Error> {
    let matrix = Matrix::try_new(text)?;
    let width = matrix.width();
    let mut path = String::new();
    for y in 0..width {
        for (x, length) in matrix.runs(y) {
            write!(path, "M{x} {y}h{length}v1h-{length}z").expect("a String takes everything");
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {width}\" \
         shape-rendering=\"crispEdges\">\
         <rect width=\"{width}\" height=\"{width}\" fill=\"#fff\"/>\
         <path d=\"{path}\" fill=\"#000\"/></svg>"
    ))
}

/// A grey PNG, `scale` pixels to a module (1 to [`MAX_SCALE`]; other values are drawn as the
/// nearest of these).
///
/// # Errors
/// [`Error::NoText`], [`Error::TextTooLong`].
pub fn png(text: &str, scale: u32) -> Result<Vec<u8>, Error> {
    let matrix = Matrix::try_new(text)?;
    let scale = scale.clamp(1, MAX_SCALE) as usize;
    let width = matrix.width() * scale;
    let mut pixels = Vec::with_capacity(width * width);
    for y in 0..width {
        let row = (0..width).map(|x| matrix.is_dark(x / scale, y / scale));
        pixels.extend(row.map(|dark| if dark { 0 } else { 255 }));
    }
    let side = u32::try_from(width).expect("185 modules of 20 pixels at most");
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(&pixels, side, side, ExtendedColorType::L8)
        .expect("a Vec takes everything, and the pixels fill the sides");
    Ok(bytes)
}

/// Half blocks, two modules to a character. White is drawn and dark left out, for light letters
/// on a dark ground, as terminals mostly are.
///
/// # Errors
/// [`Error::NoText`], [`Error::TextTooLong`].
pub fn terminal(text: &str) -> Result<String, Error> {
    let matrix = Matrix::try_new(text)?;
    let mut lines = String::new();
    for y in (0..matrix.width()).step_by(2) {
        // Below the last row there is no white to draw: the width is always odd.
        let below_is_dark = |x| y + 1 == matrix.width() || matrix.is_dark(x, y + 1);
        lines.extend((0..matrix.width()).map(|x| match (matrix.is_dark(x, y), below_is_dark(x)) {
            (false, false) => '█',
            (false, true) => '▀',
            (true, false) => '▄',
            (true, true) => ' ',
        }));
        lines.push('\n');
    }
    Ok(lines)
}
