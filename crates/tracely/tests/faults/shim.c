/*
 * Makes calls of one process fail, for tests. Loaded with LD_PRELOAD.
 *
 * The file that TRACELY_SHIM names says what to do, and is read at each call, so a test can change it at any time. Each
 * line is `WORD NUMBER`:
 *
 *   write N        writing to files below TRACELY_SHIM_DIR, and making them longer, fails with errno N
 *   fsync N        syncing files below TRACELY_SHIM_DIR fails with errno N
 *   fsync_ms N     syncing files below TRACELY_SHIM_DIR takes N milliseconds longer
 *   clock N        the clock of the machine is N seconds ahead (behind, when N is negative)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static long setting(const char *word) {
    const char *path = getenv("TRACELY_SHIM");
    if (!path) return 0;
    int saved = errno;
    long found = 0;
    char text[256];
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        long length = syscall(SYS_read, fd, text, sizeof text - 1);
        syscall(SYS_close, fd);
        if (length > 0) {
            text[length] = 0;
            size_t word_length = strlen(word);
            for (char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
                if (!strncmp(line, word, word_length) && line[word_length] == ' ') found = atol(line + word_length + 1);
        }
    }
    errno = saved;
    return found;
}

static int concerns(int fd) {
    const char *directory = getenv("TRACELY_SHIM_DIR");
    if (!directory) return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int saved = errno;
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (length < 0) return 0;
    path[length] = 0;
    return !strncmp(path, directory, strlen(directory));
}

static int fails(int fd, const char *word) {
    long number = setting(word);
    if (number == 0 || !concerns(fd)) return 0;
    errno = (int)number;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t count) {
    return fails(fd, "write") ? -1 : REAL(write)(fd, bytes, count);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    return fails(fd, "write") ? -1 : REAL(writev)(fd, parts, count);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    return fails(fd, "write") ? -1 : REAL(pwrite)(fd, bytes, count, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    return fails(fd, "write") ? -1 : REAL(pwrite64)(fd, bytes, count, offset);
}
int ftruncate(int fd, off_t length) { return fails(fd, "write") ? -1 : REAL(ftruncate)(fd, length); }
int ftruncate64(int fd, off64_t length) { return fails(fd, "write") ? -1 : REAL(ftruncate64)(fd, length); }
int fallocate(int fd, int mode, off_t offset, off_t length) {
    return fails(fd, "write") ? -1 : REAL(fallocate)(fd, mode, offset, length);
}

static int sync_with(int fd, int (*real)(int)) {
    if (fails(fd, "fsync")) return -1;
    long millis = concerns(fd) ? setting("fsync_ms") : 0;
    if (millis > 0) {
        struct timespec pause = {millis / 1000, (millis % 1000) * 1000000};
        nanosleep(&pause, NULL);
    }
    return real(fd);
}
int fsync(int fd) { return sync_with(fd, REAL(fsync)); }
int fdatasync(int fd) { return sync_with(fd, REAL(fdatasync)); }

int clock_gettime(clockid_t clock, struct timespec *instant) {
    int failed = (int)syscall(SYS_clock_gettime, clock, instant);
    if (!failed && clock == CLOCK_REALTIME) instant->tv_sec += setting("clock");
    return failed;
}
