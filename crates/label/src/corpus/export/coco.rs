//! `coco.json`: images, categories, and the regions as annotations with run-length encoded masks.
//!
//! Format: COCO object detection (`cocodataset.org`, "Data format"). An image's id is its index, its
//! `file_name` counts from the corpus folder. Only regions become annotations: an image without any has none.

use serde_json::json;

use super::Exporter;
use crate::corpus::atomic::Output;
use crate::corpus::{Contents, Entry, Layout};
use crate::{Error, Result};

pub(super) struct Coco;

impl Exporter for Coco {
    fn file_name(&self) -> &'static str {
        "coco.json"
    }

    fn layouts(&self) -> &'static [Layout] {
        // COCO names image files by path, and those in tars have none.
        &[Layout::Dir]
    }

    fn write(&self, contents: &Contents, out: &mut Output<'_>) -> Result<()> {
        let manifest = contents.manifest();
        let info = json!({
            "description": manifest.name, "version": manifest.digest, "contributor": manifest.generator,
        });
        let categories: Vec<_> = (1..)
            .zip(&manifest.categories)
            .map(|(id, spec)| json!({"id": id, "name": spec.id, "supercategory": "defect"}))
            .collect();
        out.bytes(format!("{{\"info\":{info},\"licenses\":[],\n").as_bytes())?;
        out.bytes(format!("\"categories\":{},\n\"images\":[", json!(categories)).as_bytes())?;
        write_images(contents, out)?;
        out.bytes(b"],\n\"annotations\":[")?;
        write_annotations(contents, out)?;
        out.bytes(b"]}\n")
    }
}

fn write_images(contents: &Contents, out: &mut Output<'_>) -> Result<()> {
    let split = &contents.manifest().split;
    let mut separator = "\n";
    contents.visit(&mut |entry: Entry<'_>| {
        let record = entry.record;
        let image = json!({
            "id": index(&entry)?, "file_name": format!("{split}/{}", record.file_name),
            "width": record.width, "height": record.height,
        });
        out.bytes(format!("{separator}{image}").as_bytes())?;
        separator = ",\n";
        Ok(())
    })
}

fn write_annotations(contents: &Contents, out: &mut Output<'_>) -> Result<()> {
    let categories = &contents.manifest().categories;
    let (mut separator, mut id) = ("\n", 0u64);
    contents.visit(&mut |entry: Entry<'_>| {
        for region in &entry.record.regions {
            let category = categories.iter().position(|spec| spec.id == region.category);
            let category =
                category.ok_or_else(|| entry.error(format!("unlisted category {}", region.category)))?;
            let (area, _) = region.rle.area_and_bbox().map_err(|e| entry.error(e.to_string()))?;
            id += 1;
            let annotation = json!({
                "id": id, "image_id": index(&entry)?, "category_id": category + 1, "iscrowd": 0,
                "area": area, "bbox": region.bbox, "segmentation": region.rle,
            });
            out.bytes(format!("{separator}{annotation}").as_bytes())?;
            separator = ",\n";
        }
        Ok(())
    })
}

fn index(entry: &Entry<'_>) -> Result<u64, Error> {
    entry.record.image_id.parse().map_err(|_| entry.error("`image_id` is no number"))
}
