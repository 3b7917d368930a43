//! Drawings for labels, made by a seed: each about 200 x 200 around the origin, like those of `motif` and unlike any of them.

use std::fmt::Write as _;

use crate::demo::maths::Dice;

/// The drawing of one seed as SVG elements in colours `a` (main) and `b` (second).
pub fn draw(seed: u64, a: &str, b: &str) -> String {
    let mut dice = Dice::new(seed, 41);
    let mut s = String::new();
    let (outer, inner) = if dice.next() & 1 == 0 { (a, b) } else { (b, a) };
    match dice.next() % 6 {
        0 => ring(&mut s, &mut dice, outer, inner),
        1 => star(&mut s, &mut dice, outer, inner),
        2 => sprig(&mut s, &mut dice, outer, inner),
        3 => fruit(&mut s, &mut dice, outer, inner),
        4 => tiles(&mut s, &mut dice, outer, inner),
        _ => hills(&mut s, &mut dice, outer, inner),
    }
    s
}

/// Something like `count` petals round a middle.
fn ring(s: &mut String, dice: &mut Dice, a: &str, b: &str) {
    let count = 6 + dice.next() % 8;
    let (wide, long) = (dice.between(9.0, 24.0), dice.between(26.0, 40.0));
    for petal in 0..count {
        let turn = 360.0 * petal as f32 / count as f32;
        let colour = if petal % 2 == 0 { a } else { b };
        let _ = write!(
            s,
            "<rect x='-{wide}' y='-{}' width='{}' height='{}' rx='{}' fill='{colour}' transform='rotate({turn})'/>",
            long + 54.0,
            2.0 * wide,
            long + 20.0,
            wide * dice.between(0.3, 1.0)
        );
    }
    let _ = write!(s, "<circle r='{}' fill='{b}'/>", dice.between(22.0, 36.0));
}

fn star(s: &mut String, dice: &mut Dice, a: &str, b: &str) {
    let points = 4 + dice.next() % 7;
    let hollow = dice.between(0.35, 0.7);
    for (size, colour) in [(96.0, a), (dice.between(46.0, 66.0), b)] {
        let mut path = String::new();
        for corner in 0..2 * points {
            let r = if corner % 2 == 0 { size } else { size * hollow };
            let (sin, cos) = (std::f32::consts::PI * corner as f32 / points as f32).sin_cos();
            let _ = write!(path, "{}{:.1} {:.1} ", if corner == 0 { 'M' } else { 'L' }, r * sin, -r * cos);
        }
        let _ = write!(s, "<path d='{path}Z' fill='{colour}'/>");
    }
}

/// A stem with leaves to both sides.
fn sprig(s: &mut String, dice: &mut Dice, a: &str, b: &str) {
    let pairs = 3 + dice.next() % 4;
    let (lean, long, wide) = (dice.between(30.0, 70.0), dice.between(46.0, 78.0), dice.between(12.0, 28.0));
    let _ = write!(s, "<path d='M0 98 V-92' stroke='{b}' stroke-width='8' stroke-linecap='round'/>");
    for pair in 0..pairs {
        let y = 74.0 - 150.0 * pair as f32 / pairs as f32;
        for side in [-1.0, 1.0] {
            let _ = write!(
                s,
                "<path d='M0 0 Q-{wide} -{0} 0 -{long} Q{wide} -{0} 0 0Z' fill='{a}' transform='translate(0 {y}) rotate({1})'/>",
                long / 2.0,
                side * lean
            );
        }
    }
    let _ = write!(s, "<circle cy='-92' r='{}' fill='{b}'/>", dice.between(8.0, 20.0));
}

/// Round things side by side, each with seeds or a slice's rays.
fn fruit(s: &mut String, dice: &mut Dice, a: &str, b: &str) {
    let count = 1 + dice.next() % 3;
    let rays = dice.next() & 1 == 0;
    let seeds = 5 + dice.next() % 6;
    for index in 0..count {
        let r = 88.0 / (count as f32).sqrt();
        let x = (index as f32 - (count - 1) as f32 / 2.0) * r * 1.3;
        let y = if index % 2 == 0 { 14.0 } else { -26.0 };
        let _ = write!(s, "<g transform='translate({x} {y})'><circle r='{r}' fill='{a}'/>");
        let _ = write!(s, "<circle r='{}' fill='none' stroke='{b}' stroke-width='6'/>", r * 0.82);
        for seed in 0..seeds {
            let turn = 360.0 * seed as f32 / seeds as f32;
            let inner = if rays {
                format!("<path d='M0 -{} V-{}' stroke='{b}' stroke-width='6'/>", r * 0.1, r * 0.74)
            } else {
                format!("<ellipse cy='-{}' rx='{}' ry='{}' fill='{b}'/>", r * 0.5, r * 0.09, r * 0.17)
            };
            let _ = write!(s, "<g transform='rotate({turn})'>{inner}</g>");
        }
        s.push_str("</g>");
    }
}

/// A square of tiles, some whole, some halved by a diagonal.
fn tiles(s: &mut String, dice: &mut Dice, a: &str, b: &str) {
    let count = 3 + (dice.next() % 2) as usize;
    let side = 180.0 / count as f32;
    for row in 0..count {
        // The right half mirrors the left: what is printed is seldom without order.
        let kinds: Vec<u64> = (0..count.div_ceil(2)).map(|_| dice.next() % 4).collect();
        for column in 0..count {
            let kind = kinds.get(column.min(count - 1 - column)).copied().unwrap_or(0);
            let (x, y) = (-90.0 + side * column as f32, -90.0 + side * row as f32);
            let half = side / 2.0;
            let _ = match kind {
                0 => write!(s, "<rect x='{x}' y='{y}' width='{side}' height='{side}' fill='{a}'/>"),
                1 => write!(s, "<circle cx='{}' cy='{}' r='{}' fill='{b}'/>", x + half, y + half, half * 0.8),
                2 => write!(s, "<path d='M{x} {y} h{side} v{side}Z' fill='{a}'/>"),
                _ => write!(
                    s,
                    "<path d='M{} {y} l{half} {half} l-{half} {half} l-{half} -{half}Z' fill='{b}'/>",
                    x + half
                ),
            };
        }
    }
}

/// A sun over rows of hills.
fn hills(s: &mut String, dice: &mut Dice, a: &str, b: &str) {
    let _ =
        write!(s, "<circle cx='{}' cy='-40' r='{}' fill='{b}'/>", dice.between(-50.0, 50.0), dice.between(24.0, 44.0));
    let rows = 2 + dice.next() % 3;
    for row in 0..rows {
        let y = -10.0 + 90.0 * row as f32 / rows as f32;
        let (high, shift) = (dice.between(24.0, 60.0), dice.between(-30.0, 30.0));
        let colour = if row % 2 == 0 { a } else { b };
        let _ = write!(
            s,
            "<path d='M-100 96 V{y} Q{} {} {shift} {y} T100 {y} V96Z' fill='{colour}' stroke='#fff' stroke-width='5'/>",
            shift - 50.0,
            y - high
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn hardly_two_seeds_draw_alike_and_one_draws_the_same_each_time() {
        let all: HashSet<String> = (0..200).map(|seed| draw(seed, "#123456", "#abcdef")).collect();
        assert!(all.len() > 180, "{} of 200", all.len());
        assert_eq!(draw(7, "#123456", "#abcdef"), draw(7, "#123456", "#abcdef"));
    }
}
