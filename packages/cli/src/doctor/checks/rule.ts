import { type Check, found, ok } from '../check.ts'
import { INSTALL, RULE } from '../names.ts'
import { chosen } from '../override.ts'

/** The rule that has a dead controller's entry removed. */
export const rule: Check = ({ host }) => {
  const file = chosen(host, RULE)
  if (file === undefined) return found('problem', `no udev rule removes the entries of dead controllers`, INSTALL)
  if (file.masked) return found('problem', `the udev rule is switched off by ${file.path}`, `rm ${file.path}`)
  return helperOf(host.read(file.path)) === undefined
    ? found('problem', `${file.path} starts no helper`, `rm ${file.path} if it is not the package's, else reinstall it`)
    : ok(`${file.path} is the rule that counts`)
}

/** The program that the rule starts. */
export const helperOf = (text: string | undefined): string | undefined => {
  const active = text?.split('\n').filter(line => !line.trimStart().startsWith('#')) ?? []
  return /\bRUN\+?="([^" ]+)/.exec(active.join('\n'))?.[1]
}
