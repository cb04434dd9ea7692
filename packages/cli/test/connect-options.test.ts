import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { addConnectOptions, connectRequest } from '../src/commands/connect-options.ts'

const parse = (...args: string[]) => {
  const command = new Command()
  addConnectOptions(command)
  command.parse(['-t', 'tcp', '-a', '192.0.2.1', '-n', 'nqn.x', ...args], { from: 'user' })
  const { transport: _t, traddr: _a, nqn: _n, ...rest } = connectRequest(command)
  return rest
}

describe("nvme-cli's flags", () => {
  test.each<[string, object]>([
    ['-l -1', { ctrlLossTmo: -1 }],
    ['-l-1', { ctrlLossTmo: -1 }],
    ['--ctrl-loss-tmo=-1 -c 5', { ctrlLossTmo: -1, reconnectDelay: 5 }],
    ['-s 4421 -w 192.0.2.9 -f eth0', { trsvcid: '4421', hostTraddr: '192.0.2.9', hostIface: 'eth0' }],
    ['-q nqn.h -I x', { hostnqn: 'nqn.h', hostid: 'x' }],
    [
      '-i 4 -W 2 -P 1 -Q 64 -k 5 -T 0',
      { nrIoQueues: 4, nrWriteQueues: 2, nrPollQueues: 1, queueSize: 64, keepAliveTmo: 5, tos: 0 },
    ],
    ['-DgG', { duplicateConnect: true, hdrDigest: true, dataDigest: true }],
    ['--disable-sqflow --tls --concat', { disableSqflow: true, tls: true, concat: true }],
    ['-F 3', { fastIoFailTmo: 3 }],
    ['--fast_io_fail_tmo 3', { fastIoFailTmo: 3 }],
    ['--fast-io-fail-tmo 3', { fastIoFailTmo: 3 }],
    ['-S a -C b', { dhchapSecret: 'a', dhchapCtrlSecret: 'b' }],
    ['--kxchap-secret a --kxchap-ctrl-secret b', { dhchapSecret: 'a', dhchapCtrlSecret: 'b' }],
    ['--tls_key 0x1f --keyring 2', { tlsKey: 31, keyring: 2 }],
    ['-4', { family: 4 }],
    ['--ipv6 -l -1', { family: 6, ctrlLossTmo: -1 }],
    ['--6', { family: 6 }],
    ['-S - -C @/run/secret', { dhchapSecret: '-', dhchapCtrlSecret: '@/run/secret' }],
  ])('%s', (args, request) => expect(parse(...args.split(' '))).toEqual(request))
})
