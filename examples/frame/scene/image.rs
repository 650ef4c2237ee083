//! Pictures on the surface of things: decoded, brought to one size, and made smaller for the distance.

use std::io::Cursor;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// A picture of red, green, blue (sRGB) and opacity, eight bits each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texture {
    pub width: u32,
    pub height: u32,
    pub rgba: Vec<u8>,
}

impl Texture {
    /// The longest side that is kept, in pixels.
    pub const MAX_SIZE: u32 = 1024;

    /// The longest side that is read.
    const MAX_SOURCE: u32 = 16384;

    pub fn white() -> Self {
        Self { width: 1, height: 1, rgba: vec![255; 4] }
    }

    /// Makes a picture of `size` times `size` pixels; `color` gets places from 0 to 1, and gives sRGB.
    pub fn from_fn(size: u32, color: impl Fn(f32, f32) -> [f32; 3]) -> Self {
        let place = |i: u32| (i as f32 + 0.5) / size as f32;
        let pixel = |x, y| {
            let [r, g, b] = color(place(x), place(y)).map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8);
            [r, g, b, 255]
        };
        let rgba = (0..size).flat_map(|y| (0..size).map(move |x| (x, y))).flat_map(|(x, y)| pixel(x, y)).collect();
        Self { width: size, height: size, rgba }
    }

    /// Decodes a PNG or JPEG, told apart by their first bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        if bytes.starts_with(b"\x89PNG") {
            decode_png(bytes)
        } else if bytes.starts_with(b"\xff\xd8") {
            decode_jpeg(bytes)
        } else {
            Err("it is neither PNG nor JPEG; convert it to one of them".to_owned())
        }
    }

    pub fn longest_side(&self) -> u32 {
        self.width.max(self.height)
    }

    /// Makes it `size` pixels wide and high.
    pub fn resize(&mut self, size: u32) {
        while self.width >= size * 2 && self.height >= size * 2 {
            *self = self.half();
        }
        if (self.width, self.height) != (size, size) {
            *self = self.stretched(size);
        }
    }

    /// Returns the picture and each smaller one, down to a single pixel.
    pub fn mips(&self) -> Vec<Vec<u8>> {
        let next = |level: &Self| (level.longest_side() > 1).then(|| level.half());
        std::iter::successors(Some(self.clone()), next).map(|level| level.rgba).collect()
    }

    /// Returns it at half the size, each pixel the mean of four in linear light.
    fn half(&self) -> Self {
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        let mut rgba = Vec::with_capacity((width * height * 4) as usize);
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let corners = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| self.pixel(x * 2 + dx, y * 2 + dy));
            rgba.extend(std::array::from_fn::<u8, 4, _>(|c| {
                let sum: f32 = corners.iter().map(|corner| linear(corner[c], c)).sum();
                encoded(sum / 4.0, c)
            }));
        }
        Self { width, height, rgba }
    }

    fn stretched(&self, size: u32) -> Self {
        let from = |i: u32, len: u32| ((i as f32 + 0.5) / size as f32 * len as f32 - 0.5).max(0.0);
        let mut rgba = Vec::with_capacity((size * size * 4) as usize);
        for (y, x) in (0..size).flat_map(|y| (0..size).map(move |x| (y, x))) {
            let (fx, fy) = (from(x, self.width), from(y, self.height));
            let (x, y) = (fx as u32, fy as u32);
            let corners = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| self.pixel(x + dx, y + dy));
            rgba.extend(std::array::from_fn::<u8, 4, _>(|c| {
                let [a, b, d, e] = corners.map(|corner| linear(corner[c], c));
                let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
                encoded(mix(mix(a, b, fx.fract()), mix(d, e, fx.fract()), fy.fract()), c)
            }));
        }
        Self { width: size, height: size, rgba }
    }

    /// Returns the pixel at a place; past the edge, the one at the edge.
    fn pixel(&self, x: u32, y: u32) -> &[u8] {
        let (x, y) = (x.min(self.width - 1) as usize, y.min(self.height - 1) as usize);
        let start = (y * self.width as usize + x) * 4;
        &self.rgba[start..start + 4]
    }
}

/// Returns the light of an sRGB value; opacity, channel 3, is linear already.
fn linear(value: u8, channel: usize) -> f32 {
    static LIGHT: std::sync::LazyLock<[f32; 256]> =
        std::sync::LazyLock::new(|| std::array::from_fn(|value| to_linear(value as f32 / 255.0)));
    if channel == 3 { f32::from(value) / 255.0 } else { LIGHT[usize::from(value)] }
}

fn encoded(light: f32, channel: usize) -> u8 {
    let value = if channel == 3 { light } else { to_srgb(light) };
    (value * 255.0).round() as u8
}

