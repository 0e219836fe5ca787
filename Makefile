# hygie: `make run` starts the demonstration, `make test` runs everything. `make help` lists the rest.
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LISTEN  ?= localhost:8080

export CGO_ENABLED = 0

.PHONY: help run build test check peers unit bench generate clean

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: build ## build, then start the demonstration on http://localhost:8080
	./bin/hygie demo --listen $(LISTEN)

build: ## build bin/hygie, one static file
	$(GO) build -trimpath -ldflags "-s -w -X hygie/internal/app.Version=$(VERSION)" -o bin/hygie ./cmd/hygie

test: ## everything: install the test peers when allowed, lint, then every test
	@scripts/test.sh

peers: ## install PostgreSQL, Samba and Chromium for the tests, when allowed
	@scripts/peers.sh

check: ## formatting, vet, staticcheck, known vulnerabilities, generated files, dependencies
	@scripts/check.sh

unit: ## the Go tests alone, with whatever peers are installed
	$(GO) test ./...

bench: ## measure the hot paths and print one table
	@scripts/bench.sh

generate: ## write generated files again (templates, assets)
	@scripts/generate.sh

clean: ## remove what was built
	rm -rf bin
