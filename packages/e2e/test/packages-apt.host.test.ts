import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Suite } from '@nvmf/e2e'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DebianRoot, debianRoot, previousBuild } from './debian-root.ts'
import { builtPackages, REGISTRY } from './installed.ts'

/** apt in roots where nothing runs: what an image build, a container or an installer does. */
const UNIT = 'nvmf-registry-sweep.service'
const WANTED = `/etc/systemd/system/multi-user.target.wants/${UNIT}`
const INSTALL = 'apt-get install -y -q ./nvmf-registry_0.0.0~0-1_amd64.deb ./nvmf-cli_0.0.0~0-1_all.deb'
const CURRENT = 'ls *.deb | grep -v _0.0.0~0-1_ | sed s,^,./,'

const work = mkdtempSync(join(tmpdir(), 'nvmf-apt-test-'))
afterAll(() => rmSync(work, { recursive: true }))

const entry = (device: string): string => `cat ${REGISTRY}/${device}/owner`

/** A maintainer script, called as dpkg would. */
const again = (call: string): string =>
  `DPKG_MAINTSCRIPT_PACKAGE=nvmf-registry /var/lib/dpkg/info/nvmf-registry.${call}`

const beyond = (some: string[], others: string[]): string[] => {
  const known = new Set(others)
  return some.filter(line => !known.has(line))
}

describe.each([
  ['bookworm', 'v18.'],
  ['trixie', 'v20.'],
] as [Suite, string][])('Debian %s', (suite, node) => {
  let root: DebianRoot
  let before: string[]
  beforeAll(async () => {
    root = await debianRoot(suite)
    before = root.inventory()
    root.put([...builtPackages(), ...previousBuild(builtPackages(), work)])
  })
  afterAll(() => root.remove())

  const apt = (verb: string): string => root.sh(`cd /root && apt-get ${verb} -y -q nvmf-registry nvmf-cli`)

  test('apt installs both; registry, rule and unit are in place, and the command runs on the distribution’s node', () => {
    const { code, stderr } = root.run(`cd /root && ${INSTALL}`)
    expect({ code, stderr: stderr.replaceAll(/^(?:debconf: .*|dpkg-preconfigure: .*)\n/gm, '') }).toEqual({
      code: 0,
      stderr: '',
    })
    expect(root.sh(`stat -c '%a %U' ${REGISTRY}; readlink -f ${WANTED}`)).toBe(
      `755 root\n/usr/lib/systemd/system/${UNIT}\n`,
    )
    expect(root.sh('node --version')).toContain(node)
    expect(root.sh('nvmf --version')).toMatch(/^\d+\.\d+\.\d+/)
    expect(root.sh('nvmf registry list; /usr/lib/udev/nvmf-registry-cleanup --sweep')).toBe('')
  })

  test('with the host’s /run/nvme and /sys, as docs/install.md has it for containers, the host’s registry is seen', () => {
    const nvme = mkdtempSync(join(work, 'host-'))
    mkdirSync(join(nvme, 'registry/nvme7'), { recursive: true })
    writeFileSync(join(nvme, 'registry/nvme7/owner'), 'stas\n')
    const seen = JSON.parse(root.sh('nvmf registry list --all -o json', { sysfs: true, nvme })) as object
    expect(seen).toMatchObject({ entries: [{ device: 'nvme7' }] })
    expect(root.sh('nvmf registry gc', { sysfs: true, nvme })).toContain('removed nvme7')
    expect(readdirSync(join(nvme, 'registry'))).toEqual([])
  })

  test('an upgrade leaves the entries and a unit that was disabled as they are', () => {
    root.sh(`mkdir ${REGISTRY}/nvme7; echo stas >${REGISTRY}/nvme7/owner; systemctl disable -q ${UNIT}`)
    root.sh(`cd /root && apt-get install -y -q $(${CURRENT})`)
    expect(root.sh("dpkg-query -W -f '${Version}\\n' nvmf-registry nvmf-cli")).not.toContain('~')
    expect(root.sh(entry('nvme7'))).toBe('stas\n')
    expect(root.run(`test -e ${WANTED}`).code).toBe(1)
    root.sh(`systemctl enable -q ${UNIT}`)
  })

  test('the scripts may run again, in any state, and change nothing', () => {
    const state = root.inventory()
    for (const call of ['postinst configure 0.0.0~0-1', 'postinst abort-upgrade 0.0.0~0-1', 'postinst triggered x'])
      expect(root.run(again(call))).toEqual({ code: 0, stdout: '', stderr: '' })
    for (const call of ['upgrade 0.0.0~0-1', 'failed-upgrade 0.0.0~0-1', 'abort-install', 'disappear x 1'])
      expect(root.run(again(`postrm ${call}`))).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(root.inventory()).toEqual(state)
  })

  test('removal leaves the entries alone', () => {
    apt('remove')
    expect(root.sh(entry('nvme7'))).toBe('stas\n')
    expect(root.run('test -e /usr/lib/udev/nvmf-registry-cleanup').code).toBe(1)
  })

  test('a purge without /sys knows nothing about controllers, and keeps what somebody may own', () => {
    root.sh('dpkg --purge nvmf-registry nvmf-cli')
    expect(root.sh(entry('nvme7'))).toBe('stas\n')
  })

  test('a purge with /sys takes entries whose controllers are gone, and nothing of ours is left', () => {
    root.sh(`cd /root && apt-get install -y -q $(${CURRENT})`)
    root.sh('apt-get purge -y -q nvmf-registry nvmf-cli', { sysfs: true })
    const after = root.inventory()
    const left = beyond(after, before)
    process.stderr.write(`${suite}: left after purge: ${left.length === 0 ? 'nothing' : left.join('\n')}\n`)
    expect(left).toEqual([])
    expect(beyond(before, after)).toEqual([])
  })

  test('installing again is a first installation', () => {
    root.sh(`cd /root && dpkg -i $(${CURRENT})`)
    expect(root.sh(`stat -c %a ${REGISTRY}; test -L ${WANTED} && nvmf registry list`)).toBe('755\n')
    root.sh('dpkg --purge nvmf-registry nvmf-cli', { sysfs: true })
  })

  test('without systemd and udev, as in a container, installing says nothing and leaves files only', () => {
    for (const name of ['systemctl', 'systemd-tmpfiles', 'udevadm'])
      writeFileSync(join(root.dir, 'usr/bin', name), '', { mode: 0o644 })
    const { code, stderr } = root.run('cd /root && dpkg -i nvmf-registry_0.0.0~0-1_amd64.deb >/dev/null')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(root.run(`test -e ${REGISTRY}`).code).toBe(1)
  })
})
