/*
 * journald SOCKET KEEP PROGRAM [ARGUMENT...]: runs a program beside a socket that takes datagrams as journald's does, then
 * prints them, each behind a line "--". With KEEP "full" the socket has no room for any.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A sender may have so much on its way, and a receiver so much waiting: full is when a fresh sender is refused. */
static void fill(const struct sockaddr_un *address)
{
    int sent;
    do {
        int filler = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sent = 0;
        while (sendto(filler, "x", 1, MSG_DONTWAIT, (const struct sockaddr *)address, sizeof(*address)) == 1)
            sent++;
    } while (sent > 0);
}

int main(int argc, char **argv)
{
    static char record[65536];
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
    if (full)
        fill(&address);
    pid_t child = fork();
    if (child == 0) {
        execv(argv[3], argv + 3);
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ssize_t length;
    while (!full && (length = recv(fd, record, sizeof(record), MSG_DONTWAIT)) > 0)
        printf("--\n%.*s", (int)length, record);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
