/*
 * journald SOCKET KEEP PROGRAM [ARGUMENT...]: runs a program beside a socket that takes datagrams as journald's does, and
 * prints them, each behind a line "--". With KEEP "takes" they are read as they come, so that it does not matter how many the
 * kernel lets wait (net.unix.max_dgram_qlen); with "full" the socket has no room for any; with "slow" it has none either,
 * until the program is waiting for some, and then for one.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILLER "x"

/* A sender may have so much on its way, and a receiver so much waiting: full is when a fresh sender is refused. */
static void fill(const struct sockaddr_un *address)
{
    int sent;
    do {
        int filler = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sent = 0;
        while (sendto(filler, FILLER, 1, MSG_DONTWAIT, (const struct sockaddr *)address, sizeof(*address)) == 1)
            sent++;
    } while (sent > 0);
}

/* Takes one datagram, and prints it if it is the program's. */
static int take(int fd)
{
    static char record[1 << 20];
    ssize_t length = recv(fd, record, sizeof(record), MSG_DONTWAIT);
    if (length > 0 && !(length == 1 && *record == *FILLER))
        printf("--\n%.*s", (int)length, record);
    return length > 0;
}

/* A process that is asleep in a system call shows its number. */
static int is_sending(pid_t pid)
{
    char path[64], text[64];
    snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    close(fd);
    if (length < 0)
        return 0;
    text[length] = '\0';
    char *end;
    long call = strtol(text, &end, 10);
    return end > text && call == SYS_sendto;
}

/* Returns when there is a datagram, or when the program has ended. */
static void wait_for_either(int fd, int program)
{
    struct pollfd both[] = { { .fd = fd, .events = POLLIN }, { .fd = program, .events = POLLIN } };
    poll(both, 2, -1);
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (argc < 4 || strlen(argv[1]) >= sizeof(address.sun_path))
        return 2;
    strcpy(address.sun_path, argv[1]);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        perror(argv[1]);
        return 1;
    }
    int full = strcmp(argv[2], "full") == 0;
    int slow = strcmp(argv[2], "slow") == 0;
    if (full || slow)
        fill(&address);
    pid_t child = fork();
    if (child == 0) {
        execv(argv[3], argv + 3);
        _exit(127);
    }
    int program = (int)syscall(SYS_pidfd_open, child, 0);
    if (program < 0) {
        perror("pidfd_open");
        return 1;
    }
    int status = 0;
    while (!full && waitpid(child, &status, WNOHANG) == 0) {
        if (!slow)
            wait_for_either(fd, program);
        if (!slow || is_sending(child))
            take(fd);
        else
            sched_yield();
    }
    if (full)
        waitpid(child, &status, 0);
    while (!full && take(fd))
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
