//! Chroma key: which samples have the colour of the cloth. Decided in the chroma planes alone, so shadows and folds of the
//! cloth, which change its brightness, count as cloth too.

use super::planes::yuv;
use hawker_domain::scene::Key;

/// Chroma distances are measured against this one, the farthest two colours of the range are apart.
const FARTHEST: f32 = 224.0;

/// A key made ready for one range of colours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChromaKey {
    blue: f32,
    red: f32,
    /// Chroma distance up to which a sample is nothing.
    reach: f32,
    /// What lies beyond it, times this, is opacity.
    slope: f32,
}

impl ChromaKey {
    pub(crate) fn new(key: &Key, hd: bool) -> Self {
        let [_, blue, red] = yuv([key.red, key.green, key.blue], hd).map(f32::from);
        let soft = (key.soft * FARTHEST).max(1.0);
        Self { blue, red, reach: key.reach * FARTHEST, slope: 255.0 / soft }
    }

    /// Opacity of each chroma sample, 0 to 255. The colour that the cloth throws on edges is taken out of `blue` and `red` as
    /// far as they are seen through.
    pub(crate) fn mask(&self, blue: &mut [u8], red: &mut [u8], mask: &mut Vec<u8>) {
        mask.clear();
        mask.extend(blue.iter_mut().zip(red.iter_mut()).map(|(blue, red)| {
            let (b, r) = (f32::from(*blue) - self.blue, f32::from(*red) - self.red);
            let far = (b * b + r * r).sqrt() - self.reach;
            let opacity = (far * self.slope).clamp(0.0, 255.0);
            if opacity < 255.0 {
                let kept = opacity / 255.0;
                let towards_grey = |v: u8| (128.0 + (f32::from(v) - 128.0) * kept) as u8;
                (*blue, *red) = (towards_grey(*blue), towards_grey(*red));
            }
            opacity as u8
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opacity(rgb: [u8; 3]) -> u8 {
        let [_, blue, red] = yuv(rgb, true);
        let mut mask = Vec::new();
        ChromaKey::new(&Key::GREEN, true).mask(&mut [blue], &mut [red], &mut mask);
        mask.first().copied().unwrap_or_default()
    }

    #[test]
    fn cloth_in_light_and_shadow_is_nothing_and_people_and_goods_are_all_there() {
        for cloth in [[0, 190, 60], [0, 150, 50], [20, 210, 80], [0, 120, 40]] {
            assert_eq!(opacity(cloth), 0, "cloth {cloth:?}");
        }
        for thing in [[224, 172, 140], [90, 60, 45], [255; 3], [0; 3], [200, 30, 40], [30, 60, 200], [250, 220, 60]] {
            assert_eq!(opacity(thing), 255, "thing {thing:?}");
        }
    }

    #[test]
    fn between_cloth_and_thing_it_fades_and_loses_the_colour_of_the_cloth() {
        let key = ChromaKey::new(&Key::GREEN, true);
        let [_, cb, cr] = yuv([0, 190, 60], true);
        let mut mask = Vec::new();
        let mut last = 0;
        for step in 0..=10u8 {
            let mixed = |cloth: u8, thing: u8| {
                ((u32::from(cloth) * u32::from(10 - step) + u32::from(thing) * u32::from(step)) / 10) as u8
            };
            let (mut blue, mut red) = ([mixed(cb, 110)], [mixed(cr, 155)]);
            let before = blue[0].abs_diff(128);
            key.mask(&mut blue, &mut red, &mut mask);
            assert!(mask[0] >= last, "opacity only grows on the way from cloth to skin: {} after {last}", mask[0]);
            assert!(blue[0].abs_diff(128) <= before, "no colour is added");
            last = mask[0];
        }
        assert_eq!(last, 255);
    }
}
