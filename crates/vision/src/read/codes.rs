//! Barcodes and QR codes, in grayscale: straight from the camera's luma plane where there is one.

use hawker_av::{PixelFormat, Rect, VideoFrame};
use rxing::{BarcodeFormat, DecodeHints, helpers::detect_in_luma_with_hints};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::pixels;

/// Longer side of the picture a code is looked for in: the narrowest bar of an EAN held to a camera is two pixels then.
const SIDE: f32 = 1000.0;

/// The longest text a code is believed to hold; a QR code can hold thousands of characters, none of which name a product.
const LONGEST: usize = 200;

/// Not UPC-E: it comes as eight digits that are a shortened number, and another product may have them as its EAN-8.
const FORMATS: [BarcodeFormat; 5] = [
    BarcodeFormat::EAN_13,
    BarcodeFormat::EAN_8,
    BarcodeFormat::UPC_A,
    BarcodeFormat::CODE_128,
    BarcodeFormat::QR_CODE,
];

/// What the code in the part `rect` of a frame holds; empty where there is none that can be read.
pub fn read(frame: &VideoFrame, rect: Rect) -> Vec<String> {
    let scale = (SIDE / rect.width.max(rect.height)).min(1.0);
    let (width, height) = ((rect.width * scale).round() as usize, (rect.height * scale).round() as usize);
    if width < 8 || height < 8 {
        return Vec::new();
    }
    let luma = luma(frame, rect, width, height);
    let mut hints =
        DecodeHints { PossibleFormats: Some(HashSet::from(FORMATS)), TryHarder: Some(true), ..DecodeHints::default() };
    // Most pictures hold no code; that is no failure. Nor is a picture the decoder trips over: anybody can hold one up.
    let found = catch_unwind(AssertUnwindSafe(|| {
        detect_in_luma_with_hints(luma, width as u32, height as u32, None, &mut hints)
    }));
    found.ok().and_then(Result::ok).map(|code| code.getText().chars().take(LONGEST).collect()).into_iter().collect()
}

fn luma(frame: &VideoFrame, rect: Rect, width: usize, height: usize) -> Vec<u8> {
    let luma = match frame.format {
        PixelFormat::I420 | PixelFormat::Nv12 => pixels::luma(frame, rect, width, height),
        PixelFormat::Rgb => pixels::crop(frame, rect, width, height).luma(),
    };
    luma.into_iter().map(|value| value.round() as u8).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_av::Plane;
    use std::sync::Arc;

    const LEFT_ODD: [&str; 10] =
        ["0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011"];
    /// Which of the six left digits are even, for each first digit.
    const FIRST: [&str; 10] =
        ["000000", "001011", "001101", "001110", "010011", "011001", "011100", "010101", "010110", "011010"];

    /// The bars of an EAN-13. Source: GS1 General Specifications, section 5.2.
    fn bars(digits: &str) -> Vec<bool> {
        let digits: Vec<usize> = digits.bytes().map(|digit| usize::from(digit - b'0')).collect();
        let inverse = |bars: &str| bars.chars().map(|bar| if bar == '0' { '1' } else { '0' }).collect::<String>();
        let mut bars = "101".to_owned();
        for (digit, even) in digits[1..7].iter().zip(FIRST[digits[0]].chars()) {
            let odd = LEFT_ODD[*digit];
            bars += &if even == '1' { inverse(odd).chars().rev().collect() } else { odd.to_owned() };
        }
        bars += "01010";
        digits[7..].iter().for_each(|digit| bars += &inverse(LEFT_ODD[*digit]));
        (bars + "101").chars().map(|bar| bar == '1').collect()
    }

    /// A gray picture as a camera's NV12, with padded rows.
    fn camera(width: usize, height: usize, luma: impl Fn(usize, usize) -> u8) -> VideoFrame {
        let stride = width + 16;
        let mut data = vec![0; stride * height];
        for y in 0..height {
            (0..width).for_each(|x| data[y * stride + x] = luma(x, y));
        }
        let offset = data.len();
        data.extend(vec![128; stride * height.div_ceil(2)]);
        let planes = vec![Plane { offset: 0, stride }, Plane { offset, stride }];
        VideoFrame::new(PixelFormat::Nv12, (width as u32, height as u32), data.into(), planes, Arc::from("c")).unwrap()
    }

    fn whole(frame: &VideoFrame) -> Rect {
        Rect::new(0.0, 0.0, frame.width as f32, frame.height as f32)
    }

    #[test]
    fn a_barcode_is_read_from_the_cameras_own_luma_in_any_quarter_turn() {
        let bars = bars("2001001001018");
        let shade = |along: usize, across: usize| {
            let bar = along.checked_sub(60).and_then(|x| bars.get(x / 3)).copied().unwrap_or(false);
            if bar && (40..160).contains(&across) { 40 } else { 210 }
        };
        let lying = camera(400, 200, shade);
        assert_eq!(read(&lying, whole(&lying)), ["2001001001018"]);
        let standing = camera(200, 400, |x, y| shade(y, x));
        assert_eq!(read(&standing, whole(&standing)), ["2001001001018"]);
        let elsewhere = Rect::new(250.0, 150.0, 150.0, 50.0);
        assert!(read(&lying, elsewhere).is_empty(), "only in the part that is asked for");
    }

    #[test]
    fn a_qr_code_is_read_as_text() {
        let picture = image::load_from_memory(include_bytes!("../../tests/words/qr.png")).unwrap().to_rgb8();
        let frame = VideoFrame::rgb(picture.width(), picture.height(), picture.into_raw().into()).unwrap();
        assert_eq!(read(&frame, whole(&frame)), ["https://shop.example/01/02001001001018"]);
    }

    #[test]
    fn a_picture_without_a_code_and_one_of_nothing_give_none() {
        let noise = camera(200, 120, |x, y| ((x * 7919 + y * 104_729) % 251) as u8);
        assert!(read(&noise, whole(&noise)).is_empty());
        assert!(read(&noise, Rect::new(0.0, 0.0, 3.0, 3.0)).is_empty());
    }
}
