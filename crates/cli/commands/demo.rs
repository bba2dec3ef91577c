//! `retake demo`: everything once, small.

use std::path::PathBuf;

use retake_eval::analyzer::Setup;
use retake_eval::corpus::{Images as _, OnDisk};
use retake_eval::run::Conditions;
use retake_label::corpus::{Layout, Shard};
use retake_synth::recipe::Recipe;

use super::{Jobs, evaluate, generate, report, sheet};
use crate::exit::Exit;
use crate::output::say;

/// Generate a small corpus, score the reference analyzer on it, and make a contact sheet and a report.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to put it all
    #[arg(long, value_name = "DIR", default_value = "retake-demo")]
    out: PathBuf,

    #[command(flatten)]
    jobs: Jobs,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let [corpus, run, picture, page] =
            ["corpus", "run", "sheet.png", "report.html"].map(|name| self.out.join(name));
        let recipe = Recipe::find("demo")?;
        let plan = generate::plan(&recipe, "test".to_owned(), Shard::WHOLE, Layout::Dir)?;
        let manifest = generate::generate(recipe, plan, &corpus, self.jobs)?;
        let images = OnDisk::open(&corpus)?;
        let setup = Setup::new(images.corpus().categories(), self.jobs.count());
        let conditions = Conditions::new(&setup.limits);
        let scored = evaluate::evaluate(&images, "builtin:baseline", &run, &setup, &conditions)?;
        self.jobs.pool()?.install(|| sheet::sheet(&corpus, &picture, 6, 400, false))?;
        report::write_page(&run, &images, &page)?;
        say(scored.table.trim_end())?;
        say(format_args!(
            "\ncorpus   {} ({} images, {})\nrun      {}\nsheet    {}\nreport   {}",
            corpus.display(),
            manifest.count,
            manifest.digest,
            run.display(),
            picture.display(),
            page.display()
        ))?;
        Ok(evaluate::exit_of(&scored.report))
    }
}
