//! The Open Inference Protocol (KServe V2) with its binary tensor data extension.
//!
//! A body is a JSON object, then the tensors' bytes, little-endian, without gaps; the header
//! `Inference-Header-Content-Length` says where the object ends. Answers come back with their tensors' values put
//! into `data`, so that they are mapped like any JSON.

use serde::Deserialize;
use serde_json::{Value, json};

use super::request::Encoded;

/// The header that says how long the JSON object before the bytes is.
pub(super) const HEADER_LENGTH: &str = "inference-header-content-length";

/// `[request.tensor]`: the encoded file is the model's input.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tensor {
    /// The model's input.
    input: String,
    /// How the file's bytes are its elements.
    #[serde(default = "bytes")]
    datatype: Element,
    /// The outputs that are wanted; all that the model has, when empty.
    #[serde(default)]
    outputs: Vec<String>,
}

/// Element types that a file can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Element {
    /// One element, the whole file, of shape `[1]`.
    Bytes,
    /// An element per byte, of shape `[1, n]`.
    Uint8,
}

fn bytes() -> Element {
    Element::Bytes
}

impl Tensor {
    /// A request with this file as its input, and all outputs as binary data.
    pub(super) fn encode(&self, id: &str, image: &[u8]) -> Encoded {
        let length = (image.len() as u32).to_le_bytes();
        let (shape, datatype, prefix) = match self.datatype {
            Element::Bytes => (json!([1]), "BYTES", &length[..]),
            Element::Uint8 => (json!([1, image.len()]), "UINT8", &[][..]),
        };
        let mut header = json!({
            "id": id,
            "parameters": {"binary_data_output": true},
            "inputs": [{
                "name": self.input, "shape": shape, "datatype": datatype,
                "parameters": {"binary_data_size": prefix.len() + image.len()},
            }],
        });
        if !self.outputs.is_empty() {
            let outputs =
                self.outputs.iter().map(|name| json!({"name": name, "parameters": {"binary_data": true}}));
            header["outputs"] = outputs.collect();
        }
        let header = header.to_string();
        let headers = [
            ("content-type", "application/octet-stream".to_owned()),
            (HEADER_LENGTH, header.len().to_string()),
        ];
        Encoded {
            headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            bytes: [header.as_bytes(), prefix, image].concat(),
        }
    }
}

/// An answer with binary data as one JSON object.
///
/// # Errors
/// When the lengths do not fit, or a type is not known.
pub(super) fn decode(bytes: &[u8], header_length: &str) -> Result<Value, String> {
    let length: usize = header_length
        .trim()
        .parse()
        .map_err(|_| format!("{HEADER_LENGTH} `{header_length}` is no number"))?;
    let (header, mut rest) = bytes.split_at_checked(length).ok_or("the answer is shorter than its header")?;
    let mut answer: Value = serde_json::from_slice(header).map_err(|e| e.to_string())?;
    let outputs =
        answer.get_mut("outputs").and_then(Value::as_array_mut).ok_or("an answer needs `outputs`")?;
    for output in outputs {
        let Some(size) = output.pointer("/parameters/binary_data_size").and_then(Value::as_u64) else {
            continue;
        };
        let (data, after) =
            rest.split_at_checked(size as usize).ok_or("the answer is shorter than its tensors")?;
        rest = after;
        let datatype = output.get("datatype").and_then(Value::as_str).unwrap_or_default();
        output["data"] = elements(data, datatype)?;
    }
    Ok(answer)
}

