//! Blank cards: all that is the same for every holder, printed once, and then personalised.

use super::artwork::{Artwork, PrintedField, Rect};
use super::canvas::{Blend, Canvas, Print};
use super::design::{Design, Face, Field, Label, Side, Style};
use super::foil::HologramPatch;
use super::font::{self, Font};
use super::path::{Contours, Transform};
use super::pressing::{Pressing, Step};
use super::raster::{Coverage, Grid};
use super::stored::{Codes, Stored};
use super::text::{self, Setting, Slot};
use super::value::{Colour, FontName};
use super::wear::Condition;
use super::{barcode, portrait, signature};
use crate::image::LinearImage;
use crate::persona::Persona;
use crate::{Error, Result};

/// Distance of characters in the machine-readable zone, mm: ten to the inch (ICAO Doc 9303, part 3).
const MRZ_PITCH: f64 = 2.54;
/// Distance of its lines, mm: four to the inch.
const MRZ_LINE: f64 = 6.35;

/// Points that are printed together: a whole side takes more memory than a photo, and what a layer's lines are is worked out
/// anew for every band.
const TOGETHER: usize = 1_500_000;

/// A side of a design at one resolution, before anyone's data is on it.
#[derive(Clone, Debug)]
pub struct Blank {
    design: Design,
    side: Side,
    background: Stored,
    overlay: Vec<Print>,
}

impl Blank {
    /// The kind of document, see [`Design::kind`].
    pub fn kind(&self) -> String {
        self.design.kind()
    }

    /// Prints the background. 23.6 px/mm is 600 dpi.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the design has no such side, the resolution is not 1 to 100 px/mm, or a
    /// layer that was made by hand cannot be printed.
    pub fn new(design: &Design, side: Side, px_per_mm: f64) -> Result<Self> {
        if !(1.0..=100.0).contains(&px_per_mm) {
            return Err(Error::Invalid(format!("artwork has 1 to 100 px/mm, not {px_per_mm}")));
        }
        let face = face(design, side)?;
        let grid = Grid::new(design.size, px_per_mm);
        let (mut background, codes) = (Stored::new(grid), Codes::new());
        for band in grid.bands(TOGETHER) {
            background.add(&print_band(band, design, face)?, &codes);
        }
        let overlay = face.overlay.iter().map(|layer| layer.plates(&grid));
        let overlay = overlay.collect::<Result<Vec<_>, _>>().map_err(Error::Invalid)?;
        let overlay = overlay.into_iter().flatten().collect();
        Ok(Self { design: design.clone(), side, background, overlay })
    }

    /// Where the portrait will be: left, top, width, height, mm. `None` on a side without one.
    pub fn portrait_area(&self) -> Option<Rect> {
        face(&self.design, self.side).ok()?.portrait.as_ref().map(|spec| spec.area)
    }

    /// Prints a persona's data. `portrait` is linear light with white at 1, about 4:5, head and shoulders
    /// before a light ground; without one its place stays empty.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the design names a style that it does not have, or the data fit into no code.
    pub fn personalise(&self, persona: &Persona, portrait: Option<&LinearImage>) -> Result<Artwork> {
        let design = &self.design;
        let mut pressing = self.press(persona, portrait)?;
        Ok(Artwork {
            size_mm: design.size,
            corner_radius: design.corner_radius,
            thickness: design.thickness,
            laminate: design.laminate,
            holograms: self.holograms()?.to_vec(),
            fields: core::mem::take(&mut pressing.fields),
            mrz: core::mem::take(&mut pressing.mrz),
            portrait_mm: pressing.portrait_mm,
            albedo: pressing.whole(),
        })
    }

    /// Width and height, mm.
    pub(crate) fn size_mm(&self) -> [f64; 2] {
        self.design.size
    }

    /// Optically variable patches, over the print.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the design has no such side.
    pub(crate) fn holograms(&self) -> Result<&[HologramPatch]> {
        Ok(&face(&self.design, self.side)?.holograms)
    }

