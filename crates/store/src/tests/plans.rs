//! How the database finds what is asked for at every step, however much was ever done here.

use crate::{
    outbox::{LAST_ANSWERED, OPS_FROM, WAIT_AGAIN_FROM},
    rights::cover::RECENT_ASKS,
    testing::*,
};
use sqlx::{AssertSqlSafe, Row};

#[tokio::test]
async fn ops_are_found_by_their_numbers_and_not_by_looking_at_all_of_them() {
    let store = store().await;
    for statement in [OPS_FROM, LAST_ANSWERED, WAIT_AGAIN_FROM, RECENT_ASKS] {
        // Values that are not bound are NULL; the plan does not look at them.
        let explained = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")));
        let rows = explained.fetch_all(&store.reader).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        let by_number = |step: &String| step.starts_with("SEARCH o") && step.contains("device_id=? AND epoch=?");
        assert!(plan.iter().any(by_number), "{statement}: {plan:?}");
        let is_slow = |step: &String| step.starts_with("SCAN o") || step.contains("TEMP B-TREE");
        assert!(!plan.iter().any(is_slow), "{statement}: {plan:?}");
    }
}
