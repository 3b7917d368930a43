//! The words of the paper itself, in the languages of the cockpit.

/// Which words stand beside what sellers and buyers wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaperLanguage {
    #[default]
    English,
    Chinese,
}

pub(super) struct Words {
    pub title: &'static str,
    pub order: &'static str,
    pub no_address: &'static str,
}

impl PaperLanguage {
    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::English => &Words {
                title: "Pack list",
                order: "Order",
                no_address: "No address: ask the buyer before it is packed",
            },
            Self::Chinese => &Words {
                title: "配货单", order: "订单", no_address: "没有收货地址：打包前请联系买家"
            },
        }
    }
}
