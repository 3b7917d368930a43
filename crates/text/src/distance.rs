//! How far two words are apart.

/// Fewest single-character changes (insert, delete, replace, swap of two neighbours) from `left` to `right`; none when
/// more than `max`. Counts characters, not bytes; the caller folds.
/// Source: optimal string alignment distance (Damerau 1964, restricted form).
pub fn edit_distance(left: &str, right: &str, max: usize) -> Option<usize> {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    if left.len().abs_diff(right.len()) > max {
        return None;
    }
    // Three rows of the table are alive: the swap looks two rows back.
    let mut before_last = vec![0; right.len() + 1];
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut row = vec![0; right.len() + 1];
    for (i, &l) in left.iter().enumerate() {
        let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX - 1);
        let (mut beside, mut best) = (i + 1, i + 1);
        let mut cells = row.iter_mut();
        if let Some(cell) = cells.next() {
            *cell = beside;
        }
        for ((j, &r), cell) in right.iter().enumerate().zip(cells) {
            let replaced = at(&last, j) + usize::from(l != r);
            let mut cost = replaced.min(at(&last, j + 1) + 1).min(beside + 1);
            if i > 0 && j > 0 && left.get(i - 1) == Some(&r) && right.get(j - 1) == Some(&l) {
                cost = cost.min(at(&before_last, j - 1) + 1);
            }
            *cell = cost;
            beside = cost;
            best = best.min(cost);
        }
        if best > max {
            return None;
        }
        std::mem::swap(&mut before_last, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last.last().copied().filter(|distance| *distance <= max)
}

/// Fewest single-character changes (insert, delete, replace) from `needle` to any part of `text`; none when more than `max`.
/// Counts characters; the caller folds. Source: Sellers, "The Theory and Computation of Evolutionary Distances" (1980).
pub fn nearest_part(needle: &str, text: &str, max: usize) -> Option<usize> {
    if text.contains(needle) {
        return Some(0);
    }
    let needle: Vec<char> = needle.chars().collect();
    // One column of the table: the first row is 0 everywhere, as a part may begin anywhere.
    let mut last: Vec<usize> = (0..=needle.len()).collect();
    let mut best = needle.len();
    for letter in text.chars() {
        let mut column = Vec::with_capacity(last.len());
        column.push(0);
        let mut above = 0;
        for ((wanted, diagonal), left) in needle.iter().zip(&last).zip(last.iter().skip(1)) {
            above = (diagonal + usize::from(*wanted != letter)).min(left + 1).min(above + 1);
            column.push(above);
        }
        best = best.min(above);
        last = column;
    }
    (best <= max).then_some(best)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn typos_are_counted_in_characters() {
        for (left, right, max, want) in [
            ("milk", "milk", 0, Some(0)),
            ("milk", "mikl", 1, Some(1)),
            ("milk", "milks", 1, Some(1)),
            ("milk", "silk", 1, Some(1)),
            ("milk", "bread", 3, None),
            ("纯牛奶", "纯牛乃", 1, Some(1)),
            ("", "ab", 2, Some(2)),
            ("ab", "", 1, None),
        ] {
            assert_eq!(edit_distance(left, right, max), want, "{left} {right}");
        }
    }

    #[test]
    fn the_nearest_part_may_stand_anywhere() {
        for (needle, text, max, want) in [
            ("jasmine", "greenjasminetea", 1, Some(0)),
            ("jasmine", "greenjasmjnetea", 1, Some(1)),
            ("jasmine", "asmine", 1, Some(1)),
            ("jasmine", "greentea", 2, None),
            ("原味油辣子", "老牌原味油竦子酱", 1, Some(1)),
            ("abc", "", 2, None),
            ("abc", "", 3, Some(3)),
            ("", "abc", 0, Some(0)),
        ] {
            assert_eq!(nearest_part(needle, text, max), want, "{needle} in {text}");
        }
    }

    proptest! {
        #[test]
        fn a_part_is_never_further_than_the_whole(needle in "[a-c]{1,6}", text in "[a-c]{0,8}") {
            let whole = edit_distance(&needle, &text, 20).expect("20 is more than either is long");
            // A swap of neighbours is one change there and two here.
            let part = nearest_part(&needle, &text, 20).expect("as above");
            prop_assert!(part <= 2 * whole, "{} against {}", part, whole);
        }

        #[test]
        fn distance_is_symmetric_and_zero_only_for_equals(left in "[a-d]{0,7}", right in "[a-d]{0,7}") {
            let there = edit_distance(&left, &right, 9);
            prop_assert_eq!(there, edit_distance(&right, &left, 9));
            prop_assert_eq!(there == Some(0), left == right);
        }

        #[test]
        fn one_change_costs_at_most_one(word in "[a-z]{1,9}", at in 0_usize..9, letter in "[a-z]") {
            let mut changed: Vec<char> = word.chars().collect();
            let at = at % changed.len();
            changed[at] = letter.chars().next().unwrap();
            let changed: String = changed.into_iter().collect();
            prop_assert!(edit_distance(&word, &changed, 1).is_some());
        }
    }
}
