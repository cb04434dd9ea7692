import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { exec } from '../exec.ts'
import { emulatorProgram, firmwareDirs } from '../image/emulator.ts'
import { Channel } from './channel.ts'
import { Qmp } from './qmp.ts'

/** How the guest's processors run. KVM is the caller's choice: a /dev/kvm that exists may not run a stock guest. */
export type Accelerator = 'tcg' | 'kvm'

/** What a machine is started from. */
export interface MachineParts {
  emulator: string
  kernel: string
  initrd: string
  /** A qcow2 file that this machine alone writes. */
  disk: string
  accelerator: Accelerator
  consoleLog: string
}

/** A running QEMU. */
export interface Machine {
  qmp: Qmp
  channel: Channel
  /** The guest's serial console. */
  console: Socket
  /** Resolves when QEMU is gone. */
  ended: Promise<void>
  kill(): void
}

const CPU: Record<Accelerator, string[]> = {
  tcg: ['-accel', 'tcg,thread=multi', '-cpu', 'Nehalem-v1'],
  kvm: ['-accel', 'kvm', '-cpu', 'host'],
}

const KERNEL_COMMAND_LINE = 'console=ttyS0 quiet panic=-1 mitigations=off nowatchdog net.ifnames=0 random.trust_cpu=on'

/** Both ends of a migration need these: events to wait for, and RAM at fixed offsets, which restores faster. */
const CAPABILITIES = ['events', 'mapped-ram'].map(capability => ({ capability, state: true }))

/**
 * Starts QEMU, and with `state` lets it continue where that state was saved.
 *
 * A saved state belongs to this very command line: a device more or less, and it does not load.
 */
export async function startMachine(parts: MachineParts, state?: string): Promise<Machine> {
  const { file, env } = emulatorProgram(parts.emulator, 'qemu-system-x86_64')
  const options = [
    ...firmwareDirs(parts.emulator).map(dir => ['-L', dir]),
    ['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-nic', 'none'],
    ['-machine', 'pc,usb=off', '-smp', '2', '-m', '768', ...CPU[parts.accelerator]],
    ['-kernel', parts.kernel, '-initrd', parts.initrd, '-append', KERNEL_COMMAND_LINE],
    // The sockets are inherited: nothing to name, to collide or to clean up.
    ['-chardev', 'socket,id=qmp,fd=3', '-mon', 'chardev=qmp,mode=control'],
    ['-chardev', 'socket,id=agent,fd=4', '-device', 'virtio-serial-pci'],
    ['-device', 'virtserialport,chardev=agent,name=nvmf-e2e'],
    ['-chardev', `socket,id=console,fd=5,logfile=${quote(parts.consoleLog)}`, '-serial', 'chardev:console'],
    // Nothing here outlives its machine but what saveState copies, so no write need reach the host's disk.
    ['-drive', `file=${quote(parts.disk)},format=qcow2,if=none,id=root,cache=unsafe,discard=unmap`],
    ['-device', 'virtio-blk-pci,drive=root'],
    // A new generation id in every QEMU makes the restored kernel reseed its random numbers.
    ['-device', 'vmgenid,guid=auto'],
    state === undefined ? [] : ['-incoming', 'defer'],
  ]
  // pdeathsig: however this process ends, QEMU ends too.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', file, ...options.flat()], {
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  })
  const machine = connect(child)
  try {
    await machine.qmp.execute('qmp_capabilities')
    await machine.qmp.execute('migrate-set-capabilities', { capabilities: CAPABILITIES })
    if (state !== undefined) {
      await machine.qmp.migration(() => machine.qmp.execute('migrate-incoming', { uri: `file:${state}` }))
      await machine.qmp.execute('cont')
    }
    return machine
  } catch (error) {
    machine.kill()
    await machine.ended
    throw new Error(`QEMU does not start: ${machine.complaints().trim()}`, { cause: error })
  }
}

/** In QEMU's options a comma ends a value unless it is doubled. */
const quote = (value: string): string => value.replaceAll(',', ',,')

function connect(child: ChildProcess): Machine & { complaints(): string } {
  const [, , stderr, qmp, agent, console] = child.stdio as unknown as Socket[]
  if (!stderr || !qmp || !agent || !console) throw new Error('setpriv did not start')
  let complaints = ''
  stderr.on('data', (data: Buffer) => {
    complaints += data.toString()
  })
  // The log file has it all; an unread socket would stall the guest.
  console.on('error', () => {}).resume()
  const ended = new Promise<void>(resolve => {
    child.once('error', error => {
      complaints += error.message
      resolve()
    })
    child.once('close', () => resolve())
  })
  return {
    qmp: new Qmp(qmp),
    channel: new Channel(agent),
    console,
    ended,
    kill: () => void child.kill('SIGKILL'),
    complaints: () => complaints,
  }
}

/** Creates a disk that holds only its differences from `backing`. */
export async function createOverlay(
  emulator: string,
  disk: string,
  backing: string,
  format: 'raw' | 'qcow2',
): Promise<void> {
  const { file, env } = emulatorProgram(emulator, 'qemu-img')
  await exec(file, ['create', '-q', '-f', 'qcow2', '-b', backing, '-F', format, disk], { env })
}

/** Stops the machine, writes its state to `file`, lets `copy` take its disk, and continues it. */
export async function saveMachine(machine: Machine, file: string, copy: () => Promise<void>): Promise<void> {
  const { qmp } = machine
  await qmp.execute('migrate-set-parameters', { 'max-bandwidth': 0 })
  await qmp.execute('stop')
  await qmp.migration(() => qmp.execute('migrate', { uri: `file:${file}` }))
  await copy()
  await qmp.execute('cont')
}
