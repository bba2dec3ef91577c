//! A user's own photos with labels are a corpus: three ways to lay the labels, and what each mistake is answered with.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use retake_eval::corpus::{self, Images};
use retake_eval::report::Report;
use retake_label::{Category, Role, State};
use support::{run_all, setup};

struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// A picture as far as its size is concerned, and different from all others.
    fn picture(&self, name: &str) {
        let header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0";
        self.write(name, &[&header[..], name.as_bytes()].concat());
    }

    fn open(&self) -> Box<dyn Images> {
        corpus::open(self.path()).unwrap()
    }

    fn problem(&self) -> String {
        corpus::open(self.path()).map(|_| ()).unwrap_err().to_string()
    }
}

fn state(images: &dyn Images, index: usize, category: Category) -> State {
    images.get(index).unwrap().record.labels[&category]
}

#[test]
fn lines_with_a_file_name_and_labels_are_enough() {
    let folder = Folder::new();
    for name in ["a.png", "b.png", "c.png", "d.png"] {
        folder.picture(&format!("photos/{name}"));
    }
    folder.write(
        "metadata.jsonl",
        br#"{"file_name":"photos/a.png","labels":{"glare":true,"blur":"absent"},"phone":"P5","iso":100}
            {"file_name":"photos/b.png","labels":["blur"],"sample_id":"x"}
            {"file_name":"photos/c.png","labels":"backlit_face","image_id":31}

            {"file_name":"photos/d.png","labels":{"glare":null,"blur":"borderline"},"role":"document_back"}
"#,
    );
    let images = folder.open();
    assert_eq!(images.corpus().categories(), [Category::BLUR, Category::GLARE, Category::BACKLIT_FACE]);
    assert!(images.corpus().lacks().unwrap().contains("no twins"));
    let first = images.get(0).unwrap().record;
    assert_eq!((first.width, first.height, first.role), (640, 480, Role::DocumentFront));
    assert_eq!(first.scene["phone"], "P5");
    assert_eq!(first.scene["iso"], "100");
    let states =
        |index| [Category::GLARE, Category::BLUR, Category::BACKLIT_FACE].map(|c| state(&*images, index, c));
    assert_eq!(states(0), [State::Present, State::Absent, State::NotApplicable]);
    assert_eq!(states(1), [State::Absent, State::Present, State::NotApplicable]);
    assert_eq!(states(2), [State::NotApplicable, State::Absent, State::Present]);
    assert_eq!(states(3), [State::NotApplicable, State::Borderline, State::NotApplicable]);
    assert_eq!(images.get(1).unwrap().record.sample_id, "x");
    assert_eq!(images.get(2).unwrap().record.image_id, "31");

    // It is a corpus all the way: a run, its report, and a digest that follows the pictures and the labels.
    let run = run_all(&folder.path().join("run"), "builtin:oracle", &*images, &setup(2)).unwrap();
    let report = Report::build(&run).unwrap();
    assert_eq!(report.micro["recall"].value, Some(1.0));
    assert_eq!(report.images, 4);
    let digest = images.corpus().digest.clone();
    assert_eq!(folder.open().corpus().digest, digest);
    folder.write("photos/a.png", &fs::read(folder.path().join("photos/b.png")).unwrap());
    assert_ne!(folder.open().corpus().digest, digest);
    assert!(images.get(0).unwrap_err().to_string().contains("was changed"));
}

#[test]
fn splits_have_their_own_lines() {
    let folder = Folder::new();
    for split in ["train", "test"] {
        folder.picture(&format!("{split}/1.png"));
        let line = format!("{{\"file_name\":\"1.png\",\"labels\":[\"glare\"],\"image_id\":\"{split}\"}}\n");
        folder.write(&format!("{split}/metadata.jsonl"), line.as_bytes());
    }
    let images = folder.open();
    assert_eq!(images.get(0).unwrap().record.file_name, "test/1.png");
    assert_eq!(images.len(), 2);
}

#[test]
fn a_folder_of_no_class_is_named_once_with_what_it_may_be() {
    let folder = Folder::new();
    folder.picture("blurr/a.png");
    let problem = folder.problem();
    assert!(problem.contains("did you mean `blur`") && problem.contains("`clean`"), "{problem}");
    assert_eq!(problem.matches("blurr").count(), 2, "the folder and its name: {problem}");
}

