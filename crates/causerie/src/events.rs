//! The reference of the events, as Markdown: every topic of the domain with what it means.
//!
//! How an event looks on the wire is in the OpenAPI document.

use std::fmt::Write as _;

use causerie_core::{SubjectKind, Topic};

const HEAD: &str = "# Events

Every change of a workspace is an event in its log, numbered by `position` 1, 2, 3 … without a gap, and kept in
the transaction of the change. `GET /v1/events?after=N` gives those after position N and waits for more with
`wait`. Topics may be added; pass over those that you do not know.

An event names its subject and shows it as it stands when it is read, not as it stood: what was edited, deleted or
purged since is shown so, and a subject that is gone is left out. Changes that follow each other may
therefore show the same state.

| topic | subject | what happened |
|---|---|---|
";

/// What an event carries to name a subject of this kind.
const fn members(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Workspace => "`workspace_id`",
        SubjectKind::Key => "`key_id`",
        SubjectKind::Participant => "`participant_id`",
        SubjectKind::Conversation => "`conversation_id`",
        SubjectKind::Member => "`conversation_id`, `participant_id`",
        SubjectKind::Message => "`conversation_id`, `message_id`, `seq`",
        SubjectKind::Scheduled => "`conversation_id`, `message_id`",
        SubjectKind::Reaction => "`conversation_id`, `reaction_id`, `seq`",
        SubjectKind::Template => "`template_id`",
        SubjectKind::Tag => "`tag_id`",
        SubjectKind::Media => "`media_id`",
        SubjectKind::Channel => "`channel_id`",
    }
}

/// The page.
pub(crate) fn reference() -> String {
    let mut page = HEAD.to_owned();
    for topic in Topic::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| `{}` | {}: {} | {} |",
            topic.as_str(),
            topic.subject().as_str().replace('_', " "),
            members(topic.subject()),
            topic.meaning()
        );
    }
    page
}
