//! The room behind the host: shop shelves with goods nobody sells here, lamps, a counter with clutter. Drawn sharp once,
//! then softened as a lens would; people and lights move across it in every frame.

use std::fmt::Write as _;

use super::canvas::{Canvas, Place};
use super::error::DemoError;
use super::label::Printer;
use super::maths::{Dice, smooth, wander};

/// Size of the film.
pub const WIDTH: usize = 1280;
pub const HEIGHT: usize = 720;
/// How far the room's picture reaches beyond the film on every side, for the hand-held camera.
const MARGIN: f32 = 70.0;

/// The room's pictures.
pub struct Stage {
    room: Canvas,
    counter: Canvas,
    passers: Vec<Passer>,
    lamps: Vec<Lamp>,
}

struct Passer {
    picture: Canvas,
    from_s: f32,
    speed: f32,
    y: f32,
}

struct Lamp {
    x: f32,
    y: f32,
    radius: f32,
    colour: [f32; 3],
    phase: f32,
}

impl Stage {
    /// Draws the room for one seed.
    pub fn new(seed: u64, seconds: f32, printer: &Printer) -> Result<Self, DemoError> {
        let mut dice = Dice::new(seed, 11);
        let (w, h) = (WIDTH as f32 + 2.0 * MARGIN, HEIGHT as f32 + 2.0 * MARGIN);
        let room = printer.print("room", &room(&mut dice, w, h), w as u32)?.blurred(5.5);
        let counter = printer.print("counter", &counter(&mut dice, w), w as u32)?.blurred(1.6);
        let mut passers = Vec::new();
        let mut at = -4.0;
        while at < seconds {
            let speed = dice.between(70.0, 150.0) * dice.sign();
            passers.push(Passer {
                picture: passer(&mut dice, printer)?.blurred(7.0),
                from_s: at,
                speed,
                y: dice.between(120.0, 190.0),
            });
            at += dice.between(6.0, 13.0);
        }
        let lamps = (0..16)
            .map(|_| Lamp {
                x: dice.between(0.0, WIDTH as f32),
                y: dice.between(10.0, 230.0),
                radius: dice.between(9.0, 24.0),
                colour: [dice.between(0.7, 1.0), dice.between(0.45, 0.85), dice.between(0.25, 0.7)],
                phase: dice.between(0.0, 6.0),
            })
            .collect();
        Ok(Self { room, counter, passers, lamps })
    }
    /// The room at `t` seconds, camera moved by `shake` pixels.
    pub fn room_at(&self, t: f32, shake: (f32, f32)) -> Canvas {
        let mut canvas = self.room.window(MARGIN + shake.0, MARGIN + shake.1, WIDTH, HEIGHT);
        for p in &self.passers {
            let gone = (t - p.from_s) * p.speed.abs();
            let x = if p.speed > 0.0 { gone - 160.0 } else { WIDTH as f32 + 160.0 - gone };
            if gone < 0.0 || gone > WIDTH as f32 + 320.0 {
                continue;
            }
            let bob = 5.0 * (t * 5.2 + p.from_s).sin().abs();
            let anchor = (p.picture.width as f32 / 2.0, 0.0);
            canvas.lay(
                &p.picture,
                &Place {
                    at: (x - shake.0 * 0.8, p.y - bob - shake.1),
                    anchor,
                    mirrored: p.speed < 0.0,
                    opacity: 0.94,
                    ..Place::default()
                },
            );
        }
        for lamp in &self.lamps {
            let glow = 0.16 + 0.13 * wander(t * 0.8, lamp.phase);
            bokeh(&mut canvas, (lamp.x - shake.0, lamp.y - shake.1), lamp.radius, lamp.colour, glow.max(0.02));
        }
        canvas
    }
    /// Lays the counter before the host.
    pub fn lay_counter(&self, canvas: &mut Canvas, shake: (f32, f32)) {
        let at = (-MARGIN - shake.0 * 1.25, HEIGHT as f32 - self.counter.height as f32 + 26.0 - shake.1 * 1.25);
        canvas.lay(&self.counter, &Place { at, ..Place::default() });
    }
}

/// An out-of-focus light: an even disc with a brighter rim, added to what is there.
fn bokeh(canvas: &mut Canvas, at: (f32, f32), radius: f32, colour: [f32; 3], glow: f32) {
    let (left, right) = ((at.0 - radius - 2.0).max(0.0) as usize, (at.0 + radius + 2.0).max(0.0) as usize);
    let (top, bottom) = ((at.1 - radius - 2.0).max(0.0) as usize, (at.1 + radius + 2.0).max(0.0) as usize);
    for y in top..bottom.min(HEIGHT) {
        for x in left..right.min(WIDTH) {
            let d = ((x as f32 - at.0).powi(2) + (y as f32 - at.1).powi(2)).sqrt() / radius;
            let k = smooth(1.05, 0.93, d) * (0.72 + 0.5 * smooth(0.7, 0.98, d)) * glow;
            if let Some(pixel) = canvas.get_mut(x, y) {
                for (v, c) in pixel.iter_mut().zip(colour) {
                    *v += c * k;
                }
            }
        }
    }
}

