//! The key that makes electronic seals (制章密钥, GB/T 38540), and the root that certifies it and
//! the custodians' SM2 keys.
//!
//! It grows from a secret in a keystore of the authority's home. Its certificates are public: who
//! reads a sealed file with another product takes them as its anchors. Yichuan itself rests on the
//! roster, which names every electronic seal by its digest.

use std::path::{Path, PathBuf};

use yichuan_document::Timestamp;
use yichuan_document::roster::record::SealGrant;
use yichuan_seal::certificate::{Certificate, Holder, Issuer, Profile};
use yichuan_seal::ses::{SealDraft, make_seal};
use yichuan_seal::sm2_key::{Sm2Public, Sm2Secret};

use super::{AuthorityFailed, key_path};
use crate::home::{read_at_most, replace};
use crate::keystore::{self, Password, Secrets, sm2_key};

/// The keystore of the secret that both keys grow from.
const KEY: &str = "seal-maker";
/// The certificates, DER.
const ROOT_CERTIFICATE: &str = "seal-root.cer";
const MAKER_CERTIFICATE: &str = "seal-maker.cer";
/// The most bytes of a certificate's file.
const CERTIFICATE_BYTES_MAX: u64 = 16 << 10;
/// The most bytes of an electronic seal: a record with it must fit beside the places.
pub const ELECTRONIC_SEAL_BYTES_MAX: usize = 160 << 10;
/// How long the root and the maker are valid: what they certify ends within it.
const ROOT_YEARS: u64 = 30;
const MAKER_YEARS: u64 = 15;
const YEAR_MS: u64 = 366 * 86_400_000;

/// The keys that make and certify electronic seals, open.
pub struct SealMaker {
    root: (Certificate, Sm2Secret),
    maker: (Certificate, Sm2Secret),
}

/// Where the certificates of a home stand.
#[derive(Clone, Debug)]
pub struct MakerFiles {
    /// Of the root, which certifies the maker and the custodians' keys.
    pub root: PathBuf,
    /// Of the maker, which signs seals.
    pub maker: PathBuf,
}

impl MakerFiles {
    /// Those of the home `folder`.
    pub fn of(folder: &Path) -> Self {
        Self {
            root: folder.join(ROOT_CERTIFICATE),
            maker: folder.join(MAKER_CERTIFICATE),
        }
    }
}

impl SealMaker {
    /// Opens the maker of this home. None where it has none: seals are issued without an
    /// electronic one then.
    pub fn open(folder: &Path, password: &Password) -> Result<Option<Self>, AuthorityFailed> {
        let path = key_path(folder, KEY);
        if !path.try_exists()? {
            return Ok(None);
        }
        let secrets = keystore::open(&path, password)?;
        let files = MakerFiles::of(folder);
        let (root, maker) = keys(&secrets);
        let of = |path: &Path, key: &Sm2Secret| {
            let damaged = || AuthorityFailed::Damaged(path.to_owned());
            let bytes = read_at_most(path, CERTIFICATE_BYTES_MAX).map_err(|_| damaged())?;
            let certificate = Certificate::read(&bytes).map_err(|_| damaged())?;
            if certificate.sm2_key() == Some(key.public()) {
                Ok(certificate)
            } else {
                Err(damaged())
            }
        };
        Ok(Some(Self {
            root: (of(&files.root, &root)?, root),
            maker: (of(&files.maker, &maker)?, maker),
        }))
    }

