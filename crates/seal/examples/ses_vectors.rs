//! Makes `proto/vectors/seal/ses.json`, the same each time, and writes it to the standard output.
//!
//! What is expected stands here by hand; nothing is asked of the code that the vectors try but to
//! sign. Structures are put together here, value by value, beside the crate's own writer.

use data_encoding::{BASE64, HEXLOWER};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};
use yichuan_document::Timestamp;
use yichuan_seal::certificate::{Certificate, Holder, Issuer, Profile};
use yichuan_seal::sm2_key::{SIGNER_ID, Sm2Secret, sm3};

const PROPERTY: &str = "/Doc_0/Signs/Sign_0/Signature.xml";
const SM2_WITH_SM3: &[u8] = &[0x06, 8, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75];
const SECOND_MS: u64 = 1_000;

fn main() {
    let office = Office::new();
    let file = json!({
        "signer_id": SIGNER_ID,
        "data_hash": HEXLOWER.encode(&sm3(b"Signature.xml")),
        "now": "20260802120000Z",
        "makers": [BASE64.encode(office.maker.der())],
        "signers": [BASE64.encode(office.root.der())],
        "revoked": [],
        "signatures": signatures(&office),
    });
    let text = serde_json::to_string_pretty(&file);
    println!("{}", text.expect("what was just put together is JSON"));
}

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

struct Office {
    root: Certificate,
    maker: Certificate,
    maker_secret: Sm2Secret,
    signer: Certificate,
    secret: Sm2Secret,
    other: Certificate,
}

impl Office {
    fn new() -> Self {
        // 2026-01-01 to 2028-12-31 inside 2025-01-01 to 2045-12-31, UTC.
        let at = |seconds: u64| Timestamp::from_unix_ms(seconds * SECOND_MS);
        let validity = (at(1_767_225_600), at(1_861_833_600));
        let whole = (at(1_735_689_600), at(2_398_291_200));
        let secret = |seed| Sm2Secret::generate(&mut rng(seed)).expect("chance");
        let holder = |name| Holder {
            organization: "江州市人民政府",
            name,
        };
        let root_secret = secret(1);
        let root = Issuer::root(&root_secret, holder("江州市根证书"), whole, &mut rng(2));
        let root = root.expect("a root");
        let issuer = Issuer::new(&root_secret, &root).expect("an issuer");
        let mut chance = rng(3);
        let mut certify = |profile, key: &Sm2Secret, name| {
            let made = issuer.certify(profile, key.public(), holder(name), validity, &mut chance);
            made.expect("a certificate")
        };
        let (maker_secret, own) = (secret(4), secret(5));
        Self {
            maker: certify(Profile::SealMaker, &maker_secret, "制章人"),
            signer: certify(Profile::Seal, &own, "江州市人民政府办公室印章"),
            other: certify(Profile::Seal, &secret(6), "另一机关印章"),
            maker_secret,
            secret: own,
            root,
        }
    }
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("short");
    let [high, low] = length.to_be_bytes();
    let header = match length {
        0..=0x7f => vec![tag, low],
        0x80..=0xff => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [&header, content].concat()
}

fn seq(members: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &members.concat())
}

fn int(n: u8) -> Vec<u8> {
    tlv(2, &[n])
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(3, &[&[0], bytes].concat())
}

fn ia5(text: &str) -> Vec<u8> {
    tlv(0x16, text.as_bytes())
}

fn date(text: &str) -> Vec<u8> {
    tlv(if text.len() == 13 { 0x17 } else { 0x18 }, text.as_bytes())
}

/// One bit in each of 64 by 64 pixels, half of them red.
fn picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 64, 64);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_palette(vec![200, 0, 0, 255, 255, 255]);
    let mut writer = encoder.write_header().expect("a header");
    writer
        .write_image_data(&[0x0f; 512])
        .expect("as many pixels as were said");
    writer.finish().expect("memory takes it");
    bytes
}

/// What a signature and its seal are made of.
#[derive(Clone)]
struct Parts<'a> {
    office: &'a Office,
    version: u8,
    seal_version: u8,
    digests: bool,
    seal_dates: [&'static str; 3],
    seal_extensions: Option<Vec<u8>>,
    made_by_office: bool,
    time: Vec<u8>,
    hash: Vec<u8>,
    certificate: &'a Certificate,
    algorithm: Vec<u8>,
    stamp: Option<Vec<u8>>,
    raw: bool,
}

