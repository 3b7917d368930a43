//! The wire format of protocol buffers, read and never written: fields of one message, without a copy.
//!
//! Source: the encoding chapter of the protocol buffers documentation. Groups, deprecated for two decades, count as damage.

/// One field of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    pub number: u64,
    pub value: Value<'a>,
}

/// What a field holds, as far as the wire tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    Varint(u64),
    /// A string, bytes, a message, or packed numbers.
    Bytes(&'a [u8]),
    /// A number of four or eight bytes.
    Fixed,
}

/// The bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its bytes are no message")]
pub struct Broken;

/// The fields of one message, in the order of its bytes. After an error nothing follows.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn field(&mut self) -> Result<Field<'a>, Broken> {
        let tag = self.varint()?;
        let number = tag >> 3;
        // Readers differ in what they make of numbers beyond 29 bits; no honest writer makes them.
        if number == 0 || number >= 1 << 29 {
            return Err(Broken);
        }
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Broken)?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            _ => return Err(Broken),
        };
        Ok(Field { number, value })
    }

    /// Seven bits a byte, the lowest first; ten bytes at most.
    fn varint(&mut self) -> Result<u64, Broken> {
        let mut value = 0;
        for place in 0..10 {
            let (byte, rest) = self.rest.split_first().ok_or(Broken)?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Broken)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Broken> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Broken)?;
        self.rest = rest;
        Ok(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<(u64, Value<'_>)>, Broken> {
        Fields::of(bytes).map(|field| field.map(|field| (field.number, field.value))).collect()
    }

    #[test]
    fn every_kind_of_field_is_read() {
        let bytes = [
            &[0x08, 0x96, 0x01][..],                                             // 1: 150
            &[0x12, 0x02, b'h', b'i'],                                           // 2: "hi"
            &[0x1d, 1, 2, 3, 4],                                                 // 3: four bytes
            &[0x21, 1, 2, 3, 4, 5, 6, 7, 8],                                     // 4: eight bytes
            &[0x28, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], // 5: -1
            &[0x32, 0x00],                                                       // 6: nothing
            &[0xca, 0x01, 0x01, b'x'],                                           // 25: "x"
        ]
        .concat();
        let want = [
            (1, Value::Varint(150)),
            (2, Value::Bytes(b"hi")),
            (3, Value::Fixed),
            (4, Value::Fixed),
            (5, Value::Varint(u64::MAX)),
            (6, Value::Bytes(b"")),
            (25, Value::Bytes(b"x")),
        ];
        assert_eq!(read(&bytes).unwrap(), want);
        assert_eq!(read(&[]).unwrap(), []);
    }

    #[test]
    fn what_is_cut_short_too_long_or_unknown_is_broken() {
        for (bytes, what) in [
            (&[0x08][..], "a number is missing"),
            (&[0x08, 0x80], "a number has no end"),
            (&[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], "a number of eleven bytes"),
            (&[0x12, 0x05, b'h'], "less than it says"),
            (&[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], "more than fits into memory"),
            (&[0x1d, 1, 2, 3], "three of four bytes"),
            (&[0x21, 1], "one of eight bytes"),
            (&[0x0b, 0x0c], "a group"),
            (&[0x00, 0x01], "field 0"),
            (&[0x0f], "an unknown kind"),
            (&[0x80, 0x80, 0x80, 0x80, 0x10, 0x01], "field 2^29"),
        ] {
            assert_eq!(read(bytes), Err(Broken), "{what}");
        }
    }

    #[test]
    fn reading_ends_at_the_first_damage() {
        let mut fields = Fields::of(&[0x0b, 0x08, 0x01]);
        assert_eq!(fields.next(), Some(Err(Broken)));
        assert_eq!(fields.next(), None, "what follows damage means nothing");
    }
}
