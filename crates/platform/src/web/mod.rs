//! The viewer page: its document at `/s/{show}` and `/pay/{token}`, and what it loads below `/viewer/`.
//!
//! Owns: the built files of `web/` inside the binary, their compression and caching. Must not know: what the page shows;
//! it reads that from the API. Without a built page the platform works all the same, and the page says how to build it.

mod encoding;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use encoding::Encoding;
use rust_embed::{EmbeddedFile, RustEmbed};

/// `npm run build -w crates/platform/web` writes them, each with FILE.br and FILE.gz beside it.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Built;

const DOCUMENT: &str = "index.html";
/// Names in here carry a hash of their content.
const HASHED: &str = "assets/";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const A_DAY: &str = "public, max-age=86400";
/// Asked again each time, answered with 304 while it is the same.
const ASK_AGAIN: &str = "no-cache";

const NOT_BUILT: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>Hawker</title>\
<h1>观看页尚未构建</h1><p>请在项目根目录运行 <code>npm ci</code> 和 <code>npm run build -w crates/platform/web</code>，再重新编译平台。</p>\
<h1 lang=\"en\">The viewer page isn't built</h1><p lang=\"en\">In the project's root run <code>npm ci</code> and \
<code>npm run build -w crates/platform/web</code>, then build the platform again.</p></html>";

/// Where pay links lead; what follows is for who has the link alone.
pub const PAY: &str = "/pay/";

/// `GET /s/{show}`, `GET /s/{show}/{sku}`, `GET /pay/{token}` and the assets they load.
pub fn router() -> Router {
    Router::new()
        .route("/s/{show}", get(document))
        .route("/s/{show}/", get(document))
        .route("/s/{show}/{sku}", get(document))
        .route("/pay/{token}", get(document))
        .route("/viewer/{*path}", get(asset))
}

async fn document(headers: HeaderMap) -> Response {
    match serve(DOCUMENT, ASK_AGAIN, &headers) {
        Some(response) => response,
        None => {
            let kind = (header::CONTENT_TYPE, "text/html; charset=utf-8");
            (StatusCode::SERVICE_UNAVAILABLE, [kind], NOT_BUILT).into_response()
        }
    }
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let cache = if path.starts_with(HASHED) { FOR_EVER } else { A_DAY };
    serve(&path, cache, &headers).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

/// The file in the best form the client takes; none if there is no such file.
fn serve(path: &str, cache: &'static str, asked: &HeaderMap) -> Option<Response> {
    let plain = Built::get(path)?;
    let tag = entity_tag(&plain);
    let mut response = if asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let (encoding, file) = smallest(path, asked).unwrap_or((Encoding::Identity, plain));
        let mut response = Body::from(file.data.into_owned()).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
        if let Some(name) = encoding.name() {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Some(response)
}

fn smallest(path: &str, asked: &HeaderMap) -> Option<(Encoding, EmbeddedFile)> {
    let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Encoding::accepted(accepted)
        .find_map(|encoding| Some((encoding, Built::get(&format!("{path}{}", encoding.suffix()))?)))
}

fn entity_tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    format!("W/\"{}\"", hex::encode(hash.get(..12).unwrap_or(&hash)))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn asked(entries: &[(header::HeaderName, &str)]) -> HeaderMap {
        entries.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[tokio::test]
    async fn a_page_that_was_not_built_says_how_to_build_it() {
        let response = document(HeaderMap::new()).await;
        let built = Built::get(DOCUMENT).is_some();
        assert_eq!(response.status(), if built { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE });
        assert!(NOT_BUILT.contains("npm run build"));
        assert_eq!(asset(Path("assets/none.js".into()), HeaderMap::new()).await.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn every_built_file_is_small_on_the_wire_and_answered_once() {
        for name in Built::iter().filter(|name| !name.ends_with(".br") && !name.ends_with(".gz")) {
            let plain = serve(&name, FOR_EVER, &HeaderMap::new()).unwrap();
            assert!(!plain.headers().contains_key(header::CONTENT_ENCODING), "{name}");
            let brotli = serve(&name, FOR_EVER, &asked(&[(header::ACCEPT_ENCODING, "gzip, br")])).unwrap();
            assert_eq!(brotli.headers()[header::CONTENT_ENCODING], "br", "{name}");
            assert_eq!(brotli.headers()[header::CONTENT_TYPE], plain.headers()[header::CONTENT_TYPE]);
            let tag = plain.headers()[header::ETAG].to_str().unwrap();
            let again = serve(&name, FOR_EVER, &asked(&[(header::IF_NONE_MATCH, tag)])).unwrap();
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{name}");
        }
    }
}
