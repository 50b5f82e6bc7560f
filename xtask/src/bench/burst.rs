//! A burst: every request once, over so many connections, with what came back.
//! Measures nothing; where the requests go round and are timed is the load.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::{Context as _, Result, bail};
use tokio::task::LocalSet;

use super::http::Connection;

/// A status and a body.
pub(super) type Whole = (u16, Vec<u8>);

/// Gives the answers in the order of the requests.
///
/// # Errors
/// When a connection breaks, or an answer is not a 2xx.
pub(super) fn run(
    address: SocketAddr,
    requests: &Rc<[Vec<u8>]>,
    connections: usize,
) -> Result<Vec<Whole>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    LocalSet::new().block_on(&runtime, burst(address, requests, connections))
}

async fn burst(
    address: SocketAddr,
    requests: &Rc<[Vec<u8>]>,
    connections: usize,
) -> Result<Vec<Whole>> {
    let next = Rc::new(Cell::new(0));
    let answers = Rc::new(RefCell::new(vec![Whole::default(); requests.len()]));
    let mut tasks = Vec::with_capacity(connections);
    for _ in 0..connections {
        let connection = Connection::open(address).await?;
        let (requests, next, answers) =
            (Rc::clone(requests), Rc::clone(&next), Rc::clone(&answers));
        tasks.push(tokio::task::spawn_local(take(
            connection, requests, next, answers,
        )));
    }
    for task in tasks {
        task.await.context("a connection of a burst panicked")??;
    }
    Ok(answers.take())
}

/// One connection takes the next request that none has taken.
async fn take(
    mut connection: Connection,
    requests: Rc<[Vec<u8>]>,
    next: Rc<Cell<usize>>,
    answers: Rc<RefCell<Vec<Whole>>>,
) -> Result<()> {
    loop {
        let index = next.replace(next.get() + 1);
        let Some(request) = requests.get(index) else {
            return Ok(());
        };
        let answer = connection.exchange(request).await?;
        if !(200..300).contains(&answer.status) {
            let body = String::from_utf8_lossy(answer.body);
            bail!(
                "request {index} of a burst was refused with {} {body}",
                answer.status
            );
        }
        answers.borrow_mut()[index] = (answer.status, answer.body.to_vec());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::http::{request, serve};

    #[test]
    fn every_request_is_sent_once_and_answered_in_its_place() {
        let address = serve(|asked| {
            let path = asked.split(' ').nth(1).expect("a path");
            let length = path.len();
            format!("HTTP/1.1 202 Accepted\r\ncontent-length: {length}\r\n\r\n{path}")
        });
        let requests: Rc<[Vec<u8>]> = (0..50)
            .map(|number| request("POST", &format!("/{number}"), None, Some("{}")))
            .collect();
        let answers = run(address, &requests, 3).expect("answers");
        let expected = (0..50).map(|number| (202, format!("/{number}").into_bytes()));
        assert_eq!(answers, expected.collect::<Vec<_>>());
    }

    #[test]
    fn a_refusal_ends_it() {
        let address = serve(|_| "HTTP/1.1 422 No\r\ncontent-length: 2\r\n\r\nno".to_owned());
        let requests: Rc<[Vec<u8>]> = Rc::new([request("POST", "/", None, Some("{}"))]);
        let failure = run(address, &requests, 2).expect_err("refused");
        assert!(format!("{failure:#}").contains("422 no"), "{failure:#}");
    }
}
