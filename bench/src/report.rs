//! Writes what was measured into `bench/REPORT.md`, between two markers. What people wrote around them stays.

use crate::home::Database;
use crate::record::{Record, Run, Sample};
use crate::row::{Figure, Limit, Row};
use anyhow::Context;
use std::fmt::Write;
use std::path::Path;

const BEGIN: &str = "<!-- tracely-bench: everything down to the end marker is written by it -->";
const END: &str = "<!-- tracely-bench: end -->";

/// Writes the report into a file. Without markers in it, it is added at the end.
pub fn write(record: &Record, file: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    std::fs::write(file, insert(&text, &render(record)))
        .with_context(|| format!("cannot write {}", file.display()))
}

fn insert(text: &str, section: &str) -> String {
    let (before, after) = match (text.find(BEGIN), text.find(END)) {
        (Some(begin), Some(end)) if begin < end => (&text[..begin], &text[end + END.len()..]),
        _ => (text, ""),
    };
    let after = if after.is_empty() { "\n" } else { after };
    format!("{}\n\n{BEGIN}\n\n{}\n{END}{after}", before.trim_end(), section.trim_end().to_owned() + "\n")
}

fn render(record: &Record) -> String {
    let mut text = String::from("## The server\n\n");
    if let Some(machine) = &record.machine {
        let line = format!(
            "{} cores of {}, {} GiB of memory, Linux {}; client and server share them.\n\
             A figure is the median of the runs (least to greatest).\n\
             *M* is what the budget demands, *G* its goal; a figure that misses M is marked.\n\
             *Disk* is the median time of `fdatasync` after 4 KiB, taken before each run, when what waited in memory for the disk was written (since 2026-11-30), and *load* the load average then.\n",
            machine.cores, machine.processor, machine.memory_gib, machine.kernel
        );
        text.push_str(&line);
    }
    for row in Row::ALL {
        let runs: Vec<&Run> = record.runs.iter().filter(|run| run.row == row).collect();
        if !runs.is_empty() {
            render_row(row, &runs, &mut text);
        }
    }
    text
}

fn render_row(row: Row, runs: &[&Run], text: &mut String) {
    let mut databases: Vec<Database> = runs.iter().map(|run| run.database).collect();
    databases.dedup();
    write!(text, "\n### {}\n\n{}\n\n", row.title(), row.explanation()).expect(TEXT);
    for database in &databases {
        let of: Vec<&Run> = runs.iter().copied().filter(|run| run.database == *database).collect();
        let newest = of.iter().max_by_key(|run| run.at).expect("a database that was found has a run");
        let disks: Vec<f64> = of.iter().map(|run| run.fsync_p50_ms).collect();
        let loads: Vec<f64> = of.iter().map(|run| run.load_average).collect();
        let date = newest.at.to_string();
        writeln!(
            text,
            "- {}: {} at commit {}, {} runs, disk {} ms, load {}: `{}`",
            database.name(),
            date.split('T').next().unwrap_or(&date),
            newest.commit,
            of.len(),
            spread(&disks),
            spread(&loads),
            newest.command
        )
        .expect(TEXT);
    }
    text.push_str("\n| what |");
    for database in &databases {
        write!(text, " {} |", database.name()).expect(TEXT);
    }
    text.push_str(" M | G |\n| --- |");
    text.push_str(&" ---: |".repeat(databases.len() + 2));
    text.push('\n');
    for figure in row.figures() {
        render_figure(figure, runs, &databases, text);
    }
    for run in runs.iter().filter(|run| !run.samples.is_empty()) {
        render_samples(run, text);
    }
}

fn render_samples(run: &Run, text: &mut String) {
    write!(text, "\n{}, run {}:\n\n", run.database.name(), run.number).expect(TEXT);
    text.push_str("| until minute | memory, MB | data directory, MB | most behind | p50, ms | p99, ms | longest, ms |\n");
    text.push_str(&("| ---: ".repeat(7) + "|\n"));
    for sample in &run.samples {
        let Sample { minute, rss_mb, disk_mb, lag, p50_ms, p99_ms, max_ms } = *sample;
        for value in [minute, rss_mb, disk_mb, lag, p50_ms, p99_ms, max_ms] {
            write!(text, "| {} ", number(value)).expect(TEXT);
        }
        text.push_str("|\n");
    }
}

