//! The custodian sets the seal: its record and signatures, and where the seal has an electronic
//! one (GB/T 38540), its value in the file.

use std::fs;

use yichuan_document::key::Signs;
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::SealGrant;
use yichuan_document::signed::SlotRole;
use yichuan_document::statement::{AttachmentRef, SealUse};
use yichuan_document::{AccountId, Digest, SealId, StatementId, Timestamp};
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_layout::contents::Contents;
use yichuan_layout::sealing::placing::{Edge, Which, across, propose};
use yichuan_layout::sealing::{Setting, prepare};
use yichuan_layout::{Limits, examine};
pub use yichuan_seal::Placement;
use yichuan_seal::certificate::Certificate;
use yichuan_seal::ses::{Listed, SesSeal, SignatureDraft, sign};
use yichuan_seal::sm2_key::Sm2Secret;
use yichuan_seal::{RECORD_VERSION, SealRecord};

use super::approve::{Review, submission};
use super::content::Told;
use super::failed::Failed;
use super::opening::{Folder, part_to_seal, set_seal};
use super::session::Session;
use crate::token::OwnKey;

/// With what a seal is set.
pub struct SealKeys {
    /// The seal's key, which decides here.
    pub own: OwnKey,
    /// The SM2 key of its electronic seal, where it is not on a token.
    pub electronic: Option<Sm2Secret>,
}

/// Where a seal is to stand.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// These places; none leaves them to be proposed, where the main file has pages.
    pub given: Vec<Placement>,
    /// Nowhere: the document carries no seal on its page (纪要).
    pub nowhere: bool,
    /// Also across the right edges of all pages (骑缝章).
    pub across: bool,
}

/// A seal that was set.
pub struct SealSet {
    /// The entry's index in the log.
    pub index: u64,
    /// The entry.
    pub entry: Entry,
    /// Where it stands.
    pub places: Vec<Placement>,
    /// Whether its electronic seal was set into the main file.
    pub electronic: bool,
}

/// Where a seal would stand, before it is set.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The places; none where the main file has no pages.
    pub places: Vec<Placement>,
    /// Width and height of each page of the main file, in millimetres.
    pub pages_mm: Vec<(f64, f64)>,
    /// Width and height of the seal's picture, in millimetres.
    pub picture_mm: (u32, u32),
}

/// The seals that an account keeps, by the roster.
pub fn kept_seals(roster: &Roster, account: &AccountId) -> Vec<(SealId, SealGrant)> {
    let grants = roster.all::<SealGrant>();
    grants
        .filter(|(_, grant)| grant.custodian == *account)
        .filter_map(|(id, grant)| Some((id.parse().ok()?, grant)))
        .collect()
}

/// The files as they are before this seal, and what has been sealed of them.
struct Before {
    /// The main file's bytes.
    main: Vec<u8>,
    /// What is in it.
    contents: Option<Contents>,
    /// The digests of all parts.
    parts: Vec<Digest>,
}

impl Session {
    /// Where a seal with an electronic one would be set into the main file: the places that were
    /// given, else those of GB/T 9704. Nothing is signed.
    pub async fn propose_seal(
        &self,
        review: &Review,
        grant: &SealGrant,
        places: &Places,
    ) -> Result<Proposal, Failed> {
        let seal = self
            .electronic_seal(grant.ses.ok_or(Failed::NoSealKey)?)
            .await?;
        let own = self.identity.unit_ref(self.mirror.roster());
        let issuers = &review.dossier.manifest.issuers;
        let issuer = issuers.iter().find(|issuer| issuer.unit == own);
        let which = Which {
            ordinal: issuer.ok_or(Failed::Protocol)?.seal_ordinal,
            of: u8::try_from(issuers.len()).map_err(|_| Failed::Protocol)?,
        };
        let (folder, _) = self.own_files(review).await?;
        let before = self.before(review, &Folder(&folder)).await?;
        let picture = seal.picture();
        let (mut found, mut pages_mm) = (Vec::new(), Vec::new());
        if let Some(contents) = &before.contents {
            found = placements(contents, &seal, which, places)?;
            let pages = contents.pages.iter();
            pages_mm = pages.map(|page| (page.width, page.height)).collect();
        }
        Ok(Proposal {
            places: found,
            pages_mm,
            picture_mm: (picture.width_mm, picture.height_mm),
        })
    }

