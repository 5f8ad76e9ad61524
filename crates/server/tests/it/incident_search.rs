//! `GET /api/incidents?search=`: what is found, and in which order.

use crate::support::{column, listed, problem, total};
use axum::http::Method;
use serde_json::json;
use tracely_testkit::app::TestApp;
use tracely_testkit::database::{START, TestDatabase};
use tracely_testkit::large::{Size, fill};

const SECOND: i64 = 1_000_000;
const COMMENTS: &str = "/api/incidents/INC-1/comments";

/// Opens an incident for each of these services, in their order.
async fn with_services(names: &[&str]) -> TestApp {
    let app = TestApp::start().await;
    let department = app.department("Net").await;
    app.rule(&department, &json!({"name": "High latency"})).await;
    for name in names {
        let service = app.service(name).await;
        app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
        app.settle().await;
        app.advance(SECOND);
    }
    app
}

/// Returns what is found, in the order of relevance, after checking that the index, a look at each text, and a look at
/// each incident that a filter leaves find the same.
async fn found(app: &TestApp, search: &str) -> Vec<String> {
    let found = listed(app, &format!("/api/incidents?search={search}"), "number").await;
    let mut sorted = found.clone();
    sorted.sort_unstable();
    for order in [
        "&sort_by=number",
        "&status=OPEN,IN_PROGRESS,CLOSED",
        "&status=OPEN,CLOSED,IN_PROGRESS&sort_by=severity",
    ] {
        let mut same = listed(app, &format!("/api/incidents?search={search}{order}"), "number").await;
        same.sort_unstable();
        assert_eq!(same, sorted, "{search}{order}");
    }
    found
}

async fn check(app: &TestApp, searches: &[(&str, &[&str])]) {
    for (search, expected) in searches {
        assert_eq!(found(app, search).await, *expected, "{search}");
    }
}

async fn filled(incidents: u64) -> TestApp {
    let database = TestDatabase::new().await;
    database.store().await.close().await;
    let size = Size { incidents, services: 100, rules: 40, ..Size::small(START) };
    fill(&database.target, size).await;
    TestApp::on(database).await
}

