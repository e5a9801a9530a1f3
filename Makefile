.DEFAULT_GOAL := help
.PHONY: help build check test soak demo run images bench-operator bench-sync fmt

help: ## Show what there is
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1	\2/p' Makefile | expand -t 24

build: ## Compile everything
	@build/build.sh

check: ## All day: format, build, and the tests that need no cluster
	@build/check.sh

test: ## Before a push: everything, against a real PostgreSQL, Kubernetes control plane and source systems
	@build/test.sh

soak: ## The operator under faults for SECONDS (600), on a real Kubernetes control plane
	@build/soak.sh $(SECONDS)

demo: ## See it work: a sandbox HR system mirrored into a private PostgreSQL, checked step by step
	@build/demo.sh

run: ## Run Kombo here on the manifests in MANIFESTS (a folder), with a private PostgreSQL
	@build/run.sh $(MANIFESTS)

images: ## Build the container images with docker or podman (REGISTRY, TAG, RUNTIME_IMAGE)
	@build/images.sh

bench-operator: ## Measure how fast N (1000) Integrations start that fall due at the same second, beside CronJobs
	@build/bench.sh operator --integrations $(or $(N),1000)

bench-sync: ## Measure how fast a worker copies ROWS (200000) employees, beside COPY and single upserts
	@build/bench.sh sync --rows $(or $(ROWS),200000)

fmt: ## Format the code
	@dotnet format Kombo.Operator.sln