    /// Opens the maker of this home, or makes it: for an authority of this name.
    pub fn open_or_make(
        folder: &Path,
        authority: &str,
        password: &Password,
    ) -> Result<Self, AuthorityFailed> {
        let path = key_path(folder, KEY);
        let files = MakerFiles::of(folder);
        let begun = path.try_exists()?;
        if begun && files.root.try_exists()? && files.maker.try_exists()? {
            return Self::open(folder, password)?.ok_or(AuthorityFailed::Damaged(path));
        }
        let mut rng = crate::chance()?;
        let secrets = if begun {
            keystore::open(&path, password)?
        } else {
            let secrets = Secrets::generate(&mut rng);
            keystore::create(&path, password, &secrets, &mut rng)?;
            secrets
        };
        let (root_key, maker_key) = keys(&secrets);
        let from = whole_second(crate::now());
        let years = |count: u64| (from, from.plus_ms(count * YEAR_MS));
        let holder = |name| Holder {
            organization: authority,
            name,
        };
        let root = Issuer::root(&root_key, holder("印章根"), years(ROOT_YEARS), &mut rng);
        let root = root.map_err(|why| AuthorityFailed::ElectronicSeal(why.to_string()))?;
        let issuer = Issuer::new(&root_key, &root);
        let maker = issuer.and_then(|issuer| {
            let key = maker_key.public();
            let (holder, validity) = (holder("制章人"), years(MAKER_YEARS));
            issuer.certify(Profile::SealMaker, key, holder, validity, &mut rng)
        });
        let maker = maker.map_err(|why| AuthorityFailed::ElectronicSeal(why.to_string()))?;
        replace(&files.root, root.der())?;
        replace(&files.maker, maker.der())?;
        Ok(Self {
            root: (root, root_key),
            maker: (maker, maker_key),
        })
    }

    /// Makes the electronic seal that goes with `grant`: the custodian's SM2 key is certified, and
    /// the seal lists that certificate. `picture` is `size` on paper, in hundredths of a
    /// millimetre; `unit` is the unit's name. It is valid as long as the grant, as far as the root
    /// is.
    pub fn issue(
        &self,
        (id, grant): (&str, &SealGrant),
        unit: &str,
        key: &Sm2Public,
        (picture, size): (&[u8], (u32, u32)),
    ) -> Result<Vec<u8>, AuthorityFailed> {
        let refused =
            |why: &dyn std::fmt::Display| AuthorityFailed::ElectronicSeal(why.to_string());
        let mut rng = crate::chance()?;
        let made_at = whole_second(crate::now());
        let from = whole_second(grant.valid_from);
        let (root, root_key) = (&self.root.0, &self.root.1);
        let mut until = whole_second(grant.valid_until);
        if !root.covers(until) {
            until = root.validity().1;
        }
        let issuer = Issuer::new(root_key, root).map_err(|why| refused(&why))?;
        let holder = Holder {
            organization: unit,
            name: &grant.name,
        };
        let signer = issuer
            .certify(Profile::Seal, key, holder, (from, until), &mut rng)
            .map_err(|why| refused(&why))?;
        let mm = |side: u32| (side + 50) / 100;
        let draft = SealDraft {
            id,
            vendor: "YICHUAN",
            kind: u32::from(grant.kind),
            name: &grant.name,
            signers: &[signer],
            as_digests: false,
            made_at,
            validity: (from, until),
            picture,
            size_mm: (mm(size.0), mm(size.1)),
            extensions: &[],
        };
        let seal = make_seal(&draft, &self.maker.0, &self.maker.1, &mut rng);
        let seal = seal.map_err(|why| refused(&why))?.raw().to_vec();
        if seal.len() > ELECTRONIC_SEAL_BYTES_MAX {
            return Err(AuthorityFailed::ElectronicSeal(format!(
                "{} bytes, at most {ELECTRONIC_SEAL_BYTES_MAX}: make the picture smaller",
                seal.len()
            )));
        }
        Ok(seal)
    }
}

/// Whether this home makes an electronic seal with each seal whose custodian asks for one.
pub fn makes_electronic_seals(folder: &Path) -> bool {
    key_path(folder, KEY).is_file()
}

/// The root's key and the maker's.
fn keys(secrets: &Secrets) -> (Sm2Secret, Sm2Secret) {
    let secret = &secrets.content;
    (
        sm2_key(secret, "yichuan/ses/anchor/1"),
        sm2_key(secret, "yichuan/ses/maker/1"),
    )
}

/// Certificates know whole seconds only.
const fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_unix_ms(at.unix_ms() / 1_000 * 1_000)
}
