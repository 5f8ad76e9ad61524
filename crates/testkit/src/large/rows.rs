//! The statements that fill each table.

use super::Size;
use super::dialect::Dialect;
use tracely_core::time::DAY;
use tracely_store::organization;

/// The kinds of identifiers.
const SERVICE: u16 = 1;
const DEPARTMENT: u16 = 2;
const RULE: u16 = 3;
const INCIDENT: u16 = 4;
const TIMELINE_EVENT: u16 = 5;
const COMMENT: u16 = 6;
const NOTIFICATION: u16 = 7;
const SAVED_VIEW: u16 = 8;
/// Positions of the log for each incident.
const ENTRIES: u64 = 4;
/// A prime that shares no factor with the numbers of rules and services: its multiples visit all their pairs.
const STRIDE: u64 = 7919;
/// How many people work on incidents.
const PEOPLE: u64 = 200;
/// Entries that the log still has.
const KEPT_ENTRIES: u64 = 20_000;

const METRIC_TYPE: &str = "CASE rule % 4 WHEN 0 THEN 'LATENCY_MS' WHEN 1 THEN 'PACKET_LOSS' WHEN 2 THEN 'ERROR_RATE' ELSE 'BUFFER_RATIO' END";
const SEVERITY: &str =
    "CASE severity_rank WHEN 0 THEN 'LOW' WHEN 1 THEN 'MEDIUM' WHEN 2 THEN 'HIGH' ELSE 'CRITICAL' END";
const ORGANIZATION: &str = "(SELECT id FROM organization)";

/// Returns the statements, in order.
pub(super) fn statements(dialect: Dialect, size: Size) -> Vec<String> {
    let rows = Rows { dialect, size };
    vec![
        rows.services(),
        rows.departments(),
        rows.rules(),
        rows.series(),
        rows.incidents(),
        rows.timeline_events(),
        rows.comments(),
        Rows::incident_texts(),
        Rows::search_words(),
        rows.notifications(),
        rows.watermarks(),
        rows.marks(),
        rows.idempotency_keys(),
        rows.saved_views(),
        rows.log(),
        rows.parked_entries(),
        format!("UPDATE organization SET last_incident_number = {}", size.incidents),
        format!(
            "UPDATE counter SET value = {}, bytes = {} WHERE name = 'log'",
            rows.head(),
            rows.head() * 100
        ),
        format!("UPDATE counter SET value = {} WHERE name = 'series'", size.series),
        format!("UPDATE counter SET value = {} WHERE name = 'document'", size.incidents),
        format!("UPDATE consumer SET position = {}, updated_at = {}", rows.head(), size.end.0),
    ]
}

struct Rows {
    dialect: Dialect,
    size: Size,
}

impl Rows {
    fn head(&self) -> u64 {
        (self.size.incidents + 1) * ENTRIES
    }

    /// The instant at which services, departments and rules were made: before the first incident.
    fn founded(&self) -> i64 {
        self.size.end.0 - 366 * DAY
    }

    fn founded_id(&self, kind: u16, number: &str) -> String {
        self.dialect.id(kind, &(self.founded() / 1000).to_string(), number)
    }

    fn services(&self) -> String {
        let (founded, size) = (self.founded(), self.size);
        let number = self.dialect.padded("n", 5);
        format!(
            "INSERT INTO service (id, organization_id, key, name, description, search_text, created_at, updated_at) \
             SELECT {}, {ORGANIZATION}, 'service-' || {number}, 'Service ' || {number}, 'Made for measuring', \
             'service-' || {number} || ' service ' || {number} || ' made for measuring', {founded} + n, {founded} + n \
             FROM {}",
            self.founded_id(SERVICE, "n"),
            self.dialect.numbers(size.services)
        )
    }

    fn departments(&self) -> String {
        let founded = self.founded();
        let number = self.dialect.padded("n", 3);
        format!(
            "INSERT INTO department (id, organization_id, name, description, search_text, created_at, updated_at) \
             SELECT {}, {ORGANIZATION}, 'Department ' || {number}, '', 'department ' || {number} || ' ', \
             {founded} + n, {founded} + n FROM {}",
            self.founded_id(DEPARTMENT, "n"),
            self.dialect.numbers(self.size.departments)
        )
    }

    fn rules(&self) -> String {
        let founded = self.founded();
        let number = self.dialect.padded("n", 5);
        let department = self.founded_id(DEPARTMENT, &format!("n % {} + 1", self.size.departments));
        format!(
            "INSERT INTO rule (id, organization_id, name, description, search_text, metric_type, operator, threshold, \
             severity, severity_rank, department_id, enabled, service_ids, labels, version, created_at, updated_at) \
             SELECT {}, {ORGANIZATION}, 'Rule ' || {number}, '', 'rule ' || {number} || ' ', {METRIC_TYPE}, '>', \
             150 + rule, {SEVERITY}, severity_rank, {department}, n % 10 <> 0, '[]', '[]', 1, {founded} + n, {founded} + n \
             FROM (SELECT n, n AS rule, n % 4 AS severity_rank FROM {}) AS made",
            self.founded_id(RULE, "n"),
            self.dialect.numbers(self.size.rules)
        )
    }

