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
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

static inline ssize_t lx_peek(int fd, void *buffer, size_t count) {
    ssize_t received = recv(fd, buffer, count, MSG_PEEK);
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

static inline int lx_duplicate(int fd) {
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? -errno : copy;
}

// Lets the process have as many descriptors as it may, and makes room in its table for up to
// `room` of them.
static inline void lx_prepare_descriptors(int room) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return;
    if (limit.rlim_cur < (rlim_t)room) room = (int)limit.rlim_cur;
    int last = fcntl(0, F_DUPFD_CLOEXEC, room - 1);
    if (last >= 0) close(last);
}

static inline int lx_set_option(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof value) < 0 ? -errno : 0;
}

static inline int lx_unsent_bytes(int fd) {
    int count = 0;
    return ioctl(fd, SIOCOUTQ, &count) < 0 ? -errno : count;
}

// From now on the kernel notes when what comes on a socket has come.
static inline int lx_stamp_arrivals(int fd) {
    int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0 ? -errno : 0;
}

// When the first bytes came that were not read yet, in nanoseconds of the real time.
static inline int64_t lx_arrival_ns(int fd) {
    char byte, control[128];
    struct iovec bytes = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t received = recvmsg(fd, &message, MSG_PEEK | MSG_DONTWAIT);
    if (received < 0) return -errno;
    struct cmsghdr *first = received == 0 ? NULL : CMSG_FIRSTHDR(&message);
    if (first == NULL || first->cmsg_type != SO_TIMESTAMPNS) return -ENODATA;
    struct timespec at;
    memcpy(&at, CMSG_DATA(first), sizeof at);
    return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
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

// The calling thread runs only when nobody else wants its processor (SCHED_IDLE, which is 5).
static inline int lx_run_when_idle(void) {
    struct sched_param none = {0};
    return sched_setscheduler(0, 5, &none) < 0 ? -errno : 0;
}

static inline void lx_set_thread_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

static inline int lx_signalfd(const sigset_t *mask) {
    int fd = signalfd(-1, mask, SFD_NONBLOCK | SFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

// Takes one signal off a signalfd: its number, 0 when none waits.
static inline int lx_take_signal(int fd) {
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

static inline void lx_eventfd_add(int fd) {
    uint64_t one = 1;
    (void)!write(fd, &one, sizeof one);
}

static inline int lx_unix_address(const char *path, struct sockaddr_un *address) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address->sun_path) return -ENAMETOOLONG;
    strcpy(address->sun_path, path);
    return 0;
}

// Listens at a path that only this user may connect to, in place of what was there.
static inline int lx_unix_listen(const char *path) {
    struct sockaddr_un address;
    int result = lx_unix_address(path, &address);
    if (result < 0) return result;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    unlink(path);
    mode_t mask = umask(0177);
    result = bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 4) < 0 ? -errno : fd;
    umask(mask);
    if (result < 0) close(fd);
    return result;
}

static inline int lx_unix_accept(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

// Connects, and gives up on a peer that says nothing for ten seconds.
static inline int lx_unix_connect(const char *path) {
    struct sockaddr_un address;
    int result = lx_unix_address(path, &address);
    if (result < 0) return result;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    struct timeval patience = {.tv_sec = 10};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
    result = -errno;
    close(fd);
    return result;
}

// The user of the process at the other end; -1 when it can't be told. `struct ucred` is GNU's.
static inline int64_t lx_peer_uid(int fd) {
    struct { pid_t pid; uid_t uid; gid_t gid; } peer;
    socklen_t length = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 ? -1 : (int64_t)peer.uid;
}

// Sends descriptors and a number below 256, which is 0 where a sender doesn't know of it.
static inline int lx_send_descriptors(int fd, const int *descriptors, int count, int note) {
    unsigned char bytes[2] = {1, (unsigned char)note};
    char control[CMSG_SPACE(253 * sizeof(int))];
    struct iovec part = {.iov_base = bytes, .iov_len = sizeof bytes};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control};
    if (count < 1 || count > 253) return -EINVAL;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
    return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static inline int lx_receive_descriptors(int fd, int *descriptors, int max, int *note) {
    unsigned char bytes[2] = {0, 0};
    char control[CMSG_SPACE(253 * sizeof(int))];
    struct iovec part = {.iov_base = bytes, .iov_len = sizeof bytes};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t received = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    if (received < 0) return -errno;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (received == 0 || !header || header->cmsg_type != SCM_RIGHTS) return -ECONNRESET;
    int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    if (count > max) return -EINVAL;
    memcpy(descriptors, CMSG_DATA(header), count * sizeof(int));
    *note = received > 1 ? bytes[1] : 0;
    return count;
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
