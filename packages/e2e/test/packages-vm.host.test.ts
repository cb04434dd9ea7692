import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type Guest, prepareImage, withGuest } from '@nvmf/e2e'
import { expect, onTestFinished, test } from 'vitest'
import { previousBuild } from './debian-root.ts'
import { builtPackages, connectLoop, connectTcp, entry, ONE, ok, REGISTRY, settle, TWO } from './installed.ts'

/** A package's whole life on a host that uses it: what was connected before stays whose it was. */
const UNIT = 'nvmf-registry-sweep.service'
const names = (debs: readonly string[]): string => debs.map(file => `./${basename(file)}`).join(' ')
const apt = (guest: Guest, words: string): Promise<string> => guest.sh(`cd /root && apt-get -y -q ${words}`)
const goes = (guest: Guest, device: string): Promise<string> =>
  guest.sh(`echo 1 >/sys/class/nvme/${device}/delete_controller && udevadm settle`)

test('install, connect, upgrade, remove, purge, install again: entries of live controllers are never touched', async () => {
  const work = mkdtempSync(join(tmpdir(), 'nvmf-previous-'))
  onTestFinished(() => rmSync(work, { recursive: true }))
  const current = builtPackages()
  const previous = previousBuild(current, work)
  const files = Object.fromEntries([...current, ...previous].map(file => [`/root/${basename(file)}`, file]))

  const body = async (guest: Guest): Promise<void> => {
    await apt(guest, `install ${names(previous)}`)
    expect(await guest.sh(`systemctl is-enabled ${UNIT}`)).toBe('enabled\n')
    // The explanations of the helper's records: dpkg's trigger has updated the catalog.
    expect(await guest.sh('journalctl --list-catalog')).toContain('8e391a5e296c46e98577242561886082')
    await ok(guest, connectLoop(ONE, '--owner stas'))
    await ok(guest, connectLoop(TWO, '--owner nbft'))
    await ok(guest, connectTcp(TWO, '--owner stays'))
    await settle(guest)
    const stas = await entry(guest, 'nvme0')
    expect(stas).toMatchObject({ owner: 'stas' })

    // Events must not be replayed: a "change" or "add" of every device would show up here.
    await guest.sh(`udevadm monitor --kernel --udev >/run/events 2>&1 & echo $! >/run/monitor
      until grep -q ^KERNEL /run/events; do sleep 0.1; done`)
    await apt(guest, `install ${names(current)}`)
    await guest.sh('udevadm settle; kill "$(cat /run/monitor)"')
    expect(await guest.run('grep -E "^(KERNEL|UDEV) *\\[.*/nvme" /run/events')).toMatchObject({ code: 1, stdout: '' })
    expect(await entry(guest, 'nvme0')).toEqual(stas)
    await goes(guest, 'nvme0')
    expect(await guest.sh(`ls ${REGISTRY}`)).toBe('nvme1\nnvme2\n')

    await guest.sh('dpkg --remove nvmf-registry nvmf-cli')
    await goes(guest, 'nvme1')
    expect(await entry(guest, 'nvme1')).toMatchObject({ owner: 'nbft' })

    await guest.sh('dpkg --purge nvmf-registry nvmf-cli')
    expect(await guest.sh(`ls -A ${REGISTRY}`)).toBe('nvme2\n')
    expect(await entry(guest, 'nvme2')).toMatchObject({ owner: 'stays' })
    expect(
      await guest.run(`find / -xdev -name '*nvmf-registry*' ! -path '/root/*' ! -path '/var/log/*'`),
    ).toMatchObject({
      stdout: '',
    })

    await guest.sh(`cd /root && dpkg -i ${names(current)}`)
    expect(await ok(guest, 'registry list')).toBe('nvme2\n  owner       stays\n')
    await goes(guest, 'nvme2')
    expect(await guest.sh(`ls -A ${REGISTRY}; systemctl is-enabled ${UNIT}`)).toBe('enabled\n')
    await guest.sh('dpkg --purge nvmf-registry nvmf-cli')
    expect(await guest.run('test -e /run/nvme')).toMatchObject({ code: 1 })
    expect(await guest.sh('systemctl --failed --no-legend --plain; journalctl -b -t systemd-udevd -p err -o cat')).toBe(
      '',
    )
  }
  await withGuest(await prepareImage(), body, { files })
})
