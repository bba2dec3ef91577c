//! The page: parsed as a browser parses it, and judged by what is then there.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use image::codecs::jpeg::JpegEncoder;
use retake_eval::analyzer::{Analyzer, Description, FailureKind, ImageSource, Outcome, Request, scored};
use retake_eval::compare::{self, Comparison, Plan};
use retake_eval::corpus::{CorpusInfo, Images, Sample};
use retake_eval::page::{Limits, Page, Pictures, Side};
use retake_eval::report::{self, Report, TimingReport};
use retake_eval::run::{Conditions, Entry, run};
use retake_eval::table::Table;
use retake_label::{BBox, Category, Finding, Mask, Region, State};
use scraper::{ElementRef, Html, Selector};

/// What could break out of text, attributes, drawings, styles, scripts and templates.
const HOSTILE: &str = "</title></style></script></svg></option></dd><img src=x onerror=alert(1)>\"'`> onfocus=alert(1) \
                       <a href=\"javascript:alert(1)\">&lt;b&gt;{{ 7 * 7 }}{% raw %}<!--]]>\u{202e}";
const TAME: &str = "plain";

/// Images of 64x48 px in pairs of twins, whose labels and names say `text` wherever a corpus may say something.
struct Scenes {
    info: CorpusInfo,
    count: usize,
    text: &'static str,
    pictures: Vec<Vec<u8>>,
}

impl Scenes {
    fn new(count: usize, text: &'static str, [width, height]: [u32; 2]) -> Self {
        let mut info = support::info(text);
        info.images = count as u64;
        for spec in &mut info.categories {
            spec.title = text.to_owned();
            spec.measure.name = text.to_owned();
            spec.measure.unit = text.to_owned();
        }
        let pictures = (0..16).map(|seed| noise(seed, width, height)).collect();
        Self { info, count, text, pictures }
    }
}

/// The picture that compresses worst.
fn noise(seed: u64, width: u32, height: u32) -> Vec<u8> {
    let mut state = seed;
    let picture = image::RgbImage::from_fn(width, height, |_, _| {
        state = support::mix(state);
        image::Rgb([state as u8, (state >> 8) as u8, (state >> 16) as u8])
    });
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(&picture).unwrap();
    bytes
}

impl Images for Scenes {
    fn corpus(&self) -> &CorpusInfo {
        &self.info
    }

    fn len(&self) -> usize {
        self.count
    }

    fn get(&self, index: usize) -> retake_eval::Result<Sample> {
        let mut record = support::record(index);
        record.sample_id = format!("{:09}", index / 2);
        record.twin_of = if index % 2 == 1 { format!("{:09}", index - 1) } else { String::new() };
        record.document = self.text.to_owned();
        (record.width, record.height) = (64, 48);
        record.scene = BTreeMap::from([
            (self.text.to_owned(), format!("{}{}", self.text, index % 3)),
            ("surface".to_owned(), ["wood", "plain"][index % 2].to_owned()),
        ]);
        if record.labels[&Category::GLARE] == State::Present {
            let mut mask = Mask::new(64, 48);
            for (x, y) in (10..30).flat_map(|x| (5..25).map(move |y| (x, y))) {
                mask.set(x, y, true);
            }
            let region = Region { category: Category::GLARE, bbox: mask.bbox().unwrap(), rle: mask.to_rle() };
            record.regions.push(region);
        }
        let bytes = self.pictures[index % self.pictures.len()].clone();
        Ok(Sample { record, image: ImageSource::Bytes { bytes, extension: "jpg".to_owned() } })
    }
}

/// Answers at random, fails at times, and says `text` wherever an analyzer may say something.
struct Talker {
    text: &'static str,
    seed: u64,
}

impl Analyzer for Talker {
    fn describe(&self) -> Description {
        Description::new(self.text, self.text, [Category::BLUR, Category::GLARE])
    }

    fn analyze(&self, request: &Request<'_>) -> Outcome {
        let draw = u64::from_str_radix(request.id, 16).unwrap() ^ self.seed;
        if support::unit(draw) < 0.1 {
            return Outcome::failed(FailureKind::Error, self.text);
        }
        let finding = |category: Category, n: u64| Finding {
            bbox: Some(BBox { x: -1e30, y: 3.0, w: 1e300, h: 10.0 }),
            reason: Some(self.text.to_owned()),
            ..scored(category, support::unit(draw ^ n))
        };
        Outcome::Findings(vec![finding(Category::BLUR, 1), finding(Category::GLARE, 2)])
    }
}