/// The transfer function of sRGB, IEC 61966-2-1.
pub fn to_linear(value: f32) -> f32 {
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn to_srgb(light: f32) -> f32 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

fn decode_png(bytes: &[u8]) -> Result<Texture, String> {
    let broken = |error: png::DecodingError| format!("it is a broken PNG ({error}); convert it again");
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    // Palettes and small depths become eight bits, and a transparent colour becomes opacity.
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(broken)?;
    let (width, height) = (reader.info().width, reader.info().height);
    check_size(width, height)?;
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("it is too large")?];
    let info = reader.next_frame(&mut pixels).map_err(broken)?;
    let pixels = &pixels[..info.buffer_size()];
    let rgba = match info.color_type {
        png::ColorType::Rgba => pixels.to_vec(),
        png::ColorType::Rgb => pixels.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect(),
        png::ColorType::GrayscaleAlpha => pixels.chunks_exact(2).flat_map(|p| [p[0], p[0], p[0], p[1]]).collect(),
        png::ColorType::Grayscale => pixels.iter().flat_map(|&p| [p, p, p, 255]).collect(),
        png::ColorType::Indexed => return Err("its palette cannot be read; convert it again".to_owned()),
    };
    Ok(Texture { width, height, rgba })
}

fn decode_jpeg(bytes: &[u8]) -> Result<Texture, String> {
    let broken = |error| format!("it is a broken JPEG ({error}); convert it again");
    let limit = Texture::MAX_SOURCE as usize;
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::RGBA)
        .set_max_width(limit)
        .set_max_height(limit)
        .set_strict_mode(true);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    let rgba = decoder.decode().map_err(broken)?;
    let info = decoder.info().ok_or("it is a JPEG without a size; convert it again")?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    check_size(width, height)?;
    Ok(Texture { width, height, rgba })
}

fn check_size(width: u32, height: u32) -> Result<(), String> {
    let limit = Texture::MAX_SOURCE;
    if width == 0 || height == 0 || width > limit || height > limit {
        return Err(format!("it is {width}x{height} pixels; make it {limit}x{limit} at most"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(color: png::ColorType, depth: png::BitDepth, palette: Option<&[u8]>, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if let Some(palette) = palette {
            encoder.set_palette(palette.to_vec());
            encoder.set_trns(vec![255, 128]);
        }
        encoder.write_header().and_then(|mut writer| writer.write_image_data(data)).expect("it is a valid picture");
        bytes
    }

    #[test]
    fn every_kind_of_png_becomes_rgba() {
        use png::{BitDepth, ColorType};
        let cases: [(Vec<u8>, [u8; 8]); 7] = [
            (png(ColorType::Rgba, BitDepth::Eight, None, &[1, 2, 3, 4, 5, 6, 7, 8]), [1, 2, 3, 4, 5, 6, 7, 8]),
            (png(ColorType::Rgb, BitDepth::Eight, None, &[1, 2, 3, 4, 5, 6]), [1, 2, 3, 255, 4, 5, 6, 255]),
            (png(ColorType::Grayscale, BitDepth::Eight, None, &[9, 8]), [9, 9, 9, 255, 8, 8, 8, 255]),
            (png(ColorType::Grayscale, BitDepth::One, None, &[0b1000_0000]), [255, 255, 255, 255, 0, 0, 0, 255]),
            (png(ColorType::GrayscaleAlpha, BitDepth::Eight, None, &[9, 1, 8, 2]), [9, 9, 9, 1, 8, 8, 8, 2]),
            (png(ColorType::Grayscale, BitDepth::Sixteen, None, &[9, 77, 8, 77]), [9, 9, 9, 255, 8, 8, 8, 255]),
            (
                png(ColorType::Indexed, BitDepth::Eight, Some(&[1, 2, 3, 4, 5, 6]), &[1, 0]),
                [4, 5, 6, 128, 1, 2, 3, 255],
            ),
        ];
        for (i, (bytes, rgba)) in cases.iter().enumerate() {
            let texture = Texture::decode(bytes).expect("it is a valid picture");
            assert_eq!((texture.width, texture.height, texture.rgba.as_slice()), (2, 1, &rgba[..]), "case {i}");
        }
    }

    #[test]
    fn what_is_no_picture_is_an_error() {
        for bytes in [&b"GIF89a"[..], b"\x89PNG\r\n\x1a\nbroken", b"\xff\xd8\xff\xe0broken", b""] {
            assert!(Texture::decode(bytes).is_err(), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn every_size_becomes_the_one_asked_for() {
        for (width, height) in [(1, 1), (3, 5), (16, 16), (64, 32), (100, 7)] {
            let mut texture = Texture { width, height, rgba: [10, 200, 30, 90].repeat((width * height) as usize) };
            texture.resize(16);
            assert_eq!((texture.width, texture.height), (16, 16));
            assert_eq!(texture.rgba, [10, 200, 30, 90].repeat(256), "one colour stays one colour");
        }
    }

    #[test]
    fn mips_end_at_one_pixel() {
        let texture = Texture::from_fn(8, |x, _| if x < 0.5 { [0.0; 3] } else { [1.0; 3] });
        let levels = texture.mips();
        assert_eq!(levels.iter().map(Vec::len).collect::<Vec<_>>(), [64 * 4, 16 * 4, 4 * 4, 4]);
        // Half black and half white is half the light: 188 in sRGB.
        assert_eq!(levels[3], [188, 188, 188, 255]);
    }
}
