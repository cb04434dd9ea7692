import { controllerPath, genericPath, headPath, subsystemName, subsystemPath } from './layout.ts'
import { type Controller, deviceName, genericName, headName, type NamespaceHead, type Subsystem } from './model.ts'

/** A uevent before it has its number. `properties` is what udev hands to a program, SEQNUM excepted. */
export interface UeventDraft {
  action: 'add' | 'change' | 'remove'
  devpath: string
  subsystem: string
  kernel: string
  properties: Record<string, string>
}

/** A uevent as it was sent. */
export interface Uevent extends UeventDraft {
  seqnum: number
}

const CHAR_MAJOR = '240'
const GENERIC_MAJOR = '244'
const BLOCK_MAJOR = '259'

/** `nvme_class_uevent`: no NQN and no cntlid; unset ones read `none`, the address of loop is a printed null pointer. */
export function controllerEvent(
  action: UeventDraft['action'],
  controller: Controller,
  extra: Record<string, string> = {},
): UeventDraft {
  const { options } = controller
  const link: Record<string, string> =
    options === undefined
      ? {}
      : {
          NVME_TRADDR: options.traddr ?? '(null)',
          NVME_TRSVCID: options.trsvcid ?? 'none',
          NVME_HOST_TRADDR: options.hostTraddr ?? 'none',
          NVME_HOST_IFACE: options.hostIface ?? 'none',
        }
  return draft(action, controllerPath(controller), 'nvme', deviceName(controller), {
    DEVNAME: `/dev/${deviceName(controller)}`,
    NVME_TRTYPE: controller.transport,
    ...link,
    ...extra,
    MAJOR: CHAR_MAJOR,
    MINOR: String(controller.instance),
  })
}

export const subsystemEvent = (action: UeventDraft['action'], subsystem: Subsystem): UeventDraft =>
  draft(action, subsystemPath(subsystem), 'nvme-subsystem', subsystemName(subsystem), {})

export const headEvent = (action: UeventDraft['action'], head: NamespaceHead): UeventDraft =>
  draft(action, headPath(head), 'block', headName(head), {
    DEVNAME: `/dev/${headName(head)}`,
    DEVTYPE: 'disk',
    MAJOR: BLOCK_MAJOR,
    MINOR: String(head.minor),
  })

export const genericEvent = (action: UeventDraft['action'], head: NamespaceHead): UeventDraft =>
  draft(action, genericPath(head), 'nvme-generic', genericName(head), {
    DEVNAME: `/dev/${genericName(head)}`,
    MAJOR: GENERIC_MAJOR,
    MINOR: String(head.minor),
  })

function draft(
  action: UeventDraft['action'],
  devpath: string,
  subsystem: string,
  kernel: string,
  rest: Record<string, string>,
): UeventDraft {
  return {
    action,
    devpath,
    subsystem,
    kernel,
    properties: { ACTION: action, DEVPATH: devpath, SUBSYSTEM: subsystem, ...rest },
  }
}
