//! Signature fields: that they are there and what they are, not whether they hold.

use std::collections::BTreeSet;

use super::file::File;
use super::object::{Dict, Object};
use super::{Reader, text_string};
use crate::Unreadable;
use crate::contents::{Notice, Proof, Signature, SignatureKind};
use crate::limits::Budget;
use crate::signature_shape::shape;

/// Fields that are visited.
const FIELDS_MAX: usize = 20_000;
/// The arc of GB/T 35275 in DER: 1.2.156.10197.6.1.4.2.
const GBT35275: &[u8] = &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x06, 0x01, 0x04, 0x02];

impl Reader {
    /// The signatures in the file's form.
    pub(super) fn signatures(
        &mut self,
        file: &mut File,
        catalog: &Dict,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let form = file.get(catalog, "AcroForm", budget)?;
        let Some(form) = form.dict().cloned() else {
            return Ok(());
        };
        let fields = file.get(&form, "Fields", budget)?;
        let fields = fields.array().unwrap_or_default();
        let mut open: Vec<(Object, bool)> = fields
            .iter()
            .rev()
            .map(|field| (field.clone(), false))
            .collect();
        let mut seen = BTreeSet::new();
        let mut visited = 0;
        let mut covered = None;
        while let Some((raw, above)) = open.pop() {
            visited += 1;
            if matches!(raw, Object::Ref(number) if !seen.insert(number)) {
                continue;
            }
            if visited > FIELDS_MAX {
                return Err(Unreadable::TooMuch);
            }
            let field = file.resolve(&raw, budget)?;
            let Some(field) = field.dict().cloned() else {
                continue;
            };
            let kind = file.get(&field, "FT", budget)?;
            let signs = kind.name().map_or(above, |kind| kind == "Sig");
            let value = file.get(&field, "V", budget)?;
            if signs && let Some(value) = value.dict() {
                let name = file.get(&field, "T", budget)?;
                let name = name.string().map(text_string).unwrap_or_default();
                let end = self.signature(file, value, name, budget)?;
                covered = covered.max(end);
            }
            let kids = file.get(&field, "Kids", budget)?;
            let kids = kids.array().unwrap_or_default().iter();
            open.extend(kids.map(|kid| (kid.clone(), signs)));
        }
        let text = file.bytes.trim_ascii_end().len();
        if covered.is_some_and(|end| end < text) {
            self.gathered.notice(Notice::ChangedAfterSigning);
        }
        Ok(())
    }

    /// Notes a signature; where the bytes that it covers end.
    fn signature(
        &mut self,
        file: &mut File,
        value: &Dict,
        location: String,
        budget: &mut Budget,
    ) -> Result<Option<usize>, Unreadable> {
        let contents = file.get(value, "Contents", budget)?;
        let contents = contents.string().unwrap_or_default();
        let (kind, generation) = match shape(contents) {
            (SignatureKind::Ses, generation) => (SignatureKind::Ses, generation),
            _ if contents
                .windows(GBT35275.len())
                .any(|bytes| bytes == GBT35275) =>
            {
                (SignatureKind::Gbt35275, None)
            }
            _ => (SignatureKind::Pdf, None),
        };
        self.gathered.signature(Signature {
            kind,
            generation,
            location,
            stamps: Vec::new(),
            proof: Proof {
                value: contents.to_vec(),
                ..Proof::default()
            },
        });
        let range = file.list(value.get("ByteRange"), budget)?;
        let range: Vec<usize> = range.iter().filter_map(Object::index).collect();
        Ok(match range[..] {
            [_, _, start, length] => start.checked_add(length),
            _ => None,
        })
    }
}
