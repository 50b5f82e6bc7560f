//! Requests that no client means to send: odd paths, queries, headers and bodies.
//!
//! Knows nothing of any dialect but the words that it is given.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use causerie_tests::Random;

type Headers = Vec<(&'static str, String)>;

const PARTS: [&str; 14] = [
    "0",
    "-1",
    "1",
    "99999999999999999999",
    "1e400",
    "%00",
    "%FF%FE",
    "..%2F..",
    "abc",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "00000000-0000-0000-0000-000000000000",
    "AAAAAAAAAAAAAAAA",
    "%F0%9F%99%82",
    "%20",
];

const QUERIES: [&str; 16] = [
    "limit=0",
    "limit=-1",
    "limit=99999999999999999999",
    "limit=abc",
    "limit=1&limit=2",
    "limit[]=1",
    "limit[a][b]=1",
    "cursor=%FF",
    "pageToken=AAAA&cursor=AAAA",
    "before=1e999&after=-1",
    "starting_after=x&ending_before=y",
    "page=0&page=-5",
    "a[b]=1&a=2",
    "%zz=%",
    "=&=&&",
    "query=%00&q=%00&conversation_id=%F0%9F%99%82",
];

const VALUES: [&str; 22] = [
    "null",
    "true",
    "0",
    "-1",
    "1e400",
    "123456789012345678901234567890",
    "0.1e-999",
    "\"\"",
    "\"x\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"🙂\"",
    "{}",
    "[]",
    "[[[]]]",
    "[null]",
    "[{}]",
    "{\"a\":{\"b\":[1,{\"c\":null}]}}",
    "{\"id\":\"x\"}",
    "\"99999999999999999999\"",
    "\"2026-02-30T00:00:00Z\"",
    "[1,\"1\",{}]",
];

const BROKEN_JSON: [&str; 12] = [
    "",
    "{",
    "[]",
    "null",
    "1",
    "\"x\"",
    "{\"a\":",
    "{\"a\":1}x",
    "{'a':1}",
    "{\"a\":NaN}",
    "\u{feff}{\"a\":1}",
    "{\"a\":1,\"a\":2,}",
];

const BROKEN_FORMS: [&str; 12] = [
    "a[b]=1&a=2",
    "a[[[[=1",
    "=&=&",
    "%",
    "%zz=1",
    "a[99999999999]=1",
    "message=%FF%FE",
    "a[b][c][d][e][f][g][h][i][j][k][l]=1",
    "[]=1",
    "a]=1",
    "a[]=1&a[b]=2",
    "\u{0}=\u{0}",
];

const BROKEN_PARTS: [&str; 7] = [
    "",
    "--b",
    "--b\r\n\r\nx\r\n--b--\r\n",
    "--b\r\ncontent-disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n--b--\r\n",
    "--b\r\ncontent-disposition: form-data; name=\"a[b\"\r\n\r\nx\r\n--b--\r\n",
    "--b\r\ncontent-disposition: form-data; name=\"message\"\r\n\r\ncut off",
];

const TYPES: [&str; 9] = [
    "application/json",
    "application/json; charset=utf-16",
    "text/plain",
    "",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=latin1",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=b",
];

fn pick<'a>(random: &mut Random, among: &[&'a str]) -> &'a str {
    among[below(random, among.len())]
}

fn below(random: &mut Random, count: usize) -> usize {
    let count = u64::try_from(count).expect("a count");
    usize::try_from(random.between(0, count)).expect("an index")
}

fn one_in(random: &mut Random, count: u64) -> bool {
    random.between(0, count) == 0
}

/// A path with values in place of names, known ones where `may_be_true`; and a query now and then.
pub(crate) fn path(
    random: &mut Random,
    template: &str,
    known: &BTreeMap<&'static str, String>,
    may_be_true: bool,
) -> String {
    let mut path = String::new();
    let mut before = "";
    for part in template.split('/').skip(1) {
        path.push('/');
        match part
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            // What a path calls `id` is the id of what the part before names.
            Some(name) => {
                let value = known.get(name).or_else(|| known.get(before));
                match value {
                    Some(value) if may_be_true && !one_in(random, 4) => path.push_str(value),
                    _ if one_in(random, 20) => path.push_str(&"a".repeat(2_000)),
                    _ => path.push_str(pick(random, &PARTS)),
                }
            }
            None => path.push_str(part),
        }
        before = part;
    }
    if one_in(random, 2) {
        path.push('?');
        path.push_str(pick(random, &QUERIES));
    }
    path
}

/// Headers and a body.
pub(crate) fn request(random: &mut Random, members: &[&str]) -> (Headers, Vec<u8>) {
    let (kind, body) = match random.between(0, 8) {
        0 => (
            "application/json",
            pick(random, &BROKEN_JSON).as_bytes().to_vec(),
        ),
        1 => ("application/json", deep()),
        2 => (
            "application/x-www-form-urlencoded",
            pick(random, &BROKEN_FORMS).as_bytes().to_vec(),
        ),
        3 => (
            "multipart/form-data; boundary=b",
            pick(random, &BROKEN_PARTS).as_bytes().to_vec(),
        ),
        4 => ("application/x-www-form-urlencoded", form(random, members)),
        5 => (pick(random, &TYPES), vec![0xff, 0xfe, 0x00, b'{', 0x80]),
        _ => ("application/json", object(random, members)),
    };
    let kind = if one_in(random, 8) {
        pick(random, &TYPES)
    } else {
        kind
    };
    let mut headers: Headers = vec![("content-type", kind.to_owned())];
    match random.between(0, 10) {
        0 => headers.push(("idempotency-key", "x".repeat(300))),
        1 => headers.push(("content-encoding", "gzip".to_owned())),
        2 => headers.push(("accept", "text/html;q=0".to_owned())),
        3 => headers.push(("range", "bytes=9-1".to_owned())),
        4 => headers.push(("if-match", "\"".to_owned())),
        5 => headers.push(("x-request-id", "ü".to_owned())),
        6 => headers.push(("x-long", "y".repeat(6_000))),
        _ => {}
    }
    (headers, body)
}

/// JSON that is nested deeper than anybody means.
fn deep() -> Vec<u8> {
    let deep = format!("{{\"message\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    deep.into_bytes()
}

/// An object of words that mean something, with values that mean nothing.
fn object(random: &mut Random, members: &[&str]) -> Vec<u8> {
    let mut text = String::from("{");
    for turn in 0..random.between(1, 6) {
        let comma = if turn == 0 { "" } else { "," };
        let (name, value) = (pick(random, members), pick(random, &VALUES));
        let long = one_in(random, 30).then(|| format!("\"{}\"", "z".repeat(20_000)));
        let value = long.as_deref().unwrap_or(value);
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}\"{name}\":{value}");
    }
    text.push('}');
    text.into_bytes()
}

/// A form of the same.
fn form(random: &mut Random, members: &[&str]) -> Vec<u8> {
    let keys = ["", "[]", "[a]", "[a][]", "[0][id]", "[", "[a"];
    let mut text = String::new();
    for _ in 0..random.between(1, 6) {
        let (name, value) = (pick(random, members), pick(random, &VALUES));
        let _ = write!(text, "{name}{}={value}&", pick(random, &keys));
    }
    text.into_bytes()
}
