//! The port `Balances`.
//!
//! What costs how much, and that nothing goes below zero, is decided in core; `races` tries it.

use causerie_core::balance::{Balance, LedgerEntry, Operation, TOKENS_MAX};

use super::setting::{Setting, at};
use crate::fixture::name;
use crate::subject::Subject;

fn entry(number: u64) -> LedgerEntry {
    LedgerEntry {
        number,
        delta: 5,
        tokens: number,
        operation: None,
        message: None,
        note: None,
        at: at(7),
    }
}

fn save(subject: &Subject, balance: &Balance, entries: Vec<LedgerEntry>) {
    let (workspace, balance) = (balance.workspace, balance.clone());
    subject.write(move |unit| {
        unit.balances_mut().lock(workspace)?;
        unit.balances_mut().save(&balance, &entries)
    });
}

pub(super) fn a_balance_and_its_ledger_are_kept_as_they_were_saved(subject: &mut Subject) {
    let set = Setting::new(subject);
    let here = set.here;
    let find = || subject.read(move |snapshot| snapshot.balances().find(here));
    assert_eq!(find(), None);
    let mut balance = Balance {
        workspace: here,
        tokens: TOKENS_MAX,
        entries: 2,
        updated_at: at(-9),
    };
    let mut entries = vec![
        LedgerEntry {
            delta: i64::MIN,
            note: Some(name("Grüße “an” '\\' 👋🏽")),
            at: at(i64::MIN),
            ..entry(1)
        },
        LedgerEntry {
            delta: i64::MAX,
            message: Some(set.unknown()),
            operation: Some(Operation::Send),
            ..entry(2)
        },
    ];
    save(subject, &balance, entries.clone());
    assert_eq!(find(), Some(balance.clone()));
    balance.tokens = 0;
    balance.updated_at = at(99);
    for operation in Operation::ALL {
        balance.entries += 1;
        let next = LedgerEntry {
            operation: Some(*operation),
            ..entry(balance.entries)
        };
        entries.push(next.clone());
        save(subject, &balance, vec![next]);
    }
    save(subject, &balance, vec![]);
    let (found, locked) = subject
        .write(move |unit| Ok((unit.balances().find(here)?, unit.balances_mut().lock(here)?)));
    assert_eq!((found.as_ref(), locked), (Some(&balance), found.clone()));
    entries.reverse();
    let ledger = subject.read(move |snapshot| snapshot.balances().ledger(here, None, 100));
    assert_eq!(ledger, entries);
}

pub(super) fn a_ledger_is_listed_newest_first_below_a_number(subject: &mut Subject) {
    let set = Setting::new(subject);
    let here = set.here;
    let balance = Balance {
        entries: 700,
        ..Balance::empty(here, at(1))
    };
    save(subject, &balance, (1..=700).map(entry).collect());
    let page = |before, limit| {
        let found = subject.read(move |snapshot| snapshot.balances().ledger(here, before, limit));
        found.iter().map(|one| one.number).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 3), [700, 699, 698]);
    assert_eq!(page(Some(700), 2), [699, 698]);
    assert_eq!(page(Some(3), 9), [2, 1]);
    assert_eq!(page(Some(1), 9), [0; 0]);
    assert_eq!(page(None, 1_000).len(), 700);
}

pub(super) fn each_workspace_has_a_balance_of_its_own(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mine = Balance {
        tokens: 7,
        entries: 1,
        ..Balance::empty(set.here, at(1))
    };
    save(subject, &mine, vec![entry(1)]);
    let elsewhere = set.elsewhere;
    let (found, ledger, locked) = subject.write(move |unit| {
        Ok((
            unit.balances().find(elsewhere)?,
            unit.balances().ledger(elsewhere, None, 9)?,
            unit.balances_mut().lock(elsewhere)?,
        ))
    });
    assert_eq!((found, ledger, locked), (None, vec![], None));
    let theirs = Balance {
        tokens: 1,
        entries: 1,
        ..Balance::empty(elsewhere, at(2))
    };
    save(subject, &theirs, vec![entry(1)]);
    let here = set.here;
    let (one, other) = subject.read(move |snapshot| {
        let port = snapshot.balances();
        Ok((port.find(here)?, port.find(elsewhere)?))
    });
    assert_eq!((one, other), (Some(mine), Some(theirs)));
}
