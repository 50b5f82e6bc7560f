//! How somebody is reached and described: identifiers, each of one participant only, and a profile.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::fault::Fault;
use crate::invalid::{Invalid, Violation};
use crate::refusal::Refusal;
use crate::text::{AVATAR_URL_CHARS_MAX, AvatarUrl, line};

/// How many identifiers a participant may have.
pub const IDENTIFIERS_MAX: usize = 20;
/// How many characters the value of an identifier may have.
pub const IDENTIFIER_CHARS_MAX: usize = 254;
/// How many characters a member of a profile may have.
pub const PROFILE_CHARS_MAX: usize = 128;

/// What sort of identifier one is: `emailaddress`, `phonenumber`, or the caller's own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentifierKey(Arc<str>);

impl IdentifierKey {
    /// The key of e-mail addresses.
    pub const EMAIL: &'static str = "emailaddress";
    /// The key of telephone numbers.
    pub const PHONE: &'static str = "phonenumber";

    /// Accepts 1 to 64 small letters, digits, `_` and `-` of ASCII; capitals are made small.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_ascii_lowercase().into()))
        } else {
            Err(Invalid::new(
                "expected emailaddress, phonenumber, or 1 to 64 letters, digits, `_` or `-`",
            ))
        }
    }

    /// The key as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What somebody is reached by; in a workspace it leads to one participant at most.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    key: IdentifierKey,
    value: Arc<str>,
}

impl Identifier {
    /// Accepts a value that fits its key, in the form that it is compared by: telephone numbers as E.164
    /// (`+` and 7 to 15 digits, separators left out, a leading `00` taken as `+`); e-mail addresses with their
    /// domain in lower case; others as one line of up to [`IDENTIFIER_CHARS_MAX`] characters, without blanks
    /// around them.
    pub fn parse(key: IdentifierKey, value: &str) -> Result<Self, Invalid> {
        let value = match key.as_str() {
            IdentifierKey::EMAIL => email(value.trim())?,
            IdentifierKey::PHONE => phone(value.trim())?,
            _ => {
                line(value, IDENTIFIER_CHARS_MAX)?;
                value.trim().to_owned()
            }
        };
        Ok(Self {
            key,
            value: value.into(),
        })
    }

    /// The same, both from text.
    ///
    /// # Errors
    /// At `FIELD/key` or `FIELD/value`.
    pub fn parse_at(field: &str, key: &str, value: &str) -> Result<Self, Violation> {
        let key = IdentifierKey::parse(key).map_err(|wrong| wrong.at(format!("{field}/key")))?;
        Self::parse(key, value).map_err(|wrong| wrong.at(format!("{field}/value")))
    }

    /// Takes one that was checked when it was stored.
    pub fn from_stored(key: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        Self {
            key: IdentifierKey(key.into()),
            value: value.into(),
        }
    }

    /// A JSON array, for storage.
    pub fn to_stored(&self) -> String {
        json!([self.key.as_str(), self.value()]).to_string()
    }

    /// Reads what [`Identifier::to_stored`] wrote.
    ///
    /// # Errors
    /// [`Fault::Corrupt`].
    pub fn from_text(stored: &str) -> Result<Self, Fault> {
        let (key, value): (String, String) = serde_json::from_str(stored)
            .map_err(|_| Fault::corrupt("message_recipient", "reached_by", ""))?;
        Ok(Self::from_stored(key, value))
    }

    /// What sort it is.
    pub fn key(&self) -> &IdentifierKey {
        &self.key
    }

    /// Its value, as it is compared.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}({} bytes)",
            self.key.as_str().to_owned(),
            self.value.len()
        )
    }
}

impl fmt::Debug for IdentifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// E.164: `+`, then 7 to 15 digits of which the first is not 0.
fn phone(text: &str) -> Result<String, Invalid> {
    let expected = || {
        Invalid::new("expected a telephone number with its country, such as +31612345678 (E.164)")
    };
    let bare: String = text
        .chars()
        .filter(|character| !" -./()\u{a0}".contains(*character))
        .collect();
    let digits = bare
        .strip_prefix('+')
        .or_else(|| bare.strip_prefix("00"))
        .ok_or_else(expected)?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain && (7..=15).contains(&digits.len()) && !digits.starts_with('0') {
        Ok(format!("+{digits}"))
    } else {
        Err(expected())
    }
}

/// RFC 5321: `local@domain`, the domain without regard to case.
fn email(text: &str) -> Result<String, Invalid> {
    let expected = || Invalid::new("expected an e-mail address such as ada@example.com");
    let (local, domain) = text.rsplit_once('@').ok_or_else(expected)?;
    let fits = (1..=64).contains(&local.len())
        && text.len() <= IDENTIFIER_CHARS_MAX
        && !domain.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let in_local =
        |character: char| character.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|character| character.is_alphanumeric() || character == '-')
    };
    if fits && local.chars().all(in_local) && domain.split('.').all(label) {
        Ok(format!("{local}@{}", domain.to_lowercase()))
    } else {
        Err(expected())
    }
}

