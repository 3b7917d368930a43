//! Signing up, in, and staying signed in.

use crate::{body, failure};
use hawker_platform::limits::{Rate, RateLimits};
use hawker_test_support::{HandClock, TestPlatform, TestSeller};
use hawker_wire::{
    ErrorCode,
    account::{ChangePassword, LogIn, Refresh, SignUp, Tokens},
};
use reqwest::{Method, Response, StatusCode};

async fn log_in(platform: &TestPlatform, email: &str, password: &str) -> Response {
    let form = LogIn { email: email.into(), password: password.into() };
    platform.client.post(platform.url("/api/v1/sessions")).json(&form).send().await.unwrap()
}

async fn refresh(platform: &TestPlatform, token: &str) -> Response {
    let form = Refresh { refresh_token: token.into() };
    platform.client.post(platform.url("/api/v1/sessions/refresh")).json(&form).send().await.unwrap()
}

async fn feed_status(platform: &TestPlatform, access: &str) -> StatusCode {
    platform.client.get(platform.url("/api/v1/feed")).bearer_auth(access).send().await.unwrap().status()
}

#[tokio::test]
async fn the_right_password_signs_in_and_nothing_else_does() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let tokens: Tokens = body(log_in(&platform, "Ada@Example.org", TestSeller::PASSWORD).await).await;
    assert_eq!(tokens.seller_id, seller.seller_id, "an address is the same in any case");
    assert_eq!(tokens.expires_in_s, 15 * 60);
    assert_eq!(feed_status(&platform, &tokens.access_token).await, StatusCode::OK);

    let wrong = failure(log_in(&platform, &seller.email, "not the password").await).await;
    let nobody = failure(log_in(&platform, "nobody@example.org", TestSeller::PASSWORD).await).await;
    assert_eq!(wrong, nobody, "whether a name exists is not told");
    assert_eq!(wrong.0, StatusCode::UNAUTHORIZED);

    let form = SignUp { email: seller.email.clone(), password: TestSeller::PASSWORD.into(), shop_name: "Again".into() };
    let twice = platform.client.post(platform.url("/api/v1/accounts")).json(&form).send().await.unwrap();
    assert_eq!(failure(twice).await.1.code, ErrorCode::Conflict);
}

#[tokio::test]
async fn an_access_token_lives_for_fifteen_minutes() {
    let clock = HandClock::default();
    let platform = TestPlatform::start_on(&clock).await;
    let seller = platform.seller("ada").await;
    clock.advance_ms(15 * 60_000 - 1);
    assert_eq!(feed_status(&platform, &seller.tokens.access_token).await, StatusCode::OK);
    clock.advance_ms(1);
    assert_eq!(feed_status(&platform, &seller.tokens.access_token).await, StatusCode::UNAUTHORIZED);
    let fresh: Tokens = body(refresh(&platform, &seller.tokens.refresh_token).await).await;
    assert_eq!(feed_status(&platform, &fresh.access_token).await, StatusCode::OK);
    clock.advance_ms(31 * 24 * 3_600_000);
    let (status, _) = failure(refresh(&platform, &fresh.refresh_token).await).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "after a month one signs in again");
}

#[tokio::test]
async fn a_refresh_token_used_twice_revokes_the_whole_log_in_and_no_other() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let other: Tokens = body(log_in(&platform, &seller.email, TestSeller::PASSWORD).await).await;
    let second: Tokens = body(refresh(&platform, &seller.tokens.refresh_token).await).await;
    assert_eq!(feed_status(&platform, &second.access_token).await, StatusCode::OK);

    let (status, _) = failure(refresh(&platform, &seller.tokens.refresh_token).await).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "a token is good once");
    assert_eq!(feed_status(&platform, &second.access_token).await, StatusCode::UNAUTHORIZED, "a thief is out too");
    let (status, _) = failure(refresh(&platform, &second.refresh_token).await).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "and can't come back");
    assert_eq!(feed_status(&platform, &other.access_token).await, StatusCode::OK, "another log-in is untouched");
}

