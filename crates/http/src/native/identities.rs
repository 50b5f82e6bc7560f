//! How people are reached and described, as it goes over the wire in any body.
//!
//! What fits a key is decided by the core.

use std::sync::Arc;

use causerie_core::contact::{Identifier, Identifiers, ProfileChange};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Check, Given, Object};

/// What somebody is reached by.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewIdentifier, example = json!({"key": "emailaddress", "value": "ada@example.com"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentifierBody {
    /// `emailaddress`, `phonenumber`, or your own: 1 to 64 letters, digits, `_` and `-`.
    key: String,
    /// An e-mail address; a telephone number with its country, such as +31612345678; or one line of up to 254
    /// characters.
    value: String,
}

impl IdentifierBody {
    /// The identifier; `field` is the path to it.
    pub(super) fn read(&self, field: &str, check: &mut Check<'_>) -> Option<Identifier> {
        let identifier = Identifier::parse_at(field, &self.key, &self.value);
        check.all(identifier.map_err(|wrong| vec![wrong]))
    }
}

/// The identifiers of a participant, at `/identifiers`.
pub(super) fn identifiers(
    all: &[Object<IdentifierBody>],
    check: &mut Check<'_>,
) -> Option<Identifiers> {
    let each = all.iter().enumerate();
    let all: Vec<_> = each
        .map(|(index, one)| one.0.read(&format!("identifiers/{index}"), check))
        .collect();
    check.refusal(Identifiers::parse(all.into_iter().collect::<Option<_>>()?))
}

macro_rules! profile {
    ($($(#[$doc:meta])* $name:ident;)+) => {
        /// What is known of a person. What is left out stays, null takes away.
        #[derive(Default, Deserialize, ToSchema)]
        #[schema(as = ProfileChange, example = json!({"first_name": "Ada", "last_name": "Lovelace"}))]
        #[serde(deny_unknown_fields)]
        pub(crate) struct ProfileBody {$(
            $(#[$doc])*
            #[serde(default)]
            #[schema(value_type = Option<String>)]
            $name: Given<String>,
        )+}

        impl ProfileBody {
            /// What takes everything away.
            const NOTHING: Self = Self { $($name: Given::Null,)+ };

            fn change(self) -> ProfileChange {
                ProfileChange { $($name: self.$name.change().map(|to| to.map(Arc::from)),)+ }
            }
        }
    };
}

profile! {
    /// The name that is theirs alone; not checked for being so.
    username;
    first_name;
    last_name;
    /// What they do.
    title;
    department;
    /// Where they work.
    unit;
    /// Where a picture of them is found; kept as given, never fetched.
    avatar_url;
}

/// What changes of a profile, at `/profile`; null takes all of it away.
pub(super) fn profile(
    given: Given<Object<ProfileBody>>,
    check: &mut Check<'_>,
) -> Option<ProfileChange> {
    let change = match given {
        Given::Absent => ProfileBody::default(),
        Given::Null => ProfileBody::NOTHING,
        Given::Value(body) => body.0,
    }
    .change();
    check.refusal(change.check()).map(|()| change)
}
