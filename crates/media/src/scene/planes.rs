//! I420 pictures in memory: where each plane lies, and safe views of them.

/// Where the planes of an I420 picture lie, as GStreamer lays them out by default: rows padded to four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub width: usize,
    pub height: usize,
    pub offset: [usize; 3],
    pub stride: [usize; 3],
    /// Bytes in all.
    pub size: usize,
}

impl Layout {
    pub(crate) fn new(width: u32, height: u32) -> Self {
        let (width, height) = (width as usize, height as usize);
        let pad = |bytes: usize| bytes.next_multiple_of(4);
        let (luma, rows) = (pad(width), height.next_multiple_of(2));
        let chroma = pad(width.div_ceil(2));
        let second = luma * rows;
        let third = second + chroma * (rows / 2);
        let size = third + chroma * (rows / 2);
        Self { width, height, offset: [0, second, third], stride: [luma, chroma, chroma], size }
    }

    /// Columns and rows of a plane: 0 is luma, 1 and 2 are chroma.
    pub(crate) fn plane(&self, index: usize) -> (usize, usize) {
        if index == 0 { (self.width, self.height) } else { (self.width.div_ceil(2), self.height.div_ceil(2)) }
    }
}

/// One plane to read.
#[derive(Clone, Copy)]
pub(crate) struct Plane<'a> {
    pub data: &'a [u8],
    pub stride: usize,
    pub width: usize,
    pub height: usize,
}

impl<'a> Plane<'a> {
    pub(crate) fn row(&self, y: usize) -> &'a [u8] {
        let start = y * self.stride;
        self.data.get(start..start + self.width).unwrap_or_default()
    }
}

/// One plane to write.
pub(crate) struct PlaneMut<'a> {
    pub data: &'a mut [u8],
    pub stride: usize,
    pub width: usize,
    pub height: usize,
}

impl PlaneMut<'_> {
    /// The part of row `y` from column `x`, `count` long; empty where it is not inside.
    pub(crate) fn row(&mut self, y: usize, x: usize, count: usize) -> &mut [u8] {
        let start = y * self.stride + x;
        if y >= self.height || x + count > self.width {
            return &mut [];
        }
        self.data.get_mut(start..start + count).unwrap_or_default()
    }

    pub(crate) fn fill(&mut self, value: u8) {
        self.data.fill(value);
    }
}

/// A picture to read.
#[derive(Clone, Copy)]
pub(crate) struct I420<'a> {
    pub planes: [Plane<'a>; 3],
}

impl<'a> I420<'a> {
    /// None if the bytes do not hold a picture of this layout.
    pub(crate) fn new(bytes: &'a [u8], layout: &Layout) -> Option<Self> {
        let plane = |index: usize| -> Option<Plane<'a>> {
            let (width, height) = layout.plane(index);
            let (offset, stride) = (*layout.offset.get(index)?, *layout.stride.get(index)?);
            // The last row needs no padding.
            let end = offset + stride * height.checked_sub(1)? + width;
            Some(Plane { data: bytes.get(offset..end)?, stride, width, height })
        };
        Some(Self { planes: [plane(0)?, plane(1)?, plane(2)?] })
    }

    /// Copies the picture to where another one of its size lies.
    pub(crate) fn copy_to(&self, target: &mut I420Mut<'_>) {
        for (from, to) in self.planes.iter().zip(&mut target.planes) {
            if from.stride == to.stride
                && let Some(to) = to.data.get_mut(..from.data.len())
            {
                to.copy_from_slice(from.data);
                continue;
            }
            for y in 0..from.height {
                let (above, below) = (from.row(y), to.row(y, 0, from.width));
                if above.len() == below.len() {
                    below.copy_from_slice(above);
                }
            }
        }
    }
}

/// A picture to write.
pub(crate) struct I420Mut<'a> {
    pub planes: [PlaneMut<'a>; 3],
}