    /// The picture of a seal, a PNG, from the act that issued it.
    pub async fn seal_picture(&self, grant: &SealGrant) -> Result<Vec<u8>, Failed> {
        self.attached_to_an_act(grant.picture).await
    }

    /// Sets the seal; when it is the last one, the exchange dispatches the document.
    ///
    /// Where the seal has an electronic one, and its custodian the key for it, it is set into the
    /// main file at every place, so that other offices' readers show and verify it.
    pub async fn seal(
        &mut self,
        review: &Review,
        seal: &SealId,
        keys: &SealKeys,
        places: &Places,
    ) -> Result<SealSet, Failed> {
        let dossier = &review.dossier;
        let roster = self.mirror.roster();
        let no_seal = || Failed::Standing(yichuan_document::roster::NoStanding::Seal);
        let grant: SealGrant = roster.seal(seal).ok_or_else(no_seal)?;
        let standing = roster.standing_of(&self.identity.account, &self.identity.device)?;
        standing
            .seal_signers(roster, seal, crate::now())
            .map(|_| ())?;
        let own = self.identity.unit_ref(roster);
        let mut issuers = dossier.manifest.issuers.iter();
        let issuer = issuers.find(|issuer| issuer.unit == own);
        let ordinal = issuer.ok_or(Failed::Protocol)?.seal_ordinal;
        let (_, body) = submission(dossier)?;
        let header = review.opened.header();
        let mut record = SealRecord {
            version: RECORD_VERSION,
            about: body.about,
            ordinal,
            seal: seal.clone(),
            picture: grant.picture,
            placements: places.given.clone(),
            ses: None,
            sealed: header.parts.iter().map(|part| part.digest).collect(),
            at: crate::now(),
        };
        let electronic = grant.ses.zip(keys.electronic.as_ref());
        let folder = match electronic {
            Some((named, key)) if !places.nowhere => {
                let (folder, _) = self.own_files(review).await?;
                let electronic = (&self.electronic_seal(named).await?, key);
                self.set(review, (&mut record, places), electronic, &Folder(&folder))
                    .await?;
                Some(folder)
            }
            _ => None,
        };
        let (index, entry) = self.record_seal(review, &record, &keys.own).await?;
        if let Some(folder) = folder {
            fs::remove_dir_all(folder)?;
        }
        Ok(SealSet {
            index,
            entry,
            electronic: record.ses.is_some(),
            places: record.placements,
        })
    }

    /// Places the seal on the main file and sets its electronic signature into it. A main file
    /// without pages carries none.
    async fn set(
        &self,
        review: &Review,
        (record, places): (&mut SealRecord, &Places),
        (seal, key): (&SesSeal, &Sm2Secret),
        folder: &Folder<'_>,
    ) -> Result<(), Failed> {
        let before = self.before(review, folder).await?;
        record.sealed.clone_from(&before.parts);
        let Some(contents) = &before.contents else {
            return Ok(());
        };
        let of = review.dossier.manifest.issuers.len();
        let which = Which {
            ordinal: record.ordinal,
            of: u8::try_from(of).map_err(|_| Failed::Protocol)?,
        };
        record.placements = placements(contents, seal, which, places)?;
        let at_main = |place: &Placement| place.part == 0;
        if record.placements.is_empty() || !record.placements.iter().all(at_main) {
            return Ok(());
        }
        let at = Timestamp::from_unix_ms(record.at.unix_ms() / 1_000 * 1_000);
        record.at = at;
        let setting = Setting {
            seal,
            places: &record.placements,
            at,
            ordinal: record.ordinal,
        };
        let prepared = prepare(&before.main, &setting, &Limits::default());
        let prepared = prepared.map_err(|why| not_sealed(why.zh(), &why))?;
        let draft = SignatureDraft {
            seal,
            at,
            data_hash: prepared.data_hash(),
            property: prepared.property(),
            extensions: &[],
        };
        let signer = signer(seal, key)?;
        let value = sign(&draft, &signer, key, &mut crate::chance()?);
        let value = value.map_err(|why| not_sealed(why.to_string(), &why))?;
        record.ses = Some(value.raw().to_vec().into());
        // What every recipient will compute.
        let after =
            set_seal(&before.main, record).map_err(|why| not_sealed(why.to_string(), &why))?;
        if let Some(main) = record.sealed.first_mut() {
            *main = Digest::of(&after);
        }
        Ok(())
    }

