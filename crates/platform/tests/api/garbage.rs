//! Whatever is sent, the answer is a failure with a code, never a 5xx, and the platform goes on.

use crate::failure;
use hawker_test_support::TestPlatform;
use hawker_wire::ErrorCode;
use reqwest::{Method, StatusCode, header};
use uuid::Uuid;

#[tokio::test]
async fn garbage_is_answered_with_a_reason() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let show = seller.show("a").await.show_id;
    let routes = [
        (Method::POST, "/api/v1/accounts".to_owned()),
        (Method::POST, "/api/v1/sessions".to_owned()),
        (Method::POST, "/api/v1/sessions/refresh".to_owned()),
        (Method::POST, "/api/v1/devices".to_owned()),
        (Method::PUT, "/api/v1/catalogue".to_owned()),
        (Method::POST, "/api/v1/shows".to_owned()),
        (Method::PUT, format!("/api/v1/shows/{show}/pin")),
        (Method::PUT, "/api/v1/shows/not-an-id/pin".to_owned()),
        (Method::POST, "/api/v1/ops".to_owned()),
        (Method::POST, format!("/api/v1/public/shows/{show}/reservations")),
        (Method::POST, format!("/api/v1/public/shows/{show}/chat")),
        (Method::POST, format!("/api/v1/public/shows/{show}/events")),
        (Method::POST, format!("/api/v1/public/shows/{}/chat", Uuid::nil())),
        (Method::POST, format!("/api/v1/public/reservations/{}/pay", Uuid::nil())),
        (Method::GET, format!("/api/v1/public/shows/{}", Uuid::nil())),
        (Method::GET, "/api/v1/public/shows/%00%ff".to_owned()),
        (Method::GET, "/api/v1/feed?after=-1".to_owned()),
        (Method::GET, "/photos/..%2f..%2fplatform.key".to_owned()),
        (Method::DELETE, "/api/v1/ops".to_owned()),
        (Method::GET, "/nothing/here".to_owned()),
    ];
    let nested = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let bodies =
        ["", "{", "null", "[]", "{\"ops\":7}", "\u{0}", nested.as_str(), r#"{"from":"\u0000","text":"\ud800"}"#];
    for (method, path) in &routes {
        for text in bodies {
            let request = seller
                .request(method.clone(), path)
                .header(header::CONTENT_TYPE, "application/json")
                .header("Idempotency-Key", "k")
                .body(text.to_owned());
            let (status, told) = failure(request.send().await.unwrap()).await;
            assert!(status.is_client_error(), "{method} {path} {text:.40}: {status} {told:?}");
        }
    }
    let healthy = platform.client.get(platform.url("/readyz")).send().await.unwrap();
    assert_eq!(healthy.status(), StatusCode::OK);
}

#[tokio::test]
async fn bodies_have_a_limit_and_a_type() {
    let platform = TestPlatform::start().await;
    let url = platform.url("/api/v1/sessions");
    let large = format!("{{\"email\":\"{}\"}}", "x".repeat(100_000));
    let response = platform
        .client
        .post(url.clone())
        .header(header::CONTENT_TYPE, "application/json")
        .body(large)
        .send()
        .await
        .unwrap();
    assert_eq!(failure(response).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let form = platform.client.post(url).header(header::CONTENT_TYPE, "text/plain").body("{}").send().await.unwrap();
    assert_eq!(failure(form).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE, "a form of another site can't send JSON");
}

#[tokio::test]
async fn wrong_values_name_the_field() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let table = [
        ("/api/v1/accounts", r#"{"email":"no at","password":"long enough pw","shop_name":"x"}"#, "email"),
        ("/api/v1/accounts", r#"{"email":"a@b","password":"short","shop_name":"x"}"#, "password"),
        ("/api/v1/accounts", r#"{"email":"a@b","password":"long enough pw","shop_name":" "}"#, "shop_name"),
        ("/api/v1/shows", r#"{"show_id":"0197a5d0-0000-7000-8000-000000000000","title":""}"#, "title"),
    ];
    for (path, body, word) in table {
        let request = seller.request(Method::POST, path).header(header::CONTENT_TYPE, "application/json").body(body);
        let (status, told) = failure(request.send().await.unwrap()).await;
        assert_eq!((status, told.code), (StatusCode::BAD_REQUEST, ErrorCode::BadInput), "{body}");
        assert!(told.message.contains(word), "{told:?} does not name {word}");
    }
    let listing = r#"{"listings":[{"sku":"A","title":"a","price":{"minor":-1,"currency":"CNY"}}]}"#;
    let request = seller.request(Method::PUT, "/api/v1/catalogue").header(header::CONTENT_TYPE, "application/json");
    let (_, told) = failure(request.body(listing).send().await.unwrap()).await;
    assert!(told.message.contains('A') && told.message.contains("price"), "{told:?}");
}

#[tokio::test]
async fn pages_of_other_sites_and_foreign_names_are_turned_away() {
    let platform = TestPlatform::start().await;
    let url = platform.url("/healthz");
    let rebound = platform.client.get(url.clone()).header(header::HOST, "evil.example").send().await.unwrap();
    assert_eq!(failure(rebound).await.1.code, ErrorCode::Forbidden);
    let foreign = platform.client.get(url.clone()).header(header::ORIGIN, "https://evil.example").send().await.unwrap();
    assert_eq!(failure(foreign).await.1.code, ErrorCode::Forbidden);
    let own = platform.client.get(url).send().await.unwrap();
    let headers = own.headers();
    assert!(headers.get("access-control-allow-origin").is_none(), "CORS is closed");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(headers["x-content-type-options"], "nosniff");
}
