use super::api::{NewPoint, PointsBody};
use super::{Client, ClientError, ServerArgs, Token};
use crate::pause::Pause;
use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use reqwest::Url;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tracely_core::time::Timestamp;
use tracely_store::Clock;

/// What a server got: the path with its query, the headers and the content.
type Seen = Arc<Mutex<Vec<(String, HeaderMap, String)>>>;

/// Serves the answers one after the other, the last one for good.
async fn serve(answers: Vec<Response>) -> (Url, Seen) {
    let seen = Seen::default();
    let answers = Arc::new(Mutex::new(answers.into_iter()));
    let noted = seen.clone();
    let app = Router::new().fallback(move |uri: Uri, headers: HeaderMap, content: String| async move {
        noted.lock().unwrap().push((uri.to_string(), headers, content));
        answers.lock().unwrap().next().unwrap_or_else(|| StatusCode::IM_A_TEAPOT.into_response())
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, seen)
}

fn client(url: Url) -> Client {
    let clock = Clock::manual(Timestamp(1_700_000_000_000_000));
    let token = Some(Token::from(" hunter2\n".to_string()));
    Client::new(url, token, clock.clone(), Pause::noted(clock)).unwrap()
}

fn json(status: StatusCode, content: &'static str) -> Response {
    (status, [("content-type", "application/json")], content).into_response()
}

fn accepted() -> Response {
    json(StatusCode::OK, r#"{"data":{"accepted":1,"rejected":0,"errors":[]}}"#)
}

fn one_point() -> PointsBody<'static> {
    let recorded_at = Timestamp(1_700_000_000_000_000);
    let point =
        NewPoint { service: "paycell", metric_type: "LATENCY_MS", value: 145.5, recorded_at, labels: None };
    PointsBody { points: vec![point], backfill: false }
}

#[tokio::test]
async fn a_batch_that_is_put_off_is_repeated_with_the_same_key_and_bytes() {
    let put_off = (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "7")]).into_response();
    let (url, seen) =
        serve(vec![put_off, StatusCode::TOO_MANY_REQUESTS.into_response(), accepted(), accepted()]).await;
    let client = client(url);
    assert_eq!(client.send_points(&one_point()).await.unwrap().accepted, 1);
    assert_eq!(client.pause().waits(), [Duration::from_secs(7), Duration::from_millis(500)]);
    client.send_points(&one_point()).await.unwrap();

    let seen = seen.lock().unwrap();
    let keys: Vec<_> = seen.iter().map(|(_, headers, _)| headers["idempotency-key"].clone()).collect();
    assert!(keys[0] == keys[1] && keys[1] == keys[2] && keys[2] != keys[3], "{keys:?}");
    let content = r#"{"points":[{"service":"paycell","metric_type":"LATENCY_MS","value":145.5,"recorded_at":"2023-11-14T22:13:20Z"}]}"#;
    assert!(seen.iter().all(|(path, _, seen)| path == "/api/metrics/batch" && seen == content));
    assert_eq!(seen[0].1["authorization"], "Bearer hunter2");
}

#[tokio::test]
async fn a_batch_whose_answer_was_lost_is_repeated_with_the_same_key() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    // Takes the request and hangs up once, then answers.
    let server = tokio::spawn(async move {
        let mut keys = Vec::new();
        for answer in
            ["", "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"data\":{\"accepted\":1,\"rejected\":0}}"]
        {
            let (stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"}]}") {
                stream.readable().await.unwrap();
                // Nothing is there yet when the wake-up was spurious.
                let _ = stream.try_read_buf(&mut request);
            }
            let text = String::from_utf8(request).unwrap().to_lowercase();
            let key = text.split_once("idempotency-key: ").unwrap().1.split_once('\r').unwrap().0;
            keys.push(key.to_string());
            stream.writable().await.unwrap();
            stream.try_write(answer.as_bytes()).unwrap();
        }
        keys
    });
    assert_eq!(client(url).send_points(&one_point()).await.unwrap().accepted, 1);
    let keys = server.await.unwrap();
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_at_once_with_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let client = client(url.clone());
    let error = client.check().await.unwrap_err().to_string();
    let address = url.as_str().trim_end_matches('/');
    assert!(error.starts_with(&format!("no Tracely server answers at {address} (")), "{error}");
    assert!(error.ends_with("); start one with `tracely serve`"), "{error}");
    assert!(client.pause().waits().is_empty());
    // A server that goes away later may come back: that is worth half a minute.
    assert!(client.send_points(&one_point()).await.is_err());
    let total: Duration = client.pause().waits().iter().sum();
    assert!((20..40).contains(&total.as_secs()), "{total:?}");
}

#[tokio::test]
async fn a_problem_is_shown_with_its_fields() {
    let content = r#"{"type":"https://tracely.dev/problems/invalid","title":"The content is invalid","status":422,
        "detail":"2 fields are invalid","errors":[{"pointer":"/name","detail":"must not be empty"},
        {"pointer":"/threshold","detail":"must be a finite number"}]}"#;
    let (url, _) = serve(vec![json(StatusCode::UNPROCESSABLE_ENTITY, content)]).await;
    let error = client(url).create::<serde_json::Value>("rules", &serde_json::json!({})).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server refused (422): The content is invalid: 2 fields are invalid\n  /name: must not be empty\n  \
         /threshold: must be a finite number"
    );
}

#[tokio::test]
async fn what_is_not_there_is_none() {
    let (url, seen) = serve(vec![json(StatusCode::NOT_FOUND, r#"{"title":"Not found","status":404}"#)]).await;
    let found = client(url).find::<serde_json::Value>("services", "no such/key").await.unwrap();
    assert_eq!(found, None);
    assert_eq!(seen.lock().unwrap()[0].0, "/api/services/no%20such%2Fkey");
}

#[tokio::test]
async fn an_answer_that_is_not_tracelys_is_told_apart() {
    let (url, _) = serve(vec![
        (StatusCode::OK, "<html>").into_response(),
        (StatusCode::NOT_FOUND, "<html>").into_response(),
    ])
    .await;
    let client = client(url);
    assert!(matches!(client.check().await, Err(ClientError::Answer { .. })));
    let error = client.check().await.unwrap_err().to_string();
    assert!(error.contains("404 Not Found") && error.contains("is this the address of a Tracely server?"));
}

#[tokio::test]
async fn a_long_list_is_read_page_by_page() {
    let (url, seen) = serve(vec![
        json(StatusCode::OK, r#"{"data":[1,2],"meta":{"total":3,"limit":100,"offset":0}}"#),
        json(StatusCode::OK, r#"{"data":[3],"meta":{"total":3,"limit":100,"offset":2}}"#),
    ])
    .await;
    let base = url.join("/behind/a/proxy/").unwrap();
    assert_eq!(client(base).all::<u32>("departments").await.unwrap(), [1, 2, 3]);
    let paths: Vec<_> = seen.lock().unwrap().iter().map(|(path, ..)| path.clone()).collect();
    assert_eq!(
        paths,
        [
            "/behind/a/proxy/api/departments?limit=100&offset=0",
            "/behind/a/proxy/api/departments?limit=100&offset=2"
        ]
    );
}

#[test]
fn a_token_is_not_printed_and_an_odd_address_is_refused() {
    let args =
        ServerArgs { url: "ftp://host".parse().unwrap(), token: Some(Token::from("hunter2".to_string())) };
    assert!(!format!("{args:?}").contains("hunter2"));
    let clock = Clock::System;
    let refused = Client::new(args.url, args.token, clock, Pause::Real).unwrap_err();
    assert!(refused.to_string().contains("must begin with http:// or https://"));
}
