import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')

/** A source tree with this repository's packaging and stand-ins for what a build makes: packaging is tested alone. */
export function sourceTree(): string {
  const root = mkdtempSync(join(tmpdir(), 'nvmf-packaging-test-'))
  for (const folder of ['packaging', 'initramfs', 'systemd', 'udev'])
    symlinkSync(join(ROOT, folder), join(root, folder))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text, { mode: 0o600 })
  }
  write('package.json', JSON.stringify({ author: 'Somebody <somebody@example.org>', homepage: 'https://nvmf.example' }))
  write('.changeset/one.md', "---\n'nvmf': minor\n---\n\nSay who owns what, and mean it\n\nWith details.\n")
  write('packages/cli/package.json', JSON.stringify({ version: '1.2.3-rc.1' }))
  write('packages/cli/dist/nvmf.cjs', "#!/usr/bin/env node\nconsole.log('nvmf')\n")
  const files = readFileSync(join(ROOT, 'packaging/nfpm.cli.yaml'), 'utf8')
  for (const [, page] of files.matchAll(/dist\/stage\/(\S+)\.gz/g)) write(`packages/cli/dist/man/${page}`, '.TH X 8\n')
  for (const [path] of files.matchAll(/packages\/cli\/dist\/completions\/\S+/g)) write(path, '# completion\n')
  write('packages/udev-cleanup/dist/nvmf-registry-cleanup', '\x7fELF')
  return root
}
