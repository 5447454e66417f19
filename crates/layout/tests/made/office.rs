//! Offices with seals, from fixed seeds, and what they do with a file.

use std::io::{Cursor, Read as _};
use std::sync::OnceLock;

use minicbor::bytes::ByteVec;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use yichuan_document::statement::About;
use yichuan_document::{Digest, Timestamp};
use yichuan_layout::contents::Contents;
use yichuan_layout::sealing::{NotSealed, Setting, apply, prepare};
use yichuan_layout::{Limits, examine};
use yichuan_seal::certificate::{Certificate, Holder, Issuer, Profile, RevocationList};
use yichuan_seal::instant;
use yichuan_seal::ses::{
    Code, Report, SealDraft, SesSeal, SesSignature, SignatureDraft, Trust, make_seal, sign,
};
use yichuan_seal::sm2_key::Sm2Secret;
use yichuan_seal::{Placement, RECORD_VERSION, SealRecord};

/// An authority, its maker of seals, and three offices of which it made one each.
pub(crate) struct Installation {
    root: Certificate,
    maker: Certificate,
    pub(crate) offices: Vec<Office>,
}

/// An office: its custodian's key and its seal of 42 mm.
pub(crate) struct Office {
    pub(crate) signer: Certificate,
    secret: Sm2Secret,
    pub(crate) seal: SesSeal,
}

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

/// `20260801120000Z`.
pub(crate) fn at(text: &str) -> Timestamp {
    instant::from_free_text(text).expect("a time").0
}

/// When the tests look at what was sealed.
pub(crate) fn now() -> Timestamp {
    at("20260802120000Z")
}

fn picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 64, 64);
    encoder.set_color(png::ColorType::Rgba);
    let stripe = |place: u32| if place.is_multiple_of(2) { 255 } else { 0 };
    let pixels: Vec<u8> = (0..64 * 64)
        .flat_map(|place| [200, 0, 0, stripe(place)])
        .collect();
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&pixels).expect("as many pixels");
    writer.finish().expect("memory takes it");
    bytes
}

pub(crate) fn installation() -> &'static Installation {
    static MADE: OnceLock<Installation> = OnceLock::new();
    MADE.get_or_init(|| {
        let holder = |name| Holder {
            organization: "江州市人民政府",
            name,
        };
        let validity = (at("20260101000000Z"), at("20281231000000Z"));
        let secret = |seed| Sm2Secret::generate(&mut rng(seed)).expect("chance");
        let (root_secret, maker_secret) = (secret(1), secret(2));
        let whole = (at("20250101000000Z"), at("20451231000000Z"));
        let root = Issuer::root(&root_secret, holder("江州市根证书"), whole, &mut rng(3));
        let root = root.expect("a root");
        let issuer = Issuer::new(&root_secret, &root).expect("an issuer");
        let mut chance = rng(4);
        let mut certify = |profile, key: &Sm2Secret, name| {
            let made = issuer.certify(profile, key.public(), holder(name), validity, &mut chance);
            made.expect("a certificate")
        };
        let maker = certify(Profile::SealMaker, &maker_secret, "制章人");
        let picture = picture();
        let names = ["江州市人民政府", "江州市财政局", "江州市教育局"];
        let offices = (10_u8..).zip(names).map(|(seed, name)| {
            let secret = secret(seed);
            let signer = certify(Profile::Seal, &secret, name);
            let draft = SealDraft {
                id: "513200-zfb-seal01",
                vendor: "YICHUAN",
                kind: 1,
                name,
                signers: std::slice::from_ref(&signer),
                as_digests: false,
                made_at: validity.0,
                validity,
                picture: &picture,
                size_mm: (42, 42),
                extensions: &[],
            };
            let seal = make_seal(&draft, &maker, &maker_secret, &mut rng(seed + 100));
            Office {
                seal: seal.expect("a seal"),
                signer,
                secret,
            }
        });
        let offices = offices.collect();
        Installation {
            root,
            maker,
            offices,
        }
    })
}

/// The office with this number, from 0.
pub(crate) fn office(number: usize) -> &'static Office {
    &installation().offices[number]
}

