/* A disk that is slow, failing or full on command: preloaded into a process by tests/chaos/disk.py.
 *
 * The file named by CHAOS_DISK holds three numbers: microseconds that a sync takes longer, the error number
 * that it fails with, and the error number that writing fails with. No file: a good disk.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

static void told(long *delay_us, int *sync_error, int *write_error) {
    *delay_us = 0;
    *sync_error = *write_error = 0;
    const char *path = getenv("CHAOS_DISK");
    char text[64];
    int kept = errno, file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        ssize_t size = read(file, text, sizeof text - 1);
        text[size > 0 ? size : 0] = 0;
        sscanf(text, "%ld %d %d", delay_us, sync_error, write_error);
        close(file);
    }
    errno = kept;
}

#define SYNC(name)                                                       \
    int name(int fd) {                                                   \
        static int (*real)(int);                                         \
        if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, #name);         \
        long delay_us; int sync_error, write_error;                      \
        told(&delay_us, &sync_error, &write_error);                      \
        if (delay_us) usleep((useconds_t)delay_us);                      \
        if (sync_error) { errno = sync_error; return -1; }               \
        return real(fd);                                                 \
    }

#define WRITE(name, type, size)                                          \
    ssize_t name(int fd, type what, size count, off_t at) {              \
        static ssize_t (*real)(int, type, size, off_t);                  \
        if (!real) real = (ssize_t (*)(int, type, size, off_t))dlsym(RTLD_NEXT, #name); \
        long delay_us; int sync_error, write_error;                      \
        told(&delay_us, &sync_error, &write_error);                      \
        if (write_error) { errno = write_error; return -1; }             \
        return real(fd, what, count, at);                                \
    }

SYNC(fsync)
SYNC(fdatasync)
WRITE(pwrite, const void *, size_t)
WRITE(pwrite64, const void *, size_t)
WRITE(pwritev, const struct iovec *, int)
WRITE(pwritev64, const struct iovec *, int)
