import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { commandTree, documents } from '../build/documents.ts'
import { allOf } from '../src/completion/tree.ts'
import { controllerFiles, hostByHand } from './host-by-hand.ts'

const SHELLS = join(import.meta.dirname, 'shells')
const FILES = { bash: 'nvmf', zsh: '_nvmf', fish: 'nvmf.fish' } as const
type Shell = keyof typeof FILES

let scripts: ReadonlyMap<string, string>
beforeAll(async () => {
  scripts = await documents({ version: '0.0.0', date: '2026-11-22' })
})

/** What a real shell offers at the end of a line. */
function offered(shell: Shell, words: readonly string[]): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'nvmf-completion-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const file = join(dir, FILES[shell])
  writeFileSync(file, scripts.get(`completions/${FILES[shell]}`) ?? '')
  const line = words.join(' ')
  const args = { bash: [file, ...words], zsh: [dir, line], fish: [file, line] }[shell]
  const options = shell === 'zsh' ? ['-f'] : []
  const text = execFileSync(shell, [...options, join(SHELLS, `complete.${shell}`), ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return [...new Set(text.split('\n').filter(word => word !== ''))].toSorted()
}

function host(): string {
  const root = hostByHand({
    ...controllerFiles('nvme0', { transport: 'pcie' }),
    ...controllerFiles('nvme2', { transport: 'tcp' }),
    ...controllerFiles('nvme10', { transport: 'tcp' }),
    'sys/class/nvme/nvme3n1/': '',
    'run/nvme/registry/nvme2/owner': 'stas\n',
    'run/nvme/registry/nvme7/owner': 'boot loader\n',
    'run/nvme/registry/.nvme8.new.x/owner': 'nobody\n',
    'run/nvme/registry/nvme10/': '',
  })
  // Damage must not hold up whoever presses Tab.
  execFileSync('mkfifo', [join(root, 'run/nvme/registry/nvme10/owner')])
  return root
}

describe.each(['bash', 'zsh', 'fish'] as const)('%s', shell => {
  test('offers every command of the tree', async () => {
    const groups = allOf(await commandTree()).filter(({ commands }) => commands.length > 0)
    expect(groups.length).toBeGreaterThan(1)
    for (const { path, commands } of groups) {
      expect(offered(shell, [...path.split(' '), ''])).toEqual(commands.map(({ name }) => name).toSorted())
    }
  })

  test('finishes a command and an option', () => {
    expect(offered(shell, ['nvmf', 'reg'])).toEqual(['registry'])
    expect(offered(shell, ['nvmf', 'connect', '--du'])).toEqual(['--duplicate-connect'])
  })

  test('knows the values of options', () => {
    expect(offered(shell, ['nvmf', 'list', '-o', ''])).toEqual(['json', 'normal'])
    expect(offered(shell, ['nvmf', 'connect', '--transport', ''])).toEqual(['fc', 'loop', 'rdma', 'tcp'])
    expect(offered(shell, ['nvmf', 'connect', '-n', ''])).toEqual([])
  })

  test('offers the controllers of the host, and in the registry what is registered too', () => {
    const root = host()
    expect(offered(shell, ['nvmf', '--root', root, 'disconnect', ''])).toEqual(['nvme0', 'nvme10', 'nvme2'])
    expect(offered(shell, ['nvmf', '--root', root, 'registry', 'delete', ''])).toEqual([
      'nvme0',
      'nvme10',
      'nvme2',
      'nvme7',
    ])
  })

  test('offers the owners', () => {
    const loader = shell === 'fish' ? 'boot loader' : 'boot\\ loader'
    expect(offered(shell, ['nvmf', '--root', host(), 'registry', 'claim', 'nvme2', '--owner', ''])).toEqual([
      loader,
      'stas',
    ])
  })

  test('offers owners with odd characters as words, and runs nothing of them', () => {
    const odd = ['-n', 'x', 'boot x', '$(touch PWNED)', '`id`', "it's", 'a"b', 'back\\slash', '*', 'é漢', 'a:b']
    const files = odd.map((owner, i) => [`run/nvme/registry/nvme${i}/owner`, `${owner}\n`])
    const root = hostByHand({ ...Object.fromEntries(files), 'run/nvme/registry/nvme99/owner': 'by hand' })
    const words = offered(shell, ['nvmf', '--root', root, 'disconnect-all', '--owner', ''])
    // fish quotes what it inserts, and not what it offers.
    const plain = words.map(word => (shell === 'fish' ? word : word.replaceAll(/\\(.)/g, '$1')))
    expect(plain.toSorted()).toEqual([...odd, 'by hand'].toSorted())
  })

  test('a host without controllers and registry offers nothing, quietly', () => {
    expect(offered(shell, ['nvmf', '--root', hostByHand({}), 'disconnect', ''])).toEqual([])
  })
})
