/*
 * kill-at NUMBER PROGRAM [ARGUMENT...]: kills a program with SIGKILL where it is about to make its NUMBERth system call after
 * the exec. Ends with 0 if it was killed, with 1 if it ended by itself before.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        execv(argv[2], argv + 2);
        _exit(127);
    }
    waitpid(pid, &status, 0); /* stopped by the exec */
    ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)PTRACE_O_EXITKILL);
    /* It stops before a call, and again behind it. */
    for (int stops = 2 * atoi(argv[1]) - 1; stops > 0; stops--) {
        if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) < 0 || waitpid(pid, &status, 0) < 0)
            return 2;
        if (WIFEXITED(status) || WIFSIGNALED(status))
            return 1;
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? 0 : 2;
}
