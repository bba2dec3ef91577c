//! Backlit face
use super::{Detector, Score};
use crate::picture::Picture;
use crate::plane::{logistic, quantile};
use retake_label::{Category, Role};

/// A face before a window.
pub struct BacklitFace;

impl Detector for BacklitFace {
    fn category(&self) -> Category {
        Category::BACKLIT_FACE
    }
    fn roles(&self) -> &'static [Role] {
        &[Role::Selfie]
    }
    fn score(&self, picture: &Picture) -> Score {
        Score::whole(logistic(features(picture)[0], 2.0, 0.5))
    }
}

pub fn features(picture: &Picture) -> [f32; 5] {
    let p = &picture.work.luma;
    let (w, h) = (p.width as f32, p.height as f32);
    let mut face = Vec::new();
    let mut back = Vec::new();
    for y in 0..p.height {
        for x in 0..p.width {
            let (u, v) = ((x as f32 + 0.5) / w, (y as f32 + 0.5) / h);
            let l = libm::powf(p.values[y * p.width + x] / 255.0, 2.2);
            let (du, dv) = ((u - 0.5) / 0.14, (v - 0.45) / 0.15);
            if du * du + dv * dv < 1.0 {
                face.push(l);
            }
            if v < 0.6 && (u < 0.2 || u > 0.8 || v < 0.12) {
                back.push(l);
            }
        }
    }
    let mean = |v: &[f32]| v.iter().sum::<f32>() / v.len().max(1) as f32;
    let (b, f) = (mean(&back), mean(&face));
    let med = quantile(&mut face, 0.5);
    let hi = quantile(&mut face, 0.9);
    [
        libm::log2f((b + 0.002) / (f + 0.002)),
        libm::log2f((b + 0.002) / (hi + 0.002)),
        libm::log2f(hi + 0.002),
        libm::log2f(med + 0.002),
        b,
    ]
}