    fn series(&self) -> String {
        let (founded, services) = (self.founded(), self.size.services);
        let service = self.founded_id(SERVICE, &format!("n % {services} + 1"));
        format!(
            "INSERT INTO series (id, organization_id, service_id, metric_type, labels, created_at) \
             SELECT n, {ORGANIZATION}, {service}, {METRIC_TYPE}, \
             CASE WHEN region = 0 THEN '{{}}' ELSE '{{\"region\":\"r-' || region || '\"}}' END, {founded} + n \
             FROM (SELECT n, n / {services} AS rule, n / {} AS region FROM {}) AS made",
            services * 4,
            self.dialect.numbers(self.size.series)
        )
    }

    /// Live incidents take the pairs of rules and services in turn, so that no pair is live twice; of closed ones,
    /// some services and rules have many more than others.
    fn incidents(&self) -> String {
        let Size { incidents, live_stride, services, rules, departments, end, .. } = self.size;
        let newest = incidents - incidents / 100;
        let live = format!("n % {live_stride} = 0 OR n > {newest}");
        let (a, b) = (mixed(1), mixed(2));
        let numbered = format!(
            "SELECT n, {a} AS a, {b} AS b, {} AS c, CASE WHEN {live} THEN 1 ELSE 0 END AS live, \
             {} - ({incidents} - n) * {} AS at FROM {}",
            mixed(3),
            end.0,
            self.size.step(),
            self.dialect.numbers(incidents)
        );
        let pair = format!("n * {STRIDE}");
        let placed = format!(
            "SELECT n, a, b, c, live, at, at - 400000 - a AS opened_at, \
             CASE WHEN live = 1 THEN {pair} / {rules} % {services} ELSE a * b / 1000003 * {services} / 1000003 END + 1 AS service, \
             CASE WHEN live = 1 THEN {pair} % {rules} ELSE b * b / 1000003 * {rules} / 1000003 END + 1 AS rule, \
             CASE WHEN c < 100000 THEN 3 WHEN c < 300000 THEN 2 WHEN c < 700000 THEN 1 ELSE 0 END AS severity_rank, \
             CASE WHEN live = 0 THEN 'CLOSED' WHEN b % 3 = 0 THEN 'IN_PROGRESS' ELSE 'OPEN' END AS status, \
             at + 60000000 + a * 600 AS acknowledged, at + 120000000 + a * 600 + b * 7000 AS ended \
             FROM ({numbered}) AS numbered"
        );
        let service_name = format!("'Service ' || {}", self.dialect.padded("service", 5));
        let rule_name = format!("'Rule ' || {}", self.dialect.padded("rule", 5));
        let title = format!(
            "' of ' || {service_name} || ' above ' || (150 + rule) || ': ' || (151 + rule + c % 500)"
        );
        format!(
            "INSERT INTO incident (id, organization_id, number, rule_id, service_id, group_key, title, search_text, \
             rule_name, service_name, metric_type, operator, threshold, opening_value, department_id, severity, \
             severity_rank, status, assignee, violation_count, last_violation_at, peak_value, opened_at, \
             in_progress_at, recovered_at, closed_at, version, created_at, updated_at) \
             SELECT {}, {ORGANIZATION}, n, {}, {}, '', {METRIC_TYPE} || {title}, \
             'inc-' || n || ' ' || lower({METRIC_TYPE} || {title}) || ' ' || lower({rule_name}), \
             {rule_name}, {service_name}, {METRIC_TYPE}, '>', 150 + rule, 151 + rule + c % 500, {}, {SEVERITY}, \
             severity_rank, status, \
             CASE WHEN status = 'IN_PROGRESS' OR live = 0 AND b % 10 < 7 THEN 'person-' || {} END, \
             1 + a * c / 1000003 * b / 1000003 / 1000, opened_at + a * 500, 151 + rule + c % 900, opened_at, \
             CASE WHEN status = 'IN_PROGRESS' OR live = 0 AND b % 10 < 7 THEN acknowledged END, \
             CASE WHEN live = 0 AND a % 2 = 0 THEN opened_at + a * 500 END, CASE WHEN live = 0 THEN ended END, \
             CASE WHEN live = 0 THEN 3 ELSE 1 END, at, CASE WHEN live = 0 THEN ended ELSE at END \
             FROM ({placed}) AS placed",
            self.dialect.id(INCIDENT, "at / 1000", "n"),
            self.founded_id(RULE, "rule"),
            self.founded_id(SERVICE, "service"),
            self.founded_id(DEPARTMENT, &format!("(rule + c % 3) % {departments} + 1")),
            self.dialect.padded(&format!("c % {PEOPLE}"), 3),
        )
    }

