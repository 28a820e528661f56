//! Draw, spoil as a camera would, and find again; and pictures that hold nothing.

use std::io::Cursor;

use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;
use qr::{Error, decode, png, svg, terminal};

/// A till's code, as long as ours become.
const TILL: &str = "00020101021226910010enishi.pay0102jp022301h2xcejqtf2nbrexx3vqjh032601h2xcejqtf\
2nbrexx3vqjhp4104101790000000520458125303392540432005802JP5920Sobadokoro Yamaboshi6005Tokyo6107104\
006162100706till 164180002JA0108そば処 山ぼうし63045324";

#[test]
fn a_png_is_found_at_any_scale() {
    for scale in [0, 1, 2, 3, 5, 8, 20, 21] {
        let picture = png(TILL, scale).unwrap();
        assert_eq!(decode(&picture).as_deref(), Ok(&[TILL.to_owned()][..]), "scale {scale}");
    }
}

#[test]
fn the_svg_draws_the_same_modules_as_the_png() {
    let drawing = svg(TILL).unwrap();
    let (image, width) = rasterise(&drawing);
    assert_eq!(image, open(&png(TILL, 1).unwrap()));
    assert!(drawing.contains(&format!("viewBox=\"0 0 {width} {width}\"")));
    assert!(!drawing.contains("style") && !drawing.contains("class"));
    let enlarged = imageops::resize(&image, width * 4, width * 4, FilterType::Nearest);
    assert_eq!(decode(&encode(enlarged, ImageFormat::Png)), Ok(vec![TILL.to_owned()]));
}

#[test]
fn the_terminal_draws_the_same_modules_as_the_png() {
    let lines = terminal(TILL).unwrap();
    let rows: Vec<Vec<char>> = lines.lines().map(|line| line.chars().collect()).collect();
    let expected = open(&png(TILL, 1).unwrap());
    assert_eq!(rows.len(), expected.height().div_ceil(2) as usize);
    for (x, y, &Luma([grey])) in expected.enumerate_pixels() {
        let block = rows[(y / 2) as usize][x as usize];
        let white = if y % 2 == 0 { "█▀" } else { "█▄" }.contains(block);
        assert_eq!(white, grey == 255, "{x} {y}");
    }
}

/// With a sign that readers put for what they can't read.
#[test]
fn a_dense_code_of_odd_letters_is_found() {
    let text = "𞸯�*w\\s/\\L{Ѩೞg<1/🕴@൶🫢M=𞗒3ቊ%0M\u{20d3}𐼲j}UcER🂱!s\u{e4a}芽\u{1e003}\u{113bc}ya🕴=n\u{f97}𑯰Ⱥꪚে:Ⱥ🡼<mn᠊K𐀽\u{1cf12}$;𖧶ዅ.\u{ae2}𐰞3AແѨy?%<B].Ⱥ🕴𛲗`('\\\"🕴𑎠𑲇{&%ஏT2=@13𐖮<𑜓b:פּx𐏔ⵛ𚿰¥𝓁🕴ල𐗣>\"¥4*𞹍𐿉ᰋ�Ѩ/ષ𛱴¥J%{74`¥.Jr𑊐Y\u{20d5}𐖚𑤉!{Ⱥ\u{1e01b}f⵰ໆꨝT𑤉<🕴*ⷙ<{'?𑒈⺃";
    assert_eq!(decode(&png(text, 4).unwrap()).as_deref(), Ok(&[text.to_owned()][..]));
}

#[test]
fn a_turned_or_mirrored_code_is_found() {
    let upright = open(&png(TILL, 4).unwrap());
    for (how, turned) in [
        ("quarter", imageops::rotate90(&upright)),
        ("half", imageops::rotate180(&upright)),
        ("three quarters", imageops::rotate270(&upright)),
        ("mirrored", imageops::flip_horizontal(&upright)),
        ("white on dark", {
            let mut inverted = upright.clone();
            imageops::invert(&mut inverted);
            inverted
        }),
        ("without its quiet zone", {
            let inner = upright.width() - 32;
            imageops::crop_imm(&upright, 16, 16, inner, inner).to_image()
        }),
    ] {
        let picture = encode(turned, ImageFormat::Png);
        assert_eq!(decode(&picture), Ok(vec![TILL.to_owned()]), "{how}");
    }
}

