//! Pictures in floating point: premultiplied RGBA in display space (0..1), with the few operations the film needs.

use rayon::prelude::*;

/// Red, green, blue, alpha; colour is premultiplied by alpha.
pub type Pixel = [f32; 4];

/// A picture. Layout: row by row, `width * height` pixels.
#[derive(Clone, Debug)]
pub struct Canvas {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<Pixel>,
}

/// How to place one picture on another: the source's `anchor` lands on `at`, enlarged by `scale`, turned by `roll` degrees.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub at: (f32, f32),
    pub anchor: (f32, f32),
    pub scale: f32,
    pub roll: f32,
    /// Left and right exchanged (hands only; never goods).
    pub mirrored: bool,
    /// Colour gains, 1 = unchanged.
    pub gain: [f32; 3],
    /// 0..1 on top of the source's own alpha.
    pub opacity: f32,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            at: (0.0, 0.0),
            anchor: (0.0, 0.0),
            scale: 1.0,
            roll: 0.0,
            mirrored: false,
            gain: [1.0; 3],
            opacity: 1.0,
        }
    }
}

impl Canvas {
    /// A transparent picture.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![[0.0; 4]; width * height] }
    }
    /// A picture filled by a function of the pixel's place.
    pub fn from_fn(width: usize, height: usize, f: impl Fn(usize, usize) -> Pixel + Sync) -> Self {
        let mut canvas = Self::new(width, height);
        canvas.pixels.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, row)| {
            for (x, pixel) in row.iter_mut().enumerate() {
                *pixel = f(x, y);
            }
        });
        canvas
    }
    /// From 8-bit straight RGBA.
    pub fn from_straight(width: usize, height: usize, bytes: &[u8]) -> Self {
        let pixels = bytes.chunks_exact(4).map(|p| match p {
            [r, g, b, a] => {
                let a = f32::from(*a) / 255.0;
                let k = a / 255.0;
                [f32::from(*r) * k, f32::from(*g) * k, f32::from(*b) * k, a]
            }
            _ => [0.0; 4],
        });
        Self { width, height, pixels: pixels.collect() }
    }
    /// The pixel there; outside it is transparent.
    pub fn get(&self, x: isize, y: isize) -> Pixel {
        if x < 0 || y < 0 || x as usize >= self.width || y as usize >= self.height {
            return [0.0; 4];
        }
        self.pixels.get(y as usize * self.width + x as usize).copied().unwrap_or([0.0; 4])
    }
    /// The pixel there to be changed.
    pub fn get_mut(&mut self, x: usize, y: usize) -> Option<&mut Pixel> {
        if x >= self.width { None } else { self.pixels.get_mut(y * self.width + x) }
    }
    /// Bilinear sample; pixel centres lie at .5.
    pub fn sample(&self, x: f32, y: f32) -> Pixel {
        let (fx, fy) = (x - 0.5, y - 0.5);
        let (x0, y0) = (fx.floor(), fy.floor());
        let (tx, ty) = (fx - x0, fy - y0);
        let (xi, yi) = (x0 as isize, y0 as isize);
        let (upper, lower) = (self.pair(xi, yi), self.pair(xi, yi + 1));
        let mut out = [0.0; 4];
        for (i, o) in out.iter_mut().enumerate() {
            let top = upper[0][i] + (upper[1][i] - upper[0][i]) * tx;
            let bottom = lower[0][i] + (lower[1][i] - lower[0][i]) * tx;
            *o = top + (bottom - top) * ty;
        }
        out
    }
    /// Two neighbours in a row; the fast way for the inside of the picture.
    fn pair(&self, x: isize, y: isize) -> [Pixel; 2] {
        if x >= 0 && y >= 0 && (x as usize) + 1 < self.width && (y as usize) < self.height {
            let start = y as usize * self.width + x as usize;
            if let Some([a, b]) = self.pixels.get(start..start + 2) {
                return [*a, *b];
            }
        }
        [self.get(x, y), self.get(x + 1, y)]
    }
    /// The window of this picture whose upper left corner is at (x, y), bilinear; the window must lie inside.
    pub fn window(&self, x: f32, y: f32, width: usize, height: usize) -> Self {
        let (x0, y0) = (x.floor().max(0.0), y.floor().max(0.0));
        let (tx, ty) = (x - x0, y - y0);
        let weights = [(1.0 - tx) * (1.0 - ty), tx * (1.0 - ty), (1.0 - tx) * ty, tx * ty];
        let mut out = Self::new(width, height);
        for (row, to) in out.pixels.chunks_exact_mut(width.max(1)).enumerate() {
            let start = (y0 as usize + row) * self.width + x0 as usize;
            let rows = (
                self.pixels.get(start..start + width + 1),
                self.pixels.get(start + self.width..start + self.width + width + 1),
            );
            let (Some(upper), Some(lower)) = rows else { continue };
            for ((pixel, top), bottom) in to.iter_mut().zip(upper.windows(2)).zip(lower.windows(2)) {
                if let ([a, b], [c, d]) = (top, bottom) {
                    for (i, v) in pixel.iter_mut().enumerate() {
                        *v = a[i] * weights[0] + b[i] * weights[1] + c[i] * weights[2] + d[i] * weights[3];
                    }
                }
            }
        }
        out
    }
    /// Half the size, each pixel the mean of four.
    pub fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        Self::from_fn(width, height, |x, y| {
            let (x, y) = ((x * 2) as isize, (y * 2) as isize);
            let right = (x + 1).min(self.width as isize - 1);
            let below = (y + 1).min(self.height as isize - 1);
            mean([self.get(x, y), self.get(right, y), self.get(x, below), self.get(right, below)])
        })
    }
    /// Softened by three box passes, close to a Gaussian of that standard deviation in pixels.
    pub fn blurred(&self, sigma: f32) -> Self {
        let radius = ((sigma * sigma * 4.0 + 1.0).sqrt() / 2.0).round() as usize;
        let mut canvas = self.clone();
        for _ in 0..3 {
            canvas = canvas.box_rows(radius).transposed().box_rows(radius).transposed();
        }
        canvas
    }
    fn box_rows(&self, radius: usize) -> Self {
        let mut out = Self::new(self.width, self.height);
        let share = 1.0 / (2 * radius + 1) as f32;
        let last = self.width.saturating_sub(1);
        let rows = out.pixels.par_chunks_mut(self.width.max(1)).zip(self.pixels.par_chunks(self.width.max(1)));
        rows.for_each(|(to, from)| {
            let at = |i: isize| from.get((i.max(0) as usize).min(last)).copied().unwrap_or([0.0; 4]);
            let mut sum = [0.0f32; 4];
            for i in -(radius as isize)..=radius as isize {
                add(&mut sum, at(i), 1.0);
            }
            for (x, pixel) in to.iter_mut().enumerate() {
                *pixel = sum.map(|v| v * share);
                add(&mut sum, at(x as isize + radius as isize + 1), 1.0);
                add(&mut sum, at(x as isize - radius as isize), -1.0);
            }
        });
        out
    }
    fn transposed(&self) -> Self {
        Self::from_fn(self.height, self.width, |x, y| self.get(y as isize, x as isize))
    }
    /// Lays `source` over this picture.
    pub fn lay(&mut self, source: &Canvas, place: &Place) {
        let (sin, cos) = place.roll.to_radians().sin_cos();
        let flip = if place.mirrored { -1.0 } else { 1.0 };
        let (w, h) = (source.width as f32, source.height as f32);
        let corners = [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)].map(|(x, y)| {
            let (dx, dy) = ((x - place.anchor.0) * flip * place.scale, (y - place.anchor.1) * place.scale);
            (place.at.0 + dx * cos - dy * sin, place.at.1 + dx * sin + dy * cos)
        });
        let low = |f: fn(&(f32, f32)) -> f32| corners.iter().map(f).fold(f32::MAX, f32::min).floor().max(0.0) as usize;
        let high = |f: fn(&(f32, f32)) -> f32| corners.iter().map(f).fold(f32::MIN, f32::max).ceil().max(0.0) as usize;
        let (left, right) = (low(|c| c.0), high(|c| c.0).min(self.width));
        let (top, bottom) = (low(|c| c.1), high(|c| c.1).min(self.height));
        let inverse = 1.0 / place.scale.max(1e-4);
        for y in top..bottom {
            for x in left..right {
                let (dx, dy) = (x as f32 + 0.5 - place.at.0, y as f32 + 0.5 - place.at.1);
                let sx = (dx * cos + dy * sin) * inverse * flip + place.anchor.0;
                let sy = (dy * cos - dx * sin) * inverse + place.anchor.1;
                if sx < -1.0 || sy < -1.0 || sx > w + 1.0 || sy > h + 1.0 {
                    continue;
                }
                let [r, g, b, a] = source.sample(sx, sy);
                if a <= 0.0 {
                    continue;
                }
                let [gr, gg, gb] = place.gain;
                let o = place.opacity;
                if let Some(pixel) = self.get_mut(x, y) {
                    over(pixel, [r * gr * o, g * gg * o, b * gb * o, a * o]);
                }
            }
        }
    }
    /// The picture as 8-bit RGB on its own colour (alpha is ignored), with `noise(x, y)` added before rounding.
    pub fn to_rgb(&self, noise: impl Fn(usize, usize) -> f32) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.pixels.len() * 3);
        for (i, [r, g, b, _]) in self.pixels.iter().enumerate() {
            let n = noise(i % self.width.max(1), i / self.width.max(1));
            bytes.extend([r, g, b].map(|v| ((v + n) * 255.0 + 0.5).clamp(0.0, 255.0) as u8));
        }
        bytes
    }
}