/// The identifiers of a participant, in their order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identifiers(Vec<Identifier>);

impl Identifiers {
    /// Accepts up to [`IDENTIFIERS_MAX`]; one that is given twice counts once.
    ///
    /// # Errors
    /// `validation_failed` at `identifiers`.
    pub fn parse(all: Vec<Identifier>) -> Result<Self, Refusal> {
        let mut own = Self::default();
        for one in all {
            own.add(one)?;
        }
        Ok(own)
    }

    /// Takes one more. Says whether it is new.
    ///
    /// # Errors
    /// `validation_failed` at `identifiers` beyond [`IDENTIFIERS_MAX`].
    pub fn add(&mut self, one: Identifier) -> Result<bool, Refusal> {
        if self.0.contains(&one) {
            return Ok(false);
        }
        if self.0.len() >= IDENTIFIERS_MAX {
            let problem = format!("expected at most {IDENTIFIERS_MAX} identifiers");
            return Err(Invalid::new(problem).at("identifiers").into());
        }
        self.0.push(one);
        Ok(true)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Identifier> {
        self.0.iter()
    }

    /// Says that somebody is reached by this one rather than by others of its sort. Says whether that is new.
    pub fn prefer(&mut self, one: &Identifier) -> bool {
        let Some(place) = self.0.iter().position(|own| own == one) else {
            return false;
        };
        let first = self.0.iter().position(|own| own.key == one.key);
        if first == Some(place) {
            return false;
        }
        let preferred = self.0.remove(place);
        self.0.insert(first.unwrap_or(0), preferred);
        true
    }

    /// The first of a sort: the one to reach somebody by.
    pub fn first(&self, key: &str) -> Option<&Identifier> {
        self.0.iter().find(|one| one.key.as_str() == key)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A JSON array, for storage; empty text for none.
    pub fn to_stored(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let pair = |one: &Identifier| json!([one.key.as_str(), one.value()]);
        Value::Array(self.0.iter().map(pair).collect()).to_string()
    }

    /// Reads what [`Identifiers::to_stored`] wrote.
    ///
    /// # Errors
    /// [`Fault::Corrupt`].
    pub fn from_stored(stored: &str) -> Result<Self, Fault> {
        if stored.is_empty() {
            return Ok(Self::default());
        }
        let all: Vec<(String, String)> = serde_json::from_str(stored)
            .map_err(|_| Fault::corrupt("participant", "identifiers", ""))?;
        let one = |(key, value): (String, String)| Identifier::from_stored(key, value);
        Ok(Self(all.into_iter().map(one).collect()))
    }
}

macro_rules! profile {
    ($($(#[$doc:meta])* $name:ident, $max:expr;)+) => {
        /// What is known of a person besides the name that they are called by.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Profile { $($(#[$doc])* pub $name: Option<Arc<str>>,)+ }

        /// What changes of a profile; `None` leaves a part as it is, and `Some(None)` takes it away.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct ProfileChange { $($(#[$doc])* pub $name: Option<Option<Arc<str>>>,)+ }

        impl Profile {
            /// A JSON object, for storage; empty text for an empty profile.
            pub fn to_stored(&self) -> String {
                let mut map = Map::new();
                $(if let Some(value) = &self.$name {
                    map.insert(stringify!($name).to_owned(), json!(**value));
                })+
                if map.is_empty() { String::new() } else { Value::Object(map).to_string() }
            }

            /// Reads what [`Profile::to_stored`] wrote.
            ///
            /// # Errors
            /// [`Fault::Corrupt`].
            pub fn from_stored(stored: &str) -> Result<Self, Fault> {
                if stored.is_empty() {
                    return Ok(Self::default());
                }
                let map: Map<String, Value> = serde_json::from_str(stored)
                    .map_err(|_| Fault::corrupt("participant", "profile", ""))?;
                let text = |name: &str| map.get(name).and_then(Value::as_str).map(Arc::from);
                Ok(Self { $($name: text(stringify!($name)),)+ })
            }

            /// The profile with what changes in place of what it had.
            #[must_use]
            pub fn with(&self, change: &ProfileChange) -> Self {
                Self { $($name: change.$name.clone().unwrap_or_else(|| self.$name.clone()),)+ }
            }

            /// The profile with what only another one knows.
            #[must_use]
            pub fn or(&self, other: &Self) -> Self {
                Self { $($name: self.$name.clone().or_else(|| other.$name.clone()),)+ }
            }
        }

        impl ProfileChange {
            /// Refuses members that are too long, blank or of several lines, and a picture whose address is
            /// not one.
            ///
            /// # Errors
            /// `validation_failed` at `profile/MEMBER`, all of them.
            pub fn check(&self) -> Result<(), Refusal> {
                let mut violations = Vec::new();
                $(if let Some(Some(value)) = &self.$name
                    && let Err(wrong) = line(value, $max)
                {
                    violations.push(wrong.at(concat!("profile/", stringify!($name))));
                })+
                if let Some(Some(url)) = &self.avatar_url
                    && line(url, AVATAR_URL_CHARS_MAX).is_ok()
                    && let Err(wrong) = AvatarUrl::parse(url)
                {
                    violations.push(wrong.at("profile/avatar_url"));
                }
                if violations.is_empty() { Ok(()) } else { Err(Refusal::Invalid { violations }) }
            }
        }
    };
}

profile! {
    /// The name that is theirs alone; not unique.
    username, PROFILE_CHARS_MAX;
    /// The given name.
    first_name, PROFILE_CHARS_MAX;
    /// The family name.
    last_name, PROFILE_CHARS_MAX;
    /// What they do: `Manager`.
    title, PROFILE_CHARS_MAX;
    /// The part of the organisation that they belong to: `Sales`.
    department, PROFILE_CHARS_MAX;
    /// Where they work: `HQ`.
    unit, PROFILE_CHARS_MAX;
    /// Where a picture of them is found; kept as given, never fetched.
    avatar_url, AVATAR_URL_CHARS_MAX;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(key: &str, value: &str) -> Option<String> {
        let found = Identifier::parse_at("identifiers/0", key, value).ok()?;
        Some(found.value().to_owned())
    }

    #[test]
    fn telephone_numbers_are_compared_as_e164() {
        for same in [
            "+31612345678",
            "+31 6 1234-5678",
            "0031612345678",
            " +31 (6) 12345678 ",
        ] {
            assert_eq!(
                value("phonenumber", same).as_deref(),
                Some("+31612345678"),
                "{same}"
            );
        }
        for wrong in [
            "0612345678",
            "+0612345678",
            "+123",
            "+1234567890123456",
            "+31x12345678",
            "",
        ] {
            assert_eq!(value("phonenumber", wrong), None, "{wrong}");
        }
    }

    #[test]
    fn addresses_keep_the_case_of_their_local_part_only() {
        assert_eq!(
            value("EmailAddress", " Ada.L@Example.COM ").as_deref(),
            Some("Ada.L@example.com")
        );
        for wrong in [
            "ada",
            "@x.org",
            "a b@x.org",
            "a@x..org",
            ".a@x.org",
            "a@-x.org",
            "a\r\n@x.org",
            "<a@x.org>",
        ] {
            assert_eq!(value("emailaddress", wrong), None, "{wrong}");
        }
        assert_eq!(value("crm-id", " 47 ").as_deref(), Some("47"));
        assert_eq!(value("crm id", "47"), None);
        assert_eq!(value("crm-id", "  "), None);
    }

    #[test]
    fn identifiers_and_profiles_survive_their_stored_form() {
        let one = Identifier::parse_at("x", "emailaddress", "a@x.org").expect("an address");
        let mut all = Identifiers::parse(vec![one.clone(), one.clone()]).expect("few");
        assert_eq!(all.iter().count(), 1);
        assert_eq!(
            Identifiers::from_stored(&all.to_stored()).expect("stored"),
            all
        );
        for number in 0..IDENTIFIERS_MAX {
            let next = Identifier::from_stored("own", number.to_string());
            assert_eq!(all.add(next).is_ok(), number < IDENTIFIERS_MAX - 1);
        }
        let change = ProfileChange {
            title: Some(Some("Manager".into())),
            ..ProfileChange::default()
        };
        let profile = Profile::default().with(&change);
        assert_eq!(
            Profile::from_stored(&profile.to_stored()).expect("stored"),
            profile
        );
        assert_eq!(Profile::default().to_stored(), "");
        assert_eq!(Profile::default().or(&profile), profile);
    }

    #[test]
    fn a_profile_names_what_is_wrong_with_it() {
        let change = ProfileChange {
            first_name: Some(Some("".into())),
            avatar_url: Some(Some("javascript:alert(1)".into())),
            ..ProfileChange::default()
        };
        let Err(Refusal::Invalid { violations }) = change.check() else {
            panic!("two members are wrong")
        };
        let fields: Vec<_> = violations.iter().map(|one| one.field.as_ref()).collect();
        assert_eq!(fields, ["profile/first_name", "profile/avatar_url"]);
    }
}
