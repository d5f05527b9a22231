// What the Glibc module of Swift lacks: epoll, eventfd, signalfd, getrandom and the GNU-only calls.
// Prototypes of GNU calls are declared by hand: `#define _GNU_SOURCE` here would clash with the
// Glibc module. Wrappers return -errno, so that a result and its error are one value.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);

static inline int lx_epoll_create(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static inline int lx_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(epoll, operation, fd, &event) < 0 ? -errno : 0;
}

static inline int lx_epoll_wait(int epoll, struct epoll_event *events, int count, int timeout_ms) {
    int ready = epoll_wait(epoll, events, count, timeout_ms);
    return ready < 0 ? -errno : ready;
}

static inline int lx_eventfd(void) {
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static inline ssize_t lx_receive(int fd, void *buffer, size_t count) {
    ssize_t received = recv(fd, buffer, count, 0);
    return received < 0 ? -errno : received;
}

static inline ssize_t lx_send(int fd, const void *bytes, size_t count) {
    ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? -errno : sent;
}

// The peer's address as 16 bytes (IPv4 mapped to IPv6), so that one key serves both families.
static inline int lx_accept(int listener, uint8_t address[16], uint16_t *port) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    int fd = accept4(listener, (struct sockaddr *)&storage, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return -errno;
    for (int i = 0; i < 16; i++) address[i] = 0;
    *port = 0;
    if (storage.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&storage;
        const uint8_t *raw = (const uint8_t *)&v4->sin_addr;
        address[10] = address[11] = 0xff;
        for (int i = 0; i < 4; i++) address[12 + i] = raw[i];
        *port = ntohs(v4->sin_port);
    } else if (storage.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&storage;
        for (int i = 0; i < 16; i++) address[i] = v6->sin6_addr.s6_addr[i];
        *port = ntohs(v6->sin6_port);
    }
    return fd;
}

static inline int lx_set_option(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof value) < 0 ? -errno : 0;
}

static inline int lx_unsent_bytes(int fd) {
    int count = 0;
    return ioctl(fd, SIOCOUTQ, &count) < 0 ? -errno : count;
}

static inline int lx_discard_unsent(int fd) {
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    return setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now) < 0 ? -errno : 0;
}

static inline int64_t lx_monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t lx_realtime_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline int lx_random(void *buffer, size_t count) {
    ssize_t filled = getrandom(buffer, count, 0);
    return filled == (ssize_t)count ? 0 : -EIO;
}

static inline void lx_set_thread_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

static inline int lx_signalfd(const sigset_t *mask) {
    int fd = signalfd(-1, mask, SFD_NONBLOCK | SFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

// An eventfd that blocks and counts down by one for each read.
static inline int lx_semaphore(void) { return eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE); }

// Whether a child has ended (1) or runs (0), and its exit code, or 128 and the signal.
static inline int lx_wait_child(int pid, int *exit_code) {
    int status = 0;
    pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended == 0) return 0;
    *exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return ended < 0 ? -errno : 1;
}
