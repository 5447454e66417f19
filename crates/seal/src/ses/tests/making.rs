use super::office::{PROPERTY, asked, day, draft, office, rng, secret, to_sign, trust};
use crate::certificate::Certificate;
use crate::der::Oid;
use crate::ses::{
    Code, Extension, Generation, Listed, NotMade, SealDraft, SesSeal, SesSignature, SignatureDraft,
    Verdict, make_seal, sign, verify, verify_seal,
};
use crate::sm2_key::sm3;

fn extension(critical: bool) -> Extension {
    let id = Oid::parse("1.2.156.10197.6.7.2.2.1").expect("an identifier");
    Extension {
        id,
        critical,
        value: b"2.1".to_vec(),
    }
}

fn made(draft: &SealDraft<'_>) -> Result<SesSeal, NotMade> {
    let office = office();
    make_seal(draft, &office.maker, &office.maker_secret, &mut rng(9))
}

fn signed(draft: &SignatureDraft<'_>) -> Result<SesSignature, NotMade> {
    let office = office();
    sign(draft, &office.signer, &office.secret, &mut rng(9))
}

#[test]
fn a_seal_is_read_as_it_was_asked_for() {
    let office = office();
    let seal = SesSeal::read(office.seal.raw()).expect("it was just made");
    assert_eq!(seal, office.seal);
    assert_eq!(seal.generation(), Generation::V4);
    assert_eq!(
        (seal.version(), seal.vendor(), seal.kind()),
        (4, "YICHUAN", 1)
    );
    assert_eq!(
        (seal.id(), seal.name()),
        ("513200-zfb-seal01", "江州市人民政府办公室")
    );
    assert_eq!(seal.made_at(), day("20260201"));
    assert_eq!(seal.validity(), (day("20260201"), day("20280131")));
    let listed = vec![Some(office.signer.der().to_vec())];
    assert_eq!(seal.listed(), &Listed::Certificates(listed));
    let picture = seal.picture();
    assert_eq!((picture.kind, picture.data), ("PNG", &office.picture[..]));
    assert_eq!((picture.width_mm, picture.height_mm), (42, 42));
    assert_eq!(
        (seal.deviations(), seal.extensions(), seal.time_stamp()),
        (&[][..], &[][..], None)
    );
    let report = verify_seal(seal.raw(), day("20270101"), &trust());
    assert_eq!(
        (report.verdict(), report.findings()),
        (Verdict::Valid, &[][..])
    );
}

#[test]
fn a_signature_is_read_as_it_was_made_and_stands() {
    let signature = SesSignature::read(office().signature.raw()).expect("it was just made");
    assert_eq!(signature.generation(), Generation::V4);
    assert_eq!(
        (signature.signed_at(), signature.property()),
        (Some(day("20260801")), PROPERTY)
    );
    assert_eq!(signature.data_hash(), sm3(b"Signature.xml"));
    assert_eq!(signature.certificate(), office().signer.der());
    let report = verify(signature.raw(), &asked(), &trust());
    assert_eq!(
        (report.verdict(), report.findings()),
        (Verdict::Valid, &[][..])
    );
}

#[test]
fn a_seal_may_list_digests_and_be_extended() {
    let office = office();
    let signers = [office.signer.clone()];
    let (plain, critical) = ([extension(false)], [extension(true)]);
    for (as_digests, extensions, verdict) in [
        (true, &[][..], Verdict::Valid),
        (false, &plain, Verdict::Valid),
        (false, &critical, Verdict::Incomplete),
    ] {
        let mut draft = draft(&office.picture, &signers);
        (draft.as_digests, draft.extensions) = (as_digests, extensions);
        let seal = made(&draft).expect("a seal");
        assert_eq!(seal.extensions(), extensions);
        let signature = signed(&to_sign(&seal)).expect("a signature");
        let report = verify(signature.raw(), &asked(), &trust());
        assert_eq!(report.verdict(), verdict, "{:?}", report.findings());
        let extended = SignatureDraft {
            extensions,
            ..to_sign(&office.seal)
        };
        let signature = signed(&extended).expect("a signature");
        assert_eq!(signature.extensions(), extensions);
        let report = verify(signature.raw(), &asked(), &trust());
        assert_eq!(
            report.has(Code::CriticalExtension),
            verdict == Verdict::Incomplete
        );
    }
}

/// What becomes of `draft` with something else in it.
fn with<'a>(
    mut draft: SealDraft<'a>,
    change: impl FnOnce(&mut SealDraft<'a>),
) -> Result<(), NotMade> {
    change(&mut draft);
    made(&draft).map(|_| ())
}

