/* RFC 6455, the client's half: text frames out, masked as it must be; whatever comes in. */
#include "load.h"
#include <stdio.h>
#include <string.h>

static void greet(till *one) {
    char room[512];
    int length = snprintf(room, sizeof room,
        "GET /ws/terminal/ HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\nAuthorization: Bearer %s\r\n\r\n", host_port, one->token);
    say(one, room, (size_t)length);
}

static void frame(till *one, uint8_t kind, const char *body, size_t length) {
    static uint8_t room[MOST_BATCH * 1024 + 16];
    size_t head = 2;
    room[0] = 0x80 | kind;
    if (length < 126) room[1] = (uint8_t)(0x80 | length);
    else if (length < 65536) { room[1] = 0x80 | 126; room[2] = (uint8_t)(length >> 8); room[3] = (uint8_t)length; head = 4; }
    else { room[1] = 0x80 | 127; memset(room + 2, 0, 4); for (int k = 0; k < 4; k++) room[6 + k] = (uint8_t)(length >> (24 - 8 * k)); head = 10; }
    uint32_t mask = luck();
    memcpy(room + head, &mask, 4);
    head += 4;
    uint64_t wide = mask | (uint64_t)mask << 32, part;
    size_t k = 0;
    for (; k + 8 <= length; k += 8) { memcpy(&part, body + k, 8); part ^= wide; memcpy(room + head + k, &part, 8); }
    for (; k < length; k++) room[head + k] = (uint8_t)body[k] ^ (uint8_t)(mask >> (8 * (k % 4)));
    say(one, room, head + length);
}

static void send_text(till *one, const char *body, size_t length) { frame(one, 1, body, length); }

static ptrdiff_t heard(till *one, char *bytes, size_t length) {
    size_t used = 0;
    if (one->state == GREETING) {
        char *end = memmem(bytes, length, "\r\n\r\n", 4);
        if (!end) return 0;
        if (length < 12 || memcmp(bytes + 9, "101", 3)) { told.refused++; return -1; }
        used = (size_t)(end + 4 - bytes);
        has_opened(one);
    }
    while (length - used >= 2) {
        uint8_t *at = (uint8_t *)bytes + used;
        size_t size = at[1] & 127, head = 2;
        if (size == 126) { if (length - used < 4) break; size = (size_t)at[2] << 8 | at[3]; head = 4; }
        else if (size == 127) { if (length - used < 10) break; size = 0; for (int k = 2; k < 10; k++) size = size << 8 | at[k]; head = 10; }
        if (length - used < head + size) break;
        switch (at[0] & 15) {
            case 1: heard_json(one, (char *)at + head, size); break;
            case 8: return -1;
            case 9: frame(one, 10, (char *)at + head, size); break;
            default: break;
        }
        if (one->fd < 0) return -1;
        used += head + size;
    }
    return (ptrdiff_t)used;
}

const transport websocket = {"websocket", greet, send_text, heard, false};
