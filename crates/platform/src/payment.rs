//! Taking money: what a provider does for us, and the sandbox that stands in where no real one is configured.

use async_trait::async_trait;
use hawker_domain::{Money, ReservationId};

/// One charge. The provider keys it by the reservation: asking twice charges once.
pub struct Charge<'a> {
    pub reservation_id: ReservationId,
    pub amount: Money,
    pub card: &'a str,
}

/// Why no money came.
#[derive(Debug, thiserror::Error)]
pub enum ChargeError {
    #[error("\"card\" must have 4 to 19 digits")]
    NoCard,
    #[error("the card was refused")]
    Refused,
    #[error("the payment provider does not answer")]
    Unreachable,
}

/// A payment provider.
#[async_trait]
pub trait PaymentProvider: Send + Sync + 'static {
    async fn charge(&self, charge: Charge<'_>) -> Result<(), ChargeError>;
    /// Gives the money back of a charge that became no order.
    async fn void(&self, reservation: ReservationId) -> Result<(), ChargeError>;
}

/// Pays for a card whose last digit is even and refuses the others. Moves no money and keeps nothing.
pub struct Sandbox;

#[async_trait]
impl PaymentProvider for Sandbox {
    async fn charge(&self, charge: Charge<'_>) -> Result<(), ChargeError> {
        let digits: Vec<u32> = charge
            .card
            .chars()
            .filter(|c| !matches!(c, ' ' | '-'))
            .map(|c| c.to_digit(10))
            .collect::<Option<_>>()
            .unwrap_or_default();
        match digits.last() {
            _ if !(4..=19).contains(&digits.len()) => Err(ChargeError::NoCard),
            Some(last) if last % 2 == 0 => Ok(()),
            _ => Err(ChargeError::Refused),
        }
    }

    async fn void(&self, reservation: ReservationId) -> Result<(), ChargeError> {
        tracing::warn!(reservation.id = %reservation, "a sandbox charge became no order and was voided");
        Ok(())
    }
}
