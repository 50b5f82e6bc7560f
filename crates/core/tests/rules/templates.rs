//! Templates: versions, languages, variables; and tags.

use std::collections::BTreeMap;

use causerie_core::act::*;
use causerie_core::page::Limit;
use causerie_core::tag::Tags;
use causerie_core::template::{Locale, Rendered, Slug, Source, Template, TemplateUse};
use causerie_core::text::Text;
use causerie_core::*;

use crate::world::{World, code, refused};

fn template(version: &str, locale: &str, text: &str) -> CreateTemplate {
    CreateTemplate {
        project: Slug::parse("welcome").expect("a slug"),
        version: Slug::parse(version).expect("a slug"),
        locale: Locale::parse(locale).expect("a tag"),
        name: None,
        text: Some(Source::parse(text).expect("a source")),
        content_type: ContentType::Text,
        content: None,
    }
}

fn wish(version: &str, locale: &str, parameters: &[(&str, &str)]) -> TemplateUse {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    TemplateUse {
        project: Slug::parse("welcome").expect("a slug"),
        version: Slug::parse(version).expect("a slug"),
        locale: Locale::parse(locale).expect("a tag"),
        parameters: parameters.iter().map(own).collect(),
    }
}

fn create(world: &World, cmd: CreateTemplate) -> Result<Template, String> {
    world.write(move |unit, cx| create_template(unit, cx, &cmd))
}

fn preview(world: &World, wish: TemplateUse) -> Result<Rendered, String> {
    let seen = world.read(move |snapshot, cx| preview_template(snapshot, cx, &wish));
    seen.map(|(rendered, _)| rendered)
}

fn said(world: &World, wish: TemplateUse) -> Result<String, String> {
    preview(world, wish).map(|rendered| rendered.text.as_str().to_owned())
}

/// The places of the values that a preview refuses.
fn misfits(world: &World, wish: TemplateUse) -> Vec<String> {
    let cx = world.cx();
    let tried = world
        .store
        .read(move |snapshot| preview_template(snapshot, &cx, &wish));
    match tried.wait() {
        Err(Error::Refusal(Refusal::Invalid { violations })) => violations
            .iter()
            .map(|one| one.field.clone().into_owned())
            .collect(),
        other => panic!("expected refused values, found {other:?}"),
    }
}

#[test]
fn a_template_is_found_by_version_and_nearest_language() {
    let world = World::new();
    for (version, locale, text) in [
        ("1", "en", "Hello {{name}}"),
        ("2", "en", "Hi {{name}}"),
        ("1", "pt", "Olá {{name}}"),
        ("1", "pt-BR", "Oi {{name}}"),
    ] {
        create(&world, template(version, locale, text)).expect("new");
    }
    let say = |version, locale| said(&world, wish(version, locale, &[("name", "Ada")]));
    assert_eq!(say("1", "en").as_deref(), Ok("Hello Ada"));
    assert_eq!(say("latest", "en").as_deref(), Ok("Hi Ada"));
    assert_eq!(say("latest", "pt-BR").as_deref(), Ok("Oi Ada"));
    assert_eq!(say("1", "pt-PT").as_deref(), Ok("Olá Ada"));
    // Not there in Portuguese, nor in German: the workspace's own language.
    assert_eq!(say("2", "pt-BR").as_deref(), Ok("Hi Ada"));
    assert_eq!(say("latest", "de-CH").as_deref(), Ok("Hi Ada"));
    assert_eq!(refused(say("3", "en")), "template_not_found");
    let again = create(&world, template("1", "pt-BR", "other"));
    assert_eq!(refused(again), "template_exists");
}

#[test]
fn missing_and_unknown_variables_are_refused_by_name() {
    let world = World::new();
    create(&world, template("1", "en", "{{a}} {{b}} {{ \"{{\" }}")).expect("new");
    let given = wish("1", "en", &[("b", "{{a}}"), ("c", "x"), ("d", "y")]);
    let places = ["a", "c", "d"].map(|name| format!("template/parameters/{name}"));
    assert_eq!(misfits(&world, given), places);
    let full = wish("1", "en", &[("a", "{{b}}"), ("b", "<b>")]);
    assert_eq!(said(&world, full).as_deref(), Ok("{{b}} <b> {{"));
    let long = "x".repeat(10_001);
    let given = wish("1", "en", &[("a", &long), ("b", "")]);
    assert_eq!(misfits(&world, given), ["template/parameters/a"]);
    let nothing = wish("1", "en", &[("a", &long[1..]), ("b", "")]);
    assert_eq!(
        misfits(&world, nothing),
        ["template"],
        "longer than a message may be"
    );
}

