//! What is to be done about an order that an export tells of. Pure.

use super::{OrderProblem, states::Said, told::Told};
use crate::fulfilment::GoodsBack;
use hawker_domain::{
    OrderId, Sku,
    order::{Order, OrderEvent, OrderLine, OrderSource, OrderState, total},
};
use std::collections::HashMap;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// It is new here.
    Take(Box<Order>),
    /// It went on since.
    Move(Vec<OrderEvent>, GoodsBack),
    Nothing,
    /// Nothing of it is sold.
    PassOver,
    Refuse(Vec<OrderProblem>),
}

/// `known`: the order as it is here. `titles`: of every product.
pub(super) fn decide(id: OrderId, told: &Told, known: Option<&Order>, titles: &HashMap<Sku, String>) -> Act {
    if !told.wrong.is_empty() {
        return Act::Refuse(told.wrong.clone());
    }
    let Some(known) = known else {
        return if told.state.is_off() || told.state == Said::Unpaid { Act::PassOver } else { take(id, told, titles) };
    };
    if told.state.is_off() {
        return match known.state {
            OrderState::Refunded | OrderState::Cancelled => Act::Nothing,
            // What was not sent lies here still.
            OrderState::Paid | OrderState::Packed => Act::Move(vec![OrderEvent::Refund], GoodsBack::Yes),
            _ => Act::Move(vec![OrderEvent::Refund], GoodsBack::No),
        };
    }
    let is_same =
        known.lines.len() == told.lines.len()
            && known.lines.iter().zip(&told.lines).all(|(known, (_, told))| {
                (&known.sku, known.qty, known.unit_price) == (&told.sku, told.qty, told.price)
            });
    if !is_same {
        let message = "it was taken before with other lines; what was taken stays, correct it by hand".to_owned();
        return Act::Refuse(vec![told.problem(message, false)]);
    }
    let steps = steps(known.state, told.state);
    if steps.is_empty() { Act::Nothing } else { Act::Move(steps, GoodsBack::No) }
}

fn take(id: OrderId, told: &Told, titles: &HashMap<Sku, String>) -> Act {
    let unknown = told.lines.iter().filter(|(_, line)| !titles.contains_key(&line.sku));
    let unknown: Vec<OrderProblem> = unknown
        .map(|(row, line)| OrderProblem {
            row: *row,
            order_no: told.order_no.clone(),
            message: format!(
                "no product has the sku {}; add it or correct the row, then import the file again",
                line.sku
            ),
            is_taken: false,
        })
        .collect();
    if !unknown.is_empty() {
        return Act::Refuse(unknown);
    }
    let line = |(_, line): &(u64, super::columns::Line)| OrderLine {
        sku: line.sku.clone(),
        // As the file has it where it has one: every device that reads the file takes the same order.
        title: Some(&line.title)
            .filter(|title| !title.is_empty())
            .or(titles.get(&line.sku))
            .cloned()
            .unwrap_or_default(),
        qty: line.qty,
        unit_price: line.price,
        price_override: None,
    };
    let lines: Vec<OrderLine> = told.lines.iter().map(line).collect();
    let sum = lines.first().map(|first| total(&lines, first.unit_price.currency));
    match sum {
        Some(Ok(total)) => Act::Take(Box::new(Order {
            id,
            source: OrderSource::Channel,
            state: match told.state {
                Said::Shipped => OrderState::Shipped,
                Said::Done => OrderState::Done,
                _ => OrderState::Paid,
            },
            show_id: None,
            at: None,
            lines,
            total,
            buyer: told.buyer.clone(),
            placed_at_us: told.placed_at_us,
            payment: None,
        })),
        Some(Err(why)) => Act::Refuse(vec![told.problem(why.to_string(), false)]),
        None => Act::Refuse(vec![told.problem("it has no line".to_owned(), false)]),
    }
}

/// From where an order is to where it is told to be; none backwards.
fn steps(from: OrderState, to: Said) -> Vec<OrderEvent> {
    let wanted = match to {
        Said::Shipped => OrderState::Shipped,
        Said::Done => OrderState::Done,
        _ => return Vec::new(),
    };
    let mut state = from;
    let mut steps = Vec::new();
    for (event, target) in [
        (OrderEvent::Pack, OrderState::Packed),
        (OrderEvent::Ship, OrderState::Shipped),
        (OrderEvent::Deliver, OrderState::Done),
    ] {
        if state == wanted {
            break;
        }
        if let Ok(next) = state.on(event)
            && next == target
        {
            steps.push(event);
            state = next;
        }
    }
    if state == wanted { steps } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn an_order_goes_on_and_never_back() {
        use OrderEvent::*;
        for (from, to, want) in [
            (OrderState::Paid, Said::Paid, &[][..]),
            (OrderState::Paid, Said::Shipped, &[Pack, Ship]),
            (OrderState::Packed, Said::Done, &[Ship, Deliver]),
            (OrderState::Shipped, Said::Done, &[Deliver]),
            (OrderState::Done, Said::Shipped, &[]),
            (OrderState::Refunded, Said::Done, &[]),
            (OrderState::Shipped, Said::Paid, &[]),
        ] {
            assert_eq!(steps(from, to), want, "{from:?} to {to:?}");
        }
    }
}
