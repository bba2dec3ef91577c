//! What holds for every design that is built in, and what a wrong one is told.

use std::path::Path;

use super::*;
use crate::Error;
use crate::persona::to_mrz;

/// Enough to measure, and quick.
const PX_PER_MM: f64 = 12.0;
/// The most that the holder's print may be off its place, mm.
const MISREGISTRATION: f64 = 0.16;

fn designs() -> impl Iterator<Item = Design> {
    names().map(|name| Design::find(name).unwrap())
}

fn blanks() -> impl Iterator<Item = (Design, Side, Blank)> {
    designs().flat_map(|design| {
        let blank = |side: &Side| (design.clone(), *side, Blank::new(&design, *side, PX_PER_MM).unwrap());
        design.sides().iter().map(blank).collect::<Vec<_>>()
    })
}

/// A card without portrait, signature and codes, and the same with no field either.
fn bare(mut design: Design, side: Side) -> (Blank, Blank) {
    let print = |design: &Design| Blank::new(design, side, PX_PER_MM).unwrap();
    for face in std::iter::once(&mut design.front).chain(design.back.as_mut()) {
        face.signature = None;
        face.codes.clear();
        // Captions belong to the blank card; they stay when the fields' text goes.
        face.fields.iter_mut().for_each(|field| field.caption = None);
    }
    let full = print(&design);
    for face in std::iter::once(&mut design.front).chain(design.back.as_mut()) {
        face.fields.clear();
        face.mrz_at = None;
    }
    (full, print(&design))
}

#[test]
fn ink_stands_where_the_truth_says() {
    for (design, side, _) in blanks() {
        let (full, empty) = bare(design.clone(), side);
        for id in 0..4 {
            let persona = Persona::draw(21, id);
            let [full, empty] = [&full, &empty].map(|blank| blank.personalise(&persona, None).unwrap());
            let mut inked = vec![0usize; full.fields.len()];
            for (i, (a, b)) in full.albedo.points.iter().zip(&empty.albedo.points).enumerate() {
                if a != b {
                    let (x, y) = (i % full.albedo.width, i / full.albedo.width);
                    let (x, y) = ((x as f64 + 0.5) / PX_PER_MM, (y as f64 + 0.5) / PX_PER_MM);
                    let margin = 1.0 / PX_PER_MM;
                    let field = full.fields.iter().position(|f| {
                        let [low, _, high, _] = f.quad_mm;
                        (low[0] - margin..=high[0] + margin).contains(&x)
                            && (low[1] - margin..=high[1] + margin).contains(&y)
                    });
                    let field = field.unwrap_or_else(|| panic!("{} {side:?}: ink at {x} {y}", design.name));
                    inked[field] += 1;
                }
            }
            for (field, inked) in full.fields.iter().zip(inked) {
                let [low, _, high, _] = field.quad_mm;
                let area = (high[0] - low[0]) * (high[1] - low[1]) * PX_PER_MM * PX_PER_MM;
                let share = inked as f64 / area;
                assert!((0.15..1.5).contains(&share), "{} {field:?}: {share}", design.name);
            }
        }
    }
}

#[test]
fn fields_keep_to_the_card_and_apart() {
    for (design, _, blank) in blanks() {
        for id in 0..40 {
            let artwork = blank.personalise(&Persona::draw(8, id), None).unwrap();
            let boxes: Vec<_> = artwork.fields.iter().map(|f| (f.quad_mm[0], f.quad_mm[2])).collect();
            for (i, (low, high)) in boxes.iter().enumerate() {
                let field = &artwork.fields[i];
                assert!(low[0] >= 2.0 && low[1] >= 2.0, "{} {field:?}", design.name);
                assert!(
                    high[0] <= design.size[0] - 2.0 && high[1] <= design.size[1] - 2.0,
                    "{} {field:?}",
                    design.name
                );
                assert!(field.x_height_mm > 0.8 && (0.1..0.7).contains(&field.stroke_mm), "{field:?}");
                for (j, (other_low, other_high)) in boxes[..i].iter().enumerate() {
                    let apart = (0..2).any(|k| high[k] <= other_low[k] || other_high[k] <= low[k]);
                    assert!(apart, "{}: {field:?} runs into {:?}", design.name, artwork.fields[j]);
                }
            }
        }
    }
}