    /// The main file with the seals that were set before, as everybody computes it.
    async fn before(&self, review: &Review, folder: &Folder<'_>) -> Result<Before, Failed> {
        let header = review.opened.header();
        let mut parts: Vec<Digest> = header.parts.iter().map(|part| part.digest).collect();
        let main = header.parts.first().ok_or(Failed::Protocol)?;
        let path = folder.parts().join(main.name.as_str());
        let mut bytes = part_to_seal(&path).map_err(|why| not_sealed(why.to_string(), &why))?;
        let records = self
            .seal_records(&review.dossier, &review.opened, &review.key)
            .await?;
        for record in records {
            if record.sealed_part() == Ok(Some(0)) {
                bytes = set_seal(&bytes, &record)
                    .map_err(|why| Failed::NotReceivable(vec![why.to_string()]))?;
            }
            parts.clone_from(&record.sealed);
        }
        let looked = examine(
            main.name.as_str(),
            &main.media_type,
            &bytes,
            &Limits::default(),
        );
        let contents = looked.contents.ok();
        Ok(Before {
            main: bytes,
            contents: contents.filter(|contents| contents.kind.is_laid_out()),
            parts,
        })
    }

    /// The electronic seal that the authority has made, from the act that issued it.
    async fn electronic_seal(&self, named: Digest) -> Result<SesSeal, Failed> {
        let bytes = self.attached_to_an_act(named).await?;
        SesSeal::read(&bytes).map_err(|_| Failed::Protocol)
    }

    async fn attached_to_an_act(&self, named: Digest) -> Result<Vec<u8>, Failed> {
        let mut acts = self.mirror.entries().iter().rev();
        let index = acts.find_map(|(index, bytes)| {
            let entry = Entry::read(bytes).ok()?;
            let names = entry.attachments.iter().any(|it| it.digest == named);
            names.then_some(*index)
        });
        self.attachment_of(index.ok_or(Failed::Protocol)?, named)
            .await
    }

    /// Signs the use of the seal, and records it with its encrypted record.
    pub async fn record_seal(
        &mut self,
        review: &Review,
        record: &SealRecord,
        key: &OwnKey,
    ) -> Result<(u64, Entry), Failed> {
        let dossier = &review.dossier;
        let digests = |kind| dossier.of_kind(kind).map(|statement| statement.digest);
        let document = record.about.document;
        let genesis = self.mirror.roster().genesis();
        let closed =
            review
                .key
                .seal_record(&genesis, &document, record.ordinal, &record.to_bytes());
        let named = AttachmentRef::to(&closed).ok_or(Failed::Protocol)?;
        let statement = SealUse {
            about: record.about,
            seal: record.seal.clone(),
            ordinal: record.ordinal,
            approvals: digests(EntryKind::Approval).collect(),
            previous: digests(EntryKind::Seal).last(),
            record: named,
        };
        let id = StatementId::new(crate::now(), &mut crate::chance()?);
        let more = [(SlotRole::Seal, key as &dyn Signs<_>)];
        let signed = self
            .identity
            .sign_with(&self.context(), id, &statement, &more)?;
        self.say_signed(&format!("seal-{document}"), &signed, vec![closed])
            .await
    }
}

/// Where the seal goes: the places that were given, else those of GB/T 9704.
fn placements(
    contents: &Contents,
    seal: &SesSeal,
    which: Which,
    places: &Places,
) -> Result<Vec<Placement>, Failed> {
    let picture = seal.picture();
    let size = (picture.width_mm * 100, picture.height_mm * 100);
    let mut all = if places.given.is_empty() {
        propose(contents, size, which).map_err(|why| not_sealed(why.zh(), &why))?
    } else {
        places.given.clone()
    };
    if places.across {
        let edges = across(contents, size, Edge::Right);
        all.extend(edges.map_err(|why| not_sealed(why.zh(), &why))?);
    }
    Ok(all)
}

/// The custodian's certificate in the seal.
fn signer(seal: &SesSeal, key: &Sm2Secret) -> Result<Certificate, Failed> {
    let Listed::Certificates(listed) = seal.listed() else {
        return Err(Failed::NoSealKey);
    };
    let read = listed.iter().flatten();
    let mut read = read.filter_map(|der| Certificate::read(der).ok());
    read.find(|certificate| certificate.sm2_key() == Some(key.public()))
        .ok_or(Failed::NoSealKey)
}

fn not_sealed(zh: impl Into<String>, why: &dyn std::fmt::Display) -> Failed {
    Failed::NotSealed(Told {
        zh: zh.into(),
        en: why.to_string(),
    })
}
