//! Answers questions about many groups of series: which come first, and their charts.

use crate::{
    aggregate::Aggregate,
    chart::Grid,
    config::Config,
    error::AnalyticsError,
    groups::Groups,
    question::{
        GroupedChartAnswer, GroupedChartQuestion, RankedGroup, RankingAnswer, RankingQuestion, Statistics,
        StatisticsBucket,
    },
    scan::{Columns, Need, Snapshot, Task, fold},
    series_set::SeriesSet,
};

/// The points of one bucket of one group.
#[derive(Debug, Clone, Default)]
struct Cell {
    aggregate: Aggregate,
    /// The newest instant and the greatest value at it.
    last: Option<(i64, f64)>,
}

impl Cell {
    fn add(&mut self, instants: &[i64], values: &[f64], exact_limit: usize) {
        self.aggregate.add(values, exact_limit);
        for (instant, value) in instants.iter().zip(values) {
            self.see((*instant, *value));
        }
    }

    fn merge(&mut self, other: Self, exact_limit: usize) {
        self.aggregate.merge(other.aggregate, exact_limit);
        if let Some(last) = other.last {
            self.see(last);
        }
    }

    fn see(&mut self, (instant, value): (i64, f64)) {
        let is_last = self.last.is_none_or(|(newest, greatest)| {
            instant > newest || instant == newest && value.total_cmp(&greatest).is_gt()
        });
        if is_last {
            self.last = Some((instant, value));
        }
    }

    fn finish(&self) -> Option<Statistics> {
        self.last.and_then(|(_, value)| self.aggregate.statistics(value))
    }
}

/// Ranks the groups of a question.
pub(crate) fn ranking(
    snapshot: &Snapshot,
    question: &RankingQuestion,
    config: &Config,
) -> Result<RankingAnswer, AnalyticsError> {
    let RankingQuestion { groups, from, to, .. } = question;
    let groups = Groups::few(groups)?;
    let width = to.0.saturating_sub(from.0).max(1);
    let Some(grid) = Grid::new((*from, *to), width, from.0, question.groups.len(), config)? else {
        return Ok(RankingAnswer::default());
    };
    let cells = cells(snapshot, &groups, question.groups.len(), &grid, config)?;
    let found = cells.iter().enumerate();
    let rows = found
        .filter_map(|(group, cell)| cell.finish().map(|statistics| RankedGroup { group, statistics }))
        .collect();
    Ok(ranked(rows, question))
}

/// Puts the groups that have points, in the order of the question, into that of their ranking.
pub(crate) fn ranked(mut rows: Vec<RankedGroup>, question: &RankingQuestion) -> RankingAnswer {
    let RankingQuestion { by, descending, limit, .. } = question;
    // Stable, so that equals keep the order of the question.
    rows.sort_by(|left, right| {
        let order = left.statistics.get(*by).total_cmp(&right.statistics.get(*by));
        if *descending { order.reverse() } else { order }
    });
    let (count, points) = (rows.len() as u64, rows.iter().map(|row| row.statistics.count).sum());
    rows.truncate(*limit);
    RankingAnswer { rows, groups: count, points }
}

/// Ranks the groups of a question and charts the first of them.
pub(crate) fn chart(
    snapshot: &Snapshot,
    question: &GroupedChartQuestion,
    config: &Config,
) -> Result<GroupedChartAnswer, AnalyticsError> {
    let GroupedChartQuestion { ranking: of_groups, width, offset } = question;
    let span = (of_groups.from, of_groups.to);
    let charted = of_groups.limit.min(of_groups.groups.len());
    // Before anything is read: too many buckets are refused at once.
    let Some(grid) = Grid::new(span, *width, *offset, charted, config)? else {
        return Ok(GroupedChartAnswer::default());
    };
    let ranking = ranking(snapshot, of_groups, config)?;
    let chosen: Vec<SeriesSet> = ranking.rows.iter().map(|row| of_groups.groups[row.group].clone()).collect();
    if chosen.is_empty() {
        return Ok(GroupedChartAnswer { ranking, charts: Vec::new() });
    }
    let cells = cells(snapshot, &Groups::new(&chosen), chosen.len(), &grid, config)?;
    let bucket_of = |(place, cell): (usize, &Cell)| {
        cell.finish().map(|statistics| StatisticsBucket { start: grid.start_of(place), statistics })
    };
    let chart_of = |cells: &[Cell]| cells.iter().enumerate().filter_map(bucket_of).collect();
    Ok(GroupedChartAnswer { ranking, charts: cells.chunks(grid.buckets).map(chart_of).collect() })
}

/// Returns the buckets of each group, group after group.
fn cells(
    snapshot: &Snapshot,
    groups: &Groups,
    count: usize,
    grid: &Grid,
    config: &Config,
) -> Result<Vec<Cell>, AnalyticsError> {
    let columns = Columns { series: true, instants: true, values: true };
    let need = Need { series: &groups.series, from: grid.from, last: grid.last, columns };
    let tasks = Task::list(snapshot, &need);
    let parts = fold(
        &tasks,
        config.question_threads(),
        || vec![Cell::default(); count * grid.buckets],
        |cells: &mut Vec<Cell>, task| {
            task.scan(&need, &mut |block| {
                groups.visit(block, |place, instants, values| {
                    let first = groups.group(place) * grid.buckets;
                    grid.runs(instants, |bucket, rows| {
                        let cell = &mut cells[first + bucket];
                        cell.add(&instants[rows.clone()], &values[rows], grid.exact_limit);
                    });
                });
            })
        },
    )?;
    let whole = parts.into_iter().reduce(|mut whole, part| {
        for (cell, more) in whole.iter_mut().zip(part) {
            cell.merge(more, grid.exact_limit);
        }
        whole
    });
    Ok(whole.unwrap_or_default())
}
