//! The contract of every defect, held by looping over the list: a new defect is tested without a new test.

use retake_label::{Category, Direction, Role, State};
use retake_synth::capture;
use retake_synth::defects::{self, Defect, Footprint, View};
use retake_synth::image::LinearImage;
use retake_synth::recipe::Recipe;
use retake_synth::shot::{Shot, Shots};
use retake_synth::studio::Studio;

/// A recipe that has every defect alone, on pictures that are large enough for every measure.
fn recipe(category: Category) -> Recipe {
    let text = format!(
        r#"
        version = 1
        name = "contract"
        description = "One defect on pictures that are large enough for every measure."
        seed = 5
        count = 1000
        personas = 3
        held = 0.2
        [mix]
        {category} = 1.0
        [documents]
        "td1_utopia_a/front" = 1.0
        "dl_utopia/front" = 1.0
        [[sizes]]
        long = 1280
        short = 960
        weight = 1.0
        "#
    );
    Recipe::parse("contract.toml".as_ref(), &text).expect("the recipe is right")
}

/// Some shots that have this defect in focus.
fn shots(defect: &dyn Defect, count: u64) -> Vec<Shot> {
    let shots = Shots::new(recipe(defect.profile().category)).expect("its designs exist");
    (0..count).map(|index| shots.shot(index)).collect()
}

fn at(shot: &Shot, category: Category, severity: f64) -> Shot {
    shot.clone().with(category, severity).expect("the defect fits the shot")
}

fn measure(studio: &Studio, defect: &dyn Defect, shot: &Shot) -> f64 {
    let (scene, rendered) = studio.render(shot).expect("it renders");
    defect.measure(&View { scene: &scene, layers: &rendered.layers })
}

#[test]
fn severity_zero_changes_no_byte() {
    let studio = Studio::new();
    for defect in defects::ALL {
        let category = defect.profile().category;
        for shot in shots(*defect, 2) {
            let off = at(&shot, category, 0.0);
            let mut without = shot.clone();
            without.defects.remove(&category);
            let (off, without) = (studio.photograph(&off).unwrap(), studio.photograph(&without).unwrap());
            assert!(off.bytes == without.bytes, "{category}");
        }
    }
}

#[test]
fn the_measure_worsens_with_severity() {
    let studio = Studio::new();
    for defect in defects::ALL {
        let profile = defect.profile();
        for shot in shots(*defect, 3) {
            let ladder: Vec<f64> = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
                .iter()
                .map(|s| measure(&studio, *defect, &at(&shot, profile.category, *s)))
                .collect();
            let worse = |a: f64, b: f64| match profile.direction {
                Direction::HigherIsWorse => b >= a,
                Direction::LowerIsWorse => b <= a,
            };
            let monotone = ladder.windows(2).all(|w| worse(w[0], w[1]));
            assert!(monotone, "{} of shot {}: {ladder:?}", profile.category, shot.index);
            let state = |measure| profile.thresholds.state(measure, profile.direction);
            assert_eq!(
                state(ladder[0]),
                State::Absent,
                "{} of shot {}: {ladder:?}",
                profile.category,
                shot.index
            );
            assert_eq!(
                state(ladder[5]),
                State::Present,
                "{} of shot {}: {ladder:?}",
                profile.category,
                shot.index
            );
        }
    }
}

/// What is told to nearly fail neither fails nor is far from it.
#[test]
fn at_the_brink_a_defect_is_about_to_count() {
    let studio = Studio::new();
    for defect in defects::ALL {
        let profile = defect.profile();
        let of = |share: f64| -> Vec<f64> {
            let one = |shot: &Shot| {
                let measure = measure(&studio, *defect, &at(shot, profile.category, share * profile.brink));
                let past = measure - profile.thresholds.absent;
                if profile.direction == Direction::HigherIsWorse { past } else { -past }
            };
            shots(*defect, 4).iter().map(one).collect()
        };
        let counting = |past: &[f64]| past.iter().filter(|past| **past > 0.0).count();
        let (below, above) = (of(0.85), of(3.0));
        assert!(counting(&below) <= 1, "{}: {below:?}", profile.category);
        assert!(counting(&above) >= 3, "{}: {above:?}", profile.category);
    }
}

#[test]
fn the_same_shot_gives_the_same_bytes() {
    for defect in defects::ALL {
        let shot = shots(*defect, 1).remove(0);
        let json = serde_json::to_string(&shot).unwrap();
        let read: Shot = serde_json::from_str(&json).unwrap();
        assert_eq!(read, shot, "a shot survives JSON");
        let bytes = |shot: &Shot| Studio::new().photograph(shot).unwrap().bytes;
        let parallel = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..2).map(|_| scope.spawn(|| bytes(&read))).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(parallel.iter().all(|b| *b == bytes(&shot)), "{}", defect.profile().category);
    }
}

/// Without the defect every field can be read; at its worst the label says of some that this defect alone hides them, and
/// in what measure.
#[test]
fn fields_suffer_from_the_defect() {
    let studio = Studio::new();
    for defect in defects::ALL.iter().filter(|d| d.profile().roles.contains(&Role::DocumentFront)) {
        let category = defect.profile().category;
        let shot = shots(*defect, 1).remove(0);
        let fields = |severity| studio.photograph(&at(&shot, category, severity)).unwrap().record.fields;
        let (clean, worst) = (fields(0.0), fields(1.0));
        let illegible: Vec<_> = clean.iter().filter(|f| !f.legible || f.expected_error > 0.05).collect();
        assert!(illegible.is_empty(), "{category}: {illegible:?}");
        let hidden: Vec<_> = worst.iter().filter(|f| f.unreadable_by.contains(&category)).collect();
        assert!(!hidden.is_empty(), "{category}: {worst:?}");
        for field in hidden {
            assert!(!field.legible && field.expected_error > 0.1, "{category}: {field:?}");
        }
    }
}

/// Share of the squared change between two frames that lies outside the region.
/// The lens carries light a little out of the region.
fn stray_energy(a: &LinearImage, b: &LinearImage, region: &retake_label::Mask) -> f64 {
    let (mut all, mut outside) = (0.0, 0.0);
    for (i, (p, q)) in a.pixels.iter().zip(&b.pixels).enumerate() {
        // What the sensor can tell apart: it clips at 1.
        let change: f64 = (0..3).map(|k| f64::from(p[k].min(1.0) - q[k].min(1.0))).map(|d| d * d).sum();
        all += change;
        if !region.at(i) {
            outside += change;
        }
    }
    if all == 0.0 { 0.0 } else { outside / all }
}

#[test]
fn what_changes_lies_in_the_region() {
    let studio = Studio::new();
    for defect in defects::ALL.iter().filter(|d| d.profile().footprint == Footprint::Region) {
        let category = defect.profile().category;
        for (shot, severity) in shots(*defect, 3).into_iter().zip([0.3, 0.7, 1.0]) {
            let (scene, with) = studio.render(&at(&shot, category, severity)).unwrap();
            let (_, without) = studio.render(&at(&shot, category, 0.0)).unwrap();
            let region = defect.region(&View { scene: &scene, layers: &with.layers });
            let stray = stray_energy(&with.frame, &without.frame, &region);
            assert!(stray < 0.01, "{category} of shot {}: {stray} of the change is outside", shot.index);
            let developed = capture::develop(&with, &scene);
            assert_eq!(developed.data.len(), 3 * developed.width * developed.height);
        }
    }
}
