import { type Check, found, ok } from '../check.ts'
import { LIBNVME_RULE } from '../names.ts'
import { chosen } from '../override.ts'

/** docs/how-it-works.md, P1: its check and its delete are two steps, and a new controller's entry may come between. */
export const libnvmeRule: Check = ({ host }) => {
  const file = chosen(host, LIBNVME_RULE)
  if (file === undefined) return ok("libnvme's rule is not installed")
  if (file.masked) return ok(`libnvme's rule is switched off by ${file.path}`)
  return found(
    'warning',
    `${file.path}, libnvme's rule, may remove the entry of a controller that was just connected`,
    `ln -sf /dev/null /etc/${LIBNVME_RULE}`,
  )
}
