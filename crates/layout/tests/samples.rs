//! Real files and files made from them, each with what its index says it must yield.
//!
//! They lie beside the project, in the folder that `YICHUAN_SAMPLES` names or in
//! `../shared/samples`. Where there are none, every test here is counted as skipped, which is why
//! this target has a harness of its own.
#![allow(
    clippy::disallowed_methods,
    reason = "tests read files; the crate does not"
)]

use std::path::Path;
use std::process::ExitCode;

use yichuan_layout::contents::{Contents, Kind, Notice};
use yichuan_layout::marks::Decision;
use yichuan_layout::{Examination, Limits, examine};
use yichuan_seal::instant;
use yichuan_seal::ses::{Code, Fact, Trust};

mod harness;

use harness::Test;

const TESTS: &[Test] = &[
    (
        "f2_every_marked_sample_is_refused_and_every_clean_one_is_not",
        f2_marks,
    ),
    (
        "every_sample_has_the_pages_and_text_of_its_index",
        pages_and_text,
    ),
    ("every_signature_in_the_samples_is_told", signatures),
    (
        "every_signature_in_the_samples_is_judged_as_their_index_says",
        judged,
    ),
    (
        "attachments_and_tags_of_the_samples_are_read",
        attachments_and_tags,
    ),
    (
        "e2_e3_damaged_and_hostile_samples_are_refused_with_their_reason",
        e2_e3_hostile,
    ),
    ("what_has_no_text_is_never_clean", without_text),
    ("a_real_document_keeps_the_rules_of_form", real_form),
    ("no_cut_or_flip_of_a_sample_breaks_the_reader", mutated),
];

fn main() -> ExitCode {
    harness::run(TESTS)
}

fn look(folder: &Path, name: &str) -> Examination {
    let bytes = std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let name = name.rsplit('/').next().unwrap_or(name);
    examine(name, "", &bytes, &Limits::default())
}

fn read(folder: &Path, name: &str) -> Contents {
    let looked = look(folder, name);
    looked
        .contents
        .unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// The names of all files below `folder`.
fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for below in ["", "derived", "pdf", "seal"] {
        for entry in std::fs::read_dir(folder.join(below)).expect("the folder is there") {
            let path = entry.expect("it can be listed").path();
            let kind = path.extension().unwrap_or_default();
            if path.is_file() && ["ofd", "pdf", "esl"].iter().any(|known| kind == *known) {
                let name = path.strip_prefix(folder).expect("it lies below");
                names.push(name.to_string_lossy().into_owned());
            }
        }
    }
    names.sort();
    names
}

fn f2_marks(folder: &Path) {
    let (mut marked, mut clean) = (0, 0);
    for name in names(folder) {
        let stem = name.rsplit('/').next().unwrap_or(&name);
        // The file's own name is left out, so that only its content decides.
        let expected = if stem.starts_with("mark-") {
            marked += 1;
            Decision::Refuse
        } else if stem.starts_with("clean") {
            clean += 1;
            Decision::Clean
        } else {
            continue;
        };
        let decision = look(folder, &name).marks.decision(None);
        assert_eq!(decision, expected, "{name}");
    }
    assert!(marked >= 7 && clean >= 5, "{marked} marked, {clean} clean");
}

/// Name, pages, size of the first in millimetres, and what it says.
type Pages = (&'static str, usize, (f64, f64), &'static str);