/// A run with all that a page needs of it.
struct Run {
    report: Report,
    timing: TimingReport,
    entries: Vec<Entry>,
}

impl Run {
    fn of(images: &dyn Images, text: &'static str, seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let setup = support::setup(2);
        let analyzer = Talker { text, seed };
        let conditions = Conditions::new(&setup.limits);
        let run =
            run(folder.path(), text, images, &analyzer, &setup, &conditions, |_| ControlFlow::Continue(()));
        let run = run.unwrap();
        let mut entries = run.entries().unwrap();
        for entry in &mut entries {
            // As fast as on every other machine.
            entry.timing.latency_ms = 1.0 + (entry.index % 7) as f64;
            entry.timing.done_ms = 10.0 * (entry.index + 1) as f64;
        }
        let (report, timing) = report::score_all(run.info(), &entries);
        Self { report, timing, entries }
    }

    fn side(&self) -> Side<'_> {
        Side { report: &self.report, timing: Some(&self.timing), entries: &self.entries }
    }

    /// This run as the baseline of a later one.
    fn against(&self, later: &Self) -> Comparison {
        let [before, after] = [self, later].map(|run| Table::of(&run.report.run, &run.entries));
        let before = compare::Side { info: &self.report.run, table: &before };
        let after = compare::Side { info: &later.report.run, table: &after };
        Comparison::paired(before, after, &Plan { seed: 1, replicates: 100 }).unwrap()
    }
}

fn page(run: &Run, baseline: Option<&Run>, pictures: Pictures<'_>, limits: Limits) -> String {
    let comparison = baseline.map(|baseline| baseline.against(run));
    let (comparison, baseline) = (comparison.as_ref(), baseline.map(Run::side));
    Page { run: run.side(), baseline, comparison, pictures, limits }.html(&|_, _| {}).unwrap()
}

/// A page with everything on it.
fn full(text: &'static str) -> String {
    let images = Scenes::new(240, text, [64, 48]);
    let (run, baseline) = (Run::of(&images, text, 1), Run::of(&images, text, 2));
    page(&run, Some(&baseline), Pictures::From(&images), Limits { per_kind: 4, ..Limits::default() })
}

fn all<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(selector).unwrap()).collect()
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect()
}

/// Every element with the names of its attributes, in order.
fn skeleton(html: &Html) -> Vec<(String, BTreeSet<String>)> {
    let names = |e: ElementRef<'_>| e.value().attrs().map(|(name, _)| name.to_owned()).collect();
    all(html, "*").into_iter().map(|e| (e.value().name().to_owned(), names(e))).collect()
}

#[test]
fn what_an_analyzer_or_a_corpus_says_stays_text() {
    let (tame, hostile) = (Html::parse_document(&full(TAME)), Html::parse_document(&full(HOSTILE)));
    let (a, b) = (skeleton(&tame), skeleton(&hostile));
    let first = a.iter().zip(&b).position(|(a, b)| a != b);
    assert_eq!(a.len(), b.len(), "first difference: {:?}", first.map(|at| (&a[at], &b[at])));
    assert_eq!(first, None);
    // And it is all there, to the letter.
    let says = |selector: &str| all(&hostile, selector).into_iter().any(|e| text(e).contains(HOSTILE));
    for selector in [
        "title",
        "h1",
        ".version",
        ".eyebrow",
        "option",
        ".card > .small",
        ".item .said",
        ".item .why",
        "#method dd",
    ] {
        assert!(says(selector), "{selector}");
    }
    for (selector, attribute) in [("optgroup", "label"), ("svg.photo", "aria-label")] {
        let found = all(&hostile, selector);
        let values = found.iter().filter_map(|e| e.value().attr(attribute));
        assert!(values.into_iter().any(|value| value.contains("<img src=x onerror=alert(1)>")), "{selector}");
    }
}

