#!/bin/bash
# dracut module: the clean-up of the ownership registry in the initramfs. /run survives switch_root, and so do the entries
# of controllers that were connected before it; those whose controller goes before it are removed here.
# The helper is static: with the rule, it is all there is to install.

# An empty rule in /etc, or a link to /dev/null, switches it off, and then the helper is not needed either.
is_masked() {
    local rule=${dracutsysrootdir-}/etc/udev/rules.d/70-nvmf-ownership.rules
    [[ -e $rule && ! -s $rule ]]
}

check() {
    require_binaries /usr/lib/udev/nvmf-registry-cleanup || return 1
    # Where a configuration asks for the module, 1 would fail the whole image.
    is_masked && return 255
    # An image for this host alone needs it where NVMe-oF is in use; a generic one always.
    # shellcheck disable=SC2154 # dracut sets hostonly
    [[ $hostonly ]] || return 0
    local transport
    for transport in /sys/class/nvme/nvme*/transport; do
        [[ -r $transport && $(< "$transport") != pcie ]] && return 0
    done
    return 255
}

depends() {
    echo udev-rules
}

install() {
    is_masked && return 0
    inst_simple /usr/lib/udev/nvmf-registry-cleanup
    inst_rules 70-nvmf-ownership.rules
}
