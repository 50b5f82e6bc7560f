//! Postgres URLs, as far as choosing another database on the same server.
//! Does not validate: the server and libpq do.

/// `url` with its database replaced by `name`; user, host and options stay.
pub(crate) fn with_database(url: &str, name: &str) -> String {
    let (base, options) = match url.split_once('?') {
        Some((base, options)) => (base, format!("?{options}")),
        None => (url, String::new()),
    };
    let authority_at = base.find("://").map_or(0, |at| at + "://".len());
    let end = base[authority_at..]
        .find('/')
        .map_or(base.len(), |at| authority_at + at);
    format!("{}/{name}{options}", &base[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_changes() {
        let cases = [
            (
                "postgres://me:pw@host:1/old?sslmode=disable",
                "postgres://me:pw@host:1/new?sslmode=disable",
            ),
            ("postgres://host", "postgres://host/new"),
            (
                "postgresql://host/?host=/tmp/socket",
                "postgresql://host/new?host=/tmp/socket",
            ),
        ];
        for (url, expected) in cases {
            assert_eq!(with_database(url, "new"), expected);
        }
    }
}
