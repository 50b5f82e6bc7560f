//! Where files are kept, as their owner writes it.
//!
//! Says nothing of whether it is there.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use url::Url;

/// The address of the place for files: a directory (`file:<path>`, or only the path) or a bucket
/// (`s3://bucket/prefix`) of a service that speaks the S3 protocol.
///
/// A bucket takes options after a question mark, percent-encoded where they need it:
///
/// | option | what it is | else from the environment |
/// |---|---|---|
/// | `endpoint` | address of a service other than Amazon's | `AWS_ENDPOINT_URL` |
/// | `region` | region of the bucket | `AWS_REGION`, `AWS_DEFAULT_REGION` |
/// | `access_key`, `secret_key` | who we are there | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` |
/// | `path_style` | `false`: the bucket is part of the host name | `AWS_VIRTUAL_HOSTED_STYLE_REQUEST` |
/// | `allow_http` | `true`: without encryption, for a service on this machine | `AWS_ALLOW_HTTP` |
///
/// Never shows a secret: both `Display` and `Debug` put `***` in its place.
#[derive(Clone, PartialEq, Eq)]
pub struct FilesUrl(Address);

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Address {
    Directory(PathBuf),
    Bucket(BucketAddress),
}

/// A bucket and how it is reached. What is `None` is left to the environment.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct BucketAddress {
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    pub(crate) endpoint: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) access_key: Option<String>,
    pub(crate) secret_key: Option<String>,
    pub(crate) path_style: Option<bool>,
    pub(crate) allow_http: Option<bool>,
}

/// Why a text is no address of a place for files; says what is expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilesUrlError {
    /// It begins with a scheme that is not known.
    #[error("a place for files is given as a path, as file:<path> or as s3://bucket/prefix")]
    Scheme,
    /// No path.
    #[error("the path of the directory for files is missing: write file:<path>")]
    NoPath,
    /// Options for a directory.
    #[error("a directory takes no options: leave out the question mark and what follows")]
    DirectoryOptions,
    /// No bucket, or something in its place that is none.
    #[error("the name of the bucket is missing: write s3://bucket or s3://bucket/prefix")]
    NoBucket,
    /// Credentials or a port before the path.
    #[error(
        "a bucket is given by its name alone: write keys as ?access_key=…&secret_key=…, \
         and the address of the service as ?endpoint=…"
    )]
    Authority,
    /// A prefix with parts that mean something else to a file system.
    #[error("the prefix in the bucket may have letters, digits and -_.= between its slashes")]
    Prefix,
    /// An option that is not known.
    #[error(
        "a bucket has the options endpoint, region, access_key, secret_key, path_style and \
         allow_http; {0:?} is none of them"
    )]
    Option(String),
    /// An option that is neither `true` nor `false`.
    #[error("the option {0} is true or false")]
    Flag(&'static str),
    /// One key without the other.
    #[error("access_key and secret_key come together: give both or neither")]
    HalfKey,
}

impl FilesUrl {
    /// The place in a directory.
    pub fn directory(path: impl Into<PathBuf>) -> Self {
        Self(Address::Directory(path.into()))
    }

    /// The directory, if it is one.
    pub fn directory_path(&self) -> Option<&Path> {
        match &self.0 {
            Address::Directory(path) => Some(path),
            Address::Bucket(_) => None,
        }
    }

    pub(crate) fn address(&self) -> &Address {
        &self.0
    }
}

impl FromStr for FilesUrl {
    type Err = FilesUrlError;

    fn from_str(text: &str) -> Result<Self, FilesUrlError> {
        if text.starts_with("s3:") {
            return Ok(Self(Address::Bucket(BucketAddress::parse(text)?)));
        }
        let path = match text.strip_prefix("file:") {
            Some(path) => path.strip_prefix("//").unwrap_or(path),
            None if has_scheme(text) => return Err(FilesUrlError::Scheme),
            None => text,
        };
        if path.is_empty() {
            return Err(FilesUrlError::NoPath);
        }
        if path.contains('?') {
            return Err(FilesUrlError::DirectoryOptions);
        }
        Ok(Self::directory(path))
    }
}

/// Whether it begins like an address, not like a path.
fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

