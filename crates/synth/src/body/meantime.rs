//! What time changes: a document's portrait is years older than a selfie, and nobody looks the same twice.

use super::Sex;
use super::appearance::{Appearance, HairStyle};
use super::identity::MOST_DOUBLE_CHIN;
use super::looks::{LEAST_GAP, draw_beard, draw_clothes, draw_glasses};
use crate::rng::Stream;

impl Appearance {
    /// The same person on another day, up to nine years after the document's portrait was taken (many
    /// states issue for ten): other clothes, beard and glasses
    /// come and go, hair grows and is combed otherwise, weight and tan change. Bones, eyes, brows' place,
    /// moles and all that recognition rests upon stay.
    #[must_use]
    pub fn another_day(&self, rng: &mut Stream) -> Self {
        let mut now = self.clone();
        let years = rng.range(0.0, 9.0);
        now.grow_older(years);
        now.restyle(rng);
        now.clothes = draw_clothes(rng, &now.skin);
        if rng.chance(0.5) {
            now.beard = draw_beard(rng, self.sex, self.age);
        }
        let glasses = draw_glasses(rng, self.age, &self.skin);
        if self.glasses.is_some() {
            // Who needs glasses takes them off at times, and buys others.
            now.glasses = match rng.weighted(&[0.5, 0.2, 0.3]) {
                0 => self.glasses.clone(),
                1 => glasses,
                _ => None,
            };
        } else if rng.chance(0.2) {
            now.glasses = glasses;
        }
        now.skin_of_the_day(rng);
        now
    }

    /// Moves the weights of the young corners to the old ones, and deepens the lines.
    fn grow_older(&mut self, years: f64) {
        self.age += years;
        let moved = years / 75.0;
        let young: Vec<(String, f64)> = (self.shape.iter())
            .filter(|(name, _)| name.starts_with("macro/") && name.ends_with("-young"))
            .map(|(name, weight)| (name.clone(), *weight))
            .collect();
        let total: f64 = young.iter().map(|(_, weight)| weight).sum();
        for (name, weight) in young {
            let part = weight * (moved / total.max(1e-6)).min(1.0);
            *self.shape.entry(name.replace("-young", "-old")).or_default() += part;
            *self.shape.entry(name).or_default() -= part;
        }
        self.skin.lines = (self.skin.lines + 0.02 * years).min(1.0);
        // What hangs with the years: bags, the folds beside the mouth, the tip of the nose.
        for (name, yearly) in
            [("eye-bag-incr", 0.02), ("mouth-laugh-lines-in", 0.015), ("nose-point-down", 0.012)]
        {
            let weight = self.shape.entry(format!("local/{name}")).or_default();
            *weight = weight.max((*weight + yearly * years).min(0.7));
        }
        self.hair.grey = (self.hair.grey + if self.age > 42.0 { 0.02 * years } else { 0.0 }).min(0.9);
    }

    /// Other hair on the same hairline.
    fn restyle(&mut self, rng: &mut Stream) {
        use HairStyle::{Afro, Bob, Buzz, Crop, Fringe, Long, SidePart, SweptBack, TiedBack};
        let hair = &mut self.hair;
        hair.length = (hair.length * rng.log_range(0.62, 1.6)).clamp(0.6, 1.5);
        hair.volume = (hair.volume * rng.log_range(0.66, 1.5)).clamp(0.5, 1.8);
        hair.curl = (hair.curl + rng.range(-0.18, 0.18)).clamp(0.0, 1.0);
        if rng.chance(0.65) {
            let choices: &[HairStyle] = match hair.style {
                Long | Bob | Fringe | TiedBack => &[Long, Bob, TiedBack, Fringe],
                Crop | SidePart | SweptBack | Buzz => &[Crop, SidePart, SweptBack, Buzz],
                Afro => &[Afro, Buzz, TiedBack],
                other => &[other],
            };
            hair.style = *rng.pick(choices);
        }
        if rng.chance(0.3) {
            hair.parting = -hair.parting;
        }
        // Some dye it, and sun fades it.
        let dyed = rng.chance(if self.sex == Sex::Female { 0.35 } else { 0.1 });
        let [faded, tinted] = [rng.log_range(0.85, 1.25), rng.log_range(0.5, 2.0)];
        hair.albedo = hair.albedo.map(|v| (v * if dyed { tinted } else { faded }).min(0.4));
        if dyed {
            hair.grey *= 0.2;
        }
    }

    /// Lids are heavy on some days, and lips fuller on some.
    fn lids_and_lips(&mut self, rng: &mut Stream) {
        const PAIRS: [(&str, f64); 3] =
            [("eye-height2", 0.30), ("mouth-upperlip-volume", 0.26), ("mouth-lowerlip-volume", 0.26)];
        for (stem, deviation) in PAIRS {
            let change = rng.normal_within(0.0, deviation, 1.6);
            let names = self.shape.keys().filter(|name| name.starts_with(&format!("local/{stem}-")));
            for name in names.cloned().collect::<Vec<_>>() {
                let signed = if name.ends_with("-incr") { change } else { -change };
                let weight = self.shape.entry(name).or_default();
                *weight = (*weight + 0.5 * signed).max(0.0);
            }
        }
    }

