//! The till: what a sale at the table may cost, how it is paid, what comes back, and what lies in the drawer at the end.
//!
//! Owns: the rules. Pure: ids and times are passed in. Everything here works with no network, so nothing asks one.

mod drawer;
mod payment;
mod price;
mod returned;
mod statement;

pub use drawer::{
    CashUp, CashUpError, DRAWER_MAX, DrawerEntry, DrawerError, DrawerKind, DrawerSum, TenderSum, close, sum_up,
};
pub use payment::{
    MatchError, PaymentError, PaymentMatch, PaymentTaken, Proof, REFERENCE_MAX, TenderKind, check_reference,
};
pub use price::{PriceError, PriceFloors, PriceOverride, REASON_MAX, TillRole, TillRules};
pub use returned::{ReturnError, ReturnedLine, SaleReturn};
pub use statement::{Ambiguous, Matching, OpenPayment, StatementLine, StatementWhy, match_statement};
