//! Who finds which messages, by words, tags and references.

use causerie_core::act::*;
use causerie_core::page::{Limit, Order};
use causerie_core::port::MessageFilter;
use causerie_core::search::SearchQuery;
use causerie_core::tag::{TagName, Tags};
use causerie_core::text::*;
use causerie_core::*;

use crate::world::{World, refused};

fn limit(limit: u64) -> Limit {
    Limit::new(limit).expect("within bounds")
}

/// The texts that a search finds, page by page.
fn search(
    world: &World,
    caller: &Caller,
    query: &str,
    filter: &MessageFilter,
) -> Result<Vec<String>, String> {
    let query = SearchQuery::parse(query).expect("a query");
    let (mut texts, mut cursor) = (Vec::new(), None);
    loop {
        let (query, filter) = (query.clone(), filter.clone());
        let page = world.read_as(caller, move |snapshot, cx| {
            search_messages(snapshot, cx, &query, &filter, cursor, limit(2))
        })?;
        assert!(page.items.len() <= 2);
        texts.extend(
            page.items
                .iter()
                .map(|one| one.seen.message.text.to_string()),
        );
        cursor = page.next;
        if cursor.is_none() {
            return Ok(texts);
        }
    }
}

fn list(world: &World, caller: &Caller, filter: &MessageFilter) -> Result<Vec<String>, String> {
    let (mut texts, mut cursor) = (Vec::new(), None);
    loop {
        let filter = filter.clone();
        let page = world.read_as(caller, move |snapshot, cx| {
            list_all_messages(snapshot, cx, &filter, Order::Descending, cursor, limit(2))
        })?;
        assert!(page.items.len() <= 2);
        texts.extend(page.items.iter().map(|one| one.message.text.to_string()));
        cursor = page.next;
        if cursor.is_none() {
            return Ok(texts);
        }
    }
}

#[test]
fn a_bound_key_finds_what_its_participant_may_see_and_nothing_else() {
    let world = World::new();
    let [ada, bo] = ["ada", "bo"].map(|name| world.participant(name));
    let (shared, own, left) = (
        world.group(&[(ada, Role::Owner), (bo, Role::Member)]),
        world.group(&[(ada, Role::Owner)]),
        world.group(&[(ada, Role::Owner), (bo, Role::Member)]),
    );
    for (to, text) in [
        (shared, "word one"),
        (own, "word two"),
        (left, "word three"),
        (shared, "word four"),
        (shared, "word five"),
    ] {
        world.send(to, ada, text).expect("sent");
    }
    world
        .write(move |unit, cx| remove_member(unit, cx, left, bo))
        .expect("removed");
    let everything = MessageFilter::everything();
    let bound = world.bound(bo, "messaging:read");
    let all = [
        "word five",
        "word four",
        "word three",
        "word two",
        "word one",
    ];
    let some = ["word five", "word four", "word one"];
    for find in [search_words, list] {
        let found = find(&world, &world.caller, &everything).expect("a page");
        assert_eq!(found, all);
        assert_eq!(find(&world, &bound, &everything).expect("a page"), some);
        let of = |member| MessageFilter {
            member: Some(member),
            ..MessageFilter::everything()
        };
        let asked = find(&world, &world.caller, &of(bo)).expect("a page");
        assert_eq!(asked, some, "as it is for whoever asks for them");
        assert_eq!(refused(find(&world, &bound, &of(ada))), "bound_elsewhere");
        let within = |conversation| MessageFilter {
            conversation: Some(conversation),
            ..MessageFilter::everything()
        };
        for hidden in [own, left, ConversationId::from_bytes([7; 16])] {
            let found = find(&world, &bound, &within(hidden));
            assert_eq!(refused(found), "conversation_not_found");
        }
        let found = find(&world, &world.caller, &within(own)).expect("a page");
        assert_eq!(found, ["word two"]);
    }
    world
        .write(move |unit, cx| delete_conversation(unit, cx, shared))
        .expect("deleted");
    for find in [search_words, list] {
        let found = find(&world, &world.caller, &everything).expect("a page");
        assert_eq!(found, ["word three", "word two"]);
        assert_eq!(find(&world, &bound, &everything), Ok(vec![]));
    }
}

fn search_words(
    world: &World,
    caller: &Caller,
    filter: &MessageFilter,
) -> Result<Vec<String>, String> {
    search(world, caller, "word", filter)
}

#[test]
fn i5_another_workspace_finds_nothing() {
    let here = World::new();
    let there = World::in_store(here.store.clone(), "there");
    let ada = here.participant("ada");
    let group = here.group(&[(ada, Role::Owner)]);
    here.send(group, ada, "word").expect("sent");
    let everything = MessageFilter::everything();
    for find in [search_words, list] {
        assert_eq!(find(&there, &there.caller, &everything), Ok(vec![]));
    }
    let within = MessageFilter {
        conversation: Some(group),
        ..everything
    };
    let found = search_words(&there, &there.caller, &within);
    assert_eq!(refused(found), "conversation_not_found");
}

#[test]
fn a_key_that_may_not_read_finds_nothing() {
    let world = World::new();
    let ada = world.participant("ada");
    let caller = world.bound(ada, "messaging:write");
    let everything = MessageFilter::everything();
    for find in [search_words, list] {
        assert_eq!(refused(find(&world, &caller, &everything)), "scope_missing");
    }
}

#[test]
fn tags_and_references_find_messages_and_edits_are_found_by_new_words() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    let send = |text: &str, tags: &[&str], reference: &str| {
        let mut cmd = SendMessage::text(group, ada, Text::from_stored(text));
        cmd.draft.tags = Tags::parse(tags.iter().copied()).expect("tags");
        cmd.draft.reference = Some(Reference::from_stored(reference));
        world.send_cmd(world.cx(), cmd).expect("sent")
    };
    let first = send("The late order", &["VIP", "a b"], "r-1");
    send("another order", &["vip"], "r-2");
    send("a third", &[], "R-1");
    let with = |tag: Option<&str>, reference: Option<&str>| MessageFilter {
        tag: tag.map(TagName::from_stored),
        reference: reference.map(Reference::from_stored),
        ..MessageFilter::everything()
    };
    let caller = &world.caller;
    let found = |filter| list(&world, caller, &filter).expect("a page");
    assert_eq!(
        found(with(Some("vip"), None)),
        ["another order", "The late order"]
    );
    assert_eq!(found(with(Some("a b"), None)), ["The late order"]);
    assert_eq!(found(with(None, Some("r-1"))), ["The late order"]);
    assert_eq!(found(with(Some("vip"), Some("r-2"))), ["another order"]);
    assert_eq!(found(with(Some("a"), None)), [""; 0]);
    let words = |query, filter| search(&world, caller, query, &filter).expect("a page");
    let everything = MessageFilter::everything;
    assert_eq!(words("\"late order\"", everything()), ["The late order"]);
    assert_eq!(words("ord*", with(Some("a b"), None)), ["The late order"]);
    let edit = EditMessage {
        conversation: group,
        message: first.id,
        acting_as: None,
        change: MessageChange {
            text: Some(Text::from_stored("The late delivery")),
            ..MessageChange::default()
        },
    };
    world
        .write(move |unit, cx| edit_message(unit, cx, &edit))
        .expect("edited");
    assert_eq!(words("order", everything()), ["another order"]);
    assert_eq!(words("deliver*", everything()), ["The late delivery"]);
    assert_eq!(found(with(Some("a b"), None)), ["The late delivery"]);
}
