import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Guest, type GuestImage, withGuest } from '@nvmf/e2e'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { imageWithPackages } from './installed.ts'

/** Real images by the real tools. The guest has neither: they come from the host's archive, some 1 MB. */
let image: GuestImage
let debs: string

const PACKAGES = ['cpio', 'dracut-core', 'initramfs-tools-core', 'klibc-utils', 'libklibc']

beforeAll(async () => {
  debs = mkdtempSync(join(tmpdir(), 'nvmf-initramfs-'))
  execFileSync('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', 'download', ...PACKAGES], { cwd: debs })
  image = await imageWithPackages()
})

afterAll(() => rmSync(debs, { recursive: true }))

/** By force: what they ask for besides is for the boot of a whole system, and of another release than the guest. */
async function install(guest: Guest): Promise<void> {
  for (const name of readdirSync(debs)) await guest.put(join(debs, name), `/root/debs/${name}`)
  await guest.sh(
    'dpkg --force-depends --force-breaks -i /root/debs/*.deb >/root/dpkg.log 2>&1 || { cat /root/dpkg.log >&2; exit 1; }',
  )
}

const SLOWLY = { timeoutMs: 300_000 }
const OURS = ['usr/lib/udev/nvmf-registry-cleanup', 'usr/lib/udev/rules.d/70-nvmf-ownership.rules']

test('an image of initramfs-tools has the rule and the helper', () =>
  withGuest(image, async guest => {
    await install(guest)
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
      cmp "$(find /root/unpacked -name nvmf-registry-cleanup)" /usr/lib/udev/nvmf-registry-cleanup`)
  }))

test('an image of dracut has the rule and the helper', () =>
  withGuest(image, async guest => {
    await install(guest)
    const modules = '-m "udev-rules nvmf-registry"'
    await guest.sh(`dracut --no-hostonly --no-kernel --gzip --no-early-microcode ${modules} /root/image >&2`, SLOWLY)
    const listed = await guest.sh('gzip -dc /root/image | cpio --quiet -t')
    for (const file of OURS) expect(listed.split('\n')).toContain(file)
  }))
