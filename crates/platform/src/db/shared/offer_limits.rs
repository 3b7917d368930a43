//! Who pays, as limits for one buyer count them.

use crate::{db::Hash, state::sha256};
use hawker_domain::{SellerId, person::Phone};

/// Fewer digits are no phone number.
const PHONE_DIGITS_MIN: usize = 5;
/// Digits of a mobile number in China, and of any number in North America with its country code.
const NATIONAL_DIGITS: usize = 11;

/// The same for a number with and without China's country code, however it is spaced, and whatever is dialled after a number of eleven
/// digits: with an extension it would be another buyer, whom the parcel reaches all the same.
pub fn payer(seller: SellerId, phone: &Phone) -> Option<Hash> {
    let digits: String = phone.reveal().chars().filter_map(digit).collect();
    let number = digits.trim_start_matches('0');
    let number = number.strip_prefix("86").filter(|rest| rest.len() >= NATIONAL_DIGITS).unwrap_or(number);
    // A mobile number of China, or one of North America with its 1: no country code begins like that.
    let number = number.get(..NATIONAL_DIGITS).filter(|number| number.starts_with('1')).unwrap_or(number);
    let label: [u8; 16] = *b"hawker payer 1\0\0";
    let is_number = number.len() >= PHONE_DIGITS_MIN;
    is_number.then(|| sha256(&[seller.0.as_bytes(), &label[..], number.as_bytes()].concat()))
}

/// Full-width digits are dialled like any others.
fn digit(character: char) -> Option<char> {
    let narrow = match character {
        '\u{ff10}'..='\u{ff19}' => char::from_u32(u32::from(character) - 0xfee0)?,
        _ => character,
    };
    narrow.is_ascii_digit().then_some(narrow)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_phone_number_is_the_same_however_it_is_written() {
        let (seller, other) = (SellerId(Uuid::from_u128(1)), SellerId(Uuid::from_u128(2)));
        let payer = |seller, phone: &str| payer(seller, &Phone::new(phone));
        let own = payer(seller, "13812348000").unwrap();
        for phone in ["138 1234 8000", "+86 138-1234-8000", "008613812348000", "８６", "(86) 13812348000"] {
            let same = payer(seller, phone) == Some(own);
            assert_eq!(same, phone != "８６", "{phone}");
        }
        for more in ["13812348000 转 1", "13812348000-02", "+86 13812348000 ext. 9", "1381234８０００"] {
            assert_eq!(payer(seller, more), Some(own), "{more}: who answers is the same");
        }
        assert_ne!(
            payer(seller, "+49 151 23456789"),
            payer(seller, "+49 151 23456780"),
            "other countries have longer ones"
        );
        assert_ne!(payer(seller, "13812348001"), Some(own));
        assert_ne!(payer(other, "13812348000"), Some(own), "sellers can't compare their buyers");
        for none in ["", "call me", "1234", "0000000"] {
            assert_eq!(payer(seller, none), None, "{none:?}");
        }
    }
}
