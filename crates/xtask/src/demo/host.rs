//! The host: a seated figure in an apron, in two pictures (body and head) so that the head can nod on its own.

use super::canvas::Canvas;
use super::clay::{self, Surface, View, block, egg, melt, nearer, rod};
use super::maths::{Vec3, v3};

/// Pixels for one unit in the host's pictures.
const SCALE: f32 = 150.0;

/// The host's pictures. Anchors: the base of the neck in both.
pub struct Host {
    pub body: Canvas,
    pub body_anchor: (f32, f32),
    pub head: Canvas,
    pub head_anchor: (f32, f32),
    /// The same head with closed eyes.
    pub blink: Canvas,
}

/// Renders the host.
pub fn model() -> Host {
    let body_view =
        View { width: 760, height: 520, middle: (0.0, -1.35), scale: SCALE, near: 2.0, far: -2.5, gloss: 0.03 };
    let head_view =
        View { width: 420, height: 460, middle: (0.0, 0.85), scale: SCALE, near: 2.0, far: -2.0, gloss: 0.12 };
    let anchor = |v: &View| (v.width as f32 / 2.0 - v.middle.0 * SCALE, v.height as f32 / 2.0 + v.middle.1 * SCALE);
    Host {
        body: clay::render(body_view, body),
        body_anchor: anchor(&body_view),
        head: clay::render(head_view, |p| head(p, false)),
        head_anchor: anchor(&head_view),
        blink: clay::render(head_view, |p| head(p, true)),
    }
}

const SKIN: [f32; 3] = [0.93, 0.755, 0.645];
const BLUSH: [f32; 3] = [0.94, 0.65, 0.57];
const HAIR: [f32; 3] = [0.17, 0.12, 0.105];
const SHIRT: [f32; 3] = [0.93, 0.90, 0.84];
const APRON: [f32; 3] = [0.83, 0.36, 0.20];

fn body(p: Vec3) -> Surface {
    let neck = (rod(p, v3(0.0, 0.25, -0.05), v3(0.0, -0.25, -0.1), 0.24, 0.3), SKIN);
    let chest = melt(
        rod(p, v3(-0.62, -0.42, -0.15), v3(0.62, -0.42, -0.15), 0.33, 0.33),
        block(p, v3(0.0, -1.5, -0.15), v3(0.62, 1.1, 0.18), 0.28),
        0.3,
    );
    let left = melt(
        rod(p, v3(-0.86, -0.5, -0.12), v3(-1.22, -1.75, 0.0), 0.30, 0.26),
        rod(p, v3(-1.22, -1.75, 0.0), v3(-0.75, -2.6, 0.5), 0.26, 0.22),
        0.2,
    );
    let right = melt(
        rod(p, v3(0.86, -0.5, -0.12), v3(1.25, -1.7, 0.0), 0.30, 0.26),
        rod(p, v3(1.25, -1.7, 0.0), v3(0.85, -2.7, 0.45), 0.26, 0.22),
        0.2,
    );
    let folds = 0.014 * (p.y * 8.0 + (p.x * 5.0).sin() * 1.4).sin() + 0.01 * (p.x * 11.0 + p.y * 4.0).sin();
    let shirt = melt(chest, melt(left, right, 0.05), 0.14) + folds;
    // The collar's opening shows a little skin.
    let opening = p.y > -0.42 && p.x.abs() < 0.20 * ((p.y + 0.42) / 0.3).clamp(0.0, 1.2);
    let mut colour = if opening { SKIN } else { SHIRT };
    let bib = p.x.abs() < 0.5 + 0.05 * (p.y * 2.0).sin() && p.y < -0.85;
    let strap = (p.x.abs() - (0.30 + 0.1 * (-0.3 - p.y).max(0.0))).abs() < 0.075 && p.y < -0.22;
    if p.z > -0.1 && (bib || strap) {
        colour = APRON;
        let badge = (p.x + 0.24).powi(2) + (p.y + 1.18).powi(2);
        if badge < 0.020 {
            colour = [0.98, 0.90, 0.72];
        }
        let seam = bib && ((p.y + 0.90).abs() < 0.012 || (p.x.abs() - 0.46).abs() < 0.010);
        if seam {
            colour = [0.66, 0.27, 0.14];
        }
    }
    nearer(neck, (shirt * 0.92, colour))
}

