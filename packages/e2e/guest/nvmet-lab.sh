# NVMe targets inside the guest. Source it: . /usr/local/lib/nvmet-lab.sh
#
#   nvmet_ports            create port 1 (loop) and port 2 (tcp 127.0.0.1:4420)
#   nvmet_add NQN          create a subsystem with one 16 MB namespace, on both ports
#   nvmet_remove NQN       take it off both ports and delete it
#   nvmet_link NQN PORT    offer it on a port
#   nvmet_unlink NQN PORT  take it off a port: its controllers there lose their target

NVMET=/sys/kernel/config/nvmet
NVMET_DATA=/run/nvmet-lab

nvmet_ports() {
    mkdir "$NVMET/ports/1" || return
    echo loop >"$NVMET/ports/1/addr_trtype" || return
    mkdir "$NVMET/ports/2" || return
    echo tcp >"$NVMET/ports/2/addr_trtype" || return
    echo ipv4 >"$NVMET/ports/2/addr_adrfam" || return
    echo 127.0.0.1 >"$NVMET/ports/2/addr_traddr" || return
    echo 4420 >"$NVMET/ports/2/addr_trsvcid"
}

nvmet_link() {
    ln -s "$NVMET/subsystems/$1" "$NVMET/ports/$2/subsystems/$1"
}

nvmet_unlink() {
    rm "$NVMET/ports/$2/subsystems/$1"
}

nvmet_add() {
    mkdir -p "$NVMET_DATA" || return
    truncate -s 16M "$NVMET_DATA/$1" || return
    mkdir "$NVMET/subsystems/$1" || return
    echo 1 >"$NVMET/subsystems/$1/attr_allow_any_host" || return
    mkdir "$NVMET/subsystems/$1/namespaces/1" || return
    echo "$NVMET_DATA/$1" >"$NVMET/subsystems/$1/namespaces/1/device_path" || return
    echo 1 >"$NVMET/subsystems/$1/namespaces/1/enable" || return
    nvmet_link "$1" 1 && nvmet_link "$1" 2
}

nvmet_remove() {
    for port in 1 2; do
        if [ -L "$NVMET/ports/$port/subsystems/$1" ]; then nvmet_unlink "$1" "$port" || return; fi
    done
    rmdir "$NVMET/subsystems/$1/namespaces/1" "$NVMET/subsystems/$1" || return
    rm "$NVMET_DATA/$1"
}
