#![expect(clippy::float_cmp, reason = "the numbers come out of the file as they went in")]

use super::primitive::triangles;
use super::schema::mode;
use super::*;

/// A triangle: three positions, three indices of two bytes and one of padding, as base64.
const TRIANGLE: &str = "AAAAAAAAAAAAAAAAAACAPwAAAAAAAAAAAAAAAAAAgD8AAAAAAAABAAIAAAA=";

/// Returns a file with one triangle, where each `(old, new)` of `edits` is replaced.
fn triangle(edits: &[(&str, &str)]) -> String {
    let file = r#"{
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"translation": [1, 2, 3], "children": [1]}, {"scale": [2, 2, 2], "mesh": 0}],
        "meshes": [{"name": "sail", "primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [0.5, 0.25, 1, 1]}}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]},
            {"bufferView": 1, "componentType": 5123, "count": 3, "type": "SCALAR"}
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 36},
            {"buffer": 0, "byteOffset": 36, "byteLength": 6}
        ],
        "buffers": [{"byteLength": 44, "uri": "data:application/octet-stream;base64,TRIANGLE"}]
    }"#;
    let file = edits.iter().fold(file.to_owned(), |file, (old, new)| {
        assert!(file.contains(old), "the file has no `{old}`");
        file.replace(old, new)
    });
    file.replace("TRIANGLE", TRIANGLE)
}

fn load(edits: &[(&str, &str)]) -> Result<Model, String> {
    parse(triangle(edits).as_bytes(), Path::new("/nowhere"))
}

#[test]
fn a_triangle_with_its_place_and_colour() {
    let model = load(&[]).expect("the file is sound");
    let primitive = &model.primitives[0];
    assert_eq!(
        primitive.vertices.iter().map(|v| v.position).collect::<Vec<_>>(),
        [[0.; 3], [1., 0., 0.], [0., 1., 0.]]
    );
    assert_eq!(primitive.indices, [0, 1, 2]);
    assert_eq!(primitive.vertices[0].normal, [0.0, 0.0, 1.0], "computed, as the file has none");
    assert_eq!(primitive.vertices[0].uv, [0.0, 0.0]);
    let place = model.instances[0].place.transform_point3(Vec3::new(0.0, 1.0, 0.0));
    assert_eq!(place, Vec3::new(1.0, 4.0, 3.0), "scaled by the child, moved by the parent");
    assert_eq!(model.materials[primitive.material].color, Vec4::new(0.5, 0.25, 1.0, 1.0));
}