#[tokio::test]
async fn another_password_ends_every_log_in_and_the_old_one_opens_nothing() {
    const NEW: &str = "a stall by the river";
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let other = platform.seller("bob").await;
    let thief: Tokens = body(log_in(&platform, &seller.email, TestSeller::PASSWORD).await).await;
    let change = async |password: &str, new: &str| {
        let (email, password, new_password) = (seller.email.clone(), password.to_owned(), new.to_owned());
        let form = ChangePassword { email, password, new_password };
        platform.client.put(platform.url("/api/v1/accounts/password")).json(&form).send().await.unwrap()
    };
    assert_eq!(failure(change("guessed it", NEW).await).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(failure(change(TestSeller::PASSWORD, "short").await).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(feed_status(&platform, &thief.access_token).await, StatusCode::OK, "a refused change ends nothing");

    let fresh: Tokens = body(change(TestSeller::PASSWORD, NEW).await).await;
    assert_eq!(fresh.seller_id, seller.seller_id);
    for ended in [&seller.tokens, &thief] {
        assert_eq!(feed_status(&platform, &ended.access_token).await, StatusCode::UNAUTHORIZED);
        assert_eq!(failure(refresh(&platform, &ended.refresh_token).await).await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(feed_status(&platform, &fresh.access_token).await, StatusCode::OK);
    assert_eq!(feed_status(&platform, &other.tokens.access_token).await, StatusCode::OK, "nobody else is touched");
    let old = failure(log_in(&platform, &seller.email, TestSeller::PASSWORD).await).await;
    assert_eq!(old.0, StatusCode::UNAUTHORIZED);
    assert_eq!(log_in(&platform, &seller.email, NEW).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn passwords_cannot_be_tried_out_quickly() {
    let platform = TestPlatform::start_with(|config| {
        config.limits = RateLimits { log_in: Rate { burst: 3, per_minute: 1 }, ..RateLimits::unlimited() };
    })
    .await;
    for _ in 0..3 {
        let (status, _) = failure(log_in(&platform, "ada@example.org", "guess guess").await).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    let response = log_in(&platform, "ada@example.org", "guess guess").await;
    assert!(response.headers().contains_key("retry-after"), "the caller is told when to come back");
    let (status, told) = failure(response).await;
    assert_eq!((status, told.code, told.retryable), (StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited, true));
}

#[tokio::test]
async fn every_seller_route_is_closed_without_a_token() {
    let platform = TestPlatform::start().await;
    let show = uuid::Uuid::now_v7();
    let routes = [
        (Method::POST, "/api/v1/devices".to_owned()),
        (Method::PUT, "/api/v1/catalogue".to_owned()),
        (Method::POST, "/api/v1/catalogue/delist".to_owned()),
        (Method::PUT, "/api/v1/catalogue/A/photo".to_owned()),
        (Method::DELETE, "/api/v1/catalogue/A/photo".to_owned()),
        (Method::POST, "/api/v1/shows".to_owned()),
        (Method::POST, format!("/api/v1/shows/{show}/end")),
        (Method::PUT, format!("/api/v1/shows/{show}/pin")),
        (Method::PUT, format!("/api/v1/shows/{show}/running-order")),
        (Method::POST, "/api/v1/ops".to_owned()),
        (Method::GET, "/api/v1/feed".to_owned()),
        (Method::GET, "/api/v1/devices".to_owned()),
        (Method::DELETE, format!("/api/v1/devices/{show}")),
        (Method::GET, "/api/v1/quarantine".to_owned()),
        (Method::POST, format!("/api/v1/quarantine/{show}")),
        (Method::GET, format!("/api/v1/claims/{show}/pay-link")),
    ];
    for (method, path) in routes {
        for token in [None, Some("x"), Some("")] {
            let mut request = platform.client.request(method.clone(), platform.url(&path)).body("{}");
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            let (status, told) = failure(request.send().await.unwrap()).await;
            assert_eq!((status, told.code), (StatusCode::UNAUTHORIZED, ErrorCode::Unauthorized), "{method} {path}");
        }
    }
}
