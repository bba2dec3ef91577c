//! An analyzer in Rust, evaluated on a corpus: `cargo run --example small_files -- corpus run`.

use std::ops::ControlFlow;
use std::path::PathBuf;

use retake_eval::analyzer::{Analyzer, Description, Limits, Outcome, Request, Setup, scored};
use retake_eval::{corpus, report, run};
use retake_label::Category;

/// Calls small files low in resolution.
struct SmallFiles;

impl Analyzer for SmallFiles {
    fn describe(&self) -> Description {
        Description::new("small-files", "1.0", [Category::LOW_RESOLUTION])
    }

    fn analyze(&self, request: &Request<'_>) -> Outcome {
        let file = request.image.bytes();
        Outcome::from(
            file.map(|file| vec![scored(Category::LOW_RESOLUTION, 1.0 / (1.0 + file.len() as f64 / 2e5))]),
        )
    }
}

#[expect(clippy::print_stdout, reason = "this is a program")]
fn main() -> retake_eval::Result<()> {
    let folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [corpus_folder, run_folder] = &folders[..] else {
        println!("usage: small_files CORPUS RUN");
        return Ok(());
    };
    let images = corpus::open(corpus_folder)?;
    let setup = Setup::new(images.corpus().categories(), 4);
    let conditions = run::Conditions::new(&Limits::default());
    let go_on = |_| ControlFlow::Continue(());
    let folder = run::run(run_folder, "rust:small-files", &*images, &SmallFiles, &setup, &conditions, go_on)?;
    let (report, timing) = report::write(&folder)?;
    println!("{}", report::table(&report, Some(&timing)));
    Ok(())
}
