"""The results of runs: packed rows by customer and by rule, a partition of each for each run, and one view of all pairs."""

from django.db import migrations

TABLES = """
CREATE TABLE rules_result (
    customer_id bigint NOT NULL,
    run_id integer NOT NULL,
    slot_group smallint NOT NULL,
    scores bytea STORAGE EXTERNAL NOT NULL,
    reasons bytea STORAGE EXTERNAL NOT NULL,
    inputs bytea STORAGE EXTERNAL NOT NULL,
    CONSTRAINT rules_result_once PRIMARY KEY (customer_id, run_id, slot_group)
) PARTITION BY LIST (run_id);
COMMENT ON TABLE rules_result IS
    'One row: what a run said of a customer, for the rules of 250 slots. scores, reasons: two bytes a slot, lowest first; '
    'a score s that qualifies is s, else -1 - s. inputs: what was judged, as the run''s layout says, in group 0 alone.';

CREATE TABLE rules_result_block (
    run_id integer NOT NULL,
    slot integer NOT NULL,
    part integer NOT NULL,
    qualifying integer NOT NULL,
    best smallint NOT NULL,
    bits bytea STORAGE EXTERNAL NOT NULL,
    scores bytea STORAGE EXTERNAL NOT NULL,
    CONSTRAINT rules_result_block_once PRIMARY KEY (run_id, slot, part)
) PARTITION BY LIST (run_id);
COMMENT ON TABLE rules_result_block IS
    'One row: who of a part''s customers qualified by one rule (a bit each, first customer first) and their scores, in that order. '
    'Slot -1 holds the part''s customers themselves: bits are their ids, less the part''s first, four bytes each.';
"""

VIEW = """
CREATE VIEW rules_current_pair AS
SELECT result.customer_id,
       live.rule_id,
       coalesce(fresh.qualifies, code.code >= 0) AS qualifies,
       coalesce(fresh.score::integer, CASE WHEN code.code >= 0 THEN code.code ELSE -1 - code.code END) AS score,
       coalesce(fresh.mask, get_byte(result.reasons, place.at) + 256 * get_byte(result.reasons, place.at + 1)) AS mask,
       CASE WHEN fresh.id IS NULL THEN 'run' ELSE 'fresh' END AS source,
       coalesce(fresh.evaluated_at, run.clock_at) AS evaluated_at,
       coalesce(fresh.version_id, run.version_id) AS version_id
  FROM rules_rulerun AS run
  JOIN rules_runrule AS live ON live.run_id = run.id
  JOIN rules_result AS result ON result.slot_group = live.slot / 250
 CROSS JOIN LATERAL (SELECT 2 * (live.slot % 250) AS at) AS place
 CROSS JOIN LATERAL (
       SELECT get_byte(result.scores, place.at) + 256 * (((get_byte(result.scores, place.at + 1) + 128) % 256) - 128) AS code
       ) AS code
  LEFT JOIN rules_freshresult AS fresh
         ON fresh.customer_id = result.customer_id AND fresh.rule_id = live.rule_id AND fresh.evaluated_at > run.clock_at
 WHERE run.id = (SELECT pointer.run_id FROM rules_currentrun AS pointer WHERE pointer.key = 'rules')
   AND result.run_id = (SELECT pointer.run_id::integer FROM rules_currentrun AS pointer WHERE pointer.key = 'rules')
UNION ALL
SELECT fresh.customer_id, fresh.rule_id, fresh.qualifies, fresh.score::integer, fresh.mask, 'fresh', fresh.evaluated_at, fresh.version_id
  FROM rules_freshresult AS fresh
 WHERE NOT EXISTS (
       SELECT 1
         FROM rules_runrule AS live
         JOIN rules_result AS result ON result.customer_id = fresh.customer_id AND result.slot_group = live.slot / 250
        WHERE live.rule_id = fresh.rule_id
          AND live.run_id = (SELECT pointer.run_id FROM rules_currentrun AS pointer WHERE pointer.key = 'rules')
          AND result.run_id = (SELECT pointer.run_id::integer FROM rules_currentrun AS pointer WHERE pointer.key = 'rules')
       );
"""


class Migration(migrations.Migration):
    dependencies = [("rules", "0006_results")]

    operations = [
        migrations.RunSQL(TABLES, "DROP TABLE rules_result; DROP TABLE rules_result_block"),
        migrations.RunSQL(VIEW, "DROP VIEW rules_current_pair"),
    ]
