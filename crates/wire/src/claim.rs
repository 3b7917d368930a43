//! Orders from comments: what the seller sets, what a viewer's page is told, and the pay link.
//!
//! A page proves that it is the one that wrote a comment by the header `Hawker-Viewer`: 32 to 128 visible ASCII characters of
//! its own, random and kept to itself. What becomes of its claims is told to whoever sends that header and to nobody else.

use hawker_domain::{
    ClaimId, Money, ShowId, Sku, Variant,
    claim::{RefusedWhy, ReservePolicy, Shipping},
};
use serde::{Deserialize, Serialize};

/// The header's name.
pub const VIEWER_HEADER: &str = "hawker-viewer";

/// Longest text of a show's own rules, in characters.
pub const KEYWORDS_MAX_CHARS: usize = 500;
/// Highest shipping fee, and highest worth from which on there is none, in minor units: as the highest price.
pub const FEE_MAX_MINOR: i64 = 1_000_000_000_000;

/// `PUT /api/v1/shows/{show_id}/claims`: what comments of a show may buy from now on. A show that was never told takes none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PutClaimRules {
    /// None: comments buy nothing.
    pub rules: Option<ClaimRules>,
}

/// How comments of a show buy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimRules {
    /// `claim=WORD|WORD`, `bare=off|quantity|number`, or both joined by `;`; empty is as usual.
    #[serde(default)]
    pub keywords: String,
    #[serde(default)]
    pub policy: ReservePolicy,
    /// None: sending costs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Shipping>,
    /// What products are called beside their titles, at most 500.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<GoodsNames>,
}

/// What viewers call one product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GoodsNames {
    pub sku: Sku,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<Variant>,
}

/// `POST /api/v1/public/shows/{show_id}/claims`, header `Hawker-Viewer`: how this viewer's claims stand. Waits while that is
/// as it was seen.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct AskClaims {
    /// The version of the answer before; empty at first.
    #[serde(default)]
    pub seen: String,
    #[serde(default)]
    pub wait_ms: u64,
}

/// Answer: the newest claims of this viewer in this show, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnClaims {
    pub version: String,
    pub claims: Vec<OwnClaim>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnClaim {
    pub claim_id: ClaimId,
    /// The comment.
    pub text: String,
    pub lines: Vec<OwnLine>,
    #[serde(flatten)]
    pub stand: ClaimStand,
    /// `/pay/<token>`, where it may be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnLine {
    pub sku: Sku,
    pub title: String,
    pub qty: u32,
}

/// How a claim stands, for its viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ClaimStand {
    /// The desk finds out what is meant.
    Asked,
    /// Held, to be paid within.
    Reserved {
        expires_in_ms: u64,
    },
    /// To be paid within, and whoever pays first has it.
    Invited {
        expires_in_ms: u64,
    },
    /// So many come first, this one included.
    Waiting {
        place: u32,
    },
    Refused {
        why: RefusedWhy,
    },
    Paid,
    Expired,
    Dropped,
    /// Something a newer platform says.
    #[serde(other)]
    Unknown,
}

/// `POST /api/v1/public/claims/look` and `…/hold`: the token of a pay link. `hold` answers a
/// [`Reservation`](crate::viewer::Reservation), which is paid like any other; asked again it is the same one.
#[derive(Clone, Serialize, Deserialize)]
pub struct PayLink {
    pub link: String,
}

/// Answer of `look`: what the link is for. It names nobody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimToPay {
    pub show_id: ShowId,
    pub title: String,
    pub shop_name: String,
    /// Comments can still claim.
    pub is_running: bool,
    pub lines: Vec<PayLine>,
    pub goods: Money,
    pub shipping: Money,
    pub total: Money,
    #[serde(flatten)]
    pub stand: ClaimStand,
}

