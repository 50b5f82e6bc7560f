//! The port `Keys`.
//!
//! No secret is hashed or verified here: a hash is kept as it is given.

use causerie_core::{ApiKey, KeyId, Scopes, SecretHash};

use super::setting::{Setting, at, shuffled, spread_ids};
use crate::fixture::name;
use crate::subject::Subject;

pub(super) fn a_key_is_found_as_it_was_added(subject: &mut Subject) {
    let set = Setting::new(subject);
    let plain = set.fixture.key(set.here);
    let full = set.fixture.key_with(set.here, |state| {
        state.name = name("Zoë’s “key”");
        state.hash = SecretHash::from_stored("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA");
        state.scopes = Scopes::parse(["messaging:read", "admin"]).expect("scopes");
        state.participant = Some(set.ann.id);
        state.expires_at = Some(at(1));
        state.revoked_at = Some(at(-2));
        state.last_used_at = Some(at(3));
    });
    let ended = set.fixture.key_with(set.here, |state| {
        state.scopes = Scopes::parse(["messaging:write", "messaging:*", "*"]).expect("scopes");
    });
    subject.put_all(&[plain.clone(), full.clone(), ended.clone()]);
    for made in [plain, full, ended] {
        let (workspace, id) = (made.workspace, made.id);
        let (found, anywhere) = subject.read(move |snapshot| {
            let keys = snapshot.keys();
            Ok((keys.find(workspace, id)?, keys.find_anywhere(id)?))
        });
        assert_eq!(found.as_ref(), Some(&made));
        assert_eq!(anywhere.as_ref(), Some(&made));
        assert_eq!(
            subject.write(move |unit| unit.keys_mut().lock(workspace, id)),
            Some(made)
        );
    }
}

pub(super) fn another_workspaces_key_is_found_by_whoever_authenticates_only(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = set.fixture.key(set.elsewhere);
    subject.put(&made);
    let (here, id, unknown) = (set.here, made.id, set.unknown::<KeyId>());
    let (found, locked, listed, anywhere, nothing) = subject.write(move |unit| {
        let keys = unit.keys_mut();
        Ok((
            keys.find(here, id)?,
            keys.lock(here, id)?,
            keys.page(here, None, 9)?,
            keys.find_anywhere(id)?,
            keys.find_anywhere(unknown)?,
        ))
    });
    assert_eq!((found, locked, listed, nothing), (None, None, vec![], None));
    assert_eq!(anywhere, Some(made));
}

pub(super) fn keys_are_listed_newest_first_below_a_place(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut made: Vec<ApiKey> = spread_ids()
        .into_iter()
        .map(|id| {
            set.fixture
                .key_with(set.here, |state| state.id = KeyId::from_bytes(id))
        })
        .collect();
    subject.put_all(&shuffled(&made));
    subject.put(&set.fixture.key(set.elsewhere));
    made.reverse();
    let here = set.here;
    let page = |before: Option<KeyId>, limit| {
        subject.read(move |snapshot| snapshot.keys().page(here, before, limit))
    };
    assert_eq!(page(None, 100), made);
    assert_eq!(page(None, 2), made[..2]);
    assert_eq!(page(Some(made[1].id), 3), made[2..5]);
    assert_eq!(page(Some(made[5].id), 3), []);
}

pub(super) fn saving_a_key_stores_its_end_and_nothing_else(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = set
        .fixture
        .key_with(set.here, |state| state.last_used_at = Some(at(7)));
    let bystander = set.fixture.key(set.here);
    subject.put_all(&[made.clone(), bystander.clone()]);
    let mut ended = causerie_core::ApiKeyState {
        expires_at: Some(at(i64::MAX)),
        revoked_at: Some(at(5)),
        ..(*made).clone()
    };
    let expected = ApiKey::restore(ended.clone());
    ended.name = name("another");
    ended.scopes = Scopes::parse(["admin"]).expect("scopes");
    ended.last_used_at = None;
    let saved = ApiKey::restore(ended);
    subject.write(move |unit| unit.keys_mut().save(&saved));
    for key in [expected, bystander] {
        let id = key.id;
        let found = subject.read(move |snapshot| snapshot.keys().find_anywhere(id));
        assert_eq!(found, Some(key));
    }
}

pub(super) fn saving_a_key_of_another_workspace_changes_nothing(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = set.fixture.key(set.here);
    subject.put(&made);
    let mut forged = (*made).clone();
    forged.workspace = set.elsewhere;
    forged.revoked_at = Some(at(5));
    let forged = ApiKey::restore(forged);
    // Whether that is a fault is up to the adapter.
    let pending = subject
        .store()
        .write(move |unit| Ok(unit.keys_mut().save(&forged)?));
    drop(pending.wait());
    let id = made.id;
    let found = subject.read(move |snapshot| snapshot.keys().find_anywhere(id));
    assert_eq!(found, Some(made));
}

pub(super) fn noting_a_use_never_moves_a_time_back(subject: &mut Subject) {
    let set = Setting::new(subject);
    let used = |workspace, last| {
        set.fixture
            .key_with(workspace, move |state| state.last_used_at = last)
    };
    let fresh = used(set.here, None);
    let earlier = used(set.elsewhere, Some(at(10)));
    let later = used(set.here, Some(at(30)));
    let bystander = used(set.here, None);
    let all = [fresh, earlier, later, bystander];
    subject.put_all(&all);
    let [fresh, earlier, later, bystander] = all.map(|key| key.id);
    let unknown = set.unknown::<KeyId>();
    subject.write(move |unit| {
        let keys = unit.keys_mut();
        keys.note_use(&[])?;
        keys.note_use(&[
            (unknown, at(20)),
            (later, at(20)),
            (fresh, at(20)),
            (earlier, at(20)),
        ])
    });
    let last = |id| {
        let found = subject.read(move |snapshot| snapshot.keys().find_anywhere(id));
        found.and_then(|key| key.last_used_at)
    };
    assert_eq!(last(fresh), Some(at(20)));
    assert_eq!(last(earlier), Some(at(20)));
    assert_eq!(last(later), Some(at(30)));
    assert_eq!(last(bystander), None);
    assert_eq!(last(unknown), None);
}