#[tokio::test]
async fn a_word_is_found_by_its_beginning_whatever_the_case_and_the_diacritics() {
    let app = with_services(&["Çağrı Merkezi", "İstanbul Çekirdek", "Café-TV", "Сервис"]).await;
    check(
        &app,
        &[
            ("%C3%87A%C4%9ERI", &["1"]),
            ("cagri", &["1"]),
            ("cagr", &["1"]),
            ("%C3%A7a%C4%9Fr%C4%B1+MERKEZ%C4%B0", &["1"]),
            ("merkezi+cagri", &["1"]),
            ("c", &["3", "2", "1"]),
            ("ISTANBUL", &["2"]),
            ("%C4%B1stanbul", &["2"]),
            ("%C4%B0stanbul", &["2"]),
            ("cafe+tv", &["3"]),
            ("CAF%C3%89", &["3"]),
            ("%D1%81%D0%B5%D1%80%D0%B2", &["4"]),
            ("stanbul", &["2"]),
            ("cagri+istanbul", &[]),
            ("high", &["4", "3", "2", "1"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn names_and_numbers_are_found_whole_and_first() {
    let app = with_services(&["A", "B2", "C 20", "D"]).await;
    for path in ["INC-2", "inc-2", "INC+2", "INC-002"] {
        assert_eq!(found(&app, path).await, ["2"], "{path}");
    }
    assert_eq!(found(&app, "2").await, ["2"]);
    assert_eq!(found(&app, "20").await, ["3"], "200 ms is another number");
    assert_eq!(found(&app, "200").await, ["4", "3", "2", "1"]);
    assert_eq!(found(&app, "INC-2+latency").await, ["2"]);
    assert_eq!(found(&app, "inc-").await, ["4", "3", "2", "1"]);
    assert_eq!(found(&app, "INC-5").await, [""; 0]);
    for nothing in ["INC-0", "inc+000", "INC-0+latency"] {
        assert_eq!(found(&app, nothing).await, [""; 0], "{nothing}");
    }
}

#[tokio::test]
async fn the_best_matches_come_first_and_of_equal_ones_the_newest() {
    let app =
        with_services(&["core router", "Router core", "Corerouter", "Router backup core", "Other", "Corex"])
            .await;
    app.post("/api/incidents/INC-5/comments", &json!({"body": "The core router again."})).await.data();
    // In a row; whole; the beginning of a word; only in a comment.
    assert_eq!(found(&app, "router+core").await, ["2", "4", "1", "5"]);
    assert_eq!(found(&app, "core").await, ["4", "2", "1", "6", "3", "5"]);
    let worst_first = "/api/incidents?search=core&sort_by=relevance&sort_dir=asc";
    assert_eq!(listed(&app, worst_first, "number").await, ["5", "3", "6", "1", "2", "4"]);
    let by_number = "/api/incidents?search=core&sort_by=number&sort_dir=asc";
    assert_eq!(listed(&app, by_number, "number").await, ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(app.get("/api/incidents?sort_by=relevance").await.places(422), ["sort_by"]);
}

#[tokio::test]
async fn a_word_that_nothing_has_is_taken_for_a_typing_mistake() {
    let app = with_services(&["Superonline", "Çağrı Merkezi", "Billing"]).await;
    check(
        &app,
        &[
            ("superonlnie", &["1"]),
            ("uperonline", &["1"]),
            ("suponline", &["1"]),
            ("spueronlien", &[]),
            ("merkzei", &["2"]),
            ("%C3%A7a%C4%9Fri+mekrezi", &["2"]),
            ("bilingg", &[]),
            ("biling", &["3"]),
            ("laetncy+biling", &["3"]),
            ("bil", &["3"]),
            ("bli", &[]),
            ("bill1ng", &[]),
        ],
    )
    .await;
    // As soon as something has the word, it is one.
    app.post(COMMENTS, &json!({"body": "See biling-node"})).await.data();
    assert_eq!(found(&app, "biling").await, ["1"]);
}

#[tokio::test]
async fn comments_are_found_as_long_as_they_are_there() {
    let app = with_services(&["A", "B"]).await;
    let comment = async |body: &str| {
        let made = app.post(COMMENTS, &json!({"body": body})).await;
        made.headers["location"].to_str().unwrap().to_owned()
    };
    let first = comment("Yönlendirici **yeniden başlatıldı**, see PR#4711").await;
    let second = comment("yönlendirici değiştirildi").await;
    for search in ["yonlendirici", "YENIDEN+BASLATILDI", "4711", "degisti", "yeniden+latency", "yonlendirci"]
    {
        assert_eq!(found(&app, search).await, ["1"], "{search}");
    }
    assert_eq!(app.call(Method::DELETE, &first).await.status, 204);
    assert_eq!(found(&app, "yonlendirici").await, ["1"], "the other comment has it");
    for search in ["yeniden", "baslatildi", "4711", "baslatilid"] {
        assert_eq!(found(&app, search).await, [""; 0], "{search}");
    }
    assert_eq!(app.call(Method::DELETE, &second).await.status, 204);
    for search in ["yonlendirici", "yonlendirci", "degistirildi"] {
        assert_eq!(found(&app, search).await, [""; 0], "{search}");
    }
    assert_eq!(found(&app, "latency").await, ["2", "1"]);
}

#[tokio::test]
async fn what_is_typed_is_data_and_never_syntax() {
    let app = with_services(&["Superonline", "and or not near"]).await;
    let nothing = [
        "%22",
        "'",
        "*",
        "%28",
        "AND",
        "NEAR%28",
        "%22superonline%22+NEAR%2F2+%22x%22",
        "head%3Azzz",
        "%26",
        "%7C",
        "%21",
        "%3A*",
        "%3C-%3E",
        "%25",
        "_",
        "%5C",
        "-",
        "%5E",
        "%F0%9F%A6%80",
        "zz'%3B+DROP+TABLE+incident",
    ];
    for search in nothing {
        let expected: &[&str] = if search == "AND" { &["2"] } else { &[] };
        let near: &[&str] = if search == "NEAR%28" { &["2"] } else { expected };
        assert_eq!(found(&app, search).await, near, "{search}");
        let sorted = format!("/api/incidents?sort_by=number&status=OPEN&search={search}");
        assert_eq!(listed(&app, &sorted, "number").await, near, "{search}");
    }
    for search in ["%22super*%22", "%28super%29", "-super", "super%3A*", "%27super%27%3AA", "or+not+near+and"]
    {
        assert_eq!(found(&app, search).await.len(), 1, "{search}");
    }
    assert_eq!(
        app.get(&format!("/api/incidents?search={}", "x".repeat(10_000))).await.places(400),
        ["search"]
    );
    assert_eq!(app.get("/api/incidents?search=a%00b").await.places(400), ["search"]);
    let words = |count| vec!["a"; count].join("+");
    assert_eq!(app.get(&format!("/api/incidents?search={}", words(16))).await.status, 200);
    let refused = app.get(&format!("/api/incidents?search={}", words(17))).await;
    assert!(problem(&refused, 422)["errors"][0]["detail"].as_str().unwrap().contains("16 words"));
    assert_eq!(refused.places(422), ["search"]);
}

#[tokio::test]
async fn a_search_goes_together_with_filters_in_every_order() {
    let app = filled(3_000).await;
    // Rare and common words, one that is mistyped, two that no incident has together, one that only comments have.
    let searches =
        ["00042", "latency", "sevrice+00042", "latency+packet", "merkezi", "loo", "service+rule", "INC-77"];
    let filters = [
        "",
        "&status=OPEN,IN_PROGRESS",
        "&status=OPEN,IN_PROGRESS,CLOSED",
        "&severity=CRITICAL&status=CLOSED",
    ];
    let mut some = 0;
    for search in searches {
        for filter in filters {
            let mut sets = Vec::new();
            for order in ["", "&sort_by=number", "&sort_by=severity&sort_dir=asc", "&sort_by=violation_count"]
            {
                let path = format!("/api/incidents?search={search}{filter}{order}");
                let mut numbers = Vec::new();
                loop {
                    let page = app.get(&format!("{path}&limit=100&offset={}", numbers.len())).await.data();
                    let read = column(&page, "number");
                    numbers.extend(read.iter().cloned());
                    if read.len() < 100 {
                        break;
                    }
                }
                let told = app.get(&format!("{path}&limit=1")).await.json()["meta"].clone();
                assert_eq!(told["total"], numbers.len(), "{path}");
                assert_eq!(told["total_is_at_least"], order.is_empty() && numbers.len() == 1_000, "{path}");
                numbers.sort_unstable();
                sets.push(numbers);
            }
            some += sets[1].len();
            if sets[0].len() < 1_000 {
                assert_eq!(sets[0], sets[1], "{search}{filter}");
            }
            assert!(sets[1] == sets[2] && sets[1] == sets[3], "{search}{filter}");
        }
    }
    assert!(some > 5_000, "{some}");
}

#[tokio::test]
async fn the_newest_matches_of_very_many_are_ranked_and_pages_by_cursor_are_the_same() {
    let app = filled(3_000).await;
    let meta = async |path: &str| app.get(path).await.json()["meta"].clone();
    let told = meta("/api/incidents?search=service&limit=50").await;
    assert_eq!((&told["total"], &told["total_is_at_least"]), (&json!(1_000), &json!(true)));
    assert_eq!(total(&app, "/api/incidents?search=service&sort_by=created_at").await, 3_000);
    for direction in ["asc", "desc"] {
        let path = format!("/api/incidents?search=rule+serv&sort_by=relevance&sort_dir={direction}&limit=90");
        let (mut by_cursor, mut next) = (Vec::new(), path.clone());
        loop {
            let page = app.get(&next).await.json();
            let by_offset = app.get(&format!("{path}&offset={}", by_cursor.len())).await.data();
            assert_eq!(page["data"], by_offset, "{next}");
            by_cursor.extend(column(&page["data"], "number"));
            let Some(cursor) = page["meta"]["next_cursor"].as_str() else { break };
            next = format!("{path}&cursor={cursor}");
        }
        assert_eq!(by_cursor.len(), 1_000);
        assert!(by_cursor.iter().all(|number| number.parse::<u64>().unwrap() > 2_000), "the newest");
    }
    assert_eq!(listed(&app, "/api/incidents?search=service", "number").await[0], "3000");
}

#[tokio::test]
async fn a_word_that_only_the_newest_have_often_is_found_in_the_others_too() {
    let app = filled(3_000).await;
    let all = total(&app, "/api/incidents?search=latency").await;
    assert!((400..1_000).contains(&all), "{all}");
    // As if very many had been opened in between: those before are further back than texts are read.
    app.database
        .execute("UPDATE incident_text SET document = document + 1000000 WHERE document > 2000")
        .await;
    assert_eq!(total(&app, "/api/incidents?search=latency").await, all);
    assert_eq!(
        listed(&app, "/api/incidents?search=00042", "number").await,
        listed(&app, "/api/incidents?search=00042&sort_by=number", "number").await
    );
}

/// Reads the numbers of a list, up to a thousand.
async fn numbers(app: &TestApp, path: &str) -> Vec<u64> {
    let mut numbers = Vec::new();
    while numbers.len() < 1_000 {
        let page = app.get(&format!("{path}&limit=100&offset={}", numbers.len())).await.data();
        let read: Vec<u64> =
            column(&page, "number").iter().map(|number| number.parse().expect("a number")).collect();
        numbers.extend(&read);
        if read.len() < 100 {
            break;
        }
    }
    numbers
}

#[tokio::test]
async fn beside_filters_that_many_meet_the_newest_matches_are_ranked_too() {
    let database = TestDatabase::new().await;
    database.store().await.close().await;
    fill(&database.target, Size { incidents: 60_000, ..Size::small(START) }).await;
    let app = TestApp::on(database).await;
    // All of the newest have this word and one that is far back; those between have not.
    app.database
        .execute("UPDATE incident_text SET comments = ' fresh ' WHERE document > 59100 OR document = 7")
        .await;
    app.database
        .execute("INSERT INTO search_word (organization_id, word, origin, backwards, incidents) SELECT id, 'fresh', 'COMMENT', 'hserf', 901 FROM organization")
        .await;
    let filters = [
        // Of very few each is looked at.
        "service_id",
        // Those that are not so many are looked at from the newest back, or held.
        "status=OPEN,IN_PROGRESS",
        "status=CLOSED&metric_type=LATENCY_MS",
        // Of very many, only the newest are looked at.
        "severity=LOW,MEDIUM,HIGH",
        "status=CLOSED",
    ];
    let service = app.get("/api/incidents?limit=1").await.data()[0]["service_id"].clone();
    let mut full = 0;
    for filter in filters {
        let filter = match filter {
            "service_id" => format!("service_id={}", service.as_str().expect("an identifier")),
            other => other.to_owned(),
        };
        for search in ["latency", "sevrice", "00042", "rule+00042", "fresh", "INC-59999", "merkezi"] {
            let path = format!("/api/incidents?search={search}&{filter}");
            let mut ranked = numbers(&app, &path).await;
            ranked.sort_unstable_by_key(|number| std::cmp::Reverse(*number));
            let newest = numbers(&app, &format!("{path}&sort_by=number")).await;
            assert_eq!(ranked, newest, "{path}");
            full += usize::from(newest.len() == 1_000);
        }
    }
    assert!(full >= 6, "{full} have more than are ranked");
}
