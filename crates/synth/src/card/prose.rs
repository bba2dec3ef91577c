//! Running text for papers that lie about: lines of words that mean nothing.

use super::font::find;
use super::path::Transform;
use super::raster::{Coverage, Grid};

/// Words of the filler text that printers have set since the sixteenth century.
const WORDS: &str = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et \
    dolore magna aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo consequat \
    duis aute irure in reprehenderit voluptate velit esse cillum eu fugiat nulla pariatur excepteur sint occaecat cupidatat \
    non proident sunt culpa qui officia deserunt mollit anim id est laborum";

/// A line of running text, `width` mm long, as share of ink in rows of pixels. `size` is that of the letters' em and
/// `baseline` its place from the top, mm; `pick` gives any number for the n-th word.
pub(crate) fn line(
    [width, height]: [f64; 2],
    size: f64,
    baseline: f64,
    px_per_mm: f64,
    pick: impl Fn(usize) -> usize,
) -> Vec<f32> {
    let grid = Grid::new([width, height], px_per_mm);
    let mut out = vec![0.0; grid.width * grid.height];
    let Some(font) = find("noto-serif") else { return out };
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut text = String::new();
    let mut run = font.run(&text, 0.0);
    for n in 0.. {
        let number = pick(n);
        let end = if number.is_multiple_of(9) { ", " } else { " " };
        let longer = format!("{text}{}{end}", words[number / 16 % words.len()]);
        let next = font.run(longer.trim_end(), 0.0);
        if next.advance * size > width {
            break;
        }
        (text, run) = (longer, next);
    }
    // Set to the full width.
    let across = width / run.advance.max(1e-9);
    let map = Transform::scale(across, size).then(Transform::translate(0.0, baseline));
    let ink = Coverage::fill(&grid, &run.contours.transformed(&map));
    for (y, row) in ink.values.chunks_exact(ink.width.max(1)).enumerate() {
        out[(ink.y + y) * grid.width + ink.x..][..ink.width].copy_from_slice(row);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_filled_with_ink_from_end_to_end() {
        let line = line([60.0, 5.0], 3.8, 3.6, 6.0, |n| n * 37 + 5);
        assert_eq!(line.len(), 360 * 30);
        let inked = |columns: core::ops::Range<usize>| {
            line.iter().enumerate().any(|(i, v)| columns.contains(&(i % 360)) && *v > 0.5)
        };
        assert!(inked(0..20) && inked(340..360));
        let mean = line.iter().sum::<f32>() / line.len() as f32;
        assert!((0.05..0.25).contains(&mean), "{mean}");
    }
}
