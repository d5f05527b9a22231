// The machine's floor: what the kernel alone costs for the hub's work. One thread, epoll; for each
// published event one send(2) a subscriber, or one for every --batch events. It parses as little as
// it can, stores nothing and checks nothing, so no honest server is much faster.
//
//   GET /events          a Server-Sent Events stream
//   GET /ws              a WebSocket stream; it answers the sample key of RFC 6455 alone
//   POST /event/unified  fans the body out inside an event of --frame-bytes bytes
//   POST /crm/leads      201, nothing stored: the floor of the load tester itself
//   GET anything else    200 with a short body
//
// Build: cc -O2 -Wall -Wextra -o floor floor.c    Run: floor --port 8105 [--batch 16] [--wait-us 2000]

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 131072, EVENTS_MAX = 1024, REPLY_BYTES_MAX = 1 << 16 };

enum kind { KIND_HTTP, KIND_SSE, KIND_WS };

struct connection {
    enum kind kind;
    int place;      // in the list of its kind
    char *kept;     // an unfinished request
    size_t kept_bytes;
};

struct list {
    int *descriptors;
    int count;
};

struct batch {
    char *bytes;
    size_t count, capacity;
};

static struct connection *connections;
static struct list sse, ws;
static struct batch sse_batch, ws_batch;
static int batch_max = 1, batched, frame_bytes = 0;
static long wait_us = 2000;
static uint64_t position;
static volatile sig_atomic_t stopping;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int64_t microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// Sends all, waiting for a slow reader; false when the peer is gone or asleep for five seconds.
static int send_all(int fd, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = send(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            struct pollfd waiting = {.fd = fd, .events = POLLOUT};
            if (errno != EAGAIN || poll(&waiting, 1, 5000) != 1) return 0;
            continue;
        }
        bytes += sent;
        count -= (size_t)sent;
    }
    return 1;
}

static struct list *list_of(enum kind kind) {
    return kind == KIND_SSE ? &sse : kind == KIND_WS ? &ws : NULL;
}

static void subscribe(int fd, enum kind kind) {
    struct list *list = list_of(kind);
    connections[fd].kind = kind;
    connections[fd].place = list->count;
    list->descriptors[list->count++] = fd;
}

static void drop(int fd) {
    struct connection *connection = &connections[fd];
    struct list *list = list_of(connection->kind);
    if (list) {
        int last = list->descriptors[--list->count];
        list->descriptors[connection->place] = last;
        connections[last].place = connection->place;
    }
    free(connection->kept);
    *connection = (struct connection){0};
    close(fd);
}

static void reserve(struct batch *batch, size_t more) {
    if (batch->count + more <= batch->capacity) return;
    batch->capacity = (batch->count + more) * 2;
    batch->bytes = realloc(batch->bytes, batch->capacity);
    if (!batch->bytes) fail("realloc");
}

static void send_list(struct list *list, struct batch *batch) {
    for (int i = list->count - 1; i >= 0; i--)
        if (!send_all(list->descriptors[i], batch->bytes, batch->count)) drop(list->descriptors[i]);
    batch->count = 0;
}

static void flush_batch(void) {
    if (batched == 0) return;
    batched = 0;
    send_list(&sse, &sse_batch);
    send_list(&ws, &ws_batch);
}

// Appends the event's JSON, with so much padding that `total` bytes come of it and `around`.
static void append_event(struct batch *batch, const char *body, size_t body_bytes, int pad) {
    reserve(batch, body_bytes + (size_t)pad + 512);
    batch->count += (size_t)sprintf(
        batch->bytes + batch->count,
        "{\"specversion\":\"1.0\",\"id\":\"%016llx\",\"type\":\"in.bhiv.loadtest_event\","
        "\"position\":\"%llu\",\"pad\":\"",
        (unsigned long long)position, (unsigned long long)position);
    memset(batch->bytes + batch->count, 'x', (size_t)pad);
    batch->count += (size_t)pad;
    batch->count += (size_t)sprintf(batch->bytes + batch->count, "\",\"data\":");
    memcpy(batch->bytes + batch->count, body, body_bytes);
    batch->count += body_bytes;
    batch->bytes[batch->count++] = '}';
}

static size_t sse_frame(const char *body, size_t body_bytes, int pad) {
    size_t before = sse_batch.count;
    reserve(&sse_batch, 128);
    sse_batch.count += (size_t)sprintf(
        sse_batch.bytes + sse_batch.count, "event: loadtest_event\nid: 00000000-%llu\ndata: ",
        (unsigned long long)position);
    append_event(&sse_batch, body, body_bytes, pad);
    memcpy(sse_batch.bytes + sse_batch.count, "\n\n", 2);
    sse_batch.count += 2;
    return sse_batch.count - before;
}

static size_t ws_frame(const char *body, size_t body_bytes, int pad) {
    static struct batch payload;
    size_t before = ws_batch.count;
    payload.count = 0;
    reserve(&payload, 128);
    payload.count += (size_t)sprintf(
        payload.bytes, "{\"op\":\"event\",\"id\":\"00000000-%llu\",\"event\":",
        (unsigned long long)position);
    append_event(&payload, body, body_bytes, pad);
    payload.bytes[payload.count++] = '}';
    reserve(&ws_batch, payload.count + 10);
    unsigned char *head = (unsigned char *)ws_batch.bytes + ws_batch.count;
    size_t head_bytes = 0;
    head[head_bytes++] = 0x81;
    if (payload.count < 126) {
        head[head_bytes++] = (unsigned char)payload.count;
    } else if (payload.count < 65536) {
        head[head_bytes++] = 126;
        head[head_bytes++] = (unsigned char)(payload.count >> 8);
        head[head_bytes++] = (unsigned char)payload.count;
    } else {
        head[head_bytes++] = 127;
        for (int shift = 56; shift >= 0; shift -= 8)
            head[head_bytes++] = (unsigned char)((uint64_t)payload.count >> shift);
    }
    ws_batch.count += head_bytes;
    memcpy(ws_batch.bytes + ws_batch.count, payload.bytes, payload.count);
    ws_batch.count += payload.count;
    return ws_batch.count - before;
}

