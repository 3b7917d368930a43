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
    /// A postal address: its first characters only.
    Address => mask_address;
}

fn mask_phone(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    match chars.len() {
        0..=4 => "*".repeat(chars.len()),
        5..=7 => format!("{}****", chars[..2].iter().collect::<String>()),
        n => format!("{}****{}", chars[..3].iter().collect::<String>(), chars[n - 4..].iter().collect::<String>()),
    }
}

fn mask_name(text: &str) -> String {
    text.chars().next().map(|first| format!("{first}*")).unwrap_or_default()
}

fn mask_address(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("{}****", text.chars().take(3).collect::<String>())
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
    fn short_numbers_do_not_leak_whole() {
        for text in ["", "1", "1234", "12345", "1234567", "12345678"] {
            let masked = Phone::new(text).to_string();
            assert!(text.is_empty() || masked != text, "{text} came out as {masked}");
        }
    }
}
