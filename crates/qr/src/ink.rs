//! Making ink dark and paper light before a picture is read: what was taken in the dark has few
//! levels and much noise.

use image::{GrayImage, Luma, imageops};

/// The picture with its darkest and brightest hundredth brought to black and white.
pub(crate) fn stretched(grey: &GrayImage) -> GrayImage {
    let mut counts = [0_usize; 256];
    for &level in grey.as_raw() {
        counts[usize::from(level)] += 1;
    }
    let hundredth = grey.as_raw().len() / 100;
    let level_at = |mut levels: Box<dyn Iterator<Item = usize>>| {
        let mut seen = 0;
        levels.find(|&level| {
            seen += counts[level];
            seen > hundredth
        })
    };
    let low = level_at(Box::new(0..256)).unwrap_or(0);
    let high = level_at(Box::new((0..256).rev())).unwrap_or(255);
    let span = high.saturating_sub(low).max(1);
    let brought: Vec<u8> = (0..256_usize)
        .map(|level| {
            let level = level.saturating_sub(low).min(span) * 255 / span;
            u8::try_from(level).expect("at most 255")
        })
        .collect();
    let mut image = grey.clone();
    for Luma([level]) in image.pixels_mut() {
        *level = brought[usize::from(*level)];
    }
    image
}

/// Each pixel as the mean of the square around it: noise goes, and so do modules of its size.
pub(crate) fn smoothed(grey: &GrayImage, radius: u32) -> GrayImage {
    let means = Means::of(grey);
    GrayImage::from_fn(grey.width(), grey.height(), |x, y| Luma([means.around(x, y, radius)]))
}

/// A picture brought to its longest side, smoothly.
pub(crate) fn scaled(grey: &GrayImage, side: u32, most: u32) -> GrayImage {
    let longest = grey.width().max(grey.height());
    let side = side.min(longest * most);
    let to = |length: u32| {
        let length = u64::from(length) * u64::from(side) / u64::from(longest);
        u32::try_from(length).expect("no longer than the side").max(1)
    };
    if longest == side {
        return grey.clone();
    }
    imageops::resize(grey, to(grey.width()), to(grey.height()), imageops::FilterType::Triangle)
}

/// Sums of all pixels above and to the left of each corner.
struct Means {
    sums: Vec<u32>,
    width: usize,
    height: usize,
}

impl Means {
    fn of(grey: &GrayImage) -> Self {
        let (width, height) = (grey.width() as usize, grey.height() as usize);
        // 20 megapixels of 255 do not fit 32 bits, but differences of wrapped sums do.
        let mut sums = vec![0_u32; (width + 1) * (height + 1)];
        for (y, row) in grey.as_raw().chunks_exact(width).enumerate() {
            let mut sum = 0_u32;
            for (x, &level) in row.iter().enumerate() {
                sum = sum.wrapping_add(u32::from(level));
                let above = sums[y * (width + 1) + x + 1];
                sums[(y + 1) * (width + 1) + x + 1] = above.wrapping_add(sum);
            }
        }
        Means { sums, width, height }
    }

    fn around(&self, x: u32, y: u32, radius: u32) -> u8 {
        let (x, y, radius) = (x as usize, y as usize, radius as usize);
        let (left, right) = (x.saturating_sub(radius), (x + radius + 1).min(self.width));
        let (top, bottom) = (y.saturating_sub(radius), (y + radius + 1).min(self.height));
        let at = |x: usize, y: usize| self.sums[y * (self.width + 1) + x];
        let sum = at(right, bottom)
            .wrapping_sub(at(left, bottom))
            .wrapping_sub(at(right, top))
            .wrapping_add(at(left, top));
        let count = u32::try_from((right - left) * (bottom - top)).unwrap_or(u32::MAX);
        u8::try_from(sum / count).unwrap_or(255)
    }
}