#[test]
fn a_photograph_is_read() {
    for (degrees, tilt) in [(0.0, 0.0), (7.0, 0.0), (-20.0, 0.0), (45.0, 0.0), (5.0, 0.0002)] {
        let photograph = photograph(&open(&png(TILL, 6).unwrap()), degrees, tilt);
        let picture = encode(photograph, ImageFormat::Jpeg);
        assert_eq!(decode(&picture), Ok(vec![TILL.to_owned()]), "{degrees}° tilted by {tilt}");
    }
}

#[test]
fn a_large_photograph_is_brought_down_first() {
    let code = open(&png(TILL, 10).unwrap());
    let mut page = GrayImage::from_pixel(4000, 3000, Luma([200]));
    imageops::replace(&mut page, &code, 2500, 1700);
    assert_eq!(decode(&encode(page, ImageFormat::Jpeg)), Ok(vec![TILL.to_owned()]));
}

#[test]
fn several_codes_are_told_from_top_to_bottom_and_each_once() {
    let mut page = GrayImage::from_pixel(900, 900, Luma([255]));
    for (text, x, y) in [("third", 500, 600), ("first", 550, 20), ("second", 30, 250)] {
        imageops::replace(&mut page, &open(&png(text, 6).unwrap()), x, y);
    }
    imageops::replace(&mut page, &open(&png("first", 6).unwrap()), 30, 650);
    let found = decode(&encode(page, ImageFormat::Png)).unwrap();
    assert_eq!(found, ["first", "second", "third"]);
}

#[test]
fn black_on_transparent_is_black_on_white() {
    let code = open(&png(TILL, 4).unwrap());
    let clear = RgbaImage::from_fn(code.width(), code.height(), |x, y| {
        Rgba([0, 0, 0, 255 - code.get_pixel(x, y).0[0]])
    });
    let picture = encode(clear, ImageFormat::Png);
    assert_eq!(decode(&picture), Ok(vec![TILL.to_owned()]));
}

#[test]
fn pictures_without_a_readable_code_are_refused_by_name() {
    let good = png(TILL, 4).unwrap();
    let blank = encode(GrayImage::from_pixel(300, 200, Luma([255])), ImageFormat::Png);
    let pixel = encode(GrayImage::from_pixel(1, 1, Luma([0])), ImageFormat::Png);
    let line = encode(GrayImage::from_pixel(3000, 1, Luma([0])), ImageFormat::Png);
    let mut scratched = open(&good);
    let part = scratched.width() * 2 / 5;
    imageops::replace(&mut scratched, &noise(part, part), part.into(), part.into());
    let rows: &[(&str, Vec<u8>, &str)] = &[
        ("nothing", vec![], "not_a_picture"),
        ("text", TILL.into(), "not_a_picture"),
        ("an SVG", svg(TILL).unwrap().into(), "not_a_picture"),
        ("a GIF", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), "not_a_picture"),
        ("a cut PNG", good[..good.len() / 2].to_vec(), "picture_damaged"),
        ("the head of a PNG", good[..20].to_vec(), "picture_damaged"),
        ("the head of a JPEG", vec![0xFF, 0xD8, 0xFF, 0xE0], "picture_damaged"),
        ("too many bytes", vec![0; qr::MAX_BYTES + 1], "picture_too_many_bytes"),
        ("too many pixels", png_head(5000, 4001), "picture_too_many_pixels"),
        (
            "the most a head can say",
            png_head(u32::MAX >> 1, u32::MAX >> 1),
            "picture_too_many_pixels",
        ),
        ("no pixels", png_head(0, 0), "picture_damaged"),
        ("a blank page", blank, "qr_not_found"),
        ("one pixel", pixel, "qr_not_found"),
        ("one line", line, "qr_not_found"),
        ("noise", encode(noise(400, 400), ImageFormat::Png), "qr_not_found"),
        ("a hundred finders", encode(finders(10), ImageFormat::Png), "qr_too_many"),
        ("a scratched code", encode(scratched, ImageFormat::Png), "qr_unreadable"),
    ];
    for (what, picture, expected) in rows {
        let error = decode(picture).unwrap_err();
        assert_eq!(error.code(), *expected, "{what}: {error}");
    }
}