#[test]
fn fields_say_what_the_persona_is() {
    for (design, side, blank) in blanks() {
        for id in 0..10 {
            let persona = Persona::draw(4, id);
            let artwork = blank.personalise(&persona, None).unwrap();
            let face = design.face(side).unwrap();
            for spec in &face.fields {
                let printed = artwork.fields.iter().find(|f| f.name == spec.name);
                let expected = spec
                    .source
                    .text(&persona, design.dates)
                    .map(|text| if design.styles[&spec.style].capitals { text.to_uppercase() } else { text });
                assert_eq!(printed.map(|f| f.text.clone()), expected, "{} {}", design.name, spec.name);
            }
            let zone: Vec<_> = artwork.fields.iter().filter(|f| f.name.starts_with("mrz")).collect();
            assert!(zone.iter().map(|f| &f.text).eq(&artwork.mrz));
            if let Some(line) = artwork.mrz.first() {
                assert!(line[2..5] == *"UTO" && artwork.mrz.concat().contains(&persona.document_number));
                let name = to_mrz(&persona.surname);
                assert!(artwork.mrz.concat().contains(&name[..name.len().min(9)]));
            }
        }
    }
}

#[test]
fn every_design_shows_who_it_is() {
    for design in designs() {
        let all: Vec<_> = design.sides().iter().filter_map(|s| design.face(*s)).collect();
        let names: Vec<_> = all.iter().flat_map(|f| &f.fields).map(|f| f.name.as_str()).collect();
        for name in ["surname", "given_names", "birth_date", "document_number", "expiry_date"] {
            assert!(names.contains(&name), "{} lacks {name}", design.name);
        }
        assert!(design.front.portrait.is_some() && all.iter().any(|f| f.signature.is_some()));
        assert!(design.front.holograms.iter().all(|h| h.area[0] + h.area[2] <= design.size[0]));
        if design.mrz.is_some() {
            assert_eq!(all.iter().filter(|f| f.mrz_at.is_some()).count(), 1, "{}", design.name);
        }
    }
}

/// Nothing that is printed may be in the way of the words that say that the card is none.
#[test]
fn the_specimen_mark_is_legible() {
    for (design, side, blank) in blanks() {
        let face = design.face(side).unwrap();
        let style = &design.styles[&face.specimen.style];
        assert!(style.size >= 3.5 && style.opacity >= 0.7, "{}", design.name);
        let mark = blank.specimen_mm().unwrap();
        let inside = |p: [f64; 2]| {
            (1.0..design.size[0] - 1.0).contains(&p[0]) && (1.0..design.size[1] - 1.0).contains(&p[1])
        };
        assert!(mark.iter().all(|p| inside(*p)), "{} {mark:?}", design.name);
        let bounds = |quad: &[[f64; 2]; 4]| {
            let [x, y] = [0, 1].map(|k| quad.map(|p| p[k]));
            let low = |v: [f64; 4]| v.into_iter().fold(f64::MAX, f64::min);
            let high = |v: [f64; 4]| v.into_iter().fold(f64::MIN, f64::max);
            [low(x), low(y), high(x), high(y)]
        };
        let mark = bounds(&mark);
        let artwork = blank.personalise(&Persona::draw(2, 3), None).unwrap();
        let boxes = artwork.fields.iter().map(|f| bounds(&f.quad_mm));
        let areas = [face.portrait.as_ref().map(|p| p.area), face.signature.as_ref().map(|s| s.area)];
        let areas = areas.into_iter().flatten().map(|[x, y, w, h]| [x, y, x + w, y + h]);
        for other in boxes.chain(areas) {
            let apart = (0..2).any(|k| mark[k + 2] <= other[k] || other[k + 2] <= mark[k]);
            assert!(apart, "{} {side:?}: {mark:?} {other:?}", design.name);
        }
    }
}

#[test]
fn white_and_black_are_those_of_print() {
    for (design, side, blank) in blanks() {
        let artwork = blank.personalise(&Persona::draw(1, 1), None).unwrap();
        let points = artwork.albedo.points.len();
        let values: Vec<f32> = (0..points).flat_map(|i| artwork.albedo.get(i)).collect();
        assert!(values.iter().all(|v| (0.02..=0.82).contains(v)), "{} {side:?}", design.name);
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!((0.05..0.75).contains(&mean), "{} {side:?} {mean}", design.name);
    }
}

#[test]
fn the_same_persona_gives_the_same_card() {
    let design = Design::find("dl_utopia").unwrap();
    let print = |id| render(&design, Side::Front, &Persona::draw(1, id), None, 6.0).unwrap().albedo;
    assert_eq!(print(1), print(1));
    assert_ne!(print(1), print(2));
}

