//! Contact sheets: one row per category, severity rising to the right.

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use imageproc::drawing::draw_text_mut;
use retake_label::{Category, Record, State};

use super::FONT;

/// A picture of a sheet.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The picture, any size.
    pub picture: RgbImage,
    /// What stands below it.
    pub caption: String,
}

/// A row of a sheet.
#[derive(Clone, Debug)]
pub struct Row {
    /// What stands above it.
    pub title: String,
    /// Its pictures.
    pub cells: Vec<Cell>,
}

/// The images of a row: what they show, and each one's position in the corpus with its caption.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The category; `None` for images without any defect.
    pub category: Option<Category>,
    /// Positions and captions.
    pub images: Vec<(usize, String)>,
}

/// Which images to show for each category: `columns` of them, spread over the severities that occur; a first
/// row of images without any defect.
pub fn choose(records: &[Record], columns: usize) -> Vec<Choice> {
    let mut rows = Vec::new();
    let clean: Vec<usize> = positions(records, |r| r.severities.values().all(|s| *s == 0.0));
    let images = spread(&clean, columns).into_iter().map(|i| (i, records[i].document.clone())).collect();
    rows.push(Choice { category: None, images });
    let categories: Vec<Category> =
        records.first().map(|r| r.labels.keys().copied().collect()).unwrap_or_default();
    for category in categories {
        let severity = |i: usize| records[i].severities.get(&category).copied().unwrap_or_default();
        let has = |r: &Record| r.severities.get(&category).is_some_and(|s| *s > 0.0);
        let alone =
            positions(records, |r| has(r) && r.severities.values().filter(|s| **s > 0.0).count() == 1);
        let mut shown = if alone.len() * 2 >= columns { alone } else { positions(records, has) };
        shown.sort_by(|a, b| severity(*a).total_cmp(&severity(*b)).then(a.cmp(b)));
        let images =
            spread(&shown, columns).into_iter().map(|i| (i, caption(&records[i], category))).collect();
        rows.push(Choice { category: Some(category), images });
    }
    rows.retain(|row| !row.images.is_empty());
    rows
}

fn positions(records: &[Record], test: impl Fn(&Record) -> bool) -> Vec<usize> {
    (0..records.len()).filter(|i| test(&records[*i])).collect()
}

/// `n` items, first to last in even steps; all when there are no more than that.
fn spread(items: &[usize], n: usize) -> Vec<usize> {
    if items.len() <= n || n < 2 {
        return items.iter().copied().take(n).collect();
    }
    (0..n).map(|k| items[k * (items.len() - 1) / (n - 1)]).collect()
}

fn caption(record: &Record, category: Category) -> String {
    let severity = record.severities.get(&category).copied().unwrap_or_default();
    let measure = record.measures.get(&category).copied().unwrap_or_default();
    let state = record.labels.get(&category).copied().unwrap_or(State::NotApplicable);
    format!("{}  s {severity:.2}  m {measure:.3}  {state}", record.image_id)
}

const MARGIN: u32 = 10;
const TITLE: u32 = 34;
const CAPTION: u32 = 20;
const PAPER: Rgb<u8> = Rgb([24, 24, 26]);
const INK: Rgb<u8> = Rgb([235, 235, 235]);
const FAINT: Rgb<u8> = Rgb([170, 170, 175]);

/// Draws a sheet; every picture is fitted into a cell of `cell` px (width, height).
pub fn draw_sheet(rows: &[Row], cell: [u32; 2]) -> RgbImage {
    let columns = rows.iter().map(|r| r.cells.len()).max().unwrap_or(0).max(1) as u32;
    let [width, height] = cell;
    let row_height = TITLE + height + CAPTION + MARGIN;
    let size = (MARGIN + columns * (width + MARGIN), MARGIN + rows.len() as u32 * row_height);
    let mut sheet = RgbImage::from_pixel(size.0, size.1, PAPER);
    for (r, row) in rows.iter().enumerate() {
        let top = MARGIN + r as u32 * row_height;
        draw_text_mut(&mut sheet, INK, MARGIN as i32, top as i32, 24.0, &*FONT, &row.title);
        for (c, cell) in row.cells.iter().enumerate() {
            let left = MARGIN + c as u32 * (width + MARGIN);
            place(&mut sheet, &cell.picture, [left, top + TITLE], [width, height]);
            let y = (top + TITLE + height + 2) as i32;
            draw_text_mut(&mut sheet, FAINT, left as i32, y, 15.0, &*FONT, &cell.caption);
        }
    }
    sheet
}

fn place(sheet: &mut RgbImage, picture: &RgbImage, at: [u32; 2], cell: [u32; 2]) {
    let (w, h) = picture.dimensions();
    let scale = (f64::from(cell[0]) / f64::from(w)).min(f64::from(cell[1]) / f64::from(h));
    let fit = |v: u32| ((f64::from(v) * scale).round() as u32).max(1);
    let small = imageops::resize(picture, fit(w), fit(h), FilterType::Triangle);
    let left = at[0] + (cell[0] - small.width().min(cell[0])) / 2;
    let top = at[1] + (cell[1] - small.height().min(cell[1])) / 2;
    imageops::replace(sheet, &small, i64::from(left), i64::from(top));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_takes_both_ends() {
        let items: Vec<usize> = (10..30).collect();
        let taken = spread(&items, 5);
        assert_eq!((taken.len(), taken[0], taken[4]), (5, 10, 29));
        assert_eq!(spread(&items[..3], 5), &items[..3]);
    }
}
