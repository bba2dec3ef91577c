//! A picture as the body of a request: raw, as a part of a form, as base64 in JSON, or as a tensor.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use super::super::Request;
use super::config::{RequestConfig, Secrets, fill_in};
use super::tensor::Tensor;

/// `[request.raw]`: the file's bytes are the body.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {}

/// `[request.multipart]`: the file is a part of a form (RFC 7578).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Multipart {
    /// The name of the part.
    file: String,
    /// Other parts.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

/// How pictures are sent, secrets filled in. In texts `{image}` stands for the file in base64, `{id}` for the
/// request's id, `{role}` for the picture's role and `{media_type}` for the file's.
#[derive(Debug)]
pub(super) enum Body {
    Raw,
    Multipart(Multipart),
    Json(Value),
    Tensor(Tensor),
}

/// A request's body, and the headers that belong to it.
pub(super) struct Encoded {
    pub(super) headers: Vec<(String, String)>,
    pub(super) bytes: Vec<u8>,
}

impl Body {
    pub(super) fn of(config: &RequestConfig, secrets: Secrets<'_>) -> Result<Self, String> {
        if let Some(multipart) = &config.multipart {
            let fill = |(name, value): (&String, &String)| Ok((name.clone(), fill_in(value, secrets)?));
            let fields = multipart.fields.iter().map(fill).collect::<Result<_, String>>()?;
            return Ok(Self::Multipart(Multipart { file: multipart.file.clone(), fields }));
        }
        if let Some(template) = &config.json {
            let mut template = template.clone();
            edit_strings(&mut template, &mut |text| fill_in(text, secrets))?;
            return Ok(Self::Json(template));
        }
        Ok(config.tensor.clone().map_or(Self::Raw, Self::Tensor))
    }

    /// The body for one picture.
    pub(super) fn encode(&self, request: &Request<'_>, image: &[u8]) -> Encoded {
        let media_type = match request.image.extension() {
            "jpg" | "jpeg" => "image/jpeg",
            "png" => "image/png",
            "webp" => "image/webp",
            _ => "application/octet-stream",
        };
        let typed = |kind: &str| vec![("content-type".to_owned(), kind.to_owned())];
        match self {
            Self::Raw => Encoded { headers: typed(media_type), bytes: image.to_vec() },
            Self::Multipart(form) => {
                let boundary = format!("retake-{}", blake3::hash(image).to_hex());
                let bytes = form.encode(request, image, media_type, &boundary);
                Encoded { headers: typed(&format!("multipart/form-data; boundary={boundary}")), bytes }
            }
            Self::Json(template) => {
                let mut body = template.clone();
                let image = STANDARD.encode(image);
                let filled = edit_strings(&mut body, &mut |text| {
                    Ok(substitute(text, request, media_type).replace("{image}", &image))
                });
                // Nothing in the closure fails.
                let bytes = filled.map_or_else(|_| Vec::new(), |()| body.to_string().into_bytes());
                Encoded { headers: typed("application/json"), bytes }
            }
            Self::Tensor(tensor) => tensor.encode(request.id, image),
        }
    }
}

impl Multipart {
    fn encode(&self, request: &Request<'_>, image: &[u8], media_type: &str, boundary: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(image.len() + 1024);
        for (name, value) in &self.fields {
            let value = substitute(value, request, media_type);
            let part =
                format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            bytes.extend_from_slice(part.as_bytes());
        }
        let (name, id, extension) = (&self.file, request.id, request.image.extension());
        let part = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{id}.{extension}\"\r\n\
             content-type: {media_type}\r\n\r\n"
        );
        bytes.extend_from_slice(part.as_bytes());
        bytes.extend_from_slice(image);
        bytes.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        bytes
    }
}

fn substitute(text: &str, request: &Request<'_>, media_type: &str) -> String {
    text.replace("{id}", request.id).replace("{role}", request.role.id()).replace("{media_type}", media_type)
}

fn edit_strings(
    value: &mut Value,
    edit: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<(), String> {
    match value {
        Value::String(text) => *text = edit(text)?,
        Value::Array(items) => items.iter_mut().try_for_each(|item| edit_strings(item, edit))?,
        Value::Object(items) => items.values_mut().try_for_each(|item| edit_strings(item, edit))?,
        _ => {}
    }
    Ok(())
}
