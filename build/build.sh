#!/usr/bin/env bash
# Compiles the solution. Formatting and analysis are warnings of the compiler, and warnings are errors.
. "$(dirname "$0")/lib.sh"
. "$root/build/dotnet.sh"

build_quietly "$root/Kombo.Operator.sln"