/// `top` over `under`, both premultiplied.
pub fn over(under: &mut Pixel, top: Pixel) {
    let keep = 1.0 - top[3];
    for (u, t) in under.iter_mut().zip(top) {
        *u = *u * keep + t;
    }
}

fn add(sum: &mut Pixel, p: Pixel, k: f32) {
    for (s, v) in sum.iter_mut().zip(p) {
        *s += v * k;
    }
}

/// The mean of several pixels.
pub fn mean<const N: usize>(pixels: [Pixel; N]) -> Pixel {
    let mut sum = [0.0; 4];
    for p in pixels {
        add(&mut sum, p, 1.0 / N as f32);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laying_an_opaque_picture_covers_what_is_under_it_and_nothing_else() {
        let mut base = Canvas::from_fn(8, 8, |_, _| [1.0, 0.0, 0.0, 1.0]);
        let patch = Canvas::from_fn(4, 4, |_, _| [0.0, 1.0, 0.0, 1.0]);
        base.lay(&patch, &Place { at: (4.0, 4.0), anchor: (2.0, 2.0), ..Place::default() });
        assert_eq!(base.get(4, 4), [0.0, 1.0, 0.0, 1.0]);
        assert_eq!(base.get(0, 0), [1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn blurring_keeps_the_sum_of_light_inside() {
        let mut spot = Canvas::new(41, 41);
        if let Some(p) = spot.get_mut(20, 20) {
            *p = [1.0; 4];
        }
        let sum: f32 = spot.blurred(3.0).pixels.iter().map(|p| p[0]).sum();
        assert!((sum - 1.0).abs() < 1e-3, "light is spread, not lost: {sum}");
    }
}
