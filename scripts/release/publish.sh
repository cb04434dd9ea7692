#!/bin/sh
# Publishes dist/release as version $1: npm first, which can say no, then the release with its tag. May run again: what is
# published already is left out. Needs GH_TOKEN, and trusted publishing for npm.
set -eu
cd "$(dirname "$0")/../../dist/release"
version=$1

publish() {
  if npm view "$1@$version" version >/dev/null 2>&1; then
    echo "$1@$version is there already"
  else
    npm publish "./$2-$version.tgz" --access public --provenance
  fi
}
# Each after what it depends on.
for name in registry-core controllers virtual-host udev-cleanup fabrics-connect disconnect-policy; do
  publish "@nvmf/$name" "nvmf-$name"
done
publish nvmf nvmf

gh release view "v$version" >/dev/null 2>&1 ||
  gh release create "v$version" --target "$GITHUB_SHA" --title "nvmf $version" --generate-notes ./*
