/* A load of tills: thousands of connections in one process, each a terminal that reports, keeps what is not acknowledged, and comes back.

   Made for benchmarks alone: it has to cost far less than what it measures. Terminals and their sentences come from a file that
   bench/telemetry_world.py writes; numbers of reports go in here. Driven by lines on stdin (control.c), it tells a line of JSON each second. */
#pragma once
#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEPT = 48, TOKEN = 96, TOPIC = 64, MOST_BATCH = 64, MOST_RESULTS = 4, COMMAND_ID = 48 };
enum state { CLOSED, CONNECTING, GREETING, OPEN };

typedef struct {
    uint32_t seq;
    uint8_t is_sent, is_urgent, is_stored;
    int64_t at_ms;
} report;

typedef struct {
    int fd;
    uint8_t state, is_silent, is_waiting_answer, results;
    uint32_t number, boot, seq, place;
    uint16_t first, count;           /* of `kept`, a ring of what is not acknowledged, oldest first */
    report kept[KEPT];
    int64_t quiet_until_ms, again_ms; /* asked to wait; when to connect again */
    uint32_t pause_ms;
    char *in, *out;                  /* the rest of a message that came, or did not go, in one piece */
    uint32_t in_len, out_len;
    char token[TOKEN], topic[TOPIC];
    char done[MOST_RESULTS][COMMAND_ID]; /* commands whose result goes with the next report */
} till;

typedef struct {
    uint64_t made, sent, resent, acked, thrown_away, lost_on_purpose, urgent_made, urgent_acked, merged;
    uint64_t connects, failures, refused, broken, commands, results, pauses, answers_503, answers_429, answers_4xx, bytes_out;
    uint64_t ack_ms[64]; /* how many acknowledgements took about 1.25^k ms */
} counts;

/* One transport. greet: connected, say who you are. send: these reports, as one message. heard: bytes came; returns how many were used, or -1 to close. */
typedef struct {
    const char *name;
    void (*greet)(till *);
    void (*send)(till *, const char *body, size_t length);
    ptrdiff_t (*heard)(till *, char *bytes, size_t length);
    bool one_at_a_time; /* the next message waits for the answer to the last */
} transport;

extern const transport websocket, http, mqtt;
extern const transport *way;
extern till *tills;
extern uint32_t till_count;
extern counts told;
extern double rate, loss;
extern int batch, jitter_ms, connects_a_second, urgent_every, clock_off_ms;
extern int64_t now_ms;
extern char host_port[32];

void say(till *, const void *bytes, size_t length); /* write, keeping what the network does not take */
void has_opened(till *);
void has_acked(till *, uint32_t boot, uint32_t first_seq, uint32_t last_seq);
void is_asked_to_wait(till *, uint32_t for_ms);
void heard_json(till *, const char *json, size_t length); /* what the platform says, on whatever transport */
void hang_up(till *, bool by_us);
void send_waiting(till *);                               /* what is kept and was not sent on this connection */
void make_report(till *);
void flush_late(void);
size_t sentence(till *, report *, char *into);
void read_tills(const char *path, uint32_t first, uint32_t count);
void obey(const char *line);
void tell(void);
void set_silent(uint32_t every, bool is_silent);
void drop_all(void);
uint32_t luck(void);