    /// Three to six entries for each incident; of one that is closed, the last says so.
    fn timeline_events(&self) -> String {
        let id =
            self.dialect.id(TIMELINE_EVENT, "created_at / 1000", &format!("number * {ENTRIES} * 2 + step"));
        let comment = self.dialect.id_text(&self.dialect.id(COMMENT, "created_at / 1000", "number"));
        format!(
            "INSERT INTO timeline_event (id, organization_id, incident_id, kind, actor, old_value, new_value, sequence, \
             created_at) SELECT {id}, organization_id, incident_id, kind, \
             CASE WHEN kind IN ('CREATED', 'RECOVERED') THEN NULL ELSE COALESCE(assignee, 'operator') END, \
             CASE WHEN kind = 'STATUS_CHANGED' THEN 'OPEN' END, \
             CASE kind WHEN 'CREATED' THEN title WHEN 'STATUS_CHANGED' THEN CASE WHEN last THEN status ELSE 'IN_PROGRESS' END \
             WHEN 'ASSIGNED' THEN COALESCE(assignee, 'operator') WHEN 'COMMENT_ADDED' THEN {comment} ELSE '12.5' END, step, created_at \
             FROM (SELECT id AS incident_id, organization_id, number, title, assignee, status, step, \
             step = {STEPS} AND closed_at IS NOT NULL AS last, \
             CASE WHEN step = 1 THEN 'CREATED' WHEN step = {STEPS} AND closed_at IS NOT NULL THEN 'STATUS_CHANGED' \
             WHEN step = 2 THEN 'STATUS_CHANGED' WHEN step = 3 THEN 'ASSIGNED' WHEN step = 4 THEN 'COMMENT_ADDED' ELSE 'RECOVERED' END AS kind, \
             created_at + (COALESCE(closed_at, created_at + 60000000) - created_at) * (step - 1) / ({STEPS} - 1) AS created_at \
             FROM incident JOIN {STEP_NUMBERS} ON step <= {STEPS}) AS made"
        )
    }

    fn comments(&self) -> String {
        format!(
            "INSERT INTO comment (id, organization_id, incident_id, author, body, sequence, created_at) \
             SELECT {}, event.organization_id, event.incident_id, event.actor, {COMMENT_BODY}, event.sequence, event.created_at \
             FROM timeline_event AS event JOIN incident ON incident.id = event.incident_id WHERE event.kind = 'COMMENT_ADDED'",
            self.dialect.id(COMMENT, "event.created_at / 1000", "incident.number"),
        )
    }

    /// The words of incidents and comments, folded as the application folds them.
    fn incident_texts() -> String {
        let title = "lower(replace(replace(title, '_', ' '), ':', ''))";
        let words = format!("CASE WHEN {IS_TURKISH} THEN '{TURKISH_WORDS}' ELSE '{ENGLISH_WORDS}' END");
        format!(
            "INSERT INTO incident_text (document, organization_id, incident_id, head, comments) \
             SELECT incident.number, incident.organization_id, incident.id, ' inc ' || incident.number || ' ' || {title} || ' ' \
             || lower(rule_name) || ' ' || lower(service_name) || ' ', \
             CASE WHEN comment.id IS NULL THEN '' ELSE {words} END \
             FROM incident LEFT JOIN comment ON comment.incident_id = incident.id ORDER BY incident.number"
        )
    }

    /// The vocabulary: what is written out in titles and comments.
    fn search_words() -> String {
        let heads = "inc of ms latency packet loss error rate buffer ratio service above rule".split(' ');
        let comments = TURKISH_WORDS.split_whitespace().chain(ENGLISH_WORDS.split_whitespace());
        let row = |word: &str, origin: &str, incidents: String| {
            let backwards: String = word.chars().rev().collect();
            format!("SELECT {ORGANIZATION}, '{word}', '{origin}', '{backwards}', {incidents}")
        };
        let heads = heads.map(|word| row(word, "HEAD", "0".into()));
        let comments = comments.map(|word| {
            let count = format!("(SELECT COUNT(*) FROM incident_text WHERE comments LIKE '% {word} %')");
            row(word, "COMMENT", count)
        });
        let rows: Vec<String> = heads.chain(comments).collect();
        format!(
            "INSERT INTO search_word (organization_id, word, origin, backwards, incidents) {}",
            rows.join(" UNION ALL ")
        )
    }

