//! The host's hands. A holding hand comes in two pictures, before and behind the goods, so that fingers close round them.

use super::canvas::Canvas;
use super::clay::{self, Surface, View, melt, nearer, rod};
use super::maths::{Vec3, mix, v3};

/// Pixels for one unit (10 cm) in the hand pictures.
pub const HAND_SCALE: f32 = 240.0;

/// The pictures of a right hand seen from the front; mirrored they are a left hand.
pub struct Hands {
    /// Palm and forearm, drawn behind the goods. Its anchor is the middle of the palm.
    pub arm: Canvas,
    pub arm_anchor: (f32, f32),
    /// Four fingertips that come round the goods' left edge. Anchor: the edge, at the height of the middle fingers.
    pub fingers: Canvas,
    pub fingers_anchor: (f32, f32),
    /// The thumb round the right edge. Anchor: the edge.
    pub thumb: Canvas,
    pub thumb_anchor: (f32, f32),
    /// A pointing hand that comes from below right. Anchor: the tip of the forefinger.
    pub pointing: Canvas,
    pub pointing_anchor: (f32, f32),
}

const SLEEVE: [f32; 3] = [0.93, 0.90, 0.84];

/// Skin: redder at tips and knuckles.
fn skin(warmth: f32) -> [f32; 3] {
    [mix(0.90, 0.93, warmth), mix(0.715, 0.635, warmth), mix(0.60, 0.525, warmth)]
}

/// A finger through four joints; thickness falls towards the tip, which has a nail on its `nail` side.
fn finger(p: Vec3, joints: [Vec3; 4], thick: f32, nail: Option<Vec3>) -> Surface {
    let [a, b, c, d] = joints;
    let body = melt(
        melt(rod(p, a, b, thick, thick * 0.95), rod(p, b, c, thick * 0.95, thick * 0.86), thick * 0.3),
        rod(p, c, d, thick * 0.86, thick * 0.72),
        thick * 0.3,
    );
    let tip = (1.0 - (p - d).length() / (thick * 2.4)).clamp(0.0, 1.0);
    let knuckle = (1.0 - (p - c).length() / (thick * 1.3)).clamp(0.0, 1.0) * 0.5;
    let mut colour = skin(tip.max(knuckle));
    if let Some(side) = nail {
        let along = (d - c).unit();
        let from = p - (d + along * (thick * 0.12) + side * (thick * 0.62));
        let across = side.cross(along).unit();
        let (u, v, w) =
            (from.dot(along) / (thick * 0.72), from.dot(across) / (thick * 0.52), from.dot(side) / (thick * 0.42));
        if u.powi(2) + v.powi(2) < 1.0 && w > -0.6 {
            colour = [0.93, 0.60, 0.56];
        }
    }
    (body, colour)
}

/// Renders all hand pictures.
pub fn model() -> Hands {
    let view =
        |width, height, middle| View { width, height, middle, scale: HAND_SCALE, near: 1.2, far: -2.0, gloss: 0.10 };
    Hands {
        arm: clay::render(view(560, 900, (0.32, -1.25)), arm),
        arm_anchor: anchor(560, 900, (0.32, -1.25)),
        fingers: clay::render(view(260, 300, (0.0, 0.0)), fingers),
        fingers_anchor: anchor(260, 300, (0.0, 0.0)),
        thumb: clay::render(view(260, 300, (0.0, 0.0)), thumb),
        thumb_anchor: anchor(260, 300, (0.0, 0.0)),
        pointing: clay::render(view(620, 760, (0.85, -1.2)), pointing),
        pointing_anchor: anchor(620, 760, (0.85, -1.2)),
    }
}

/// Picture place of the world's origin.
fn anchor(width: usize, height: usize, middle: (f32, f32)) -> (f32, f32) {
    (width as f32 / 2.0 - middle.0 * HAND_SCALE, height as f32 / 2.0 + middle.1 * HAND_SCALE)
}

