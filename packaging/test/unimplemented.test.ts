import { expect, it } from 'vitest'
import { describe } from '../lib/description.ts'

const BASE = `
name: x
arch: all
version: 1.0.0
release: "1"
section: admin
priority: optional
maintainer: a <b@c.invalid>
license: MIT
description: d
disable_globbing: true`
const CONTENTS = 'contents: [{ src: a, dst: /a }]'

const read = (...lines: string[]): unknown => describe([BASE, ...lines].join('\n'), 'packaging/x.yaml', 'deb', {})

it('accepts a description of implemented keys', () => {
  expect(read(CONTENTS)).toMatchObject({ name: 'x', contents: [{ src: 'a', dst: '/a' }] })
})

it.each([
  [['umask: 0002', CONTENTS], 'key "umask"'],
  [['contents: [{ src: a, dst: /a, expand: true }]'], 'key "contents[0].expand"'],
  [['contents: [{ src: a, dst: /a, file_info: { owner: me } }]'], 'key "contents[0].file_info.owner"'],
  [['contents: [{ src: a, dst: /a, type: "config|noreplace" }]'], 'contents[0].type: "config|noreplace"'],
  [['contents: [{ src: a, dst: /a, packager: apk }]'], 'contents[0].packager: "apk"'],
  [['deb: { compression: zstd }', CONTENTS], 'deb.compression: "zstd"'],
  [['deb: { triggers: { interest: [a] } }', CONTENTS], 'key "deb.triggers"'],
  [['overrides: { deb: { contents: [] } }', CONTENTS], 'key "overrides.deb.contents"'],
  [['overrides: { apk: { depends: [a] } }', CONTENTS], 'key "overrides.apk"'],
  [['platform: darwin', CONTENTS], 'platform: "darwin"'],
])('refuses what it does not implement: %j', (lines, named) => {
  const message = `x.yaml: ${named} is not implemented by packaging/build.ts: use nfpm, or another way`
  expect(() => read(...lines)).toThrow(message)
})

it('refuses a mark that would make nfpm leave the file out of a deb', () => {
  const message = 'x.yaml: /a: nfpm leaves "license" out of a deb: say "packager: rpm", and list it for deb'
  expect(() => read('contents: [{ src: a, dst: /a, type: license }]')).toThrow(message)
})

it('refuses a variable that nothing sets', () => {
  expect(() => read(CONTENTS, 'depends: ["y (= ${NONE})"]')).toThrow('x.yaml: variable NONE is not set')
})

it('refuses a description without a key that both formats need', () => {
  expect(() => read()).toThrow('x.yaml: key "contents" is missing')
})
