//! The port `Channels`, and what all nodes agree on in the port `Installation`.
//!
//! What goes out through a channel is in `outbox`; who may change one is decided in core.

use std::slice;

use causerie_core::channel::{
    Channel, ChannelState, ChannelStatus, Endpoint, MailSecurity, MailServer, Platform, Reach,
};
use causerie_core::{ChannelId, Sealed};

use super::setting::{Setting, at, shuffled, sorted, spread_ids};
use super::text::DIFFICULT;
use crate::fixture::{identifier, name};
use crate::subject::Subject;

pub(super) fn find(subject: &Subject, like: &Channel) -> Option<Channel> {
    let (workspace, id) = (like.workspace, like.id);
    subject.read(move |snapshot| snapshot.channels().find(workspace, id))
}

fn mail(username: Option<&str>) -> Reach {
    let server = MailServer::new("mx.example", Some(65_535), MailSecurity::Tls, username);
    Reach::Mail(server.expect("a server"))
}

/// A channel for each platform and each way to it.
fn ways(set: &Setting) -> Vec<Channel> {
    let gateway = |url: &str| Reach::Gateway(Endpoint::parse(url).expect("an address"));
    let ways = [
        (Platform::Native, Reach::Within),
        (Platform::Api, gateway("https://a.example/?x=%20&y='\"")),
        (Platform::Email, mail(None)),
        (Platform::Email, mail(Some("ada@x.org"))),
        (Platform::Sms, gateway("http://[::1]:8080")),
        (Platform::Whatsapp, gateway("https://ä.example")),
    ];
    let one = |(platform, reach): (Platform, Reach)| {
        set.fixture.channel_with(set.here, &set.ann, |state| {
            state.address = platform.identifier_key().map(|key| identifier(key, "x"));
            (state.platform, state.reach) = (platform, reach);
        })
    };
    ways.map(one).into()
}

fn full(set: &Setting) -> Channel {
    set.fixture.channel_with(set.here, &set.bob, |state| {
        state.platform = Platform::Email;
        state.name = name("Support “EU”");
        state.status = ChannelStatus::Inactive;
        state.address = Some(identifier("emailaddress", "Support@x.org"));
        state.reach = mail(Some("support"));
        state.secret = Some(Sealed::from_stored((0..=255).collect()));
    })
}

pub(super) fn a_channel_is_found_as_it_was_added(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut made = ways(&set);
    made.push(full(&set));
    for wanted in DIFFICULT {
        made.push(set.fixture.channel_with(set.here, &set.ann, |state| {
            state.name = name(wanted);
            state.address = Some(identifier("own-key", wanted));
            state.secret = Some(Sealed::from_stored(wanted.as_bytes().to_vec()));
        }));
    }
    subject.put_all(&made);
    for one in &made {
        let (here, id) = (set.here, one.id);
        let (many, locked) = subject.write(move |unit| {
            let port = unit.channels_mut();
            Ok((port.find_many(here, &[id])?, port.lock(here, id)?))
        });
        assert_eq!(find(subject, one).as_ref(), Some(one));
        assert_eq!(many, slice::from_ref(one));
        assert_eq!(locked.as_ref(), Some(one));
    }
    let (here, ids) = (set.here, [made[2].id, set.unknown(), made[0].id]);
    let found = subject.read(move |snapshot| snapshot.channels().find_many(here, &ids));
    let expected = [made[0].clone(), made[2].clone()];
    assert_eq!(sorted(found, |one| one.id), expected);
    let none = subject.read(move |snapshot| snapshot.channels().find_many(here, &[]));
    assert_eq!(none, []);
}

pub(super) fn another_workspaces_channel_is_found_and_changed_by_no_method(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = full(&set);
    subject.put(&made);
    let (elsewhere, id) = (set.elsewhere, made.id);
    let (found, many, locked, listed) = subject.write(move |unit| {
        let port = unit.channels_mut();
        Ok((
            port.find(elsewhere, id)?,
            port.find_many(elsewhere, &[id])?,
            port.lock(elsewhere, id)?,
            port.page(elsewhere, None, None, 9)?,
        ))
    });
    assert_eq!((found, many, locked, listed), (None, vec![], None, vec![]));
    let forged = Channel::restore(ChannelState {
        workspace: elsewhere,
        name: name("forged"),
        ..(*made).clone()
    });
    // Whether that is a fault is up to the adapter.
    let pending = subject
        .store()
        .write(move |unit| Ok(unit.channels_mut().save(&forged)?));
    drop(pending.wait());
    assert_eq!(find(subject, &made).as_ref(), Some(&made));
    let anywhere = subject.read(move |snapshot| snapshot.channels().find_anywhere(id));
    assert_eq!(anywhere, Some(made), "for whoever knows its secret");
}

