//! The seals and signatures of files that other products made, which lie beside the project. What
//! each must give is what their index, `sources.md`, states, found there by other programs.

#![allow(clippy::disallowed_methods, reason = "a test reads the samples")]

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use super::office::day;
use crate::certificate::Certificate;
use crate::instant;
use crate::ses::{
    Asked, Code, Deviation, Fact, Generation, Report, Trust, Verdict, verify, verify_message,
    verify_seal,
};
use crate::sm2_key::sm3;

/// Where the samples are; none, said aloud, where they are not.
fn samples() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    let folder = std::env::var_os("YICHUAN_SAMPLES")
        .map_or(beside, PathBuf::from)
        .join("ofd");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no samples; set YICHUAN_SAMPLES to their folder");
    None
}

fn file(name: &str) -> Option<Vec<u8>> {
    let path = samples()?.join(name);
    Some(std::fs::read(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display())))
}

/// Entries of a folder in an OFD.
fn entries<const N: usize>(ofd: &str, folder: &str, names: [&str; N]) -> Option<[Vec<u8>; N]> {
    let file = File::open(samples()?.join(ofd)).expect("a sample of the index");
    let mut archive = zip::ZipArchive::new(file).expect("a ZIP file");
    Some(names.map(|name| {
        let mut bytes = Vec::new();
        let mut entry = archive
            .by_name(&format!("{folder}/{name}"))
            .expect("an entry");
        entry.read_to_end(&mut bytes).expect("it is whole");
        bytes
    }))
}

fn judged(signature: &[u8], signature_xml: &[u8], seal: Option<&[u8]>) -> Report {
    let asked = Asked {
        data_hash: Some(sm3(signature_xml)),
        seal_file: seal,
        declared_at: None,
        seen_at: None,
        now: day("20261126"),
    };
    let trust = Trust {
        seals: Some(&[]),
        ..Trust::default()
    };
    verify(signature, &asked, &trust)
}

