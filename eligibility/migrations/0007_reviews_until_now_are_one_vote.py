"""Every review that was written before votes were counted is one vote, in a round of its own.

So the newest one goes on speaking for its item, alone: its status stays, but a second person must agree before a charge may
call itself substantiated by it. Sales that were already judged keep what was frozen with them. Such an item is asked for
again by the next sale that meets it.
"""

from __future__ import annotations

from django.db import migrations

ONE_VOTE_EACH = """
UPDATE eligibility_review AS review
SET round = counted.round, voter = COALESCE(person.public_id, '')
FROM (SELECT id, row_number() OVER (PARTITION BY merchant_id, item_key ORDER BY id) AS round FROM eligibility_review) AS counted
JOIN eligibility_review AS same ON same.id = counted.id
LEFT JOIN people_user AS person ON person.id = same.reviewer_id
WHERE review.id = counted.id
"""


class Migration(migrations.Migration):
    dependencies = [("eligibility", "0006_review_votes_and_queue")]

    operations = [
        migrations.RunSQL(ONE_VOTE_EACH, migrations.RunSQL.noop),
        migrations.RunSQL("UPDATE eligibility_reviewrequest SET origin = reason", migrations.RunSQL.noop),
    ]
