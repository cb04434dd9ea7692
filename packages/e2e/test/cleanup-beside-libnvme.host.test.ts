import { type GuestImage, withGuest } from '@nvmf/e2e'
import { beforeAll, describe, expect, test } from 'vitest'
import { bundleForGuest } from './bundle.ts'
import { connectLoop, entry, imageWithPackages, ONE, ok, settle, story } from './installed.ts'
import { installLibnvmeRule } from './libnvme-rule.ts'

/** Our rule and libnvme 3's for the same removals, on one host, whichever udevd comes to first. */
let image: GuestImage

beforeAll(async () => {
  image = await imageWithPackages()
})

const FILES = { before: '70-nvmf-libnvme.rules', after: '70-nvmf-registry.rules' }

describe.each(Object.entries(FILES))('with libnvme’s rule %s ours', (_, file) => {
  test('50 controllers on one number, their events handled late: the live entry stays, nothing stale does', () =>
    withGuest(image, async guest => {
      await installLibnvmeRule(guest, file)
      await guest.put(await bundleForGuest('recycle.ts'), '/root/recycle.cjs')
      const told = JSON.parse(await guest.sh(`node /root/recycle.cjs ${ONE} 50 5`, { timeoutMs: 300_000 }))
      expect(told).toMatchObject({ rounds: 50, wrong: [], left: [] })
      expect(told.recycled).toBeGreaterThan(30)
    }))

  test('a number that went to a tool without a registry loses the dead owner’s entry, which libnvme’s rule would keep', () =>
    withGuest(image, async guest => {
      await installLibnvmeRule(guest, file)
      await ok(guest, connectLoop(ONE, '--owner stas'))
      await settle(guest)
      await guest.sh('udevadm control --stop-exec-queue')
      await guest.sh(`echo 1 >/sys/class/nvme/nvme0/delete_controller
        exec 3<>/dev/nvme-fabrics
        printf 'nqn=${ONE},transport=loop' >&3
        read -r answer <&3
        case $answer in instance=0,*) ;; *) echo "the number was not recycled: $answer" >&2; exit 1 ;; esac`)
      expect((await entry(guest, 'nvme0'))?.['owner']).toBe('stas')
      await guest.sh('udevadm control --start-exec-queue && udevadm settle')
      expect(await entry(guest, 'nvme0')).toBeNull()
      expect(await guest.sh('cat /sys/class/nvme/nvme0/state')).toBe('live\n')
      expect((await story(guest)).at(-1)).toMatch(
        /^nvme0: ownership entry removed: another controller has this number now \(owner="stas" event=\d+ stamp=\d+\)$/,
      )
    }))
})
