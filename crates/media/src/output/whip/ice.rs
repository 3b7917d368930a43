//! Servers that help to find a way to the receiver, as a WHIP server names them in its `Link` headers. Pure.

use url::Url;

/// A STUN or TURN server in the form that `webrtcbin` takes: `stun://host:port`, `turn(s)://user:password@host:port`. It
/// holds a secret: never log it.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::output) struct IceServer {
    pub url: String,
    pub relays: bool,
}

/// More than this helps nobody.
const MOST: usize = 8;

/// Those among the links of one or several headers; what can't be used is left out.
pub(super) fn servers<'a>(headers: impl Iterator<Item = &'a str>) -> Vec<IceServer> {
    headers.flat_map(links).filter_map(|link| server(&link)).take(MOST).collect()
}

/// The links of a header. A comma within `<…>` or quotes is none between two.
fn links(header: &str) -> Vec<String> {
    let (mut links, mut inside, mut quoted) = (vec![String::new()], false, false);
    for c in header.chars() {
        match c {
            '<' if !quoted => inside = true,
            '>' if !quoted => inside = false,
            '"' if !inside => quoted = !quoted,
            ',' if !inside && !quoted => {
                links.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(link) = links.last_mut() {
            link.push(c);
        }
    }
    links
}

fn server(link: &str) -> Option<IceServer> {
    let (place, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
    let parameter = |wanted: &str| {
        let mut all = rest.split(';').filter_map(|one| one.split_once('='));
        let found = all.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.trim().trim_matches('"').to_owned())
    };
    if !parameter("rel")?.eq_ignore_ascii_case("ice-server") {
        return None;
    }
    let (scheme, host) = place.split_once(':')?;
    let (host, query) = host.split_once('?').map_or((host, ""), |(host, query)| (host, query));
    let scheme = scheme.to_ascii_lowercase();
    let relays = match scheme.as_str() {
        "stun" => false,
        "turn" | "turns" => true,
        _ => return None,
    };
    let mut url = Url::parse(&format!("{scheme}://{host}")).ok().filter(|url| url.host_str().is_some())?;
    if url.port().is_none() {
        url.set_port(Some(if scheme == "turns" { 5349 } else { 3478 })).ok()?;
    }
    if relays {
        url.set_username(&parameter("username")?).ok()?;
        url.set_password(Some(&parameter("credential")?)).ok()?;
        url.set_query(Some(query).filter(|query| !query.is_empty()));
    }
    Some(IceServer { url: url.to_string(), relays })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(headers: &[&str]) -> Vec<String> {
        servers(headers.iter().copied()).into_iter().map(|server| server.url).collect()
    }

    #[test]
    fn servers_are_read_from_link_headers_and_the_rest_is_left_out() {
        let one = r#"<stun:stun.example>; rel="ice-server", <turn:turn.example:3479?transport=udp>; rel="ice-server"; username="a,b"; credential="p@ss"; credential-type="password""#;
        let other = r#"<turns:turn.example>; rel=ice-server; username=u; credential=c"#;
        assert_eq!(
            found(&[one, other]),
            [
                "stun://stun.example:3478",
                "turn://a,b:p%40ss@turn.example:3479?transport=udp",
                "turns://u:c@turn.example:5349"
            ]
        );
        for useless in [
            r#"<https://live.example/>; rel="next""#,
            r#"<turn:turn.example>; rel="ice-server""#,
            r#"<http://turn.example>; rel="ice-server""#,
            "stun:stun.example; rel=ice-server",
            "<stun:>; rel=ice-server",
            "",
            "<",
            "<,>,\",",
        ] {
            assert_eq!(found(&[useless]), Vec::<String>::new(), "{useless}");
        }
        let many = vec!["<stun:a>; rel=ice-server"; 20].join(",");
        assert_eq!(found(&[&many]).len(), MOST);
    }
}
