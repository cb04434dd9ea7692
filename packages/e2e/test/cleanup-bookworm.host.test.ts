import { type GuestImage, withGuest } from '@nvmf/e2e'
import { beforeAll, expect, test } from 'vitest'
import { connectLoop, entry, imageWithPackages, ONE, ok, REGISTRY, settle, story, TWO } from './installed.ts'

/** The same packages on Debian 12: systemd 252, its udevd in its stock unit, its journald. Debian 13's kernel, as ever. */
let image: GuestImage

beforeAll(async () => {
  image = await imageWithPackages('bookworm')
})

const RULE = '/usr/lib/udev/rules.d/70-nvmf-ownership.rules'
const UNIT = 'nvmf-registry-sweep.service'

// One guest for all of it: they are few, and each leaves nothing behind.
test('Debian 12: the rule, the helper under udevd, its records, and the sweep', () =>
  withGuest(image, async guest => {
    expect(await guest.sh('systemctl --version')).toContain('systemd 252')
    const unit = await guest.sh('systemctl show -P ActiveState -P DropInPaths -P MemoryDenyWriteExecute systemd-udevd')
    expect(unit.trim().split(/\n+/).toSorted()).toEqual(['active', 'yes'])

    // There is no `udevadm verify` before 254. Whatever reads rules names each file, and each line that it cannot read.
    await guest.sh(`echo 'ACTION=="remove", RUM+="x"' >/etc/udev/rules.d/71-broken.rules`)
    const read = await guest.sh(`udevadm test /sys/class/mem/null 2>&1 | grep -E '70-nvmf-ownership|71-broken'`)
    expect(read).toMatch(/71-broken\.rules:1/)
    expect(read.split('\n').filter(line => line.includes('70-nvmf'))).toEqual([`Reading rules file: ${RULE}`])
    await guest.sh('rm /etc/udev/rules.d/71-broken.rules')

    // A controller goes under the eyes of udevd.
    await ok(guest, connectLoop(ONE, '--owner stas'))
    await ok(guest, connectLoop(TWO, '--owner unseen'))
    await ok(guest, connectLoop(TWO, '--owner stays -D'))
    await settle(guest)
    const stamp = (await entry(guest, 'nvme0'))?.['seqnum']
    await guest.sh('echo 1 >/sys/class/nvme/nvme0/delete_controller && udevadm settle')
    expect(await guest.sh(`ls ${REGISTRY}`)).toBe('nvme1\nnvme2\n')
    expect((await story(guest)).at(-1)).toMatch(
      /^nvme0: ownership entry removed: the controller is gone \(owner="stas" event=\d+ stamp=\d+\)$/,
    )
    const record = JSON.parse(await guest.sh('journalctl -b NVMF_EVENT=cleanup-removed -o json --no-pager'))
    expect(record).toMatchObject({
      PRIORITY: '6',
      SYSLOG_IDENTIFIER: 'nvmf',
      NVMF_DEVICE: 'nvme0',
      NVMF_OWNER: 'stas',
      NVMF_REASON: 'controller-gone',
      NVMF_STAMP: stamp,
      _SYSTEMD_UNIT: 'systemd-udevd.service',
    })
    const explained = await guest.sh(`journalctl -b -x MESSAGE_ID=${record.MESSAGE_ID} --no-pager`)
    expect(explained).toContain('Subject: The ownership entry of nvme0 was removed')

    // Another one goes while there is none.
    await guest.sh(`systemctl stop 'systemd-udevd*.socket' systemd-udevd.service
      echo 1 >/sys/class/nvme/nvme1/delete_controller
      systemctl start systemd-udevd.service && udevadm settle`)
    expect(await guest.sh(`ls ${REGISTRY}`)).toBe('nvme1\nnvme2\n')
    await guest.sh(`systemctl start ${UNIT}`)
    expect(await guest.sh(`ls ${REGISTRY}`)).toBe('nvme2\n')
    expect((await story(guest)).slice(-2)).toEqual([
      expect.stringMatching(/^nvme1: ownership entry removed by sweep: .+ \(owner="unseen" stamp=\d+\)$/),
      'sweep: 1 stale entries and 0 unfinished ones removed, 1 left',
    ])

    expect(await guest.run(`systemd-analyze verify --man=no ${UNIT}`)).toMatchObject({ code: 0, stderr: '' })
    const exposure = await guest.sh(`systemd-analyze security --no-pager ${UNIT} | tail -1`)
    process.stderr.write(`systemd 252: ${exposure}`)
    expect(Number(/level for [^ ]+: ([0-9.]+)/.exec(exposure)?.[1])).toBeLessThanOrEqual(1.5)
  }))