const SHELF_COLOURS: [&str; 12] = [
    "#b5483a", "#d99a3c", "#5d8a66", "#3f6c8f", "#8d5a7c", "#c9b37e", "#e6ded0", "#40484f", "#a7652f", "#6f9fa8",
    "#d7705f", "#88934a",
];

fn any<'a>(dice: &mut Dice, of: &[&'a str]) -> &'a str {
    of.get(dice.next() as usize % of.len().max(1)).copied().unwrap_or("#888")
}

fn room(dice: &mut Dice, w: f32, h: f32) -> String {
    let mut s = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{w}' height='{h}'><defs><linearGradient id='w' x1='0' y1='0' x2='1' y2='1'><stop offset='0' stop-color='#8f7a66'/><stop offset='.55' stop-color='#6d5c50'/><stop offset='1' stop-color='#453c3a'/></linearGradient>\
         <radialGradient id='l'><stop offset='0' stop-color='#ffe9c0' stop-opacity='.9'/><stop offset='1' stop-color='#ffcf88' stop-opacity='0'/></radialGradient></defs><rect width='{w}' height='{h}' fill='url(#w)'/>"
    );
    for (row, base) in [190.0, 370.0, 550.0, 730.0].into_iter().enumerate() {
        for (from, to) in [(0.0, w * 0.36), (w * 0.40, w * 0.66), (w * 0.70, w)] {
            let _ = write!(
                s,
                "<rect x='{from}' y='{}' width='{}' height='150' fill='#2c2420' fill-opacity='.55'/>",
                base - 150.0,
                to - from
            );
            let mut x: f32 = from + 8.0;
            while x < to - 40.0 {
                let (bw, bh) = (dice.between(22.0, 62.0), dice.between(60.0, 132.0));
                let colour = any(dice, &SHELF_COLOURS);
                let label = any(dice, &SHELF_COLOURS);
                match dice.next() % 4 {
                    0 => {
                        let _ = write!(
                            s,
                            "<rect x='{x}' y='{}' width='{bw}' height='{bh}' rx='3' fill='{colour}'/><rect x='{}' y='{}' width='{}' height='{}' fill='{label}'/>",
                            base - bh,
                            x + 4.0,
                            base - bh * 0.7,
                            bw - 8.0,
                            bh * 0.4
                        );
                    }
                    1 => {
                        let _ = write!(
                            s,
                            "<rect x='{x}' y='{}' width='{bw}' height='{}' rx='9' fill='{colour}'/><rect x='{}' y='{}' width='{}' height='{}' rx='3' fill='{colour}'/><rect x='{x}' y='{}' width='{bw}' height='{}' fill='#f2ead8'/>",
                            base - bh * 0.72,
                            bh * 0.72,
                            x + bw * 0.34,
                            base - bh,
                            bw * 0.32,
                            bh * 0.3,
                            base - bh * 0.5,
                            bh * 0.28
                        );
                    }
                    2 => {
                        let _ = write!(
                            s,
                            "<ellipse cx='{}' cy='{}' rx='{}' ry='{}' fill='{colour}'/><path d='M{} {} h{}' stroke='{label}' stroke-width='9'/>",
                            x + bw / 2.0,
                            base - bh * 0.4,
                            bw / 2.0,
                            bh * 0.4,
                            x + 5.0,
                            base - bh * 0.4,
                            bw - 10.0
                        );
                    }
                    _ => {
                        for k in 0..3 {
                            let _ = write!(
                                s,
                                "<rect x='{x}' y='{}' width='{bw}' height='{}' fill='{}' stroke='#0003' stroke-width='2'/>",
                                base - bh + k as f32 * bh / 3.0,
                                bh / 3.0,
                                any(dice, &SHELF_COLOURS)
                            );
                        }
                    }
                }
                let _ = write!(
                    s,
                    "<rect x='{x}' y='{}' width='{}' height='{bh}' fill='#fff' fill-opacity='.16'/>",
                    base - bh,
                    bw * 0.25
                );
                x += bw + dice.between(2.0, 14.0);
            }
            let _ = write!(
                s,
                "<rect x='{from}' y='{base}' width='{}' height='14' fill='#caa878'/><rect x='{from}' y='{}' width='{}' height='7' fill='#5e4630'/>",
                to - from,
                base + 14.0,
                to - from
            );
        }
        let _ = write!(
            s,
            "<ellipse cx='{}' cy='{}' rx='260' ry='70' fill='url(#l)' fill-opacity='.5'/>",
            w * (0.2 + 0.22 * row as f32),
            base - 150.0
        );
    }
    // A lit sign and a plant give the room its own look.
    let _ = write!(
        s,
        "<rect x='{}' y='92' width='250' height='84' rx='18' fill='#3a1d14'/><text x='{}' y='152' font-size='56' font-weight='700' text-anchor='middle' fill='#ffb27a' font-family='Noto Sans CJK SC'>好物集市</text>",
        w * 0.76,
        w * 0.76 + 125.0
    );
    for i in 0..11 {
        let turn = -70.0 + 14.0 * i as f32;
        let _ = write!(
            s,
            "<path transform='translate({} 640) rotate({turn})' d='M0 0 Q-24 -120 0 -230 Q24 -120 0 0Z' fill='#{}'/>",
            w * 0.07,
            if i % 2 == 0 { "3f6b45" } else { "557f4d" }
        );
    }
    s.push_str("</svg>");
    s
}

