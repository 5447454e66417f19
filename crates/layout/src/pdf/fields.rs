//! The fields of a PDF's form (12.7.3).

use std::collections::BTreeSet;
use std::rc::Rc;

use super::file::File;
use super::object::{Dict, Object};
use crate::Unreadable;
use crate::limits::Budget;

/// Fields that are visited.
const FIELDS_MAX: usize = 20_000;

/// A field, or a widget of one.
pub(super) struct Field {
    /// The number of its object, where it has one.
    pub(super) number: Option<u32>,
    pub(super) dict: Rc<Dict>,
    /// Whether it stands in the form's own list.
    pub(super) is_outermost: bool,
    /// Whether it, or one above it, is for a signature.
    pub(super) signs: bool,
}

/// The fields of the form, each before those below it.
pub(super) fn fields(
    file: &mut File,
    catalog: &Dict,
    budget: &mut Budget,
) -> Result<Vec<Field>, Unreadable> {
    let form = file.get(catalog, "AcroForm", budget)?;
    let Some(form) = form.dict().cloned() else {
        return Ok(Vec::new());
    };
    let listed = file.get(&form, "Fields", budget)?;
    let listed = listed.array().unwrap_or_default().iter().rev();
    let mut open: Vec<(Object, bool, bool)> =
        listed.map(|field| (field.clone(), true, false)).collect();
    let mut seen = BTreeSet::new();
    let mut visited = 0;
    let mut found = Vec::new();
    while let Some((raw, is_outermost, above)) = open.pop() {
        visited += 1;
        if matches!(raw, Object::Ref(number) if !seen.insert(number)) {
            continue;
        }
        if visited > FIELDS_MAX {
            return Err(Unreadable::TooMuch);
        }
        let field = file.resolve(&raw, budget)?;
        let Some(dict) = field.dict().cloned() else {
            continue;
        };
        let kind = file.get(&dict, "FT", budget)?;
        let signs = kind.name().map_or(above, |kind| kind == "Sig");
        let kids = file.get(&dict, "Kids", budget)?;
        let kids = kids.array().unwrap_or_default().iter();
        open.extend(kids.map(|kid| (kid.clone(), false, signs)));
        found.push(Field {
            number: match raw {
                Object::Ref(number) => Some(number),
                _ => None,
            },
            dict,
            is_outermost,
            signs,
        });
    }
    Ok(found)
}