impl<'a> Parts<'a> {
    fn good(office: &'a Office) -> Self {
        Self {
            office,
            version: 4,
            seal_version: 4,
            digests: false,
            seal_dates: ["20260201120000Z", "20260201120000Z", "20280131120000Z"],
            seal_extensions: None,
            made_by_office: false,
            time: date("20260801120000Z"),
            hash: sm3(b"Signature.xml").to_vec(),
            certificate: &office.signer,
            algorithm: SM2_WITH_SM3.to_vec(),
            stamp: None,
            raw: false,
        }
    }

    fn info(&self) -> Vec<u8> {
        let signer = self.office.signer.der();
        let digest = seq(&[tlv(0x13, b"SM3"), tlv(4, &sm3(signer))]);
        let member = if self.digests { digest } else { tlv(4, signer) };
        let mut property = vec![int(1), tlv(0x0c, "江州市人民政府办公室".as_bytes())];
        if self.seal_version > 2 {
            property.push(int(if self.digests { 2 } else { 1 }));
        }
        property.push(seq(&[member]));
        property.extend(self.seal_dates.map(date));
        let mut fields = vec![
            seq(&[ia5("ES"), int(self.seal_version), ia5("YICHUAN")]),
            ia5("513200-zfb-seal01"),
            seq(&property),
            seq(&[ia5("PNG"), tlv(4, &picture()), int(42), int(42)]),
        ];
        fields.extend(self.seal_extensions.clone());
        seq(&fields)
    }

    fn seal(&self) -> Vec<u8> {
        let office = self.office;
        let (maker, secret) = if self.made_by_office {
            (&office.signer, &office.secret)
        } else {
            (&office.maker, &office.maker_secret)
        };
        let (info, maker) = (self.info(), tlv(4, maker.der()));
        if self.seal_version < 3 {
            let message = seq(&[info.clone(), maker.clone(), SM2_WITH_SM3.to_vec()]);
            let signature = self.sign(secret, &message);
            return seq(&[info, seq(&[maker, SM2_WITH_SM3.to_vec(), bits(&signature)])]);
        }
        let signature = self.sign(secret, &info);
        seq(&[info, maker, SM2_WITH_SM3.to_vec(), bits(&signature)])
    }

    fn sign(&self, secret: &Sm2Secret, message: &[u8]) -> Vec<u8> {
        let signature = secret.sign(message, &mut rng(7)).expect("chance");
        if self.raw {
            signature.to_raw().to_vec()
        } else {
            signature.to_der()
        }
    }

    fn whole(&self) -> Vec<u8> {
        let certificate = tlv(4, self.certificate.der());
        let mut fields = vec![
            int(self.version),
            self.seal(),
            self.time.clone(),
            bits(&self.hash),
            ia5(PROPERTY),
        ];
        if self.version < 3 {
            fields.extend([certificate, self.algorithm.clone()]);
            let to_be_signed = seq(&fields);
            let signature = self.sign(&self.office.secret, &to_be_signed);
            return seq(&[to_be_signed, bits(&signature)]);
        }
        let to_be_signed = seq(&fields);
        let signature = self.sign(&self.office.secret, &to_be_signed);
        let mut all = vec![
            to_be_signed,
            certificate,
            self.algorithm.clone(),
            bits(&signature),
        ];
        all.extend(self.stamp.as_ref().map(|stamp| tlv(0xa0, &bits(stamp))));
        seq(&all)
    }
}

fn case(name: &str, bytes: &[u8], outcome: &str, codes: &[&str]) -> Value {
    let signature = BASE64.encode(bytes);
    json!({ "name": name, "signature": signature, "outcome": outcome, "codes": codes })
}

fn signatures(office: &Office) -> Vec<Value> {
    let mut cases = those_that_stand(office);
    cases.extend(those_that_stay_open(office));
    cases.extend(those_that_fall(office));
    cases.extend(those_that_were_changed(office));
    cases
}

fn extension(critical: &[u8]) -> Vec<u8> {
    // 1.2.156.10197.6.7
    let id = tlv(6, &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 6, 7]);
    seq(&[seq(&[id, critical.to_vec(), tlv(4, b"2.1")])])
}

fn those_that_stand(office: &Office) -> Vec<Value> {
    let good = Parts::good(office);
    let old = Parts {
        version: 1,
        seal_version: 1,
        seal_dates: ["260201120000Z", "260201120000Z", "280131120000Z"],
        time: bits(b"2026-08-01 20:00:00"),
        ..good.clone()
    };
    let fifth = Parts {
        version: 5,
        seal_version: 5,
        ..good.clone()
    };
    let digests = Parts {
        digests: true,
        ..good.clone()
    };
    let raw = Parts {
        raw: true,
        ..good.clone()
    };
    let written_out = Parts {
        seal_extensions: Some(extension(&[1, 1, 0])),
        ..good.clone()
    };
    vec![
        case("version 4", &good.whole(), "valid", &[]),
        case(
            "version 1, a time without a zone",
            &old.whole(),
            "valid",
            &["SES-003"],
        ),
        case("version 5", &fifth.whole(), "valid", &[]),
        case("digests of certificates", &digests.whole(), "valid", &[]),
        case("64 bytes, r and s", &raw.whole(), "valid", &["SES-003"]),
        case("a default written out", &written_out.whole(), "valid", &[]),
    ]
}

