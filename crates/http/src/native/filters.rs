//! Which conversations a list shows, as its query says it.
//!
//! What of them the caller may see is decided by the core.

use causerie_core::page::{Activity, Limit};
use causerie_core::port::{ConversationFilter, OwnFilter};
use causerie_core::tag::TagName;
use causerie_core::{ChannelId, ConversationKind, ParticipantId, Priority, Status};
use serde::Deserialize;
use utoipa::IntoParams;

use super::vocabulary;
use crate::extract::Query;
use crate::problem::Problem;

/// What a list of conversations was asked for.
pub(crate) struct Asked {
    pub(crate) filter: ConversationFilter,
    pub(crate) cursor: Option<Activity>,
    pub(crate) limit: Limit,
}

macro_rules! filters {
    ($(#[$about:meta])* $name:ident { $($(#[$whose:meta])* $participant:ident)? }) => {
        $(#[$about])*
        #[derive(Deserialize, IntoParams)]
        #[into_params(parameter_in = Query)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            $($(#[$whose])* pub(crate) $participant: Option<String>,)?
            /// Only this kind: `direct` or `group`.
            #[param(inline, value_type = Option<vocabulary::ConversationKind>)]
            kind: Option<String>,
            /// Only those with this status: `open`, `pending`, `snoozed`, `archived` or `closed`.
            #[param(inline, value_type = Option<vocabulary::ConversationStatus>)]
            status: Option<String>,
            /// Only those of this channel.
            channel_id: Option<String>,
            /// Only those that this participant takes care of; `none` for those that nobody does.
            assignee_id: Option<String>,
            /// Only those with this label.
            label: Option<String>,
            /// Only those with this priority: `low`, `medium`, `high` or `urgent`.
            #[param(inline, value_type = Option<vocabulary::ConversationPriority>)]
            priority: Option<String>,
            /// How many, at most: 1 to 100, 50 unless given.
            #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
            limit: Option<String>,
            /// The `next_cursor` of an earlier page.
            cursor: Option<String>,
        }

        impl $name {
            pub(crate) fn read_with(self, query: &mut Query) -> Asked {
                let assignee = |text: &str| match text {
                    "none" => Ok(None),
                    id => ParticipantId::parse(id).map(Some),
                };
                Asked {
                    filter: ConversationFilter {
                        kind: query.take("kind", self.kind, ConversationKind::parse),
                        status: query.take("status", self.status, Status::parse),
                        channel: query.take("channel_id", self.channel_id, ChannelId::parse),
                        assignee: query.take("assignee_id", self.assignee_id, assignee),
                        label: query.take("label", self.label, TagName::parse),
                        priority: query.take("priority", self.priority, Priority::parse),
                        own: OwnFilter::default(),
                    },
                    cursor: query.cursor(self.cursor),
                    limit: query.limit(self.limit),
                }
            }
        }
    };
}

filters! {
    /// Which conversations to list.
    ConversationFilterQuery {}
}

filters! {
    /// Which conversations to list, and whose.
    ListQuery {
        /// Only those of this participant.
        participant_id
    }
}

impl ConversationFilterQuery {
    pub(crate) fn read(self) -> Result<Asked, Problem> {
        let mut query = Query::default();
        let asked = self.read_with(&mut query);
        query.finish().map(|()| asked)
    }
}
