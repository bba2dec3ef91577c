//! What must hold for every record of a corpus.

use std::collections::BTreeMap;

use crate::{Category, CategorySpec, Error, FieldTruth, Record, Region, Result, State};

/// Checks a record against its own invariants and the categories of its corpus: every category has a label,
/// a measure and a severity; states follow from measures and thresholds; numbers are finite and in range;
/// masks have the size of the image and the boxes that are claimed for them.
///
/// # Errors
/// [`Error::Invalid`], naming the image and what is wrong with it.
pub fn check_record(record: &Record, categories: &[CategorySpec]) -> Result<()> {
    problem(record, categories)
        .map_or(Ok(()), |problem| Err(Error::Invalid(format!("image {}: {problem}", record.image_id))))
}

fn problem(record: &Record, categories: &[CategorySpec]) -> Option<String> {
    identity(record)
        .or_else(|| keys("labels", &record.labels, categories))
        .or_else(|| keys("measures", &record.measures, categories))
        .or_else(|| keys("severities", &record.severities, categories))
        .or_else(|| categories.iter().find_map(|spec| category(record, spec)))
        .or_else(|| geometry(record))
        .or_else(|| record.regions.iter().find_map(|region| self::region(record, region)))
}

fn identity(record: &Record) -> Option<String> {
    let number = |id: &str| id.len() == 9 && id.bytes().all(|b| b.is_ascii_digit());
    if !number(&record.image_id) {
        return Some("`image_id` is not of nine digits".into());
    }
    if !number(&record.sample_id) {
        return Some(format!("`sample_id` is `{}`, not nine digits", record.sample_id));
    }
    if !number(&record.persona) {
        return Some(format!("`persona` is `{}`, not nine digits", record.persona));
    }
    if record.twin_of == record.image_id || !(record.twin_of.is_empty() || number(&record.twin_of)) {
        return Some(format!("`twin_of` is `{}`, not another image", record.twin_of));
    }
    if record.width == 0 || record.height == 0 {
        return Some("`width` and `height` must be positive".into());
    }
    None
}

fn keys<T>(what: &str, map: &BTreeMap<Category, T>, categories: &[CategorySpec]) -> Option<String> {
    if let Some(spec) = categories.iter().find(|spec| !map.contains_key(&spec.id)) {
        return Some(format!("`{what}` lacks {}", spec.id));
    }
    let unknown = map.keys().find(|id| categories.iter().all(|spec| spec.id != **id))?;
    Some(format!("`{what}` speaks of {unknown}, which is no category of this corpus"))
}

fn category(record: &Record, spec: &CategorySpec) -> Option<String> {
    let (id, state) = (spec.id, record.labels[&spec.id]);
    let (measure, severity) = (record.measures[&id], record.severities[&id]);
    if !measure.is_finite() {
        return Some(format!("the measure of {id} is not finite"));
    }
    if !(0.0..=1.0).contains(&severity) {
        return Some(format!("the severity of {id} is {severity}, not in 0-1"));
    }
    if state == State::NotApplicable {
        return (measure != 0.0 || severity != 0.0).then(|| {
            format!("{id} is not applicable, yet its measure is {measure} and its severity {severity}")
        });
    }
    if !spec.roles.contains(&record.role) {
        return Some(format!("{id} is {state}, yet not judged on a {}", record.role));
    }
    let expected = spec.thresholds.state(measure, spec.measure.direction);
    (state != expected)
        .then(|| format!("{id} is {state}, but {measure} {} means {expected}", spec.measure.unit))
}

fn geometry(record: &Record) -> Option<String> {
    let finite = |quad: &[[f64; 2]]| quad.iter().flatten().all(|v| v.is_finite());
    let corners = if record.role.is_document() { 4 } else { 0 };
    if record.corners.len() != corners {
        return Some(format!("a {} has {corners} `corners`, not {}", record.role, record.corners.len()));
    }
    if !finite(&record.corners) {
        return Some("`corners` are not finite".into());
    }
    if let Some(field) = record.fields.iter().find(|field| !finite(&field.quad)) {
        return Some(format!("the quad of field `{}` is not finite", field.name));
    }
    if let Some(problem) = record.fields.iter().find_map(field) {
        return Some(problem);
    }
    if record.corners_lost as usize > corners {
        return Some(format!("`corners_lost` is {} of {corners}", record.corners_lost));
    }
    let spread = record.point_spread;
    if [spread.defocus_mm, spread.motion_mm, spread.defocus_px, spread.motion_px]
        .iter()
        .any(|v| !(v.is_finite() && *v >= 0.0))
    {
        return Some(format!("`point_spread` is {spread:?}"));
    }
    match record.face.as_slice() {
        [] => None,
        [x, y, w, h] if x.is_finite() && y.is_finite() && *w > 0.0 && *h > 0.0 && (w + h).is_finite() => None,
        face => Some(format!("`face` is {face:?}, not left, top, width, height")),
    }
}

fn field(field: &FieldTruth) -> Option<String> {
    let shares = [
        ("cropped", field.cropped),
        ("covered", field.covered),
        ("glared", field.glared),
        ("faded", field.faded),
        ("contrast", field.contrast),
        ("expected_error", field.expected_error),
    ];
    if let Some((key, value)) = shares.iter().find(|(_, value)| !(0.0..=1.0).contains(value)) {
        return Some(format!("`{key}` of field `{}` is {value}, not in 0-1", field.name));
    }
    [
        ("blur", field.blur),
        ("dpi", field.dpi),
        ("x_height_mm", field.x_height_mm),
        ("stroke_mm", field.stroke_mm),
    ]
    .iter()
    .find(|(_, value)| !(value.is_finite() && *value >= 0.0))
    .map(|(key, value)| format!("`{key}` of field `{}` is {value}", field.name))
}

fn region(record: &Record, region: &Region) -> Option<String> {
    let id = region.category;
    if !record.labels.contains_key(&id) {
        return Some(format!("a region speaks of {id}, which has no label"));
    }
    if region.rle.size != [record.height, record.width] {
        return Some(format!(
            "the mask of {id} has size {:?}, the image {:?}",
            region.rle.size,
            [record.height, record.width]
        ));
    }
    match region.rle.area_and_bbox() {
        Err(e) => Some(format!("the mask of {id}: {e}")),
        Ok((_, None)) => Some(format!("the mask of {id} is empty; leave the region out")),
        Ok((_, Some(bbox))) if bbox != region.bbox => {
            Some(format!("the box of {id} is {:?}, its mask fills {bbox:?}", region.bbox))
        }
        Ok(_) => None,
    }
}
