//! The port `Claims`.
//!
//! What a claim's answer says is nobody's business here.

use std::slice;

use causerie_core::claim::{Answer, ClaimKey, Settled};
use causerie_core::{MessageId, Timestamp};

use super::setting::{Setting, at, sorted};
use crate::fixture::claim_key;
use crate::subject::Subject;

fn until(set: &Setting, key: &str, micros: i64) -> Settled {
    Settled {
        expires_at: at(micros),
        ..set.fixture.claim(key)
    }
}

fn find(subject: &Subject, set: &Setting, keys: &[&str], now: i64) -> Vec<Settled> {
    let (here, keys) = (set.here, keys.iter().map(|key| claim_key(key)));
    let keys: Vec<ClaimKey> = keys.collect();
    let found = subject.read(move |snapshot| snapshot.claims().find_many(here, &keys, at(now)));
    sorted(found, |one| one.expires_at)
}

pub(super) fn a_claim_is_found_as_it_was_settled(subject: &mut Subject) {
    let set = Setting::new(subject);
    let every_byte: Vec<u8> = (0..=255).collect();
    let answers = [vec![], every_byte, vec![0; 100_000]];
    let claims: Vec<Settled> = (10..)
        .zip(answers)
        .map(|(micros, answer)| Settled {
            answer: Answer(answer),
            ..until(&set, &micros.to_string(), micros)
        })
        .collect();
    subject.put_claims(set.here, &claims, at(5));
    assert_eq!(find(subject, &set, &["12", "x", "10", "11"], 6), claims);
    assert_eq!(find(subject, &set, &["11"], 6), claims[1..2]);
    assert_eq!(find(subject, &set, &[], 6), []);
    subject.put_claims(set.here, &[], at(5));
}

pub(super) fn the_same_claim_may_be_made_in_each_workspace(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (mine, theirs) = (until(&set, "k", 50), until(&set, "k", 60));
    subject.put_claims(set.here, slice::from_ref(&mine), at(5));
    assert_eq!(find(subject, &set, &["k"], 6), slice::from_ref(&mine));
    let elsewhere = set.elsewhere;
    let other = |subject: &Subject| {
        subject.read(move |snapshot| {
            snapshot
                .claims()
                .find_many(elsewhere, &[claim_key("k")], at(6))
        })
    };
    assert_eq!(other(subject), []);
    subject.put_claims(elsewhere, slice::from_ref(&theirs), at(5));
    assert_eq!(other(subject), [theirs]);
    assert_eq!(find(subject, &set, &["k"], 6), [mine]);
}

pub(super) fn an_expired_claim_stands_no_more_and_makes_room(subject: &mut Subject) {
    let set = Setting::new(subject);
    let first = until(&set, "k", 50);
    subject.put_claims(set.here, slice::from_ref(&first), at(5));
    assert_eq!(find(subject, &set, &["k"], 50), [first]);
    assert_eq!(find(subject, &set, &["k"], 51), []);
    let second = Settled {
        answer: Answer(b"another".to_vec()),
        fingerprint: set.fixture.claim("other").fingerprint,
        ..until(&set, "k", 90)
    };
    let beside = until(&set, "new", 91);
    subject.put_claims(set.here, &[second.clone(), beside.clone()], at(51));
    assert_eq!(find(subject, &set, &["k", "new"], 52), [second, beside]);
}

pub(super) fn a_standing_claim_keeps_its_place(subject: &mut Subject) {
    let set = Setting::new(subject);
    let first = until(&set, "k", 50);
    subject.put_claims(set.here, slice::from_ref(&first), at(5));
    for now in [6, 50] {
        let (here, now): (_, Timestamp) = (set.here, at(now));
        let late = [
            until(&set, "a", 80),
            until(&set, "k", 90),
            until(&set, "z", 80),
        ];
        subject.contended(move |unit| unit.claims_mut().append(here, &late, now));
    }
    assert_eq!(find(subject, &set, &["a", "k", "z"], 7), [first]);
}

pub(super) fn a_unit_sees_the_claims_that_it_settled(subject: &mut Subject) {
    let set = Setting::new(subject);
    let claim = until(&set, "k", 50);
    let (here, own) = (set.here, claim.clone());
    let seen = subject.write(move |unit| {
        let claims = unit.claims_mut();
        claims.append(here, slice::from_ref(&own), at(5))?;
        claims.find_many(here, &[own.key], at(6))
    });
    assert_eq!(seen, [claim]);
}

pub(super) fn expired_claims_are_erased_a_few_at_a_time(subject: &mut Subject) {
    let set = Setting::new(subject);
    let claims: Vec<Settled> = (10..20)
        .map(|micros| until(&set, &micros.to_string(), micros))
        .collect();
    subject.put_claims(set.here, &claims[..7], at(5));
    subject.put_claims(set.elsewhere, &claims[7..8], at(5));
    subject.put_claims(set.elsewhere, &[until(&set, "10", 10)], at(5));
    subject.put_claims(set.here, &claims[8..], at(5));
    let erase = |now: i64, limit| {
        subject.write(move |unit| unit.claims_mut().erase_expired(at(now), limit))
    };
    assert_eq!(erase(10, 5), 0, "they expire after their end, not at it");
    assert_eq!(erase(14, 3), 3);
    assert_eq!(erase(14, 3), 2);
    assert_eq!(erase(14, 3), 0);
    let words: Vec<String> = (10..20).map(|micros| micros.to_string()).collect();
    let keys: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut left = claims[4..7].to_vec();
    left.extend_from_slice(&claims[8..]);
    assert_eq!(find(subject, &set, &keys, 0), left);
    assert_eq!(erase(1_000, 100), 6);
    assert_eq!(erase(1_000, 100), 0);
}

pub(super) fn answers_that_show_a_message_are_erased_and_their_claims_stay(subject: &mut Subject) {
    let set = Setting::new(subject);
    let shown: [MessageId; 3] = [set.unknown(), set.unknown(), set.unknown()];
    let showing = |key: &str, micros, shows| Settled {
        shows,
        ..until(&set, key, micros)
    };
    let mut claims = vec![
        showing("a", 10, Some(shown[0])),
        showing("b", 11, Some(shown[0])),
        showing("c", 12, Some(shown[1])),
        showing("d", 13, Some(shown[2])),
        showing("e", 14, None),
    ];
    subject.put_claims(set.here, &claims, at(5));
    let keys = ["a", "b", "c", "d", "e"];
    assert_eq!(find(subject, &set, &keys, 6), claims);
    let forget = |workspace, ids: Vec<MessageId>| {
        subject.write(move |unit| unit.claims_mut().forget(workspace, &ids));
    };
    forget(set.here, vec![]);
    forget(set.here, vec![set.unknown()]);
    forget(set.elsewhere, shown.to_vec());
    assert_eq!(find(subject, &set, &keys, 6), claims);
    forget(set.here, vec![shown[2], shown[0]]);
    for index in [0, 1, 3] {
        claims[index].answer = Answer(Vec::new());
    }
    assert_eq!(find(subject, &set, &keys, 6), claims);
    let here = set.here;
    let again = claims[0].clone();
    subject.contended(move |unit| {
        unit.claims_mut()
            .append(here, slice::from_ref(&again), at(6))
    });
}
