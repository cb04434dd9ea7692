#!/usr/bin/perl
# The guest's end of the command channel: a virtio-serial port that carries
#
#   host -> guest   RUN <id> <seconds> <length>\n      and the script
#                   PUT <id> <mode> <length> <path>\n  and the file's bytes
#   guest -> host   RES <id> <status> <out> <err>\n    and both outputs, raw
#
# <status> is an exit code (128 + n for signal n) or the word "timeout".
#
# Perl, because every Debian has perl-base, and one resident process answers in
# a few milliseconds under emulation where a shell would fork a dozen times.
# It runs in the saved state already, so restoring a guest starts nothing.
use strict;
use warnings;
use Fcntl;
use POSIX ();

my $scratch = '/run/nvmf-e2e';
mkdir $scratch;

sub port_path {
    for my $file (glob '/sys/class/virtio-ports/*/name') {
        open my $fh, '<', $file or next;
        chomp(my $name = <$fh> // '');
        return "/dev/$1" if $name eq 'nvmf-e2e' && $file =~ m{/([^/]+)/name$};
    }
    die "no virtio port is named nvmf-e2e\n";
}

sysopen my $port, port_path(), O_RDWR or die "cannot open the port: $!\n";
binmode $port;

sub receive {
    my ($wanted) = @_;
    my $data = '';
    while (length $data < $wanted) {
        my $got = sysread $port, $data, $wanted - length $data, length $data;
        next if !defined $got && $!{EINTR};
        # An end of file means that no host is attached: systemd starts the
        # agent again, and opening the port waits for the next host.
        exit 0 if !$got;
    }
    return $data;
}

sub receive_line {
    my $line = '';
    while ((my $char = receive(1)) ne "\n") { $line .= $char }
    return $line;
}

sub reply {
    my ($id, $status, $out, $err) = @_;
    my $data = sprintf("RES %s %s %d %d\n", $id, $status, length $out, length $err) . $out . $err;
    for (my $at = 0; $at < length $data;) {
        my $sent = syswrite $port, $data, 65536, $at;
        next if !defined $sent && $!{EINTR};
        defined $sent or die "cannot write to the port: $!\n";
        $at += $sent;
    }
}

sub slurp {
    my ($fh) = @_;
    sysseek $fh, 0, 0;
    my $data = '';
    while (sysread $fh, $data, 1 << 20, length $data) { }
    return $data;
}

sub run {
    my ($id, $seconds, $script) = @_;
    # Outputs go to files, not pipes: a process that the script leaves in the
    # background keeps its outputs open, and a pipe would never end.
    my @outputs;
    for my $name ('out', 'err') {
        open my $fh, '+>', "$scratch/$name" or die "$scratch/$name: $!\n";
        unlink "$scratch/$name";
        push @outputs, $fh;
    }
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        POSIX::setsid();
        open STDIN, '<', '/dev/null';
        POSIX::dup2(fileno $outputs[0], 1);
        POSIX::dup2(fileno $outputs[1], 2);
        exec '/bin/sh', '-c', $script;
        POSIX::_exit(127);
    }
    my $status;
    my $finished = eval {
        local $SIG{ALRM} = sub { die "timeout\n" };
        alarm $seconds;
        waitpid $pid, 0;
        $status = $?;
        alarm 0;
        1;
    };
    if (!$finished) {
        # A process that sleeps in the kernel dies later; it is reaped before
        # the next command, and the host is not kept waiting for it.
        kill 'KILL', -$pid;
        $status = 'timeout';
    } else {
        $status = $status & 127 ? 128 + ($status & 127) : $status >> 8;
    }
    reply($id, $status, slurp($outputs[0]), slurp($outputs[1]));
}

sub put {
    my ($id, $mode, $path, $data) = @_;
    my $parent = $path =~ s{/[^/]+$}{}r;
    system 'mkdir', '-p', $parent if length $parent && !-d $parent;
    my $fh;
    my $done = open($fh, '>', $path) && print({$fh} $data) && close($fh) && chmod(oct $mode, $path);
    reply($id, $done ? 0 : 1, '', $done ? '' : "$path: $!\n");
}

while (1) {
    my $line = receive_line();
    1 while waitpid(-1, POSIX::WNOHANG()) > 0;
    if ($line =~ /^RUN (\d+) (\d+) (\d+)$/) {
        run($1, $2, receive($3));
    } elsif ($line =~ /^PUT (\d+) ([0-7]+) (\d+) (.+)$/) {
        put($1, $2, $4, receive($3));
    } else {
        die "not a request: $line\n";
    }
}
