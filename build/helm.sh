#!/usr/bin/env bash
# Prints the path of helm 4, always the same version: what it renders is compared with golden files.
. "$(dirname "$0")/lib.sh"
. "$root/build/kubernetes-tools.sh"

provide_tool helm