    /// [`Self::personalise`] up to the press: sets what is to be printed.
    ///
    /// # Errors
    /// As that.
    pub(crate) fn press(&self, persona: &Persona, portrait: Option<&LinearImage>) -> Result<Pressing<'_>> {
        let design = &self.design;
        let grid = &self.background.grid();
        let condition = Condition::draw(design, persona);
        let face = &shifted(face(design, self.side)?, condition.shift);
        let mut steps = Vec::new();
        if let Some(picture) = portrait {
            let specs = face.portrait.iter().chain(&face.ghost);
            steps.extend(
                specs.filter_map(|spec| portrait::Plate::new(grid, spec, picture)).map(Step::Portrait),
            );
        }
        steps.extend(self.overlay.iter().map(Step::Shared));
        let mut fields = Vec::new();
        for field in &face.fields {
            if let Some((plate, field)) = print_field(grid, design, field, persona)? {
                steps.push(Step::Own(plate));
                fields.push(field);
            }
        }
        steps.extend(face.signature.as_ref().and_then(|s| signature::plate(grid, s, persona)).map(Step::Own));
        for code in &face.codes {
            steps.push(Step::Own(barcode::plate(grid, code, persona)?));
        }
        let mrz = match (&design.mrz, face.mrz_at) {
            (Some(spec), Some(_)) => spec.format.write(&spec.document_code, &spec.issuer, persona),
            _ => Vec::new(),
        };
        for (i, line) in mrz.iter().enumerate() {
            let [x, y] = face.mrz_at.unwrap_or_default();
            let (plate, field) = print_mrz(grid, i, line, [x, y + i as f64 * MRZ_LINE])?;
            steps.push(Step::Own(plate));
            fields.push(field);
        }
        let (scratches, rub) = condition.marks(grid, design);
        steps.extend(scratches.into_iter().map(Step::Own));
        let portrait_mm = face.portrait.as_ref().map(|p| p.area);
        let background = self.background.unpacking();
        Ok(Pressing { fields, mrz, portrait_mm, grid: *grid, background, steps, rub })
    }
}

#[cfg(test)]
impl Blank {
    /// The box of the mark that says that it is no real document, mm.
    pub(super) fn specimen_mm(&self) -> Option<[[f64; 2]; 4]> {
        let mark = &self.design.face(self.side)?.specimen;
        let slot = Slot { at: mark.at, angle: mark.angle, align: mark.align, width: None };
        text::set(&mark.text, self.design.styles.get(&mark.style)?, &slot).map(|setting| setting.quad)
    }
}

fn face(design: &Design, side: Side) -> Result<&Face> {
    design.face(side).ok_or_else(|| Error::Invalid(format!("the design `{}` has no such side", design.name)))
}

/// The face with all that is the holder's moved against the background.
fn shifted(face: &Face, [dx, dy]: [f64; 2]) -> Face {
    let mut face = face.clone();
    let areas = face.portrait.iter_mut().chain(&mut face.ghost).map(|portrait| &mut portrait.area);
    let areas = areas.chain(face.signature.iter_mut().map(|signature| &mut signature.area));
    for [x, y, ..] in areas.chain(face.codes.iter_mut().map(|code| &mut code.area)) {
        (*x, *y) = (*x + dx, *y + dy);
    }
    for [x, y] in face.fields.iter_mut().map(|field| &mut field.at).chain(&mut face.mrz_at) {
        (*x, *y) = (*x + dx, *y + dy);
    }
    face
}

fn style<'a>(design: &'a Design, name: &str) -> Result<&'a Style> {
    let style = design.styles.get(name);
    style.ok_or_else(|| Error::Invalid(format!("the design `{}` has no style `{name}`", design.name)))
}

/// The rows of a background that the grid prints on.
fn print_band(grid: Grid, design: &Design, face: &Face) -> Result<Canvas> {
    let mut canvas = Canvas::new(grid, face.paper);
    for layer in &face.layers {
        layer.plates(&grid).map_err(Error::Invalid)?.into_iter().for_each(|plate| canvas.print(&plate));
    }
    for label in std::iter::once(&face.specimen).chain(&face.labels) {
        print_label(&mut canvas, design, label)?;
    }
    for field in &face.fields {
        print_caption(&mut canvas, design, field)?;
    }
    for hologram in &face.holograms {
        print_foil(&mut canvas, hologram);
    }
    Ok(canvas)
}