const PAGES: &[Pages] = &[
    (
        "SESV4SignDoc.ofd",
        1,
        (210.0, 297.0),
        "你好呀，OFD Reader&Writer！",
    ),
    (
        "invoice-test-v4-kinggrid.ofd",
        5,
        (210.0, 140.0),
        "发票代码：050001700111",
    ),
    (
        "gongwen-v1-broken.ofd",
        2,
        (210.0, 297.0),
        "关于同意张阿三同志辞职的批复",
    ),
    (
        "AddAttachment.ofd",
        1,
        (210.0, 297.0),
        "这是一个带有附件的OFD文件",
    ),
    (
        "helloworld.ofd",
        1,
        (210.0, 297.0),
        "你好呀，OFD Reader&Writer！",
    ),
    (
        "helloworld_with_pageblock.ofd",
        1,
        (210.0, 297.0),
        "你好呀，OFD Reader&Writer！",
    ),
    (
        "chineseDir.ofd",
        1,
        (210.0, 297.0),
        "你好呀，OFD Reader&Writer！",
    ),
    (
        "chineseDir_windows.ofd",
        1,
        (210.0, 297.0),
        "你好呀，OFD Reader&Writer！",
    ),
    (
        "namespace_no_std.ofd",
        1,
        (210.0, 297.0),
        "你好呀，OFD Reader&Writer！",
    ),
    (
        "path_unstd.ofd",
        2,
        (209.956_389, 297.027_602),
        "立案决定书",
    ),
    (
        "gongwen-handling-slip.ofd",
        1,
        (210.0, 297.0),
        "府办专督〔2020〕",
    ),
    ("hello.ofd", 2, (210.0, 297.0), "中国一向是所谓“闭关主义”"),
    ("1-1.ofd", 3, (210.0, 297.0), "生成文档位置"),
    (
        "AddWatermarkAnnot.ofd",
        6,
        (210.0, 297.0),
        "中华民国十五年三月二十五日",
    ),
    ("Page5.ofd", 5, (210.0, 297.0), ""),
    ("V4RideRight.ofd", 5, (210.0, 297.0), ""),
    (
        "permit-v4-tampered-pages.ofd",
        2,
        (297.0, 210.0),
        "建筑工程施工许可证",
    ),
    (
        "sign-only-gbt35275-x2.ofd",
        2,
        (366.0, 260.0),
        "矿产资源勘查许可证",
    ),
    ("ctm_rotate.ofd", 1, (30.0, 20.0), "国家税务总局"),
    (
        "invoice-masked-nosign.ofd",
        1,
        (210.25, 140.0),
        "湖北增值税电子普通发票",
    ),
    (
        "gen_01_docinfo_full.ofd",
        1,
        (210.0, 297.0),
        "DocInfo 全字段测试文档",
    ),
    ("fonts-suwell.ofd", 1, (210.0, 297.0), "微软雅黑"),
    ("test-ofda.ofd", 1, (210.0, 297.0), "Hello OFD-A"),
    (
        "derived/case-mismatch.ofd",
        1,
        (210.0, 297.0),
        "你好呀，OFD Reader&Writer！",
    ),
    (
        "pdf/clean.pdf",
        1,
        (210.0, 297.0),
        "关于做好汛期值班工作的通知",
    ),
    (
        "pdf/mark-cid-nonembedded.pdf",
        1,
        (210.0, 297.0),
        "江政办〔2026〕12号",
    ),
];

fn pages_and_text(folder: &Path) {
    for (name, pages, (width, height), text) in PAGES {
        let contents = read(folder, name);
        assert_eq!(contents.pages.len(), *pages, "{name}");
        let first = &contents.pages[0];
        let near = (first.width - width).abs() < 0.1 && (first.height - height).abs() < 0.1;
        assert!(near, "{name}: {} × {}", first.width, first.height);
        assert!(first.text().contains(text), "{name}: {}", first.text());
    }
}

fn signatures(folder: &Path) {
    /// Kind, generation, and how many places show a seal.
    type Told = (&'static str, Option<&'static str>, usize);
    let cases: &[(&str, &[Told])] = &[
        ("SESV4SignDoc.ofd", &[("ses", Some("v4"), 1)]),
        ("gongwen-v1-broken.ofd", &[("ses", Some("v1"), 1)]),
        ("V4RideRight.ofd", &[("ses", Some("v4"), 5)]),
        ("DigitalSign.ofd", &[("bare", None, 0)]),
        (
            "permit-v4-tampered-pages.ofd",
            &[("ses", Some("v4"), 1), ("ses", Some("v4"), 1)],
        ),
        (
            "sign-only-gbt35275-x2.ofd",
            &[("gbt35275", None, 0), ("gbt35275", None, 0)],
        ),
        ("hello.ofd", &[]),
        ("derived/seal-stripped.ofd", &[]),
    ];
    for (name, expected) in cases {
        let contents = read(folder, name);
        let signatures = contents.signatures.iter();
        let told: Vec<Told> = signatures
            .map(|found| (found.kind.word(), found.generation, found.stamps.len()))
            .collect();
        assert_eq!(told, *expected, "{name}");
        let unreached = contents
            .notices
            .iter()
            .any(|notice| matches!(notice, Notice::SignatureUnreached(_)));
        assert_eq!(unreached, *name == "derived/seal-stripped.ofd", "{name}");
    }
    let whole = read(folder, "hello-integrity.ofd");
    assert!(whole.notices.contains(&Notice::PackageIntegrity));
}