#[test]
fn what_a_reader_would_refuse_is_not_made() {
    let office = office();
    let signers = [office.signer.clone()];
    let many = vec![office.signer.clone(); 65];
    let extensions = vec![extension(false); 65];
    let long = "x".repeat(257);
    let good = draft(&office.picture, &signers);
    assert!(made(&good).is_ok());
    for text in ["", "印章一", "a\nb", &long] {
        assert_eq!(with(good, |d| d.id = text), Err(NotMade::Text), "{text}");
        assert_eq!(
            with(good, |d| d.vendor = text),
            Err(NotMade::Text),
            "{text}"
        );
    }
    for text in ["", "印\u{0085}章", &long] {
        assert_eq!(with(good, |d| d.name = text), Err(NotMade::Text), "{text}");
    }
    for list in [&[][..], &many] {
        assert_eq!(
            with(good, |d| d.signers = list),
            Err(NotMade::Signers),
            "{}",
            list.len()
        );
    }
    for size in [(0, 42), (42, 0), (61, 42), (42, 61)] {
        assert_eq!(
            with(good, |d| d.size_mm = size),
            Err(NotMade::Size),
            "{size:?}"
        );
    }
    assert_eq!(with(good, |d| d.picture = b"GIF89a"), Err(NotMade::Picture));
    assert_eq!(
        with(good, |d| d.extensions = &extensions),
        Err(NotMade::Extensions)
    );
    let backwards = (good.validity.1, good.validity.0);
    let over = (day("20260110"), day("20260111"));
    for validity in [backwards, over] {
        assert_eq!(
            with(good, |d| d.validity = validity),
            Err(NotMade::Validity),
            "{validity:?}"
        );
    }
    let early = with(good, |d| d.made_at = day("20251231"));
    assert_eq!(
        early,
        Err(NotMade::Certificate),
        "before its maker's certificate"
    );
    let by = |maker: &Certificate, secret| make_seal(&good, maker, secret, &mut rng(9)).map(|_| ());
    assert_eq!(
        by(&office.signer, &office.maker_secret),
        Err(NotMade::AnotherKey)
    );
    assert_eq!(
        by(&office.root, &office.root_secret),
        Err(NotMade::Certificate),
        "not for signing"
    );
}

#[test]
fn e4_a_custodian_cannot_sign_beyond_the_seal() {
    let office = office();
    let good = to_sign(&office.seal);
    let cases = [
        (
            "before the seal",
            SignatureDraft {
                at: day("20260131"),
                ..good
            },
            NotMade::OutsideSealPeriod,
        ),
        (
            "after the seal",
            SignatureDraft {
                at: day("20280201"),
                ..good
            },
            NotMade::OutsideSealPeriod,
        ),
        (
            "after the certificate",
            SignatureDraft {
                at: day("20290101"),
                ..good
            },
            NotMade::Certificate,
        ),
        (
            "no property",
            SignatureDraft {
                property: "",
                ..good
            },
            NotMade::Text,
        ),
        (
            "a property in Chinese",
            SignatureDraft {
                property: "/文档",
                ..good
            },
            NotMade::Text,
        ),
    ];
    for (name, draft, why) in cases {
        assert_eq!(signed(&draft).map(|_| ()), Err(why), "{name}");
    }
    let other = sign(&good, &office.maker, &office.maker_secret, &mut rng(9));
    assert_eq!(other.map(|_| ()), Err(NotMade::NotListed));
    let stolen = sign(&good, &office.signer, &secret(40), &mut rng(9));
    assert_eq!(stolen.map(|_| ()), Err(NotMade::AnotherKey));
}

#[test]
fn every_reason_has_a_code_of_its_own_and_words_in_both_languages() {
    let mut ids: Vec<&str> = Code::ALL.iter().map(|code| code.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), Code::ALL.len());
    let page = include_str!("../../../../../proto/seal.md");
    for code in Code::ALL {
        let (zh, en) = (code.chinese(), code.english());
        assert!(!zh.is_ascii() && en.is_ascii(), "{code:?}");
        let digits = code.id().strip_prefix("SES-").expect("a code");
        let step = &digits[..digits.len() - 2];
        assert_eq!(step.parse::<u8>(), Ok(code.step()), "{code:?}");
        let row = format!("| `{}` | {:?} | {zh} | {en} |", code.id(), code.weight());
        assert!(page.contains(&row), "not in proto/seal.md: {row}");
    }
}