fn arm(p: Vec3) -> Surface {
    let palm = melt(
        rod(p, v3(-0.16, 0.05, -0.25), v3(0.10, -0.34, -0.22), 0.23, 0.22),
        rod(p, v3(0.2, 0.08, -0.24), v3(0.12, -0.3, -0.22), 0.20, 0.22),
        0.12,
    );
    // The backs of the fingers go behind the goods to the left, the thumb's root to the right.
    let mut flesh = palm;
    for i in 0..4 {
        let y = 0.27 - 0.155 * i as f32;
        flesh = melt(flesh, rod(p, v3(-0.12, y * 0.8, -0.25), v3(-0.46, y, -0.18), 0.09, 0.085), 0.06);
    }
    flesh = melt(flesh, rod(p, v3(0.18, -0.22, -0.2), v3(0.40, 0.0, -0.12), 0.13, 0.10), 0.08);
    let wrist = rod(p, v3(0.12, -0.45, -0.26), v3(0.30, -0.98, -0.3), 0.185, 0.19);
    let flesh = (melt(flesh, wrist, 0.16), skin(0.15));
    let folds = 0.012 * (p.y * 17.0 + p.x * 6.0 + (p.x * 9.0).sin()).sin();
    let sleeve = rod(p, v3(0.30, -0.98, -0.3), v3(0.82, -2.7, -0.5), 0.27, 0.40) + folds;
    let cuff = rod(p, v3(0.285, -0.93, -0.3), v3(0.315, -1.03, -0.3), 0.272, 0.276);
    nearer(flesh, nearer((sleeve, SLEEVE), (cuff, [0.86, 0.80, 0.72])))
}

/// Fingertips round the left edge (the edge is x = 0; the goods are at x > 0).
fn fingers(p: Vec3) -> Surface {
    let mut nearest = (9.0, skin(0.0));
    for (i, (reach, thick)) in [(0.24, 0.082), (0.30, 0.088), (0.28, 0.086), (0.20, 0.072)].into_iter().enumerate() {
        let y = 0.255 - 0.165 * i as f32;
        let droop = -0.02 * i as f32;
        let joints = [
            v3(-0.10, y, -0.30),
            v3(-0.12, y + 0.01, -0.06),
            v3(-0.02, y + 0.012, 0.07),
            v3(reach - 0.08, y + droop, 0.075),
        ];
        nearest = nearer(nearest, finger(p, joints, thick, Some(v3(0.0, 0.12, 0.99).unit())));
    }
    // Behind the goods' edge nothing is shown: the goods cover it.
    if p.z < -0.16 { (nearest.0.max(-0.16 - p.z), nearest.1) } else { nearest }
}

/// The thumb round the right edge (the goods are at x < 0).
fn thumb(p: Vec3) -> Surface {
    let joints = [v3(0.12, -0.30, -0.22), v3(0.14, -0.16, -0.02), v3(0.03, -0.01, 0.08), v3(-0.17, 0.13, 0.075)];
    finger(p, joints, 0.102, Some(v3(0.1, 0.1, 0.98).unit()))
}

fn pointing(p: Vec3) -> Surface {
    let palm = melt(
        rod(p, v3(0.30, -0.62, 0.0), v3(0.58, -1.0, 0.0), 0.19, 0.23),
        rod(p, v3(0.52, -0.52, 0.0), v3(0.66, -0.95, 0.0), 0.17, 0.22),
        0.12,
    );
    let wrist = rod(p, v3(0.62, -1.0, 0.0), v3(0.90, -1.5, -0.05), 0.19, 0.2);
    let mut hand = (melt(palm, wrist, 0.15), skin(0.15));
    let fore = finger(
        p,
        [v3(0.28, -0.56, 0.03), v3(0.16, -0.32, 0.05), v3(0.07, -0.14, 0.04), v3(0.0, -0.03, 0.02)],
        0.088,
        Some(v3(-0.2, 0.2, 0.95).unit()),
    );
    hand = melted(hand, fore, 0.05);
    for (i, x) in [0.42f32, 0.55, 0.66].into_iter().enumerate() {
        let y = -0.50 - 0.04 * i as f32;
        let curled = finger(
            p,
            [v3(x, y, 0.05), v3(x - 0.06, y + 0.13, 0.15), v3(x - 0.09, y + 0.02, 0.27), v3(x - 0.04, y - 0.14, 0.24)],
            0.083,
            None,
        );
        hand = melted(hand, curled, 0.04);
    }
    let thumb = finger(
        p,
        [v3(0.30, -0.85, 0.15), v3(0.20, -0.72, 0.22), v3(0.24, -0.58, 0.27), v3(0.36, -0.50, 0.28)],
        0.09,
        Some(v3(0.0, 0.2, 0.97).unit()),
    );
    hand = melted(hand, thumb, 0.05);
    let folds = 0.012 * (p.y * 15.0 - p.x * 7.0).sin();
    let sleeve = rod(p, v3(0.90, -1.5, -0.05), v3(1.9, -3.1, -0.2), 0.28, 0.4) + folds;
    nearer(hand, (sleeve, SLEEVE))
}

fn melted(a: Surface, b: Surface, k: f32) -> Surface {
    (melt(a.0, b.0, k), if a.0 < b.0 { a.1 } else { b.1 })
}
