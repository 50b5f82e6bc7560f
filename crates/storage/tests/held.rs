//! What units do on Postgres while another one holds the same rows: background work passes them over, and
//! what hangs on them is decided when they are free.
//!
//! On SQLite nobody holds anything beside a unit.

mod setting;

use std::sync::Arc;

use causerie_core::port::Unit;
use causerie_core::{ConversationId, Fault, MediaId, MessageId, Status, Store, Timestamp};
use causerie_testing::Put;
use causerie_testing::fixture::{Fixture, digest};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use setting::Database;

fn do_all<T: Send + 'static>(
    store: &Store,
    mut work: impl FnMut(&mut dyn Unit) -> Result<T, Fault> + Send + 'static,
) -> T {
    let done = store.write(move |unit| Ok(work(unit)?));
    done.wait().expect("done")
}

/// A session beside those of the lanes, in a transaction that has done this.
fn beside(database: &Database, first: &str) -> PgConnection {
    let (server, name) = database.target();
    let mut other = PgConnection::establish(&server).expect("the server answers");
    let begin = format!("SET search_path = {name}; BEGIN; {first}");
    other.batch_execute(&begin).expect("it is done");
    other
}

#[test]
fn a_file_whose_last_two_uses_go_at_once_expires() {
    let Some(database) = Database::postgres(setting::options()) else {
        return;
    };
    let opened = database.again();
    let store = Store::new(Arc::clone(&opened.lanes), Arc::clone(&opened.heads));
    let fixture = Fixture::default();
    let workspace = fixture.workspace("acme");
    let here = workspace.id;
    let person = fixture.participant(here, "Ann");
    let room = fixture.conversation(here);
    let file = fixture.ready_media(here);
    let messages = [1, 2].map(|seq| fixture.message(&room, &person, seq));
    let uses = messages.each_ref().map(|one| fixture.media_use(&file, one));
    let (first, second) = (messages[0].id, messages[1].id);
    let id = file.id;
    do_all(&store, move |unit| {
        unit.workspaces_mut().add(&workspace)?;
        unit.library_mut().add(&file)?;
        unit.library_mut().attach(here, &uses)
    });
    let gone = u128::from_be_bytes(first.to_bytes());
    let mut other = beside(
        &database,
        &format!(
            "SELECT 1 FROM media FOR UPDATE; \
             DELETE FROM media_use WHERE message_id = '\\x{gone:032x}'"
        ),
    );
    let now = fixture.tick();
    let released = store.write(move |unit| Ok(unit.library_mut().release(here, &[second], now)?));
    database.wait_for_a_lock();
    other.batch_execute("COMMIT").expect("it is kept");
    released.wait().expect("released");
    let left = do_all(&store, move |unit| unit.library().find(here, id));
    assert_eq!(left.expect("the file").expires_at, Some(now));
    store.close();
}

/// What background work finds to do, of each sort.
type Found = (
    Vec<MediaId>,
    Vec<MediaId>,
    Vec<u64>,
    Vec<MessageId>,
    Vec<ConversationId>,
);

fn all_due(unit: &mut dyn Unit, now: Timestamp) -> Result<Found, Fault> {
    let due = unit.library_mut().lock_due(now, 9)?;
    let expired = unit.library_mut().lock_expired(now, 9)?;
    let unused = unit.library_mut().lock_unused(now, 9)?;
    let waiting = unit.outbox_mut().lock_due(now, 9)?;
    let snoozed = unit.conversations_mut().lock_snoozed(now, 9)?;
    Ok((
        due.iter().map(|one| one.id).collect(),
        expired.iter().map(|one| one.id).collect(),
        unused.iter().map(|one| one.size).collect(),
        waiting.iter().map(|one| one.message).collect(),
        snoozed.iter().map(|one| one.id).collect(),
    ))
}

#[test]
fn background_work_passes_over_what_another_unit_holds() {
    let Some(database) = Database::postgres(setting::options()) else {
        return;
    };
    let opened = database.again();
    let store = Store::new(Arc::clone(&opened.lanes), Arc::clone(&opened.heads));
    let fixture = Fixture::default();
    let workspace = fixture.workspace("acme");
    let here = workspace.id;
    let person = fixture.participant(here, "Ann");
    let early = fixture.tick();
    let rooms = [1, 2].map(|_| {
        fixture.conversation_with(here, |state| {
            state.status = Status::Snoozed;
            state.snoozed_until = Some(early);
        })
    });
    let channel = fixture.channel(here, &person).id;
    let waiting = [1, 2].map(|seq| {
        let message = fixture.message(&rooms[0], &person, seq);
        fixture.outbound(&message, channel)
    });
    let files = [1, 2].map(|_| {
        fixture.media_with(here, |state| {
            state.due_at = Some(early);
            state.expires_at = Some(early);
        })
    });
    let kept = [1, 2].map(|number| fixture.kept(here, digest(number), number.unsigned_abs()));
    let wanted: Found = (
        vec![files[1].id],
        vec![files[1].id],
        vec![2],
        vec![waiting[1].message],
        vec![rooms[1].id],
    );
    let now = fixture.tick();
    do_all(&store, move |unit| {
        unit.workspaces_mut().add(&workspace)?;
        Put::put(unit, &rooms)?;
        for file in &files {
            unit.library_mut().add(file)?;
        }
        unit.outbox_mut().add(&waiting)?;
        for one in &kept {
            unit.library_mut().add_kept(one)?;
        }
        Ok(())
    });
    let both = do_all(&store, move |unit| all_due(unit, now));
    let counts = (
        both.0.len(),
        both.1.len(),
        both.2.len(),
        both.3.len(),
        both.4.len(),
    );
    assert_eq!(counts, (2, 2, 2, 2, 2), "nobody holds anything");
    let mut other = beside(
        &database,
        "SELECT 1 FROM media ORDER BY id LIMIT 1 FOR UPDATE; \
         SELECT 1 FROM kept_file WHERE size = 1 FOR UPDATE; \
         SELECT 1 FROM outbox ORDER BY message_id LIMIT 1 FOR UPDATE; \
         SELECT 1 FROM conversation ORDER BY id LIMIT 1 FOR UPDATE",
    );
    let rest = do_all(&store, move |unit| all_due(unit, now));
    assert_eq!(rest, wanted);
    other.batch_execute("ROLLBACK").expect("given up");
    store.close();
}
