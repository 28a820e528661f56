//! Why a code could not be drawn or found.

use crate::scan::{MAX_BYTES, MAX_PIXELS};

/// Why a text could not be drawn, or a picture not be read. [`Error::code`] is for programs and
/// message files, `Display` for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// More than the largest QR code holds.
    #[error("the text has {bytes} bytes, more than a QR code holds; shorten it")]
    TextTooLong {
        /// Bytes of UTF-8.
        bytes: usize,
    },
    /// An empty text.
    #[error("there is no text to draw; give one")]
    NoText,
    /// The file is too big.
    #[error("the picture has {bytes} bytes, {MAX_BYTES} are allowed; send a smaller one")]
    TooManyBytes {
        /// Bytes found.
        bytes: usize,
    },
    /// The picture has more than [`MAX_PIXELS`], or takes too much memory to read.
    #[error("the picture has more than {MAX_PIXELS} pixels; send a smaller one")]
    TooManyPixels,
    /// Neither PNG nor JPEG.
    #[error("this is no picture in PNG or JPEG; save it in one of these and try again")]
    NotAPicture,
    /// PNG or JPEG by its beginning, but it cannot be read to the end.
    #[error("the picture is damaged or cut ({reason}); save or send it again")]
    DamagedPicture {
        /// In the words of the reader of that format.
        reason: String,
    },
    /// Nothing that looks like a QR code.
    #[error("no QR code was found; photograph it from nearer, whole and without glare")]
    NoCode,
    /// One or two of the three corner patterns of a QR code.
    #[error("only a part of a QR code is seen; photograph all of it, with nothing over it")]
    Partial,
    /// More patterns that begin a QR code than are worth trying.
    #[error("there are too many codes on the picture; photograph one by itself")]
    TooBusy,
    /// Something that looks like a QR code but cannot be read.
    #[error("there is a QR code, but it cannot be read; photograph it sharper and from the front")]
    Unreadable,
    /// A QR code whose content is no UTF-8 text.
    #[error("the QR code holds no text but other data; scan the shop's payment code")]
    NotText,
}

impl Error {
    /// The stable name of this case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Error::TextTooLong { .. } => "qr_text_too_long",
            Error::NoText => "qr_no_text",
            Error::TooManyBytes { .. } => "picture_too_many_bytes",
            Error::TooManyPixels => "picture_too_many_pixels",
            Error::NotAPicture => "not_a_picture",
            Error::DamagedPicture { .. } => "picture_damaged",
            Error::NoCode => "qr_not_found",
            Error::Partial => "qr_partial",
            Error::TooBusy => "qr_too_many",
            Error::Unreadable => "qr_unreadable",
            Error::NotText => "qr_not_text",
        }
    }

    /// Of two that different looks at a picture found, the one that says more about it.
    pub(crate) fn or_rather(self, other: Self) -> Self {
        let says = |error: &Self| match error {
            Error::NoCode => 0,
            Error::Partial => 1,
            Error::TooBusy => 2,
            Error::Unreadable => 3,
            _ => 4,
        };
        if says(&other) > says(&self) { other } else { self }
    }
}
