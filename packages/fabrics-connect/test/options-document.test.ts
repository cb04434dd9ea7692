import { expect, test } from 'vitest'
import { optionsDocument } from '../build/options-document.ts'

test('docs/connect-options.md is the table', async () => {
  await expect(optionsDocument()).toMatchFileSnapshot('../../../docs/connect-options.md')
})
