#!/usr/bin/env bash
# Prints the path of a kubectl, 1.25 or newer: the one on PATH, else one of our own.
. "$(dirname "$0")/lib.sh"
. "$root/build/kubernetes-tools.sh"

is_new_enough() {
  local minor
  minor=$("$1" version --client -o json 2>/dev/null | sed -nE 's/.*"minor": *"([0-9]+).*/\1/p')
  ((${minor:-0} >= 25))
}

if have kubectl && is_new_enough "$(command -v kubectl)"; then
  command -v kubectl
else
  provide_tool kubectl
fi
