//! Places on a page: millimetres from its upper left corner, downwards.

/// A point in millimetres.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// From the left edge.
    pub x: f64,
    /// From the upper edge.
    pub y: f64,
}

/// A rectangle in millimetres.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    /// The left edge.
    pub left: f64,
    /// The upper edge.
    pub top: f64,
    /// The right edge.
    pub right: f64,
    /// The lower edge.
    pub bottom: f64,
}

impl Area {
    /// The rectangle between two corners, whichever they are.
    pub(crate) const fn between(one: Point, other: Point) -> Self {
        Self {
            left: one.x.min(other.x),
            top: one.y.min(other.y),
            right: one.x.max(other.x),
            bottom: one.y.max(other.y),
        }
    }

    /// How wide it is.
    pub const fn width(&self) -> f64 {
        self.right - self.left
    }

    /// How high it is.
    pub const fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// How many square millimetres both have in common.
    pub(crate) const fn common(&self, other: &Self) -> f64 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        if width > 0.0 && height > 0.0 {
            width * height
        } else {
            0.0
        }
    }
}

/// An affine map, as `CTM` and `cm` have it: of `[a, b, c, d, e, f]`, x' = ax + cy + e and
/// y' = bx + dy + f.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Matrix([f64; 6]);

impl Matrix {
    pub(crate) const ONE: Self = Self::new([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    pub(crate) const fn new(numbers: [f64; 6]) -> Self {
        Self(numbers)
    }

    pub(crate) const fn shift(x: f64, y: f64) -> Self {
        Self::new([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// This map first, then `outer`.
    pub(crate) fn then(self, outer: Self) -> Self {
        let origin = outer.apply(0.0, 0.0);
        let turned = |x: f64, y: f64| {
            let point = outer.apply(x, y);
            (point.x - origin.x, point.y - origin.y)
        };
        let across = turned(self.0[0], self.0[1]);
        let along = turned(self.0[2], self.0[3]);
        let shift = outer.apply(self.0[4], self.0[5]);
        Self::new([across.0, across.1, along.0, along.1, shift.x, shift.y])
    }

    pub(crate) fn apply(self, x: f64, y: f64) -> Point {
        let Self(m) = self;
        Point {
            x: m[0] * x + m[2] * y + m[4],
            y: m[1] * x + m[3] * y + m[5],
        }
    }

    /// The rectangle around a mapped rectangle.
    pub(crate) fn around(self, area: Area) -> Area {
        let corners = [
            self.apply(area.left, area.top),
            self.apply(area.right, area.top),
            self.apply(area.left, area.bottom),
            self.apply(area.right, area.bottom),
        ];
        let first = Area::between(corners[0], corners[0]);
        corners.iter().fold(first, |around, corner| Area {
            left: around.left.min(corner.x),
            top: around.top.min(corner.y),
            right: around.right.max(corner.x),
            bottom: around.bottom.max(corner.y),
        })
    }

    /// How a length along x grows.
    pub(crate) fn across(self) -> f64 {
        self.0[0].hypot(self.0[1])
    }

    /// How a length along y grows.
    pub(crate) fn along(self) -> f64 {
        self.0[2].hypot(self.0[3])
    }

    /// The direction in which x runs, in whole degrees from 0 to 359, clockwise on the page.
    pub(crate) fn direction(self) -> u16 {
        whole_degrees(self.0[1].atan2(self.0[0]).to_degrees())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the remainder lies between 0 and 360; what is no number gives 0"
)]
pub(crate) fn whole_degrees(degrees: f64) -> u16 {
    degrees.round().rem_euclid(360.0) as u16
}

/// Numbers between blanks or commas; none if one of them is no finite number.
pub(crate) fn numbers(text: &str) -> Option<Vec<f64>> {
    let words = text
        .split(|c: char| c.is_ascii_whitespace() || c == ',')
        .filter(|word| !word.is_empty());
    words.map(number).collect()
}

/// A finite number within a million.
pub(crate) fn number(word: &str) -> Option<f64> {
    let number: f64 = word.trim().parse().ok()?;
    (number.abs() <= 1e6).then_some(number)
}

/// `x y width height`, as boxes are written in OFD.
pub(crate) fn area(text: &str) -> Option<Area> {
    let numbers = numbers(text)?;
    let [x, y, width, height] = numbers[..] else {
        return None;
    };
    Some(Area {
        left: x,
        top: y,
        right: x + width,
        bottom: y + height,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_follow_each_other_in_order() {
        let turned = Matrix::new([0.0, 1.0, -1.0, 0.0, 0.0, 0.0]);
        let both = turned.then(Matrix::shift(10.0, 20.0));
        assert_eq!(both.apply(1.0, 0.0), Point { x: 10.0, y: 21.0 });
        assert_eq!(both.direction(), 90);
        let other = Matrix::shift(10.0, 20.0).then(turned);
        assert_eq!(other.apply(1.0, 0.0), Point { x: -20.0, y: 11.0 });
    }

    #[test]
    fn what_is_no_number_is_not_guessed_at() {
        for text in ["x", "1 2 y", "NaN", "inf", "1e9", "1 -inf"] {
            assert_eq!(numbers(text), None, "{text}");
        }
        assert_eq!(numbers(" 1, 2.5\n-3e2 "), Some(vec![1.0, 2.5, -300.0]));
        assert_eq!(area("1 2 3"), None);
        assert_eq!(area("1 2 3 4 5"), None);
    }

    #[test]
    fn directions_are_whole_degrees_below_360() {
        for (degrees, whole) in [(-90.0, 270), (359.7, 0), (720.4, 0), (f64::NAN, 0)] {
            assert_eq!(whole_degrees(degrees), whole, "{degrees}");
        }
    }
}
