//! The listings come from the code's own lists, and the documentation agrees with them.

mod common;

use common::retake;
use retake_label::Direction;
use retake_synth::{card, defects, recipe};

fn printed(command: &str) -> String {
    let assert = retake().arg(command).assert().success();
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

#[test]
fn every_member_is_listed() {
    let (recipes, defect_list, designs) = (printed("recipes"), printed("defects"), printed("designs"));
    for builtin in recipe::BUILTIN {
        assert!(recipes.contains(builtin.name), "{}", builtin.name);
    }
    for defect in defects::ALL {
        assert!(defect_list.contains(defect.profile().category.id()));
    }
    for name in card::names() {
        assert!(designs.contains(name), "{name}");
    }
    assert!(printed("analyzers").contains("builtin:baseline"));
}

/// A reader of a listing may leave early; that is no error.
#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_retake"))
        .arg("defects")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
}

#[test]
fn the_table_in_the_documentation_is_the_codes() {
    let text = include_str!("../docs/defects.md");
    for defect in defects::ALL {
        let profile = defect.profile();
        let (absent, present) = match profile.direction {
            Direction::HigherIsWorse => ("<=", ">="),
            Direction::LowerIsWorse => (">=", "<="),
        };
        let row = format!(
            "| `{}` | {} | {} | {absent} {} | {present} {} |",
            profile.category,
            profile.measure,
            profile.unit,
            profile.thresholds.absent,
            profile.thresholds.present
        );
        assert!(text.contains(&row), "docs/defects.md lacks the row\n{row}");
    }
}

/// Each defect has a section with its picture ladder, and the reason of its thresholds word for word.
#[test]
fn every_defect_has_its_section_in_the_documentation() {
    let text = include_str!("../docs/defects.md");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for defect in defects::ALL {
        let profile = defect.profile();
        let category = profile.category;
        let section = text
            .split("\n## ")
            .find(|section| section.lines().next() == Some(category.id()))
            .unwrap_or_else(|| panic!("docs/defects.md has no section {category}"));
        let picture = format!("docs/defects/{category}.jpg");
        assert!(section.contains(&format!("](defects/{category}.jpg)")), "{category} shows no picture");
        assert!(
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&picture).exists(),
            "{picture} is missing"
        );
        let reason = format!("**Thresholds**: {}", profile.reason);
        assert!(words(section).contains(&words(&reason)), "the section {category} lacks the words\n{reason}");
    }
}

#[test]
fn every_category_of_the_taxonomy_that_can_be_rendered_is_rendered_once() {
    let mut categories: Vec<_> = defects::ALL.iter().map(|d| d.profile().category).collect();
    let listed = categories.len();
    categories.dedup();
    assert_eq!(categories.len(), listed);
    assert!(categories.is_sorted(), "the list is in the order of the taxonomy");
}
