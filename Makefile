# One verb a target; CI calls the same ones. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PY := .venv/bin/python
export PYTHONWARNINGS := ignore

.PHONY: help setup setup-test run demo test check format train chat sms eval bench screenshots clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## get uv, both environments from their locks, system libraries
	@./scripts/system_packages.sh run
	@UV="$$(./scripts/get_uv.sh)" && echo "Python 3.12: app, actions, tests" && "$$UV" sync --frozen --quiet \
	  && echo "Python 3.10: Rasa" && cd bot && "$$UV" sync --frozen --quiet

setup-test: setup
	@./scripts/system_packages.sh test

run: setup ## the whole service: chat page, SMS endpoint, staff inbox (Ctrl-C stops it)
	@$(PY) -m intake run

demo: setup ## the whole service with a clinic full of invented people (data in var/demo)
	@$(PY) -m intake demo

train: setup ## train the dialogue model if its inputs changed
	@$(PY) -m intake train

chat: ## talk to a running service in the terminal
	@$(PY) -m intake chat

test: setup-test ## the tests, two files at a time
	@$(PY) -m pytest -n 2 --dist loadfile

check: setup ## style, types, import arrows, the dialogue's data
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@PYTHONPATH=. ACTIONS_URL=http://127.0.0.1:5055 bot/.venv/bin/rasa data validate --domain domain.yml --data bot/data --config config.yml 2>&1 | grep -vE 'Warning|warn|setParse|resetCache|parseString|^\s' | tail -n 5

format: ## put the code into its usual form
	@$(PY) -m ruff check --fix .

eval: setup ## understanding of texts, with intervals
	@$(PY) -m benchmarks.eval --write

bench: setup-test ## speed of turns, beside Rasa's default pipeline and the floor; of the records, the staff pages and the chat page
	@$(PY) -m benchmarks.bench_turns --write
	@$(PY) -m benchmarks.bench_records
	@$(PY) -m benchmarks.bench_staff
	@$(PY) -m benchmarks.bench_web
	@$(PY) -m benchmarks.bench_understanding

sms: ## a phone on the terminal, through the local stand-in of the carrier
	@$(PY) -m intake.channels.sms.phone

screenshots: setup-test ## pictures of the pages into docs/screenshots
	@$(PY) -m tests.browser.screenshots
	@$(PY) -m tests.staff.screenshots

clean: ## remove environments and trained models (the data in var/ stays)
	rm -rf .venv bot/.venv bot/models .tools