    fn notifications(&self) -> String {
        let id = self.dialect.id(NOTIFICATION, "at / 1000", &format!("number * {ENTRIES} + step"));
        let message = "'INC-' || number || ' ' || lower(kind) || ': ' || title";
        format!(
            "INSERT INTO notification (id, organization_id, department_id, incident_id, incident_number, kind, severity, \
             message, search_text, log_position, created_at) \
             SELECT {id}, organization_id, department_id, incident_id, number, kind, severity, {message}, lower({message}), \
             number * {ENTRIES} + step, at FROM (\
             SELECT id AS incident_id, organization_id, department_id, number, severity, title, step, \
             CASE step WHEN 1 THEN 'OPENED' WHEN 2 THEN 'ACKNOWLEDGED' ELSE 'CLOSED' END AS kind, \
             CASE step WHEN 1 THEN created_at WHEN 2 THEN in_progress_at ELSE closed_at END AS at \
             FROM incident JOIN {STEP_NUMBERS} ON step = 1 OR step = 2 AND in_progress_at IS NOT NULL AND number % 3 = 0 \
             OR step = 3 AND closed_at IS NOT NULL AND number % 3 = 1) AS made"
        )
    }

    /// The caller has read nine tenths of what half of the departments were told.
    fn watermarks(&self) -> String {
        format!(
            "INSERT INTO notification_watermark (department_id, person, log_position, marked_at) \
             SELECT {}, 'operator', {}, {} FROM {} WHERE n % 2 = 0",
            self.founded_id(DEPARTMENT, "n"),
            self.head() / 10 * 9,
            self.size.end.0,
            self.dialect.numbers(self.size.departments)
        )
    }

    fn marks(&self) -> String {
        format!(
            "INSERT INTO notification_mark (notification_id, person, is_read, marked_at) \
             SELECT id, 'operator', TRUE, {} FROM notification WHERE log_position % {} = 1",
            self.size.end.0,
            ENTRIES * 250
        )
    }

    fn idempotency_keys(&self) -> String {
        format!(
            "INSERT INTO idempotency_key (organization_id, key, fingerprint, answer, created_at) \
             SELECT {ORGANIZATION}, 'key-' || n, {}, '{{}}', {} - n * 1000000 FROM {}",
            self.dialect.bytes("'fingerprint'"),
            self.size.end.0,
            self.dialect.numbers(self.size.incidents / 10)
        )
    }

    fn saved_views(&self) -> String {
        format!(
            "INSERT INTO saved_view (id, organization_id, person, page, name, query, created_at, updated_at) \
             SELECT {}, {ORGANIZATION}, CASE WHEN n % 100 = 0 THEN 'operator' ELSE 'person-' || (n % 100) END, \
             'incidents', 'View ' || n, 'status=OPEN', {}, {} FROM {}",
            self.founded_id(SAVED_VIEW, "n"),
            self.size.end.0,
            self.size.end.0,
            self.dialect.numbers(1_000)
        )
    }

    /// What the retention has left of the log.
    fn log(&self) -> String {
        let kept = KEPT_ENTRIES.min(self.size.incidents);
        let event = format!(
            "'{{\"kind\":\"notifications_marked\",\"organization_id\":\"{}\"}}'",
            organization::DEFAULT
        );
        format!(
            "INSERT INTO log (position, organization_id, shard, kind, payload, end_offset, created_at) \
             SELECT {first} + n, {ORGANIZATION}, 0, 'notification.marked', {}, ({first} + n) * 100, {} - ({kept} - n) * 1000000 FROM {}",
            self.dialect.bytes(&event),
            self.size.end.0,
            self.dialect.numbers(kept),
            first = self.head() - kept,
        )
    }

    fn parked_entries(&self) -> String {
        format!(
            "INSERT INTO parked_entry (consumer, position, organization_id, error, created_at) \
             SELECT 'evaluator', n, {ORGANIZATION}, 'unreadable', {} FROM {}",
            self.size.end.0,
            self.dialect.numbers(1_000)
        )
    }
}

/// Some comments are in Turkish.
const IS_TURKISH: &str = "incident.number % 1000 = 2";
const COMMENT_BODY: &str = "CASE WHEN incident.number % 1000 = 2 THEN 'Çağrı merkezi yönlendiricisi yeniden BAŞLATILDI!' \
     ELSE 'Looking into **it**.' END";
const TURKISH_WORDS: &str = " cagri merkezi yonlendiricisi yeniden baslatildi ";
const ENGLISH_WORDS: &str = " looking into it ";
/// How many timeline entries an incident has.
const STEPS: &str = "(3 + number % 4)";
const STEP_NUMBERS: &str = "(SELECT 1 AS step UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 \
     UNION ALL SELECT 5 UNION ALL SELECT 6) AS steps";

/// Writes a number from 0 to 1 000 002 that looks random and depends on `n` only.
fn mixed(salt: u64) -> String {
    let linear = format!("((n * {STRIDE} + {}) % 1000003)", salt * 104_729);
    format!("({linear} * {linear} % 1000003)")
}
