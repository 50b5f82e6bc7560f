//! Channels: what may be one, who sees and changes it.

use causerie_core::act::*;
use causerie_core::channel::*;
use causerie_core::claim::Once;
use causerie_core::outbound::ReceiverRole;
use causerie_core::page::Limit;
use causerie_core::text::*;
use causerie_core::*;

use crate::contacts::identifier;
use crate::world::{World, told};

pub(crate) const ADA: (&str, &str) = ("emailaddress", "ada@x.org");
pub(crate) const BEA: (&str, &str) = ("emailaddress", "bea@x.org");

fn gateway() -> Reach {
    Reach::Gateway(Endpoint::parse("https://gateway.example/in").expect("an address"))
}

fn mail(username: Option<&str>) -> Reach {
    let server = MailServer::new("mx.example", None, MailSecurity::Tls, username);
    Reach::Mail(server.expect("a server"))
}

fn wish(platform: Platform) -> CreateChannel {
    let (reach, address) = match platform {
        Platform::Native => (Reach::Within, None),
        Platform::Email => (mail(None), Some(identifier("emailaddress", "us@x.org"))),
        _ => (gateway(), None),
    };
    CreateChannel {
        platform,
        name: Name::from_stored("Support"),
        address,
        reach,
        secret: None,
    }
}

pub(crate) fn channel(world: &World, platform: Platform) -> Channel {
    let wish = wish(platform);
    world.done(move |unit, cx| create_channel(unit, cx, &wish))
}

pub(crate) fn turn(world: &World, id: ChannelId, to: ChannelStatus) {
    world.done(move |unit, cx| turn_channel(unit, cx, id, to));
}

pub(crate) fn to(role: ReceiverRole, by: (&str, &str)) -> To {
    To {
        who: Who::Reached(identifier(by.0, by.1), None),
        role,
    }
}

pub(crate) fn letter(channel: ChannelId, receivers: Vec<To>) -> PostToChannel {
    PostToChannel {
        channel,
        receivers,
        sender: None,
        title: None,
        draft: Draft::text(Text::from_stored("Dear reader")),
        once: None,
        later: None,
    }
}

pub(crate) fn post(world: &World, caller: &Caller, cmd: &PostToChannel) -> Result<Message, Error> {
    let cmd = cmd.clone();
    let posted = world.act(caller, move |unit, cx| post_to_channel(unit, cx, &cmd))?;
    match posted {
        Once::Done(Posted::Sent(seen)) => Ok(seen.message),
        other => panic!("expected a message, found {other:?}"),
    }
}

/// A letter to Ada alone, on its way.
pub(crate) fn posted(world: &World, channel: &Channel) -> Message {
    let cmd = letter(channel.id, vec![to(ReceiverRole::To, ADA)]);
    post(world, &world.caller, &cmd).expect("posted")
}

#[test]
fn a_channel_has_a_bot_of_its_own_and_fits_together() {
    let world = World::new();
    let made = channel(&world, Platform::Api);
    assert_eq!(made.status, ChannelStatus::Active);
    let id = made.connector;
    let bot = world.read(move |snapshot, cx| find_participant(snapshot, cx, id));
    let bot = bot.expect("a bot");
    assert_eq!(
        (bot.kind, bot.display_name.as_str()),
        (ParticipantKind::Bot, "Support")
    );
    assert_eq!(world.topics(1), ["participant.created", "channel.created"]);
    let email = || wish(Platform::Email);
    let wrong = [
        (
            CreateChannel {
                reach: gateway(),
                ..wish(Platform::Native)
            },
            "url",
        ),
        (
            CreateChannel {
                reach: Reach::Within,
                ..wish(Platform::Sms)
            },
            "url",
        ),
        (
            CreateChannel {
                reach: gateway(),
                ..email()
            },
            "smtp",
        ),
        (
            CreateChannel {
                address: None,
                ..email()
            },
            "address",
        ),
        (
            CreateChannel {
                address: Some(identifier("phonenumber", "+31612345678")),
                ..email()
            },
            "address",
        ),
        (
            CreateChannel {
                reach: mail(Some("us")),
                ..email()
            },
            "smtp/password",
        ),
    ];
    for (wish, field) in wrong {
        let refused = world.act(&world.caller, move |unit, cx| {
            create_channel(unit, cx, &wish)
        });
        assert_eq!(told(refused), field);
    }
    let agent = world.bound(world.participant("ada"), "messaging:*");
    let refused = world.act(&agent, |unit, cx| {
        create_channel(unit, cx, &wish(Platform::Api))
    });
    assert_eq!(told(refused), "scope_missing");
}

