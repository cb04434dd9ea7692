import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootGuest, type Guest, type GuestImage, withGuest } from '@nvmf/e2e'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { entry, imageWithPackages, REGISTRY, story } from './installed.ts'

/** Real images by the real tools. The guest has neither: they come from the host's archive, some 1 MB. */
let image: GuestImage
let work: string

const PACKAGES = ['cpio', 'dracut-core', 'initramfs-tools-core', 'klibc-utils', 'libklibc']

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'nvmf-initramfs-'))
  execFileSync('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', 'download', ...PACKAGES], { cwd: work })
  image = await imageWithPackages()
})

afterAll(() => rmSync(work, { recursive: true }))

/** By force: what they ask for besides is for the boot of a whole system, and of another release than the guest. */
async function install(guest: Guest): Promise<void> {
  for (const name of readdirSync(work).filter(file => file.endsWith('.deb')))
    await guest.put(join(work, name), `/root/debs/${name}`)
  await guest.sh(
    'dpkg --force-depends --force-breaks -i /root/debs/*.deb >/root/dpkg.log 2>&1 || { cat /root/dpkg.log >&2; exit 1; }',
  )
}

const SLOWLY = { timeoutMs: 300_000 }
const RULE = 'usr/lib/udev/rules.d/70-nvmf-ownership.rules'
const OURS = ['usr/lib/udev/nvmf-registry-cleanup', RULE]

/**
 * What makes the guest's disk a root, and the story's scripts. The rule and the helper come by our own hook, though another
 * one has put an older rule there.
 */
async function tellTheStory(guest: Guest): Promise<void> {
  const scripts = join(import.meta.dirname, 'initramfs-scripts')
  await guest.put(join(scripts, 'before-udevd-ends'), '/etc/initramfs-tools/scripts/init-premount/story')
  await guest.put(join(scripts, 'after-udevd-ended'), '/etc/initramfs-tools/scripts/init-bottom/story')
  await guest.put(join(image.emulator, 'bin/busybox'), '/root/busybox')
  await guest.sh(`cd /etc/initramfs-tools
    printf '%s\\n' configfs nvmet nvme-fabrics nvme-loop virtio_blk >>modules
    printf 'ROOT=/dev/vda\\nROOTFSTYPE=ext4\\nreadonly=n\\n' >conf.d/root
    printf '#!/bin/sh\\n[ "$1" = prereqs ] && exit\\n. /usr/share/initramfs-tools/hook-functions\\ncopy_exec /root/busybox /bin/busybox\\n' >hooks/story
    printf '#!/bin/sh\\n[ "$1" = prereqs ] && exit\\nmkdir -p "$DESTDIR/%s"\\necho "# older" >"$DESTDIR/%s"\\n' \\
      "$(dirname ${RULE})" "${RULE}" >/usr/share/initramfs-tools/hooks/before
    chmod 755 hooks/story /usr/share/initramfs-tools/hooks/before`)
}

/** The rule is switched off, as an administrator does it. */
const masked = (guest: Guest): Promise<string> =>
  guest.sh('mkdir -p /etc/udev/rules.d; ln -s /dev/null /etc/udev/rules.d/70-nvmf-ownership.rules')

// One guest makes the image and another one boots it.
test('an entry written before switch_root: an image of initramfs-tools has the rule and the helper, and what they cannot see the boot sweeps', async () => {
  const initrd = join(work, 'initrd')
  const disk = await withGuest(image, async guest => {
    await install(guest)
    await tellTheStory(guest)
    await guest.sh(
      `echo CONFIG_RD_GZIP=y >/boot/config-$(uname -r)
        printf 'MODULES=list\\nBUSYBOX=n\\nCOMPRESS=gzip\\n' >/etc/initramfs-tools/conf.d/test
        mkinitramfs -o /root/image`,
      SLOWLY,
    )
    const listed = await guest.sh('unmkinitramfs -l /root/image 2>/dev/null || gzip -dc /root/image | cpio --quiet -t')
    for (const file of OURS) expect(listed.split('\n')).toContain(file)
    // Nothing was changed on the way: the helper in the image is the one that is installed.
    await guest.sh(`mkdir /root/unpacked; unmkinitramfs /root/image /root/unpacked
      cmp "$(find /root/unpacked -name nvmf-registry-cleanup)" /usr/lib/udev/nvmf-registry-cleanup
      cmp "$(find /root/unpacked -name 70-nvmf-ownership.rules)" /${RULE}`)
    writeFileSync(initrd, Buffer.from(await guest.sh('base64 -w0 /root/image'), 'base64'))
    await guest.sh('rm -r /root/unpacked /root/image; sync')
    return guest.saveState()
  })

  const guest = await bootGuest(disk, initrd)
  try {
    const before = await guest.sh('cd /run/story; head -n 9 with-udevd without-udevd; cat udevd')
    // The controller that went while a udevd ran lost its entry there and then; the other one kept it across the switch.
    expect(before).toBe('==> with-udevd <==\nnvme0\nnvme1\n\n==> without-udevd <==\nnvme0\nnvme1\n')
    expect(await guest.sh(`ls ${REGISTRY} /sys/class/nvme`)).toBe(`${REGISTRY}:\nnvme0\n\n/sys/class/nvme:\nnvme0\n`)
    expect((await entry(guest, 'nvme0'))?.['owner']).toBe('stays')
    expect(await story(guest)).toEqual([
      expect.stringMatching(
        /^nvme2: ownership entry removed: the controller is gone \(owner="goes-seen" event=\d+ stamp=/,
      ),
      expect.stringMatching(
        /^nvme1: ownership entry removed by sweep: the controller is gone \(owner="goes-unseen" stamp=/,
      ),
      'sweep: 1 stale entries and 0 unfinished ones removed, 1 left',
    ])
  } finally {
    await guest.stop()
  }
})

test('an image of dracut has the rule and the helper', () =>
  withGuest(image, async guest => {
    await install(guest)
    const modules = '-m "udev-rules nvmf-registry"'
    await guest.sh(`dracut --no-hostonly --no-kernel --gzip --no-early-microcode ${modules} /root/image >&2`, SLOWLY)
    const listed = await guest.sh('gzip -dc /root/image | cpio --quiet -t')
    for (const file of OURS) expect(listed.split('\n')).toContain(file)
  }))

test('where the rule is masked, images of both tools have neither it nor the helper', () =>
  withGuest(image, async guest => {
    await install(guest)
    await masked(guest)
    await guest.sh(
      `echo CONFIG_RD_GZIP=y >/boot/config-$(uname -r)
        printf 'MODULES=list\nBUSYBOX=n\nCOMPRESS=gzip\n' >/etc/initramfs-tools/conf.d/test
        mkinitramfs -o /root/image
        dracut --no-hostonly --no-kernel --gzip --no-early-microcode -m "udev-rules nvmf-registry" /root/dracut-image >&2`,
      SLOWLY,
    )
    for (const made of ['image', 'dracut-image']) {
      const listed = (await guest.sh(`gzip -dc /root/${made} | cpio --quiet -t`)).split('\n')
      expect(listed.filter(file => file.endsWith('.rules')).length).toBeGreaterThan(0)
      for (const file of OURS) expect(listed).not.toContain(file)
    }
  }))
