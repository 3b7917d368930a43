//! The small drawings on the labels, each about 200 x 200 around the origin. All drawn for this project.

use std::fmt::Write as _;

use super::unseen;

/// What is drawn in the middle of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motif {
    Jasmine,
    Osmanthus,
    Cow,
    Chilli,
    Mushroom,
    Bubbles,
    Star,
    Mountain,
    Pomelo,
    Bowl,
    Peach,
    Pine,
    Nuts,
    Bolt,
    Bean,
    Drop,
    Wave,
    /// Made by a seed.
    Made(u64),
}

/// The drawing as SVG elements in colours `a` (main) and `b` (second).
pub fn draw(motif: Motif, a: &str, b: &str) -> String {
    let mut s = String::new();
    match motif {
        Motif::Made(seed) => return unseen::drawing(seed, a, b),
        Motif::Jasmine => flower(&mut s, "#ffffff", "#f6d860", a, 5, 46.0),
        Motif::Osmanthus => {
            for (x, y, k) in
                [(-48.0, -30.0, 0.55), (34.0, -52.0, 0.62), (-6.0, 22.0, 0.72), (58.0, 24.0, 0.5), (-62.0, 48.0, 0.45)]
            {
                let _ = write!(s, "<g transform='translate({x} {y}) scale({k})'>");
                flower(&mut s, "#ffc233", "#d97a00", a, 4, 44.0);
                s.push_str("</g>");
            }
        }
        Motif::Cow => {
            let _ = write!(
                s,
                "<ellipse cx='0' cy='6' rx='70' ry='78' fill='#fff'/><path d='M-70 -18 Q-62 -84 -6 -70 Q-30 -30 -30 8 Q-56 22 -70 -18Z' fill='{a}'/>\
                 <ellipse cx='-88' cy='-24' rx='30' ry='17' fill='{a}' transform='rotate(-24 -88 -24)'/><ellipse cx='88' cy='-24' rx='30' ry='17' fill='#fff' stroke='{a}' stroke-width='5' transform='rotate(24 88 -24)'/>\
                 <ellipse cx='0' cy='54' rx='54' ry='36' fill='#f7b7a8'/><circle cx='-20' cy='52' r='8' fill='#a5584b'/><circle cx='20' cy='52' r='8' fill='#a5584b'/>\
                 <circle cx='-27' cy='-10' r='10' fill='#222'/><circle cx='29' cy='-10' r='10' fill='#222'/><circle cx='-24' cy='-13' r='3.4' fill='#fff'/><circle cx='32' cy='-13' r='3.4' fill='#fff'/>"
            );
        }
        Motif::Chilli => {
            for (x, r, k) in [(-40, -24, 0.95), (0, 6, 1.1), (42, 30, 0.9)] {
                let _ = write!(
                    s,
                    "<g transform='translate({x} 0) rotate({r}) scale({k})'><path d='M-22 -62 Q30 -74 30 -10 Q28 60 -16 96 Q-2 40 -18 -4 Q-34 -40 -22 -62Z' fill='{a}'/>\
                     <path d='M-8 -50 Q16 -46 16 -6 Q14 30 0 60' fill='none' stroke='#fff' stroke-opacity='.45' stroke-width='7' stroke-linecap='round'/>\
                     <path d='M-24 -62 Q-10 -84 4 -70 Q22 -76 30 -52 Q4 -66 -24 -62Z M0 -70 Q2 -92 20 -98' fill='{b}' stroke='{b}' stroke-width='7'/></g>"
                );
            }
        }
        Motif::Mushroom => {
            for (x, y, k) in [(-42, 14, 0.75), (26, -4, 1.05)] {
                let _ = write!(
                    s,
                    "<g transform='translate({x} {y}) scale({k})'><path d='M-22 0 Q-18 60 -28 84 Q0 98 28 84 Q18 60 22 0Z' fill='#f3dfbf'/><path d='M-84 8 Q-70 -76 0 -80 Q70 -76 84 8 Q0 34 -84 8Z' fill='#7b4a22'/>\
                     <path d='M-60 -8 Q-40 -56 0 -60' stroke='#fff' stroke-opacity='.4' stroke-width='9' fill='none'/><circle cx='24' cy='-34' r='8' fill='#a9713d'/><circle cx='48' cy='-8' r='6' fill='#a9713d'/></g>"
                );
            }
        }
        Motif::Bubbles => {
            for (x, y, r) in [(-44, 20, 52), (34, 36, 42), (10, -38, 46), (72, -22, 22), (-70, -52, 20)] {
                let _ = write!(
                    s,
                    "<circle cx='{x}' cy='{y}' r='{r}' fill='{a}' fill-opacity='.55' stroke='{b}' stroke-width='6'/><path d='M{} {} q{} -{} {} -{}' stroke='#fff' stroke-width='7' fill='none' stroke-linecap='round'/>",
                    x - r / 2,
                    y - r / 6,
                    r / 8,
                    r / 3,
                    r / 2,
                    r / 3
                );
            }
        }
        Motif::Star => {
            let points: Vec<String> = (0..10)
                .map(|i| {
                    let r = if i % 2 == 0 { 92.0 } else { 40.0 };
                    let (sin, cos) = (i as f32 * 36.0f32).to_radians().sin_cos();
                    format!("{},{}", sin * r, -cos * r)
                })
                .collect();
            let _ = write!(
                s,
                "<polygon points='{}' fill='{a}' stroke='{b}' stroke-width='10' stroke-linejoin='round'/>",
                points.join(" ")
            );
        }
        Motif::Mountain => {
            let _ = write!(
                s,
                "<path d='M-110 80 L-30 -70 L10 0 L40 -44 L112 80Z' fill='{a}'/><path d='M-30 -70 L-58 -18 L-40 -30 L-28 -12 L-12 -30 L2 -14Z M40 -44 L20 -14 L34 -22 L46 -8 L58 -16Z' fill='#fff'/>\
                 <g fill='{b}'><ellipse cx='-46' cy='74' rx='50' ry='26' transform='rotate(-16 -46 74)'/><ellipse cx='40' cy='80' rx='54' ry='27' transform='rotate(12 40 80)'/></g>\
                 <g fill='none' stroke='#fff' stroke-opacity='.5' stroke-width='5'><path d='M-84 74 q36 -26 74 -10'/><path d='M0 72 q40 -18 80 8'/></g>"
            );
        }
        Motif::Pomelo => {
            let _ = write!(s, "<circle r='94' fill='{a}'/><circle r='80' fill='#fff6d8'/>");
            for i in 0..9 {
                let _ =
                    write!(s, "<path transform='rotate({})' d='M0 -8 L-22 -62 Q0 -78 22 -62Z' fill='{b}'/>", i * 40);
            }
        }
        Motif::Bowl => {
            let _ = write!(
                s,
                "<path d='M-100 0 H100 Q92 84 40 92 H-40 Q-92 84 -100 0Z' fill='{a}'/><path d='M-84 0 q14 -34 34 -6 q12 -40 36 -6 q14 -36 36 0 q16 -30 34 4 q8 -16 24 8' stroke='#ffd76a' stroke-width='15' fill='none' stroke-linecap='round'/>\
                 <circle cx='-30' cy='-22' r='22' fill='#fff'/><circle cx='-30' cy='-22' r='11' fill='#ff9d1e'/><path d='M30 -10 L92 -104 M52 -10 L108 -96' stroke='{b}' stroke-width='9' stroke-linecap='round'/>"
            );
        }
        Motif::Peach => {
            let _ = write!(
                s,
                "<path d='M0 88 C-96 70 -104 -46 -34 -62 Q-10 -66 0 -50 Q14 -70 44 -60 C104 -36 92 70 0 88Z' fill='{a}'/><path d='M0 -50 Q-22 10 4 84' stroke='{b}' stroke-width='7' fill='none'/>\
                 <path d='M2 -54 Q30 -108 84 -92 Q60 -50 2 -54Z' fill='#5aa657'/><ellipse cx='-44' cy='-8' rx='15' ry='26' fill='#fff' fill-opacity='.5' transform='rotate(18 -44 -8)'/>"
            );
        }
        Motif::Pine => {
            let _ = write!(
                s,
                "<path d='M0 -100 L46 -34 H24 L64 22 H34 L78 80 H14 V104 H-14 V80 H-78 L-34 22 H-64 L-24 -34 H-46Z' fill='{a}'/><circle cx='66' cy='-66' r='24' fill='{b}'/>"
            );
        }
        Motif::Nuts => {
            for (x, y, r) in [(-48, -26, -30), (40, -40, 24), (-14, 42, 8), (66, 36, 60)] {
                let _ = write!(
                    s,
                    "<g transform='translate({x} {y}) rotate({r})'><path d='M0 -52 Q40 -10 22 34 Q0 58 -22 34 Q-40 -10 0 -52Z' fill='{a}'/><path d='M0 -40 V40 M-13 -20 Q-20 10 -10 34 M13 -20 Q20 10 10 34' stroke='{b}' stroke-width='4' fill='none'/></g>"
                );
            }
        }
        Motif::Bolt => {
            let _ =
                write!(s, "<circle r='92' fill='{b}'/><path d='M18 -86 L-52 16 H-6 L-22 88 L56 -22 H8Z' fill='{a}'/>");
        }
        Motif::Bean => {
            for (x, y, r) in [(-40, 16, -28), (44, -8, 34)] {
                let _ = write!(
                    s,
                    "<g transform='translate({x} {y}) rotate({r})'><ellipse rx='48' ry='70' fill='{a}'/><path d='M4 -66 Q-26 -20 4 6 Q26 34 -6 66' stroke='{b}' stroke-width='9' fill='none'/></g>"
                );
            }
        }
        Motif::Drop => {
            let _ = write!(
                s,
                "<path d='M0 -98 Q70 -4 70 38 A70 70 0 0 1 -70 38 Q-70 -4 0 -98Z' fill='{a}'/><path d='M-40 36 A42 42 0 0 0 0 80' stroke='#fff' stroke-width='11' fill='none' stroke-linecap='round'/>"
            );
        }
        Motif::Wave => {
            for (y, c) in [(-50, a), (0, b), (50, a)] {
                let _ = write!(
                    s,
                    "<path d='M-104 {y} q26 -40 52 0 t52 0 t52 0 t52 0' stroke='{c}' stroke-width='22' fill='none' stroke-linecap='round'/>"
                );
            }
        }
    }
    s
}

fn flower(s: &mut String, petal: &str, heart: &str, leaf: &str, petals: usize, size: f32) {
    let _ = write!(
        s,
        "<path d='M20 30 Q90 40 104 96 Q40 96 20 30Z M-24 30 Q-84 30 -104 82 Q-50 92 -24 30Z' fill='{leaf}'/>"
    );
    for i in 0..petals {
        let turn = i as f32 * 360.0 / petals as f32;
        let _ = write!(
            s,
            "<ellipse cx='0' cy='-{size}' rx='{}' ry='{size}' fill='{petal}' stroke='{heart}' stroke-opacity='.45' stroke-width='3' transform='rotate({turn})'/>",
            size * 0.62
        );
    }
    let _ = write!(s, "<circle r='{}' fill='{heart}'/>", size * 0.38);
}
