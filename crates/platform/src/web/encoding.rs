//! Which of the prepared forms of a file a client takes (RFC 9110, 12.5.3).

/// A prepared form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    /// What an `Accept-Encoding` header allows, smallest first.
    pub fn accepted(header: &str) -> impl Iterator<Item = Self> + '_ {
        [Self::Brotli, Self::Gzip].into_iter().filter(move |encoding| {
            header.split(',').any(|entry| {
                let (name, weight) = entry.split_once(';').unwrap_or((entry, ""));
                let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32));
                encoding.name().is_some_and(|own| name.trim().eq_ignore_ascii_case(own)) && !refused
            })
        })
    }

    /// Its name in `Content-Encoding`; none for the plain file.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// What its files end with.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_form_a_client_takes_comes_first() {
        for (header, want) in [
            ("gzip, deflate, br, zstd", &[Encoding::Brotli, Encoding::Gzip][..]),
            ("GZIP;q=0.5", &[Encoding::Gzip]),
            ("br;q=0, gzip", &[Encoding::Gzip]),
            ("identity", &[]),
            ("", &[]),
        ] {
            assert_eq!(Encoding::accepted(header).collect::<Vec<_>>(), want, "{header}");
        }
    }
}
