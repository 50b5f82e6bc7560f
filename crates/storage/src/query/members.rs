//! Members of conversations in the database.

use causerie_core::port::{Members, ReadAdvance, ReadMembers, Sender};
use causerie_core::{ConversationId, Fault, Member, ParticipantId, WorkspaceId};
use diesel::dsl::SqlTypeOf;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use super::super::dialect::{self, locked};
use super::super::{Backend, Conn};
use super::{Work, after, limit};
use crate::new_row::{NewMember, ReadMove};
use crate::row::{MemberRow, restore_all, restore_one};
use crate::schema::{columns, member};
use crate::statement::statement;

statement! {
    /// Where somebody is present. The conversation is looked up by its key, for each of them.
    OfParticipant for Backend, Conn => SqlTypeOf<<member::table as Table>::AllColumns>;
    (concat!("SELECT ", columns!(member), " FROM member WHERE workspace_id = "))
    [workspace: [u8; 16] as Binary] " AND participant_id = " [participant: [u8; 16] as Binary]
    " AND left_at IS NULL AND (SELECT conversation.deleted_at IS NULL FROM conversation \
     WHERE conversation.workspace_id = member.workspace_id \
     AND conversation.id = member.conversation_id) ORDER BY conversation_id LIMIT "
    [limit: i64 as BigInt] " + 0"
}

impl ReadMembers for Work<'_> {
    fn find(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        participant: ParticipantId,
    ) -> Result<Option<Member>, Fault> {
        let find = member::table
            .find((conversation.to_bytes(), participant.to_bytes()))
            .filter(member::workspace_id.eq(workspace.to_bytes()));
        restore_one::<MemberRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        of: &[(ConversationId, ParticipantId)],
    ) -> Result<Vec<Member>, Fault> {
        restore_all(self.read(|conn| dialect::find_members(conn, workspace, of))?)
    }

    fn find_senders(
        &mut self,
        workspace: WorkspaceId,
        of: &[(ConversationId, ParticipantId)],
    ) -> Result<Vec<Sender>, Fault> {
        restore_all(self.read(|conn| dialect::find_senders(conn, workspace, of))?)
    }

    fn of_participant(
        &mut self,
        workspace: WorkspaceId,
        participant: ParticipantId,
        limit_rows: usize,
    ) -> Result<Vec<Member>, Fault> {
        let page = OfParticipant {
            workspace: workspace.to_bytes(),
            participant: participant.to_bytes(),
            limit: limit(limit_rows),
        };
        restore_all::<MemberRow>(self.read(|conn| page.load(conn))?)
    }

    fn first_of(
        &mut self,
        workspace: WorkspaceId,
        conversations: &[ConversationId],
        limit_rows: usize,
    ) -> Result<Vec<Member>, Fault> {
        let limit = limit(limit_rows);
        restore_all(
            self.read(|conn| dialect::first_members(conn, workspace, conversations, limit))?,
        )
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        above: Option<ParticipantId>,
        limit_rows: usize,
    ) -> Result<Vec<Member>, Fault> {
        let page = member::table
            .filter(member::conversation_id.eq(conversation.to_bytes()))
            .filter(member::participant_id.gt(after(above.map(ParticipantId::to_bytes))))
            .filter(member::workspace_id.eq(workspace.to_bytes()))
            .filter(member::left_at.is_null())
            .order(member::participant_id)
            .limit(limit(limit_rows));
        restore_all::<MemberRow>(self.read(|conn| page.load(conn))?)
    }
}

impl Members for Work<'_> {
    fn lock(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        participant: ParticipantId,
    ) -> Result<Option<Member>, Fault> {
        let find = locked!(
            member::table
                .find((conversation.to_bytes(), participant.to_bytes()))
                .filter(member::workspace_id.eq(workspace.to_bytes()))
        );
        restore_one::<MemberRow>(self.write(|conn| find.get_result(conn).optional())?)
    }

    fn add(&mut self, members: &[Member]) -> Result<(), Fault> {
        if members.is_empty() {
            return Ok(());
        }
        let rows = members.iter().map(NewMember::try_from);
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        self.write(|conn| dialect::add_members(conn, &rows))
    }

    fn save(&mut self, changed: &Member) -> Result<(), Fault> {
        let find = member::table
            .find((
                changed.conversation.to_bytes(),
                changed.participant.to_bytes(),
            ))
            .filter(member::workspace_id.eq(changed.workspace.to_bytes()));
        let save = diesel::update(find).set(NewMember::try_from(changed)?);
        self.write(|conn| save.execute(conn)).map(drop)
    }

    fn advance_read(&mut self, workspace: WorkspaceId, to: &[ReadAdvance]) -> Result<(), Fault> {
        if to.is_empty() {
            return Ok(());
        }
        let rows = to.iter().map(ReadMove::try_from);
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        self.write(|conn| dialect::advance_read(conn, workspace, &rows))
    }
}
