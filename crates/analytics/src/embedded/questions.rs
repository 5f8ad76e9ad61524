//! The questions that the embedded engine answers, each from one snapshot.

use super::Embedded;
use crate::{
    availability, averages, chart, distribution,
    error::AnalyticsError,
    grouped, latest, points,
    question::{
        Availability, AvailabilityQuestion, AveragesQuestion, ChartBucket, ChartQuestion, DistributionAnswer,
        DistributionQuestion, GroupedChartAnswer, GroupedChartQuestion, PointRow, PointsAnswer,
        PointsQuestion, RankingAnswer, RankingQuestion, TrialAnswer, TrialQuestion,
    },
    series_set::SeriesSet,
    trial,
};

impl Embedded {
    /// Aggregates points over buckets of time; returns the non-empty buckets in order.
    ///
    /// Fails if the width is not positive, if there are more than 50 000 buckets, or if a segment cannot be read.
    pub fn chart(&self, question: &ChartQuestion) -> Result<Vec<ChartBucket>, AnalyticsError> {
        chart::chart(&self.snapshot(), question, &self.config)
    }

    /// Ranks groups of series by a statistic.
    ///
    /// Fails if there are too many groups, or if a segment cannot be read.
    pub fn ranking(&self, question: &RankingQuestion) -> Result<RankingAnswer, AnalyticsError> {
        grouped::ranking(&self.snapshot(), question, &self.config)
    }

    /// Ranks groups of series and charts the first of them.
    ///
    /// Fails if the width is not positive, if there are too many groups or buckets, or if a segment cannot be read.
    pub fn grouped_chart(
        &self,
        question: &GroupedChartQuestion,
    ) -> Result<GroupedChartAnswer, AnalyticsError> {
        grouped::chart(&self.snapshot(), question, &self.config)
    }

    /// Counts points by their values.
    ///
    /// Fails if a segment cannot be read.
    pub fn distribution(
        &self,
        question: &DistributionQuestion,
    ) -> Result<DistributionAnswer, AnalyticsError> {
        distribution::distribution(&self.snapshot(), question, &self.config)
    }

    /// Finds when each group had points and when not; the answers are in the order of the groups.
    ///
    /// Fails if the interval is not positive, if there are too many groups or slots, or if a segment cannot be read.
    pub fn availability(&self, question: &AvailabilityQuestion) -> Result<Vec<Availability>, AnalyticsError> {
        availability::availability(&self.snapshot(), question, &self.config)
    }

    /// Averages several groups of series over the same buckets; none where a group has no point.
    ///
    /// Fails if a segment cannot be read.
    pub fn averages(&self, question: &AveragesQuestion) -> Result<Vec<Vec<Option<f64>>>, AnalyticsError> {
        averages::averages(&self.snapshot(), question, &self.config)
    }

    /// Tries a rule on points.
    ///
    /// Fails if the width is not positive, if there are more than 50 000 buckets or more points than
    /// `Config::trial_points`, or if a segment cannot be read.
    pub fn trial(&self, question: &TrialQuestion) -> Result<TrialAnswer, AnalyticsError> {
        trial::trial(&self.snapshot(), question, &self.config)
    }

    /// Lists points, page by page.
    ///
    /// Fails if the page lies deeper than `Config::page_depth`, or if a segment cannot be read.
    pub fn points(&self, question: &PointsQuestion) -> Result<PointsAnswer, AnalyticsError> {
        points::points(&self.snapshot(), question, &self.config)
    }

    /// Returns the newest point of each series that has one, ordered by series.
    ///
    /// Of points with equal instants the one accepted later counts, except that among segments of different flushes
    /// this may be unknown after a merge.
    /// Fails if a segment cannot be read.
    pub fn latest(&self, series: &SeriesSet) -> Result<Vec<PointRow>, AnalyticsError> {
        latest::latest(&self.snapshot(), series, &self.config)
    }
}
