//! What problems say, for answers that have nothing but a text.
//!
//! Statuses and forms are each dialect's own.

use causerie_http::Problem;

/// What a problem means and what is the matter in this case, without sentences that point to members which only
/// problem documents have.
pub(crate) fn of(problem: &Problem) -> String {
    if problem.code() == "media_type_unsupported" {
        return "The body is not of a type that is taken here. Send JSON with Content-Type: application/json."
            .to_owned();
    }
    let detail = problem.detail();
    let sentences = detail.split_inclusive(". ");
    let kept: String = sentences
        .filter(|sentence| !sentence.starts_with("See `"))
        .collect();
    kept.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use causerie_http::problem::Trouble;

    use super::*;

    #[test]
    fn nothing_points_to_members_that_are_not_there() {
        for (trouble, expected) in [
            (
                Trouble::JsonMalformed,
                "The body is not well-formed JSON. Line 1 column 2.",
            ),
            (
                Trouble::HeaderInvalid,
                "A header of the request cannot be read. Line 1 column 2.",
            ),
        ] {
            let problem = Problem::new(trouble).with_detail("Line 1 column 2.");
            assert_eq!(of(&problem), expected);
        }
        let problem = Problem::new(Trouble::MediaTypeUnsupported);
        assert!(!of(&problem).contains('`'), "{}", of(&problem));
    }
}
