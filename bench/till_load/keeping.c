/* What a till keeps until it is acknowledged, and what the platform says about it. */
#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT_MS = 10, SLOTS = 512 };
typedef struct { uint32_t *who; uint32_t count, room; } slot;
static slot late[SLOTS]; /* with jitter: who has something to send in that hundredth of a second */
static int64_t flushed_ms;

static report *kept_at(till *one, int k) { return &one->kept[(one->first + k) % KEPT]; }

void make_report(till *one) {
    one->seq++;
    told.made++;
    if (loss > 0 && luck() % 100000 < loss * 100000) { told.lost_on_purpose++; return; }
    if (one->count == KEPT) { one->first = (one->first + 1) % KEPT; one->count--; told.thrown_away++; }
    report *what = kept_at(one, one->count++);
    *what = (report){.seq = one->seq, .at_ms = now_ms, .is_stored = one->state != OPEN};
    if (urgent_every && (one->place + one->seq) % (uint32_t)urgent_every == 0) { what->is_urgent = 1; told.urgent_made++; }
    if (!jitter_ms) return;
    slot *when = &late[(now_ms + luck() % (uint32_t)jitter_ms) / SLOT_MS % SLOTS];
    if (when->count == when->room) when->who = realloc(when->who, (when->room = when->room * 2 + 64) * sizeof *when->who);
    when->who[when->count++] = (uint32_t)(one - tills);
}

void flush_late(void) {
    if (!flushed_ms) flushed_ms = now_ms;
    for (; flushed_ms + SLOT_MS <= now_ms; flushed_ms += SLOT_MS) {
        slot *when = &late[flushed_ms / SLOT_MS % SLOTS];
        for (uint32_t k = 0; k < when->count; k++) send_waiting(&tills[when->who[k]]);
        when->count = 0;
    }
}

void send_waiting(till *one) {
    static char body[MOST_BATCH * 1024];
    if (one->state != OPEN || one->quiet_until_ms > now_ms || one->out_len || one->is_waiting_answer) return;
    char *end = body + 1;
    int some = 0;
    for (int k = 0; k < one->count && some < MOST_BATCH; k++) {
        report *what = kept_at(one, k);
        if (what->is_sent == 1) continue;
        if (some++) *end++ = ',';
        end += sentence(one, what, end);
        if (what->is_stored) told.resent++; else told.sent++;
        what->is_sent = 1;
    }
    if (!some) return;
    if (some == 1) { way->send(one, body + 1, (size_t)(end - body - 1)); }
    else { body[0] = '['; *end++ = ']'; way->send(one, body, (size_t)(end - body)); }
    if (way->one_at_a_time) one->is_waiting_answer = 1;
}

void has_opened(till *one) {
    one->state = OPEN;
    one->pause_ms = 500;
    one->quiet_until_ms = 0;
    told.connects++;
    for (int k = 0; k < one->count; k++) kept_at(one, k)->is_stored = 1;
    send_waiting(one);
}

static void note_ack(int64_t waited_ms) {
    double bound = 1;
    int k = 0;
    while (k < 63 && (double)waited_ms > bound) { bound *= 1.25; k++; }
    told.ack_ms[k]++;
}

void has_acked(till *one, uint32_t boot, uint32_t first_seq, uint32_t last_seq) {
    if (boot != one->boot) return;
    int stay = 0;
    for (int k = 0; k < one->count; k++) {
        report *what = kept_at(one, k);
        if (what->is_sent && what->seq >= first_seq && what->seq <= last_seq) {
            told.acked++;
            told.urgent_acked += what->is_urgent == 1;
            if (!what->is_stored) note_ack(now_ms - what->at_ms);
        } else { report copy = *what; *kept_at(one, stay++) = copy; }
    }
    one->count = (uint16_t)stay;
}

void is_asked_to_wait(till *one, uint32_t for_ms) {
    told.pauses++;
    one->quiet_until_ms = now_ms + for_ms;
}

static const char *after(const char *json, const char *end, const char *name) {
    const char *found = memmem(json, (size_t)(end - json), name, strlen(name));
    return found ? found + strlen(name) : NULL;
}

/* {"ack":{"boot":1,"seq":2}}: everything sent on this connection up to that report is stored;
   over MQTT {"ack":{"boot":1,"seq":4,"from":2}}: these, and no other. {"pause":{"ms":3}}. {"command":{"id":"cmd_…",…}}. */
void heard_json(till *one, const char *json, size_t length) {
    const char *end = json + length, *at;
    char room[64];
    if ((at = after(json, end, "\"ack\":{\"boot\":")) && end - at < 60) {
        memcpy(room, at, (size_t)(end - at));
        room[end - at] = 0;
        uint32_t boot, from, seq;
        int found = sscanf(room, "%u,\"seq\":%u,\"from\":%u", &boot, &seq, &from);
        if (found >= 2) has_acked(one, boot, found == 3 ? from : 0, seq);
    } else if ((at = after(json, end, "\"pause\":{\"ms\":"))) {
        is_asked_to_wait(one, (uint32_t)atoi(at));
    } else if ((at = after(json, end, "\"command\":{"))) {
        told.commands++;
        if ((at = after(at, end, "\"id\":\"")) && one->results < MOST_RESULTS) {
            const char *quote = memchr(at, '"', (size_t)(end - at));
            if (quote && quote - at < COMMAND_ID) {
                memcpy(one->done[one->results], at, (size_t)(quote - at));
                one->done[one->results++][quote - at] = 0;
            }
        }
    } else if (after(json, end, "\"error\"")) {
        told.refused++;
    }
}
