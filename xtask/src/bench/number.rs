//! Arithmetic on measurements: medians, and counts as numbers with a fraction.
//! No statistics beyond that; a few rounds do not carry more.

/// A count as a float.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "there is no lossless conversion, and counts here stay far below 2^52"
)]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

/// The middle of `values`, or the mean of the two in the middle; `None` of none.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(*upper);
    }
    Some(f64::midpoint(values[middle - 1], *upper))
}

/// `value` with thousands apart: 12,345.
pub(super) fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn thousands_are_apart() {
        for (value, expected) in [
            (7.4, "7"),
            (999.0, "999"),
            (12345.0, "12,345"),
            (1e6, "1,000,000"),
        ] {
            assert_eq!(thousands(value), expected);
        }
    }
}
