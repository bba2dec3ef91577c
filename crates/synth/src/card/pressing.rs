//! A card's face as it is printed for a persona, a band of rows at a time: a whole one takes more memory than all else of
//! a photo.

use super::artwork::{PrintedField, Rect};
use super::canvas::{Canvas, Print};
use super::portrait;
use super::raster::Grid;
use super::reflectance::Reflectance;
use super::stored::Unpacking;
use super::wear::Rub;
use crate::image::Buffer;

/// Rows that are printed together: enough to make little of what each plate costs once a band, few enough to stay near
/// the processor.
const BAND: usize = 64;

/// One thing that is printed.
#[derive(Debug)]
pub(super) enum Step<'a> {
    Portrait(portrait::Plate),
    /// A plate of this persona's.
    Own(Print),
    /// A plate that all cards of the design share.
    Shared(&'a Print),
}

impl Step<'_> {
    fn print(&self, canvas: &mut Canvas) {
        match self {
            Self::Portrait(plate) => plate.print(canvas),
            Self::Own(plate) => canvas.print(plate),
            Self::Shared(plate) => canvas.print(plate),
        }
    }

    /// Whether it has no ink from this row on.
    fn is_done(&self, row: usize) -> bool {
        match self {
            Self::Portrait(plate) => plate.end() <= row,
            Self::Own(plate) => plate.coverage.y + plate.coverage.height <= row,
            Self::Shared(_) => false,
        }
    }
}

/// A side on its way through the press.
#[derive(Debug)]
pub(crate) struct Pressing<'a> {
    /// See [`super::Artwork::fields`].
    pub(crate) fields: Vec<PrintedField>,
    /// See [`super::Artwork::mrz`].
    pub(crate) mrz: Vec<String>,
    /// See [`super::Artwork::portrait_mm`].
    pub(crate) portrait_mm: Option<Rect>,
    pub(super) grid: Grid,
    pub(super) background: Unpacking<'a>,
    /// In the order of printing.
    pub(super) steps: Vec<Step<'a>>,
    pub(super) rub: Rub,
}

impl Pressing<'_> {
    /// Width and height, points.
    pub(crate) fn size(&self) -> [usize; 2] {
        [self.grid.width, self.grid.height]
    }

    /// Prints it from the top and hands over the points of some rows at a time.
    pub(crate) fn bands(mut self, take: &mut dyn FnMut(&[[u16; 3]])) {
        let mut canvas = self.canvas(BAND);
        while canvas.top < self.grid.height {
            canvas.image.height = canvas.image.height.min(self.grid.height - canvas.top);
            self.print(&mut canvas);
            take(&canvas.image.points[..canvas.image.height * canvas.image.width]);
            canvas.top += canvas.image.height;
            self.steps.retain(|step| !step.is_done(canvas.top));
        }
    }

    /// Prints it as a whole.
    pub(super) fn whole(mut self) -> Reflectance {
        let mut canvas = self.canvas(self.grid.height);
        self.print(&mut canvas);
        canvas.image
    }

    /// Room for so many rows from the top.
    fn canvas(&self, rows: usize) -> Canvas {
        let (width, height) = (self.grid.width, rows.min(self.grid.height));
        let points = Buffer::unset(width * height, [0; 3]);
        Canvas { grid: self.grid, top: 0, image: Reflectance { width, height, points } }
    }

    /// Prints the next rows.
    fn print(&mut self, canvas: &mut Canvas) {
        let count = canvas.image.width * canvas.image.height;
        self.background.fill(&mut canvas.image.points[..count]);
        self.steps.iter().for_each(|step| step.print(canvas));
        self.rub.wear(canvas);
    }
}
