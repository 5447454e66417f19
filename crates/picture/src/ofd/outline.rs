//! Outlines as `AbbreviatedData` writes them.

use kurbo::{Affine, Arc, BezPath, Point, SvgArc, Vec2};

use super::look::number;

/// Reads an outline of at most `most` steps; what cannot be read ends it.
pub(crate) fn outline(text: &str, most: usize) -> BezPath {
    let mut path = BezPath::new();
    let mut words = text.split(|c: char| c.is_ascii_whitespace() || c == ',');
    let mut words = words.by_ref().filter(|word| !word.is_empty());
    let mut pen = Point::ZERO;
    let mut start = Point::ZERO;
    while let Some(word) = words.next() {
        if path.elements().len() >= most {
            break;
        }
        let mut point = || -> Option<Point> {
            let (x, y) = (words.next()?, words.next()?);
            Some(Point::new(number(x)?, number(y)?))
        };
        let step = match word {
            "S" | "M" => point().map(|to| {
                path.move_to(to);
                (start, pen) = (to, to);
            }),
            _ if word != "C" && path.elements().is_empty() => None,
            "L" => point().map(|to| {
                path.line_to(to);
                pen = to;
            }),
            "Q" => point().zip(point()).map(|(by, to)| {
                path.quad_to(by, to);
                pen = to;
            }),
            "B" => point().zip(point()).zip(point()).map(|((one, two), to)| {
                path.curve_to(one, two, to);
                pen = to;
            }),
            "A" => point().and_then(|radii| {
                let angle = number(words.next()?)?;
                let (large, sweep) = (words.next()? == "1", words.next()? == "1");
                let to = Point::new(number(words.next()?)?, number(words.next()?)?);
                arc(&mut path, pen, radii, angle, (large, sweep), to);
                pen = to;
                Some(())
            }),
            "C" if !path.elements().is_empty() => {
                path.close_path();
                pen = start;
                Some(())
            }
            _ => None,
        };
        if step.is_none() {
            break;
        }
    }
    path
}

fn arc(
    path: &mut BezPath,
    from: Point,
    radii: Point,
    degrees: f64,
    (large_arc, sweep): (bool, bool),
    to: Point,
) {
    let described = SvgArc {
        from,
        to,
        radii: Vec2::new(radii.x.abs(), radii.y.abs()),
        x_rotation: degrees.to_radians(),
        large_arc,
        sweep,
    };
    match Arc::from_svg_arc(&described) {
        Some(arc) => arc.to_cubic_beziers(0.02, |one, two, to| path.curve_to(one, two, to)),
        None => path.line_to(to),
    }
}

/// A rectangle.
pub(crate) fn rectangle(width: f64, height: f64, map: Affine) -> BezPath {
    let mut path = BezPath::new();
    path.move_to((0.0, 0.0));
    path.line_to((width, 0.0));
    path.line_to((width, height));
    path.line_to((0.0, height));
    path.close_path();
    map * path
}

#[cfg(test)]
mod tests {
    use kurbo::Shape as _;

    use super::*;

    #[test]
    fn outlines_are_read_step_by_step_and_end_where_they_cannot_be() {
        for (text, steps) in [
            ("M 0 0 L 10 0 L 10 10 C", 4),
            ("S 1 1 Q 2 2 3 1 B 1 1 2 2 3 3", 3),
            ("M 0 0 L 1 x L 2 2", 1),
            ("L 1 1", 0),
            ("C", 0),
            ("", 0),
            ("M 1e300 0", 0),
        ] {
            assert_eq!(outline(text, 99).elements().len(), steps, "{text}");
        }
        assert_eq!(outline("M 0 0 L 1 1 L 2 2 L 3 3", 2).elements().len(), 2);
    }

    #[test]
    fn an_arc_ends_where_it_says_and_bulges() {
        let drawn = outline("M 0 0 A 5 5 0 0 1 10 0", 99);
        let bounds = drawn.bounding_box();
        assert!((bounds.height() - 5.0).abs() < 0.05, "{bounds:?}");
        assert!((bounds.x1 - 10.0).abs() < 0.05, "{bounds:?}");
    }
}