#[test]
fn texts_that_cannot_be_drawn_are_refused() {
    assert_eq!(svg(""), Err(Error::NoText));
    assert_eq!(png("", 4), Err(Error::NoText));
    assert_eq!(terminal(&"店".repeat(1000)), Err(Error::TextTooLong { bytes: 3000 }));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 16,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_is_found_again(text in "\\PC{1,200}") {
        prop_assert_eq!(decode(&png(&text, 4).unwrap()), Ok(vec![text]));
    }

    #[test]
    fn damaged_bytes_make_no_panic(
        format in prop_oneof![Just(ImageFormat::Png), Just(ImageFormat::Jpeg)],
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut picture = encode(open(&png("x", 3).unwrap()), format);
        for (index, byte) in damage {
            let at = index.index(picture.len());
            picture[at] = byte;
        }
        let _ = decode(&picture);
    }

    #[test]
    fn scratched_codes_make_no_panic(
        scratches in prop::collection::vec((0..260i64, 0..260i64, 1..60u32, 1..60u32), 1..12),
    ) {
        let mut code = open(&png(TILL, 4).unwrap());
        for (x, y, width, height) in scratches {
            imageops::replace(&mut code, &noise(width, height), x, y);
        }
        if let Ok(texts) = decode(&encode(code, ImageFormat::Png)) {
            prop_assert_eq!(texts, [TILL]);
        }
    }
}

/// Turned by `degrees`, seen at an angle, on grey paper, with a shadow and grain.
fn photograph(code: &GrayImage, degrees: f64, tilt: f64) -> RgbImage {
    let side = f64::from(code.width());
    let (sin, cos) = degrees.to_radians().sin_cos();
    let mut grain = 1;
    RgbImage::from_fn(1200, 1000, |x, y| {
        let (dx, dy) = (f64::from(x) - 600.0, f64::from(y) - 500.0);
        let depth = 1.0 + tilt * dy;
        let (u, v) = ((dx * cos + dy * sin) / depth, (dy * cos - dx * sin) / depth);
        let (u, v) = (u + side / 2.0, v + side / 2.0);
        let inside = (0.0..side).contains(&u) && (0.0..side).contains(&v);
        let paper = if inside { code.get_pixel(u as u32, v as u32).0[0] } else { 255 };
        let light = 90.0 + f64::from(x) / 12.0;
        let noise = f64::from(next(&mut grain) % 24);
        let grey = (20.0 + f64::from(paper) / 255.0 * light + noise) as u8;
        Rgb([grey, grey, grey.saturating_sub(10)])
    })
}

/// A square of `side` by `side` finder patterns, which no code has.
fn finders(side: u32) -> GrayImage {
    GrayImage::from_fn(side * 30, side * 30, |x, y| {
        let from_centre = |at: u32| (at % 30 / 3).abs_diff(4);
        let ring = from_centre(x).max(from_centre(y));
        Luma([if matches!(ring, 0 | 1 | 3) { 0 } else { 255 }])
    })
}

fn noise(width: u32, height: u32) -> GrayImage {
    let mut seed = 7;
    GrayImage::from_fn(width, height, |_, _| Luma([(next(&mut seed) % 256) as u8]))
}

fn next(seed: &mut u32) -> u32 {
    *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    *seed >> 8
}

/// The beginning of a PNG that claims these sides.
fn png_head(width: u32, height: u32) -> Vec<u8> {
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes());
    chunk.extend(height.to_be_bytes());
    chunk.extend([8, 0, 0, 0, 0]);
    let crc = !chunk.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    });
    [
        &b"\x89PNG\r\n\x1a\n\0\0\0\x0d"[..],
        &chunk,
        &crc.to_be_bytes(),
        b"\0\0\0\0IDAT\x35\xaf\x06\x1e",
    ]
    .concat()
}

fn open(picture: &[u8]) -> GrayImage {
    image::load_from_memory(picture).expect("a picture").into_luma8()
}

fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).expect("a Vec takes everything");
    bytes.into_inner()
}

/// Draws what `svg` makes of it: a white ground and rows of `M x y h n v1 h -n z`.
fn rasterise(drawing: &str) -> (GrayImage, u32) {
    let between = |from: &str, to: &str| {
        let rest = drawing.split_once(from).expect(from).1;
        rest.split_once(to).expect(to).0
    };
    let width: u32 = between("<rect width=\"", "\"").parse().expect("a width");
    let mut image = GrayImage::from_pixel(width, width, Luma([255]));
    for run in between("d=\"M", "z\"").split("zM") {
        let (start, run) = run.split_once('h').expect("a run");
        let (x, y) = start.split_once(' ').expect("a start");
        let (x, y): (u32, u32) = (x.parse().expect("x"), y.parse().expect("y"));
        let (length, back) = run.split_once("v1h-").expect("one module high");
        assert_eq!(length, back);
        for dx in 0..length.parse().expect("a length") {
            image.put_pixel(x + dx, y, Luma([0]));
        }
    }
    (image, width)
}
