import { type Guest, type GuestImage, withGuest } from '@nvmf/e2e'
import { beforeAll, expect, test } from 'vitest'
import { bundleForGuest } from './bundle.ts'
import { connectLoop, entry, imageWithPackages, ONE, ok, REGISTRY, settle, story, TWO } from './installed.ts'

/** The clean-up as udevd and systemd run it: a crowd that goes at once, and what nobody told it about. */
let image: GuestImage

beforeAll(async () => {
  image = await imageWithPackages()
})

const HELPER = '/usr/lib/udev/nvmf-registry-cleanup'
const UNIT = 'nvmf-registry-sweep.service'
const COUNT = 500
const STARTS = '/run/helper-starts'

/** A shell in front of the helper writes one line a start, because a helper that finds nothing to do says nothing. */
const countStarts = (guest: Guest): Promise<string> =>
  guest.sh(`mv ${HELPER} ${HELPER}.real
    printf '#!/bin/sh\\necho "$1" >>${STARTS}\\nexec ${HELPER}.real "$@"\\n' >${HELPER}
    chmod 755 ${HELPER}; : >${STARTS}`)

test('nothing starts for what nobody owns; 500 owned controllers go at once, 50 stay: few helpers start, 500 entries go', () =>
  withGuest(image, async guest => {
    const stay = 50
    await guest.put(await bundleForGuest('crowd.ts'), '/root/crowd.cjs')
    await countStarts(guest)
    await guest.sh(`exec 3<>/dev/nvme-fabrics
      printf 'nqn=nqn.2014-08.org.nvmexpress.discovery,transport=loop' >&3
      exec 3>&-
      echo 1 >/sys/class/nvme/nvme0/delete_controller
      udevadm settle`)
    expect(await guest.sh(`cat ${STARTS}`)).toBe('')
    const told = JSON.parse(await guest.sh(`node /root/crowd.cjs ${COUNT + stay} ${stay}`, { timeoutMs: 400_000 }))
    expect(told.left).toEqual(told.stayed.toSorted())
    expect(told.stayed).toHaveLength(stay)

    const starts = Number(await guest.sh(`wc -l <${STARTS}`))
    const removed = (await story(guest)).filter(line => line.includes('ownership entry removed'))
    const withOthers = removed.filter(line => line.includes('removed with others'))
    process.stderr.write(
      `crowd: ${COUNT} removals beside ${stay} that stay: ${starts} helpers started, ${withOthers.length} of ` +
        `${removed.length} lines for others, deleted in ${told.deleted} ms, settled after ${told.settled} ms\n`,
    )
    expect(new Set(removed.map(line => line.split(':')[0])).size).toBe(COUNT)
    // One tells of each entry; a helper that finds its owner gone and is faster with the rest does too, which is rare.
    expect(removed.filter(line => !line.includes('owner=none'))).toHaveLength(COUNT)
    expect(removed.length).toBeLessThan(COUNT * 1.05)
    expect(starts).toBeLessThan(COUNT / 5)
  }))

const MISSED = {
  'udevd does not run': [
    'systemctl stop "systemd-udevd*.socket" systemd-udevd.service',
    'systemctl start systemd-udevd.service',
  ],
  'the administrator masked the rule': [
    'ln -s /dev/null /etc/udev/rules.d/70-nvmf-ownership.rules && udevadm control --reload',
    'rm /etc/udev/rules.d/70-nvmf-ownership.rules && udevadm control --reload',
  ],
}

test.each(Object.entries(MISSED))(
  'controllers go while %s: the sweep’s unit removes their entries and says so',
  (_, [before, after]) =>
    withGuest(image, async guest => {
      await ok(guest, connectLoop(ONE, '--owner stas'))
      await ok(guest, connectLoop(TWO, '--owner nbft'))
      await ok(guest, connectLoop(TWO, '--owner stays -D'))
      await settle(guest)
      await guest.sh(`${before}
      for device in nvme0 nvme1; do echo 1 >/sys/class/nvme/$device/delete_controller; done
      while [ -e /sys/class/nvme/nvme0 ] || [ -e /sys/class/nvme/nvme1 ]; do sleep 0.1; done
      ${after}
      udevadm settle`)
      expect(await guest.sh(`ls ${REGISTRY}`)).toBe('nvme0\nnvme1\nnvme2\n')

      await guest.sh(`systemctl start ${UNIT}`)
      expect(await guest.sh(`ls ${REGISTRY}`)).toBe('nvme2\n')
      expect((await entry(guest, 'nvme2'))?.['owner']).toBe('stays')
      expect((await story(guest)).slice(-3)).toEqual([
        expect.stringMatching(
          /^nvme0: ownership entry removed by sweep: the controller is gone \(owner="stas" stamp=\d+\)$/,
        ),
        expect.stringMatching(
          /^nvme1: ownership entry removed by sweep: the controller is gone \(owner="nbft" stamp=\d+\)$/,
        ),
        'sweep: 2 stale entries and 0 unfinished ones removed, 1 left',
      ])
      const record = await guest.sh('journalctl -b NVMF_EVENT=cleanup-removed NVMF_DEVICE=nvme0 -o json --no-pager')
      expect(JSON.parse(record)).toMatchObject({ NVMF_OWNER: 'stas', _SYSTEMD_UNIT: UNIT, SYSLOG_IDENTIFIER: 'nvmf' })
      expect(await guest.sh('journalctl -b -x NVMF_DEVICE=nvme0 --no-pager')).toContain(
        'Subject: The ownership entry of nvme0 was removed',
      )
    }),
)

test('the sweep’s unit is well-formed, in order with the rest of the boot, and exposed 1.5 or less', () =>
  withGuest(image, async guest => {
    expect(await guest.run(`systemd-analyze verify --man=no ${UNIT}`)).toEqual({ code: 0, stdout: '', stderr: '' })
    const exposure = await guest.sh(`systemd-analyze security --no-pager ${UNIT} | tail -1`)
    process.stderr.write(exposure)
    expect(Number(/level for [^ ]+: ([0-9.]+)/.exec(exposure)?.[1])).toBeLessThanOrEqual(1.5)
    const after = await guest.sh(`systemctl show -P After ${UNIT}`)
    expect(after.trim().split(' ')).toEqual(
      expect.arrayContaining(['systemd-udevd.service', 'systemd-tmpfiles-setup.service', 'local-fs.target']),
    )
    expect(await guest.sh(`systemctl is-enabled ${UNIT}`)).toBe('enabled\n')
    expect(await guest.sh(`systemctl list-dependencies --plain multi-user.target`)).toContain(UNIT)
  }))

test('the rule is valid in the eyes of this systemd', () =>
  withGuest(image, async guest => {
    const checked = await guest.run('udevadm verify /usr/lib/udev/rules.d/70-nvmf-ownership.rules')
    expect(checked).toMatchObject({ code: 0, stderr: '' })
    expect(checked.stdout).toContain('Success: 1')
  }))
