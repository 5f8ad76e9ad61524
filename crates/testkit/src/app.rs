//! An application to talk to over HTTP, with a manual clock, seeded ids, and workers that run when told.

use crate::database::TestDatabase;
use crate::search;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::error::Error;
use tower::ServiceExt;
use tracely_server::{App, Settings, Workers, router};
use tracely_web::Files;

/// An application with a database of its own.
#[derive(Debug)]
pub struct TestApp {
    /// The database; outlives a restart of the application.
    pub database: TestDatabase,
    /// The application.
    pub app: App,
    workers: Workers,
    router: Router,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as bytes.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// Returns the body as JSON; null when it is empty.
    pub fn json(&self) -> Value {
        if self.bytes.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.bytes).expect("the body is JSON")
    }

    /// Returns what is under `data`, after checking that the status is a good one.
    pub fn data(&self) -> Value {
        let json = self.json();
        assert!(self.status.is_success(), "{}: {json:#}", self.status);
        json["data"].clone()
    }

    /// Returns the pointers and parameters of a problem's errors, in order, after checking the status and type.
    pub fn places(&self, status: u16) -> Vec<String> {
        let json = self.json();
        assert_eq!(self.status.as_u16(), status, "{json:#}");
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        let errors = json["errors"].as_array().cloned().unwrap_or_default();
        let place = |error: &Value| {
            let place = error["pointer"].as_str().or(error["parameter"].as_str());
            place.unwrap_or_default().to_owned()
        };
        errors.iter().map(place).collect()
    }
}

impl TestApp {
    /// Starts an application on a fresh database.
    pub async fn start() -> Self {
        Self::on(TestDatabase::new().await).await
    }

    /// Starts an application on a database, with the default settings.
    pub async fn on(database: TestDatabase) -> Self {
        Self::with(database, |_| ()).await
    }

    /// Starts an application on a database, with changed settings.
    pub async fn with(database: TestDatabase, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new(database.dir.path().join("segments"));
        // Whether a web app lies beside the sources must not change what a test sees.
        settings.web = Files::of([]);
        settings.elastic = search::for_every_test(database.dir.path());
        change(&mut settings);
        let store = database.store().await;
        let app = App::start(store, settings).await.expect("the application starts");
        let workers = Workers::new(&app);
        let router = router(app.clone());
        Self { database, app, workers, router }
    }

    /// Forgets everything in memory, as a crash does, and starts again on the same database. The clock starts over.
    pub async fn crash_and_restart(self) -> Self {
        self.crash_and_restart_with(|_| ()).await
    }

    /// Like [`Self::crash_and_restart`], with changed settings.
    pub async fn crash_and_restart_with(self, change: impl FnOnce(&mut Settings)) -> Self {
        let Self { database, app, workers, router } = self;
        let now = app.store().clock().now();
        drop((workers, router));
        app.drain().await;
        app.store().close().await;
        drop(app);
        let restarted = Self::with(database, change).await;
        let clock = restarted.app.store().clock();
        clock.advance(now.0 - clock.now().0);
        restarted
    }

    /// Runs the workers until none has anything to do.
    pub async fn settle(&self) {
        self.try_to_settle().await.expect("the workers succeed");
    }

    /// Runs the workers until none has anything to do, or one fails.
    pub async fn try_to_settle(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(self.workers.run_to_quiescence().await?)
    }

    /// Lets every worker do one bounded piece of work, and says whether one of them had any.
    pub async fn step(&self) -> bool {
        self.workers.step().await.expect("the workers succeed")
    }

    /// Makes durable what the workers have in memory, as at the end of the process; says whether all of it is.
    pub async fn store_memory(&self) -> bool {
        self.workers.settle().await.is_ok()
    }

    /// Moves the clock.
    pub fn advance(&self, micros: i64) {
        self.app.store().clock().advance(micros);
    }

    /// Sends a request as it is, with a local Host, and returns the answer before its body was read.
    pub async fn open(&self, request: Request<Body>) -> axum::response::Response {
        let (mut parts, body) = request.into_parts();
        if !parts.headers.contains_key(header::HOST) {
            parts.headers.insert(header::HOST, "127.0.0.1:8080".parse().expect("a header value"));
        }
        let request = Request::from_parts(parts, body);
        self.router.clone().oneshot(request).await.expect("the router answers")
    }

    /// Sends a request as it is, with a local Host.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.open(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("the body can be read").to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// Sends a request without a body.
    pub async fn call(&self, method: Method, path: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).body(Body::empty());
        self.send(request.expect("a request")).await
    }

    /// Sends a GET request.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path).await
    }

    /// Sends a request with a JSON body.
    pub async fn with_json(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request =
            Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    /// Sends a POST request with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.with_json(Method::POST, path, body).await
    }

    /// Sends a PATCH request with a JSON body.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.with_json(Method::PATCH, path, body).await
    }

    /// Makes a service and returns its identifier.
    pub async fn service(&self, name: &str) -> String {
        id_of(&self.post("/api/services", &json!({"name": name})).await)
    }

    /// Makes a department and returns its identifier.
    pub async fn department(&self, name: &str) -> String {
        id_of(&self.post("/api/departments", &json!({"name": name})).await)
    }

    /// Makes a rule on latency above 150 ms, severity HIGH, and returns its identifier. `more` adds or replaces fields.
    pub async fn rule(&self, department_id: &str, more: &Value) -> String {
        let mut body = json!({
            "name": "High Latency Alert",
            "metric_type": "LATENCY_MS",
            "operator": ">",
            "threshold": 150,
            "severity": "HIGH",
            "department_id": department_id,
        });
        if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
            body.extend(more.clone());
        }
        id_of(&self.post("/api/rules", &body).await)
    }

    /// Records a latency of a service at an instant, and expects that it is stored.
    pub async fn latency(&self, service_id: &str, value: f64, recorded_at: &str) {
        let body = json!({
            "service_id": service_id, "metric_type": "LATENCY_MS", "value": value, "recorded_at": recorded_at,
        });
        self.post("/api/metrics", &body).await.data();
    }
}

fn id_of(answer: &Answer) -> String {
    answer.data()["id"].as_str().expect("what was made has an id").to_owned()
}
