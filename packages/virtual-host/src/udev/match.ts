import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Uevent } from '../kernel/uevent.ts'
import type { Rule, RuleItem } from './rules.ts'
import { substitute } from './substitute.ts'

/** A program to run: its path as in the rule, and its arguments. */
export interface Invocation {
  program: string
  args: string[]
}

/** What the rules want run for an event, in their order. TEST looks at the file system now, as udevd does. */
export function invocationsFor(event: Uevent, rules: readonly Rule[], root: string): Invocation[] {
  return rules
    .filter(({ items }) => items.every(item => item.key === 'RUN' || matches(item, event, root)))
    .flatMap(({ items }) => items.filter(({ key }) => key === 'RUN'))
    .map(({ value }) => {
      const [program = '', ...args] = splitWords(substitute(value, event, root))
      return { program, args }
    })
}

function matches({ key, attribute, operator, value }: RuleItem, event: Uevent, root: string): boolean {
  const equal = operator === '=='
  switch (key) {
    case 'ACTION':
      return glob(value, event.action) === equal
    case 'SUBSYSTEM':
      return glob(value, event.subsystem) === equal
    case 'KERNEL':
      return glob(value, event.kernel) === equal
    case 'ENV':
      return glob(value, event.properties[attribute ?? ''] ?? '') === equal
    default:
      return existsSync(join(root, substitute(value, event, root))) === equal
  }
}

/** fnmatch(3) patterns `*`, `?`, `[...]`, alternatives separated by `|`. */
export function glob(pattern: string, text: string): boolean {
  const source = pattern
    .split('|')
    .map(each =>
      each.replace(/\[[!^]?\]?[^\]]*\]|[*?]|[\\^$.+()[\]{}/]/g, part => {
        if (part === '*') return '.*'
        if (part === '?') return '.'
        return part.length > 1 ? part.replace('[!', '[^') : `\\${part}`
      }),
    )
    .join('|')
  return new RegExp(`^(?:${source})$`, 's').test(text)
}

/** Splits at blanks; single and double quotes hold words together (`udev_build_argv`). */
export function splitWords(command: string): string[] {
  return (command.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []).map(word =>
    word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'),
  )
}
