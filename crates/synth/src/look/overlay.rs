//! The truth drawn over a photo: regions, corners, fields and the face.

use image::{Rgb, RgbImage};
use imageproc::drawing::{
    draw_filled_circle_mut, draw_filled_rect_mut, draw_hollow_rect_mut, draw_line_segment_mut, draw_text_mut,
};
use imageproc::rect::Rect;
use retake_label::{Category, FieldTruth, Record, Region, State};

use super::FONT;
use crate::Result;

/// A colour per category, repeated where there are more categories (Okabe and Ito 2008: told apart by the
/// colour-blind as well).
pub const CATEGORY_COLORS: [[u8; 3]; 7] = [
    [86, 180, 233],
    [230, 159, 0],
    [204, 121, 167],
    [0, 158, 115],
    [240, 228, 66],
    [213, 94, 0],
    [0, 114, 178],
];

const LEGIBLE: Rgb<u8> = Rgb([60, 200, 90]);
const ILLEGIBLE: Rgb<u8> = Rgb([230, 50, 50]);
const CARD: Rgb<u8> = Rgb([255, 255, 255]);
const FACE: Rgb<u8> = Rgb([120, 120, 255]);

fn color(category: Category) -> Rgb<u8> {
    let i = Category::ALL.iter().position(|c| *c == category).unwrap_or(0);
    Rgb(CATEGORY_COLORS[i % CATEGORY_COLORS.len()])
}

/// Draws the truth over its photo: regions tinted, card corners, fields (green legible, red not), the face,
/// and a line per category that is not absent.
///
/// # Errors
/// [`crate::Error::Label`] when a region's mask is broken.
pub fn draw_truth(picture: &mut RgbImage, record: &Record) -> Result<()> {
    for region in &record.regions {
        tint(picture, region)?;
    }
    outline(picture, &record.corners, CARD);
    for field in &record.fields {
        draw_field(picture, field);
    }
    if let [x, y, w, h] = record.face[..] {
        outline(picture, &[[x, y], [x + w, y], [x + w, y + h], [x, y + h]], FACE);
    }
    legend(picture, record);
    Ok(())
}

fn tint(picture: &mut RgbImage, region: &Region) -> Result<()> {
    let mask = region.rle.to_mask()?;
    let Rgb(tint) = color(region.category);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        // Hatched, so that what is under it can still be seen.
        if mask.get(x, y) && (x + y) % 6 < 3 {
            for (value, tint) in pixel.0.iter_mut().zip(tint) {
                *value = ((u16::from(*value) * 2 + u16::from(tint)) / 3) as u8;
            }
        }
    }
    let b = region.bbox;
    if b.w >= 1.0 && b.h >= 1.0 {
        let rect = Rect::at(b.x as i32, b.y as i32).of_size(b.w as u32, b.h as u32);
        draw_hollow_rect_mut(picture, rect, color(region.category));
    }
    Ok(())
}

fn outline(picture: &mut RgbImage, points: &[[f64; 2]], color: Rgb<u8>) {
    for (a, b) in points.iter().zip(points.iter().cycle().skip(1)) {
        for offset in [0.0, 1.0] {
            let end = |p: &[f64; 2]| (p[0] as f32 + offset, p[1] as f32);
            draw_line_segment_mut(picture, end(a), end(b), color);
        }
    }
    for p in points {
        draw_filled_circle_mut(picture, (p[0] as i32, p[1] as i32), 4, color);
    }
}

fn draw_field(picture: &mut RgbImage, field: &FieldTruth) {
    let color = if field.legible { LEGIBLE } else { ILLEGIBLE };
    for (a, b) in field.quad.iter().zip(field.quad.iter().cycle().skip(1)) {
        draw_line_segment_mut(picture, (a[0] as f32, a[1] as f32), (b[0] as f32, b[1] as f32), color);
    }
}

fn legend(picture: &mut RgbImage, record: &Record) {
    let height = (picture.height() as f32 / 42.0).max(12.0);
    let mut y = 8;
    for (category, state) in &record.labels {
        if !matches!(state, State::Present | State::Borderline) {
            continue;
        }
        let measure = record.measures.get(category).copied().unwrap_or_default();
        let severity = record.severities.get(category).copied().unwrap_or_default();
        let text = format!("{category} {state}: {measure:.3} (severity {severity:.2})");
        let width = (text.len() as f32 * height * 0.5) as u32;
        let rect = Rect::at(6, y - 2).of_size(width, height as u32 + 4);
        draw_filled_rect_mut(picture, rect, Rgb([0, 0, 0]));
        draw_text_mut(picture, color(*category), 10, y, height, &*FONT, &text);
        y += height as i32 + 6;
    }
}
