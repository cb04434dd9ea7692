# Scenes for the inventory: what sysfs can show of NVMe-oF on this kernel. Source it in a guest; gate.mjs is in /root:
#
#   scene_tcp; …look…; scene_end
#
# What nvmet would make up (serial numbers, UUIDs, the kernel's version as firmware) and the host's identity are given, so
# that a scene looks the same each time. Only the discovery subsystem keeps its own.

. /usr/local/lib/nvmet-lab.sh

SCENE_HOST=hostnqn=nqn.2014-08.org.nvmexpress:uuid:5b3ff0c2-0000-4000-8000-000000000001,hostid=5b3ff0c2-0000-4000-8000-000000000001
SCENE_NQN=nqn.2026-11.io.nvmf.scene
SCENE_GATE=
SCENE_JOBS=
SCENE_PORTS=
# nvme-loop takes the first loop port that there is: the image's.
LOOP=1

# connect OPTIONS: returns when the kernel has answered
connect() {
    printf '%s,%s' "$1" "$SCENE_HOST" >/dev/nvme-fabrics
}

# port N TRSVCID: tcp
port() {
    mkdir "$NVMET/ports/$1" || return
    echo tcp >"$NVMET/ports/$1/addr_trtype" || return
    echo ipv4 >"$NVMET/ports/$1/addr_adrfam" || return
    echo 127.0.0.1 >"$NVMET/ports/$1/addr_traddr" || return
    echo "$2" >"$NVMET/ports/$1/addr_trsvcid" || return
    mkdir "$NVMET/ports/$1/ana_groups/2" || return
    SCENE_PORTS="$1 $SCENE_PORTS"
}

# ana PORT GROUP STATE
ana() {
    echo "$3" >"$NVMET/ports/$1/ana_groups/$2/ana_state"
}

# target NAME PORT…: a subsystem without namespaces
target() {
    dir="$NVMET/subsystems/$SCENE_NQN:$1"
    mkdir "$dir" || return
    echo 1 >"$dir/attr_allow_any_host" || return
    echo "SCENE-$1" >"$dir/attr_serial" || return
    echo 'Scene target' >"$dir/attr_model" || return
    echo 1.0 >"$dir/attr_firmware" || return
    name=$1
    shift
    for port in "$@"; do nvmet_link "$SCENE_NQN:$name" "$port" || return; done
}

# namespace NAME NSID MEGABYTES ANAGROUP [partitioned]
namespace() {
    file="$NVMET_DATA/scene-$1-$2"
    truncate -s "$3M" "$file" || return
    # A DOS partition table: one partition of 8 MB from 1 MB on, and the signature.
    if [ "${5-}" = partitioned ]; then
        printf '\000\000\000\000\203\000\000\000\000\010\000\000\000\100\000\000' |
            dd of="$file" bs=1 seek=446 conv=notrunc status=none || return
        printf '\125\252' | dd of="$file" bs=1 seek=510 conv=notrunc status=none || return
    fi
    dir="$NVMET/subsystems/$SCENE_NQN:$1/namespaces/$2"
    mkdir "$dir" || return
    echo "$file" >"$dir/device_path" || return
    echo "5b3ff0c2-0000-4000-8000-00000000010$2" >"$dir/device_uuid" || return
    echo "$4" >"$dir/ana_grpid" || return
    echo 1 >"$dir/enable"
}

# until_true COMMAND…: looks until it is so; without the pause it would take the CPU from who makes it so
until_true() {
    until "$@"; do sleep 0.1; done
}

# gate BYTES PORT…: a proxy before port 4431 that can be shut, and shuts itself after BYTES (all: never)
gate() {
    : >/run/gate
    node /root/gate.mjs 4431 "$@" >/run/gate &
    SCENE_GATE=$!
    until_true grep -q listening /run/gate
}

shut() {
    kill -USR1 "$SCENE_GATE"
    until_true grep -q shut /run/gate
}

# state_of DEVICE STATE: waits for it
state_of() {
    until_true grep -qsx "$2" "/sys/class/nvme/$1/state"
}

# there PATH…: waits for what the kernel makes after it has answered a connect; below /sys/class
there() {
    for path in "$@"; do until_true [ -e "/sys/class/$path" ]; done
    udevadm settle
}

