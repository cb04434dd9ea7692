/*
 * whole-process ROUNDS DIRECTORY PROGRAM_A... "--" PROGRAM_B...: runs two commands in turns, each on an entry DIRECTORY that is
 * made anew before and must be gone after. Prints a line a round: wall and CPU microseconds and peak KiB of A, and of B.
 * CPU and memory are those of all its processes, as wait4(2) tells.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const char *const files[][2] = { { "incarnation", "1\n" }, { "owner", "stas\n" }, { "seqnum", "101\n" } };

static void make_entry(const char *directory)
{
    char path[4096];
    if (mkdir(directory, 0755) < 0)
        exit(3);
    for (size_t nth = 0; nth < sizeof(files) / sizeof(files[0]); nth++) {
        snprintf(path, sizeof(path), "%s/%s", directory, files[nth][0]);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
        if (fd < 0 || write(fd, files[nth][1], strlen(files[nth][1])) < 0)
            exit(3);
        close(fd);
    }
}

static long microseconds(struct timeval time) { return time.tv_sec * 1000000L + time.tv_usec; }

static void measure(char **command, const char *directory)
{
    struct timespec begin, end;
    struct rusage usage;
    pid_t pid;
    int status;
    make_entry(directory);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    if (posix_spawn(&pid, command[0], NULL, NULL, command, environ) != 0 || wait4(pid, &status, 0, &usage) < 0)
        exit(3);
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (status != 0 || access(directory, F_OK) == 0) {
        fprintf(stderr, "%s: status %d, or the entry is still there\n", command[0], status);
        exit(1);
    }
    long wall = (end.tv_sec - begin.tv_sec) * 1000000L + (end.tv_nsec - begin.tv_nsec) / 1000;
    printf("%ld %ld %ld ", wall, microseconds(usage.ru_utime) + microseconds(usage.ru_stime), usage.ru_maxrss);
}

int main(int argc, char **argv)
{
    char **second = argv + 3;
    while (second < argv + argc && strcmp(*second, "--") != 0)
        second++;
    if (second >= argv + argc - 1)
        return 2;
    *second++ = NULL;
    for (int round = atoi(argv[1]); round > 0; round--) {
        measure(argv + 3, argv[2]);
        measure(second, argv[2]);
        puts("");
    }
    return 0;
}
