# disconnect-all.sh HEALTHY DEAD PROGRAM...: connects so many controllers, runs a program, prints how many ms it took.
# The dead ones are of a target whose packets are dropped once they are connected; a command to it times out after 5 s.
healthy=$1 dead=$2
shift 2
NQN=nqn.2026-11.io.nvmf:one
PORT=4421
PORTS=/sys/kernel/config/nvmet/ports

if [ ! -d $PORTS/3 ]; then
    mkdir $PORTS/3 && echo tcp >$PORTS/3/addr_trtype && echo ipv4 >$PORTS/3/addr_adrfam &&
        echo 127.0.0.1 >$PORTS/3/addr_traddr && echo $PORT >$PORTS/3/addr_trsvcid &&
        ln -s /sys/kernel/config/nvmet/subsystems/$NQN $PORTS/3/subsystems/ || exit
    # What is measured is the disconnecting, and not what udevd does with disks.
    echo 0 >/sys/kernel/config/nvmet/subsystems/$NQN/namespaces/1/enable
    echo 5 >/sys/module/nvme_core/parameters/admin_timeout
fi

connect() {
    perl -e 'for (1..$ARGV[1]) { open F, "+<", "/dev/nvme-fabrics" or die $!; syswrite F, $ARGV[0] or die $!; close F }' "$@"
}

connect nqn=$NQN,transport=loop "$healthy" || exit
if [ "$dead" -gt 0 ]; then
    connect nqn=$NQN,transport=tcp,traddr=127.0.0.1,trsvcid=$PORT,nr_io_queues=1,duplicate_connect "$dead" || exit
    nft add table inet bench && nft 'add chain inet bench in { type filter hook input priority 0; }' &&
        nft add rule inet bench in tcp dport $PORT drop && nft add rule inet bench in tcp sport $PORT drop || exit
fi
udevadm settle

begun=$(date +%s%N)
"$@" >/dev/null 2>&1
ended=$(date +%s%N)
if [ "$dead" -gt 0 ]; then nft delete table inet bench; fi
left=$(ls /sys/class/nvme | wc -l)
if [ "$left" -ne 0 ]; then
    echo "$* left $left of $((healthy + dead)) controllers" >&2
    exit 1
fi
udevadm settle
echo $(((ended - begun) / 1000000))
