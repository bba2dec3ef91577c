//! Whole corpora in temporary folders.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::{
    Category, CategorySpec, Direction, Error, FieldTruth, Manifest, Mask, MeasureSpec, PointSpread, Record,
    Region, Role, State, Thresholds,
};

const TOTAL: u64 = 11;

fn spec(id: Category, direction: Direction, absent: f64, present: f64, roles: &[Role]) -> CategorySpec {
    CategorySpec {
        id,
        title: id.title().into(),
        measure: MeasureSpec { name: format!("{id} measure"), unit: "px".into(), direction },
        thresholds: Thresholds { absent, present },
        roles: roles.to_vec(),
    }
}

fn plan(layout: Layout, shard: Shard) -> Plan {
    Plan {
        name: "tiny".into(),
        generator: "retake 0.0.0".into(),
        recipe: serde_json::json!({"name": "tiny", "images": TOTAL, "mix": {"glare": 0.5}}),
        seed: u64::MAX,
        total: TOTAL,
        split: "test".into(),
        shard,
        layout,
        categories: vec![
            spec(Category::BLUR, Direction::HigherIsWorse, 0.5, 1.5, &Role::ALL),
            spec(Category::GLARE, Direction::HigherIsWorse, 0.01, 0.02, &[Role::DocumentFront]),
            spec(Category::LOW_RESOLUTION, Direction::LowerIsWorse, 250.0, 150.0, &Role::ALL),
        ],
    }
}

/// A label and an image file that follow from the index: a document with glare, or a selfie.
fn sample(index: u64) -> (Record, Vec<u8>) {
    let selfie = index % 4 == 3;
    let mut mask = Mask::new(40, 30);
    for p in 0..5 + index as u32 {
        mask.set(p, 2 + p / 2, true);
    }
    let glare = if selfie { 0.0 } else { index as f64 / 400.0 };
    let glare_state = match (selfie, glare) {
        (true, _) => State::NotApplicable,
        (_, g) if g >= 0.02 => State::Present,
        (_, g) if g <= 0.01 => State::Absent,
        _ => State::Borderline,
    };
    let region = || Region { category: Category::GLARE, bbox: mask.bbox().unwrap(), rle: mask.to_rle() };
    let field = FieldTruth {
        name: "surname".into(),
        text: "HALVORSEN \"Å\"".into(),
        quad: [[1.0, 2.5], [9.0, 2.0], [9.0, 4.0], [-1.0, 4.0]],
        legible: glare < 0.02,
        unreadable_by: if glare < 0.02 { vec![] } else { vec![Category::GLARE] },
        cropped: 0.125,
        covered: 0.0,
        glared: glare,
        faded: glare,
        contrast: 0.75,
        x_height_mm: 1.5,
        stroke_mm: 0.25,
        blur: 0.5,
        dpi: 300.0,
        expected_error: 0.125 + glare,
    };
    let record = Record {
        file_name: file_name(index, "jpg"),
        image_id: image_id(index),
        sample_id: image_id(index / 2),
        twin_of: if index % 2 == 1 { image_id(index - 1) } else { String::new() },
        role: if selfie { Role::Selfie } else { Role::DocumentFront },
        width: 40,
        height: 30,
        document: if selfie { String::new() } else { "td1_utopia_a".into() },
        persona: image_id(index / 4),
        labels: [
            (Category::BLUR, State::Absent),
            (Category::GLARE, glare_state),
            (Category::LOW_RESOLUTION, State::Present),
        ]
        .into(),
        measures: [(Category::BLUR, 0.0), (Category::GLARE, glare), (Category::LOW_RESOLUTION, 1.0 / 3.0)]
            .into(),
        severities: [(Category::BLUR, 0.0), (Category::GLARE, glare), (Category::LOW_RESOLUTION, 1.0)].into(),
        corners: if selfie { vec![] } else { vec![[0.5, 1.0], [39.0, 1.0], [39.0, 29.0], [-3.25, 29.0]] },
        corners_lost: if selfie { 0 } else { 1 },
        point_spread: PointSpread { defocus_mm: 0.125, motion_mm: 0.0, defocus_px: 1.5, motion_px: 0.0 },
        fields: if selfie { vec![] } else { vec![field] },
        mrz: if selfie { vec![] } else { vec!["I<UTO".into(), "X".into()] },
        face: if selfie { vec![4.0, 5.0, 20.0, 22.0] } else { vec![] },
        regions: if glare_state == State::Present { vec![region()] } else { vec![] },
        scene: BTreeMap::from([("surface".to_owned(), ["oak", "linen"][index as usize % 2].to_owned())]),
        blake3: String::new(),
    };
    let image = blake3::hash(&index.to_le_bytes()).as_bytes().repeat(1 + index as usize * 7 % 5);
    (record, image)
}