/// `GET /api/v1/claims/{claim_id}/pay-link`, for the seller: the link that the viewer's page has, for the desk to pass on.
#[derive(Clone, Serialize, Deserialize)]
pub struct ClaimPayUrl {
    /// With the platform's address. Whoever has it may pay the claim.
    pub pay_url: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PayLine {
    pub sku: Sku,
    pub title: String,
    pub qty: u32,
    pub unit_price: Money,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{feed::FeedEvent, ops::OpPayload};
    use hawker_domain::{
        ChatId, Currency, ShowMs, ViewerId,
        claim::{Answer, Claim, ClaimAnswer, ClaimLine, ClaimState, Question},
        comment::{Confidence, Open},
    };
    use uuid::Uuid;

    fn sku() -> Sku {
        Sku::new("TEA-1").unwrap()
    }

    #[test]
    fn rules_look_like_this_on_the_wire_and_an_empty_one_is_as_usual() {
        let yuan = |minor| Money::new(minor, Currency::CNY);
        let rules = ClaimRules {
            keywords: "bare=number".into(),
            policy: ReservePolicy { per_buyer: Some(2), ..ReservePolicy::default() },
            shipping: Some(Shipping { fee: yuan(800), free_from: Some(yuan(9_900)) }),
            names: vec![GoodsNames {
                sku: sku(), aliases: vec!["龙井".into()], variant: Variant::new("tea", "250 g")
            }],
        };
        let text = serde_json::to_string(&PutClaimRules { rules: Some(rules.clone()) }).unwrap();
        insta::assert_snapshot!(text, @r#"{"rules":{"keywords":"bare=number","policy":{"hold_min":10,"first_paid":false,"waiting_list":true,"per_buyer":2},"shipping":{"fee":{"minor":800,"currency":"CNY"},"free_from":{"minor":9900,"currency":"CNY"}},"names":[{"sku":"TEA-1","aliases":["龙井"],"variant":{"of":"tea","option":"250 g"}}]}}"#);
        assert_eq!(serde_json::from_str::<PutClaimRules>(&text).unwrap().rules, Some(rules));
        assert_eq!(serde_json::from_str::<ClaimRules>("{}").unwrap(), ClaimRules::default());
        assert_eq!(serde_json::from_str::<PutClaimRules>(r#"{"rules":null}"#).unwrap().rules, None);
    }

    fn claim(state: ClaimState) -> Claim {
        Claim {
            claim_id: ClaimId(Uuid::from_u128(1)),
            show_id: ShowId(Uuid::from_u128(2)),
            chat_id: ChatId(Uuid::from_u128(3)),
            viewer: ViewerId(Uuid::from_u128(4)),
            name: "小*".into(),
            text: "+1".into(),
            lines: vec![ClaimLine { sku: sku(), qty: 1 }],
            confidence: Some(Confidence::Custom),
            question: None,
            at: Some(ShowMs(1_500)),
            state,
            heard_at_us: 7,
        }
    }

    #[test]
    fn a_claim_looks_like_this_in_the_feed() {
        let held = FeedEvent::Claim { claim: Box::new(claim(ClaimState::Reserved { until_us: 600_000_007 })) };
        let asked = Claim {
            lines: Vec::new(),
            confidence: None,
            question: Some(Question { why: Open::Option, ways: vec![vec![ClaimLine { sku: sku(), qty: 2 }]] }),
            at: None,
            ..claim(ClaimState::Asked)
        };
        let asked = FeedEvent::Claim { claim: Box::new(asked) };
        let lines = [&held, &asked].map(|event| serde_json::to_string(event).unwrap());
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"kind":"claim","claim":{"claim_id":"00000000-0000-0000-0000-000000000001","show_id":"00000000-0000-0000-0000-000000000002","chat_id":"00000000-0000-0000-0000-000000000003","viewer":"00000000-0000-0000-0000-000000000004","name":"小*","text":"+1","lines":[{"sku":"TEA-1","qty":1}],"confidence":"custom","at":1500,"state":{"state":"reserved","until_us":600000007},"heard_at_us":7}}
        {"kind":"claim","claim":{"claim_id":"00000000-0000-0000-0000-000000000001","show_id":"00000000-0000-0000-0000-000000000002","chat_id":"00000000-0000-0000-0000-000000000003","viewer":"00000000-0000-0000-0000-000000000004","name":"小*","text":"+1","lines":[],"question":{"why":"option","ways":[[{"sku":"TEA-1","qty":2}]]},"at":null,"state":{"state":"asked"},"heard_at_us":7}}
        "#);
        for (line, event) in lines.iter().zip([held, asked]) {
            assert_eq!(serde_json::from_str::<FeedEvent>(line).unwrap(), event);
        }
    }

    #[test]
    fn an_answer_of_the_desk_looks_like_this_on_the_wire() {
        let answer = |answer| OpPayload::ClaimAnswered {
            answer: ClaimAnswer { claim_id: ClaimId(Uuid::from_u128(1)), answer, at_us: 7 },
        };
        let all = [answer(Answer::Take { lines: vec![ClaimLine { sku: sku(), qty: 2 }] }), answer(Answer::Drop)];
        let lines = all.each_ref().map(|payload| serde_json::to_string(payload).unwrap());
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"kind":"claim_answered","answer":{"claim_id":"00000000-0000-0000-0000-000000000001","answer":{"take":{"lines":[{"sku":"TEA-1","qty":2}]}},"at_us":7}}
        {"kind":"claim_answered","answer":{"claim_id":"00000000-0000-0000-0000-000000000001","answer":"drop","at_us":7}}
        "#);
        assert_eq!(lines.map(|line| serde_json::from_str::<OpPayload>(&line).unwrap()), all);
    }

    #[test]
    fn what_a_viewer_is_told_looks_like_this_on_the_wire() {
        let line = OwnLine { sku: sku(), title: "龙井".into(), qty: 1 };
        let own = |stand, pay_url: Option<&str>| OwnClaim {
            claim_id: ClaimId(Uuid::from_u128(1)),
            text: "1".into(),
            lines: vec![line.clone()],
            stand,
            pay_url: pay_url.map(str::to_owned),
        };
        let all = [
            own(ClaimStand::Reserved { expires_in_ms: 600_000 }, Some("/pay/abc")),
            own(ClaimStand::Waiting { place: 3 }, None),
            own(ClaimStand::Refused { why: RefusedWhy::SoldOut }, None),
        ];
        let lines = all.each_ref().map(|claim| serde_json::to_string(claim).unwrap());
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"claim_id":"00000000-0000-0000-0000-000000000001","text":"1","lines":[{"sku":"TEA-1","title":"龙井","qty":1}],"state":"reserved","expires_in_ms":600000,"pay_url":"/pay/abc"}
        {"claim_id":"00000000-0000-0000-0000-000000000001","text":"1","lines":[{"sku":"TEA-1","title":"龙井","qty":1}],"state":"waiting","place":3}
        {"claim_id":"00000000-0000-0000-0000-000000000001","text":"1","lines":[{"sku":"TEA-1","title":"龙井","qty":1}],"state":"refused","why":"sold_out"}
        "#);
        assert_eq!(lines.map(|line| serde_json::from_str::<OwnClaim>(&line).unwrap()), all);
        assert_eq!(serde_json::from_str::<ClaimStand>(r#"{"state":"auctioned"}"#).unwrap(), ClaimStand::Unknown);
    }

    #[test]
    fn the_link_for_the_desk_looks_like_this_on_the_wire() {
        let url = ClaimPayUrl { pay_url: "https://live.example/pay/abc".into() };
        let text = serde_json::to_string(&url).unwrap();
        insta::assert_snapshot!(text, @r#"{"pay_url":"https://live.example/pay/abc"}"#);
        assert_eq!(serde_json::from_str::<ClaimPayUrl>(&text).unwrap().pay_url, url.pay_url);
    }
}
