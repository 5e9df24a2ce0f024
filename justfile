# One recipe per habit. `uv run just` lists them; nothing but Python and uv has to be installed.

set positional-arguments

# list what there is
_default:
    @{{ just_executable() }} --list --unsorted

# compile a scenario, load it, check it: just run specs/black_friday.yaml --set orders=2_000_000
run spec="specs/black_friday.yaml" *arguments:
    uv run engine run {{ spec }} {{ arguments }}

# the whole suite, as CI runs it
test *arguments:
    uv run pytest {{ arguments }}

# the drawers that need no server: a minute
test-fast *arguments:
    uv run pytest tests/unit tests/property tests/house {{ arguments }}

# everything that is checked without running the engine
lint:
    uv run ruff check
    uv run ruff format --check
    git ls-files -z '*.sql' | xargs -0 -r uv run sqlfluff lint
    uv run just --fmt --check --unstable

# put the formatting right
fmt:
    uv run ruff check --fix
    uv run ruff format
    git ls-files -z '*.sql' | xargs -0 -r uv run sqlfluff fix
    uv run just --fmt --unstable

# mypy --strict
types:
    uv run mypy

# who may import whom
imports:
    uv run lint-imports

# ratios against a reference that is measured in the same run
bench *names:
    uv run python -m tests.benchmarks {{ names }}

# the statistics of timelines over many more seeds than the tests have time for: just fidelity 20000
fidelity *seeds:
    uv run python -m tests.benchmarks.fidelity {{ seeds }}

# every schema of tests/schemas at 10,000 rows a table, and thousands of made-up ones: just proof 5000
proof examples="2000":
    uv run python -m tests.benchmarks.proof
    PROOF_EXAMPLES={{ examples }} uv run pytest -n0 tests/integration/test_random_schemas.py

# pin again after a dependency was added or its bound moved; keeps every other version
lock:
    uv run python -m tests.house.lock

# pin again from nothing: the newest versions that fit
upgrade:
    uv run python -m tests.house.lock --upgrade

# run the checks before every commit
hooks:
    uv run pre-commit install

# write the specs' JSON Schema, which editors and tests read
schema:
    uv run engine schema > specs/scenario.schema.json

# the pages of the language in specs/language, from the models' own words
language:
    uv run python -m tests.house.language

# write the map of the modules in engine/README.md
codemap:
    uv run python -m tests.house.codemap

# write the table of the API's operations in api/README.md
operations:
    uv run python -m tests.house.operations

# write the catalogue of spans and metrics in observability/README.md
telemetry:
    uv run python -m tests.house.telemetry

# bring a database (by default the engine's own) to the newest schema
migrate *arguments:
    uv run engine db upgrade {{ arguments }}

# undo the schema
migrate-down *arguments:
    uv run engine db downgrade {{ arguments }}

# a new, empty migration: just migrate-new shop "gift cards"
migrate-new branch message:
    uv run python -m migrations "{{ branch }}" "{{ message }}"

# a psql on the engine's own server, which starts if need be
psql *arguments:
    "$(command -v psql || uv run python -c 'from engine.embedded import find; print(find().program("psql"))')" \
        "$(uv run engine db url)" {{ arguments }}

# remove what tools leave behind; data and environments stay
clean:
    rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks build dist
    find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
