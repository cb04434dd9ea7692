import type { Checked, Values } from './check.ts'
import { FabricsError } from './errors.ts'
import { utf8Length } from './formats.ts'
import { type OptionSpec, optionTable } from './options.ts'

/** The kernel takes one page at most (nvmf_dev_write()); pages are not smaller anywhere. */
const PAGE = 4096
/** What nvme-cli has always sent, so that a controller behaves the same whoever connected it. */
const CTRL_LOSS_TMO = 600
/** A discovery controller that is meant to stay needs a keep-alive; the kernel's own default is none. */
const DISCOVERY_KATO = 30

/** What stands for a secret wherever options are shown. */
const HIDDEN = '…'

/** What is written to the kernel, and what was asked for but is not in it. */
export interface OptionString {
  readonly text: string
  /** The same for people: `…` instead of every secret. */
  readonly shown: string
  /** One line for each option that was left out. */
  readonly warnings: readonly string[]
}

/** Fills in what nvme-cli fills in: port, ctrl_loss_tmo, the keep-alive of a discovery controller. */
export function withDefaults(
  { transport, discovery, values }: Checked,
  asked: { keepAliveTmo?: number | undefined },
): Values {
  const full: Values = new Map(values)
  const unlessGiven = (key: 'trsvcid' | 'ctrlLossTmo' | 'keepAliveTmo', value: string | number): void => {
    if (!full.has(key)) full.set(key, value)
  }
  if (transport === 'tcp') unlessGiven('trsvcid', discovery ? '8009' : '4420')
  if (transport === 'rdma') unlessGiven('trsvcid', '4420')
  if (transport !== 'loop') unlessGiven('ctrlLossTmo', CTRL_LOSS_TMO)
  if (discovery && asked.keepAliveTmo === undefined) unlessGiven('keepAliveTmo', DISCOVERY_KATO)
  return full
}

/**
 * The kernel's option string, in the order of the table. What this transport, this kind of controller or this kernel
 * does not take is left out with a warning if it was asked for - but not silently weakened: TLS and authentication
 * that cannot be had are an error.
 *
 * @throws FabricsError `unsupported-option`, `bad-option` (all in all longer than a page)
 */
export function optionString(checked: Checked, values: Values, supported: ReadonlySet<string>): OptionString {
  const warnings: string[] = []
  const parts: string[] = []
  const shown: string[] = []
  for (const spec of optionTable) {
    const value = values.get(spec.key)
    if (value === undefined) continue
    const obstacle = obstacleTo(spec, checked, supported)
    if (obstacle === undefined) {
      parts.push(written(spec, value))
      shown.push(written(spec, spec.secret ? HIDDEN : value))
    } else if (spec.security) {
      throw new FabricsError('unsupported-option', `${spec.token}: ${obstacle}`, { option: spec.token })
    } else if (checked.values.has(spec.key)) warnings.push(`${spec.token} is ignored: ${obstacle}`)
  }
  const text = parts.join(',')
  if (utf8Length(text) > PAGE)
    throw new FabricsError('bad-option', 'all options together are longer than the kernel takes')
  return { text, shown: shown.join(','), warnings }
}

function obstacleTo(
  spec: OptionSpec,
  { transport, discovery }: Checked,
  supported: ReadonlySet<string>,
): string | undefined {
  if (spec.transports !== undefined && !spec.transports.includes(transport)) return `not an option of ${transport}`
  if (spec.notForDiscovery && discovery) return 'not an option of a discovery controller'
  return supported.has(spec.token) ? undefined : 'this kernel does not know it'
}

function written(spec: OptionSpec, value: string | number | true): string {
  if (value === true) return spec.token
  if (spec.type === 'serial') return `${spec.token}=0x${value.toString(16).padStart(8, '0')}`
  return `${spec.token}=${value}`
}
