import { readFileSync } from 'node:fs'
import { ControllersError } from '@nvmf/controllers'
import { FabricsError } from '@nvmf/fabrics-connect'
import { RegistryError } from '@nvmf/registry-core'
import { describe, expect, test } from 'vitest'
import { EXIT, EXIT_MEANING } from '../src/exit-codes.ts'
import { asFailure, Failure, usage } from '../src/failure.ts'
import { Ended, type Globals } from '../src/globals.ts'
import { report } from '../src/report.ts'
import { runWith } from './in-process.ts'

const SECRET = 'DHHC-1:00:ia6zGodOr4SEG0Zzaw398rpY0wqipUWj4jWjUh4HWUz6aQ2n:'

const reported = (error: unknown, globals: Globals | undefined = {}, argv: string[] = []) => {
  let stderr = ''
  const exit = report(new Ended('connect', error, globals), argv, {
    stderr: text => void (stderr += text),
    colourfulErrors: () => false,
  })
  return { exit, stderr }
}
const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })

describe('exit codes', () => {
  test('each has one meaning', () => {
    expect(Object.keys(EXIT_MEANING).map(Number)).toEqual(Object.values(EXIT))
  })
  test('are in the README as they are in the program', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const rows = [...readme.matchAll(/^\| *([0-9]+) *\| *(.*?) *\|$/gm)].map(([, code, meaning]) => [code, meaning])
    expect(Object.fromEntries(rows)).toEqual(EXIT_MEANING)
  })
  test.each<[unknown, number]>([
    [new FabricsError('bad-option', ''), 2],
    [new FabricsError('no-module', ''), 1],
    [new FabricsError('already-connected', ''), 6],
    [new FabricsError('owned', ''), 7],
    [new FabricsError('permission', ''), 8],
    [new FabricsError('interrupted', ''), 130],
    [new FabricsError('refused', ''), 1],
    [new ControllersError('no-sysfs', ''), 1],
    [new ControllersError('no-sysfs', '', { cause: denied }), 8],
    [new FabricsError('no-host-identity', ''), 1],
    [new FabricsError('no-host-identity', '', { cause: denied }), 8],
    [new FabricsError('not-recorded', '', { cause: denied }), 1],
    [new ControllersError('no-controller', ''), 5],
    [new ControllersError('permission', ''), 8],
    [new RegistryError('owned', ''), 7],
    [new RegistryError('unknown-owner', ''), 7],
    [new RegistryError('no-controller', ''), 5],
    [new RegistryError('reserved-attribute', ''), 2],
    [new RegistryError('io', '', { cause: denied }), 8],
    [new RegistryError('io', ''), 1],
    [new RegistryError('busy', ''), 1],
    [new RegistryError('damaged', ''), 1],
  ])('%o: %i', (error, exit) => expect(reported(error).exit).toBe(exit))
  test('a bug is no failure', () => {
    expect(() => reported(new TypeError('bug'))).toThrow('bug')
    expect(asFailure(new TypeError('bug'))).not.toBeInstanceOf(Failure)
  })
})

describe('what is said', () => {
  test('one line, one hint', () => {
    expect(reported(new FabricsError('no-module', 'there is no /dev/nvme-fabrics')).stderr).toBe(
      'nvmf: connect: there is no /dev/nvme-fabrics\nhint: modprobe nvme-fabrics\n',
    )
  })
  test('who can help with an owner that cannot be read', () => {
    expect(reported(new RegistryError('unknown-owner', "nvme2's owner cannot be read")).stderr).toBe(
      "nvmf: connect: nvme2's owner cannot be read\nhint: nvmf doctor says what to do\n",
    )
  })
  test('the cause, if more is wanted', () => {
    const error = new RegistryError('io', 'cannot be written', { cause: denied })
    expect(reported(error, { verbose: 1 }).stderr).toBe(
      'nvmf: connect: cannot be written\nhint: run it as root\ncause: EACCES: permission denied\n',
    )
  })
  test('nothing that steers a terminal', () => {
    expect(reported(usage('a\nb\u001b[2J')).stderr).toBe('nvmf: connect: a\\u{a}b\\u{1b}[2J\n')
  })
  test.each([
    [`connect --dhchap-secrt=${SECRET}`, "connect: unknown option '--dhchap-secrt=DHHC-1:…'"],
    [`list --dhchap-secret=${SECRET}`, "list: unknown option '--dhchap-secret=DHHC-1:…'"],
    [`connect --tls=${SECRET}`, "connect: unknown option '--tls=DHHC-1:…'"],
    [`connect -S ${SECRET} ${SECRET}`, 'connect: unexpected argument "DHHC-1:…"'],
    [
      `connect -t ${SECRET} -a 192.0.2.1 -n nqn.x`,
      'connect: transport: must be one of tcp, rdma, fc, loop, not "DHHC-1:…"',
    ],
    [`disconnect ${SECRET}`, 'disconnect: "DHHC-1:…" is not a controller\'s name'],
    [SECRET, "unknown command 'DHHC-1:…'"],
    ['NVMeTLSkey-1:01:VRLbtnN9AQb2WXW3c9+wEf/DRLz0QuLdbYvEhwtdWwNf9LrZ:', "unknown command 'NVMeTLSkey-1:…'"],
  ])('no secret that stands in the wrong place: %s', async (line, says) => {
    for (const format of ['normal', 'json']) {
      const { stdout, stderr } = await runWith([...line.split(' '), '-o', format])
      expect(stdout + stderr).not.toMatch(/ia6zGod|VRLb/)
    }
    const { stderr } = await runWith(line.split(' '))
    expect(stderr.split('\n')[0]).toBe(`nvmf: ${says}`)
  })
  test.each([
    [['-o', 'json']],
    [['-ojson']],
    [['--output-format=json']],
    [['-vojson']],
    [['list', '-vvo', 'json', '--nonsense']],
    [['-o', 'normal', 'list', '-o', 'json']],
    [['connect', '--output-format', 'json', '--nonsense']],
  ])('JSON for %j, even if the command line is wrong', argv => {
    const globals = undefined
    let stderr = ''
    report(new Ended('connect', usage('why'), globals), argv, {
      stderr: text => void (stderr += text),
      colourfulErrors: () => false,
    })
    expect(JSON.parse(stderr)).toEqual({
      version: 1,
      error: { command: 'connect', code: 'usage', message: 'why', exit: 2 },
    })
  })
  test.each([[['-o', 'json', 'list', '-o', 'normal']], [['list', 'json']], [['connect', '--owner', '-x', 'json']]])(
    'lines for %j',
    argv => {
      let stderr = ''
      report(new Ended('connect', usage('why')), argv, {
        stderr: text => void (stderr += text),
        colourfulErrors: () => false,
      })
      expect(stderr).toBe('nvmf: connect: why\n')
    },
  )
})
