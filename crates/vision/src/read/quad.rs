//! Turned rectangles: the smallest one around some points, and its corners in reading order.

/// A point. Units: pixels, origin top left.
pub type Point = (f32, f32);

/// Four corners, clockwise from the top left one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quad(pub [Point; 4]);

impl Quad {
    /// Lengths of the upper and the left side, the longer of each pair.
    pub fn size(&self) -> (f32, f32) {
        let [a, b, c, d] = self.0;
        (distance(a, b).max(distance(d, c)), distance(a, d).max(distance(b, c)))
    }

    /// Area within the corners.
    pub fn area(&self) -> f32 {
        let [a, b, c, d] = self.0;
        let cross = |p: Point, q: Point| p.0 * q.1 - q.0 * p.1;
        (cross(a, b) + cross(b, c) + cross(c, d) + cross(d, a)).abs() / 2.0
    }

    /// Corners one further on: what was the top right becomes the top left, so the picture is seen turned a quarter to the left.
    #[must_use]
    pub fn turned(self) -> Self {
        let [a, b, c, d] = self.0;
        Self([b, c, d, a])
    }

    /// Every corner scaled by itself.
    #[must_use]
    pub fn scaled(self, x: f32, y: f32) -> Self {
        Self(self.0.map(|corner| (corner.0 * x, corner.1 * y)))
    }

    /// Corners moved into `0..=width`, `0..=height`.
    #[must_use]
    pub fn within(self, width: f32, height: f32) -> Self {
        Self(self.0.map(|corner| (corner.0.clamp(0.0, width), corner.1.clamp(0.0, height))))
    }

    /// The rectangle with every side moved out by `by`.
    #[must_use]
    pub fn grown(self, by: f32) -> Self {
        let [a, b, c, d] = self.0;
        let along = unit(a, b);
        let down = unit(a, d);
        let move_by = |p: Point, right: f32, lower: f32| {
            (p.0 + by * (along.0 * right + down.0 * lower), p.1 + by * (along.1 * right + down.1 * lower))
        };
        Self([move_by(a, -1.0, -1.0), move_by(b, 1.0, -1.0), move_by(c, 1.0, 1.0), move_by(d, -1.0, 1.0)])
    }

    /// True for a point inside or on the edge.
    pub fn holds(&self, point: Point) -> bool {
        let [a, b, c, d] = self.0;
        let side = |p: Point, q: Point| (q.0 - p.0) * (point.1 - p.1) - (q.1 - p.1) * (point.0 - p.0);
        let sides = [side(a, b), side(b, c), side(c, d), side(d, a)];
        sides.iter().all(|side| *side >= -1e-3) || sides.iter().all(|side| *side <= 1e-3)
    }

    /// The point at shares `u` of the way right and `v` of the way down.
    pub fn at(&self, u: f32, v: f32) -> Point {
        let [a, b, c, d] = self.0;
        let mix = |p: Point, q: Point, share: f32| (p.0 + (q.0 - p.0) * share, p.1 + (q.1 - p.1) * share);
        mix(mix(a, b, u), mix(d, c, u), v)
    }
}

/// The smallest turned rectangle around `points`; none for fewer than three that are not in one line.
pub fn smallest_around(points: Vec<Point>) -> Option<Quad> {
    let hull = hull(points);
    if hull.len() < 3 {
        return None;
    }
    let mut best: Option<(f32, Quad)> = None;
    for (from, to) in hull.iter().zip(hull.iter().cycle().skip(1)) {
        let along = unit(*from, *to);
        let across = (-along.1, along.0);
        let (mut low, mut high) = ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN));
        for point in &hull {
            let on = (dot(*point, along), dot(*point, across));
            low = (low.0.min(on.0), low.1.min(on.1));
            high = (high.0.max(on.0), high.1.max(on.1));
        }
        let area = (high.0 - low.0) * (high.1 - low.1);
        if best.as_ref().is_none_or(|(least, _)| area < *least) {
            let corner = |u: f32, v: f32| (along.0 * u + across.0 * v, along.1 * u + across.1 * v);
            let quad = [corner(low.0, low.1), corner(high.0, low.1), corner(high.0, high.1), corner(low.0, high.1)];
            best = Some((area, in_reading_order(quad)));
        }
    }
    best.map(|(_, quad)| quad)
}

