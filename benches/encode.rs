//! The JPEG encoder on a photo's worth of pixels.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use retake_synth::file::jpeg;
use retake_synth::image::Rgb8;
use retake_synth::rng::pixel_hash;

/// Smooth shading with grain, about as hard to compress as a photo.
fn picture(width: usize, height: usize) -> Rgb8 {
    let data = (0..width * height * 3)
        .map(|i| {
            let (x, y, k) = ((i / 3 % width) as u32, (i / 3 / width) as u32, (i % 3) as u32);
            let shade = 60 + (x / 9 + y / 7) % 128;
            (shade + pixel_hash(1, x, y, k) % 12) as u8
        })
        .collect();
    Rgb8 { width, height, data }
}

fn encode(c: &mut Criterion) {
    let picture = picture(1600, 1200);
    let mut group = c.benchmark_group("jpeg");
    group.throughput(Throughput::Bytes(picture.data.len() as u64));
    for (name, chroma) in [("4:4:4", jpeg::Chroma::of(false)), ("4:2:0", jpeg::Chroma::of(true))] {
        group.bench_with_input(BenchmarkId::new("quality 90", name), &picture, |b, picture| {
            b.iter(|| jpeg::encode(picture, 90, chroma, &jpeg::JFIF));
        });
    }
    group.finish();
}

criterion_group!(benches, encode);
criterion_main!(benches);