fn counter(dice: &mut Dice, w: f32) -> String {
    let mut s = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{w}' height='210'><defs><linearGradient id='t' x1='0' y1='0' x2='0' y2='1'><stop offset='0' stop-color='#c99b6b'/><stop offset='1' stop-color='#8d643d'/></linearGradient></defs><rect y='110' width='{w}' height='100' fill='url(#t)'/><rect y='110' width='{w}' height='5' fill='#e6c296'/>"
    );
    for i in 0..26 {
        let y = 118.0 + dice.between(0.0, 90.0);
        let x = i as f32 * w / 26.0;
        let _ = write!(
            s,
            "<path d='M{x} {y} q60 {} 130 0' stroke='#6d4a2a' stroke-opacity='.25' stroke-width='2' fill='none'/>",
            dice.between(-5.0, 5.0)
        );
    }
    // Clutter at both ends, the middle stays free for the hands.
    let _ = write!(
        s,
        "<ellipse cx='150' cy='150' rx='120' ry='14' fill='#000' fill-opacity='.3'/><rect x='60' y='70' width='120' height='76' rx='8' fill='#b98b58'/><path d='M60 84 h120 M60 104 h120 M60 124 h120' stroke='#8a6136' stroke-width='5'/><circle cx='86' cy='62' r='24' fill='#d4502f'/><circle cx='124' cy='56' r='26' fill='#e29a2f'/><circle cx='158' cy='64' r='22' fill='#7f9b3c'/>\
         <rect x='212' y='62' width='60' height='84' rx='10' fill='#e8e4dc'/><path d='M272 82 q30 6 0 44' stroke='#e8e4dc' stroke-width='10' fill='none'/><rect x='216' y='90' width='52' height='22' fill='#4c7c8a'/>\
         <ellipse cx='{0}' cy='152' rx='130' ry='13' fill='#000' fill-opacity='.3'/><rect x='{1}' y='40' width='86' height='108' rx='6' fill='#26282c'/><rect x='{2}' y='48' width='70' height='92' fill='#9fc4d8'/><path d='M{3} 60 h44 M{3} 76 h52 M{3} 92 h36 M{3} 108 h50' stroke='#3d5a6a' stroke-width='6'/>\
         <path d='M{4} 148 l18 -64 h34 l18 64z' fill='#4f6b4b'/><path d='M{5} 84 q-40 -60 6 -84 q4 40 4 84 q20 -70 58 -66 q-10 50 -54 66z' fill='#6d9960'/>",
        w - 190.0,
        w - 290.0,
        w - 282.0,
        w - 270.0,
        w - 180.0,
        w - 146.0
    );
    s.push_str("</svg>");
    s
}

fn passer(dice: &mut Dice, printer: &Printer) -> Result<Canvas, DemoError> {
    let coat = any(dice, &SHELF_COLOURS);
    let bag = any(dice, &SHELF_COLOURS);
    let hair = any(dice, &["#1d1815", "#3b2a20", "#57493f", "#20262e"]);
    let svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='240' height='640'><path d='M48 640 V250 Q52 170 120 166 Q188 170 192 250 V640Z' fill='{coat}'/><path d='M150 260 q50 90 24 210' stroke='{coat}' stroke-width='46' fill='none' stroke-linecap='round'/><circle cx='120' cy='104' r='56' fill='#d9ab8c'/><path d='M62 108 Q60 40 122 40 Q184 42 178 112 Q160 66 120 72 Q84 70 62 108Z' fill='{hair}'/><rect x='20' y='400' width='90' height='110' rx='10' fill='{bag}'/></svg>"
    );
    printer.print("passer", &svg, 240)
}