scene_end() {
    # With the gate open whatever hangs comes to its end.
    if [ -n "$SCENE_GATE" ]; then kill -USR2 "$SCENE_GATE"; fi
    for job in $SCENE_JOBS; do wait "$job"; done
    for file in /sys/class/nvme/*/delete_controller; do
        if [ -e "$file" ]; then echo 1 >"$file" || return; fi
    done
    if [ -n "$SCENE_GATE" ]; then kill "$SCENE_GATE"; fi
    wait
    udevadm settle
    for link in "$NVMET"/ports/*/subsystems/"$SCENE_NQN":*; do if [ -L "$link" ]; then rm "$link"; fi; done
    for dir in "$NVMET"/subsystems/"$SCENE_NQN":*/namespaces/*; do if [ -d "$dir" ]; then rmdir "$dir"; fi; done
    for dir in "$NVMET"/subsystems/"$SCENE_NQN":*; do if [ -d "$dir" ]; then rmdir "$dir"; fi; done
    for number in $SCENE_PORTS; do rmdir "$NVMET/ports/$number/ana_groups/2" "$NVMET/ports/$number"; done
    rm -f "$NVMET_DATA"/scene-*
    SCENE_GATE=
    SCENE_JOBS=
    SCENE_PORTS=
    [ -z "$(ls /sys/class/nvme)" ]
}

# An I/O controller with a host address, and a discovery controller, over tcp.
scene_tcp() {
    port 11 4431 && target tcp 11 && namespace tcp 1 16 1 || return
    connect "nqn=$SCENE_NQN:tcp,transport=tcp,traddr=127.0.0.1,trsvcid=4431,host_traddr=127.0.0.1,host_iface=lo" || return
    connect nqn=nqn.2014-08.org.nvmexpress.discovery,transport=tcp,traddr=127.0.0.1,trsvcid=4431 || return
    there nvme/nvme0/nvme0c0n1 block/nvme0n1
}

# Two subsystems over loop, the second without a namespace.
scene_loop() {
    target one $LOOP && namespace one 1 16 1 && target two $LOOP || return
    connect "nqn=$SCENE_NQN:one,transport=loop" && connect "nqn=$SCENE_NQN:two,transport=loop" || return
    there nvme/nvme0/nvme0c0n1 block/nvme0n1
}

# One subsystem, two namespaces, three ways: two tcp ports and loop, each of which ANA sees differently.
scene_multipath() {
    port 11 4431 && port 12 4432 && target pair 11 12 $LOOP || return
    ana 12 1 non-optimized && ana 12 2 persistent-loss || return
    namespace pair 1 16 1 partitioned || return
    connect "nqn=$SCENE_NQN:pair,transport=tcp,traddr=127.0.0.1,trsvcid=4431" || return
    connect "nqn=$SCENE_NQN:pair,transport=tcp,traddr=127.0.0.1,trsvcid=4432" || return
    connect "nqn=$SCENE_NQN:pair,transport=loop" || return
    there block/nvme0n1/nvme0n1p1 nvme/nvme0/nvme0c0n1 nvme/nvme1/nvme0c1n1 nvme/nvme2/nvme0c2n1
    # One after the other: a scan of two gives them their numbers in any order.
    namespace pair 7 32 2 || return
    there nvme/nvme0/nvme0c0n2 nvme/nvme1/nvme0c1n2 nvme/nvme2/nvme0c2n2
}

# No path has ever been usable: there are paths, and no disk.
scene_inaccessible() {
    port 11 4431 && target far 11 && ana 11 1 inaccessible && namespace far 1 16 1 || return
    connect "nqn=$SCENE_NQN:far,transport=tcp,traddr=127.0.0.1,trsvcid=4431" || return
    there nvme/nvme0/nvme0c0n1
}

# A first connect that waits for its target, which said hello (128 bytes) and no more; and a controller that is up. The
# kernel waits a minute for the answer to a command.
scene_half_connected() {
    port 11 4431 && target up 11 || return
    connect "nqn=$SCENE_NQN:up,transport=tcp,traddr=127.0.0.1,trsvcid=4431" || return
    gate 128 4441 || return
    connect "nqn=$SCENE_NQN:up,transport=tcp,traddr=127.0.0.1,trsvcid=4441" &
    SCENE_JOBS=$!
    until_true grep -q shut /run/gate
    state_of nvme1 connecting
}

# nvme0 waits for a scan that hangs (deleting), nvme1 for its own last command (deleting (no IO)), nvme2 is up.
scene_deleting() {
    port 11 4431 && target going 11 && namespace going 1 16 1 || return
    gate all 4441 4442 || return
    for trsvcid in 4441 4442 4431; do
        connect "nqn=$SCENE_NQN:going,transport=tcp,traddr=127.0.0.1,trsvcid=$trsvcid,keep_alive_tmo=600" || return
    done
    there block/nvme0n1 nvme/nvme0/nvme0c0n1 nvme/nvme1/nvme0c1n1 nvme/nvme2/nvme0c2n1
    shut || return
    echo 1 >/sys/class/nvme/nvme0/rescan_controller || return
    # A scan that has not begun yet would not begin any more.
    until_true grep -q asked /run/gate
    for device in nvme0 nvme1; do
        echo 1 >"/sys/class/nvme/$device/delete_controller" &
        SCENE_JOBS="$! $SCENE_JOBS"
    done
    state_of nvme0 deleting && state_of nvme1 'deleting (no IO)' || return
    until_true [ ! -e /sys/class/nvme/nvme1/nvme0c1n1 ]
}

# The target is gone and the controller tries again: it keeps its subsystem and its namespace.
scene_lost() {
    port 11 4431 && target lost 11 && namespace lost 1 16 1 || return
    gate all 4441 || return
    connect "nqn=$SCENE_NQN:lost,transport=tcp,traddr=127.0.0.1,trsvcid=4441,reconnect_delay=600,ctrl_loss_tmo=-1" || return
    there block/nvme0n1 nvme/nvme0/nvme0c0n1
    kill "$SCENE_GATE"
    SCENE_GATE=
    state_of nvme0 connecting
}

# Gone, but somebody has its node open: the subsystem stays, with a link that leads nowhere.
scene_held() {
    target held $LOOP || return
    connect "nqn=$SCENE_NQN:held,transport=loop" || return
    exec 9</dev/nvme0
    echo 1 >/sys/class/nvme/nvme0/delete_controller
}