/// A file, and of each of its signatures the verdict and the findings with the parts that they are
/// about, beside what nobody is trusted and no list of revocations leaves open.
type Judged = (
    &'static str,
    &'static [(&'static str, &'static [(Code, &'static str)])],
);

/// Signed long after the seal and its certificate had ended.
const LATE: (Code, &str) = (Code::OutsideSealPeriod, "");
const LATE_SIGNER: (Code, &str) = (Code::OutsideSignerPeriod, "");
/// Both are over by now.
const OVER: (Code, &str) = (Code::SealOver, "");
const OVER_SIGNER: (Code, &str) = (Code::SignerOver, "");
const PAGES_CHANGED: &[(Code, &str)] = &[
    (Code::CriticalExtension, ""),
    (Code::ReferenceDiffers, "Doc_0/Pages/Page_0/Content.xml"),
    (Code::ReferenceDiffers, "Doc_0/Pages/Page_1/Content.xml"),
    OVER_SIGNER,
    OVER,
];

const JUDGED: &[Judged] = &[
    ("SESV4SignDoc.ofd", &[("invalid", &[LATE_SIGNER, LATE])]),
    (
        "gen_14_digital_sign.ofd",
        &[("invalid", &[LATE_SIGNER, LATE])],
    ),
    (
        "derived/tampered-page.ofd",
        &[(
            "invalid",
            &[
                (Code::ReferenceDiffers, "Doc_0/Pages/Page_0/Content.xml"),
                LATE_SIGNER,
                LATE,
            ],
        )],
    ),
    ("V4RideRight.ofd", &[("incomplete", &[OVER_SIGNER, OVER])]),
    (
        "invoice-test-v4-kinggrid.ofd",
        &[("incomplete", &[OVER, (Code::NotCovered, "OFD.xml")])],
    ),
    (
        "permit-v4-tampered-pages.ofd",
        &[("invalid", PAGES_CHANGED), ("invalid", PAGES_CHANGED)],
    ),
    (
        "gongwen-v1-broken.ofd",
        &[(
            "invalid",
            &[
                (Code::CriticalExtension, ""),
                (Code::CriticalExtension, ""),
                (Code::ReferenceNotCheckable, "1.2.156.10197.1.401.2"),
                (Code::DataHashDiffers, ""),
                (Code::SignatureWrong, ""),
                (Code::SignerNotListed, ""),
                (Code::SignerUsage, ""),
                (Code::MakerUsage, ""),
            ],
        )],
    ),
    (
        "DigitalSign.ofd",
        &[("not_checkable", &[(Code::SignerMissing, "")])],
    ),
    (
        "sign-only-gbt35275-x2.ofd",
        &[
            (
                "incomplete",
                &[
                    (Code::CriticalExtension, ""),
                    OVER_SIGNER,
                    (Code::NotCovered, "Doc_0/Annots/Annotations.xml"),
                    (Code::NotCovered, "OFD.xml"),
                ],
            ),
            ("incomplete", &[(Code::CriticalExtension, ""), OVER_SIGNER]),
        ],
    ),
    ("derived/seal-stripped.ofd", &[]),
    ("hello-integrity.ofd", &[]),
];

