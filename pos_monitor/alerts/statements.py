"""The statements by which alerts are stored: each works on whole arrays, so that a mass outage is a dozen of them."""

from __future__ import annotations

from typing import Final

# Over, of the same key, not long ago: it is the same trouble come back. Its clock stood while it was well.
REOPEN: Final = """
UPDATE pos_monitor_incident i
   SET state = CASE WHEN i.acknowledged_at IS NULL THEN 'open' ELSE 'acknowledged' END,
       answer_due_at = i.answer_due_at + (%(now)s - i.resolved_at), repair_due_at = i.repair_due_at + (%(now)s - i.resolved_at),
       resolved_at = NULL, resolution = '', reopened_count = i.reopened_count + 1, changed_at = %(now)s,
       is_flapping = i.is_flapping OR i.reopened_count + 1 >= %(flaps)s
  FROM unnest(%(rules)s::bigint[], %(scopes)s::text[], %(keys)s::text[]) AS k(rule, scope, scope_key)
 WHERE i.id = (SELECT r.id FROM pos_monitor_incident r
                WHERE r.rule_id = k.rule AND r.scope = k.scope AND r.scope_key = k.scope_key AND r.state = 'resolved'
                  AND r.resolution <> 'merged' AND r.resolved_at > %(now)s - %(window)s
                ORDER BY r.resolved_at DESC LIMIT 1)
   AND i.state = 'resolved'
   AND NOT EXISTS (SELECT 1 FROM pos_monitor_incident o
                    WHERE o.rule_id = k.rule AND o.scope = k.scope AND o.scope_key = k.scope_key AND NOT (o.state = 'resolved'))
RETURNING i.rule_id, i.scope, i.scope_key, i.id
"""

OPEN_INCIDENTS: Final = """
INSERT INTO pos_monitor_incident
       (public_id, rule_id, scope, scope_key, merchant_id, title, severity, state, alert_count, open_count, is_flapping, is_muted,
        began_at, opened_at, answer_due_at, repair_due_at, changed_at, resolution, reopened_count)
SELECT k.public_id, k.rule, k.scope, k.scope_key, k.merchant, k.title, k.severity, 'open', 0, 0, k.is_flapping, k.is_muted,
       to_timestamp(k.began_ms / 1000.0), %(now)s, %(now)s + r.answer_minutes * interval '1 minute',
       %(now)s + r.repair_minutes * interval '1 minute', %(now)s, '', 0
  FROM unnest(%(ids)s::text[], %(rules)s::bigint[], %(scopes)s::text[], %(keys)s::text[], %(merchants)s::bigint[], %(titles)s::text[],
              %(severities)s::smallint[], %(flapping)s::bool[], %(muted)s::bool[], %(began)s::float8[])
       AS k(public_id, rule, scope, scope_key, merchant, title, severity, is_flapping, is_muted, began_ms)
  JOIN pos_monitor_alertrule r ON r.id = k.rule
 ORDER BY k.rule, k.scope, k.scope_key
ON CONFLICT (rule_id, scope, scope_key) WHERE NOT (state = 'resolved') DO NOTHING
RETURNING rule_id, scope, scope_key, id
"""

# Those that stand open already are held until our transaction ends: nobody resolves one while alerts join it.
JOIN_INCIDENTS: Final = """
SELECT i.rule_id, i.scope, i.scope_key, i.id
  FROM pos_monitor_incident i
  JOIN unnest(%(rules)s::bigint[], %(scopes)s::text[], %(keys)s::text[]) AS k(rule, scope, scope_key)
    ON i.rule_id = k.rule AND i.scope = k.scope AND i.scope_key = k.scope_key AND NOT (i.state = 'resolved')
 ORDER BY i.id FOR UPDATE OF i
"""

# An incident of one merchant that another merchant joins is nobody's alone any more.
SHARE: Final = """
UPDATE pos_monitor_incident i SET merchant_id = NULL
  FROM unnest(%(incidents)s::bigint[], %(merchants)s::bigint[]) AS k(incident, merchant)
 WHERE i.id = k.incident AND i.merchant_id IS DISTINCT FROM k.merchant
"""

# Alerts that stand open elsewhere move where they now belong; `breadth` keeps them from moving to a narrower incident.
MOVE_ALERTS: Final = """
UPDATE pos_monitor_alert a SET incident_id = k.incident
  FROM unnest(%(terminals)s::bigint[], %(rules)s::bigint[], %(incidents)s::bigint[], %(breadths)s::smallint[])
       AS k(terminal, rule, incident, breadth), pos_monitor_incident was
 WHERE a.terminal_id = k.terminal AND a.rule_id = k.rule AND a.resolved_at IS NULL AND a.incident_id <> k.incident
   AND was.id = a.incident_id AND coalesce(array_position(%(scope_order)s::text[], was.scope::text), 0) < k.breadth
RETURNING was.id, k.incident
"""

