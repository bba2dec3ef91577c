//! `croissant.json`: the corpus in MLCommons Croissant 1.1, for `mlcroissant` and dataset search.
//!
//! Specification: `docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html`.

use std::fs::File;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Exporter;
use crate::corpus::atomic::Output;
use crate::corpus::{Contents, Layout};
use crate::{Error, Manifest, Result};

pub(super) struct Croissant;

impl Exporter for Croissant {
    fn file_name(&self) -> &'static str {
        "croissant.json"
    }

    fn layouts(&self) -> &'static [Layout] {
        &[Layout::Dir]
    }

    fn write(&self, contents: &Contents, out: &mut Output<'_>) -> Result<()> {
        let manifest = contents.manifest();
        let document = json!({
            "@context": context(),
            "@type": "sc:Dataset",
            "conformsTo": "http://mlcommons.org/croissant/1.1",
            "name": manifest.name,
            "description": DESCRIPTION,
            "version": "1.0.0",
            "datePublished": PUBLISHED,
            "license": LICENSE,
            "citeAs": format!(
                "{}, recipe {}, seed {}, {}", manifest.generator, manifest.name, manifest.seed, manifest.digest
            ),
            "creator": {"@type": "sc:Organization", "name": manifest.generator},
            "distribution": distribution(contents)?,
            "recordSet": [record_set(manifest)],
        });
        let text = serde_json::to_string_pretty(&document)
            .map_err(|e| Error::Invalid(format!("croissant.json cannot be written: {e}")))?;
        out.bytes(text.as_bytes())?;
        out.bytes(b"\n")
    }
}

const DESCRIPTION: &str = "Synthetic photos of fictional identity cards and their holders, with controlled capture defects \
                           and exact truth. No document, state or person in them exists.";

/// The day the folder's format was settled. The format asks for a date, and no clock may reach a corpus.
const PUBLISHED: &str = "2026-11-22";

/// Photos and labels are given to the public domain.
const LICENSE: &str = "https://creativecommons.org/publicdomain/zero/1.0/";

/// The context that the specification's own tools write; they warn of any other.
fn context() -> Value {
    json!({
        "@language": "en",
        "@vocab": "https://schema.org/",
        "arrayShape": "cr:arrayShape",
        "citeAs": "cr:citeAs",
        "column": "cr:column",
        "conformsTo": "dct:conformsTo",
        "containedIn": "cr:containedIn",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "dct": "http://purl.org/dc/terms/",
        "description": {"@container": "@language"},
        "equivalentProperty": "cr:equivalentProperty",
        "examples": {"@id": "cr:examples", "@type": "@json"},
        "extract": "cr:extract",
        "field": "cr:field",
        "fileProperty": "cr:fileProperty",
        "fileObject": "cr:fileObject",
        "fileSet": "cr:fileSet",
        "format": "cr:format",
        "includes": "cr:includes",
        "isArray": "cr:isArray",
        "isLiveDataset": "cr:isLiveDataset",
        "jsonPath": "cr:jsonPath",
        "key": "cr:key",
        "md5": "cr:md5",
        "name": {"@container": "@language"},
        "parentField": "cr:parentField",
        "path": "cr:path",
        "recordSet": "cr:recordSet",
        "references": "cr:references",
        "regex": "cr:regex",
        "repeated": "cr:repeated",
        "replace": "cr:replace",
        "samplingRate": "cr:samplingRate",
        "sc": "https://schema.org/",
        "separator": "cr:separator",
        "source": "cr:source",
        "subField": "cr:subField",
        "transform": "cr:transform"
    })
}

fn distribution(contents: &Contents) -> Result<Value> {
    let split = &contents.manifest().split;
    let metadata = contents.paths.metadata();
    let (sha256, size) = sha256(&metadata)?;
    Ok(json!([
        {
            "@type": "cr:FileObject", "@id": "metadata", "name": "metadata",
            "description": "One label per image.",
            "contentUrl": format!("{split}/metadata.jsonl"), "contentSize": format!("{size} B"),
            "encodingFormat": "application/jsonlines", "sha256": sha256,
        },
        {
            "@type": "cr:FileSet", "@id": "images", "name": "images", "description": "The photos.",
            "encodingFormat": ["image/jpeg", "image/png"],
            "includes": [format!("{split}/images/*.jpg"), format!("{split}/images/*.png")],
        },
    ]))
}

