use super::schedule::{replay_from, shift_to_now};
use super::table::{Columns, Table, read};
use super::{instant, table::Row};
use tracely_core::time::{HOUR, SECOND, Timestamp};

fn table(text: &str) -> Table {
    read(text.as_bytes(), &columns()).unwrap()
}

fn columns() -> Columns {
    Columns { time: "timestamp".to_string(), value: "value".to_string() }
}

fn points(table: &Table) -> Vec<(i64, f64, u64)> {
    table.rows.iter().map(|row| (row.instant.0 / SECOND, row.value, row.line)).collect()
}

fn bad(table: &Table) -> Vec<String> {
    table.bad.iter().map(|bad| format!("{}: {}", bad.line, bad.problem)).collect()
}

#[test]
fn columns_are_found_by_name_in_any_place() {
    let table = table("host,value, timestamp\na,1.5,1970-01-01T00:00:10Z\nb,-2e3,20\n");
    assert_eq!(points(&table), [(10, 1.5, 2), (20, -2000.0, 3)]);
    assert!(table.bad.is_empty());
}

#[test]
fn byte_order_mark_carriage_returns_quotes_and_blank_lines_do_no_harm() {
    let table = table("\u{feff}timestamp,value\r\n\r\n\"1970-01-01 00:00:10\",\"1\"\r\n20,2");
    assert_eq!(points(&table), [(10, 1.0, 3), (20, 2.0, 4)]);
}

#[test]
fn rows_come_in_time_order_and_keep_their_line_numbers() {
    let table = table("timestamp,value\n30,3\n10,1\n30,4\n20,2\n");
    assert_eq!(points(&table), [(10, 1.0, 3), (20, 2.0, 5), (30, 3.0, 2), (30, 4.0, 4)]);
}

#[test]
fn bad_lines_are_told_by_number_and_the_others_are_kept() {
    let text = "timestamp,value\n10,1\nyesterday,2\n30,x\n40\n50,\n60,NaN\n70,inf\n-5,1\n80,8,surplus\n";
    let table = table(text);
    assert_eq!(points(&table), [(10, 1.0, 2), (80, 8.0, 10)]);
    assert_eq!(
        bad(&table),
        [
            "3: \"yesterday\" is no instant; must be RFC 3339, YYYY-MM-DD HH:MM:SS (UTC), or seconds or \
             milliseconds since 1970",
            "4: \"x\" is no number",
            "5: has only 1 fields; field 2 is needed",
            "6: field 2 is empty",
            "7: NaN is not a finite number",
            "8: inf is not a finite number",
            "9: 1969-12-31T23:59:55Z is before 1970 or after the year 9999",
        ]
    );
}

#[test]
fn a_line_that_is_not_utf_8_is_one_bad_line() {
    let table = read(&b"timestamp,value\n10,\xff\n20,2\n"[..], &columns()).unwrap();
    assert_eq!(bad(&table), ["2: field 2 is not UTF-8"]);
    assert_eq!(points(&table), [(20, 2.0, 3)]);
}

#[test]
fn a_missing_column_is_told_with_those_that_are_there() {
    let error = read(&b"time,value,host\n1,2,3\n"[..], &columns()).unwrap_err().to_string();
    assert_eq!(error, r#"there is no column "timestamp"; the columns are: time, value, host"#);
    assert!(read(&b""[..], &columns()).unwrap_err().to_string().contains("there is no header"));
}

#[test]
fn instants_are_read_in_the_usual_spellings() {
    let expected = Timestamp::parse("2024-01-15T10:30:00.25Z").unwrap();
    let spellings = [
        "2024-01-15T10:30:00.25Z",
        "2024-01-15T13:30:00.250+03:00",
        "2024-01-15 10:30:00.25",
        "2024-01-15T10:30:00.250",
        "2024-01-15 10:30:00.25+00:00",
        "1705314600.25",
        "1705314600250",
        "1705314600250000",
    ];
    for text in spellings {
        assert_eq!(instant::parse(text), Ok(expected), "{text}");
    }
    assert_eq!(instant::parse("1705314600"), Ok(Timestamp(1_705_314_600 * SECOND)));
    for text in
        ["", "15/01/2024", "2024-01-15", "2024-13-15 10:30:00", "1e9", "1.2.3", "99999999999999999999"]
    {
        assert!(instant::parse(text).is_err(), "{text}");
    }
}

fn rows() -> Vec<Row> {
    [0, 1, 3].map(|hour| Row { instant: Timestamp(hour * HOUR), value: 1.0, line: 2 }).to_vec()
}

fn hours(rows: &[Row]) -> Vec<f64> {
    rows.iter().map(|row| row.instant.0 as f64 / HOUR as f64).collect()
}

#[test]
fn shifted_points_end_now_and_keep_their_distances() {
    let mut rows = rows();
    shift_to_now(&mut rows, Timestamp(100 * HOUR));
    assert_eq!(hours(&rows), [97.0, 98.0, 100.0]);
    shift_to_now(&mut [], Timestamp(0));
}

#[test]
fn replayed_points_begin_now_and_come_faster() {
    let mut rows = rows();
    replay_from(&mut rows, Timestamp(100 * HOUR), 2.0);
    assert_eq!(hours(&rows), [100.0, 100.5, 101.5]);
    replay_from(&mut [], Timestamp(0), 2.0);
}