fn print_label(canvas: &mut Canvas, design: &Design, label: &Label) -> Result<()> {
    let style = style(design, &label.style)?;
    let slot = Slot { at: label.at, angle: label.angle, align: label.align, width: None };
    if let Some(setting) = text::set(&label.text, style, &slot) {
        canvas.print(&text::plate(&canvas.grid, &setting.contours, style));
    }
    Ok(())
}

fn print_caption(canvas: &mut Canvas, design: &Design, field: &Field) -> Result<()> {
    let Some(caption) = &field.caption else { return Ok(()) };
    let style = style(design, "caption")?;
    let (sin, cos) = libm::sincos(field.angle.to_radians());
    let at = [field.at[0] + field.caption_rise * sin, field.at[1] - field.caption_rise * cos];
    let slot = Slot { at, angle: field.angle, align: field.align, width: None };
    if let Some(setting) = text::set(caption, style, &slot) {
        canvas.print(&text::plate(&canvas.grid, &setting.contours, style));
    }
    Ok(())
}

fn print_field(
    grid: &Grid,
    design: &Design,
    field: &Field,
    persona: &Persona,
) -> Result<Option<(Print, PrintedField)>> {
    let Some(text) = field.source.text(persona, design.dates) else { return Ok(None) };
    let style = style(design, &field.style)?;
    let slot = Slot { at: field.at, angle: field.angle, align: field.align, width: Some(field.width) };
    let Some(setting) = text::set(&text, style, &slot) else { return Ok(None) };
    Ok(Some((text::plate(grid, &setting.contours, style), printed(&field.name, setting))))
}

fn printed(name: &str, setting: Setting) -> PrintedField {
    PrintedField {
        name: name.to_owned(),
        text: setting.text,
        quad_mm: setting.quad,
        x_height_mm: setting.x_height,
        stroke_mm: setting.stroke,
    }
}

/// A line of the machine-readable zone: OCR-B, size 1, one character to each 2.54 mm.
fn print_mrz(grid: &Grid, index: usize, line: &str, [x, y]: [f64; 2]) -> Result<(Print, PrintedField)> {
    let ocr_b: &'static Font =
        font::find("ocr-b").ok_or_else(|| Error::Invalid("the font ocr-b is missing".to_owned()))?;
    let mut contours = Contours::default();
    let size = MRZ_PITCH / ocr_b.run("A", 0.0).advance;
    for (i, character) in line.chars().enumerate() {
        let place = Transform::scale(size, size).then(Transform::translate(x + i as f64 * MRZ_PITCH, y));
        contours.0.extend(ocr_b.run(character.encode_utf8(&mut [0; 4]), 0.0).contours.transformed(&place).0);
    }
    let [left, top, right, bottom] = contours.bounds().unwrap_or_default();
    let quad = [[left, top], [right, top], [right, bottom], [left, bottom]];
    let style = Style {
        font: FontName(ocr_b),
        size,
        ink: Colour::BLACK,
        spacing: 0.0,
        capitals: false,
        condense: 1.0,
        opacity: 1.0,
    };
    let plate = text::plate(grid, &contours, &style);
    let setting = Setting {
        text: line.to_owned(),
        contours,
        quad,
        x_height: ocr_b.capital_height * size,
        stroke: ocr_b.stroke * size,
    };
    Ok((plate, printed(&format!("mrz{}", index + 1), setting)))
}

/// The foil of a patch takes a little of the light where its gratings are.
fn print_foil(canvas: &mut Canvas, hologram: &HologramPatch) {
    let mut coverage = Coverage::over(&canvas.grid, Some(hologram.area));
    coverage.set(&canvas.grid, |x, y| hologram.grating(x, y).map_or(0.0, |g| g.efficiency));
    canvas.print(&Print {
        coverage,
        inks: vec![Colour::FOIL],
        span: [0.0, 1.0],
        opacity: 0.35,
        blend: Blend::Glaze,
    });
}
