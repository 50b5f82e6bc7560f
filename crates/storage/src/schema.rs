//! The tables of both databases in column types that both have; a test compares them with the
//! migrations.
//!
//! Column order is that of the migrations, and that of the rows in [`row`](crate::row). The index of
//! words is in no language that both have: each dialect knows its own.

mod columns;

use diesel::{allow_tables_to_appear_in_same_query, table};

pub(crate) use columns::{births, columns};

table! {
    workspace (id) {
        id -> Binary,
        name -> Text,
        root -> Bool,
        settings -> Text,
        created_at -> BigInt,
        plan -> Text,
    }
}

table! {
    log_head (workspace_id) {
        workspace_id -> Binary,
        position -> BigInt,
    }
}

table! {
    api_key (id) {
        id -> Binary,
        workspace_id -> Binary,
        name -> Text,
        hash -> Text,
        scopes -> Text,
        participant_id -> Nullable<Binary>,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
    }
}

table! {
    participant (workspace_id, id) {
        workspace_id -> Binary,
        id -> Binary,
        external_id -> Nullable<Text>,
        kind -> SmallInt,
        display_name -> Text,
        metadata -> Text,
        archived_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        identifiers -> Text,
        profile -> Text,
        merged_into -> Nullable<Binary>,
    }
}

table! {
    conversation (workspace_id, id) {
        workspace_id -> Binary,
        id -> Binary,
        kind -> SmallInt,
        title -> Nullable<Text>,
        description -> Nullable<Text>,
        status -> SmallInt,
        metadata -> Text,
        direct -> Nullable<Binary>,
        last_seq -> BigInt,
        member_count -> Integer,
        last_message_at -> Nullable<BigInt>,
        activity_at -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
        number -> BigInt,
        public_count -> BigInt,
        public_seq -> BigInt,
        public_at -> Nullable<BigInt>,
        marked_seq -> BigInt,
        channel_id -> Nullable<Binary>,
        thread -> Nullable<Binary>,
        assignee_id -> Nullable<Binary>,
        labels -> Text,
        priority -> Nullable<SmallInt>,
        snoozed_until -> Nullable<BigInt>,
        avatar_url -> Nullable<Text>,
    }
}

table! {
    member (conversation_id, participant_id) {
        conversation_id -> Binary,
        participant_id -> Binary,
        workspace_id -> Binary,
        role -> SmallInt,
        display_name -> Nullable<Text>,
        read_seq -> BigInt,
        read_at -> Nullable<BigInt>,
        muted_at -> Nullable<BigInt>,
        joined_at -> BigInt,
        left_at -> Nullable<BigInt>,
        read_public -> BigInt,
        delivered_seq -> BigInt,
        delivered_at -> Nullable<BigInt>,
        pinned_at -> Nullable<BigInt>,
        archived_at -> Nullable<BigInt>,
    }
}

table! {
    message (conversation_id, seq) {
        conversation_id -> Binary,
        seq -> BigInt,
        id -> Binary,
        workspace_id -> Binary,
        sender_id -> Binary,
        kind -> SmallInt,
        text -> Text,
        reply_to -> Nullable<Binary>,
        metadata -> Text,
        reference -> Nullable<Text>,
        revision_count -> Integer,
        created_at -> BigInt,
        edited_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
        direction -> SmallInt,
        visibility -> SmallInt,
        public_count -> BigInt,
        content_type -> SmallInt,
        content -> Nullable<Text>,
        tags -> Text,
        source_id -> Nullable<Text>,
        echo_id -> Nullable<Text>,
        template -> Nullable<Text>,
        delivery_status -> SmallInt,
        failure -> Nullable<Text>,
        status_at -> BigInt,
        reply_count -> Integer,
        public_reply_count -> Integer,
        reactions -> Text,
        delete_mode -> Nullable<SmallInt>,
        number -> BigInt,
        attachments -> Text,
    }
}

table! {
    message_revision (message_id, number) {
        message_id -> Binary,
        number -> Integer,
        workspace_id -> Binary,
        text -> Text,
        metadata -> Text,
        replaced_at -> BigInt,
        content_type -> SmallInt,
        content -> Nullable<Text>,
        attachments -> Text,
    }
}

table! {
    event (workspace_id, position) {
        workspace_id -> Binary,
        position -> BigInt,
        topic -> SmallInt,
        conversation_id -> Nullable<Binary>,
        subject_id -> Binary,
        seq -> Nullable<BigInt>,
        occurred_at -> BigInt,
    }
}

table! {
    claim (workspace_id, key) {
        workspace_id -> Binary,
        key -> Binary,
        fingerprint -> Binary,
        answer -> Binary,
        expires_at -> BigInt,
        message_id -> Nullable<Binary>,
    }
}

table! {
    workspace_counter (workspace_id) {
        workspace_id -> Binary,
        conversations -> BigInt,
        file_bytes -> BigInt,
    }
}

table! {
    tag (workspace_id, name) {
        workspace_id -> Binary,
        name -> Text,
        id -> Binary,
        created_at -> BigInt,
    }
}

