/* What we are told on stdin, and what we tell on stdout. */
#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void set_silent(uint32_t every, bool is_silent) {
    for (uint32_t k = 0; k < till_count; k++)
        if (tills[k].place % every == 0) tills[k].is_silent = is_silent;
}

void drop_all(void) {
    for (uint32_t k = 0; k < till_count; k++) hang_up(&tills[k], true);
}

void obey(const char *line) {
    double first = 0;
    int second = 0;
    char word[24] = "";
    sscanf(line, "%23s %lf %d", word, &first, &second);
    if (!strcmp(word, "rate")) { rate = first; batch = second > 0 && second <= MOST_BATCH ? second : 1; }
    else if (!strcmp(word, "connect")) connects_a_second = (int)first;
    else if (!strcmp(word, "silence")) set_silent((uint32_t)first, true);
    else if (!strcmp(word, "speak")) set_silent(1, false);
    else if (!strcmp(word, "loss")) loss = first;
    else if (!strcmp(word, "jitter")) jitter_ms = (int)first;
    else if (!strcmp(word, "clock")) clock_off_ms = (int)first;
    else if (!strcmp(word, "urgent")) urgent_every = (int)first;
    else if (!strcmp(word, "drop")) drop_all();
    else if (!strcmp(word, "tell")) tell();
    else if (!strcmp(word, "quit")) { tell(); exit(0); }
    else fprintf(stderr, "not understood: %s\n", line);
}

void tell(void) {
    uint32_t open = 0, waiting = 0;
    for (uint32_t k = 0; k < till_count; k++) { open += tills[k].state == OPEN; waiting += tills[k].count; }
    printf("{\"at_ms\":%lld,\"open\":%u,\"waiting\":%u", (long long)now_ms, open, waiting);
#define TELL(name) printf(",\"" #name "\":%llu", (unsigned long long)told.name)
    TELL(made); TELL(sent); TELL(resent); TELL(acked); TELL(thrown_away); TELL(lost_on_purpose); TELL(urgent_made); TELL(urgent_acked);
    TELL(connects); TELL(failures); TELL(refused); TELL(broken); TELL(commands); TELL(results); TELL(pauses);
    TELL(answers_503); TELL(answers_429); TELL(answers_4xx); TELL(bytes_out);
    printf(",\"ack_ms\":[");
    for (int k = 0; k < 64; k++) printf(k ? ",%llu" : "%llu", (unsigned long long)told.ack_ms[k]);
    printf("]}\n");
    fflush(stdout);
}