fn open(dir: &Path, plan: Plan) -> Box<Writer> {
    match Writer::open(dir, plan).unwrap() {
        Opened::Unfinished(writer) => writer,
        Opened::Finished(_) => panic!("finished already"),
    }
}

fn put(writer: &Writer, index: u64) {
    let (record, image) = sample(index);
    writer.put(index, &record, &image).unwrap();
}

fn fill(writer: &Writer) {
    for index in writer.range().rev() {
        if !writer.is_done(index) {
            put(writer, index);
        }
    }
}

fn write(dir: &Path, layout: Layout, shard: Shard) -> Manifest {
    let writer = open(dir, plan(layout, shard));
    fill(&writer);
    writer.finish().unwrap()
}

/// Every file below a folder, by its path from there.
fn tree(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(dir).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn check(dir: &Path) -> crate::Result<Report> {
    verify(dir, &mut |_, _| {})
}

/// The first layout's finished tree, to compare others with.
fn reference(layout: Layout) -> (TempDir, BTreeMap<PathBuf, Vec<u8>>) {
    let dir = TempDir::new().unwrap();
    write(dir.path(), layout, Shard::WHOLE);
    let tree = tree(dir.path());
    (dir, tree)
}

#[test]
fn a_corpus_reads_back_in_both_layouts_under_one_digest() {
    let mut digests = Vec::new();
    for layout in Layout::ALL {
        let dir = TempDir::new().unwrap();
        let manifest = write(dir.path(), layout, Shard::WHOLE);
        let corpus = Corpus::open(dir.path()).unwrap();
        assert_eq!(corpus.manifest, manifest);
        assert_eq!(corpus.len() as u64, TOTAL);
        let mut digest = Digest::new();
        for (position, found) in corpus.records.iter().enumerate() {
            let (mut record, image) = sample(position as u64);
            let line = metadata_line(&mut record, &image).unwrap();
            assert_eq!(*found, record);
            assert_eq!(corpus.image_bytes(position).unwrap(), image);
            assert_eq!(corpus.position(&record.image_id), Some(position));
            assert_eq!(corpus.image_path(position).is_some(), layout == Layout::Dir);
            digest.push(&record, &line).unwrap();
        }
        assert_eq!(manifest.digest, digest.finish());
        let report = check(dir.path()).unwrap();
        assert_eq!((report.images, &report.digest), (TOTAL, &manifest.digest));
        digests.push(manifest.digest);
    }
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn threads_and_order_leave_no_trace() {
    for layout in Layout::ALL {
        let (_keep, expected) = reference(layout);
        let dir = TempDir::new().unwrap();
        let writer = open(dir.path(), plan(layout, Shard::WHOLE));
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let writer = &writer;
                scope.spawn(move || (0..TOTAL).filter(|i| i % 4 == thread).for_each(|i| put(writer, i)));
            }
        });
        assert_eq!(writer.done(), TOTAL);
        writer.finish().unwrap();
        assert_eq!(tree(dir.path()), expected, "{layout}");
    }
}

#[test]
fn of_threads_putting_the_same_image_one_succeeds() {
    let dir = TempDir::new().unwrap();
    let writer = open(dir.path(), plan(Layout::Dir, Shard::WHOLE));
    let (record, image) = sample(5);
    let succeeded: Vec<bool> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..4).map(|_| scope.spawn(|| writer.put(5, &record, &image).is_ok())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(succeeded.iter().filter(|ok| **ok).count(), 1);
}

