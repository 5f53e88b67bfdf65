/* MQTT 5, what a terminal needs of it: connect, publish (the platform's own acknowledgement counts, not the broker's), hear what is sent down. */
#include "load.h"
#include <stdio.h>
#include <string.h>

static uint8_t *put_text(uint8_t *end, const char *said) {
    size_t length = strlen(said);
    *end++ = (uint8_t)(length >> 8);
    *end++ = (uint8_t)length;
    memcpy(end, said, length);
    return end + length;
}

static void packet(till *one, uint8_t kind, const uint8_t *body, size_t length) {
    static uint8_t room[MOST_BATCH * 1024 + 600];
    uint8_t *end = room;
    *end++ = kind;
    size_t rest = length;
    do { uint8_t seven = rest & 127; rest >>= 7; *end++ = seven | (rest ? 128 : 0); } while (rest);
    memcpy(end, body, length);
    say(one, room, (size_t)(end - room) + length);
}

static void greet(till *one) {
    uint8_t room[400], *end = put_text(room, "MQTT");
    *end++ = 5;
    *end++ = 0x80 | 0x40 | 0x02; /* user name, password, clean start */
    *end++ = 0x0e; *end++ = 0x10; /* 3,600 s: reports come far more often */
    *end++ = 0;
    end = put_text(end, one->topic);
    end = put_text(end, one->topic);
    end = put_text(end, one->token);
    packet(one, 0x10, room, (size_t)(end - room));
}

static void subscribe(till *one) {
    uint8_t room[200] = {0xff, 0xff, 0}, *end;
    char topic[TOPIC + 16];
    snprintf(topic, sizeof topic, "pos/%s/down", one->topic);
    end = put_text(room + 3, topic);
    *end++ = 1;
    packet(one, 0x82, room, (size_t)(end - room));
}

static void publish(till *one, const char *body, size_t length) {
    static uint8_t room[MOST_BATCH * 1024 + 200];
    char topic[TOPIC + 16];
    snprintf(topic, sizeof topic, "pos/%s/up", one->topic);
    uint8_t *end = put_text(room, topic);
    *end++ = 0;
    memcpy(end, body, length);
    packet(one, 0x30, room, (size_t)(end - room) + length);
}

static void told_down(till *one, uint8_t kind, uint8_t *body, size_t length) {
    size_t at = 2 + ((size_t)body[0] << 8 | body[1]);
    if (kind & 0x06) { packet(one, 0x40, body + at, 2); at += 2; }
    at += 1 + body[at]; /* properties, of which there are few */
    if (at < length) heard_json(one, (char *)body + at, length - at);
}

static ptrdiff_t heard(till *one, char *bytes, size_t length) {
    size_t used = 0;
    while (length - used >= 2) {
        uint8_t *at = (uint8_t *)bytes + used;
        size_t size = 0, head = 1;
        int shift = 0;
        bool is_whole = false;
        while (head < 5 && used + head < length) {
            uint8_t byte = at[head++];
            size |= (size_t)(byte & 127) << shift;
            shift += 7;
            if (!(byte & 128)) { is_whole = true; break; }
        }
        if (!is_whole || length - used < head + size) break;
        uint8_t kind = at[0] & 0xf0;
        if (kind == 0x20 && at[head + 1]) { told.refused++; return -1; }
        if (kind == 0x20) { subscribe(one); has_opened(one); }
        if (kind == 0x30) told_down(one, at[0], at + head, size);
        if (kind == 0xe0) return -1;
        if (one->fd < 0) return -1;
        used += head + size;
    }
    return (ptrdiff_t)used;
}

const transport mqtt = {"mqtt", greet, publish, heard, false};