    /// Some kilograms more or less. Lower faces that are much fuller than their bones are caricatures.
    fn fuller_or_thinner(&mut self, change: f64) {
        for (stem, share, most) in [("head-fat", 1.0, 0.3), ("cheek-volume", 0.8, 0.3)] {
            let [more, less] = ["incr", "decr"].map(|end| format!("local/{stem}-{end}"));
            let was = self.shape.get(&more).unwrap_or(&0.0) - self.shape.get(&less).unwrap_or(&0.0);
            let is = (was + share * change).clamp(was.min(-most), was.max(most));
            self.shape.insert(more, is.max(0.0));
            self.shape.insert(less, (-is).max(0.0));
        }
        let chin = self.shape.entry("local/neck-double-incr".to_owned()).or_default();
        *chin = (*chin + 0.3 * change).clamp(0.0, MOST_DOUBLE_CHIN);
    }

    /// Sun, sleep, meals and make-up.
    fn skin_of_the_day(&mut self, rng: &mut Stream) {
        let tan = rng.normal_within(0.0, 0.13, 2.0);
        self.skin.albedo = self.skin.albedo.map(|v| v * (1.0 - tan));
        self.skin.flush = (self.skin.flush * rng.range(0.6, 1.5)).min(1.0);
        self.skin.circles = (self.skin.circles + rng.range(-0.2, 0.35)).clamp(0.0, 1.0);
        self.skin.blotches = (self.skin.blotches + rng.range(-0.2, 0.2)).clamp(0.0, 1.0);
        self.skin.freckles = (self.skin.freckles * rng.range(0.5, 1.3)).min(1.0);
        let [lipstick, makeup, bare] = [rng.range(0.3, 1.0), rng.range(0.3, 1.0), rng.unit()];
        if self.sex == Sex::Female && self.age > 16.0 {
            match rng.weighted(&[0.45, 0.25, 0.3]) {
                0 => {
                    self.skin.lipstick = 0.0;
                    self.skin.makeup *= 0.5 * bare;
                }
                1 => (self.skin.lipstick, self.skin.makeup) = (lipstick, makeup),
                _ => {}
            }
        }
        self.fuller_or_thinner(rng.normal_within(0.0, 0.24, 2.0));
        // Soft parts swell and sink; brows are plucked or grow.
        const SOFT: [(&str, f64, f64); 4] = [
            ("eye-bag", 0.40, 0.8),
            ("eye-eyefold", 0.44, 0.9),
            ("cheek-volume", 0.15, 0.3),
            ("cheek-inner", 0.2, 0.5),
        ];
        for (name, weight) in &mut self.shape {
            let local = name.strip_prefix("local/").unwrap_or("");
            let soft = SOFT.iter().find(|(soft, ..)| *weight > 0.0 && local.starts_with(soft));
            if let Some(&(_, deviation, most)) = soft {
                *weight = (*weight + rng.normal_within(0.0, deviation, 2.0)).clamp(0.0, most);
            }
        }
        self.lids_and_lips(rng);
        self.brows.width = (self.brows.width * rng.log_range(0.6, 1.7)).clamp(0.5, 1.85);
        self.brows.arch *= rng.log_range(0.65, 1.5);
        self.brows.tilt += rng.normal_within(0.0, 1.0, 2.0);
        self.brows.gap = (self.brows.gap + rng.normal_within(0.6, 1.0, 2.0)).max(LEAST_GAP);
        self.brows.density = (self.brows.density * rng.log_range(0.45, 1.9)).min(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_day_changes_looks_and_keeps_who_it_is() {
        for i in 0..20 {
            let person = Appearance::draw(&mut Stream::new("person", 1, i), Sex::Female, 33.0);
            let later = person.another_day(&mut Stream::new("later", 1, i));
            assert_ne!(later, person);
            assert_eq!(
                (later.iris, later.seed, later.brows.rise, later.skin.monk_tone, later.skin.moles),
                (person.iris, person.seed, person.brows.rise, person.skin.monk_tone, person.skin.moles)
            );
            let corners = |a: &Appearance| -> f64 {
                let corner = |n: &str| n.ends_with("-young") || n.ends_with("-old");
                a.shape.iter().filter(|(n, _)| n.starts_with("macro/") && corner(n)).map(|(_, w)| w).sum()
            };
            assert!((corners(&later) - corners(&person)).abs() < 1e-9);
            assert!(later.age >= person.age && later.age <= person.age + 9.0);
        }
    }
}
