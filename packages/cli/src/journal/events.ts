/**
 * What is told to the journal. The ids are API, as exit codes are: `journalctl MESSAGE_ID=…` finds every record of one
 * kind, and the catalog explains it (`journalctl -x`). Added, never changed or used again for something else.
 */
export const EVENTS = {
  connected: {
    id: 'beb5219f71034666aa305ce4a1bdcca3',
    text: 'connected',
    subject: 'An NVMe-oF controller was connected',
    explanation:
      'nvmf connect made the controller @NVMF_DEVICE@ for the subsystem @NVMF_NQN@.\n' +
      'Its owner is in NVMF_OWNER. Without that field nobody owns it, and nvmf disconnect-all takes it.',
  },
  disconnected: {
    id: '1105693860684b2fae791167ef1f22bd',
    text: 'disconnected',
    subject: 'An NVMe-oF controller was disconnected',
    explanation:
      'nvmf disconnected the controller @NVMF_DEVICE@ of the subsystem @NVMF_NQN@.\n' +
      'NVMF_REASON says what was known: unowned, or owned-by NVMF_OWNER, who asked or was overruled by name or force;\n' +
      'ownership-unknown, overruled too; or in-use, as NVMF_USE says, and taken all the same.',
  },
  kept: {
    id: '915ddf2d891646a19e7692854249e1e9',
    text: 'kept',
    subject: 'An NVMe-oF controller was left connected',
    explanation:
      'nvmf disconnect-all left the controller @NVMF_DEVICE@ of the subsystem @NVMF_NQN@ alone. NVMF_REASON says why:\n' +
      'owned-by, it is the one of NVMF_OWNER; ownership-unknown, its entry cannot be read, so it counts as owned;\n' +
      'in-use, nothing else leads to a disk that is needed, as NVMF_USE says; being-connected, a connect is under way,\n' +
      'for NVMF_FOR if that is known.',
  },
  'gave-up': {
    id: '20bba7b07848a05897f8483f4ff653ba',
    text: 'gave up',
    subject: 'A connect was given up before anything was connected',
    explanation:
      'nvmf connect was interrupted while it connected the subsystem @NVMF_NQN@. The kernel connected nothing after that,\n' +
      'or the controller went away by itself.',
  },
  'taken-down': {
    id: '0498d6749d911c9080d121bd341240d1',
    text: 'took down again',
    subject: 'A connect was given up, and its controller was disconnected again',
    explanation:
      'nvmf connect was interrupted while it connected the subsystem @NVMF_NQN@. The kernel made the controller @NVMF_DEVICE@\n' +
      'all the same; it was unowned, or its owner was NVMF_OWNER, for whom it was connected, and it was not in use.',
  },
  'left-connected': {
    id: '4050e7234a051c97da6d5a3c4e87965e',
    text: 'gave up and left',
    subject: 'A connect was given up, and its controller stays connected',
    explanation:
      'nvmf connect was interrupted while it connected the subsystem @NVMF_NQN@. The kernel made the controller @NVMF_DEVICE@\n' +
      'all the same, and it was left. NVMF_REASON says why: owned-by, NVMF_OWNER owns it; ownership-unknown, its entry cannot be\n' +
      'read, so it counts as owned; in-use, nothing else leads to a disk that is needed, as NVMF_USE says; not-judged, sysfs or\n' +
      'the registry does not tell what is needed to decide; failed, the kernel did not take it down.',
  },
  'not-recorded': {
    id: '58f31fb51528fd608b51cb16ef34d716',
    text: 'did not record the owner of',
    subject: 'The required owner of an NVMe-oF controller was not recorded',
    explanation:
      'nvmf connect --require-owner could not record the owner of the controller @NVMF_DEVICE@ of the subsystem @NVMF_NQN@.\n' +
      'Without NVMF_DEVICE nothing was connected: the registry could not be written before. Without NVMF_REASON the controller\n' +
      'was disconnected again. With it the controller stays connected: owned-by, NVMF_OWNER owns it; ownership-unknown, in-use\n' +
      '(NVMF_USE), not-judged and failed as for a connect that was given up.',
  },
  claimed: {
    id: '3cd4efd79437428bbcefb5b2f5d8cfa1',
    text: 'claimed',
    subject: 'An NVMe-oF controller got an owner',
    explanation: '@NVMF_OWNER@ owns the controller @NVMF_DEVICE@ now. Nobody did before.',
  },
  stolen: {
    id: '657c68cfbfdd487d90a8e06d0bd26652',
    text: 'claimed',
    subject: 'An NVMe-oF controller was taken from its owner',
    explanation:
      '--steal was used: @NVMF_OWNER@ owns the controller @NVMF_DEVICE@ now. NVMF_FROM says whose it was; without that field\n' +
      'its entry could not be read. If it was not agreed upon, that owner depends on a controller that others may disconnect.',
  },
  released: {
    id: '24a613858d3f4d23b4eaef861ae022e0',
    text: 'released',
    subject: 'An NVMe-oF controller was given up',
    explanation:
      '@NVMF_OWNER@ does not own the controller @NVMF_DEVICE@ any more. Nobody does: nvmf disconnect-all takes it.',
  },
  'entry-deleted': {
    id: '0def5788bed647ada1b0cd1389ea9b01',
    text: 'deleted the entry of',
    subject: 'A registry entry was deleted by hand',
    explanation:
      'nvmf registry delete removed all that was recorded of the controller @NVMF_DEVICE@.\n' +
      'If it is connected, nobody owns it now, and nvmf disconnect-all takes it.',
  },
  'entry-removed': {
    id: 'eb3655af1d2a45b495df67fb59a35ef7',
    text: 'removed the entry of',
    subject: 'The registry entry of a controller that is gone was removed',
    explanation:
      'nvmf registry gc found an entry of the controller @NVMF_DEVICE@ whose controller is gone, and removed it.\n' +
      'The udev rule does that when a controller goes; nvmf doctor says whether it is in place.',
  },
} as const

export type EventName = keyof typeof EVENTS
