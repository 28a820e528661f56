//! A phone's camera: the photo of a page that hangs on a wall. The same page gives the same photo.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, Luma, imageops};

/// Width and height of the photo.
const SIZE: (u32, u32) = (1500, 1100);
/// How far away the camera stands, in heights of the page.
const AWAY: f64 = 2.2;
/// Degrees: the page turned in its plane, and the camera beside and below it.
const TURN: f64 = 7.0;
const YAW: f64 = 32.0;
const PITCH: f64 = 14.0;
/// How bright ink and paper come out in a shop's evening light.
const INK: f64 = 22.0;
const PAPER: f64 = 168.0;

/// Takes a picture of a page (PNG or JPEG) at a slant, and gives it as a JPEG.
///
/// # Panics
/// When the page is no picture.
pub fn at_a_slant(page: &[u8]) -> Vec<u8> {
    let page = image::load_from_memory(page).expect("a page is a picture").into_luma8();
    let wall = Wall::hung(&page);
    let mut photo = GrayImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        let seen: f64 = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]
            .map(|(right, down)| wall.seen(f64::from(x) + right, f64::from(y) + down))
            .iter()
            .sum();
        // The lamp hangs to the left.
        let shade = 1.0 - 0.3 * f64::from(x) / f64::from(SIZE.0);
        Luma([grey(seen / 4.0 * shade)])
    });
    photo = imageops::fast_blur(&photo, 0.7);
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for Luma([value]) in photo.pixels_mut() {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        *value = grey(f64::from(*value) + (f64::from((seed & 0xff) as u8) - 127.5) / 20.0);
    }
    let mut bytes = Cursor::new(Vec::new());
    let made = JpegEncoder::new_with_quality(&mut bytes, 78).encode_image(&photo);
    made.expect("a picture can be written to memory");
    bytes.into_inner()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn grey(light: f64) -> u8 {
    light.clamp(0.0, 255.0) as u8
}

/// The page, and how the camera stands to it.
struct Wall<'a> {
    page: &'a GrayImage,
    focal: f64,
    across: [f64; 3],
    down: [f64; 3],
}

impl<'a> Wall<'a> {
    fn hung(page: &'a GrayImage) -> Self {
        let (turn, yaw, pitch) = (TURN.to_radians(), YAW.to_radians(), PITCH.to_radians());
        let turned = |x: f64, y: f64| {
            let (x, y) = (turn.cos() * x - turn.sin() * y, turn.sin() * x + turn.cos() * y);
            let (x, z) = (yaw.cos() * x, yaw.sin() * x);
            [x, pitch.cos() * y - pitch.sin() * z, pitch.sin() * y + pitch.cos() * z]
        };
        let focal = f64::from(SIZE.1) * AWAY;
        Self { page, focal, across: turned(1.0, 0.0), down: turned(0.0, 1.0) }
    }

    /// How bright a place of the photo is.
    fn seen(&self, x: f64, y: f64) -> f64 {
        let (x, y) = (
            (x - f64::from(SIZE.0) / 2.0) / self.focal,
            (y - f64::from(SIZE.1) / 2.0) / self.focal,
        );
        // across·u + down·v + (0, 0, AWAY) lies on the ray (x, y, 1).
        let (a, b) = (self.across[0] - x * self.across[2], self.down[0] - x * self.down[2]);
        let (c, d) = (self.across[1] - y * self.across[2], self.down[1] - y * self.down[2]);
        let whole = a * d - b * c;
        let (u, v) = ((x * d - b * y) * AWAY / whole, (a * y - x * c) * AWAY / whole);
        let (width, height) = (f64::from(self.page.width()), f64::from(self.page.height()));
        let (column, row) = (u * height + width / 2.0, (v + 0.5) * height);
        if !(0.0..width).contains(&column) || !(0.0..height).contains(&row) {
            // Planks.
            return 70.0 + 18.0 * (column / 23.0).sin();
        }
        let paper = self.page.get_pixel(column as u32, row as u32).0[0];
        INK + (PAPER - INK) * f64::from(paper) / 255.0
    }
}
