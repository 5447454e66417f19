//! Which font is found for which name.

use std::io;
use std::sync::Arc;

use yichuan_typeface::{Bytes, FaceInfo, FaceSource, Faces, FontBytes, Role};

struct Named;

impl FontBytes for Named {
    fn load(&self, source: &FaceSource) -> io::Result<Bytes> {
        Ok(Arc::new(source.id.clone().into_bytes()))
    }
}

fn face(id: &str, families: &[&str], weight: u16) -> FaceInfo {
    FaceInfo {
        families: families.iter().map(|name| (*name).to_owned()).collect(),
        names: vec![id.to_owned()],
        weight,
        italic: id.contains("Italic"),
        source: FaceSource {
            id: id.to_owned(),
            index: 0,
        },
    }
}

fn free() -> Faces {
    Faces::new(
        vec![
            face("FandolSong-Regular", &["FandolSong"], 400),
            face("FandolSong-Bold", &["FandolSong"], 700),
            face("FandolFang-Regular", &["FandolFang", "FandolFang R"], 400),
            face("FandolKai-Regular", &["FandolKai"], 400),
            face("FandolHei", &["FandolHei"], 400),
            face("FandolHei-Bold", &["FandolHei"], 700),
            face("Liberation Serif Italic", &["Liberation Serif"], 400),
            face("Liberation Serif", &["Liberation Serif"], 400),
            face("DejaVu Sans", &["DejaVu Sans"], 400),
        ],
        Named,
    )
}

#[test]
fn free_fonts_stand_in_for_the_usual_names_and_say_so() {
    let faces = free();
    let cases = [
        ("方正小标宋简体", "FandolSong-Bold"),
        ("仿宋_GB2312", "FandolFang-Regular"),
        ("楷体_GB2312", "FandolKai-Regular"),
        ("黑体", "FandolHei"),
        ("SimHei,Bold", "FandolHei-Bold"),
        ("宋体", "FandolSong-Regular"),
        ("SimSun,Bold", "FandolSong-Bold"),
        ("Times New Roman", "Liberation Serif"),
        ("Wingdings", "DejaVu Sans"),
    ];
    for (name, expected) in cases {
        let found = faces.find(name).expect(name);
        assert_eq!(found.face.source.id, expected, "{name}");
        assert!(found.is_substitute, "{name}");
    }
    assert_eq!(faces.find("F1"), None);
    assert_eq!(Faces::none().find("宋体"), None);
}

#[test]
fn a_font_of_the_very_name_is_taken_first() {
    let mut all = free().all().to_vec();
    all.push(face("SimSun", &["SimSun", "宋体"], 400));
    all.push(face("FZFSK", &["方正仿宋_GBK"], 400));
    let faces = Faces::new(all, Named);
    for (name, expected, is_substitute) in [
        ("宋体", "SimSun", false),
        ("ABCDEF+SimSun", "SimSun", false),
        ("新宋体", "SimSun", false),
        ("某某宋体", "SimSun", true),
        ("仿宋_GB2312", "FZFSK", false),
        ("FandolSong", "FandolSong-Regular", false),
        ("FandolSong Bold", "FandolSong-Bold", false),
    ] {
        let found = faces.find(name).expect(name);
        assert_eq!(found.face.source.id, expected, "{name}");
        assert_eq!(found.is_substitute, is_substitute, "{name}");
    }
    assert!(!faces.role(Role::Song).unwrap().is_substitute);
    assert!(faces.role(Role::Kai).unwrap().is_substitute);
}

#[test]
fn the_chain_of_a_role_begins_with_it_and_names_no_font_twice() {
    let faces = free();
    for role in Role::ALL {
        let chain = faces.chain(role);
        assert_eq!(chain[0], faces.role(role).unwrap().face, "{role:?}");
        let mut sources: Vec<_> = chain.iter().map(|face| &face.source.id).collect();
        sources.sort();
        sources.dedup();
        assert_eq!(sources.len(), chain.len(), "{role:?}");
        assert!(chain.len() >= 6, "{role:?}");
    }
}

#[test]
fn bytes_are_asked_for_by_the_source() {
    let faces = free();
    let found = faces.role(Role::Kai).unwrap();
    let bytes = faces.load(found.face).unwrap();
    assert_eq!((*bytes).as_ref(), b"FandolKai-Regular");
    assert!(Faces::none().load(found.face).is_err());
}