#[test]
fn shards_in_any_number_and_order_join_to_the_same_tree() {
    for layout in Layout::ALL {
        let (_keep, expected) = reference(layout);
        for parts in [1, 2, 7, 13] {
            let dir = TempDir::new().unwrap();
            let mut shards: Vec<PathBuf> =
                (1..=parts).map(|part| dir.path().join(format!("{part}"))).collect();
            for (part, shard) in (1..).zip(&shards) {
                write(shard, layout, Shard::new(part, parts).unwrap());
                check(shard).unwrap();
            }
            shards.reverse();
            let out = dir.path().join("out");
            let mut last = (0, 0);
            merge(&shards, &out, &mut |done, total| last = (done, total)).unwrap();
            assert_eq!(last, (TOTAL, TOTAL));
            assert_eq!(tree(&out), expected, "{layout} in {parts}");
        }
    }
}

#[test]
fn a_join_names_what_does_not_belong_together() {
    let dir = TempDir::new().unwrap();
    let shard = |part, parts| Shard::new(part, parts).unwrap();
    let at = |name: &str| dir.path().join(name);
    write(&at("a"), Layout::Dir, shard(1, 2));
    write(&at("b"), Layout::Dir, shard(2, 2));
    write(&at("b2"), Layout::Dir, shard(2, 2));
    write(&at("c"), Layout::Dir, shard(3, 3));
    let other = open(&at("d"), Plan { seed: 5, ..plan(Layout::Dir, shard(2, 2)) });
    fill(&other);
    other.finish().unwrap();
    let problem = |names: &[&str]| {
        let shards: Vec<PathBuf> = names.iter().map(|name| at(name)).collect();
        merge(&shards, &at("out"), &mut |_, _| {}).unwrap_err().to_string()
    };
    assert!(problem(&["a"]).contains("2/2 is missing"), "{}", problem(&["a"]));
    assert!(problem(&["b", "a", "b2"]).contains("also in"));
    assert!(problem(&["a", "c"]).contains("3/3"));
    assert!(problem(&["a", "d"]).contains("seed is 5"), "{}", problem(&["a", "d"]));
    assert!(problem(&["a", "nowhere"]).contains("nowhere"));
    assert!(problem(&[]).contains("no shards"));
    assert!(!at("out").exists());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_killed_run_resumes_to_the_same_tree(
        put_first in 0..=TOTAL, cut in 0.0..1.0f64, harm in 0..4u8, webdataset in any::<bool>(), at in 0..TOTAL,
    ) {
        let layout = if webdataset { Layout::WebDataset } else { Layout::Dir };
        let (_keep, expected) = reference(layout);
        let dir = TempDir::new().unwrap();
        let writer = open(dir.path(), plan(layout, Shard::WHOLE));
        (0..put_first).for_each(|index| put(&writer, index));
        drop(writer);

        // The journal ends anywhere behind its first line, and a file may have been lost or torn.
        let journal = dir.path().join(JOURNAL);
        let bytes = fs::read(&journal).unwrap();
        let header = 1 + bytes.iter().position(|b| *b == b'\n').unwrap();
        let keep = header + ((bytes.len() - header) as f64 * cut) as usize;
        fs::write(&journal, &bytes[..keep]).unwrap();
        let files: Vec<PathBuf> = tree(dir.path()).into_keys().filter(|f| f.as_path() != Path::new(JOURNAL)).collect();
        if let Some(file) = files.get(at as usize % files.len().max(1)).map(|f| dir.path().join(f)) {
            let bytes = fs::read(&file).unwrap();
            match harm {
                1 => fs::remove_file(file).unwrap(),
                2 => fs::write(file, &bytes[..bytes.len() / 2]).unwrap(),
                3 => fs::write(file.with_file_name(".000000001.jpg.part"), b"torn").unwrap(),
                _ => {}
            }
        }

        let writer = open(dir.path(), plan(layout, Shard::WHOLE));
        let whole = bytes[header..keep].iter().filter(|b| **b == b'\n').count() as u64;
        prop_assert!(writer.done() <= whole && (harm != 0 || layout == Layout::WebDataset || writer.done() == whole));
        fill(&writer);
        writer.finish().unwrap();
        prop_assert_eq!(tree(dir.path()), expected);
    }

    #[test]
    fn one_flipped_byte_anywhere_is_found(webdataset in any::<bool>(), file in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>(), flip in 1..=255u8) {
        let (dir, tree) = reference(if webdataset { Layout::WebDataset } else { Layout::Dir });
        let (name, mut bytes) = tree.into_iter().nth(file.index(if webdataset { 5 } else { 16 })).unwrap();
        let position = byte.index(bytes.len());
        bytes[position] ^= flip;
        fs::write(dir.path().join(&name), bytes).unwrap();
        prop_assert!(check(dir.path()).is_err(), "{} at {position}", name.display());
    }

    #[test]
    fn a_file_cut_off_anywhere_is_found(webdataset in any::<bool>(), file in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>()) {
        let (dir, tree) = reference(if webdataset { Layout::WebDataset } else { Layout::Dir });
        let (name, bytes) = tree.into_iter().nth(file.index(if webdataset { 5 } else { 16 })).unwrap();
        fs::write(dir.path().join(&name), &bytes[..byte.index(bytes.len())]).unwrap();
        prop_assert!(check(dir.path()).is_err(), "{}", name.display());
    }
}