impl<'a> I420Mut<'a> {
    /// None if the bytes do not hold a picture of this layout.
    pub(crate) fn new(bytes: &'a mut [u8], layout: &Layout) -> Option<Self> {
        let [_, second, third] = layout.offset;
        let bytes = bytes.get_mut(..layout.size)?;
        let (luma, chroma) = bytes.split_at_mut_checked(second)?;
        let (blue, red) = chroma.split_at_mut_checked(third - second)?;
        let [luma_stride, chroma_stride, _] = layout.stride;
        let plane = |data: &'a mut [u8], index: usize, stride: usize| {
            let (width, height) = layout.plane(index);
            PlaneMut { data, stride, width, height }
        };
        let planes = [plane(luma, 0, luma_stride), plane(blue, 1, chroma_stride), plane(red, 2, chroma_stride)];
        Some(Self { planes })
    }

    /// One colour all over.
    pub(crate) fn fill(&mut self, colour: [u8; 3]) {
        for (plane, value) in self.planes.iter_mut().zip(colour) {
            plane.fill(value);
        }
    }
}

/// Black in limited range.
pub(crate) const BLACK: [u8; 3] = [16, 128, 128];

/// Full-range RGB to limited-range YUV; BT.709 for `hd`, else BT.601.
pub(crate) fn yuv(rgb: [u8; 3], hd: bool) -> [u8; 3] {
    let (kr, kb) = if hd { (0.2126, 0.0722) } else { (0.299, 0.114) };
    let [r, g, b] = rgb.map(f32::from);
    let luma = kr * r + (1.0 - kr - kb) * g + kb * b;
    let chroma = |c: f32| (128.0 + c * 224.0 / 255.0).round().clamp(16.0, 240.0) as u8;
    let (cb, cr) = ((b - luma) / (2.0 * (1.0 - kb)), (r - luma) / (2.0 * (1.0 - kr)));
    [(16.0 + luma * 219.0 / 255.0).round() as u8, chroma(cb), chroma(cr)]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use gstreamer_video as gst_video;

    #[test]
    fn planes_lie_where_gstreamer_lays_them() {
        gstreamer::init().unwrap();
        for (width, height) in [(1280, 720), (720, 1280), (1, 1), (3, 5), (641, 361), (1918, 1080)] {
            let info = gst_video::VideoInfo::builder(gst_video::VideoFormat::I420, width, height).build().unwrap();
            let layout = Layout::new(width, height);
            assert_eq!(layout.size, info.size(), "{width}x{height}");
            assert_eq!(layout.offset.as_slice(), info.offset(), "{width}x{height}");
            let strides: Vec<usize> = info.stride().iter().map(|s| *s as usize).collect();
            assert_eq!(layout.stride.as_slice(), strides, "{width}x{height}");
        }
    }

    #[test]
    fn a_picture_is_copied_out_of_what_lies_between_its_rows() {
        let usual = Layout::new(6, 4);
        let same_rows = Layout { offset: [3, 50, 70], size: 90, ..usual };
        let wider = Layout { offset: [0, 70, 100], stride: [16, 10, 10], size: 120, ..usual };
        for lies in [usual, same_rows, wider] {
            let mut bytes = vec![0xee; lies.size];
            for (index, (offset, stride)) in lies.offset.iter().zip(lies.stride).enumerate() {
                let (width, height) = lies.plane(index);
                for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                    bytes[offset + y * stride + x] = (index * 100 + y * 10 + x) as u8;
                }
            }
            let mut copied = vec![0; usual.size];
            I420::new(&bytes, &lies).unwrap().copy_to(&mut I420Mut::new(&mut copied, &usual).unwrap());
            let copied = I420::new(&copied, &usual).unwrap();
            for (index, plane) in copied.planes.iter().enumerate() {
                for y in 0..plane.height {
                    let want: Vec<u8> = (0..plane.width).map(|x| (index * 100 + y * 10 + x) as u8).collect();
                    assert_eq!(plane.row(y), want, "{lies:?} plane {index} row {y}");
                }
            }
        }
    }

    #[test]
    fn bytes_that_are_too_few_are_no_picture() {
        let layout = Layout::new(6, 4);
        let mut bytes = vec![0; layout.size];
        assert!(I420::new(&bytes, &layout).is_some());
        assert!(I420::new(&bytes[..layout.size - 6], &layout).is_none());
        assert!(I420Mut::new(&mut bytes[..layout.size - 1], &layout).is_none());
        assert!(I420::new(&[], &Layout::new(0, 0)).is_none());
    }

    #[test]
    fn white_black_and_the_colours_are_where_the_standard_puts_them() {
        assert_eq!(yuv([255; 3], true), [235, 128, 128]);
        assert_eq!(yuv([0; 3], false), BLACK);
        assert_eq!(yuv([255, 0, 0], false), [81, 90, 240]);
        assert_eq!(yuv([0, 0, 255], true), [32, 240, 118]);
    }
}