/// Simple columns of the labels: name, type, whether it is a list, and what it is.
const COLUMNS: [(&str, &str, bool, &str); 12] = [
    ("sample_id", "sc:Integer", false, "Images of one sample show the same card, scene and noise."),
    ("twin_of", "sc:Text", false, "The image that this one is the counterfactual twin of, or nothing."),
    ("role", "sc:Text", false, "What the image shows."),
    ("width", "sc:Integer", false, "Width, px."),
    ("height", "sc:Integer", false, "Height, px."),
    ("document", "sc:Text", false, "The card design's id, or nothing on a selfie."),
    ("persona", "sc:Integer", false, "The persona's number."),
    ("mrz", "sc:Text", true, "The lines of the machine-readable zone."),
    ("face", "sc:Float", true, "The face as left, top, width, height, px."),
    ("corners_lost", "sc:Integer", false, "How many of the card's corners lie outside the picture."),
    ("blake3", "sc:Text", false, "BLAKE3 of the image file."),
    ("file_name", "sc:Text", false, "The image's file name."),
];

fn record_set(manifest: &Manifest) -> Value {
    let id = |name: &str| format!("records/{name}");
    let mut fields = vec![json!({
        "@type": "cr:Field", "@id": id("image"), "name": "image", "description": "The photo.",
        "dataType": "sc:ImageObject",
        "source": {"fileSet": {"@id": "images"}, "extract": {"fileProperty": "content"}},
    })];
    // The id is cut out of the file name: a loader may take nine digits for a number and lose its zeros.
    fields.push(json!({
        "@type": "cr:Field", "@id": id("image_id"), "name": "image_id",
        "description": "The image's number in the corpus, nine digits.", "dataType": "sc:Text",
        "source": label("file_name", Some(json!({"regex": "(?:images/)?([0-9]+)[.].*"}))),
    }));
    for (name, data_type, list, description) in COLUMNS {
        let mut field = json!({
            "@type": "cr:Field", "@id": id(name), "name": name, "description": description, "dataType": data_type,
            "source": label(name, None),
        });
        if list {
            field["repeated"] = true.into();
        }
        if name == "file_name" {
            // The join of labels and photos. The pattern must hold before and after it was applied.
            field["source"] = label(name, Some(json!({"regex": "(?:images/)?(.*)"})));
            field["references"] =
                json!({"fileSet": {"@id": "images"}, "extract": {"fileProperty": "filename"}});
        }
        fields.push(field);
    }
    for (name, data_type, description) in [
        ("labels", "sc:Text", "The state per category: present, absent, borderline or not_applicable."),
        ("measures", "sc:Float", "The measure per category."),
        ("severities", "sc:Float", "The severity per category that was asked for, 0-1."),
    ] {
        fields.push(per_category(manifest, name, data_type, description));
    }
    json!({
        "@type": "cr:RecordSet", "@id": "records", "name": "records", "description": "The photos with their labels.",
        "key": {"@id": id("image_id")}, "field": fields,
    })
}

/// The source of a column of the labels.
fn label(column: &str, transform: Option<Value>) -> Value {
    let mut source = json!({"fileObject": {"@id": "metadata"}, "extract": {"column": column}});
    if let Some(transform) = transform {
        source["transform"] = transform;
    }
    source
}

fn per_category(manifest: &Manifest, name: &str, data_type: &str, description: &str) -> Value {
    let parts: Vec<Value> = manifest
        .categories
        .iter()
        .map(|spec| {
            let unit = &spec.measure.unit;
            let description = match name {
                "measures" => format!("{}, {unit}", spec.measure.name),
                _ => spec.title.clone(),
            };
            json!({
                "@type": "cr:Field", "@id": format!("records/{name}/{}", spec.id), "name": spec.id,
                "description": description, "dataType": data_type,
                "source": label(name, Some(json!({"jsonPath": spec.id}))),
            })
        })
        .collect();
    json!({
        "@type": "cr:Field", "@id": format!("records/{name}"), "name": name, "description": description,
        "subField": parts,
    })
}

/// SHA-256 of a file, which the format asks for, and its size in bytes.
fn sha256(path: &Path) -> Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let size = File::open(path)
        .and_then(|mut file| std::io::copy(&mut file, &mut hasher))
        .map_err(|e| Error::io(path, e))?;
    let hex = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((hex, size))
}
