//! Who really asks, where proxies stand in between: each adds the address it heard from to `X-Forwarded-For`.
//!
//! Anybody can send such a header. Only what the known number of own proxies have added is believed, counted from its end.

use axum::{
    extract::{ConnectInfo, Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use std::net::{IpAddr, SocketAddr};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of who asks; an extension of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Finds the address behind `hops` proxies of the operator's own.
pub async fn client_address(State(hops): State<u8>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(socket)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
        let address = behind(socket.ip(), request.headers(), hops);
        request.extensions_mut().insert(ClientAddress(address));
    }
    next.run(request).await
}

/// The entry that the outermost own proxy wrote; the socket's address where there is none that can be read, since the request then came
/// past that proxy.
fn behind(socket: IpAddr, headers: &HeaderMap, hops: u8) -> IpAddr {
    let Some(from_end) = usize::from(hops).checked_sub(1) else { return socket };
    let lists = headers.get_all(FORWARDED_FOR).iter().rev();
    let entries = lists.flat_map(|list| list.to_str().unwrap_or_default().rsplit(','));
    entries.map(str::trim).nth(from_end).and_then(address).unwrap_or(socket)
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let plain = text.trim_matches(['[', ']']);
    plain.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_what_own_proxies_wrote_is_believed() {
        let socket: IpAddr = "10.0.0.1".parse().unwrap();
        let table: [(u8, &[&'static str], &str); 11] = [
            (0, &["203.0.113.9"], "10.0.0.1"),
            (1, &[], "10.0.0.1"),
            (1, &["203.0.113.9"], "203.0.113.9"),
            // The client sent the first itself.
            (1, &["127.0.0.1, 203.0.113.9"], "203.0.113.9"),
            (1, &["127.0.0.1", "203.0.113.9"], "203.0.113.9"),
            (2, &["198.51.100.7", "203.0.113.9, 10.0.0.2"], "203.0.113.9"),
            (2, &["203.0.113.9"], "10.0.0.1"),
            (1, &["203.0.113.9:4711"], "203.0.113.9"),
            (1, &["[2001:db8::1]:4711"], "2001:db8::1"),
            (1, &["2001:db8::1"], "2001:db8::1"),
            (1, &["unknown"], "10.0.0.1"),
        ];
        for (hops, lists, found) in table {
            let mut headers = HeaderMap::new();
            for list in lists {
                headers.append(FORWARDED_FOR, HeaderValue::from_static(list));
            }
            assert_eq!(behind(socket, &headers, hops).to_string(), found, "{hops} hops, {lists:?}");
        }
    }
}