fn head(p: Vec3, closed: bool) -> Surface {
    let skull =
        melt(egg(p, v3(0.0, 1.0, 0.0), v3(0.54, 0.62, 0.56)), egg(p, v3(0.0, 0.66, 0.10), v3(0.40, 0.42, 0.42)), 0.2);
    let nose = melt(
        rod(p, v3(0.0, 0.98, 0.50), v3(0.0, 0.82, 0.58), 0.045, 0.07),
        egg(p, v3(0.0, 0.80, 0.58), v3(0.09, 0.06, 0.07)),
        0.04,
    );
    let ears = egg(v3(p.x.abs(), p.y, p.z), v3(0.545, 0.88, -0.05), v3(0.08, 0.15, 0.1));
    let neck = rod(p, v3(0.0, 0.6, -0.08), v3(0.0, -0.2, -0.1), 0.22, 0.25);
    let socket = egg(v3(p.x.abs(), p.y, p.z), v3(0.20, 0.98, 0.62), v3(0.15, 0.08, 0.12));
    let flesh = melt(melt(melt(skull, nose, 0.06), ears, 0.05), neck, 0.1);
    let flesh = -melt(-flesh, socket, 0.06);
    let mut skin = SKIN;
    let cheek = ((p.x.abs() - 0.29) / 0.15).powi(2) + ((p.y - 0.72) / 0.11).powi(2);
    if cheek < 1.0 {
        let k = (1.0 - cheek) * 0.8;
        for (s, b) in skin.iter_mut().zip(BLUSH) {
            *s += (b - *s) * k;
        }
    }
    if p.z > 0.2 {
        let mouth_y = 0.575 + 0.10 * p.x * p.x * 4.0;
        if p.x.abs() < 0.155 && (p.y - mouth_y).abs() < 0.042 * (1.0 - (p.x / 0.16).powi(2)).max(0.0).sqrt() {
            skin = if (p.y - mouth_y - 0.012).abs() < 0.014 && p.x.abs() < 0.11 {
                [0.97, 0.94, 0.92]
            } else {
                [0.74, 0.30, 0.29]
            };
        }
        let brow_y = 1.145 - 0.5 * (p.x.abs() - 0.21).powi(2) * 4.0;
        if (0.09..0.33).contains(&p.x.abs()) && (p.y - brow_y).abs() < 0.022 {
            skin = [0.26, 0.17, 0.14];
        }
    }
    let eye = eyes(p, closed);
    // Hair: a cap that leaves the face free, and a bun.
    let cap = egg(p, v3(0.0, 1.08, -0.06), v3(0.62, 0.66, 0.60));
    let face = egg(p, v3(0.06, 0.74, 0.62), v3(0.47, 0.60, 0.52));
    let sides = rod(v3(p.x.abs(), p.y, p.z), v3(0.55, 1.0, -0.02), v3(0.52, 0.35, -0.16), 0.12, 0.07);
    let bun = egg(p, v3(0.10, 1.78, -0.2), v3(0.24, 0.20, 0.24));
    let strands = 0.007 * (p.x * 46.0 + p.y * 9.0).sin();
    let hair = melt(melt(-melt(-cap, face, 0.07), sides, 0.1), bun, 0.05) + strands;
    let sheen = if (p.y - 1.40 - 0.2 * p.x).abs() < 0.07 { [0.30, 0.22, 0.19] } else { HAIR };
    nearer(nearer((flesh, skin), (hair, sheen)), eye)
}

fn eyes(p: Vec3, closed: bool) -> Surface {
    let q = v3(p.x.abs(), p.y, p.z);
    if closed {
        let lid = egg(q, v3(0.20, 0.975, 0.475), v3(0.105, 0.07, 0.06));
        let colour = if (p.y - 0.955 - 0.8 * (q.x - 0.2).powi(2)).abs() < 0.013 { [0.22, 0.13, 0.11] } else { SKIN };
        return (lid, colour);
    }
    let ball = egg(q, v3(0.20, 0.975, 0.47), v3(0.10, 0.066, 0.06));
    let r = ((p.x.signum() * 0.20 - p.x).powi(2) + (p.y - 0.972).powi(2)).sqrt();
    let glint = ((p.x - p.x.signum() * 0.20 + 0.022).powi(2) + (p.y - 0.995).powi(2)).sqrt();
    let colour = if glint < 0.015 {
        [1.0, 1.0, 1.0]
    } else if r < 0.03 {
        [0.06, 0.05, 0.05]
    } else if r < 0.058 {
        [0.34, 0.20, 0.12]
    } else if p.y > 0.972 + 0.042 {
        [0.24, 0.15, 0.12]
    } else {
        [0.96, 0.95, 0.94]
    };
    (ball, colour)
}
