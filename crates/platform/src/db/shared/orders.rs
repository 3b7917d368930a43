//! Who buys.

use hawker_domain::{
    OrderId, ReservationId, SellerId,
    person::{Address, PersonName, Phone},
};

/// Who buys, and the order it becomes.
pub struct Sale {
    pub seller: SellerId,
    pub reservation_id: ReservationId,
    pub order_id: OrderId,
    pub name: PersonName,
    pub phone: Phone,
    pub address: Address,
    pub now_us: i64,
}