#[test]
fn missing_and_stray_files_are_found() {
    for layout in Layout::ALL {
        let (dir, tree) = reference(layout);
        for name in tree.keys() {
            let (path, aside) = (dir.path().join(name), dir.path().parent().unwrap().join("aside"));
            fs::rename(&path, &aside).unwrap();
            assert!(check(dir.path()).is_err(), "{}", name.display());
            fs::rename(&aside, &path).unwrap();
        }
        for stray in ["notes.txt", "test/labels.json", "test/images/x.jpg", ".hidden"] {
            let path = dir.path().join(stray);
            if path.parent().is_some_and(Path::exists) {
                fs::write(&path, b"x").unwrap();
                let message = check(dir.path()).unwrap_err().to_string();
                assert!(message.contains(path.to_str().unwrap()), "{message}");
                fs::remove_file(&path).unwrap();
            }
        }
        check(dir.path()).unwrap();
    }
}

#[test]
fn the_first_bad_image_is_named() {
    let (dir, _) = reference(Layout::Dir);
    for name in ["000000009.jpg", "000000004.jpg"] {
        fs::write(dir.path().join("test/images").join(name), b"other").unwrap();
        let message = check(dir.path()).unwrap_err().to_string();
        assert!(message.contains(name) && message.contains("hash"), "{message}");
    }
    let corpus = Corpus::open(dir.path()).unwrap();
    assert!(corpus.image_bytes(4).is_err());
}

#[test]
fn opening_says_what_the_folder_is() {
    let dir = TempDir::new().unwrap();
    let wanted = || plan(Layout::Dir, Shard::WHOLE);
    let message = |plan| Writer::open(dir.path(), plan).unwrap_err().to_string();
    fs::write(dir.path().join("holiday.jpg"), b"x").unwrap();
    assert!(message(wanted()).contains("holiday.jpg"));
    fs::remove_file(dir.path().join("holiday.jpg")).unwrap();

    let writer = open(dir.path(), wanted());
    assert!(message(wanted()).contains("another process"), "{}", message(wanted()));
    put(&writer, 0);
    drop(writer);
    let mut others = Vec::new();
    for finished in [false, true] {
        others.extend([
            message(Plan { seed: 1, ..wanted() }),
            message(Plan { total: 12, ..wanted() }),
            message(Plan { split: "train".into(), ..wanted() }),
            message(Plan { recipe: serde_json::json!({}), ..wanted() }),
            message(Plan { generator: "retake 9".into(), ..wanted() }),
            message(plan(Layout::WebDataset, Shard::WHOLE)),
            message(plan(Layout::Dir, Shard::new(1, 2).unwrap())),
        ]);
        if !finished {
            let writer = open(dir.path(), wanted());
            assert_eq!(writer.done(), 1);
            fill(&writer);
            writer.finish().unwrap();
        }
    }
    let keys = ["seed", "total", "split", "recipe", "generator", "layout", "shard"];
    for (message, key) in others.iter().zip(keys.iter().cycle()) {
        assert!(message.contains(&format!("its {key}")), "{key}: {message}");
    }
    let before = tree(dir.path());
    assert!(matches!(Writer::open(dir.path(), wanted()).unwrap(), Opened::Finished(_)));
    assert_eq!(tree(dir.path()), before);
}

