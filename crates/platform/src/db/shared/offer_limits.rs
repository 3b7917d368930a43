//! Who pays, as limits for one buyer count them.

use crate::{db::Hash, state::sha256};
use hawker_domain::{SellerId, person::Phone};

/// Fewer digits are no phone number.
const PHONE_DIGITS_MIN: usize = 5;

/// The same for a number with and without China's country code, and however it is spaced.
pub fn payer(seller: SellerId, phone: &Phone) -> Option<Hash> {
    let digits: String = phone.reveal().chars().filter(char::is_ascii_digit).collect();
    let number = digits.trim_start_matches('0');
    let number = number.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(number);
    let label: [u8; 16] = *b"hawker payer 1\0\0";
    let is_number = number.len() >= PHONE_DIGITS_MIN;
    is_number.then(|| sha256(&[seller.0.as_bytes(), &label[..], number.as_bytes()].concat()))
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
        assert_ne!(payer(seller, "13812348001"), Some(own));
        assert_ne!(payer(other, "13812348000"), Some(own), "sellers can't compare their buyers");
        for none in ["", "call me", "1234", "0000000"] {
            assert_eq!(payer(seller, none), None, "{none:?}");
        }
    }
}
