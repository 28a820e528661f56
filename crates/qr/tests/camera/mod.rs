//! A camera: pictures of posters as phones take them, made from the poster's own code. No chance
//! is in them: the same shot is the same picture.

#![allow(clippy::unwrap_used, dead_code, reason = "part of tests, and not each uses all of it")]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels are small")]

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, Luma, imageops};

/// How a picture is taken. Lengths are parts of the poster's code's own width.
#[derive(Clone, Debug)]
pub struct Shot {
    /// Width and height of the picture in pixels.
    pub size: (u32, u32),
    /// Where the codes' middles lie on the wall, and what they say.
    pub codes: Vec<(f64, f64, String)>,
    /// How many pixels of the picture a code measures across, seen from the front.
    pub across: f64,
    /// Degrees: turned in its plane, slanted to the side, slanted upwards.
    pub turn: f64,
    /// See `turn`.
    pub yaw: f64,
    /// See `turn`.
    pub pitch: f64,
    /// How bright black and white come out, 0 to 255.
    pub black: f64,
    /// See `black`.
    pub white: f64,
    /// How much of the light is lost from the left edge to the right, 0 to 1.
    pub shade: f64,
    /// Standard deviation of the sensor's noise.
    pub noise: f64,
    /// Standard deviation of the blur, in pixels.
    pub blur: f64,
    /// A lamp's reflection: middle on the wall, radius.
    pub glare: Option<(f64, f64, f64)>,
    /// A hand before it: left, top, right, bottom on the wall.
    pub cover: Option<(f64, f64, f64, f64)>,
    /// Quality of the JPEG.
    pub quality: u8,
}

impl Shot {
    /// One code, from the front, in good light.
    pub fn of(text: &str) -> Self {
        Shot {
            size: (1000, 750),
            codes: vec![(0.0, 0.0, text.to_owned())],
            across: 500.0,
            turn: 0.0,
            yaw: 0.0,
            pitch: 0.0,
            black: 25.0,
            white: 225.0,
            shade: 0.0,
            noise: 3.0,
            blur: 0.8,
            glare: None,
            cover: None,
            quality: 80,
        }
    }

    /// Takes it.
    pub fn jpeg(&self) -> Vec<u8> {
        let picture = self.take();
        let mut bytes = Cursor::new(Vec::new());
        JpegEncoder::new_with_quality(&mut bytes, self.quality).encode_image(&picture).unwrap();
        bytes.into_inner()
    }

    fn take(&self) -> GrayImage {
        let codes: Vec<(f64, f64, GrayImage)> =
            self.codes.iter().map(|(x, y, text)| (*x, *y, modules(text))).collect();
        let eye = Eye::of(self);
        let (width, height) = self.size;
        let mut sharp = GrayImage::from_fn(width, height, |x, y| {
            let mut sum = 0.0;
            for (right, down) in [(0.25, 0.25), (0.75, 0.75)] {
                let (u, v) = eye.wall(f64::from(x) + right, f64::from(y) + down);
                sum += self.seen(&codes, u, v);
            }
            let shade = 1.0 - self.shade * f64::from(x) / f64::from(width);
            Luma([(sum / 2.0 * shade).clamp(0.0, 255.0) as u8])
        });
        if self.blur > 0.0 {
            sharp = imageops::fast_blur(&sharp, self.blur as f32);
        }
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        for Luma([grey]) in sharp.pixels_mut() {
            let noise = self.noise * bell(&mut seed);
            *grey = (f64::from(*grey) + noise).clamp(0.0, 255.0) as u8;
        }
        sharp
    }

    /// How bright a place on the wall is.
    fn seen(&self, codes: &[(f64, f64, GrayImage)], u: f64, v: f64) -> f64 {
        if let Some((left, top, right, bottom)) = self.cover
            && (left..right).contains(&u)
            && (top..bottom).contains(&v)
        {
            return self.black + (self.white - self.black) * 0.45;
        }
        let mut paper = 1.0;
        // The wall beyond the poster is grey and has a grain; the poster has lines of text.
        if u.abs() > 2.2 || v.abs() > 2.2 {
            paper = 0.55 + 0.1 * ((u * 9.0).sin() * (v * 7.0).sin());
        } else if v > 0.75
            && (v * 12.0).fract() < 0.5
            && (u * 23.0 + (v * 12.0).floor()).sin() > 0.0
        {
            paper = 0.1;
        }
        for (x, y, modules) in codes {
            let side = f64::from(modules.width());
            let (col, row) = ((u - x + 0.5) * side, (v - y + 0.5) * side);
            if (0.0..side).contains(&col) && (0.0..side).contains(&row) {
                paper = f64::from(modules.get_pixel(col as u32, row as u32).0[0]) / 255.0;
            }
        }
        let mut light = self.black + (self.white - self.black) * paper;
        if let Some((x, y, radius)) = self.glare {
            let away = ((u - x).powi(2) + (v - y).powi(2)).sqrt() / radius;
            light += 255.0 * (1.0 - away).max(0.0);
        }
        light
    }
}

/// The modules of a code with its quiet zone, a pixel each.
fn modules(text: &str) -> GrayImage {
    image::load_from_memory(&qr::png(text, 1).unwrap()).unwrap().into_luma8()
}

/// Where the camera stands: two code widths and a half from the wall.
struct Eye {
    middle: (f64, f64),
    focal: f64,
    across: [f64; 3],
    down: [f64; 3],
}

const AWAY: f64 = 2.5;

impl Eye {
    fn of(shot: &Shot) -> Self {
        let (sin, cos) = shot.turn.to_radians().sin_cos();
        let (yaw_sin, yaw_cos) = shot.yaw.to_radians().sin_cos();
        let (pitch_sin, pitch_cos) = shot.pitch.to_radians().sin_cos();
        let turned = |x: f64, y: f64| {
            let (x, y) = (cos * x - sin * y, sin * x + cos * y);
            let (x, z) = (yaw_cos * x, yaw_sin * x);
            [x, pitch_cos * y - pitch_sin * z, pitch_sin * y + pitch_cos * z]
        };
        Eye {
            middle: (f64::from(shot.size.0) / 2.0, f64::from(shot.size.1) / 2.0),
            focal: shot.across * AWAY,
            across: turned(1.0, 0.0),
            down: turned(0.0, 1.0),
        }
    }

    /// The place on the wall that a place of the picture shows: a·u·across + a·v·down meets the
    /// ray through it.
    fn wall(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = ((x - self.middle.0) / self.focal, (y - self.middle.1) / self.focal);
        // across·u + down·v + (0, 0, AWAY) = t·(x, y, 1), two equations after t is put in.
        let (a, b) = (self.across[0] - x * self.across[2], self.down[0] - x * self.down[2]);
        let (c, d) = (self.across[1] - y * self.across[2], self.down[1] - y * self.down[2]);
        let whole = a * d - b * c;
        ((x * d - b * y) * AWAY / whole, (a * y - x * c) * AWAY / whole)
    }
}

/// Noise that is nearly normal: twelve dice.
fn bell(seed: &mut u64) -> f64 {
    let mut sum = 0.0;
    for _ in 0..4 {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        sum += [0, 16, 32].map(|at| (*seed >> at & 0xffff) as f64 / 65_536.0).iter().sum::<f64>();
    }
    sum - 6.0
}
