//! `README.md`: the dataset card, with the YAML front matter that dataset hubs read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Exporter;
use super::schema::Schema;
use crate::corpus::atomic::Output;
use crate::corpus::{Contents, Entry, Layout};
use crate::{Category, CategorySpec, Direction, Result, Role, State};

pub(super) struct DatasetCard;

impl Exporter for DatasetCard {
    fn file_name(&self) -> &'static str {
        "README.md"
    }

    fn layouts(&self) -> &'static [Layout] {
        &Layout::ALL
    }

    fn write(&self, contents: &Contents, out: &mut Output<'_>) -> Result<()> {
        let counts = Counts::of(contents)?;
        let mut text = front_matter(contents, &counts);
        describe(contents, &counts, &mut text);
        tabulate(contents, &counts, &mut text);
        text.push_str(FOOT);
        out.bytes(text.as_bytes())
    }
}

#[derive(Default)]
struct Counts {
    states: BTreeMap<(Category, &'static str), u64>,
    roles: BTreeMap<Role, u64>,
    twins: u64,
    /// The types of the labels, and the image files' suffix; only where a loader needs to be told.
    schema: Option<(Schema, String)>,
}

impl Counts {
    fn of(contents: &Contents) -> Result<Self> {
        let mut counts = Self::default();
        contents.visit(&mut |entry: Entry<'_>| {
            if contents.layout == Layout::WebDataset {
                let suffix = entry.record.file_name.rsplit('.').next().unwrap_or_default();
                let (schema, _) = counts.schema.get_or_insert_with(|| (Schema::default(), suffix.to_owned()));
                schema.see(&serde_json::from_str(entry.line).map_err(|e| entry.error(e.to_string()))?);
            }
            for (category, state) in &entry.record.labels {
                *counts.states.entry((*category, state.id())).or_default() += 1;
            }
            *counts.roles.entry(entry.record.role).or_default() += 1;
            counts.twins += u64::from(!entry.record.twin_of.is_empty());
            Ok(())
        })?;
        Ok(counts)
    }

    fn state(&self, category: Category, state: State) -> u64 {
        self.states.get(&(category, state.id())).copied().unwrap_or(0)
    }
}

/// The size class as dataset hubs name it.
fn size_category(count: u64) -> &'static str {
    match count {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        1_000_000..10_000_000 => "1M<n<10M",
        10_000_000..100_000_000 => "10M<n<100M",
        _ => "100M<n<1B",
    }
}

fn front_matter(contents: &Contents, counts: &Counts) -> String {
    let manifest = contents.manifest();
    let (split, size) = (&manifest.split, size_category(manifest.count));
    let files = match contents.layout {
        Layout::Dir => format!("{split}/**"),
        Layout::WebDataset => format!("{split}/*.tar"),
    };
    format!(
        "---\npretty_name: {}\nlicense: cc0-1.0\nlanguage:\n- en\nsize_categories:\n- {size}\ntask_categories:\n- image-classification\n\
         - object-detection\n- image-segmentation\ntags:\n- synthetic\n- identity-documents\n- image-quality\n\
         configs:\n- config_name: default\n  data_files:\n  - split: {split}\n    path: {files}\n{}---\n\n",
        serde_json::Value::from(manifest.name.as_str()),
        features(counts)
    )
}

/// The types of a sample's parts.
fn features(counts: &Counts) -> String {
    let Some((schema, suffix)) = &counts.schema else { return String::new() };
    let mut out =
        format!("dataset_info:\n  config_name: default\n  features:\n  - name: {suffix}\n    dtype: image\n");
    schema.feature("json", 2, &mut out);
    for key in ["__key__", "__url__"] {
        Schema::Scalar("string").feature(key, 2, &mut out);
    }
    out
}

fn describe(contents: &Contents, counts: &Counts, text: &mut String) {
    let manifest = contents.manifest();
    let roles: Vec<String> = counts.roles.iter().map(|(role, n)| format!("{n} {role}")).collect();
    let facts = [
        ("Digest", format!("`{}`", manifest.digest)),
        ("Recipe", format!("`{}`, `{}`", manifest.name, manifest.recipe_digest)),
        ("Seed", manifest.seed.to_string()),
        ("Generator", manifest.generator.clone()),
        ("Images", format!("{} ({})", manifest.count, roles.join(", "))),
        ("Counterfactual twins", counts.twins.to_string()),
        ("Shard", format!("{} of {} images", manifest.shard, manifest.total)),
    ];
    let _ = write!(
        text,
        "# {}\n\nSynthetic photos of fictional identity cards and their holders, with controlled capture defects and exact \
         truth.\nNo document, state or person in them exists. The same recipe, seed and generator give the same bytes: the \
         digest\ncovers every image and every label.\n\n| | |\n|---|---|\n",
        manifest.name
    );
    for (key, value) in facts {
        let _ = writeln!(text, "| {key} | {value} |");
    }
}

fn tabulate(contents: &Contents, counts: &Counts, text: &mut String) {
    text.push_str(
        "\n## Categories\n\nA measure between the two thresholds makes an image *borderline*: labelled, and left out of \
         precision and recall.\n\n| category | measure | unit | absent | present | present | borderline | absent | not applicable |\n\
         |---|---|---|---|---|---:|---:|---:|---:|\n",
    );
    for spec in &contents.manifest().categories {
        let [absent, present] = thresholds(spec);
        let of = |state| counts.state(spec.id, state);
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {absent} | {present} | {} | {} | {} | {} |",
            spec.id,
            spec.measure.name,
            spec.measure.unit,
            of(State::Present),
            of(State::Borderline),
            of(State::Absent),
            of(State::NotApplicable),
        );
    }
}

fn thresholds(spec: &CategorySpec) -> [String; 2] {
    let (low, high) = match spec.measure.direction {
        Direction::HigherIsWorse => ("≤", "≥"),
        Direction::LowerIsWorse => ("≥", "≤"),
    };
    [format!("{low} {}", spec.thresholds.absent), format!("{high} {}", spec.thresholds.present)]
}

const FOOT: &str = "
## Labels

One JSON object per image. `labels`, `measures` and `severities` have one key per category; `corners` are those of the
card as printed (top left, top right, bottom right, bottom left), also where they lie outside the picture; `fields` are the
printed fields with text, corners and legibility; `regions` are the defects' masks, run-length encoded as in COCO. Pixel
coordinates are continuous, from the top left corner of the picture. `twin_of` names the image that shows the same card, scene and noise
with one thing changed. An empty string or list stands for \"none\".
";