fn elements(data: &[u8], datatype: &str) -> Result<Value, String> {
    fn each<const N: usize>(data: &[u8], value: impl Fn([u8; N]) -> Value) -> Result<Value, String> {
        let (chunks, rest) = data.as_chunks::<N>();
        if rest.is_empty() {
            Ok(chunks.iter().map(|c| value(*c)).collect())
        } else {
            Err("a tensor ends within an element".into())
        }
    }
    match datatype {
        "BOOL" => each(data, |[b]| (b != 0).into()),
        "UINT8" => each(data, |[b]| b.into()),
        "INT8" => each(data, |b| i8::from_le_bytes(b).into()),
        "UINT16" => each(data, |b| u16::from_le_bytes(b).into()),
        "INT16" => each(data, |b| i16::from_le_bytes(b).into()),
        "UINT32" => each(data, |b| u32::from_le_bytes(b).into()),
        "INT32" => each(data, |b| i32::from_le_bytes(b).into()),
        "UINT64" => each(data, |b| u64::from_le_bytes(b).into()),
        "INT64" => each(data, |b| i64::from_le_bytes(b).into()),
        "FP16" => each(data, |b| half(u16::from_le_bytes(b)).into()),
        "FP32" => each(data, |b| f64::from(f32::from_le_bytes(b)).into()),
        "FP64" => each(data, |b| f64::from_le_bytes(b).into()),
        "BYTES" => texts(data),
        other => Err(format!("datatype `{other}` is not known")),
    }
}

/// The value of a 16-bit float (IEEE 754 binary16).
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    match exponent {
        0 => sign * fraction * libm::exp2(-24.0),
        0x1f if fraction == 0.0 => sign * f64::INFINITY,
        0x1f => f64::NAN,
        _ => sign * (1.0 + fraction / 1024.0) * libm::exp2(f64::from(exponent - 15)),
    }
}

fn texts(mut data: &[u8]) -> Result<Value, String> {
    let mut texts = Vec::new();
    while !data.is_empty() {
        let (length, rest) = data.split_first_chunk().ok_or("a tensor ends within a length")?;
        let (text, rest) = rest
            .split_at_checked(u32::from_le_bytes(*length) as usize)
            .ok_or("a tensor ends within an element")?;
        texts.push(Value::from(String::from_utf8_lossy(text)));
        data = rest;
    }
    Ok(texts.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_laid_out_as_the_extension_says() {
        let tensor = |datatype| Tensor { input: "image".into(), datatype, outputs: vec!["scores".into()] };
        let encoded = tensor(Element::Bytes).encode("a81f", b"picture");
        let length: usize = encoded.headers[1].1.parse().unwrap();
        let header: Value = serde_json::from_slice(&encoded.bytes[..length]).unwrap();
        assert_eq!(header["inputs"][0]["parameters"]["binary_data_size"], 11);
        assert_eq!(header["outputs"][0]["name"], "scores");
        assert_eq!(&encoded.bytes[length..], b"\x07\0\0\0picture");
        let encoded = tensor(Element::Uint8).encode("a81f", b"picture");
        assert!(encoded.bytes.ends_with(b"}picture"));
    }

    #[test]
    fn answers_of_every_type_are_read() {
        for (datatype, bytes, value) in [
            ("FP32", &b"\0\0\x80\x3e\0\0\0\xbf"[..], json!([0.25, -0.5])),
            ("FP16", b"\0\x34\0\xb8\x01\0", json!([0.25, -0.5, 5.960464477539063e-8])),
            ("FP64", b"\0\0\0\0\0\0\xd0\x3f", json!([0.25])),
            ("BOOL", b"\x01\0", json!([true, false])),
            ("INT16", b"\xff\xff", json!([-1])),
            ("BYTES", b"\x04\0\0\0blur\x00\0\0\0", json!(["blur", ""])),
        ] {
            let header = json!({"outputs": [
                {"name": "plain", "datatype": "FP32", "shape": [1], "data": [1.5]},
                {"name": "scores", "datatype": datatype, "shape": [1], "parameters": {"binary_data_size": bytes.len()}},
            ]});
            let header = header.to_string();
            let body = [header.as_bytes(), bytes].concat();
            let answer = decode(&body, &header.len().to_string()).unwrap();
            assert_eq!(answer["outputs"][0]["data"], json!([1.5]));
            assert_eq!(answer["outputs"][1]["data"], value, "{datatype}");
            assert!(decode(&body[..body.len() - 1], &header.len().to_string()).is_err());
            assert!(decode(&body, "many").is_err() && decode(&body, "100000").is_err());
        }
    }
}