fn judged(folder: &Path) {
    let open = [
        Code::SignerNotTrusted,
        Code::MakerNotTrusted,
        Code::RevocationUnknown,
    ];
    let trust = Trust {
        seals: Some(&[]),
        ..Trust::default()
    };
    let (now, _) = instant::from_free_text("20261126000000Z").expect("a time");
    for (name, expected) in JUDGED {
        let signatures = read(folder, name).signatures;
        assert_eq!(signatures.len(), expected.len(), "{name}");
        for (signature, (verdict, codes)) in signatures.iter().zip(*expected) {
            let report = signature.judge(&trust, None, now);
            let findings = report.findings().iter();
            let found: Vec<(Code, &str)> = findings
                .filter(|finding| !open.contains(&finding.code))
                .map(|finding| match &finding.fact {
                    Fact::Part(part) => (finding.code, part.as_str()),
                    _ => (finding.code, ""),
                })
                .collect();
            assert_eq!(found, *codes, "{name}: {}", signature.location);
            assert_eq!(report.verdict().word(), *verdict, "{name}");
        }
    }
}

fn attachments_and_tags(folder: &Path) {
    for name in ["AddAttachment.ofd", "AddAttachment_relativepathversion.ofd"] {
        let attachments = read(folder, name).attachments;
        assert_eq!(attachments.len(), 1, "{name}");
        assert_eq!(attachments[0].kind, Kind::Picture, "{name}");
    }
    let invoice = read(folder, "invoice-test-v4-kinggrid.ofd");
    assert_eq!(invoice.attachments[0].name, "original_invoice.xml");
    assert!(invoice.tags.iter().any(|tag| !tag.text.is_empty()));
    let decision = read(folder, "path_unstd.ofd");
    assert!(decision.metadata.len() > 5, "{:?}", decision.metadata);
    assert!(!decision.tags.is_empty());
}

fn e2_e3_hostile(folder: &Path) {
    for (name, code) in [
        ("broken-not-a-zip.ofd", "unknown_kind"),
        ("derived/truncated.ofd", "package_damaged"),
        ("derived/no-ofd-xml.ofd", "part_missing"),
        ("derived/missing-page.ofd", "part_missing"),
        ("derived/xxe.ofd", "doctype"),
        ("derived/zip-slip.ofd", "entry_name"),
        ("pdf/truncated.pdf", "damaged"),
    ] {
        let looked = look(folder, name);
        let why = looked.contents.expect_err(name);
        assert_eq!(why.code(), code, "{name}");
        assert_eq!(looked.marks.decision(None), Decision::CannotCheck, "{name}");
    }
    let case = read(folder, "derived/case-mismatch.ofd");
    assert!(
        matches!(&case.notices[..], [Notice::CaseDiffers(_)]),
        "{:?}",
        case.notices
    );
}

fn without_text(folder: &Path) {
    for name in ["Page5.ofd", "V4RideRight.ofd", "seal/UserV4.esl"] {
        let decision = look(folder, name).marks.decision(None);
        assert_eq!(decision, Decision::CannotCheck, "{name}");
    }
}

fn real_form(folder: &Path) {
    let looked = look(folder, "gongwen-v1-broken.ofd");
    let departures: Vec<&str> = looked.format.iter().map(|fault| fault.rule.id).collect();
    assert!(departures.is_empty(), "{departures:?}");
    for name in names(folder) {
        if name.contains("clean") || name.contains("mark-") {
            let looked = look(folder, &name);
            let errors = looked
                .format
                .iter()
                .filter(|fault| fault.rule.severity.word() == "error");
            assert_eq!(errors.count(), 0, "{name}: {:?}", looked.format);
        }
    }
}

/// Cuts and flips at places that a simple generator chooses: nothing panics, and a cut file is
/// never called clean.
fn mutated(folder: &Path) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut chance = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % (below as u64).max(1)).unwrap_or(0)
    };
    let limits = Limits::default();
    for name in names(folder) {
        let bytes = std::fs::read(folder.join(&name)).expect("it was listed");
        if bytes.len() > 200_000 {
            continue;
        }
        for _ in 0..12 {
            let mut changed = bytes.clone();
            for _ in 0..=chance(4) {
                let at = chance(changed.len());
                changed[at] ^= 1 << chance(8);
            }
            examine(&name, "", &changed, &limits);
            let cut = examine(&name, "", &bytes[..chance(bytes.len())], &limits);
            let laid_out = !name.contains("seal/");
            assert!(
                !laid_out || cut.marks.decision(None) != Decision::Clean,
                "{name}"
            );
        }
    }
}
