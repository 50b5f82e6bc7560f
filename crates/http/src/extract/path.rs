//! Ids in paths: one that does not parse names nothing, so it is not found.

use actix_web::http::header;
use causerie_core::{
    ChannelId, ConversationId, Invalid, KeyId, MediaId, MessageId, ParticipantId, ReactionId,
    Refusal, TemplateId, WorkspaceId,
};

use super::Call;
use crate::mount::Mount;
use crate::problem::{Problem, Trouble, Wrong};

/// An id that stands in paths.
pub trait PathId: Sized {
    /// Reads its written form.
    ///
    /// # Errors
    /// When it is none.
    fn parse(text: &str) -> Result<Self, Invalid>;
    /// What is said when nothing has the id.
    fn missing() -> Refusal;
}

macro_rules! path_ids {
    ($($name:ident: $missing:ident;)+) => {$(
        impl PathId for $name {
            fn parse(text: &str) -> Result<Self, Invalid> {
                $name::parse(text)
            }

            fn missing() -> Refusal {
                Refusal::$missing
            }
        }
    )+};
}

path_ids! {
    ParticipantId: ParticipantNotFound;
    ConversationId: ConversationNotFound;
    MessageId: MessageNotFound;
    KeyId: KeyNotFound;
    WorkspaceId: WorkspaceNotFound;
    ReactionId: ReactionNotFound;
    TemplateId: TemplateNotFound;
    ChannelId: ChannelNotFound;
    MediaId: MediaNotFound;
}

impl Call {
    /// The id that stands in the path under this name.
    ///
    /// # Errors
    /// What is said when nothing has the id, if it is none.
    pub fn id<T: PathId>(&self, name: &str) -> Result<T, Problem> {
        T::parse(self.part(name)?).map_err(|_| T::missing().into())
    }

    /// What stands in the path under this name.
    ///
    /// # Errors
    /// None: a path without it has another route.
    pub fn part(&self, name: &str) -> Result<&str, Problem> {
        let part = self.request.match_info().get(name);
        part.ok_or(Trouble::RouteNotFound.into())
    }

    /// The mount of the surface that the request came to; the native API has none.
    pub(super) fn mount(&self) -> Option<&Mount> {
        self.request.app_data::<Mount>()
    }

    /// The path below that mount: the same wherever the surface is.
    pub(super) fn own_path(&self) -> &str {
        let path = self.request.path();
        let prefix = self.mount().map_or("", Mount::prefix);
        path.strip_prefix(prefix).unwrap_or(path)
    }

    /// What absolute addresses of this server begin with: as it is configured, or else as the client wrote it.
    /// Without a slash at the end.
    pub fn base_url(&self) -> String {
        let configured = self.app.public_url();
        if !configured.is_empty() {
            return configured.trim_end_matches('/').to_owned();
        }
        let named = self.request.headers().get(header::HOST);
        let named = named.and_then(|host| host.to_str().ok());
        // What is no host is nothing that an address could be made of.
        let fits = |host: &&str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
            !host.is_empty() && host.bytes().all(plain)
        };
        format!("http://{}", named.filter(fits).unwrap_or("localhost"))
    }

    /// What absolute addresses of this surface begin with.
    pub fn mount_url(&self) -> String {
        self.base_url() + self.mount().map_or("", Mount::prefix)
    }

    /// The last part of the path, decoded: a value that the caller chose. `name` is what the
    /// documentation calls it.
    ///
    /// # Errors
    /// `validation_failed` when it is not UTF-8 behind percent signs.
    pub fn last_part(&self, name: &'static str) -> Result<String, Problem> {
        let path = self.request.uri().path();
        let part = path.rsplit('/').next().unwrap_or_default();
        decode(part).ok_or_else(|| {
            let expected = Invalid::new("expected UTF-8, percent-encoded");
            Problem::invalid(vec![Wrong::at_parameter(name, &expected)])
        })
    }
}

/// Decodes `%2F` and the like.
fn decode(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let (digits, after) = after.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok()?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn a_part_of_a_path_is_decoded_once() {
        assert_eq!(
            decode("a%2Fb%20c+%C3%A4%2541").as_deref(),
            Some("a/b c+ä%41")
        );
        for wrong in ["%", "%2", "%zz", "%+1", "%ff"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
