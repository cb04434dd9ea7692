#!/bin/sh
# What is published: built by nfpm, from what .ci/run has built and tested in this tree.
set -eu
cd "$(dirname "$0")/../.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
scripts/release/nfpm.sh "$tools"
PATH=$tools:$PATH node scripts/task.mjs release:build
scripts/release/verify.sh
