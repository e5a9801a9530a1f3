.DEFAULT_GOAL := help
.PHONY: help build check test demo run images fmt

help: ## Show what there is
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1	\2/p' Makefile

build: ## Compile everything
	@build/build.sh

check: ## All day: format, build, and the tests that need no cluster
	@build/check.sh

test: ## Before a push: everything, against a real PostgreSQL, Kubernetes control plane and source systems
	@build/test.sh

demo: ## See it work: a sandbox HR system mirrored into a private PostgreSQL, checked step by step
	@build/demo.sh

run: ## Run Kombo here on the manifests in MANIFESTS (a folder), with a private PostgreSQL
	@build/run.sh $(MANIFESTS)

images: ## Build the container images with docker or podman (REGISTRY, TAG, RUNTIME_IMAGE)
	@build/images.sh

fmt: ## Format the code
	@dotnet format Kombo.Operator.sln