#[test]
fn what_is_no_template_is_not_created() {
    let world = World::new();
    let latest = template("latest", "en", "hello");
    assert_eq!(refused(create(&world, latest)), "validation_failed");
    let empty = CreateTemplate {
        text: None,
        ..template("1", "en", "hello")
    };
    assert_eq!(refused(create(&world, empty)), "validation_failed");
    let many: Vec<String> = (0..101)
        .map(|number| format!("{{{{v{number}}}}}"))
        .collect();
    let many = many.concat();
    assert_eq!(
        refused(create(&world, template("1", "en", &many))),
        "validation_failed"
    );
    let with = |content_type, json: &str| CreateTemplate {
        content_type,
        content: Some(json.to_owned()),
        ..template("1", "en", "hello")
    };
    for (content_type, json) in [
        (ContentType::Text, "[]"),
        (ContentType::Text, r#"{"a":"{{"}"#),
        (ContentType::Html, r#"{"type":"html"}"#),
    ] {
        assert_eq!(
            refused(create(&world, with(content_type, json))),
            "validation_failed"
        );
    }
    let bodiless = CreateTemplate {
        content_type: ContentType::Carousel,
        ..template("1", "en", "hello")
    };
    assert_eq!(refused(create(&world, bodiless)), "validation_failed");
    let ada = world.participant("ada");
    let bound = world.bound(ada, "messaging:*");
    let cmd = template("1", "en", "hello");
    let refusal = world.write_as(&bound, move |unit, cx| create_template(unit, cx, &cmd));
    assert_eq!(refused(refusal), "not_allowed");
}

#[test]
fn a_content_keeps_its_rules_when_it_is_filled_in() {
    let world = World::new();
    let cmd = CreateTemplate {
        text: None,
        content_type: ContentType::InputSelect,
        content: Some(r#"{"items": [{"title":"{{first}}", "value":"1"}]}"#.to_owned()),
        ..template("1", "en", "")
    };
    let made = create(&world, cmd).expect("new");
    assert_eq!(made.variables().into_iter().collect::<Vec<_>>(), ["first"]);
    let rendered = preview(&world, wish("1", "en", &[("first", "\"Yes\"")])).expect("fits");
    let content = rendered.content.expect("a content");
    assert_eq!(
        content.as_str(),
        r#"{"items": [{"title":"\"Yes\"", "value":"1"}]}"#
    );
    assert_eq!(rendered.content_type, ContentType::InputSelect);
}

#[test]
fn a_message_from_a_template_keeps_what_it_said() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    let made = create(&world, template("7", "en", "Hello {{name}}")).expect("new");
    let say = || {
        let mut cmd = SendMessage::text(group, ada, Text::empty());
        cmd.draft.template = Some(wish("latest", "en-GB", &[("name", "Bo")]));
        world.send_cmd(world.cx(), cmd)
    };
    let sent = say().expect("sent");
    assert_eq!(sent.text.as_str(), "Hello Bo");
    assert_eq!(sent.template, Some(wish("7", "en", &[("name", "Bo")])));
    let id = made.id;
    let erase = move |unit: &mut dyn port::Unit, cx: &Context| delete_template(unit, cx, id);
    world.write(erase).expect("deleted");
    assert_eq!(refused(world.write(erase)), "template_not_found");
    assert_eq!(world.list(group)[0].text.as_str(), "Hello Bo");
    assert_eq!(refused(say()), "template_not_found");
    let find = world.read(move |snapshot, cx| find_template(snapshot, cx, id));
    assert_eq!(refused(find), "template_not_found");
    let topics = world.topics(0);
    let own = topics.iter().filter(|one| one.starts_with("template"));
    assert_eq!(
        own.collect::<Vec<_>>(),
        [&"template.created", &"template.deleted"]
    );
}

#[test]
fn each_send_of_a_batch_is_made_from_its_own_template() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    create(&world, template("1", "en", "Hello {{name}}")).expect("new");
    create(&world, template("2", "en", "Hi {{name}}")).expect("new");
    create(&world, template("1", "pt", "Olá {{name}}")).expect("new");
    let wishes = [
        wish("latest", "en-GB", &[("name", "Bo")]),
        wish("latest", "en-GB", &[("name", "Cy")]),
        wish("1", "en", &[("name", "Di")]),
        wish("latest", "pt-BR", &[("name", "Ed")]),
        wish("3", "pt-BR", &[("name", "Flo")]),
        wish("latest", "pt-BR", &[]),
    ];
    let batch = wishes.map(|wish| {
        let mut cmd = SendMessage::text(group, ada, Text::empty());
        cmd.draft.template = Some(wish);
        (world.cx(), cmd)
    });
    let sent = world
        .store
        .write(move |unit| Ok(send_messages(unit, &batch)?));
    let said: Vec<_> = sent
        .wait()
        .expect("decided")
        .into_iter()
        .map(|one| match one {
            Ok(claim::Once::Done(message)) => message.text.as_str().to_owned(),
            Ok(claim::Once::Replayed(_)) => "replayed".to_owned(),
            Err(refusal) => refusal.code().to_owned(),
        })
        .collect();
    let expected = [
        "Hi Bo",
        "Hi Cy",
        "Hello Di",
        "Olá Ed",
        "template_not_found",
        "validation_failed",
    ];
    assert_eq!(said, expected);
}

#[test]
fn templates_are_listed_newest_first_and_by_project() {
    let world = World::new();
    for version in ["1", "2", "3"] {
        create(&world, template(version, "en", "hello")).expect("new");
    }
    let other = CreateTemplate {
        project: Slug::parse("bye").expect("a slug"),
        ..template("1", "en", "bye")
    };
    create(&world, other).expect("new");
    let list = |project: Option<&str>, cursor| {
        let project = project.map(|name| Slug::parse(name).expect("a slug"));
        let limit = Limit::new(2).expect("within bounds");
        let page = world.read(move |snapshot, cx| {
            list_templates(snapshot, cx, project.as_ref(), cursor, limit)
        });
        page.expect("a page")
    };
    let versions = |page: &page::Page<Template, TemplateId>| -> Vec<String> {
        let all = page.items.iter();
        all.map(|one| one.version.as_str().to_owned()).collect()
    };
    let first = list(Some("welcome"), None);
    assert_eq!(versions(&first), ["3", "2"]);
    let second = list(Some("welcome"), first.next);
    assert_eq!(
        (versions(&second), second.next),
        (vec!["1".to_owned()], None)
    );
    assert_eq!(versions(&list(None, None)), ["1", "3"]);
    assert_eq!(versions(&list(Some("none"), None)), Vec::<String>::new());
}

#[test]
fn i5_another_workspaces_template_does_not_exist() {
    let here = World::new();
    let there = World::in_store(here.store.clone(), "there");
    let id = create(&here, template("1", "en", "hello")).expect("new").id;
    let find =
        move |snapshot: &mut dyn port::Snapshot, cx: &Context| find_template(snapshot, cx, id);
    here.read(find).expect("its own");
    assert_eq!(refused(there.read(find)), "template_not_found");
    let erase = there.write(move |unit, cx| delete_template(unit, cx, id));
    assert_eq!(refused(erase), "template_not_found");
    assert_eq!(
        refused(said(&there, wish("1", "en", &[]))),
        "template_not_found"
    );
}

#[test]
fn tags_are_created_when_they_are_first_used() {
    let world = World::new();
    let ada = world.participant("ada");
    let customer = world.participant_of(ParticipantKind::Contact, "customer");
    let group = world.group(&[(ada, Role::Owner), (customer, Role::Member)]);
    for names in [["vip", "Order 47"], ["vip", "late"]] {
        let mut cmd = SendMessage::text(group, ada, Text::from_stored("hello"));
        cmd.draft.tags = Tags::parse(names).expect("fine");
        world.send_cmd(world.cx(), cmd).expect("sent");
    }
    let (mut listed, mut cursor) = (BTreeMap::new(), None);
    loop {
        let limit = Limit::new(1).expect("within bounds");
        let page = world
            .read(move |snapshot, cx| list_tags(snapshot, cx, cursor.as_ref(), limit))
            .expect("a page");
        listed.extend(page.items.into_iter().map(|one| (one.name, one.id)));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let names: Vec<&str> = listed.keys().map(tag::TagName::as_str).collect();
    assert_eq!(names, ["late", "order 47", "vip"]);
    let created = world
        .topics(0)
        .into_iter()
        .filter(|one| *one == "tag.created");
    assert_eq!(created.count(), 3);
    let cx = world.cx_of(&world.bound(customer, "messaging:*"));
    let list = world
        .store
        .read(move |snapshot| list_tags(snapshot, &cx, None, Limit::default()));
    assert_eq!(refused(code(list.wait())), "not_allowed");
}