#[test]
fn an_unfinished_corpus_cannot_be_read_or_finished() {
    let dir = TempDir::new().unwrap();
    let writer = open(dir.path(), plan(Layout::Dir, Shard::WHOLE));
    put(&writer, 0);
    put(&writer, 2);
    let message = writer.finish().unwrap_err().to_string();
    assert!(message.contains("9 images are missing, the first is 000000001"), "{message}");
    let message = Corpus::open(dir.path()).unwrap_err().to_string();
    assert!(message.contains("unfinished"), "{message}");
}

#[test]
fn a_reader_says_what_is_wrong_and_where() {
    let (dir, _) = reference(Layout::Dir);
    let message = || Corpus::open(dir.path()).unwrap_err().to_string();
    let missing = Corpus::open(dir.path().join("none")).unwrap_err();
    assert!(matches!(&missing, Error::Io { path, .. } if path.ends_with("none")), "{missing}");

    let labels = dir.path().join("test/metadata.jsonl");
    let text = fs::read_to_string(&labels).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let cases: [(String, &str); 6] = [
        (text.replacen("images/000000002.jpg", "images/../../2.jpg", 1), ":3: file name"),
        (text.replacen("images/000000002.jpg", "/etc/passwd", 1), ":3: file name"),
        (
            text.replacen("\"role\":\"selfie\"", "\"role\":\"dog\"", 1),
            ":4: no label of an image: unknown variant `dog`",
        ),
        (format!("{}\n{}", lines[0], &lines[1][..40]), ":2: the line has no end"),
        (String::new(), "holds no images"),
        (format!("{}\n", lines[0]), "1 labels, but the manifest says 11"),
    ];
    for (changed, expected) in cases {
        fs::write(&labels, changed).unwrap();
        assert!(message().contains(expected), "{expected}: {}", message());
    }
    fs::write(&labels, text).unwrap();

    fs::remove_file(dir.path().join("test/images/000000001.jpg")).unwrap();
    let lost = Corpus::open(dir.path()).unwrap().image_bytes(1).unwrap_err();
    assert!(matches!(&lost, Error::Io { path, .. } if path.ends_with("images/000000001.jpg")), "{lost}");

    let manifest = dir.path().join(MANIFEST);
    let text = fs::read_to_string(&manifest).unwrap();
    for (changed, expected) in [
        (text.replace("\"format\": 1", "\"format\": 7"), "format 7"),
        (text.replace("\"format\": 1,", ""), "`format` is missing"),
        (text[..60].to_owned(), "manifest.json:"),
        ("[]".to_owned(), "no manifest"),
    ] {
        fs::write(&manifest, changed).unwrap();
        assert!(message().contains(expected), "{expected}: {}", message());
    }
    fs::remove_file(&manifest).unwrap();
    assert!(message().contains("not a corpus"), "{}", message());
}

#[test]
fn a_label_that_breaks_an_invariant_is_not_written() {
    let dir = TempDir::new().unwrap();
    let writer = open(dir.path(), plan(Layout::Dir, Shard::WHOLE));
    let refused = |expected: &str, change: &dyn Fn(&mut Record)| {
        let (mut record, image) = sample(10);
        change(&mut record);
        let message = writer.put(10, &record, &image).expect_err(expected).to_string();
        assert!(message.contains(expected), "{expected}: {message}");
    };
    put(&writer, 0);
    refused("lacks blur", &|r| _ = r.labels.remove(&Category::BLUR));
    refused("speaks of expired", &|r| _ = r.measures.insert(Category::EXPIRED, 0.0));
    refused("not finite", &|r| _ = r.measures.insert(Category::GLARE, f64::NAN));
    refused("severity of glare", &|r| _ = r.severities.insert(Category::GLARE, 1.5));
    refused("glare is absent, but", &|r| _ = r.labels.insert(Category::GLARE, State::Absent));
    refused("not applicable, yet", &|r| _ = r.labels.insert(Category::GLARE, State::NotApplicable));
    refused("`corners`", &|r| _ = r.corners.pop());
    refused("field `surname`", &|r| r.fields[0].quad[1][0] = f64::INFINITY);
    refused("`face`", &|r| r.face = vec![1.0, 2.0]);
    refused("has size", &|r| r.regions[0].rle.size = [40, 30]);
    refused("its mask fills", &|r| r.regions[0].bbox.w += 1.0);
    refused("is empty", &|r| r.regions[0].rle = Mask::new(40, 30).to_rle());
    refused("file name", &|r| r.file_name = "images/glare_10.jpg".into());
    refused("has the id", &|r| r.image_id = "000000011".into());
    refused("`twin_of`", &|r| r.twin_of = r.image_id.clone());
    refused("same keys", &|r| r.scene.clear());
    assert_eq!(writer.done(), 1);
    put(&writer, 10);
    let (record, image) = sample(10);
    assert!(writer.put(10, &record, &image).unwrap_err().to_string().contains("twice"));
    assert!(writer.put(TOTAL, &sample(TOTAL).0, &image).unwrap_err().to_string().contains("not of shard"));
}

