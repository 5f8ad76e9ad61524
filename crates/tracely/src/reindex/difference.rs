//! What segments have and the cluster has not.

use super::groups::{Groups, Key};

/// Walks over the points of segments and the points that stand for them in the cluster, side by side.
pub(super) struct Difference<'a> {
    segments: Groups<'a>,
    cluster: Groups<'a>,
    /// The next group of the cluster.
    next: Option<(Key, Vec<f64>)>,
    /// How many points the cluster has that segments have not.
    pub(super) extra: u64,
}

/// A series and an instant of segments.
#[derive(Debug, PartialEq)]
pub(super) struct Step {
    pub(super) key: Key,
    /// How many points segments have there.
    pub(super) points: u64,
    /// The values that are missing in the cluster, each with the number that it has among equal ones.
    pub(super) missing: Vec<(f64, u32)>,
}

impl<'a> Difference<'a> {
    pub(super) async fn of(segments: Groups<'a>, mut cluster: Groups<'a>) -> anyhow::Result<Self> {
        let next = cluster.next().await?;
        Ok(Self { segments, cluster, next, extra: 0 })
    }

    /// Returns the next step; none at the end.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<Step>> {
        let step = self.segments.next().await?;
        let key = step.as_ref().map(|(key, _)| *key);
        let mut held = Vec::new();
        while let Some((theirs, values)) = self.next.take_if(|(next, _)| key.is_none_or(|key| *next <= key)) {
            if Some(theirs) == key {
                held = values;
            } else {
                self.extra += values.len() as u64;
            }
            self.next = self.cluster.next().await?;
        }
        Ok(step.map(|(key, values)| {
            let (missing, extra) = lacking(&values, &held);
            self.extra += extra;
            Step { key, points: values.len() as u64, missing }
        }))
    }
}

/// Returns the values that are missing in what is held, numbered among equal ones, and how many are held beyond. Both are
/// sorted.
fn lacking(values: &[f64], held: &[f64]) -> (Vec<(f64, u32)>, u64) {
    let (mut missing, mut extra, mut held) = (Vec::new(), 0, held);
    for equal in values.chunk_by(|left, right| left.total_cmp(right).is_eq()) {
        let value = equal[0];
        let below = held.partition_point(|other| other.total_cmp(&value).is_lt());
        let upto = held.partition_point(|other| other.total_cmp(&value).is_le());
        let there = upto - below;
        extra += below + there.saturating_sub(equal.len());
        missing.extend((0..equal.len().saturating_sub(there)).map(|copy| (value, copy as u32)));
        held = &held[upto..];
    }
    (missing, (extra + held.len()) as u64)
}

#[cfg(test)]
mod tests {
    use super::lacking;

    #[test]
    fn equal_values_are_counted() {
        assert_eq!(lacking(&[1.0, 2.0, 2.0, 2.0, 3.0], &[2.0, 3.0]), (vec![(1.0, 0), (2.0, 0), (2.0, 1)], 0));
        assert_eq!(lacking(&[1.0, 2.0], &[]), (vec![(1.0, 0), (2.0, 0)], 0));
        assert_eq!(lacking(&[1.0, 3.0], &[0.5, 1.0, 1.0, 2.0, 3.0, 4.0]), (Vec::new(), 4));
    }
}