#[test]
fn nothing_is_loaded_and_nothing_else_may_run() {
    let source = full(HOSTILE);
    let html = Html::parse_document(&source);
    let inline = |element: &str| {
        let found = all(&html, element);
        assert_eq!(found.len(), 1, "{element}");
        text(found[0])
    };
    let policy = all(&html, "meta[http-equiv]")[0].value().attr("content").unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    for element in ["style", "script"] {
        use base64::Engine as _;
        use sha2::Digest as _;
        let digest = sha2::Sha256::digest(inline(element));
        let hash = base64::engine::general_purpose::STANDARD.encode(digest);
        assert!(policy.contains(&format!("{element}-src 'sha256-{hash}'")), "{element}: {policy}");
    }
    for element in all(&html, "*") {
        for (name, value) in element.value().attrs() {
            assert!(!name.starts_with("on") && name != "style" && name != "src", "{name} of {element:?}");
            if name == "href" {
                assert!(value.starts_with('#') || value.starts_with("data:"), "{value}");
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_part_has_a_name() {
    let source = full(TAME);
    let html = Html::parse_document(&source);
    let ids: Vec<&str> = all(&html, "[id]").into_iter().filter_map(|e| e.value().id()).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "an id stands twice");
    let refers = [("[href^='#']", "href"), ("[aria-labelledby]", "aria-labelledby"), ("output", "for")];
    for (selector, attribute) in refers {
        for element in all(&html, selector) {
            let target = element.value().attr(attribute).unwrap().trim_start_matches('#');
            assert!(unique.contains(target), "{target}");
        }
    }
    assert_eq!(all(&html, "h1").len(), 1);
    for element in all(&html, "section, [role=region], nav, form, dialog") {
        let named = ["aria-label", "aria-labelledby"].iter().any(|name| element.value().attr(name).is_some());
        assert!(named, "{element:?}");
    }
    for drawing in all(&html, "svg") {
        let value = drawing.value();
        assert!(
            value.attr("aria-hidden").is_some() || value.attr("aria-label").is_some_and(|l| !l.is_empty())
        );
    }
    let counts = |selector: &str| all(&html, selector).len();
    assert_eq!((counts(".card"), counts(".wide tbody th")), (3, 4), "two of three categories are supported");
    assert!(text(all(&html, "#backlit_face")[0]).contains("does not judge"));
    assert!(counts(".group") >= 6 && counts(".item .twin svg.photo") > 0 && counts(".truth[d]") > 0);
    assert!(counts("rect.found") > 0 && counts("rect.before") > 0);
}

#[test]
fn the_worst_comes_first_and_what_is_left_out_is_said() {
    let images = Scenes::new(400, TAME, [64, 48]);
    let run = Run::of(&images, TAME, 1);
    let source = page(&run, None, Pictures::From(&images), Limits { per_kind: 3, ..Limits::default() });
    let html = Html::parse_document(&source);
    let missed =
        run.report.categories.iter().find(|row| row.category == Category::GLARE).unwrap().counts.r#fn;
    let group = all(&html, "#glare-missed")[0];
    let note = text(group.select(&Selector::parse("p.small").unwrap()).next().unwrap());
    assert_eq!(note, format!("3 of {missed}, the most severe first; {} are left out.", missed - 3));
    let shown = all(&html, "#glare-missed .item .said");
    let measures: Vec<f64> = shown
        .iter()
        .map(|said| {
            text(*said).split("present, ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap()
        })
        .collect();
    assert!(measures.len() == 3 && measures.is_sorted_by(|a, b| a >= b), "{measures:?}");
    let scores: Vec<f64> = all(&html, "#glare-false_alarm .item .said")
        .iter()
        .map(|said| {
            let after = text(*said).split("score ").nth(1).unwrap().to_owned();
            after.split_whitespace().next().unwrap().parse().unwrap()
        })
        .collect();
    assert!(scores.len() == 3 && scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
}

#[test]
fn a_baseline_is_compared_and_what_was_broken_comes_first() {
    let images = Scenes::new(400, TAME, [64, 48]);
    let (run, baseline) = (Run::of(&images, TAME, 1), Run::of(&images, TAME, 2));
    let limits = Limits { per_kind: 6, ..Limits::default() };
    let html = Html::parse_document(&page(&run, Some(&baseline), Pictures::From(&images), limits));
    let comparison = baseline.against(&run);
    let rows = all(&html, "#comparison tbody tr");
    assert_eq!(rows.len(), comparison.categories.len() + 1);
    for (row, category) in rows.iter().zip(&comparison.categories) {
        for test in [&category.recall, &category.specificity] {
            let counts = format!("{} fixed, {} broken", test.fixed, test.broken);
            assert!(text(*row).contains(&counts), "{counts}: {}", text(*row));
        }
        let value = category.metrics["recall"].difference.value.unwrap();
        assert!(text(*row).contains(&format!("{:+.1}", 100.0 * value).replace('-', "\u{2212}")));
    }
    for group in ["#blur-missed", "#glare-missed", "#blur-false_alarm", "#glare-false_alarm"] {
        let changes: Vec<_> = all(&html, &format!("{group} .item"))
            .iter()
            .map(|item| item.value().attr("data-change").unwrap().to_owned())
            .collect();
        assert!(changes.len() == 6 && changes.iter().all(|change| change == "new"), "{group}: {changes:?}");
    }
    assert!(text(all(&html, "#blur-fixed p.small")[0]).contains("where the baseline erred"));
    let alone = Html::parse_document(&page(&run, None, Pictures::From(&images), limits));
    assert!(all(&alone, "#comparison").is_empty());
}

#[test]
fn chosen_thresholds_and_boxes_are_shown() {
    let images = Scenes::new(240, TAME, [64, 48]);
    let run = Run::of(&images, TAME, 1);
    let html = Html::parse_document(&page(&run, None, Pictures::None("none"), Limits::default()));
    let calibrated = run.report.calibrated.as_ref().unwrap();
    let rows = all(&html, "#thresholds tbody tr");
    assert_eq!(rows.len(), calibrated.categories.len() + 1);
    for (row, category) in rows.iter().zip(&calibrated.categories) {
        assert!(text(*row).contains(&format!("{:.2}", category.threshold)), "{}", text(*row));
    }
    let lead = text(all(&html, "#thresholds .lead")[0]);
    assert!(lead.contains(&format!("chosen on {} images", calibrated.chosen_on)), "{lead}");
    assert!(text(all(&html, "#glare")[0]).contains("A box on 100 %"), "{}", text(all(&html, "#glare")[0]));
}

#[test]
fn without_pictures_it_says_so_and_works() {
    let images = Scenes::new(60, TAME, [64, 48]);
    let run = Run::of(&images, TAME, 1);
    let html = page(&run, None, Pictures::None("the corpus has moved"), Limits::default());
    let html = Html::parse_document(&html);
    assert!(text(all(&html, "#errors > .warning")[0]).contains("the corpus has moved"));
    assert!(all(&html, "svg.photo").is_empty() && !all(&html, ".item .said").is_empty());

    /// Images whose files are gone.
    struct Gone<'a>(&'a Scenes);
    impl Images for Gone<'_> {
        fn corpus(&self) -> &CorpusInfo {
            self.0.corpus()
        }
        fn len(&self) -> usize {
            self.0.len()
        }
        fn get(&self, index: usize) -> retake_eval::Result<Sample> {
            let sample = self.0.get(index)?;
            let bytes = b"no picture".to_vec();
            Ok(Sample { image: ImageSource::Bytes { bytes, extension: "jpg".to_owned() }, ..sample })
        }
    }
    let html = page(&run, None, Pictures::From(&Gone(&images)), Limits::default());
    let html = Html::parse_document(&html);
    assert!(text(all(&html, "#errors > .warning")[0]).contains("could not be had"));
}

#[test]
fn ten_thousand_images_fit_in_ten_megabytes() {
    let images = Scenes::new(10_000, TAME, [480, 360]);
    let run = Run::of(&images, TAME, 1);
    let source = page(&run, None, Pictures::From(&images), Limits { per_kind: 60, ..Limits::default() });
    assert!(source.len() < 10_000_000, "{} bytes", source.len());
    assert!(source.len() > 5_000_000, "the limit was not reached: {} bytes", source.len());
    let html = Html::parse_document(&source);
    assert!(text(all(&html, "#errors")[0]).contains("left out to keep the page small"));
    // The first of every group has its picture all the same.
    for group in all(&html, ".group") {
        let first = Selector::parse(".item .main svg.photo").unwrap();
        assert!(group.select(&first).next().is_some(), "{:?}", group.value().id());
    }
}

#[test]
fn the_same_run_gives_the_same_page() {
    let images = Scenes::new(80, TAME, [64, 48]);
    let run = Run::of(&images, TAME, 1);
    let make = || page(&run, None, Pictures::From(&images), Limits::default());
    assert_eq!(make(), make());
}

#[test]
fn a_baseline_on_other_images_is_refused() {
    let (images, other) = (Scenes::new(20, TAME, [64, 48]), Scenes::new(20, "other", [64, 48]));
    let (run, baseline) = (Run::of(&images, TAME, 1), Run::of(&other, TAME, 1));
    let page = Page {
        run: run.side(),
        baseline: Some(baseline.side()),
        comparison: None,
        pictures: Pictures::None(""),
        limits: Limits::default(),
    };
    let problem = page.html(&|_, _| {}).unwrap_err().to_string();
    assert!(problem.contains("other images") && problem.contains("blake3:other"), "{problem}");
}