fn render_figure(figure: &Figure, runs: &[&Run], databases: &[Database], text: &mut String) {
    let values = |database: &Database| -> Vec<f64> {
        let of = runs.iter().filter(|run| run.database == *database);
        of.filter_map(|run| run.figures.get(figure.key).copied()).collect()
    };
    if databases.iter().all(|database| values(database).is_empty()) {
        return;
    }
    let unit = if figure.unit.is_empty() { String::new() } else { format!(", {}", figure.unit) };
    write!(text, "| {}{unit} |", figure.text).expect(TEXT);
    for database in databases {
        let values = values(database);
        if values.is_empty() {
            text.push_str(" |");
            continue;
        }
        let missed = figure.limits.is_some_and(|(must, _)| !must.is_met(median(&values)));
        let mark = if missed { " **missed**" } else { "" };
        write!(text, " {}{mark} |", spread(&values)).expect(TEXT);
    }
    match figure.limits {
        Some((must, goal)) => writeln!(text, " {} | {} |", limit(must), limit(goal)).expect(TEXT),
        None => text.push_str(" | |\n"),
    }
}

const TEXT: &str = "a text takes everything";

fn limit(limit: Limit) -> String {
    match limit {
        Limit::AtLeast(least) => format!("≥ {}", number(least)),
        Limit::Below(most) => format!("< {}", number(most)),
    }
}

/// Writes the median and, when there are several values, the least and the greatest.
fn spread(values: &[f64]) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let middle = number(median(values));
    if values.len() < 2 { middle } else { format!("{middle} ({} to {})", number(least), number(greatest)) }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    } else {
        sorted[middle]
    }
}

/// Writes a number with three digits that count, and thousands apart.
fn number(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        size if size >= 100.0 || size == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    let (whole, part) = text.split_once('.').map_or((text.as_str(), ""), |(whole, part)| (whole, part));
    let part = part.trim_end_matches('0');
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0
            && (whole.len() - place).is_multiple_of(3)
            && digit.is_ascii_digit()
            && !grouped.ends_with('-')
        {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    if part.is_empty() { grouped } else { format!("{grouped}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracely_core::time::Timestamp;

    #[test]
    fn what_people_wrote_stays_and_the_section_replaces_itself() {
        let once = insert("# Title\n\nText.\n", "first");
        assert_eq!(once, format!("# Title\n\nText.\n\n{BEGIN}\n\nfirst\n\n{END}\n"));
        let with_more = once + "\n## After\n";
        let twice = insert(&with_more, "second");
        assert_eq!(twice, format!("# Title\n\nText.\n\n{BEGIN}\n\nsecond\n\n{END}\n\n## After\n"));
        assert_eq!(insert(&twice, "second"), twice);
    }

    #[test]
    fn numbers_are_read_at_a_glance() {
        let written: Vec<String> = [0.0, 0.4375, 2.0, 15.26, 999.6, 312_345.6].map(number).into();
        assert_eq!(written, ["0", "0.438", "2", "15.3", "1 000", "312 346"]);
    }

    #[test]
    fn a_row_shows_median_spread_and_what_was_missed() {
        let run = |number, value| Run {
            row: Row::A1,
            database: Database::Sqlite,
            number,
            at: Timestamp(0),
            commit: "abc".into(),
            command: "tracely-bench a1".into(),
            fsync_p50_ms: 0.4,
            load_average: 1.0,
            figures: [("points_per_second".to_owned(), value)].into(),
            samples: Vec::new(),
        };
        let record = Record { machine: None, runs: vec![run(1, 310e3), run(2, 280e3), run(3, 250e3)] };
        let text = render(&record);
        let line = "| accepted, evaluated, queryable, points/s | 280 000 (250 000 to 310 000) **missed** | ≥ 300 000 | ≥ 600 000 |";
        assert!(text.contains(line), "{text}");
        assert!(
            text.contains("- SQLite: 1970-01-01 at commit abc, 3 runs, disk 0.4 (0.4 to 0.4) ms"),
            "{text}"
        );
    }
}