/// What a sample must give beside the untrusted makers and signers.
struct Expected {
    ofd: &'static str,
    folder: &'static str,
    seal_file: bool,
    name: &'static str,
    vendor: &'static str,
    picture: (&'static str, u32, u32),
    /// From, until, signed: UTC.
    times: [&'static str; 3],
    codes: &'static [Code],
}

/// What nobody is trusted and no list of revocations leaves open.
const OPEN: [Code; 3] = [
    Code::SignerNotTrusted,
    Code::MakerNotTrusted,
    Code::RevocationUnknown,
];

const WRITERS: Expected = Expected {
    ofd: "SESV4SignDoc.ofd",
    folder: "Doc_0/Signs/Sign_0",
    seal_file: true,
    name: "OFD R&W 测试用印章",
    vendor: "OFDR&WTest",
    picture: ("PNG", 40, 40),
    times: ["20200422020900Z", "20220422020900Z", "20260804020809Z"],
    codes: &[Code::OutsideSealPeriod, Code::OutsideSignerPeriod],
};

const PERMIT: Expected = Expected {
    ofd: "permit-v4-tampered-pages.ofd",
    folder: "Doc_0/Signs/Sign_0",
    seal_file: true,
    name: "云南省住房和城乡建设厅",
    vendor: "GOMAIN",
    picture: ("png", 45, 45),
    times: ["20191024160000Z", "20201024160000Z", "20201010065841Z"],
    // Both certificates have a critical extKeyUsage.
    codes: &[Code::SealOver, Code::SignerOver, Code::CriticalExtension],
};

const EXPECTED: [Expected; 7] = [
    WRITERS,
    Expected {
        ofd: "derived/tampered-page.ofd",
        ..WRITERS
    },
    Expected {
        ofd: "gen_14_digital_sign.ofd",
        times: ["20200422020900Z", "20220422020900Z", "20260815085323Z"],
        ..WRITERS
    },
    Expected {
        ofd: "V4RideRight.ofd",
        times: ["20200422020900Z", "20220422020900Z", "20210519125344Z"],
        codes: &[Code::SealOver, Code::SignerOver],
        ..WRITERS
    },
    Expected {
        ofd: "invoice-test-v4-kinggrid.ofd",
        seal_file: false,
        name: "测试全国统一发票监制章国家税务总局重庆市税务局",
        picture: ("ofd", 30, 20),
        times: ["20200723160000Z", "20230723160000Z", "20200817111329Z"],
        codes: &[Code::SealOver, Code::SignerOver],
        ..PERMIT
    },
    PERMIT,
    Expected {
        folder: "Doc_0/Signs/Sign_1",
        ..PERMIT
    },
];

#[test]
fn the_samples_of_the_fourth_generation_give_what_their_index_states() {
    for sample in &EXPECTED {
        let names = ["SignedValue.dat", "Signature.xml"];
        let Some([value, xml]) = entries(sample.ofd, sample.folder, names) else {
            return;
        };
        let seal_file = sample
            .seal_file
            .then(|| entries(sample.ofd, sample.folder, ["Seal.esl"]));
        let seal_file = seal_file.flatten().map(|[seal]| seal);
        let report = judged(&value, &xml, seal_file.as_deref());
        let name = format!("{}, {}: {:?}", sample.ofd, sample.folder, report.findings());
        let signature = report.signature().expect("it can be read");
        let seal = signature.seal();
        assert_eq!(report.generation(), Some(Generation::V4), "{name}");
        assert_eq!(
            (seal.name(), seal.vendor()),
            (sample.name, sample.vendor),
            "{name}"
        );
        let picture = seal.picture();
        let size = (picture.kind, picture.width_mm, picture.height_mm);
        assert_eq!(size, sample.picture, "{name}");
        let (from, until) = seal.validity();
        let signed = signature.signed_at().expect("a time");
        let times = [from, until, signed].map(instant::to_generalized);
        assert_eq!(times, sample.times, "{name}");
        // Signature, digest, maker's signature and list are right: no code says otherwise.
        let only = [&OPEN, sample.codes].concat();
        for finding in report.findings() {
            assert!(only.contains(&finding.code), "{name}");
        }
        for code in &only {
            let certificate_only = *code == Code::OutsideSignerPeriod || *code == Code::SignerOver;
            assert!(
                report.has(*code) || certificate_only,
                "{code:?} is missing: {name}"
            );
        }
        let outside = sample.codes.contains(&Code::OutsideSealPeriod);
        let verdict = if outside {
            Verdict::Invalid
        } else {
            Verdict::Incomplete
        };
        assert_eq!(report.verdict(), verdict, "{name}");
    }
}

#[test]
fn the_broken_sample_of_the_first_generation_gives_what_its_index_states() {
    let names = ["SignedValue.dat", "Signature.xml", "Seal.esl"];
    let found = entries("gongwen-v1-broken.ofd", "Doc_0/Signs/Sign_0", names);
    let Some([value, xml, seal_file]) = found else {
        return;
    };
    let report = judged(&value, &xml, Some(&seal_file));
    let name = format!("{:?}", report.findings());
    assert_eq!(report.generation(), Some(Generation::V1), "{name}");
    assert_eq!(report.verdict(), Verdict::Invalid, "{name}");
    for code in [
        Code::SignatureWrong,
        Code::DataHashDiffers,
        Code::SignerNotListed,
    ] {
        assert!(report.has(code), "{code:?}: {name}");
    }
    for code in [
        Code::MakerSignatureWrong,
        Code::SealFileDiffers,
        Code::OutsideSealPeriod,
    ] {
        assert!(!report.has(code), "{code:?}: {name}");
    }
    let signature = report.signature().expect("it can be read");
    let seal = signature.seal();
    assert_eq!(
        (seal.name(), seal.vendor()),
        ("某某省人力资源和社会测试章", "dms360.cn")
    );
    let (from, until) = seal.validity();
    let signed = signature.signed_at().expect("a time");
    let times = [from, until, signed].map(instant::to_generalized);
    assert_eq!(
        times,
        ["20191218125346Z", "20291218125346Z", "20200125073156Z"]
    );
    assert_eq!(
        (seal.picture().width_mm, seal.picture().height_mm),
        (33, 33)
    );
}

#[test]
fn the_sample_with_64_bytes_and_an_extension_gives_what_its_index_states() {
    let folder = "ses-only/tongzhi-v4-raw64-extdata";
    let read = |name: &str| file(&format!("{folder}/{name}"));
    let (Some(value), Some(xml), Some(seal)) = (
        read("SignedValue.dat"),
        read("Signature.xml"),
        read("Seal.esl"),
    ) else {
        return;
    };
    let report = judged(&value, &xml, Some(&seal));
    let name = format!("{:?}", report.findings());
    assert_eq!(report.verdict(), Verdict::Incomplete, "{name}");
    let raw = Fact::Deviation(Deviation::RawSignature);
    assert!(
        report.findings().iter().any(|finding| finding.fact == raw),
        "{name}"
    );
    assert!(report.has(Code::CriticalExtension), "{name}");
    let signature = report.signature().expect("it can be read");
    assert_eq!(signature.extensions().len(), 1);
    assert_eq!(signature.seal().vendor(), "SHANDONG.TONGZHIWEIYE");
}

#[test]
fn the_seals_of_three_generations_give_what_their_index_states() {
    let cases = [
        (
            "UserV1.esl",
            Generation::V1,
            "OFDRW测试用印章",
            "20200422021807Z",
            "20220422021807Z",
        ),
        (
            "UserV4.esl",
            Generation::V4,
            "OFD R&W 测试用印章",
            "20200422020900Z",
            "20220422020900Z",
        ),
        (
            "UserV5.esl",
            Generation::V5,
            "OFD R&W V5测试用印章",
            "20260424085323Z",
            "20280424085323Z",
        ),
    ];
    for (esl, generation, name, from, until) in cases {
        let Some(bytes) = file(&format!("seal/{esl}")) else {
            return;
        };
        let trust = Trust {
            seals: Some(&[]),
            ..Trust::default()
        };
        let report = verify_seal(&bytes, day("20210101"), &trust);
        let seal = report.seal().expect("it can be read");
        assert_eq!((report.generation(), seal.name()), (Some(generation), name));
        let (begins, ends) = seal.validity();
        let times = [begins, ends].map(instant::to_generalized);
        assert_eq!(times, [from, until].map(str::to_owned), "{esl}");
        assert!(
            !report.has(Code::MakerSignatureWrong),
            "{esl}: {:?}",
            report.findings()
        );
        assert!(
            report.has(Code::MakerNotTrusted),
            "{esl}: {:?}",
            report.findings()
        );
        // With one byte of its info changed it does not stand.
        let mut changed = bytes.clone();
        let at = name.len() / 2
            + bytes
                .windows(name.len())
                .position(|n| n == name.as_bytes())
                .expect("its name");
        changed[at] ^= 1;
        let report = verify_seal(&changed, day("20210101"), &trust);
        assert_eq!(
            report.verdict(),
            Verdict::Invalid,
            "{esl}: {:?}",
            report.findings()
        );
    }
}

fn judged_message(message: &[u8], signature_xml: &[u8]) -> Report {
    let asked = Asked {
        data_hash: Some(sm3(signature_xml)),
        seal_file: None,
        declared_at: None,
        seen_at: None,
        now: day("20261126"),
    };
    verify_message(message, &asked, &Trust::default())
}

#[test]
fn the_messages_without_a_seal_give_what_their_index_states() {
    let names = ["SignedValue.dat", "Signature.xml"];
    for (folder, at) in [
        ("Doc_0/Signs/Sign_0", "20221101092233Z"),
        ("Doc_0/Signs/Sign_1", ""),
    ] {
        let Some([value, xml]) = entries("sign-only-gbt35275-x2.ofd", folder, names) else {
            return;
        };
        let report = judged_message(&value, &xml);
        let name = format!("{folder}: {:?}", report.findings());
        assert_eq!(report.verdict(), Verdict::Incomplete, "{name}");
        let message = report.message().expect("it can be read");
        let signer = Certificate::read(message.certificate().expect("a certificate"));
        let signer = signer.expect("it can be read").common_name();
        assert_eq!(signer.as_deref(), Some("一部手机办事通设备证书"));
        let signed = message.signed_at().map(instant::to_generalized);
        assert!(
            signed.is_some_and(|signed| signed == at || at.is_empty()),
            "{name}"
        );
        let changed = judged_message(&value, &[&xml[..], b" "].concat());
        assert!(
            changed.has(Code::DataHashDiffers),
            "{:?}",
            changed.findings()
        );
        assert_eq!(changed.verdict(), Verdict::Invalid);
    }
    let read = |name: &str| file(&format!("ses-only/tongzhi-gbt35275-sign/{name}"));
    let (Some(value), Some(xml)) = (read("SignedValue.dat"), read("Signature.xml")) else {
        return;
    };
    let report = judged_message(&value, &xml);
    let codes: Vec<Code> = report
        .findings()
        .iter()
        .map(|finding| finding.code)
        .collect();
    let expected = [
        Code::Deviates,
        Code::SignerNotTrusted,
        Code::RevocationUnknown,
        Code::TimeUnknown,
    ];
    assert_eq!(codes, expected, "64 bytes, no attributes");
}

#[test]
fn samples_that_are_no_ses_structure_are_refused() {
    let Some([bare]) = entries("DigitalSign.ofd", "Doc_0/Signs/Sign_0", ["SignedValue.dat"]) else {
        return;
    };
    let gbt35275 = file("ses-only/tongzhi-gbt35275-sign/SignedValue.dat").expect("it is there too");
    for bytes in [bare, gbt35275] {
        let report = judged(&bytes, b"", None);
        assert!(report.has(Code::Unreadable), "{:?}", report.findings());
    }
}
