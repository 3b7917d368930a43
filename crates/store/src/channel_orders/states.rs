//! What exports call the state of an order. Pure.

use hawker_text::fold;

/// What a channel says of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Said {
    Unpaid,
    Paid,
    Shipped,
    Done,
    /// It was called off, before or after it was paid.
    Cancelled,
    Refunded,
}

impl Said {
    /// True where nothing is sold any more.
    pub(super) fn is_off(self) -> bool {
        matches!(self, Self::Cancelled | Self::Refunded)
    }
}

/// Words, folded.
const WORDS: &[(Said, &[&str])] = &[
    (Said::Unpaid, &["unpaid", "pending", "awaiting payment", "待付款", "待支付", "未付款", "未支付", "等待买家付款"]),
    (
        Said::Paid,
        &[
            "paid",
            "processing",
            "unfulfilled",
            "to ship",
            "待发货",
            "待配货",
            "备货中",
            "待出库",
            "已付款",
            "已支付",
            "买家已付款",
            "等待卖家发货",
            "买家已付款,等待卖家发货",
            "部分发货",
            "partially fulfilled",
        ],
    ),
    (
        Said::Shipped,
        &[
            "shipped",
            "fulfilled",
            "in transit",
            "已发货",
            "待收货",
            "卖家已发货",
            "等待买家确认收货",
            "卖家已发货,等待买家确认",
        ],
    ),
    (Said::Done, &["done", "completed", "delivered", "已完成", "交易成功", "已签收", "已收货", "已妥投"]),
    (
        Said::Cancelled,
        &["cancelled", "canceled", "closed", "voided", "expired", "已取消", "已关闭", "交易关闭", "订单关闭", "取消"],
    ),
    (Said::Refunded, &["refunded", "已退款", "退款成功", "全额退款", "全部退款", "售后完成,退款成功"]),
];

/// Words of after-sale columns by which the money went back; whatever else stands there, the goods are still sold.
const MONEY_BACK: &[&str] = &[
    "refunded",
    "已退款",
    "退款成功",
    "退款完成",
    "已全额退款",
    "全额退款",
    "同意退款,退款成功",
    "售后成功",
    "退货退款成功",
];

/// None: neither cell says anything. Errors: a word that is not known.
pub(super) fn state_of(state: Option<&str>, after_sale: Option<&str>) -> Result<Option<Said>, String> {
    if after_sale.is_some_and(|text| MONEY_BACK.contains(&fold(text).as_str())) {
        return Ok(Some(Said::Refunded));
    }
    let Some(text) = state else { return Ok(None) };
    let word = fold(text).replace('_', " ");
    let known = WORDS.iter().find(|(_, words)| words.contains(&word.as_str())).map(|(said, _)| *said);
    match known {
        Some(said) => Ok(Some(said)),
        None => {
            Err(format!("the state \"{text}\" is not known; write paid, shipped, done, unpaid, cancelled or refunded"))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_words_of_the_platforms_are_known_and_others_are_never_guessed() {
        for (state, after_sale, want) in [
            (Some("待发货"), Some("-"), Some(Said::Paid)),
            (Some("已發貨"), None, Some(Said::Shipped)),
            (Some("买家已付款，等待卖家发货"), None, Some(Said::Paid)),
            (Some("Partially_Fulfilled"), None, Some(Said::Paid)),
            (Some("已完成"), Some("退款成功"), Some(Said::Refunded)),
            (Some("已发货"), Some("退款中"), Some(Said::Shipped)),
            (Some("交易关闭"), None, Some(Said::Cancelled)),
            (None, None, None),
        ] {
            assert_eq!(state_of(state, after_sale), Ok(want), "{state:?} {after_sale:?}");
        }
        assert!(state_of(Some("审核中"), None).unwrap_err().contains("审核中"));
    }

    #[test]
    fn every_word_is_written_as_it_is_looked_up() {
        for word in WORDS.iter().flat_map(|(_, words)| words.iter()).chain(MONEY_BACK) {
            assert_eq!(fold(word), **word, "{word} would never be found");
        }
    }
}