/// Trust in the maker and the root, which has revoked nothing.
pub(crate) fn trust() -> Trust<'static> {
    static LISTS: OnceLock<[RevocationList; 1]> = OnceLock::new();
    let made = installation();
    Trust {
        makers: std::slice::from_ref(&made.maker),
        signers: std::slice::from_ref(&made.root),
        others: &[],
        lists: LISTS.get_or_init(|| [RevocationList::known(&made.root, now(), vec![])]),
        seals: Some(&[]),
    }
}

/// A place of a seal of 42 mm on a page, from 1.
pub(crate) fn place(page: u32, x: u32, y: u32) -> Placement {
    Placement {
        part: 0,
        page,
        x,
        y,
        width: 4_200,
        height: 4_200,
        clip: None,
    }
}

/// Seals a file, and gives the record that the seal is.
pub(crate) fn seal(
    before: &[u8],
    office: &Office,
    ordinal: u8,
    places: &[Placement],
) -> Result<(Vec<u8>, SealRecord), NotSealed> {
    let at = at("20260801120000Z").plus_ms(u64::from(ordinal) * 60_000 + 7);
    let setting = Setting {
        seal: &office.seal,
        places,
        at,
        ordinal,
    };
    let prepared = prepare(before, &setting, &Limits::default())?;
    let draft = SignatureDraft {
        seal: &office.seal,
        at,
        data_hash: prepared.data_hash(),
        property: prepared.property(),
        extensions: &[],
    };
    let chance = &mut rng(200 + ordinal);
    let signature = sign(&draft, &office.signer, &office.secret, chance).expect("it is signed");
    let sealed = prepared.finish(signature.raw())?;
    let record = record(&signature, ordinal, at, places, &sealed);
    Ok((sealed, record))
}

fn record(
    signature: &SesSignature,
    ordinal: u8,
    at: Timestamp,
    places: &[Placement],
    sealed: &[u8],
) -> SealRecord {
    let document = "019a0000-0000-7000-8000-000000000001";
    SealRecord {
        version: RECORD_VERSION,
        about: About {
            document: document.parse().expect("an id"),
            manifest: Digest::of(b"manifest"),
        },
        ordinal,
        seal: "513200-zfb-seal01".parse().expect("an id"),
        picture: Digest::of(b"picture"),
        placements: places.to_vec(),
        ses: Some(ByteVec::from(signature.raw().to_vec())),
        sealed: vec![Digest::of(sealed)],
        at,
    }
}

/// Seals a file once by each of the first offices, each beside the last.
pub(crate) fn sealed_by(offices: usize, before: &[u8]) -> Vec<u8> {
    let mut file = before.to_vec();
    for (number, ordinal) in (0..offices).zip(1_u8..) {
        let places = [place(2, 2_000 + 5_000 * u32::from(ordinal), 10_000)];
        let (sealed, record) = seal(&file, office(number), ordinal, &places).expect("it is sealed");
        let again = apply(&file, &record, &Limits::default()).expect("it is applied");
        assert_eq!(again, sealed, "seal {ordinal}");
        file = sealed;
    }
    file
}

pub(crate) fn contents(bytes: &[u8]) -> Contents {
    let is_pdf = bytes.starts_with(b"%PDF-");
    let name = if is_pdf { "sealed.pdf" } else { "sealed.ofd" };
    let looked = examine(name, "", bytes, &Limits::default());
    looked.contents.expect("it is read")
}

/// What every signature in a file gives, with the installation trusted.
pub(crate) fn judged(bytes: &[u8]) -> Vec<Report> {
    let contents = contents(bytes);
    let signatures = contents.signatures.iter();
    signatures
        .map(|signature| signature.judge(&trust(), None, now()))
        .collect()
}

/// The verdicts of every signature, with the codes found.
pub(crate) fn verdicts(bytes: &[u8]) -> Vec<(&'static str, Vec<Code>)> {
    let judged = judged(bytes);
    let codes = |report: &Report| {
        let mut codes: Vec<Code> = report.findings().iter().map(|found| found.code).collect();
        codes.dedup();
        codes
    };
    judged
        .iter()
        .map(|report| (report.verdict().word(), codes(report)))
        .collect()
}

/// The entries of a package, by another reader.
pub(crate) fn entries(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a package");
    let mut found = Vec::new();
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).expect("an entry");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("it is whole");
        let name = entry.name().expect("a name").into_owned();
        found.push((name, content));
    }
    found
}

pub(crate) fn entry(bytes: &[u8], name: &str) -> Vec<u8> {
    let found = entries(bytes).into_iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no {name}")).1
}