OPEN_ALERTS: Final = """
INSERT INTO pos_monitor_alert (terminal_id, rule_id, incident_id, severity, value, began_at, opened_at)
SELECT k.terminal, k.rule, k.incident, k.severity, nullif(k.value, 'NaN'), to_timestamp(k.began_ms / 1000.0), %(now)s
  FROM unnest(%(terminals)s::bigint[], %(rules)s::bigint[], %(incidents)s::bigint[], %(severities)s::smallint[],
              %(values)s::float8[], %(began)s::float8[]) AS k(terminal, rule, incident, severity, value, began_ms)
ON CONFLICT (terminal_id, rule_id) WHERE resolved_at IS NULL DO NOTHING
RETURNING incident_id
"""

CLEAR_ALERTS: Final = """
UPDATE pos_monitor_alert a SET resolved_at = %(now)s
  FROM unnest(%(terminals)s::bigint[], %(rules)s::bigint[]) AS k(terminal, rule)
 WHERE a.terminal_id = k.terminal AND a.rule_id = k.rule AND a.resolved_at IS NULL
RETURNING a.incident_id
"""

LOCK: Final = "SELECT id FROM pos_monitor_incident WHERE id = ANY(%(incidents)s::bigint[]) ORDER BY id FOR UPDATE"

# Counted anew rather than added to: a count can then never drift.
COUNT: Final = """
UPDATE pos_monitor_incident i
   SET alert_count = greatest(i.alert_count, c.alerts), open_count = c.open, severity = greatest(i.severity, c.severity),
       began_at = least(i.began_at, c.began_at), changed_at = %(now)s
  FROM (SELECT k.incident, count(a.id) AS alerts, count(a.id) FILTER (WHERE a.resolved_at IS NULL) AS open,
               max(a.severity) AS severity, min(a.began_at) AS began_at
          FROM unnest(%(incidents)s::bigint[]) AS k(incident) LEFT JOIN pos_monitor_alert a ON a.incident_id = k.incident
         GROUP BY k.incident) c
 WHERE i.id = c.incident
"""

RESOLVE: Final = """
UPDATE pos_monitor_incident
   SET state = 'resolved', resolved_at = %(now)s, resolution = 'healed', changed_at = %(now)s
 WHERE id = ANY(%(incidents)s::bigint[]) AND open_count = 0 AND NOT (state = 'resolved')
RETURNING id
"""

MERGE: Final = """
UPDATE pos_monitor_incident i
   SET state = 'resolved', resolved_at = %(now)s, resolution = 'merged', merged_into_id = k.wider, changed_at = %(now)s
  FROM unnest(%(incidents)s::bigint[], %(wider)s::bigint[]) AS k(incident, wider)
 WHERE i.id = k.incident AND i.open_count = 0 AND NOT (i.state = 'resolved')
RETURNING i.id
"""

EVENTS: Final = """
INSERT INTO pos_monitor_incidentevent (incident_id, kind, note, data, at)
SELECT k.incident, k.kind, '', k.data::jsonb, %(now)s
  FROM unnest(%(incidents)s::bigint[], %(kinds)s::text[], %(data)s::text[]) AS k(incident, kind, data)
"""

# What became of a muted incident troubles nobody.
NOTICES: Final = """
INSERT INTO pos_monitor_fleetnotice (incident_id, kind, round, created_at)
SELECT i.id, k.kind, i.reopened_count, %(now)s
  FROM unnest(%(incidents)s::bigint[], %(kinds)s::text[]) AS k(incident, kind)
  JOIN pos_monitor_incident i ON i.id = k.incident
 WHERE NOT i.is_muted
ON CONFLICT (incident_id, kind, round) DO NOTHING
"""

# An incident that spreads is looked at again: merchants that are hit only now are told, and nobody twice.
LOOK_AGAIN: Final = """
UPDATE pos_monitor_fleetnotice n SET told_at = NULL
  FROM pos_monitor_incident i
 WHERE n.incident_id = ANY(%(incidents)s::bigint[]) AND i.id = n.incident_id AND n.round = i.reopened_count
   AND n.kind IN ('opened', 'reopened') AND i.scope NOT IN ('terminal', 'store', 'merchant') AND n.told_at IS NOT NULL
"""

# Whoever was swallowed by a wider incident before it was told of is told of as a part of that.
FORGET_NOTICES: Final = """
DELETE FROM pos_monitor_fleetnotice WHERE incident_id = ANY(%(incidents)s::bigint[]) AND first_told_at IS NULL
"""
