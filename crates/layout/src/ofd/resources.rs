//! What pages share: drawing parameters and composite units.

use std::collections::HashMap;

use super::objects::Paint;
use super::{Part, Reader, id};
use crate::Unreadable;
use crate::limits::Budget;
use crate::xml::Element;

/// The resources that text may come from; fonts and pictures are not needed to read it.
#[derive(Default)]
pub(super) struct Resources {
    /// How things are painted, by id.
    pub(super) paints: HashMap<u64, Paint>,
    /// Where composite units stand: the list that holds them, and their place in it.
    units: HashMap<u64, (usize, usize)>,
    lists: Vec<Part>,
}

impl Resources {
    /// The composite unit with this id.
    pub(super) fn unit(&self, id: u64) -> Option<Element<'_>> {
        let (list, place) = *self.units.get(&id)?;
        Some(self.lists.get(list)?.xml.element(place))
    }
}

impl Reader<'_> {
    /// Reads the list of resources that `element` names.
    pub(super) fn resources(
        &mut self,
        base: &str,
        element: Element,
        into: &mut Resources,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let Some(location) = element.word() else {
            return Ok(());
        };
        let Some(part) = self.part(base, location, budget)? else {
            return Ok(());
        };
        let root = part.xml.root();
        for list in root.all("DrawParams") {
            for parameter in list.children() {
                if let Some(id) = id(parameter.attribute("ID")) {
                    into.paints.insert(id, Paint::of(parameter));
                }
            }
        }
        for list in root.all("CompositeGraphicUnits") {
            for unit in list.children() {
                if let Some(id) = id(unit.attribute("ID")) {
                    into.units.insert(id, (into.lists.len(), unit.place()));
                }
            }
        }
        if !into.units.is_empty() {
            budget.keep(part.xml.items() as u64)?;
            into.lists.push(part);
        }
        Ok(())
    }
}