/// Corners sorted clockwise from the top left: of the two leftmost the upper one, then round.
fn in_reading_order(mut corners: [Point; 4]) -> Quad {
    corners.sort_by(|a, b| a.0.total_cmp(&b.0));
    let [a, b, c, d] = corners;
    let (top_left, bottom_left) = if a.1 <= b.1 { (a, b) } else { (b, a) };
    let (top_right, bottom_right) = if c.1 <= d.1 { (c, d) } else { (d, c) };
    Quad([top_left, top_right, bottom_right, bottom_left])
}

/// Corners of the convex hull, none of them between two others. Source: Andrew's monotone chain.
fn hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    points.dedup();
    let chain = |points: &mut dyn Iterator<Item = &Point>| {
        let mut chain: Vec<Point> = Vec::new();
        for point in points {
            while let [.., a, b] = chain.as_slice() {
                if (b.0 - a.0) * (point.1 - a.1) - (b.1 - a.1) * (point.0 - a.0) > 0.0 {
                    break;
                }
                chain.pop();
            }
            chain.push(*point);
        }
        // The last point begins the other half.
        chain.pop();
        chain
    };
    let mut hull = chain(&mut points.iter());
    hull.extend(chain(&mut points.iter().rev()));
    hull
}

fn distance(a: Point, b: Point) -> f32 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

fn dot(a: Point, b: Point) -> f32 {
    a.0 * b.0 + a.1 * b.1
}

fn unit(from: Point, to: Point) -> Point {
    let length = distance(from, to).max(f32::EPSILON);
    ((to.0 - from.0) / length, (to.1 - from.1) / length)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn near(a: Point, b: Point) -> bool {
        distance(a, b) < 0.05
    }

    #[test]
    fn the_smallest_rectangle_follows_what_is_turned() {
        let turned = |x: f32, y: f32| (50.0 + x * 0.8 - y * 0.6, 40.0 + x * 0.6 + y * 0.8);
        let mut points: Vec<Point> =
            (0..=20).flat_map(|x| (0..=4).map(move |y| turned(x as f32 - 10.0, y as f32 - 2.0))).collect();
        points.reverse();
        let quad = smallest_around(points).unwrap();
        let size = quad.size();
        assert!((size.0 - 20.0).abs() < 0.01 && (size.1 - 4.0).abs() < 0.01, "{size:?}");
        for (corner, want) in quad.0.iter().zip([(-10.0, -2.0), (10.0, -2.0), (10.0, 2.0), (-10.0, 2.0)]) {
            assert!(near(*corner, turned(want.0, want.1)), "{quad:?}");
        }
        assert!((quad.area() - 80.0).abs() < 0.1);
        assert!(quad.holds((50.0, 40.0)) && !quad.holds((50.0, 50.0)));
    }

    #[test]
    fn points_in_a_line_have_no_rectangle() {
        assert_eq!(smallest_around(vec![(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)]), None);
        assert_eq!(smallest_around(Vec::new()), None);
    }

    #[test]
    fn growing_moves_every_side_out_and_turning_moves_the_corners_on() {
        let quad = Quad([(10.0, 10.0), (30.0, 10.0), (30.0, 20.0), (10.0, 20.0)]);
        assert_eq!(quad.grown(2.0).0, [(8.0, 8.0), (32.0, 8.0), (32.0, 22.0), (8.0, 22.0)]);
        assert_eq!(quad.turned().size(), (10.0, 20.0));
        assert_eq!(quad.turned().turned().turned().turned(), quad);
        assert_eq!(quad.at(0.5, 0.5), (20.0, 15.0));
        assert_eq!(quad.scaled(2.0, 1.0).within(50.0, 15.0).0[2], (50.0, 15.0));
    }
}
