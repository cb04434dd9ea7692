/** Files of the package nvmf-registry; packaging/nfpm.registry.yaml installs them. */
export const RULE = 'udev/rules.d/70-nvmf-ownership.rules'
export const HELPER = '/usr/lib/udev/nvmf-registry-cleanup'
export const SWEEP = 'nvmf-registry-sweep.service'

/** libnvme's rule with the same purpose. */
export const LIBNVME_RULE = 'udev/rules.d/70-nvmf-registry.rules'

/** Where the registry is, and the directory that libnvme and others share with it. */
export const RUN = '/run/nvme'
export const REGISTRY = '/run/nvme/registry'

/** For a host where nobody made the directory yet: no package of ours does. */
export const GIVE_IDENTITY = 'mkdir -p /etc/nvme && nvmf gen-hostnqn >/etc/nvme/hostnqn'

export const INSTALL = 'install the package nvmf-registry'
