//! A reader for the part of glTF 2.0 binaries that the bodies use: indexed triangle meshes with sparse morph
//! targets, welds, colours, one skin, and landmarks.
//!
//! Source: Khronos glTF 2.0 specification. The files are compiled in, yet are read as foreign input: every
//! index and length is checked, and a fault is an error with the place, never a panic.

use std::collections::BTreeMap;

use glam::Vec3;
use serde::Deserialize;

use crate::{Error, Result};

/// Millimetres in glTF's metre.
const MM: f32 = 1000.0;

/// A body as it was read: lengths in mm, axes as in the file.
#[derive(Clone, Debug)]
pub struct Model {
    /// The meshes, in the file's order.
    pub meshes: Vec<Mesh>,
    /// The joints of the skin, parents before children.
    pub joints: Vec<Joint>,
    /// Extras of the scene.
    pub extras: serde_json::Value,
}

impl Model {
    /// The mesh of this name.
    ///
    /// # Errors
    /// [`Error::Unknown`] when there is none.
    pub fn mesh(&self, name: &str) -> Result<&Mesh> {
        self.meshes.iter().find(|m| m.name == name).ok_or_else(|| Error::Unknown {
            kind: "mesh",
            name: name.to_owned(),
            known: self.meshes.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// The index of the joint of this name.
    pub fn joint(&self, name: &str) -> Option<usize> {
        self.joints.iter().position(|j| j.name == name)
    }
}

/// A joint of the skeleton.
#[derive(Clone, Debug)]
pub struct Joint {
    /// Its name.
    pub name: String,
    /// The joint it hangs from, always an earlier one.
    pub parent: Option<usize>,
    /// Where it is at rest, mm, in the model's own axes.
    pub rest: Vec3,
}

/// A mesh (or a set of points, without triangles). All vectors have one entry per vertex, or none when the
/// file does not hold the attribute.
#[derive(Clone, Debug)]
pub struct Mesh {
    /// Its name.
    pub name: String,
    /// Positions at rest, mm.
    pub positions: Vec<Vec3>,
    /// Normals at rest.
    pub normals: Vec<Vec3>,
    /// Texture coordinates, v down.
    pub uv: Vec<[f32; 2]>,
    /// `COLOR_0`, `COLOR_1`, ...: what they mean is the file's own affair.
    pub colors: Vec<Vec<[f32; 4]>>,
    /// Indices into [`Model::joints`].
    pub joints: Vec<[u8; 4]>,
    /// Shares of those joints, summing to 1.
    pub weights: Vec<[f32; 4]>,
    /// Vertices with equal numbers are one point, split at a seam of the texture (`_WELD`).
    pub weld: Vec<u32>,
    /// Triangles, counter-clockwise from outside.
    pub triangles: Vec<[u32; 3]>,
    /// Morph targets, sparse.
    pub targets: Vec<Target>,
    /// The mesh's extras.
    pub extras: serde_json::Value,
}

/// A morph target: what to add to some positions at weight 1.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Least and greatest weight.
    pub range: [f32; 2],
    /// The vertices it moves, ascending.
    pub indices: Vec<u32>,
    /// How far it moves each of them, mm.
    pub deltas: Vec<Vec3>,
}

/// Reads a GLB.
///
/// # Errors
/// [`Error::Invalid`] with the name and what is wrong.
pub fn read(name: &str, bytes: &[u8]) -> Result<Model> {
    Reader::new(bytes)
        .and_then(|reader| reader.model())
        .map_err(|problem| Error::Invalid(format!("{name}: {problem}")))
}

type Parsed<T> = std::result::Result<T, String>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(default)]
    scenes: Vec<WithExtras>,
    #[serde(default)]
    nodes: Vec<NodeJson>,
    #[serde(default)]
    meshes: Vec<MeshJson>,
    #[serde(default)]
    skins: Vec<SkinJson>,
    #[serde(default)]
    accessors: Vec<AccessorJson>,
    #[serde(default)]
    buffer_views: Vec<ViewJson>,
}

#[derive(Deserialize)]
struct WithExtras {
    #[serde(default)]
    extras: serde_json::Value,
}

