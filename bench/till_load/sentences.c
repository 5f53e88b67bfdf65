/* Terminals from the file, and their reports as text. */
#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char **tails;      /* [variants][tills] what follows `"at":…`, beginning with a comma and ending before the last brace */
static uint32_t variants;
till *tills;
uint32_t till_count;

static char *line_of(FILE *file) {
    static char *line;
    static size_t room;
    ssize_t length = getline(&line, &room, file);
    if (length < 0) { fprintf(stderr, "the file of tills ends too early\n"); exit(2); }
    if (length && line[length - 1] == '\n') line[length - 1] = 0;
    return line;
}

/* The file: a line `tills variants`, then for each till `number token topic` and a line for each variant. */
void read_tills(const char *path, uint32_t first, uint32_t count) {
    FILE *file = fopen(path, "r");
    if (!file) { perror(path); exit(2); }
    uint32_t all;
    if (sscanf(line_of(file), "%u %u", &all, &variants) != 2 || first + count > all) { fprintf(stderr, "no such tills in %s\n", path); exit(2); }
    tills = calloc(count, sizeof *tills);
    tails = calloc((size_t)count * variants, sizeof *tails);
    till_count = count;
    for (uint32_t k = 0; k < first + count; k++) {
        till *one = k >= first ? &tills[k - first] : NULL;
        char *line = line_of(file);
        if (one && sscanf(line, "%u %95s %63s", &one->number, one->token, one->topic) != 3) { fprintf(stderr, "till %u cannot be read\n", k); exit(2); }
        if (one) { one->fd = -1; one->place = k; one->pause_ms = 500; }
        for (uint32_t v = 0; v < variants; v++) {
            line = line_of(file);
            if (one) tails[(size_t)(k - first) * variants + v] = strdup(line);
        }
    }
    fclose(file);
}

static char *digits(char *into, uint64_t number) {
    char turned[24];
    int length = 0;
    do turned[length++] = '0' + number % 10; while (number /= 10);
    while (length) *into++ = turned[--length];
    return into;
}

static char *text(char *into, const char *said) {
    size_t length = strlen(said);
    memcpy(into, said, length);
    return into + length;
}

size_t sentence(till *one, report *what, char *into) {
    char *end = text(into, "{\"boot\":");
    end = digits(end, one->boot);
    end = text(end, ",\"seq\":");
    end = digits(end, what->seq);
    end = text(end, ",\"at\":");
    int64_t off_ms = clock_off_ms ? (int64_t)(one->place * 2654435761u % (2u * (uint32_t)clock_off_ms + 1)) - clock_off_ms : 0;
    end = digits(end, (uint64_t)(what->at_ms + off_ms));
    end = text(end, tails[(size_t)(one - tills) * variants + what->seq % variants]);
    if (what->is_urgent) end = text(end, ",\"urgent\":true");
    if (what->is_stored) end = text(end, ",\"stored\":true");
    if (one->results) {
        end = text(end, ",\"command_results\":[");
        for (int k = 0; k < one->results; k++) {
            end = text(end, k ? ",{\"id\":\"" : "{\"id\":\"");
            end = text(end, one->done[k]);
            end = text(end, "\",\"state\":\"done\"}");
        }
        end = text(end, "]");
        told.results += one->results;
        one->results = 0;
        what->is_urgent = 2; /* kept as it is: has something beside it */
    }
    *end++ = '}';
    return (size_t)(end - into);
}
