//! What of a page is seen, and where: in its own units, from below on the left, and in millimetres
//! as it is seen, from above on the left.

use super::file::File;
use super::{Leaf, POINT, rectangle};
use crate::Unreadable;
use crate::geometry::{Area, Matrix, whole_degrees};
use crate::limits::Budget;

/// What is seen of a page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    /// In the page's units; `top` is the lower edge, the lesser y.
    pub(crate) shown: Area,
    /// Points in a unit.
    pub(crate) unit: f64,
    /// How far it is turned clockwise when it is seen: 0, 90, 180 or 270 degrees.
    pub(crate) turned: u16,
}

impl Frame {
    /// The frame of a page (7.7.3.3): `CropBox` as far as `MediaBox` goes.
    pub(super) fn read(
        file: &mut File,
        leaf: &Leaf,
        budget: &mut Budget,
    ) -> Result<Self, Unreadable> {
        let media = rectangle(file, &leaf.media, budget)?;
        let media = media.ok_or(Unreadable::Damaged("MediaBox"))?;
        let crop = rectangle(file, &leaf.crop, budget)?.unwrap_or(media);
        let shown = if crop.common(&media) > 0.0 {
            Area {
                left: crop.left.max(media.left),
                top: crop.top.max(media.top),
                right: crop.right.min(media.right),
                bottom: crop.bottom.min(media.bottom),
            }
        } else {
            media
        };
        let unit = file.get(&leaf.dict, "UserUnit", budget)?.number();
        let turns = file.resolve(&leaf.rotate, budget)?.number().unwrap_or(0.0);
        Ok(Self {
            shown,
            unit: unit
                .filter(|unit| (0.01..=100.0).contains(unit))
                .unwrap_or(1.0),
            turned: match whole_degrees(turns) {
                turned @ (90 | 180 | 270) => turned,
                _ => 0,
            },
        })
    }

    /// Width and height as it is seen, in millimetres.
    pub(crate) fn size(&self) -> (f64, f64) {
        let unit = self.unit * POINT;
        let (width, height) = (self.shown.width() * unit, self.shown.height() * unit);
        match self.turned {
            90 | 270 => (height, width),
            _ => (width, height),
        }
    }

    /// From the page's units to millimetres as it is seen.
    pub(crate) fn matrix(&self) -> Matrix {
        let (shown, unit) = (&self.shown, self.unit * POINT);
        let (width, height) = (shown.width() * unit, shown.height() * unit);
        // Upright first: the origin of PDF is below on the left.
        let upright = Matrix::new([
            unit,
            0.0,
            0.0,
            -unit,
            -shown.left * unit,
            shown.bottom * unit,
        ]);
        upright.then(Matrix::new(match self.turned {
            90 => [0.0, 1.0, -1.0, 0.0, height, 0.0],
            180 => [-1.0, 0.0, 0.0, -1.0, width, height],
            270 => [0.0, -1.0, 1.0, 0.0, 0.0, width],
            _ => [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        }))
    }
}
