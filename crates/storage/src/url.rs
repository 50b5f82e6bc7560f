//! Where a database is, as its owner writes it.
//!
//! Says nothing of whether it is there.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The address of a database: `sqlite:<path>` or `postgres://…`.
///
/// Never shows a password: both `Display` and `Debug` put `***` in its place.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Address);

#[derive(Clone, PartialEq, Eq)]
enum Address {
    Sqlite(PathBuf),
    Postgres(String),
}

/// Why a text is no address of a database; says what is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It begins with neither scheme.
    #[error("a database is given as sqlite:<path> or as postgres://user@host/name")]
    Scheme,
    /// A database that would be gone with the process.
    #[error(
        "a SQLite database in memory is not supported, as its connections would not share it: \
         give the path of a file, such as sqlite:causerie-data/causerie.db"
    )]
    Memory,
    /// No path.
    #[error("the path of the SQLite database is missing: write sqlite:<path>")]
    NoPath,
    /// Options after a question mark.
    #[error("a SQLite database takes no options: leave out the question mark and what follows")]
    SqliteOptions,
}

impl DatabaseUrl {
    /// The database in a SQLite file.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self(Address::Sqlite(path.into()))
    }

    /// The file, if it is SQLite.
    pub fn sqlite_path(&self) -> Option<&Path> {
        match &self.0 {
            Address::Sqlite(path) => Some(path),
            Address::Postgres(_) => None,
        }
    }

    /// The whole address with its password, if it is Postgres, and with what it leaves to us: how soon
    /// a server that has gone silent is given up. Left to itself, a connection waits for hours.
    pub(crate) fn postgres(&self) -> Option<String> {
        const DEFAULTS: [(&str, &str); 6] = [
            ("connect_timeout", "5"),
            ("keepalives_idle", "30"),
            ("keepalives_interval", "10"),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", "30000"),
            ("fallback_application_name", "causerie"),
        ];
        let Address::Postgres(url) = &self.0 else {
            return None;
        };
        let mut whole = url.clone();
        let given = url.split_once('?').map_or("", |(_, query)| query);
        let mut names: Vec<_> = given
            .split('&')
            .filter_map(|one| one.split('=').next())
            .collect();
        names.retain(|name| !name.is_empty());
        let mut mark = match (url.contains('?'), names.is_empty()) {
            (false, _) => "?",
            (true, true) => "",
            (true, false) => "&",
        };
        for (name, value) in DEFAULTS.iter().filter(|(name, _)| !names.contains(name)) {
            whole.extend([mark, name, "=", value]);
            mark = "&";
        }
        Some(whole)
    }
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self(Address::Postgres(text.to_owned())));
        }
        let path = text.strip_prefix("sqlite:").ok_or(UrlError::Scheme)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            return Err(UrlError::NoPath);
        }
        if path.starts_with(":memory:") || path == "memory:" {
            return Err(UrlError::Memory);
        }
        if path.contains('?') {
            return Err(UrlError::SqliteOptions);
        }
        Ok(Self::sqlite(path))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Address::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Address::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// A Postgres address with `***` for each password that libpq would find in it.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    // The user ends at the last `@`: whoever forgot to encode one in a password is not to be shown
    // it either.
    let place = match place.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:***@{host}"),
            None => place.to_owned(),
        },
        None => place.to_owned(),
    };
    let parameters: Vec<_> = query
        .split('&')
        .map(|one| match one.split_once('=') {
            Some((name, _)) if name.contains("password") => format!("{name}=***"),
            _ => one.to_owned(),
        })
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{place}{mark}{}", parameters.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let url: DatabaseUrl = text.parse().expect("an address");
        url.to_string()
    }

    #[test]
    fn both_schemes_are_read() {
        let path = |text: &str| -> Option<PathBuf> {
            let url: DatabaseUrl = text.parse().expect("an address");
            url.sqlite_path().map(Path::to_owned)
        };
        assert_eq!(path("sqlite:a/b.db"), Some("a/b.db".into()));
        assert_eq!(path("sqlite:///a/b.db"), Some("/a/b.db".into()));
        assert_eq!(path("sqlite:./b.db"), Some("./b.db".into()));
        assert_eq!(path("postgresql:///causerie"), None);
    }

    #[test]
    fn what_cannot_be_opened_is_refused() {
        let refused = |text: &str| text.parse::<DatabaseUrl>().expect_err(text);
        assert_eq!(refused("mysql://host"), UrlError::Scheme);
        assert_eq!(refused("causerie.db"), UrlError::Scheme);
        assert_eq!(refused("sqlite:"), UrlError::NoPath);
        assert_eq!(refused("sqlite::memory:"), UrlError::Memory);
        assert_eq!(refused("sqlite://:memory:"), UrlError::Memory);
        assert_eq!(refused("sqlite:a.db?mode=ro"), UrlError::SqliteOptions);
    }

    #[test]
    fn a_silent_server_is_given_up_unless_told_otherwise() {
        let whole = |text: &str| {
            let url: DatabaseUrl = text.parse().expect("an address");
            url.postgres().expect("it is Postgres")
        };
        let rest = "&keepalives_idle=30&keepalives_interval=10&keepalives_count=3\
                    &tcp_user_timeout=30000&fallback_application_name=causerie";
        assert_eq!(
            whole("postgres://h/d"),
            format!("postgres://h/d?connect_timeout=5{rest}")
        );
        assert_eq!(
            whole("postgres://h/d?"),
            format!("postgres://h/d?connect_timeout=5{rest}")
        );
        let own = "postgres://h/d?connect_timeout=60";
        assert_eq!(whole(own), format!("{own}{rest}"));
    }

    #[test]
    fn i10_a_password_is_not_shown() {
        assert_eq!(
            shown("postgres://u:se@cr:et@h:1/d"),
            "postgres://u:***@h:1/d"
        );
        assert_eq!(shown("postgres://u@h/d"), "postgres://u@h/d");
        assert_eq!(
            shown("postgres:///d?password=secret&user=u&sslpassword=x"),
            "postgres:///d?password=***&user=u&sslpassword=***"
        );
        let url: DatabaseUrl = "postgres://u:secret@h/d".parse().expect("an address");
        assert!(!format!("{url:?}").contains("secret"));
    }
}
