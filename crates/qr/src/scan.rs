//! From a picture to the texts of the codes on it.

use std::io::Cursor;

use image::imageops;
use image::{GrayImage, ImageError, ImageFormat, ImageReader, Limits, Luma};

use crate::readers::{self, Found};
use crate::{Error, ink};

/// Most bytes of a picture: 8 MB.
pub const MAX_BYTES: usize = 8_000_000;
/// Most pixels of a picture: 20 megapixels.
pub const MAX_PIXELS: u64 = 20_000_000;

/// Memory that the reader of an image format may ask for: four bytes a pixel, twice.
const MAX_ALLOCATION: u64 = 8 * MAX_PIXELS;
/// The attempts, until one reads something. Which ones, and in which order, was found with the
/// pictures of `tests/photographs.rs`.
const ATTEMPTS: [Attempt; 6] = [
    Attempt { side: 1000, smooth: 1, reader: Reader::Blurred },
    Attempt { side: 700, smooth: 0, reader: Reader::Blurred },
    Attempt { side: 1000, smooth: 0, reader: Reader::Slanted },
    Attempt { side: 1400, smooth: 2, reader: Reader::Blurred },
    Attempt { side: 2000, smooth: 0, reader: Reader::Blurred },
    // A dense code that was drawn and not photographed is clearest as it came.
    Attempt { side: AS_IT_CAME, smooth: 0, reader: Reader::Slanted },
];
/// The side of an attempt for which the picture is not scaled; large ones are not tried so.
const AS_IT_CAME: u32 = 0;
/// The longest side at which anything is tried.
const LARGEST: u32 = 2000;
/// How many times a small picture is enlarged at most: modules of a pixel or two are not found.
const MOST_ENLARGED: u32 = 4;
/// The side at which finder patterns are counted.
const COUNTED_AT: u32 = 1000;
/// White put around the picture.
const BORDER: u32 = 16;
/// Most finder patterns from which codes are put together, three to a code.
const MAX_FINDERS: usize = 48;

/// One way of looking at the picture.
struct Attempt {
    /// The longest side to which it is brought: noise vanishes in a small one, a small code
    /// appears in a large one.
    side: u32,
    /// Radius of the square over which noise is evened out, in pixels.
    smooth: u32,
    reader: Reader,
}

/// Who looks.
enum Reader {
    /// `rxing`: fast, and the better one on blurred, dark and small codes.
    Blurred,
    /// `rqrr`: the better one on codes seen from the side, and on strange grounds.
    Slanted,
}

/// The texts of all codes on a PNG or JPEG, from top to bottom, each once.
///
/// # Errors
/// [`Error`]: the picture is too large, damaged or of another format; no code on it, or none
/// that can be read. If any is read, those that are not are passed over.
pub fn decode(picture: &[u8]) -> Result<Vec<String>, Error> {
    let grey = ink::stretched(&open(picture)?);
    let even = framed(&grey, COUNTED_AT, 0);
    let [finders, inverted] = [false, true].map(|inverted| readers::finders(&even, inverted));
    if finders.max(inverted) > MAX_FINDERS {
        return Err(Error::TooBusy);
    }
    let mut found: Vec<Found> = Vec::new();
    // Grain and lettering may look like three corners, and are no code that can't be read.
    let mut worst = if matches!(finders, 1 | 2) { Error::Partial } else { Error::NoCode };
    let longest = grey.width().max(grey.height());
    for Attempt { side, smooth, reader } in &ATTEMPTS {
        let side = if *side == AS_IT_CAME { longest } else { *side };
        if side > LARGEST {
            continue;
        }
        let framed = framed(&grey, side, *smooth);
        let read = match reader {
            Reader::Blurred => readers::by_rxing(&framed),
            Reader::Slanted => readers::by_rqrr(&framed),
        };
        match read {
            Ok(codes) => {
                for code in codes {
                    if found.iter().all(|known| known.text != code.text) {
                        found.push(code);
                    }
                }
            }
            Err(error) => worst = worst.or_rather(error),
        }
        // Corners beyond those of the codes that were read belong to another one.
        if !found.is_empty() && finders < 3 * found.len() + 2 {
            break;
        }
    }
    found.sort();
    if found.is_empty() { Err(worst) } else { Ok(found.into_iter().map(|it| it.text).collect()) }
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

/// The picture with its longest side brought to `side`, in a white frame, since many are cut at
/// the edge of the code.
fn framed(grey: &GrayImage, side: u32, smooth: u32) -> GrayImage {
    let mut scaled = ink::scaled(grey, side, MOST_ENLARGED);
    if smooth > 0 {
        scaled = ink::smoothed(&scaled, smooth);
    }
    let (width, height) = (scaled.width() + 2 * BORDER, scaled.height() + 2 * BORDER);
    let mut frame = GrayImage::from_pixel(width, height, Luma([255]));
    imageops::replace(&mut frame, &scaled, i64::from(BORDER), i64::from(BORDER));
    frame
}