#[test]
fn a_folder_per_class_is_enough() {
    let folder = Folder::new();
    for name in ["glare/1.png", "glare/2.png", "Low-Resolution/1.png", "clean/1.png", "notes/read.me"] {
        folder.picture(name);
    }
    let images = folder.open();
    assert_eq!(images.len(), 4);
    let of = |name: &str| (0..4).find(|i| images.get(*i).unwrap().record.file_name == name).unwrap();
    let glare = |name| state(&*images, of(name), Category::GLARE);
    assert_eq!(glare("glare/2.png"), State::Present);
    assert_eq!(glare("clean/1.png"), State::Absent);
    assert_eq!(glare("Low-Resolution/1.png"), State::Absent);
    assert_eq!(state(&*images, of("Low-Resolution/1.png"), Category::LOW_RESOLUTION), State::Present);
    folder.picture("glair/1.png");
    let problem = folder.problem();
    assert!(problem.contains("unknown category `glair`") && problem.contains("in `clean`"), "{problem}");
}

#[test]
fn a_coco_file_is_enough_and_coco_results_are_scored_on_it() {
    let folder = Folder::new();
    for name in ["images/7.png", "images/8.png"] {
        folder.picture(name);
    }
    let file = r#"{"images":[{"id":7,"file_name":"7.png"},{"id":8,"file_name":"8.png"}],
        "categories":[{"id":4,"name":"glare"},{"id":5,"name":"finger occlusion"}],
        "annotations":[{"id":1,"image_id":7,"category_id":5,"bbox":[1,2,3,4]}]}"#;
    let classes = folder.write("annotations/instances.json", file.as_bytes());
    let images = folder.open();
    assert_eq!(state(&*images, 0, Category::FINGER_OCCLUSION), State::Present);
    assert_eq!(state(&*images, 1, Category::FINGER_OCCLUSION), State::Absent);
    assert_eq!(state(&*images, 0, Category::GLARE), State::Absent);

    let results = folder.path().join("results.json");
    fs::write(&results, r#"[{"image_id":7,"category_id":5,"bbox":[1,2,3,4],"score":0.9}]"#).unwrap();
    let spec = format!("predictions:{}?categories={}", results.display(), classes.display());
    let run = run_all(&folder.path().join("run"), &spec, &*images, &setup(1)).unwrap();
    let report = Report::build(&run).unwrap();
    assert_eq!(report.outcomes.judged, 2);
    let [glare, finger] = [0, 1].map(|i| &report.categories[i].counts);
    assert_eq!((glare.tn, finger.tp, finger.tn), (2, 1, 1));
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (line, reason) in [
        (r#"{"labels":[]}"#, "metadata.jsonl:2: missing field `file_name`"),
        (r#"{"file_name":"a.png"}"#, "missing field `labels` (column 21); a line needs"),
        (r#"{"file_name":"b.png","labels":[]}"#, "there is no picture"),
        (r#"{"file_name":"../a.png","labels":[]}"#, "leads out of the folder"),
        (r#"{"file_name":"a.png","labels":["glair"]}"#, "unknown category `glair`"),
        (r#"{"file_name":"a.png","labels":{"glare":"maybe"}}"#, "is no state"),
        (
            r#"{"file_name":"a.png","labels":["backlit_face"],"role":"document_front"}"#,
            "cannot be on a picture of role",
        ),
        (r#"{"file_name":"text.png","labels":[]}"#, "not a picture that is known"),
        (r#"{"file_name":"a.png","labels":[],"image_id":"000000000"}"#, "a second image"),
    ] {
        let folder = Folder::new();
        folder.picture("a.png");
        folder.write("text.png", b"text");
        let text = format!("{{\"file_name\":\"a.png\",\"labels\":[\"blur\"]}}\n{line}\n");
        folder.write("metadata.jsonl", text.as_bytes());
        let problem = folder.problem();
        assert!(problem.contains(reason), "{line}: {problem}");
    }
    let empty = Folder::new();
    assert!(empty.problem().contains("a metadata.jsonl with `file_name` and `labels`"));
    empty.write("manifest.json", b"{}");
    assert!(empty.problem().contains("manifest"));
}
