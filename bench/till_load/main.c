/* The loop: connect, write, read, and send what is due. Every till has its turn once per round, so each reports at the same pace. */
#include "load.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 1024, ROOM = 65536, SOURCES = 8, CONTROL = 0xFFFFFFFF, LONGEST_PAUSE_MS = 8000 };

const transport *way;
counts told;
double rate, loss;
int batch = 1, jitter_ms, connects_a_second, urgent_every, clock_off_ms;
int64_t now_ms;
char host_port[32];
static int watch, source_base;
static struct sockaddr_in door;
static uint32_t *turns; /* the order in which tills report: shuffled, so that neighbours in the database do not speak together */

static int64_t clock_ms(void) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

uint32_t luck(void) {
    static uint64_t x = 88172645463325252ULL;
    x ^= x << 13; x ^= x >> 7; x ^= x << 17;
    return (uint32_t)(x >> 16);
}

static void watch_for(till *one, uint32_t events, int how) {
    struct epoll_event event = {.events = events, .data.u32 = (uint32_t)(one - tills)};
    epoll_ctl(watch, how, one->fd, &event);
}

void hang_up(till *one, bool by_us) {
    if (one->fd < 0) return;
    close(one->fd);
    if (one->state == OPEN) told.broken += !by_us; else told.failures += !by_us;
    one->fd = -1;
    one->state = CLOSED;
    one->is_waiting_answer = 0;
    free(one->in); free(one->out);
    one->in = one->out = NULL;
    one->in_len = one->out_len = 0;
    one->again_ms = now_ms + (by_us ? 0 : one->pause_ms / 2 + luck() % one->pause_ms);
    if (!by_us && one->pause_ms < LONGEST_PAUSE_MS) one->pause_ms *= 2;
    for (int k = 0; k < one->count; k++) one->kept[(one->first + k) % KEPT].is_sent = 0;
}

static void dial(till *one) {
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(0x7F000000u + (uint32_t)source_base + one->place % SOURCES);
    one->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (one->fd < 0) { told.failures++; one->again_ms = now_ms + 1000; return; }
    int yes = 1;
    setsockopt(one->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes); /* a port is taken for the pair of addresses, not for ours alone */
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    one->state = CONNECTING;
    if (bind(one->fd, (struct sockaddr *)&from, sizeof from) ||
        (connect(one->fd, (struct sockaddr *)&door, sizeof door) && errno != EINPROGRESS)) {
        hang_up(one, false);
        return;
    }
    watch_for(one, EPOLLIN | EPOLLOUT, EPOLL_CTL_ADD);
}

