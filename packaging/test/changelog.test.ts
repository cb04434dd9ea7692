import { expect, it } from 'vitest'
import { titlesOf } from '../lib/changelog.ts'

/** As `changeset version` writes it. */
const CHANGELOG = `# nvmf

## 0.2.0

### Minor Changes

- 1a2b3c4: Say who owns what

  Details that a package's changelog leaves out:

  - a list in a change
- Work without a hash

### Patch Changes

- Updated dependencies [1a2b3c4]
  - @nvmf/registry-core@0.2.0

## 0.1.0

### Minor Changes

- 4d3c2b1: Begin
`

it('takes the titles of one version', () => {
  expect(titlesOf(CHANGELOG, '0.2.0')).toEqual(['Say who owns what', 'Work without a hash'])
  expect(titlesOf(CHANGELOG, '0.1.0')).toEqual(['Begin'])
})

it('has none for a version that is not there', () => {
  expect(titlesOf(CHANGELOG, '0.1')).toEqual([])
})
