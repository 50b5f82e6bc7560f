//! Command lines of `curl` as documents print them, run by a real shell with the real `curl`.
//!
//! Changes nothing of a command but what the test names: host, token, ids.

use std::path::Path;
use std::process::Command;

use crate::DEADLINE;
use crate::client::Answer;

/// Runs a script whose only output is the answer of one `curl`.
///
/// `instead` has what stands in the script and what the test puts there, in order; `directory` is where files are.
///
/// # Panics
/// When something to replace is not there, or no answer comes.
#[track_caller]
pub fn run(directory: &Path, script: &str, instead: &[(&str, &str)]) -> Answer {
    let mut command = script.to_owned();
    for (theirs, ours) in instead {
        assert!(command.contains(theirs), "{theirs} is not in: {command}");
        command = command.replace(theirs, ours);
    }
    // The command stays as it is; what it runs shows status and headers as well, asks no settings of the
    // machine, and ends.
    let seconds = DEADLINE.as_secs();
    let program = format!(
        "curl() {{ command curl -q -s -S -i --noproxy '*' --max-time {seconds} \"$@\"; }}\n{command}"
    );
    let output = Command::new("sh")
        .args(["-euc", &program])
        .current_dir(directory)
        .output()
        .expect("there is a shell");
    let errors = String::from_utf8_lossy(&output.stderr);
    let status = output.status;
    assert!(status.success(), "{status}: {errors}\n{command}");
    match parse(&output.stdout) {
        Some(answer) => answer,
        None => panic!("no answer came: {errors}\n{command}"),
    }
}

/// The last answer of what `curl -i` shows: interim ones come before it.
fn parse(shown: &[u8]) -> Option<Answer> {
    let end = shown.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, rest) = shown.split_at(end);
    let body = rest.get(4..)?;
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let status: u16 = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    if (100..200).contains(&status) {
        return parse(body);
    }
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
    Some(Answer {
        status,
        headers: headers.collect(),
        body: body.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interim_answer_is_not_the_answer() {
        let shown =
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nX-A: b\r\n\r\n{}\r\n\r\n";
        let answer = parse(shown).expect("an answer");
        assert_eq!(answer.status, 201);
        assert_eq!(answer.header("x-a"), Some("b"));
        assert_eq!(answer.body, b"{}\r\n\r\n");
    }
}