pub(super) fn saving_a_channel_stores_all_but_its_place_platform_and_connector(
    subject: &mut Subject,
) {
    let set = Setting::new(subject);
    let (made, bystander) = (full(&set), set.fixture.channel(set.here, &set.ann));
    subject.put_all(&[made.clone(), bystander.clone()]);
    let changed = ChannelState {
        name: name("Other"),
        status: ChannelStatus::Active,
        address: None,
        reach: mail(None),
        secret: None,
        updated_at: at(99),
        ..(*made).clone()
    };
    let forged = ChannelState {
        platform: Platform::Native,
        connector: set.ann.id,
        created_at: at(1),
        ..changed.clone()
    };
    for (saved, expected) in [
        (forged, Channel::restore(changed)),
        ((*made).clone(), made.clone()),
    ] {
        let saved = Channel::restore(saved);
        subject.write(move |unit| {
            unit.channels_mut().lock(saved.workspace, saved.id)?;
            unit.channels_mut().save(&saved)
        });
        assert_eq!(find(subject, &made), Some(expected));
    }
    assert_eq!(find(subject, &bystander), Some(bystander));
}

pub(super) fn channels_are_listed_newest_first_of_a_platform_or_all(subject: &mut Subject) {
    let set = Setting::new(subject);
    let home = set.fixture.workspace("channels");
    subject.put(&home);
    let platforms = [Platform::Api, Platform::Sms];
    let mut made: Vec<Channel> = spread_ids()
        .into_iter()
        .zip(platforms.into_iter().cycle())
        .map(|(id, platform)| {
            set.fixture.channel_with(home.id, &set.ann, |state| {
                state.id = ChannelId::from_bytes(id);
                state.platform = platform;
            })
        })
        .collect();
    subject.put_all(&shuffled(&made));
    made.reverse();
    let page = |platform, before: Option<ChannelId>, limit| {
        let home = home.id;
        subject.read(move |snapshot| snapshot.channels().page(home, platform, before, limit))
    };
    assert_eq!(page(None, None, 100), made);
    assert_eq!(page(None, None, 2), made[..2]);
    assert_eq!(page(None, Some(made[1].id), 3), made[2..5]);
    assert_eq!(page(None, Some(made[5].id), 3), []);
    let api = [made[1].clone(), made[3].clone(), made[5].clone()];
    assert_eq!(page(Some(Platform::Api), None, 100), api);
    assert_eq!(page(Some(Platform::Api), Some(api[0].id), 1), api[1..2]);
    assert_eq!(page(Some(Platform::Email), None, 9), []);
}

pub(super) fn a_deleted_channel_is_found_among_many_only(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (made, stays) = (full(&set), set.fixture.channel(set.here, &set.ann));
    subject.put_all(&[made.clone(), stays.clone()]);
    let mut gone = made.clone();
    gone.delete(at(50));
    let saved = gone.clone();
    subject.write(move |unit| unit.channels_mut().save(&saved));
    let (here, id) = (set.here, made.id);
    let (found, locked, listed, own, many) = subject.write(move |unit| {
        let port = unit.channels_mut();
        Ok((
            port.find(here, id)?,
            port.lock(here, id)?,
            port.page(here, None, None, 9)?,
            port.page(here, Some(Platform::Email), None, 9)?,
            port.find_many(here, &[id])?,
        ))
    });
    let anywhere = subject.read(move |snapshot| snapshot.channels().find_anywhere(id));
    assert_eq!((found, locked, anywhere), (None, None, None));
    assert_eq!((listed, own), (vec![stays], vec![]));
    assert_eq!(many, [gone]);
}

pub(super) fn what_all_nodes_agree_on_is_said_once(subject: &mut Subject) {
    let find =
        |subject: &Subject, name| subject.read(move |snapshot| snapshot.installation().find(name));
    assert_eq!(find(subject, "one"), None);
    let all: Vec<u8> = (0..=255).collect();
    for (name, value) in [("one", all.clone()), ("One", vec![]), ("two", vec![0])] {
        let kept = value.clone();
        subject.write(move |unit| unit.installation_mut().add(name, &kept));
        assert_eq!(find(subject, name), Some(value));
    }
    for again in [all.clone(), vec![9]] {
        subject.contended(move |unit| unit.installation_mut().add("one", &again));
    }
    subject.reopen();
    assert_eq!(find(subject, "one"), Some(all));
    assert_eq!(find(subject, "One"), Some(vec![]));
    assert_eq!(find(subject, "ONE"), None);
}
