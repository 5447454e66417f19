//! A signature in a file, with what it takes to judge it.

use yichuan_document::Timestamp;
use yichuan_seal::ses::{self, Asked, Code, Finding, Report, Trust};

use crate::geometry::Area;

/// What a signature in a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureKind {
    /// An electronic seal's: `SES_Signature` of GM/T 0031 or GB/T 38540.
    Ses,
    /// Signed data of GB/T 35275, or of PKCS #7.
    Gbt35275,
    /// The bare value, without a certificate.
    Bare,
    /// A signature field of a PDF that is none of these.
    Pdf,
}

impl SignatureKind {
    /// The stable word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ses => "ses",
            Self::Gbt35275 => "gbt35275",
            Self::Bare => "bare",
            Self::Pdf => "pdf",
        }
    }
}

/// A signature that is in the file. Whether it holds, [`Signature::judge`] says.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// What it is.
    pub kind: SignatureKind,
    /// Of a seal's signature: `v1`, `v4` or `v5`, by its shape.
    pub generation: Option<&'static str>,
    /// Where it stands in the file.
    pub location: String,
    /// Pages, from 0, and places where it shows a seal, or the strip of one.
    pub stamps: Vec<(usize, Area)>,
    /// What it takes to judge it.
    pub(crate) proof: Proof,
}

/// What the file around a signature gives to judge it: steps 1, 2, 3, 8 and 10 of `proto/seal.md`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Proof {
    /// The signature's value, as it is stored.
    pub(crate) value: Vec<u8>,
    /// SM3 of what was sealed: of `Signature.xml`, or of the ranges of a PDF.
    pub(crate) data_hash: Option<[u8; 32]>,
    /// The seal's file beside it, where there is one.
    pub(crate) seal_file: Option<Vec<u8>>,
    /// The time that the file tells.
    pub(crate) declared_at: Option<Timestamp>,
    /// What the reader of the file found: steps 1, 2 and 10.
    pub(crate) found: Vec<Finding>,
}

impl Signature {
    /// Judges it in the ten steps of `proto/seal.md`.
    ///
    /// `seen_at` is a time at which it is proved to have been there, such as its place in a log;
    /// `now` is the time now. A signature without a certificate, and one that is not SM2, cannot be
    /// checked and says so.
    pub fn judge(&self, trust: &Trust<'_>, seen_at: Option<Timestamp>, now: Timestamp) -> Report {
        let proof = &self.proof;
        let asked = Asked {
            data_hash: proof.data_hash,
            seal_file: proof.seal_file.as_deref(),
            declared_at: proof.declared_at,
            seen_at,
            now,
        };
        let mut report = match self.kind {
            SignatureKind::Ses => ses::verify(&proof.value, &asked, trust),
            SignatureKind::Gbt35275 => ses::verify_message(&proof.value, &asked, trust),
            SignatureKind::Bare => Report::of(Finding::bare(Code::SignerMissing)),
            SignatureKind::Pdf => Report::of(Finding::bare(Code::SignatureAlgorithm)),
        };
        for finding in &proof.found {
            report.add(finding.clone());
        }
        report
    }
}