#[test]
fn indices_of_every_width_and_none() {
    let bytes = load(&[("5123", "5121")]).expect("the file is sound");
    assert_eq!(bytes.primitives[0].indices, [0, 0, 1], "the same bytes, read one at a time");
    let none = load(&[(r#", "indices": 1"#, "")]).expect("the file is sound");
    assert_eq!(none.primitives[0].indices, [0, 1, 2]);
}

#[test]
fn strips_and_fans_become_triangles() {
    assert_eq!(triangles(mode::TRIANGLE_STRIP, &[0, 1, 2, 3]), [0, 1, 2, 1, 3, 2]);
    assert_eq!(triangles(mode::TRIANGLE_FAN, &[7, 1, 2, 3]), [1, 2, 7, 2, 3, 7]);
    assert_eq!(triangles(mode::TRIANGLES, &[0, 1, 2, 3]), [0, 1, 2], "an unfinished triangle is left out");
    assert!(triangles(mode::TRIANGLE_FAN, &[]).is_empty());
}

#[test]
fn sparse_values_replace_the_others() {
    // The third position, at byte 24, becomes the first value: index 2 stands at byte 40.
    let sparse = r#""max": [1, 1, 0], "sparse": {"count": 1,
        "indices": {"bufferView": 1, "byteOffset": 4, "componentType": 5123},
        "values": {"bufferView": 0, "byteOffset": 12}}"#;
    let model = load(&[(r#""max": [1, 1, 0]"#, sparse)]).expect("the file is sound");
    assert_eq!(model.primitives[0].vertices[2].position, [1.0, 0.0, 0.0]);
}

#[test]
fn every_mistake_is_named() {
    let cases: &[(&str, &str, &str)] = &[
        (r#""version": "2.0""#, r#""version": "2.0"#, "it is no glTF 2.0 file"),
        (r#""byteLength": 44"#, r#""byteLength": 99"#, "buffer 0 has 44 of its 99 bytes"),
        (r#""byteOffset": 36, "byteLength": 6"#, r#""byteOffset": 36, "byteLength": 60"#, "bufferView 1 reaches past"),
        (r#""count": 3, "type": "SCALAR""#, r#""count": 30, "type": "SCALAR""#, "accessor 1: it reaches past"),
        (r#""count": 3, "type": "SCALAR""#, r#""count": 3, "type": "VEC2""#, "accessor 1 holds VEC2 of U16"),
        (r#""type": "VEC3""#, r#""type": "VEC2""#, "accessor 0 holds VEC2 of F32 where 3 numbers"),
        ("data:application/octet-stream;base64,TRIANGLE", "missing.bin", "`/nowhere/missing.bin` cannot be read"),
        ("base64,TRIANGLE", "base64,!!!!", "`!` is no base64"),
        (r#", "mesh": 0"#, "", "it has no triangles to draw"),
        (r#""children": [1]"#, r#""children": [0]"#, "a node is its own descendant"),
        (r#""children": [1]"#, r#""children": [9]"#, "there is no node 9"),
        (r#""scene": 0"#, r#""extensionsRequired": ["KHR_x"], "scene": 0"#, "it needs the extension `KHR_x`"),
        (r#""scene": 0"#, r#""images": [{}], "textures": [{"source": 0}], "scene": 0"#, ""),
        (r#""scene": 0,"#, "", ""),
        (r#""scene": 0"#, r#""scene": 3"#, "there is no scene 3"),
        (r#""count": 3, "type": "SCALAR""#, r#""count": 0, "type": "SCALAR""#, "accessor 1: it has no elements"),
        (r#""POSITION": 0"#, r#""POSITION": 7"#, "mesh `sail`: there is no accessor 7"),
        (r#""POSITION": 0"#, r#""NORMAL": 0"#, "mesh `sail`: it has no positions"),
        (r#""material": 0"#, r#""material": 3"#, "mesh `sail`: there is no material 3"),
        (r#""componentType": 5126"#, r#""componentType": 9"#, "there is no component type 9"),
    ];
    for (old, new, message) in cases {
        match load(&[(old, new)]) {
            Err(error) => assert!(!message.is_empty() && error.contains(message), "`{new}`: {error}"),
            Ok(_) => assert!(message.is_empty(), "`{new}` is accepted"),
        }
    }
}

#[test]
fn a_file_that_says_too_little_is_told_what_is_missing() {
    let cases = [
        ("{}", "`asset.version` is missing"),
        (r#"{"asset": {}}"#, "`asset.version` is missing"),
        (r#"{"asset": {"version": "1.0"}}"#, "it is glTF version `1.0`"),
        (r#"{"asset": {"version": "2.0"}}"#, "it has no scene (`scenes` is missing or empty)"),
        (r#"{"asset": {"version": "2.0"}, "scenes": [{}]}"#, "it has no triangles to draw"),
    ];
    for (text, message) in cases {
        let error = parse(text.as_bytes(), Path::new("")).expect_err("there is nothing to draw");
        assert!(error.contains(message), "{text}: {error}");
    }
}

#[test]
fn an_index_past_the_vertices_is_named_with_its_mesh() {
    let error = load(&[(r#""byteOffset": 36, "byteLength": 6"#, r#""byteOffset": 14, "byteLength": 6"#)]);
    assert_eq!(error.err().as_deref(), Some("mesh `sail`: index 16256 names none of its 3 vertices; export it again"));
}

#[test]
fn a_binary_file_carries_its_buffer() {
    let json = triangle(&[(r#", "uri": "data:application/octet-stream;base64,TRIANGLE""#, "")]);
    let buffer = uri::read(&format!("data:;base64,{TRIANGLE}"), Path::new("")).expect("it is base64");
    let model = parse(&glb(&json, &buffer), Path::new("")).expect("the file is sound");
    assert_eq!(model.primitives[0].indices, [0, 1, 2]);
}

fn glb(json: &str, buffer: &[u8]) -> Vec<u8> {
    let json = format!("{json}{}", " ".repeat(json.len().next_multiple_of(4) - json.len()));
    let len = |bytes: usize| (bytes as u32).to_le_bytes();
    let parts: [&[u8]; 9] = [
        b"glTF",
        &len(2),
        &len(28 + json.len() + buffer.len()),
        &len(json.len()),
        b"JSON",
        json.as_bytes(),
        &len(buffer.len()),
        b"BIN\0",
        buffer,
    ];
    parts.concat()
}

#[test]
fn broken_files_are_errors_and_never_panics() {
    let json = triangle(&[(r#", "uri": "data:application/octet-stream;base64,TRIANGLE""#, "")]);
    let buffer = uri::read(&format!("data:;base64,{TRIANGLE}"), Path::new("")).expect("it is base64");
    let sound = glb(&json, &buffer);
    let seed = 0x6c7f_u64;
    let mut random = crate::scene::Random(seed);
    let mut pick = |below: usize| (random.unit() * below as f32) as usize % below;
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let mut bytes = sound.clone();
        for _ in 0..=pick(3) {
            let at = pick(bytes.len());
            match pick(4) {
                0 => bytes[at] = pick(256) as u8,
                1 => bytes[at] = b"0123456789-,[]{}\""[pick(17)],
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        // What matters is that it returns; most edits break the file and some do not.
        match parse(&bytes, Path::new("/nowhere")) {
            Ok(_) => accepted += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(accepted > 0 && refused > 0, "seed {seed:#x}: {accepted} accepted, {refused} refused");
}
