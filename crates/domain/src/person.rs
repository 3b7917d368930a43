//! What identifies a person. These types mask themselves wherever they are printed or serialised; the plain text comes
//! out of `reveal` alone, and whoever calls it writes the audit log.

use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

macro_rules! masked {
    ($($(#[$doc:meta])* $name:ident => $mask:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Deserialize, Default)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into().trim().to_owned())
            }

            /// The plain text, for the one who packs or calls. Callers audit the access.
            pub fn reveal(&self) -> &str {
                &self.0
            }

            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }

            pub fn masked(&self) -> String {
                let mask: fn(&str) -> String = $mask;
                mask(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.masked())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.masked())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.masked())
            }
        }
    )+};
}

masked! {
    /// A telephone number: 138****8000.
    Phone => mask_phone;
    /// A person's name: 张*.
    PersonName => mask_name;
    /// A postal address: its first three characters at most.
    Address => mask_address;
}

fn mask_phone(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let (first, last) = match chars.len() {
        0..=4 => return "*".repeat(chars.len()),
        5..=7 => (2, 0),
        8..=9 => (2, 2),
        _ => (3, 4),
    };
    let first: String = chars.iter().take(first).collect();
    let last: String = chars.iter().skip(chars.len() - last).collect();
    format!("{first}****{last}")
}

/// A name of one character shows none of it: that would be the whole.
fn mask_name(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (None, _) => String::new(),
        (Some(_), None) => "*".to_owned(),
        (Some(first), Some(_)) => format!("{first}*"),
    }
}

/// Never more than half of it.
fn mask_address(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let shown = (text.chars().count() / 2).min(3);
    format!("{}****", text.chars().take(shown).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_masked_in_every_print() {
        let phone = Phone::new("13812348000");
        assert_eq!(phone.to_string(), "138****8000");
        assert_eq!(format!("{phone:?}"), "Phone(138****8000)");
        assert_eq!(serde_json::to_string(&phone).unwrap(), "\"138****8000\"");
        assert_eq!(PersonName::new("张小雨").to_string(), "张*");
        assert_eq!(Address::new("上海市静安区南京西路 1 号").to_string(), "上海市****");
        assert_eq!(phone.reveal(), "13812348000");
    }

    #[test]
    fn what_is_short_shows_less_and_never_all_of_it() {
        let phone = |text: &str| Phone::new(text).masked();
        let name = |text: &str| PersonName::new(text).masked();
        let address = |text: &str| Address::new(text).masked();
        type Mask = fn(&str) -> String;
        let table: [(Mask, &str, &str); 22] = [
            (phone, "", ""),
            (phone, "1", "*"),
            (phone, "1234", "****"),
            (phone, "12345", "12****"),
            (phone, "1234567", "12****"),
            (phone, "12345678", "12****78"),
            (phone, "123456789", "12****89"),
            (phone, "1234567890", "123****7890"),
            (name, "", ""),
            (name, "张", "*"),
            (name, "*", "*"),
            (name, "张三", "张*"),
            (name, "张*", "张*"),
            (name, "Ada Lovelace", "A*"),
            (address, "", ""),
            (address, "沪", "****"),
            (address, "上海", "上****"),
            (address, "上海市", "上****"),
            (address, "上海市静", "上海****"),
            (address, "上海市静安", "上海****"),
            (address, "上海市静安区", "上海市****"),
            (address, "  ", ""),
        ];
        for (mask, text, want) in table {
            let masked = mask(text);
            assert_eq!(masked, want, "{text}");
            let bare: String = masked.chars().filter(|shown| *shown != '*').collect();
            assert!(
                bare.is_empty() || bare.chars().count() < text.chars().count(),
                "{text} came out whole as {masked}"
            );
        }
    }
}
