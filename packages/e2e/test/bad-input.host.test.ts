import { type GuestImage, withGuest } from '@nvmf/e2e'
import { beforeAll, expect, test } from 'vitest'
import { connectTcp, imageWithPackages, nvmf, ONE, ok, REGISTRY } from './installed.ts'

let image: GuestImage

beforeAll(async () => {
  image = await imageWithPackages()
})

/** What a user types, how it ends, and what the one line says. */
const refusals: readonly (readonly [line: string, code: number, says: RegExp])[] = [
  ['list --no-such-option', 2, /unknown option '--no-such-option'/],
  [`connect -a 127.0.0.1 -n ${ONE}`, 2, /--transport/],
  ['connect -t tcp -a 127.0.0.1', 2, /--nqn/],
  [`connect -t tcp -n ${ONE}`, 2, /--traddr/],
  [`connect -t pigeon -a 127.0.0.1 -n ${ONE}`, 2, /pigeon/],
  [`connect -t tcp -a 127.0.0.1 -n '${ONE},ctrl_loss_tmo=0'`, 2, /comma/],
  [`connect -t tcp -a 127.0.0.1 -n "$(printf '${ONE}\\nx')"`, 2, /(newline|control|line)/],
  [`connect -t tcp -a 127.0.0.1 -n ${ONE} --owner "$(printf 'a\\nb')"`, 2, /owner/],
  ['disconnect nvme3n1', 2, /"nvme3n1"/],
  ['disconnect nvme007', 2, /"nvme007"/],
  ['registry retrieve ../x -a owner', 2, /"\.\.\/x"/],
  ['registry retrieve nvme0 -a ../../etc/passwd', 2, /attribute/],
  ['--root /no/such/directory list', 2, /no\/such\/directory/],
  [connectTcp('nqn.2026-11.io.nvmf:absent'), 1, /absent at 127\.0\.0\.1:4420: the target has no such subsystem/],
  [`connect -t tcp -a 127.0.0.1 -s 4499 -n ${ONE}`, 1, /4499: connection refused/],
  [`connect -t tcp -a 192.0.2.1 -n ${ONE}`, 1, /at 192\.0\.2\.1:4420: the target cannot be reached/],
]

test('bad input: one line on stderr, the documented exit code, and nothing half done', () =>
  withGuest(image, async guest => {
    for (const [line, code, says] of refusals) {
      const ended = await nvmf(guest, line)
      expect({ line, code: ended.code, stdout: ended.stdout }).toEqual({ line, code, stdout: '' })
      const [first = '', ...more] = ended.stderr.trimEnd().split('\n')
      expect(first, line).toMatch(/^nvmf: /)
      expect(first, line).toMatch(says)
      expect(
        more.filter(each => !each.startsWith('hint: ')),
        line,
      ).toEqual([])
    }
    expect(await guest.sh(`ls /sys/class/nvme; ls -A ${REGISTRY}`)).toBe('')
  }))

test('a duplicate connect names the controller and its owner, and changes neither', () =>
  withGuest(image, async guest => {
    await ok(guest, connectTcp(ONE, '--owner stas'))
    const again = await nvmf(guest, connectTcp(ONE, '--owner me'))
    expect(again).toMatchObject({
      code: 6,
      stdout: '',
      stderr: 'nvmf: connect: already connected as nvme0, owned by stas\nhint: --steal takes it\n',
    })
    expect(await ok(guest, 'registry retrieve nvme0 -a owner')).toBe('stas\n')
    expect(await guest.sh('ls /sys/class/nvme')).toBe('nvme0\n')
  }))

test('an ordinary user is told to be root, may look, and changes nothing', () =>
  withGuest(image, async guest => {
    await ok(guest, connectTcp(ONE, '--owner stas'))
    const asNobody = (line: string) => guest.run(`setpriv --reuid=65534 --regid=65534 --clear-groups nvmf ${line}`)
    for (const line of [connectTcp(ONE), 'disconnect nvme0', 'registry claim nvme0 --owner me --steal']) {
      expect(await asNobody(line), line).toMatchObject({ code: 8, stdout: '', stderr: expect.stringContaining('root') })
    }
    expect(await asNobody('list')).toMatchObject({ code: 0, stdout: expect.stringContaining('stas') })
    expect(await ok(guest, 'registry list')).toBe('nvme0\n  owner       stas\n')
  }))
