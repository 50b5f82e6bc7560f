//! What is swept away on Postgres while another unit makes it anew: that stays.
//!
//! On SQLite nobody writes beside a sweep.

mod setting;

use std::sync::Arc;
use std::time::Duration;

use causerie_core::act::sweep;
use causerie_core::schedule::FAILED_LIFE;
use causerie_core::{Store, Timestamp};
use causerie_testing::Put;
use causerie_testing::fixture::Fixture;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use setting::Database;

const AGES: Duration = Duration::from_hours(24 * 365);

/// Sweeps while another session, which has done `first`, holds its row; commits that, and tells how many
/// rows of `table` are left.
fn left_after_a_sweep(database: &Database, store: &Store, first: &str, table: &str) -> i64 {
    let (server, name) = database.target();
    let connect = || PgConnection::establish(&server).expect("the server answers");
    let (mut other, mut count) = (connect(), connect());
    let begin = format!("SET search_path = {name}; BEGIN; {first}");
    other.batch_execute(&begin).expect("the row is changed");
    let late = Timestamp::default().plus(AGES * 200);
    let swept = store.write(move |unit| sweep(unit, late, 100));
    database.wait_for_a_lock();
    other.batch_execute("COMMIT").expect("it is kept");
    swept.wait().expect("swept");
    let rows = format!("(SELECT count(*) FROM {name}.{table})");
    let left = diesel::select(sql::<BigInt>(&rows)).get_result(&mut count);
    left.expect("rows are counted")
}

#[test]
fn i4_a_claim_that_is_made_anew_outlives_the_sweep_of_the_old_one() {
    let Some(database) = Database::postgres(setting::options()) else {
        return;
    };
    let opened = database.again();
    let store = Store::new(Arc::clone(&opened.lanes), Arc::clone(&opened.heads));
    let fixture = Fixture::default();
    let (workspace, claim) = (fixture.workspace("acme"), fixture.claim("again"));
    let now = fixture.tick();
    let put = store.write(move |unit| {
        unit.workspaces_mut().add(&workspace)?;
        let claims = std::slice::from_ref(&claim);
        Ok(unit.claims_mut().append(workspace.id, claims, now)?)
    });
    put.wait().expect("stored");
    let anew = format!("UPDATE claim SET expires_at = {}", i64::MAX);
    assert_eq!(left_after_a_sweep(&database, &store, &anew, "claim"), 1);
    store.close();
}

#[test]
fn a_scheduled_message_that_is_tried_again_outlives_the_sweep() {
    let Some(database) = Database::postgres(setting::options()) else {
        return;
    };
    let opened = database.again();
    let store = Store::new(Arc::clone(&opened.lanes), Arc::clone(&opened.heads));
    let fixture = Fixture::default();
    let workspace = fixture.workspace("acme");
    let person = fixture.participant(workspace.id, "Ann");
    let room = fixture.conversation(workspace.id);
    let refused = fixture.scheduled_with(&room, &person, |state| {
        state.refused = Some("not_a_member".to_owned());
        state.updated_at = state.created_at.minus(FAILED_LIFE);
    });
    let put = store.write(move |unit| {
        unit.workspaces_mut().add(&workspace)?;
        unit.participants_mut().add(&person)?;
        Put::put(unit, std::slice::from_ref(&room))?;
        Ok(unit.schedule_mut().add(&refused)?)
    });
    put.wait().expect("stored");
    let again = "UPDATE scheduled_message SET refused = NULL";
    let left = left_after_a_sweep(&database, &store, again, "scheduled_message");
    assert_eq!(left, 1);
    store.close();
}
