# dm-linear.pl NAME SECTORS DEVICE: maps the beginning of a block device, as `dmsetup create` would, which is not in the guest.
# ioctls and structures: linux/dm-ioctl.h, 64 bit.
use strict;
use warnings;

my ($name, $sectors, $device) = @ARGV;
open my $control, '+<', '/dev/mapper/control' or die "/dev/mapper/control: $!\n";

sub dm {
    my ($what, $command, $targets, $more) = @_;
    my $size = 312 + length $more;
    my $data = pack('L3 L L L l L L L Q a128 a129 x7', 4, 0, 0, $size, 312, $targets, 0, 0, 0, 0, 0, $name, '') . $more;
    ioctl $control, $command, $data or die "$what: $!\n";
}

my $parameters = pack 'Z*', "$device 0";
$parameters .= "\0" x (-length($parameters) % 8);
my $target = pack('Q Q l L a16', 0, $sectors, 0, 40 + length $parameters, 'linear') . $parameters;
dm('DM_DEV_CREATE', 0xc138fd03, 0, '');
dm('DM_TABLE_LOAD', 0xc138fd09, 1, $target);
dm('DM_DEV_SUSPEND', 0xc138fd06, 0, '');
