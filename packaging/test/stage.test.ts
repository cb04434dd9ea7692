import { describe, expect, it } from 'vitest'
import { systemShebang } from '../lib/stage.ts'

describe('systemShebang', () => {
  it("names the distribution's node", () => {
    expect(systemShebang('#!/usr/bin/env node\nmain()\n')).toBe('#!/usr/bin/node\nmain()\n')
  })

  it('refuses a file that nobody could run', () => {
    expect(() => systemShebang('main()\n')).toThrow('nvmf.cjs does not begin with #!/usr/bin/env node')
  })
})
