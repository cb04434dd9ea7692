/* Makes the system calls of a recorded trace, one line each, and prints how many nanoseconds they took. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct call { char op; int number; char *a, *b; size_t length; };

static char *field(char **line) { return strsep(line, "\t"); }

static void perform(const struct call *c) {
  static char buffer[8192];
  struct stat st;
  int fd;
  ssize_t got;
  DIR *dir;
  switch (c->op) {
  case 'O': if (open(c->a, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) < 0) return; break;
  case 'P': if (open(c->a, O_RDONLY | O_NONBLOCK | O_CLOEXEC) < 0) return; break;
  case 'C': close(c->number); break;
  case 'S': stat(c->a, &st); break;
  case 'R':
    fd = open(c->a, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return;
    fstat(fd, &st);
    got = read(fd, buffer, (size_t)c->number < sizeof buffer ? (size_t)c->number : sizeof buffer);
    close(fd);
    break;
  case 'D':
    dir = opendir(c->a);
    if (!dir) return;
    while (readdir(dir)) {}
    closedir(dir);
    break;
  case 'U': unlink(c->a); break;
  case 'X': rmdir(c->a); break;
  case 'M': mkdir(c->a, c->number); chmod(c->a, c->number); break;
  case 'W':
    fd = open(c->a, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, c->number);
    if (fd < 0) return;
    got = write(fd, c->b, c->length);
    (void)got;
    fchmod(fd, c->number);
    close(fd);
    break;
  case 'N': rename(c->a, c->b); break;
  case 'L': if (link(c->a, c->b) < 0) return; break;
  case 'Y': if (symlink(c->a, c->b) < 0) return; break;
  case 'K': got = readlink(c->a, buffer, sizeof buffer); (void)got; break;
  }
}

int main(int argc, char **argv) {
  struct call *calls = NULL;
  size_t count = 0, room = 0, size = 0;
  char *line = NULL, used[1024] = {0};
  struct timespec begun, ended;
  FILE *in = argc > 1 ? fopen(argv[1], "r") : NULL;
  if (!in) return 2;
  while (getline(&line, &size, in) > 0) {
    char *copy = strdup(line), *rest;
    copy[strcspn(copy, "\n")] = 0;
    rest = copy;
    if (count == room) calls = realloc(calls, (room = room * 2 + 1024) * sizeof *calls);
    struct call *c = &calls[count++];
    c->op = *field(&rest);
    c->number = atoi(field(&rest));
    c->a = field(&rest);
    c->b = rest ? field(&rest) : NULL;
    if (c->op == 'W') { c->length = strlen(c->b); c->b[c->length++] = '\n'; }
    if (c->op == 'C' && c->number < (int)sizeof used) used[c->number] = 1;
  }
  fclose(in);
  /* Descriptors must get the numbers of the trace: all lower ones are taken, as they were in the recording process. */
  while ((int)(size = (size_t)open("/dev/null", O_RDONLY)) < 100) {}
  for (int fd = 3; fd < (int)sizeof used; fd++) if (used[fd] || fd > 90) close(fd);
  clock_gettime(CLOCK_MONOTONIC, &begun);
  for (size_t i = 0; i < count; i++) perform(&calls[i]);
  clock_gettime(CLOCK_MONOTONIC, &ended);
  printf("%lld\n", (ended.tv_sec - begun.tv_sec) * 1000000000LL + ended.tv_nsec - begun.tv_nsec);
  return 0;
}