void say(till *one, const void *bytes, size_t length) {
    ssize_t done = 0;
    if (!one->out_len) done = send(one->fd, bytes, length, MSG_NOSIGNAL);
    if (done < 0 && errno != EAGAIN) return; /* epoll will tell that it broke */
    if (done < 0) done = 0;
    told.bytes_out += length;
    if ((size_t)done == length) return;
    one->out = realloc(one->out, one->out_len + length - (size_t)done);
    memcpy(one->out + one->out_len, (const char *)bytes + done, length - (size_t)done);
    one->out_len += (uint32_t)(length - (size_t)done);
    watch_for(one, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
}

static void can_write(till *one) {
    if (one->state == CONNECTING) {
        int broken = 0;
        socklen_t size = sizeof broken;
        getsockopt(one->fd, SOL_SOCKET, SO_ERROR, &broken, &size);
        if (broken) { hang_up(one, false); return; }
        one->state = GREETING;
        watch_for(one, EPOLLIN, EPOLL_CTL_MOD);
        way->greet(one);
        return;
    }
    ssize_t done = one->out_len ? send(one->fd, one->out, one->out_len, MSG_NOSIGNAL) : 0;
    if (done < 0) return;
    one->out_len -= (uint32_t)done;
    memmove(one->out, one->out + done, one->out_len);
    if (!one->out_len) { free(one->out); one->out = NULL; watch_for(one, EPOLLIN, EPOLL_CTL_MOD); }
}

static void can_read(till *one) {
    static char room[2 * ROOM];
    memcpy(room, one->in, one->in_len);
    ssize_t got = recv(one->fd, room + one->in_len, ROOM, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) { hang_up(one, false); return; }
    size_t length = one->in_len + (size_t)got;
    ptrdiff_t used = way->heard(one, room, length);
    if (one->fd < 0) return;
    if (used < 0 || length - (size_t)used > ROOM) { hang_up(one, false); return; }
    size_t rest = length - (size_t)used;
    if (rest || one->in) {
        one->in = realloc(one->in, rest ? rest : 1);
        memcpy(one->in, room + used, rest);
        if (!rest) { free(one->in); one->in = NULL; }
    }
    one->in_len = (uint32_t)rest;
}

static void connect_some(double passed_s) {
    static double may;
    static uint32_t at;
    may += connects_a_second * passed_s;
    if (may > connects_a_second / 10.0) may = connects_a_second / 10.0;
    for (uint32_t looked = 0; looked < till_count && may >= 1; looked++, at = (at + 1) % till_count)
        if (tills[at].state == CLOSED && tills[at].again_ms <= now_ms) { dial(&tills[at]); may--; }
}

static void report_some(double passed_s) {
    static double due;
    static uint32_t turn;
    due += rate / batch * passed_s;
    if (due > rate / batch) due = rate / batch; /* behind by more than a second: that load cannot be offered, and is not pretended */
    for (; due >= 1; due--, turn = (turn + 1) % till_count) {
        till *one = &tills[turns[turn]];
        if (one->is_silent) continue;
        for (int k = 0; k < batch; k++) make_report(one);
        if (!jitter_ms) send_waiting(one);
    }
}

static void wake_the_quiet(void) {
    static uint32_t at;
    for (uint32_t k = 0; k < till_count / 50 + 1; k++, at = (at + 1) % till_count)
        if (tills[at].count && tills[at].state == OPEN) send_waiting(&tills[at]);
}

static void shuffle(void) {
    turns = malloc(till_count * sizeof *turns);
    for (uint32_t k = 0; k < till_count; k++) turns[k] = k;
    for (uint32_t k = till_count - 1; k; k--) {
        uint32_t other = luck() % (k + 1), kept = turns[k];
        turns[k] = turns[other];
        turns[other] = kept;
    }
}

static void obey_stdin(void) {
    static char room[4096];
    static size_t length;
    ssize_t got = read(0, room + length, sizeof room - 1 - length);
    if (got <= 0) exit(0); /* whoever drives us is gone */
    length += (size_t)got;
    room[length] = 0;
    char *line = room, *end;
    while ((end = strchr(line, '\n'))) { *end = 0; obey(line); line = end + 1; }
    length -= (size_t)(line - room);
    memmove(room, line, length);
}

int main(int argc, char **argv) {
    if (argc != 7) { fprintf(stderr, "till_load websocket|http|mqtt PORT FILE FIRST COUNT SOURCE\n"); return 2; }
    way = !strcmp(argv[1], "http") ? &http : !strcmp(argv[1], "mqtt") ? &mqtt : &websocket;
    door = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    snprintf(host_port, sizeof host_port, "127.0.0.1:%s", argv[2]);
    source_base = atoi(argv[6]);
    struct rlimit most;
    getrlimit(RLIMIT_NOFILE, &most);
    most.rlim_cur = most.rlim_max;
    setrlimit(RLIMIT_NOFILE, &most);
    read_tills(argv[3], (uint32_t)atoi(argv[4]), (uint32_t)atoi(argv[5]));
    shuffle();
    now_ms = clock_ms();
    for (uint32_t k = 0; k < till_count; k++) tills[k].boot = (uint32_t)(now_ms / 1000);
    watch = epoll_create1(0);
    struct epoll_event control = {.events = EPOLLIN, .data.u32 = CONTROL}, events[EVENTS];
    epoll_ctl(watch, EPOLL_CTL_ADD, 0, &control);
    int64_t said_ms = now_ms, looked_ms = now_ms;
    for (;;) {
        int ready = epoll_wait(watch, events, EVENTS, 4);
        now_ms = clock_ms();
        for (int k = 0; k < ready; k++) {
            if (events[k].data.u32 == CONTROL) { obey_stdin(); continue; }
            till *one = &tills[events[k].data.u32];
            if (one->fd >= 0 && events[k].events & EPOLLOUT) can_write(one);
            if (one->fd >= 0 && events[k].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) can_read(one);
        }
        double passed_s = (double)(now_ms - looked_ms) / 1000;
        looked_ms = now_ms;
        connect_some(passed_s);
        report_some(passed_s);
        flush_late();
        if (passed_s > 0) wake_the_quiet();
        if (now_ms - said_ms >= 1000) { said_ms = now_ms; tell(); }
    }
}
