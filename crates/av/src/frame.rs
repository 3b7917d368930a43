use hawker_domain::ShowMs;
use std::sync::Arc;

/// Layout of a frame's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelFormat {
    /// Planes Y, U, V; chroma at half size in both directions; limited range BT.709 above 576 lines, else BT.601.
    I420,
    /// Planes Y and interleaved UV; chroma as in I420.
    Nv12,
    /// One plane, 3 bytes a pixel.
    Rgb,
}

/// Where one plane lies in the frame's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plane {
    pub offset: usize,
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// One picture of a source, before cards are drawn on it. Cheap to clone: the bytes are shared.
#[derive(Clone, Debug)]
pub struct VideoFrame {
    pub format: PixelFormat,
    pub width: u32,
    pub height: u32,
    pub data: Arc<[u8]>,
    pub planes: Vec<Plane>,
    /// Which source it came from, as named in the show's events.
    pub source_id: Arc<str>,
    /// Running time of the program pipeline at capture, nanoseconds.
    pub running_time_ns: u64,
    /// Show time at capture; 0 until on air.
    pub show_ms: ShowMs,
}

/// A frame whose planes don't fit its bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error("a {format:?} frame needs {want} planes, got {got}")]
    PlaneCount { format: PixelFormat, want: usize, got: usize },
    #[error("plane {plane} of a {width}x{height} {format:?} frame reaches past its {len} bytes")]
    TooShort { plane: usize, format: PixelFormat, width: u32, height: u32, len: usize },
}

impl PixelFormat {
    /// Bytes of one row of `plane`, and its rows.
    pub fn plane_size(self, plane: usize, width: u32, height: u32) -> (usize, usize) {
        let (w, h) = (width as usize, height as usize);
        match (self, plane) {
            (Self::Rgb, _) => (w * 3, h),
            (_, 0) => (w, h),
            (Self::I420, _) => (w.div_ceil(2), h.div_ceil(2)),
            (Self::Nv12, _) => (w.div_ceil(2) * 2, h.div_ceil(2)),
        }
    }

    pub fn plane_count(self) -> usize {
        match self {
            Self::I420 => 3,
            Self::Nv12 => 2,
            Self::Rgb => 1,
        }
    }
}

impl VideoFrame {
    /// A frame with planes checked against the bytes. Errors: [`FrameError`].
    pub fn new(
        format: PixelFormat,
        (width, height): (u32, u32),
        data: Arc<[u8]>,
        planes: Vec<Plane>,
        source_id: Arc<str>,
    ) -> Result<Self, FrameError> {
        let want = format.plane_count();
        if planes.len() != want {
            return Err(FrameError::PlaneCount { format, want, got: planes.len() });
        }
        for (index, plane) in planes.iter().enumerate() {
            let (row, rows) = format.plane_size(index, width, height);
            let end = rows
                .checked_sub(1)
                .map_or(Some(0), |last| last.checked_mul(plane.stride)?.checked_add(plane.offset)?.checked_add(row));
            if end.is_none_or(|end| end > data.len()) || (rows > 0 && plane.stride < row) {
                return Err(FrameError::TooShort { plane: index, format, width, height, len: data.len() });
            }
        }
        Ok(Self { format, width, height, data, planes, source_id, running_time_ns: 0, show_ms: ShowMs(0) })
    }

    /// A frame of packed RGB, as decoded photos come. Errors: [`FrameError::TooShort`].
    pub fn rgb(width: u32, height: u32, data: Arc<[u8]>) -> Result<Self, FrameError> {
        let planes = vec![Plane { offset: 0, stride: width as usize * 3 }];
        Self::new(PixelFormat::Rgb, (width, height), data, planes, Arc::from("photo"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_claims_more_bytes_than_it_has_is_refused() {
        let bytes: Arc<[u8]> = vec![0; 4 * 4 * 3].into();
        assert!(VideoFrame::rgb(4, 4, bytes.clone()).is_ok());
        assert!(VideoFrame::rgb(4, 5, bytes.clone()).is_err());
        let lying = vec![Plane { offset: usize::MAX, stride: 12 }];
        assert!(VideoFrame::new(PixelFormat::Rgb, (4, 4), bytes, lying, Arc::from("x")).is_err());
    }
}