table! {
    message_tag (workspace_id, tag, message_id) {
        workspace_id -> Binary,
        tag -> Text,
        message_id -> Binary,
        conversation_id -> Binary,
        seq -> BigInt,
    }
}

table! {
    reaction (message_id, participant_id, name) {
        message_id -> Binary,
        participant_id -> Binary,
        name -> Text,
        id -> Binary,
        workspace_id -> Binary,
        conversation_id -> Binary,
        seq -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    receipt_mark (conversation_id, participant_id, kind, seq) {
        conversation_id -> Binary,
        participant_id -> Binary,
        kind -> SmallInt,
        seq -> BigInt,
        workspace_id -> Binary,
        at -> BigInt,
        leads -> Bool,
    }
}

table! {
    message_recipient (message_id, participant_id) {
        message_id -> Binary,
        participant_id -> Binary,
        workspace_id -> Binary,
        status -> SmallInt,
        failure -> Nullable<Text>,
        status_at -> BigInt,
        role -> SmallInt,
        reached_by -> Nullable<Text>,
    }
}

table! {
    scheduled_message (workspace_id, id) {
        workspace_id -> Binary,
        id -> Binary,
        conversation_id -> Binary,
        sender_id -> Binary,
        due_at -> BigInt,
        draft -> Text,
        refused -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    lease (name) {
        name -> Text,
        holder -> Binary,
        until -> BigInt,
    }
}

table! {
    template (workspace_id, id) {
        workspace_id -> Binary,
        id -> Binary,
        project -> Text,
        version -> Text,
        locale -> Text,
        name -> Nullable<Text>,
        text -> Nullable<Text>,
        content_type -> SmallInt,
        content -> Nullable<Text>,
        created_at -> BigInt,
    }
}

table! {
    balance (workspace_id) {
        workspace_id -> Binary,
        tokens -> BigInt,
        entries -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    ledger (workspace_id, number) {
        workspace_id -> Binary,
        number -> BigInt,
        delta -> BigInt,
        tokens -> BigInt,
        operation -> Nullable<SmallInt>,
        message_id -> Nullable<Binary>,
        note -> Nullable<Text>,
        at -> BigInt,
    }
}

table! {
    backlog (name) {
        name -> Text,
        place -> Binary,
    }
}

table! {
    identifier (workspace_id, key, value) {
        workspace_id -> Binary,
        key -> Text,
        value -> Text,
        participant_id -> Binary,
    }
}

table! {
    media (workspace_id, id) {
        workspace_id -> Binary,
        id -> Binary,
        owner_id -> Nullable<Binary>,
        name -> Text,
        declared -> Nullable<Text>,
        media_type -> Nullable<Text>,
        status -> SmallInt,
        size -> BigInt,
        digest -> Nullable<Binary>,
        width -> Nullable<BigInt>,
        height -> Nullable<BigInt>,
        duration_ms -> Nullable<BigInt>,
        versions -> Text,
        problem -> Nullable<Text>,
        tries -> Integer,
        due_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    media_use (media_id, message_id) {
        media_id -> Binary,
        message_id -> Binary,
        workspace_id -> Binary,
        conversation_id -> Binary,
    }
}

table! {
    kept_file (workspace_id, digest) {
        workspace_id -> Binary,
        digest -> Binary,
        size -> BigInt,
        uses -> BigInt,
        due_at -> BigInt,
        doomed -> Bool,
    }
}

table! {
    channel (id) {
        id -> Binary,
        workspace_id -> Binary,
        platform -> SmallInt,
        name -> Text,
        status -> SmallInt,
        connector_id -> Binary,
        address_key -> Nullable<Text>,
        address_value -> Nullable<Text>,
        reach -> Text,
        secret -> Nullable<Binary>,
        created_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
    }
}

table! {
    outbox (message_id) {
        message_id -> Binary,
        workspace_id -> Binary,
        conversation_id -> Binary,
        channel_id -> Binary,
        tries -> Integer,
        due_at -> BigInt,
    }
}

table! {
    platform_reference (workspace_id, channel_id, reference) {
        workspace_id -> Binary,
        channel_id -> Binary,
        reference -> Text,
        message_id -> Binary,
        conversation_id -> Binary,
    }
}

table! {
    installation (name) {
        name -> Text,
        value -> Binary,
    }
}

table! {
    extra (workspace_id, bearer, surface) {
        workspace_id -> Binary,
        bearer -> Binary,
        surface -> Text,
        object -> Text,
    }
}

table! {
    conversation_number (workspace_id, number) {
        workspace_id -> Binary,
        number -> BigInt,
        conversation_id -> Binary,
    }
}

allow_tables_to_appear_in_same_query!(conversation, conversation_number);
allow_tables_to_appear_in_same_query!(conversation, member);
allow_tables_to_appear_in_same_query!(identifier, participant);
allow_tables_to_appear_in_same_query!(member, participant);
allow_tables_to_appear_in_same_query!(message, message_revision);
