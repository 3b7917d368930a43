//! Where channels of comments were left.

use crate::{ChannelLeft, testing::*};
use hawker_domain::channel::{
    ChannelComment, ChannelId, ChannelKind, ChannelLimits, CommentKey, Ledger, LedgerRules, Proof,
};

fn limits() -> ChannelLimits {
    ChannelLimits {
        kind: ChannelKind::Own,
        proof: Proof::Proven,
        first_seq: Some(1),
        comments_per_s: None,
        text_chars: 500,
        back_fill_depth: 100,
        reply_chars: None,
        can_list_products: false,
        silent_after_ms: None,
    }
}

fn comment(seq: u64) -> ChannelComment {
    ChannelComment {
        key: CommentKey::Number { numbering: 1, seq },
        name: None,
        viewer: "a".into(),
        text: "扣1".into(),
        at_ms: None,
        show_id: None,
    }
}

fn left(ledger: &Ledger) -> ChannelLeft {
    ChannelLeft {
        channel: ChannelId::own(),
        kind: ChannelKind::Own,
        proof: Proof::Proven,
        position: ledger.position(),
        tally: ledger.tally(),
        dropped: 2,
    }
}

#[tokio::test]
async fn a_channel_is_gone_on_with_after_the_store_was_closed() {
    let store = store().await;
    assert_eq!(store.channel_left(&ChannelId::own()).await.unwrap(), None);
    let mut ledger = Ledger::new(&limits(), LedgerRules::default(), None, 0);
    for seq in [1, 2, 5] {
        ledger.arrive(&comment(seq), 0);
    }
    store.leave_channel(&left(&ledger)).await.unwrap();
    ledger.arrive(&comment(6), 0);
    store.leave_channel(&left(&ledger)).await.unwrap();
    let dir = store.into_dir().await;
    let store = open(dir.path()).await.unwrap();
    let found = store.channel_left(&ChannelId::own()).await.unwrap().unwrap();
    assert_eq!(found, left(&ledger));
    let mut ledger = Ledger::new(&limits(), LedgerRules::default(), Some(&found.position), 0);
    assert!(!ledger.arrive(&comment(6), 0).is_taken() && ledger.arrive(&comment(9), 0).is_taken());
    let missing: Vec<_> = ledger.missing().iter().map(|one| (one.first, one.last)).collect();
    assert_eq!(missing, [(3, 4), (7, 8)], "what was missing, and what was said meanwhile");

    let channels = store.channels().await.unwrap();
    let own = &channels[0];
    assert_eq!((own.tally.taken, own.tally.missing, own.dropped, own.orders), (4, 2, 2, 0));
    assert!(own.seen_at_us.is_some());
    let text = serde_json::to_string(own).unwrap();
    assert!(text.starts_with(r#"{"channel":"hawker","kind":"own","proof":"proven","taken":4"#), "{text}");
    store.forget_channel(&ChannelId::own()).await.unwrap();
    assert!(store.channels().await.unwrap().is_empty());
}
