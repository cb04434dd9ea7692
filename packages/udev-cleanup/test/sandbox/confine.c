/*
 * confine PROGRAM [ARGUMENT...]: runs a program under what the stock systemd-udevd.service forbids by seccomp, with one
 * difference: what systemd answers with an errno, or the program with luck, is death by SIGSYS here.
 *
 *   MemoryDenyWriteExecute   no memory that is writable and executable, none made executable (systemd's seccomp-util.c)
 *   SystemCallFilter         the list of udevd-syscalls.txt, which the build makes ALLOWED of
 *   RestrictAddressFamilies  AF_UNIX AF_NETLINK AF_INET AF_INET6
 *   SystemCallArchitectures  native
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int allowed[] = {
#include "allowed.h"
};
#define COUNT (sizeof(allowed) / sizeof(allowed[0]))

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##what)
#define IF_EQUAL(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define MASK(bits) BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits)
#define ARGUMENT(n) LOAD(args[n]) /* the low half, which is all that these arguments have */
/* A call whose argument has all of these bits. */
#define DENY_BITS(call, argument, bits) \
    LOAD(nr), IF_EQUAL(call, 0, 4), ARGUMENT(argument), MASK(bits), IF_EQUAL(bits, 0, 1), RETURN(KILL_PROCESS)

static int install(struct sock_filter *code, size_t length)
{
    struct sock_fprog program = { .len = length, .filter = code };
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static int memory_deny_write_execute(void)
{
    struct sock_filter code[] = {
        DENY_BITS(SYS_mmap, 2, PROT_WRITE | PROT_EXEC),
        DENY_BITS(SYS_mprotect, 2, PROT_EXEC),
        DENY_BITS(SYS_pkey_mprotect, 2, PROT_EXEC),
        DENY_BITS(SYS_shmat, 2, SHM_EXEC),
        RETURN(ALLOW),
    };
    return install(code, sizeof(code) / sizeof(code[0]));
}

static int restrict_address_families(void)
{
    struct sock_filter code[] = {
        LOAD(nr), IF_EQUAL(SYS_socket, 0, 6), ARGUMENT(0),
        IF_EQUAL(AF_UNIX, 4, 0), IF_EQUAL(AF_NETLINK, 3, 0), IF_EQUAL(AF_INET, 2, 0), IF_EQUAL(AF_INET6, 1, 0),
        RETURN(KILL_PROCESS), RETURN(ALLOW),
    };
    return install(code, sizeof(code) / sizeof(code[0]));
}

static int system_call_filter(void)
{
    struct sock_filter code[4 + 2 * COUNT + 1] = { LOAD(arch), IF_EQUAL(AUDIT_ARCH_X86_64, 1, 0), RETURN(KILL_PROCESS), LOAD(nr) };
    size_t length = 4;
    for (size_t nth = 0; nth < COUNT; nth++) {
        code[length++] = (struct sock_filter)IF_EQUAL(allowed[nth], 0, 1);
        code[length++] = (struct sock_filter)RETURN(ALLOW);
    }
    code[length++] = (struct sock_filter)RETURN(KILL_PROCESS);
    return install(code, length);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || memory_deny_write_execute() < 0 ||
        restrict_address_families() < 0 || system_call_filter() < 0) {
        perror("confine");
        return 1;
    }
    execv(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