impl BucketAddress {
    fn parse(text: &str) -> Result<Self, FilesUrlError> {
        let url = Url::parse(text).map_err(|_| FilesUrlError::NoBucket)?;
        let bucket = url.host_str().filter(|host| !host.is_empty());
        let bucket = bucket.ok_or(FilesUrlError::NoBucket)?.to_owned();
        let named_alone = url.username().is_empty() && url.password().is_none();
        if !named_alone || url.port().is_some() || url.fragment().is_some() {
            return Err(FilesUrlError::Authority);
        }
        let prefix = url.path().trim_matches('/').to_owned();
        let plain = |part: &str| {
            !matches!(part, "" | "." | "..")
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte))
        };
        if !prefix.is_empty() && !prefix.split('/').all(plain) {
            return Err(FilesUrlError::Prefix);
        }
        let mut address = Self {
            bucket,
            prefix,
            ..Self::default()
        };
        for (name, value) in url.query_pairs() {
            address.set(&name, &value)?;
        }
        if address.access_key.is_some() != address.secret_key.is_some() {
            return Err(FilesUrlError::HalfKey);
        }
        Ok(address)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), FilesUrlError> {
        let flag = |name| match value {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            _ => Err(FilesUrlError::Flag(name)),
        };
        let text = || Some(value.to_owned());
        match name {
            "endpoint" if value.contains('@') => return Err(FilesUrlError::Authority),
            "endpoint" => self.endpoint = text(),
            "region" => self.region = text(),
            "access_key" => self.access_key = text(),
            "secret_key" => self.secret_key = text(),
            "path_style" => self.path_style = flag("path_style")?,
            "allow_http" => self.allow_http = flag("allow_http")?,
            other => return Err(FilesUrlError::Option(other.to_owned())),
        }
        Ok(())
    }
}

impl fmt::Display for FilesUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Address::Directory(path) => write!(f, "file:{}", path.display()),
            Address::Bucket(bucket) => bucket.fmt(f),
        }
    }
}

impl fmt::Display for BucketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.bucket)?;
        if !self.prefix.is_empty() {
            write!(f, "/{}", self.prefix)?;
        }
        let flag = |flag: Option<bool>| flag.map(|flag| flag.to_string());
        let options = [
            ("endpoint", self.endpoint.clone()),
            ("region", self.region.clone()),
            ("access_key", self.access_key.clone()),
            ("secret_key", self.secret_key.as_ref().map(|_| "***".into())),
            ("path_style", flag(self.path_style)),
            ("allow_http", flag(self.allow_http)),
        ];
        let mut mark = '?';
        for (name, value) in options {
            if let Some(value) = value {
                write!(f, "{mark}{name}={value}")?;
                mark = '&';
            }
        }
        Ok(())
    }
}

impl fmt::Debug for FilesUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FilesUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> FilesUrl {
        text.parse().expect("an address")
    }

    #[test]
    fn directories_are_given_with_and_without_a_scheme() {
        for (text, path) in [
            ("file:a/b", "a/b"),
            ("file:///a/b", "/a/b"),
            ("./files", "./files"),
            ("/srv/files", "/srv/files"),
        ] {
            assert_eq!(parsed(text), FilesUrl::directory(path), "{text}");
        }
        assert_eq!(parsed("/srv/files").to_string(), "file:/srv/files");
    }

    #[test]
    fn buckets_are_given_with_their_options() {
        let text = "s3://media/a/b?endpoint=http://127.0.0.1:9000&region=eu-1&access_key=me\
                    &secret_key=a%2Fb%3D&path_style=true&allow_http=true";
        let Address::Bucket(bucket) = parsed(text).0 else {
            panic!("expected a bucket");
        };
        assert_eq!((&*bucket.bucket, &*bucket.prefix), ("media", "a/b"));
        assert_eq!(bucket.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
        assert_eq!(bucket.secret_key.as_deref(), Some("a/b="));
        assert_eq!(bucket.allow_http, Some(true));
        assert_eq!(parsed("s3://media").to_string(), "s3://media");
    }

    #[test]
    fn what_cannot_be_opened_is_refused() {
        for (text, expected) in [
            ("ftp://host", FilesUrlError::Scheme),
            ("file:", FilesUrlError::NoPath),
            ("", FilesUrlError::NoPath),
            ("file:a?b=c", FilesUrlError::DirectoryOptions),
            ("s3://", FilesUrlError::NoBucket),
            ("s3://key:secret@media", FilesUrlError::Authority),
            ("s3://media:9000", FilesUrlError::Authority),
            (
                "s3://media?endpoint=http://me:secret@host",
                FilesUrlError::Authority,
            ),
            ("s3://media/a//b", FilesUrlError::Prefix),
            ("s3://media/%2e%2e%2fb", FilesUrlError::Prefix),
            ("s3://media?acl=x", FilesUrlError::Option("acl".into())),
            ("s3://media?allow_http=1", FilesUrlError::Flag("allow_http")),
            ("s3://media?access_key=me", FilesUrlError::HalfKey),
        ] {
            assert_eq!(text.parse::<FilesUrl>(), Err(expected), "{text}");
        }
    }

    #[test]
    fn i10_a_secret_is_not_shown() {
        let url = parsed("s3://media?access_key=me&secret_key=hidden");
        assert_eq!(url.to_string(), "s3://media?access_key=me&secret_key=***");
        assert!(!format!("{url:?}").contains("hidden"));
    }
}
