#!/usr/bin/env bash
# Prints the path of Lua 5.1, the language of Argo CD's health checks and actions; installs it where it is missing.
. "$(dirname "$0")/lib.sh"

have lua5.1 || apt_install lua5.1
command -v lua5.1
