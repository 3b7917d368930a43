//! Reads AMF0 (Adobe AMF0 specification, 2007) from strangers: bounded in depth and in number of values.
//!
//! The reader of `rml_amf0` recurses as deep as the bytes tell it to, which a peer can use to exhaust the stack.

use bytes::Buf;
use rml_rtmp::rml_amf0::Amf0Value;
use std::collections::HashMap;

/// Encoders nest two levels.
const MAX_DEPTH: u8 = 8;
/// A connect or onMetaData message has about thirty.
const MAX_VALUES: usize = 512;

/// Why bytes are no AMF0 we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum AmfError {
    #[error("the message ends in the middle of a value")]
    CutShort,
    #[error("value type {0:#04x} is not understood")]
    UnknownType(u8),
    #[error("values are nested deeper than {MAX_DEPTH}")]
    TooDeep,
    #[error("more than {MAX_VALUES} values in one message")]
    TooMany,
}

/// All values of a message. Dates become numbers; references and typed objects are refused. Errors: [`AmfError`].
pub(super) fn read_all(data: &[u8]) -> Result<Vec<Amf0Value>, AmfError> {
    let mut reader = Reader { rest: data, budget: MAX_VALUES };
    let mut values = Vec::new();
    while !reader.rest.is_empty() {
        values.push(reader.value(0)?);
    }
    Ok(values)
}

struct Reader<'a> {
    rest: &'a [u8],
    budget: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: u8) -> Result<Amf0Value, AmfError> {
        if depth >= MAX_DEPTH {
            return Err(AmfError::TooDeep);
        }
        self.budget = self.budget.checked_sub(1).ok_or(AmfError::TooMany)?;
        Ok(match self.byte()? {
            0 => Amf0Value::Number(self.number()?),
            1 => Amf0Value::Boolean(self.byte()? != 0),
            2 => {
                let length = self.u16()?;
                Amf0Value::Utf8String(self.text(usize::from(length))?)
            }
            3 => Amf0Value::Object(self.properties(depth)?),
            5 => Amf0Value::Null,
            6 => Amf0Value::Undefined,
            8 => {
                self.u32()?;
                Amf0Value::Object(self.properties(depth)?)
            }
            10 => {
                let count = self.u32()?;
                let mut values = Vec::new();
                for _ in 0..count {
                    values.push(self.value(depth + 1)?);
                }
                Amf0Value::StrictArray(values)
            }
            11 => {
                let date = self.number()?;
                self.u16()?;
                Amf0Value::Number(date)
            }
            12 => {
                let length = self.u32()?;
                Amf0Value::Utf8String(self.text(length as usize)?)
            }
            kind => return Err(AmfError::UnknownType(kind)),
        })
    }

    /// Until the empty name and end mark; some encoders simply stop.
    fn properties(&mut self, depth: u8) -> Result<HashMap<String, Amf0Value>, AmfError> {
        let mut properties = HashMap::new();
        while !self.rest.is_empty() {
            let length = self.u16()?;
            if length == 0 {
                self.byte()?;
                break;
            }
            let name = self.text(usize::from(length))?;
            let value = self.value(depth + 1)?;
            properties.insert(name, value);
        }
        Ok(properties)
    }

    fn text(&mut self, length: usize) -> Result<String, AmfError> {
        let (text, rest) = self.rest.split_at_checked(length).ok_or(AmfError::CutShort)?;
        self.rest = rest;
        Ok(String::from_utf8_lossy(text).into_owned())
    }

    fn byte(&mut self) -> Result<u8, AmfError> {
        self.rest.try_get_u8().map_err(|_| AmfError::CutShort)
    }

    fn u16(&mut self) -> Result<u16, AmfError> {
        self.rest.try_get_u16().map_err(|_| AmfError::CutShort)
    }

    fn u32(&mut self) -> Result<u32, AmfError> {
        self.rest.try_get_u32().map_err(|_| AmfError::CutShort)
    }

    fn number(&mut self) -> Result<f64, AmfError> {
        self.rest.try_get_f64().map_err(|_| AmfError::CutShort)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_others_write_is_read_back() {
        let values = vec![
            Amf0Value::Utf8String("connect".into()),
            Amf0Value::Number(1.0),
            Amf0Value::Object(HashMap::from([
                ("app".to_owned(), Amf0Value::Utf8String("live".into())),
                ("fpad".to_owned(), Amf0Value::Boolean(false)),
            ])),
            Amf0Value::Null,
        ];
        let bytes = rml_rtmp::rml_amf0::serialize(&values).unwrap();
        assert_eq!(read_all(&bytes), Ok(values));
    }

    #[test]
    fn a_tower_of_arrays_is_refused_instead_of_climbed() {
        let tower: Vec<u8> = [10, 0, 0, 0, 1].repeat(100_000);
        assert_eq!(read_all(&tower), Err(AmfError::TooDeep));
    }

    #[test]
    fn an_array_that_claims_four_billion_values_ends_with_its_bytes() {
        assert_eq!(read_all(&[10, 0xff, 0xff, 0xff, 0xff, 5, 5]), Err(AmfError::CutShort));
        let many = [vec![10, 0xff, 0xff, 0xff, 0xff], vec![5; 100_000]].concat();
        assert_eq!(read_all(&many), Err(AmfError::TooMany));
    }
}
