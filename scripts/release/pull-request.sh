#!/bin/sh
# Puts what `npm run release:version` changed into the pull request for the next version. Needs GH_TOKEN.
set -eu
cd "$(dirname "$0")/../.."
version=$(node -p 'require("./packages/cli/package.json").version')
gh auth setup-git
git config user.name 'github-actions[bot]'
git config user.email '41898282+github-actions[bot]@users.noreply.github.com'
git switch -C release/next
git add -A
git commit -m "Release $version"
git push --force origin release/next
gh pr create --base main --head release/next --title "Release $version" \
  --body 'Merging this publishes the deb, rpm and npm packages. CHANGELOG.md of each package says what is new.' ||
  gh pr edit release/next --title "Release $version"
