//! How far two words are apart: how many letters one has to insert, remove, replace or swap with the next to get from
//! one to the other. This is the optimal string alignment distance (Damerau and Levenshtein without edits inside a swap).

/// Returns the distance of two words when it is at most `most`.
pub(super) fn within(one: &[char], other: &[char], most: usize) -> Option<usize> {
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut next = Vec::with_capacity(last.len());
        next.push(row + 1);
        for (column, other_letter) in other.iter().enumerate() {
            let replaced = last[column] + usize::from(letter != other_letter);
            let mut cost = replaced.min(last[column + 1] + 1).min(next[column] + 1);
            let is_swap =
                row > 0 && column > 0 && one[row - 1] == *other_letter && other[column - 1] == *letter;
            if is_swap {
                cost = cost.min(before_last[column - 1] + 1);
            }
            next.push(cost);
        }
        before_last = std::mem::replace(&mut last, next);
    }
    last.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::within;
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    fn distance(one: &str, other: &str, most: usize) -> Option<usize> {
        within(&one.chars().collect::<Vec<_>>(), &other.chars().collect::<Vec<_>>(), most)
    }

    #[test]
    fn one_mistake_is_one() {
        for typed in ["latncy", "lattency", "latancy", "laetncy", "atency", "latencyy"] {
            assert_eq!(distance(typed, "latency", 2), Some(1), "{typed}");
        }
        assert_eq!(distance("latency", "latency", 0), Some(0));
        assert_eq!(distance("lattancy", "latency", 2), Some(2));
        assert_eq!(distance("packet", "latency", 2), None);
        assert_eq!(distance("ca", "abc", 3), Some(3), "a swap is not edited again");
    }

    proptest! {
        #[test]
        fn it_is_the_same_in_both_directions_and_bounded_by_the_lengths(one in "[a-d]{0,9}", other in "[a-d]{0,9}") {
            let there = distance(&one, &other, 9).unwrap();
            prop_assert_eq!(distance(&other, &one, 9), Some(there));
            prop_assert!(there >= one.len().abs_diff(other.len()) && there <= one.len().max(other.len()));
            prop_assert_eq!(there == 0, one == other);
            if there > 0 {
                prop_assert_eq!(distance(&one, &other, there - 1), None);
            }
        }
    }
}