#[test]
fn a_portrait_is_printed_in_its_place() {
    let mut portrait = LinearImage::filled(80, 100, [0.5, 0.3, 0.2]);
    portrait.pixels[..4000].fill([0.02; 3]);
    for (design, side, blank) in blanks() {
        let persona = Persona::draw(1, 1);
        let with = blank.personalise(&persona, Some(&portrait)).unwrap();
        let without = blank.personalise(&persona, None).unwrap();
        let face = design.face(side).unwrap();
        let areas: Vec<_> = face.portrait.iter().chain(&face.ghost).map(|p| p.area).collect();
        let drawn_at = face.portrait.as_ref().map(|p| p.area);
        for (printed, drawn) in with.portrait_mm.iter().flatten().zip(drawn_at.iter().flatten()) {
            assert!((printed - drawn).abs() < MISREGISTRATION, "{} {side:?}", design.name);
        }
        assert_eq!(with.portrait_mm.is_some(), drawn_at.is_some());
        for (i, (a, b)) in with.albedo.points.iter().zip(&without.albedo.points).enumerate() {
            let (x, y) = (i % with.albedo.width, i / with.albedo.width);
            let (x, y) = ((x as f64 + 0.5) / PX_PER_MM, (y as f64 + 0.5) / PX_PER_MM);
            let margin = 1.0 / PX_PER_MM + MISREGISTRATION;
            let near = |[l, t, w, h]: &Rect| {
                (l - margin..=l + w + margin).contains(&x) && (t - margin..=t + h + margin).contains(&y)
            };
            assert!(a == b || areas.iter().any(near), "{} {side:?} {x} {y}", design.name);
        }
    }
}

/// A wrong design, made from a good one: the text to replace, its replacement, and what is said where.
fn complaint(from: &str, to: &str) -> (usize, usize, String, String) {
    let good = include_str!("../../designs/td1_utopia_a/design.toml");
    assert!(good.contains(from), "{from}");
    let text = good.replacen(from, to, 1);
    match Design::parse("wrong", Path::new("wrong/design.toml"), &text) {
        Err(Error::Toml { line, column, problem, .. }) => {
            let shown = text.lines().nth(line - 1).unwrap().chars().skip(column - 1).collect();
            (line, column, problem, shown)
        }
        other => panic!("{from} -> {to}: {:?}", other.map(|d| d.name)),
    }
}

#[test]
fn wrong_designs_are_refused_at_their_place() {
    // What is changed to what; what stands at the place of the complaint; what it must speak of.
    let cases = [
        ("thickness = 0.76", "thicknes = 0.76", "thicknes", "thickness"),
        ("thickness = 0.76", "thickness = \"thin\"", "\"thin\"", "f64"),
        ("ink = \"#12455a\"", "ink = \"petrol\"", "\"petrol\"", "#1f4e79"),
        ("font = \"karla-bold\"", "font = \"comic\"", "\"comic\"", "ocr-b"),
        ("source = \"surname\"", "source = \"shoe_size\"", "\"shoe_size\"", "given_names"),
        ("style = \"value\"\nwidth = 48", "style = \"valu\"\nwidth = 48", "\"valu\"", "caption"),
        ("at = [33, 17.9]", "at = [133, 17.9]", "[133", "85.6"),
        ("pitch = 0.46", "pitch = 0.0001", "{ waves", "pitch"),
        ("gradient = {", "gradent = {", "gradent", "gradient"),
        ("text = \"SPECIMEN\"", "text = \"ORIGINAL\"", "\"ORIGINAL\"", "SPECIMEN"),
        ("size = [85.6, 53.98]", "size = [85.6, 5398]", "[85.6", "mm"),
        ("name = \"given_names\"", "name = \"surname\"", "\"surname\"", "two fields"),
        ("path = \"leaf\"", "path = \"leef\"", "{ shape", "leef"),
        ("mrz = {", "mzr = {", "mzr", "mrz"),
        ("dates = \"spaces\"", "dates = \"words\"", "\"words\"", "month"),
    ];
    for (from, to, place, hint) in cases {
        let (line, column, problem, shown) = complaint(from, to);
        assert!(shown.starts_with(place), "{from} -> {to}: {line}:{column} is at `{shown:.30}`: {problem}");
        assert!(problem.contains(hint), "{from} -> {to}: {problem}");
    }
}

#[test]
fn designs_load_from_folders_and_by_name() {
    let folder = std::env::temp_dir().join(format!("retake-design-{}", std::process::id()));
    let own = folder.join("my_card");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("design.toml"), include_str!("../../designs/td1_meridia/design.toml")).unwrap();
    let design = Design::find(own.to_str().unwrap()).unwrap();
    assert_eq!(design, Design { name: "my_card".into(), ..Design::find("td1_meridia").unwrap() });
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(matches!(Design::load(&own), Err(Error::Io { .. })));
    let unknown = Design::find("td9").unwrap_err().to_string();
    assert!(names().all(|name| unknown.contains(name)), "{unknown}");
}
