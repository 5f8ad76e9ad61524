//! Answers questions for averages of many groups of series in one scan.

use crate::{
    config::Config,
    error::AnalyticsError,
    groups::Groups,
    question::AveragesQuestion,
    scan::{Columns, Need, Snapshot, Task, fold},
};

/// Sum and count of one bucket of one group.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    sum: f64,
    count: u64,
}

/// Returns the averages of each group, bucket by bucket.
pub(crate) fn averages(
    snapshot: &Snapshot,
    question: &AveragesQuestion,
    config: &Config,
) -> Result<Vec<Vec<Option<f64>>>, AnalyticsError> {
    let AveragesQuestion { groups, buckets, .. } = question;
    let (from, to, width, buckets) = (question.from.0, question.to.0, question.width(), *buckets);
    if from >= to || buckets == 0 {
        return Ok(vec![vec![None; buckets]; groups.len()]);
    }
    let last = to - 1;
    let joined = Groups::new(groups);
    let columns = Columns { series: true, instants: true, values: true };
    let need = Need { series: &joined.series, from, last, columns };
    let tasks = Task::list(snapshot, &need);
    let parts = fold(
        &tasks,
        config.question_threads(),
        || vec![Cell::default(); groups.len() * buckets],
        |cells, task| {
            task.scan(&need, &mut |block| {
                joined.visit(block, |place, instants, values| {
                    let row = joined.group(place) * buckets;
                    for (instant, value) in instants.iter().zip(values) {
                        if *instant >= from && *instant <= last {
                            let cell = &mut cells[row + ((instant - from) / width) as usize];
                            cell.sum += value;
                            cell.count += 1;
                        }
                    }
                });
            })
        },
    )?;
    let mut whole = vec![Cell::default(); groups.len() * buckets];
    for part in parts {
        for (cell, more) in whole.iter_mut().zip(part) {
            cell.sum += more.sum;
            cell.count += more.count;
        }
    }
    let average = |cell: &Cell| (cell.count > 0).then(|| cell.sum / cell.count as f64);
    Ok(whole.chunks(buckets).map(|cells| cells.iter().map(average).collect()).collect())
}