#[derive(Deserialize)]
struct NodeJson {
    #[serde(default)]
    name: String,
    #[serde(default)]
    children: Vec<usize>,
    #[serde(default)]
    translation: [f32; 3],
}

#[derive(Deserialize)]
struct MeshJson {
    #[serde(default)]
    name: String,
    primitives: Vec<PrimitiveJson>,
    #[serde(default)]
    extras: serde_json::Value,
}

#[derive(Deserialize)]
struct PrimitiveJson {
    attributes: BTreeMap<String, usize>,
    indices: Option<usize>,
    #[serde(default)]
    targets: Vec<BTreeMap<String, usize>>,
}

#[derive(Deserialize)]
struct SkinJson {
    joints: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccessorJson {
    component_type: u32,
    #[serde(rename = "type")]
    kind: String,
    count: usize,
    #[serde(default)]
    normalized: bool,
    buffer_view: Option<usize>,
    #[serde(default)]
    byte_offset: usize,
    sparse: Option<SparseJson>,
}

#[derive(Deserialize)]
struct SparseJson {
    count: usize,
    indices: SparsePart,
    values: SparsePart,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SparsePart {
    buffer_view: usize,
    #[serde(default)]
    byte_offset: usize,
    component_type: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ViewJson {
    #[serde(default)]
    byte_offset: usize,
    byte_length: usize,
    byte_stride: Option<usize>,
}

/// Rows of `N` numbers and, for a sparse accessor without a base, which rows they are.
struct Rows<const N: usize> {
    rows: Vec<[f32; N]>,
    sparse: Option<Vec<u32>>,
}

const UNSIGNED_BYTE: u32 = 5121;
const UNSIGNED_SHORT: u32 = 5123;
const UNSIGNED_INT: u32 = 5125;
const FLOAT: u32 = 5126;

/// Size in bytes of a component.
fn component_size(component: u32) -> Parsed<usize> {
    match component {
        UNSIGNED_BYTE => Ok(1),
        UNSIGNED_SHORT => Ok(2),
        UNSIGNED_INT | FLOAT => Ok(4),
        other => Err(format!("component type {other} is not supported")),
    }
}

/// The number at the start of `bytes`, which are long enough.
fn component(kind: u32, normalized: bool, bytes: &[u8]) -> f32 {
    let scale = |value: f32, full: f32| if normalized { value / full } else { value };
    match kind {
        UNSIGNED_BYTE => scale(f32::from(bytes[0]), 255.0),
        UNSIGNED_SHORT => scale(f32::from(u16::from_le_bytes([bytes[0], bytes[1]])), 65535.0),
        UNSIGNED_INT => u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as f32,
        _ => f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
    }
}

struct Reader<'a> {
    document: Document,
    binary: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Splits the container into its JSON and its binary chunk.
    fn new(bytes: &'a [u8]) -> Parsed<Self> {
        let word = |at: usize| {
            let quad = bytes.get(at..at + 4).ok_or("the file ends early")?;
            Ok::<u32, String>(u32::from_le_bytes([quad[0], quad[1], quad[2], quad[3]]))
        };
        if word(0)? != 0x4654_6c67 || word(4)? != 2 {
            return Err("not a glTF 2.0 binary".to_owned());
        }
        let chunk = |at: usize, kind: u32| {
            let length = word(at)? as usize;
            if word(at + 4)? != kind {
                return Err(format!("the chunk at byte {at} is of another kind"));
            }
            bytes.get(at + 8..at + 8 + length).ok_or_else(|| format!("the chunk at byte {at} ends early"))
        };
        let json = chunk(12, 0x4e4f_534a)?;
        let binary = chunk(20 + json.len(), 0x004e_4942)?;
        let document = serde_json::from_slice(json).map_err(|e| e.to_string())?;
        Ok(Self { document, binary })
    }

    fn model(&self) -> Parsed<Model> {
        let joints = self.joints()?;
        let meshes =
            self.document.meshes.iter().map(|m| {
                self.mesh(m, joints.len()).map_err(|problem| format!("mesh `{}`: {problem}", m.name))
            });
        Ok(Model {
            meshes: meshes.collect::<Parsed<_>>()?,
            joints,
            extras: self.document.scenes.first().map(|s| s.extras.clone()).unwrap_or_default(),
        })
    }

    /// The joints of the first skin with their places at rest; the nodes only translate.
    fn joints(&self) -> Parsed<Vec<Joint>> {
        let nodes = &self.document.nodes;
        let Some(skin) = self.document.skins.first() else { return Ok(Vec::new()) };
        let mut joints: Vec<Joint> = Vec::new();
        for (i, &node) in skin.joints.iter().enumerate() {
            let own = nodes.get(node).ok_or("a joint is no node")?;
            let parent = skin
                .joints
                .iter()
                .position(|&other| nodes.get(other).is_some_and(|n| n.children.contains(&node)));
            if parent.is_some_and(|p| p >= i) {
                return Err(format!("joint `{}` comes before its parent", own.name));
            }
            let origin = parent.map_or(Vec3::ZERO, |p| joints[p].rest);
            joints.push(Joint {
                name: own.name.clone(),
                parent,
                rest: origin + Vec3::from(own.translation) * MM,
            });
        }
        Ok(joints)
    }

    fn mesh(&self, source: &MeshJson, joints: usize) -> Parsed<Mesh> {
        let [primitive] = source.primitives.as_slice() else {
            return Err("one primitive is expected".to_owned());
        };
        let attribute = |name: &str| primitive.attributes.get(name).copied();
        let positions = self.dense::<3>(attribute("POSITION").ok_or("there are no positions")?)?;
        let count = positions.len();
        let vectors =
            |rows: Vec<[f32; 3]>, scale: f32| rows.into_iter().map(|v| Vec3::from(v) * scale).collect();
        let colors =
            (0..).map_while(|k| attribute(&format!("COLOR_{k}"))).map(|a| self.exactly::<4>(Some(a), count));
        let triangles = self.triangles(primitive.indices, count)?;
        let joint_rows = self.exactly::<4>(attribute("JOINTS_0"), count)?;
        if joint_rows.iter().flatten().any(|j| *j as usize >= joints) {
            return Err("a vertex hangs on a joint that does not exist".to_owned());
        }
        Ok(Mesh {
            name: source.name.clone(),
            normals: vectors(self.exactly(attribute("NORMAL"), count)?, 1.0),
            uv: self.exactly(attribute("TEXCOORD_0"), count)?,
            colors: colors.collect::<Parsed<_>>()?,
            joints: joint_rows.into_iter().map(|row| row.map(|j| j as u8)).collect(),
            weights: self.exactly(attribute("WEIGHTS_0"), count)?,
            weld: self.exactly::<1>(attribute("_WELD"), count)?.into_iter().map(|[w]| w as u32).collect(),
            positions: vectors(positions, MM),
            triangles,
            targets: self.targets(source, primitive, count)?,
            extras: source.extras.clone(),
        })
    }

    fn triangles(&self, accessor: Option<usize>, count: usize) -> Parsed<Vec<[u32; 3]>> {
        let Some(accessor) = accessor else { return Ok(Vec::new()) };
        let indices: Vec<u32> = self.dense::<1>(accessor)?.into_iter().map(|[i]| i as u32).collect();
        if indices.iter().any(|i| *i as usize >= count) {
            return Err("a triangle names a vertex that does not exist".to_owned());
        }
        Ok(indices.as_chunks::<3>().0.to_vec())
    }

    fn targets(&self, source: &MeshJson, primitive: &PrimitiveJson, count: usize) -> Parsed<Vec<Target>> {
        if primitive.targets.is_empty() {
            return Ok(Vec::new());
        }
        let list = |key: &str| source.extras.get(key).cloned().ok_or_else(|| format!("extras lack `{key}`"));
        let names: Vec<String> = serde_json::from_value(list("targetNames")?).map_err(|e| e.to_string())?;
        let ranges: Option<Vec<[f32; 2]>> =
            list("targetRanges").ok().and_then(|v| serde_json::from_value(v).ok());
        if names.len() != primitive.targets.len() {
            return Err("there are not as many target names as targets".to_owned());
        }
        let mut targets = Vec::with_capacity(names.len());
        for (k, (name, attributes)) in names.into_iter().zip(&primitive.targets).enumerate() {
            let accessor =
                *attributes.get("POSITION").ok_or_else(|| format!("target `{name}` moves nothing"))?;
            let Rows { rows, sparse } = self.rows::<3>(accessor)?;
            let indices = sparse.unwrap_or_else(|| (0..rows.len() as u32).collect());
            if indices.iter().any(|i| *i as usize >= count) {
                return Err(format!("target `{name}` moves a vertex that does not exist"));
            }
            let moved = indices.into_iter().zip(rows).filter(|(_, d)| *d != [0.0; 3]);
            let (indices, deltas) = moved.map(|(i, d)| (i, Vec3::from(d) * MM)).unzip();
            let range = ranges.as_ref().and_then(|r| r.get(k)).copied().unwrap_or([0.0, 1.0]);
            targets.push(Target { name, range, indices, deltas });
        }
        Ok(targets)
    }

    /// An optional attribute: nothing, or one row per vertex.
    fn exactly<const N: usize>(&self, accessor: Option<usize>, count: usize) -> Parsed<Vec<[f32; N]>> {
        let Some(accessor) = accessor else { return Ok(Vec::new()) };
        let rows = self.dense::<N>(accessor)?;
        if rows.len() == count { Ok(rows) } else { Err(format!("accessor {accessor} has another length")) }
    }

    /// An accessor's rows, all of them.
    fn dense<const N: usize>(&self, accessor: usize) -> Parsed<Vec<[f32; N]>> {
        let Rows { rows, sparse } = self.rows::<N>(accessor)?;
        let Some(indices) = sparse else { return Ok(rows) };
        let mut all = vec![[0.0; N]; self.document.accessors[accessor].count];
        for (index, row) in indices.into_iter().zip(rows) {
            *all.get_mut(index as usize).ok_or_else(|| format!("accessor {accessor} is too short"))? = row;
        }
        Ok(all)
    }

    fn rows<const N: usize>(&self, index: usize) -> Parsed<Rows<N>> {
        let accessor =
            self.document.accessors.get(index).ok_or_else(|| format!("there is no accessor {index}"))?;
        let width = match accessor.kind.as_str() {
            "SCALAR" => 1,
            "VEC2" => 2,
            "VEC3" => 3,
            "VEC4" => 4,
            other => return Err(format!("accessor {index} has type {other}")),
        };
        if width != N {
            return Err(format!("accessor {index} has {width} numbers in a row, not {N}"));
        }
        let kind = accessor.component_type;
        let plain = |view, offset, count| self.read::<N>(view, offset, count, kind, accessor.normalized);
        match (accessor.buffer_view, &accessor.sparse) {
            (Some(view), None) => {
                Ok(Rows { rows: plain(view, accessor.byte_offset, accessor.count)?, sparse: None })
            }
            (None, Some(sparse)) => {
                let part = &sparse.indices;
                let of = part.component_type.ok_or("sparse indices lack a component type")?;
                let indices = self.read::<1>(part.buffer_view, part.byte_offset, sparse.count, of, false)?;
                let rows = plain(sparse.values.buffer_view, sparse.values.byte_offset, sparse.count)?;
                Ok(Rows { rows, sparse: Some(indices.into_iter().map(|[i]| i as u32).collect()) })
            }
            _ => Err(format!("accessor {index} is neither plain nor sparse over zeros")),
        }
    }

    fn read<const N: usize>(
        &self,
        view: usize,
        offset: usize,
        count: usize,
        kind: u32,
        normalized: bool,
    ) -> Parsed<Vec<[f32; N]>> {
        let source =
            self.document.buffer_views.get(view).ok_or_else(|| format!("there is no buffer view {view}"))?;
        let size = component_size(kind)?;
        let stride = source.byte_stride.unwrap_or(size * N).max(1);
        let bytes = (source.byte_offset.checked_add(source.byte_length))
            .and_then(|end| self.binary.get(source.byte_offset..end))
            .and_then(|bytes| bytes.get(offset..))
            .ok_or_else(|| format!("buffer view {view} lies outside the file"))?;
        let needed =
            (count.checked_sub(1)).map_or(Some(0), |last| last.checked_mul(stride)?.checked_add(size * N));
        if needed.is_none_or(|needed| needed > bytes.len()) {
            return Err(format!("buffer view {view} is too short"));
        }
        let row =
            |i: usize| core::array::from_fn(|k| component(kind, normalized, &bytes[i * stride + k * size..]));
        Ok((0..count).map(row).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A container around this JSON and these bytes.
    fn glb(json: &str, binary: &[u8]) -> Vec<u8> {
        let mut json = json.as_bytes().to_vec();
        json.resize(json.len().next_multiple_of(4), b' ');
        let mut out = Vec::new();
        let total = 28 + json.len() + binary.len();
        for word in [0x4654_6c67, 2, total as u32, json.len() as u32, 0x4e4f_534a] {
            out.extend_from_slice(&u32::to_le_bytes(word));
        }
        out.extend_from_slice(&json);
        for word in [binary.len() as u32, 0x004e_4942] {
            out.extend_from_slice(&u32::to_le_bytes(word));
        }
        out.extend_from_slice(binary);
        out
    }

    const TRIANGLE: &str = r#"{
        "nodes": [{"name": "root", "children": [1], "translation": [0, 1, 0]}, {"name": "tip", "translation": [0, 0.5, 0]}],
        "skins": [{"joints": [0, 1]}],
        "meshes": [{"name": "t", "primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "targets": [{"POSITION": 2}]}],
                    "extras": {"targetNames": ["up"], "targetRanges": [[-1, 1]]}}],
        "accessors": [
            {"componentType": 5126, "type": "VEC3", "count": 3, "bufferView": 0},
            {"componentType": 5123, "type": "SCALAR", "count": 3, "bufferView": 1},
            {"componentType": 5126, "type": "VEC3", "count": 3, "sparse": {"count": 1,
                "indices": {"bufferView": 1, "byteOffset": 4, "componentType": 5123},
                "values": {"bufferView": 0, "byteOffset": 12}}}],
        "bufferViews": [{"byteLength": 36}, {"byteOffset": 36, "byteLength": 6}]}"#;

    fn triangle_bytes() -> Vec<u8> {
        let floats = [0.0f32, 0.0, 0.0, 0.0, 0.25, 0.0, 1.0, 0.0, 0.0];
        let mut bytes: Vec<u8> = floats.iter().flat_map(|f| f.to_le_bytes()).collect();
        bytes.extend([0u16, 1, 2].iter().flat_map(|i| i.to_le_bytes()));
        bytes
    }

    #[test]
    fn a_small_file_is_read_to_the_number() {
        let model = read("t.glb", &glb(TRIANGLE, &triangle_bytes())).unwrap();
        let mesh = model.mesh("t").unwrap();
        assert_eq!(mesh.positions[1], Vec3::new(0.0, 250.0, 0.0));
        assert_eq!(mesh.triangles, [[0, 1, 2]]);
        assert_eq!(
            (mesh.targets[0].indices.as_slice(), mesh.targets[0].deltas[0]),
            (&[2][..], Vec3::new(0.0, 250.0, 0.0))
        );
        assert_eq!(mesh.targets[0].range, [-1.0, 1.0]);
        assert_eq!(model.joints[1].rest, Vec3::new(0.0, 1500.0, 0.0));
        assert_eq!(model.joints[1].parent, Some(0));
    }

    #[test]
    fn every_truncation_is_an_error_and_no_panic() {
        let whole = glb(TRIANGLE, &triangle_bytes());
        for length in 0..whole.len() {
            assert!(read("t.glb", &whole[..length]).is_err(), "{length}");
        }
        let wrong = TRIANGLE.replace("\"bufferView\": 1}", "\"bufferView\": 7}");
        let message = read("t.glb", &glb(&wrong, &triangle_bytes())).unwrap_err().to_string();
        assert_eq!(message, "t.glb: mesh `t`: there is no buffer view 7");
    }
}
