# make run and make test are all a newcomer needs; both install what they need first.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
PYTEST := $(BIN)/python -m pytest --numprocesses $(shell expr $(CORES) + 2) --maxprocesses 4 --dist loadfile --no-loadscope-reorder
FRONT_END := package.json package-lock.json install.py hatch_build.py gridplan/exchange/palette.json $(shell find web/static_src -type f)

unexport PYTHONDONTWRITEBYTECODE  # or every start compiles anew what it imports

.PHONY: run test test-fast system style types scripts kernels harden fuzz faults install bench bench-pages bench-map bench-sync load pictures story clean

run: install  ## build, plan the demo town, serve it at PORT or the next free one
	@case "$${LC_ALL:-$${LC_MESSAGES:-$$LANG}}" in zh*) echo 正在启动 gridplan;; *) echo Starting gridplan;; esac
	@$(BIN)/gridplan demo $(if $(PORT),--port $(PORT))

test: $(VENV)/tested  ## everything: style, types, unit, property and browser tests
	@$(MAKE) --no-print-directory --jobs 2 system types scripts style kernels
	$(PYTEST)

system:
	sh tests/prepare.sh

style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

scripts:
	$(BIN)/python tests/scripts/check.py

kernels:
	$(BIN)/python -m gridplan.engine.warm

test-fast: $(VENV)/tested  ## what can be told in two minutes: no page, no browser, no PostgreSQL, nothing that takes seconds by itself
	@$(MAKE) --no-print-directory --jobs 2 types kernels style
	$(PYTEST) -m "not (slow or browser or postgresql or libreoffice)" --ignore tests/web

harden: $(VENV)/tested  ## attack a service while an ordinary client keeps asking: half-open and idle connections, drips, 300 MB, smuggling
	$(BIN)/python tests/hardening/attack.py

fuzz: $(VENV)/tested  ## 10,000 lists broken at random, each read or refused in words; FUZZ="FIRST COUNT FOLDER" for others
	$(BIN)/python -W ignore tests/hardening/fuzz.py $(FUZZ)

faults: $(VENV)/tested  ## phones and the service through more faults than make test has time for: about an hour on two cores
	FAULTS=1 $(BIN)/python -m pytest --timeout 7200 tests/faults tests/contact/test_clocks.py tests/engine/proof/test_bound.py

install: $(VENV)/ready  ## leave .venv/bin/gridplan and .venv/bin/python ready

bench: $(VENV)/ready  ## quality and time beside peers, into docs/benchmarks.md; INSTANCES=DIR adds public instances
	@$(BIN)/python install.py bench
	$(BIN)/python benchmarks/table.py $(if $(INSTANCES),--instances $(INSTANCES)) $(BENCH)

bench-pages: $(VENV)/ready  ## answers a second and their time: pages of villages and search of the demo town, asked for by 1, 8 and 32 clients
	$(BIN)/python benchmarks/pages.py $(BENCH)

bench-map: $(VENV)/tested  ## the map of the demo town in Chromium: how soon and how smoothly, beside a plain Leaflet map
	$(BIN)/python benchmarks/map.py $(BENCH)

load: $(VENV)/tested  ## a Friday evening and a Monday morning on both databases with a million visits, into docs/load.md
	@$(BIN)/python install.py dev load
	$(BIN)/python benchmarks/load/run.py $(or $(LOAD),-o docs/load.md)

bench-sync: $(VENV)/tested  ## visits a second that phones send, in batches of 1, 8 and 50, beside a bare handler, into docs/sync.md
	@$(BIN)/python install.py dev load
	$(BIN)/python benchmarks/load/sync.py $(or $(BENCH),-o docs/sync.md)

story: $(VENV)/tested  ## the ten minutes of docs/demo.md played in Chromium without a network, pictures into story/; STORY="--show --pause 20"
	$(BIN)/python docs/story.py $(STORY)

pictures: $(VENV)/tested  ## the pictures of docs/en and docs/zh, in Chromium
	$(BIN)/python docs/pictures.py

$(VENV)/ready: pyproject.toml constraints.txt data/demo_town.toml $(FRONT_END)
	@$(PYTHON) install.py
	@touch $@

$(VENV)/tested: $(VENV)/ready
	@$(BIN)/python install.py dev
	@touch $@

clean:  ## remove what was built and installed
	rm -rf $(VENV) node_modules web/gridplan_web/static/dist demo-town