#[test]
fn a_failed_write_leaves_nothing_that_looks_whole() {
    let dir = TempDir::new().unwrap();
    let writer = open(dir.path(), plan(Layout::Dir, Shard::WHOLE));
    let images = dir.path().join("test/images");
    fs::remove_dir(&images).unwrap();
    fs::write(&images, b"in the way").unwrap();
    let (record, image) = sample(0);
    let error = writer.put(0, &record, &image).unwrap_err();
    assert!(matches!(&error, Error::Io { path, .. } if path.ends_with("images/000000000.jpg")), "{error}");
    assert!(!writer.is_done(0));
    fs::remove_file(&images).unwrap();
    fs::create_dir(&images).unwrap();
    fill(&writer);

    fs::create_dir(dir.path().join("coco.json")).unwrap();
    let error = writer.finish().unwrap_err();
    assert!(matches!(&error, Error::Io { path, .. } if path.ends_with("coco.json")), "{error}");
    assert!(!dir.path().join(MANIFEST).exists());
    fs::remove_dir(dir.path().join("coco.json")).unwrap();
    open(dir.path(), plan(Layout::Dir, Shard::WHOLE)).finish().unwrap();
    check(dir.path()).unwrap();
}

#[test]
fn lines_have_the_same_keys_and_floats_look_like_floats() {
    let (dir, _) = reference(Layout::Dir);
    let text = fs::read_to_string(dir.path().join("test/metadata.jsonl")).unwrap();
    let keys = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        ["labels", "measures", "severities", "scene"]
            .map(|key| value[key].as_object().unwrap().keys().cloned().collect::<Vec<_>>())
            .into_iter()
            .chain([value.as_object().unwrap().keys().cloned().collect()])
            .collect::<Vec<Vec<String>>>()
    };
    let first = keys(text.lines().next().unwrap());
    assert!(text.lines().all(|line| keys(line) == first));
    assert!(
        text.starts_with("{\"file_name\":\"images/000000000.jpg\",\"image_id\":\"000000000\","),
        "{text}"
    );
    assert!(text.contains("\"measures\":{\"blur\":0.0,\"glare\":0.0,"));
}

#[test]
fn exports_are_json_and_the_card_counts() {
    let (dir, tree) = reference(Layout::Dir);
    for name in export::file_names(Layout::Dir).iter().filter(|name| name.ends_with(".json")) {
        let _: serde_json::Value = serde_json::from_slice(&tree[Path::new(name)]).unwrap();
    }
    let coco: serde_json::Value = serde_json::from_slice(&tree[Path::new("coco.json")]).unwrap();
    let regions: usize = Corpus::open(dir.path()).unwrap().records.iter().map(|r| r.regions.len()).sum();
    assert!(regions > 0);
    assert_eq!(coco["annotations"].as_array().unwrap().len(), regions);
    assert_eq!(coco["images"].as_array().unwrap().len() as u64, TOTAL);
    let card = String::from_utf8(tree[Path::new("README.md")].clone()).unwrap();
    assert!(card.contains("| `glare` | glare measure | px | ≤ 0.01 | ≥ 0.02 | 3 | 2 | 4 | 2 |"), "{card}");
}
