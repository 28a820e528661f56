//! From a picture to the texts of the codes on it.

use std::io::Cursor;

use image::imageops::{self, FilterType};
use image::{GrayImage, ImageError, ImageFormat, ImageReader, Limits, Luma};
use rqrr::{DeQRError, Point, PreparedImage};

use crate::{Error, finders};

/// Most bytes of a picture: 8 MB.
pub const MAX_BYTES: usize = 8_000_000;
/// Most pixels of a picture: 20 megapixels.
pub const MAX_PIXELS: u64 = 20_000_000;

/// Memory that the reader of an image format may ask for: four bytes a pixel, twice.
const MAX_ALLOCATION: u64 = 8 * MAX_PIXELS;
/// Longest sides at which codes are looked for, in the order of the attempts. A photograph's
/// noise vanishes in the first, a small code on a large page appears in the second.
const SIDES: [u32; 2] = [1000, 2000];
/// White put around the picture, since many are cut at the edge of the code.
const BORDER: u32 = 16;
/// Most finder patterns from which codes are put together, three to a code.
const MAX_FINDERS: usize = 48;

/// The texts of all codes on a PNG or JPEG, from top to bottom, each once.
///
/// # Errors
/// [`Error`]: the picture is too large, damaged or of another format; no code on it, or none
/// that can be read. If any is read, those that are not are passed over.
pub fn decode(picture: &[u8]) -> Result<Vec<String>, Error> {
    let grey = open(picture)?;
    let mut worst = Error::NoCode;
    for side in SIDES {
        let mut image = framed(&grey, side);
        for _ in ["dark on white", "white on dark"] {
            match find(&image) {
                Ok(texts) => return Ok(texts),
                Err(Error::NoCode) => {}
                Err(error) => worst = error,
            }
            imageops::invert(&mut image);
        }
        if grey.width().max(grey.height()) <= side {
            break;
        }
    }
    Err(worst)
}

/// Reads the picture as grey, what is transparent as white, after its size was judged.
fn open(picture: &[u8]) -> Result<GrayImage, Error> {
    if picture.len() > MAX_BYTES {
        return Err(Error::TooManyBytes { bytes: picture.len() });
    }
    let format = match image::guess_format(picture) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => format,
        _ => return Err(Error::NotAPicture),
    };
    let reader = || ImageReader::with_format(Cursor::new(picture), format);
    let (width, height) = reader().into_dimensions().map_err(refused)?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Error::TooManyPixels);
    }
    let mut reader = reader();
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOCATION);
    reader.limits(limits);
    let pixels = reader.decode().map_err(refused)?.into_luma_alpha8();
    Ok(GrayImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [grey, alpha] = pixels.get_pixel(x, y).0.map(u32::from);
        let on_white = (grey * alpha + 255 * (255 - alpha)) / 255;
        Luma([u8::try_from(on_white).expect("a mean of two bytes")])
    }))
}

fn refused(error: ImageError) -> Error {
    match error {
        ImageError::Limits(_) => Error::TooManyPixels,
        error => Error::DamagedPicture { reason: error.to_string() },
    }
}

/// The picture with its longest side brought down to `side`, in a white frame. Small pictures
/// are enlarged by whole factors: modules of a pixel or two are not found.
fn framed(grey: &GrayImage, side: u32) -> GrayImage {
    let longest = grey.width().max(grey.height());
    let scaled = if longest > side {
        let shrink = |length: u32| (length * side / longest).max(1);
        imageops::resize(grey, shrink(grey.width()), shrink(grey.height()), FilterType::Triangle)
    } else {
        let factor = (side / longest).clamp(1, 4);
        let (width, height) = (grey.width() * factor, grey.height() * factor);
        imageops::resize(grey, width, height, FilterType::Nearest)
    };
    let mut frame = GrayImage::from_pixel(
        scaled.width() + 2 * BORDER,
        scaled.height() + 2 * BORDER,
        Luma([255]),
    );
    imageops::replace(&mut frame, &scaled, i64::from(BORDER), i64::from(BORDER));
    frame
}

fn find(image: &GrayImage) -> Result<Vec<String>, Error> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let mut prepared =
        PreparedImage::prepare_from_greyscale(width, height, |x, y| image.as_raw()[y * width + x]);
    // The frame is light, so its corner tells the dark pixels from the light ones.
    let light = prepared.get_pixel_at(0, 0);
    let dark: Vec<bool> = (0..width * height)
        .map(|at| prepared.get_pixel_at(at % width, at / width) != light)
        .collect();
    match finders::count(&dark, width) {
        0..3 => return Err(Error::NoCode),
        3..=MAX_FINDERS => {}
        _ => return Err(Error::TooBusy),
    }
    let mut grids = prepared.detect_grids();
    grids.sort_by_key(|grid| top_left(&grid.bounds));
    let mut texts = Vec::new();
    let mut worst = Error::NoCode;
    for grid in &grids {
        match grid.decode() {
            Ok((_, text)) if texts.contains(&text) => {}
            Ok((_, text)) => texts.push(text),
            Err(DeQRError::EncodingError) => worst = Error::NotText,
            Err(_) => worst = Error::Unreadable,
        }
    }
    if texts.is_empty() { Err(worst) } else { Ok(texts) }
}

fn top_left(bounds: &[Point; 4]) -> (i32, i32) {
    let top = bounds.iter().map(|point| point.y).min().unwrap_or_default();
    let left = bounds.iter().map(|point| point.x).min().unwrap_or_default();
    (top, left)
}