#[test]
fn a_channel_is_changed_switched_and_deleted() {
    let world = World::new();
    let id = channel(&world, Platform::Email).id;
    let before = world.topics(0).len();
    let rename = |name: &str| {
        let change = ChannelChange {
            name: Some(Name::from_stored(name)),
            ..ChannelChange::default()
        };
        world.act(&world.caller, move |unit, cx| {
            change_channel(unit, cx, id, &change)
        })
    };
    rename("Sales").expect("renamed");
    rename("Sales").expect("the same");
    let bare = ChannelChange {
        address: Some(None),
        ..ChannelChange::default()
    };
    let refused = world.act(&world.caller, move |unit, cx| {
        change_channel(unit, cx, id, &bare)
    });
    assert_eq!(told(refused), "address");
    for to in [
        ChannelStatus::Inactive,
        ChannelStatus::Inactive,
        ChannelStatus::Active,
    ] {
        turn(&world, id, to);
    }
    world.done(move |unit, cx| delete_channel(unit, cx, id));
    assert_eq!(
        world.topics(before.try_into().expect("few")),
        [
            "channel.updated",
            "channel.deactivated",
            "channel.activated",
            "channel.deleted"
        ]
    );
    assert_eq!(told(rename("Gone")), "channel_not_found");
    let again = world.act(&world.caller, move |unit, cx| delete_channel(unit, cx, id));
    assert_eq!(told(again), "channel_not_found");
}

#[test]
fn contacts_see_no_channel() {
    let world = World::new();
    let id = channel(&world, Platform::Api).id;
    let agent = world.bound(world.participant("ada"), "messaging:read");
    let cy = world.participant_of(ParticipantKind::Contact, "cy");
    let outside = world.bound(cy, "*");
    let look = |caller: &Caller| {
        let found = world.read_as(caller, move |snapshot, cx| find_channel(snapshot, cx, id));
        let page = world.read_as(caller, |snapshot, cx| {
            list_channels(snapshot, cx, Some(Platform::Api), None, Limit::default())
        });
        (found.map(|one| one.id), page.expect("a page").items.len())
    };
    assert_eq!(look(&agent), (Ok(id), 1));
    assert_eq!(look(&outside), (Err("channel_not_found".to_owned()), 0));
    let cmd = letter(id, vec![to(ReceiverRole::To, ADA)]);
    assert_eq!(told(post(&world, &outside, &cmd)), "not_allowed");
    assert_eq!(told(post(&world, &agent, &cmd)), "scope_missing");
}

#[test]
fn i7_a_workspace_has_so_many_channels() {
    let world = World::new();
    for _ in 0..CHANNELS_MAX {
        channel(&world, Platform::Native);
    }
    let refused = world.act(&world.caller, |unit, cx| {
        create_channel(unit, cx, &wish(Platform::Native))
    });
    assert_eq!(told(refused), "channels_full");
}

#[test]
fn i10_a_password_stays_with_the_server_that_it_was_given_for() {
    let world = World::new();
    let sealed = Vault::new(&[1; 32]).seal(b"here", "secret", [2; 24]);
    let sealed = sealed.expect("short");
    let change = |id, reach: Option<Reach>, secret: Option<&Sealed>| {
        let secret = secret.cloned();
        let change = ChannelChange {
            reach,
            secret,
            ..ChannelChange::default()
        };
        world.done(move |unit, cx| change_channel(unit, cx, id, &change))
    };
    let email = channel(&world, Platform::Email);
    let elsewhere = MailServer::new("elsewhere.example", None, MailSecurity::Tls, None);
    let elsewhere = Reach::Mail(elsewhere.expect("a server"));
    let known = change(email.id, None, Some(&sealed));
    assert_eq!(known.secret.as_ref(), Some(&sealed));
    assert_eq!(change(email.id, Some(elsewhere), None).secret, None);
    let sms = channel(&world, Platform::Sms);
    let signs = change(sms.id, None, Some(&sealed));
    let moved = Endpoint::parse("https://elsewhere.example/").expect("an address");
    let moved = change(sms.id, Some(Reach::Gateway(moved)), None);
    assert_eq!(
        moved.secret, signs.secret,
        "the key that signs is the channel's own"
    );
    let id = email.id;
    let refused = world.act(&world.caller, move |unit, cx| {
        renew_secret(unit, cx, id, &sealed)
    });
    assert_eq!(told(refused), "channel_id");
}
