/* One POST after the other on a connection that stays open. */
#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void greet(till *one) { has_opened(one); }

static void post(till *one, const char *body, size_t length) {
    static char room[MOST_BATCH * 1024 + 512];
    int head = snprintf(room, 512,
        "POST /v1/telemetry HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
        host_port, one->token, length);
    memcpy(room + head, body, length);
    say(one, room, (size_t)head + length);
}

static const char *header(const char *head, const char *end, const char *name) {
    size_t length = strlen(name);
    for (const char *line = head; line && line < end; line = memchr(line, '\n', (size_t)(end - line))) {
        if (*line == '\n') line++;
        if ((size_t)(end - line) > length && !strncasecmp(line, name, length)) return line + length;
    }
    return NULL;
}

/* What was sent in the call is known by `is_sent`; what was made since is not. */
static void answer(till *one, int status, uint32_t wait_s) {
    one->is_waiting_answer = 0;
    if (status == 429 || status == 503) {
        if (status == 429) told.answers_429++; else told.answers_503++;
        for (int k = 0; k < one->count; k++) one->kept[(one->first + k) % KEPT].is_sent = 0;
        for (int k = 0; k < one->count; k++) one->kept[(one->first + k) % KEPT].is_stored = 1;
        is_asked_to_wait(one, 1000 * (wait_s ? wait_s : 1));
        return;
    }
    if (status >= 400) told.answers_4xx++;
    else has_acked(one, one->boot, 0, UINT32_MAX);
    send_waiting(one);
}

static ptrdiff_t heard(till *one, char *bytes, size_t length) {
    char *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (!end) return 0;
    const char *size = header(bytes, end, "content-length:"), *wait = header(bytes, end, "retry-after:");
    size_t body = size ? (size_t)atol(size) : 0, head = (size_t)(end + 4 - bytes);
    if (length < head + body) return 0;
    int status = atoi(bytes + 9);
    if (body) heard_json(one, end + 4, body);
    answer(one, status, wait ? (uint32_t)atoi(wait) : 0);
    return (ptrdiff_t)(head + body);
}

const transport http = {"http", greet, post, heard, true};
