/* violate WHAT: does one thing that confine.c forbids, and ends with 0 if it is still there. The calls ask for nothing. */
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (strcmp(what, "nothing") == 0)
        return 0;
    if (strcmp(what, "write-execute") == 0)
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    else if (strcmp(what, "make-executable") == 0)
        mprotect(page, 4096, PROT_READ | PROT_EXEC);
    else if (strcmp(what, "make-executable-by-key") == 0)
        syscall(SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_EXEC, -1);
    else if (strcmp(what, "attach-executable") == 0)
        shmat(-1, NULL, SHM_EXEC);
    else if (strcmp(what, "set-the-clock") == 0)
        syscall(SYS_clock_settime, -1, NULL);
    else if (strcmp(what, "mount") == 0)
        syscall(SYS_mount, NULL, NULL, NULL, 0, NULL);
    else if (strcmp(what, "raw-packets") == 0)
        socket(AF_PACKET, SOCK_RAW, 0);
    else if (strcmp(what, "other-architecture") == 0) /* getpid of i386 */
        __asm__ volatile("int $0x80" : : "a"(20) : "memory");
    else
        return 2;
    return 0;
}
