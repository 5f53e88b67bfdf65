"""Reports as rows, hour by hour; packed chunks, day by day; roll-ups, month by month. Made, dropped and never emptied: by partition.

A column of a row holds the record's own bits (`pos_monitor.wire.record`): what is unsigned there is the signed type of the same
width here, and nothing is NULL. So a batch is written by binary COPY of one array, and read back as one. The view says it in words.
"""

from __future__ import annotations

from django.db import migrations

ROWS = """
CREATE TABLE pos_monitor_report (
    received timestamptz NOT NULL,
    at timestamptz NOT NULL,
    terminal integer NOT NULL,
    boot integer NOT NULL,
    seq integer NOT NULL,
    clock_offset integer NOT NULL,
    firmware integer NOT NULL,
    app integer NOT NULL,
    flags smallint NOT NULL,
    battery smallint NOT NULL,
    signal smallint NOT NULL,
    network smallint NOT NULL,
    printer smallint NOT NULL,
    memory_free smallint NOT NULL,
    storage_free smallint NOT NULL,
    temperature smallint NOT NULL,
    latency smallint NOT NULL,
    reader_errors smallint NOT NULL,
    sales_ok smallint NOT NULL,
    sales_failed smallint NOT NULL,
    offline_queue smallint NOT NULL,
    api_errors smallint NOT NULL,
    webhook_failures smallint NOT NULL,
    visits smallint NOT NULL,
    orders smallint NOT NULL,
    latitude smallint NOT NULL,
    longitude smallint NOT NULL
) PARTITION BY RANGE (received);
-- One number many times: such an index holds six bytes a report, and stays in memory. The hour is the partition.
CREATE INDEX pos_monitor_report_terminal ON pos_monitor_report (terminal);
COMMENT ON TABLE pos_monitor_report IS
    'One row: a report, as its record holds it; read it through pos_monitor_report_in_words. A partition is an hour by received.';

CREATE TABLE pos_monitor_report_extra (
    received timestamptz NOT NULL,
    terminal integer NOT NULL,
    boot bigint NOT NULL,
    seq bigint NOT NULL,
    extra jsonb NOT NULL
) PARTITION BY RANGE (received);
CREATE INDEX pos_monitor_report_extra_terminal ON pos_monitor_report_extra (terminal, received);
COMMENT ON TABLE pos_monitor_report_extra IS
    'One row: what a report said beyond its record: fields that we do not know, events in words. A partition is a day.';
"""

U2 = "({0}::integer & 65535)"
U4 = "({0}::bigint & 4294967295)"
COUNTS = "latency reader_errors sales_ok sales_failed offline_queue api_errors webhook_failures visits orders".split()
VIEW = f"""
CREATE VIEW pos_monitor_report_in_words AS
SELECT received, nullif(at, 'epoch'::timestamptz) AS at, {U4.format("terminal")} AS terminal, {U4.format("boot")} AS boot, {U4.format("seq")} AS seq,
       clock_offset AS clock_offset_ms, {U2.format("flags")} AS flags, nullif(battery, 255) AS battery_percent, nullif(signal, 127) AS signal_dbm,
       network, printer, nullif(memory_free, 255) AS memory_free_percent, nullif(storage_free, 255) AS storage_free_percent,
       nullif(temperature, -128) AS temperature_c,
       {", ".join(f"nullif({U2.format(name)}, 65535) AS {name}{'_ms' if name == 'latency' else ''}" for name in COUNTS)},
       nullif(latitude, -32768) / 100.0 AS latitude, nullif(longitude, -32768) / 100.0 AS longitude,
       nullif({U4.format("firmware")}, 0) AS firmware, nullif({U4.format("app")}, 0) AS app
  FROM pos_monitor_report;
COMMENT ON VIEW pos_monitor_report_in_words IS 'Reports of hours that are not packed yet. NULL: the terminal did not say.';
"""  # nosec B608

PACKED = """
CREATE TABLE pos_monitor_chunk (
    hour timestamptz NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    block integer NOT NULL,
    reports integer NOT NULL,
    part smallint NOT NULL,
    ends integer[] NOT NULL,
    data bytea STORAGE EXTERNAL NOT NULL
) PARTITION BY RANGE (hour);
CREATE INDEX pos_monitor_chunk_block ON pos_monitor_chunk (block, hour);
COMMENT ON TABLE pos_monitor_chunk IS
    'One row: the chunks of sixteen neighbouring terminals (number / 16) of an hour, end to end; ends: where each stops, in bytes. '
    'A chunk: every report of a terminal received in that hour, column by column (pos_monitor.history.chunks). Counts once its '
    'pos_monitor_reporthour is packed. A partition is a day.';

CREATE TABLE pos_monitor_rollup_fine (
    hour timestamptz NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    terminal integer NOT NULL,
    part smallint NOT NULL,
    data bytea STORAGE EXTERNAL NOT NULL
) PARTITION BY RANGE (hour);
CREATE INDEX pos_monitor_rollup_fine_terminal ON pos_monitor_rollup_fine (terminal, hour);
COMMENT ON TABLE pos_monitor_rollup_fine IS
    'One row: the five-minute summaries of what a terminal sent in an hour (pos_monitor.history.rollups). A partition is a month.';
"""


GAUGES = "battery signal temperature latency memory_free storage_free offline_queue".split()
SUMS = "sales_ok sales_failed reader_errors api_errors webhook_failures visits orders".split()
HOURS = f"""
CREATE TABLE pos_monitor_rollup_hour (
    hour timestamptz NOT NULL,
    bucket timestamptz NOT NULL,
    terminal integer NOT NULL,
    reports integer NOT NULL,
    clock_offset integer NOT NULL,
    {" ".join(f"{name}_avg real NOT NULL," for name in GAUGES)}
    {" ".join(f"{name} integer NOT NULL," for name in SUMS)}
    part smallint NOT NULL,
    {", ".join(f"{name}_{what} smallint NOT NULL" for name in GAUGES for what in ("min", "max", "last"))}
) PARTITION BY RANGE (hour);
CREATE INDEX pos_monitor_rollup_hour_terminal ON pos_monitor_rollup_hour (terminal, bucket);
COMMENT ON TABLE pos_monitor_rollup_hour IS
    'One row: an hour (bucket, by when it was measured) of a terminal, of what was received in hour. -32768 and NaN: not said. '
    'What is summed up counts since the report before. A partition is a month.';
"""


class Migration(migrations.Migration):
    dependencies = [("pos_monitor", "0004_report_hours")]

    operations = [
        migrations.RunSQL(ROWS, "DROP TABLE pos_monitor_report; DROP TABLE pos_monitor_report_extra"),
        migrations.RunSQL(VIEW, "DROP VIEW pos_monitor_report_in_words"),
        migrations.RunSQL(
            PACKED + HOURS,
            "DROP TABLE pos_monitor_chunk; DROP TABLE pos_monitor_rollup_fine; DROP TABLE pos_monitor_rollup_hour",
        ),
    ]
