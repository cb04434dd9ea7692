import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandTree } from '../build/documents.ts'
import { manPages } from '../build/man/pages.ts'

const dir = mkdtempSync(join(tmpdir(), 'nvmf-man-'))
afterAll(() => rmSync(dir, { recursive: true }))

let names: string[]
beforeAll(async () => {
  const pages = manPages(await commandTree(), { version: '1.2.3', date: '2026-11-22' })
  for (const [name, text] of pages) writeFileSync(join(dir, name), text)
  names = [...pages.keys()]
})

/** All that a program says about a page, on either output. */
function said(program: string, ...args: string[]): { status: number | null; text: string } {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '80' }
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env })
  if (error) throw error
  return { status, text: stdout + stderr }
}

describe('every page', () => {
  test('is clean under mandoc -Tlint, its style included', () => {
    for (const name of names)
      expect(said('mandoc', '-Tlint', '-Wstyle', join(dir, name))).toEqual({ status: 0, text: '' })
  })

  test('is clean under man --warnings', () => {
    for (const name of names) {
      const env = { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '80' }
      const { status, stderr } = spawnSync('man', ['--warnings', '-l', join(dir, name)], { encoding: 'utf8', env })
      expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: '' })
    }
  })

  test('has a name that whatis and apropos find', () => {
    for (const name of names) {
      const { status, text } = said('lexgrog', join(dir, name))
      expect({ name, status }).toEqual({ name, status: 0 })
      expect(text).toContain(`"${name.replace(/\.\d$/, '')} - `)
    }
  })
})