fn those_that_stay_open(office: &Office) -> Vec<Value> {
    let good = Parts::good(office);
    let stamped = Parts {
        stamp: Some(b"token".to_vec()),
        ..good.clone()
    };
    let critical = Parts {
        seal_extensions: Some(extension(&[1, 1, 0xff])),
        ..good.clone()
    };
    let own = Parts {
        made_by_office: true,
        ..good.clone()
    };
    let sixth = Parts {
        version: 6,
        seal_version: 6,
        ..good.clone()
    };
    let mut algorithm = SM2_WITH_SM3.to_vec();
    algorithm[9] ^= 1;
    let algorithm = Parts { algorithm, ..good };
    vec![
        case("a time stamp", &stamped.whole(), "incomplete", &["SES-901"]),
        case(
            "a critical extension",
            &critical.whole(),
            "incomplete",
            &["SES-004"],
        ),
        case(
            "e4: a unit makes its own seal",
            &own.whole(),
            "incomplete",
            &["SES-709"],
        ),
        case("version 6", &sixth.whole(), "not_checkable", &["SES-002"]),
        case(
            "another algorithm",
            &algorithm.whole(),
            "not_checkable",
            &["SES-402"],
        ),
    ]
}

fn invalid(name: &str, bytes: &[u8], codes: &[&str]) -> Value {
    case(name, bytes, "invalid", codes)
}

fn those_that_fall(office: &Office) -> Vec<Value> {
    let with = |change: &dyn Fn(&mut Parts<'_>)| {
        let mut parts = Parts::good(office);
        change(&mut parts);
        parts.whole()
    };
    let other_hash = with(&|parts| parts.hash = sm3(b"another").to_vec());
    let early = with(&|parts| parts.time = date("20260201115959Z"));
    let future = with(&|parts| parts.time = date("20260802120501Z"));
    let late = with(&|parts| parts.seal_dates[2] = "20260731120000Z");
    // A certificate stands outside of what is signed, so the signature is another key's.
    let other = Parts {
        certificate: &office.other,
        ..Parts::good(office)
    };
    let old_in_new = with(&|parts| {
        parts.seal_version = 1;
        parts.seal_dates = ["260201120000Z", "260201120000Z", "280131120000Z"];
    });
    vec![
        invalid("e4: another document's digest", &other_hash, &["SES-301"]),
        invalid(
            "e4: another office's certificate",
            &other.whole(),
            &["SES-401", "SES-501"],
        ),
        invalid("signed before the seal", &early, &["SES-701"]),
        invalid("signed after the seal", &late, &["SES-701"]),
        invalid("signed in the future", &future, &["SES-719"]),
        invalid("version 1 inside version 4", &old_in_new, &["SES-001"]),
    ]
}

fn those_that_were_changed(office: &Office) -> Vec<Value> {
    let good = Parts::good(office);
    let bytes = good.whole();
    let with = |from: &[u8], to: &[u8]| {
        let at = bytes.windows(from.len()).position(|window| window == from);
        let at = at.expect("it is there");
        [&bytes[..at], to, &bytes[at + from.len()..]].concat()
    };
    let picture = with(b"IDAT", b"IDAU");
    let name = with("办公室".as_bytes(), "国务院".as_bytes());
    let time = with(b"20260801120000Z", b"20260802120000Z");
    let indefinite = [&[0x30, 0x80], &bytes[4..], &[0, 0]].concat();
    let both = &["SES-401", "SES-601"];
    vec![
        invalid("e4: a bit of the picture", &picture, both),
        invalid("e4: the name", &name, both),
        invalid("e4: the time", &time, &["SES-401"]),
        invalid("e4: the seal alone", &good.seal(), &["SES-001"]),
        invalid("an indefinite length", &indefinite, &["SES-001"]),
        invalid("a byte less", &bytes[..bytes.len() - 1], &["SES-001"]),
        invalid("a byte more", &[&bytes[..], &[0]].concat(), &["SES-001"]),
        invalid("nothing", &[], &["SES-001"]),
    ]
}
