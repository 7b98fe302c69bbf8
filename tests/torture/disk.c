/* A disk that can be watched and made to fail: preloaded, it stands between SQLite and libc.

   DISK_FILES  what follows is for files whose path begins so; none if unset
   DISK_LOG    each write, truncation, sync and removal is appended there (see disk.py)
   DISK_FAIL   "read:N", "write:N" or "sync:N": from the Nth such call on, EIO
*/

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long calls[128];
static int log_descriptor = -2;

static int is_watched(const char *path) {
    const char *files = getenv("DISK_FILES");
    return files != NULL && strncmp(path, files, strlen(files)) == 0;
}

static int find_path(int descriptor, char *path) {
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = 0;
    return length > 0 && is_watched(path);
}

static int is_due(char kind) {
    const char *fail = getenv("DISK_FAIL");
    if (fail == NULL || fail[0] != kind)
        return 0;
    if (++calls[(int)kind] < atol(strchr(fail, ':') + 1))
        return 0;
    errno = EIO;
    return 1;
}

/* One record: kind, length of the path, offset, length of the data; path; data. */
static void note(char kind, const char *path, int64_t offset, const void *data, uint64_t length) {
    if (log_descriptor == -2) {
        const char *name = getenv("DISK_LOG");
        log_descriptor = name == NULL ? -1 : open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    if (log_descriptor < 0)
        return;
    char head[24] = {kind};
    uint32_t path_length = strlen(path);
    memcpy(head + 4, &path_length, 4);
    memcpy(head + 8, &offset, 8);
    memcpy(head + 16, &length, 8);
    struct iovec parts[3] = {{head, 24}, {(void *)path, path_length}, {(void *)data, data ? length : 0}};
    if (writev(log_descriptor, parts, 3) < 0)
        abort();
}

ssize_t pread64(int descriptor, void *data, size_t length, off64_t offset) {
    char path[PATH_MAX];
    if (find_path(descriptor, path) && is_due('r'))
        return -1;
    return REAL(pread64)(descriptor, data, length, offset);
}

ssize_t read(int descriptor, void *data, size_t length) {
    char path[PATH_MAX];
    if (find_path(descriptor, path) && is_due('r'))
        return -1;
    return REAL(read)(descriptor, data, length);
}

ssize_t pread(int descriptor, void *data, size_t length, off_t offset) {
    return pread64(descriptor, data, length, offset);
}

ssize_t pwrite64(int descriptor, const void *data, size_t length, off64_t offset) {
    char path[PATH_MAX];
    int watched = find_path(descriptor, path);
    if (watched && is_due('w'))
        return -1;
    ssize_t written = REAL(pwrite64)(descriptor, data, length, offset);
    if (watched && written > 0)
        note('w', path, offset, data, written);
    return written;
}

ssize_t pwrite(int descriptor, const void *data, size_t length, off_t offset) {
    return pwrite64(descriptor, data, length, offset);
}

ssize_t write(int descriptor, const void *data, size_t length) {
    char path[PATH_MAX];
    int watched = find_path(descriptor, path);
    if (watched && is_due('w'))
        return -1;
    ssize_t written = REAL(write)(descriptor, data, length);
    if (watched && written > 0)
        note('w', path, lseek(descriptor, 0, SEEK_CUR) - written, data, written);
    return written;
}

static int sync_with(int (*real)(int), int descriptor) {
    char path[PATH_MAX];
    int watched = find_path(descriptor, path);
    if (watched && is_due('s'))
        return -1;
    int result = real(descriptor);
    if (watched && result == 0)
        note('s', path, 0, NULL, 0);
    return result;
}

int fsync(int descriptor) { return sync_with(REAL(fsync), descriptor); }

int fdatasync(int descriptor) { return sync_with(REAL(fdatasync), descriptor); }

int ftruncate64(int descriptor, off64_t length) {
    char path[PATH_MAX];
    int watched = find_path(descriptor, path);
    if (watched && is_due('w'))
        return -1;
    int result = REAL(ftruncate64)(descriptor, length);
    if (watched && result == 0)
        note('t', path, length, NULL, 0);
    return result;
}

int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }

int unlink(const char *path) {
    int result = REAL(unlink)(path);
    if (result == 0 && is_watched(path))
        note('u', path, 0, NULL, 0);
    return result;
}