// Frames an event for both transports; what is shorter than --frame-bytes is padded to it.
static void publish(const char *body, size_t body_bytes) {
    position++;
    size_t before = sse_batch.count, bytes = sse_frame(body, body_bytes, 0);
    if ((size_t)frame_bytes > bytes) {
        sse_batch.count = before;
        sse_frame(body, body_bytes, (int)((size_t)frame_bytes - bytes));
    }
    before = ws_batch.count;
    bytes = ws_frame(body, body_bytes, 0);
    if ((size_t)frame_bytes > bytes) {
        ws_batch.count = before;
        ws_frame(body, body_bytes, (int)((size_t)frame_bytes - bytes));
    }
    if (++batched >= batch_max) flush_batch();
}

static const char SSE_HEAD[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n";
static const char WS_HEAD[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
static const char ACCEPTED[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
static const char CREATED[] = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";
static const char OK[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
    "{\"status\":\"ok\"}";

// Answers the request at `start`; its bytes, or 0 while it is not whole.
static size_t answer(int fd, const char *start, size_t count, char *replies, size_t *reply_bytes) {
    const char *end = memmem(start, count, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t head_bytes = (size_t)(end - start) + 4, body_bytes = 0;
    const char *reply = OK;
    if (memcmp(start, "POST ", 5) == 0) {
        const char *length = memmem(start, head_bytes, "Content-Length: ", 16);
        body_bytes = length ? strtoul(length + 16, NULL, 10) : 0;
        if (count - head_bytes < body_bytes) return 0;
        int publishes = memcmp(start + 5, "/event/unified ", 15) == 0;
        if (publishes) publish(start + head_bytes, body_bytes);
        reply = publishes ? ACCEPTED : CREATED;
    } else if (memcmp(start, "GET /events", 11) == 0) {
        reply = SSE_HEAD;
        subscribe(fd, KIND_SSE);
    } else if (memcmp(start, "GET /ws", 7) == 0) {
        reply = WS_HEAD;
        subscribe(fd, KIND_WS);
    }
    memcpy(replies + *reply_bytes, reply, strlen(reply));
    *reply_bytes += strlen(reply);
    return head_bytes + body_bytes;
}

// Reads once and answers all whole requests.
static void serve(int fd) {
    static char bytes[1 << 21], replies[REPLY_BYTES_MAX + 512];
    struct connection *connection = &connections[fd];
    size_t kept = connection->kept_bytes;
    memcpy(bytes, connection->kept, kept);
    connection->kept_bytes = 0;
    ssize_t received = recv(fd, bytes + kept, sizeof bytes - kept, 0);
    if (received < 0 && errno == EAGAIN) return;
    if (received <= 0) {
        drop(fd);
        return;
    }
    // A subscriber's own frames (pong, close) mean nothing here.
    if (connection->kind != KIND_HTTP) return;
    size_t count = kept + (size_t)received, start = 0, reply_bytes = 0;
    while (start < count) {
        size_t used = answer(fd, bytes + start, count - start, replies, &reply_bytes);
        if (used == 0) break;
        start += used;
        if (reply_bytes > REPLY_BYTES_MAX) {
            if (!send_all(fd, replies, reply_bytes)) return drop(fd);
            reply_bytes = 0;
        }
    }
    if (!send_all(fd, replies, reply_bytes)) return drop(fd);
    if (start == count) return;
    connection->kept = realloc(connection->kept, count - start);
    if (!connection->kept) fail("realloc");
    memcpy(connection->kept, bytes + start, count - start);
    connection->kept_bytes = count - start;
}

static void accept_all(int listener, int epoll) {
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (fd >= DESCRIPTORS_MAX) {
            close(fd);
            continue;
        }
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
    }
}

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0) fail("socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
    if (listen(fd, 4096) != 0) fail("listen");
    return fd;
}

static void stop(int number) {
    (void)number;
    stopping = 1;
}

int main(int argc, char **argv) {
    int port = 8105;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--port") == 0) port = atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--batch") == 0) batch_max = atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--frame-bytes") == 0) frame_bytes = atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--wait-us") == 0) wait_us = atol(argv[i + 1]);
        else { fprintf(stderr, "floor: unknown option %s\n", argv[i]); return 64; }
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    connections = calloc(DESCRIPTORS_MAX, sizeof *connections);
    sse.descriptors = calloc(DESCRIPTORS_MAX, sizeof(int));
    ws.descriptors = calloc(DESCRIPTORS_MAX, sizeof(int));
    int listener = listen_on(port), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS_MAX];
    if (!connections || !sse.descriptors || !ws.descriptors || epoll < 0) fail("start");
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) fail("epoll_ctl");
    int64_t first = 0;
    while (!stopping) {
        int was_empty = batched == 0;
        int count = epoll_wait(epoll, events, EVENTS_MAX, was_empty ? 200 : 1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener) accept_all(listener, epoll);
            else serve(events[i].data.fd);
        }
        // A batch that does not fill is sent after --wait-us.
        if (was_empty && batched > 0) first = microseconds();
        if (batched > 0 && microseconds() - first >= wait_us) flush_batch();
    }
    return 0;
}
